"""Templates on the screen: written, looked at with real data, submitted by a worker."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select

from campaigns.template_drafts import UNAVAILABLE, settle_submission
from campaigns.template_registry import content_stored, record_approval
from messaging.templates import Approval
from models.campaign import ResultType
from models.people import Role
from models.states import TemplateState
from models.template import Template, TemplateButton, TemplateVersion
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from tests.dashboard.conftest import Browser

BODY = "Hola {{nombre}}, la cuota {{cuota}} está vencida. ¿Nos contás cómo seguimos?"
FORM = {
    "name": "aviso_mora",
    "category": "UTILITY",
    "language": "es_AR",
    "campaign_type": "mora",
    "header": "Tu cuota venció",
    "body": BODY,
    "footer": "Respondé BAJA para no recibir avisos",
    "buttons-1-kind": "quick_reply",
    "buttons-1-title": "Ya pagué",
    "buttons-1-result": "ya_pago",
    "buttons-2-kind": "url",
    "buttons-2-title": "Ver mi cupón",
    "do": "save",
}
FRAGMENT = {"HX-Request-Type": "partial", "HX-Request": "true"}


@pytest.fixture
def office(runtime: Runtime) -> Office:
    return Office(runtime.sessions(), NOON)


@pytest.fixture
def browser(signed_in: Callable[..., Browser], office: Office) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Camila Ríos")


def _saved(browser: Browser, **changed: str) -> int:
    """The template's id."""
    answer = browser.post("/templates/new", data=FORM | changed)
    assert answer.status_code == 303, unescape(answer.text)
    return int(answer.location.split("/")[2])


def _newest(runtime: Runtime) -> TemplateVersion:
    with runtime.sessions() as session:
        return session.scalars(
            select(TemplateVersion).order_by(TemplateVersion.id.desc()).limit(1)
        ).one()


def _reviewed(runtime: Runtime, told: Approval) -> None:
    with runtime.sessions.begin() as session:
        version_id = session.scalars(select(TemplateVersion.id)).one()
        settle_submission(session, version_id)
        content_stored(session, version_id, "HX1")
        record_approval(session, version_id, told)


def _text(answer: object) -> str:
    html = re.sub(r"<[^>]+>", " ", answer.text)  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", unescape(html))


def test_an_operator_has_no_templates(signed_in: Callable[..., Browser]) -> None:
    operator = signed_in(Role.OPERATOR)

    for address in ("/templates", "/templates/new", "/templates/1"):
        assert operator.get(address).status_code == 403


def test_an_empty_list_says_how_to_begin(browser: Browser) -> None:
    page = browser.get("/templates")

    assert page.status_code == 200
    assert "Todavía no hay plantillas" in page.text
    assert 'href="/templates/new"' in page.text


def test_a_template_is_written_with_names_and_kept_with_numbers(
    browser: Browser, runtime: Runtime
) -> None:
    template_id = _saved(browser)

    version = _newest(runtime)
    assert version.body.startswith("Hola {{1}}, la cuota {{2}} está vencida.")
    assert version.fields["1"] == "customer.first_name"
    assert version.header == "Tu cuota venció"
    with runtime.sessions() as session:
        tied = session.execute(
            select(TemplateButton.title, ResultType.code).outerjoin(
                ResultType, ResultType.id == TemplateButton.result_type_id
            )
        ).all()
    assert set(tied) == {("Ya pagué", "ya_pago"), ("Ver mi cupón", None)}
    page = browser.get(f"/templates/{template_id}/edit")
    assert BODY in unescape(page.text)
    assert "última edición" in page.text
    assert "Camila Ríos" in page.text


def test_the_list_shows_states_and_finds_by_state_and_text(browser: Browser) -> None:
    _saved(browser)

    assert "aviso_mora" in browser.get("/templates").text
    assert "Borrador" in browser.get("/templates?state=draft").text
    assert "Ninguna plantilla es así" in browser.get("/templates?state=approved").text
    assert "aviso_mora" in browser.get("/templates?q=vencida").text


def test_what_cannot_be_kept_comes_back_as_it_was_typed(browser: Browser) -> None:
    answer = browser.post("/templates/new", data=FORM | {"name": "Aviso Mora"})

    assert answer.status_code == 422
    assert "El nombre lleva solo minúsculas" in answer.text
    assert 'value="Aviso Mora"' in answer.text
    assert 'value="Ya pagué"' in answer.text


