"""A template with somebody's values, as the bubble that his phone would show."""

from collections.abc import Mapping
from datetime import datetime

from dashboard.bubbles import Bubble, BubbleButton, Side
from messaging.templates import VARIABLE, Draft, field_of
from models.template import ButtonKind


def bubble_of(
    draft: Draft, values: Mapping[str, str | None], *, at: datetime | None = None
) -> Bubble:
    """The same shape as a message that was sent; what has no value shows its name."""

    def shown(key: str) -> str:
        entry = field_of(draft.fields.get(key, ""))
        return values.get(key) or f"[{entry.name if entry else key}]"

    return Bubble(
        side=Side.IN,  # as it is read: at the left, on the customer's phone
        text=VARIABLE.sub(lambda match: shown(match.group(1)), draft.body),
        footer=draft.footer,
        at=at,
        buttons=tuple(
            BubbleButton(
                title=button.title,
                icon="external-link" if button.kind is ButtonKind.URL else "reply",
            )
            for button in draft.buttons
        ),
    )
