"""The agenda on the screen: what is due, done where it stands, put off to a working day."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import next_actions
from campaigns.sending_hours import ARGENTINA
from dashboard import moments
from models.campaign import CampaignOperator, ResultType
from models.case import Case, NextAction
from models.people import Role
from models.states import NextActionState
from runtime.wiring import Runtime
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    """An operator of the campaign."""
    return _operator(office, signed_in, "Lucía Ferreyra")


def _operator(office: Outbox, signed_in: SignIn, name: str) -> Browser:
    browser = signed_in(Role.OPERATOR, name=name)
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _action(
    office: Outbox, what: str, *, hours: float = -1, operator_id: int | None = None
) -> NextAction:
    case = office.a_case()
    case.operator_id = operator_id
    due_at = office.now + timedelta(hours=hours)
    action = next_actions.plan(office.session, case, what, due_at, now=office.now)
    office.fresh()
    return action


def _due(office: Outbox, case_id: int) -> NextAction:
    office.fresh()
    return office.session.scalars(
        select(NextAction).where(
            NextAction.case_id == case_id, NextAction.state == NextActionState.DUE
        )
    ).one()


def test_what_is_due_is_listed_with_whom_it_is_about(office: Outbox, lucia: Browser) -> None:
    _action(office, "Llamar por la promesa", operator_id=lucia.user_id)

    page = lucia.get("/agenda").text

    for said in ("Vencidas", "Llamar por la promesa", "Cliente", office.campaign.name, "Hecho"):
        assert said in page, said
    assert '<span class="badge" data-counter="due">1</span>' in page


def test_an_empty_agenda_says_so(lucia: Browser) -> None:
    page = lucia.get("/agenda").text

    assert "Nada pendiente esta semana" in page


def test_an_operator_sees_his_own_and_nobodys_but_not_a_colleagues(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    diego = _operator(office, signed_in, "Diego Ocampo")
    stranger = signed_in(Role.OPERATOR)
    _action(office, "De Lucía", operator_id=lucia.user_id)
    _action(office, "De nadie")

    assert "De Lucía" in lucia.get("/agenda").text
    assert "De nadie" in lucia.get("/agenda").text
    assert "De Lucía" not in diego.get("/agenda").text
    assert "De nadie" in diego.get("/agenda").text
    assert "De nadie" not in stranger.get("/agenda").text


def test_a_supervisor_sees_everybodys_and_chooses_whose(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    marta = signed_in(Role.SUPERVISOR)
    _action(office, "De Lucía", operator_id=lucia.user_id)
    _action(office, "De nadie")

    everybody = marta.get("/agenda").text
    hers = marta.get(f"/agenda?who={lucia.user_id}").text
    nobodys = marta.get("/agenda?who=none").text

    assert "De Lucía" in everybody
    assert "De nadie" in everybody
    assert "De Lucía" in hers
    assert "De nadie" not in hers
    assert "De Lucía" not in nobodys
    assert "De nadie" in nobodys


def test_what_is_done_leaves_the_list_and_comes_back_by_undo(
    office: Outbox, lucia: Browser
) -> None:
    action = _action(office, "Llamar", operator_id=lucia.user_id)

    answer = lucia.post(f"/agenda/{action.id}/done", headers=PARTIAL)
    office.fresh()
    state = office.session.get_one(NextAction, action.id).state
    undo = re.search(r'action="(/agenda/\d+/put-back)', answer.text)
    assert undo is not None
    lucia.post(undo[1])

    assert "Nada pendiente esta semana" in answer.text
    assert state is NextActionState.DONE
    assert "Llamar" in lucia.get("/agenda").text


def test_without_script_an_act_leads_back_to_the_same_days(office: Outbox, lucia: Browser) -> None:
    action = _action(office, "Llamar", operator_id=lucia.user_id)

    answer = lucia.post(f"/agenda/{action.id}/done?day=late")

    assert (answer.status_code, answer.location) == (303, "/agenda?day=late")


def test_it_is_put_off_to_what_was_typed(office: Outbox, lucia: Browser) -> None:
    action = _action(office, "Llamar", operator_id=lucia.user_id)
    day = (office.now + timedelta(days=4)).astimezone(ARGENTINA)

    lucia.post(f"/agenda/{action.id}/put-off", data={"at": f"{day:%d/%m} 10:30"})

    due = _due(office, action.case_id).due_at.astimezone(ARGENTINA)
    assert (due.date(), f"{due:%H:%M}") == (day.date(), "10:30")


@pytest.mark.parametrize(
    ("typed", "said"), [("cuando pueda", "No se entiende"), ("ayer 10", "ya pasó")]
)
def test_what_cannot_be_read_stays_with_the_reason(
    typed: str, said: str, office: Outbox, lucia: Browser
) -> None:
    action = _action(office, "Llamar", operator_id=lucia.user_id)

    answer = lucia.post(f"/agenda/{action.id}/put-off", data={"at": typed}, headers=PARTIAL)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_colleagues_action_says_whose_it_is(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    diego = _operator(office, signed_in, "Diego Ocampo")
    action = _action(office, "Llamar", operator_id=diego.user_id)
    case = office.session.get_one(Case, action.case_id)
    case.operator_id = diego.user_id
    office.fresh()

    answer = lucia.post(f"/agenda/{action.id}/done", headers=PARTIAL)

    assert answer.status_code == 409
    assert _due(office, action.case_id).id == action.id


def test_a_proposed_day_without_work_moves_and_says_so() -> None:
    saturday = datetime(2026, 12, 5, 15, 0, tzinfo=UTC)

    found = {each.code: each for each in moments.proposals(saturday, ARGENTINA)}

    assert set(found) == {"days", "working"}  # tomorrow is no working day: it is the next one
    assert found["working"].at == datetime(2026, 12, 9, 13, 0, tzinfo=UTC)
    third = moments.proposed("days", saturday, ARGENTINA)
    assert third is not None
    assert third.moved == "mar 8 dic es feriado"
    assert "mié 9 dic" in found["days"].text


# worked through at the desk


def _of(page: str, key: str) -> str | None:
    """Where a key leads in the strip of the agenda."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*data-key="{key}" title="Acción', page)
    return found[1].replace("&amp;", "&") if found else None


