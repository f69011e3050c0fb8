"""What the desk suggests for a case: from what its customer wrote since the last result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.desk_card import CaseHead
from campaigns.desk_choices import ResultOption
from campaigns.desk_history import HistoryLine
from campaigns.desk_thread import ThreadMessage
from campaigns.suggestions import Suggestion, suggest_media
from campaigns.text_reading import offer, read_text

_LAST_FEW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSuggestion:
    """A result that one message of the customer may mean; nothing is recorded by it."""

    message_id: int
    option: ResultOption
    words: str  # what it was read from; nothing: a file without a word
    day: date | None = None
    amount: Decimal | None = None
    number: int | None = None
    text: str | None = None

    def kept(self, *, used: bool) -> dict[str, Any]:
        """What stays beside a result that was recorded while this was on the screen."""
        values = {
            "date": self.day.isoformat() if self.day else None,
            "amount": str(self.amount) if self.amount is not None else None,
            "integer": self.number,
        }
        said = {name: value for name, value in values.items() if value is not None}
        return {
            "result": self.option.code,
            "message": self.message_id,
            "used": used,
            **said,
        }


def read_suggestion(
    head: CaseHead,
    messages: Sequence[ThreadMessage],
    history: Sequence[HistoryLine],
    options: Sequence[ResultOption],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> DeskSuggestion | None:
    """Of what came since the last result the newest that means something; an opt-out first."""
    waiting = _waiting(head.case_id, messages, history)
    if not waiting:
        return None
    offers = [offer(option) for option in options]
    by_code = {option.code: option for option in reversed(options)}  # a type's own first
    found: list[DeskSuggestion] = []
    for message in waiting:
        suggestion = read_text(
            message.text,
            head.type_code,
            options,
            now=message.at,
            zone=zone,
            due=head.coupon.amount if head.coupon else None,
        )
        if suggestion is not None:
            found.append(_drawn(message, by_code[suggestion.code], suggestion, now, zone))
        elif message.media and not message.text and (code := suggest_media(offers)):
            found.append(DeskSuggestion(message_id=message.id, option=by_code[code], words=""))
    return next((each for each in found if each.option.is_opt_out), found[0] if found else None)


def _waiting(
    case_id: int, messages: Sequence[ThreadMessage], history: Sequence[HistoryLine]
) -> list[ThreadMessage]:
    """The customer's last few since a result was recorded here, newest first."""
    results = [line.at for line in history if line.case_id == case_id and line.stands]
    waiting = (
        message
        for message in reversed(messages)
        if message.is_inbound
        and not message.is_tap
        and message.tie is not None
        and message.tie.case_id == case_id
        and not any(at >= message.at for at in results)
    )
    return list(islice(waiting, _LAST_FEW))


def _drawn(
    message: ThreadMessage,
    option: ResultOption,
    suggestion: Suggestion,
    now: datetime,
    zone: ZoneInfo,
) -> DeskSuggestion:
    """A day that went by since it was written is no day to promise any more."""
    day = suggestion.day
    if day is not None and day < now.astimezone(zone).date():
        day = None
    return DeskSuggestion(
        message_id=message.id,
        option=option,
        words=" ".join(suggestion.words.split()),
        day=day,
        amount=suggestion.amount,
        number=suggestion.integer,
        text=suggestion.text,
    )
