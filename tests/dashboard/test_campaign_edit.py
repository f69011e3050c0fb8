"""Nueva campaña: five steps, whom it reaches, a test to oneself, the launch by its number."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models.audit import AuditEvent
from models.campaign import (
    Campaign,
    CampaignOperator,
    CampaignStep,
    CampaignType,
    UncertainPolicy,
)
from models.message import Cause, Message, SendSlice
from models.people import ContactPoint, Role, User
from models.states import CampaignState, MessageState, TemplateState
from models.template import TemplateVersion
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import ANA, GREETING, Office
from tests.dashboard.conftest import Browser

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
WITH_TEXT = {"1": "customer.first_name", "2": "campaign.text_1"}
SignIn = Callable[..., Browser]


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, datetime.now(UTC))


@pytest.fixture
def sol(signed_in: SignIn) -> Browser:
    """A supervisor."""
    return signed_in(Role.SUPERVISOR, name="Sol Ríos")


def _type_id(office: Office, code: str = "mora") -> int:
    return office.session.scalars(select(CampaignType.id).where(CampaignType.code == code)).one()


def _begun(sol: Browser, office: Office, name: str = "Cuota noviembre") -> int:
    """A draft, made through the first step."""
    answer = sol.post(
        "/campaigns/new", data={"name": name, "type_id": _type_id(office), "priority": 2}
    )
    assert answer.status_code == 303
    return int(answer.location.split("/")[2])


def _ready(sol: Browser, office: Office, fields: dict[str, str] | None = None) -> int:
    """A draft that only waits for its launch; with an operator and a filter."""
    campaign_id = _begun(sol, office)
    sol.post(f"/campaigns/{campaign_id}/edit/audience", data=_filter(overdue_max="20"))
    _choose(sol, office, campaign_id, office.template(fields or GREETING))
    data = {"line_id": office.line.id, "when": "now", "operators": sol.user_id}
    assert sol.post(f"/campaigns/{campaign_id}/edit/team", data=data).status_code == 303
    return campaign_id


def _choose(
    sol: Browser, office: Office, campaign_id: int, template: str, **more: Any
) -> TestResponse:
    version_id = _version_id(office, template)
    data = {"version": version_id, "shown": version_id, "shared_phone": "each", **more}
    return sol.post(f"/campaigns/{campaign_id}/edit/template", data=data)


def _version_id(office: Office, template: str) -> int:
    from models.template import Template

    office.session.commit()
    return office.session.scalars(
        select(TemplateVersion.id)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(Template.name == template)
    ).one()


def _filter(**given: Any) -> dict[str, Any]:
    return {"states": ["active", "awarded", "delivered"], **given}


def _draft(office: Office, campaign_id: int) -> Campaign:
    return office.session.get_one(Campaign, campaign_id, populate_existing=True)


def _said(answer: TestResponse) -> str:
    """The words of a page, without markup."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


# --- the way through


def test_a_campaign_is_made_in_five_steps_and_launched(sol: Browser, office: Office) -> None:
    office.crowd(3)
    office.subscription(office.customer("Sin celular", None))
    office.session.commit()

    campaign_id = _ready(sol, office)
    review = sol.get(f"/campaigns/{campaign_id}/edit/review?count=1")

    assert review.status_code == 200
    assert "Lanzar 3 mensajes" in _said(review)
    assert "Sin celular válido − 1" in _said(review)
    launched = sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 3})
    assert (launched.status_code, launched.location) == (303, f"/campaigns/{campaign_id}")
    campaign = _draft(office, campaign_id)
    assert (campaign.state, campaign.launched_by_id) == (CampaignState.RUNNING, sol.user_id)


def test_the_first_step_writes_a_draft_and_leads_to_the_second(
    sol: Browser, office: Office
) -> None:
    answer = sol.post(
        "/campaigns/new",
        data={"name": "  Cuota   noviembre ", "type_id": _type_id(office), "priority": 1},
    )

    campaign = office.session.scalars(select(Campaign)).one()
    assert answer.location == f"/campaigns/{campaign.id}/edit/audience"
    assert (campaign.name, campaign.priority) == ("Cuota noviembre", 1)
    assert campaign.created_by_id == sol.user_id


