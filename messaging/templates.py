"""The text of a template, its variables and how they are filled.

No template language is at work here: ``{{1}}`` … ``{{n}}`` are replaced once, strictly, and a
value is never looked at again. What the channel demands of a template before it is submitted is
in `messaging.template_rules`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from messaging.errors import BadVariable, MissingVariables
from messaging.tokens import Signer, TokenKind
from models.states import TemplateState
from models.template import ButtonKind, TemplateCategory

MAX_BODY = 1_024  # as sent, values included (63021)
MAX_VALUE = 1_600  # of one value (21658)
MAX_SPACES = 4  # together, in a value (21656)

VARIABLE = re.compile(r"\{\{([1-9][0-9]{0,2})\}\}")


@dataclass(frozen=True, slots=True)
class Field:
    """What a variable may stand for. A derived one is filled when the message is sent."""

    key: str
    name: str  # as the screens say it
    sample: str
    is_derived: bool = False


COUPON_LINK_TOKEN = "coupon_link.token"  # noqa: S105
BUTTON_TOKEN = "button.token"  # noqa: S105  # of the first button: "button.token:1"

FIELDS: dict[str, Field] = {
    entry.key: entry
    for entry in (
        Field("customer.name", "Nombre y apellido", "Ana Gómez"),
        Field("customer.first_name", "Nombre", "Ana"),
        Field("customer.document", "Documento", "30111222"),
        Field("plan.name", "Plan", "Plan 100 %"),
        Field("plan.model", "Modelo", "Cronos 1.3"),
        Field("plan.administrator", "Administradora", "Autoplan"),
        Field("subscription.group", "Grupo", "1042"),
        Field("subscription.order", "Orden", "87"),
        Field("subscription.contract_number", "Número de contrato", "900123"),
        Field("subscription.instalments_overdue", "Cuotas en mora", "2"),
        Field("subscription.list", "Lista de suscripciones", "1042/87 y 1042/88"),
        Field("coupon.instalment", "Número de cuota", "14"),
        Field("coupon.amount", "Importe", "45.300,50"),
        Field("coupon.due_date", "Vencimiento", "10/12/2026"),
        Field("coupon.second_due_date", "Segundo vencimiento", "20/12/2026"),
        Field("coupon.payment_code", "Código de pago", "0042-7781"),
        Field("campaign.text_1", "Texto 1 de la campaña", "hasta el viernes"),
        Field("campaign.text_2", "Texto 2 de la campaña", "de 9 a 18"),
        Field("campaign.text_3", "Texto 3 de la campaña", "en la sucursal"),
        Field(COUPON_LINK_TOKEN, "Link de cupón", "AAAAAAAAAAAAAAA", is_derived=True),
        Field(BUTTON_TOKEN, "Botón", "AAAAAAAAAAAAAAA", is_derived=True),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A quick reply with its ``payload`` pattern, or a link with its ``url`` pattern."""

    kind: ButtonKind
    title: str
    payload: str | None = None  # "b1_{{5}}"
    url: str | None = None  # "https://…/c/{{6}}"

    @property
    def pattern(self) -> str:
        """The part that holds variables."""
        return (self.payload if self.kind is ButtonKind.QUICK_REPLY else self.url) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A version of a template as it is checked and submitted; its first button has position 1."""

    name: str
    language: str
    category: TemplateCategory
    header: str | None = None
    body: str
    footer: str | None = None
    fields: Mapping[str, str]  # {"1": "customer.first_name", …}
    samples: Mapping[str, str]  # {"1": "Ana", …}
    buttons: Sequence[Button] = ()


def field_of(name: str) -> Field | None:
    """The entry of `FIELDS` for a variable's field; any button's token is one entry."""
    return FIELDS.get(BUTTON_TOKEN if button_position(name) is not None else name)


def button_token(position: int) -> str:
    """The field that holds the token of the button at ``position``."""
    return f"{BUTTON_TOKEN}:{position}"


def button_position(name: str) -> int | None:
    """Which button's token a field is; None for any other field."""
    head, _, position = name.partition(":")
    return int(position) if head == BUTTON_TOKEN and position.isdecimal() else None


