"""The work queue on the screen: filters, saved views, cases passed on, who is there and looks."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.cases import wait_for_person
from models.access import SavedView
from models.campaign import CampaignOperator
from models.case import Case, Note
from models.message import Cause, EventKind
from models.people import Customer, Role, User
from models.subscription import Subscription
from runtime import live
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser
from workers import jobs
from workers.periodic import JOBS

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
SignIn = Callable[..., Browser]


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    return _operator(office, signed_in, "Lucía Ferreyra")


@pytest.fixture
def diego(office: Outbox, signed_in: SignIn) -> Browser:
    return _operator(office, signed_in, "Diego Ocampo")


def _operator(office: Outbox, signed_in: SignIn, name: str) -> Browser:
    browser = signed_in(Role.OPERATOR, name=name)
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _answered(office: Outbox, phone: str = ANA, *, minutes: int = 0) -> int:
    message = office.a_message(phone)
    office.inbound("¿puedo pagar el viernes?", sender=phone)
    office.apply_inbound()
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    wait_for_person(case, since=office.now - timedelta(minutes=minutes))
    office.fresh()
    return case.id


def _case(office: Outbox, case_id: int) -> Case:
    office.fresh()
    return office.session.get_one(Case, case_id)


def _poll(page: str) -> str:
    """The address that a page asks every two seconds."""
    found = re.search(r'id="desk-live"[^>]*hx-get="([^"]*)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


# the list


def test_filters_stand_in_the_address_and_are_taken_off_at_once(
    office: Outbox, lucia: Browser
) -> None:
    _answered(office)

    page = lucia.get("/desk?view=all&arrears=3&window=open&waiting=1").text

    assert "¿puedo pagar" not in page
    assert re.search(r'<option value="3" selected', page)
    assert re.search(r'name="waiting"[^>]*checked', page)
    assert 'href="/desk?view=all"' in page  # Quitar filtros
    assert "¿puedo pagar" in lucia.get("/desk?view=all&window=open&waiting=1").text


def test_each_filter_is_named_and_taken_off_by_itself_beside_the_open_case(
    office: Outbox, lucia: Browser
) -> None:
    case_id = _answered(office)

    page = lucia.get(f"/desk/{case_id}?view=all&window=open&due=none&arrears=3&waiting=1").text

    chips = dict(
        re.findall(r'<a class="chip" href="([^"]*)" aria-label="Quitar el filtro: ([^"]*)"', page)
    )
    assert {said: href.replace("&amp;", "&") for href, said in chips.items()} == {
        "Ventana: Abierta": f"/desk/{case_id}?view=all&arrears=3&due=none&waiting=1",
        "3 o más en mora": f"/desk/{case_id}?view=all&window=open&due=none&waiting=1",
        "Acción: Sin próxima acción": f"/desk/{case_id}?view=all&window=open&arrears=3&waiting=1",
        "Espera respuesta": f"/desk/{case_id}?view=all&window=open&arrears=3&due=none",
    }
    assert 'id="desk-narrowed"' not in lucia.get("/desk?view=all").text


@pytest.mark.parametrize("query", ["window=ajar", "state=lost", "due=never", "arrears=x", "type=y"])
def test_a_filter_that_means_nothing_is_not_found(lucia: Browser, query: str) -> None:
    assert lucia.get(f"/desk?{query}").status_code == 404


def test_a_view_is_saved_opened_and_removed(office: Outbox, lucia: Browser, diego: Browser) -> None:
    saved = lucia.post("/desk/views?view=all&arrears=2&q=ana", data={"name": "Mora de Ana"})
    view_id = office.session.scalars(select(SavedView.id)).one()

    assert saved.headers["Location"] == "/desk?view=all&arrears=2&q=ana"
    assert "Mora de Ana" in lucia.get("/desk").text
    opened = lucia.get(f"/desk/views/{view_id}")
    assert opened.headers["Location"] == "/desk?view=all&arrears=2&q=ana"
    assert "Mora de Ana" not in diego.get("/desk").text
    assert diego.post(f"/desk/views/{view_id}", data={"act": "remove"}).status_code == 404
    lucia.post(f"/desk/views/{view_id}", data={"name": "Mora"})
    assert "Mora" in lucia.get("/desk/views").text
    lucia.post(f"/desk/views/{view_id}", data={"act": "remove"})
    assert office.session.scalars(select(SavedView)).all() == []


def test_a_view_without_a_name_is_asked_for_one(office: Outbox, lucia: Browser) -> None:
    answer = lucia.post("/desk/views?view=all&arrears=2", data={"name": " "})

    assert answer.status_code == 422
    assert "Ponele un nombre" in answer.text
    assert 'action="/desk/views?view=all&amp;arrears=2"' in answer.text


def test_my_campaigns_stand_where_no_case_is_open_and_on_the_list_of_campaigns(
    office: Outbox, lucia: Browser, signed_in: SignIn
) -> None:
    _answered(office)

    for path in ("/desk", "/campaigns"):
        page = lucia.get(path).text
        assert "Mis campañas" in page
        for counts in ("Esperan: sin asignar", "Esperan: mías", "Mías abiertas"):
            assert counts in page
        assert f"/desk?view=unassigned&amp;campaign={office.campaign.id}&amp;waiting=1" in page
    assert "Mis campañas" not in signed_in(Role.SUPERVISOR).get("/campaigns").text


def test_an_imported_name_is_shown_as_one_says_it(office: Outbox, lucia: Browser) -> None:
    case_id = _answered(office)
    subscription = office.session.get_one(Subscription, _case(office, case_id).subscription_id)
    customer = office.session.get_one(Customer, subscription.customer_id)
    customer.name = "Sosa, Mariana"
    office.fresh()

    page = lucia.get(f"/desk/{case_id}?view=all").text

    assert re.search(r"<h1[^>]*>Mariana Sosa</h1>", page)
    assert "<dd>Sosa, Mariana</dd>" in page  # as it is stored


# taking, and passing on


def test_a_colleagues_case_says_who_has_it_before_it_is_taken(
    office: Outbox, lucia: Browser, diego: Browser
) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})

    page = diego.get(f"/desk/{case_id}?view=all").text
    asked = diego.get(f"/desk/{case_id}/take?view=all", headers=PARTIAL).text

    assert re.search(rf'<a[^>]*href="/desk/{case_id}/take\?view=all"[^>]*data-key="m"', page)
    assert f'action="/desk/{case_id}/take' not in page  # nowhere without being asked
    assert "La tiene Lucía Ferreyra." in asked
    assert "Disponible" in asked
    assert f'name="held_by" value="{lucia.user_id}"' in asked
    assert 'data-key="."' not in page  # what is not his he cannot let go
    assert 'data-key="."' in lucia.get(f"/desk/{case_id}?view=all").text


def test_a_case_is_passed_to_a_colleague_who_sees_by_whom(
    office: Outbox, lucia: Browser, diego: Browser
) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})
    offered = lucia.get(f"/desk/{case_id}/pass", headers=PARTIAL).text

    answer = lucia.post(
        f"/desk/{case_id}/pass",
        data={"user": str(diego.user_id), "word": "Cobra el 28."},
        headers=PARTIAL,
    )

    assert "Diego Ocampo" in offered
    assert "Disponible" in offered
    assert "Lucía Ferreyra" not in offered
    assert f'data-draft-sent="pass-{case_id}"' in answer.text
    assert "Se la pasaste a Diego Ocampo." in answer.text
    page = diego.get(f"/desk/{case_id}?view=mine").text
    assert "te la pasó Lucía Ferreyra" in page
    assert "Te la pasó Lucía Ferreyra." in page
    assert "Cobra el 28." in page
    assert re.search(r'data-counter="waiting">1<', page)
    elsewhere = diego.get(f"/desk/{case_id}?view=late").text
    assert "Te la pasó Lucía Ferreyra." in elsewhere  # though the list beside it has not got it


@pytest.mark.parametrize("to", ["", "x", "outsider"])
def test_it_is_passed_to_nobody_who_cannot_have_it(
    office: Outbox, lucia: Browser, signed_in: SignIn, to: str
) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})
    outsider = signed_in(Role.OPERATOR)
    user = str(outsider.user_id) if to == "outsider" else to

    answer = lucia.post(
        f"/desk/{case_id}/pass", data={"user": user, "word": "Hola"}, headers=PARTIAL
    )

    assert answer.status_code == (409 if to == "outsider" else 422)
    assert 'id="pass-form"' in answer.text
    assert "Hola</textarea>" in answer.text
    assert _case(office, case_id).operator_id == lucia.user_id
    assert office.session.scalars(select(Note)).all() == []


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({}, 422, "Elegí a quién pasarla."),
        ({"user": "diego", "word": "Cobra el 28. " * 400}, 422, "La nota es demasiado larga."),
        ({"user": "outsider"}, 409, "No trabaja en esta campaña"),
        ({"user": "pool", "held": "diego"}, 409, "La tiene Diego Ocampo"),
    ],
    ids=["nobody", "long", "outsider", "taken"],
)
def test_without_script_the_form_comes_back_with_the_note_and_whom_it_was_for(
    office: Outbox,
    lucia: Browser,
    diego: Browser,
    signed_in: SignIn,
    form: dict[str, str],
    status: int,
    says: str,
) -> None:
    case_id = _answered(office)
    (diego if form.get("held") else lucia).post(f"/desk/{case_id}/take", data={"held_by": ""})
    people = {"diego": diego.user_id, "outsider": signed_in(Role.OPERATOR).user_id}
    user, word = form.get("user", ""), form.get("word", "Cobra el 28.")

    answer = lucia.post(
        f"/desk/{case_id}/pass?view=all", data={"user": people.get(user, user), "word": word}
    )

    assert answer.status_code == status
    assert says in answer.text
    assert f">{word}</textarea>" in answer.text
    chosen = re.findall(r'name="user" value="(\w+)" checked', answer.text)
    offered = {"diego": [str(diego.user_id)], "pool": ["pool"]}
    assert chosen == offered.get(user, [])
    assert f'action="/desk/{case_id}/pass?view=all"' in answer.text
    assert office.session.scalars(select(Note)).all() == []


def test_a_colleagues_case_is_passed_on_by_its_holder_and_by_a_supervisor_alone(
    office: Outbox, lucia: Browser, diego: Browser, signed_in: SignIn
) -> None:
    case_id = _answered(office)
    lucia.post(f"/desk/{case_id}/take", data={"held_by": ""})

    told = diego.post(f"/desk/{case_id}/pass", data={"user": "pool"}, headers=PARTIAL)
    boss = signed_in(Role.SUPERVISOR)
    boss.post(f"/desk/{case_id}/pass", data={"user": str(diego.user_id)})

    assert (told.status_code, "La tiene Lucía Ferreyra" in told.text) == (409, True)
    assert _case(office, case_id).operator_id == diego.user_id


# what a poll brings


@pytest.fixture
def standing_clock(office: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute ends, and who looks is not forgotten: a busy machine takes its time."""
    monkeypatch.setattr("dashboard.desk_version.now", lambda: office.now)
    monkeypatch.setattr("runtime.live._LOOKS", 600)


