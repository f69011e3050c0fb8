"""Templates and their versions: from a text to what the provider has approved.

A version is written as a draft, submitted, and from then on never changed: an edit makes the
next number. Nothing here talks to the provider; whoever does (`messaging.templates.Submitting`)
calls back with what it said, in a transaction of its own.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import holding
from campaigns.errors import NotFound, TemplateRefused
from campaigns.template_buttons import Tie, buttons_of, stored_buttons, ties_of
from campaigns.template_specs import TemplateSpec, draft_of
from messaging.errors import TemplateError
from messaging.template_rules import problems_of
from messaging.templates import Approval, Button, Draft
from models.states import TEMPLATE_VERSION, IllegalMove, TemplateState
from models.template import (
    Template,
    TemplateButton,
    TemplateCategory,
    TemplateVersion,
)


@dataclass(frozen=True, slots=True)
class Added:
    version_id: int
    number: int
    is_new: bool  # False: the last version says exactly this already


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version as a list shows it."""

    version_id: int
    name: str
    number: int
    language: str
    category: TemplateCategory
    state: TemplateState
    content_sid: str | None
    rejection_reason: str | None


def add_version(session: Session, spec: TemplateSpec, *, public_url: str) -> Added:
    """Keep the spec as the template's next version, making the template if it is the first.

    A draft that was never submitted is written over. Language and category are the template's:
    they stay what its first submitted version said.

    Raises:
        TemplateRefused: everything that is wrong with it, field by field.
    """
    draft = draft_of(spec, public_url=public_url)
    problems = problems_of(draft)
    ties = ties_of(session, spec, problems)
    template = session.scalars(
        select(Template).where(Template.name == spec.name).with_for_update()
    ).one_or_none()
    last = None if template is None else last_version(session, template.id)
    if template is not None and last is not None and last.state is not TemplateState.DRAFT:
        for name in ("language", "category"):
            if getattr(template, name) != getattr(spec, name):
                told = f"the template is {getattr(template, name)}: give another one its own name"
                problems.append(TemplateError(name, told))
    if problems:
        raise TemplateRefused(spec.name, problems)
    if template is None:
        template = Template(name=spec.name, language=spec.language, category=spec.category)
        session.add(template)
        session.flush()
    elif (
        last is not None
        and _says(session, last, draft, ties)
        and ((template.language, template.category) == (spec.language, spec.category))
    ):
        return Added(last.id, last.number, is_new=False)
    template.language, template.category = spec.language, spec.category
    version = write_version(session, template.id, last, draft)
    session.add_all(buttons_of(version.id, draft, ties))
    session.flush()
    return Added(version.id, version.number, is_new=True)


def stored_draft(session: Session, version_id: int) -> Draft:
    """A version as it is submitted; raises NotFound."""
    version, template = _version(session, version_id)
    return Draft(
        name=template.name,
        language=template.language,
        category=template.category,
        header=version.header,
        body=version.body,
        footer=version.footer,
        fields=version.fields,
        samples=version.samples,
        buttons=[
            Button(kind=button.kind, title=button.title, payload=button.payload, url=button.url)
            for button in stored_buttons(session, version_id)
        ],
    )


def approval_name(session: Session, version_id: int) -> str:
    """The name of one version at the provider, where a name can be used only once."""
    version, template = _version(session, version_id)
    return f"{template.name}_v{version.number}"


def content_stored(session: Session, version_id: int, content_sid: str) -> None:
    """The provider keeps the draft under this id; a second one for the same version is refused.

    Raises:
        NotFound: no such version.
        IllegalMove: the provider keeps it already, under another id.
    """
    version, _ = _version(session, version_id, lock=True)
    if version.content_sid is not None:
        raise IllegalMove(TEMPLATE_VERSION.name, version.state, "stored again", frozenset())
    version.content_sid = content_sid
    session.flush()


