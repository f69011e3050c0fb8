"""WhatsApp lines and the portfolios that share a quota."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.errors import AlreadyThere
from models.template import Line, Portfolio
from models.values import PhoneNumber


def add_line(
    session: Session,
    *,
    name: str,
    sender: str,
    rate: int = 80,
    portfolio: str = "Principal",
    messaging_service_sid: str | None = None,
) -> int:
    """Add a sender number; return the line's id.

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
    return line.id
