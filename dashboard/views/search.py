"""The palette's search: whoever and whatever a few letters may mean, of what the person sees."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.importing.cells import fold
from campaigns.subscription_search import LONGEST
from campaigns.subscriptions import find_subscriptions
from dashboard import pages, subscription_words
from dashboard.auth import reading, requires
from models.campaign import Campaign
from models.people import Role
from models.states import CampaignState

bp = Blueprint("search", __name__)

_MOST = 8
_NEWEST = 500  # campaigns whose names are looked at


@bp.get("/search")
@requires(Role.OPERATOR)
def find() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:LONGEST]
    with reading() as session:
        subscriptions = find_subscriptions(session, text, limit=_MOST)
        campaigns = _campaigns(session, text)
    return pages.render(
        "search/page.html",
        "search/_results.html",
        text=text,
        subscriptions=subscriptions,
        campaigns=campaigns,
        words=subscription_words,
    )


def _campaigns(session: Session, text: str) -> list[tuple[int, str, CampaignState]]:
    """The newest whose name has every word somewhere, whatever its accents."""
    words = fold(text).split()
    if max(map(len, words), default=0) < 2:
        return []
    rows = session.execute(
        select(Campaign.id, Campaign.name, Campaign.state)
        .where(Campaign.is_standing.is_(False))
        .order_by(Campaign.id.desc())
        .limit(_NEWEST)
    )
    found = (
        (row.id, row.name, row.state) for row in rows if all(w in fold(row.name) for w in words)
    )
    return [each for each, _ in zip(found, range(_MOST), strict=False)]
