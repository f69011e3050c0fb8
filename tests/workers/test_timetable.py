"""The timetable and its jobs: each due job is taken once, and does what its name says."""

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from campaigns import lifecycle, progress, slices
from campaigns.audience_filter import AudienceFilter
from models.audit import PeriodicJob
from models.campaign import Campaign, CampaignCount
from models.coupon import Coupon
from models.message import SendSlice
from models.states import CampaignState, CouponState, MessageState, SendingState, TemplateState
from runtime.embedded import EmbeddedValkey
from runtime.settings import Settings
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from tests.doubts import put_in
from workers import periodic
from workers.periodic import JOBS
from workers.timetable import Stopgap, install_jobs, take_due, tick


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """One of this test's own, running: to be stopped."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("stopped"))
    server.start()
    server.wait_ready()
    yield server
    server.stop()


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    if "broker" not in request.fixturenames:
        return settings
    broker: EmbeddedValkey = request.getfixturevalue("broker")
    return replace(settings, redis_url=broker.url)


def _times(session: Session) -> dict[str, datetime]:
    return {job.name: job.next_at for job in session.scalars(select(PeriodicJob))}


def test_every_job_is_installed_once_and_keeps_its_time(session: Session) -> None:
    install_jobs(session, now=NOON)
    session.execute(
        update(PeriodicJob)
        .where(PeriodicJob.name == "fold counts")
        .values(next_at=NOON + timedelta(hours=1))
    )

    install_jobs(session, now=NOON + timedelta(minutes=5))

    expected = dict.fromkeys(JOBS, NOON) | {"fold counts": NOON + timedelta(hours=1)}
    assert _times(session) == expected


def test_a_due_job_is_taken_and_comes_again_a_period_from_now(session: Session) -> None:
    install_jobs(session, now=NOON)
    late = NOON + timedelta(hours=3)  # what was missed meanwhile is not made up for

    assert sorted(take_due(session, now=late)) == sorted(JOBS)

    assert _times(session) == {name: late + job.every for name, job in JOBS.items()}
    assert take_due(session, now=late) == []
    soonest = min(job.every for job in JOBS.values())
    assert set(take_due(session, now=late + soonest)) == {
        name for name, job in JOBS.items() if job.every == soonest
    }


def test_what_serves_the_engines_times_comes_as_much_sooner_as_they_do(session: Session) -> None:
    install_jobs(session, now=NOON)

    take_due(session, now=NOON, speed=10.0)

    taken = _times(session)
    assert taken["fetch silent"] == NOON + JOBS["fetch silent"].every / 10
    assert taken["check counts"] == NOON + JOBS["check counts"].every
    assert JOBS["fetch silent"].period(1000.0) == timedelta(seconds=5)  # and no sooner


def test_a_job_that_this_version_does_not_know_is_left_alone(session: Session) -> None:
    session.add(PeriodicJob(name="of a newer version", next_at=NOON))
    session.flush()

    assert take_due(session, now=NOON) == []


def test_of_several_timetables_each_job_is_taken_by_one(
    session: Session, sessions: sessionmaker[Session]
) -> None:
    install_jobs(session, now=NOON)
    session.commit()
    together = threading.Barrier(4)
    longest = max(job.every for job in JOBS.values())  # so that all are due at every turn
    taken: list[str] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for turn in range(10):
                together.wait(10)
                with sessions.begin() as mine:
                    taken.extend(take_due(mine, now=NOON + longest * turn))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert errors == []
    assert sorted(taken) == sorted([*JOBS] * 10)


def test_a_tick_wakes_a_worker_for_each_due_job(runtime: Runtime, session: Session) -> None:
    install_jobs(session, now=datetime(2020, 1, 1, tzinfo=UTC))
    session.commit()

    done_here: list[str] = []
    tick(runtime, done_here.append)
    tick(runtime, done_here.append)

    assert runtime.redis.llen("dramatiq:periodic") == len(JOBS)
    assert done_here == []


def test_with_the_broker_stopped_each_due_job_is_done_by_one_timetable(
    runtime: Runtime, office: Office, broker: EmbeddedValkey
) -> None:
    office.crowd(2)
    campaign = _scheduled(office, office.campaign(), -timedelta(minutes=1))
    install_jobs(office.session, now=datetime(2020, 1, 1, tzinfo=UTC))
    office.session.commit()
    broker.stop()
    done: list[str] = []

    def timetable() -> None:
        stopgap = Stopgap(runtime)

        def do_here(name: str) -> None:
            done.append(name)
            stopgap.do(name)

        tick(runtime, do_here)
        stopgap.stop()

    threads = [threading.Thread(target=timetable) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(done) == sorted(JOBS)
    assert _fresh(office, campaign).state is CampaignState.RUNNING


def test_a_job_that_fails_or_takes_long_holds_up_no_other(
    runtime: Runtime, office: Office, broker: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is not begun again while it is at it."""
    go_on, begun = threading.Event(), list[str]()

    def slow(_runtime: Runtime) -> None:
        begun.append("slow")
        go_on.wait(30)

    def broken(_runtime: Runtime) -> None:
        begun.append("broken")
        raise ValueError("a fault of ours")

    jobs = {"fetch silent": slow, "watch over": broken}
    for name, work in jobs.items():
        monkeypatch.setitem(JOBS, name, replace(JOBS[name], work=work))
    office.crowd(1)
    campaign = _scheduled(office, office.campaign(), -timedelta(minutes=1))
    broker.stop()
    stopgap = Stopgap(runtime)

    for name in ("watch over", "fetch silent", "fetch silent", "launch scheduled"):
        stopgap.do(name)
    deadline = time.monotonic() + 30
    while _fresh(office, campaign).state is not CampaignState.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    go_on.set()
    stopgap.stop()

    assert sorted(begun) == ["broken", "slow"]


