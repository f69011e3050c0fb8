"""The judge: the provider's ledger against ours. It reads both and believes neither.

Each check gives the number of faults and of what was looked at; a check that looked at nothing
proves nothing and says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns import progress
from models.message import Message
from models.states import MessageState

_DEAD = frozenset({"failed", "undelivered", "canceled"})
_PROVIDER_STATES = {
    "queued": {MessageState.ACCEPTED},
    "accepted": {MessageState.ACCEPTED},
    "sending": {MessageState.ACCEPTED},
    "sent": {MessageState.SENT},
    "delivered": {MessageState.DELIVERED},
    "read": {MessageState.READ},
    "failed": {MessageState.FAILED, MessageState.PLANNED},
    "undelivered": {MessageState.UNDELIVERED, MessageState.PLANNED},
}
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: how many things were looked at, and what was wrong with some of them."""

    promise: str
    looked_at: int
    faults: tuple[str, ...]

    @property
    def kept(self) -> bool:
        return self.looked_at > 0 and not self.faults


def judge(
    session: Session, campaign_id: int, *, ledger: Iterable[Record], replies: Iterable[Record]
) -> list[Check]:
    """Hold a campaign's ledger against what the simulator accepted and what its people wrote."""
    ours = [entry for entry in ledger if entry["message"] is not None]
    written = list(replies)
    return [
        _sums(session, campaign_id),
        _once(ours),
        _known(session, ours),
        _final_states(session, ours),
        _no_samples(ours),
        _replies_once(session, written),
        _buttons(session, ours, written),
        _opt_outs(session, written),
    ]


def _sums(session: Session, campaign_id: int) -> Check:
    account = progress.progress_of(session, campaign_id)
    true = progress.true_states(session, campaign_id)
    faults = []
    if not account.adds_up:
        faults.append(f"audience {account.audience} is not the sum of its states")
    if account.not_planned:
        faults.append(f"{account.not_planned} were never planned")
    if dict(account.states) != true:
        faults.append(f"the account says {dict(account.states)}, the ledger {true}")
    return Check(
        "audience = sum of states, in the account and in the ledger",
        sum(true.values()),
        tuple(faults),
    )


def _once(ours: list[Record]) -> Check:
    live = defaultdict(list)
    for entry in ours:
        if entry["status"] not in _DEAD:
            live[entry["message"]].append(entry["sid"])
    faults = [
        f"message {message} went out as {sids}" for message, sids in live.items() if len(sids) > 1
    ]
    return Check("no message has two live sids at the provider", len(live), tuple(faults))


def _known(session: Session, ours: list[Record]) -> Check:
    rows = session.execute(
        text("SELECT provider_sid, message_id, number FROM attempts WHERE provider_sid IS NOT NULL")
    )
    known = {sid: (str(message), str(number)) for sid, message, number in rows}
    faults = [
        f"{entry['sid']} is not bound to message {entry['message']}, attempt {entry['attempt']}"
        for entry in ours
        if known.get(entry["sid"]) != (entry["message"], entry["attempt"])
    ]
    return Check(
        "every sid of the provider is bound to the attempt it names", len(ours), tuple(faults)
    )


def _final_states(session: Session, ours: list[Record]) -> Check:
    """A lost callback leaves us behind the provider; never ahead of it, never elsewhere."""
    states = {
        message.provider_sid: message.state
        for message in session.scalars(select(Message).where(Message.provider_sid.is_not(None)))
    }
    faults = []
    current = [entry for entry in ours if entry["sid"] in states]
    for entry in current:
        state = states[entry["sid"]]
        behind = [past["status"] for past in entry["history"]]
        allowed = set().union(*(_PROVIDER_STATES.get(each, set()) for each in behind))
        if state not in allowed | {MessageState.ACCEPTED}:
            faults.append(f"{entry['sid']} is {entry['status']} there and {state} here")
    return Check(
        "our state of a message is one that the provider gave it", len(current), tuple(faults)
    )


