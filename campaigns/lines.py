"""WhatsApp lines and the portfolios that share a quota."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import quota
from campaigns.audit import note
from campaigns.cases import standing_campaign
from campaigns.desk_texts import check_body
from campaigns.errors import AlreadyThere, NotFound
from campaigns.guards import QUOTA, due_again
from campaigns.locks import NO_KEY
from campaigns.night_answers import MAX_NIGHT_TEXT
from campaigns.restoring import HOLD_REASON
from campaigns.sending_hours import SendingHours
from messaging.named_texts import NIGHT
from models.campaign import Campaign
from models.template import Line, Portfolio
from models.values import PhoneNumber

MAX_RATE = 400
"""Messages per second of one sender: 80, and up to this for texts once the provider agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    id: int
    name: str
    sender: str
    rate: int
    portfolio: str
    daily_recipients: int | None  # None: unlimited
    hold_reason: str | None
    held_at: datetime | None
    held_until: datetime | None  # it rests, and goes on by itself then
    answers_at_night: bool
    night_text: str | None
    sending_window: Mapping[str, Any] | None
    sends_on_holidays: bool | None

    @property
    def waits_to_be_reconciled(self) -> bool:
        """A restore holds it, and lets go by itself."""
        return self.hold_reason == HOLD_REASON


def list_lines(session: Session) -> list[LineRow]:
    """Every line, held ones first."""
    rows = session.execute(
        select(Line, Portfolio)
        .join(Portfolio, Portfolio.id == Line.portfolio_id)
        .order_by(Line.hold_reason.is_(None), Line.name, Line.id)
    )
    return [
        LineRow(
            id=line.id,
            name=line.name,
            sender=line.sender,
            rate=line.rate_per_second,
            portfolio=portfolio.name,
            daily_recipients=portfolio.daily_recipients,
            hold_reason=line.hold_reason,
            held_at=line.held_at,
            held_until=line.held_until,
            answers_at_night=line.answers_at_night,
            night_text=line.night_text,
            sending_window=line.sending_window,
            sends_on_holidays=line.sends_on_holidays,
        )
        for line, portfolio in rows
    ]


def get_line(session: Session, line_id: int) -> LineRow:
    """Raises NotFound."""
    for line in list_lines(session):
        if line.id == line_id:
            return line
    raise NotFound("line", line_id)


def edit_line(
    session: Session, line_id: int, *, name: str, rate: int, by_id: int | None = None
) -> None:
    """Call it otherwise, or send faster or slower from its next slice on.

    Raises:
        NotFound: no such line.
        ValueError: a rate that is none, or an empty name.
    """
    name = " ".join(name.split())
    if not name or not 1 <= rate <= MAX_RATE:
        raise ValueError(f"a line has a name, and a rate of 1 to {MAX_RATE}")
    line = session.get(Line, line_id, with_for_update=NO_KEY)
    if line is None:
        raise NotFound("line", line_id)
    was = {"name": line.name, "rate": line.rate_per_second}
    if (line.name, line.rate_per_second) != (name, rate):
        line.name, line.rate_per_second = name, rate
        note(session, "line.edit", line, by_id=by_id, name=name, rate=rate, was=was)
    session.flush()


def set_line_hours(
    session: Session,
    line_id: int,
    hours: SendingHours | None,
    *,
    now: datetime,
    by_id: int | None = None,
) -> None:
    """When campaigns that say nothing themselves write from it; None: as the installation does.

    What waits for hours is looked at anew. Raises NotFound.
    """
    line = session.get(Line, line_id, with_for_update=NO_KEY)
    if line is None:
        raise NotFound("line", line_id)
    line.sending_window = None if hours is None else hours.as_json()
    line.sends_on_holidays = None if hours is None else hours.on_holidays
    note(session, "line.hours", line, by_id=by_id, hours=None if hours is None else str(hours))
    session.flush()
    campaigns = session.scalars(select(Campaign.id).where(Campaign.line_id == line_id))
    due_again(session, campaigns, now=now)


def set_night_answer(
    session: Session, line_id: int, *, active: bool, text: str, by_id: int | None = None
) -> None:
    """What who writes outside the line's hours is told, once in a night; or nothing.

    Raises:
        NotFound: no such line.
        CatalogueRefused: it is to answer without a text, or with a wrong one.
    """
    line = session.get(Line, line_id, with_for_update=NO_KEY)
    if line is None:
        raise NotFound("line", line_id)
    kept = line.night_text
    if active or text.strip():
        kept = check_body(text, longest=MAX_NIGHT_TEXT, more=NIGHT, field="night_text")
    if (line.answers_at_night, line.night_text) != (active, kept):
        line.answers_at_night, line.night_text = active, kept
        note(session, "line.night", line, by_id=by_id, active=active, text=kept)
    session.flush()


def set_quota(
    session: Session,
    portfolio_id: int,
    daily_recipients: int | None,
    *,
    now: datetime,
    by_id: int | None = None,
) -> None:
    """New people that all of a portfolio's lines may write to in 24 hours; None: no limit.

    What was sent before counts, and what waits for the quota is looked at anew.

    Raises:
        NotFound: no such portfolio.
        ValueError: less than one.
    """
    if daily_recipients is not None and daily_recipients < 1:
        raise ValueError("a quota is of one recipient at least")
    portfolio = session.get(Portfolio, portfolio_id)
    if portfolio is None:
        raise NotFound("portfolio", portfolio_id)
    if portfolio.daily_recipients is None and daily_recipients is not None:
        quota.begin_counting(session, portfolio_id, now=now)
    note(
        session,
        "portfolio.quota",
        portfolio,
        by_id=by_id,
        was=portfolio.daily_recipients,
        quota=daily_recipients,
    )
    portfolio.daily_recipients = daily_recipients
    session.flush()
    campaigns = session.scalars(
        select(Campaign.id)
        .join(Line, Line.id == Campaign.line_id)
        .where(Line.portfolio_id == portfolio_id)
    )
    due_again(session, campaigns, now=now, reason=QUOTA)


def add_line(
    session: Session,
    *,
    name: str,
    sender: str,
    rate: int = 80,
    portfolio: str = "Principal",
    messaging_service_sid: str | None = None,
) -> int:
    """Add a sender number, with its *Consultas entrantes*; return the line's id.

    Raises:
        InvalidPhoneNumber: ``sender`` is not E.164.
        AlreadyThere: another line has this number.
    """
    number = PhoneNumber(sender)
    if session.scalar(select(Line.id).where(Line.sender == number.e164)) is not None:
        raise AlreadyThere("line", number.e164)
    group = session.scalar(select(Portfolio).where(Portfolio.name == portfolio))
    if group is None:
        group = Portfolio(name=portfolio)
        session.add(group)
        session.flush()
    line = Line(
        portfolio_id=group.id,
        name=name,
        sender=number.e164,
        rate_per_second=rate,
        messaging_service_sid=messaging_service_sid,
    )
    session.add(line)
    session.flush()
    # there from the first day: somebody has to be assigned to it before a stranger writes
    clock = session.execute(select(func.clock_timestamp())).scalar_one()
    standing_campaign(session, line.id, now=clock)
    return line.id
