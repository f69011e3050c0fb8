"""How long a file of subscriptions with coupons takes, in what memory, beside row by row.

`python -m benchmarks.imports` prints the figures. Target: 100,000 rows within 60 s and 300 MiB.
Each import runs in a process of its own, as the command does, against a durable PostgreSQL.
"""

import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import phonenumbers
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.world import World, world
from campaigns.importing.cells import read_amount, read_date
from dashboard.rehearsal.sample_file import HEADER, sample_rows, write_sample
from models.audit import ImportKind
from models.coupon import Coupon
from models.people import ContactPoint, Customer, CustomerContact
from models.subscription import Plan, Subscription
from runtime.settings import Settings
from runtime.wiring import Runtime
from workers.import_files import run_import

MOST_SECONDS = 60
MOST_MIB = 300


def run(*, rows: int = 100_000, seed: int = 7, compared: int = 1_000) -> dict[str, Any]:
    """Import ``rows`` rows as CSV and as XLSX into an empty database, each twice.

    ``compared`` rows are also taken one by one, each in a transaction, the usual way.
    """
    results: dict[str, Any] = {"rows": rows, "seed": seed}
    for kind in ("csv", "xlsx"):
        with world(processes=1, in_flight=1) as bench:
            path = bench.folder / f"sample.{kind}"
            if kind == "csv":
                write_sample(path, rows=rows, seed=seed)
            else:
                _write_xlsx(path, rows=rows, seed=seed)
            first = _in_its_own_process(bench, path)
            again = _in_its_own_process(bench, path)
            assert first["created"] == rows == again["unchanged"], (first, again)
            results[kind] = {
                "file_mib": round(path.stat().st_size / 2**20, 1),
                "seconds": first["seconds"],
                "rows_per_second": round(rows / first["seconds"]),
                "peak_mib": first["peak_mib"],
                "second_import_seconds": again["seconds"],
                "second_import_peak_mib": again["peak_mib"],
            }
    with world(processes=1, in_flight=1) as bench:
        usual = compared / _one_by_one(bench, compared, seed)
    results["one_by_one_rows_per_second"] = round(usual)
    results["ratio"] = round(results["csv"]["rows_per_second"] / usual, 1)
    results["target"] = {"seconds": MOST_SECONDS, "peak_mib": MOST_MIB}
    results["met"] = all(
        results[kind]["seconds"] <= MOST_SECONDS and results[kind]["peak_mib"] <= MOST_MIB
        for kind in ("csv", "xlsx")
    )
    return results


def _write_xlsx(path: Path, *, rows: int, seed: int) -> None:
    """As a person would save it: numbers and dates are numbers, texts are shared."""
    book = xlsxwriter.Workbook(path, {"strings_to_urls": False})
    sheet = book.add_worksheet("Suscripciones")
    dated = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.write_row(0, 0, HEADER)
    for number, row in enumerate(sample_rows(rows=rows, seed=seed), start=1):
        for column, (name, cell) in enumerate(zip(HEADER, row, strict=True)):
            if name == "Importe":
                sheet.write_number(number, column, float(read_amount(cell)))
            elif "Vencimiento" in name:
                sheet.write_datetime(number, column, read_date(cell), dated)
            elif name in ("Plazo", "Grupo", "Nº de Contrato", "Cuota"):
                sheet.write_number(number, column, int(cell))
            elif cell:
                sheet.write_string(number, column, cell)
    book.close()


def _in_its_own_process(bench: World, path: Path) -> dict[str, Any]:
    argv = [sys.executable, "-m", "benchmarks.imports", "child"]
    argv += [str(bench.settings.database_url), str(path), str(bench.folder)]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _child(database_url: str, path: Path, folder: Path) -> None:
    settings = Settings(
        data_dir=folder,
        public_url="http://127.0.0.1:18401",
        secret_key="benchmark" * 6,
        database_url=database_url,
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="0" * 32,
    )
    runtime = Runtime(settings, database_url=database_url, redis_url="redis://127.0.0.1:9")
    started = time.perf_counter()
    done = run_import(runtime, ImportKind.SUBSCRIPTIONS, path)
    seconds = time.perf_counter() - started
    runtime.close()
    rows = done.report.rows
    told = {"created": rows.created, "unchanged": rows.unchanged}
    print(json.dumps({**told, "seconds": round(seconds, 2), "peak_mib": _peak_mib()}))


def _peak_mib() -> int:
    """Of this program alone: what the kernel reports for a child may be its parent's peak."""
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return round(int(found[1]) / 1024)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))


def _one_by_one(bench: World, rows: int, seed: int) -> float:
    """Look up or insert each record of a row with the ORM, and commit: seconds."""
    started = time.perf_counter()
    for row in sample_rows(rows=rows, seed=seed):
        with bench.runtime.sessions.begin() as session:
            _take_in(session, dict(zip(HEADER, row, strict=True)))
    seconds = time.perf_counter() - started
    with bench.runtime.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Coupon)) == rows
    return seconds


def _take_in(session: Session, row: dict[str, str]) -> None:
    number = phonenumbers.parse(row["Celular"], "AR")
    phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    document = re.sub(r"\D", "", row["DNI/CUIT"])
    customer = session.scalars(select(Customer).filter_by(document=document)).one_or_none()
    if customer is None:
        customer = Customer(name=row["Apellido y Nombre"], document=document)
        session.add(customer)
    contact = session.scalars(select(ContactPoint).filter_by(phone=phone)).one_or_none()
    if contact is None:
        contact = ContactPoint(phone=phone, match_key=phone)
        session.add(contact)
    given = {"administrator": row["Administradora"], "name": row["Plan de Ahorro"]}
    plan = session.scalars(select(Plan).filter_by(**given)).one_or_none()
    if plan is None:
        plan = Plan(**given)
        session.add(plan)
    session.flush()
    session.add(
        CustomerContact(customer_id=customer.id, contact_point_id=contact.id, preferred=True)
    )
    contract = row["Nº de Contrato"]
    known = select(Subscription).filter_by(contract_number=contract)
    subscription = session.scalars(known).one_or_none()
    if subscription is None:
        subscription = Subscription(
            customer_id=customer.id,
            plan_id=plan.id,
            administrator=plan.administrator,
            group_code=row["Grupo"],
            order_code=row["Orden"],
            contract_number=contract,
        )
        session.add(subscription)
        session.flush()
    session.add(
        Coupon(
            subscription_id=subscription.id,
            instalment=int(row["Cuota"]),
            amount=read_amount(row["Importe"]),
            due_date=read_date(row["Vencimiento"]),
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        _child(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        print(json.dumps(run(), indent=1))
