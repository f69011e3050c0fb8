"""In a demo every page says that it is one, whoever looks at it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.rehearsal.people import PEOPLE, bring_in
from dashboard.views import coupon_page
from messaging.tokens import Signer
from models.case import Case
from models.people import Role
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.dashboard.access_table import TABLE
from tests.dashboard.conftest import Browser
from tests.sent_coupons import SentCoupons

LINE = "Demostración: los datos son inventados y nada sale a WhatsApp."
NOW = datetime.now(UTC)
WITHOUT_ID = [
    path
    for method, path, who, *_ in (line.split() for line in TABLE.strip().splitlines())
    if method == "GET" and who != "public" and "<" not in path
]


def _token(runtime: Runtime) -> str:
    with runtime.sessions.begin() as session:
        sent = SentCoupons.of_type(session, "recordatorio", now=NOW).to("Ana", due=NOW.date())
    return sent.token(Signer(runtime.settings.secret_key))


def _names_nobody(body: str) -> bool:
    return not any(person.email in body or person.password in body for person in PEOPLE)


def test_the_customers_pages_say_it_and_name_nobody_who_signs_in(
    demo: Browser, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coupon_page, "_misses", coupon_page.Misses())
    bring_in(runtime)
    page = f"/c/{_token(runtime)}"
    cover = demo.get(page)
    nonce = cover.text.split('name="nonce" value="')[1].split('"')[0]
    opened = demo.post(page, data={"nonce": nonce})
    wrong, refused = demo.get("/c/wrong"), demo.delete(page)

    assert "Ver mi cupón" in cover.text
    assert "Código de pago" in opened.text
    assert (wrong.status_code, refused.status_code) == (404, 405)
    for answer in (cover, opened, wrong, refused):
        assert answer.text.count(LINE) == 1
        assert _names_nobody(answer.text)


def test_every_page_of_the_dashboard_says_it(
    demo: Browser, runtime: Runtime, session: Session
) -> None:
    office = Office(session, NOW)
    office.crowd(1)
    campaign = office.launched(office.campaign())
    draft = office.campaign()
    case = session.scalars(select(Case)).first()
    assert case is not None
    session.commit()
    bring_in(runtime)
    boss = next(person for person in PEOPLE if person.role is Role.ADMINISTRATOR)
    demo.post("/sign-in", data={"email": boss.email, "password": boss.password})
    with_id = [
        f"/campaigns/{campaign.id}",
        f"/campaigns/{campaign.id}/unsent",
        f"/campaigns/{draft.id}/edit/audience",
        f"/desk/{case.id}",
        f"/subscriptions/{case.subscription_id}",
        "/nowhere",
    ]

    answers = {path: demo.get(path) for path in [*WITHOUT_ID, *with_id]}

    pages = {
        path: answer.text
        for path, answer in answers.items()
        if "<html" in answer.text and answer.location is None
    }
    assert len(pages) > 20
    assert set(with_id) <= pages.keys()
    assert [path for path, body in pages.items() if body.count(LINE) != 1] == []


def test_nowhere_else_is_it_said(stranger: Browser, runtime: Runtime) -> None:
    page = stranger.get(f"/c/{_token(runtime)}")

    assert "Ver mi cupón" in page.text
    assert "Demostración" not in page.text
