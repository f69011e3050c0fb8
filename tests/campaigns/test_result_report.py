"""The results of a period over all campaigns: what counts, on which day, and whose it is."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from campaigns.campaign_results import SYSTEM, ResultFilter, count_results
from campaigns.errors import NotFound
from campaigns.periods import Period, month_of
from campaigns.progress_team import recorded_of
from campaigns.result_choices import choices_of
from campaigns.result_report import (
    Behaviour,
    Report,
    ReportFilter,
    Tally,
    count_report,
    every_of_report,
    list_report,
    report_of,
)
from campaigns.results import record_result, revoke_result, supersede_result
from models.campaign import Campaign
from models.case import Case, Channel, Result
from models.people import Role, User
from tests.campaigns.builders_inbox import World
from tests.conftest import NOON
from tests.statements import statements

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
TODAY = date(2026, 11, 18)
MONTH = month_of(TODAY, ZONE)
PROMISE, REFUSES, NO_ANSWER = "promesa_de_pago", "se_niega", "no_responde"


@pytest.fixture
def world(session: Session) -> World:
    return World(session, NOON)


def _person(world: World, name: str) -> User:
    user = User(email=f"{name.lower()}@pregon.example", name=name, role=Role.OPERATOR)
    world.session.add(user)
    world.session.commit()
    return user


@pytest.fixture
def ana(world: World) -> User:
    return _person(world, "Ana")


@pytest.fixture
def ben(world: World) -> User:
    return _person(world, "Ben")


def _record(
    world: World,
    code: str,
    by: User | None,
    at: datetime = NOON,
    *,
    campaign: Campaign | None = None,
    case: Case | None = None,
) -> Result:
    """With what its type asks for left out: that is not what is counted."""
    result = record_result(
        world.session,
        (case or world.a_case(campaign)).id,
        world.result_type(code).id,
        channel=Channel.PHONE,
        now=at,
    )
    result.by_id = by.id if by else None
    world.session.commit()
    return result


def _month(**narrowed: Any) -> ReportFilter:
    return ReportFilter(period=MONTH, **narrowed)


def _check(session: Session, chosen: ReportFilter) -> Report:
    """Whatever it is narrowed to: the parts sum to the whole, and each opens as many rows."""
    report = report_of(session, chosen)
    total = report.total
    for tallies in (report.by_type, report.by_person, report.by_part):
        assert sum(tallies.values(), Tally()) == total
    assert sum(report.by_campaign.values()) == total.count
    assert total.count == count_report(session, chosen)
    rows = list(every_of_report(session, chosen, batch=2))
    assert [row.id for row in rows] == [row.id for row in list_report(session, chosen, limit=99)]
    assert len({row.id for row in rows}) == len(rows) == total.count
    return report


def test_a_result_is_of_the_day_that_its_instant_has_in_the_zone(world: World, ana: User) -> None:
    midnight = datetime(2026, 11, 18, tzinfo=ZONE)
    before, after = midnight - timedelta(microseconds=1), midnight
    _record(world, NO_ANSWER, ana, before)
    _record(world, NO_ANSWER, ana, after)
    _record(world, NO_ANSWER, ana, MONTH.since - timedelta(microseconds=1))
    _record(world, NO_ANSWER, ana, MONTH.since)
    _record(world, NO_ANSWER, ana, MONTH.until - timedelta(microseconds=1))
    _record(world, NO_ANSWER, ana, MONTH.until)

    days = {
        MONTH.parts()[place].first: tally.count
        for place, tally in _check(world.session, _month()).by_part.items()
    }
    today = _check(world.session, ReportFilter(period=Period(TODAY, TODAY, ZONE)))

    assert days == {
        date(2026, 11, 1): 1, date(2026, 11, 17): 1, date(2026, 11, 18): 1, date(2026, 11, 30): 1,
    }  # fmt: skip
    assert today.total.count == 1
    assert midnight.astimezone(ZoneInfo("UTC")).hour == 3


def test_a_day_that_the_clocks_change_on_is_as_long_as_it_was(world: World, ana: User) -> None:
    santiago = ZoneInfo("America/Santiago")  # on 5 September 2026 it went from 24:00 to 1:00
    week = Period(date(2026, 9, 4), date(2026, 9, 7), santiago)
    for day, hour in ((5, 23), (6, 1), (6, 23), (7, 0)):
        _record(world, NO_ANSWER, ana, datetime(2026, 9, day, hour, 30, tzinfo=santiago))

    report = _check(world.session, ReportFilter(period=week))

    assert {place: tally.count for place, tally in report.by_part.items()} == {1: 1, 2: 2, 3: 1}


def test_a_long_period_is_told_by_its_months(world: World, ana: User) -> None:
    long = Period(date(2026, 9, 15), date(2026, 11, 20), ZONE)
    for day in (date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 30), date(2026, 11, 20)):
        _record(world, NO_ANSWER, ana, datetime(day.year, day.month, day.day, 12, tzinfo=ZONE))

    report = _check(world.session, ReportFilter(period=long))

    assert [(part.first, part.last) for part in long.parts()] == [
        (date(2026, 9, 15), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 11, 1), date(2026, 11, 20)),
    ]
    assert {place: tally.count for place, tally in report.by_part.items()} == {0: 2, 2: 1}


def test_what_was_corrected_or_taken_back_does_not_count(
    world: World, ana: User, ben: User
) -> None:
    taken_back = _record(world, PROMISE, ana)
    revoke_result(world.session, taken_back.id, by_id=ana.id, now=NOON)
    corrected = _record(world, NO_ANSWER, ana)
    refuses = world.result_type(REFUSES)
    supersede_result(world.session, corrected.id, refuses.id, by_id=ben.id, now=NOON)
    world.session.commit()

    report = _check(world.session, _month())

    assert report.by_type == {refuses.id: Tally(1, 1, 1)}
    assert report.by_person == {ben.id: Tally(1, 1, 1)}


def test_a_correction_counts_on_its_own_day(world: World, ana: User) -> None:
    october = datetime(2026, 10, 31, 12, tzinfo=ZONE)
    old = _record(world, NO_ANSWER, ana, october)
    supersede_result(world.session, old.id, world.result_type(REFUSES).id, by_id=ana.id, now=NOON)
    world.session.commit()

    before = ReportFilter(period=month_of(october.date(), ZONE))
    assert _check(world.session, before).total == Tally()
    assert _check(world.session, _month()).total == Tally(1, 1, 1)


def test_the_system_and_who_has_left_have_their_figures(world: World, ana: User, ben: User) -> None:
    _record(world, NO_ANSWER, None)
    _record(world, REFUSES, ben)
    ben.is_active = False
    world.session.commit()

    report = _check(world.session, _month())
    people = choices_of(world.session).people

    assert report.by_person == {None: Tally(1, 0, 0), ben.id: Tally(1, 1, 1)}
    assert [(each.name, each.is_active) for each in people.values()] == [
        ("Ana", True), ("Ben", False),
    ]  # fmt: skip
    assert _check(world.session, _month(by_system=True)).total.count == 1
    assert _check(world.session, _month(by_id=ben.id)).by_person == {ben.id: Tally(1, 1, 1)}
    assert _check(world.session, _month(by_id=ana.id)).total == Tally()


def test_each_filter_narrows_all_figures(world: World, ana: User) -> None:
    other = world.a_campaign(type_code="encuesta")
    _record(world, PROMISE, ana)
    _record(world, REFUSES, ana)
    _record(world, NO_ANSWER, ana, campaign=other)

    survey = _check(world.session, _month(campaign_type_id=other.campaign_type_id))
    arrears = _check(world.session, _month(campaign_id=world.campaign.id))
    effective = _check(world.session, _month(kind=Behaviour.EFFECTIVE))
    closing = _check(world.session, _month(kind=Behaviour.CLOSING))
    refusing = _check(world.session, _month(kind=world.result_type(REFUSES).id))

    assert survey.by_campaign == {other.id: 1}
    assert arrears.total == Tally(2, 2, 1)
    assert effective.total == Tally(2, 2, 1)
    assert closing.total == refusing.total == Tally(1, 1, 1)


def test_it_agrees_with_the_campaigns_own_figures(world: World, ana: User, ben: User) -> None:
    other = world.a_campaign()
    for place in range(24):
        code = (PROMISE, REFUSES, NO_ANSWER)[place % 3]
        by = (ana, ben, None, ben)[place % 4]
        campaign = other if place % 5 == 0 else world.campaign
        result = _record(world, code, by, NOON - place * timedelta(hours=7), campaign=campaign)
        if place % 6 == 1:
            revoke_result(world.session, result.id, by_id=ana.id, now=NOON)
        elif place % 6 == 2:
            kind = world.result_type(REFUSES)
            supersede_result(world.session, result.id, kind.id, by_id=ana.id, now=NOON)
    world.session.commit()

    for campaign in (world.campaign, other):
        report = _check(world.session, _month(campaign_id=campaign.id))
        recorded = recorded_of(world.session, campaign.id)
        assert {key: tally.count for key, tally in report.by_type.items()} == {
            each.type_id: each.count for each in recorded.results
        }
        people = {key: tally.count for key, tally in report.by_person.items()}
        assert people.pop(None, 0) == count_results(
            world.session, campaign.id, ResultFilter(by=SYSTEM)
        )
        assert people == recorded.handled


def test_results_of_one_instant_are_each_listed_once(world: World, ana: User) -> None:
    for _ in range(5):
        _record(world, NO_ANSWER, ana)
    chosen, seen = _month(), []
    after = None
    while rows := list_report(world.session, chosen, limit=2, after=after):
        seen += [row.id for row in rows]
        after = rows[-1].id

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5
    assert list_report(world.session, chosen, limit=2, after=987_654_321) == []


def test_a_row_says_of_which_campaign_it_is(world: World, ana: User) -> None:
    _record(world, REFUSES, ana)

    (row,) = list_report(world.session, _month(), limit=9)

    assert (row.campaign, row.campaign_type) == (world.campaign.name, "Mora")
    assert (row.by, row.type_name, row.stands) == ("Ana", "Se niega", True)


@pytest.mark.parametrize("what", ["campaign_id", "campaign_type_id", "by_id", "kind"])
def test_what_is_not_there_is_not_found(world: World, what: str) -> None:
    with pytest.raises(NotFound):
        choices_of(world.session, _month(**{what: 987_654_321}))


def test_an_old_campaign_with_results_is_named(
    world: World, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.result_choices._NEWEST", 1)
    newest = world.a_campaign()

    assert list(choices_of(world.session).campaigns) == [newest.id]
    assert list(choices_of(world.session, named={world.campaign.id}).campaigns) == [
        newest.id, world.campaign.id,
    ]  # fmt: skip


def test_more_results_take_no_more_queries(world: World, ana: User, engine: Engine) -> None:
    def asked() -> int:
        world.session.commit()
        with statements(engine) as seen, Session(engine) as reader:
            report = report_of(reader, _month())
            choices_of(reader, named=report.by_campaign)
            list_report(reader, _month(), limit=50)
            count_report(reader, _month())
        return len(seen)

    _record(world, NO_ANSWER, ana)
    before = asked()
    for campaign in (world.campaign, world.a_campaign(), world.a_campaign()):
        _record(world, PROMISE, _person(world, f"P{campaign.id}"), campaign=campaign)

    assert asked() == before == 8
