"""What the editor of a template is drawn with: its form, the results it offers, its preview."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from campaigns.catalogue_reading import ResultLine, list_types, offered_results
from campaigns.sample_people import values_of
from campaigns.template_reading import TemplatePage, VersionPage
from campaigns.template_specs import ButtonSpec, TemplateSpec
from dashboard import template_words as words
from dashboard.auth import reading
from dashboard.language import _
from dashboard.template_form import ButtonRow, TemplateForm, read, without_stray_values
from dashboard.template_preview import Preview, Sitter, review, sitters
from messaging.template_names import NAMES
from messaging.template_rules import MAX_BUTTONS, MAX_TITLE, MAX_URL_BUTTONS
from messaging.templates import FIELDS, MAX_BODY
from models.template import ButtonKind
from runtime.wiring import current_runtime

_CHIPS = tuple(
    (name, FIELDS[field].name) for name, field in NAMES.items() if name != "link_de_cupon"
)
_FIRST_CHIPS = 8  # the rest is one press away


def editor_context(
    form: TemplateForm, rows: list[ButtonRow], page: TemplatePage | None
) -> dict[str, Any]:
    """All that the editor\'s page and its fragments are drawn with."""
    with reading() as session:
        types = [kind for kind in list_types(session) if kind.is_active and not kind.is_standing]
        chosen = form.campaign_type.data or ""
        form.campaign_type.choices = [
            ("", _("Cualquiera: solo los resultados comunes")),
            *((kind.code, kind.name) for kind in types),
        ]
        offered = offered_results(session)
        type_id = next((kind.id for kind in types if kind.code == chosen), None)
        groups: list[tuple[str, list[ResultLine]]] = []
        if type_id is not None:
            name = next(kind.name for kind in types if kind.id == type_id)
            groups.append((name, [r for r in offered.get(type_id, ()) if not r.by_system]))
        groups.append(
            (_("De todos los tipos"), [r for r in offered.get(None, ()) if not r.by_system])
        )
        results = {result.code: result for _name, group in reversed(groups) for result in group}
        rows = without_stray_values(rows, results)
        people = sitters(session, today=_today(session))
        who = chosen_sitter(session, form, people)
        typed = read(form, rows, samples=samples_of(page))
        looked = look_at(session, typed.spec, who, wrong=typed.wrong)
    return {
        "form": form,
        "rows": rows,
        "kept": page,
        "preview": looked,
        "people": people,
        "sitter": who,
        "groups": groups,
        "results": results,
        "problems": {},
        "chips": _CHIPS[:_FIRST_CHIPS],
        "more_chips": _CHIPS[_FIRST_CHIPS:],
        "limits": {
            "body": MAX_BODY,
            "buttons": MAX_BUTTONS,
            "links": MAX_URL_BUTTONS,
            "reply": MAX_TITLE[ButtonKind.QUICK_REPLY],
            "link": MAX_TITLE[ButtonKind.URL],
        },
        "links": sum(1 for row in rows if row.kind is ButtonKind.URL),
        "words": words,
    }


def look_at(session: Session, spec: TemplateSpec, who: Sitter, **more: Any) -> Preview:
    """`review`, with what this installation knows."""
    runtime = current_runtime()
    return review(
        session,
        spec,
        sitter=who,
        public_url=runtime.settings.public_url,
        now=runtime.now(session),
        today=_today(session),
        **more,
    )


def chosen_sitter(
    session: Session, form: TemplateForm | None = None, people: list[Sitter] | None = None
) -> Sitter:
    """Whom the request asked for, else the first."""
    people = people or sitters(session, today=_today(session))
    asked = form.person.data if form is not None else request.args.get("person")
    return next((each for each in people if str(each.id) == asked), people[0])


def values_for(session: Session, who: Sitter, fields: Mapping[str, str]) -> dict[str, str]:
    """By key of a version's ``fields``: what his message would say; what he lacks is left out."""
    found = values_of(session, who.id or 0, fields.values(), today=_today(session))
    return {key: found[field] for key, field in fields.items() if field in found}


def samples_of(page: TemplatePage | None) -> dict[str, str]:
    """By field, so that an edit keeps the samples that were submitted."""
    if page is None:
        return {}
    newest = page.newest
    return {
        field: newest.samples[key] for key, field in newest.fields.items() if key in newest.samples
    }


def spec_of(page: TemplatePage, version: VersionPage) -> TemplateSpec:
    """A stored version as it was written: its buttons' own variables are added again."""
    in_body = {
        key: field for key, field in version.fields.items() if "{{" + key + "}}" in version.body
    }
    return TemplateSpec(
        name=page.name,
        language=page.language,
        category=page.category,
        header=version.header,
        body=version.body,
        footer=version.footer,
        fields=in_body,
        samples={key: version.samples.get(key, "") for key in in_body},
        buttons=[
            ButtonSpec(
                kind=button.kind,
                title=button.title,
                result=button.result,
                value=button.value,
                url=button.url,
            )
            for button in version.buttons
        ],
        campaign_type=version.campaign_type,
    )


def _today(session: Session) -> date:
    runtime = current_runtime()
    return runtime.now(session).astimezone(runtime.settings.timezone).date()
