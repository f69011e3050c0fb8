"""Every route, for every role, with an object of one's own, a foreign one and none at all."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from campaigns.signing_in import open_session
from dashboard import auth
from dashboard.forgery import EXEMPT
from models.audit import Import, ImportKind
from models.base import Base
from models.campaign import Campaign, CampaignType, ResultType
from models.case import Case, NextAction, Result
from models.coupon import Coupon
from models.desk_texts import QuickText
from models.files import Attachment, Medium
from models.message import Attribution, Message
from models.people import ContactPoint, Customer, Purpose, Role, User
from models.states import CampaignState
from models.subscription import Subscription
from models.template import Line, Template, TemplateCategory, TemplateVersion
from tests.conftest import NOON
from tests.dashboard.access_table import TABLE
from tests.dashboard.conftest import SITE, Browser
from tests.two_teams import Side, TwoTeams

ABSENT = 987_654_321

# which record a number in an address names, by the name it has there
OBJECTS: dict[str, type[Base]] = {
    "action_id": NextAction,
    "attachment_id": Attachment,
    "campaign_id": Campaign,
    "case_id": Case,
    "coupon_id": Coupon,
    "import_id": Import,
    "line_id": Line,
    "medium_id": Medium,
    "message_id": Message,
    "result_id": Result,
    "subscription_id": Subscription,
    "template_id": Template,
    "text_id": QuickText,
    "type_id": CampaignType,
    "user_id": User,
}
# what else stands in an address
WORDS = {"token": "no-such-token", "filename": "mark.svg", "form": "csv", "attempt": 1}
# an operator's or not
SCOPED = {Attachment, Campaign, Case, Coupon, Medium, Message, NextAction, Result, Subscription}


@dataclass(frozen=True)
class Route:
    """A line of the table."""

    method: str
    rule: str
    least: Role | None
    objects: dict[str, type[Base]] = field(compare=False, hash=False)
    body: dict[str, type[Base]] = field(compare=False, hash=False)
    needs_draft: bool
    needs_more: bool  # than that the object exists: it may be "not found" to whoever may ask

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def _read(line: str) -> Route:
    method, rule, least, *named = re.split(r"\s+(?![^<]*>)", line)
    objects = {
        name: OBJECTS[name] for name in re.findall(r"<int[^:]*:(\w+)>", rule) if name in OBJECTS
    }
    body = {}
    for each in named:
        name, _, kind = each.partition("=")
        if name.startswith("body:"):
            body[name.removeprefix("body:")] = _NAMES[kind]
        elif kind in _NAMES:
            objects[name] = _NAMES[kind]
    return Route(
        method,
        rule,
        None if least == "public" else Role(least),
        objects,
        body,
        needs_draft="draft" in named,
        needs_more="or-404" in named,
    )


_NAMES = {model.__name__: model for model in (ResultType, Case, Subscription, User)}
ROUTES = [_read(line) for line in TABLE.strip().splitlines()]
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


class World:
    """Two teams, a person of each role (Ana is the operator), and objects to ask for."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.teams = TwoTeams(session)
        self.people = {Role.OPERATOR: self.teams.ana.operator}
        for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
            user = User(email=f"{role}@x.example", name=role.value, role=role)
            self.people[role] = self.teams.add(user)
        # so that none of these requests takes the last one's role away
        self.teams.add(User(email="b@x.example", name="b", role=Role.ADMINISTRATOR))
        session.commit()

    def browser(self, app: Flask, role: Role | None) -> Browser:
        """A new one for each request: some of them sign out."""
        client = app.test_client()
        assert isinstance(client, Browser)
        if role is not None:
            user = self.people[role]
            reference = open_session(
                self.session, user.id, ip="::1", user_agent=None, now=_now(self.session)
            )
            self.session.commit()
            client.set_cookie("__Host-sid", reference, domain="pregon.example")
        return client

    def fresh(self, model: type[Base], side: Side) -> int:
        """A record that no earlier request has changed."""
        made = _FRESH[model](self, side)
        self.session.commit()
        return int(made.id)


def _now(session: Session) -> Any:
    return session.execute(select(func.clock_timestamp())).scalar_one()


def _campaign(world: World, side: Side, state: CampaignState = CampaignState.RUNNING) -> Campaign:
    campaign = world.teams.campaign("otra")
    campaign.state = state
    if state is CampaignState.RUNNING:
        campaign.launched_at = NOON
        campaign.audience_size = campaign.audience_high_water = 0
    world.teams.assign(campaign, side.operator)
    return campaign


def _case(world: World, side: Side) -> Case:
    return world.teams.case(
        _campaign(world, side), _subscription(world, side), side.rows[ContactPoint]
    )


def _subscription(world: World, side: Side) -> Subscription:
    subscription = world.teams.office.subscription(side[Customer])
    world.teams.case(side[Campaign], subscription, None)
    return subscription


def _template(world: World, _side: Side) -> Template:
    number = world.session.query(Template).count()
    template = world.teams.add(
        Template(name=f"plantilla_{number}", category=TemplateCategory.UTILITY)
    )
    world.teams.add(
        TemplateVersion(template_id=template.id, number=1, body="Hola", fields={}, samples={})
    )
    return template


