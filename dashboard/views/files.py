"""Files: shown to whoever sees their message or subscription, laid there, taken away, sent."""

from typing import Any

import flask
from flask import Blueprint, Response, flash, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from campaigns.files import attachments, media, receipts, store
from campaigns.files.errors import FileGone, FileNotTaken, NobodysCase, NotYours
from campaigns.files.kinds import LARGEST, Form, form_called
from campaigns.files.taking import Taken
from campaigns.subscription_sheet import get_sheet
from dashboard import desk_screen, errors, file_words, pages, subscription_words
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.given_files import shown_name, take_file
from dashboard.language import _
from models.case import Case
from models.files import Attachment, Medium, Source, StoredFile
from models.people import Role
from models.subscription import Subscription
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_media

bp = Blueprint("files", __name__)

MOST_AT_ONCE = 10
_SEALED = "default-src 'none'; sandbox; frame-ancestors 'none'"


@bp.get("/media/<int:medium_id>")
@requires(Role.OPERATOR)
def medium(medium_id: int) -> ResponseReturnValue:
    """A file of a message, to whoever reads that message."""
    with reading() as session:
        file_id = reach(session, Medium, medium_id).file_id
        file = session.get(StoredFile, file_id) if file_id is not None else None
    return _served(file)


@bp.get("/attachments/<int:attachment_id>")
@requires(Role.OPERATOR)
def attachment(attachment_id: int) -> ResponseReturnValue:
    """A file of a subscription, to whoever sees that subscription."""
    with reading() as session:
        file = session.get(StoredFile, reach(session, Attachment, attachment_id).file_id)
    return _served(file)


@bp.get("/subscriptions/<int:subscription_id>/files")
@requires(Role.OPERATOR)
def of_subscription(subscription_id: int) -> ResponseReturnValue:
    with reading() as session:
        sheet = get_sheet(session, subscription_id)
        lines = attachments.list_attachments(session, subscription_id)
    return pages.render(
        "subscriptions/files.html",
        "files/_list.html",
        sheet=sheet,
        tab="files",
        words=subscription_words,
        attached=file_words.attachments(lines),
        subscription_id=subscription_id,
        case_id=None,
        most=LARGEST,
    )


@bp.post("/subscriptions/<int:subscription_id>/files")
@requires(Role.OPERATOR)
def upload(subscription_id: int) -> ResponseReturnValue:
    """Lay files beside a subscription; what is not taken is said by its name, the rest is kept."""
    case_id = _number("case")
    with reading() as session:
        reach(session, Subscription, subscription_id)
        if case_id is not None:
            reach(session, Case, case_id)
    taken, problems = _take(request.files.getlist("file"))
    with acting() as session:
        reach(session, Subscription, subscription_id)
        place = store.folder(current_runtime().settings.data_dir)
        for each in taken:
            attachments.attach(
                session,
                subscription_id,
                store.keep(session, place, each),
                source=Source.SUBSCRIPTION if case_id is None else Source.DESK,
                now=current_runtime().now(session),
                by_id=current_user().id,
                case_id=case_id,
            )
    _tell(subscription_id)
    if pages.is_fragment():
        if problems:
            return Response(" ".join(problems), 422, mimetype="text/plain")
        return of_subscription_list(subscription_id, case_id)
    for problem in problems:
        flash(problem, "error")
    told = _kept_said(len(taken)) if taken else None
    return pages.done(_back(subscription_id, case_id), told)


@bp.post("/subscriptions/<int:subscription_id>/files/<int:attachment_id>/remove")
@requires(Role.OPERATOR)
def remove(subscription_id: int, attachment_id: int) -> ResponseReturnValue:
    back = _back(subscription_id, _number("case"))
    try:
        with acting() as session:
            attachments.remove(
                session,
                _attached(session, subscription_id, attachment_id),
                by_id=current_user().id,
                is_supervisor=current_user().may(Role.SUPERVISOR),
                now=current_runtime().now(session),
            )
    except NotYours as error:
        return pages.refused(errors.answer(error)[1], back)
    _tell(subscription_id)
    undo = url_for(
        ".restore",
        subscription_id=subscription_id,
        attachment_id=attachment_id,
        case=_number("case"),
    )
    return pages.done(back, _("Adjunto quitado."), undo=undo)


@bp.post("/subscriptions/<int:subscription_id>/files/<int:attachment_id>/restore")
@requires(Role.OPERATOR)
def restore(subscription_id: int, attachment_id: int) -> ResponseReturnValue:
    back = _back(subscription_id, _number("case"))
    try:
        with acting() as session:
            attachments.restore(
                session,
                _attached(session, subscription_id, attachment_id),
                by_id=current_user().id,
                is_supervisor=current_user().may(Role.SUPERVISOR),
            )
    except NotYours as error:
        return pages.refused(errors.answer(error)[1], back)
    _tell(subscription_id)
    return pages.done(back, _("Adjunto repuesto."))


