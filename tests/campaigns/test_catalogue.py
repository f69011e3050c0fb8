"""What is shipped: the table below is the product's promise, written out once more on purpose."""

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from campaigns.catalogue import COMMON_RESULTS, TYPES, CatalogueResult, install_catalogue
from models.campaign import CampaignType, ResultType, ValueKind
from models.people import Purpose

# E effective, C closes, N proposes a next action, $ date and amount, X opt-out, S by the system
COMMON = """
no_responde         N   No responde
sin_whatsapp        C   Sin WhatsApp
numero_equivocado   C   Número equivocado
atendio_un_tercero  N   Atendió un tercero
pide_que_lo_llamen  EN  Pide que lo llamen
pide_una_persona    EN  Pide hablar con una persona
reclamo             EN  Reclamo
tramite_solicitado  EN  Trámite solicitado
no_desea_mensajes   ECX No desea mensajes
sin_respuesta       CS  Sin respuesta
no_entregado        CS  No entregado
"""
PROMISED = {
    "mora": """
promesa_de_pago      EN$ Promesa de pago
pago                 ECS Pagó
ya_pago              EN  Ya pagó (a verificar)
envio_comprobante    EN  Envió comprobante
cupon_enviado        EN  Cupón enviado
no_puede_pagar       EN  No puede pagar
pide_diferimiento    EN  Pide diferimiento
desconoce_el_importe EN  Desconoce el importe
quiere_renunciar     EN  Quiere renunciar
se_niega             EC  Se niega
""",
    "recordatorio": """
abrio_cupon          ES  Abrió el cupón
pago                 ECS Pagó
ya_pago              EN  Ya pagó (a verificar)
promesa_de_pago      EN$ Promesa de pago
pide_otro_medio      EN  Pide otro medio de pago
no_recibio_cupon     EN  No recibió el cupón
avisado              C   Avisado
""",
    "adjudicacion": """
acepta               EC  Acepta
rechaza              EC  Rechaza
falta_documentacion  EN  Falta documentación
cambio_de_modelo     EN  Cambio de modelo
paga_derecho         EN$ Paga derecho o alícuota
""",
    "licitacion": """
oferta               EC$ Oferta
sin_interes          EC  Sin interés
pide_informacion     EN  Pide información
""",
    "retencion": """
retenido             EC  Retenido
se_ofrece_diferir    EN  Se ofrece diferir
cede_el_plan         EC  Cede el plan
perdido              EC  Perdido
""",
    "fidelizacion": """
informado            CS  Informado
agradece             EC  Agradece
pide_informacion     EN  Pide información
actualiza_datos      EC  Actualiza datos
""",
    "encuesta": """
puntaje              EC  Puntaje
comentario           EC  Comentario
""",
    "consultas": """
resuelta             EC  Resuelta
derivada             EC  Derivada
pasada_a_campana     EC  Pasada a campaña
""",
}
NAMES = {
    "mora": "Mora",
    "recordatorio": "Recordatorio de vencimiento",
    "adjudicacion": "Adjudicación",
    "licitacion": "Licitación",
    "retencion": "Retención",
    "fidelizacion": "Fidelización",
    "encuesta": "Encuesta",
    "consultas": "Consultas entrantes",
}
VALUES = {
    "tramite_solicitado": ValueKind.DATE_TEXT,
    "perdido": ValueKind.TEXT,
    "comentario": ValueKind.TEXT,
    "puntaje": ValueKind.INTEGER,
}
STOPS_SENDS = {
    "sin_whatsapp",
    "numero_equivocado",
    "no_desea_mensajes",
    "pago",
    "ya_pago",
    "envio_comprobante",
    "se_niega",
}


def _flags(result: CatalogueResult | ResultType) -> str:
    marks = {
        "E": result.is_effective,
        "C": result.closes_case,
        "N": result.proposes_next_action,
        "$": result.value_kind is ValueKind.DATE_AMOUNT,
        "X": result.is_opt_out,
        "S": result.by_system,
    }
    return "".join(mark for mark, has in marks.items() if has)


def _table(lines: str) -> list[tuple[str, str, str]]:
    rows = []
    for line in lines.strip().splitlines():
        code, flags, name = line.split(maxsplit=2)
        rows.append((code, flags, name))
    return rows


