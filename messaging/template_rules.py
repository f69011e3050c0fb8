"""What WhatsApp demands of a template before it may be submitted, all of it at once.

Source: Twilio docs, Using variables with Content API, Quick reply, Call to action and WhatsApp
card; Meta docs, Message templates.
"""

import enum
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from urllib.parse import urlsplit

from messaging.errors import TemplateError
from messaging.templates import (
    COUPON_LINK_TOKEN,
    MAX_BODY,
    VARIABLE,
    Button,
    Draft,
    button_position,
    button_token,
    field_of,
    value_problem,
    variables_of,
)
from models.template import ButtonKind

MAX_VARIABLES = 100
MAX_HEADER = 60
MAX_FOOTER = 60
MAX_BUTTONS = 10
MAX_URL_BUTTONS = 2
MAX_TITLE = {ButtonKind.QUICK_REPLY: 20, ButtonKind.URL: 25}
MAX_PAYLOAD = 200
TOKEN_LENGTH = 35  # of messaging.tokens

_NAME = re.compile(r"[a-z0-9_]{1,500}\Z")  # 512 at Meta's; we append the version's number
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?\Z")
_PAYLOAD = re.compile(r"[A-Za-z0-9_|-]*\Z")  # around the variable
# What may stand around a variable at an end of the text without making it anything but an end.
_EDGE = re.compile(r"[\s.,;:!?¡¿…)(\"'“”‘’*_~\[\]-]+")


class Rule(enum.StrEnum):
    """What the channel demands; each has its sentence in `_SENTENCES`."""

    NAME_FORM = "name_form"
    LANGUAGE_FORM = "language_form"
    BODY_EMPTY = "body_empty"
    BODY_LONG = "body_long"
    BODY_BRACES = "body_braces"
    BODY_STARTS = "body_starts"
    BODY_ENDS = "body_ends"
    BODY_TOUCH = "body_touch"
    BODY_FEW_WORDS = "body_few_words"
    HEADER_EMPTY = "header_empty"
    HEADER_LONG = "header_long"
    HEADER_FORM = "header_form"
    FOOTER_EMPTY = "footer_empty"
    FOOTER_LONG = "footer_long"
    FOOTER_VARIABLES = "footer_variables"
    BUTTONS_MANY = "buttons_many"
    BUTTONS_LINKS = "buttons_links"
    BUTTONS_MIXED = "buttons_mixed"
    BUTTONS_SAME_TITLE = "buttons_same_title"
    BUTTONS_SAME_PAYLOAD = "buttons_same_payload"
    TITLE_EMPTY = "title_empty"
    TITLE_LONG = "title_long"
    TITLE_FORM = "title_form"
    PAYLOAD_MISSING = "payload_missing"
    PAYLOAD_FORM = "payload_form"
    PAYLOAD_LONG = "payload_long"
    PAYLOAD_TOKEN = "payload_token"  # noqa: S105
    URL_VARIABLE = "url_variable"
    URL_BRACES = "url_braces"
    URL_DOMAIN = "url_domain"
    URL_HTTPS = "url_https"
    URL_PATH = "url_path"
    URL_FORM = "url_form"
    URL_TOKEN = "url_token"  # noqa: S105
    VARIABLES_GAPS = "variables_gaps"
    VARIABLES_MANY = "variables_many"
    VARIABLE_MISSING = "variable_missing"
    VARIABLE_UNUSED = "variable_unused"
    VARIABLE_UNKNOWN = "variable_unknown"
    VARIABLE_BUTTON = "variable_button"
    VARIABLE_SAMPLE = "variable_sample"


