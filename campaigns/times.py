"""Every figure of time and size the engine works by, in one frozen object."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta

from messaging.provider import Delay, Fault

# Scaling leaves these alone: rules of WhatsApp and Twilio, promises to people, and margins
# around the provider's own clock (it answers in whole seconds), which gain nothing by shrinking.
_KEPT = frozenset(
    {
        "listing_window_before",
        "listing_window_after",
        "inbound_overlap",
        "pair_spacing",
        "reply_window",
        "service_window",
        "service_window_margin",
    }
)
# A sweep is a query per process: below this, speed would only buy load.
_SHORTEST_SWEEP = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The engine's figures; the defaults are the ones its protocol was proved with."""

    # One request
    connect_timeout: timedelta = timedelta(seconds=5)
    request_timeout: timedelta = timedelta(seconds=30)  # whole request, connection included

    # Claiming
    lease: timedelta = timedelta(seconds=90)  # a claim nobody renewed is free again after this
    slice_span: timedelta = timedelta(seconds=20)  # a slice is min(slice_rows, rate × this) rows
    slice_rows: int = 500
    group_rows: int = 64  # attempts committed together, before their requests leave
    leaves_within: timedelta = timedelta(seconds=30)  # of its attempt's commit, or not at all
    sweep: timedelta = timedelta(seconds=1.5)  # how often each process looks for forgotten work

    # Uncertain outcomes
    first_look: timedelta = timedelta(seconds=120)  # at the provider's listing, after the attempt
    second_look: timedelta = timedelta(seconds=240)  # absent in both: it may be sent again
    shown_within: timedelta = timedelta(seconds=60)  # an accepted message is listed by then
    listing_window_before: timedelta = timedelta(seconds=2)  # listed from attempt − this
    # … to attempt + this: it left within 30 s, after a freeze of up to 120 s, and took up to 30 s
    listing_window_after: timedelta = timedelta(seconds=200)
    listing_gives_up: timedelta = timedelta(hours=24)  # no listing for so long: a person decides

    # Trying again
    throttled_first: timedelta = timedelta(seconds=0.1)  # 429: doubles, with jitter
    throttled_cap: timedelta = timedelta(seconds=30)
    throttled_tries: int = 8
    refused_first: timedelta = timedelta(seconds=5)  # connection refused: doubles
    refused_cap: timedelta = timedelta(minutes=5)
    refused_tries: int = 8
    rest_first: timedelta = timedelta(seconds=30)  # a line whose provider does not answer: doubles
    rest_cap: timedelta = timedelta(minutes=5)
    reported_failure_tries: int = 3  # the provider itself said failed, and it may be tried again
    reported_failure_wait: timedelta = timedelta(seconds=60)  # at least, between such tries
    capped_wait: timedelta = timedelta(hours=24)  # Meta's own caps (63049): not before, doubling
    rate_wait: timedelta = timedelta(hours=1)  # a rate or a quota (63018): four times as long each
    queue_full_first: timedelta = timedelta(minutes=5)  # the provider holds 4 h of ours: doubles
    queue_full_cap: timedelta = timedelta(hours=1)
    queue_full_tries: int = 8
    pair_spacing: timedelta = timedelta(seconds=6)  # between two messages to one recipient

    # Files of customers: fetched at once, and then with growing pauses for some five hours
    media_first: timedelta = timedelta(minutes=1)  # longer than a fetch may take: see `take_due`
    media_cap: timedelta = timedelta(hours=1)
    media_tries: int = 10

    # What comes back
    inbound_poll: timedelta = timedelta(seconds=60)  # listing inbound messages, per line
    inbound_grace: timedelta = timedelta(seconds=20)  # its webhook comes first, and knows more
    inbound_overlap: timedelta = timedelta(minutes=10)  # each poll looks this far back again
    stuck_after: timedelta = timedelta(minutes=15)  # accepted, not final: fetch it, backing off
    stuck_until: timedelta = timedelta(hours=24)  # … and no longer than this
    unknown_sid_wait: timedelta = timedelta(minutes=10)  # a parked status waits for its message
    reply_window: timedelta = timedelta(days=7)  # plain text answers what was sent this recently
    service_window: timedelta = timedelta(hours=24)  # free text allowed after the customer wrote
    service_window_margin: timedelta = timedelta(minutes=5)  # we stop this much earlier

    def wait_for(self, delay: Delay | None, fault: Fault | None, before: int) -> timedelta | None:
        """How long a failure waits that was tried again ``before`` times; None: no more.

        What says no delay of its own waits as its fault does: a minute, or a day.
        """
        if delay is None:
            delay = Delay.DAY if fault is Fault.SLOW_DOWN else Delay.MINUTE
        tries, first, growth, cap = {
            Delay.AT_ONCE: (self.throttled_tries, self.throttled_first, 2, self.throttled_cap),
            Delay.MINUTE: (self.reported_failure_tries, self.reported_failure_wait, 2, None),
            Delay.ONCE: (1, self.reported_failure_wait, 1, None),
            Delay.QUEUE: (self.queue_full_tries, self.queue_full_first, 2, self.queue_full_cap),
            Delay.RATE: (self.reported_failure_tries, self.rate_wait, 4, None),
            Delay.DAY: (self.reported_failure_tries, self.capped_wait, 2, None),
        }[delay]
        if before >= tries:
            return None
        wait: timedelta = first * growth**before
        return wait if cap is None else min(wait, cap)

    def scaled(self, speed: float) -> "Times":
        """The same figures with the engine's durations divided by ``speed``.

        Counts stay, and so do the rules of the provider and the margins around its clock
        (pair spacing, listing window, inbound overlap, reply and service windows). The order
        between the scaled figures stays too, so the model's proof holds at any speed as long
        as the provider is that much faster as well.

        Raises:
            ValueError: ``speed`` is not a positive number.
        """
        if not speed > 0:
            raise ValueError(f"speed must be positive, not {speed}")
        shorter: dict[str, timedelta] = {
            figure.name: value / speed
            for figure in fields(self)
            if isinstance(value := getattr(self, figure.name), timedelta)
            and figure.name not in _KEPT
        }
        shorter["sweep"] = max(shorter["sweep"], min(self.sweep, _SHORTEST_SWEEP))
        return replace(self, **shorter)  # type: ignore[arg-type]