def test_an_unknown_variable_is_told_with_its_place(browser: Browser) -> None:
    answer = browser.post("/templates/new", data=FORM | {"body": "Hola\nvence {{cuando}} ya."})

    assert answer.status_code == 422
    assert "No existe la variable {{cuando}} (renglón 2, columna 7)." in unescape(answer.text)
    assert "vence {{cuando}} ya." in answer.text


def test_a_draft_may_be_wrong_but_is_not_submitted_so(browser: Browser, runtime: Runtime) -> None:
    template_id = _saved(browser, body="{{nombre}}")

    answer = browser.post(
        f"/templates/{template_id}/edit", data=FORM | {"body": "{{nombre}}", "do": "submit"}
    )

    assert answer.status_code == 422
    assert "empieza con una variable" in answer.text
    assert _newest(runtime).submit_due_at is None
    assert browser.post(f"/templates/{template_id}/submit").location.endswith("/edit")


def test_another_templates_name_is_refused_beside_the_field(browser: Browser) -> None:
    _saved(browser)

    answer = browser.post("/templates/new", data=FORM)

    assert answer.status_code == 422
    assert "Ya hay otra plantilla con ese nombre." in answer.text


def test_buttons_are_added_moved_and_removed_without_script(browser: Browser) -> None:
    added = browser.post("/templates/new", data=FORM | {"do": "add-quick_reply"})
    moved = browser.post("/templates/new", data=FORM | {"do": "down-1"})
    removed = browser.post("/templates/new", data=FORM | {"do": "remove-1"})

    titles = re.compile(r'name="buttons-\d-title" value="([^"]*)"')
    assert titles.findall(added.text) == ["Ya pagué", "", "Ver mi cupón"]  # replies together
    assert titles.findall(moved.text) == ["Ver mi cupón", "Ya pagué"]
    assert titles.findall(removed.text) == ["Ver mi cupón"]
    assert BODY in unescape(removed.text)


def test_a_fragment_redraws_buttons_and_review(browser: Browser) -> None:
    answer = browser.post("/templates/new", data=FORM | {"do": "remove-2"}, headers=FRAGMENT)

    assert answer.text.lstrip().startswith('<fieldset id="template-buttons"')
    assert 'hx-partial hx-target="#template-review"' in answer.text


def test_the_preview_has_the_data_of_a_real_person(browser: Browser, office: Office) -> None:
    ana = office.subscription(due=date(2099, 12, 20))
    office.session.commit()

    drawn = browser.post(
        "/templates/preview", data=FORM | {"person": str(ana.id)}, headers=FRAGMENT
    )

    assert drawn.text.lstrip().startswith('<div id="template-review"')
    assert "Hola Ana, la cuota 14 está vencida." in drawn.text
    assert "Lista para enviar a revisión" in drawn.text


def test_without_people_the_preview_is_invented_and_says_so(browser: Browser) -> None:
    page = browser.get("/templates/new")

    assert "Ana Gómez (ejemplo)" in page.text


def test_what_is_doubtful_is_told_and_stops_nothing(browser: Browser, runtime: Runtime) -> None:
    selling = BODY + " ¡Aprovechá la promo!"
    drawn = browser.post("/templates/preview", data=FORM | {"body": selling}, headers=FRAGMENT)

    assert "Suena a publicidad («aprovecha», «promo»)" in unescape(drawn.text)
    sent = browser.post("/templates/new", data=FORM | {"body": selling, "do": "submit"})
    assert sent.status_code == 303
    assert _newest(runtime).submit_due_at is not None


def test_a_value_is_asked_where_the_result_has_one(browser: Browser, runtime: Runtime) -> None:
    survey = FORM | {
        "campaign_type": "encuesta",
        "buttons-1-title": "4",
        "buttons-1-result": "puntaje",
        "buttons-1-value": "4",
    }

    drawn = browser.post("/templates/preview?buttons=1", data=survey, headers=FRAGMENT)
    saved = browser.post("/templates/new", data=survey)

    assert 'name="buttons-1-value"' in drawn.text
    assert saved.status_code == 303
    with runtime.sessions() as session:
        assert session.scalars(select(TemplateButton.value)).first() == "4"