_FRESH: dict[type[Base], Callable[[World, Side], Any]] = {
    Attachment: lambda w, s: w.teams.attachment(s),
    Medium: lambda w, s: w.teams.medium(s),
    Campaign: _campaign,
    Case: _case,
    CampaignType: lambda w, _: w.teams.add(
        CampaignType(
            code=f"t{w.session.query(CampaignType).count()}", name="Otro", purpose=Purpose.ACCOUNT
        )
    ),
    Coupon: lambda w, s: w.teams.office.coupon(
        s[Subscription], due=date(2026, 12, 10), instalment=w.session.query(Coupon).count() + 100
    ),
    Import: lambda w, _: w.teams.add(
        Import(kind=ImportKind.SUBSCRIPTIONS, file_name="x.csv", file_hash="00", mapping={})
    ),
    Line: lambda w, _: w.teams.office.line,
    QuickText: lambda w, _: w.teams.add(
        QuickText(code=f"t{w.session.query(QuickText).count()}", name="Hola", body="Hola")
    ),
    Message: lambda w, s: w.teams.inbound(s[ContactPoint], s[ContactPoint].phone),
    NextAction: lambda w, s: w.teams.add(
        NextAction(case_id=s[Case].id, what="Llamar", due_at=NOON)
    ),
    Result: lambda w, s: w.teams.result(s[Case]),
    ResultType: lambda w, _: w.session.query(ResultType).filter_by(code="no_responde").one(),
    Subscription: _subscription,
    Template: _template,
    User: lambda w, _: w.teams.add(
        User(email=f"{w.session.query(User).count()}@x", name="c", role=Role.OPERATOR)
    ),
}


@pytest.fixture
def world(sessions: sessionmaker[Session]) -> Iterator[World]:
    with sessions() as session:
        yield World(session)


def _address(route: Route, values: dict[str, Any]) -> str:
    return re.sub(
        r"<(?:[^:<>]+(?:\([^)]*\))?:)?(\w+)>",
        lambda found: str(values.get(found[1], WORDS.get(found[1], ABSENT))),
        route.rule,
    )


def _ask(client: Browser, route: Route, values: dict[str, Any], **more: Any) -> TestResponse:
    return client.open(_address(route, values), method=route.method, **more)


def _own(world: World, route: Route, side: Side) -> dict[str, Any]:
    """Objects that belong together: the message and the result are the case's own."""
    if {"case_id", "message_id"} <= set(route.objects):
        return {"case_id": side[Case].id, "message_id": _tied(world, side).id}
    if {"case_id", "result_id"} <= set(route.objects):
        return {"case_id": side[Case].id, "result_id": world.fresh(Result, side)}
    if {"case_id", "action_id"} <= set(route.objects):
        return {"case_id": side[Case].id, "action_id": world.fresh(NextAction, side)}
    if {"case_id", "medium_id"} <= set(route.objects):
        return {"case_id": side[Case].id, "medium_id": world.fresh(Medium, side)}
    if {"subscription_id", "attachment_id"} <= set(route.objects):
        return {
            "subscription_id": side[Subscription].id,
            "attachment_id": world.fresh(Attachment, side),
        }
    values = {name: world.fresh(model, side) for name, model in route.objects.items()}
    if route.needs_draft:
        values["campaign_id"] = _campaign(world, side, CampaignState.DRAFT).id
        world.session.commit()
    return values


def _body(world: World, route: Route, side: Side) -> dict[str, Any]:
    return {name: world.fresh(model, side) for name, model in route.body.items()}


def _tied(world: World, side: Side) -> Message:
    message: Message = world.session.get_one(Message, side[Attribution].message_id)
    return message


def _to_the_door(answer: TestResponse) -> bool:
    return answer.status_code == 303 and (answer.location or "").startswith("/sign-in")


def test_strangers_come_to_the_door_and_no_further(app: Flask, world: World) -> None:
    wrong = []
    for route in ROUTES:
        values = _own(world, route, world.teams.ana)
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
        values = _own(world, route, world.teams.ana)
        data = _body(world, route, world.teams.ana)
        answer = _ask(world.browser(app, role), route, values, data=data)
        if not person.may(route.least):
            kept = answer.status_code == 403 and "Tu usuario no puede hacer eso" in answer.text
        else:
            kept = answer.status_code not in (401, 403, 404, 405) and answer.status_code < 500
            kept = kept or (route.needs_more and answer.status_code == 404)
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
            own = _own(world, route, world.teams.ana)
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
            if (foreign.status_code, absent.status_code) != (404, 404):
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
            own = _own(world, route, world.teams.ana)
            for number in (world.fresh(model, world.teams.ben), ABSENT):
                answer = _ask(world.browser(app, Role.OPERATOR), route, own, data={name: number})
                if answer.status_code != 404:
                    wrong.append(f"{route} {name}={number}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_what_does_not_exist_is_not_found_by_who_sees_all(app: Flask, world: World) -> None:
    wrong = []
    for route in PRIVATE:
        for name in route.objects:
            for number in (ABSENT, 10**25):
                values = {**_own(world, route, world.teams.ana), name: number}
                answer = _ask(world.browser(app, Role.ADMINISTRATOR), route, values)
                # too long for a key: no address at all, whatever the method
                if answer.status_code not in (404, *((405,) if number > ABSENT else ())):
                    wrong.append(f"{route} {name}={number}: {answer.status_code}")
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
        address = _address(route, _own(world, route, world.teams.ana))
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
