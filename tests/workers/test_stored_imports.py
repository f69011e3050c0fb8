"""Files that came by a screen, in the worker: rehearsed, written, stopped, gone on with."""

import csv
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from campaigns.importing import steps
from campaigns.importing.errors import ColumnsMissing, EmptyFile, NothingToImport
from campaigns.importing.files import open_table
from campaigns.importing.guesses import guess_columns
from campaigns.importing.outcome import Outcome
from campaigns.importing.steps import Setup
from dashboard.rehearsal.sample_file import write_sample
from models.audit import AuditEvent, Import, ImportKind
from models.case import Case
from models.coupon import Coupon
from models.message import ID_BLOCK, Message
from models.people import Role, User
from models.states import CaseState, CouponState, IllegalMove, ImportState, MessageState
from models.subscription import Subscription
from runtime.wiring import Runtime
from tests.conftest import NOON
from tests.sent_coupons import SentCoupons
from workers.stored_imports import folder, forget_old_files, refused_rows_file, work

KIND = ImportKind.SUBSCRIPTIONS
HEADER = "Nombre;Documento;Teléfono;Plan;Grupo;Orden\n"

Receive = Callable[..., int]


@pytest.fixture
def receive(runtime: Runtime) -> Receive:
    """A file as a screen stores it, with the columns as they are guessed; gives its import."""

    def run(
        content: bytes | None = None,
        *,
        rows: int = 60,
        bad: int = 0,
        kind: ImportKind = ImportKind.SUBSCRIPTIONS,
    ) -> int:
        place = folder(runtime.settings)
        stored_as = f"file{len(list(place.iterdir()))}"
        path = place / stored_as
        if content is None:
            write_sample(path, rows=rows, seed=5, bad_rows=bad)
        else:
            path.write_bytes(content)
        table = open_table(path, name="muestra.csv")
        fields = tuple(guess.field for guess in guess_columns(table.header, kind))
        with runtime.sessions.begin() as session:
            import_id, _ = steps.receive_file(
                session, kind, table, stored_as=stored_as, by_id=None, now=NOON
            )
            steps.choose_columns(session, import_id, Setup(fields=fields), by_id=None)
        return import_id

    return run


def record_of(runtime: Runtime, import_id: int) -> Import:
    with runtime.sessions() as session:
        return session.get_one(Import, import_id)


def begin(runtime: Runtime, import_id: int) -> None:
    with runtime.sessions.begin() as session:
        steps.begin_writing(session, import_id, by_id=None, now=NOON)


def subscriptions(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Subscription)) or 0


def refused_lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, delimiter=";"))


def test_a_dry_run_counts_and_keeps_the_refused_rows_and_writes_nothing(
    runtime: Runtime, receive: Receive, session: Session
) -> None:
    import_id = receive(rows=60, bad=4)

    work(runtime, import_id, chunk_rows=20)

    record = record_of(runtime, import_id)
    outcome = Outcome.from_json(record.rehearsal)
    assert record.state is ImportState.REHEARSED
    assert (outcome.rows_read, outcome.created, outcome.refused) == (60, 56, 4)
    assert (record.rows_seen, record.part_seen, record.rows_read) == (60, 1000, 0)
    assert len({problem.line for problem in outcome.problems}) == 4
    assert sum(rows for _, _, rows in outcome.top_reasons) >= 4
    assert subscriptions(session) == 0
    rows = refused_lines(refused_rows_file(runtime.settings, "file0", rehearsal=True))
    assert rows[0][-2:] == ["línea", "motivo"]
    assert len(rows) == 5


def test_the_import_writes_what_the_dry_run_promised(
    runtime: Runtime, receive: Receive, session: Session
) -> None:
    import_id = receive(rows=60, bad=4)
    work(runtime, import_id, chunk_rows=20)
    begin(runtime, import_id)

    work(runtime, import_id, chunk_rows=20)

    record = record_of(runtime, import_id)
    assert record.state is ImportState.DONE
    assert record.report == record.rehearsal
    assert (record.rows_read, record.created, record.refused) == (60, 56, 4)
    assert subscriptions(session) == 56
    assert not (folder(runtime.settings) / "file0").exists()


def test_an_import_whose_worker_died_goes_on_with_the_same_figures(
    runtime: Runtime, receive: Receive, session: Session
) -> None:
    import_id = receive(rows=100, bad=10)
    work(runtime, import_id, chunk_rows=20)
    begin(runtime, import_id)
    asked = iter([False, False, True])

    work(runtime, import_id, chunk_rows=20, stopping=lambda: next(asked))
    halfway = record_of(runtime, import_id)
    refused = refused_rows_file(runtime.settings, "file0", rehearsal=False)
    with refused.open("a", encoding="utf-8") as stream:
        stream.write("half a row of a chunk that was never comm")
    work(runtime, import_id, chunk_rows=20)

    record = record_of(runtime, import_id)
    assert (halfway.state, halfway.rows_read) == (ImportState.IMPORTING, 40)
    assert record.state is ImportState.DONE
    assert record.report == record.rehearsal
    assert subscriptions(session) == 90
    rows = refused_lines(refused)
    assert len(rows) == 11
    assert all(len(row) == len(rows[0]) for row in rows)


