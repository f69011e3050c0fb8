"""What helps an operator to answer, as the pages show it: with script and without."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.quick_texts import install_quick_texts
from campaigns.scripts import keep_script
from campaigns.sending_hours import USUAL
from dashboard import formats
from models.campaign import CampaignOperator
from models.case import Case, Result
from models.coupon import Coupon, CouponLink
from models.desk_texts import MessageRepeat, QuickText, Script
from models.message import Attribution, Cause, Message
from models.people import Role
from models.states import CouponState, MessageState
from models.template import Line
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser
from tests.doubts import put_in

SOON = (datetime.now(UTC) + timedelta(days=5)).date()
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    """An operator of the campaign."""
    browser = signed_in(Role.OPERATOR, name="Lucía Ferreyra")
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    install_quick_texts(office.session)
    office.fresh()
    return browser


@pytest.fixture
def boss(signed_in: SignIn) -> Browser:
    return signed_in(Role.SUPERVISOR)


@pytest.fixture
def case_id(office: Outbox) -> int:
    """Ana has just answered."""
    return _answered(office)


def _answered(office: Outbox, hours: float = 0) -> int:
    now, office.now = office.now, office.now - timedelta(hours=hours)
    message = office.a_message(ANA)
    office.inbound("¿me pasás el cupón?", sender=ANA)
    office.apply_inbound()
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    office.now = now
    office.fresh()
    return case.id


def _coupon(office: Outbox, case_id: int, state: CouponState = CouponState.ISSUED) -> Coupon:
    case = office.session.get_one(Case, case_id)
    coupon = Coupon(
        subscription_id=case.subscription_id,
        instalment=14,
        amount=Decimal("45300.50"),
        due_date=date(2026, 12, 10),
        state=state,
    )
    office.session.add(coupon)
    office.fresh()
    return coupon


def _replies(office: Outbox) -> list[Message]:
    office.fresh()
    found = office.session.scalars(
        select(Message).where(Message.cause == Cause.REPLY).order_by(Message.id)
    )
    return list(found)


def _typed(page: str) -> str:
    found = re.search(r'<textarea[^>]*id="reply-\d+"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


# quick texts


def test_quick_texts_are_offered_as_the_customer_would_read_them(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    _coupon(office, case_id)

    part = lucia.get(f"/desk/{case_id}/texts", headers=PARTIAL).text
    page = lucia.get(f"/desk/{case_id}/texts").text

    for shown in (part, page):
        assert "La cuota 14 es de $ 45.300,50 y vence el 10/12/2026." in shown
        assert "Falta: Código de pago" in shown
        assert f'data-into="#reply-{case_id}"' in shown
    assert "<html" in page
    assert "<html" not in part


def test_without_script_a_quick_text_is_a_link_to_the_filled_composer(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    text_id = office.session.scalars(select(QuickText.id).where(QuickText.code == "saludo")).one()
    short = office.session.scalars(select(QuickText.id).where(QuickText.code == "cupon")).one()

    page = lucia.get(f"/desk/{case_id}/compose?text={text_id}").text
    lacking = lucia.get(f"/desk/{case_id}/compose?text={short}").text

    assert _typed(page).startswith("Hola Cliente, ¿cómo estás?")
    assert "Falta Número de cuota, Link de cupón" in lacking
    assert lucia.get(f"/desk/{case_id}/compose?text=987654").status_code == 404


def test_braces_are_never_sent_and_the_text_stays(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    answer = lucia.post(
        f"/desk/{case_id}/messages", data={"body": "Vence el {{vencimiento}}."}, headers=PARTIAL
    )

    assert answer.status_code == 422
    assert "No se envió: falta Vencimiento." in answer.text
    assert _typed(answer.text) == "Vence el {{vencimiento}}."
    assert _replies(office) == []


# the coupon


def test_the_coupon_is_named_with_amount_and_date_before_it_is_sent(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    coupon = _coupon(office, case_id)

    page = lucia.get(f"/desk/{case_id}").text
    typed = _typed(lucia.get(f"/desk/{case_id}/compose?text=coupon").text)
    answer = lucia.post(f"/desk/{case_id}/messages", data={"body": typed}, headers=PARTIAL)

    (message,) = _replies(office)
    assert "cuota 14 · $\xa045.300,50 · vence 10/12/2026" in html.unescape(page)
    assert typed == (
        "Te paso el link para pagar la cuota 14 ($\xa045.300,50, vence el 10/12/2026):"
        " {{link_de_cupon}}"
    )
    assert message.body is not None
    assert message.body.endswith("[link de cupón]")
    assert office.session.get_one(CouponLink, message.id).coupon_id == coupon.id
    assert "Registrar «Cupón enviado»" in answer.text


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (None, "esta suscripción no tiene ninguno cargado"),
        (CouponState.PAID, "el último ya está pagado"),
        (CouponState.VOID, "el último está anulado"),
    ],
)
def test_without_a_coupon_to_pay_the_composer_says_why(
    office: Outbox, lucia: Browser, case_id: int, state: CouponState | None, why: str
) -> None:
    if state is not None:
        _coupon(office, case_id, state)

    assert why in lucia.get(f"/desk/{case_id}/compose?text=coupon").text


def test_with_the_window_closed_a_template_with_the_coupon_is_offered(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _answered(office, hours=30)
    _coupon(office, case_id)
    office.version.fields = {"1": "customer.first_name"}
    linked = office.a_version([])
    linked.body = "Tu cupón {{1}}"
    linked.fields = {"1": "coupon.instalment", "2": "coupon_link.token"}
    office.fresh()

    page = lucia.get(f"/desk/{case_id}").text
    offers = lucia.get(f"/desk/{case_id}/templates?coupon=1", headers=PARTIAL).text

    assert "Cupón con plantilla" in page
    assert "Tu cupón 14" in offers
    assert "Hola Cliente." not in offers


# what failed


def _failed(office: Outbox, code: int, state: MessageState = MessageState.FAILED) -> Message:
    (message,) = _replies(office)
    put_in(message, state)
    message.error_code = code
    office.fresh()
    return office.session.get_one(Message, message.id)


def test_a_failed_answer_says_why_and_is_sent_again_once(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    lucia.post(f"/desk/{case_id}/messages", data={"body": "Sí, dale."})
    message = _failed(office, 63009)
    before = lucia.get(f"/desk/{case_id}").text

    for _press in range(2):
        lucia.post(f"/desk/{case_id}/messages/{message.id}/again")

    old, again = _replies(office)
    after = lucia.get(f"/desk/{case_id}").text
    assert "Volver a enviar" in before
    assert "bubble-problem" in before
    assert (old.state, again.state) == (MessageState.FAILED, MessageState.PLANNED)
    assert again.body == old.body == "Sí, dale."
    assert office.session.get_one(MessageRepeat, old.id).repeat_id == again.id
    assert "Volver a enviar" not in after


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(63009, "Volver a enviar"), (63016, "Elegir plantilla"), (63024, None)],
    ids=["may be tried", "only a template", "no WhatsApp there"],
)
def test_what_can_be_done_depends_on_why(
    office: Outbox, lucia: Browser, case_id: int, code: int, remedy: str | None
) -> None:
    lucia.post(f"/desk/{case_id}/messages", data={"body": "Sí, dale."})
    message = _failed(office, code)

    page = lucia.get(f"/desk/{case_id}").text

    found = re.search(rf'id="remedy-{message.id}">(.*?)</div>', page, re.DOTALL)
    assert (remedy in found[1] if found and remedy else found is None) is True


def test_what_nobody_confirmed_cannot_be_sent_again(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    lucia.post(f"/desk/{case_id}/messages", data={"body": "Sí, dale."})
    message = _failed(office, 63009, MessageState.UNCERTAIN)

    answer = lucia.post(f"/desk/{case_id}/messages/{message.id}/again", headers=PARTIAL)

    assert "Volver a enviar" not in lucia.get(f"/desk/{case_id}").text
    assert answer.status_code == 409
    assert "no está probado que se haya perdido" in answer.text
    assert len(_replies(office)) == 1


def test_what_waits_for_a_held_line_says_so(office: Outbox, lucia: Browser, case_id: int) -> None:
    lucia.post(f"/desk/{case_id}/messages", data={"body": "Sí, dale."})
    office.line.hold_reason = "63007"
    office.fresh()

    assert "Espera: la línea está detenida." in lucia.get(f"/desk/{case_id}").text


# a reply with its result


def _promise(office: Outbox, reply: str | None) -> int:
    kind = office.result_type("promesa_de_pago")
    kind.reply_text = reply
    office.fresh()
    return kind.id


def test_answering_typing_and_moving_on_is_one_post(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    kind_id = _promise(office, "Dejo anotado {{importe_acordado}} para el {{fecha_acordada}}.")
    form = lucia.get(f"/desk/{case_id}/result?result={kind_id}", headers=PARTIAL).text
    data = {"result": str(kind_id), "day": formats.day(SOON), "amount": "50000", "seen": "0"}

    answer = lucia.post(
        f"/desk/{case_id}/results", data={**data, "send": "1", "go": "next"}, headers=PARTIAL
    )

    (message,) = _replies(office)
    result = office.session.scalars(select(Result).where(Result.case_id == case_id)).one()
    assert 'name="send" value="1" checked' in form
    assert "«Dejo anotado (el importe) para el (la fecha).»" in form
    assert message.body == f"Dejo anotado $\xa050.000,00 para el {formats.short_day(SOON)}."
    assert result.value_date == SOON
    assert "La respuesta está en cola." in answer.text


def test_whoever_was_called_is_not_written_to_unless_it_is_ticked(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    kind_id = _promise(office, "Dejo anotado.")

    form = lucia.get(
        f"/desk/{case_id}/result?result={kind_id}&channel=phone:us", headers=PARTIAL
    ).text

    assert 'name="send" value="1"><span>Enviar: «Dejo anotado.»' in form


def test_unticked_nothing_is_sent(office: Outbox, lucia: Browser, case_id: int) -> None:
    kind_id = _promise(office, "Dejo anotado.")
    data = {"result": str(kind_id), "day": formats.day(SOON), "amount": "50000", "seen": "0"}

    lucia.post(f"/desk/{case_id}/results", data=data)

    assert _replies(office) == []
    assert office.session.scalars(select(Result.id).where(Result.case_id == case_id)).all() != []


@pytest.mark.parametrize("reply", ["Vence el {{vencimiento}}.", "Hola {{nombre}}."])
def test_neither_is_kept_without_the_other(
    office: Outbox, lucia: Browser, case_id: int, reply: str
) -> None:
    """The answer lacks a value; the result was overtaken by a colleague's."""
    kind_id = _promise(office, reply)
    data = {"result": str(kind_id), "day": formats.day(SOON), "amount": "50000", "send": "1"}

    answer = lucia.post(
        f"/desk/{case_id}/results", data={**data, "seen": "0" if "venc" in reply else "99"},
        headers=PARTIAL,
    )  # fmt: skip

    assert answer.status_code == 409
    assert _replies(office) == []
    assert office.session.scalars(select(Result.id).where(Result.case_id == case_id)).all() == []


