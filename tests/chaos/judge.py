"""The judge of a fault run: every promise of the engine, held against plain evidence.

A check that looked at nothing proves nothing: it is not kept then.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from dashboard.rehearsal.judge import Check
from models.states import DELIVERY_RANK, MESSAGE, MessageState
from tests.chaos.evidence import Evidence, Record, Sent, Stop

DEAD = frozenset({"failed", "undelivered", "canceled"})
_LOST, _DOUBLED = 0.3, 0.2  # of all the different callbacks there were to tell
_IN_MOTION = frozenset(
    {MessageState.PLANNED, MessageState.CLAIMED, MessageState.SENDING, MessageState.UNCERTAIN}
)
_AT_THE_PROVIDER = frozenset(
    {MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED, MessageState.READ}
)
_THEIRS = {
    "queued": MessageState.ACCEPTED,
    "accepted": MessageState.ACCEPTED,
    "sending": MessageState.ACCEPTED,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "failed": MessageState.FAILED,
    "undelivered": MessageState.UNDELIVERED,
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How big a run must have been for its silence to mean something."""

    messages: int
    faults: int
    kinds: int
    ambiguous: int
    callbacks: int
    most_in_review: int = 2


def judge(evidence: Evidence, bounds: Bounds, *, at_rest: bool = True) -> list[Check]:
    """Every promise; of a run that was cut off, those that hold at every moment."""
    checks = CHECKS if at_rest else [check for check in CHECKS if check not in OWED_AT_REST]
    found = [check(evidence) for check in checks]
    found.append(in_review(evidence, bounds))
    if at_rest:
        found.append(big_enough(evidence, bounds))
    return found


def sums(evidence: Evidence) -> Check:
    faults = []
    for each in evidence.samples:
        total = sum(each.true.values())
        if dict(each.counted) != dict(each.true):
            faults.append(f"the account says {each.counted}, the ledger {each.true}")
        elif total != each.audience and (each.is_planned or total > each.audience):
            faults.append(f"an audience of {each.audience} has {total} messages")
    return Check(
        "audience = sum of the states, at every sample", len(evidence.samples), tuple(faults)
    )


def lost(evidence: Evidence) -> Check:
    """Whoever is not in a final state, not at the provider though we say so, or not there."""
    accepted = {entry["sid"] for entry in evidence.ledger}
    of_campaign = Counter(message.campaign_id for message in evidence.messages)
    faults = [
        f"campaign {campaign}: {size - of_campaign[campaign]} of its audience have no message"
        for campaign, size in evidence.audience.items()
        if of_campaign[campaign] != size
    ]
    for message in evidence.messages:
        if message.state in _IN_MOTION and not message.put_off:
            faults.append(f"message {message.id} ended as {message.state}")
        elif message.state in _AT_THE_PROVIDER and message.provider_sid not in accepted:
            faults.append(f"message {message.id} is {message.state} here and unknown there")
    return Check("nobody is lost", len(evidence.messages), tuple(faults))


def sent_twice(evidence: Evidence) -> Check:
    """Never two live sids; no second sid before the provider itself gave the first one up."""
    faults = []
    entries = _by_message(evidence.ledger)
    for message, sids in entries.items():
        live = [entry["sid"] for entry in sids if entry["status"] not in DEAD]
        if len(live) > 1:
            faults.append(f"message {message} went out as {live}")
            continue
        for earlier, later in pairwise(sids):
            gave_up = [past["at"] for past in earlier["history"] if past["status"] in DEAD]
            if not gave_up or min(gave_up) > later["date_created"]:
                faults.append(f"message {message}: {later['sid']} while {earlier['sid']} lived")
    return Check("no message is sent twice", len(entries), tuple(faults))


