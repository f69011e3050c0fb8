"""Which failures of a campaign may be sent anew, and what a person is told of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.progress_parts import Account, Part
from campaigns.retrying import MOST, Failures, count_retriable, has_ended
from dashboard import formats
from dashboard.auth import current_user
from dashboard.language import _
from messaging.provider import ByHand
from messaging.twilio.error_codes import meaning_of
from models.campaign import Campaign
from models.people import Role
from models.states import CampaignState
from runtime.wiring import current_runtime

_TRIED_TOO_OFTEN = "tried_too_often"
_SENDS = (CampaignState.RUNNING, CampaignState.PAUSED)

_WHAT: dict[ByHand, str] = {
    ByHand.AGAIN: _(
        "A cada uno se le manda un mensaje nuevo con los mismos datos, con los cuidados de "
        "siempre: horario, cupo, bajas y límite por persona."
    ),
    ByHand.NEXT_DAY: _(
        "A cada uno se le manda un mensaje nuevo con los mismos datos, recién a las 24 horas "
        "del que falló, con los cuidados de siempre: horario, cupo, bajas y límite por persona."
    ),
    ByHand.OTHER_PHONE: _(
        "A cada uno se le manda un mensaje nuevo con los mismos datos, al teléfono corregido, con "
        "los cuidados de siempre: horario, cupo, bajas y límite por persona."
    ),
}
_WHY_NOT = _(
    "por baja de mensajes, consulta cerrada, cupón que ya no se paga, teléfono que no sirve o "
    "plantilla sin aprobar."
)
_NO_OTHER_PHONE = _(
    "por teléfono sin corregir, baja de mensajes, consulta cerrada, cupón que ya no se paga o "
    "plantilla sin aprobar."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the button and its dialog say of the failures of one reason."""

    why: str
    by_hand: ByHand
    through: datetime
    count: int
    left_out: int

    @property
    def what(self) -> str:
        return _WHAT[self.by_hand]

    @property
    def more(self) -> str | None:
        """There may be more that go anew, after these."""
        if self.count < MOST:
            return None
        return _("Van de a %(n)s: después volvé a entrar por los que siguen.") % {
            "n": formats.number(MOST)
        }

    @property
    def why_not(self) -> str:
        return _NO_OTHER_PHONE if self.by_hand is ByHand.OTHER_PHONE else _WHY_NOT


def by_hand(why: str) -> ByHand | None:
    """Of a word of ours or the provider's code; None: it would only fail once more."""
    if why == _TRIED_TOO_OFTEN:
        return ByHand.AGAIN
    meaning = meaning_of(int(why)) if why.isdecimal() and len(why) <= 9 else None
    return meaning.by_hand if meaning else None


def offered(
    session: Session, campaign: Campaign, account: Account, part: Part | None, why: str | None
) -> Offer | None:
    """Of a list narrowed to one reason for which a supervisor may have failures sent anew."""
    way = by_hand(why or "")
    if why is None or way is None or part is Part.UNSENT or campaign.state not in _SENDS:
        return None
    listed = sum(
        each.count for each in account.missed if each.why == why and each.part is Part.FAILED
    )
    if not listed or not current_user().may(Role.SUPERVISOR) or has_ended(session, campaign.id):
        return None
    through = current_runtime().now(session)
    count = count_retriable(session, campaign.id, Failures(why, way, through))
    left_out = max(listed - count, 0)
    return Offer(why=why, by_hand=way, through=through, count=count, left_out=left_out)