_SENTENCES: dict[Rule, str] = {
    Rule.NAME_FORM: "only lower case letters, digits and underscores, 1 to 500 of them",
    Rule.LANGUAGE_FORM: "{given!r} is no language code such as es_AR",
    Rule.BODY_EMPTY: "is empty",
    Rule.BODY_LONG: "is {length} characters long; {most} are allowed",
    Rule.BODY_BRACES: "has braces that are no variable: write {{{{1}}}}, {{{{2}}}}, …",
    Rule.BODY_STARTS: "starts with a variable: put a word before it",
    Rule.BODY_ENDS: "ends with a variable: put a word after it, punctuation is not enough",
    Rule.BODY_TOUCH: "has two variables that touch: put a word between them",
    Rule.BODY_FEW_WORDS: "{slots} variables need {least} fixed words; it has {words}",
    Rule.HEADER_EMPTY: "is empty: leave it out",
    Rule.HEADER_LONG: "is {length} characters long; {most} are allowed",
    Rule.HEADER_FORM: "may have no variables, line breaks or formatting",
    Rule.FOOTER_EMPTY: "is empty: leave it out",
    Rule.FOOTER_LONG: "is {length} characters long; {most} are allowed",
    Rule.FOOTER_VARIABLES: "may not have variables",
    Rule.BUTTONS_MANY: "{count} are too many; {most} are allowed",
    Rule.BUTTONS_LINKS: "at most {most} may be links",
    Rule.BUTTONS_MIXED: "quick replies stand together, before or after the links",
    Rule.BUTTONS_SAME_TITLE: "two have the title {given!r}",
    Rule.BUTTONS_SAME_PAYLOAD: "two have the payload {given!r}",
    Rule.TITLE_EMPTY: "is empty",
    Rule.TITLE_LONG: "{length} characters; {most} are allowed",
    Rule.TITLE_FORM: "may have neither variables nor line breaks",
    Rule.PAYLOAD_MISSING: "is missing",
    Rule.PAYLOAD_FORM: "only letters, digits, '_', '|' and '-' around the variable",
    Rule.PAYLOAD_LONG: "is longer than {most} characters once it is filled",
    Rule.PAYLOAD_TOKEN: "{key} must be {wanted}: nothing else ties a tap safely",
    Rule.URL_VARIABLE: "needs exactly one variable, at its end",
    Rule.URL_BRACES: "has braces that are no variable",
    Rule.URL_DOMAIN: "needs a fixed domain",
    Rule.URL_HTTPS: "must start with https://",
    Rule.URL_PATH: "the variable must be in the path or the query, not in the domain",
    Rule.URL_FORM: "may have neither a fragment nor white space",
    Rule.URL_TOKEN: "{key} must be {wanted}: a link may name nobody",
    Rule.VARIABLES_GAPS: "must be numbered from 1 without gaps, not {given}",
    Rule.VARIABLES_MANY: "{count} are too many; {most} are allowed",
    Rule.VARIABLE_MISSING: "has no {what}",
    Rule.VARIABLE_UNUSED: "has a {what} but stands in no text",
    Rule.VARIABLE_UNKNOWN: "{given!r} is no field",
    Rule.VARIABLE_BUTTON: "a button's token belongs into that button alone",
    Rule.VARIABLE_SAMPLE: "its sample {given}",
}


class BrokenRule(TemplateError):
    """A `TemplateError` that can be said in other words: the ``rule`` and its ``figures``."""

    def __init__(self, field: str, rule: Rule, figures: Mapping[str, object]) -> None:
        self.rule = rule
        self.figures = dict(figures)
        super().__init__(field, _SENTENCES[rule].format(**figures))


def check_version(draft: Draft) -> None:
    """Raise the first of `problems_of`, as TemplateError, if there is one."""
    for problem in problems_of(draft):
        raise problem


def problems_of(draft: Draft) -> list[TemplateError]:
    """Every rule that the draft breaks, each a `BrokenRule` with the field to look at."""
    ends = [*_header(draft.header), *_footer(draft.footer)]
    found = [*_heads(draft), *_body(draft.body), *ends, *_buttons(draft)]
    return [BrokenRule(field, rule, told) for field, rule, told in [*found, *_variables(draft)]]


