"""Types, results and lines on the screen."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from models.audit import AuditEvent
from models.campaign import CampaignType, ResultType, ValueKind
from models.people import Role
from models.template import Line
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from tests.dashboard.conftest import Browser

RESULT = {"name": "Agendó visita", "key": "z", "is_effective": "y", "value_kind": "date"}
FRAGMENT = {"HX-Request-Type": "partial", "HX-Request": "true"}


@pytest.fixture
def office(runtime: Runtime) -> Office:
    return Office(runtime.sessions(), NOON)


@pytest.fixture
def browser(signed_in: Callable[..., Browser], office: Office) -> Browser:
    return signed_in(Role.SUPERVISOR)


def _type(runtime: Runtime, code: str) -> int:
    with runtime.sessions() as session:
        return session.scalars(select(CampaignType.id).where(CampaignType.code == code)).one()


def _result(runtime: Runtime, code: str, type_code: str = "mora") -> ResultType:
    with runtime.sessions() as session:
        return session.scalars(
            select(ResultType)
            .join(CampaignType, CampaignType.id == ResultType.campaign_type_id)
            .where(ResultType.code == code, CampaignType.code == type_code)
        ).one()


def _named(runtime: Runtime, name: str) -> ResultType | None:
    with runtime.sessions() as session:
        return session.scalars(select(ResultType).where(ResultType.name == name)).one_or_none()


def test_types_are_a_supervisors_and_lines_an_administrators(
    signed_in: Callable[..., Browser], browser: Browser
) -> None:
    operator, administrator = signed_in(Role.OPERATOR), signed_in(Role.ADMINISTRATOR)

    assert operator.get("/catalogue/types").status_code == 403
    assert browser.get("/catalogue/types").status_code == 200
    assert browser.get("/settings/lines").status_code == 403
    assert administrator.get("/settings/lines").status_code == 200


def test_the_list_says_what_each_type_is_for_and_who_has_it(
    browser: Browser, office: Office
) -> None:
    office.campaign()

    page = browser.get("/catalogue/types")

    row = re.search(r"<tr>(?:(?!</tr>).)*>Mora<.*?</tr>", page.text, re.DOTALL)
    assert row is not None
    assert "Avisos sobre el plan" in row[0]
    assert '#campaigns">1</a>' in row[0]


def test_a_type_is_made_edited_and_removed(browser: Browser, runtime: Runtime) -> None:
    made = browser.post("/catalogue/types/new", data={"name": "Remate", "purpose": "marketing"})
    browser.post(made.location, data={"name": "Remates", "purpose": "account"})
    page = browser.get(made.location)
    gone = browser.post(f"{made.location}/remove")

    assert made.status_code == 303
    assert "Todavía no tiene resultados propios" in page.text
    assert "Avisos sobre el plan" in page.text
    assert gone.location.endswith("/catalogue/types")
    assert browser.get(made.location).status_code == 404


@pytest.mark.parametrize(
    ("name", "told"), [("", "Escribí el nombre."), ("mora", "Ya hay un tipo con ese nombre.")]
)
def test_a_types_name_is_refused_beside_the_field(browser: Browser, name: str, told: str) -> None:
    answer = browser.post("/catalogue/types/new", data={"name": name, "purpose": "marketing"})

    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{name}"' in answer.text
    assert re.search(r'checked[^>]*value="marketing"', answer.text)


def test_a_type_in_use_is_not_removed_and_its_campaigns_are_named(
    browser: Browser, office: Office, runtime: Runtime
) -> None:
    campaign, mora = office.campaign(), _type(runtime, "mora")

    kept = browser.post(f"/catalogue/types/{mora}/remove")
    off = browser.post(f"/catalogue/types/{mora}/active", data={"active": "0"})

    assert kept.status_code == 409
    assert campaign.name in kept.text
    assert f'action="/catalogue/types/{mora}/active"' in kept.text
    assert off.status_code == 303
    assert "Desactivado" in browser.get(f"/catalogue/types/{mora}").text


def test_the_standing_type_has_nothing_to_switch(browser: Browser, runtime: Runtime) -> None:
    standing = _type(runtime, "consultas")

    page = browser.get(f"/catalogue/types/{standing}")
    saved = browser.post(f"/catalogue/types/{standing}", data={"name": "Entrantes"})

    assert f"/catalogue/types/{standing}/remove" not in page.text
    assert saved.status_code == 303
    assert browser.post(f"/catalogue/types/{standing}/remove").status_code == 409


def test_a_result_is_added_and_stands_in_the_table(browser: Browser, runtime: Runtime) -> None:
    mora = _type(runtime, "mora")

    added = browser.post(f"/catalogue/types/{mora}/results/new", data=RESULT)

    assert added.location.endswith(f"/catalogue/types/{mora}")
    page = browser.get(added.location)
    assert "Agendó visita" in page.text
    assert "Una fecha" in page.text
    kind = _named(runtime, "Agendó visita")
    assert kind is not None
    assert (kind.value_kind, kind.key, kind.is_effective) == (ValueKind.DATE, "z", True)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"key": "1"}, "Esa tecla ya es de «Promesa de pago»."),
        ({"key": "r"}, "Esa tecla ya tiene otro uso en la bandeja: elegí otra."),
        ({"name": "Se niega"}, "Ya hay un resultado con ese nombre en la bandeja."),
        ({"value_kind": "integer"}, "Escribí desde qué número hasta cuál."),
        ({"value_kind": "choice"}, "Escribí por lo menos dos opciones."),
    ],
)
def test_what_is_wrong_with_a_result_stands_beside_its_field(
    browser: Browser, runtime: Runtime, changed: dict[str, str], told: str
) -> None:
    mora = _type(runtime, "mora")

    answer = browser.post(f"/catalogue/types/{mora}/results/new", data=RESULT | changed)

    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert f'value="{(RESULT | changed)["name"]}"' in answer.text


def test_choices_are_edited_row_by_row_without_script(browser: Browser, runtime: Runtime) -> None:
    mora = _type(runtime, "mora")
    address = f"/catalogue/types/{mora}/results/new"
    form = RESULT | {
        "value_kind": "choice",
        "choice-1-code": "",
        "choice-1-label": "Caro",
        "choice-2-code": "",
        "choice-2-label": "Lejos",
    }

    more = browser.post(address, data=form | {"do": "add-choice"})
    less = browser.post(address, data=form | {"do": "remove-1"})
    browser.post(address, data=form)

    labels = re.compile(r'name="choice-\d-label" value="([^"]*)"')
    assert labels.findall(more.text) == ["Caro", "Lejos", ""]
    assert labels.findall(less.text) == ["Lejos", ""]
    kind = _named(runtime, "Agendó visita")
    assert kind is not None
    assert kind.choices == {"caro": "Caro", "lejos": "Lejos"}


def test_choosing_what_it_asks_for_redraws_the_form(browser: Browser, runtime: Runtime) -> None:
    mora = _type(runtime, "mora")

    drawn = browser.post(
        f"/catalogue/types/{mora}/results/new",
        data=RESULT | {"value_kind": "integer", "do": "kind"},
        headers=FRAGMENT,
    )

    assert drawn.text.lstrip().startswith('<section class="panel narrow" id="result-form"')
    assert 'name="min_value"' in drawn.text


def test_a_result_moves_with_and_without_script(browser: Browser, runtime: Runtime) -> None:
    refuses = _result(runtime, "se_niega").id

    plain = browser.post(f"/catalogue/results/{refuses}/move", data={"way": "up"})
    drawn = browser.post(f"/catalogue/results/{refuses}/move", data={"way": "up"}, headers=FRAGMENT)

    assert plain.status_code == 303
    assert drawn.text.lstrip().startswith('<div id="results"')
    assert drawn.text.index("Se niega") < drawn.text.index("Desconoce el importe")


def test_what_the_system_records_is_only_renamed(browser: Browser, runtime: Runtime) -> None:
    paid = _result(runtime, "pago").id

    page = browser.get(f"/catalogue/results/{paid}")
    browser.post(f"/catalogue/results/{paid}", data={"name": "Pago acreditado"})

    assert "Lo registra el sistema" in page.text
    assert 'name="closes_case"' not in page.text
    kind = _result(runtime, "pago")
    assert (kind.name, kind.closes_case) == ("Pago acreditado", True)
    assert browser.post(f"/catalogue/results/{paid}/remove").status_code == 409


def test_a_result_is_switched_off_and_removed(browser: Browser, runtime: Runtime) -> None:
    refuses = _result(runtime, "se_niega").id

    browser.post(f"/catalogue/results/{refuses}/active", data={"active": "0"})
    switched = _result(runtime, "se_niega").is_active
    browser.post(f"/catalogue/results/{refuses}/remove")

    assert not switched
    assert browser.get(f"/catalogue/results/{refuses}").status_code == 404


def test_the_shared_ones_have_a_page_of_their_own(browser: Browser, runtime: Runtime) -> None:
    added = browser.post("/catalogue/types/shared/results/new", data=RESULT)

    assert "No desea mensajes" in browser.get(added.location).text
    kind = _named(runtime, "Agendó visita")
    assert kind is not None
    assert kind.campaign_type_id is None


@pytest.fixture
def administrator(signed_in: Callable[..., Browser], office: Office) -> Browser:
    return signed_in(Role.ADMINISTRATOR)


def test_a_line_is_renamed_and_its_rate_set(
    administrator: Browser, office: Office, runtime: Runtime
) -> None:
    address = f"/settings/lines/{office.line.id}"

    saved = administrator.post(address, data={"name": "Cobranzas", "rate": "20"})
    wrong = administrator.post(address, data={"name": "Cobranzas", "rate": "900"})

    assert saved.status_code == 303
    assert wrong.status_code == 422
    assert "Tiene que estar entre 1 y 400." in wrong.text
    with runtime.sessions() as session:
        line = session.get_one(Line, office.line.id)
        assert (line.name, line.rate_per_second) == ("Cobranzas", 20)


def test_a_line_has_hours_of_its_own_until_it_is_told_otherwise(
    administrator: Browser, office: Office, runtime: Runtime
) -> None:
    address, data = f"/settings/lines/{office.line.id}", {"name": "Línea", "rate": "80"}
    own = {**data, "hours": "own", "monday": "9 a 12:30", "sunday": "10 a 11", "on_holidays": "y"}

    def kept() -> tuple[object, bool | None]:
        with runtime.sessions() as session:
            line = session.get_one(Line, office.line.id)
            return line.sending_window, line.sends_on_holidays

    saved = administrator.post(address, data=own)
    again = administrator.post(address, data=own)
    wrong = administrator.post(address, data={**own, "sunday": "11 a 10"})
    mine, page = kept(), administrator.get(address).text
    back = administrator.post(address, data={**data, "hours": "given"})

    assert [each.status_code for each in (saved, again, wrong, back)] == [303, 303, 422, 303]
    assert mine == ({"1": ["09:00", "12:30"], "7": ["10:00", "11:00"]}, True)
    assert 'value="own"' in page
    assert re.search(r'name="monday"[^>]* value="9:00 a 12:30"', page)
    assert "No se entiende el horario" in wrong.text
    assert 'value="11 a 10"' in wrong.text
    assert kept() == (None, None)
    with runtime.sessions() as session:
        acts = session.scalars(select(AuditEvent).where(AuditEvent.action == "line.hours")).all()
        assert [act.user_id for act in acts] == [administrator.user_id] * 2  # not the same again


def test_a_held_line_says_why_and_is_let_go(
    administrator: Browser, office: Office, runtime: Runtime
) -> None:
    with runtime.sessions.begin() as session:
        line = session.get_one(Line, office.line.id)
        line.hold_reason, line.held_at = "63051: account blocked", NOON

    held = administrator.get("/settings/lines")
    administrator.post(f"/settings/lines/{office.line.id}/release")

    assert "63051: account blocked" in held.text
    with runtime.sessions() as session:
        assert session.get_one(Line, office.line.id).hold_reason is None
