"""`pregon import`: a file from a terminal."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dashboard.cli import main
from dashboard.rehearsal.sample_file import HEADER, write_sample
from models.audit import Import, ImportKind
from models.coupon import Coupon
from models.message import ID_BLOCK, Message
from models.people import ContactPoint, Customer
from models.states import CouponState, MessageState
from models.subscription import Subscription
from runtime.settings import Settings
from runtime.wiring import Runtime
from tests.conftest import NOON
from tests.sent_coupons import SentCoupons
from workers.import_files import run_import


@pytest.fixture
def pregon(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The command of this test's installation."""
    monkeypatch.setattr(Settings, "from_env", lambda **_: runtime.settings)
    return CliRunner()


def imported(pregon: CliRunner, *arguments: str | Path) -> Result:
    return pregon.invoke(main, ["import", *map(str, arguments)])


def test_a_sample_goes_in_and_its_bad_rows_come_back(
    pregon: CliRunner, tmp_path: Path, session: Session
) -> None:
    file = write_sample(tmp_path / "muestra.csv", rows=300, seed=7, bad_rows=5)

    first = imported(pregon, "subscriptions", file)
    again = imported(pregon, "subscriptions", file)

    assert first.exit_code == again.exit_code == 0, first.output
    assert "300 filas leídas (cp1252, separado por ;)" in first.output
    assert "creadas 295  actualizadas 0  sin cambios 0  rechazadas 5" in first.output
    assert "creadas 0  actualizadas 0  sin cambios 295  rechazadas 5" in again.output
    assert "ya se importó" in again.output
    refused = tmp_path / "muestra-rechazadas.csv"
    with refused.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream, delimiter=";"))
    assert rows[0] == [*HEADER, "línea", "motivo"]
    assert len(rows) == 6
    assert session.scalar(select(func.count()).select_from(Coupon)) == 295
    record = session.scalars(select(Import).order_by(Import.id)).first()
    assert record is not None
    assert (record.rows_read, record.created, record.refused) == (300, 295, 5)
    assert record.finished_at is not None
    assert record.mapping["Celular"] == "phone"


def test_the_refused_rows_once_corrected_go_in_as_they_are(
    pregon: CliRunner, tmp_path: Path, session: Session
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "Nombre;Documento;Teléfono;Plan;Grupo;Orden\n=Ana;20123456;+54 9 11 555;P;1;1\n",
        encoding="utf-8",
    )
    refused = tmp_path / "b.csv"
    imported(pregon, "subscriptions", file, "--errors", refused)

    corrected = refused.read_text(encoding="utf-8-sig").replace("11 555", "11 5555 4444")
    file.write_text(corrected, encoding="utf-8-sig")
    report = json.loads(imported(pregon, "subscriptions", file, "--json").output)

    assert report["created"] == 1
    assert session.scalars(select(ContactPoint.phone)).one() == "+5491155554444"


def test_a_dry_run_reports_the_same_and_writes_nothing(
    runtime: Runtime, tmp_path: Path, session: Session
) -> None:
    file = write_sample(tmp_path / "muestra.csv", rows=90, seed=3, bad_rows=4)
    kind = ImportKind.SUBSCRIPTIONS

    dry = run_import(runtime, kind, file, dry_run=True, chunk_rows=20)
    assert session.scalar(select(func.count()).select_from(Subscription)) == 0
    assert session.scalar(select(func.count()).select_from(Import)) == 0
    session.rollback()
    real = run_import(runtime, kind, file, chunk_rows=20)

    assert dry.report.as_json() == real.report.as_json()


def test_payments_are_marked_from_a_terminal_too_and_by_a_dry_run_counted_alone(
    runtime: Runtime, tmp_path: Path, session: Session
) -> None:
    sent = SentCoupons.of_type(session, "mora", now=NOON).to("Ana")
    session.commit()
    file = tmp_path / "pagos.csv"
    order = sent.message_id // ID_BLOCK
    file.write_text(f"Grupo;Orden;Cuota;Pagado el\n1042;{order};14;12/11/2026\n", "utf-8")
    coupon = select(Coupon.state, Coupon.paid_on)

    dry = run_import(runtime, ImportKind.COUPONS, file, dry_run=True)
    before = session.execute(coupon).one()
    session.rollback()
    run_import(runtime, ImportKind.COUPONS, file)

    assert (dry.report.coupons_paid, tuple(before)) == (1, (CouponState.ISSUED, None))
    assert tuple(session.execute(coupon).one()) == (CouponState.PAID, date(2026, 11, 12))
    assert session.get_one(Message, sent.message_id).state is MessageState.CANCELLED