def test_steps_are_left_and_taken_up_again_in_any_order(sol: Browser, office: Office) -> None:
    campaign_id = _begun(sol, office)
    path = f"/campaigns/{campaign_id}/edit"
    data = {"line_id": office.line.id, "when": "now"}

    to_type = sol.post(f"{path}/team", data={**data, "go": "type"})
    leave = sol.post(
        f"{path}/audience", data=_filter(overdue_min="2", due_to="27/11/2031", go="leave")
    )

    assert to_type.location == f"{path}/type"
    assert leave.location == "/campaigns?state=draft"
    page = sol.get(f"{path}/audience").text
    assert re.search(r'name="overdue_min"[^>]*value="2"', page)
    assert "27/11/2031" in page
    assert 'value="Cuota noviembre"' in sol.get(f"{path}/type").text


@pytest.mark.parametrize("step", ["type", "audience", "template", "team", "review"])
def test_every_step_opens_on_a_fresh_draft(step: str, sol: Browser, office: Office) -> None:
    campaign_id = _begun(sol, office)

    page = sol.get(f"/campaigns/{campaign_id}/edit/{step}")

    assert page.status_code == 200
    assert "Cuota noviembre" in page.text
    assert 'aria-current="step"' in page.text
    assert "style=" not in page.text


def test_without_a_line_the_first_step_says_what_is_missing(sol: Browser, session: Session) -> None:
    page = sol.get("/campaigns/new")

    assert page.status_code == 200
    assert "Todavía no hay una línea de WhatsApp" in page.text


# --- wrong input: the form again, the message beside its field, what was typed kept


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": ""}, "Escribí un nombre"),
        ({"name": "   "}, "Escribí un nombre"),
        ({"name": "x" * 121}, "El nombre es demasiado largo"),
        ({"type_id": ""}, "Elegí una de las opciones."),
        ({"type_id": "99999"}, "Elegí una de las opciones."),
        ({"type_id": "uno"}, "Elegí una de las opciones."),
        ({"priority": "7"}, "Elegí una de las opciones."),
    ],
)
def test_the_first_step_refuses_what_it_cannot_use(
    given: dict[str, str], message: str, sol: Browser, office: Office
) -> None:
    data: dict[str, Any] = {"name": "Cuota", "type_id": _type_id(office), "priority": 2}

    answer = sol.post("/campaigns/new", data={**data, **given})

    assert answer.status_code == 422
    assert message in answer.text
    assert office.session.scalars(select(Campaign)).all() == []
    if "name" not in given:
        assert 'value="Cuota"' in answer.text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"overdue_min": "dos"}, "Escribí un número entero"),
        ({"overdue_min": "-1"}, "Escribí un número entero"),
        ({"overdue_min": "99999"}, "Tiene que ser de 0 a 10.000."),
        ({"overdue_min": "5", "overdue_max": "2"}, "«Desde» tiene que ser menor que «hasta»."),
        ({"due_from": "32/13"}, "Esa fecha no existe: 32/13."),
        ({"due_from": "2/12/2026", "due_to": "1/12/2026"}, "«Desde» tiene que ser menor"),
        ({"states": []}, "Elegí al menos un estado."),
        ({"plans": ["Ninguno"]}, "Una de las opciones ya no existe"),
        ({"not_contacted_for_days": "siete"}, "Escribí un número entero"),
    ],
)
def test_the_second_step_refuses_what_it_cannot_use(
    given: dict[str, Any], message: str, sol: Browser, office: Office
) -> None:
    campaign_id = _begun(sol, office)

    answer = sol.post(
        f"/campaigns/{campaign_id}/edit/audience", data={**_filter(paid_max="31"), **given}
    )

    assert answer.status_code == 422
    assert message in answer.text
    assert 'value="31"' in answer.text
    assert _draft(office, campaign_id).audience == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"version": ""}, "Elegí una plantilla"),
        ({"version": "99999"}, "Elegí una plantilla"),
        ({"version": "none'--"}, "Elegí una plantilla"),
        ({"version": "none", "shared_phone": "all"}, "Elegí una de las opciones."),
    ],
)
def test_the_third_step_refuses_what_it_cannot_use(
    given: dict[str, str], message: str, sol: Browser, office: Office
) -> None:
    campaign_id = _begun(sol, office)

    answer = sol.post(
        f"/campaigns/{campaign_id}/edit/template", data={"shared_phone": "each", **given}
    )

    assert answer.status_code == 422
    assert message in answer.text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"line_id": "99999"}, "Elegí una línea."),
        ({"line_id": "x"}, "Elegí una línea."),
        ({"operators": ["99999"]}, "Una de las opciones ya no existe"),
        ({"when": "nunca"}, "Elegí una de las opciones."),
        ({"when": "later"}, "Escribí cuándo empieza"),
        ({"when": "later", "starts_at": "ayer 10"}, "Esa hora ya pasó."),
        ({"when": "later", "starts_at": "cuando puedas"}, "No se entiende el momento"),
        ({"ends_on": "1/1/2020"}, "Esa fecha ya pasó"),
        ({"when_uncertain": "quizás"}, "Elegí una de las opciones."),
        (
            {"when": "later", "starts_at": "27/11/2031 10:00", "ends_on": "26/11/2031"},
            "terminaría antes de empezar",
        ),
    ],
)
def test_the_fourth_step_refuses_what_it_cannot_use(
    given: dict[str, Any], message: str, sol: Browser, office: Office
) -> None:
    campaign_id = _begun(sol, office)
    data = {"line_id": office.line.id, "when": "now"}

    answer = sol.post(f"/campaigns/{campaign_id}/edit/team", data={**data, **given})

    assert answer.status_code == 422
    assert message in answer.text
    if message.startswith("No se entiende"):
        assert given["starts_at"] in answer.text


