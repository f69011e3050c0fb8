"""Why one of a selection is left out, in words."""

from campaigns import audience, bulk_choice
from campaigns.bulk_choice import Chosen
from dashboard.language import _
from messaging.templates import field_of

_WHY = {
    bulk_choice.FINISHED: _("la consulta está finalizada"),
    bulk_choice.HELD: _("la tiene otra persona"),
    bulk_choice.CAMPAIGN_OVER: _("su campaña ya no está en curso"),
    bulk_choice.NO_COUPON: _("no tiene un cupón para pagar"),
    bulk_choice.SAME_PHONE: _("ya se le escribe por otra de las elegidas"),
    bulk_choice.TO_NOBODY: _("no sabemos quién es"),
    audience.NO_VALID_PHONE: _("no tiene un celular con WhatsApp"),
    audience.OPTED_OUT: _("pidió no recibir mensajes"),
    audience.MISSING_VARIABLE: _("le falta un dato de la plantilla"),
}


def why(chosen: Chosen) -> str:
    if chosen.why == bulk_choice.HELD and chosen.what:
        return _("la tiene %(name)s") % {"name": chosen.what}
    if chosen.why == audience.MISSING_VARIABLE and chosen.what:
        found = ((field_of(key), key) for key in chosen.what.split(", "))
        names = ", ".join(field.name if field else key for field, key in found)
        return _("le falta: %(names)s") % {"names": names}
    return _WHY.get(chosen.why or "", _("no se puede ahora"))
