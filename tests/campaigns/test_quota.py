"""A portfolio's quota: how many new people in 24 hours, exactly, over all lines and workers."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from campaigns import guards as holds
from campaigns import quota
from campaigns.limits import Guards
from campaigns.lines import set_quota
from campaigns.sending import Lease, claim_slice, end_slice, lines_with_work, start_attempts
from campaigns.sending_hours import ALWAYS
from campaigns.slices import slice_of
from campaigns.waits import waits_of
from models.message import Attempt, Cause, Direction, Message, SendSlice
from models.states import MessageState
from models.template import Line, Portfolio, QuotaCount, QuotaUse
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import ANAS_WORKER, Outbox
from tests.conftest import NOON

GUARDS = Guards(hours=ALWAYS, reserve_least=2)


@pytest.fixture
def outbox(session: Session) -> Outbox:
    outbox = Outbox(session, NOON)
    outbox.guards = GUARDS
    return outbox


def _limit(outbox: Outbox, recipients: int) -> Portfolio:
    portfolio = outbox.session.get_one(Portfolio, outbox.line.portfolio_id)
    portfolio.daily_recipients = recipients
    outbox.fresh()
    return portfolio


def _used(outbox: Outbox, *, at: object = NOON) -> int:
    """As counted; the count by the minute and the uses themselves must agree."""
    session = outbox.session
    portfolio_id = outbox.line.portfolio_id
    used = quota.used_now(session, portfolio_id, now=at)  # type: ignore[arg-type]
    true = session.scalar(
        select(func.count()).where(
            QuotaUse.portfolio_id == portfolio_id,
            QuotaUse.minute >= quota.counted_since(at),  # type: ignore[arg-type]
        )
    )
    assert used == true
    return used


def _wrote_in(outbox: Outbox, phone: str, *, ago: timedelta) -> None:
    outbox.session.add(
        Message(
            direction=Direction.IN,
            state=MessageState.RECEIVED,
            line_id=outbox.line.id,
            contact_point_id=outbox.contact(phone).id,
            address=phone,
            body="Hola",
            created_at=NOON - ago,
        )
    )
    outbox.session.commit()


def _settle(outbox: Outbox, ids: dict[int, int]) -> None:
    for each in ids:
        message = outbox.session.get_one(Message, each)
        message.state = MessageState.DELIVERED
        message.lease_owner = message.lease_until = None
    outbox.session.flush()
    for slice_id in {slice_of(each) for each in ids}:
        end_slice(outbox.session, slice_id)
    outbox.fresh()


def test_a_campaign_sends_up_to_the_quota_but_its_reserve(outbox: Outbox) -> None:
    _limit(outbox, 10)
    outbox.planned(12)

    claimed = outbox.claim()
    started = outbox.start(claimed)

    assert (len(claimed), len(started)) == (8, 8)
    assert _used(outbox) == 8


@pytest.mark.parametrize(
    ("limit", "for_campaigns"), [(250, 238), (100, 90), (10_000, 9_500), (5, 0)]
)
def test_the_reserve_is_a_twentieth_and_at_least_ten(limit: int, for_campaigns: int) -> None:
    assert Guards().campaign_quota(limit) == for_campaigns


def test_what_does_not_fit_waits_untouched_until_the_first_day_is_over(outbox: Outbox) -> None:
    _limit(outbox, 10)
    outbox.planned(8)
    rest = outbox.planned(5)
    other = outbox.planned(3)
    _settle(outbox, outbox.start(outbox.claim()))

    assert outbox.claim() == []

    assert lines_with_work(outbox.session, now=NOON) == []  # nor the third slice
    assert {message.due_at for message in rest + other} == {NOON}
    tomorrow = NOON + timedelta(hours=24, minutes=1)
    wait = waits_of(outbox.session, [outbox.campaign.id], now=NOON)[outbox.campaign.id]
    assert (wait.reason, wait.since, wait.until) == (holds.QUOTA, NOON, tomorrow)
    assert waits_of(outbox.session, [outbox.campaign.id], now=tomorrow) == {}
    assert len(outbox.start(outbox.claim(at=tomorrow), at=tomorrow)) == 5
    assert len(outbox.start(outbox.claim(at=tomorrow), at=tomorrow)) == 3
    assert _used(outbox, at=tomorrow) == 8


def test_a_person_counts_once_however_often(outbox: Outbox) -> None:
    _limit(outbox, 4)
    soon = NOON + timedelta(minutes=5)
    for phones, at in (([ANA, BEN], NOON), ([ANA, BEN], soon)):
        outbox.planned(phones=phones, campaign=outbox.a_campaign())
        started = outbox.start(outbox.claim(at=at), at=at)
        assert len(started) == 2
        _settle(outbox, started)

    assert _used(outbox, at=soon) == 2
    outbox.planned(1)
    assert outbox.claim(at=soon) == []


def test_the_last_time_somebody_was_written_to_counts(outbox: Outbox) -> None:
    _limit(outbox, 3)
    later = NOON + timedelta(hours=23)
    for at in (NOON, later):
        outbox.planned(phones=[ANA], campaign=outbox.a_campaign())
        _settle(outbox, outbox.start(outbox.claim(at=at), at=at))

    outbox.planned(1)

    next_day = NOON + timedelta(hours=25)
    assert _used(outbox, at=next_day) == 1
    assert outbox.claim(at=next_day) == []
    assert len(outbox.claim(at=later + timedelta(hours=24, minutes=1))) == 1


def test_an_open_service_window_costs_nothing(outbox: Outbox) -> None:
    _limit(outbox, 2)  # nothing at all for campaigns
    _wrote_in(outbox, ANA, ago=timedelta(hours=20))
    _wrote_in(outbox, BEN, ago=timedelta(hours=24))  # over
    ana, _ben = outbox.planned(phones=[ANA, BEN])

    claimed = outbox.claim()

    assert [each.id for each in claimed] == [ana.id]
    assert outbox.start(claimed) == {ana.id: 1}
    assert _used(outbox) == 0


def test_replies_and_tests_use_the_reserve_and_no_more(outbox: Outbox) -> None:
    _limit(outbox, 4)
    outbox.planned(9)
    _settle(outbox, outbox.start(outbox.claim()))
    assert _used(outbox) == 2

    answers = [outbox.planned(cause=Cause.REPLY)[0] for _ in range(3)]
    started: dict[int, int] = {}
    for _ in answers:
        started |= outbox.start(outbox.claim())

    assert sorted(started) == [answers[0].id, answers[1].id]
    assert _used(outbox) == 4
    assert outbox.session.get_one(SendSlice, answers[2].id).put_off_reason == holds.QUOTA


def test_all_lines_of_a_portfolio_share_it_and_another_has_its_own(outbox: Outbox) -> None:
    portfolio = _limit(outbox, 5)
    outbox.planned(3)
    assert len(outbox.start(outbox.claim())) == 3
    second = Line(portfolio_id=portfolio.id, name="Línea 2", sender="+5491150000002")
    apart = Portfolio(name="Otra", daily_recipients=5)
    outbox.session.add_all([second, apart])
    outbox.session.flush()
    elsewhere = Line(portfolio_id=apart.id, name="Línea 3", sender="+5491150000003")
    outbox.session.add(elsewhere)
    outbox.session.commit()

    counts = []
    for line in (second, elsewhere):
        outbox.line = line
        outbox.planned(4, campaign=outbox.a_campaign())
        counts.append(len(outbox.claim()))

    assert counts == [0, 3]


def test_no_limit_counts_nothing(outbox: Outbox) -> None:
    outbox.planned(12)

    assert len(outbox.start(outbox.claim())) == 12
    assert outbox.session.scalar(select(func.count(QuotaCount.minute))) == 0


def test_a_limit_that_is_set_later_knows_what_was_sent_before(outbox: Outbox) -> None:
    outbox.planned(5)
    _settle(outbox, outbox.start(outbox.claim()))
    outbox.planned(4)
    portfolio_id = outbox.line.portfolio_id

    later = NOON + timedelta(hours=1)
    set_quota(outbox.session, portfolio_id, 7, now=later)
    outbox.fresh()

    assert _used(outbox, at=later) == 5
    assert outbox.claim(at=later) == []
    set_quota(outbox.session, portfolio_id, 9, now=later)
    outbox.fresh()
    assert len(outbox.claim(at=later)) == 2  # at once, two more than the five


def test_what_is_two_days_old_is_forgotten(outbox: Outbox) -> None:
    _limit(outbox, 10)
    outbox.planned(3)
    outbox.start(outbox.claim())

    quota.forget_old(outbox.session, now=NOON + timedelta(hours=47))
    assert outbox.session.scalar(select(func.count(QuotaUse.contact_point_id))) == 3
    quota.forget_old(outbox.session, now=NOON + timedelta(hours=48, minutes=1))
    assert outbox.session.scalar(select(func.count(QuotaUse.contact_point_id))) == 0
    assert outbox.session.scalar(select(func.count(QuotaCount.minute))) == 0


# Races


@pytest.mark.parametrize("trial", range(5))
def test_workers_on_two_lines_never_exceed_it_together(
    outbox: Outbox, sessions: sessionmaker[Session], trial: int
) -> None:
    """Six workers at once, 20 places, 84 people of whom some are on both lines."""
    limit = 22  # two of them in reserve
    portfolio = _limit(outbox, limit)
    phones = [f"+54911{7_000_0000 + trial * 1000 + n}" for n in range(84)]
    lines = [outbox.line, Line(portfolio_id=portfolio.id, name="2", sender="+5491150000002")]
    outbox.session.add(lines[1])
    outbox.session.commit()
    slices = []
    for worker in range(6):
        outbox.line = lines[worker % 2]
        mine = phones[worker * 12 : worker * 12 + 24]  # half of them are the next worker's too
        slices.append(outbox.planned(phones=mine, campaign=outbox.a_campaign())[0].id)
    together = threading.Barrier(6)
    failures: list[BaseException] = []

    def work(place: int) -> None:
        lease = Lease(f"w{place}", timedelta(seconds=90))
        try:
            with sessions.begin() as session:
                claimed = claim_slice(session, slices[place], lease=lease, now=NOON, guards=GUARDS)
            together.wait(20)
            for first in range(0, len(claimed), 4):
                with sessions.begin() as session:
                    group = claimed[first : first + 4]
                    start_attempts(session, group, lease=lease, now=NOON, guards=GUARDS)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=[place]) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    outbox.fresh()
    outbox.line = lines[0]
    assert failures == []
    written_to = outbox.session.scalar(
        select(func.count(Message.contact_point_id.distinct())).join(
            Attempt, Attempt.message_id == Message.id
        )
    )
    assert written_to == limit - 2
    assert _used(outbox) == limit - 2


def test_an_estimate_that_was_too_high_is_put_right_by_the_next_claim(outbox: Outbox) -> None:
    _limit(outbox, 6)
    outbox.planned(4)
    outbox.planned(4)
    one, two = outbox.claim(), outbox.claim()  # both believe that four fit

    assert len(outbox.start(one)) == 4
    assert outbox.start(two) == {}
    for each in two:
        message = outbox.session.get_one(Message, each.id)
        message.state, message.lease_owner = MessageState.PLANNED, None
    outbox.fresh()
    end_slice(outbox.session, two[0].id)
    outbox.fresh()

    assert outbox.claim(ANAS_WORKER) == []
    assert outbox.session.get_one(SendSlice, two[0].id).put_off_reason == holds.QUOTA
