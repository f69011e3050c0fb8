"""The campaign types and result types we ship, and how they get into a database.

They are a start: a supervisor adds to them, renames them and switches them off, and what he
changed stays changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models.campaign import CampaignType, ResultType, ValueKind
from models.people import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueResult:
    """A result type with its behaviour; fields mean what they mean in `ResultType`."""

    code: str
    name: str
    is_effective: bool = False
    closes_case: bool = False
    proposes_next_action: bool = False
    value_kind: ValueKind = ValueKind.NONE
    min_value: int | None = None
    max_value: int | None = None
    is_opt_out: bool = False
    stops_sends: bool = False
    by_system: bool = False
    key: str | None = None
    reply_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueType:
    code: str
    name: str
    purpose: Purpose
    results: tuple[CatalogueResult, ...]
    is_standing: bool = False
    informing_is_enough: bool = False


@dataclass(frozen=True, slots=True)
class Installed:
    """How many rows were missing, and are there now."""

    types: int
    results: int


def _result(
    code: str,
    name: str,
    flags: str = "",
    *,
    value: ValueKind = ValueKind.NONE,
    key: str | None = None,
    stops: bool = False,
    within: tuple[int, int] | None = None,
    reply: str | None = None,
) -> CatalogueResult:
    """``flags``: E effective, C closes, N next action, $ date and amount, X opt-out, S system."""
    return CatalogueResult(
        code=code,
        name=name,
        is_effective="E" in flags,
        closes_case="C" in flags,
        proposes_next_action="N" in flags,
        value_kind=ValueKind.DATE_AMOUNT if "$" in flags else value,
        min_value=within[0] if within else None,
        max_value=within[1] if within else None,
        is_opt_out="X" in flags,
        stops_sends=stops or "X" in flags,
        by_system="S" in flags,
        key=key,
        reply_text=reply,
    )


# Keys: a type's own results have digits, the common ones letters that the desk leaves free. So
# no type has one twice, and what the system records has none.
COMMON_RESULTS: tuple[CatalogueResult, ...] = (
    _result("no_responde", "No responde", "N", key="d"),
    _result("sin_whatsapp", "Sin WhatsApp", "C", key="w", stops=True),
    _result("numero_equivocado", "Número equivocado", "C", key="q", stops=True),
    _result("atendio_un_tercero", "Atendió un tercero", "N", key="o"),
    _result("pide_que_lo_llamen", "Pide que lo llamen", "EN", key="l"),
    _result("pide_una_persona", "Pide hablar con una persona", "EN", key="h"),
    _result("reclamo", "Reclamo", "EN", key="c"),
    _result("tramite_solicitado", "Trámite solicitado", "EN", value=ValueKind.DATE_TEXT, key="s"),
    _result("no_desea_mensajes", "No desea mensajes", "ECX", key="b"),
    _result("sin_respuesta", "Sin respuesta", "CS"),
    _result("no_entregado", "No entregado", "CS"),
)

_PROMISED = (
    "Perfecto, {{nombre}}: dejo anotado tu pago para el {{fecha_acordada}}. Gracias por avisar."
)
_THANKS = "Gracias por avisar, {{nombre}}. Lo verificamos y, si hace falta algo, te escribimos."

# He paid, or says so: no reminder may follow before somebody has looked.
_PAGO = _result("pago", "Pagó", "ECS", stops=True)

TYPES: tuple[CatalogueType, ...] = (
    CatalogueType(
        code="mora",
        name="Mora",
        purpose=Purpose.ACCOUNT,
        results=(
            _result("promesa_de_pago", "Promesa de pago", "EN$", key="1", reply=_PROMISED),
            _PAGO,
            _result("ya_pago", "Ya pagó (a verificar)", "EN", key="2", stops=True, reply=_THANKS),
            _result("envio_comprobante", "Envió comprobante", "EN", key="3", stops=True),
            _result("cupon_enviado", "Cupón enviado", "EN", key="4"),
            _result("no_puede_pagar", "No puede pagar", "EN", key="5"),
            _result("pide_diferimiento", "Pide diferimiento", "EN", key="6"),
            _result("desconoce_el_importe", "Desconoce el importe", "EN", key="7"),
            _result("quiere_renunciar", "Quiere renunciar", "EN", key="8"),
            _result("se_niega", "Se niega", "EC", key="9", stops=True),
        ),
    ),
    CatalogueType(
        code="recordatorio",
        name="Recordatorio de vencimiento",
        purpose=Purpose.ACCOUNT,
        results=(
            _result("abrio_cupon", "Abrió el cupón", "ES"),
            _PAGO,
            _result("ya_pago", "Ya pagó (a verificar)", "EN", key="1", stops=True, reply=_THANKS),
            _result("promesa_de_pago", "Promesa de pago", "EN$", key="2", reply=_PROMISED),
            _result("pide_otro_medio", "Pide otro medio de pago", "EN", key="3"),
            _result("no_recibio_cupon", "No recibió el cupón", "EN", key="4"),
            _result("avisado", "Avisado", "C", key="5"),
        ),
    ),
    CatalogueType(
        code="adjudicacion",
        name="Adjudicación",
        purpose=Purpose.ACCOUNT,
        results=(
            _result("acepta", "Acepta", "EC", key="1"),
            _result("rechaza", "Rechaza", "EC", key="2"),
            _result("falta_documentacion", "Falta documentación", "EN", key="3"),
            _result("cambio_de_modelo", "Cambio de modelo", "EN", key="4"),
            _result("paga_derecho", "Paga derecho o alícuota", "EN$", key="5"),
        ),
    ),
    CatalogueType(
        code="licitacion",
        name="Licitación",
        purpose=Purpose.ACCOUNT,
        results=(
            _result("oferta", "Oferta", "EC$", key="1"),
            _result("sin_interes", "Sin interés", "EC", key="2"),
            _result("pide_informacion", "Pide información", "EN", key="3"),
        ),
    ),
    # Persuasion, even about one's own plan: whoever asked for no advertising is left alone.
    CatalogueType(
        code="retencion",
        name="Retención",
        purpose=Purpose.MARKETING,
        results=(
            _result("retenido", "Retenido", "EC", key="1"),
            _result("se_ofrece_diferir", "Se ofrece diferir", "EN", key="2"),
            _result("cede_el_plan", "Cede el plan", "EC", key="3"),
            _result("perdido", "Perdido", "EC", value=ValueKind.TEXT, key="4"),
        ),
    ),
    CatalogueType(
        code="fidelizacion",
        name="Fidelización",
        purpose=Purpose.MARKETING,
        informing_is_enough=True,
        results=(
            _result("informado", "Informado", "CS"),
            _result("agradece", "Agradece", "EC", key="1"),
            _result("pide_informacion", "Pide información", "EN", key="2"),
            _result("actualiza_datos", "Actualiza datos", "EC", key="3"),
        ),
    ),
    CatalogueType(
        code="encuesta",
        name="Encuesta",
        purpose=Purpose.MARKETING,
        results=(
            _result("puntaje", "Puntaje", "EC", value=ValueKind.INTEGER, within=(1, 5), key="1"),
            _result("comentario", "Comentario", "EC", value=ValueKind.TEXT, key="2"),
        ),
    ),
    CatalogueType(
        code="consultas",
        name="Consultas entrantes",
        purpose=Purpose.ACCOUNT,
        is_standing=True,
        results=(
            _result("resuelta", "Resuelta", "EC", key="1"),
            _result("derivada", "Derivada", "EC", key="2"),
            _result("pasada_a_campana", "Pasada a campaña", "EC", key="3"),
        ),
    ),
)


def install_catalogue(session: Session) -> Installed:
    """Add what is missing; a row that is there keeps what people made of it.

    Safe to call at every start, by several processes at once. A result that a supervisor does
    not want is switched off (`is_active`); a deleted row would come back.
    """
    types = session.execute(
        insert(CampaignType)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(CampaignType.id),
        [
            {
                "code": entry.code,
                "name": entry.name,
                "purpose": entry.purpose,
                "is_standing": entry.is_standing,
                "informing_is_enough": entry.informing_is_enough,
            }
            for entry in TYPES
        ],
    ).all()
    codes = [entry.code for entry in TYPES]
    known = select(CampaignType.code, CampaignType.id).where(CampaignType.code.in_(codes))
    ids = {row.code: row.id for row in session.execute(known)}
    rows = _rows(None, COMMON_RESULTS)
    for entry in TYPES:
        rows += _rows(ids[entry.code], entry.results)
    results = session.execute(
        insert(ResultType)
        .on_conflict_do_nothing(index_elements=["campaign_type_id", "code"])
        .returning(ResultType.id),
        rows,
    ).all()
    return Installed(types=len(types), results=len(results))


def _rows(type_id: int | None, results: Sequence[CatalogueResult]) -> list[dict[str, object]]:
    return [
        {
            "campaign_type_id": type_id,
            "code": result.code,
            "name": result.name,
            "is_effective": result.is_effective,
            "closes_case": result.closes_case,
            "proposes_next_action": result.proposes_next_action,
            "value_kind": result.value_kind,
            "min_value": result.min_value,
            "max_value": result.max_value,
            "is_opt_out": result.is_opt_out,
            "stops_sends": result.stops_sends,
            "by_system": result.by_system,
            "key": result.key,
            "reply_text": result.reply_text,
            "position": position,
        }
        for position, result in enumerate(results, start=1)
    ]