def test_a_campaign_that_never_repeats_is_chosen_seen_and_kept(
    sol: Browser, office: Office
) -> None:
    office.crowd(1)
    campaign_id = _ready(sol, office)
    path = f"/campaigns/{campaign_id}/edit"
    assert _draft(office, campaign_id).when_uncertain is UncertainPolicy.SETTLE
    assert "Comprobar, y repetir lo que no salió" in _said(sol.get(f"{path}/review?count=1"))

    data = {"line_id": office.line.id, "when": "now", "when_uncertain": "never_repeat"}
    assert sol.post(f"{path}/team", data=data).status_code == 303

    assert _draft(office, campaign_id).when_uncertain is UncertainPolicy.NEVER_REPEAT
    assert re.search(r'value="never_repeat" checked', sol.get(f"{path}/team").text)
    assert "No repetir nunca sin preguntar" in _said(sol.get(f"{path}/review?count=1"))
    sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1})
    assert "No repetir nunca sin preguntar" in _said(sol.get(f"/campaigns/{campaign_id}/setup"))


def test_a_campaign_of_calls_is_not_asked_about_doubtful_messages(
    sol: Browser, office: Office
) -> None:
    campaign_id = _begun(sol, office)
    path = f"/campaigns/{campaign_id}/edit"
    sol.post(f"{path}/template", data={"version": "none", "shared_phone": "each"})

    assert "Cuando no se sabe si un mensaje salió" not in _said(sol.get(f"{path}/team"))
    assert "Envíos dudosos" not in _said(sol.get(f"{path}/review?count=1"))


# --- audience


def test_the_reach_is_counted_from_what_is_typed_and_nothing_is_saved(
    sol: Browser, office: Office
) -> None:
    for overdue in (0, 2, 5):
        office.subscription(office.customer(phone=f"+5491160000{overdue:03}"), overdue=overdue)
    office.subscription(office.customer("Sin celular", None), overdue=3)
    office.session.commit()
    campaign_id = _begun(sol, office)

    answer = sol.post(
        f"/campaigns/{campaign_id}/edit/audience/reach",
        data=_filter(overdue_min="1"),
        headers=FRAGMENT,
    )

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<section class="panel reach" id="reach"')
    said = _said(answer)
    assert "Cumplen los filtros 3" in said
    assert "Sin celular válido − 1" in said
    assert "Van a recibirlo 2" in said
    assert "Salen en menos de un minuto" in said
    assert _draft(office, campaign_id).audience == {}


