"""Texts that operators paste: as supervisors keep them, and as a case's operator finds them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.catalogue_rules import clean_name, new_code
from campaigns.composing import fill_for_composer
from campaigns.desk_texts import check_body
from campaigns.errors import NotFound
from models.campaign import Campaign, CampaignType
from models.case import Case
from models.desk_texts import QuickText

MAX_BODY = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickTextLine:
    id: int
    name: str
    body: str
    type_id: int | None
    type_name: str | None  # None: for all
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickTextOffer:
    """One as this case's customer would read it; what is ``missing`` keeps it from being used."""

    id: int
    name: str
    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickTextSpec:
    name: str
    body: str
    type_id: int | None = None


def list_quick_texts(session: Session) -> list[QuickTextLine]:
    """In their order; those that are switched off too."""
    rows = session.execute(
        select(QuickText, CampaignType.name)
        .outerjoin(CampaignType, CampaignType.id == QuickText.campaign_type_id)
        .order_by(QuickText.position, QuickText.id)
    )
    return [
        QuickTextLine(
            id=one.id,
            name=one.name,
            body=one.body,
            type_id=one.campaign_type_id,
            type_name=type_name,
            is_active=one.is_active,
        )
        for one, type_name in rows
    ]


def get_quick_text(session: Session, text_id: int) -> QuickTextLine:
    """Raises NotFound."""
    for line in list_quick_texts(session):
        if line.id == text_id:
            return line
    raise NotFound("quick text", text_id)


def offered_in(session: Session, case: Case) -> tuple[QuickTextOffer, ...]:
    """Those of its campaign's type first, then those for all, each filled for this case."""
    of_type = select(Campaign.campaign_type_id).where(Campaign.id == case.campaign_id)
    texts = session.scalars(
        select(QuickText)
        .where(
            QuickText.is_active,
            or_(
                QuickText.campaign_type_id.is_(None),
                QuickText.campaign_type_id == of_type.scalar_subquery(),
            ),
        )
        .order_by(QuickText.campaign_type_id.is_(None), QuickText.position, QuickText.id)
    ).all()
    filled = fill_for_composer(session, case, {each.id: each.body for each in texts})
    return tuple(
        QuickTextOffer(
            id=each.id,
            name=each.name,
            text=filled[each.id].text,
            missing=filled[each.id].missing,
        )
        for each in texts
    )


def add_quick_text(session: Session, spec: QuickTextSpec, *, by_id: int | None = None) -> int:
    """At the end of the list; its id.

    Raises:
        CatalogueRefused: its name or its text.
        NotFound: no such campaign type.
    """
    name, body = _checked(session, spec)
    taken = {each.code: each.position for each in session.scalars(select(QuickText))}
    one = QuickText(
        code=new_code(name, taken),
        name=name,
        body=body,
        campaign_type_id=spec.type_id,
        position=max(taken.values(), default=0) + 1,
    )
    session.add(one)
    session.flush()
    note(session, "quick_text.create", one, by_id=by_id, name=name)
    session.flush()
    return one.id


def edit_quick_text(
    session: Session, text_id: int, spec: QuickTextSpec, *, by_id: int | None = None
) -> None:
    """Raises what `add_quick_text` does, and NotFound."""
    one = _locked(session, text_id)
    name, body = _checked(session, spec)
    was = {"name": one.name, "body": one.body}
    one.name, one.body, one.campaign_type_id = name, body, spec.type_id
    note(session, "quick_text.edit", one, by_id=by_id, name=name, was=was)
    session.flush()


def switch_quick_text(
    session: Session, text_id: int, *, active: bool, by_id: int | None = None
) -> None:
    """Offer it at the desk, or no more. Raises NotFound."""
    one = _locked(session, text_id)
    if one.is_active != active:
        one.is_active = active
        act = "quick_text.activate" if active else "quick_text.deactivate"
        note(session, act, one, by_id=by_id, name=one.name)
    session.flush()


