"""The campaigns' list and the page of one: what it shows, who may act, what its numbers open."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import holding, lifecycle, teams
from campaigns.catalogue import install_catalogue
from campaigns.results import record_result
from dashboard.csv_files import safe_cell
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignOperator, ResultType
from models.case import Case, Channel
from models.message import Message, SendSlice
from models.people import Customer, Role
from models.states import CampaignState, MessageState
from runtime import live
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.dashboard.conftest import Browser
from tests.statements import statements

SignIn = Callable[..., Browser]
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, datetime.now(UTC) - timedelta(minutes=1))


@pytest.fixture
def lucia(signed_in: SignIn) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Lucía Ferreyra")


@pytest.fixture
def campaign(office: Office) -> Campaign:
    """Twelve people: two of each of six fates."""
    office.crowd(12)
    campaign = office.launched(office.campaign())
    session = office.session
    ids = list(session.scalars(select(Message.id).order_by(Message.id)))
    fates = ["planned", "sent", "delivered", "read", "failed", "skipped"]
    for place, message_id in enumerate(ids):
        fate = fates[place % 6]
        session.execute(
            update(Message)
            .where(Message.id == message_id)
            .values(
                state=fate,
                error_code=63024 if fate == "failed" else None,
                reason="opted_out" if fate == "skipped" else None,
                replied_at=office.now if place == 3 else None,
            )
        )
    answered = session.scalar(select(Message.case_id).where(Message.id == ids[3]))
    session.execute(
        update(Case)
        .where(Case.id == answered)
        .values(waiting_since=office.now - timedelta(hours=1))
    )
    session.commit()
    session.refresh(campaign)
    return campaign


def _text(body: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def _links(body: str, part: str) -> list[str]:
    return [
        each.replace("&amp;", "&") for each in re.findall(r'href="([^"]+)"', body) if part in each
    ]


def _total(body: str) -> int:
    found = re.search(r"(\d[\d.]*) de (\d[\d.]*)", _text(body.partition('class="pager"')[2]))
    return int(found.group(2).replace(".", "")) if found else 0


def test_the_list_shows_figures_state_and_who_works(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    teams.assign_operators(office.session, campaign.id, [lucia.user_id])
    office.session.commit()

    page = lucia.get("/campaigns").text

    said = _text(page)
    assert campaign.name in page
    assert "En curso" in said
    assert "8 de 10 · 80 %" in said
    assert f"/desk?view=all&amp;campaign={campaign.id}" in page
    assert "1 campaña activa · 2 mensajes en cola" in said
    assert 'title="Lucía Ferreyra"' in page
    left = re.search(r'<a class="count-link" href="([^"]+)">8 de 10</a>', page)
    assert left is not None
    assert _total(lucia.get(left.group(1)).text) == 8


def test_the_line_above_counts_what_its_tab_counts(lucia: Browser, office: Office) -> None:
    office.crowd(1)
    for state in (CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.PAUSED):
        office.campaign().state = state
    office.campaign().state = CampaignState.FINISHED
    office.session.commit()

    said = _text(lucia.get("/campaigns").text)

    assert "Activas 3" in said
    assert "3 campañas activas" in said


def test_a_first_visit_says_what_to_do(lucia: Browser, signed_in: SignIn) -> None:
    page = lucia.get("/campaigns").text
    assert "Todavía no hay campañas" in page
    assert "/subscriptions/import" in page

    mine = signed_in(Role.OPERATOR).get("/campaigns").text
    assert "Cuando te asignen a una campaña" in mine
    assert "/campaigns/new" not in mine


def test_filters_that_find_nothing_are_named(lucia: Browser, campaign: Campaign) -> None:
    page = lucia.get("/campaigns?q=nada+de+esto").text

    assert "nombre «nada de esto»" in page
    assert "state=all" in page
    assert lucia.get("/campaigns?state=nope&type=x&after=0").status_code == 200
    assert lucia.get("/campaigns?after=x").status_code == 404


def test_the_fragment_of_the_list_is_a_part_of_its_page(lucia: Browser, campaign: Campaign) -> None:
    part = lucia.get("/campaigns?q=camp", headers=FRAGMENT).text

    assert part.lstrip().startswith('<div id="campaigns"')
    assert "<html" not in part


PARTS = {
    "Respondieron": 1,
    "Leyeron": 1,
    "Recibieron": 2,
    "Enviados": 2,
    "Fallidos": 2,
    "En cola": 2,
}


def test_the_page_says_how_the_campaign_stands(lucia: Browser, campaign: Campaign) -> None:
    page = lucia.get(f"/campaigns/{campaign.id}").text

    said = _text(page)
    for name, count in PARTS.items():
        assert f"{name} {count}" in said
    assert sum(PARTS.values()) == 10
    assert "No se enviaron 2" in said
    assert "8 de 10 mensajes" in said
    assert "la más vieja: 1 h" in said
    assert "esperan respuesta; la más vieja" in said
    assert f'href="/campaigns/{campaign.id}/follow-up"' in page  # the limit of a selection
    assert "Ese número no usa WhatsApp" in said
    assert "Pidió no recibir mensajes" in said


def test_every_number_opens_the_list_that_it_counts(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    session = office.session
    cases = list(session.scalars(select(Case.id).order_by(Case.id)))
    session.execute(update(Case).where(Case.id.in_(cases[:3])).values(operator_id=lucia.user_id))
    kinds = list(session.scalars(select(ResultType).where(ResultType.campaign_type_id.is_(None))))
    for case_id, kind in zip(cases[:3], (kinds[0], kinds[0], kinds[1]), strict=True):
        record_result(
            session, case_id, kind.id, channel=Channel.PHONE, now=office.now, by_id=lucia.user_id
        )
    session.commit()
    page = lucia.get(f"/campaigns/{campaign.id}").text
    body = page[page.index('id="progress"') : page.index('class="tab-bar"')]
    opened = 0
    for href, shown in re.findall(
        r'<a class="(?:count-link|waiting-link)" href="([^"]+)">([^<]+)</a>', body
    ):
        count = re.match(r"[\d.]+", shown)
        assert count is not None
        assert _total(lucia.get(href.replace("&amp;", "&")).text) == int(count.group()), href
        opened += 1
    for href, inner in re.findall(r'<li><a href="([^"]+)">(.*?)</a></li>', body, re.DOTALL):
        count = re.search(r"<b(?: class=\"num\")?>([\d.]+)</b>", inner)
        assert count is not None, inner
        assert _total(lucia.get(href.replace("&amp;", "&")).text) == int(count.group(1)), href
        opened += 1
    for href, count_shown in re.findall(
        r'<a class="name" href="([^"]+)">[^<]+<b class="num">([\d.]+)</b></a>', body
    ):
        assert _total(lucia.get(href.replace("&amp;", "&")).text) == int(count_shown), href
        opened += 1
    for href, figure, note in re.findall(
        r'<a class="kpi" href="([^"]+)"><span>[^<]+</span><b>([^<]+)</b><small[^>]*>([^<]*)', body
    ):
        number = figure if figure.isdecimal() else re.search(r"\d+", note).group()  # type: ignore[union-attr]
        assert _total(lucia.get(href.replace("&amp;", "&")).text) == int(number), href
        opened += 1
    assert opened >= 18
    unsent = _links(body, "kind=unsent")[0]
    assert _total(lucia.get(unsent).text) == 2


def test_who_was_never_planned_is_counted_apart_and_opens_nothing(
    lucia: Browser, office: Office
) -> None:
    office.crowd(5)
    campaign = office.campaign()
    office.launch(campaign)
    office.plan_chunk(campaign, 2)
    lifecycle.cancel(office.session, campaign.id, now=office.now)
    office.session.commit()
    address = f"/campaigns/{campaign.id}"

    page = lucia.get(address).text

    assert "No lo recibieron 5 de 5" in _text(page)
    assert "No se enviaron 2" in _text(page)
    assert "No llegaron a prepararse 3" in _text(page)
    assert not _links(page, "not_planned")
    for narrowed in ("", "?kind=unsent"):
        body = lucia.get(f"{address}/unsent{narrowed}").text
        assert _total(body) == body.count('class="row-link"') == 2
        assert "No enviados 2" in _text(body)
        assert "Aparte, 3 suscripciones no llegaron a prepararse" in _text(body)
    assert "Aparte" not in lucia.get(f"{address}/unsent?kind=failed").text
    assert _total(lucia.get(f"{address}/cases?message=unsent").text) == 2


def test_a_poll_with_the_version_that_it_has_asks_only_who_it_is(
    lucia: Browser, campaign: Campaign, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.views.campaign._REDRAWN_AFTER", 10**12)  # its half minute lasts
    page = lucia.get(f"/campaigns/{campaign.id}").text
    found = re.search(r'hx-get="([^"]+)"', page[page.index('id="progress"') :])
    assert found is not None
    poll = found.group(1).replace("&amp;", "&")

    with statements(*runtime.engines) as seen:
        answer = lucia.get(poll, headers=FRAGMENT)

    assert answer.status_code == 204
    assert not [each for each in seen if "FROM user_sessions" not in each]  # only who asks
    live.touch(runtime.redis, live.campaign(campaign.id))
    fresh = lucia.get(poll, headers=FRAGMENT)
    assert fresh.status_code == 200
    assert fresh.text.lstrip().startswith('<div id="progress"')


def test_a_poll_that_finds_another_state_loads_the_page_anew(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    lifecycle.pause(office.session, campaign.id)
    office.session.commit()

    answer = lucia.get(f"/campaigns/{campaign.id}?v=old&s=running", headers=FRAGMENT)

    assert answer.headers["HX-Refresh"] == "true"


def test_a_finished_campaign_does_not_poll(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    lifecycle.finish(office.session, campaign.id, now=office.now)
    office.session.commit()

    page = lucia.get(f"/campaigns/{campaign.id}").text

    assert "every 2s" not in page
    assert "Campaña finalizada" in page


def _state(office: Office, campaign: Campaign) -> CampaignState:
    office.session.expire_all()
    return office.session.get_one(Campaign, campaign.id).state


def test_pausing_is_immediate_and_can_be_undone(
    lucia: Browser, campaign: Campaign, office: Office, runtime: Runtime
) -> None:
    before = live.version(runtime.redis, live.campaign(campaign.id))

    answer = lucia.post(f"/campaigns/{campaign.id}/pause")

    assert (answer.status_code, answer.location) == (303, f"/campaigns/{campaign.id}")
    assert _state(office, campaign) is CampaignState.PAUSED
    assert live.version(runtime.redis, live.campaign(campaign.id)) != before
    page = lucia.get(f"/campaigns/{campaign.id}").text
    assert f'action="/campaigns/{campaign.id}/resume"' in page
    assert "Deshacer" in page
    assert "En pausa: quedan 2" in page
    assert lucia.post(f"/campaigns/{campaign.id}/resume").status_code == 303
    assert _state(office, campaign) is CampaignState.RUNNING
    acts = office.session.scalars(
        select(AuditEvent.user_id).where(AuditEvent.action == "campaign.paused")
    ).all()
    assert acts == [lucia.user_id]


def test_each_action_leads_where_it_says(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    for act, state in (
        ("finish", CampaignState.FINISHED),
        ("archive", CampaignState.ARCHIVED),
        ("reopen", CampaignState.RUNNING),
        ("cancel", CampaignState.CANCELLED),
    ):
        assert lucia.post(f"/campaigns/{campaign.id}/{act}").status_code == 303, act
        assert _state(office, campaign) is state
        assert lucia.get(f"/campaigns/{campaign.id}").status_code == 200
    assert lucia.post(f"/campaigns/{campaign.id}/pause").status_code == 409
    page = lucia.get(f"/campaigns/{campaign.id}/activity").text
    for words in ("canceló la campaña", "la reabrió", "archivó", "finalizó", "lanzó la campaña"):
        assert words in page


def test_the_dialog_to_cancel_names_the_number(lucia: Browser, campaign: Campaign) -> None:
    page = lucia.get(f"/campaigns/{campaign.id}").text

    assert "Hay 2 mensajes en cola que no se van a enviar." in page
    assert "Cancelar 2 mensajes" in page


def test_a_priority_is_changed_and_can_be_put_back(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    assert lucia.post(f"/campaigns/{campaign.id}/priority?to=1").status_code == 303
    page = lucia.get(f"/campaigns/{campaign.id}").text
    assert f'action="/campaigns/{campaign.id}/priority?to=2"' in page
    assert "prioridad <b>alta</b>" in page
    refused = lucia.post(f"/campaigns/{campaign.id}/priority", data={"to": "9"})
    assert refused.status_code == 303
    assert "Elegí una prioridad" in lucia.get(f"/campaigns/{campaign.id}").text


def test_the_team_is_ticked_and_saved(
    lucia: Browser, campaign: Campaign, office: Office, signed_in: SignIn
) -> None:
    diego = signed_in(Role.OPERATOR, name="Diego Ocampo")
    form = lucia.get(f"/campaigns/{campaign.id}/operators").text
    assert "Diego Ocampo" in form

    saved = lucia.post(f"/campaigns/{campaign.id}/operators", data={"user": [diego.user_id]})

    assert saved.status_code == 303
    team = office.session.scalars(select(CampaignOperator.user_id)).all()
    assert team == [diego.user_id]
    wrong = lucia.post(f"/campaigns/{campaign.id}/operators", data={"user": ["4711"]})
    assert wrong.status_code == 422
    assert "ya no trabaja acá" in wrong.text


def test_a_campaign_on_hold_says_why_and_lets_go(
    lucia: Browser, campaign: Campaign, office: Office, signed_in: SignIn
) -> None:
    version_id = office.session.scalars(select(Message.template_version_id)).first() or 0
    holding.hold_template(office.session, version_id, "63041: paused")
    office.session.commit()
    page = _text(lucia.get(f"/campaigns/{campaign.id}").text)
    assert "En espera: WhatsApp pausó la plantilla" in page
    assert "Quedan 2 en cola y siguen solos cuando WhatsApp la reactive." in page

    assert lucia.post(f"/campaigns/{campaign.id}/release").status_code == 303

    holding.hold_line(office.session, campaign.line_id, "20003: denied", now=office.now)
    office.session.commit()
    page = lucia.get(f"/campaigns/{campaign.id}").text
    assert "la línea está detenida" in page
    assert "release-line" not in page
    assert lucia.post(f"/campaigns/{campaign.id}/release-line").status_code == 403
    marta = signed_in(Role.ADMINISTRATOR)
    assert "release-line" in marta.get(f"/campaigns/{campaign.id}").text
    assert marta.post(f"/campaigns/{campaign.id}/release-line").status_code == 303


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("quiet_hours", "En espera: fuera de horario"),
        ("quota", "En espera: se alcanzó el cupo de WhatsApp"),
        ("fatigue", "En espera: ya recibieron demasiados mensajes"),
        ("pair_limit", "En espera: recién se les escribió"),
    ],
)
def test_what_ends_by_itself_says_why_and_until_when_and_offers_no_button(
    lucia: Browser, campaign: Campaign, office: Office, reason: str, said: str
) -> None:
    now = datetime.now(UTC)
    wait = {
        "next_due_at": now + timedelta(hours=10),
        "put_off_until": now + timedelta(hours=10),
        "put_off_at": now - timedelta(hours=1),
        "put_off_reason": reason,
    }
    office.session.execute(update(SendSlice).values(wait))
    office.session.commit()

    page = lucia.get(f"/campaigns/{campaign.id}").text

    assert said in _text(page)
    assert "Quedan 2 en cola y siguen solos" in _text(page)
    assert re.search(r"desde .* hasta ", _text(page))
    assert f"/campaigns/{campaign.id}/release" not in page
    assert "En espera" in lucia.get("/campaigns").text
    office.session.execute(update(SendSlice).values(next_due_at=now, put_off_until=None))
    office.session.commit()
    assert "En espera" not in _text(lucia.get(f"/campaigns/{campaign.id}").text)


def test_several_are_paused_at_once_and_the_toast_undoes_it(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    draft = office.campaign()

    answer = lucia.post(
        "/campaigns/bulk", data={"act": "pause", "id": [campaign.id, draft.id], "state": "all"}
    )

    assert answer.status_code == 303
    page = lucia.get(answer.location).text
    assert "Pausaste 1 campaña. 1 quedó igual: no está en curso." in _text(page)
    assert _state(office, campaign) is CampaignState.PAUSED
    undo = re.search(r'action="(/campaigns/bulk\?[^"]+)"', page)
    assert undo is not None
    assert lucia.post(undo.group(1).replace("&amp;", "&")).status_code == 303
    assert _state(office, campaign) is CampaignState.RUNNING
    every = lucia.post("/campaigns/bulk", data={"act": "pause", "all": "1", "state": "active"})
    assert every.status_code == 303
    assert _state(office, campaign) is CampaignState.PAUSED
    assert lucia.post("/campaigns/bulk", data={"act": "pause"}).status_code == 303
    assert lucia.post("/campaigns/bulk", data={"act": "explode"}).status_code == 303


PATHS = ("", "/cases", "/results", "/unsent", "/setup", "/activity")


def test_an_operator_sees_his_campaigns_and_acts_on_none(
    signed_in: SignIn, campaign: Campaign, office: Office
) -> None:
    diego = signed_in(Role.OPERATOR, name="Diego Ocampo")
    for path in PATHS:
        assert diego.get(f"/campaigns/{campaign.id}{path}").status_code == 404, path
    assert campaign.name not in diego.get("/campaigns?state=all").text
    teams.assign_operators(office.session, campaign.id, [diego.user_id])
    office.session.commit()

    page = diego.get(f"/campaigns/{campaign.id}").text

    said = _text(page)
    for name, count in PARTS.items():
        assert f"{name} {count}" in said
    assert "Tu trabajo" in page
    body = page[page.index('id="content"') :]
    assert "<form method=" not in body
    assert campaign.name in diego.get("/campaigns").text
    for path in PATHS:
        assert diego.get(f"/campaigns/{campaign.id}{path}").status_code == 200, path
    for act in ("pause", "resume", "cancel", "finish", "archive", "reopen", "operators"):
        assert diego.post(f"/campaigns/{campaign.id}/{act}").status_code == 403, act
    for file in ("cases.csv", "results.csv", "unsent.csv"):
        assert diego.get(f"/campaigns/{campaign.id}/{file}").status_code == 403, file


def test_a_campaign_says_how_many_answered_the_one_before_to_whom_may_see_that(
    lucia: Browser, signed_in: SignIn, office: Office, campaign: Campaign
) -> None:
    earlier = office.campaign()
    earlier.name = "Cuota de octubre"
    office.crowd(50)
    office.launched(earlier)
    earlier.launched_at = office.now - timedelta(days=30)
    for place, message in enumerate(office.messages(earlier)):
        message.state = MessageState.READ
        message.replied_at = office.now if place < 31 else None
    office.session.commit()
    diego = signed_in(Role.OPERATOR, name="Diego Ocampo")
    teams.assign_operators(office.session, campaign.id, [diego.user_id])
    office.session.commit()

    said = "50 % en Cuota de octubre"
    assert said in _text(lucia.get(f"/campaigns/{campaign.id}").text)
    assert "Cuota de octubre" not in diego.get(f"/campaigns/{campaign.id}").text


def test_an_operator_sees_his_own_results(
    lucia: Browser, signed_in: SignIn, campaign: Campaign, office: Office
) -> None:
    diego = signed_in(Role.OPERATOR, name="Diego Ocampo")
    teams.assign_operators(office.session, campaign.id, [diego.user_id])
    kind = office.session.scalars(
        select(ResultType).where(ResultType.campaign_type_id.is_(None))
    ).all()[0]
    case_ids = office.session.scalars(select(Case.id).order_by(Case.id)).all()
    for case_id, who in zip(case_ids, (diego, diego, lucia), strict=False):
        record_result(
            office.session,
            case_id,
            kind.id,
            channel=Channel.PHONE,
            now=office.now,
            by_id=who.user_id,
        )
    office.session.commit()

    address = f"/campaigns/{campaign.id}/results"
    assert _total(diego.get(address).text) == 2
    assert _total(diego.get(f"{address}?by={lucia.user_id}").text) == 2
    assert _total(lucia.get(address).text) == 3


def test_files_are_safe_complete_and_noted(
    lucia: Browser, campaign: Campaign, office: Office
) -> None:
    office.session.execute(
        update(Customer)
        .where(Customer.id == select(Customer.id).order_by(Customer.id).limit(1).scalar_subquery())
        .values(name="=HYPERLINK(1)")
    )
    office.session.commit()

    def taken(file: str) -> str:
        answer = lucia.get(f"/campaigns/{campaign.id}/{file}")
        assert answer.mimetype == "text/csv"
        return answer.text

    failed = taken("cases.csv?message=failed")
    every = taken("cases.csv")
    unsent = taken("unsent.csv")
    shown = lucia.get(f"/campaigns/{campaign.id}/unsent?kind=unsent").text
    narrowed = re.search(r'href="([^"]*unsent\.csv[^"]*)"', shown)
    results = taken("results.csv")

    assert len(failed.splitlines()) == 3
    assert len(every.splitlines()) == 13
    assert "'=HYPERLINK(1)" in every
    assert len(unsent.splitlines()) == 5
    assert narrowed is not None
    some = lucia.get(html.unescape(narrowed[1])).text.splitlines()
    assert 1 < len(some) < len(unsent.splitlines())
    assert len(results.splitlines()) == 1
    noted = office.session.scalars(
        select(AuditEvent.details).where(AuditEvent.action == "campaign.export")
    ).all()
    assert [each["rows"] for each in noted] == [2, 12, 4, 0, len(some) - 1]
    assert (
        "exportó un listado: 2 filas de consultas"
        in lucia.get(f"/campaigns/{campaign.id}/activity").text
    )


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("-45,30", "-45,30"), ("-A1", "'-A1"), ("@x", "'@x"), ("Ana", "Ana")],
)
def test_no_cell_becomes_a_formula(cell: str, written: str) -> None:
    assert safe_cell(cell) == written


def test_a_draft_leads_to_its_steps(lucia: Browser, office: Office) -> None:
    draft = office.campaign()
    page = lucia.get(f"/campaigns/{draft.id}").text
    assert f"/campaigns/{draft.id}/edit/type" in page
    assert lucia.get(f"/campaigns/{draft.id}/cases").status_code == 404


def test_one_cancelled_before_its_time_says_so_and_no_longer_when_it_would_leave(
    lucia: Browser, office: Office
) -> None:
    campaign = office.campaign()
    campaign.state = CampaignState.SCHEDULED
    campaign.starts_at = office.now + timedelta(hours=34, minutes=5)
    office.session.commit()
    path = f"/campaigns/{campaign.id}"
    before = _text(lucia.get(path).text)

    said = _text(lucia.post(f"{path}/cancel", follow_redirects=True).text)

    assert "· sale " in before
    assert "falta 1 día y 10 h" in before
    assert "· sale " not in said
    assert "Campaña cancelada." in said
    assert "0 mensajes" not in said
    assert "No llegó a lanzarse" in said
    listed = lucia.get("/campaigns?state=finished").text
    assert campaign.name in listed
    assert "<time" not in listed[listed.index("<tbody") : listed.index("</tbody")]


def test_incoming_without_a_case_say_what_comes_there(
    lucia: Browser, signed_in: SignIn, office: Office
) -> None:
    standing = office.campaign()
    standing.is_standing, standing.state = True, CampaignState.RUNNING
    ben = signed_in(Role.OPERATOR)
    teams.assign_operators(office.session, standing.id, [ben.user_id])
    office.session.commit()

    page = lucia.get(f"/campaigns/{standing.id}").text
    body = page[page.index('id="progress"') :]
    to_ben = ben.get(f"/campaigns/{standing.id}").text

    assert "Todavía no hay consultas entrantes" in body
    assert _links(body, "/operators")
    assert "Todavía no hay consultas entrantes" in to_ben
    assert not _links(to_ben, "/operators")


def test_a_campaign_of_calls_shows_its_cases(lucia: Browser, office: Office) -> None:
    office.crowd(4)
    calls = office.launched(office.campaign(None))
    page = lucia.get(f"/campaigns/{calls.id}").text
    assert "0 de 4 consultas" in _text(page)
    assert "no envía mensajes" in page
    assert _total(lucia.get(f"/campaigns/{calls.id}/cases?state=pending").text) == 4


def test_what_is_not_there_is_not_found(lucia: Browser, session: Session) -> None:
    install_catalogue(session)
    session.commit()
    for path in (*PATHS, "/operators", "/cases.csv"):
        assert lucia.get(f"/campaigns/4711{path}").status_code == 404, path
    assert lucia.post("/campaigns/4711/pause").status_code == 404
    assert lucia.get(f"/campaigns/{'9' * 25}").status_code == 404


@pytest.fixture
def seen(runtime: Runtime) -> Iterator[list[str]]:
    with statements(*runtime.engines) as asked:
        yield asked


def test_no_page_asks_more_than_twelve_questions(
    lucia: Browser, campaign: Campaign, office: Office, seen: list[str]
) -> None:
    def asked() -> dict[str, int]:
        counts = {}
        for path in ("/campaigns", *(f"/campaigns/{campaign.id}{path}" for path in PATHS)):
            seen.clear()
            assert lucia.get(path).status_code == 200
            counts[path] = len(seen)
        return counts

    before = asked()
    office.crowd(40)
    for _ in range(3):
        office.launched(office.campaign())
    office.session.execute(update(Message).values(state=MessageState.FAILED, error_code=30003))
    office.session.commit()

    assert max(before.values()) <= 12, before
    assert asked() == before