def test_submitting_answers_at_once_and_the_page_follows_the_review(
    browser: Browser, runtime: Runtime
) -> None:
    template_id = _saved(browser)

    sent = browser.post(f"/templates/{template_id}/submit")
    page = browser.get(f"/templates/{template_id}")

    assert sent.location.endswith(f"/templates/{template_id}")
    assert runtime.redis.llen("dramatiq:periodic") == 1  # a worker was woken
    assert "Se está enviando a WhatsApp" in page.text
    poll = re.search(r'id="template-live" hx-get="([^"]+)"', page.text)
    assert poll is not None
    address = unescape(poll[1])
    assert browser.get(address, headers=FRAGMENT).status_code == 204
    _reviewed(runtime, Approval(TemplateState.SUBMITTED))
    news = browser.get(address, headers=FRAGMENT)
    assert "WhatsApp la está revisando" in news.text
    assert news.text.lstrip().startswith('<div class="stack" id="template-live"')


def test_what_is_reviewed_is_not_edited(browser: Browser, runtime: Runtime) -> None:
    template_id = _saved(browser)
    browser.post(f"/templates/{template_id}/submit")

    assert browser.get(f"/templates/{template_id}/edit").status_code == 303
    assert browser.post(f"/templates/{template_id}/edit", data=FORM).status_code == 409


def test_a_provider_that_did_not_answer_is_told_and_can_be_asked_again(
    browser: Browser, runtime: Runtime
) -> None:
    template_id = _saved(browser)
    browser.post(f"/templates/{template_id}/submit")
    with runtime.sessions.begin() as session:
        settle_submission(session, _newest(runtime).id, UNAVAILABLE)

    page = browser.get(f"/templates/{template_id}")
    browser.post(f"/templates/{template_id}/submit")

    assert "La plantilla sigue en borrador: enviala de nuevo." in page.text
    assert _newest(runtime).submit_due_at is not None


def test_a_rejection_is_told_in_spanish_with_what_to_change(
    browser: Browser, runtime: Runtime
) -> None:
    template_id = _saved(browser)
    _reviewed(runtime, Approval(TemplateState.SUBMITTED))
    with runtime.sessions.begin() as session:
        told = Approval(TemplateState.REJECTED, "INVALID_FORMAT: bad")
        record_approval(session, _newest(runtime).id, told)

    page = _text(browser.get(f"/templates/{template_id}"))

    assert "WhatsApp la rechazó: El formato no es válido." in page
    assert "Revisá las variables" in page


def test_an_approved_version_is_read_only_and_its_edit_is_the_next(
    browser: Browser, runtime: Runtime
) -> None:
    template_id = _saved(browser)
    _reviewed(runtime, Approval(TemplateState.APPROVED))

    page = browser.get(f"/templates/{template_id}/edit")
    browser.post(
        f"/templates/{template_id}/edit",
        data=FORM | {"name": "otro", "category": "MARKETING", "body": BODY + " Gracias."},
    )

    assert "Vas a escribir la versión 2" in page.text
    assert _newest(runtime).number == 2
    with runtime.sessions() as session:  # what was submitted stays, whatever a form says
        template = session.get_one(Template, template_id)
        assert (template.name, template.category.value) == ("aviso_mora", "UTILITY")
    assert "En uso: la versión 1" in _text(browser.get("/templates"))


def test_a_draft_is_thrown_away(browser: Browser, runtime: Runtime) -> None:
    template_id = _saved(browser)

    gone = browser.post(f"/templates/{template_id}/discard")

    assert gone.location.endswith("/templates")
    assert browser.get(f"/templates/{template_id}").status_code == 404


def test_a_draft_that_a_campaign_would_send_is_not_thrown_away(
    browser: Browser, office: Office
) -> None:
    template_id = _saved(browser)
    campaign = office.campaign(template="aviso_mora")

    kept = browser.post(f"/templates/{template_id}/discard", follow_redirects=True)

    assert f"la usa {campaign.name}" in kept.text
    assert "usada en 1 campaña" in _text(kept)


def test_an_own_address_of_a_link_survives_an_edit(browser: Browser, runtime: Runtime) -> None:
    template_id = _saved(browser, **{"buttons-2-url": "https://otra.example/x/"})

    page = browser.get(f"/templates/{template_id}/edit")

    assert 'value="https://otra.example/x/"' in page.text