def test_a_filter_being_typed_wrong_says_so_in_the_reach(sol: Browser, office: Office) -> None:
    campaign_id = _begun(sol, office)

    answer = sol.post(
        f"/campaigns/{campaign_id}/edit/audience/reach",
        data=_filter(overdue_min="5", overdue_max="2"),
        headers=FRAGMENT,
    )

    assert answer.status_code == 200
    assert "«Desde» tiene que ser menor que «hasta»." in _said(answer)


def test_every_number_of_the_reach_opens_its_list(sol: Browser, office: Office) -> None:
    office.crowd(2)
    office.subscription(office.customer("SIN CELULAR, CAZ", None), overdue=4)
    office.subscription(office.customer("Al día sin celular", None), overdue=0)
    office.session.commit()
    campaign_id = _begun(sol, office)
    counted = sol.post(
        f"/campaigns/{campaign_id}/edit/audience/reach",
        data=_filter(overdue_min="1"),
        headers=FRAGMENT,
    )

    links = [html.unescape(link) for link in re.findall(r'href="([^"]*people[^"]*)"', counted.text)]
    left = next(link for link in links if "reason=no_valid_phone" in link)
    page, fragment = sol.get(left), sol.get(left, headers=FRAGMENT)

    assert "SIN CELULAR, CAZ" in page.text
    assert "Al día sin celular" not in page.text
    assert fragment.text.lstrip().startswith('<div id="people-list"')
    everybody = sol.get(f"/campaigns/{campaign_id}/edit/people")
    assert "Cliente 0" in everybody.text
    assert "Cliente 1" in everybody.text
    assert "SIN CELULAR" not in everybody.text
    assert sol.get(f"/campaigns/{campaign_id}/edit/people?reason=luna").status_code == 404


def test_a_long_list_of_who_is_left_out_goes_on(sol: Browser, office: Office) -> None:
    for number in range(53):
        office.subscription(office.customer(f"Cliente {number:02}", None))
    office.session.commit()
    campaign_id = _begun(sol, office)

    first = sol.get(f"/campaigns/{campaign_id}/edit/people?reason=no_valid_phone")
    following = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first.text)[0])
    rest = sol.get(following)

    assert len(re.findall(r"Cliente \d\d</a>", first.text)) == 50
    assert re.findall(r"Cliente \d\d(?=</a>)", rest.text) == [
        "Cliente 50", "Cliente 51", "Cliente 52",
    ]  # fmt: skip


def test_columns_of_the_files_are_filters_too(sol: Browser, office: Office) -> None:
    office.subscription(custom={"Provincia": "Córdoba"})
    office.subscription(custom={"Provincia": "Salta"})
    office.session.commit()
    campaign_id = _begun(sol, office)
    page = sol.get(f"/campaigns/{campaign_id}/edit/audience").text
    name = re.findall(r'name="(custom_\w+)"', page)[0]

    sol.post(f"/campaigns/{campaign_id}/edit/audience", data=_filter(**{name: "Salta"}))

    assert _draft(office, campaign_id).audience == {"custom": {"Provincia": "Salta"}}
    again = sol.get(f"/campaigns/{campaign_id}/edit/audience").text
    assert '<option selected value="Salta">' in again


def test_a_choice_that_is_gone_since_stays_chosen_until_it_is_taken_off(
    sol: Browser, office: Office
) -> None:
    campaign_id = _begun(sol, office)
    _draft(office, campaign_id).audience = {"plans": ["Plan viejo"]}
    office.session.commit()

    page = sol.get(f"/campaigns/{campaign_id}/edit/audience")

    assert re.search(r'<input[^>]*checked[^>]*value="Plan viejo"', page.text)


# --- template