def test_with_the_window_closed_the_line_cannot_be_ticked(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office, hours=30)
    kind_id = _promise(office, "Dejo anotado.")

    form = lucia.get(f"/desk/{case_id}/result?result={kind_id}", headers=PARTIAL).text

    assert 'name="send" value="1" disabled' in form
    assert "No se envía: Ventana cerrada" in form


# script


def test_the_script_stands_in_the_case_with_its_values(
    office: Outbox, lucia: Browser, case_id: int
) -> None:
    without = lucia.get(f"/desk/{case_id}").text
    keep_script(office.session, "Hola {{nombre}}, vence el {{vencimiento}}.",
                campaign_id=office.campaign.id)  # fmt: skip
    office.fresh()

    page = lucia.get(f"/desk/{case_id}").text

    assert "Guion" not in without
    assert "Hola Cliente, vence el ……." in page
    assert "{{" not in page


def test_a_supervisor_writes_scripts_and_is_told_of_a_wrong_name(
    office: Outbox, boss: Browser
) -> None:
    type_id = office.campaign.campaign_type_id
    wrong = boss.post(f"/catalogue/types/{type_id}/script", data={"body": "Hola {{apodo}}"})
    boss.post(f"/catalogue/types/{type_id}/script", data={"body": "Hola {{nombre}}"})
    page = boss.get(f"/campaigns/{office.campaign.id}/script").text
    boss.post(f"/campaigns/{office.campaign.id}/script", data={"body": "Buenas"})

    assert wrong.status_code == 422
    assert "No conocemos {{apodo}}" in wrong.text
    assert "Esta campaña usa el guion de su tipo" in page
    assert sorted(office.session.scalars(select(Script.body))) == ["Buenas", "Hola {{nombre}}"]


