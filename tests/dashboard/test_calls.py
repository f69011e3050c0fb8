"""Calls and visits: whom to call, recorded with who began; procedures with their day."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import Campaign, CampaignOperator
from models.case import Case, Channel, Party, Result
from models.people import Role
from models.states import CaseState
from models.subscription import Subscription
from runtime.wiring import Runtime
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser

SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def calls(office: Outbox) -> Campaign:
    """A campaign of calls."""
    campaign = office.a_campaign(priority=1)
    campaign.is_phone_only = True
    office.fresh()
    return campaign


@pytest.fixture
def lucia(office: Outbox, calls: Campaign, signed_in: SignIn) -> Browser:
    return _operator(calls, office, signed_in, "Lucía Ferreyra")


def _operator(calls: Campaign, office: Outbox, signed_in: SignIn, name: str) -> Browser:
    browser = signed_in(Role.OPERATOR, name=name)
    office.session.add(CampaignOperator(campaign_id=calls.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _to_call(office: Outbox, calls: Campaign, *, overdue: int = 0) -> Case:
    case = office.a_case(calls)
    case.contact_point_id = office.contact(f"+54911555500{10 + case.id % 80}").id
    office.session.get_one(Subscription, case.subscription_id).instalments_overdue = overdue
    office.fresh()
    return case


def test_who_owes_most_is_called_first(office: Outbox, calls: Campaign, lucia: Browser) -> None:
    little, much = _to_call(office, calls, overdue=1), _to_call(office, calls, overdue=5)

    page = lucia.get("/agenda/calls").text

    assert 0 < page.index(f"/desk/{much.id}?") < page.index(f"/desk/{little.id}?")
    assert 'href="tel:+549' in page


def test_nobody_to_call_is_said_in_words(lucia: Browser) -> None:
    assert "No hay a quién llamar" in lucia.get("/agenda/calls").text


def test_each_who_asks_for_the_next_gets_his_own(
    office: Outbox, calls: Campaign, lucia: Browser, signed_in: SignIn
) -> None:
    diego = _operator(calls, office, signed_in, "Diego Ocampo")
    second, first = _to_call(office, calls, overdue=1), _to_call(office, calls, overdue=5)

    hers, his = lucia.post("/agenda/calls/next"), diego.post("/agenda/calls/next")
    none = lucia.post("/agenda/calls/next")

    assert hers.location == f"/desk/{first.id}?view=mine&channel=phone:us"
    assert his.location == f"/desk/{second.id}?view=mine&channel=phone:us"
    assert none.location == "/agenda/calls"
    office.fresh()
    taken = office.session.get_one(Case, first.id)
    assert (taken.operator_id, taken.state) == (lucia.user_id, CaseState.IN_PROGRESS)


def test_save_and_next_leads_from_call_to_call_and_back_to_an_empty_list(
    office: Outbox, calls: Campaign, lucia: Browser
) -> None:
    second, first = _to_call(office, calls, overdue=1), _to_call(office, calls, overdue=5)
    lucia.post("/agenda/calls/next")
    form = {
        "result": str(office.result_type("no_responde").id),
        "channel": "phone:us",
        "seen": "0",
        "go": "next",
    }

    then = lucia.post(f"/desk/{first.id}/results", data=form)
    there = lucia.get(then.location).text
    last = lucia.post(f"/desk/{second.id}/results", data=form)

    assert then.location == f"/desk/{second.id}?view=mine&channel=phone:us"
    for draft in ("result", "value"):  # it was taken, and is not filled in once more
        assert f'data-draft-sent="{draft}-{first.id}"' in there
    assert last.location == f"/agenda/calls?campaign={calls.id}"
    office.fresh()
    assert office.session.get_one(Case, second.id).operator_id == lucia.user_id


def test_somebody_of_another_campaign_sees_none_and_takes_none(
    office: Outbox, calls: Campaign, signed_in: SignIn
) -> None:
    case = _to_call(office, calls)
    stranger = signed_in(Role.OPERATOR)

    assert "No hay a quién llamar" in stranger.get("/agenda/calls").text
    stranger.post("/agenda/calls/next")

    office.fresh()
    assert office.session.get_one(Case, case.id).operator_id is None


def test_a_call_is_recorded_with_who_began(office: Outbox, calls: Campaign, lucia: Browser) -> None:
    case = _to_call(office, calls)
    form = {
        "result": str(office.result_type("pide_que_lo_llamen").id),
        "channel": "phone:customer",
        "note": "Llamó a la mañana",
        "seen": "0",
    }

    lucia.post(f"/desk/{case.id}/results", data=form)

    office.fresh()
    result = office.session.scalars(select(Result)).one()
    assert (result.channel, result.began) == (Channel.PHONE, Party.CUSTOMER)
    assert "Lucía Ferreyra · llamada: nos llamó" in lucia.get(f"/desk/{case.id}").text


def test_the_form_of_a_campaign_of_calls_begins_with_a_call(
    office: Outbox, calls: Campaign, lucia: Browser
) -> None:
    case = _to_call(office, calls)

    page = lucia.get(f"/desk/{case.id}").text

    assert '<option selected value="phone:us">' in page


def test_from_a_subscription_one_chooses_the_campaign_and_comes_to_its_form(
    office: Outbox, calls: Campaign, lucia: Browser
) -> None:
    case = _to_call(office, calls)

    page = lucia.get(f"/subscriptions/{case.subscription_id}/call").text

    assert f"/desk/{case.id}?view=all&amp;channel=phone:us" in page
    assert calls.name in page


def test_a_procedure_asks_which_and_for_when_and_is_listed_until_it_is_settled(
    office: Outbox, calls: Campaign, lucia: Browser
) -> None:
    case = _to_call(office, calls)
    kind = str(office.result_type("tramite_solicitado").id)

    without_day = lucia.post(
        f"/desk/{case.id}/results", data={"result": kind, "text": "Cambio de titular", "seen": "0"}
    )
    lucia.post(
        f"/desk/{case.id}/results",
        data={"result": kind, "text": "Cambio de titular", "day": "viernes", "seen": "0"},
    )

    listed = lucia.get("/agenda/procedures").text
    assert without_day.status_code == 422
    assert "Cambio de titular" in listed
    office.fresh()
    newest = office.session.scalars(select(Result.id)).one()
    lucia.post(f"/agenda/procedures/{newest}/done")
    assert "No hay trámites abiertos" in lucia.get("/agenda/procedures").text
