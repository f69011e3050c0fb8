"""/simulator/phone: pages that are whole without script, and forms that lead back to them."""

from pathlib import Path
from typing import Any
from uuid import uuid4
from zlib import crc32

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as AnyResponse

from messaging.simulator import customers
from messaging.simulator.acting import NotPossible, act, button_of, message_to
from messaging.simulator.customers import Answer
from messaging.simulator.formats import whatsapp_name
from messaging.simulator.ledger import Row
from messaging.simulator.lifecycle import read_by_hand
from messaging.simulator.media import media_content
from messaging.simulator.phone import photos, spanish
from messaging.simulator.phone.address import Address, address
from messaging.simulator.phone.chats import SHOWS, chat_page, latest_line
from messaging.simulator.phone.guard import check_caller, form_token, harden
from messaging.simulator.phone.thread import read_chat, read_quoted
from messaging.simulator.phrases import OPT_OUT_WORDS
from messaging.simulator.requests_in import simulator

_LONGEST_TEXT = 4_096
_STATIC = Path(__file__).parent / "static"
_FILES = str(crc32(b"".join(file.read_bytes() for file in sorted(_STATIC.iterdir()))))
_RUN = uuid4().hex[:8]  # versions of the ledger begin anew with each run
_OPT_OUTS = {spanish.fold(word) for word in OPT_OUT_WORDS}

bp = Blueprint(
    "phone", __name__, url_prefix="/simulator/phone",
    template_folder="templates", static_folder="static", static_url_path="/static",
)  # fmt: skip
bp.before_request(check_caller)
bp.after_request(harden)
for _filter in (
    spanish.clock, spanish.short_moment, spanish.full_moment, spanish.span, spanish.shown_phone,
    spanish.counted,
):  # fmt: skip
    bp.add_app_template_filter(_filter)


@bp.errorhandler(HTTPException)
def _refused(error: HTTPException) -> tuple[str, int]:
    says = {404: "Esa página no existe.", 413: "El archivo es demasiado grande: hasta 5 MB."}
    code = error.code or 500
    text = says.get(code, error.description or error.name)
    return render_template("phone/refused.html", says=text, files=_FILES), code


@bp.get("")
def chats() -> AnyResponse:
    return _page(address())


@bp.get("/<phone>")
def chat(phone: str) -> AnyResponse:
    return _page(_of(phone))


@bp.get("/new")
def new() -> AnyResponse:
    return _page(address(), starting={"line": spanish.shown_phone(_default_line())})


@bp.post("/new")
def start() -> AnyResponse:
    """Somebody whom nobody wrote to writes in."""
    typed = {name: request.form.get(name, "").strip() for name in ("phone", "line", "text")}
    try:
        phone = spanish.typed_phone(typed["phone"])
    except spanish.NotAPhone:
        wrong = ("phone", "Poné un celular con código de área, por ejemplo 11 5555-4444.")
        return _page(address(), 422, starting=typed, wrong=wrong)
    try:
        line = spanish.typed_phone(typed["line"] or _default_line())
    except spanish.NotAPhone:
        line = typed["line"]
    if whatsapp_name(f"whatsapp:{line}") is None:
        wrong = ("line", "Poné el número de la línea, por ejemplo +54 9 11 5000-0000.")
        return _page(address(), 422, starting=typed, wrong=wrong)
    if not typed["text"]:
        return _page(address(), 422, starting=typed, wrong=("text", "Escribí un mensaje."))
    _play(phone)
    act(simulator(), phone, _said(typed["text"]), None, to=line)
    return redirect(Address(phone=phone).url(), 303)


@bp.post("/<phone>/tap")
def tap(phone: str) -> AnyResponse:
    at, place = _of(phone), request.form.get("button", "")
    message = _message(at, request.form.get("sid", ""))
    if message is None or not place.isdecimal():
        raise NotFound
    try:
        button = button_of(message, int(place))
    except NotPossible as error:
        raise NotFound from error
    _play(at.phone)
    act(simulator(), at.phone, customers.tap(button), message)
    return _back(at)


@bp.post("/<phone>/write")
def write(phone: str) -> AnyResponse:
    at, text = _of(phone), request.form.get("text", "").strip()[:_LONGEST_TEXT]
    if not text:
        return _page(at, 422, wrong=("text", "Escribí un mensaje."))
    return _say(at, _said(text))


@bp.post("/<phone>/photo")
def photo(phone: str) -> AnyResponse:
    at = _of(phone)
    caption, ready = request.form.get("caption", "").strip(), request.form.get("ready", "")
    content = request.files["file"].read() if "file" in request.files else b""
    if len(content) > photos.LARGEST:
        return _page(at, 413, wrong=("file", "La foto es demasiado grande: hasta 5 MB."))
    if ready:
        chosen = _ready_made(at, ready)
    else:
        kind = photos.kind_of(content)
        if kind is None:
            what = (
                "Elegí una foto."
                if not content
                else "Tiene que ser JPG, PNG o PDF, o un audio OGG."
            )
            return _page(at, 422, wrong=("file", what))
        chosen = photos.Photo(content, kind)
    said = Answer(
        kind=customers.IMAGE, body=caption[:1_024], media_type=chosen.media_type,
        content=chosen.content,
    )  # fmt: skip
    return _say(at, said)


