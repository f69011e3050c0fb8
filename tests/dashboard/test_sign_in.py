"""The door: who gets in, who has to wait, and how everybody gets out."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from campaigns.passwords import SHORTEST, check_strength
from dashboard import auth
from dashboard.auth import UnmarkedView, acting, current_user, reach, reading, requires
from dashboard.rehearsal.people import PEOPLE, bring_in
from models.access import UserSession
from models.campaign import Campaign
from models.people import Role
from runtime.wiring import Runtime
from tests.dashboard.conftest import Browser
from tests.two_teams import TwoTeams

SignIn = Callable[..., Browser]
RIGHT = "una que nadie adivina"
ANA = {"email": "ana@x.example", "password": RIGHT}


@pytest.fixture
def ana(signed_in: SignIn) -> Browser:
    return signed_in(Role.OPERATOR, **ANA)


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.OPERATOR, "/desk?view=mine"),
        (Role.SUPERVISOR, "/campaigns"),
        (Role.ADMINISTRATOR, "/campaigns"),
    ],
)
def test_each_role_lands_where_its_work_is(role: Role, place: str, signed_in: SignIn) -> None:
    answer = signed_in(role).get("/")

    assert (answer.status_code, answer.location) == (303, place)


def test_the_right_password_opens(stranger: Browser, ana: Browser) -> None:
    wrong = stranger.post("/sign-in", data={**ANA, "password": "otra"})
    right = stranger.post("/sign-in", data={**ANA, "email": "ANA@x.example "})

    assert wrong.status_code == 422
    assert "no son correctos" in wrong.text
    assert 'value="ana@x.example"' in wrong.text  # what was typed is kept …
    assert "otra" not in wrong.text  # … the password never
    assert (right.status_code, right.location) == (303, "/")
    assert stranger.get("/").location == "/desk?view=mine"


def test_nobody_is_told_whether_he_exists(stranger: Browser, ana: Browser) -> None:
    known = stranger.post("/sign-in", data={**ANA, "password": "x"})
    unknown = stranger.post("/sign-in", data={"email": "ana@x.exampl", "password": "x"})

    assert known.status_code == unknown.status_code
    assert _bare(known.text, "ana@x.example") == _bare(unknown.text, "ana@x.exampl")


def _bare(page: str, email: str) -> str:
    return re.sub(r'(content|value)="[^"]*"', "", page).replace(email, "")


def test_after_five_wrong_ones_the_door_says_how_long_to_wait(
    stranger: Browser, ana: Browser
) -> None:
    for _ in range(5):
        stranger.post("/sign-in", data={**ANA, "password": "x"})

    answer = stranger.post("/sign-in", data=ANA)

    assert answer.status_code == 429
    assert "esperá 15 segundos" in answer.text


@pytest.mark.parametrize("lacking", ["email", "password"])
def test_an_empty_field_is_named(lacking: str, stranger: Browser) -> None:
    answer = stranger.post("/sign-in", data={**ANA, lacking: ""})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_the_cookie_is_the_safest_there_is(stranger: Browser, ana: Browser) -> None:
    answer = stranger.post("/sign-in", data=ANA)

    sid = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-sid="))
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(sid.split("; "))
    assert "Domain" not in sid
    page = stranger.get("/sign-in", headers={"Cookie": ""})
    for cookie in page.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-form=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_signing_in_gives_a_new_session_each_time(stranger: Browser, ana: Browser) -> None:
    stranger.set_cookie("__Host-sid", "planted" * 8, domain="pregon.example")

    stranger.post("/sign-in", data=ANA)

    cookie = stranger.get_cookie("__Host-sid", domain="pregon.example")
    assert cookie is not None
    assert "planted" not in cookie.value


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(
    stranger: Browser, ana: Browser
) -> None:
    stranger.set_cookie("__Host-sid", ana.reference, domain="pregon.example")
    assert stranger.get("/me").status_code == 200

    assert ana.post("/sign-out").status_code == 303
    page = stranger.get("/me")
    part = stranger.get("/me", headers={"HX-Request-Type": "partial"})

    assert (page.status_code, page.location) == (303, "/sign-in?next=/me")
    assert (part.status_code, part.text) == (401, "")


def test_one_comes_back_to_where_one_was(stranger: Browser, ana: Browser) -> None:
    sent = stranger.get("/campaigns?state=active&q=ñandú").location
    assert sent is not None

    form = stranger.get(sent)
    back = stranger.post(sent, data=ANA)

    assert form.status_code == 200
    assert back.location == "/campaigns?state=active&q=%C3%B1and%C3%BA"


def test_a_fragment_and_a_post_come_back_to_their_page(stranger: Browser) -> None:
    here = {"HX-Current-URL": "https://pregon.example/desk/7?view=mine"}
    part = stranger.get("/desk/live?v=3", headers={"HX-Request-Type": "partial", **here})
    act = stranger.post("/desk/7/read", headers={"Referer": "https://pregon.example/desk/7"})

    assert part.headers["HX-Redirect"] == "/sign-in?next=/desk/7?view%3Dmine"
    assert (act.status_code, act.location) == (303, "/sign-in?next=/desk/7")


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/x\r\nSet-Cookie: a=b",
    "campaigns",
    "",
]


@pytest.mark.parametrize("after", ELSEWHERE, ids=repr)
def test_signing_in_never_leads_away(after: str, stranger: Browser, ana: Browser) -> None:
    answer = stranger.post("/sign-in", data=ANA, query_string={"next": after})

    assert answer.location == "/"


def test_half_an_hour_is_renewed_by_acts_and_not_by_polls(ana: Browser, session: Session) -> None:
    """And by what was done in the last minute it is not written again."""

    def age(minutes: int) -> None:
        session.execute(
            update(UserSession).values(
                last_seen_at=text(f"clock_timestamp() - interval '{minutes} minutes'")
            )
        )
        session.commit()

    def idle() -> float:
        gone = text("extract(epoch FROM clock_timestamp() - last_seen_at)")
        return float(session.execute(select(gone).select_from(UserSession)).scalar_one())

    age(20)
    ana.get("/desk/live?v=3", headers={"HX-Request-Type": "partial"})
    assert idle() > 1000
    ana.get("/me")
    assert idle() < 60
    session.rollback()
    before = session.scalars(select(UserSession.last_seen_at)).one()
    session.rollback()
    ana.get("/me")
    assert session.scalars(select(UserSession.last_seen_at)).one() == before


def test_a_role_that_does_not_suffice_is_told_so(ana: Browser) -> None:
    answer = ana.get("/settings/users")

    assert answer.status_code == 403
    assert "Tu usuario no puede hacer eso" in answer.text


def test_a_view_that_says_nothing_is_not_registered(app: Flask) -> None:
    with pytest.raises(UnmarkedView, match="nothing_said"):
        create_app_with(nothing_said, app)


def nothing_said() -> str:
    return "everything"


def create_app_with(view: Callable[[], str], app: Flask) -> None:
    app.add_url_rule("/unmarked", view_func=view)


def test_the_policy_of_every_page_is_the_strict_one(stranger: Browser) -> None:
    headers = stranger.get("/sign-in").headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
        " connect-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    )
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "no-store" in headers["Cache-Control"]


def test_reading_is_scoped_and_cannot_write(
    app: Flask,
    runtime: Runtime,
    session: Session,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana = signed_in(Role.OPERATOR)
    teams = TwoTeams(session, ana=ana.user_id)
    told: dict[str, object] = {}

    @requires(Role.OPERATOR)
    def look() -> str:
        with reading() as work:
            told["seen"] = work.scalars(select(Campaign.id)).all()
            try:
                work.execute(text("UPDATE campaigns SET priority = 1"))
            except Exception as error:
                told["refused"] = str(error)
        with acting() as work:
            told["all"] = len(work.scalars(select(Campaign.id)).all())
            told["reached"] = reach(work, Campaign, teams.ana[Campaign].id).id
        with runtime.sessions.begin() as work:  # the connection went back as it came
            work.execute(text("UPDATE campaigns SET priority = 3"))
        return current_user().name

    monkeypatch.setitem(app.view_functions, "me.show", look)

    assert ana.get("/me").status_code == 200
    assert told["seen"] == [teams.ana[Campaign].id]
    assert "read-only" in str(told["refused"])
    assert told["all"] == 2
    assert told["reached"] == teams.ana[Campaign].id


def test_the_demo_shows_its_people_at_the_door_and_lets_them_in_with_a_click(
    demo: Browser, runtime: Runtime
) -> None:
    bring_in(runtime)
    bring_in(runtime)  # nobody comes twice
    page = demo.get("/sign-in")
    carla = next(person for person in PEOPLE if person.role is Role.OPERATOR)

    entered = demo.post(
        "/sign-in",
        data={"email": carla.email, "password": carla.password},
    )

    for person in PEOPLE:
        assert person.email in page.text
        assert person.password in page.text
    assert "Demostración" in page.text
    assert entered.status_code == 303
    sid = next(c for c in entered.headers.getlist("Set-Cookie") if c.startswith("sid="))
    assert "Secure" not in sid
    assert "HttpOnly" in sid
    me = demo.get("/me")
    assert "Demostración" in me.text
    assert carla.password not in me.text


def test_no_other_installation_knows_them(stranger: Browser, runtime: Runtime) -> None:
    page = stranger.get("/sign-in").text

    assert "Demostración" not in page
    assert not any(person.email in page or person.password in page for person in PEOPLE)
    with pytest.raises(AssertionError):
        bring_in(runtime)


def test_the_demos_passwords_are_good_ones() -> None:
    assert {person.role for person in PEOPLE} == set(Role)
    for person in PEOPLE:
        check_strength(person.password, email=person.email, name=person.name)
        assert len(person.password) >= SHORTEST


def test_who_is_signed_in_does_not_see_the_door_again(ana: Browser) -> None:
    answer = ana.get("/sign-in?next=/me")

    assert (answer.status_code, answer.location) == (303, "/me")


def test_local_paths_are_kept() -> None:
    assert auth.local_path("/desk/7?view=mine#message-3") == "/desk/7?view=mine#message-3"
