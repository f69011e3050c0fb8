"""When a message may leave: by the clock of the person who gets it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns.guards import QUIET_HOURS, facts_of, wait_for_hours
from campaigns.lifecycle import set_hours
from campaigns.limits import Guards
from campaigns.lines import set_line_hours
from campaigns.sending import end_slice, lines_with_work
from campaigns.sending_hours import (
    ALWAYS,
    ARGENTINA,
    USUAL,
    BadHours,
    SendingHours,
    chosen_hours,
    holidays_of,
    zones_of,
)
from campaigns.slices import forgotten_slices
from campaigns.waits import waits_of
from models.message import Cause, SendSlice
from models.states import MessageState
from tests.campaigns.builders_sending import BENS_WORKER, Outbox
from tests.conftest import NOON

MADRID = "+34911234567"
MONTEVIDEO = "+59829001234"
SYDNEY = "+61291234567"


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """In Buenos Aires, in 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=ARGENTINA)


@pytest.fixture
def outbox(session: Session) -> Outbox:
    outbox = Outbox(session, NOON)
    outbox.guards = Guards()
    return outbox


# The hours themselves


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(11, 18, 12), at(11, 18, 12)),
        (at(11, 18, 9), at(11, 18, 9)),
        (at(11, 18, 8, 59), at(11, 18, 9)),
        (at(11, 18, 20), at(11, 19, 9)),
        (at(11, 20, 21), at(11, 21, 9)),
        (at(11, 21, 12, 59), at(11, 21, 12, 59)),
        (at(11, 14, 13), at(11, 16, 9)),
        (at(11, 21, 13), at(11, 24, 9)),  # Monday the 23rd is a holiday that was moved there
        (at(12, 24, 20), at(12, 26, 9)),  # Christmas
    ],
    ids=[
        "midday", "nine sharp", "a minute early", "eight sharp", "friday night", "saturday",
        "saturday afternoon", "long week-end", "christmas",
    ],
)  # fmt: skip
def test_the_usual_hours_open(now: datetime, opens: datetime) -> None:
    assert USUAL.opens_at(now, ARGENTINA) == opens


@pytest.mark.parametrize(
    ("now", "span", "done"),
    [
        (at(11, 18, 12), timedelta(hours=2), at(11, 18, 14)),
        (at(11, 18, 7), timedelta(hours=2), at(11, 18, 11)),
        (at(11, 18, 19), timedelta(hours=1), at(11, 18, 20)),
        (at(11, 18, 19), timedelta(hours=2), at(11, 19, 10)),
        (at(11, 21, 12), timedelta(hours=2), at(11, 24, 10)),  # the 23rd is a holiday
        (at(11, 18, 12), timedelta(0), at(11, 18, 12)),
    ],
    ids=["within", "before", "to the end", "over night", "over a long week-end", "nothing"],
)
def test_work_goes_on_when_the_hours_open_again(
    now: datetime, span: timedelta, done: datetime
) -> None:
    assert USUAL.done_at(now, span, ARGENTINA) == done
    assert ALWAYS.done_at(now, span, ARGENTINA) == now + span


def test_hours_are_within_others_by_the_day() -> None:
    early = SendingHours.parse("mon-fri 08:00-20:00, sat 09:00-13:00")
    weekend = SendingHours.parse("fri 10:00-19:00, sat 09:00-14:00, sun 10:00-11:00")

    assert early.beyond(USUAL) == [0, 1, 2, 3, 4]
    assert weekend.beyond(USUAL) == [5, 6]
    assert (USUAL.beyond(USUAL), USUAL.beyond(ALWAYS)) == ([], [])


def test_hours_end_where_the_day_does() -> None:
    nights = SendingHours.parse("mon-fri 18:00-24:00, sat 00:00-02:00")

    assert USUAL.closes_at(at(11, 18, 12), ARGENTINA) == at(11, 18, 20)
    assert nights.closes_at(at(11, 18, 19), ARGENTINA) == at(11, 19, 0)
    assert nights.closes_at(at(11, 20, 19), ARGENTINA) == at(11, 21, 2)
    assert ALWAYS.closes_at(at(12, 24, 23), ARGENTINA) is None
    assert ALWAYS.opens_at(at(12, 25, 3), ARGENTINA) == at(12, 25, 3)


def test_holidays_are_argentinas_and_may_be_worked_on() -> None:
    open_on_holidays = SendingHours(USUAL.days, on_holidays=True)

    assert {at(7, 9, 0).date(), at(11, 23, 0).date()} <= holidays_of(2026)
    assert USUAL.opens_at(at(7, 9, 10), ARGENTINA) == at(7, 11, 9)  # the day after is a bridge
    assert open_on_holidays.opens_at(at(7, 9, 10), ARGENTINA) == at(7, 9, 10)


