"""Periodic jobs: what each does and how often. The timetable says when; a worker does it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import select

from campaigns import (
    coupons,
    doubled,
    launching,
    lifecycle,
    next_actions,
    pace,
    progress,
    promise_keeping,
    quota,
    retrying,
    slices,
    untaken,
    watchdog,
)
from campaigns.errors import InvalidFilter, LaunchRefused
from models.campaign import Campaign
from models.states import CampaignState, IllegalMove
from runtime import live
from runtime.wiring import Runtime
from workers import jobs, silence
from workers.media import sweep_stray_files
from workers.stored_imports import forget_old_files
from workers.template_reviews import look_at_reviews, submit_due
from workers.wake import wake_line, wake_planning

log = structlog.get_logger(__name__)


_SHORTEST = timedelta(seconds=5)  # a period that was scaled: below this, speed only buys load


@dataclass(frozen=True, slots=True)
class Job:
    every: timedelta
    work: Callable[[Runtime], None]
    scales: bool = False  # it serves the engine's times, and is quicker as they are
    in_hold: bool = False  # after a restore too: it concludes nothing from what was not heard

    def period(self, speed: float) -> timedelta:
        return max(self.every / speed, min(self.every, _SHORTEST)) if self.scales else self.every


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
        live.touch(runtime.redis, live.campaign(campaign_id))


def mark_drained(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        changed = progress.mark_drained(session)
    live.touch(runtime.redis, *map(live.campaign, changed))


def finish_ended(runtime: Runtime) -> None:
    """Finish campaigns that are drained, worked through and past their end date."""
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        today = now.astimezone(runtime.settings.timezone).date()
        ended = lifecycle.ended(session, today=today)
    for campaign_id in ended:
        with suppress(IllegalMove), runtime.sessions.begin() as session:
            lifecycle.finish(session, campaign_id, now=runtime.now(session))
        live.touch(runtime.redis, live.campaign(campaign_id))


def close_silent_cases(runtime: Runtime) -> None:
    """Of finished campaigns whose last messages were still in doubt when they finished."""
    with runtime.sessions() as session:
        finished = lifecycle.finished_with_open_cases(session)
    for campaign_id in finished:
        with runtime.sessions.begin() as session:
            lifecycle.close_silent_cases(session, campaign_id, now=runtime.now(session))


def take_back_returned(runtime: Runtime) -> None:
    """Of ended campaigns: what turned out not to have been sent must not wait for ever."""
    with runtime.sessions.begin() as session:
        lifecycle.take_back_returned(session, now=runtime.now(session))


def fold_counts(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        progress.fold_counts(session)
        pace.fold_pace(session, now=runtime.now(session))
        quota.forget_old(session, now=runtime.now(session))


def check_counts(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        for difference in progress.repair_counts(session):
            log.error("the account of a campaign was wrong", difference=difference)


def find_forgotten(runtime: Runtime) -> None:
    """Planned messages that no slice speaks of: there should never be one."""
    with runtime.sessions.begin() as session:
        turn = int(runtime.now(session).timestamp() // 60)
        forgotten = slices.forgotten_slices(session, turn=turn)
        slices.refresh_slices(session, forgotten)
    if forgotten:
        log.error("planned messages had no slice", slices=len(forgotten))


def find_doubled(runtime: Runtime) -> None:
    """Messages that went out twice: there should never be one, and a person must know of each."""
    with runtime.sessions.begin() as session:
        turn = int(runtime.now(session).timestamp() // 60)
        found = doubled.note_doubled(session, turn=turn)
    for each in found:
        log.error("may have arrived twice", message=each.message_id, sids=each.sids)
    campaigns = {each.campaign_id for each in found if each.campaign_id is not None}
    live.touch(runtime.redis, *map(live.campaign, campaigns))


def give_way_late(runtime: Runtime) -> None:
    """Retries of what has arrived after all, once nothing of them is out any more."""
    with runtime.sessions.begin() as session:
        retrying.give_way_late(session, now=runtime.now(session))


def expire_coupons(runtime: Runtime) -> None:
    expired = [0]
    while expired:
        with runtime.sessions.begin() as session:
            expired = coupons.expire_coupons(
                session, now=runtime.now(session), zone=runtime.settings.timezone
            )


def keep_promises(runtime: Runtime) -> None:
    """Remind of promises before their day, and judge those whose day is over."""
    zone = runtime.settings.timezone
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        reminders = promise_keeping.due_reminders(session, now=now)
        judgements = promise_keeping.due_judgements(session, now=now)
    for promise_id in reminders:
        with runtime.sessions.begin() as session:
            line_id = promise_keeping.remind(
                session, promise_id, now=runtime.now(session), zone=zone
            )
        if line_id is not None:
            wake_line(runtime, line_id)
    for promise_id in judgements:
        with runtime.sessions.begin() as session:
            promise_keeping.judge(session, promise_id, now=runtime.now(session), zone=zone)
            campaign_id = promise_keeping.campaign_of(session, promise_id)
        live.touch(runtime.redis, live.campaign(campaign_id))


def give_up_actions(runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        next_actions.give_up(session, now=runtime.now(session))


def watch_over(runtime: Runtime) -> None:
    """Campaigns that should be sending and are not."""
    with runtime.sessions.begin() as session:
        changed = watchdog.watch(session, now=runtime.now(session))
    if changed:
        log.error("campaigns stand still, or move again", campaigns=changed)
    live.touch(runtime.redis, *map(live.campaign, changed))


def watch_replies(runtime: Runtime) -> None:
    """Replies that nobody took: back to all, or up to the supervisor."""
    settings = runtime.settings
    with runtime.sessions.begin() as session:
        now = runtime.now(session)
        back, up = (
            settings.sending_hours.worked_since(now, timedelta(minutes=each), settings.timezone)
            for each in (settings.reply_flag_minutes, settings.reply_escalation_minutes)
        )
        changed = {
            *untaken.give_back(session, since=back, now=now),
            *untaken.escalate(session, since=up, now=now),
        }
    live.touch(runtime.redis, *map(live.campaign, changed))


def fetch_silent(runtime: Runtime) -> None:
    silence.fetch_silent(runtime, jobs.listing(runtime))


JOBS: dict[str, Job] = {
    "watch over": Job(timedelta(seconds=30), watch_over),
    "watch replies": Job(timedelta(seconds=30), watch_replies),
    "fetch silent": Job(timedelta(minutes=1), fetch_silent, scales=True),
    "launch scheduled": Job(timedelta(seconds=5), launch_scheduled),
    "mark drained": Job(timedelta(seconds=5), mark_drained),
    "fold counts": Job(timedelta(seconds=10), fold_counts, in_hold=True),
    "finish ended": Job(timedelta(minutes=1), finish_ended),
    "take back returned": Job(timedelta(minutes=1), take_back_returned, scales=True),
    "close silent cases": Job(timedelta(minutes=1), close_silent_cases),
    "find forgotten": Job(timedelta(minutes=1), find_forgotten, in_hold=True),
    "find doubled": Job(timedelta(minutes=1), find_doubled, in_hold=True),
    "give way late": Job(timedelta(minutes=1), give_way_late),
    "check counts": Job(timedelta(minutes=10), check_counts, in_hold=True),
    "expire coupons": Job(timedelta(minutes=10), expire_coupons),
    "keep promises": Job(timedelta(seconds=30), keep_promises),
    "give up actions": Job(timedelta(minutes=10), give_up_actions),
    "submit templates": Job(timedelta(seconds=15), submit_due, in_hold=True),
    "forget import files": Job(timedelta(minutes=10), forget_old_files, in_hold=True),
    "sweep stray files": Job(timedelta(hours=6), sweep_stray_files),
    "look at template reviews": Job(timedelta(minutes=5), look_at_reviews, in_hold=True),
}
