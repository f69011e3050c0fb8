"""One thing for a selection of cases: a page that says for whom and for whom not, then a post."""

import secrets
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import bulk, bulk_choice
from campaigns.bulk import Sent
from campaigns.errors import InvalidText, NotFound, TooMany
from campaigns.next_actions import MAX_WHAT
from campaigns.presence import colleagues
from dashboard import bulk_words, moments, pages
from dashboard.auth import acting, current_user, local_path, reach, reach_all, reading, requires
from dashboard.bubbles import Bubble, Side
from dashboard.language import _, ngettext
from dashboard.shell import now
from messaging.templates import COUPON_LINK_TOKEN
from models.case import Case
from models.people import Role, User
from models.states import TemplateState
from models.template import Template, TemplateVersion
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line

bp = Blueprint("desk_bulk", __name__, url_prefix="/desk/bulk")

_MOST = 500  # in one address; the limit of a campaign is less
_DOINGS = {
    "template": _("Enviar plantilla"),
    "coupon": _("Enviar link de cupón"),
    "action": _("Próxima acción"),
    "assign": _("Reasignar"),
}


@bp.get("")
@requires(Role.OPERATOR)
def choose() -> ResponseReturnValue:
    """Nothing is done yet: who is in the selection, and what would become of each."""
    return _page()


@bp.post("/send")
@requires(Role.OPERATOR)
def send() -> ResponseReturnValue:
    """A template to each that may have it; pressed twice, sent once."""
    given, token = request.form.get("version", ""), request.form.get("token", "")[:64]
    version_id = int(given[:18]) if given.isdecimal() else 0
    ids = _ids()
    if not version_id or not token or not ids:
        with reading() as session:
            reach_all(session, Case, ids)
        return _page(wrong=("version", _("Elegí una plantilla.")))
    runtime = current_runtime()
    try:
        with acting() as session:
            reach_all(session, Case, ids)
            sent = bulk.send(
                session,
                ids,
                version_id,
                token=token,
                by_id=current_user().id,
                now=runtime.now(session),
                zone=runtime.settings.timezone,
                oversees=current_user().may(Role.SUPERVISOR),
            )
    except TooMany as error:
        return _page(problem=_too_many(error), status=422)
    for line_id in sent.lines:
        wake_line(runtime, line_id)
    said = ngettext(
        "Plantilla en cola para %(n)s consulta.",
        "Plantilla en cola para %(n)s consultas.",
        sent.written,
    )
    return _done(sent, said)


@bp.post("/action")
@requires(Role.OPERATOR)
def plan() -> ResponseReturnValue:
    """The same next action for each that is open."""
    runtime, ids = current_runtime(), _ids()
    zone, typed = runtime.settings.timezone, request.form.get("at", "").strip()[:60]
    proposal = None if typed else moments.proposed(request.form.get("when", ""), now(), zone)
    due_at = proposal.at if proposal else moments.read_when(typed, now(), zone)
    with reading() as session:
        reach_all(session, Case, ids)
    if due_at is None or due_at <= now():
        return _page(wrong=("at", _("Escribí cuándo: por ejemplo, mañana 10 o viernes.")))
    try:
        with acting() as session:
            done = bulk.plan(
                session,
                ids,
                request.form.get("what", ""),
                due_at,
                by_id=current_user().id,
                now=runtime.now(session),
                oversees=current_user().may(Role.SUPERVISOR),
            )
    except InvalidText:
        return _page(wrong=("what", _("Escribí qué hay que hacer.")))
    said = ngettext(
        "Próxima acción agendada en %(n)s consulta.",
        "Próxima acción agendada en %(n)s consultas.",
        done.written,
    )
    return _done(done, said)


@bp.post("/assign")
@requires(Role.SUPERVISOR)
def assign() -> ResponseReturnValue:
    given, ids = request.form.get("user", ""), _ids()
    to_id = int(given[:18]) if given.isdecimal() else 0
    with reading() as session:
        reach_all(session, Case, ids)
    if not to_id:
        return _page(wrong=("user", _("Elegí a quién.")))
    runtime = current_runtime()
    with acting() as session:
        reach(session, User, to_id)
        done = bulk.reassign(
            session, ids, to_id=to_id, by_id=current_user().id, now=runtime.now(session)
        )
    said = ngettext("%(n)s consulta reasignada.", "%(n)s consultas reasignadas.", done.written)
    return _done(done, said)