@pytest.mark.parametrize(
    ("address", "zones"),
    [
        ("+5491155554444", {"America/Argentina/Buenos_Aires"}),
        ("+5492901555444", {"America/Argentina/Buenos_Aires"}),
        (MONTEVIDEO, {"America/Montevideo"}),
        ("+56912345678", {"America/Santiago"}),
        ("+12125551234", {"America/New_York"}),
        (MADRID, {"Europe/Madrid"}),
        ("+34600111222", {"Europe/Madrid", "Atlantic/Canary"}),
        ("AR.1234567890", {"America/Bogota"}),
        ("+999123456", {"America/Bogota"}),
    ],
)
def test_an_address_says_where_its_owner_lives(address: str, zones: set[str]) -> None:
    assert {zone.key for zone in zones_of(address, home=ZoneInfo("America/Bogota"))} == zones


def test_who_may_be_in_two_places_is_written_to_when_it_is_day_in_both() -> None:
    spain = zones_of("+34600111222", home=ARGENTINA)
    morning = datetime(2026, 11, 18, 8, 30, tzinfo=UTC)  # 9:30 in Madrid, 8:30 in Las Palmas

    assert USUAL.opens_at(morning, *spain) == morning + timedelta(minutes=30)
    assert USUAL.closes_at(morning, *spain) == datetime(2026, 11, 18, 19, tzinfo=UTC)


def test_the_clock_on_the_wall_counts_where_clocks_change() -> None:
    santiago = ZoneInfo("America/Santiago")  # an hour forward on the night of 6 September 2026
    before = datetime(2026, 9, 5, 14, tzinfo=santiago)

    assert USUAL.opens_at(before, santiago) == datetime(2026, 9, 7, 9, tzinfo=santiago)


@pytest.mark.parametrize(
    "said",
    [
        "always", "mon-fri 09:00-20:00, sat 09:00-13:00", "tue 08:30-24:00, holidays",
        "MON-SUN 0:00-24:00",
    ],
)  # fmt: skip
def test_hours_are_read_as_they_are_said(said: str) -> None:
    hours = SendingHours.parse(said)

    assert SendingHours.parse(str(hours)) == hours
    assert SendingHours.from_json(hours.as_json(), on_holidays=hours.on_holidays) == hours


@pytest.mark.parametrize(
    "said",
    ["", "mon", "mon 9-20", "mon 20:00-09:00", "mon 09:00-25:00", "mon 9:75-9:80"],
)  # fmt: skip
def test_what_says_no_hours_is_refused(said: str) -> None:
    with pytest.raises(BadHours):
        SendingHours.parse(said)


def test_a_campaign_goes_before_its_line_and_that_before_the_installation() -> None:
    late = {"1": ["18:00", "22:00"]}
    early = {"1": ["07:00", "09:00"]}

    assert chosen_hours(USUAL, (None, None), (None, None)) == USUAL
    assert chosen_hours(USUAL, (None, None), (late, None)).as_json() == late
    assert chosen_hours(USUAL, (early, None), (late, True)).as_json() == early
    assert chosen_hours(USUAL, (early, None), (late, True)).on_holidays
    assert not chosen_hours(ALWAYS, (None, False), (late, True)).on_holidays


# In the claim

NIGHT = at(11, 18, 21)
MORNING = at(11, 19, 9)


def test_at_night_everything_waits_untouched_and_goes_in_the_morning(outbox: Outbox) -> None:
    messages = [each for _ in range(3) for each in outbox.planned(4)]

    assert outbox.claim(at=NIGHT) == []

    assert {message.state for message in messages} == {MessageState.PLANNED}
    assert {message.due_at for message in messages} == {NOON}
    assert lines_with_work(outbox.session, now=NIGHT) == []  # all slices, by the first of them
    assert lines_with_work(outbox.session, now=MORNING - timedelta(seconds=1)) == []
    assert forgotten_slices(outbox.session) == []
    for _ in range(3):
        assert len(outbox.claim(at=MORNING)) == 4


def test_a_campaign_that_waits_says_why_since_when_and_until(outbox: Outbox) -> None:
    outbox.planned(2)
    outbox.planned(2)
    campaign_id = outbox.campaign.id
    assert waits_of(outbox.session, [campaign_id], now=NIGHT) == {}

    outbox.claim(at=NIGHT)

    wait = waits_of(outbox.session, [campaign_id], now=NIGHT)[campaign_id]
    assert (wait.reason, wait.since, wait.until) == (QUIET_HOURS, NIGHT, MORNING)
    assert waits_of(outbox.session, [campaign_id], now=MORNING) == {}  # by itself
    outbox.claim(at=MORNING)
    slices = outbox.session.query(SendSlice).order_by(SendSlice.id).all()
    assert [each.put_off_reason for each in slices] == [None, QUIET_HOURS]


def test_another_campaign_with_longer_hours_goes_on_meanwhile(outbox: Outbox) -> None:
    outbox.planned(2)
    open_late = outbox.a_campaign(priority=3)
    open_late.sending_window = {"3": ["09:00", "22:00"]}
    late = outbox.planned(2, campaign=open_late)

    assert outbox.claim(at=NIGHT) == []
    assert [each.id for each in outbox.claim(at=NIGHT)] == [message.id for message in late]