def test_what_a_file_says_was_paid_is_marked_as_by_hand_also_if_the_worker_is_stopped_between(
    runtime: Runtime, receive: Receive, session: Session
) -> None:
    sending = SentCoupons.of_type(session, "recordatorio", now=NOON)
    sent = [sending.to(name) for name in ("Ana", "Ben", "Caz")]
    lucia = User(email="lucia@x.example", name="Lucía", role=Role.SUPERVISOR)
    session.add(lucia)
    session.commit()
    orders = [one.message_id // ID_BLOCK for one in sent]
    rows = "".join(f"Autoplan;1042;{order};14;sí\n" for order in orders)
    content = f"Administradora;Grupo;Orden;Cuota;Pagado\n{rows}".encode()
    import_id = receive(content, kind=ImportKind.COUPONS)
    work(runtime, import_id)
    rehearsal = Outcome.from_json(record_of(runtime, import_id).rehearsal)
    with runtime.sessions.begin() as writing:
        steps.begin_writing(writing, import_id, by_id=lucia.id, now=NOON)
    states = select(Coupon.state).order_by(Coupon.id)
    asked = iter([False, False, True])  # before the chunk, the first payment, the second

    work(runtime, import_id, stopping=lambda: next(asked))
    halfway = session.scalars(states).all()
    session.rollback()
    work(runtime, import_id)

    assert (rehearsal.coupons_paid, rehearsal.updated) == (3, 3)
    assert halfway == [CouponState.PAID, CouponState.ISSUED, CouponState.ISSUED]
    assert session.scalars(states).all() == [CouponState.PAID] * 3
    messages = session.execute(select(Message.state, Message.reason)).all()
    assert [tuple(row) for row in messages] == [(MessageState.CANCELLED, "coupon_paid")] * 3
    assert set(session.scalars(select(Case.state))) == {CaseState.FINISHED}
    record = record_of(runtime, import_id)
    assert (record.state, record.updated) == (ImportState.DONE, 3)
    audited = select(AuditEvent.user_id, AuditEvent.details).where(
        AuditEvent.action == "coupon.paid"
    )
    assert [tuple(row) for row in session.execute(audited)] == (
        [(lucia.id, {"import": import_id})] * 3
    )


def test_two_workers_who_find_the_same_import_write_it_once(
    runtime: Runtime, receive: Receive
) -> None:
    import_id = receive(rows=60)
    work(runtime, import_id)
    begin(runtime, import_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: work(runtime, import_id, chunk_rows=10), range(2)))

    record = record_of(runtime, import_id)
    assert (record.state, record.created, record.unchanged) == (ImportState.DONE, 60, 0)


def test_a_cancelled_import_stops_and_what_is_in_stays(
    runtime: Runtime, receive: Receive, session: Session
) -> None:
    import_id = receive(rows=60)
    work(runtime, import_id)
    begin(runtime, import_id)

    def cancel_behind_the_first() -> bool:
        if record_of(runtime, import_id).rows_read == 20:
            with runtime.sessions.begin() as session:
                steps.cancel_import(session, import_id, by_id=None, now=NOON)
        return False

    work(runtime, import_id, chunk_rows=20, stopping=cancel_behind_the_first)

    record = record_of(runtime, import_id)
    assert (record.state, record.rows_read) == (ImportState.CANCELLED, 20)
    assert subscriptions(session) == 20


def test_the_same_file_again_changes_nothing_and_may_not_be_written(
    runtime: Runtime, receive: Receive
) -> None:
    first = receive(rows=30)
    work(runtime, first)
    begin(runtime, first)
    work(runtime, first)

    again = receive(rows=30)
    work(runtime, again)

    outcome = Outcome.from_json(record_of(runtime, again).rehearsal)
    assert again != first
    assert (outcome.unchanged, outcome.to_write) == (30, 0)
    with pytest.raises(NothingToImport, match="no hay nada que importar"):
        begin(runtime, again)


def test_a_form_sent_twice_is_one_import(runtime: Runtime, receive: Receive) -> None:
    import_id = receive(rows=10)
    with runtime.sessions.begin() as session:
        steps.choose_again(session, import_id, by_id=None)
        table = open_table(folder(runtime.settings) / "file0")

        again = steps.receive_file(session, KIND, table, stored_as="x", by_id=None, now=NOON)

    assert again == (import_id, False)