def move_quick_text(session: Session, text_id: int, *, up: bool, by_id: int | None = None) -> bool:
    """One place up or down; False at the end of the list. Raises NotFound."""
    one = _locked(session, text_id)
    all_of_them = list(
        session.scalars(
            select(QuickText).order_by(QuickText.position, QuickText.id).with_for_update()
        )
    )
    now = all_of_them.index(one)
    then = now - 1 if up else now + 1
    if not 0 <= then < len(all_of_them):
        return False
    all_of_them[now], all_of_them[then] = all_of_them[then], all_of_them[now]
    for position, each in enumerate(all_of_them, start=1):
        each.position = position
    note(session, "quick_text.move", one, by_id=by_id, position=then + 1)
    session.flush()
    return True


def install_quick_texts(session: Session) -> int:
    """Add the shipped ones that are missing; how many. What people changed stays changed."""
    types = {
        kind.code: kind.id
        for kind in session.scalars(
            select(CampaignType).where(CampaignType.code.in_({code for _, code, *_ in SHIPPED}))
        )
    }
    rows = [
        {
            "code": code,
            "campaign_type_id": types.get(type_code) if type_code else None,
            "name": name,
            "body": body,
            "position": position,
        }
        for position, (code, type_code, name, body) in enumerate(SHIPPED, start=1)
        if not type_code or type_code in types
    ]
    added = session.execute(
        insert(QuickText)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(QuickText.id)
    )
    return len(added.all())


def _checked(session: Session, spec: QuickTextSpec) -> tuple[str, str]:
    if spec.type_id is not None and session.get(CampaignType, spec.type_id) is None:
        raise NotFound("campaign type", spec.type_id)
    return clean_name(spec.name), check_body(spec.body, longest=MAX_BODY)


def _locked(session: Session, text_id: int) -> QuickText:
    one = session.get(QuickText, text_id, with_for_update=True)
    if one is None:
        raise NotFound("quick text", text_id)
    return one


# Code, campaign type or "" for all, name, text. Written as a person at the desk writes.
SHIPPED: Sequence[tuple[str, str, str, str]] = (
    ("saludo", "", "Saludo", "Hola {{nombre}}, ¿cómo estás? Gracias por escribirnos. "
     "Decime en qué te puedo ayudar."),
    ("ya_lo_veo", "", "Lo estoy viendo", "Dame unos minutos que lo reviso y te respondo por acá."),
    ("cupon", "", "Link del cupón", "Te paso el link para ver y pagar la cuota {{cuota}} de tu "
     "plan: {{link_de_cupon}}"),
    ("importe_y_vencimiento", "", "Importe y vencimiento", "La cuota {{cuota}} es de "
     "$ {{importe}} y vence el {{vencimiento}}."),
    ("codigo_de_pago", "", "Código de pago", "También podés pagarla en efectivo con este código: "
     "{{codigo_de_pago}}"),
    ("pedir_comprobante", "", "Pedir el comprobante", "Si ya lo pagaste, mandame por acá una foto "
     "del comprobante y lo dejo asentado."),
    ("comprobante_recibido", "", "Comprobante recibido", "Recibí el comprobante, gracias. Lo "
     "verificamos y te aviso si hace falta algo más."),
    ("demora_del_pago", "", "Cuándo se acredita", "El pago puede tardar hasta 72 horas hábiles en "
     "acreditarse. Si ya pagaste, no hace falta que hagas nada más."),
    ("cuando_llamar", "", "Cuándo te llamamos", "¿Qué día y a qué hora te queda bien que te "
     "llamemos?"),
    ("datos_del_plan", "", "Datos del plan", "Tu plan es {{plan}}, grupo {{grupo}}, orden "
     "{{orden}}. ¿Es sobre ese plan tu consulta?"),
    ("despedida", "", "Despedida", "Gracias, {{nombre}}. Cualquier cosa, escribinos por acá. "
     "Que tengas un buen día."),
    ("cuotas_en_mora", "mora", "Cuotas en mora", "Hola {{nombre}}, te escribimos por el plan "
     "{{plan}}: hoy figuran {{cuotas_en_mora}} cuotas vencidas. ¿Querés que veamos juntos cómo "
     "ponerte al día?"),
    ("fecha_de_pago", "mora", "Pedir fecha de pago", "¿Qué día podrías pagarla? Así lo dejo "
     "anotado y no te seguimos escribiendo."),
    ("pedir_numero", "consultas", "Pedir grupo y orden", "Para buscar tu plan, ¿me pasás el grupo "
     "y orden, o tu DNI?"),
)  # fmt: skip
