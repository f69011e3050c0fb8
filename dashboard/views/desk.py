"""The desk: the list of who waits, one talk, and what is known of the person."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from campaigns import desk_around, desk_mark
from campaigns.desk_templates import template_offers
from campaigns.files.kinds import LARGEST
from campaigns.subscription_search import LONGEST
from dashboard import (
    composer_words,
    desk_agenda,
    desk_looking,
    desk_screen,
    desk_version,
    desk_words,
)
from dashboard.auth import current_user, looking_up, reach, reading, requires
from dashboard.desk_asked import Asked, beside, of_page
from dashboard.desk_forms import ResultForm
from dashboard.desk_screen import Open
from dashboard.desk_ways import WAYS
from dashboard.pages import fragment_with, is_fragment, render, unchanged
from dashboard.result_replies import reply_line
from dashboard.shell import now
from models.case import Case
from models.people import Role
from runtime.wiring import current_runtime

bp = Blueprint("desk", __name__, url_prefix="/desk")

COUNTERS = {
    f"{bar} [data-counter='{what}']": f"{place}/_counter.html"
    for bar in (".rail", ".tab-bar")
    for what, place in (("waiting", "desk"), ("due", "agenda"))
}
"""The badges of the navigation."""

REGIONS = {
    **COUNTERS,
    "#desk-list": "desk/_list.html",
    "#desk-head": "desk/_head.html",
    "#thread-log": "desk/_thread.html",
    "#case-card": "desk/_card.html",
    "#attachments": "files/_list.html",
    "#result-so-far": "desk/_result_so_far.html",
    "#suggestion": "desk/_suggestion.html",
}
"""What a poll draws anew while a case is open; what is being typed in is none of them."""

AFTER_WRITING = COUNTERS | {
    name: REGIONS[name] for name in ("#desk-list", "#desk-head", "#thread-log")
}
"""What is another after something was written to the customer."""


@bp.get("")
@requires(Role.OPERATOR)
def index() -> ResponseReturnValue:
    return render("desk/desk.html", "desk/_desk.html", **context())


@bp.get("/<int:case_id>")
@requires(Role.OPERATOR)
def show(case_id: int) -> ResponseReturnValue:
    return render("desk/desk.html", "desk/_desk.html", **context(case_id))


@bp.get("/live")
@requires(Role.OPERATOR)
def poll() -> ResponseReturnValue:
    """What is new: nothing at all, or the regions that show what others do."""
    given = request.args.get("case", "")
    case_id = int(given[:18]) if given.isdecimal() else None
    lookers = desk_looking.others(case_id, note=True)
    given = request.args.get("v", "")
    version = desk_version.version_of(looking=lookers.mark)
    if version.is_shown_by(given):
        return unchanged()
    is_as_drawn = _is_as_drawn(case_id, version)
    rests = version.has_nothing_of_mine(given, desk_screen.asked().view)
    if rests and (is_as_drawn or case_id is None):
        return unchanged()
    if is_as_drawn:
        return _list_alone(case_id, lookers)
    drawn = context(case_id)
    shown: Open | None = drawn["shown"]
    regions = {**COUNTERS, "#desk-list": "desk/_list.html"}
    if drawn["my_work"]:
        regions["#my-work"] = "desk/_my_work.html"
    if shown is not None:
        regions = dict(REGIONS)
        was = request.args.get("c", "")
        if drawn["composer_mark"] != was:
            regions["#composer"] = "desk/_composer.html"
            if {was.split("-")[0], shown.mode} & {"other", "done"} and not was.startswith(
                shown.mode
            ):
                regions["#result-panel"] = (
                    "desk/_result.html"  # whoever lost the case records nothing
                )
    return fragment_with("desk/_live.html", partials=regions, **drawn)


def _is_as_drawn(case_id: int | None, version: desk_version.Version) -> bool:
    """The open case, for sure: not if somebody else looks at it, or the minute is over."""
    mark = request.args.get("m")
    if case_id is None or not mark or version.has_other_clock(request.args.get("v", "")):
        return False
    with looking_up() as session:
        return desk_mark.case_mark(session, case_id) == mark


def _list_alone(case_id: int | None, lookers: desk_looking.Lookers) -> ResponseReturnValue:
    """Something is new, but not in the open case: the list and the counters."""
    with reading() as session:
        drawn = desk_screen.live_list(session, desk_screen.asked(), case_id, looking=lookers.mark)
    drawn.update(
        case_mark=request.args.get("m"),
        look_pass=desk_looking.pass_for(case_id or 0),
        composer_mark=request.args.get("c"),
        is_note=request.args.get("mode") == "note",
        me=current_user(),
        today=_today(),
    )
    regions = {**COUNTERS, "#desk-list": "desk/_list.html"}
    return fragment_with("desk/_live.html", partials=regions, **drawn)


@bp.get("/<int:case_id>/older")
@requires(Role.OPERATOR)
def older(case_id: int) -> ResponseReturnValue:
    """The messages before those on the screen; without script, a page of them."""
    before = _number("before")
    if not is_fragment():
        return render("desk/desk.html", **context(case_id, before=before))
    with reading() as session:
        reach(session, Case, case_id)
        shown = desk_screen.open_case(session, case_id, before=before)
    return render("desk/_older.html", shown=shown, query=desk_screen.query_of(desk_screen.asked()))


@bp.get("/<int:case_id>/history")
@requires(Role.OPERATOR)
def history(case_id: int) -> ResponseReturnValue:
    """What was recorded of the subscription, further back; without script, the page with it."""
    if not is_fragment():
        return render("desk/desk.html", **context(case_id))
    with reading() as session:
        reach(session, Case, case_id)
        shown = desk_screen.open_case(session, case_id, past=_number("past"))
    query = desk_screen.query_of(desk_screen.asked())
    return render(
        "desk/_history.html",
        shown=shown,
        case_id=case_id,
        query=query,
        words=desk_words,
        zone=current_runtime().settings.timezone,
    )


@bp.get("/<int:case_id>/templates")
@requires(Role.OPERATOR)
def templates(case_id: int) -> ResponseReturnValue:
    """What can be sent when the window is closed, as this customer would read it."""
    with reading() as session:
        case = reach(session, Case, case_id)
        offers = template_offers(session, case)
    if "coupon" in request.args:  # the link of a coupon, when free text may not go
        offers = tuple(each for each in offers if each.coupon_id and each.has_link) or offers
    return render(
        "desk/templates.html",
        "desk/_templates.html",
        case_id=case_id,
        query=desk_screen.query_of(desk_screen.asked()),
        offers=offers,
        words=desk_words,
    )


@bp.get("/<int:case_id>/result")
@requires(Role.OPERATOR)
def result(case_id: int) -> ResponseReturnValue:
    """The result form once a result was chosen: it asks for that one's value.

    A suggestion that is used chooses the result too: then it is the whole form.
    """
    part = "desk/_result.html" if request.args.get("suggested") else "desk/_result_values.html"
    return render("desk/desk.html", part, **context(case_id, chose=True))


@bp.get("/<int:case_id>/candidates")
@requires(Role.OPERATOR)
def candidates(case_id: int) -> ResponseReturnValue:
    """Whose this may be, of somebody whom we do not know."""
    find = request.args.get("find", "")[:LONGEST].strip()
    with reading() as session:
        reach(session, Case, case_id)
        found = desk_around.candidates(session, find) if find else ()
    if not is_fragment():
        return render("desk/desk.html", **context(case_id, found=found, find=find))
    return render("desk/_candidates.html", case_id=case_id, found=found, find=find, query=of_page())


def context(
    case_id: int | None = None,
    *,
    form: ResultForm | None = None,
    chose: bool = False,
    before: int | None = None,
    asked: Asked | None = None,
    **more: Any,
) -> dict[str, Any]:
    """All that the desk's templates draw. Raises NotFound for a case that is not visible.

    ``asked``: the list beside it, if not the one of the address.
    """
    found = asked or desk_screen.asked()
    runtime = current_runtime()
    lookers = desk_looking.others(case_id)
    with reading() as session:
        drawn = desk_screen.list_context(session, found, case_id, looking=lookers.mark)
        looking = lookers.said(session)
        shown = None
        if case_id is not None:
            past = _number("past", beside(case_id))
            shown = desk_screen.open_case(session, case_id, before=before, past=past)
        step = desk_agenda.where(session, found.walk) if shown and found.walk else None
    g.counters = {**(g.get("counters") or {}), "waiting": drawn["waiting"]}
    is_note = beside(case_id).get("mode") == "note"
    if shown is not None and form is None:
        form = result_form(shown, chose=chose)
    if shown is not None and form is not None:
        form.offer_evidence([(each.id, each.name) for each in shown.attached if each.href])
    reply = None
    if shown is not None and form is not None and form.chosen is not None:
        with reading() as session:
            reply = reply_line(session, shown, form)
    return {
        **drawn,
        "shown": shown,
        "chose": chose,
        "looking": looking,
        "walk": found.walk,
        "step": step,
        "case_mark": shown.head.mark if shown else "",
        "look_pass": desk_looking.pass_for(case_id) if case_id is not None else None,
        "form": form,
        "reply": reply,
        "composing": composer_words,
        "is_note": is_note,
        "composer_mark": _composer_mark(shown, is_note=is_note) if shown else "",
        "words": desk_words,
        "subscription_id": shown.head.subscription.id
        if shown and shown.head.subscription
        else None,
        "attached": shown.attached if shown else (),
        "most": LARGEST,
        "zone": runtime.settings.timezone,
        "me": current_user(),
        "today": _today(),
        "is_supervisor": current_user().may(Role.SUPERVISOR),
        "back_url": found.walk.agenda_url if found.walk else drawn["desk_url"](),
        **more,
    }


def _number(name: str, given: Mapping[str, str] | None = None) -> int | None:
    said = (request.args if given is None else given).get(name, "")
    return int(said[:18]) if said.isdecimal() else None


def _today() -> date:
    return now().astimezone(current_runtime().settings.timezone).date()


def result_form(shown: Open, *, chose: bool = False) -> ResultForm:
    """The form as it stands: empty, or with what was chosen in the address.

    A suggestion is named there by its message: what a customer wrote is no part of an address.
    """
    given = request.args
    if chose and desk_words.was_used(shown.suggestion, given.get("suggested")):
        given = MultiDict(desk_words.suggested_fields(shown.suggestion))
    form = ResultForm(
        shown.options,
        key=shown.form_key,
        now=now(),
        zone=current_runtime().settings.timezone,
        formdata=given if chose else None,
    )
    if chose:
        form.suggest(shown.coupon)
    form.seen.data = str(shown.newest_result_id)
    if form.channel.data not in WAYS or not chose:
        way = beside(shown.head.case_id).get("channel", "")
        usual = "phone:us" if shown.head.is_phone_only else "whatsapp"
        form.channel.data = way if way in WAYS else usual
    return form


def _composer_mark(shown: Open, *, is_note: bool) -> str:
    """What decides which composer is there; while it stays, nobody touches what is typed."""
    is_silent = "silent" if shown.silent else "open"
    return f"{shown.mode}-{is_silent}-{'note' if is_note else 'reply'}-{shown.head.state.value}"