def test_only_approved_templates_can_be_chosen_and_the_others_say_why(
    sol: Browser, office: Office
) -> None:
    good = office.template()
    bad = office.template(state=TemplateState.REJECTED)
    version = office.session.get_one(TemplateVersion, _version_id(office, bad))
    version.rejection_reason = "Promete un premio."
    office.session.commit()
    campaign_id = _begun(sol, office)

    page = sol.get(f"/campaigns/{campaign_id}/edit/template")
    refused = _choose(sol, office, campaign_id, bad)
    taken = _choose(sol, office, campaign_id, good)

    assert "1 plantilla todavía no puede salir" in page.text
    assert "WhatsApp la rechazó. Promete un premio." in _said(page)
    assert f'value="{version.id}"' not in page.text
    assert refused.status_code == 422
    assert taken.status_code == 303


def test_the_preview_shows_real_recipients_one_after_another(sol: Browser, office: Office) -> None:
    office.subscription(office.customer("SOSA, MARIANA", ANA))
    office.subscription(office.customer("Ramiro Torres", "+5491155550009"))
    office.session.commit()
    campaign_id = _begun(sol, office)
    version_id = _version_id(office, office.template())
    path = f"/campaigns/{campaign_id}/edit/template/preview"
    data = {"version": version_id, "shared_phone": "each"}

    first = sol.post(path, data=data, headers=FRAGMENT)
    second = sol.post(path, data={**data, "shown": version_id, "at": 1}, headers=FRAGMENT)
    beyond = sol.post(path, data={**data, "at": "x"}, headers=FRAGMENT)

    assert "Hola Mariana." in _said(first)
    assert 'hx-target="#variables"' in first.text  # another version: its variables come along
    assert "Hola Ramiro." in _said(second)
    assert "2 de 2" in _said(second)
    assert 'hx-target="#variables"' not in second.text  # what is being typed is left alone
    assert beyond.status_code == 200
    assert office.session.scalars(select(CampaignStep)).all() == []


def test_texts_of_the_campaign_are_asked_for_shown_and_kept(sol: Browser, office: Office) -> None:
    office.crowd(1)
    name = office.template(WITH_TEXT)
    version_id = _version_id(office, name)
    version = office.session.get_one(TemplateVersion, version_id)
    version.body = "Hola {{1}}, te esperamos {{2}}."
    office.session.commit()
    campaign_id = _begun(sol, office)

    drawn = sol.post(
        f"/campaigns/{campaign_id}/edit/template/preview",
        data={"version": version_id, "shared_phone": "each", "text_1": "hasta el viernes"},
        headers=FRAGMENT,
    )
    _choose(sol, office, campaign_id, name, text_1=" hasta  el viernes ")

    assert "te esperamos hasta el viernes." in _said(drawn)
    step = office.session.scalars(select(CampaignStep)).one()
    assert step.texts == {"campaign.text_1": "hasta el viernes"}
    page = sol.get(f"/campaigns/{campaign_id}/edit/template").text
    assert re.search(r'name="text_1"[^>]*value="hasta el viernes"', page)


def test_a_template_whose_texts_were_not_shown_yet_is_kept_and_asks_for_them(
    sol: Browser, office: Office
) -> None:
    campaign_id = _begun(sol, office)

    answer = _choose(sol, office, campaign_id, office.template(WITH_TEXT), shown="")

    assert answer.location == f"/campaigns/{campaign_id}/edit/template"
    assert office.session.scalars(select(CampaignStep)).one().texts == {}


def test_how_many_lack_a_value_is_counted_for_the_chosen_template(
    sol: Browser, office: Office
) -> None:
    full = office.subscription(office.customer("Ana Sosa", ANA))
    office.subscription(office.customer("Ben Paz", "+5491155550010")).contract_number = None
    office.session.commit()
    assert full.contract_number
    campaign_id = _begun(sol, office)
    name = office.template({"1": "subscription.contract_number"})
    _choose(sol, office, campaign_id, name)
    version_id = _version_id(office, name)

    answer = sol.get(
        f"/campaigns/{campaign_id}/edit/template/missing?version={version_id}", headers=FRAGMENT
    )
    link = html.unescape(re.findall(r'href="([^"]*missing_variable[^"]*)"', answer.text)[0])

    assert "A 1 le falta algún dato" in _said(answer)
    missing = sol.get(link)
    assert "Ben Paz" in missing.text
    assert "Número de contrato" in missing.text


