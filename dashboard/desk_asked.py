"""The desk's list as its address asks for it, and addresses that ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from campaigns import desk_list
from campaigns.desk_filters import DueFilter, Filters, WindowFilter
from campaigns.desk_list import View
from campaigns.desk_rows import Place
from dashboard.auth import current_user
from dashboard.desk_agenda import Walk
from dashboard.language import _
from models.people import Role
from models.states import CaseState

_LONGEST_SEARCH = 80
_MOST_ARREARS = 4

Word = TypeVar("Word", View, CaseState, WindowFilter, DueFilter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(desk_list.Asked):
    """What the list is asked for, and the agenda that its person works through meanwhile."""

    walk: Walk | None = None


def asked() -> Asked:
    """What the address asks the list for. Raises NotFound for what means nothing."""
    return read(request.args)


def read(given: MultiDict[str, str]) -> Asked:
    """The same of any query."""
    user = current_user()
    is_supervisor = user.may(Role.SUPERVISOR)
    after = given.get("after")
    place = Place.read(after) if after else None
    if after and place is None:
        raise NotFound
    return Asked(
        view=_word(View, given, "view") or (View.ALL if is_supervisor else View.MINE),
        user_id=user.id,
        is_supervisor=is_supervisor,
        narrowed=Filters(
            campaign_id=_number(given, "campaign"),
            type_id=_number(given, "type"),
            state=_word(CaseState, given, "state"),
            window=_word(WindowFilter, given, "window"),
            arrears=_number(given, "arrears"),
            due=_word(DueFilter, given, "due"),
            waiting=bool(given.get("waiting")),
            promise=bool(given.get("promise")),
        ),
        text=given.get("q", "")[:_LONGEST_SEARCH],
        after=place,
        walk=Walk.read(walk) if (walk := given.get("agenda")) else None,
    )


def query_of(found: Asked, **changed: Any) -> dict[str, Any]:
    """The part of an address that keeps the list as it is."""
    by = found.narrowed
    kept: dict[str, Any] = {
        "view": found.view.value,
        "campaign": by.campaign_id,
        "type": by.type_id,
        "state": by.state,
        "window": by.window,
        "arrears": by.arrears,
        "due": by.due,
        "waiting": 1 if by.waiting else None,
        "promise": 1 if by.promise else None,
        "q": found.text or None,
        "after": str(found.after) if found.after else None,
        "agenda": str(found.walk) if found.walk else None,
    }
    return {**kept, **changed}


def unfiltered(found: Asked) -> str:
    """The same view and search, narrowed by nothing."""
    none = dict.fromkeys(("type", "state", "window", "arrears", "due", "waiting", "promise"))
    return url_for("desk.index", **query_of(found, after=None, campaign=None, agenda=None, **none))


def choices(types: list[tuple[int, str]]) -> list[tuple[str, str, list[tuple[Any, str]]]]:
    """The filters as the form offers them: name, label, values with their words."""
    return [
        ("type", _("Tipo de campaña"), [("", _("Todos los tipos")), *types]),
        ("state", _("Estado"), [
            ("", _("Cualquier estado")),
            ("pending", _("Pendiente")),
            ("in_progress", _("En proceso")),
            ("scheduled", _("Programada")),
        ]),
        ("window", _("Ventana de 24 horas"), [
            ("", _("Cualquier ventana")),
            ("closing", _("Por cerrarse")),
            ("open", _("Abierta")),
            ("closed", _("Cerrada")),
        ]),
        ("arrears", _("Cuotas en mora"), [
            ("", _("Con o sin mora")),
            *((n, _("%(n)s o más en mora") % {"n": n}) for n in range(1, _MOST_ARREARS + 1)),
        ]),
        ("due", _("Próxima acción"), [
            ("", _("Cualquier acción")),
            ("overdue", _("Vencida")),
            ("today", _("Para hoy")),
            ("later", _("Más adelante")),
            ("none", _("Sin próxima acción")),
        ]),
    ]  # fmt: skip


def narrowed(
    found: Asked, offered: list[tuple[str, str, list[tuple[Any, str]]]], case_id: int | None
) -> list[tuple[str, str]]:
    """What the list is narrowed to: each in words, and the address of the list without it."""
    query = query_of(found)
    apart = {"window": _("Ventana: %(what)s"), "due": _("Acción: %(what)s")}
    said = {
        name: apart.get(name, "%(what)s") % {"what": text}
        for name, _label, options in offered
        for value, text in options
        if value != "" and str(value) == str(query[name])
    }
    said |= {"waiting": _("Espera respuesta")} if query["waiting"] else {}
    said |= {"promise": _("Promesa incumplida")} if query["promise"] else {}
    endpoint, of = ("desk.show", {"case_id": case_id}) if case_id else ("desk.index", {})
    return [
        (words, url_for(endpoint, **{**of, **query, "after": None, name: None}))
        for name, words in said.items()
    ]


def _word(words: type[Word], given: MultiDict[str, str], name: str) -> Word | None:
    if not (said := given.get(name)):
        return None
    if said not in set(words):
        raise NotFound
    return words(said)


def _number(given: MultiDict[str, str], name: str) -> int | None:
    if not (said := given.get(name)):
        return None
    if not said.isdecimal() or len(said) > 18:
        raise NotFound
    return int(said)


def beside(case_id: int | None) -> Mapping[str, str]:
    """What the address of the page says of its case: whether a note is written, of which call.

    An action's own address does not say it, and the page is drawn anew after it.
    """
    if request.method in ("GET", "HEAD"):
        return request.args
    page = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    is_his = case_id is not None and page.path == url_for("desk.show", case_id=case_id)
    return dict(parse_qsl(page.query)) if is_his else {}


def of_page() -> dict[str, Any]:
    """The list that the page on which something was asked for shows, as a query."""
    page = urlsplit(request.headers.get("HX-Current-URL") or "")
    return query_of(read(MultiDict(parse_qsl(page.query))))


def seen_message() -> int | None:
    """The last reply that was on the screen; None without a script, which draws nothing anew."""
    given = request.form.get("seen_message", "")
    return int(given[:18]) if given.isdecimal() else None


def stood_at(case_id: int | None) -> Place | None:
    """Where its case stood in the list when the screen was drawn that asks; of another, None."""
    given = request.headers.get("X-Place") or request.form.get("place", "")
    place = Place.read(given)
    return place if place is not None and place.case_id == case_id else None