def record_approval(session: Session, version_id: int, told: Approval) -> bool:
    """Move a version to where the provider says it stands; False if that is nothing new.

    A state that was missed between two looks (approved, then paused) is passed through. What the
    table of moves does not have changes nothing: a rejected version stays rejected.
    """
    version, _ = _version(session, version_id, lock=True)
    if told.state is None or told.state is version.state:
        return False
    path = _path(version.state, told.state)
    if not path:
        return False
    was = version.state
    for state in path:
        TEMPLATE_VERSION.check(version.state, state)
        version.state = state
    version.rejection_reason = told.reason if told.state is TemplateState.REJECTED else None
    session.flush()
    holding.heed_review(session, version_id, was=was, now=version.state)
    return True


def get_version(session: Session, version_id: int) -> VersionLine:
    """One version as a list shows it; raises NotFound."""
    return _line(*_version(session, version_id))


def list_versions(session: Session, *, only_live: bool = False) -> list[VersionLine]:
    """Every version, by name and number; ``only_live``: those the provider may still move."""
    query = (
        select(TemplateVersion, Template)
        .join(Template, Template.id == TemplateVersion.template_id)
        .order_by(Template.name, TemplateVersion.number)
    )
    if only_live:
        query = query.where(
            TemplateVersion.content_sid.is_not(None),
            TemplateVersion.state.not_in(TEMPLATE_VERSION.final()),
        )
    return [_line(row.TemplateVersion, row.Template) for row in session.execute(query)]


def _line(version: TemplateVersion, template: Template) -> VersionLine:
    return VersionLine(
        version_id=version.id,
        name=template.name,
        number=version.number,
        language=template.language,
        category=template.category,
        state=version.state,
        content_sid=version.content_sid,
        rejection_reason=version.rejection_reason,
    )


def _path(now: TemplateState, told: TemplateState) -> list[TemplateState]:
    """The fewest legal moves from one state to another; none if there is no way."""
    ways = deque([[now]])
    seen = {now}
    while ways:
        way = ways.popleft()
        for state in sorted(TEMPLATE_VERSION.moves[way[-1]] - seen):
            if state is told:
                return [*way[1:], state]
            seen.add(state)
            ways.append([*way, state])
    return []


def write_version(
    session: Session, template_id: int, last: TemplateVersion | None, draft: Draft
) -> TemplateVersion:
    if last is not None and may_change(last):
        version = last
        session.execute(delete(TemplateButton).where(TemplateButton.template_version_id == last.id))
    else:
        number = 1 if last is None else last.number + 1
        version = TemplateVersion(template_id=template_id, number=number)
        session.add(version)
    version.header, version.body, version.footer = draft.header, draft.body, draft.footer
    version.fields, version.samples = dict(draft.fields), dict(draft.samples)
    session.flush()
    return version


def may_change(version: TemplateVersion) -> bool:
    """Until the provider has it: from then on its text is what customers were sent."""
    return (
        version.state is TemplateState.DRAFT
        and version.content_sid is None
        and version.submit_due_at is None
    )


def _says(session: Session, version: TemplateVersion, draft: Draft, ties: Sequence[Tie]) -> bool:
    """Whether a stored version is exactly this draft."""
    wanted = buttons_of(version.id, draft, ties)
    stored = stored_buttons(session, version.id)
    names = ("position", "kind", "title", "payload", "url", "result_type_id", "value")
    said = (version.header, version.body, version.footer, version.fields, version.samples)
    return said == (
        draft.header,
        draft.body,
        draft.footer,
        draft.fields,
        draft.samples,
    ) and [[getattr(b, name) for name in names] for b in stored] == [
        [getattr(b, name) for name in names] for b in wanted
    ]


def last_version(session: Session, template_id: int) -> TemplateVersion | None:
    return session.scalars(
        select(TemplateVersion)
        .where(TemplateVersion.template_id == template_id)
        .order_by(TemplateVersion.number.desc())
        .limit(1)
    ).one_or_none()


def _version(
    session: Session, version_id: int, *, lock: bool = False
) -> tuple[TemplateVersion, Template]:
    how = {"key_share": True} if lock else None  # rows that point at it are written meanwhile
    version = session.get(TemplateVersion, version_id, with_for_update=how)
    if version is None:
        raise NotFound("template version", version_id)
    return version, session.get_one(Template, version.template_id)