def test_a_campaign_of_calls_needs_no_template(sol: Browser, office: Office) -> None:
    office.subscription(office.customer("Sin celular", None))
    office.session.commit()
    campaign_id = _ready(sol, office)
    sol.post(
        f"/campaigns/{campaign_id}/edit/template",
        data={"version": "none", "shared_phone": "each"},
    )

    page = sol.get(f"/campaigns/{campaign_id}/edit/review?count=1")
    launched = sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1})

    assert "Lanzar 1 consulta" in _said(page)
    assert "No se manda ningún mensaje" in page.text
    assert launched.status_code == 303


# --- team


def test_the_share_of_each_is_the_audience_by_the_ticked(sol: Browser, office: Office) -> None:
    office.crowd(5)
    office.session.commit()
    campaign_id = _begun(sol, office)
    path = f"/campaigns/{campaign_id}/edit/team/share"

    two = sol.post(path, data={"operators": ["1", "2"]}, headers=FRAGMENT)
    none = sol.post(path, data={"counted": "5"}, headers=FRAGMENT)

    assert "3 consultas por persona" in _said(two)
    assert "5 suscripciones entre 2 personas." in _said(two)
    assert "Nadie está asignado" in _said(none)


def test_an_audience_of_everybody_is_ticked_once_it_is_saved(sol: Browser, office: Office) -> None:
    office.crowd(2)
    draft = office.campaign(None)
    path = f"/campaigns/{draft.id}/edit"

    def ticked() -> bool:
        body = sol.get(f"{path}/template").text
        step = body[: body.index('value="audience"')].rindex("<li")
        return body[step:].startswith('<li class="is-done"')

    before = ticked()
    sol.post(f"{path}/audience", data={})

    assert not before
    assert ticked()
    assert "No hay ningún filtro" in sol.get(f"{path}/review?count=1").text


def test_a_scheduled_campaign_waits_and_can_be_taken_back(sol: Browser, office: Office) -> None:
    office.crowd(2)
    campaign_id = _ready(sol, office)
    path = f"/campaigns/{campaign_id}"
    data = {"line_id": office.line.id, "when": "later", "starts_at": "27/11/2031 10:00"}
    sol.post(f"{path}/edit/team", data=data)

    page = sol.get(f"{path}/edit/review?count=1")
    sol.post(f"{path}/launch", data={"named": 2})

    assert "Programar 2 mensajes" in _said(page)
    campaign = _draft(office, campaign_id)
    assert campaign.state is CampaignState.SCHEDULED
    assert campaign.starts_at == datetime(2031, 11, 27, 13, 0, tzinfo=UTC)
    assert sol.get(f"{path}/edit/audience").location == f"{path}/edit/review"
    assert "Volver a borrador" in sol.get(f"{path}/edit/review?count=1").text
    assert sol.post(f"{path}/edit/unschedule").location == f"{path}/edit/review"
    assert _draft(office, campaign_id).state is CampaignState.DRAFT


# --- review and launch


def test_the_review_says_first_what_keeps_it_from_its_launch(sol: Browser, office: Office) -> None:
    office.crowd(1)
    office.session.commit()
    campaign_id = _begun(sol, office)

    said = _said(sol.get(f"/campaigns/{campaign_id}/edit/review/verdict", headers=FRAGMENT))
    refused = sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1})

    assert said.index("Falta la plantilla") < said.index("No hay ningún filtro")
    assert "Nadie está asignado" in said
    assert "Resolvé lo de arriba para lanzarla." in said
    assert "Lanzar" not in said
    assert refused.status_code == 409
    assert "Todavía falta algo" in refused.text
    assert _draft(office, campaign_id).state is CampaignState.DRAFT


def test_more_people_than_were_named_are_not_written_to(sol: Browser, office: Office) -> None:
    office.crowd(3)
    campaign_id = _ready(sol, office)

    refused = sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 2})
    nonsense = sol.post(f"/campaigns/{campaign_id}/launch", data={"named": "todos"})

    assert refused.status_code == 409
    assert "El alcance creció: eran 2 y ahora son 3." in _said(refused)
    assert "Lanzar 3 mensajes" in _said(refused)
    assert nonsense.status_code == 409
    assert _draft(office, campaign_id).state is CampaignState.DRAFT


