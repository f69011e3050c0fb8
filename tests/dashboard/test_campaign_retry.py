"""*Reintentar* on the list of who did not get a campaign's message."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from campaigns import lifecycle, retrying
from campaigns.teams import assign_operators
from dashboard import retry_words
from dashboard.retry_words import by_hand
from messaging.provider import ByHand
from models.campaign import Campaign
from models.message import Message
from models.people import Role
from models.states import MessageState
from tests.campaigns.builders_launch import Office
from tests.dashboard.conftest import Browser

SignIn = Callable[..., Browser]


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, datetime.now(UTC) - timedelta(minutes=1))


@pytest.fixture
def lucia(signed_in: SignIn) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Lucía Ferreyra")


@pytest.fixture
def campaign(office: Office) -> Campaign:
    """Four people: three failed by the channel's fault, one has no WhatsApp."""
    office.crowd(4)
    campaign = office.launched(office.campaign())
    for place, message in enumerate(office.messages(campaign)):
        message.state = MessageState.UNDELIVERED
        message.error_code = 63024 if place == 3 else 63012
    office.session.commit()
    return campaign


def _text(body: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def _dialog(body: str) -> dict[str, str]:
    """What its form sends."""
    form = body.partition("/retry")[2].partition("</form>")[0]
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)
        if name in ("reason", "through")
    }


def test_the_dialog_says_how_many_and_the_post_retries_those(
    lucia: Browser, office: Office, campaign: Campaign
) -> None:
    address = f"/campaigns/{campaign.id}/unsent?kind=failed&reason=63012"
    page = lucia.get(address).text
    assert "Reintentar 3 mensajes" in _text(page)

    answer = lucia.post(f"/campaigns/{campaign.id}/retry", data=_dialog(page))

    assert answer.status_code == 303
    said = _text(lucia.get(answer.location).text)
    assert "Se reintentan 3 mensajes." in said
    assert "Reintentar 3" not in _text(lucia.get(address).text)
    progress = _text(lucia.get(f"/campaigns/{campaign.id}").text)
    assert re.search(r"En cola 3\b", progress)
    assert re.search(r"Fallidos 1\b", progress)
    assert "reintentó los que fallaron: 3 mensajes" in progress

    again = lucia.post(f"/campaigns/{campaign.id}/retry", data=_dialog(page))

    assert "No quedaba ninguno" in _text(lucia.get(again.location).text)
    assert office.session.scalar(select(func.count(Message.id))) == 7


def test_more_than_go_at_once_are_not_called_impossible(
    lucia: Browser, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (retrying, retry_words):
        monkeypatch.setattr(module, "MOST", 2)

    said = _text(lucia.get(f"/campaigns/{campaign.id}/unsent?kind=failed&reason=63012").text)

    assert "Reintentar 2 mensajes" in said
    assert "Van de a 2: después volvé a entrar por los que siguen." in said
    assert "no se puede" not in said


def test_a_reopened_campaign_offers_none(
    lucia: Browser, office: Office, campaign: Campaign
) -> None:
    lifecycle.finish(office.session, campaign.id, now=office.now)
    lifecycle.reopen(office.session, campaign.id, now=office.now)
    office.session.commit()

    said = _text(lucia.get(f"/campaigns/{campaign.id}/unsent?kind=failed&reason=63012").text)

    assert "Reintentar" not in said
    assert "reintentar ninguno" not in said


def test_a_phone_without_whatsapp_says_what_has_to_be_done_first(
    lucia: Browser, campaign: Campaign
) -> None:
    said = _text(lucia.get(f"/campaigns/{campaign.id}/unsent?reason=63024").text)

    assert "No se puede reintentar ninguno: por teléfono sin corregir" in said
    assert "Corregí el teléfono y reintentá" in said


def test_nothing_is_offered_without_a_reason_or_for_one_that_does_not_end(
    lucia: Browser, office: Office, campaign: Campaign
) -> None:
    office.session.execute(update(Message).values(error_code=63033))
    office.session.commit()

    for narrowed in ("", "?kind=failed", "?reason=63033", "?kind=unsent&reason=63012"):
        page = lucia.get(f"/campaigns/{campaign.id}/unsent{narrowed}").text
        assert "/retry" not in page
    data = {"reason": "63033", "through": datetime.now(UTC).isoformat()}
    answer = lucia.post(f"/campaigns/{campaign.id}/retry", data=data)
    assert "No se reintentan" in _text(lucia.get(answer.location).text)
    assert office.session.scalar(select(func.count(Message.id))) == 4


def test_an_operator_is_not_offered_it(
    signed_in: SignIn, office: Office, campaign: Campaign
) -> None:
    diego = signed_in(Role.OPERATOR)
    assign_operators(office.session, campaign.id, [diego.user_id])
    office.session.commit()

    page = diego.get(f"/campaigns/{campaign.id}/unsent?reason=63012").text

    assert "Se puede reintentar" in page
    assert "/retry" not in page


def test_what_was_cancelled_meanwhile_is_said(
    lucia: Browser, office: Office, campaign: Campaign
) -> None:
    page = lucia.get(f"/campaigns/{campaign.id}/unsent?reason=63012").text
    lifecycle.cancel(office.session, campaign.id, now=office.now)
    office.session.commit()

    answer = lucia.post(f"/campaigns/{campaign.id}/retry", data=_dialog(page))

    assert answer.status_code == 409
    assert office.session.scalar(select(func.count(Message.id))) == 4


@pytest.mark.parametrize("through", ["", "ayer", "2026-01-01T00:00", "9999-12-31T23:59:59+00:00"])
def test_a_moment_that_no_screen_gave_does_no_harm(
    lucia: Browser, campaign: Campaign, through: str
) -> None:
    data = {"reason": "63012", "through": through}

    assert lucia.post(f"/campaigns/{campaign.id}/retry", data=data).status_code == 303


@pytest.mark.parametrize(
    ("why", "way"),
    [
        ("tried_too_often", ByHand.AGAIN),
        ("63012", ByHand.AGAIN),  # the channel's own fault
        ("63018", ByHand.AGAIN),  # the line was too fast
        ("63020", ByHand.AGAIN),  # the account, put right since
        ("63049", ByHand.NEXT_DAY),  # a cap per person
        ("63024", ByHand.OTHER_PHONE),  # no WhatsApp
        ("21211", ByHand.OTHER_PHONE),
        ("63033", None),  # he blocked the line
        ("21610", None),  # he opted out
        ("opted_out", None),
        ("63040", None),  # the template
        ("30008", None),  # nobody knows why
        ("99999", None),  # a code in no table of ours
        ("unknown", None),
        ("not_planned", None),
        ("", None),
        ("9" * 40, None),
    ],
)
def test_which_failures_may_go_anew(why: str, way: ByHand | None) -> None:
    assert by_hand(why) is way
