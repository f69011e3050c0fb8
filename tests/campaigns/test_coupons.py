"""A coupon's life, the links that lead to it, and what it stops."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from campaigns.coupon_links import (
    FoundLink,
    LinkState,
    add_link,
    find_link,
    record_open,
    record_visit,
    revoke_links,
    revoke_links_of_coupon,
    view_coupon,
)
from campaigns.coupons import (
    expire_coupons,
    mark_paid,
    receipt_received,
    usable_until,
    void_coupon,
)
from campaigns.errors import NotFound
from campaigns.locks import lock_contacts_exclusive, lock_coupons_shared
from messaging.tokens import Signer, TokenKind
from models.audit import AuditEvent
from models.campaign import ResultType
from models.case import Case, Channel, Result
from models.coupon import Coupon, CouponLink, CouponVisit, VisitKind
from models.message import Basis, Message
from models.people import Customer, Role, User
from models.states import COUPON, CaseState, CouponState, IllegalMove, MessageState
from tests.campaigns.beside import Beside
from tests.conftest import NOON
from tests.sent_coupons import HOME, Sent, SentCoupons

SIGNER = Signer("k" * 48)


@pytest.fixture
def reminders(session: Session) -> SentCoupons:
    return SentCoupons.of_type(session, "recordatorio", now=NOON)


@pytest.fixture
def ana(reminders: SentCoupons) -> Sent:
    return reminders.to("Ana")


def _state(session: Session, sent: Sent) -> CouponState:
    return session.scalars(select(Coupon.state).where(Coupon.id == sent.coupon_id)).one()


def _message(session: Session, sent: Sent) -> tuple[MessageState, str | None]:
    row = session.execute(
        select(Message.state, Message.reason).where(Message.id == sent.message_id)
    ).one()
    return row.state, row.reason


def _results(session: Session, sent: Sent) -> list[str]:
    return list(
        session.scalars(
            select(ResultType.code)
            .join(Result, Result.result_type_id == ResultType.id)
            .where(Result.case_id == sent.case_id)
            .order_by(Result.id)
        )
    )


# Links


def test_the_link_of_a_message_leads_to_its_coupon(session: Session, ana: Sent) -> None:
    found = find_link(session, ana.token(SIGNER), SIGNER, now=NOON)

    assert found == FoundLink(LinkState.GENUINE, ana.message_id, ana.coupon_id)


def test_what_we_did_not_sign_leads_nowhere(session: Session, ana: Sent) -> None:
    token = ana.token(SIGNER)
    flipped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    another = Signer("x" * 48).sign(TokenKind.COUPON_LINK, ana.message_id)
    button = SIGNER.sign(TokenKind.BUTTON, ana.message_id, 1)
    linkless = SIGNER.sign(TokenKind.COUPON_LINK, ana.message_id + 1)

    for text in ("", "ñ", flipped, another, button, linkless, token + "A", str(ana.message_id)):
        found = find_link(session, text, SIGNER, now=NOON)
        assert found == FoundLink(LinkState.UNKNOWN), text


def test_a_link_signed_with_the_key_before_still_leads_there(session: Session, ana: Sent) -> None:
    rotated = Signer("n" * 48, previous="k" * 48)

    assert find_link(session, ana.token(SIGNER), rotated, now=NOON).state is LinkState.GENUINE


def test_a_link_lives_until_ten_days_after_the_second_due_date(session: Session, ana: Sent) -> None:
    last = datetime(2026, 12, 16, 2, 59, tzinfo=UTC)  # 15/12, 23:59 in Buenos Aires
    token = ana.token(SIGNER)

    assert find_link(session, token, SIGNER, now=last).state is LinkState.GENUINE
    after = find_link(session, token, SIGNER, now=last + timedelta(minutes=1))
    assert after == FoundLink(LinkState.EXPIRED, ana.message_id, ana.coupon_id)


def test_without_a_second_due_date_the_first_counts() -> None:
    assert usable_until(date(2026, 11, 25), None, HOME) == datetime(2026, 12, 6, 3, tzinfo=UTC)


@pytest.mark.parametrize("by", ["message_id", "contact_point_id", "campaign_id"])
def test_a_link_is_revoked_with_its_message_recipient_or_campaign(
    by: str, session: Session, ana: Sent
) -> None:
    assert revoke_links(session, now=NOON, **{by: getattr(ana, by)}) == 1
    assert revoke_links(session, now=NOON, **{by: getattr(ana, by)}) == 0

    assert find_link(session, ana.token(SIGNER), SIGNER, now=NOON).state is LinkState.REVOKED


def test_revoking_one_persons_link_leaves_the_others(
    session: Session, reminders: SentCoupons, ana: Sent
) -> None:
    ben = reminders.to("Ben")

    revoke_links(session, now=NOON, contact_point_id=ana.contact_point_id)

    assert find_link(session, ben.token(SIGNER), SIGNER, now=NOON).state is LinkState.GENUINE
    with pytest.raises(ValueError, match="name a message"):
        revoke_links(session, now=NOON)


def test_the_links_that_customers_have_of_a_coupon_are_revoked_and_those_to_come_are_not(
    session: Session, reminders: SentCoupons
) -> None:
    ana, ben = (reminders.to(name, state=MessageState.DELIVERED) for name in ("Ana", "Ben"))
    caz = reminders.to("Caz", state=MessageState.PLANNED)
    lucia = User(email="lucia@x.example", name="Lucía", role=Role.OPERATOR)
    session.add(lucia)
    session.flush()

    def revoke(sent: Sent) -> int:
        return revoke_links_of_coupon(session, sent.coupon_id, by_id=lucia.id, now=NOON)

    assert [revoke(ana), revoke(ana), revoke(caz)] == [1, 0, 0]
    states = [
        find_link(session, sent.token(SIGNER), SIGNER, now=NOON).state for sent in (ana, ben, caz)
    ]
    assert states == [LinkState.REVOKED, LinkState.GENUINE, LinkState.GENUINE]
    audited = session.execute(select(AuditEvent.action, AuditEvent.user_id, AuditEvent.details))
    assert [tuple(row) for row in audited] == [
        ("coupon.revoke_links", lucia.id, {"messages": [ana.message_id]})
    ]


def test_a_void_coupon_has_no_link_any_more(session: Session, ana: Sent) -> None:
    void_coupon(session, ana.coupon_id, now=NOON)

    assert find_link(session, ana.token(SIGNER), SIGNER, now=NOON).state is LinkState.REVOKED


def test_an_operators_message_gets_a_link_of_the_same_kind(session: Session, ana: Sent) -> None:
    session.execute(delete(CouponLink))

    link = add_link(session, ana.message_id, ana.coupon_id, zone=HOME)

    assert link.expires_at == usable_until(date(2026, 11, 25), date(2026, 12, 5), HOME)
    with pytest.raises(NotFound):
        add_link(session, ana.message_id, -1, zone=HOME)


def test_the_view_holds_what_is_to_be_paid_and_of_the_person_the_first_name_alone(
    session: Session, ana: Sent
) -> None:
    session.execute(update(Customer).values(name="SOSA, ANA MARÍA", document="20123456"))

    view = view_coupon(session, ana.coupon_id)

    assert (view.company, view.instalment, view.payment_code) == ("Autoplan", 14, "0042-7781")
    assert view.first_name == "Ana"
    assert not any(word in str(view).upper() for word in ("SOSA", "MARÍA", "20123456"))


# Visits


def test_fetches_and_previews_are_counted_and_open_nothing(session: Session, ana: Sent) -> None:
    for kind in (VisitKind.FETCH, VisitKind.PREVIEW, VisitKind.FETCH):
        record_visit(session, ana.message_id, kind, now=NOON, user_agent="WhatsApp/2.23")

    kinds = session.scalars(select(CouponVisit.kind)).all()
    assert sorted(kinds) == [VisitKind.FETCH, VisitKind.FETCH, VisitKind.PREVIEW]
    assert _state(session, ana) is CouponState.ISSUED
    assert _results(session, ana) == []


def test_opening_twice_is_one_opening(session: Session, ana: Sent) -> None:
    first = record_open(session, ana.message_id, now=NOON, user_agent="Mozilla/5.0")
    second = record_open(session, ana.message_id, now=NOON, user_agent="Mozilla/5.0")

    assert (first, second) == (True, False)
    assert _state(session, ana) is CouponState.OPENED
    assert _results(session, ana) == ["abrio_cupon"]
    result = session.scalars(select(Result)).one()
    assert (result.channel, result.basis, result.by_id) == (
        Channel.COUPON_PAGE,
        Basis.COUPON,
        None,
    )
    assert result.evidence_visit_id == session.scalars(select(CouponVisit.id)).one()


def test_a_type_without_that_result_keeps_the_visit_alone(session: Session) -> None:
    caz = SentCoupons.of_type(session, "mora", now=NOON).to("Caz")

    assert record_open(session, caz.message_id, now=NOON, user_agent=None)

    assert _state(session, caz) is CouponState.OPENED
    assert _results(session, caz) == []


def test_a_supervisor_may_switch_that_result_off(session: Session, ana: Sent) -> None:
    session.execute(
        update(ResultType).where(ResultType.code == "abrio_cupon").values(is_active=False)
    )

    record_open(session, ana.message_id, now=NOON, user_agent=None)

    assert _results(session, ana) == []


def test_opening_does_not_undo_a_payment(session: Session, ana: Sent) -> None:
    mark_paid(session, ana.coupon_id, now=NOON)

    record_open(session, ana.message_id, now=NOON, user_agent=None)

    assert _state(session, ana) is CouponState.PAID


# States


def test_a_payment_stops_what_has_not_left_and_closes_the_case(session: Session, ana: Sent) -> None:
    assert mark_paid(session, ana.coupon_id, now=NOON)

    assert _state(session, ana) is CouponState.PAID
    assert _message(session, ana) == (MessageState.CANCELLED, "coupon_paid")
    assert _results(session, ana) == ["pago"]
    case = session.scalars(select(Case).where(Case.id == ana.case_id)).one()
    assert (case.state, case.finished_at) == (CaseState.FINISHED, NOON)
    assert session.scalars(select(AuditEvent.action)).all() == ["coupon.paid"]


def test_a_payment_told_twice_counts_once(session: Session, ana: Sent) -> None:
    assert [mark_paid(session, ana.coupon_id, now=NOON) for _ in range(2)] == [True, False]

    assert _results(session, ana) == ["pago"]


STOPPABLE = {MessageState.PLANNED, MessageState.CLAIMED}


@pytest.mark.parametrize(
    "state",
    [
        MessageState.PLANNED,
        MessageState.CLAIMED,
        MessageState.SENDING,
        MessageState.ACCEPTED,
        MessageState.UNCERTAIN,
        MessageState.DELIVERED,
        MessageState.SKIPPED,
    ],
)
@pytest.mark.parametrize("stop", [mark_paid, void_coupon])
def test_only_what_has_not_left_is_cancelled(
    state: MessageState, stop: object, session: Session, reminders: SentCoupons
) -> None:
    ben = reminders.to("Ben", state=state)

    assert callable(stop)
    stop(session, ben.coupon_id, now=NOON)

    expected = MessageState.CANCELLED if state in STOPPABLE else state
    assert _message(session, ben)[0] is expected


def test_a_payment_does_not_touch_another_persons_coupon(
    session: Session, reminders: SentCoupons, ana: Sent
) -> None:
    ben = reminders.to("Ben")

    mark_paid(session, ana.coupon_id, now=NOON)

    assert _message(session, ben)[0] is MessageState.PLANNED
    assert _state(session, ben) is CouponState.ISSUED


MOVES = {
    "receipt": (receipt_received, CouponState.RECEIPT_RECEIVED),
    "paid": (mark_paid, CouponState.PAID),
    "void": (void_coupon, CouponState.VOID),
}


@pytest.mark.parametrize("now_is", list(CouponState))
@pytest.mark.parametrize("move", MOVES)
def test_every_move_is_the_tables(
    move: str, now_is: CouponState, session: Session, ana: Sent
) -> None:
    act, target = MOVES[move]
    session.execute(update(Coupon).values(state=now_is))

    if now_is is target:
        assert act(session, ana.coupon_id, now=NOON) is False
    elif COUPON.allows(now_is, target):
        assert act(session, ana.coupon_id, now=NOON) is True
        assert _state(session, ana) is target
    else:
        with pytest.raises(IllegalMove):
            act(session, ana.coupon_id, now=NOON)
        assert _state(session, ana) is now_is


@pytest.mark.parametrize("move", MOVES)
def test_a_coupon_that_is_not_there_is_named(move: str, session: Session) -> None:
    with pytest.raises(NotFound) as missing:
        MOVES[move][0](session, 999, now=NOON)

    assert (missing.value.kind, missing.value.key) == ("coupon", 999)


def test_coupons_expire_ten_days_after_their_last_date(
    session: Session, reminders: SentCoupons
) -> None:
    over = reminders.to("Ana", due=date(2026, 10, 20), second_due=date(2026, 11, 7))
    last_day = reminders.to("Ben", due=date(2026, 10, 20), second_due=date(2026, 11, 8))

    assert expire_coupons(session, now=NOON, zone=HOME) == [over.coupon_id]
    assert expire_coupons(session, now=NOON, zone=HOME) == []

    assert _message(session, over) == (MessageState.CANCELLED, "coupon_expired")
    assert _message(session, last_day)[0] is MessageState.PLANNED
    assert find_link(session, over.token(SIGNER), SIGNER, now=NOON).state is LinkState.EXPIRED
    assert find_link(session, last_day.token(SIGNER), SIGNER, now=NOON).state is LinkState.GENUINE


def test_the_call_centres_day_counts_not_utcs(session: Session, reminders: SentCoupons) -> None:
    ben = reminders.to("Ben", due=date(2026, 11, 8), second_due=None)
    late = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)  # still the 18th in Buenos Aires

    assert expire_coupons(session, now=late, zone=HOME) == []
    assert expire_coupons(session, now=late + timedelta(hours=2), zone=HOME) == [ben.coupon_id]


def test_a_long_list_expires_in_bites(session: Session, reminders: SentCoupons) -> None:
    ids = [
        reminders.to(name, due=date(2026, 1, 1), second_due=None).coupon_id
        for name in ("Ana", "Ben", "Caz")
    ]

    bites = [expire_coupons(session, now=NOON, zone=HOME, limit=2) for _ in range(3)]

    assert bites == [ids[:2], ids[2:], []]


def test_a_coupon_with_later_dates_is_issued_again(
    session: Session, reminders: SentCoupons
) -> None:
    ben = reminders.to("Ben", due=date(2026, 1, 1), second_due=None)
    expire_coupons(session, now=NOON, zone=HOME)
    session.execute(update(Coupon).values(due_date=date(2026, 12, 1)))

    expire_coupons(session, now=NOON, zone=HOME)

    assert _state(session, ben) is CouponState.ISSUED


def test_a_payment_waits_for_an_attempt_that_is_being_committed(
    sessions: sessionmaker[Session],
) -> None:
    with sessions.begin() as session:
        ana = SentCoupons.of_type(session, "recordatorio", now=NOON).to("Ana")
    order: list[str] = []
    paying = threading.Event()

    def pay() -> None:
        with sessions.begin() as session:
            paying.set()
            mark_paid(session, ana.coupon_id, now=NOON)
            order.append("paid")

    with sessions.begin() as sender:
        lock_coupons_shared(sender, [ana.coupon_id])
        payer = threading.Thread(target=pay)
        payer.start()
        paying.wait(5)
        payer.join(0.3)
        order.append("attempt")
    payer.join(10)

    assert order == ["attempt", "paid"]
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Result)) == 1


def test_a_payment_and_a_sender_take_their_locks_in_one_order(
    session: Session, sessions: sessionmaker[Session]
) -> None:
    sent = SentCoupons.of_type(session, "mora", now=NOON).to("Ana")
    session.commit()
    beside = Beside(sessions)
    with sessions() as sender:
        # what a sender holds between its two kinds of lock
        lock_coupons_shared(sender, [sent.coupon_id])
        beside.start(lambda other: mark_paid(other, sent.coupon_id, now=NOON))
        assert beside.blocked()
        lock_contacts_exclusive(sender, [sent.contact_point_id])
        sender.commit()
    beside.end()