@pytest.mark.usefixtures("standing_clock")
def test_news_of_other_cases_bring_the_list_alone(
    office: Outbox, lucia: Browser, runtime: Runtime
) -> None:
    case_id = _answered(office)
    page = lucia.get(f"/desk/{case_id}?view=all").text
    other = _answered(office, "+5491155551234")
    live.touch(runtime.redis, live.campaign(office.campaign.id))

    news = lucia.get(_poll(page), headers=PARTIAL).text

    assert f'id="row-{other}"' in news
    assert 'hx-target="#thread-log"' not in news
    assert lucia.get(_poll(news), headers=PARTIAL).status_code == 204
    office.inbound("¿hola?")
    office.apply_inbound()
    live.touch(runtime.redis, live.campaign(office.campaign.id))
    assert "¿hola?" in lucia.get(_poll(news), headers=PARTIAL).text


def test_my_campaigns_are_counted_anew_by_a_poll(office: Outbox, lucia: Browser) -> None:
    _answered(office)

    news = lucia.get("/desk/live?view=mine&v=old", headers=PARTIAL)

    assert news.status_code == 200
    assert 'hx-target="#my-work"' in news.text


@pytest.mark.usefixtures("standing_clock")
def test_what_a_campaign_sends_wakes_no_desk_and_what_becomes_of_an_answer_does(
    office: Outbox, lucia: Browser, runtime: Runtime
) -> None:
    case_id = _answered(office)
    page = lucia.get(f"/desk/{case_id}?view=all").text
    sent = office.a_message("+5491155551234", sid="SM" + "7" * 32)
    answer = office.a_message(
        "+5491155551234", sid="SM" + "8" * 32, cause=Cause.REPLY, sequence=None
    )
    answer.campaign_id = office.campaign.id
    office.session.commit()

    office.status(sent, "delivered")
    jobs.apply_inbox(runtime, EventKind.STATUS)
    quiet = lucia.get(_poll(page), headers=PARTIAL).status_code
    office.status(answer, "delivered")
    jobs.apply_inbox(runtime, EventKind.STATUS)

    assert (quiet, lucia.get(_poll(page), headers=PARTIAL).status_code) == (204, 200)


