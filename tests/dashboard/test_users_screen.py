"""Administrators manage people; everybody manages his own account."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEvent
from models.people import Role, User
from tests.dashboard.conftest import Browser

SignIn = Callable[..., Browser]
RIGHT = "una que nadie adivina"


@pytest.fixture
def boss(signed_in: SignIn) -> Browser:
    return signed_in(Role.ADMINISTRATOR, name="Lucía Paz")


def _new(boss: Browser, **form: str) -> tuple[int, str, str]:
    """Status, text, and the first password that the page shows."""
    given = {"name": "Caz Sosa", "email": "Caz@x.example", "role": "operator", **form}
    answer = boss.post("/settings/users/new", data=given)
    shown = re.search(r"<code[^>]*>([a-z0-9-]+)</code>", answer.text)
    return answer.status_code, answer.text, shown[1] if shown else ""


def test_a_new_person_gets_a_password_that_is_shown_once_and_has_to_change_it(
    boss: Browser, stranger: Browser, session: Session
) -> None:
    status, _, password = _new(boss)
    caz = session.scalars(select(User).where(User.email == "caz@x.example")).one()

    assert status == 201
    assert password not in boss.get(f"/settings/users/{caz.id}").text
    assert password not in (caz.password_hash or "")
    entered = stranger.post("/sign-in", data={"email": caz.email, "password": password})
    assert entered.status_code == 303
    for address in ("/", "/campaigns", "/search?q=x"):
        assert stranger.get(address).location == "/me"
    assert "Elegí tu contraseña" in stranger.get("/me").text
    changed = stranger.post("/me/password", data={"old": password, "new": RIGHT})
    assert (changed.status_code, changed.location) == (303, "/")
    assert stranger.get("/").location == "/desk?view=mine"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "Escribí el nombre"),
        ({"email": "x"}, "no parece un correo"),
        ({"role": "owner"}, "role"),
        ({"email": "taken@x.example"}, "Ya hay un usuario"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(
    form: dict[str, str], words: str, boss: Browser, signed_in: SignIn
) -> None:
    signed_in(Role.OPERATOR, email="taken@x.example")

    status, text, _ = _new(boss, **form)

    assert status == 422
    assert words in text
    assert (form.get("email") or "Caz@x.example") in text


def test_only_what_the_form_asks_for_is_written(boss: Browser, session: Session) -> None:
    _new(boss, is_active="0", id="77", password_hash="x", must_change_password="0")

    caz = session.scalars(select(User).where(User.email == "caz@x.example")).one()
    assert (caz.is_active, caz.must_change_password) == (True, True)
    assert caz.id != 77
    assert caz.password_hash != "x"


def test_a_name_and_an_e_mail_are_corrected_and_the_person_stays_signed_in(
    boss: Browser, signed_in: SignIn, stranger: Browser
) -> None:
    ben = signed_in(Role.OPERATOR, name="Ven Sosa", email="ven@x.example", password=RIGHT)
    given = {"name": " Ben   Sosa ", "email": " Ben@X.example"}

    saved = boss.post(f"/settings/users/{ben.user_id}", data=given)
    page = boss.get(saved.location or "").text

    assert saved.status_code == 303
    assert "Datos guardados" in page
    assert 'value="Ben Sosa"' in page
    assert 'value="ben@x.example"' in page
    assert "Ben Sosa" in ben.get("/me").text
    entering = [{"email": f"{who}@x.example", "password": RIGHT} for who in ("ven", "ben")]
    assert [stranger.post("/sign-in", data=each).status_code for each in entering] == [422, 303]


def test_a_form_that_is_sent_back_as_it_was_changes_nothing(
    boss: Browser, signed_in: SignIn, session: Session
) -> None:
    ben = signed_in(Role.OPERATOR, name="Ben Sosa", email="ben@x.example")

    same = boss.post(
        f"/settings/users/{ben.user_id}", data={"name": "Ben Sosa", "email": "BEN@x.example"}
    )

    assert same.status_code == 303
    assert (
        session.scalars(select(AuditEvent.id).where(AuditEvent.action == "user.correct")).all()
        == []
    )


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "   "}, "Escribí el nombre"),
        ({"name": "x" * 101}, "hasta 100 letras"),
        ({"email": ""}, "Escribí el correo"),
        ({"email": "ben de casa"}, "no parece un correo"),
        ({"email": "b" * 200 + "@x.example"}, "hasta 200 caracteres"),
        ({"email": "Lucia@X.example"}, "Ya hay un usuario con ese correo"),
    ],
    ids=["no-name", "long-name", "no-e-mail", "no-address", "long-e-mail", "of-another"],
)
def test_a_correction_that_cannot_be_keeps_what_was_typed_and_who_he_is(
    form: dict[str, str], words: str, signed_in: SignIn
) -> None:
    boss = signed_in(Role.ADMINISTRATOR, email="lucia@x.example")
    ben = signed_in(Role.OPERATOR, name="Ven Sosa", email="ben@x.example")
    given = {"name": "Ben Sosa", "email": "ben.sosa@x.example", **form}

    answer = boss.post(f"/settings/users/{ben.user_id}", data=given)

    assert answer.status_code == 422
    assert words in answer.text
    for kept in given.values():
        assert f'value="{kept.strip()}"' in answer.text
    assert "<h1>Ven Sosa" in answer.text
    assert "Cambiar rol" in answer.text


def test_a_role_changes_and_the_person_is_signed_out(boss: Browser, signed_in: SignIn) -> None:
    ben = signed_in(Role.OPERATOR)

    boss.post(f"/settings/users/{ben.user_id}/role", data={"role": "supervisor"})

    assert ben.get("/me").location == "/sign-in?next=/me"


def test_deactivating_can_be_undone_and_ends_sessions(boss: Browser, signed_in: SignIn) -> None:
    ben = signed_in(Role.OPERATOR, email="ben@x.example", password=RIGHT)

    boss.post(f"/settings/users/{ben.user_id}/deactivate")
    page = boss.get(f"/settings/users/{ben.user_id}").text

    assert ben.get("/me").status_code == 303
    entering = {"email": "ben@x.example", "password": RIGHT}
    assert ben.post("/sign-in", data=entering).status_code == 422
    assert "Desactivado" in page
    assert f"/settings/users/{ben.user_id}/reactivate" in page
    boss.post(f"/settings/users/{ben.user_id}/reactivate")
    assert ben.post("/sign-in", data=entering).status_code == 303


def test_the_last_administrator_is_told_why_he_stays(boss: Browser) -> None:
    refused = boss.post(f"/settings/users/{boss.user_id}/role", data={"role": "operator"})
    back = boss.post(f"/settings/users/{boss.user_id}/deactivate", follow_redirects=True)

    assert refused.status_code == 409
    assert "único administrador" in refused.text
    assert "único administrador" in back.text


def test_another_password_signs_the_person_out(boss: Browser, signed_in: SignIn) -> None:
    ben = signed_in(Role.OPERATOR, email="ben@x.example", password=RIGHT)

    page = boss.post(f"/settings/users/{ben.user_id}/password")

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert ben.get("/me").status_code == 303
    answer = ben.post("/sign-in", data={"email": "ben@x.example", "password": RIGHT})
    assert answer.status_code == 422


def test_the_list_shows_everybody(boss: Browser, signed_in: SignIn) -> None:
    signed_in(Role.OPERATOR, name="<script>alert(1)</script>")

    page = boss.get("/settings/users").text

    assert "Lucía Paz" in page
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"old": "otra cosa"}, "No es tu contraseña"),
        ({"new": "corta"}, "12 caracteres"),
        ({"new": "contraseña1234"}, "primeras que se prueban"),
        ({"new": RIGHT}, "la que ya tenías"),
    ],
)
def test_ones_own_password_is_changed_with_care(
    form: dict[str, str], words: str, signed_in: SignIn
) -> None:
    ana = signed_in(Role.OPERATOR, email="ana@x.example", password=RIGHT)
    given = {"old": RIGHT, "new": "otra frase bien larga", **form}

    answer = ana.post("/me/password", data=given)

    assert answer.status_code == 422
    assert words in answer.text


def test_guessing_the_old_password_is_slowed_down_too(signed_in: SignIn) -> None:
    ana = signed_in(Role.OPERATOR, email="ana@x.example", password=RIGHT)
    given = {"old": "x", "new": "otra frase bien larga"}

    answers = [ana.post("/me/password", data=given).status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(
    signed_in: SignIn, stranger: Browser
) -> None:
    ana = signed_in(Role.OPERATOR, email="ana@x.example", password=RIGHT)
    stranger.post("/sign-in", data={"email": "ana@x.example", "password": RIGHT})

    ana.post("/me/password", data={"old": RIGHT, "new": "otra frase bien larga"})

    assert ana.get("/me").status_code == 200
    assert stranger.get("/me").status_code == 303


def test_one_signs_out_everywhere(signed_in: SignIn, stranger: Browser) -> None:
    ana = signed_in(Role.OPERATOR, email="ana@x.example", password=RIGHT)
    stranger.post("/sign-in", data={"email": "ana@x.example", "password": RIGHT})
    assert "2 sesiones" in ana.get("/me").text

    ana.post("/me/sign-out-everywhere")

    assert ana.get("/me").status_code == 303
    assert stranger.get("/me").status_code == 303


def test_the_theme_is_kept_in_this_browser(signed_in: SignIn) -> None:
    ana = signed_in(Role.OPERATOR)

    ana.post("/me/theme", data={"theme": "dark"})
    dark = ana.get("/me").text
    ana.post("/me/theme", data={"theme": "device"})

    assert 'data-theme="dark"' in dark
    assert "data-theme=" not in ana.get("/me").text.split("<body")[0]
