"""A test message to oneself, of a campaign or a template: how far it got, or why it cannot go."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.draft_test import test_state
from campaigns.errors import LineHeld, OptedOut
from dashboard import formats
from dashboard.auth import current_user
from dashboard.errors import answer
from dashboard.language import _
from dashboard.shell import now
from messaging.twilio.error_codes import meaning_of
from models.people import User
from models.states import MessageState

_WORDS: dict[MessageState, tuple[str, str]] = {
    MessageState.SENT: (_("Enviada"), "info"),
    MessageState.ACCEPTED: (_("Enviada"), "info"),
    MessageState.DELIVERED: (_("Entregada"), "ok"),
    MessageState.READ: (_("Leída"), "ok"),
    MessageState.FAILED: (_("Falló"), "error"),
    MessageState.UNDELIVERED: (_("Falló"), "error"),
    MessageState.CANCELLED: (_("No se envió"), "error"),
    MessageState.SKIPPED: (_("No se envió"), "error"),
    MessageState.UNCERTAIN: (_("Sin confirmar"), "warn"),
    MessageState.REVIEW: (_("Sin confirmar"), "warn"),
}
_SETTLED = frozenset(
    {
        MessageState.READ, MessageState.FAILED, MessageState.UNDELIVERED, MessageState.CANCELLED,
        MessageState.SKIPPED, MessageState.REVIEW,
    }
)  # fmt: skip
_ASKED_FOR = timedelta(minutes=5)  # many phones never tell that it was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The state of a test in words."""

    words: str
    tone: str
    why: str | None
    version: str
    href: str | None  # what tells how it goes on; None: it is settled


def told(
    session: Session, message_id: int | None, progress: Callable[[int, str], str]
) -> Told | None:
    """``progress``: the address that is asked while it is on its way. Raises NotFound."""
    if not message_id:
        return None
    state, code, state_at = test_state(session, message_id, user_id=current_user().id)
    is_settled = state in _SETTLED or now() - state_at > _ASKED_FOR
    words, tone = _WORDS.get(state, (_("En cola"), "neutral"))
    meaning = meaning_of(code)
    return Told(
        words=words,
        tone=tone,
        why=meaning.text if meaning else None,
        version=state.value,
        href=None if is_settled else progress(message_id, state.value),
    )


def own_phone(session: Session) -> str:
    """The phone to which one had a test sent the last time."""
    return formats.phone(
        session.scalar(select(User.test_phone).where(User.id == current_user().id))
    )


def why_no_test(error: Exception) -> str:
    if isinstance(error, OptedOut):
        return _("Ese número pidió no recibir mensajes.")
    if isinstance(error, LineHeld):
        return _("La línea está detenida: la prueba no saldría.")
    return answer(error)[1]
