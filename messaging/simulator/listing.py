"""GET Messages: Twilio's filters and pages over the ledger, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass

from messaging.simulator.errors import Refused
from messaging.simulator.formats import parse_time
from messaging.simulator.ledger import Ledger, Row
from messaging.simulator.shown import written

DAY = 86_400.0
_TOKEN = "PA"  # noqa: S105 - how Twilio's page tokens begin


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row]
    next_token: str | None


def list_page(
    ledger: Ledger, asked: Mapping[str, str], *, size: int, page: int, now: float, shown_as: str
) -> Page:
    """Raises Refused 20001 for a date or a token it cannot read.

    A token goes on behind the last message shown, so new arrivals shift nothing.
    """
    where = ["NOT deleted", "visible_at <= ?"]
    bound: list[float | str] = [now]
    if asked.get("From"):
        where.append("sender = ?")
        bound.append(asked["From"])
    if asked.get("To"):
        where.append("recipient IN (?, ?) AND recipient = iif(direction = 'inbound', ?, ?)")
        ours, his = asked["To"], written(asked["To"], shown_as) or ""
        bound += [ours, his, ours, his]
    for parameter in ("DateSent", "DateSent<", "DateSent>"):
        if asked.get(parameter):
            condition, moments = _sent(parameter, asked[parameter])
            where.append(condition)
            bound += moments
    offset = page * size
    if asked.get("PageToken"):
        where.append("id < (SELECT id FROM messages WHERE sid = ?)")
        bound.append(_sid_of(ledger, asked["PageToken"]))
        offset = 0
    rows = ledger.rows(
        f"SELECT * FROM messages WHERE {' AND '.join(where)}"  # noqa: S608 - fixed conditions
        " ORDER BY id DESC LIMIT ? OFFSET ?",
        (*bound, size + 1, offset),
    )
    more = len(rows) > size
    return Page(rows[:size], _TOKEN + rows[size - 1]["sid"] if more else None)


def _sent(parameter: str, text: str) -> tuple[str, list[float]]:
    """A message that was never sent has no date and passes no filter on it."""
    span = parse_time(text)
    if span is None:
        raise Refused(20001)
    first, after = span
    if parameter == "DateSent<":
        return "sent_at < ?", [first + 1]
    if parameter == "DateSent>":
        return "sent_at >= ?", [first]
    if after - first == 1.0:  # a moment stands for its day: clients send a day as its midnight
        first -= first % DAY
        after = first + DAY
    return "sent_at >= ? AND sent_at < ?", [first, after]


def _sid_of(ledger: Ledger, token: str) -> str:
    sid = token.removeprefix(_TOKEN)
    if not token.startswith(_TOKEN) or not ledger.row(
        "SELECT 1 FROM messages WHERE sid = ?", (sid,)
    ):
        raise Refused(20001)
    return sid