def test_a_second_click_launches_nothing_and_is_told_in_words(sol: Browser, office: Office) -> None:
    office.crowd(1)
    campaign_id = _ready(sol, office)

    first = sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1})
    second = sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1})

    assert (first.status_code, second.status_code) == (303, 409)
    assert "Ya no está en ese estado: recargá la página." in second.text
    launches = office.session.scalar(
        select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "campaign.launch")
    )
    assert launches == 1


def test_a_launch_above_the_limit_is_confirmed_by_typing_its_number(
    sol: Browser, office: Office, runtime: Runtime
) -> None:
    runtime.settings = replace(runtime.settings, type_launch_above=2)
    office.crowd(3)
    campaign_id = _ready(sol, office)
    path = f"/campaigns/{campaign_id}/launch"

    page = sol.get(f"/campaigns/{campaign_id}/edit/review?count=1")
    without = sol.post(path, data={"named": 3})
    wrong = sol.post(path, data={"named": 3, "typed": "4"})
    right = sol.post(path, data={"named": 3, "typed": "3"})

    assert "Son muchos: escribí 3 para confirmar" in _said(page)
    assert without.status_code == wrong.status_code == 422
    assert "No coincide con 3." in wrong.text
    assert "data-open-now" in wrong.text
    assert re.search(r'<input[^>]* id="typed"[^>]* value="4"', wrong.text)
    assert right.status_code == 303


def test_naming_a_small_number_does_not_go_round_the_limit(
    sol: Browser, office: Office, runtime: Runtime
) -> None:
    runtime.settings = replace(runtime.settings, type_launch_above=2)
    office.crowd(3)
    campaign_id = _ready(sol, office)

    assert sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1}).status_code == 409


# --- a test to oneself


def test_a_test_is_the_previewed_message_and_touches_nobodys_case(
    sol: Browser, office: Office
) -> None:
    office.subscription(office.customer("SOSA, MARIANA", ANA))
    office.subscription(office.customer("Ramiro Torres", "+5491155550009"))
    office.session.commit()
    campaign_id = _ready(sol, office)

    answer = sol.post(
        f"/campaigns/{campaign_id}/test",
        data={"phone": "011 15-4444-7777", "at": 1},
        headers=FRAGMENT,
    )

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith(
        '<section class="panel panel-body stack tight" id="test"'
    )
    assert "En cola" in answer.text
    message = office.session.scalars(select(Message)).one()
    assert (message.cause, message.author_id) == (Cause.TEST, sol.user_id)
    assert (message.address, message.variables) == ("+5491144447777", {"1": "Ramiro"})
    assert (message.case_id, message.campaign_id, message.sequence) == (None, None, None)
    assert office.session.scalars(select(SendSlice)).one().is_reply
    assert office.session.get_one(User, sol.user_id).test_phone == "+5491144447777"
    page = sol.get(f"/campaigns/{campaign_id}/edit/review")
    assert 'value="+54 9 11 4444-7777"' in page.text


def test_the_state_of_a_test_is_followed_until_it_is_settled(
    sol: Browser, office: Office, signed_in: SignIn
) -> None:
    office.crowd(1)
    campaign_id = _ready(sol, office)
    sol.post(f"/campaigns/{campaign_id}/test", data={"phone": "1144447777"}, headers=FRAGMENT)
    message = office.session.scalars(select(Message)).one()
    path = f"/campaigns/{campaign_id}/test/{message.id}"

    same = sol.get(f"{path}?v=planned", headers=FRAGMENT)
    message.state, message.error_code = MessageState.FAILED, 63024
    office.session.commit()
    failed = sol.get(f"{path}?v=planned", headers=FRAGMENT)

    assert same.status_code == 204
    assert "Falló" in failed.text
    assert "every 2s" not in failed.text
    assert signed_in(Role.SUPERVISOR).get(path).status_code == 404


