"""What the route matrix asks with: a line of its table read, and real objects for every route."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.importing.outcome import Outcome
from campaigns.signing_in import open_session
from models.access import SavedView
from models.audit import Import, ImportKind
from models.base import Base
from models.campaign import Campaign, CampaignType, ResultType, ValueKind
from models.case import Case, NextAction, Result
from models.coupon import Coupon
from models.desk_texts import QuickText
from models.files import Attachment, Medium
from models.message import Attempt, Attribution, Cause, Direction, Message
from models.people import ContactPoint, Customer, Purpose, Role, User
from models.states import CampaignState, ImportState, MessageState, TemplateState
from models.subscription import Subscription
from models.template import Line, Template, TemplateCategory, TemplateVersion
from runtime.settings import Settings
from runtime.wiring import current_runtime
from tests.conftest import NOON
from tests.dashboard.conftest import Browser
from tests.two_teams import Side, TwoTeams
from workers.stored_imports import refused_rows_file

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
    "view_id": SavedView,
}
# an operator's or not
SCOPED = {
    Attachment, Campaign, Case, Coupon, Medium, Message, NextAction, Result, SavedView,
    Subscription,
}  # fmt: skip
_NAMES = {
    model.__name__: model
    for model in (Campaign, ResultType, Case, Subscription, TemplateVersion, User)
}


@dataclass(frozen=True)
class Route:
    """A line of the table."""

    method: str
    rule: str
    least: Role | None
    objects: dict[str, type[Base]] = field(compare=False, hash=False)
    body: dict[str, type[Base]] = field(compare=False, hash=False)
    query: dict[str, type[Base]] = field(compare=False, hash=False)
    form: dict[str, str] = field(compare=False, hash=False)
    args: dict[str, str] = field(compare=False, hash=False)
    needs_draft: bool
    absent_leads_on: bool  # to a page that says so

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


def read(line: str) -> Route:
    method, rule, least, *named = re.split(r"\s+(?![^<]*>)", line)
    objects = {
        name: OBJECTS[name] for name in re.findall(r"<int[^:]*:(\w+)>", rule) if name in OBJECTS
    }
    parts: dict[str, dict[str, Any]] = {"body": {}, "query": {}, "form": {}, "arg": {}}
    for each in named:
        name, _, value = each.partition("=")
        part, _, key = name.partition(":")
        if key:
            parts[part][key] = _NAMES[value] if part in ("body", "query") else value
        elif value:
            objects[name] = _NAMES[value]
    return Route(
        method,
        rule,
        None if least == "public" else Role(least),
        objects,
        parts["body"],
        parts["query"],
        parts["form"],
        parts["arg"],
        needs_draft="draft" in named,
        absent_leads_on="absent-303" in named,
    )


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

    def own(self, route: Route, side: Side, role: Role = Role.OPERATOR) -> dict[str, Any]:
        """Objects on which the route does what it is for, and that belong together."""
        made = _OWN.get(_shape(route))
        if made is None:
            values = {name: self.fresh(model, side) for name, model in route.objects.items()}
        else:
            values = made(self, side, self.people[role])
        if route.needs_draft:
            values["campaign_id"] = _campaign(self, side, CampaignState.DRAFT).id
        self.session.commit()
        return values


def _shape(route: Route) -> str:
    """The first of `_OWN` that says what the route's objects have to be."""
    return next((each for each in _OWN if each in str(route)), "")


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


def _template(world: World, _side: Side | None = None) -> Template:
    number = world.session.query(Template).count()
    template = world.teams.add(
        Template(name=f"plantilla_{number}", category=TemplateCategory.UTILITY)
    )
    world.teams.add(
        TemplateVersion(template_id=template.id, number=1, body="Hola", fields={}, samples={})
    )
    return template


def _approved(world: World) -> TemplateVersion:
    template = _template(world)
    version = world.session.query(TemplateVersion).filter_by(template_id=template.id).one()
    version.state, version.content_sid = TemplateState.APPROVED, f"HX{template.id:032x}"
    return version


def _import(world: World, state: ImportState = ImportState.UPLOADED, **more: Any) -> dict[str, Any]:
    """A file that came by a screen."""
    number = world.session.query(Import).count()
    made = world.teams.add(
        Import(
            kind=ImportKind.SUBSCRIPTIONS,
            state=state,
            file_name="x.csv",
            file_hash=f"{number:02x}",
            stored_as=f"{number:032x}",
            header={"names": ["Nombre"], "detail": "UTF-8"},
            sample=[{"line": 2, "cells": ["Ana"]}],
            mapping={},
            **more,
        )
    )
    return {"import_id": made.id}


def _refused(world: World) -> dict[str, Any]:
    """One whose dry run refused a row, which is in the file of those."""
    found = _import(
        world, ImportState.REHEARSED, rehearsal=Outcome(rows_read=1, refused=1).as_json()
    )
    stored_as = world.session.get_one(Import, found["import_id"]).stored_as
    settings: Settings = current_runtime().settings
    file = refused_rows_file(settings, stored_as or "", rehearsal=True)
    file.write_text("Nombre;motivo\n")
    return found