# the catalogue of texts, the line


def test_quick_texts_are_made_changed_ordered_and_switched_off(
    office: Outbox, lucia: Browser, boss: Browser, case_id: int
) -> None:
    new = {"name": "Feriado", "body": "Hoy es feriado, {{nombre}}.", "type_id": ""}
    wrong = boss.post("/catalogue/quick-texts/new", data={**new, "body": "Hola {{apodo}}"})
    boss.post("/catalogue/quick-texts/new", data=new)
    text_id = office.session.scalars(select(QuickText.id).where(QuickText.name == "Feriado")).one()
    offered = "Hoy es feriado, Cliente." in lucia.get(f"/desk/{case_id}/texts").text
    boss.post(f"/catalogue/quick-texts/{text_id}", data={**new, "name": "Día feriado"})
    boss.post(f"/catalogue/quick-texts/{text_id}/move", data={"way": "up"})
    boss.post(f"/catalogue/quick-texts/{text_id}/active", data={"active": "0"})

    page = boss.get("/catalogue/quick-texts").text
    assert wrong.status_code == 422
    assert "No conocemos {{apodo}}" in wrong.text
    assert offered
    assert page.index("Día feriado") < page.index("Pedir grupo y orden")
    assert "Hoy es feriado" not in lucia.get(f"/desk/{case_id}/texts").text


