"""Signing in and out. The only pages of the dashboard that strangers see."""

from flask import Blueprint, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from structlog import get_logger
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from campaigns import signing_in
from campaigns.errors import SignInRefused, SignInTooSoon
from campaigns.passwords import Passwords
from dashboard import auth
from dashboard.auth import acting, current_user, public, requires
from dashboard.language import _
from dashboard.pages import render
from dashboard.password_words import too_soon
from dashboard.rehearsal.people import PEOPLE
from dashboard.views.users import ROLES
from models.people import Role
from runtime.wiring import current_runtime

log = get_logger(__name__)
bp = Blueprint("sign_in", __name__)


class SignInForm(FlaskForm):
    email = EmailField(_("Correo"), validators=[InputRequired(_("Escribí tu correo."))])
    password = PasswordField(
        _("Contraseña"), validators=[InputRequired(_("Escribí tu contraseña."))]
    )


@bp.get("/sign-in")
@public
def show() -> ResponseReturnValue:
    """Public: it is the door."""
    if auth.find_user() is not None:
        return redirect(_after() or url_for("home.index"), 303)
    return _page(SignInForm())


@bp.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Public: whoever comes here is not signed in yet."""
    form = SignInForm()
    if not form.validate():
        return _page(form, status=422)
    try:
        reference = _sign_in(form.email.data or "", form.password.data or "")
    except SignInTooSoon as error:
        log.warning("sign-in refused", why="too soon", ip=request.remote_addr)
        return _page(form, problem=too_soon(error.wait), status=429)
    except SignInRefused:
        log.warning("sign-in refused", why="wrong", ip=request.remote_addr)
        return _page(form, problem=_("El correo o la contraseña no son correctos."), status=422)
    session.clear()  # forms drawn for a stranger are of no use any more
    response = redirect(_after() or url_for("home.index"), 303)
    auth.give_cookie(response, reference)  # type: ignore[arg-type]
    return response


@bp.post("/sign-out")
@requires(Role.OPERATOR)
def leave() -> ResponseReturnValue:
    user = current_user()
    with acting() as work:
        signing_in.end_session(work, user.session_id, by_id=user.id)
    return auth.after_signing_out()


def _sign_in(email: str, password: str) -> str:
    runtime = current_runtime()
    passwords: Passwords = current_app.config["PASSWORDS"]
    ip = request.remote_addr or ""
    with acting() as work:
        attempt = signing_in.begin_attempt(work, email, ip=ip, now=runtime.now(work))
    new_hash = signing_in.check(attempt, password, passwords)
    with acting() as work:
        return signing_in.complete(
            work,
            attempt,
            new_hash=new_hash,
            ip=ip,
            user_agent=request.user_agent.string,
            now=runtime.now(work),
        )


def _after() -> str | None:
    return auth.local_path(request.args.get("next"))


def _page(form: SignInForm, problem: str | None = None, status: int = 200) -> ResponseReturnValue:
    people = PEOPLE if current_runtime().settings.is_demo else ()
    return render(
        "sign_in/sign_in.html",
        form=form,
        problem=problem,
        after=_after(),
        people=people,
        roles=ROLES,
        status=status,
    )
