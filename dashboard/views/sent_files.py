"""A file to the customer: into the ledger like any message, and handed to the provider when asked.

What the provider fetches it by is derived from the message, names it alone and serves it for some
hours; nothing about a person is in the address.
"""

from flask import Blueprint, Response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from campaigns import desk
from campaigns.cases import newest_reply
from campaigns.errors import CaseHeld, MessageRefused
from campaigns.files import media, store
from campaigns.files.errors import FileNotTaken
from campaigns.files.kinds import LARGEST
from campaigns.files.taking import Taken, check_sendable
from campaigns.talks import talk_of
from dashboard import desk_screen, errors, file_words, pages
from dashboard.auth import acting, current_user, public, reach, reading, requires
from dashboard.desk_asked import seen_message
from dashboard.given_files import shown_name, take_file
from dashboard.language import _
from dashboard.views.desk import AFTER_WRITING, context
from messaging.tokens import Signer, TokenKind
from models.case import Case
from models.people import Role
from runtime import live
from runtime.wiring import current_runtime
from workers.wake import wake_line

bp = Blueprint("sent_files", __name__)


@bp.get("/desk/<int:case_id>/send-file")
@requires(Role.OPERATOR)
def choose(case_id: int) -> ResponseReturnValue:
    with reading() as session:
        reach(session, Case, case_id)
        seen = newest_reply(session, case_id)
    return _form(case_id, seen=seen)


@bp.post("/desk/<int:case_id>/send-file")
@requires(Role.OPERATOR)
def send(case_id: int) -> ResponseReturnValue:
    """Send one file within the window, with or without words under it."""
    with reading() as session:
        reach(session, Case, case_id)
    given, caption = request.files.get("file"), request.form.get("body", "")
    if given is None or not given.filename:
        return _form(case_id, problem=_("Elegí un archivo."), typed=caption)
    taken: Taken | None = None
    try:
        taken = take_file(given)
        check_sendable(taken)
    except FileNotTaken as error:
        limit = taken.kind.most_sent if taken is not None else None
        why = file_words.not_sent(shown_name(given), error.why, limit=limit)
        return _form(case_id, problem=why, typed=caption)
    runtime = current_runtime()
    try:
        with acting() as session:
            case = reach(session, Case, case_id)
            desk.answer(
                session,
                case_id,
                caption,
                by_id=current_user().id,
                now=runtime.now(session),
                file=store.keep(session, store.folder(runtime.settings.data_dir), taken),
                seen_message_id=seen_message(),
            )
            line_id, campaign_id = talk_of(session, case).line_id, case.campaign_id
    except (MessageRefused, CaseHeld) as error:
        return _form(case_id, problem=errors.answer(error)[1], typed=caption)
    wake_line(runtime, line_id)
    live.touch(runtime.redis, live.campaign(campaign_id))
    said = _("Archivo en cola: sale en segundos.")
    if pages.is_fragment():
        return _sent(case_id, said)
    here = url_for("desk.show", case_id=case_id, **desk_screen.query_of(desk_screen.asked()))
    return pages.done(here, said)


@bp.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Found out before the form was read, so there is nothing to keep of it."""
    case_id = (request.view_args or {}).get("case_id", 0)
    with reading() as session:
        reach(session, Case, case_id)
    problem = file_words.too_big_to_send(LARGEST)
    if pages.is_fragment():  # the words are in the form still, which stays as it is
        return pages.only_toast(f"{problem[:1].upper()}{problem[1:]}", 413)
    return _form(case_id, problem=problem, status=413)


@bp.get("/m/<token>")
@public
def fetch(token: str) -> ResponseReturnValue:
    """The provider comes for the file of a message: by a token that only we can make."""
    runtime = current_runtime()
    settings = runtime.settings
    signer = Signer(settings.secret_key, settings.secret_key_previous)
    read = signer.read(TokenKind.FILE, token)
    if read is None:
        return _nothing()  # guesses never reach the database
    with runtime.sessions() as session:
        file = media.file_to_hand_out(session, read.message_id, now=runtime.now(session))
    path = store.path_of(store.folder(settings.data_dir), file.stored_as) if file else None
    if file is None or path is None or not path.is_file():
        return _nothing()
    answer: Response = send_file(
        path, mimetype=file.content_type, as_attachment=True, download_name=file.name
    )
    return _sealed(answer)


def _nothing() -> Response:
    return _sealed(Response("", 404, mimetype="text/plain"))


def _sealed(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _sent(case_id: int, said: str) -> ResponseReturnValue:
    """The desk stays as it is, with what is typed in it; the form is empty, the talk longer."""
    return pages.fragment_with(
        "desk/_send_file.html",
        toast=said,
        partials=AFTER_WRITING,
        at_desk=True,
        is_sent=True,
        **context(case_id),
    )


def _form(
    case_id: int,
    *,
    seen: int | None = None,
    problem: str | None = None,
    typed: str = "",
    status: int = 422,
) -> ResponseReturnValue:
    return pages.render(
        "desk/send_file.html",
        "desk/_send_file.html",
        status=status if problem else 200,
        case_id=case_id,
        seen=seen_message() if seen is None else seen,
        problem=problem,
        typed=typed,
        most=LARGEST,
        at_desk=pages.is_fragment(),
        query=desk_screen.query_of(desk_screen.asked()),
    )