def test_a_line_has_hours_for_campaigns_that_have_none(outbox: Outbox) -> None:
    outbox.line.sending_window = {"3": ["20:00", "23:00"]}
    outbox.planned(2)

    assert outbox.claim() == []
    assert len(outbox.claim(at=NIGHT)) == 2


def test_a_holiday_is_for_campaigns_that_say_so(outbox: Outbox) -> None:
    holiday = at(11, 23, 12)
    outbox.planned(1)
    others = outbox.a_campaign(priority=3)
    others.sends_on_holidays = True
    worked = outbox.planned(1, campaign=others)

    assert outbox.claim(at=holiday) == []
    assert [each.id for each in outbox.claim(at=holiday)] == [worked[0].id]


def test_each_recipient_has_his_own_night(outbox: Outbox) -> None:
    at_home, in_madrid, in_sydney = outbox.planned(phones=["+5491155550077", MADRID, SYDNEY])
    evening = at(11, 18, 16)  # 20:00 in Madrid, 6:00 of Thursday in Sydney

    claimed = outbox.claim(at=evening)

    assert [each.id for each in claimed] == [at_home.id]
    assert claimed[0].not_after == at(11, 18, 20)
    assert (in_madrid.state, in_madrid.reason) == (MessageState.PLANNED, QUIET_HOURS)
    assert in_madrid.due_at == at(11, 19, 5)
    assert in_sydney.due_at == at(11, 18, 19)
    assert outbox.session.get_one(SendSlice, at_home.id).put_off_reason == QUIET_HOURS


def test_where_it_is_night_for_all_the_slice_waits_for_the_first_morning(outbox: Outbox) -> None:
    in_madrid, in_sydney = outbox.planned(phones=[MADRID, SYDNEY])
    evening = at(11, 18, 16)

    assert outbox.claim(at=evening) == []

    assert (in_madrid.due_at, in_sydney.due_at) == (NOON, NOON)
    assert outbox.session.get_one(SendSlice, in_madrid.id).next_due_at == at(11, 18, 19)
    assert [each.id for each in outbox.claim(at=at(11, 18, 19))] == [in_sydney.id]
    assert in_madrid.due_at == at(11, 19, 5)


def test_what_was_claimed_in_time_does_not_leave_too_late(outbox: Outbox) -> None:
    (message,) = outbox.planned()
    claimed = outbox.claim(at=at(11, 18, 19, 59))

    assert outbox.start(claimed, at=at(11, 18, 20)) == {}
    assert outbox.start(claimed, at=at(11, 18, 20) - timedelta(seconds=1)) == {message.id: 1}


def test_an_answer_knows_no_hours(outbox: Outbox) -> None:
    (answer,) = outbox.planned(cause=Cause.REPLY)

    claimed = outbox.claim(at=NIGHT)

    assert [each.id for each in claimed] == [answer.id]
    assert outbox.start(claimed, at=NIGHT) == {answer.id: 1}


def test_longer_hours_take_effect_at_once(outbox: Outbox) -> None:
    evening = at(11, 18, 16)
    at_home, in_madrid = outbox.planned(phones=["+5491155550078", MADRID])
    assert [each.id for each in outbox.claim(at=evening)] == [at_home.id]
    end_slice(outbox.session, at_home.id)
    outbox.planned(2)
    assert outbox.claim(at=NIGHT) == []

    set_hours(outbox.session, outbox.campaign.id, ALWAYS, now=NIGHT)
    outbox.fresh()

    assert [each.id for each in outbox.claim(at=NIGHT)] == [in_madrid.id]
    assert len(outbox.claim(at=NIGHT)) == 2


def test_so_do_those_of_a_line_for_campaigns_that_have_none(outbox: Outbox) -> None:
    outbox.planned(2)
    assert outbox.claim(at=NIGHT) == []

    set_line_hours(outbox.session, outbox.line.id, ALWAYS, now=NIGHT)
    outbox.fresh()

    assert len(outbox.claim(at=NIGHT)) == 2


def test_somebody_elses_slice_is_not_put_off_under_him(outbox: Outbox) -> None:
    first, second = outbox.planned(1), outbox.planned(1)
    just_open = at(11, 18, 19, 59)
    assert outbox.take(BENS_WORKER, at=just_open) == first[0].id

    outbox.claim(at=just_open + timedelta(minutes=1))

    slices = {each.id: each for each in outbox.session.query(SendSlice)}
    assert slices[first[0].id].put_off_reason is None
    assert slices[second[0].id].put_off_reason == QUIET_HOURS


def test_a_million_rows_are_put_off_without_reading_them(outbox: Outbox) -> None:
    """The ledger's pages are not touched: only slices are."""
    outbox.planned(500)
    read = text("SELECT coalesce(sum(n_tup_upd), 0) FROM pg_stat_xact_user_tables WHERE relname=:t")
    slice_id = outbox.take(at=NIGHT)
    assert slice_id is not None

    before = outbox.session.scalar(read, {"t": "messages"})
    facts = facts_of(outbox.session, slice_id)
    held = wait_for_hours(outbox.session, facts, outbox.guards, now=NIGHT)

    assert held is None
    assert outbox.session.scalar(read, {"t": "messages"}) == before
