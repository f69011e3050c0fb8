"""The editor of a template: from what was typed to a spec, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from campaigns.catalogue_reading import ResultLine
from campaigns.template_reading import TemplatePage
from campaigns.template_specs import ButtonSpec, TemplateSpec
from dashboard.language import _
from dashboard.template_words import CATEGORIES, LANGUAGES
from messaging.template_names import WrongName, named, numbered
from messaging.template_rules import MAX_BUTTONS, MAX_URL_BUTTONS
from models.campaign import ValueKind
from models.template import ButtonKind, TemplateCategory

_MOST_BUTTONS = 2 * MAX_BUTTONS  # of a request; more are not read


class TemplateForm(FlaskForm):
    name = StringField(_("Nombre"))
    category = SelectField(
        _("Categoría"), choices=[(kind.value, text) for kind, text in CATEGORIES.items()]
    )
    language = SelectField(_("Idioma"), choices=list(LANGUAGES.items()))
    campaign_type = SelectField(_("Tipo de campaña"), choices=[("", "")])
    header = StringField(_("Encabezado"))
    body = TextAreaField(_("Cuerpo"))
    footer = StringField(_("Pie"))
    person = HiddenField()


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRow:
    """A button as it stands in the editor."""

    kind: ButtonKind
    title: str = ""
    result: str = ""  # code
    value: str = ""
    url: str = ""  # of another page than the coupon's


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    spec: TemplateSpec
    wrong: tuple[WrongName, ...]  # variables that do not exist: it cannot be kept


def rows_in(form: Mapping[str, str]) -> list[ButtonRow]:
    """The buttons of a posted form, in order."""
    rows = []
    for number in range(1, _MOST_BUTTONS + 1):
        kind = form.get(f"buttons-{number}-kind")
        if kind not in set(ButtonKind):
            continue
        told = {
            part: form.get(f"buttons-{number}-{part}", "").strip()
            for part in ("title", "result", "value", "url")
        }
        rows.append(ButtonRow(kind=ButtonKind(kind), **told))
    return rows


def changed_rows(rows: Sequence[ButtonRow], act: str) -> list[ButtonRow]:
    """After one of the list's own buttons: add-quick_reply, add-url, up-2, down-2, remove-2."""
    done = list(rows)
    word, _dash, argument = act.partition("-")
    if word == "add" and argument in set(ButtonKind) and len(done) < MAX_BUTTONS:
        _add(done, ButtonRow(kind=ButtonKind(argument)))
    elif argument.isdecimal() and 1 <= int(argument) <= len(done):
        at = int(argument) - 1
        if word == "remove":
            del done[at]
        elif word == "up" and at > 0:
            done[at - 1], done[at] = done[at], done[at - 1]
        elif word == "down" and at < len(done) - 1:
            done[at + 1], done[at] = done[at], done[at + 1]
    return done


def _add(rows: list[ButtonRow], new: ButtonRow) -> None:
    """Among its kind: WhatsApp wants replies together."""
    links = sum(1 for row in rows if row.kind is ButtonKind.URL)
    if new.kind is ButtonKind.URL and links >= MAX_URL_BUTTONS:
        return
    same = [at for at, row in enumerate(rows) if row.kind is new.kind]
    rows.insert(same[-1] + 1 if same else len(rows), new)


def read(
    form: TemplateForm, rows: Sequence[ButtonRow], *, samples: Mapping[str, str] | None = None
) -> Read:
    """What was typed, as the registry takes it."""
    text = (form.body.data or "").replace("\r\n", "\n").strip()
    numbers = numbered(text, samples=samples)
    header, footer = (form.header.data or "").strip(), (form.footer.data or "").strip()
    return Read(
        spec=TemplateSpec(
            name=(form.name.data or "").strip(),
            language=form.language.data or "es_AR",
            category=TemplateCategory(form.category.data),
            header=header or None,
            body=numbers.body,
            footer=footer or None,
            fields=numbers.fields,
            samples=numbers.samples,
            buttons=[_spec(row) for row in rows],
            campaign_type=form.campaign_type.data or None,
        ),
        wrong=numbers.wrong,
    )


def _spec(row: ButtonRow) -> ButtonSpec:
    is_reply = row.kind is ButtonKind.QUICK_REPLY
    return ButtonSpec(
        kind=row.kind,
        title=row.title,
        result=(row.result or None) if is_reply else None,
        value=(row.value or None) if is_reply and row.result else None,
        url=None if is_reply else row.url or None,
    )


def stored(page: TemplatePage) -> tuple[dict[str, str | None], list[ButtonRow]]:
    """What the editor starts with: the newest version, its variables by name."""
    newest = page.newest
    data = {
        "name": page.name,
        "category": page.category.value,
        "language": page.language,
        "campaign_type": newest.campaign_type or "",
        "header": newest.header,
        "body": named(newest.body, newest.fields),
        "footer": newest.footer,
    }
    rows = [
        ButtonRow(
            kind=button.kind,
            title=button.title,
            result=button.result or "",
            value=button.value or "",
            url=button.url or "",
        )
        for button in newest.buttons
    ]
    return data, rows


def without_stray_values(
    rows: Sequence[ButtonRow], results: Mapping[str, ResultLine]
) -> list[ButtonRow]:
    """A value goes when the result that is chosen now takes none."""
    kept = []
    for row in rows:
        result = results.get(row.result)
        kinds = (ValueKind.INTEGER, ValueKind.CHOICE, ValueKind.TEXT)
        takes = result is not None and result.value_kind in kinds
        kept.append(row if takes else replace(row, value=""))
    return kept
