"""What WhatsApp allows in a template and a careful writer still avoids; it stops nothing."""

import enum
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from messaging.templates import MAX_BODY, Draft, render, variables_of
from models.template import ButtonKind, TemplateCategory


class Care(enum.StrEnum):
    BLANK_LINES = "blank_lines"
    SOUNDS_LIKE_MARKETING = "sounds_like_marketing"  # Meta would move or reject it
    LONG_WHEN_FILLED = "long_when_filled"  # with its samples it passes the limit
    NO_WAY_OUT = "no_way_out"  # advertising that offers no opt-out
    UNMAPPED_BUTTON = "unmapped_button"  # a tap waits for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    field: str  # as in TemplateError
    care: Care
    figures: dict[str, object]


_SELLING = re.compile(
    r"\b(?:promo\w*|descuento\w*|oferta\w*|aprovech\w+|ultimos dias|gratis|bonificad\w*"
    r"|sorteo\w*|imperdible\w*|exclusiv[oa]s?|regal\w+|liquidacion|cyber\w*|black friday"
    r"|no te (?:lo|la) pierdas|compra ya|llevate|sumate|premio\w*|ganate)\b|\d+ ?% ?(?:off|menos)"
)
_OPT_OUT = re.compile(r"\bbaja\b|no (?:quiero|recibir|deseo)\b.*\b(?:mensajes|avisos)|\bstop\b")


def doubts_of(
    draft: Draft, *, offers_opt_out: bool = False, recording: Collection[int] | None = None
) -> list[Doubt]:
    """What to think over.

    ``offers_opt_out``: one of its buttons records an opt-out. ``recording``: the positions of
    the buttons whose tap records a result; None where nobody knows.
    """
    doubts = []

    def doubt(field: str, care: Care, **figures: object) -> None:
        doubts.append(Doubt(field=field, care=care, figures=figures))

    if re.search(r"\n[^\S\n]*\n[^\S\n]*\n", draft.body):
        doubt("body", Care.BLANK_LINES)
    ends = (draft.header or "", draft.footer or "")
    said = _plain(" ".join((draft.body, *ends, *(b.title for b in draft.buttons))))
    selling = dict.fromkeys(match.group(0) for match in _SELLING.finditer(said))
    if draft.category is TemplateCategory.UTILITY and selling:
        words = ", ".join(f"«{word}»" for word in selling)
        doubt("body", Care.SOUNDS_LIKE_MARKETING, words=words)
    if (length := _filled(draft)) > MAX_BODY >= len(draft.body):
        doubt("body", Care.LONG_WHEN_FILLED, length=length, most=MAX_BODY)
    if draft.category is TemplateCategory.MARKETING and not (
        offers_opt_out or _OPT_OUT.search(said)
    ):
        doubt("footer", Care.NO_WAY_OUT)
    for position, button in enumerate(draft.buttons if recording is not None else (), start=1):
        if button.kind is ButtonKind.QUICK_REPLY and position not in (recording or ()):
            doubt(f"buttons[{position}].result", Care.UNMAPPED_BUTTON, title=button.title)
    return doubts


def _filled(draft: Draft) -> int:
    """How long the text is with its samples."""
    known = all(key in draft.samples for key in variables_of(draft.body))
    return len(render(draft.body, draft.samples)) if known else 0


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in folded if not unicodedata.combining(char))
