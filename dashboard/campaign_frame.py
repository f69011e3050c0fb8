"""What all pages of one campaign share: who may act, the head, the tabs with their counts."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from campaigns.campaign_results import ResultFilter, count_results
from campaigns.errors import NotFound
from campaigns.progress_head import Head, Standing, head_of
from campaigns.progress_parts import Account, account_of
from dashboard.auth import SignedIn, current_user
from dashboard.language import _
from dashboard.progress_words import STANDINGS
from models.campaign import Campaign
from models.people import Role
from models.states import CampaignState

_TABS = {
    "show": _("Avance"),
    "cases": _("Consultas"),
    "results": _("Gestiones"),
    "unsent": _("No enviados"),
    "setup": _("Audiencia y plantilla"),
    "activity": _("Actividad"),
}


def only_by(user: SignedIn) -> int | None:
    """Whose results are shown: an operator's own, everybody's to a supervisor."""
    return None if user.may(Role.SUPERVISOR) else user.id


def own_results(user: SignedIn, chosen: ResultFilter) -> ResultFilter:
    mine = only_by(user)
    if mine is None:
        return chosen
    return ResultFilter(type_id=chosen.type_id, by=str(mine), with_replaced=chosen.with_replaced)


def framed(
    session: Session,
    campaign_id: int,
    here: str,
    *,
    found: tuple[Campaign, Head] | None = None,
    results: int | None = None,
) -> tuple[Campaign, Account, dict[str, Any]]:
    """The campaign, its account, and what `campaign/_frame.html` needs.

    ``found``: by `head_of`, if the view has looked; ``results``: how many their tab has, if it has
    counted them.

    Raises:
        NotFound: no such campaign in the person's sight, or only a draft, which has no pages yet.
    """
    campaign, head = found or head_of(session, campaign_id)
    if campaign.state is CampaignState.DRAFT and here in ("cases", "results", "unsent"):
        raise NotFound("campaign", campaign_id)
    account = account_of(session, campaign)
    if results is None:
        results = count_results(session, campaign_id, own_results(current_user(), ResultFilter()))
    return (
        campaign,
        account,
        frame(head, head.standing(), here, cases=_cases(account), results=results, account=account),
    )


def _cases(account: Account) -> int | None:
    return account.audience - account.not_planned if account.audience else None


def frame(
    head: Head,
    standing: Standing,
    here: str,
    *,
    cases: int | None,
    results: int,
    account: Account,
) -> dict[str, Any]:
    word, tone = STANDINGS[standing]
    counts = {"cases": cases, "results": results, "unsent": account.listed("missed")}
    return {
        "head": head,
        "standing": standing,
        "standing_word": word,
        "standing_tone": tone,
        "account": account,
        "may_act": current_user().may(Role.SUPERVISOR),
        "may_open_line": current_user().may(Role.ADMINISTRATOR),
        "tabs": []
        if head.state is CampaignState.DRAFT
        else [
            (
                text,
                counts.get(name),
                url_for(f"campaign.{name}", campaign_id=head.id),
                name == here,
            )
            for name, text in _TABS.items()
        ],
    }
