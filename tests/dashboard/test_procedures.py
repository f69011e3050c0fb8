"""Procedures that customers asked for: open until somebody did them, and who that was."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEvent
from models.campaign import Campaign, CampaignOperator
from models.case import Case, NextAction, Result
from models.people import Role
from models.states import CaseState, NextActionState
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    return _operator(office, signed_in, "Lucía Ferreyra", office.campaign)


def _operator(office: Outbox, signed_in: SignIn, name: str, campaign: Campaign) -> Browser:
    browser = signed_in(Role.OPERATOR, name=name)
    office.session.add(CampaignOperator(campaign_id=campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _asked(office: Outbox, lucia: Browser, **more: str) -> Result:
    """Lucía recorded that Ana wants another holder by Friday."""
    message = office.a_message(ANA)
    office.inbound("quiero cambiar el titular", sender=ANA)
    office.apply_inbound()
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    office.fresh()
    form = {
        "result": str(office.result_type("tramite_solicitado").id),
        "text": "Cambio de titular",
        "day": "viernes",
        "seen": "0",
        **more,
    }
    assert lucia.post(f"/desk/{case.id}/results", data=form).status_code == 303
    return _result(office)


def _result(office: Outbox) -> Result:
    office.fresh()
    return office.session.scalars(select(Result).order_by(Result.id)).all()[0]


def test_a_procedure_is_done_on_the_desk_with_who_and_when_and_opened_again(
    office: Outbox, lucia: Browser
) -> None:
    asked = _asked(office, lucia)
    here = f"/desk/{asked.case_id}"
    path = f"{here}/procedures/{asked.id}"

    before = lucia.get(here).text
    answer = lucia.post(f"{path}/done?view=mine", headers=PART)

    assert f'action="{path}/done' in before
    assert "Abierto" in before.partition('id="case-history"')[2]
    assert "Trámite hecho." in answer.text
    assert f'action="{path}/put-back' in answer.text  # undo
    done = _result(office)
    assert (done.done_by_id, done.done_at is not None) == (lucia.user_id, True)
    after = lucia.get(here).text
    assert re.search(r"Hecho · Lucía Ferreyra · \d\d:\d\d", after)
    assert f'action="{path}/done' not in after
    subscription_id = office.session.get_one(Case, asked.case_id).subscription_id
    assert ">hecho</span>" in lucia.get(f"/subscriptions/{subscription_id}").text
    assert "No hay trámites abiertos" in lucia.get("/agenda/procedures").text
    lucia.post(f"{path}/put-back")
    assert _result(office).done_at is None
    assert "Cambio de titular" in lucia.get("/agenda/procedures").text
    acts = select(AuditEvent.action).where(AuditEvent.action.like("procedure.%"))
    assert sorted(office.session.scalars(acts)) == ["procedure.done", "procedure.put_back"]


def test_it_outlives_its_case_and_is_done_from_the_list(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    asked = _asked(office, lucia)
    closes = {"result": str(office.result_type("se_niega").id), "seen": str(asked.id)}
    lucia.post(f"/desk/{asked.case_id}/results", data=closes)
    bruno = _operator(office, signed_in, "Bruno", office.campaign)
    path = f"/agenda/procedures/{asked.id}"

    listed = bruno.get("/agenda/procedures").text
    answer = bruno.post(f"{path}/done")

    office.fresh()
    assert office.session.get_one(Case, asked.case_id).state is CaseState.FINISHED
    assert "Cambio de titular" in listed
    assert f'action="{path}/done' in listed
    assert answer.location == "/agenda/procedures"
    assert "No hay trámites abiertos" in bruno.get("/agenda/procedures").text
    done = bruno.get("/agenda/procedures?state=done").text
    assert "Cambio de titular" in done
    assert "Bruno" in done
    assert _result(office).done_by_id == bruno.user_id
    bruno.post(f"{path}/put-back?state=done")
    assert "Todavía no se hizo ninguno" in bruno.get("/agenda/procedures?state=done").text


def test_what_was_planned_with_it_is_done_with_it_and_due_again_with_it(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    asked = _asked(office, lucia, next_action="after")
    bruno = _operator(office, signed_in, "Bruno", office.campaign)
    planned = _due(office)
    case = office.session.get_one(Case, asked.case_id)
    assert [each.result_id for each in planned] == [asked.id]
    assert case.state is CaseState.SCHEDULED

    bruno.post(f"/agenda/procedures/{asked.id}/done")  # the case is Lucía's

    assert _due(office) == []
    settled = office.session.get_one(NextAction, planned[0].id)
    assert (settled.state, settled.settled_by_id) == (NextActionState.DONE, bruno.user_id)
    assert office.session.get_one(Case, asked.case_id).state is CaseState.IN_PROGRESS
    assert office.session.get_one(Case, asked.case_id).operator_id == lucia.user_id
    bruno.post(f"/agenda/procedures/{asked.id}/put-back")
    again = _due(office)
    assert [(each.what, each.due_at) for each in again] == [(settled.what, settled.due_at)]
    assert office.session.get_one(Case, asked.case_id).state is CaseState.SCHEDULED


def _due(office: Outbox) -> list[NextAction]:
    office.fresh()
    due = select(NextAction).where(NextAction.state == NextActionState.DUE)
    return list(office.session.scalars(due))


def test_of_two_who_do_it_the_second_is_told(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    asked = _asked(office, lucia)
    bruno = _operator(office, signed_in, "Bruno", office.campaign)
    lucia.post(f"/agenda/procedures/{asked.id}/done")

    at_desk = bruno.post(f"/desk/{asked.case_id}/procedures/{asked.id}/done", headers=PART)
    bruno.post(f"/agenda/procedures/{asked.id}/done")

    assert at_desk.status_code == 409
    assert "Otra persona acaba de cambiar ese trámite" in at_desk.text
    assert "Otra persona acaba de cambiar ese trámite" in bruno.get("/agenda/procedures").text
    assert _result(office).done_by_id == lucia.user_id


def test_who_only_reads_it_from_another_campaign_does_not_do_it(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    asked = _asked(office, lucia)
    campaign = office.a_campaign()
    case = office.session.get_one(Case, asked.case_id)
    other = Case(campaign_id=campaign.id, subscription_id=case.subscription_id)
    office.session.add(other)
    office.fresh()
    bruno = _operator(office, signed_in, "Bruno", office.session.get_one(Campaign, campaign.id))

    page = bruno.get(f"/desk/{other.id}?view=all").text
    answers = [
        bruno.post(path).status_code
        for path in (
            f"/agenda/procedures/{asked.id}/done",
            f"/desk/{asked.case_id}/procedures/{asked.id}/done",
            f"/desk/{other.id}/procedures/{asked.id}/done",
        )
    ]

    assert "Cambio de titular" in page
    assert f"/procedures/{asked.id}/done" not in page
    assert answers == [404, 404, 404]
    assert _result(office).done_at is None


def test_what_asks_for_no_procedure_is_none_and_what_was_taken_back_is_none_any_more(
    office: Outbox, lucia: Browser
) -> None:
    asked = _asked(office, lucia)
    call = {"result": str(office.result_type("no_responde").id), "seen": str(asked.id)}
    lucia.post(f"/desk/{asked.case_id}/results", data=call)
    office.fresh()
    last = office.session.scalars(select(Result.id).order_by(Result.id.desc())).all()[0]
    lucia.post(f"/desk/{asked.case_id}/results/{asked.id}/undo")

    none = lucia.post(f"/agenda/procedures/{last}/done")
    gone = lucia.post(f"/agenda/procedures/{asked.id}/done")

    assert none.status_code == 404
    assert gone.status_code == 303
    assert _result(office).done_at is None
    assert "No hay trámites abiertos" in lucia.get("/agenda/procedures").text


def test_a_procedure_done_elsewhere_is_on_the_open_desk_with_the_next_poll(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    asked = _asked(office, lucia)
    bruno = _operator(office, signed_in, "Bruno", office.campaign)
    page = lucia.get(f"/desk/{asked.case_id}?view=all").text
    live = re.search(r'id="desk-live"[^>]*hx-get="([^"]*)"', page)
    assert live is not None
    bruno.post(f"/agenda/procedures/{asked.id}/done")

    polled = lucia.get(live[1].replace("&amp;", "&"), headers=PART)

    assert "Hecho · Bruno" in polled.text