def _procedure(world: World, side: Side, *, is_done: bool) -> Result:
    result = world.teams.result(side[Case])
    kind = world.session.query(ResultType).filter_by(value_kind=ValueKind.DATE_TEXT).first()
    assert kind is not None
    result.result_type_id = kind.id
    result.value_text, result.value_date = "Cambio de titular", date(2026, 12, 10)
    result.done_at = NOON if is_done else None
    world.session.flush()
    return result


def _out(world: World, side: Side, state: MessageState, **more: Any) -> Message:
    return world.teams.add(
        Message(
            direction=Direction.OUT,
            state=state,
            line_id=world.teams.office.line.id,
            contact_point_id=side[ContactPoint].id,
            address=side[ContactPoint].phone,
            body="Hola",
            **more,
        )
    )


def _of_case(world: World, side: Side, name: str, record: Any) -> dict[str, Any]:
    return {"case_id": side[Case].id, name: record.id}


def _in_review(world: World, side: Side) -> dict[str, Any]:
    campaign = side[Campaign].id
    message = _out(
        world,
        side,
        MessageState.REVIEW,
        cause=Cause.CAMPAIGN,
        campaign_id=campaign,
        reason="x",
        attempts=1,
    )
    world.teams.add(Attempt(message_id=message.id, number=1, owner="test"))
    return {"campaign_id": campaign, "message_id": message.id}


_Own = Callable[[World, Side, User], dict[str, Any]]

# by what is in a route: objects that belong together, or in the state that the route is about
_OWN: dict[str, _Own] = {
    "/agenda/procedures/<int:result_id>/done": lambda w, s, _: {
        "result_id": _procedure(w, s, is_done=False).id
    },
    "/agenda/procedures/<int:result_id>/put-back": lambda w, s, _: {
        "result_id": _procedure(w, s, is_done=True).id
    },
    "<int:case_id>/procedures/<int:result_id>/done": lambda w, s, _: _of_case(
        w, s, "result_id", _procedure(w, s, is_done=False)
    ),
    "<int:case_id>/procedures/<int:result_id>/put-back": lambda w, s, _: _of_case(
        w, s, "result_id", _procedure(w, s, is_done=True)
    ),
    "/review/<int:message_id>": lambda w, s, _: _in_review(w, s),
    "/templates/<int:template_id>/test/<int:message_id>": lambda w, s, who: {
        "template_id": _approved(w).template_id,
        "message_id": _out(
            w, s, MessageState.ACCEPTED, cause=Cause.TEST, author_id=who.id
        ).id,
    },
    "/templates/<int:template_id>/test": lambda w, _s, _who: {
        "template_id": _approved(w).template_id
    },
    "/test/<int:message_id>": lambda w, s, who: {
        "message_id": _out(
            w, s, MessageState.ACCEPTED, cause=Cause.TEST, author_id=who.id
        ).id
    },
    "/messages/<int:message_id>/again": lambda w, s, _: _of_case(
        w, s, "message_id", _out(
            w, s, MessageState.FAILED, cause=Cause.REPLY, case_id=s[Case].id,
            author_id=s.operator.id,
        )
    ),
    "<int:case_id>/messages/<int:message_id>": lambda w, s, _: _of_case(
        w, s, "message_id", w.session.get_one(Message, s[Attribution].message_id)
    ),
    "<int:case_id>/results/<int:result_id>": lambda w, s, _: _of_case(
        w, s, "result_id", w.teams.result(s[Case])
    ),
    "<int:case_id>/actions/<int:action_id>": lambda w, s, _: _of_case(
        w, s, "action_id", _FRESH[NextAction](w, s)
    ),
    "<int:case_id>/media/<int:medium_id>": lambda w, s, _: _of_case(
        w, s, "medium_id", w.teams.medium(s)
    ),
    "<int:subscription_id>/files/<int:attachment_id>": lambda w, s, _: {
        "subscription_id": s[Subscription].id, "attachment_id": w.teams.attachment(s).id,
    },
    "<int:view_id>": lambda w, _s, who: {"view_id": _view(w, who).id},
    "<int:import_id>/refused.csv": lambda w, _s, _who: _refused(w),
    "<int:import_id>/again": lambda w, _s, _who: _import(w, ImportState.REHEARSED),
    "<int:import_id>/write": lambda w, _s, _who: _import(
        w, ImportState.REHEARSED, rehearsal=Outcome(rows_read=1, created=1).as_json()
    ),
}  # fmt: skip


def _view(world: World, who: User) -> SavedView:
    number = world.session.query(SavedView).count()
    return world.teams.add(SavedView(user_id=who.id, name=f"v{number}", query={"view": "all"}))


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
    Import: lambda w, _: w.session.get_one(Import, _import(w)["import_id"]),
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
    SavedView: lambda w, s: _view(w, s.operator),
    Subscription: _subscription,
    Template: _template,
    TemplateVersion: lambda w, _: _approved(w),
    User: lambda w, _: w.teams.add(
        User(email=f"{w.session.query(User).count()}@x", name="c", role=Role.OPERATOR)
    ),
}