def linked(evidence: Evidence) -> Check:
    known: dict[str, tuple[str, str]] = {}
    for attempt in evidence.attempts:
        for sid in filter(None, (attempt.provider_sid, *attempt.other_sids)):
            known[sid] = (str(attempt.message_id), str(attempt.number))
    ours = _ours(evidence.ledger)
    faults = [
        f"{entry['sid']} is not tied to message {entry['message']}, attempt {entry['attempt']}"
        for entry in ours
        if known.get(entry["sid"]) != (entry["message"], entry["attempt"])
    ]
    return Check("every sid is tied to the attempt that it names", len(ours), tuple(faults))


def ranks(evidence: Evidence) -> Check:
    """Every move is legal; back to planned only on the provider's own word that it failed."""
    failed = {
        int(entry["message"])
        for entry in _ours(evidence.ledger)
        if any(past["status"] in DEAD for past in entry["history"])
    }
    faults = []
    for move in evidence.moves:
        told = f"message {move.message_id}: {move.before} → {move.after} ({move.reason})"
        if not MESSAGE.allows(move.before, move.after):
            faults.append(told)
        elif DELIVERY_RANK.get(move.after, 0) < DELIVERY_RANK.get(move.before, 0):
            reported = move.reason == "reported_failure" and move.message_id in failed
            if move.after is not MessageState.PLANNED or not reported:
                faults.append(told)
    return Check("every move is legal and no rank falls", len(evidence.moves), tuple(faults))


def states(evidence: Evidence) -> Check:
    """Our final state is one the provider gave this very sid; never ahead, never elsewhere."""
    by_sid = {entry["sid"]: entry for entry in evidence.ledger}
    faults = []
    looked_at = 0
    for message in evidence.messages:
        entry = by_sid.get(message.provider_sid or "")
        if entry is None:
            continue
        looked_at += 1
        given = {_THEIRS.get(past["status"]) for past in entry["history"]}
        if message.state not in given | {MessageState.ACCEPTED}:
            faults.append(f"{entry['sid']} is {entry['status']} there and {message.state} here")
    return Check("our state of a message is one the provider gave it", looked_at, tuple(faults))


def final_states(evidence: Evidence) -> Check:
    """Our final state is the provider's last word, unless it was said a moment ago."""
    behind, current = _behind(evidence)
    faults = [
        f"{entry['sid']} is {entry['status']} there and {message.state} here"
        for message, entry in behind
        if evidence.read_at - entry["history"][-1]["at"] > evidence.patience
    ]
    return Check("our final state is the provider's", current, tuple(faults))


def still_behind(evidence: Evidence) -> int:
    """How many had not heard the provider's last word yet, a moment old or not."""
    return len(_behind(evidence)[0])


def _behind(evidence: Evidence) -> tuple[list[tuple[Sent, Record]], int]:
    """Nobody asks whether what arrived was read: that is not behind."""
    by_sid = {entry["sid"]: entry for entry in evidence.ledger}
    current = [
        (message, by_sid[message.provider_sid])
        for message in evidence.messages
        if message.provider_sid in by_sid
    ]
    behind = [
        (message, entry)
        for message, entry in current
        if message.state is not _THEIRS.get(entry["status"])
        and (message.state, entry["status"]) != (MessageState.DELIVERED, "read")
    ]
    return behind, len(current)


def replies_kept(evidence: Evidence) -> Check:
    """What we acknowledged is here, and nothing is here twice or out of nowhere."""
    written = {reply["sid"] for reply in evidence.replies}
    acknowledged = [reply["sid"] for reply in evidence.replies if reply["delivered"]]
    faults = [
        f"{sid} was acknowledged and is gone" for sid in acknowledged if sid not in evidence.inbound
    ]
    faults += [f"{sid} is here {n} times" for sid, n in evidence.inbound.items() if n > 1]
    faults += [f"{sid} was never written" for sid in evidence.inbound if sid not in written]
    return Check(
        "every reply we acknowledged is here, none twice", len(acknowledged), tuple(faults)
    )


def replies_once(evidence: Evidence) -> Check:
    """Each reply exactly once, whether or not its webhook ever reached us."""
    faults = [
        f"{reply['sid']} is here {evidence.inbound.get(reply['sid'], 0)} times"
        for reply in evidence.replies
        if evidence.inbound.get(reply["sid"], 0) != 1
    ]
    return Check("every reply is here exactly once", len(evidence.replies), tuple(faults))


