"""Every route, for every role, with an object of one's own, a foreign one and none at all."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dashboard import auth
from dashboard.forgery import EXEMPT
from models.people import Role
from tests.dashboard.access_table import TABLE
from tests.dashboard.conftest import SITE, Browser
from tests.dashboard.matrix_world import SCOPED, Route, World, read
from tests.two_teams import Side

ABSENT = 987_654_321

# what else stands in an address
WORDS = {"token": "no-such-token", "filename": "mark.svg", "form": "csv", "attempt": 1}

ROUTES = [read(line) for line in TABLE.strip().splitlines()]
PRIVATE = [route for route in ROUTES if route.least is not None]


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def test_every_route_has_its_line(app: Flask) -> None:
    served = {(method, rule.rule) for rule in app.url_map.iter_rules() for method in _methods(rule)}
    listed = {(route.method, route.rule) for route in ROUTES}

    assert served - listed == set(), "add a line for these to tests/dashboard/access_table.py"
    assert listed - served == set(), "these are served no more: take their lines out"


def test_no_address_is_served_twice(app: Flask) -> None:
    """The second view would never be called, whatever it demands."""
    served = [(method, rule.rule) for rule in app.url_map.iter_rules() for method in _methods(rule)]

    assert sorted(each for each in set(served) if served.count(each) > 1) == []


def test_views_demand_what_the_table_says(app: Flask) -> None:
    expected = {(route.method, route.rule): route.least for route in ROUTES}
    told = {
        (method, rule.rule): auth.access_of(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in _methods(rule)
        if rule.endpoint != "static"
    }

    assert {key: told[key] for key in told if told[key] is not expected.get(key, told[key])} == {}


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator[World]:
    with sessions() as session:
        yield World(session)


def address_of(route: Route, values: dict[str, Any]) -> str:
    return re.sub(
        r"<(?:[^:<>]+(?:\([^)]*\))?:)?(\w+)>",
        lambda found: str(values.get(found[1], WORDS.get(found[1], ABSENT))),
        route.rule,
    )


def _ask(client: Browser, route: Route, values: dict[str, Any], **more: Any) -> TestResponse:
    query = {**route.args, **more.pop("query", {})}
    return client.open(address_of(route, values), method=route.method, query_string=query, **more)


def _body(world: World, route: Route, side: Side) -> dict[str, Any]:
    """What the form has to say, and in it objects of one's own."""
    named = {name: world.fresh(model, side) for name, model in route.body.items()}
    return {**route.form, **named}


def _query(world: World, route: Route, side: Side) -> dict[str, Any]:
    return {name: world.fresh(model, side) for name, model in route.query.items()}


def _to_the_door(answer: TestResponse) -> bool:
    return answer.status_code == 303 and (answer.location or "").startswith("/sign-in")