@bp.post("/<phone>/read")
def read(phone: str) -> AnyResponse:
    """The page says that the chat was on screen; who is not played reads at his own time."""
    at = _of(phone)
    if simulator().automation.is_by_hand(at.phone):
        read_by_hand(simulator(), at.phone)
    return _back(at, keep_quoted=True)


@bp.post("/<phone>/hands")
def hands(phone: str) -> AnyResponse:
    at = _of(phone)
    simulator().automation.drive(at.phone, by_hand=request.form.get("by") == "hand")
    return _back(at, keep_quoted=True)


@bp.post("/automatic")
def automatic() -> AnyResponse:
    """Everybody answers alone, or nobody."""
    simulator().automation.pause(request.form.get("answers") == "pause")
    at = address(request.args.get("phone", ""))
    return _back(at, keep_quoted=True)


@bp.get("/<phone>/ready/<name>")
def ready(phone: str, name: str) -> Response:
    made = _ready_made(_of(phone), name)
    return Response(made.content, mimetype=made.media_type)


@bp.get("/media/<media_sid>")
def media(media_sid: str) -> Response:
    ledger = simulator().ledger
    row = ledger.row("SELECT * FROM media WHERE sid = ? AND source = ''", (media_sid,))
    if row is None:
        raise NotFound
    answer = Response(media_content(ledger, media_sid), mimetype=row["content_type"])
    answer.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def _page(at: Address, status: int = 200, **more: Any) -> AnyResponse:
    """204 to a page that already shows this version."""
    sim = simulator()
    version = f"{_RUN}.{sim.ledger.version}"
    if status == 200 and request.headers.get("X-Shown") == version:
        return Response(status=204)
    chat = quoted = None
    if at.phone:
        chat = read_chat(sim, at.phone, messages=at.messages, line=_default_line())
        quoted = read_quoted(sim.ledger, at.phone, at.quoted) if at.quoted else None
    page = render_template(
        "phone/page.html",
        at=at,
        chats=chat_page(sim.ledger, search=at.search, show=at.show, after=at.after),
        chat=chat,
        quoted=quoted,
        shows=SHOWS,
        ready_made=photos.READY,
        paused=sim.automation.paused,
        played=len(sim.automation.by_hand()),
        profile=sim.profile.name,
        now=sim.now(),
        token=form_token(),
        version=version,
        files=_FILES,
        **{"starting": None, "wrong": None, **more},
    )
    return make_response(page, status)


def _of(phone: str) -> Address:
    at = address(phone)
    if whatsapp_name(f"whatsapp:{at.phone}") is None:
        raise NotFound
    return at


def _back(at: Address, *, keep_quoted: bool = False) -> AnyResponse:
    changes: dict[str, Any] = {} if keep_quoted else {"quoted": None}
    return redirect(at.url(**changes), 303)


def _say(at: Address, said: Answer) -> AnyResponse:
    """In answer to the message that is quoted, or to nobody's in particular."""
    sim = simulator()
    message = _message(at, at.quoted)
    quotes = bool(at.quoted) and message is not None
    said = Answer(
        kind=said.kind, body=said.body, media_type=said.media_type, content=said.content,
        quotes=quotes,
    )  # fmt: skip
    _play(at.phone)
    act(sim, at.phone, said, message, to=_line_he_wrote_to(at.phone) or _default_line())
    return _back(at)


def _said(text: str) -> Answer:
    is_opt_out = spanish.fold(text.strip(" .!")) in _OPT_OUTS
    return Answer(kind=customers.OPT_OUT if is_opt_out else customers.TEXT, body=text)


def _play(phone: str) -> None:
    """Whoever does something for him plays him from now on, and has read what there is."""
    simulator().automation.drive(phone, by_hand=True)
    read_by_hand(simulator(), phone)


def _message(at: Address, sid: str) -> Row | None:
    """The one with this sid if he got it; without a sid the last that did reach him."""
    ledger = simulator().ledger
    if sid:
        try:
            return message_to(ledger, at.phone, sid)
        except NotPossible:
            return None
    return ledger.row(
        "SELECT * FROM messages WHERE recipient = ? AND status IN ('delivered', 'read')"
        " ORDER BY id DESC LIMIT 1",
        (f"whatsapp:{at.phone}",),
    )


def _line_he_wrote_to(phone: str) -> str:
    row = simulator().ledger.row(
        "SELECT recipient FROM messages WHERE sender = ? ORDER BY id DESC LIMIT 1",
        (f"whatsapp:{phone}",),
    )
    return row["recipient"] if row is not None else ""


def _default_line() -> str:
    sim = simulator()
    return sim.options.senders[0] if sim.options.senders else latest_line(sim.ledger)


def _ready_made(at: Address, name: str) -> photos.Photo:
    sim = simulator()
    heard = sim.ledger.rows(
        "SELECT body FROM messages WHERE recipient = ? ORDER BY id DESC LIMIT 20",
        (f"whatsapp:{at.phone}",),
    )
    texts = [row["body"] for row in heard]
    made = photos.ready_made(name, phone=at.phone, heard=texts, now=sim.now())
    if made is None:
        raise NotFound
    return made


def front_door() -> AnyResponse:
    """Who types the bare address wants the phone."""
    return redirect(url_for("phone.chats"), 302)
