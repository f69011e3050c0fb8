"""What is still missing in a draft, or worth a second look, and the step that solves each.

`problems_of` decides without I/O; `look_over` gathers what it needs.
"""

import enum
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.audience import (
    COUPON_NOT_PAYABLE,
    MISSING_VARIABLE,
    Preview,
    Recipe,
    preview_audience,
)
from campaigns.audience_filter import AudienceFilter
from campaigns.draft_view import CampaignDraft, draft_of
from campaigns.launching import missing_texts, unchecked_recipe
from campaigns.sending_hours import ARGENTINA, USUAL, SendingHours
from messaging.templates import FIELDS
from models.campaign import Campaign, SharedPhonePolicy
from models.states import CampaignState, TemplateState
from models.template import Line, Portfolio

_LIST = "subscription.list"


class Step(enum.StrEnum):
    TYPE = "type"
    AUDIENCE = "audience"
    TEMPLATE = "template"
    TEAM = "team"
    REVIEW = "review"


class Trouble(enum.StrEnum):
    """Each is a sentence of the screens; the first ones keep the campaign from its launch."""

    TYPE_INACTIVE = "type_inactive"
    AUDIENCE_EMPTY = "audience_empty"
    NOBODY_LEFT = "nobody_left"  # some pass the filter, and each is left out for a reason
    NO_TEMPLATE = "no_template"
    NOT_APPROVED = "not_approved"  # `what`: the template's state
    TEXT_MISSING = "text_missing"  # `what`: which
    START_PASSED = "start_passed"
    END_PASSED = "end_passed"
    # worth a second look
    REFUSED_BEFORE = "refused_before"  # its scheduled launch
    SAME_NAME = "same_name"
    EVERYBODY = "everybody"  # no filter at all
    VALUES_MISSING = "values_missing"  # `count`: people for whom a variable has no value
    NO_COUPON = "no_coupon"  # `count`: people without a coupon to pay
    LIST_NOT_SHOWN = "list_not_shown"  # one message for several, and the text does not list them
    LIST_ONLY_ONE = "list_only_one"  # the other way round
    LINE_HELD = "line_held"  # `what`: why
    OVER_QUOTA = "over_quota"  # `count`: new recipients a day
    WAITS_FOR_HOURS = "waits_for_hours"  # `at`: until when
    ODD_HOUR = "odd_hour"  # its hours are open, and people do not expect a message then
    NO_OPERATORS = "no_operators"


_BLOCKING = frozenset(
    {
        Trouble.TYPE_INACTIVE,
        Trouble.AUDIENCE_EMPTY,
        Trouble.NOBODY_LEFT,
        Trouble.NO_TEMPLATE,
        Trouble.NOT_APPROVED,
        Trouble.TEXT_MISSING,
        Trouble.START_PASSED,
        Trouble.END_PASSED,
    }
)
_SOLVED_IN = {
    Trouble.TYPE_INACTIVE: Step.TYPE,
    Trouble.SAME_NAME: Step.TYPE,
    Trouble.AUDIENCE_EMPTY: Step.AUDIENCE,
    Trouble.NOBODY_LEFT: Step.AUDIENCE,
    Trouble.EVERYBODY: Step.AUDIENCE,
    Trouble.NO_COUPON: Step.AUDIENCE,
    Trouble.NO_TEMPLATE: Step.TEMPLATE,
    Trouble.NOT_APPROVED: Step.TEMPLATE,
    Trouble.TEXT_MISSING: Step.TEMPLATE,
    Trouble.VALUES_MISSING: Step.TEMPLATE,
    Trouble.LIST_NOT_SHOWN: Step.TEMPLATE,
    Trouble.LIST_ONLY_ONE: Step.TEMPLATE,
    Trouble.START_PASSED: Step.TEAM,
    Trouble.END_PASSED: Step.TEAM,
    Trouble.REFUSED_BEFORE: Step.TEAM,
    Trouble.LINE_HELD: Step.TEAM,
    Trouble.OVER_QUOTA: Step.TEAM,
    Trouble.WAITS_FOR_HOURS: Step.TEAM,
    Trouble.ODD_HOUR: Step.TEAM,
    Trouble.NO_OPERATORS: Step.TEAM,
}


@dataclass(frozen=True, slots=True)
class Problem:
    trouble: Trouble
    count: int | None = None
    what: str | None = None
    at: datetime | None = None

    @property
    def blocks(self) -> bool:
        return self.trouble in _BLOCKING

    @property
    def step(self) -> Step:
        return _SOLVED_IN[self.trouble]


@dataclass(frozen=True, slots=True)
class Around:
    """What else decides, beside the draft and its reach."""

    now: datetime
    zone: ZoneInfo
    same_name: bool = False  # another campaign that is not over has it
    daily_recipients: int | None = None
    hours: SendingHours = USUAL  # the installation's


