"""*Enviarme una prueba* on the page of a template: the campaign editor's, without a campaign."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.message import Cause, Message, SendSlice
from models.people import Role, User
from models.states import MessageState, TemplateState
from models.template import Line, Template, TemplateVersion
from tests.campaigns.builders_launch import ANA, Office
from tests.dashboard.conftest import Browser

FRAGMENT = {"HX-Request-Type": "partial", "HX-Request": "true"}
FIELDS = {"1": "customer.first_name", "2": "text.offer"}


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, datetime.now(UTC))


@pytest.fixture
def camila(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Camila Ríos")


def _template(office: Office, state: TemplateState = TemplateState.APPROVED) -> int:
    name = office.template(FIELDS, state=state)
    office.subscription(office.customer("SOSA, MARIANA", ANA))
    office.session.commit()
    return office.session.scalars(select(Template.id).where(Template.name == name)).one()


def _text(body: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_it_goes_through_the_ledger_to_ones_own_phone_and_touches_no_case(
    camila: Browser, office: Office
) -> None:
    template_id = _template(office)
    assert "Enviarme una prueba" in camila.get(f"/templates/{template_id}").text

    answer = camila.post(
        f"/templates/{template_id}/test?version=1",
        data={"phone": "011 15-4444-7777"},
        headers=FRAGMENT,
    )

    assert answer.status_code == 200
    assert "En cola" in answer.text
    message = office.session.scalars(select(Message)).one()
    assert (message.cause, message.author_id) == (Cause.TEST, camila.user_id)
    assert (message.address, message.line_id) == ("+5491144447777", office.line.id)
    assert message.variables == {"1": "Mariana", "2": "x"}  # what she lacks has its sample
    assert (message.case_id, message.campaign_id, message.sequence) == (None, None, None)
    assert office.session.scalars(select(SendSlice)).one().is_reply
    assert office.session.get_one(User, camila.user_id).test_phone == "+5491144447777"
    assert 'value="+54 9 11 4444-7777"' in camila.get(f"/templates/{template_id}").text


def test_without_script_the_page_comes_back_and_says_how_far_it_got(
    camila: Browser, office: Office
) -> None:
    template_id = _template(office)

    answer = camila.post(f"/templates/{template_id}/test?version=1", data={"phone": "1144447777"})

    assert answer.status_code == 303
    assert "En cola" in _text(camila.get(answer.location).text)


def test_its_state_is_followed_until_it_is_settled_by_who_sent_it_alone(
    camila: Browser, office: Office, signed_in: Callable[..., Browser]
) -> None:
    template_id = _template(office)
    path = _sent(camila, template_id)

    same = camila.get(path, headers=FRAGMENT)
    message = office.session.scalars(select(Message)).one()
    message.state, message.error_code = MessageState.FAILED, 63024
    office.session.commit()
    failed = camila.get(path, headers=FRAGMENT)

    assert same.status_code == 204
    assert "Falló" in failed.text
    assert "hx-get" not in failed.text
    assert signed_in(Role.SUPERVISOR).get(path).status_code == 404


def test_one_that_arrived_is_asked_for_some_minutes_only(camila: Browser, office: Office) -> None:
    template_id = _template(office)
    path = _sent(camila, template_id)
    message = office.session.scalars(select(Message)).one()
    message.state, message.state_at = MessageState.DELIVERED, datetime.now(UTC)
    office.session.commit()
    arrived = camila.get(path, headers=FRAGMENT).text
    message.state_at -= timedelta(minutes=6)
    office.session.commit()

    later = camila.get(_polled(arrived), headers=FRAGMENT)

    assert "Entregada" in later.text
    assert "hx-get" not in later.text


def test_how_it_went_is_told_though_the_template_was_paused_meanwhile(
    camila: Browser, office: Office
) -> None:
    template_id = _template(office)
    path = _sent(camila, template_id)
    message = office.session.scalars(select(Message)).one()
    message.state, message.error_code = MessageState.FAILED, 63041
    office.session.execute(update(TemplateVersion).values(state=TemplateState.PAUSED))
    office.session.commit()

    failed = camila.get(path, headers=FRAGMENT).text

    assert "Falló" in failed


def _sent(who: Browser, template_id: int) -> str:
    """Send a test; the address that is asked for its state."""
    return _polled(
        who.post(
            f"/templates/{template_id}/test?version=1",
            data={"phone": "1144447777"},
            headers=FRAGMENT,
        ).text
    )


def _polled(page: str) -> str:
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found is not None
    return unescape(found.group(1))


@pytest.mark.parametrize(
    ("phone", "said"),
    [("", "Escribí tu número de celular."), ("hola", "Ese teléfono no es válido")],
)
def test_what_is_no_phone_is_refused_beside_the_field(
    phone: str, said: str, camila: Browser, office: Office
) -> None:
    template_id = _template(office)
    path = f"/templates/{template_id}/test?version=1"

    part = camila.post(path, data={"phone": phone}, headers=FRAGMENT)
    whole = camila.post(path, data={"phone": phone})

    assert part.status_code == whole.status_code == 422
    assert said in part.text
    assert said in whole.text
    assert office.session.scalars(select(Message)).all() == []


@pytest.mark.parametrize("state", [each for each in TemplateState if each != "approved"])
def test_what_is_not_approved_is_not_sent(
    state: TemplateState, camila: Browser, office: Office
) -> None:
    template_id = _template(office, state)
    assert "Enviarme una prueba" not in camila.get(f"/templates/{template_id}").text

    answer = camila.post(f"/templates/{template_id}/test?version=1", data={"phone": "1144447777"})

    assert answer.status_code == 303
    assert "WhatsApp no tiene aprobada esa versión" in _text(camila.get(answer.location).text)
    assert office.session.scalars(select(Message)).all() == []


def test_of_several_lines_one_is_chosen_and_a_stopped_one_says_so(
    camila: Browser, office: Office
) -> None:
    template_id = _template(office)
    assert "Desde la línea" not in camila.get(f"/templates/{template_id}").text
    other = office.a_line()
    office.session.get_one(Line, office.line.id).hold_reason = "63020"
    office.session.commit()
    path = f"/templates/{template_id}/test?version=1"

    page = camila.get(f"/templates/{template_id}").text
    held = camila.post(path, data={"phone": "1144447777", "line": office.line.id})
    sent = camila.post(path, data={"phone": "1144447777", "line": other.id})
    unasked = camila.post(path, data={"phone": "1144447777", "line": "999"})

    assert "Desde la línea" in page
    assert "La línea está detenida" in _text(held.text)
    assert (sent.status_code, unasked.status_code) == (303, 303)
    lines = office.session.scalars(select(Message.line_id).order_by(Message.id)).all()
    assert lines == [other.id, other.id]


def test_the_shown_version_is_the_one_that_goes(camila: Browser, office: Office) -> None:
    template_id = _template(office)
    office.session.add(
        TemplateVersion(
            template_id=template_id, number=2, body="Chau {{1}}.", fields={"1": FIELDS["1"]},
            samples={"1": "x"}, state=TemplateState.DRAFT,
        )
    )  # fmt: skip
    office.session.commit()

    assert "Enviarme una prueba" not in camila.get(f"/templates/{template_id}").text
    first = camila.get(f"/templates/{template_id}?version=1").text
    assert f"/templates/{template_id}/test?version=1" in unescape(first)