def test_only_a_rehearsed_import_is_written_and_only_once(
    runtime: Runtime, receive: Receive
) -> None:
    import_id = receive(rows=10)
    with pytest.raises(IllegalMove):
        begin(runtime, import_id)
    work(runtime, import_id)
    begin(runtime, import_id)

    with pytest.raises(IllegalMove):
        begin(runtime, import_id)


def test_columns_that_every_file_needs_are_asked_for_again(
    runtime: Runtime, receive: Receive
) -> None:
    import_id = receive(HEADER.encode() + b"Ana;20123456;11 5555-4444;P;1;1\n")
    with runtime.sessions.begin() as session:
        steps.choose_again(session, import_id, by_id=None)

        with pytest.raises(ColumnsMissing, match="documento"):
            steps.choose_columns(
                session,
                import_id,
                Setup(fields=("name", "", "phone", "plan", "group_code", "order_code")),
                by_id=None,
            )


def test_a_header_without_rows_is_refused(receive: Receive) -> None:
    with pytest.raises(EmptyFile, match="ninguna fila debajo"):
        receive(HEADER.encode())


def test_a_file_that_breaks_half_way_fails_with_its_sentence(
    runtime: Runtime, receive: Receive
) -> None:
    good = "Ana;20123456;11 5555-4444;P;1;1\n"
    import_id = receive((HEADER + good * 30 + '"Ben' + good * 30).encode())

    work(runtime, import_id)

    record = record_of(runtime, import_id)
    assert record.state is ImportState.FAILED
    assert record.problem is not None
    assert "comillas sin cerrar en la línea 32" in record.problem


def test_a_file_that_is_gone_fails_instead_of_being_tried_for_ever(
    runtime: Runtime, receive: Receive
) -> None:
    import_id = receive(rows=10)
    (folder(runtime.settings) / "file0").unlink()

    work(runtime, import_id)

    assert record_of(runtime, import_id).problem == (
        "El archivo ya no está en el servidor: subilo de nuevo."
    )


def test_columns_with_one_name_and_a_field_of_ones_own(
    runtime: Runtime, receive: Receive, session: Session
) -> None:
    header = "Nombre;Documento;Tel;Tel;Plan;Grupo;Orden;Vendedor\n"
    import_id = receive((header + "Ana;20123456;11 5555-4444;;P;1;1;Quique\n").encode())
    with runtime.sessions.begin() as writing:
        steps.choose_again(writing, import_id, by_id=None)
        fields = ("name", "document", "phone", "other_phone", "plan", "group_code", "order_code")
        setup = Setup(fields=(*fields, "custom.Vendedor"), default_area="351", administrator="Sur")
        steps.choose_columns(writing, import_id, setup, by_id=None)
    work(runtime, import_id)
    begin(runtime, import_id)
    work(runtime, import_id)

    subscription = session.scalars(select(Subscription)).one()
    assert subscription.custom == {"Vendedor": "Quique"}
    assert subscription.administrator == "Sur"
    assert "Tel" not in record_of(runtime, import_id).mapping


def test_coupons_ride_along(runtime: Runtime, receive: Receive, session: Session) -> None:
    import_id = receive(rows=12)
    work(runtime, import_id)
    begin(runtime, import_id)
    work(runtime, import_id)

    assert session.scalar(select(func.count()).select_from(Coupon)) == 12


def test_old_files_are_forgotten_and_those_in_use_are_not(
    runtime: Runtime, receive: Receive, session: Session
) -> None:
    waiting = receive(rows=10)
    place = folder(runtime.settings)
    stray = place / "stray.part"
    stray.write_bytes(b"x")
    two_days_ago = runtime.now().timestamp() - timedelta(days=2).total_seconds()
    os.utime(stray, (two_days_ago, two_days_ago))
    session.execute(text("UPDATE imports SET started_at = now()"))
    session.commit()

    forget_old_files(runtime)

    assert not stray.exists()
    assert (place / "file0").exists()
    session.execute(text("UPDATE imports SET state = 'uploaded', started_at = '2020-01-01'"))
    session.commit()
    os.utime(place / "file0", (two_days_ago, two_days_ago))
    forget_old_files(runtime)
    assert record_of(runtime, waiting).state is ImportState.CANCELLED


def test_an_import_of_a_terminal_is_none_of_the_screens(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        session.add(Import(kind=KIND, file_name="a", file_hash="b", mapping={}))
        session.flush()
        record = session.scalars(select(Import)).one()

        with pytest.raises(NotFound):
            steps.cancel_import(session, record.id, by_id=None, now=NOON)
