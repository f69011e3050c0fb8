"""Files into the tables: what is created, what is left alone, and what comes back."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from campaigns.importing.chunks import read_chunks, write_chunk
from campaigns.importing.columns import map_columns
from campaigns.importing.files import open_table
from campaigns.importing.reports import Report
from models.audit import ImportKind
from models.coupon import Coupon
from models.people import ContactPoint, Customer, CustomerContact
from models.states import CouponState, SubscriptionState
from models.subscription import Plan, Subscription
from tests.conftest import NOON

HEADER = ["Nombre", "Documento", "Teléfono", "Plan", "Grupo", "Orden"]
COUPON = ["Cuota", "Importe", "Vencimiento"]
ANA = ["Núñez, Ana", "20.123.456", "011 15-5555-4444", "Cóndor 84", "4001", "007"]
BEN = ["Díaz, Benito", "30111222", "0351 15 444-5555", "Cóndor 84", "4001", "008"]
CAZ = ["Ríos, Caz", "27-12345678-0", "11 4555-6666", "Pampero 84", "4002", "001"]

TABLES = (
    "plans",
    "customers",
    "contact_points",
    "customer_contacts",
    "subscriptions",
    "coupons",
)

Import = Callable[..., Report]


@pytest.fixture
def import_rows(tmp_path: Path, sessions: sessionmaker[Session]) -> Import:
    """Write a CSV of these rows and import it; the report is the whole file's."""

    def run(
        rows: Sequence[Sequence[str]],
        *,
        header: Sequence[str] = HEADER,
        kind: ImportKind = ImportKind.SUBSCRIPTIONS,
        size: int = 5_000,
        today: date = date(2026, 11, 18),
        administrator: str | None = None,
        chosen: dict[str, str] | None = None,
    ) -> Report:
        path = tmp_path / "file.csv"
        lines = ["\t".join(header), *("\t".join(row) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
        table = open_table(path)
        columns = map_columns(table.header, kind, chosen=chosen)
        total = Report()
        for chunk in read_chunks(table, columns, administrator=administrator, size=size):
            with sessions.begin() as session:
                total.add(write_chunk(session, chunk, now=NOON, today=today))
        assert total.rows_read == len(rows)
        return total

    return run


def counts(report: Report) -> tuple[int, int, int, int]:
    rows = report.rows
    return rows.created, rows.updated, rows.unchanged, report.refused


def versions(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of what an import writes, with the transaction that wrote it."""
    return {
        table: [
            tuple(row)
            for row in session.execute(text(f"SELECT xmin::text, t.* FROM {table} t ORDER BY 2, 3"))
        ]
        for table in TABLES
    }


def test_a_row_becomes_customer_phone_plan_and_subscription(
    import_rows: Import, session: Session
) -> None:
    report = import_rows([ANA])

    assert counts(report) == (1, 0, 0, 0)
    subscription = session.scalars(select(Subscription)).one()
    customer = session.get_one(Customer, subscription.customer_id)
    plan = session.get_one(Plan, subscription.plan_id)
    contact = session.scalars(select(ContactPoint)).one()
    link = session.scalars(select(CustomerContact)).one()
    assert (subscription.group_code, subscription.order_code) == ("4001", "007")
    assert subscription.state is SubscriptionState.ACTIVE
    assert (customer.name, customer.document) == ("Núñez, Ana", "20123456")
    assert (plan.administrator, plan.name) == ("", "Cóndor 84")
    assert (contact.phone, contact.match_key) == ("+5491155554444", "54:1155554444")
    assert (link.customer_id, link.contact_point_id, link.preferred) == (
        customer.id,
        contact.id,
        True,
    )


def test_one_row_may_carry_its_coupon(import_rows: Import, session: Session) -> None:
    report = import_rows(
        [
            [*ANA, "12", "45.300,50", "10/12/2026", "20/12/2026", "0012", "https://p.example/1"],
            [*BEN, "", "", "", "", "", ""],
        ],
        header=[*HEADER, *COUPON, "2º Vencimiento", "Código de pago", "Link de pago"],
    )

    assert counts(report) == (2, 0, 0, 0)
    assert (report.subscriptions_created, report.coupons_created) == (2, 1)
    coupon = session.scalars(select(Coupon)).one()
    assert (coupon.instalment, coupon.amount, coupon.currency) == (12, Decimal("45300.50"), "ARS")
    assert (coupon.due_date, coupon.second_due_date) == (date(2026, 12, 10), date(2026, 12, 20))
    assert coupon.amount_as_of == date(2026, 11, 18)
    assert (coupon.payment_code, coupon.payment_url) == ("0012", "https://p.example/1")


def test_importing_the_same_file_twice_changes_nothing(
    import_rows: Import, session: Session
) -> None:
    header = [*HEADER, *COUPON, "Correo", "Otro teléfono", "Modelo", "Plazo"]
    rows = [
        [*ANA, "12", "45.300,50", "10/12/2026", "", "11 4444-3333", "Cóndor", ""],
        [*ANA, "13", "46.000", "10/01/2027", "ana@correo.example", "", "Cóndor", "84"],
        ["NUÑEZ ANA", *ANA[1:5], "009", "1", "100", "1/1/2027", "otra@correo.example", "", "", ""],
        [*BEN, "3", "100", "1/1/2027", "", "", "", ""],
        ["Sin Documento", "", *BEN[2:5], "010", "3", "100", "1/1/2027", "", "", "", ""],
        ["Díaz, Benito", "", *BEN[2:5], "011", "3", "100", "1/1/2027", "", "", "", ""],
    ]
    first = import_rows(rows, header=header, size=2)
    before = versions(session)
    session.rollback()

    again = import_rows(rows, header=header, size=2, today=date(2026, 12, 24))

    assert counts(first) == (6, 0, 0, 0)
    assert counts(again) == (0, 0, 6, 0)
    assert versions(session) == before
    assert [c.name for c in session.scalars(select(Customer).order_by(Customer.id))] == [
        "Núñez, Ana",
        "Díaz, Benito",
        "Sin Documento",
    ]
    assert session.scalars(select(Plan.term)).one() == 84


def test_an_import_killed_in_the_middle_goes_on_when_run_again(
    tmp_path: Path, sessions: sessionmaker[Session], import_rows: Import
) -> None:
    rows = [["Ana", str(20_000_000 + n), f"11 5555-{n:04d}", "P", "1", str(n)] for n in range(25)]
    path = tmp_path / "half.csv"
    path.write_text("\n".join(map(";".join, [HEADER, *rows])), encoding="utf-8")
    table = open_table(path)
    chunks = read_chunks(table, map_columns(table.header, ImportKind.SUBSCRIPTIONS), size=10)
    with sessions.begin() as session:
        write_chunk(session, next(chunks), now=NOON, today=NOON.date())
    with sessions() as killed:
        write_chunk(killed, next(chunks), now=NOON, today=NOON.date())

    report = import_rows(rows, size=10)

    assert counts(report) == (15, 0, 10, 0)


def test_what_the_new_file_says_replaces_what_is_known_and_empty_cells_erase_nothing(
    import_rows: Import, session: Session
) -> None:
    header = [*HEADER, "Correo", "Cuotas vencidas", "Estado", "Domicilio"]
    import_rows([[*ANA, "ana@correo.example", "2", "Activa", "Mitre 1"]], header=header)

    report = import_rows(
        [["Núñez de Paz, Ana", *ANA[1:], "", "3", "Adjudicada", ""]], header=header
    )

    assert counts(report) == (0, 1, 0, 0)
    customer = session.scalars(select(Customer)).one()
    subscription = session.scalars(select(Subscription)).one()
    assert customer.name == "Núñez de Paz, Ana"
    assert (customer.email, customer.address) == ("ana@correo.example", "Mitre 1")
    assert (subscription.instalments_overdue, subscription.state) == (3, "awarded")


def test_a_state_goes_only_where_a_subscription_may_go(
    import_rows: Import, session: Session
) -> None:
    header = [*HEADER, "Estado"]
    import_rows([[*ANA, "Renunciada"]], header=header)

    report = import_rows([[*ANA, "Activa"]], header=header)

    assert counts(report) == (0, 0, 0, 1)
    assert "no puede pasar a active" in report.refusals[0].reason
    assert session.scalars(select(Subscription.state)).one() == "resigned"


def test_one_phone_written_in_three_ways_is_one_address_of_three_customers(
    import_rows: Import, session: Session
) -> None:
    import_rows(
        [ANA, [*BEN[:2], "+54 9 11 5555 4444", *BEN[3:]], [*CAZ[:2], "1155554444", *CAZ[3:]]]
    )

    assert len(session.scalars(select(ContactPoint)).all()) == 1
    assert len(session.scalars(select(CustomerContact)).all()) == 3


def preferred(session: Session) -> list[str | None]:
    return list(
        session.scalars(
            select(ContactPoint.phone)
            .join(CustomerContact, CustomerContact.contact_point_id == ContactPoint.id)
            .where(CustomerContact.preferred)
        )
    )


def test_a_new_phone_is_the_one_to_write_to_but_a_known_one_displaces_no_choice(
    import_rows: Import, session: Session
) -> None:
    import_rows([ANA])
    import_rows([[*ANA[:2], "11 6666-7777", *ANA[3:]]])
    assert preferred(session) == ["+5491166667777"]
    session.rollback()

    report = import_rows([ANA])

    assert counts(report) == (0, 0, 1, 0)
    assert preferred(session) == ["+5491166667777"]


def test_a_contract_number_is_a_stronger_key_than_group_and_order(
    import_rows: Import, session: Session
) -> None:
    header = [*HEADER, "Contrato", "Administradora"]
    import_rows([[*ANA, "C-1", "Norte"], [*BEN, "C-2", "Norte"]], header=header)

    moved = import_rows([[*ANA[:4], "5000", "001", "C-1", ""]], header=header)
    crossed = import_rows([[*ANA[:4], "4001", "008", "C-1", "Norte"]], header=header)
    taken = import_rows([[*BEN, "C-9", "Norte"]], header=header)

    assert counts(moved) == (0, 1, 0, 0)
    subscription = session.scalars(
        select(Subscription).where(Subscription.contract_number == "C-1")
    ).one()
    assert (subscription.administrator, subscription.group_code) == ("Norte", "5000")
    assert "ya son de otra suscripción (contrato C-2)" in crossed.refusals[0].reason
    assert "ya son de otra suscripción (contrato C-2)" in taken.refusals[0].reason


def test_a_customer_first_known_by_phone_and_name_gets_his_document_later(
    import_rows: Import, session: Session
) -> None:
    import_rows([[ANA[0], "", *ANA[2:]]])

    report = import_rows([ANA])

    assert counts(report) == (0, 1, 0, 0)
    assert session.scalars(select(Customer.document)).one() == "20123456"


def test_a_customer_code_never_joins_two_documents(import_rows: Import, session: Session) -> None:
    header = [*HEADER, "Código de cliente"]

    report = import_rows([[*ANA, "X1"], [*BEN, "X1"]], header=header)
    later = import_rows([[*BEN, "X1"]], header=header)

    assert counts(report) == (1, 0, 0, 1)
    assert report.refusals[0].line == 3
    assert "repite el código de cliente de la línea 2" in report.refusals[0].reason
    assert "ya es de otro documento (20123456)" in later.refusals[0].reason


def test_the_first_line_of_a_subscription_holds_and_a_contradiction_comes_back(
    import_rows: Import, session: Session
) -> None:
    other = [*BEN[:4], *ANA[4:]]

    report = import_rows([ANA, ANA, other], size=1)

    assert counts(report) == (1, 0, 1, 1)
    assert report.refusals[0].line == 4
    assert "repite la suscripción de la línea 2 con otros datos" in report.refusals[0].reason


def test_one_document_with_two_names_keeps_the_first_and_says_so(
    import_rows: Import, session: Session
) -> None:
    report = import_rows([ANA, ["Otra Persona", *ANA[1:5], "099"]])

    assert counts(report) == (2, 0, 0, 0)
    assert session.scalars(select(Customer.name)).all() == ["Núñez, Ana"]
    assert [(w.line, w.text) for w in report.warnings] == [
        (3, "el documento 20123456 tiene otro nombre en la línea 2: quedó aquél")
    ]


def test_a_bad_email_is_left_out_with_a_warning(import_rows: Import, session: Session) -> None:
    report = import_rows([[*ANA, "no tiene"]], header=[*HEADER, "Correo"])

    assert counts(report) == (1, 0, 0, 0)
    assert report.warnings[0].text == (
        "Correo «no tiene»: no es un correo electrónico; se dejó como estaba"
    )


def test_a_column_of_ones_own_is_kept_with_the_subscription(
    import_rows: Import, session: Session
) -> None:
    header = [*HEADER, "Vendedor", "Zona"]
    chosen = {"Vendedor": "custom.vendedor", "Zona": "custom.zona"}
    import_rows([[*ANA, "Quique", "Sur"]], header=header, chosen=chosen)
    import_rows([[*ANA, "", "Norte"]], header=header, chosen=chosen)

    assert session.scalars(select(Subscription.custom)).one() == {
        "vendedor": "Quique",
        "zona": "Norte",
    }


REFUSED = [
    ("Teléfono", 2, "11 5555", "Teléfono «11 5555»: no es un teléfono: le faltan dígitos"),
    ("Teléfono", 2, "", "Teléfono «»: falta este dato"),
    ("Teléfono", 2, "-", "Teléfono «»: falta este dato"),
    ("Nombre", 0, "", "Nombre «»: falta este dato"),
    ("Nombre", 0, "123", "Nombre «123»: no es un nombre"),
    ("Documento", 1, "20-12345678-0", "el dígito verificador del CUIT no corresponde"),
    ("Plan", 3, "", "Plan «»: falta este dato"),
    ("Orden", 5, "", "falta contrato, o Grupo y Orden"),
    ("Cuota", 6, "", "Cuota «»: falta este dato"),
    ("Importe", 7, "1,234", "puede ser 1234 o 1,234"),
    ("Vencimiento", 8, "31/02/2027", "esa fecha no existe"),
    ("2º Vencimiento", 9, "01/12/2026", "anterior al primero"),
]


@pytest.mark.parametrize(("column", "place", "value", "reason"), REFUSED)
def test_a_bad_cell_refuses_its_row_with_line_and_reason_and_the_good_rows_are_in(
    import_rows: Import, session: Session, column: str, place: int, value: str, reason: str
) -> None:
    header = [*HEADER, *COUPON, "2º Vencimiento"]
    good = [*BEN, "12", "100", "10/12/2026", "20/12/2026"]
    bad = [*ANA, "12", "100", "10/12/2026", "20/12/2026"]
    bad[place] = value

    report = import_rows([bad, good], header=header)

    assert counts(report) == (1, 0, 0, 1)
    assert report.refusals[0].line == 2
    assert reason in report.refusals[0].reason
    assert session.scalars(select(Customer.name)).all() == ["Díaz, Benito"]


def test_all_that_is_wrong_with_a_row_is_said_at_once(import_rows: Import) -> None:
    report = import_rows([["", "12", "x", "", "", ""]])

    assert len(report.refusals[0].problems) == 4


def test_a_cell_too_many_is_a_separator_inside_a_datum(import_rows: Import) -> None:
    report = import_rows([[*ANA, "sobra"]])

    assert "tiene 7 celdas y el encabezado 6" in report.refusals[0].reason


def test_coupons_find_their_subscription_by_any_of_its_keys(
    import_rows: Import, session: Session
) -> None:
    import_rows(
        [[*ANA, "C-1", "S-1"], [*BEN, "", ""]],
        header=[*HEADER, "Contrato", "Id externo"],
        administrator="Norte",
    )
    coupon = ["12", "100", "2026-12-10"]

    report = import_rows(
        [
            ["C-1", "", "", "", *coupon],
            ["", "4001", "008", "Norte", *coupon],
            ["", "4001", "008", "", "13", *coupon[1:]],
            ["C-9", "", "", "", *coupon],
            ["", "9", "9", "", *coupon],
            ["", "4001", "007", "", "12", "999", "2026-12-10"],
        ],
        header=["Contrato", "Grupo", "Orden", "Administradora", *COUPON],
        kind=ImportKind.COUPONS,
    )
    by_id = import_rows(
        [["S-1", "14", "100", "2027-02-10"]],
        header=["Id externo", *COUPON],
        kind=ImportKind.COUPONS,
    )

    assert counts(report) == (3, 0, 0, 3)
    assert counts(by_id) == (1, 0, 0, 0)
    assert [(row.line, row.reason) for row in report.refusals] == [
        (5, "no existe la suscripción contrato C-9: importá primero las suscripciones"),
        (6, "no existe la suscripción grupo 9 orden 9: importá primero las suscripciones"),
        (7, "repite el cupón de la línea 2"),
    ]


def test_without_an_administrator_a_group_that_two_have_is_refused(import_rows: Import) -> None:
    import_rows([ANA], administrator="Norte")
    import_rows([BEN[:4] + ANA[4:]], administrator="Sur")

    report = import_rows(
        [["4001", "007", "12", "100", "2026-12-10"]],
        header=["Grupo", "Orden", *COUPON],
        kind=ImportKind.COUPONS,
    )

    assert "hay 2 suscripciones con ese grupo y orden" in report.refusals[0].reason


def test_an_amount_that_moves_is_dated_and_a_paid_coupon_stays_as_it_was_paid(
    import_rows: Import, session: Session
) -> None:
    header = ["Grupo", "Orden", *COUPON]
    import_rows([ANA])
    kind = ImportKind.COUPONS
    import_rows([["4001", "007", "12", "100", "2026-12-10"]], header=header, kind=kind)

    moved = import_rows(
        [["4001", "007", "12", "120", "2026-12-10"]],
        header=header,
        kind=kind,
        today=date(2026, 11, 25),
    )

    coupon = session.scalars(select(Coupon)).one()
    assert counts(moved) == (0, 1, 0, 0)
    assert (coupon.amount, coupon.amount_as_of) == (Decimal(120), date(2026, 11, 25))

    coupon.state = CouponState.PAID
    session.commit()
    late = import_rows([["4001", "007", "12", "150", "2026-12-10"]], header=header, kind=kind)

    session.expire_all()
    assert counts(late) == (0, 0, 1, 0)
    assert session.scalars(select(Coupon.amount)).one() == Decimal(120)
    assert "ya está pagado: no se cambió" in late.warnings[0].text


def test_a_spreadsheet_with_numbers_and_dates_says_the_same_as_a_csv(
    tmp_path: Path, import_rows: Import, sessions: sessionmaker[Session]
) -> None:
    rows = [[*ANA[:4], "4001", "7", "12", "45300,50", "10/12/2026"]]
    import_rows(rows, header=[*HEADER, *COUPON])
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [*HEADER, *COUPON])
    sheet.write_row(1, 0, [ANA[0], 20123456, 1155554444, ANA[3], 4001, 7, 12, 45300.5])
    sheet.write_datetime(1, 8, date(2026, 12, 10), book.add_format({"num_format": "d/m/yy"}))
    book.close()

    table = open_table(path)
    columns = map_columns(table.header, ImportKind.SUBSCRIPTIONS)
    with sessions.begin() as session:
        (chunk,) = read_chunks(table, columns)
        report = write_chunk(session, chunk, now=NOON, today=NOON.date())

    assert counts(report) == (0, 0, 1, 0)
