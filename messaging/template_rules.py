"""What WhatsApp demands of a template before it may be submitted, all of it at once.

Source: Twilio docs, Using variables with Content API, Quick reply, Call to action and WhatsApp
card; Meta docs, Message templates.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
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


def check_version(draft: Draft) -> None:
    """Raise the first of `problems_of`, as TemplateError, if there is one."""
    for problem in problems_of(draft):
        raise problem


def problems_of(draft: Draft) -> list[TemplateError]:
    """Every rule that the draft breaks, each with the field to look at."""
    found = [*_heads(draft), *_body(draft.body), *_footer(draft.footer), *_buttons(draft)]
    return [TemplateError(field, problem) for field, problem in [*found, *_variables(draft)]]


Found = Iterator[tuple[str, str]]  # where, what


def _heads(draft: Draft) -> Found:
    if not _NAME.match(draft.name):
        yield "name", "only lower case letters, digits and underscores, 1 to 500 of them"
    if not _LANGUAGE.match(draft.language):
        yield "language", f"{draft.language!r} is no language code such as es_AR"


def _body(body: str) -> Found:
    if not body.strip():
        yield "body", "is empty"
        return
    if len(body) > MAX_BODY:
        yield "body", f"is {len(body)} characters long; {MAX_BODY} are allowed"
    if _odd_braces(body):
        yield "body", "has braces that are no variable: write {{1}}, {{2}}, …"
    bare = _EDGE.sub("", VARIABLE.sub("\0", body))
    if bare.startswith("\0"):
        yield "body", "starts with a variable: put a word before it"
    if bare.endswith("\0"):
        yield "body", "ends with a variable: put a word after it, punctuation is not enough"
    if re.search(r"\}\}\s*\{\{", body):
        yield "body", "has two variables that touch: put a word between them"
    slots = len(VARIABLE.findall(body))
    words = len(re.findall(r"\w+", VARIABLE.sub(" ", body)))
    if slots and words < 2 * slots + 1:
        yield "body", f"{slots} variables need {2 * slots + 1} fixed words; it has {words}"


def _footer(footer: str | None) -> Found:
    if footer is None:
        return
    if not footer.strip():
        yield "footer", "is empty: leave it out"
    if len(footer) > MAX_FOOTER:
        yield "footer", f"is {len(footer)} characters long; {MAX_FOOTER} are allowed"
    if "{{" in footer or "}}" in footer:
        yield "footer", "may not have variables"


def _buttons(draft: Draft) -> Found:
    buttons = list(draft.buttons)
    kinds = [button.kind for button in buttons]
    if len(buttons) > MAX_BUTTONS:
        yield "buttons", f"{len(buttons)} are too many; {MAX_BUTTONS} are allowed"
    if kinds.count(ButtonKind.URL) > MAX_URL_BUTTONS:
        yield "buttons", f"at most {MAX_URL_BUTTONS} may be links"
    if sum(1 for one, two in pairwise(kinds) if one is not two) > 1:
        yield "buttons", "quick replies stand together, before or after the links"
    for title, count in Counter(button.title.casefold() for button in buttons).items():
        if count > 1:
            yield "buttons", f"two have the title {title!r}"
    payloads = Counter(button.payload for button in buttons if button.payload)
    for payload, count in payloads.items():
        if count > 1:
            yield "buttons", f"two have the payload {payload!r}"
    for position, button in enumerate(buttons, start=1):
        for part, problem in _button(button, position, draft):
            yield f"buttons[{position}].{part}", problem


def _button(button: Button, position: int, draft: Draft) -> Found:
    if not button.title.strip():
        yield "title", "is empty"
    if len(button.title) > MAX_TITLE[button.kind]:
        yield "title", f"{len(button.title)} characters; {MAX_TITLE[button.kind]} are allowed"
    if re.search(r"[\n{}]", button.title):
        yield "title", "may have neither variables nor line breaks"
    if button.kind is ButtonKind.QUICK_REPLY:
        yield from (("payload", problem) for problem in _payload(button, position, draft))
    else:
        yield from (("url", problem) for problem in _url(button.url or "", draft))


def _payload(button: Button, position: int, draft: Draft) -> Iterator[str]:
    if not button.payload:
        yield "is missing"
        return
    fixed = VARIABLE.sub("", button.payload)
    if not _PAYLOAD.match(fixed):
        yield "only letters, digits, '_', '|' and '-' around the variable"
    keys = VARIABLE.findall(button.payload)
    if len(fixed) + len(keys) * TOKEN_LENGTH > MAX_PAYLOAD:
        yield f"is longer than {MAX_PAYLOAD} characters once it is filled"
    for key in keys:
        if draft.fields.get(key, "") != button_token(position):
            yield f"{{{{{key}}}}} must be {button_token(position)}: nothing else ties a tap safely"


def _url(url: str, draft: Draft) -> Iterator[str]:
    keys = VARIABLE.findall(url)
    if len(keys) != 1 or not url.endswith("{{" + keys[0] + "}}"):
        yield "needs exactly one variable, at its end"
    fixed = VARIABLE.sub("", url)
    if _odd_braces(url):
        yield "has braces that are no variable"
    try:
        parts = urlsplit(fixed)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or "{" in host or "@" in parts.netloc:
        yield "needs a fixed domain"
    elif parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        yield "must start with https://"  # loopback: a rehearsal on one machine
    elif not parts.path.startswith("/"):
        yield "the variable must be in the path or the query, not in the domain"
    if re.search(r"[#\s]", url):
        yield "may have neither a fragment nor white space"
    for key in keys:
        if draft.fields.get(key, "") != COUPON_LINK_TOKEN:
            yield f"{{{{{key}}}}} must be {COUPON_LINK_TOKEN}: a link may name nobody"


def _variables(draft: Draft) -> Found:
    used = variables_of(draft.body, draft.buttons)
    numbers = sorted(int(key) for key in used)
    if numbers != list(range(1, len(numbers) + 1)):
        told = ", ".join(f"{{{{{number}}}}}" for number in numbers)
        yield "variables", f"must be numbered from 1 without gaps, not {told}"
    if len(numbers) > MAX_VARIABLES:
        yield "variables", f"{len(numbers)} are too many; {MAX_VARIABLES} are allowed"
    for what, given in (("fields", draft.fields), ("samples", draft.samples)):
        for key in sorted(set(used) - given.keys(), key=int):
            yield f"variables.{key}", f"has no {what[:-1]}"
        for key in sorted(given.keys() - set(used)):
            yield f"variables.{key}", f"has a {what[:-1]} but stands in no text"
    in_body = set(VARIABLE.findall(draft.body))
    for key in used:
        yield from ((f"variables.{key}", told) for told in _variable(draft, key, key in in_body))


def _variable(draft: Draft, key: str, in_body: bool) -> Iterator[str]:
    name = draft.fields.get(key)
    if name is not None and field_of(name) is None:
        yield f"{name!r} is no field"
    if name is not None and in_body and button_position(name) is not None:
        yield "a button's token belongs into that button alone"
    sample = draft.samples.get(key)
    if sample is not None and (problem := value_problem(sample)):
        yield f"its sample {problem}"


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