def stopped(evidence: Evidence) -> Check:
    """No attempt committed after an opt-out, a cancel or a payment: by PostgreSQL's own order."""
    stops: defaultdict[tuple[str, int], list[Stop]] = defaultdict(list)
    for stop in evidence.stops:
        kind = "opt_out" if stop.kind == "opt_in" else stop.kind
        stops[kind, stop.record_id].append(stop)
    faults = []
    for start in evidence.starts:
        if start.cause not in ("campaign", "reminder"):
            continue
        for kind, record in (
            ("opt_out", start.contact_point_id),
            ("cancel", start.campaign_id),
            ("payment", start.coupon_id),
        ):
            before = [
                stop
                for stop in stops.get((kind, record or 0), ())
                if stop.committed_at < start.committed_at
            ]
            if before and max(before, key=lambda stop: stop.committed_at).kind == kind:
                faults.append(
                    f"attempt {start.number} of message {start.message_id} after its {kind}"
                )
    looked_at = len(evidence.starts) if evidence.stops else 0
    return Check("no attempt is committed after a stop", looked_at, tuple(faults))


def stops_in_order(evidence: Evidence) -> Check:
    faults = []
    for each in evidence.graceful:
        if not each.ended:
            faults.append(f"processes {each.pids} did not end when asked")
        if each.left_open:
            faults.append(f"processes {each.pids} left {each.left_open} attempts without outcome")
    return Check(
        "who is asked to stop leaves nothing doubtful", len(evidence.graceful), tuple(faults)
    )


def events_applied(evidence: Evidence) -> Check:
    return Check(
        "no webhook fails in our hands", len(evidence.moves), tuple(evidence.failed_events)
    )


CHECKS: tuple[Callable[[Evidence], Check], ...] = (
    sums,
    lost,
    sent_twice,
    linked,
    ranks,
    states,
    final_states,
    replies_kept,
    replies_once,
    stopped,
    stops_in_order,
    events_applied,
)
OWED_AT_REST = frozenset({lost, linked, final_states, replies_kept, replies_once})


def in_review(evidence: Evidence, bounds: Bounds) -> Check:
    found = [m.id for m in evidence.messages if m.state is MessageState.REVIEW]
    faults = [f"messages {found} wait for a person"] if len(found) > bounds.most_in_review else []
    return Check(
        f"at most {bounds.most_in_review} wait for a person", len(evidence.messages), tuple(faults)
    )


def big_enough(evidence: Evidence, bounds: Bounds) -> Check:
    callbacks = evidence.callbacks
    wanted = {
        "messages at the provider": (len(_by_message(evidence.ledger)), bounds.messages),
        "faults": (sum(evidence.faults.values()), bounds.faults),
        "kinds of fault": (len(evidence.faults), bounds.kinds),
        "ambiguous posts": (evidence.ambiguous, bounds.ambiguous),
        "callbacks": (callbacks["made"], bounds.callbacks),
        "callbacks lost": (callbacks["lost"], ceil(callbacks["made"] * _LOST)),
        "callbacks doubled": (callbacks["doubled"], ceil(callbacks["made"] * _DOUBLED)),
        "callbacks out of order": (callbacks["reordered"], 1),
        "callbacks before the answer": (callbacks["early"], 1),
    }
    faults = [
        f"{name}: {found}, at least {least} wanted"
        for name, (found, least) in wanted.items()
        if found < least
    ]
    return Check("the run was big enough to mean something", len(wanted), tuple(faults))


def _ours(ledger: Iterable[Record]) -> list[Record]:
    return [entry for entry in ledger if entry["message"] is not None]


def _by_message(ledger: Iterable[Record]) -> dict[str, list[Record]]:
    """Oldest first."""
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for entry in sorted(_ours(ledger), key=lambda entry: entry["id"]):
        found[entry["message"]].append(entry)
    return found