def variables_of(body: str, buttons: Iterable[Button] = ()) -> tuple[str, ...]:
    """The keys used, each once, in order of appearance: body first, then button by button."""
    texts = (body, *(button.pattern for button in buttons))
    return tuple(dict.fromkeys(key for text in texts for key in VARIABLE.findall(text)))


def with_tokens(
    fields: Mapping[str, str], values: Mapping[str, str], *, message_id: int, signer: Signer
) -> dict[str, str]:
    """The frozen values and the derived ones: everything that leaves with one message."""
    filled = dict(values)
    for key, name in fields.items():
        if name == COUPON_LINK_TOKEN:
            filled[key] = signer.sign(TokenKind.COUPON_LINK, message_id)
        elif (position := button_position(name)) is not None:
            filled[key] = signer.sign(TokenKind.BUTTON, message_id, position)
    return filled


def check_values(
    keys: Iterable[str], values: Mapping[str, str], *, body: str | None = None
) -> None:
    """Refuse values that the provider would refuse, or answer with the sample text.

    With ``body``, the filled text must fit into a message too.

    Raises:
        MissingVariables: a key has no value.
        BadVariable: a value too many, or one that cannot be sent.
    """
    wanted = list(keys)
    if missing := [key for key in wanted if key not in values]:
        raise MissingVariables(missing)
    for key in values.keys() - set(wanted):
        raise BadVariable(key, "the template has no such variable")
    for key in wanted:
        if problem := value_problem(values[key]):
            raise BadVariable(key, problem)
    if body is not None and len(render(body, values)) > MAX_BODY:
        longest = max(wanted, key=lambda key: len(values[key]), default="1")
        raise BadVariable(longest, f"with its values the message passes {MAX_BODY} characters")


def value_problem(value: str) -> str | None:
    """Why the provider would not take this value; None if it would."""
    if not value.strip():
        return "is empty"
    if len(value) > MAX_VALUE:
        return f"is longer than {MAX_VALUE} characters"
    if " " * (MAX_SPACES + 1) in value:
        return f"has more than {MAX_SPACES} spaces together"
    if any(char in "\u2028\u2029" or unicodedata.category(char) == "Cc" for char in value):
        return "has a line break, a tab or another control character"
    return None


# Characters that turn the direction of text: a name must not rearrange the sentence around it.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def clean_value(text: str) -> str:
    """Customer data as one line: white space and control characters become single spaces."""
    spaced = "".join(
        " " if char.isspace() or unicodedata.category(char) == "Cc" else char for char in text
    )
    return " ".join(_INVISIBLE.sub("", spaced).split())


def render(body: str, values: Mapping[str, str]) -> str:
    """The text as the customer reads it.

    Raises:
        MissingVariables: the text uses a key that has no value.
    """
    if missing := [key for key in variables_of(body) if key not in values]:
        raise MissingVariables(missing)
    return VARIABLE.sub(lambda match: values[match.group(1)], body)


@dataclass(frozen=True, slots=True)
class Approval:
    """Where a submitted version stands; None: a state that says nothing new."""

    state: TemplateState | None
    reason: str | None = None  # why it was rejected


class Submitting(Protocol):
    """What we can ask a provider about templates. Raises ProviderUnavailable, ProviderRefused."""

    def submit_content(self, draft: Draft, *, friendly_name: str) -> str:
        """Store a version at the provider; its id there. Nothing is reviewed yet."""
        ...

    def request_approval(
        self, content_sid: str, *, name: str, category: TemplateCategory
    ) -> Approval:
        """Have it reviewed under a name that was never used before."""
        ...

    def approval(self, content_sid: str) -> Approval:
        """Where the review stands."""
        ...
