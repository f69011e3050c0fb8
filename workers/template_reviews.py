"""Have template versions reviewed, and learn what became of them."""

from collections.abc import Sequence

import structlog

from campaigns.template_drafts import (
    UNAVAILABLE,
    due_submissions,
    settle_submission,
    take_submission,
)
from campaigns.template_registry import (
    VersionLine,
    approval_name,
    content_stored,
    get_version,
    list_versions,
    record_approval,
    stored_draft,
)
from messaging.errors import ProviderRefused, ProviderUnavailable
from messaging.templates import Submitting
from messaging.twilio.rest import TwilioRest
from models.states import TemplateState
from runtime.settings import Settings
from runtime.wiring import Runtime

log = structlog.get_logger(__name__)


def provider(settings: Settings) -> TwilioRest:
    """Twilio's REST API as the settings say; an API key is preferred to the account's token."""
    return TwilioRest(
        account_sid=settings.twilio_account_sid,
        username=settings.twilio_api_key or settings.twilio_account_sid,
        password=settings.twilio_api_secret or settings.twilio_auth_token,
        base_url=settings.twilio_base_url,
    )


def submit_version(runtime: Runtime, provider: Submitting, version_id: int) -> TemplateState:
    """Have a draft reviewed, and say where it stands then.

    No transaction is open while the provider is asked. Interrupted, it is simply called again:
    it goes on where it was.

    Raises:
        ProviderUnavailable, ProviderRefused: the version stays a draft.
    """
    with runtime.sessions.begin() as session:
        draft = stored_draft(session, version_id)
        name = approval_name(session, version_id)
        version = get_version(session, version_id)
    if version.state is not TemplateState.DRAFT:
        return version.state
    sid = version.content_sid
    if sid is None:
        sid = provider.submit_content(draft, friendly_name=name)
        with runtime.sessions.begin() as session:
            content_stored(session, version_id, sid)
    told = provider.approval(sid)
    if told.state is TemplateState.DRAFT:  # else it was asked for before we were interrupted
        told = provider.request_approval(sid, name=name, category=draft.category)
    with runtime.sessions.begin() as session:
        record_approval(session, version_id, told)
        return get_version(session, version_id).state


def submit_asked(
    runtime: Runtime, version_id: int, asked: Submitting | None = None
) -> TemplateState | None:
    """Submit a version that a person asked for; None if somebody else is at it.

    A provider that does not answer, or refuses, leaves a draft that says so.
    """
    with runtime.sessions.begin() as session:
        if not take_submission(session, version_id, now=runtime.now(session)):
            return None
    problem = None
    try:
        state = submit_version(runtime, asked or provider(runtime.settings), version_id)
    except ProviderUnavailable as error:
        log.warning("template not submitted", version=version_id, error=str(error))
        state, problem = TemplateState.DRAFT, UNAVAILABLE
    except ProviderRefused as error:
        log.warning("template refused", version=version_id, error=str(error))
        state, problem = TemplateState.DRAFT, str(error)
    if state is TemplateState.DRAFT and problem is None:
        return state  # the provider has it and says nothing yet: asked again when it is due
    with runtime.sessions.begin() as session:
        settle_submission(session, version_id, problem)
    return state


def submit_due(runtime: Runtime) -> None:
    """What a lost wake-up or a dead worker left behind, and news of what is being reviewed."""
    with runtime.sessions() as session:
        due = due_submissions(session, now=runtime.now(session))
        reviewed = [
            version
            for version in list_versions(session, only_live=True)
            if version.state is TemplateState.SUBMITTED
        ]
    for version_id in due:
        submit_asked(runtime, version_id)
    if reviewed:
        look_at_reviews(runtime, reviewed)


def refresh_approvals(
    runtime: Runtime, provider: Submitting, versions: Sequence[VersionLine] | None = None
) -> list[str]:
    """Ask for every version that may still move, or for these; the ones that did, in words."""
    if versions is not None:
        live = list(versions)
    else:
        with runtime.sessions() as session:
            live = list_versions(session, only_live=True)
    moved = []
    for version in live:
        assert version.content_sid is not None
        told = provider.approval(version.content_sid)
        with runtime.sessions.begin() as session:
            if record_approval(session, version.version_id, told):
                moved.append(f"{version.name} v{version.number}: {told.state}")
    return moved


def look_at_reviews(runtime: Runtime, versions: Sequence[VersionLine] | None = None) -> None:
    """The same as a periodic job: what cannot be asked now is asked the next time."""
    try:
        moved = refresh_approvals(runtime, provider(runtime.settings), versions)
    except (ProviderRefused, ProviderUnavailable) as error:
        log.warning("template reviews not read", error=str(error))
        return
    for version in moved:
        log.info("template moved", version=version)
