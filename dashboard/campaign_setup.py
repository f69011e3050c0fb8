"""What was launched, as its page draws it: facts in words and the message on a phone."""

from dataclasses import dataclass

from campaigns.sending_hours import SendingHours, chosen_hours
from campaigns.setup_view import SentVersion, Setup
from dashboard.bubbles import Bubble
from dashboard.campaign_words import IN_DOUBT, POLICIES, filter_sentences
from dashboard.hours_words import whole_hours_said
from dashboard.template_bubble import bubble_of
from messaging.templates import Button, Draft, field_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    filters: list[tuple[str, str]]
    policy: tuple[str, str]
    when_uncertain: tuple[str, str]
    hours: str
    fields: list[tuple[str, str, str]]  # variable, where it comes from, in the first message
    texts: list[tuple[str, str]]
    bubble: Bubble | None


def setup_sheet(setup: Setup, *, usual: SendingHours) -> Sheet:
    version = setup.version
    return Sheet(
        filters=filter_sentences(setup.audience),
        policy=POLICIES[setup.shared_phone],
        when_uncertain=IN_DOUBT[setup.when_uncertain],
        hours=whole_hours_said(chosen_hours(usual, setup.own_hours, setup.line_hours)),
        fields=_fields(version) if version else [],
        texts=[(_name(key), text) for key, text in sorted(version.texts.items())]
        if version
        else [],
        bubble=_bubble(version) if version else None,
    )


def _fields(version: SentVersion) -> list[tuple[str, str, str]]:
    return [
        (f"{{{{{key}}}}}", _name(field), version.values.get(key, ""))
        for key, field in sorted(version.fields.items(), key=lambda one: int(one[0]))
        if (entry := field_of(field)) is None or not entry.is_derived
    ]


def _name(field: str) -> str:
    entry = field_of(field)
    return entry.name if entry else field


def _bubble(version: SentVersion) -> Bubble:
    draft = Draft(
        name=version.name,
        language=version.language,
        category=version.category,
        body=version.body,
        footer=version.footer,
        fields=version.fields,
        samples={},
        buttons=[
            Button(kind=each.kind, title=each.title, payload=each.payload, url=each.url)
            for each in version.buttons
        ],
    )
    return bubble_of(draft, version.values)
