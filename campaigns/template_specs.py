"""A template as a person writes it: what the channel needs besides is ours to add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from messaging.template_rules import TOKEN_LENGTH
from messaging.templates import COUPON_LINK_TOKEN, VARIABLE, Button, Draft, button_token
from models.template import ButtonKind, TemplateCategory

COUPON_PATH = "/c/"
SAMPLE_TOKEN = "muestra"  # noqa: S105  # the coupon page shows an invented coupon for it


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonSpec:
    """A button as a person writes it: its variable is ours to add."""

    kind: ButtonKind
    title: str
    result: str | None = None  # code of a result that a tap records
    value: str | None = None  # what the tap says where the result asks: "4", a choice's code
    url: str | None = None  # before the token; None is the coupon page


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSpec:
    """A template as a person writes it."""

    name: str
    language: str = "es_AR"
    category: TemplateCategory
    header: str | None = None
    body: str
    footer: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)
    buttons: Sequence[ButtonSpec] = ()
    campaign_type: str | None = None  # whose result codes the buttons name, besides common ones


def draft_of(spec: TemplateSpec, *, public_url: str) -> Draft:
    """The spec with the variables that tie a tap or a visit to its message.

    They are numbered on from those of the body, button by button.
    """
    fields, samples = dict(spec.fields), dict(spec.samples)
    last = max((int(key) for key in VARIABLE.findall(spec.body)), default=0)
    buttons = []
    for position, button in enumerate(spec.buttons, start=1):
        key = str(last + position)
        mark = "{{" + key + "}}"
        if button.kind is ButtonKind.QUICK_REPLY:
            fields[key], samples[key] = button_token(position), "A" * TOKEN_LENGTH
            made = Button(kind=button.kind, title=button.title, payload=f"b{position}_{mark}")
        else:
            fields[key], samples[key] = COUPON_LINK_TOKEN, SAMPLE_TOKEN
            base = public_url + COUPON_PATH if button.url is None else button.url
            made = Button(kind=button.kind, title=button.title, url=base + mark)
        buttons.append(made)
    return Draft(
        name=spec.name,
        language=spec.language,
        category=spec.category,
        header=spec.header,
        body=spec.body,
        footer=spec.footer,
        fields=fields,
        samples=samples,
        buttons=buttons,
    )