def _no_samples(ours: list[Record]) -> Check:
    faults = [
        f"{entry['sid']}: {entry['fallback_keys']}" for entry in ours if entry["fallback_keys"]
    ]
    return Check("nobody received a template's sample text", len(ours), tuple(faults))


def _replies_once(session: Session, written: list[Record]) -> Check:
    rows = session.execute(
        text(
            "SELECT provider_sid, count(*) AS count FROM messages WHERE direction = 'in' GROUP BY 1"
        )
    )
    stored = {row.provider_sid: row.count for row in rows}
    faults = [
        f"{reply['sid']} is here {stored.get(reply['sid'], 0)} times"
        for reply in written
        if stored.get(reply["sid"], 0) != 1
    ]
    return Check("every reply is here exactly once", len(written), tuple(faults))


def _buttons(session: Session, ours: list[Record], written: list[Record]) -> Check:
    """The last tap on a message is its one standing result, of the mapped type, on its case.

    The last is the one that came in last: of two webhooks on their way the later may be quicker,
    and no form says when its tap was made.
    """
    message_of = {entry["sid"]: int(entry["message"]) for entry in ours}
    came_in = {row.provider_sid: row.place for row in session.execute(text(_CAME_IN))}
    last: dict[int, Record] = {}
    for reply in sorted(written, key=lambda each: came_in.get(each["sid"], 0)):
        if reply["button"] and reply["quoted_sid"] in message_of:
            last[message_of[reply["quoted_sid"]]] = reply
    expected = {
        (row.message_id, row.position): (row.case_id, row.result_type_id)
        for row in session.execute(text(_MAPPED))
    }
    standing = defaultdict(list)
    for row in session.execute(text(_STANDING)):
        standing[row.provider_sid].append((row.case_id, row.result_type_id))
    faults = []
    for message_id, reply in last.items():
        wanted = expected.get((message_id, reply["button"]["index"] + 1))
        if standing[reply["sid"]] != [wanted]:
            faults.append(
                f"{reply['sid']}, button {reply['button']['title']!r}: "
                f"{standing[reply['sid']]} instead of {wanted}"
            )
    return Check(
        "every button answer is one standing result, mapped type, right case",
        len(last),
        tuple(faults),
    )


def _opt_outs(session: Session, written: list[Record]) -> Check:
    """Whoever asked for it is opted out, and no attempt to him was committed after that."""
    asked = {reply["phone"] for reply in written if reply["kind"] == "opt_out"}
    out = {row.phone for row in session.execute(text(_OPTED_OUT))}
    faults = [f"{phone} asked to be left alone and is not" for phone in asked - out]
    faults += [
        f"attempt {row.number} of message {row.message_id} began after its person's opt-out"
        for row in session.execute(text(_ATTEMPTS_AFTER))
    ]
    return Check("opt-outs are respected", len(asked), tuple(faults))


_MAPPED = """
SELECT m.id AS message_id, b.position, m.case_id, b.result_type_id
FROM messages m JOIN template_buttons b ON b.template_version_id = m.template_version_id
WHERE m.direction = 'out'
"""

_CAME_IN = """
SELECT provider_sid, min(id) AS place FROM webhook_events
WHERE kind = 'inbound' AND provider_sid IS NOT NULL GROUP BY 1
"""

_STANDING = """
SELECT m.provider_sid, r.case_id, r.result_type_id
FROM results r
JOIN messages m ON m.id = r.evidence_message_id
WHERE r.revoked_at IS NULL AND NOT EXISTS (SELECT FROM results l WHERE l.supersedes_id = r.id)
"""

_OPTED_OUT = """
SELECT c.phone FROM opt_outs o JOIN contact_points c ON c.id = o.contact_point_id
WHERE o.revoked_at IS NULL
"""

_ATTEMPTS_AFTER = """
SELECT a.message_id, a.number
FROM attempts a
JOIN messages m ON m.id = a.message_id
JOIN opt_outs o ON o.contact_point_id = m.contact_point_id AND o.revoked_at IS NULL
WHERE m.cause IN ('campaign', 'reminder') AND a.started_at > o.created_at
"""
