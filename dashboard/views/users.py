"""People who work here: added, corrected, given a role, deactivated. For administrators."""

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from campaigns import users
from campaigns.errors import AlreadyThere, LastAdministrator
from campaigns.passwords import Passwords, first_password
from dashboard.auth import acting, current_user, requires
from dashboard.language import _, ngettext
from dashboard.pages import done, refused, render
from models.people import Role
from runtime.wiring import current_runtime

bp = Blueprint("users", __name__, url_prefix="/settings/users")

ROLES = {
    Role.OPERATOR: _("Operador"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.ADMINISTRATOR: _("Administrador"),
}
MAY = {
    Role.OPERATOR: _("Atiende las consultas de las campañas que le asignan."),
    Role.SUPERVISOR: _("Además crea y lanza campañas, plantillas y catálogos, y ve a todos."),
    Role.ADMINISTRATOR: _("Además maneja usuarios, roles y líneas."),
}
_TAKEN = _("Ya hay un usuario con ese correo.")
_LAST = _("Es el único administrador que queda: nombrá a otro antes.")


class PersonForm(FlaskForm):
    """Who he is, and what he signs in with."""

    name = StringField(
        _("Nombre y apellido"),
        filters=[lambda typed: " ".join((typed or "").split())],
        validators=[
            DataRequired(_("Escribí el nombre.")),
            Length(max=100, message=_("El nombre es demasiado largo: hasta 100 letras.")),
        ],
    )
    email = EmailField(
        _("Correo"),
        validators=[
            InputRequired(_("Escribí el correo.")),
            Length(max=200, message=_("El correo es demasiado largo: hasta 200 caracteres.")),
            Regexp(r"\s*[^@\s]+@[^@\s]+\s*\Z", message=_("Eso no parece un correo.")),
        ],
    )


class NewUserForm(PersonForm):
    role = RadioField(
        _("Rol"),
        choices=[(role.value, text) for role, text in ROLES.items()],
        default=Role.OPERATOR.value,
        validators=[InputRequired(_("Elegí un rol."))],
    )


class RoleForm(FlaskForm):
    role = RadioField(
        _("Rol"),
        choices=[(role.value, text) for role, text in ROLES.items()],
        validators=[InputRequired(_("Elegí un rol."))],
    )


@bp.get("")
@requires(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    runtime = current_runtime()
    with runtime.sessions() as session:
        people = users.list_people(session, now=runtime.now(session))
    return render("users/users.html", people=people, roles=ROLES)


@bp.get("/new")
@requires(Role.ADMINISTRATOR)
def new() -> ResponseReturnValue:
    return render("users/new.html", form=NewUserForm(formdata=None), may=MAY, roles=ROLES)


@bp.post("/new")
@requires(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    form = NewUserForm()
    if not form.validate():
        return render("users/new.html", form=form, may=MAY, roles=ROLES, status=422)
    password, hashed = _a_password()
    try:
        with acting() as session:
            user_id = users.add_user(
                session,
                email=form.email.data or "",
                name=form.name.data or "",
                role=Role(form.role.data),
                password_hash=hashed,
                must_change_password=True,
                by_id=current_user().id,
            )
    except AlreadyThere:
        form.email.errors = [_TAKEN]
        return render("users/new.html", form=form, may=MAY, roles=ROLES, status=422)
    return _shown_once(user_id, password, status=201)


@bp.get("/<int:user_id>")
@requires(Role.ADMINISTRATOR)
def show(user_id: int) -> ResponseReturnValue:
    return _page(user_id)


@bp.post("/<int:user_id>")
@requires(Role.ADMINISTRATOR)
def correct(user_id: int) -> ResponseReturnValue:
    form = PersonForm()
    if not form.validate():
        return _page(user_id, person_form=form, status=422)
    try:
        with acting() as session:
            users.correct_person(
                session,
                user_id,
                name=form.name.data or "",
                email=form.email.data or "",
                by_id=current_user().id,
            )
    except AlreadyThere:
        form.email.errors = [_TAKEN]
        return _page(user_id, person_form=form, status=422)
    return done(_address(user_id), _("Datos guardados."))


@bp.post("/<int:user_id>/role")
@requires(Role.ADMINISTRATOR)
def change_role(user_id: int) -> ResponseReturnValue:
    form = RoleForm()
    if not form.validate():
        return _page(user_id, role_form=form, status=422)
    try:
        with acting() as session:
            users.change_role(session, user_id, Role(form.role.data), by_id=current_user().id)
    except LastAdministrator:
        form.role.errors = [_LAST]
        return _page(user_id, role_form=form, status=409)
    return done(_address(user_id), _("Rol cambiado: vale desde que vuelva a entrar."))


@bp.post("/<int:user_id>/deactivate")
@requires(Role.ADMINISTRATOR)
def deactivate(user_id: int) -> ResponseReturnValue:
    try:
        with acting() as session:
            users.deactivate(session, user_id, by_id=current_user().id)
    except LastAdministrator:
        return refused(_LAST, _address(user_id))
    return done(
        _address(user_id),
        _("Usuario desactivado: ya no puede entrar."),
        undo=url_for("users.reactivate", user_id=user_id),
    )


@bp.post("/<int:user_id>/reactivate")
@requires(Role.ADMINISTRATOR)
def reactivate(user_id: int) -> ResponseReturnValue:
    with acting() as session:
        users.reactivate(session, user_id, by_id=current_user().id)
    return done(_address(user_id), _("Usuario reactivado."))


@bp.post("/<int:user_id>/password")
@requires(Role.ADMINISTRATOR)
def new_password(user_id: int) -> ResponseReturnValue:
    password, hashed = _a_password()
    with acting() as session:
        users.replace_password(session, user_id, hashed, by_id=current_user().id)
    return _shown_once(user_id, password)


@bp.post("/<int:user_id>/end-sessions")
@requires(Role.ADMINISTRATOR)
def end_sessions(user_id: int) -> ResponseReturnValue:
    with acting() as session:
        ended = users.sign_out_everywhere(session, user_id, by_id=current_user().id)
    said = ngettext("Se cerró %(n)s sesión.", "Se cerraron %(n)s sesiones.", ended)
    return done(_address(user_id), said % {"n": ended})


def _a_password() -> tuple[str, str]:
    passwords: Passwords = current_app.config["PASSWORDS"]
    password = first_password()
    return password, passwords.hash(password)


def _shown_once(user_id: int, password: str, status: int = 200) -> ResponseReturnValue:
    """In the answer to the post itself: it is kept nowhere, so no redirect can show it."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        person = users.get_person(session, user_id, now=runtime.now(session))
    page = render_template("users/password.html", person=person, password=password)
    return page, status, {"Cache-Control": "no-store"}


def _page(
    user_id: int,
    *,
    person_form: PersonForm | None = None,
    role_form: RoleForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """His page, with the form that was refused as it was filled in."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        person = users.get_person(session, user_id, now=runtime.now(session))
    told = {"name": person.name, "email": person.email}
    return render(
        "users/user.html",
        person=person,
        person_form=person_form or PersonForm(formdata=None, data=told),
        role_form=role_form or RoleForm(formdata=None, data={"role": person.role.value}),
        roles=ROLES,
        may=MAY,
        status=status,
    )


def _address(user_id: int) -> str:
    return url_for("users.show", user_id=user_id)
