"""Which subscriptions a campaign works on: a saved filter, read and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any

from campaigns.errors import InvalidFilter
from models.states import SubscriptionState

_MOST = 10_000  # of instalments or days: more is a slip, and no calendar has it
_LIVE = (SubscriptionState.ACTIVE, SubscriptionState.AWARDED, SubscriptionState.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceFilter:
    """Which subscriptions a campaign works on; an empty field does not narrow.

    The last two narrow nothing: they exclude, with a reason that is shown.
    """

    administrators: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    car_models: tuple[str, ...] = ()
    states: tuple[SubscriptionState, ...] = _LIVE
    overdue_min: int | None = None  # instalments in arrears
    overdue_max: int | None = None
    paid_min: int | None = None  # instalments paid
    paid_max: int | None = None
    due_from: date | None = None  # has a payable coupon due in these days, both included
    due_to: date | None = None
    custom: Mapping[str, str] = field(default_factory=dict)  # the file's own columns
    not_in_other_campaigns: bool = False  # no open case in another running campaign
    not_contacted_for_days: int | None = None

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "AudienceFilter":
        """Read a stored or typed filter.

        Raises:
            InvalidFilter: an unknown field, or a value that is not of its kind.
        """
        known = {each.name for each in fields(cls)}
        for name in raw:
            if name not in known:
                raise InvalidFilter(name, f"unknown; known are {', '.join(sorted(known))}")
        values: dict[str, Any] = {}
        for name, value in raw.items():
            values[name] = _read(name, value)
        found = cls(**values)
        _check_range("overdue_min", found.overdue_min, found.overdue_max)
        _check_range("paid_min", found.paid_min, found.paid_max)
        _check_range("due_from", found.due_from, found.due_to)
        return found

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads; only what narrows or excludes."""
        default = AudienceFilter()
        return {
            name: _plain(value)
            for name, value in asdict(self).items()
            if value != getattr(default, name)
        }


def _read(name: str, value: Any) -> Any:
    try:
        match name:
            case "administrators" | "plans" | "car_models":
                return tuple(_text(each) for each in _sequence(value))
            case "states":
                return tuple(SubscriptionState(each) for each in _sequence(value))
            case "due_from" | "due_to":
                return None if value is None else date.fromisoformat(value)
            case "custom":
                return {_text(key): _text(each) for key, each in value.items()}
            case "not_in_other_campaigns":
                if not isinstance(value, bool):
                    raise ValueError("true or false wanted")
                return value
            case _:
                return None if value is None else _natural(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise InvalidFilter(name, f"{value!r}: {error}") from error


def _sequence(value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError("a list wanted")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text wanted")
    return value.strip()


def _natural(value: Any) -> int:
    number = int(str(value))
    if not 0 <= number <= _MOST:
        raise ValueError(f"0 to {_MOST} wanted")
    return number


def _check_range(name: str, low: Any, high: Any) -> None:
    if low is not None and high is not None and low > high:
        raise InvalidFilter(name, f"{low} is above {high}")


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
