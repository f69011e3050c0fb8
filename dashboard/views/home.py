"""The address without a path: where each one's work is."""

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard.auth import current_user, requires
from models.people import Role

bp = Blueprint("home", __name__)


@bp.get("/")
@requires(Role.OPERATOR)
def index() -> ResponseReturnValue:
    """The desk of an operator, the campaigns of everybody else."""
    first = "/campaigns" if current_user().may(Role.SUPERVISOR) else "/desk?view=mine"
    return redirect(first, 303)
