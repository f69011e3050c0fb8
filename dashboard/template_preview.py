"""A template as the customer will read it, and what is to be said about it before it is sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.sample_people import Person, sample_people, values_of
from campaigns.template_buttons import ties_of
from campaigns.template_specs import TemplateSpec, draft_of
from dashboard.bubbles import Bubble, BubbleButton, Side
from dashboard.language import _
from dashboard.template_words import (
    Remark,
    doubt_remark,
    missing_remark,
    remark,
    wrong_name_remark,
)
from messaging.errors import TemplateError
from messaging.template_names import WrongName
from messaging.template_rules import Rule, problems_of
from messaging.template_warnings import doubts_of
from messaging.templates import FIELDS, MAX_BODY, VARIABLE, Draft
from models.template import ButtonKind, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The right side of the editor."""

    remarks: tuple[Remark, ...]  # errors first
    bubble: Bubble
    phone_name: str
    length: int  # of the text with this person's values
    most: int

    @property
    def errors(self) -> tuple[Remark, ...]:
        return tuple(each for each in self.remarks if each.is_error)

    @property
    def doubts(self) -> tuple[Remark, ...]:
        return tuple(each for each in self.remarks if not each.is_error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """Whose data a preview shows."""

    id: int | None  # of a subscription; None: invented
    name: str


def sitters(session: Session, *, today: date) -> list[Sitter]:
    """A few real people; without any, an invented one."""
    people = [
        Sitter(id=person.subscription_id, name=_called(person))
        for person in sample_people(session, today=today)
    ]
    return people or [Sitter(id=None, name=_("Ana Gómez (ejemplo)"))]


def review(
    session: Session,
    spec: TemplateSpec,
    *,
    wrong: Sequence[WrongName] = (),
    sitter: Sitter,
    public_url: str,
    now: datetime,
    today: date,
) -> Preview:
    """Everything that is wrong or doubtful, and the bubble with this person's data."""
    draft = draft_of(spec, public_url=public_url)
    tied: list[TemplateError] = []
    ties = ties_of(session, spec, tied)
    errors = [wrong_name_remark(each) for each in wrong]
    errors += [
        remark(problem)
        for problem in [*problems_of(draft), *tied]
        if not (wrong and getattr(problem, "rule", None) is Rule.BODY_BRACES)
    ]
    values = values_of(session, sitter.id or 0, spec.fields.values(), today=today)
    lacking = [field for field in spec.fields.values() if field not in values]
    doubts = [
        doubt_remark(doubt)
        for doubt in doubts_of(
            draft,
            offers_opt_out=any(tie.is_opt_out for tie in ties),
            recording={n for n, tie in enumerate(ties, start=1) if tie.result_type_id is not None},
        )
    ]
    if lacking:
        doubts.append(missing_remark(sitter.name.partition(" · ")[0], lacking))
    text = filled(spec.body, spec.fields, values)
    return Preview(
        remarks=(*dict.fromkeys(errors), *doubts),
        bubble=bubble_of(draft, text, at=now),
        phone_name=_line_name(session),
        length=len(text),
        most=MAX_BODY,
    )


def filled(body: str, fields: Mapping[str, str], values: Mapping[str, str]) -> str:
    """The text with values by field; where there is none, what would stand there."""

    def value(match: re.Match[str]) -> str:
        field = fields.get(match.group(1), "")
        if field in values:
            return values[field]
        return f"[{FIELDS[field].name}]" if field in FIELDS else match.group(0)

    return VARIABLE.sub(value, body)


def bubble_of(draft: Draft, text: str, *, at: datetime | None = None) -> Bubble:
    """How WhatsApp draws it when it comes in: on the customer's side of the phone."""
    return Bubble(
        side=Side.IN,
        header=draft.header,
        text=text,
        footer=draft.footer,
        buttons=tuple(
            BubbleButton(
                title=button.title or "…",
                icon="reply" if button.kind is ButtonKind.QUICK_REPLY else "external-link",
            )
            for button in draft.buttons
        ),
        at=at,
    )


def _called(person: Person) -> str:
    contract = "/".join(part for part in (person.group, person.order) if part)
    return f"{person.name} · {contract}" if contract else person.name


def _line_name(session: Session) -> str:
    return session.scalar(select(Line.name).order_by(Line.id).limit(1)) or _("Tu empresa")