def _done(sent: Sent, said: str) -> ResponseReturnValue:
    live.touch(current_runtime().redis, *map(live.campaign, sent.campaigns))
    said = said % {"n": sent.written}
    if sent.left_out:
        more = ngettext(" %(n)s quedó afuera.", " %(n)s quedaron afuera.", sent.left_out)
        said += more % {"n": sent.left_out}
    return pages.done(_back(), said)


def _page(
    *, problem: str | None = None, status: int = 200, wrong: tuple[str, str] | None = None
) -> ResponseReturnValue:
    """``wrong``: the name of a field, and what is said beside it."""
    ids, user = _ids(), current_user()
    doing = request.values.get("do", "template")
    if doing not in _DOINGS or (doing == "assign" and not user.may(Role.SUPERVISOR)):
        doing = "template"
    drawn: dict[str, Any] = {}
    with reading() as session:
        reach_all(session, Case, ids)
        version = None
        if doing in ("template", "coupon"):
            drawn["versions"] = _versions(session, only_links=doing == "coupon")
            version = _chosen(drawn["versions"])
        oversees = user.may(Role.SUPERVISOR)
        chosen = bulk_choice.look_at(
            session, ids, version[0] if version else None, by_id=user.id, oversees=oversees
        )
        limit = bulk_choice.limit_of(session, ids)
        first = next((each for each in chosen if each.why is None), None)
        if version is not None and first is not None:
            text = bulk_choice.as_read_by(session, first, version[0])
            drawn["bubble"], drawn["reader"] = Bubble(side=Side.OUT, text=text), first.name
        if doing == "assign":
            drawn["people"] = sorted(
                {
                    (each.user_id, each.name)
                    for one in {c.campaign_id for c in chosen}
                    for each in colleagues(session, one, now=now())
                },
                key=lambda each: each[1],
            )
    zone = current_runtime().settings.timezone
    if problem is None and doing in ("template", "coupon") and len(ids) > limit:
        problem = _too_many(TooMany(len(ids), limit))
    return pages.render(
        "desk/bulk/page.html",
        "desk/bulk/_bulk.html",
        status=422 if wrong else status,
        wrong={wrong[0]: [wrong[1]]} if wrong else {},
        doing=doing,
        title=_DOINGS[doing],
        ids=ids,
        going=[each for each in chosen if each.why is None],
        left_out=[each for each in chosen if each.why is not None],
        version=version[0] if version else None,
        problem=problem,
        is_too_many=len(ids) > limit,
        why=bulk_words.why,
        back=_back(),
        token=request.form.get("token") or secrets.token_urlsafe(16),
        proposals=moments.proposals(now(), zone),
        typed={name: request.form.get(name, "") for name in ("what", "at", "when")},
        most_what=MAX_WHAT,
        **drawn,
    )


def _versions(session: Session, *, only_links: bool) -> list[tuple[TemplateVersion, str, str]]:
    """(version, its template's name, its category) of the newest approved ones."""
    rows = session.execute(
        select(TemplateVersion, Template)
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(TemplateVersion.state == TemplateState.APPROVED)
        .order_by(Template.name, TemplateVersion.number.desc())
    )
    newest: dict[int, tuple[TemplateVersion, str, str]] = {}
    for version, template in rows:
        if only_links and COUPON_LINK_TOKEN not in version.fields.values():
            continue
        newest.setdefault(template.id, (version, template.name, template.category.value))
    return list(newest.values())


def _chosen(
    versions: list[tuple[TemplateVersion, str, str]],
) -> tuple[TemplateVersion, str, str] | None:
    given = request.values.get("version", "")
    if not given and len(versions) == 1:
        return versions[0]
    return next((one for one in versions if str(one[0].id) == given), None)


def _ids() -> list[int]:
    """The cases that the form names; one that is no number is nobody's."""
    found = list(dict.fromkeys(request.values.getlist("case")))
    if len(found) > _MOST or not all(each.isdecimal() and len(each) <= 18 for each in found):
        raise NotFound("case", "selection")
    return [int(each) for each in found]


def _too_many(error: TooMany) -> str:
    said = _(
        "Elegiste %(count)s y se puede enviar a %(limit)s por vez: sacá algunas, o pedile a tu"
        " supervisor que suba el límite."
    )
    if current_user().may(Role.SUPERVISOR):
        said = _(
            "Elegiste %(count)s y se puede enviar a %(limit)s por vez: sacá algunas, o subí el"
            " límite en el menú de la campaña, Promesas y límite de envíos."
        )
    return said % {"count": error.count, "limit": error.limit}


def _back() -> str:
    return local_path(request.values.get("back")) or url_for("desk.index")
