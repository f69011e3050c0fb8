"""Tie the finds of some recipients to their messages: decided in `reconciling`, written here.

Whatever is cut off is done again: a find with a basis is through.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from campaigns.contacts import find_contact, is_phone
from campaigns.polling import look_after
from campaigns.reconciling import (
    Basis,
    Found,
    Open,
    number_of_try,
    pair,
    state_of,
    suspects,
)
from campaigns.restored_rows import Place
from campaigns.settling import candidates_said
from campaigns.slices import refresh_slices, slice_of
from campaigns.times import Times
from messaging.errors import MissingVariables
from messaging.phone_formats import match_key
from messaging.templates import render
from models.message import (
    Attempt,
    AttemptOutcome,
    Cause,
    Direction,
    EventKind,
    Message,
    WebhookEvent,
)
from models.people import ContactPoint
from models.restore import ProviderFind, Restore
from models.states import MESSAGE, MessageState
from models.template import TemplateVersion

RESTORED = "restored"
"""The `reason` of what a restore left in doubt, or brought back."""

OWNER = "reconcile"

_OPEN = (
    MessageState.PLANNED,
    MessageState.CLAIMED,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.REVIEW,
)


def tie_finds(
    session: Session, restore: Restore, places: Sequence[Place], *, now: datetime, times: Times
) -> Counter[str]:
    """Tie what a callback names or what reads like one message alone; doubt the rest that reads."""
    batch = _Batch(session, restore, places, now=now, times=times)
    for place in places:
        named = batch.named(place)
        spoken_for = {each.id for those in named.values() for each in those}
        rest = [each for each in batch.open_finds(place) if each.id not in spoken_for]
        pairs = pair(rest, batch.open_messages(place))
        for message_id in named.keys() | pairs.tied.keys():
            known = named.get(message_id, [])
            batch.tie(message_id, known, pairs.tied.get(message_id, []))
        for message_id, those in pairs.doubtful.items():
            if message_id not in named:
                batch.doubt(message_id, those)
    return batch.write()


def settle_left(
    session: Session,
    restore: Restore,
    places: Sequence[Place],
    *,
    readable: set[int],
    now: datetime,
    times: Times,
) -> Counter[str]:
    """After all that could be tied is: what may be an unreadable text is doubted, the rest kept."""
    batch = _Batch(session, restore, places, now=now, times=times)
    for place in places:
        left = batch.open_finds(place)
        doubted = suspects(left, batch.open_messages(place), readable=readable)
        for message_id, those in doubted.items():
            batch.doubt(message_id, those)
        for each in batch.open_finds(place):
            batch.recover(place, each)
    return batch.write()


class _Batch:
    """Some recipients: their finds, and the messages to them that may have left."""

    def __init__(
        self,
        session: Session,
        restore: Restore,
        places: Sequence[Place],
        *,
        now: datetime,
        times: Times,
    ) -> None:
        self._session = session
        self._now = now
        self._times = times
        self._restore = restore
        self._done = Counter[str]()
        self._touched: list[int] = []
        self._tied: list[int] = []
        self._finds: dict[Place, list[ProviderFind]] = defaultdict(list)
        for find in session.scalars(
            select(ProviderFind)
            .where(
                ProviderFind.restore_id == restore.id,
                ProviderFind.basis.is_(None),
                tuple_(ProviderFind.line_id, ProviderFind.address).in_(places),
            )
            .order_by(ProviderFind.created_at, ProviderFind.id)
        ):
            self._finds[find.line_id, find.address].append(find)
        self._contacts = _contacts(session, {address for _, address in places})
        self._messages = self._read_messages(places)
        self._attempts: dict[int, dict[int, Attempt]] = defaultdict(dict)
        for attempt in session.scalars(
            select(Attempt).where(Attempt.message_id.in_(self._messages))
        ):
            self._attempts[attempt.message_id][attempt.number] = attempt
        self._bodies = _bodies(session, self._messages.values())
        self._paths = _paths(
            session, [each.sid for those in self._finds.values() for each in those]
        )

    def _read_messages(self, places: Sequence[Place]) -> dict[int, Message]:
        """Locked, in the order of their ids."""
        dead = text(_IS_DEAD)
        rows = self._session.scalars(
            select(Message)
            .where(
                Message.direction == Direction.OUT,
                Message.contact_point_id.in_(set(self._contacts.values())),
                Message.line_id.in_({line_id for line_id, _ in places}),
                Message.state.in_(_OPEN)
                | (Message.state.in_((MessageState.ACCEPTED, MessageState.SENT)) & dead),
            )
            .order_by(Message.id)
            .with_for_update()
        )
        return {each.id: each for each in rows}

    def named(self, place: Place) -> dict[int, list[Found]]:
        """Finds whose callback names an open message to this very person."""
        named: dict[int, list[Found]] = defaultdict(list)
        for find in self._finds[place]:
            path = self._paths.get(find.sid)
            if path is not None and path[0] in {each.id for each in self._at(place)}:
                named[path[0]].append(_found(find))
        return named

    def open_finds(self, place: Place) -> list[Found]:
        return [_found(each) for each in self._finds[place] if each.basis is None]

    def open_messages(self, place: Place) -> list[Open]:
        return [
            Open(each.id, self._text(each), each.template_version_id, self._not_before(each))
            for each in self._at(place)
            if each.id not in self._touched
        ]

    def _at(self, place: Place) -> list[Message]:
        line_id, address = place
        contact = self._contacts.get(address)
        return [
            each
            for each in self._messages.values()
            if each.line_id == line_id and each.contact_point_id == contact
        ]

    def _text(self, message: Message) -> str:
        if message.template_version_id is None:
            return message.body or ""
        try:
            return render(self._bodies[message.template_version_id], message.variables or {})
        except MissingVariables:
            return ""  # it reads like nothing: only a callback or a person can tell

    def _not_before(self, message: Message) -> datetime | None:
        """Since its last attempt began; one without may have left at any time since the backup."""
        tries = self._attempts[message.id]
        return tries[max(tries)].started_at if tries else None

    def tie(self, message_id: int, named: Sequence[Found], alike: Sequence[Found]) -> None:
        """``named`` by their callbacks, ``alike`` by their text: all of them are its tries."""
        message, tries = self._messages[message_id], self._attempts[message_id]
        those = sorted([*named, *alike], key=lambda one: (not one.is_dead, one.created_at))
        numbers = {each.id: self._paths[each.sid][1] for each in named}
        for found in those:
            basis = Basis.CALLBACK if found.id in numbers else Basis.TEXT
            number = numbers.get(found.id) or number_of_try(
                tries, found, taken=set(numbers.values())
            )
            attempt = self._attempt(message_id, number, found)
            attempt.outcome = AttemptOutcome.ACCEPTED
            if attempt.provider_sid in (None, found.sid):
                attempt.provider_sid = found.sid
            else:
                attempt.other_sids = [*attempt.other_sids, found.sid]
            attempt.ended_at = found.created_at
            attempt.detail = _SAID[basis]
            self._close(found, basis, message_id)
            self._done[basis] += 1
        state = state_of(message.state, those)
        if state is not message.state:
            MESSAGE.check(message.state, state)
            message.state = state
        message.provider_sid = those[-1].sid
        message.state_at = those[-1].created_at
        message.attempts = max(tries)
        self._free(message, reason=None)
        self._tied.append(message_id)

    def doubt(self, message_id: int, those: Sequence[Found]) -> None:
        message, tries = self._messages[message_id], self._attempts[message_id]
        number = number_of_try(tries, those[0])
        attempt = self._attempt(message_id, number, those[0])
        attempt.outcome = AttemptOutcome.UNKNOWN
        attempt.ended_at = self._now
        attempt.detail = candidates_said([each.sid for each in those])
        if message.state in _OPEN and message.state is not MessageState.REVIEW:
            MESSAGE.check(message.state, MessageState.REVIEW)
            message.state = MessageState.REVIEW
            message.state_at = self._now
        message.attempts = max(tries)
        self._free(message, reason=RESTORED)
        for found in those:
            self._close(found, Basis.REVIEW, message_id)
        self._done[Basis.REVIEW] += 1

    def recover(self, place: Place, found: Found) -> None:
        """Nobody here wrote it: its person and its text are all there is."""
        line_id, address = place
        message = Message(
            direction=Direction.OUT,
            state=MessageState.ACCEPTED,
            line_id=line_id,
            contact_point_id=self._contact(address),
            address=address,
            body=found.body or "(sin texto)",
            cause=Cause.RECOVERED,
            created_at=found.created_at,
            state_at=found.created_at,
            provider_sid=found.sid,
            attempts=1,
            reason=RESTORED,
        )
        self._session.add(message)
        self._session.flush()
        self._attempts[message.id] = {}
        attempt = self._attempt(message.id, 1, found)
        attempt.outcome, attempt.provider_sid = AttemptOutcome.ACCEPTED, found.sid
        attempt.ended_at = found.created_at
        attempt.detail = _SAID[Basis.RECOVERED]
        self._touched.append(message.id)
        self._close(found, Basis.RECOVERED, message.id)
        self._done[Basis.RECOVERED] += 1

    def write(self) -> Counter[str]:
        """Flush, and draw what follows: slices, coupons, the look after what falls silent."""
        session = self._session
        session.flush()
        refresh_slices(session, map(slice_of, self._touched))
        if self._tied:
            session.execute(text(_COUPONS), {"ids": self._tied, "now": self._now})
        out = [*self._tied, *(each for each in self._touched if each not in self._messages)]
        look_after(session, out, now=self._now, times=self._times)
        return self._done

    def _attempt(self, message_id: int, number: int, found: Found) -> Attempt:
        attempt = self._attempts[message_id].get(number)
        if attempt is None:
            attempt = Attempt(
                message_id=message_id, number=number, owner=OWNER, started_at=found.created_at
            )
            self._session.add(attempt)
            self._attempts[message_id][number] = attempt
        return attempt

    def _free(self, message: Message, *, reason: str | None) -> None:
        message.lease_owner = message.lease_until = message.look_at = None
        message.error_code = None
        message.reason = reason
        self._touched.append(message.id)

    def _close(self, found: Found, basis: Basis, message_id: int) -> None:
        find = self._session.get_one(ProviderFind, found.id)
        find.basis, find.message_id = basis, message_id

    def _contact(self, address: str) -> int:
        known = self._contacts.get(address)
        if known is None:
            contact = find_contact(self._session, address) or ContactPoint(
                phone=address if is_phone(address) else None,
                match_key=match_key(address) if is_phone(address) else None,
                bsuid=None if is_phone(address) else address,
            )
            self._session.add(contact)
            self._session.flush()
            known = self._contacts[address] = contact.id
        return known


def _found(find: ProviderFind) -> Found:
    return Found(find.id, find.sid, find.body, find.created_at, find.state)


def _contacts(session: Session, addresses: Iterable[str]) -> dict[str, int]:
    """Address → contact point, where there is one."""
    keys = {each: match_key(each) if is_phone(each) else None for each in addresses}
    phones = [key for key in keys.values() if key is not None]
    rows = session.execute(
        select(ContactPoint.id, ContactPoint.match_key, ContactPoint.bsuid).where(
            ContactPoint.match_key.in_(phones) | ContactPoint.bsuid.in_(list(keys))
        )
    ).all()
    by_key = {row.match_key: row.id for row in rows if row.match_key}
    by_bsuid = {row.bsuid: row.id for row in rows if row.bsuid}
    found = {each: by_key.get(key) if key else by_bsuid.get(each) for each, key in keys.items()}
    return {address: contact for address, contact in found.items() if contact is not None}


def _bodies(session: Session, messages: Iterable[Message]) -> Mapping[int, str]:
    ids = {each.template_version_id for each in messages if each.template_version_id}
    rows = session.execute(
        select(TemplateVersion.id, TemplateVersion.body).where(TemplateVersion.id.in_(ids))
    )
    return {row.id: row.body for row in rows}


def _paths(session: Session, sids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """What stored callbacks say of a sid: the message and attempt that their address names."""
    rows = session.execute(
        select(WebhookEvent.provider_sid, WebhookEvent.message_id, WebhookEvent.attempt).where(
            WebhookEvent.kind == EventKind.STATUS,
            WebhookEvent.provider_sid.in_(sids),
            WebhookEvent.message_id.is_not(None),
            WebhookEvent.attempt.is_not(None),
        )
    )
    return {
        sid: (message_id, attempt)
        for sid, message_id, attempt in rows
        if sid is not None and message_id is not None and attempt is not None
    }


_SAID = {
    Basis.CALLBACK: "conciliado tras restaurar: lo nombra el aviso del proveedor",
    Basis.TEXT: "conciliado tras restaurar: destinatario, texto y hora son los de este mensaje",
    Basis.RECOVERED: "estaba en el proveedor y no en la copia restaurada",
}

_IS_DEAD = """EXISTS (
    SELECT FROM webhook_events e
    WHERE e.kind = 'status' AND e.provider_sid = messages.provider_sid AND e.state = 'received'
        AND (e.form @> '[{"name": "MessageStatus", "value": "failed"}]'
            OR e.form @> '[{"name": "MessageStatus", "value": "undelivered"}]')
)"""

_COUPONS = """
UPDATE coupons k SET state = 'sent', updated_at = :now
FROM messages m
WHERE m.id = ANY(CAST(:ids AS bigint[])) AND k.id = m.coupon_id AND k.state = 'issued'
"""
