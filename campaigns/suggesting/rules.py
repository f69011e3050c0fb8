"""The phrases we ship, by campaign type and result, and the order in which results are tried."""

from collections.abc import Mapping
from functools import cache

from campaigns.suggesting import shipped_collections, shipped_common, shipped_opt_out, shipped_plans

COMMON = "*"
"""In place of a campaign type: every one of them."""

_SHIPPED: dict[tuple[str, str], str] = {
    (COMMON, "no_desea_mensajes"): shipped_opt_out.PHRASES,
    **{(COMMON, code): text for code, text in shipped_common.PHRASES.items()},
    **shipped_collections.PHRASES,
    **shipped_plans.PHRASES,
}

# The first that fits is suggested. An opt-out before all; what only a few words can mean before
# what many do.
_ORDER = """
no_desea_mensajes puntaje
numero_equivocado quiere_renunciar cede_el_plan envio_comprobante
tramite_solicitado pide_que_lo_llamen pide_una_persona
retenido se_ofrece_diferir perdido
ya_pago se_niega reclamo
paga_derecho oferta promesa_de_pago
cambio_de_modelo falta_documentacion rechaza acepta sin_interes
pide_otro_medio no_recibio_cupon cupon_enviado
pide_diferimiento no_puede_pagar desconoce_el_importe
atendio_un_tercero actualiza_datos pide_informacion agradece avisado comentario
"""
_PLACES = {code: place for place, code in enumerate(_ORDER.split())}
# … but here a word about the firm is first what was asked for
_BEFORE_OTHERS = {
    "encuesta": ("comentario",),
    "fidelizacion": ("actualiza_datos", "agradece"),
    "consultas": ("reclamo",),
}


def rank(campaign_type: str, code: str) -> int:
    """Lower is tried first; what we did not ship comes last."""
    if code in _BEFORE_OTHERS.get(campaign_type, ()):
        return _PLACES["numero_equivocado"]
    return _PLACES.get(code, len(_PLACES))


@cache
def shipped_phrases(campaign_type: str) -> Mapping[str, tuple[str, ...]]:
    """Result code → phrases, of a type by its code: its own and those of all types."""
    found: dict[str, tuple[str, ...]] = {}
    for (kind, code), text in _SHIPPED.items():
        if kind in (COMMON, campaign_type):
            found[code] = found.get(code, ()) + lines_of(text)
    return found


def shipped_for(campaign_type: str, code: str) -> tuple[str, ...]:
    """Of one result: under `COMMON` those of every type, under a type's code its own."""
    return lines_of(_SHIPPED.get((campaign_type, code), ""))


def lines_of(text: str) -> tuple[str, ...]:
    """One phrase a line, without empty ones, each once."""
    return tuple(
        dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip())
    )
