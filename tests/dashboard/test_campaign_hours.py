"""Sending hours of a campaign: said in its steps, shortened in the fourth, told in the review."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from campaigns.sending_hours import USUAL, SendingHours
from models.campaign import Campaign, CampaignType
from models.people import Role
from models.template import TemplateVersion
from tests.campaigns.builders_launch import GREETING, Office
from tests.dashboard.conftest import Browser

SignIn = Callable[..., Browser]
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
AFTERNOONS = {"hours": "own", **dict.fromkeys(WEEK, "15 a 20")}


@pytest.fixture
def office(session: Session) -> Office:
    """Its line writes in the usual hours; the installation of tests, around the clock."""
    office = Office(session, datetime.now(UTC))
    office.line.sending_window, office.line.sends_on_holidays = USUAL.as_json(), False
    office.crowd(2)
    session.commit()
    return office


@pytest.fixture
def sol(signed_in: SignIn) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Sol Ríos")


@pytest.fixture
def draft(office: Office, sol: Browser) -> int:
    """With a template."""
    kind = office.session.scalars(select(CampaignType.id).where(CampaignType.code == "mora")).one()
    begun = sol.post("/campaigns/new", data={"name": "Cuota", "type_id": kind, "priority": 2})
    campaign_id = int((begun.location or "").split("/")[2])
    office.template(GREETING)
    office.session.commit()
    version_id = office.session.scalars(select(TemplateVersion.id)).one()
    chosen = {"version": version_id, "shown": version_id, "shared_phone": "each"}
    assert sol.post(f"/campaigns/{campaign_id}/edit/template", data=chosen).status_code == 303
    return campaign_id


def _team(sol: Browser, office: Office, draft: int, **form: Any) -> TestResponse:
    given = {"line_id": office.line.id, "when": "now", **form}
    return sol.post(f"/campaigns/{draft}/edit/team", data=given)


def _hours(office: Office, draft: int) -> tuple[Any, Any]:
    campaign = office.session.get_one(Campaign, draft, populate_existing=True)
    return campaign.sending_window, campaign.sends_on_holidays


def _said(answer: TestResponse) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))


def _in_field(answer: TestResponse, name: str) -> str | None:
    tag = re.search(rf'<input[^>]*\sname="{name}"[^>]*>', answer.text)
    value = re.search(r'\svalue="([^"]*)"', tag[0]) if tag else None
    return value[1] if value else None


def test_the_lines_hours_are_said_in_the_fourth_step_and_in_the_review(
    sol: Browser, office: Office, draft: int
) -> None:
    words = "lunes a viernes de 9:00 a 20:00, sábado de 9:00 a 13:00; feriados no"

    step = sol.get(f"/campaigns/{draft}/edit/team")
    _team(sol, office, draft, hours="given")
    review = _said(sol.get(f"/campaigns/{draft}/edit/review"))

    assert words in _said(step)
    assert _in_field(step, "monday") == "9:00 a 20:00"  # a start for hours of its own
    assert _in_field(step, "sunday") == ""
    assert f"Horario de envío {words} el de la línea" in review
    assert _hours(office, draft) == (None, None)


def test_who_may_change_the_lines_hours_is_led_there(
    sol: Browser, office: Office, draft: int, signed_in: SignIn
) -> None:
    path = f"/campaigns/{draft}/edit/team"
    boss = signed_in(Role.ADMINISTRATOR)

    assert f'href="/settings/lines/{office.line.id}"' in boss.get(path).text
    assert "/settings/lines/" not in sol.get(path).text
    assert "lo cambia un administrador" in _said(sol.get(path))


def test_of_several_lines_each_says_its_own(sol: Browser, office: Office, draft: int) -> None:
    office.a_line().name = "Norte"
    office.session.commit()

    step = _said(sol.get(f"/campaigns/{draft}/edit/team"))

    assert "Línea: lunes a viernes de 9:00 a 20:00" in step
    assert "Norte: todos los días, a toda hora" in step


def test_a_campaign_has_shorter_hours_of_its_own_until_it_is_told_otherwise(
    sol: Browser, office: Office, draft: int
) -> None:
    words = "lunes a viernes de 15:00 a 20:00; feriados no"

    saved = _team(sol, office, draft, **AFTERNOONS)
    step = sol.get(f"/campaigns/{draft}/edit/team").text
    review = _said(sol.get(f"/campaigns/{draft}/edit/review"))

    assert saved.status_code == 303
    assert _hours(office, draft) == ({str(n): ["15:00", "20:00"] for n in range(1, 6)}, False)
    assert 'value="own" checked' in step
    assert f"{words} solo de esta campaña" in review
    _team(sol, office, draft, **{**AFTERNOONS, "hours": "given"})
    assert _hours(office, draft) == (None, None)


@pytest.mark.parametrize(
    ("form", "beside", "words"),
    [
        ({"monday": "a la tarde"}, "monday", "No se entiende el horario"),
        ({"monday": "8 a 20"}, "monday", "La línea envía de 9:00 a 20:00"),
        ({"sunday": "10 a 12"}, "sunday", "Ese día la línea no envía"),
        ({"on_holidays": "y"}, "on_holidays", "La línea no envía en feriados"),
        (dict.fromkeys(WEEK, ""), "hours", "el horario de un día al menos"),
        ({"hours": "nunca"}, "hours", "Elegí una de las opciones"),
    ],
)
def test_hours_that_cannot_be_are_said_beside_the_day_and_nothing_is_kept(
    form: dict[str, str], beside: str, words: str, sol: Browser, office: Office, draft: int
) -> None:
    answer = _team(sol, office, draft, **{**AFTERNOONS, **form})

    said = re.search(rf'id="{beside}-problem".*?</p>', answer.text, re.DOTALL)
    assert answer.status_code == 422
    assert said is not None
    assert words in said[0]
    assert _in_field(answer, "tuesday") == ("15:00 a 20:00" if form.get("tuesday") is None else "")
    assert "a la tarde" not in form.values() or _in_field(answer, "monday") == "a la tarde"
    assert _hours(office, draft) == (None, None)


def test_what_stands_in_the_days_is_of_no_account_with_the_lines_hours(
    sol: Browser, office: Office, draft: int
) -> None:
    saved = _team(sol, office, draft, hours="given", monday="a la tarde", sunday="1 a 2")

    assert saved.status_code == 303
    assert _hours(office, draft) == (None, None)


def test_longer_hours_that_somebody_gave_it_by_command_stay_until_they_are_changed(
    sol: Browser, office: Office, draft: int
) -> None:
    longer = SendingHours.parse("mon-sun 08:00-22:00")
    campaign = office.session.get_one(Campaign, draft)
    campaign.sending_window, campaign.sends_on_holidays = longer.as_json(), False
    office.session.commit()
    every_day = dict.fromkeys((*WEEK, "saturday", "sunday"), "8:00 a 22:00")

    same = _team(sol, office, draft, hours="own", **every_day)
    changed = _team(sol, office, draft, hours="own", **{**every_day, "monday": "8:00 a 21:00"})

    assert (same.status_code, changed.status_code) == (303, 422)
    assert _hours(office, draft) == (longer.as_json(), False)


def test_the_review_says_when_the_messages_begin_to_leave(
    sol: Browser, office: Office, draft: int
) -> None:
    later = {"when": "later", "starts_at": "20/11/2031 21:00"}  # a Thursday

    _team(sol, office, draft, hours="given", **later)
    at_night = _said(sol.get(f"/campaigns/{draft}/edit/review?count=1"))
    _team(sol, office, draft, hours="given", **{**later, "starts_at": "20/11/2031 11:00"})
    by_day = _said(sol.get(f"/campaigns/{draft}/edit/review?count=1"))

    assert "Empieza fuera del horario de envío" in at_night
    assert "salen solos desde el vie 21 nov 09:00" in at_night
    assert "Empiezan a salir 21/11/2031 09:00 y terminan cerca de las 09:00" in at_night
    assert "fuera del horario" not in by_day
    assert "Salen 20/11/2031 11:00 y terminan cerca de las 11:00" in by_day


def test_a_campaign_of_calls_is_not_asked_for_hours(
    sol: Browser, office: Office, draft: int
) -> None:
    sol.post(f"/campaigns/{draft}/edit/template", data={"version": "none", "shared_phone": "each"})

    assert "Horario de envío" not in _said(sol.get(f"/campaigns/{draft}/edit/team"))
    assert "Horario de envío" not in _said(sol.get(f"/campaigns/{draft}/edit/review"))
    assert office.line.id


def test_what_was_launched_says_its_hours(sol: Browser, office: Office, draft: int) -> None:
    _team(sol, office, draft, **AFTERNOONS)

    sol.post(f"/campaigns/{draft}/launch", data={"named": 2})

    setup = _said(sol.get(f"/campaigns/{draft}/setup"))
    assert "Horario de envío lunes a viernes de 15:00 a 20:00; feriados no" in setup