def test_strangers_come_to_the_door_and_no_further(app: Flask, world: World) -> None:
    wrong = []
    for route in ROUTES:
        values = world.own(route, world.teams.ana)
        answer = _ask(world.browser(app, None), route, values)
        if _to_the_door(answer) is (route.least is None) and route.rule != "/sign-in":
            wrong.append(f"{route}: {answer.status_code}")
        part = _ask(world.browser(app, None), route, values, headers={"HX-Request-Type": "partial"})
        if route.least is not None and (
            part.status_code != 401 or not part.headers["HX-Redirect"].startswith("/sign-in")
        ):
            wrong.append(f"{route}, a fragment: {part.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_what_the_table_says(role: Role, app: Flask, world: World) -> None:
    wrong = []
    person = auth.SignedIn(0, "", "", role)
    for route in PRIVATE:
        assert route.least is not None
        values = world.own(route, world.teams.ana, role)
        data = _body(world, route, world.teams.ana)
        query = _query(world, route, world.teams.ana)
        answer = _ask(world.browser(app, role), route, values, data=data, query=query)
        if not person.may(route.least):
            kept = answer.status_code == 403 and "Tu usuario no puede hacer eso" in answer.text
        else:
            kept = answer.status_code not in (401, 403, 404, 405) and answer.status_code < 500
            kept = kept and (not _to_the_door(answer) or "sign-out" in route.rule)
        if not kept:
            wrong.append(f"{route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_an_operator_finds_nothing_foreign_and_cannot_tell_it_from_nothing(
    app: Flask, world: World
) -> None:
    wrong = []
    for route in PRIVATE:
        if route.least is not Role.OPERATOR:
            continue
        for name, model in route.objects.items():
            if model not in SCOPED:
                continue
            own = world.own(route, world.teams.ana)
            foreign = _ask(
                world.browser(app, Role.OPERATOR),
                route,
                {**own, name: world.fresh(model, world.teams.ben)},
                data=_body(world, route, world.teams.ana),
            )
            absent = _ask(
                world.browser(app, Role.OPERATOR),
                route,
                {**own, name: ABSENT},
                data=_body(world, route, world.teams.ana),
            )
            expected = 303 if route.absent_leads_on else 404
            if (foreign.status_code, absent.status_code) != (expected, expected):
                wrong.append(
                    f"{route} {name}: foreign {foreign.status_code}, absent {absent.status_code}"
                )
            elif _without_codes(foreign) != _without_codes(absent):
                wrong.append(f"{route} {name}: the two pages differ")
    assert not wrong, "\n".join(wrong)


def test_an_operator_cannot_name_anything_foreign_in_a_form(app: Flask, world: World) -> None:
    wrong = []
    for route in PRIVATE:
        for name, model in route.body.items():
            if route.least is not Role.OPERATOR or model not in SCOPED:
                continue
            own = world.own(route, world.teams.ana)
            for number in (world.fresh(model, world.teams.ben), ABSENT):
                answer = _ask(world.browser(app, Role.OPERATOR), route, own, data={name: number})
                if answer.status_code != 404:
                    wrong.append(f"{route} {name}={number}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", list(Role))
def test_what_does_not_exist_is_not_found_by_anybody_who_may_ask(
    role: Role, app: Flask, world: World
) -> None:
    wrong = []
    person = auth.SignedIn(0, "", "", role)
    for route in PRIVATE:
        assert route.least is not None
        for name in route.objects:
            for number in (ABSENT, 10**25):
                values = {**world.own(route, world.teams.ana, role), name: number}
                answer = _ask(
                    world.browser(app, role),
                    route,
                    values,
                    data=_body(world, route, world.teams.ana),
                )
                if number > ABSENT:  # too long for a key: no address at all, whatever the method
                    expected = {404, 405}
                elif not person.may(route.least):
                    expected = {403}
                else:
                    expected = {303} if route.absent_leads_on else {404}
                if answer.status_code not in expected:
                    wrong.append(f"{route} {name}={number}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_an_operator_cannot_name_anything_foreign_in_a_query(app: Flask, world: World) -> None:
    """It is as if it were not there: refused, or a list without it, the same as for any number."""
    wrong = []
    for route in PRIVATE:
        for name, model in route.query.items():
            own = world.own(route, world.teams.ana)
            foreign, absent = (
                _ask(world.browser(app, Role.OPERATOR), route, own, query={name: number})
                for number in (world.fresh(model, world.teams.ben), ABSENT)
            )
            if foreign.status_code != absent.status_code or foreign.status_code >= 500:
                wrong.append(f"{route} {name}: {foreign.status_code}, {absent.status_code}")
            elif _without_codes(foreign) != _without_codes(absent):
                wrong.append(f"{route} {name}: the two pages differ")
            elif "BEN" in foreign.text or "de ben" in foreign.text:
                wrong.append(f"{route} {name}: shows what is foreign")
    assert not wrong, "\n".join(wrong)


def test_every_act_without_the_forms_token_is_refused(app: Flask, world: World) -> None:
    exempt = {blueprint.name for blueprint in EXEMPT}
    endpoints = {
        (method, rule.rule): rule.endpoint.partition(".")[0]
        for rule in app.url_map.iter_rules()
        for method in _methods(rule)
    }
    wrong = []
    for route in ROUTES:
        if route.method == "GET" or endpoints[route.method, route.rule] in exempt:
            continue
        client = world.browser(app, Role.ADMINISTRATOR)
        address = address_of(route, world.own(route, world.teams.ana))
        for headers in (
            {"X-CSRFToken": ""},
            {"X-CSRFToken": "made-up"},
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            answer = client.post(address, headers=headers, base_url=SITE)
            if answer.status_code != 400:
                wrong.append(f"{route} {headers}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def _without_codes(answer: TestResponse) -> str:
    text = re.sub(r"<code>.*?</code>", "", answer.text)
    text = re.sub(r'content="[^"]*"|(?<=name="csrf_token" )value="[^"]*"', "", text)
    return re.sub(r"\d+", "", text)
