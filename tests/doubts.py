"""A message put into a state by hand, with what the engine writes beside that state."""

from datetime import datetime, timedelta

from models.message import Message
from models.states import MessageState


def put_in(message: Message, state: MessageState) -> None:
    """Without looking whether the move is legal."""
    said = said_of(state, message.due_at)
    for name, value in (said | {"state": state}).items():
        setattr(message, name, value)


def said_of(state: MessageState, at: datetime | None) -> dict[str, datetime | str]:
    """The columns beside ``state`` that a doubt comes with; ``at``: when it was begun, if ever."""
    match state:
        case MessageState.UNCERTAIN:
            assert at is not None, "what was never due is in no doubt"
            return {"look_at": at + timedelta(minutes=2)}
        case MessageState.REVIEW:
            return {"reason": "several_at_the_provider"}
        case _:
            return {}