# the jobs


@pytest.fixture
def office(session: Session, runtime: Runtime) -> Office:
    return Office(session, runtime.now())


def _scheduled(office: Office, campaign: Campaign, starts_in: timedelta) -> Campaign:
    campaign.state, campaign.starts_at = CampaignState.SCHEDULED, office.now + starts_in
    office.session.commit()
    return campaign


def _fresh(office: Office, campaign: Campaign) -> Campaign:
    office.session.rollback()
    office.session.refresh(campaign)
    return campaign


def test_what_is_scheduled_is_launched_at_its_time(runtime: Runtime, office: Office) -> None:
    office.crowd(2)
    due = _scheduled(office, office.campaign(), -timedelta(minutes=1))
    later = _scheduled(office, office.campaign(), timedelta(hours=1))

    periodic.launch_scheduled(runtime)

    assert (_fresh(office, due).state, due.sending_state) == ("running", "planning")
    assert _fresh(office, later).state is CampaignState.SCHEDULED
    assert runtime.redis.llen("dramatiq:plan") == 1


def test_what_may_not_be_launched_goes_back_to_draft_and_keeps_nobody_waiting(
    runtime: Runtime, office: Office
) -> None:
    office.crowd(2)
    ago = -timedelta(minutes=1)
    empty = office.campaign(audience=AudienceFilter(overdue_min=9))
    paused = office.campaign(template=office.template(state=TemplateState.PAUSED))
    unreadable = office.campaign()
    unreadable.audience = {"colour": "red"}
    good = office.campaign()
    for each in (empty, paused, unreadable, good):
        _scheduled(office, each, ago)

    periodic.launch_scheduled(runtime)

    for each, why in ((empty, "no subscription"), (paused, "not approved"), (unreadable, "colour")):
        assert _fresh(office, each).state is CampaignState.DRAFT
        assert why in (each.hold_reason or "")
    assert _fresh(office, good).state is CampaignState.RUNNING


def test_a_launch_after_a_refused_one_is_not_held(runtime: Runtime, office: Office) -> None:
    campaign = _scheduled(office, office.campaign(), -timedelta(minutes=1))
    periodic.launch_scheduled(runtime)
    assert _fresh(office, campaign).hold_reason is not None

    office.crowd(1)
    office.launch(campaign)

    assert campaign.hold_reason is None


def test_campaigns_past_their_end_date_finish_by_themselves(
    runtime: Runtime, office: Office
) -> None:
    office.crowd(2)
    here = office.now.astimezone(runtime.settings.timezone).date()
    campaign = office.launched(office.campaign(ends_on=here - timedelta(days=1)))
    last_day = office.launched(office.campaign(ends_on=here))
    for each in office.messages(campaign) + office.messages(last_day):
        each.state = MessageState.DELIVERED
    office.session.commit()

    periodic.mark_drained(runtime)
    periodic.finish_ended(runtime)

    assert _fresh(office, campaign).state is CampaignState.FINISHED
    assert _fresh(office, last_day).state is CampaignState.RUNNING
    assert last_day.sending_state is SendingState.DRAINED
    assert lifecycle.finished_with_open_cases(office.session) == []


def test_cases_in_doubt_when_it_finished_are_closed_when_the_doubt_is_over(
    runtime: Runtime, office: Office
) -> None:
    office.crowd(1)
    campaign = office.launched(office.campaign())
    put_in(office.messages(campaign)[0], MessageState.UNCERTAIN)
    lifecycle.finish(office.session, campaign.id, now=office.now)
    office.session.commit()

    periodic.close_silent_cases(runtime)
    assert lifecycle.finished_with_open_cases(office.session) == [campaign.id]
    office.messages(campaign)[0].state = MessageState.FAILED
    office.session.commit()
    periodic.close_silent_cases(runtime)

    office.session.rollback()
    assert lifecycle.finished_with_open_cases(office.session) == []


def test_a_wrong_account_is_repaired_by_its_job(runtime: Runtime, office: Office) -> None:
    office.crowd(2)
    campaign = office.launched(office.campaign())
    office.session.add(CampaignCount(campaign_id=campaign.id, is_first=True, state="sent", delta=7))
    office.session.commit()

    periodic.fold_counts(runtime)
    periodic.check_counts(runtime)

    office.session.rollback()
    assert progress.counted_states(office.session, campaign.id) == {MessageState.PLANNED: 2}


def test_a_message_that_no_slice_speaks_of_becomes_work_again(
    runtime: Runtime, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_LOOKED_AT", sys.maxsize)  # ids of earlier tests: one look for all
    office.crowd(2)
    campaign = office.launched(office.campaign())
    office.session.execute(update(SendSlice).values(next_due_at=None))
    office.session.commit()

    periodic.find_forgotten(runtime)

    office.session.rollback()
    (one,) = office.session.scalars(select(SendSlice)).all()
    assert one.next_due_at == office.messages(campaign)[0].due_at


def test_coupons_expire_by_their_job(runtime: Runtime, office: Office) -> None:
    zone: ZoneInfo = runtime.settings.timezone
    today = office.now.astimezone(zone).date()
    over = office.coupon(office.subscription(), due=today - timedelta(days=11))
    last = office.coupon(office.subscription(), due=today - timedelta(days=10))
    office.session.commit()

    periodic.expire_coupons(runtime)

    office.session.rollback()
    states = {row.id: row.state for row in office.session.execute(select(Coupon.id, Coupon.state))}
    assert states == {over.id: CouponState.EXPIRED, last.id: CouponState.ISSUED}
