"""How one works: whether one is there, sound, keys. Kept with the person, not with the browser."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select, update

from campaigns import presence
from dashboard import auth, pages
from dashboard.auth import acting, current_user, requires
from dashboard.language import _
from dashboard.views.me import bp
from models.campaign import CampaignOperator
from models.people import Role, User
from runtime import live
from runtime.wiring import current_runtime


@bp.post("/presence")
@requires(Role.OPERATOR)
def choose_presence() -> ResponseReturnValue:
    """Available or away; the screens that show it are told."""
    me, away = current_user().id, request.form.get("away") == "1"
    runtime = current_runtime()
    with acting() as session:
        presence.choose(session, me, away=away, now=runtime.now(session))
        its = select(CampaignOperator.campaign_id).where(CampaignOperator.user_id == me)
        campaigns = session.scalars(its).all()
    live.touch(runtime.redis, *map(live.campaign, campaigns))
    said = (
        _("Figurás como ausente: lo que nadie tome vuelve a Sin asignar.")
        if away
        else _("Figurás como disponible.")
    )
    if not pages.is_fragment():
        return pages.done(auth.local_path(request.form.get("here")) or "/", said)
    return pages.fragment_with("_presence.html", toast=said, is_away=away)


@bp.get("/keys")
@requires(Role.OPERATOR)
def keys() -> ResponseReturnValue:
    """Every key there is, by where it works."""
    return pages.render("me/keys.html", "me/_keys.html")


@bp.post("/preferences")
@requires(Role.OPERATOR)
def prefer() -> ResponseReturnValue:
    with acting() as session:
        session.execute(
            update(User)
            .where(User.id == current_user().id)
            .values(
                plays_sound="sound" in request.form,
                has_single_keys="keys" in request.form,
            )
        )
    return pages.done(url_for("me.show"), _("Preferencias guardadas."))