Figures = Mapping[str, object]
Found = Iterator[tuple[str, Rule, Figures]]  # where, what
Broken = Iterator[tuple[Rule, Figures]]


def _heads(draft: Draft) -> Found:
    if not _NAME.match(draft.name):
        yield "name", Rule.NAME_FORM, {}
    if not _LANGUAGE.match(draft.language):
        yield "language", Rule.LANGUAGE_FORM, {"given": draft.language}


def _body(body: str) -> Found:
    if not body.strip():
        yield "body", Rule.BODY_EMPTY, {}
        return
    if len(body) > MAX_BODY:
        yield "body", Rule.BODY_LONG, {"length": len(body), "most": MAX_BODY}
    if _odd_braces(body):
        yield "body", Rule.BODY_BRACES, {}
    bare = _EDGE.sub("", VARIABLE.sub("\0", body))
    if bare.startswith("\0"):
        yield "body", Rule.BODY_STARTS, {}
    if bare.endswith("\0"):
        yield "body", Rule.BODY_ENDS, {}
    if re.search(r"\}\}\s*\{\{", body):
        yield "body", Rule.BODY_TOUCH, {}
    slots = len(VARIABLE.findall(body))
    words = len(re.findall(r"\w+", VARIABLE.sub(" ", body)))
    if slots and words < 2 * slots + 1:
        yield (
            "body",
            Rule.BODY_FEW_WORDS,
            {"slots": slots, "least": 2 * slots + 1, "words": words},
        )


def _header(header: str | None) -> Found:
    if header is None:
        return
    if not header.strip():
        yield "header", Rule.HEADER_EMPTY, {}
    if len(header) > MAX_HEADER:
        yield "header", Rule.HEADER_LONG, {"length": len(header), "most": MAX_HEADER}
    if re.search(r"[\n*_~`]|\{\{|\}\}", header):
        yield "header", Rule.HEADER_FORM, {}


def _footer(footer: str | None) -> Found:
    if footer is None:
        return
    if not footer.strip():
        yield "footer", Rule.FOOTER_EMPTY, {}
    if len(footer) > MAX_FOOTER:
        yield "footer", Rule.FOOTER_LONG, {"length": len(footer), "most": MAX_FOOTER}
    if "{{" in footer or "}}" in footer:
        yield "footer", Rule.FOOTER_VARIABLES, {}


def _buttons(draft: Draft) -> Found:
    buttons = list(draft.buttons)
    kinds = [button.kind for button in buttons]
    if len(buttons) > MAX_BUTTONS:
        yield "buttons", Rule.BUTTONS_MANY, {"count": len(buttons), "most": MAX_BUTTONS}
    if kinds.count(ButtonKind.URL) > MAX_URL_BUTTONS:
        yield "buttons", Rule.BUTTONS_LINKS, {"most": MAX_URL_BUTTONS}
    if sum(1 for one, two in pairwise(kinds) if one is not two) > 1:
        yield "buttons", Rule.BUTTONS_MIXED, {}
    for title, count in Counter(button.title.casefold() for button in buttons).items():
        if count > 1:
            yield "buttons", Rule.BUTTONS_SAME_TITLE, {"given": title}
    payloads = Counter(button.payload for button in buttons if button.payload)
    for payload, count in payloads.items():
        if count > 1:
            yield "buttons", Rule.BUTTONS_SAME_PAYLOAD, {"given": payload}
    for position, button in enumerate(buttons, start=1):
        for part, rule, told in _button(button, position, draft):
            yield f"buttons[{position}].{part}", rule, told