def test_a_case_opened_from_the_agenda_leads_back_and_on_to_the_next_action(
    office: Outbox, lucia: Browser
) -> None:
    first, second, third = (
        _action(office, what, hours=hours, operator_id=lucia.user_id)
        for what, hours in (("Llamar", -3), ("Pedir el comprobante", -2), ("Avisar", -1))
    )
    agenda = lucia.get("/agenda?day=late").text
    opened = f"/desk/{second.case_id}?view=all&agenda=late.{second.id}"
    assert opened.replace("&", "&amp;") in agenda

    page = lucia.get(opened).text

    assert f'href="/agenda?day=late&amp;on={second.id}"' in page
    assert "<b>Pedir el comprobante</b>" in page
    assert _of(page, "k") == f"/desk/{first.case_id}?view=all&agenda=late.{first.id}"
    assert _of(page, "j") == f"/desk/{third.case_id}?view=all&agenda=late.{third.id}"
    assert page.count('data-key="j"') == 1  # not the list's


def test_a_result_goes_on_in_the_agenda_and_after_the_last_back_to_it(
    office: Outbox, lucia: Browser
) -> None:
    first, last = (
        _action(office, what, hours=hours, operator_id=lucia.user_id)
        for what, hours in (("Llamar", -3), ("Avisar", -1))
    )
    kind = office.session.scalars(select(ResultType).where(ResultType.code == "no_responde")).one()
    given = {"result": str(kind.id), "seen": "0", "channel": "phone:us", "go": "next"}

    on = lucia.post(
        f"/desk/{first.case_id}/results?view=all&agenda=late.{first.id}",
        data=given,
        headers=PARTIAL,
    )
    back = lucia.post(
        f"/desk/{last.case_id}/results?view=all&agenda=late.{last.id}", data=given, headers=PARTIAL
    )

    there = f"/desk/{last.case_id}?view=all&agenda=late.{last.id}"
    assert on.headers["HX-Push-Url"] == there
    assert "<b>Avisar</b>" in on.text
    assert back.headers["HX-Redirect"] == f"/agenda?day=late&on={last.id}"


def test_the_agenda_of_an_address_that_means_nothing_is_not_found(
    office: Outbox, lucia: Browser
) -> None:
    action = _action(office, "Llamar", operator_id=lucia.user_id)

    for said in ("x", "late", "late.x", "never.1", f"late.{action.id}.ana"):
        assert lucia.get(f"/desk/{action.case_id}?agenda={said}").status_code == 404, said


def test_a_colleagues_action_tells_nothing_in_the_strip(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    mine = _action(office, "Llamar", operator_id=lucia.user_id)
    stranger = signed_in(Role.OPERATOR)  # of no campaign

    assert stranger.get(f"/desk/{mine.case_id}?agenda=all.{mine.id}").status_code == 404
    absent = lucia.get(f"/desk/{mine.case_id}?view=all&agenda=all.987654321")
    assert absent.status_code == 200
    assert 'id="desk-walk"' not in absent.text