@dataclass(frozen=True, slots=True)
class Overview:
    """A draft as it is reviewed: itself, whom it reaches, and what is the matter with it."""

    draft: CampaignDraft
    reach: Preview
    recipe: Recipe
    problems: tuple[Problem, ...]  # those that block first

    @property
    def may_go(self) -> bool:
        return not any(problem.blocks for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Glance:
    """A draft with what can be said about it before anybody is counted."""

    draft: CampaignDraft
    problems: tuple[Problem, ...]


def look_over(
    session: Session,
    campaign_id: int,
    *,
    now: datetime,
    zone: ZoneInfo,
    usual: SendingHours = USUAL,
) -> Overview:
    """Count its reach and say what is missing; raises NotFound."""
    draft = draft_of(session, campaign_id)
    recipe = draft_recipe(session, campaign_id, now=now, zone=zone)
    reach = preview_audience(session, recipe, now=now)
    namesakes = select(Campaign.id).where(
        func.lower(Campaign.name) == draft.name.lower(),
        Campaign.id != campaign_id,
        Campaign.state.in_((CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.PAUSED)),
    )
    around = Around(
        now=now,
        zone=zone,
        same_name=session.execute(select(namesakes.exists())).scalar_one(),
        daily_recipients=session.scalar(
            select(Portfolio.daily_recipients)
            .join(Line, Line.portfolio_id == Portfolio.id)
            .where(Line.id == draft.line_id)
        ),
        hours=usual,
    )
    return Overview(draft, reach, recipe, tuple(problems_of(draft, reach, around)))


def draft_recipe(
    session: Session,
    campaign_id: int,
    *,
    now: datetime,
    zone: ZoneInfo,
    audience: AudienceFilter | None = None,
) -> Recipe:
    """What decides who gets it as the draft stands, or with another ``audience``.

    A text that is not given yet is stood in for by its sample: it is missing for everybody, and
    that is a problem of its own.
    """
    campaign = session.get_one(Campaign, campaign_id)
    recipe = unchecked_recipe(session, campaign, now=now, zone=zone.key)
    return replace(
        recipe,
        audience=recipe.audience if audience is None else audience,
        texts=with_samples(recipe),
    )


def with_samples(recipe: Recipe) -> dict[str, str]:
    """Its texts, the missing ones as their samples."""
    missing = missing_texts(recipe.fields, recipe.texts)
    return {**recipe.texts, **{name: FIELDS[name].sample for name in missing}}


def glance(session: Session, campaign_id: int, *, now: datetime, zone: ZoneInfo) -> Glance:
    """The draft and what is wrong with it, without counting anybody; raises NotFound."""
    draft = draft_of(session, campaign_id)
    return Glance(draft, tuple(problems_of(draft, None, Around(now=now, zone=zone))))


def problems_of(draft: CampaignDraft, reach: Preview | None, around: Around) -> list[Problem]:
    """Those that keep it from its launch first, each in the order of the steps.

    Without ``reach``, those that can be told before anybody is counted.
    """
    found = [
        *_of_type(draft, around),
        *_of_audience(draft, reach),
        *_of_template(draft, reach),
        *_of_team(draft, reach, around),
    ]
    return sorted(found, key=lambda problem: not problem.blocks)


def _of_type(draft: CampaignDraft, around: Around) -> list[Problem]:
    found = []
    if not draft.type_is_active:
        found.append(Problem(Trouble.TYPE_INACTIVE))
    if around.same_name:
        found.append(Problem(Trouble.SAME_NAME))
    return found


def _of_audience(draft: CampaignDraft, reach: Preview | None) -> list[Problem]:
    if reach is None:
        return [] if narrows(draft.audience) else [Problem(Trouble.EVERYBODY)]
    if not reach.matching:
        return [Problem(Trouble.AUDIENCE_EMPTY)]
    found = []
    if not reach.recipients:
        found.append(Problem(Trouble.NOBODY_LEFT, reach.matching))
    if not narrows(draft.audience):
        found.append(Problem(Trouble.EVERYBODY, reach.matching))
    if count := reach.excluded.get(COUPON_NOT_PAYABLE):
        found.append(Problem(Trouble.NO_COUPON, count))
    return found


def narrows(audience: AudienceFilter) -> bool:
    """Whether it asks for anything beside live subscriptions."""
    excluding = {"not_in_other_campaigns", "not_contacted_for_days"}
    return bool(audience.as_json().keys() - excluding)


def _of_template(draft: CampaignDraft, reach: Preview | None) -> list[Problem]:
    template = draft.template
    if template is None:
        return [] if draft.is_phone_only else [Problem(Trouble.NO_TEMPLATE)]
    found = []
    if template.state is not TemplateState.APPROVED:
        found.append(Problem(Trouble.NOT_APPROVED, what=template.state.value))
    found += [
        Problem(Trouble.TEXT_MISSING, what=name)
        for name in missing_texts(template.fields, template.texts)
    ]
    if reach and (count := reach.excluded.get(MISSING_VARIABLE)):
        found.append(Problem(Trouble.VALUES_MISSING, count))
    lists = _LIST in template.fields.values()
    together = draft.shared_phone is SharedPhonePolicy.LIST
    if together and not lists:
        found.append(Problem(Trouble.LIST_NOT_SHOWN))
    elif lists and not together:
        found.append(Problem(Trouble.LIST_ONLY_ONE))
    return found


def _of_team(draft: CampaignDraft, reach: Preview | None, around: Around) -> list[Problem]:
    found = []
    start = draft.starts_at or around.now
    if draft.starts_at is not None and draft.starts_at <= around.now:
        found.append(Problem(Trouble.START_PASSED))
    local = max(start, around.now).astimezone(around.zone)
    if draft.ends_on is not None and draft.ends_on < local.date():
        found.append(Problem(Trouble.END_PASSED))
    if draft.hold_reason is not None:
        found.append(Problem(Trouble.REFUSED_BEFORE))
    if draft.sends:
        if draft.line_hold is not None:
            found.append(Problem(Trouble.LINE_HELD, what=draft.line_hold))
        quota = around.daily_recipients
        if reach and quota is not None and reach.recipients > quota:
            found.append(Problem(Trouble.OVER_QUOTA, quota))
        opens = draft.hours(around.hours).opens_at(local, ARGENTINA)
        if opens != local:
            found.append(Problem(Trouble.WAITS_FOR_HOURS, at=opens))
        elif USUAL.opens_at(local, ARGENTINA) != local:
            found.append(Problem(Trouble.ODD_HOUR, what=local.strftime("%H:%M")))
    if not draft.operators:
        found.append(Problem(Trouble.NO_OPERATORS))
    return found
