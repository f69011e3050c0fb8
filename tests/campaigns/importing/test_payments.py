"""Files that say what was paid: by a day or a yes, of coupons that we know and of new ones."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from campaigns.coupons import mark_paid, void_coupon
from campaigns.importing.chunks import read_chunks, write_chunk
from campaigns.importing.columns import map_columns
from campaigns.importing.files import open_table
from campaigns.importing.reports import Report
from models.audit import ImportKind
from models.coupon import Coupon
from models.states import CouponState
from tests.conftest import NOON
from tests.sent_coupons import SentCoupons

TODAY = date(2026, 11, 18)
COUPON = ["Grupo", "Orden", "Cuota", "Importe", "Vencimiento", "Pagado"]
PAYMENT = ["Grupo", "Orden", "Cuota", "Pagado el"]

Import = Callable[..., Report]


@pytest.fixture
def order(session: Session) -> str:
    """Of Ana's subscription, whose instalment 14 is due."""
    sent = SentCoupons.of_type(session, "mora", now=NOON).to("Ana")
    session.commit()
    number = sent.campaign_id * 100 + 1
    return str(number)


@pytest.fixture
def import_rows(tmp_path: Path, sessions: sessionmaker[Session]) -> Import:
    """Write rows of one chunk as a file and import it; what it says was paid is not marked."""

    def run(rows: Sequence[Sequence[str]], *, header: Sequence[str] = COUPON) -> Report:
        path = tmp_path / "pagos.csv"
        path.write_text("\n".join(";".join(row) for row in [header, *rows]), encoding="utf-8")
        table = open_table(path)
        columns = map_columns(table.header, ImportKind.COUPONS)
        (chunk,) = read_chunks(table, columns)
        with sessions.begin() as session:
            return write_chunk(session, chunk, now=NOON, today=TODAY)

    return run


def _coupons(session: Session) -> dict[int, Coupon]:
    session.expire_all()
    return {coupon.instalment: coupon for coupon in session.scalars(select(Coupon))}


def test_a_known_coupon_is_to_be_marked_and_a_new_one_comes_as_paid(
    import_rows: Import, session: Session, order: str
) -> None:
    report = import_rows(
        [
            ["1042", order, "14", "45.300,50", "25/11/2026", "16/11/2026"],
            ["1042", order, "13", "44.000", "25/10/2026", "sí"],
            ["1042", order, "15", "46.000", "25/12/2026", "no"],
        ]
    )

    coupons = _coupons(session)
    assert (report.rows.created, report.rows.updated, report.coupons_paid) == (2, 1, 2)
    assert report.payments == {coupons[14].id: date(2026, 11, 16)}
    states = [coupons[number].state for number in (13, 14, 15)]
    assert states == [CouponState.PAID, CouponState.ISSUED, CouponState.ISSUED]


def test_a_list_of_payments_needs_neither_amount_nor_due_date(
    import_rows: Import, session: Session, order: str
) -> None:
    before = _coupons(session)[14].amount

    report = import_rows(
        [["1042", order, "14", "16/11/2026"], ["1042", order, "20", "16/11/2026"]], header=PAYMENT
    )

    coupon = _coupons(session)[14]
    assert report.payments == {coupon.id: date(2026, 11, 16)}
    assert (coupon.amount, coupon.due_date) == (before, date(2026, 11, 25))
    assert [(row.line, row.reason) for row in report.refusals] == [
        (3, "no tenemos la cuota 20 de esa suscripción: para cargarla faltan importe y vencimiento")
    ]


def test_the_same_payments_twice_change_nothing(
    import_rows: Import, session: Session, order: str
) -> None:
    rows = [["1042", order, "14", "16/11/2026"]]
    ((coupon_id, paid_on),) = import_rows(rows, header=PAYMENT).payments.items()
    mark_paid(session, coupon_id, now=NOON, paid_on=paid_on)
    session.commit()

    again = import_rows(rows, header=PAYMENT)

    assert (again.rows.unchanged, again.coupons_paid, again.payments) == (1, 0, {})
    assert again.warnings == []
    corrected = import_rows([["1042", order, "14", "15/11/2026"]], header=PAYMENT)
    assert (corrected.rows.updated, corrected.coupons_paid) == (1, 0)
    assert _coupons(session)[14].paid_on == date(2026, 11, 15)


@pytest.mark.parametrize("said", ["no", ""])
def test_no_file_undoes_a_payment(
    import_rows: Import, session: Session, order: str, said: str
) -> None:
    mark_paid(session, _coupons(session)[14].id, now=NOON)
    session.commit()

    report = import_rows([["1042", order, "14", "45.300,50", "25/11/2026", said]])

    assert _coupons(session)[14].state is CouponState.PAID
    assert report.rows.unchanged == 1
    assert [warned.text for warned in report.warnings] == (
        ["el cupón de la cuota 14 ya está pagado y el archivo dice que no: quedó pagado"]
        if said
        else []
    )


def test_what_is_void_is_not_paid_by_a_file(
    import_rows: Import, session: Session, order: str
) -> None:
    void_coupon(session, _coupons(session)[14].id, now=NOON)
    session.commit()

    report = import_rows([["1042", order, "14", "sí"]], header=PAYMENT)

    assert (report.payments, report.coupons_paid) == ({}, 0)
    assert report.warnings[0].text == (
        "el cupón de la cuota 14 está anulado: no se marcó como pagado"
    )


def test_a_payment_that_cannot_be_is_refused_with_its_line_and_column(
    import_rows: Import, order: str
) -> None:
    report = import_rows(
        [
            ["1042", order, "14", "quizás"],
            ["1042", order, "14", "31/02/2026"],
            ["1042", order, "", "sí"],
            ["1042", order, "14", "19/11/2026"],
        ],
        header=PAYMENT,
    )

    assert [(row.line, row.reason) for row in report.refusals] == [
        (
            2,
            "Pagado el «quizás»: no dice si está pagado: poné sí, no o la fecha de pago, "
            "como 31/12/2026",
        ),
        (3, "Pagado el «31/02/2026»: esa fecha no existe en el calendario"),
        (4, "Cuota «»: falta este dato"),
        (5, "la fecha de pago 19/11/2026 todavía no llegó"),
    ]


def test_two_lines_that_contradict_each_other_pay_nothing_twice(
    import_rows: Import, order: str
) -> None:
    report = import_rows(
        [["1042", order, "14", "16/11/2026"], ["1042", order, "14", "no"]], header=PAYMENT
    )

    assert len(report.payments) == 1
    assert "repite el cupón de la línea 2 con otros datos" in report.refusals[0].reason
