"""Take messages back that have not left yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, any_, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from campaigns.restoring import is_held
from campaigns.slices import refresh_slices, slice_of
from models.message import Direction, Message
from models.states import MESSAGE, MessageState

# Nothing of these has left: a claim is only a lease.
NOT_LEFT = frozenset({MessageState.PLANNED, MessageState.CLAIMED})
assert MESSAGE.sources(MessageState.CANCELLED) >= NOT_LEFT


def cancel_messages(
    session: Session, which: Sequence[ColumnElement[bool]], *, reason: str, now: datetime
) -> list[int]:
    """Cancel what has not left of ``which``; return the ids.

    Hold the exclusive lock of what is being stopped (`campaigns.locks`) before you call it.
    After a restore nobody knows yet what has left: then nothing is cancelled here, and the claim
    does it for all that is stopped.
    """
    if is_held(session):
        return []
    standing = [Message.direction == Direction.OUT, Message.state.in_(NOT_LEFT), *which]
    # in order of ids, as the senders claim: else each could hold what the other waits for
    found = select(Message.id).where(*standing).order_by(Message.id).with_for_update(key_share=True)
    locked = session.scalars(found).all()
    cancelled = session.execute(
        update(Message)
        .where(Message.id == any_(literal(locked, ARRAY(BigInteger))), Message.state.in_(NOT_LEFT))
        .values(
            state=MessageState.CANCELLED,
            state_at=now,
            reason=reason,
            lease_owner=None,
            lease_until=None,
        )
        .returning(Message.id),
        execution_options={"synchronize_session": False},
    ).scalars()
    ids = sorted(cancelled)
    refresh_slices(session, map(slice_of, ids), wait=False)
    return ids
