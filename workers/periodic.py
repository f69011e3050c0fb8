"""Periodic jobs: what each does and how often. The timetable says when; a worker does it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select

from campaigns import coupons, launching, lifecycle, progress, slices
from campaigns.errors import InvalidFilter, LaunchRefused
from models.campaign import Campaign
from models.states import CampaignState, IllegalMove
from runtime.wiring import Runtime
from workers.template_reviews import look_at_reviews
from workers.wake import wake_planning

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    every: timedelta
    work: Callable[[Runtime], None]


def launch_scheduled(runtime: Runtime) -> None:
    """Launch what is scheduled and due; one that may not be launched goes back to draft."""
    with runtime.sessions.begin() as session:
        due = session.scalars(
            select(Campaign.id).where(
                Campaign.state == CampaignState.SCHEDULED,
                Campaign.starts_at <= runtime.now(session),
            )
        ).all()
    for campaign_id in due:
        try:
            with runtime.sessions.begin() as session:
                launching.launch_campaign(
                    session,
                    campaign_id,
                    now=runtime.now(session),
                    zone=runtime.settings.timezone.key,
                )
        except (LaunchRefused, InvalidFilter) as error:
            log.error("scheduled launch refused", campaign=campaign_id, error=str(error))
            with suppress(IllegalMove), runtime.sessions.begin() as session:
                lifecycle.unschedule(session, campaign_id, reason=str(error))
        except IllegalMove:
            log.info("somebody else moved it first", campaign=campaign_id)
        else:
            wake_planning(runtime, campaign_id)


def mark_drained(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        progress.mark_drained(session)


def finish_ended(runtime: Runtime) -> None:
    """Finish campaigns that are drained, worked through and past their end date."""
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        today = now.astimezone(runtime.settings.timezone).date()
        ended = lifecycle.ended(session, today=today)
    for campaign_id in ended:
        with suppress(IllegalMove), runtime.sessions.begin() as session:
            lifecycle.finish(session, campaign_id, now=runtime.now(session))


def close_silent_cases(runtime: Runtime) -> None:
    """Of finished campaigns whose last messages were still in doubt when they finished."""
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        for campaign_id in lifecycle.finished_with_open_cases(session):
            lifecycle.close_silent_cases(session, campaign_id, now=now)


def take_back_returned(runtime: Runtime) -> None:
    """Of ended campaigns: what turned out not to have been sent must not wait for ever."""
    with runtime.sessions.begin() as session:
        lifecycle.take_back_returned(session, now=runtime.now(session))


def fold_counts(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        progress.fold_counts(session)


def check_counts(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        for difference in progress.repair_counts(session):
            log.error("the account of a campaign was wrong", difference=difference)


def find_forgotten(runtime: Runtime) -> None:
    """Planned messages that no slice speaks of: there should never be one."""
    with runtime.sessions.begin() as session:
        forgotten = slices.forgotten_slices(session)
        slices.refresh_slices(session, forgotten)
    if forgotten:
        log.error("planned messages had no slice", slices=len(forgotten))


def expire_coupons(runtime: Runtime) -> None:
    expired = [0]
    while expired:
        with runtime.sessions.begin() as session:
            expired = coupons.expire_coupons(
                session, now=runtime.now(session), zone=runtime.settings.timezone
            )


JOBS: dict[str, Job] = {
    "launch scheduled": Job(timedelta(seconds=5), launch_scheduled),
    "mark drained": Job(timedelta(seconds=5), mark_drained),
    "fold counts": Job(timedelta(seconds=10), fold_counts),
    "finish ended": Job(timedelta(minutes=1), finish_ended),
    "take back returned": Job(timedelta(minutes=1), take_back_returned),
    "close silent cases": Job(timedelta(minutes=1), close_silent_cases),
    "find forgotten": Job(timedelta(minutes=1), find_forgotten),
    "check counts": Job(timedelta(minutes=10), check_counts),
    "expire coupons": Job(timedelta(minutes=10), expire_coupons),
    "look at template reviews": Job(timedelta(minutes=5), look_at_reviews),
}
