"""A selection of the desk on the screen: who gets it and who not, before and after the press."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.campaign import CampaignOperator
from models.case import Case, NextAction
from models.message import Message
from models.people import Role
from models.states import CaseState
from runtime.wiring import Runtime
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser

SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    """An operator of the campaign."""
    browser = signed_in(Role.OPERATOR, name="Lucía Ferreyra")
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


@pytest.fixture
def cases(office: Outbox) -> list[Case]:
    """Two that may be written to and one that is finished."""
    made = []
    for phone in ("+5491155550001", "+5491155550002", "+5491155550003"):
        case = office.a_case()
        case.contact_point_id = office.contact(phone).id
        case.active_at = office.now
        made.append(case)
    made[2].state = CaseState.FINISHED
    office.fresh()
    return made


def _chosen(cases: list[Case], **more: str | int) -> dict[str, object]:
    return {"case": [str(case.id) for case in cases], **more}


def _written(office: Outbox) -> int:
    office.fresh()
    return len(office.session.scalars(select(Message)).all())


def test_the_list_lets_cases_be_chosen(lucia: Browser, cases: list[Case]) -> None:
    page = lucia.get("/desk?view=all").text

    assert f'id="pick-{cases[0].id}" name="case"' in page
    assert "Plantilla…" in page
    assert "Reasignar…" not in page


def test_the_page_says_how_many_and_who_is_left_out(
    office: Outbox, lucia: Browser, cases: list[Case]
) -> None:
    page = lucia.get(
        "/desk/bulk", query_string=_chosen(cases, do="template", version=office.version.id)
    ).text

    assert "Enviar a 2 consultas" in page
    assert "1 queda afuera" in page
    assert "la consulta está finalizada" in page
    assert _written(office) == 0


@pytest.mark.parametrize(
    ("given", "wrong"),
    [({"when": "days", "what": " "}, "what"), ({"what": "Llamar", "at": "nunca"}, "at")],
)
def test_what_is_wrong_in_a_selections_next_action_is_said_beside_its_field(
    lucia: Browser, cases: list[Case], given: dict[str, str], wrong: str
) -> None:
    answer = lucia.post("/desk/bulk/action", data=_chosen(cases, do="action", **given))

    assert answer.status_code == 422
    said = f'aria-invalid="true" aria-describedby="bulk-{wrong}-problem"'
    assert answer.text.count("aria-invalid") == 1
    assert said in answer.text
    assert f'id="bulk-{wrong}-problem"' in answer.text


def test_nothing_chosen_is_said_in_words(lucia: Browser) -> None:
    assert "No elegiste ninguna consulta" in lucia.get("/desk/bulk").text


def test_it_is_sent_once_however_often_it_is_pressed(
    office: Outbox, lucia: Browser, cases: list[Case]
) -> None:
    form = _chosen(cases, version=office.version.id, token="t1", back="/desk?view=all")

    first, second = (lucia.post("/desk/bulk/send", data=form) for _ in range(2))
    told = lucia.get("/desk?view=all").text

    assert [(a.status_code, a.location) for a in (first, second)] == [(303, "/desk?view=all")] * 2
    assert "Plantilla en cola para 2 consultas. 1 quedó afuera." in told
    assert _written(office) == 2


def test_more_than_the_limit_is_refused_before_and_after(
    office: Outbox, lucia: Browser, cases: list[Case]
) -> None:
    office.campaign.bulk_limit = 1
    office.fresh()
    form = _chosen(cases, version=office.version.id, token="t1")

    page = lucia.get("/desk/bulk", query_string=form).text
    answer = lucia.post("/desk/bulk/send", data=form)

    assert "se puede enviar a 1 por vez" in page
    assert "Enviar a 2 consultas" not in page
    assert answer.status_code == 422
    assert _written(office) == 0


def test_a_case_out_of_sight_is_not_found_whatever_else_is_chosen(
    office: Outbox, lucia: Browser, cases: list[Case]
) -> None:
    foreign = office.a_case(office.a_campaign())
    office.fresh()
    form = _chosen([*cases, foreign], version=office.version.id, token="t1")

    assert lucia.get("/desk/bulk", query_string=form).status_code == 404
    assert lucia.post("/desk/bulk/send", data=form).status_code == 404
    assert _written(office) == 0


def test_a_next_action_for_all_of_them(office: Outbox, lucia: Browser, cases: list[Case]) -> None:
    answer = lucia.post(
        "/desk/bulk/action", data=_chosen(cases, what="Pedir el comprobante", when="days")
    )

    office.fresh()
    planned = office.session.scalars(select(NextAction)).all()
    assert answer.status_code == 303
    assert {(each.case_id, each.what) for each in planned} == {
        (case.id, "Pedir el comprobante") for case in cases[:2]
    }


def test_a_supervisor_reassigns_them(
    office: Outbox, lucia: Browser, signed_in: SignIn, cases: list[Case]
) -> None:
    marta = signed_in(Role.SUPERVISOR)

    answer = marta.post("/desk/bulk/assign", data=_chosen(cases, user=lucia.user_id))

    office.fresh()
    holders = [office.session.get_one(Case, case.id).operator_id for case in cases]
    assert answer.status_code == 303
    assert holders == [lucia.user_id, lucia.user_id, None]
