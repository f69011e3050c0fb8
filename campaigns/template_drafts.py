"""Templates as they are written on a screen: drafts that may still be wrong, and their submission.

A draft is kept with whatever is wrong with it, so that nothing typed is lost; what WhatsApp
demands is checked when it is submitted. A worker submits: nobody waits for the provider here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campaigns.audit import note
from campaigns.errors import AlreadyThere, InUse, NotFound, TemplateRefused
from campaigns.template_buttons import buttons_of, ties_of
from campaigns.template_registry import (
    get_version,
    last_version,
    may_change,
    stored_draft,
    write_version,
)
from campaigns.template_specs import TemplateSpec, draft_of
from messaging.errors import TemplateError
from messaging.template_rules import BrokenRule, Rule, problems_of
from models.campaign import Campaign, CampaignStep
from models.states import TEMPLATE_VERSION, IllegalMove, TemplateState
from models.template import Template, TemplateButton, TemplateVersion

RETRY_AFTER = timedelta(minutes=1)
"""A worker that died while it submitted is taken for dead after this."""

UNAVAILABLE = "unavailable"
"""The `submit_problem` of a provider that gave no answer; else it is what the provider said."""

_UNKEEPABLE = frozenset({Rule.NAME_FORM, Rule.LANGUAGE_FORM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    template_id: int
    version_id: int
    number: int


def save_draft(
    session: Session,
    spec: TemplateSpec,
    *,
    template_id: int | None = None,
    public_url: str,
    by_id: int | None = None,
) -> Saved:
    """Keep the spec as the draft of a template, a new one without ``template_id``.

    A version that was submitted is never touched: the draft is the next one.

    Raises:
        NotFound: no such template.
        AlreadyThere: another template has this name.
        IllegalMove: its last version is being submitted or reviewed.
        TemplateRefused: what cannot be kept at all: a name against the rules, a result that is
            not offered, or a name, language or category that was submitted differently.
    """
    draft = draft_of(spec, public_url=public_url)
    problems = [
        problem
        for problem in problems_of(draft)
        if isinstance(problem, BrokenRule) and problem.rule in _UNKEEPABLE
    ]
    problems_with_results: list[TemplateError] = []
    ties = ties_of(session, spec, problems_with_results)
    template = _locked(session, template_id)
    last = None if template is None else last_version(session, template.id)
    if last is not None:
        _check_editable(last)
    fixed = _fixed(template, last, spec)
    if problems or problems_with_results or fixed:
        raise TemplateRefused(spec.name, [*problems, *problems_with_results, *fixed])
    _check_free(session, spec.name, template)
    act = "template.save"
    if template is None:
        act = "template.create"
        template = Template(name=spec.name, language=spec.language, category=spec.category)
        session.add(template)
        session.flush()
    template.name, template.language = spec.name, spec.language
    template.category = spec.category
    version = write_version(session, template.id, last, draft)
    version.submit_problem = None
    session.add_all(buttons_of(version.id, draft, ties))
    note(session, act, template, by_id=by_id, name=spec.name, version=version.number)
    session.flush()
    return Saved(template_id=template.id, version_id=version.id, number=version.number)


def discard_draft(session: Session, template_id: int, *, by_id: int | None = None) -> bool:
    """Drop the draft that was never submitted; True if the template went with it.

    Raises:
        NotFound: no such template.
        IllegalMove: its last version is no draft any more.
        InUse: campaigns that would be left without what they send.
    """
    template = _locked(session, template_id)
    assert template is not None
    version = last_version(session, template_id)
    if version is not None and not may_change(version):
        raise IllegalMove(
            TEMPLATE_VERSION.name, version.state, "deleted", TEMPLATE_VERSION.moves[version.state]
        )
    if version is not None:
        _check_unused(session, template, version)
        session.execute(
            delete(TemplateButton).where(TemplateButton.template_version_id == version.id)
        )
        session.delete(version)
        session.flush()
    note(session, "template.discard", template, by_id=by_id, name=template.name)
    gone = last_version(session, template_id) is None
    if gone:
        session.delete(template)
    session.flush()
    return gone


def ask_submission(
    session: Session, version_id: int, *, now: datetime, by_id: int | None = None
) -> None:
    """Have a worker submit a draft; wake it after the commit. Asked again, it tries again.

    Raises:
        NotFound: no such version.
        IllegalMove: it was submitted before.
        TemplateRefused: everything that WhatsApp would not take.
    """
    version = session.get(TemplateVersion, version_id, with_for_update={"key_share": True})
    if version is None:
        raise NotFound("template version", version_id)
    TEMPLATE_VERSION.check(version.state, TemplateState.SUBMITTED)
    if problems := problems_of(stored_draft(session, version_id)):
        raise TemplateRefused(get_version(session, version_id).name, problems)
    if version.submit_due_at is None:
        version.submit_due_at = now
        template = session.get_one(Template, version.template_id)
        note(session, "template.submit", template, by_id=by_id, version=version.number)
    version.submit_problem = None
    session.flush()


def due_submissions(session: Session, *, now: datetime) -> list[int]:
    """Versions that somebody asked to submit and no worker is at."""
    return list(
        session.scalars(
            select(TemplateVersion.id)
            .where(TemplateVersion.submit_due_at <= now)
            .order_by(TemplateVersion.id)
        )
    )


def take_submission(session: Session, version_id: int, *, now: datetime) -> bool:
    """Whether the caller is the one to submit it; for `RETRY_AFTER` nobody else is."""
    taken = session.execute(
        update(TemplateVersion)
        .where(
            TemplateVersion.id == version_id,
            TemplateVersion.submit_due_at <= now,
            TemplateVersion.state == TemplateState.DRAFT,
        )
        .values(submit_due_at=now + RETRY_AFTER)
        .returning(TemplateVersion.id)
    ).first()
    return taken is not None


def settle_submission(session: Session, version_id: int, problem: str | None = None) -> None:
    """It was submitted, or could not be: then it stays a draft, and a person asks again."""
    session.execute(
        update(TemplateVersion)
        .where(TemplateVersion.id == version_id)
        .values(submit_due_at=None, submit_problem=problem)
    )


def _locked(session: Session, template_id: int | None) -> Template | None:
    if template_id is None:
        return None
    template = session.get(Template, template_id, with_for_update=True)
    if template is None:
        raise NotFound("template", template_id)
    return template


def _check_editable(last: TemplateVersion) -> None:
    if last.state is TemplateState.SUBMITTED or last.submit_due_at is not None:
        raise IllegalMove(
            TEMPLATE_VERSION.name, last.state, "edited", TEMPLATE_VERSION.moves[last.state]
        )


def _fixed(
    template: Template | None, last: TemplateVersion | None, spec: TemplateSpec
) -> list[TemplateError]:
    """What may not change any more once a version was submitted."""
    if template is None or last is None or (last.number == 1 and may_change(last)):
        return []
    return [
        TemplateError(name, f"it was submitted as {getattr(template, name)}")
        for name in ("name", "language", "category")
        if getattr(template, name) != getattr(spec, name)
    ]


def _check_free(session: Session, name: str, template: Template | None) -> None:
    other = session.scalar(select(Template.id).where(Template.name == name))
    if other is not None and (template is None or other != template.id):
        raise AlreadyThere("template", name)


def _check_unused(session: Session, template: Template, version: TemplateVersion) -> None:
    users = session.scalars(
        select(Campaign.name)
        .join(CampaignStep, CampaignStep.campaign_id == Campaign.id)
        .where(CampaignStep.template_version_id == version.id)
        .order_by(Campaign.name)
    ).all()
    if users:
        raise InUse("template", template.name, campaigns=users)