def test_an_administrator_says_what_a_line_answers_at_night(
    office: Outbox, signed_in: SignIn
) -> None:
    marta = signed_in(Role.ADMINISTRATOR)
    office.line.sending_window, office.line.sends_on_holidays = USUAL.as_json(), False
    office.fresh()
    home, data = f"/settings/lines/{office.line.id}", {"name": "Línea 1", "rate": "80"}

    page = marta.get(home).text
    wrong = marta.post(home, data={**data, "answers_at_night": "y", "night_text": "Hola {{dia}}"})
    marta.post(home, data={**data, "answers_at_night": "y", "night_text": "Volvemos {{abrimos}}."})

    office.fresh()
    line = office.session.get_one(Line, office.line.id)
    assert "lunes a viernes de 9:00 a 20:00, sábado de 9:00 a 13:00" in page
    assert wrong.status_code == 422
    assert (line.answers_at_night, line.night_text) == (True, "Volvemos {{abrimos}}.")


def test_who_asked_for_a_person_wears_a_chip(office: Outbox, lucia: Browser, case_id: int) -> None:
    before = "pide una persona" in lucia.get("/desk?view=all").text
    office.session.get_one(Case, case_id).person_asked_at = office.now
    office.fresh()

    assert (before, "pide una persona" in lucia.get("/desk?view=all").text) == (False, True)


def test_a_doubtful_reply_has_a_number_for_every_case_it_may_be_about(
    office: Outbox, lucia: Browser
) -> None:
    for _ in range(2):
        message = office.a_message(ANA)
        case = office.session.get_one(Case, message.case_id)
        case.contact_point_id = message.contact_point_id
    office.inbound("¿cuánto debo?", sender=ANA)
    office.apply_inbound()
    tie = office.session.scalars(select(Attribution)).one()

    page = lucia.get(f"/desk/{tie.case_id}").text

    asks = page.index("¿Por cuál suscripción?")
    assert 'data-key="m"' in page
    assert f'id="tie-{tie.message_id}" tabindex="-1" data-scope' in page
    assert [page.count(f'data-number="{n}"') for n in (1, 2, 3)] == [1, 1, 0]
    assert asks < page.index('data-number="1"')