@pytest.mark.parametrize(
    ("phone", "message"),
    [
        ("", "Escribí tu número de celular."),
        ("hola", "Ese teléfono no es válido"),
        ("123", "Ese teléfono no es válido"),
    ],
)
def test_a_test_goes_to_a_phone_only(
    phone: str, message: str, sol: Browser, office: Office
) -> None:
    office.crowd(1)
    campaign_id = _ready(sol, office)

    part = sol.post(f"/campaigns/{campaign_id}/test", data={"phone": phone}, headers=FRAGMENT)
    whole = sol.post(f"/campaigns/{campaign_id}/test", data={"phone": phone})

    assert part.status_code == whole.status_code == 422
    assert message in part.text
    assert message in whole.text
    assert office.session.scalars(select(Message)).all() == []


def test_a_test_without_a_template_is_refused_in_words(sol: Browser, office: Office) -> None:
    campaign_id = _begun(sol, office)

    answer = sol.post(
        f"/campaigns/{campaign_id}/test", data={"phone": "1144447777"}, headers=FRAGMENT
    )

    assert answer.status_code == 422
    assert office.session.scalars(select(ContactPoint)).all() == []


# --- copies, leaving, and who may


def test_a_campaign_is_duplicated_into_a_draft(sol: Browser, office: Office) -> None:
    office.crowd(1)
    campaign_id = _ready(sol, office)
    sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1})

    answer = sol.post(f"/campaigns/{campaign_id}/duplicate")

    copy = office.session.scalars(
        select(Campaign).where(Campaign.state == CampaignState.DRAFT)
    ).one()
    assert answer.location == f"/campaigns/{copy.id}/edit/type"
    assert copy.name == "Cuota noviembre (copia)"


def test_a_draft_is_discarded(sol: Browser, office: Office) -> None:
    campaign_id = _begun(sol, office)

    answer = sol.post(f"/campaigns/{campaign_id}/discard")

    assert answer.location == "/campaigns?state=draft"
    assert office.session.scalars(select(CampaignOperator)).all() == []
    assert sol.get(f"/campaigns/{campaign_id}/edit/type").status_code == 404


def test_a_campaign_that_runs_has_no_steps_any_more(sol: Browser, office: Office) -> None:
    office.crowd(1)
    campaign_id = _ready(sol, office)
    sol.post(f"/campaigns/{campaign_id}/launch", data={"named": 1})
    path = f"/campaigns/{campaign_id}"

    for step in ("type", "audience", "template", "team", "review"):
        assert sol.get(f"{path}/edit/{step}").location == path
    assert sol.post(f"{path}/edit/audience", data=_filter()).status_code == 409
    assert sol.post(f"{path}/discard").status_code == 409
    assert sol.post(f"{path}/edit/unschedule").status_code == 409


def test_operators_have_nothing_to_do_here(
    sol: Browser, signed_in: SignIn, office: Office, app: Flask
) -> None:
    campaign_id = _begun(sol, office)
    operator = signed_in(Role.OPERATOR)

    refused = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("campaign_edit."):
            continue
        path = rule.rule.replace("<int:campaign_id>", str(campaign_id))
        path = path.replace("<int:message_id>", "1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            refused[(method, path)] = operator.open(path, method=method).status_code

    assert len(refused) > 20
    assert set(refused.values()) == {403}


def test_what_is_not_there_is_not_found(sol: Browser, office: Office) -> None:
    for path in ("edit/type", "edit/review", "edit/people", "edit/review/verdict"):
        assert sol.get(f"/campaigns/99999/{path}").status_code == 404
    for path in ("edit/team", "launch", "duplicate", "discard", "edit/unschedule"):
        assert sol.post(f"/campaigns/99999/{path}").status_code == 404


def test_names_of_people_and_plans_are_text_and_nothing_else(sol: Browser, office: Office) -> None:
    trap = "<img src=x onerror=alert(1)>"
    office.subscription(office.customer(trap, ANA), custom={trap: trap})
    office.session.commit()
    campaign_id = _begun(sol, office, trap)
    sol.post(f"/campaigns/{campaign_id}/edit/audience", data=_filter())
    _choose(sol, office, campaign_id, office.template())

    for path in ("edit/type", "edit/audience", "edit/template", "edit/people", "edit/review"):
        assert "<img src=x" not in sol.get(f"/campaigns/{campaign_id}/{path}").text
