"""Profiles: how the provider and the customers behave. Shares are 0 to 1, times are seconds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from messaging.simulator.shown import SHOWN_AS

Span = tuple[float, float]


class BadProfile(ValueError):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    name: str = "calm"

    # The answer to POST Messages
    latency: Span = (0.0, 0.0)
    throttled: float = 0.0  # 429, never processed
    max_concurrent: int = 0  # more at once than this: 429; 0 is no limit
    refusals: Mapping[str, float] = field(default_factory=dict)  # code -> share of recipients
    opt_out_blocks: bool = False  # 21610 once a customer wrote an opt-out word
    accepted_then_500: float = 0.0
    accepted_then_dropped: float = 0.0  # the connection closes without an answer
    accepted_then_late: float = 0.0
    late_answer: float = 45.0
    refused_with_500: float = 0.0  # the same answer, and nothing was accepted
    refused_with_drop: float = 0.0
    visible_after: float = 0.0  # until then fetch and list do not show a new message
    recipients_shown: str = "as_written"  # by fetch and list; see `shown`

    # What becomes of an accepted message
    queue_delay: Span = (0.2, 1.0)  # until sent
    delivery_delay: Span = (0.3, 4.0)
    read_delay: Span = (2.0, 60.0)
    failed: Mapping[str, float] = field(default_factory=dict)  # code -> share of recipients
    undelivered: Mapping[str, float] = field(default_factory=dict)
    transient: Mapping[str, float] = field(default_factory=dict)  # code -> share of messages
    stuck_at_sent: float = 0.0
    read: float = 0.7
    read_without_delivered: float = 0.0
    reports_sending: float = 0.0
    window_hours: float = 24.0  # never divided by the speed

    # Status callbacks and inbound webhooks
    callback_lost: float = 0.0
    callback_doubled: float = 0.0
    callback_reordered: float = 0.0
    callback_early: float = 0.0  # the first one comes before the 201
    inbound_lost: float = 0.0
    inbound_doubled: float = 0.0
    hold: Span = (5.0, 30.0)  # how late a copy or an overtaken one comes

    # Customers: what is left of the five shares is silence
    button: float = 0.35
    text: float = 0.15
    image: float = 0.05
    opt_out: float = 0.03
    chats_back: float = 0.3  # answers a free-form message
    quotes: float = 0.15  # share of texts and images that quote the message
    two_taps: float = 0.0
    taps: tuple[float, ...] = (0.6, 0.25, 0.15)  # weight of the first, second… button
    reply_delay: Span = (5.0, 300.0)

    # Template review
    received_delay: float = 2.0
    review_delay: float = 20.0
    reject_words: tuple[str, ...] = ("rechazar",)  # in the friendly name or approval name
    strict_review: bool = True  # refuse what Meta's rules on variables refuse

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def changed(self, overrides: Mapping[str, Any]) -> "Profile":
        """Raises BadProfile: a field is unknown, of the wrong type, or out of range."""
        known = {one.name: one for one in fields(self)}
        checked: dict[str, Any] = {}
        for name, value in overrides.items():
            if name not in known:
                raise BadProfile(f"unknown field {name}")
            checked[name] = _checked(name, value, getattr(Profile(), name))
        changed = replace(self, **checked)
        replies = (changed.button, changed.text, changed.image, changed.opt_out)
        if sum(replies) > 1.0001:
            raise BadProfile("button, text, image and opt_out add up to more than 1")
        return changed


def _checked(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, bool):
        good = isinstance(value, bool)
    elif name == "recipients_shown":
        good = value in SHOWN_AS
    elif isinstance(default, str):
        good = isinstance(value, str)
    elif isinstance(default, Mapping):
        good = isinstance(value, Mapping) and all(
            str(code).isdecimal() and _is_share(share) for code, share in value.items()
        )
        value = {str(code): float(share) for code, share in value.items()} if good else value
    elif isinstance(default, tuple):
        of = str if name == "reject_words" else (int, float)
        good = isinstance(value, (list, tuple)) and all(isinstance(one, of) for one in value)
        value = tuple(value) if good else value
        if good and name in SPANS:
            good = len(value) == 2 and 0 <= value[0] <= value[1]
    elif name in PLAIN_NUMBERS:
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    else:
        good = _is_share(value)
    if not good:
        raise BadProfile(f"{name} cannot be {value!r}")
    return value


def _is_share(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


SPANS = ("latency", "queue_delay", "delivery_delay", "read_delay", "hold", "reply_delay")
PLAIN_NUMBERS = (
    "max_concurrent",
    "late_answer",
    "visible_after",
    "window_hours",
    "received_delay",
    "review_delay",
)

PROFILES: dict[str, Profile] = {
    "calm": Profile(),
    "demo": Profile(
        name="demo",
        latency=(0.06, 0.4),
        throttled=0.005,
        refusals={"21211": 0.002},
        accepted_then_500=0.003,
        accepted_then_dropped=0.003,
        refused_with_500=0.003,
        failed={"63024": 0.02},
        undelivered={"63049": 0.01, "63003": 0.005},
        transient={"63012": 0.01},
        stuck_at_sent=0.02,
        read_without_delivered=0.03,
        callback_lost=0.005,
        callback_doubled=0.02,
        callback_reordered=0.03,
        callback_early=0.01,
        inbound_doubled=0.01,
        reports_sending=0.05,
    ),
    "hostile": Profile(
        name="hostile",
        latency=(0.05, 1.5),
        throttled=0.08,
        max_concurrent=100,
        refusals={"21211": 0.01, "21610": 0.01},
        opt_out_blocks=True,
        accepted_then_500=0.06,
        accepted_then_dropped=0.06,
        accepted_then_late=0.02,
        refused_with_500=0.04,
        refused_with_drop=0.04,
        visible_after=20.0,
        failed={"63024": 0.03, "63018": 0.005},
        undelivered={"63049": 0.03, "63003": 0.02},
        transient={"63012": 0.05},
        stuck_at_sent=0.05,
        read=0.6,
        read_without_delivered=0.3,
        reports_sending=0.3,
        callback_lost=0.15,
        callback_doubled=0.2,
        callback_reordered=0.25,
        callback_early=0.1,
        inbound_lost=0.05,
        inbound_doubled=0.15,
        two_taps=0.1,
        quotes=0.3,
    ),
}


def load_profile(name: str, file: Path | None = None) -> Profile:
    """Raises BadProfile: no such profile, or the file's overrides are wrong."""
    if name not in PROFILES:
        raise BadProfile(f"no profile is called {name}; there are {', '.join(PROFILES)}")
    if file is None:
        return PROFILES[name]
    try:
        overrides = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadProfile(f"cannot read {file}: {error}") from error
    if not isinstance(overrides, dict):
        raise BadProfile(f"{file} does not hold a JSON object")
    return PROFILES[name].changed(overrides)