@bp.post("/desk/<int:case_id>/media/<int:medium_id>/again")
@requires(Role.OPERATOR)
def try_again(case_id: int, medium_id: int) -> ResponseReturnValue:
    """Ask the provider once more for a file that did not come."""
    with acting() as session:
        case = reach(session, Case, case_id)
        reach(session, Medium, medium_id)
        found, _message = media.said_in(session, medium_id, case)
        media.try_again(session, medium_id, now=current_runtime().now(session))
        topic, message_id = live.campaign(case.campaign_id), found.message_id
    live.touch(current_runtime().redis, topic)
    wake_media(current_runtime(), message_id)
    return pages.done(_desk(case_id), _("Se está bajando de nuevo."))


@bp.post("/desk/<int:case_id>/media/<int:medium_id>/receipt")
@requires(Role.OPERATOR)
def save_receipt(case_id: int, medium_id: int) -> ResponseReturnValue:
    """Keep what the customer sent as a receipt, and propose the result that it stands for.

    A person confirms that: only then is anything recorded.
    """
    try:
        with acting() as session:
            case = reach(session, Case, case_id)
            reach(session, Medium, medium_id)
            saved = attachments.save_medium(
                session,
                case,
                medium_id,
                by_id=current_user().id,
                now=current_runtime().now(session),
            )
            proposed = receipts.proposed_result(session, case)
            topic, attachment_id = live.campaign(case.campaign_id), saved.id
    except NobodysCase as error:
        return pages.refused(errors.answer(error)[1], _desk(case_id))
    live.touch(current_runtime().redis, topic)
    said = _("Guardado en Adjuntos.")
    if proposed is None:
        return pages.done(_desk(case_id), said)
    form = url_for(
        "desk.result", case_id=case_id, result=proposed, evidence=attachment_id, **_query()
    )
    return pages.done(form, said)


def of_subscription_list(subscription_id: int, case_id: int | None) -> ResponseReturnValue:
    with reading() as session:
        lines = attachments.list_attachments(session, subscription_id)
    return pages.fragment_with(
        "files/_list.html",
        attached=file_words.attachments(lines),
        subscription_id=subscription_id,
        case_id=case_id,
    )


def _take(given: list[FileStorage]) -> tuple[list[Taken], list[str]]:
    taken: list[Taken] = []
    problems: list[str] = []
    chosen = [each for each in given if each.filename]
    if not chosen:
        problems.append(_("Elegí un archivo."))
    for each in chosen[:MOST_AT_ONCE]:
        try:
            taken.append(take_file(each))
        except FileNotTaken as error:
            problems.append(file_words.not_kept(shown_name(each), error.why))
    if len(chosen) > MOST_AT_ONCE:
        problems.append(
            _("Son demasiados de una vez: se tomaron los primeros %(n)s.") % {"n": MOST_AT_ONCE}
        )
    return taken, problems


def _kept_said(count: int) -> str:
    if count == 1:
        return _("Archivo guardado.")
    return _("%(n)s archivos guardados.") % {"n": count}


def _served(file: StoredFile | None) -> Response:
    """The bytes as what they are, and as nothing else: no page of ours, no script, no frame."""
    if file is None or file.erased_at is not None:
        raise FileGone
    is_small = bool(request.args.get("small")) and file.small_as is not None
    stored_as = file.small_as if is_small and file.small_as else file.stored_as
    path = store.path_of(store.folder(current_runtime().settings.data_dir), stored_as)
    if not path.is_file():
        raise FileGone
    kind = "image/jpeg" if is_small else file.content_type
    is_document = form_called(kind) is Form.DOCUMENT or "download" in request.args
    response: Response = send_file(
        path,
        mimetype=kind,
        as_attachment=is_document,
        download_name=file.name,
        conditional=True,
        etag=f"{file.sha256}{'-s' if is_small else ''}",
        max_age=3600,
    )
    response.cache_control.public = None  # type: ignore[assignment]
    response.cache_control.private = True
    response.headers["Content-Security-Policy"] = _SEALED
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _attached(session: Session, subscription_id: int, attachment_id: int) -> Attachment:
    """That attachment, of that subscription; raises NotFound."""
    reach(session, Subscription, subscription_id)
    found = reach(session, Attachment, attachment_id)
    if found.subscription_id != subscription_id:
        flask.abort(404)
    return found


def _tell(subscription_id: int) -> None:
    """The screens that have a case of this subscription open."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        campaigns = session.scalars(
            select(Case.campaign_id).where(Case.subscription_id == subscription_id)
        ).all()
    live.touch(runtime.redis, *map(live.campaign, campaigns))


def _number(name: str) -> int | None:
    given = request.form.get(name) or request.args.get(name) or ""
    return int(given[:18]) if given.isdecimal() else None


def _back(subscription_id: int, case_id: int | None) -> str:
    if case_id is not None:
        return _desk(case_id)
    return url_for(".of_subscription", subscription_id=subscription_id)


def _desk(case_id: int, **more: Any) -> str:
    return url_for("desk.show", case_id=case_id, **{**_query(), **more})


def _query() -> dict[str, Any]:
    return desk_screen.query_of(desk_screen.asked())