# who looks


@pytest.mark.usefixtures("standing_clock")
def test_who_has_the_case_open_is_seen_by_others_and_stops_no_poll(
    office: Outbox, lucia: Browser, diego: Browser
) -> None:
    case_id = _answered(office)
    hers = lucia.get(f"/desk/{case_id}?view=all").text
    his = diego.get(f"/desk/{case_id}?view=all").text

    assert "la tiene abierta" not in hers + his  # to open a page says nothing to others yet
    assert diego.get(_poll(his), headers=PARTIAL).status_code == 204
    told = lucia.get(_poll(hers), headers=PARTIAL)

    assert told.status_code == 200
    assert "Diego Ocampo la tiene abierta." in told.text
    assert lucia.get(_poll(told.text), headers=PARTIAL).status_code == 204
    assert "Lucía Ferreyra la tiene abierta." in diego.get(_poll(his), headers=PARTIAL).text


@pytest.mark.usefixtures("standing_clock")
def test_who_may_not_see_a_case_cannot_say_that_he_looks(
    office: Outbox, lucia: Browser, diego: Browser, signed_in: SignIn
) -> None:
    case_id = _answered(office)
    hers, his = (each.get(f"/desk/{case_id}?view=all").text for each in (lucia, diego))
    stranger = signed_in(Role.OPERATOR)

    stranger.get(_poll(his), headers=PARTIAL)  # with another one's pass
    stranger.get(f"/desk/live?case={case_id}&v=x", headers=PARTIAL)
    diego.get(_poll(his), headers={**PARTIAL, "X-Hidden": "1"})  # a tab that nobody sees

    assert lucia.get(_poll(hers), headers=PARTIAL).status_code == 204


