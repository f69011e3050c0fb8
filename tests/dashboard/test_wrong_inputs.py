"""Every form that takes what people type refuses what cannot be, beside the field, and keeps it.

How it looks and where the focus goes is told by `tests/browser/test_wrong_inputs.py`; here every
route is held to it: a post without a case has a reason.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from models.people import Role
from tests.dashboard.matrix_world import World
from tests.dashboard.test_matrix import ROUTES, address_of

_KEY = "Una sola letra o un número"
_NAME = "Escribí el nombre"
_TOO_LONG = "Es demasiado largo: hasta 4000 caracteres."


@dataclass(frozen=True)
class Wrong:
    """What is posted, and what the answer says beside the field with the id ``beside``."""

    route: str
    data: Mapping[str, str]
    says: str
    beside: str | None = None  # None: the form has one place for what is wrong
    status: int = 422
    role: Role = Role.SUPERVISOR
    chosen: Mapping[str, str] = field(default_factory=dict)  # besides, and not typed
    forgets: tuple[str, ...] = ()  # passwords


def _wrong(world: World, app: Flask, wrong: Wrong) -> list[str]:
    route = _BY_NAME[wrong.route]
    side = world.teams.ana
    form: dict[str, Any] = {
        **route.form,
        **{name: world.fresh(model, side) for name, model in route.body.items()},
        **wrong.chosen,
        **wrong.data,
    }
    values = world.own(route, side, wrong.role)
    answer = world.browser(app, wrong.role).post(
        address_of(route, values), data=form, query_string=route.args
    )
    page, faults = answer.text, []
    if answer.status_code != wrong.status:
        faults.append(f"status {answer.status_code} {answer.location}")
    if wrong.says not in _words(page) or not wrong.says:
        faults.append(f"does not say «{wrong.says}»: {_problems(page)}")
    if wrong.beside is not None:
        said = _words(_beside(page, wrong.beside.format(**values)))
        if wrong.says not in said:
            faults.append(f"not beside {wrong.beside}: {said!r}")
    for name, typed in wrong.data.items():
        if name not in wrong.forgets and typed.strip() and not _is_kept(page, name, typed):
            faults.append(f"forgot {name}")
    return [f"{wrong.route}: {fault}" for fault in faults]


def _words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def _tag(page: str, attribute: str, value: str) -> str:
    found = re.search(rf'<[^>]*\s{attribute}="{re.escape(value)}"[^>]*>', page)
    return found[0] if found else ""


def _beside(page: str, control: str) -> str:
    """The texts that describe a field that is marked as wrong."""
    tag = _tag(page, "id", control)
    if 'aria-invalid="true"' not in tag:
        return ""
    named = re.search(r'aria-describedby="([^"]*)"', tag)
    ids = named[1].split() if named else []
    texts = [re.search(rf'<(\w+)[^>]*\sid="{each}"[^>]*>(.*?)</\1>', page, re.S) for each in ids]
    return " ".join(found[2] for found in texts if found)


def _is_kept(page: str, name: str, typed: str) -> bool:
    value = re.escape(escape(typed.strip()))
    return re.search(rf'value="{value}"|>\s*{value}\s*</textarea>', page) is not None


def _problems(page: str) -> list[str]:
    found = re.findall(r'class="[^"]*(?:problem|banner)[^"]*"[^>]*>(.{0,250})', page, re.S)
    return [_words(each)[:160] for each in found][:4]


_BY_NAME = {str(route): route for route in ROUTES}

_OF_ADMINISTRATOR = Role.ADMINISTRATOR

CASES = (
    Wrong(
        "POST /agenda/<int:action_id>/put-off", {"at": "el año del cometa"},
        "No se entiende cuándo", "at-{action_id}", role=Role.OPERATOR,
    ),
    Wrong("POST /campaigns/new", {"name": "  "}, "Escribí un nombre", "name"),
    Wrong(
        "POST /campaigns/<int:campaign_id>/edit/type", {"name": " "}, "Escribí un nombre", "name"
    ),
    Wrong(
        "POST /campaigns/<int:campaign_id>/edit/audience", {"overdue_min": "muchas"},
        "Escribí un número entero", "overdue_min",
    ),
    Wrong("POST /campaigns/<int:campaign_id>/edit/template", {}, "Elegí una plantilla"),
    Wrong(
        "POST /campaigns/<int:campaign_id>/edit/team", {"starts_at": "cuando se pueda"},
        "No se entiende el momento", "starts_at", chosen={"when": "later"},
    ),
    Wrong(
        "POST /campaigns/<int:campaign_id>/edit/team", {"monday": "a la tarde"},
        "No se entiende el horario", "monday", chosen={"hours": "own"},
    ),
    Wrong(
        "POST /campaigns/<int:campaign_id>/operators", {}, "ya no trabaja acá",
        chosen={"user": "987654321"},
    ),
    Wrong(
        "POST /campaigns/<int:campaign_id>/follow-up", {"days_before": "pronto"},
        "Tiene que ser de 0 a 10", "days_before",
    ),
    Wrong(
        "POST /campaigns/<int:campaign_id>/follow-up", {"bulk_limit": "99999"},
        "Tiene que ser de 1 a 500", "bulk_limit",
    ),
    Wrong(
        "POST /campaigns/<int:campaign_id>/script", {"body": "x" * 4001}, _TOO_LONG, "body"
    ),
    Wrong("POST /catalogue/types/<int:type_id>/script", {"body": "x" * 4001}, _TOO_LONG, "body"),
    Wrong(
        "POST /catalogue/quick-texts/new", {"name": "Saludo", "body": ""},
        "Escribí el texto", "body",
    ),
    Wrong(
        "POST /catalogue/quick-texts/<int:text_id>", {"name": "", "body": "Hola"}, _NAME, "name"
    ),
    Wrong(
        "POST /catalogue/results/<int:result_id>", {"name": "Volver", "key": "ñ"}, _KEY, "key"
    ),
    Wrong(
        "POST /catalogue/results/<int:result_id>/phrases", {"own": "Qué, tal"},
        "solo palabras en minúscula", "own",
    ),
    Wrong("POST /catalogue/types/new", {"name": ""}, _NAME, "name"),
    Wrong("POST /catalogue/types/<int:type_id>", {"name": ""}, _NAME, "name"),
    Wrong(
        "POST /catalogue/types/<int:type_id>/results/new", {"name": "Volver", "key": "ñ"},
        _KEY, "key",
    ),
    Wrong(
        "POST /catalogue/types/shared/results/new", {"name": "Volver", "key": "ñ"}, _KEY, "key"
    ),
    Wrong(
        "POST /desk/<int:case_id>/customer", {"email": "esto no"}, "No es un correo", "card-email"
    ),
    Wrong("POST /desk/<int:case_id>/messages", {"body": "x" * 5000}, "entran 1.600"),
    Wrong(
        "POST /desk/<int:case_id>/pass", {"word": "x" * 5000}, "La nota es demasiado larga",
        "pass-word-{case_id}", role=Role.OPERATOR,
    ),
    Wrong("POST /desk/<int:case_id>/notes", {"body": "x" * 5000}, "entran 4.000"),
    Wrong(
        "POST /desk/<int:case_id>/results", {"note": "cobra a fin de mes"}, "Elegí un resultado"
    ),
    Wrong("POST /desk/<int:case_id>/send-file", {"body": "mirá"}, "Elegí un archivo"),
    Wrong(
        "POST /desk/bulk/action", {"what": "Llamar", "at": "nunca"}, "Escribí cuándo", "bulk-at",
        chosen={"do": "action"},
    ),
    Wrong("POST /desk/bulk/assign", {}, "Elegí a quién", chosen={"do": "assign"}),
    Wrong("POST /desk/bulk/send", {}, "Elegí una plantilla", chosen={"do": "template"}),
    Wrong("POST /desk/views", {"name": "x" * 200}, "Ponele un nombre", "view-name"),
    Wrong(
        "POST /desk/views/<int:view_id>", {"name": "x" * 200}, "Ponele un nombre",
        "view-{view_id}",
    ),
    Wrong(
        "POST /me/password", {"old": "no es", "new": "corta"}, "No es tu contraseña", "old",
        forgets=("old", "new"),
    ),
    Wrong(
        "POST /settings/lines/<int:line_id>", {"name": "Línea", "rate": "9999"},
        "entre 1 y 400", "rate", role=_OF_ADMINISTRATOR,
    ),
    Wrong(
        "POST /settings/lines/<int:line_id>", {"rate": "80", "friday": "a la tarde"},
        "No se entiende el horario", "friday", role=_OF_ADMINISTRATOR, chosen={"hours": "own"},
    ),
    Wrong(
        "POST /settings/users/new", {"name": "Ana", "email": "esto no"},
        "no parece un correo", "email", role=_OF_ADMINISTRATOR,
    ),
    Wrong(
        "POST /settings/users/<int:user_id>", {"name": "Ana", "email": "esto no"},
        "no parece un correo", "email", role=_OF_ADMINISTRATOR,
    ),
    Wrong(
        "POST /settings/users/<int:user_id>", {"name": "  ", "email": "ana@y.example"},
        _NAME, "name", role=_OF_ADMINISTRATOR,
    ),
    Wrong(
        "POST /sign-in", {"email": "ana@x.example", "password": "otra"}, "no son correctos",
        forgets=("password",),
    ),
    Wrong(
        "POST /subscriptions/<int:subscription_id>/data", {"name": "Ana", "phone": "12"},
        "No es un teléfono", "phone",
    ),
    Wrong(
        "POST /subscriptions/<int:subscription_id>/data", {"name": "Ana", "document": "1-x"},
        "No es un documento", "document",
    ),
    Wrong("POST /subscriptions/import", {}, "Elegí un archivo"),
    Wrong(
        "POST /subscriptions/imports/<int:import_id>/columns", {"default_area": "abc"},
        "Son de 2 a 4 números", "default_area",
    ),
    Wrong(
        "POST /templates/new", {"name": "aviso", "body": "Hola {{nadie}}, chau"},
        "No existe la variable", "body", chosen={"do": "submit"},
    ),
    Wrong(
        "POST /templates/<int:template_id>/edit", {"name": "aviso", "body": "Hola {{nadie}}, chau"},
        "No existe la variable", "body", chosen={"do": "submit"},
    ),
)  # fmt: skip

_PRESSED = "nothing is typed: a button does it"
_CHOSEN = "nothing is typed: it is chosen among what is shown"
_ELSEWHERE = "takes a world of its own: "
# Posts without a case: why.
NO_CASE = {
    "/agenda/calls/next": _PRESSED,
    "/agenda/procedures/<int:result_id>/done": _PRESSED,
    "/agenda/procedures/<int:result_id>/put-back": _PRESSED,
    "/agenda/<int:action_id>/done": _PRESSED,
    "/agenda/<int:action_id>/put-back": _PRESSED,
    "/c/<token>": _PRESSED,
    "/c/<token>/pdf": _PRESSED,
    "/c/<token>/receipt": _ELSEWHERE + "test_coupon_page",
    "/campaigns/bulk": _CHOSEN,
    "/campaigns/<int:campaign_id>/archive": _PRESSED,
    "/campaigns/<int:campaign_id>/cancel": _PRESSED,
    "/campaigns/<int:campaign_id>/discard": _PRESSED,
    "/campaigns/<int:campaign_id>/duplicate": _PRESSED,
    "/campaigns/<int:campaign_id>/edit/audience/reach": "counts while it is typed, keeps nothing",
    "/campaigns/<int:campaign_id>/edit/team/share": "counts while it is chosen, keeps nothing",
    "/campaigns/<int:campaign_id>/edit/template/preview": "draws while it is typed, keeps nothing",
    "/campaigns/<int:campaign_id>/edit/unschedule": _PRESSED,
    "/campaigns/<int:campaign_id>/finish": _PRESSED,
    "/campaigns/<int:campaign_id>/launch": _ELSEWHERE
    + "test_a_launch_above_the_limit_is_confirmed_by_typing_its_number",
    "/campaigns/<int:campaign_id>/pause": _PRESSED,
    "/campaigns/<int:campaign_id>/priority": _CHOSEN,
    "/campaigns/<int:campaign_id>/release": _PRESSED,
    "/campaigns/<int:campaign_id>/release-line": _PRESSED,
    "/campaigns/<int:campaign_id>/reopen": _PRESSED,
    "/campaigns/<int:campaign_id>/resume": _PRESSED,
    "/campaigns/<int:campaign_id>/retry": _PRESSED,
    "/campaigns/<int:campaign_id>/review/<int:message_id>": _ELSEWHERE + "test_campaign_doubts",
    "/campaigns/<int:campaign_id>/test": _ELSEWHERE + "test_a_test_message_needs_a_phone",
    "/campaigns/<int:campaign_id>/unschedule": _PRESSED,
    "/catalogue/quick-texts/<int:text_id>/active": _PRESSED,
    "/catalogue/quick-texts/<int:text_id>/move": _PRESSED,
    "/catalogue/results/<int:result_id>/active": _PRESSED,
    "/catalogue/results/<int:result_id>/move": _PRESSED,
    "/catalogue/results/<int:result_id>/remove": _PRESSED,
    "/catalogue/types/<int:type_id>/active": _PRESSED,
    "/catalogue/types/<int:type_id>/remove": _PRESSED,
    "/coupons/<int:coupon_id>/links/revoke": _PRESSED,
    "/coupons/<int:coupon_id>/paid": _PRESSED,
    "/coupons/<int:coupon_id>/void": _PRESSED,
    "/desk/<int:case_id>/actions/<int:action_id>/done": _PRESSED,
    "/desk/<int:case_id>/identify": _CHOSEN,
    "/desk/<int:case_id>/media/<int:medium_id>/again": _PRESSED,
    "/desk/<int:case_id>/media/<int:medium_id>/receipt": _PRESSED,
    "/desk/<int:case_id>/messages/<int:message_id>/again": _PRESSED,
    "/desk/<int:case_id>/messages/<int:message_id>/tie": _CHOSEN,
    "/desk/<int:case_id>/procedures/<int:result_id>/done": _PRESSED,
    "/desk/<int:case_id>/procedures/<int:result_id>/put-back": _PRESSED,
    "/desk/<int:case_id>/read": _PRESSED,
    "/desk/<int:case_id>/release": _PRESSED,
    "/desk/<int:case_id>/reopen": _PRESSED,
    "/desk/<int:case_id>/results/<int:result_id>/confirm": _PRESSED,
    "/desk/<int:case_id>/results/<int:result_id>/undo": _PRESSED,
    "/desk/<int:case_id>/take": _PRESSED,
    "/desk/<int:case_id>/templates": _CHOSEN,
    "/me/preferences": _CHOSEN,
    "/me/presence": _PRESSED,
    "/me/sign-out-everywhere": _PRESSED,
    "/me/theme": _CHOSEN,
    "/settings/lines/<int:line_id>/release": _PRESSED,
    "/settings/users/<int:user_id>/deactivate": _PRESSED,
    "/settings/users/<int:user_id>/end-sessions": _PRESSED,
    "/settings/users/<int:user_id>/password": _PRESSED,
    "/settings/users/<int:user_id>/reactivate": _PRESSED,
    "/settings/users/<int:user_id>/role": _CHOSEN,
    "/sign-out": _PRESSED,
    "/subscriptions/<int:subscription_id>/files": _ELSEWHERE + "test_files_screen",
    "/subscriptions/<int:subscription_id>/files/<int:attachment_id>/remove": _PRESSED,
    "/subscriptions/<int:subscription_id>/files/<int:attachment_id>/restore": _PRESSED,
    "/subscriptions/imports/<int:import_id>/again": _PRESSED,
    "/subscriptions/imports/<int:import_id>/cancel": _PRESSED,
    "/subscriptions/imports/<int:import_id>/gaps": "tells while it is chosen, keeps nothing",
    "/subscriptions/imports/<int:import_id>/write": _PRESSED,
    "/templates/<int:template_id>/discard": _PRESSED,
    "/templates/<int:template_id>/submit": _PRESSED,
    "/templates/<int:template_id>/test": _ELSEWHERE + "test_template_trial",
    "/templates/preview": "draws while it is typed, keeps nothing",
    "/webhooks/twilio/inbound": "no person's",
    "/webhooks/twilio/status/<int(max=9223372036854775807):message_id>"
    "/<int(max=9223372036854775807):attempt>": "no person's",
}


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator[World]:
    with sessions() as session:
        yield World(session)


def test_every_form_has_a_wrong_input_or_a_reason_why_not() -> None:
    posts = {route.rule for route in ROUTES if route.method == "POST"}
    told = {wrong.route.removeprefix("POST ") for wrong in CASES}

    assert posts - told - NO_CASE.keys() == set(), "add a case, or a reason"
    assert (told | NO_CASE.keys()) - posts == set(), "these are no posts any more"
    assert told & NO_CASE.keys() == set()


def test_what_cannot_be_is_said_beside_the_field_and_what_was_typed_is_kept(
    app: Flask, world: World
) -> None:
    faults = [fault for wrong in CASES for fault in _wrong(world, app, wrong)]

    assert not faults, "\n".join(faults)
