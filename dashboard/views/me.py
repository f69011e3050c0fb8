"""One's own account: password, look, and where one is signed in."""

from flask import Blueprint, current_app, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField
from wtforms.validators import InputRequired

from campaigns import passwords as rules
from campaigns import signing_in, users
from campaigns.errors import SignInRefused, SignInTooSoon, WeakPassword
from campaigns.passwords import Passwords
from dashboard import auth
from dashboard.auth import acting, current_user, requires
from dashboard.language import _
from dashboard.pages import done, render
from dashboard.password_words import too_soon, why_weak
from models.people import Role
from runtime.wiring import current_runtime

bp = Blueprint("me", __name__, url_prefix="/me")

_YEAR = 365 * 24 * 3600


class PasswordForm(FlaskForm):
    old = PasswordField(
        _("Contraseña actual"), validators=[InputRequired(_("Escribí la que usás ahora."))]
    )
    new = PasswordField(
        _("Contraseña nueva"), validators=[InputRequired(_("Escribí la contraseña nueva."))]
    )


class ThemeForm(FlaskForm):
    theme = RadioField(
        _("Aspecto"),
        choices=[("device", _("Como el equipo")), ("light", _("Claro")), ("dark", _("Oscuro"))],
    )


@bp.get("")
@requires(Role.OPERATOR)
def show() -> ResponseReturnValue:
    return _page(PasswordForm(formdata=None))


@bp.post("/password")
@requires(Role.OPERATOR)
def change_password() -> ResponseReturnValue:
    """A new password ends all sessions, this one included; a new one begins here."""
    form = PasswordForm()
    if not form.validate():
        return _page(form, 422)
    old, new = form.old.data or "", form.new.data or ""
    try:
        reference = _change(old, new)
    except SignInTooSoon as error:
        form.old.errors = [too_soon(error.wait)]
        return _page(form, 429)
    except SignInRefused:
        form.old.errors = [_("No es tu contraseña.")]
        return _page(form, 422)
    except WeakPassword as error:
        form.new.errors = [why_weak(error.why)]
        return _page(form, 422)
    session.pop("csrf_token", None)
    response = make_response(
        done(
            url_for("home.index"),
            _("Contraseña cambiada. Las otras sesiones que tenías abiertas se cerraron."),
        )
    )
    auth.give_cookie(response, reference)
    return response


@bp.post("/theme")
@requires(Role.OPERATOR)
def choose_theme() -> ResponseReturnValue:
    """Kept in this browser: the same person may work on another screen by night."""
    form = ThemeForm()
    if not form.validate():
        return _page(PasswordForm(formdata=None), 422)
    response = redirect(url_for("me.show"), 303)
    secure = not current_runtime().settings.is_demo
    if form.theme.data == "device":
        response.delete_cookie("theme", samesite="Lax", secure=secure)
    else:
        response.set_cookie("theme", form.theme.data, max_age=_YEAR, samesite="Lax", secure=secure)
    return response


@bp.post("/sign-out-everywhere")
@requires(Role.OPERATOR)
def sign_out_everywhere() -> ResponseReturnValue:
    user = current_user()
    with acting() as work:
        users.sign_out_everywhere(work, user.id, by_id=user.id)
    return auth.after_signing_out()


def _change(old: str, new: str) -> str:
    """Check the old one as the door does, throttle included; the new session's reference."""
    runtime = current_runtime()
    user = current_user()
    passwords: Passwords = current_app.config["PASSWORDS"]
    ip = request.remote_addr or ""
    with acting() as work:
        attempt = signing_in.begin_attempt(work, user.email, ip=ip, now=runtime.now(work))
    signing_in.check(attempt, old, passwords)
    if old == new:
        raise WeakPassword("same")
    rules.check_strength(new, email=user.email, name=user.name)
    new_hash = passwords.hash(new)
    with acting() as work:
        users.change_own_password(work, attempt, new_hash)
        return signing_in.open_session(
            work,
            user.id,
            ip=ip,
            user_agent=request.user_agent.string,
            now=runtime.now(work),
        )


def _page(form: PasswordForm, status: int = 200) -> ResponseReturnValue:
    runtime = current_runtime()
    with runtime.sessions() as work:
        sessions = users.get_person(work, current_user().id, now=runtime.now(work)).sessions
    theme = ThemeForm(formdata=None, data={"theme": request.cookies.get("theme", "device")})
    return render(
        "me/me.html",
        form=form,
        theme_form=theme,
        sessions=sessions,
        status=status,
        shortest=rules.SHORTEST,
    )