def test_every_type_has_the_results_it_was_promised_with() -> None:
    assert [(r.code, _flags(r), r.name) for r in COMMON_RESULTS] == _table(COMMON)
    assert {entry.code: entry.name for entry in TYPES} == NAMES
    for entry in TYPES:
        shipped = [(r.code, _flags(r), r.name) for r in entry.results]
        assert shipped == _table(PROMISED[entry.code]), entry.code


def test_results_ask_for_the_value_their_name_speaks_of() -> None:
    every = [*COMMON_RESULTS, *(result for entry in TYPES for result in entry.results)]

    asked = {r.code: r.value_kind for r in every if r.value_kind is not ValueKind.NONE}

    money = {code for code, kind in asked.items() if kind is ValueKind.DATE_AMOUNT}
    assert money == {"promesa_de_pago", "paga_derecho", "oferta"}
    assert {code: kind for code, kind in asked.items() if code not in money} == VALUES
    puntaje = next(r for r in every if r.code == "puntaje")
    assert (puntaje.min_value, puntaje.max_value) == (1, 5)


def test_who_paid_is_wrong_or_wants_nothing_gets_nothing_more() -> None:
    every = [*COMMON_RESULTS, *(result for entry in TYPES for result in entry.results)]

    assert {result.code for result in every if result.stops_sends} == STOPS_SENDS


def test_advertising_is_what_an_opt_out_from_advertising_silences() -> None:
    marketing = {entry.code for entry in TYPES if entry.purpose is Purpose.MARKETING}

    assert marketing == {"retencion", "fidelizacion", "encuesta"}
    assert [entry.code for entry in TYPES if entry.is_standing] == ["consultas"]
    assert [entry.code for entry in TYPES if entry.informing_is_enough] == ["fidelizacion"]


def test_no_key_means_two_results_on_one_desk() -> None:
    for entry in TYPES:
        results = [*COMMON_RESULTS, *entry.results]
        keys = [result.key for result in results if result.key]

        assert len(keys) == len(set(keys)), entry.code
        assert not set(keys) & set("gjkrntuaepx?/"), "the desk's own keys"
        assert {result.code for result in results if result.key is None} == {
            result.code for result in results if result.by_system
        }


def test_installing_twice_adds_nothing(session: Session) -> None:
    first = install_catalogue(session)
    second = install_catalogue(session)

    assert (first.types, first.results) == (8, 49)
    assert (second.types, second.results) == (0, 0)
    assert session.scalar(select(func.count()).select_from(CampaignType)) == 8
    assert session.scalar(select(func.count()).select_from(ResultType)) == 49


def test_what_is_stored_is_what_is_shipped(session: Session) -> None:
    install_catalogue(session)

    for code, lines in PROMISED.items():
        stored = session.scalars(
            select(ResultType)
            .join(CampaignType, ResultType.campaign_type_id == CampaignType.id)
            .where(CampaignType.code == code)
            .order_by(ResultType.position)
        )
        assert [(r.code, _flags(r), r.name) for r in stored] == _table(lines)
    common = session.scalars(
        select(ResultType)
        .where(ResultType.campaign_type_id.is_(None))
        .order_by(ResultType.position)
    )
    assert [(r.code, _flags(r), r.name) for r in common] == _table(COMMON)


def test_what_a_supervisor_changed_stays_changed(session: Session) -> None:
    install_catalogue(session)
    session.execute(
        update(ResultType)
        .where(ResultType.code == "se_niega")
        .values(name="No quiere pagar", key="z", is_active=False)
    )
    session.execute(update(CampaignType).where(CampaignType.code == "mora").values(name="Cobranza"))

    install_catalogue(session)

    refuses = session.scalars(select(ResultType).where(ResultType.code == "se_niega")).one()
    assert (refuses.name, refuses.key, refuses.is_active) == ("No quiere pagar", "z", False)
    assert session.scalar(select(CampaignType.name).where(CampaignType.code == "mora")) == (
        "Cobranza"
    )


def test_a_result_that_went_missing_comes_back_alone(session: Session) -> None:
    install_catalogue(session)
    session.delete(session.scalars(select(ResultType).where(ResultType.code == "oferta")).one())
    session.flush()

    assert install_catalogue(session).results == 1