# who is there


def test_presence_is_chosen_in_the_top_bar_and_shown_to_others(
    office: Outbox, lucia: Browser, diego: Browser, signed_in: SignIn
) -> None:
    boss, case_id = signed_in(Role.SUPERVISOR), _answered(office)

    away = diego.post("/me/presence", data={"away": "1"}, headers=PARTIAL)
    plain = diego.post("/me/presence", data={"away": "1", "here": "/desk?view=all"})

    assert "Ausente" in away.text
    assert plain.headers["Location"] == "/desk?view=all"
    assert "Ausente" in diego.get("/desk").text
    assert "Disponible" in lucia.get("/desk").text
    offered = boss.get(f"/desk/{case_id}/pass", headers=PARTIAL).text
    assert re.search(r"Lucía Ferreyra.*Disponible.*Diego Ocampo.*Ausente", offered, re.DOTALL)
    diego.post("/me/presence", data={"away": "0"})
    assert office.session.get_one(User, diego.user_id).away_since is None


def test_it_leads_to_no_other_site(lucia: Browser) -> None:
    answer = lucia.post("/me/presence", data={"away": "1", "here": "//evil.example"})

    assert answer.headers["Location"] == "/"


def test_sound_and_single_keys_are_kept_with_the_person(lucia: Browser) -> None:
    before = lucia.get("/me").text
    lucia.post("/me/preferences", data={"sound": "on"})
    after = lucia.get("/me").text

    assert ("data-sound" in before, 'data-keys="off"' in before) == (False, False)
    assert ("data-sound" in after, 'data-keys="off"' in after) == (True, True)


# what nobody took


def test_the_sweep_gives_back_and_escalates_and_the_supervisor_is_told(
    office: Outbox, lucia: Browser, signed_in: SignIn, runtime: Runtime
) -> None:
    boss = signed_in(Role.SUPERVISOR)
    untaken, held = _answered(office, minutes=90), _answered(office, "+5491155551234", minutes=20)
    lucia.post(f"/desk/{held}/take", data={"held_by": ""})
    lucia.post("/me/presence", data={"away": "1"})
    user = office.session.get_one(User, lucia.user_id)
    assert user.away_since is not None
    user.away_since -= timedelta(minutes=20)
    office.fresh()

    JOBS["watch replies"].work(runtime)

    assert _case(office, untaken).escalated_at is not None
    assert (_case(office, held).operator_id, _case(office, held).escalated_at) == (None, None)
    counted = boss.get("/desk/counters?v=", headers=PARTIAL).text
    assert re.search(r'data-counter="waiting">1<', counted)
    page = boss.get("/desk?view=escalated").text
    assert f"/desk/{untaken}?" in page
    assert re.search(r"Vistas.{0,200}Demoradas", page, re.DOTALL)  # first of all
    assert "Sistema" in boss.get(f"/desk/{held}?view=all").text


@pytest.mark.usefixtures("standing_clock")
def test_counters_elsewhere_bring_nothing_until_something_happened(
    office: Outbox, lucia: Browser
) -> None:
    first = lucia.get("/desk/counters?v=", headers=PARTIAL).text
    version = re.search(r"counters\?v=([^\"]+)", first)
    assert version is not None

    assert lucia.get(f"/desk/counters?v={version[1]}", headers=PARTIAL).status_code == 204
    assert 'id="elsewhere"' in lucia.get("/campaigns").text
    assert 'id="elsewhere"' not in lucia.get("/desk").text


def test_every_key_is_listed_and_every_page_opens_the_list(lucia: Browser) -> None:
    page, keys = lucia.get("/campaigns").text, lucia.get("/me/keys", headers=PARTIAL).text

    assert 'hx-get="/me/keys"' in page
    for key in ("J", "K", "M", "V", "R", "N", "T", "E", "A", "P", "X", "F8", "?", "Ctrl Enter"):
        assert f'<kbd class="key">{key}</kbd>' in keys, key