def _button(button: Button, position: int, draft: Draft) -> Found:
    if not button.title.strip():
        yield "title", Rule.TITLE_EMPTY, {}
    if len(button.title) > MAX_TITLE[button.kind]:
        most = MAX_TITLE[button.kind]
        yield "title", Rule.TITLE_LONG, {"length": len(button.title), "most": most}
    if re.search(r"[\n{}]", button.title):
        yield "title", Rule.TITLE_FORM, {}
    if button.kind is ButtonKind.QUICK_REPLY:
        yield from (("payload", *broken) for broken in _payload(button, position, draft))
    else:
        yield from (("url", *broken) for broken in _url(button.url or "", draft))


def _payload(button: Button, position: int, draft: Draft) -> Broken:
    if not button.payload:
        yield Rule.PAYLOAD_MISSING, {}
        return
    fixed = VARIABLE.sub("", button.payload)
    if not _PAYLOAD.match(fixed):
        yield Rule.PAYLOAD_FORM, {}
    keys = VARIABLE.findall(button.payload)
    if len(fixed) + len(keys) * TOKEN_LENGTH > MAX_PAYLOAD:
        yield Rule.PAYLOAD_LONG, {"most": MAX_PAYLOAD}
    for key in keys:
        if draft.fields.get(key, "") != button_token(position):
            yield Rule.PAYLOAD_TOKEN, {"key": _mark(key), "wanted": button_token(position)}


def _url(url: str, draft: Draft) -> Broken:
    keys = VARIABLE.findall(url)
    if len(keys) != 1 or not url.endswith("{{" + keys[0] + "}}"):
        yield Rule.URL_VARIABLE, {}
    fixed = VARIABLE.sub("", url)
    if _odd_braces(url):
        yield Rule.URL_BRACES, {}
    try:
        parts = urlsplit(fixed)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or "{" in host or "@" in parts.netloc:
        yield Rule.URL_DOMAIN, {}
    elif parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        yield Rule.URL_HTTPS, {}  # loopback: a rehearsal on one machine
    elif not parts.path.startswith("/"):
        yield Rule.URL_PATH, {}
    if re.search(r"[#\s]", url):
        yield Rule.URL_FORM, {}
    for key in keys:
        if draft.fields.get(key, "") != COUPON_LINK_TOKEN:
            yield Rule.URL_TOKEN, {"key": _mark(key), "wanted": COUPON_LINK_TOKEN}


def _variables(draft: Draft) -> Found:
    used = variables_of(draft.body, draft.buttons)
    numbers = sorted(int(key) for key in used)
    if numbers != list(range(1, len(numbers) + 1)):
        told = ", ".join(_mark(number) for number in numbers)
        yield "variables", Rule.VARIABLES_GAPS, {"given": told}
    if len(numbers) > MAX_VARIABLES:
        yield "variables", Rule.VARIABLES_MANY, {"count": len(numbers), "most": MAX_VARIABLES}
    for what, given in (("field", draft.fields), ("sample", draft.samples)):
        for key in sorted(set(used) - given.keys(), key=int):
            yield f"variables.{key}", Rule.VARIABLE_MISSING, {"what": what}
        for key in sorted(given.keys() - set(used)):
            yield f"variables.{key}", Rule.VARIABLE_UNUSED, {"what": what}
    in_body = set(VARIABLE.findall(draft.body))
    for key in used:
        for rule, figures in _variable(draft, key, key in in_body):
            yield f"variables.{key}", rule, figures


def _variable(draft: Draft, key: str, in_body: bool) -> Broken:
    name = draft.fields.get(key)
    if name is not None and field_of(name) is None:
        yield Rule.VARIABLE_UNKNOWN, {"given": name}
    if name is not None and in_body and button_position(name) is not None:
        yield Rule.VARIABLE_BUTTON, {}
    sample = draft.samples.get(key)
    if sample is not None and (problem := value_problem(sample)):
        yield Rule.VARIABLE_SAMPLE, {"given": problem}


def _mark(key: str | int) -> str:
    return "{{" + str(key) + "}}"


def _odd_braces(text: str) -> bool:
    rest = VARIABLE.sub("", text)
    return "{{" in rest or "}}" in rest


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