def test_progress_is_told_chunk_by_chunk(runtime: Runtime, tmp_path: Path) -> None:
    file = write_sample(tmp_path / "muestra.csv", rows=50, seed=3)
    told: list[tuple[int, float]] = []

    run_import(
        runtime,
        ImportKind.SUBSCRIPTIONS,
        file,
        chunk_rows=20,
        progress=lambda rows, part: told.append((rows, part)),
    )

    assert [rows for rows, _ in told] == [20, 40, 50]
    assert told[-1][1] == 1.0


def test_a_mapping_given_once_is_remembered(pregon: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "Quién;Documento;Teléfono;Plan;Grupo;Orden\nAna;20123456;11 5555-4444;P;1;1\n",
        encoding="utf-8",
    )

    assert imported(pregon, "subscriptions", file).exit_code == 1
    assert imported(pregon, "subscriptions", file, "--map", "Quién=name").exit_code == 0
    assert imported(pregon, "subscriptions", file).exit_code == 0
    assert imported(pregon, "subscriptions", file, "--map", "Quién").exit_code == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7", "El archivo es un PDF"),
        (b"", "El archivo está vacío"),
        (b"Nombre;Grupo\nAna;1\n", "Faltan columnas: «documento»"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence_and_exit_code_1(
    pregon: CliRunner, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)

    result = imported(pregon, "subscriptions", file)
    as_json = imported(pregon, "subscriptions", file, "--json")

    assert result.exit_code == as_json.exit_code == 1
    assert sentence in result.output
    assert sentence in json.loads(as_json.output)["refused"]


def test_what_stood_before_an_open_quote_is_in(
    pregon: CliRunner, tmp_path: Path, session: Session
) -> None:
    file = tmp_path / "a.csv"
    header = "Nombre;Documento;Teléfono;Plan;Grupo;Orden\n"
    good = "Ana;20123456;11 5555-4444;P;1;1\n"
    file.write_text(header + good + '"Ben' + good * 30, encoding="utf-8")

    result = imported(pregon, "subscriptions", file)

    assert result.exit_code == 1
    assert "comillas sin cerrar en la línea 3" in result.output
    assert session.scalar(select(func.count()).select_from(Subscription)) == 1


def test_a_sample_is_the_same_for_the_same_seed_and_shares_no_phone_by_accident(
    pregon: CliRunner, tmp_path: Path, session: Session
) -> None:
    one = write_sample(tmp_path / "1.csv", rows=200, seed=5, shared_phones=0)
    two = write_sample(tmp_path / "2.csv", rows=200, seed=5, shared_phones=0)

    assert one.read_bytes() == two.read_bytes()
    assert imported(pregon, "subscriptions", one).exit_code == 0
    assert session.scalar(select(func.count()).select_from(ContactPoint)) == 200


def test_a_customer_whom_somebody_else_adds_meanwhile_is_found_on_the_next_try(
    runtime: Runtime, tmp_path: Path, session: Session
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "Nombre;Documento;Teléfono;Plan;Grupo;Orden\nAna;20123456;11 5555-4444;P;1;1\n",
        encoding="utf-8",
    )
    session.add(Customer(name="Ana", document="20123456"))
    session.flush()

    with ThreadPoolExecutor() as pool:
        importing = pool.submit(run_import, runtime, ImportKind.SUBSCRIPTIONS, file)
        with runtime.engine.connect() as connection:
            while not connection.scalar(text(_WAITING)):
                assert not importing.done()
                connection.rollback()
        session.commit()
        done = importing.result()

    assert done.report.rows.created == 1
    assert session.scalar(select(func.count()).select_from(Customer)) == 1


_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO customers%'
"""
