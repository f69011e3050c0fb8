"""Who works in the browser stories, and what has happened before they begin."""

import time
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from argon2 import PasswordHasher
from playwright.sync_api import StorageState
from sqlalchemy import text
from sqlalchemy.orm import Session

from campaigns import lifecycle, progress
from campaigns.audience_filter import AudienceFilter
from campaigns.drafts import duplicate, save_audience
from campaigns.passwords import Passwords
from campaigns.signing_in import open_session
from campaigns.template_drafts import save_draft
from campaigns.users import add_user
from dashboard.rehearsal import rehearsal as stage
from dashboard.rehearsal.rehearsal import Rehearsal
from models.campaign import Campaign, CampaignOperator
from models.people import Role
from runtime.wiring import Runtime
from tests.browser.life import Life

PASSWORD = "tres tristes tigres 7"
_CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    role: Role


MARTA = Person("Marta Giménez", "marta@pregon.example", Role.ADMINISTRATOR)
LUCIA = Person("Lucía Ferreyra", "lucia@pregon.example", Role.SUPERVISOR)
DIEGO = Person("Diego Ocampo", "diego@pregon.example", Role.OPERATOR)
CARLA = Person("Carla Núñez", "carla@pregon.example", Role.OPERATOR)
EVERYBODY = (MARTA, LUCIA, DIEGO, CARLA)


def hire(session: Session, *people: Person) -> dict[Person, int]:
    """They work here from now on, and know their `PASSWORD`."""
    return {
        person: add_user(
            session,
            email=person.email,
            name=person.name,
            role=person.role,
            password_hash=_CHEAP.hash(PASSWORD),
        )
        for person in people
    }


def signed_in(runtime: Runtime, user_id: int, url: str) -> StorageState:
    """What the browser of somebody who signed in this morning holds."""
    with runtime.sessions.begin() as session:
        reference = open_session(
            session, user_id, ip="127.0.0.1", user_agent="test", now=runtime.now(session)
        )
    return {
        "cookies": [
            {
                "name": "sid",
                "value": reference,
                "domain": urlsplit(url).hostname or "",
                "path": "/",
                "expires": -1,
                "httpOnly": True,
                "secure": False,
                "sameSite": "Lax",
            }
        ],
        "origins": [],
    }


_OF_THE_OTHERS = AudienceFilter(overdue_min=2)  # 116 of 300: the rest hear of one campaign only


@dataclass(frozen=True)
class Played:
    """What the office looks like after a morning of one campaign."""

    people: dict[Person, int]
    ids: dict[str, int]  # of the rows that screens are about, by a name


def play_a_morning(life: Life, *, rows: int = 300) -> Played:
    """A campaign has gone out and been answered; four others stand in other states."""
    rehearsal = life.rehearsal()
    life.behave(received_delay=0, review_delay=0, text=0.35)  # many write: stories need them
    with life.runtime.sessions.begin() as session:
        people = hire(session, *EVERYBODY)
    file = stage.sample_file(rehearsal, rows=rows, seed=7)
    stage.prepare(rehearsal, file, rate=100, tell=life.said.append)
    running = rehearsal.campaign_id
    with life.runtime.sessions.begin() as session:
        _name(session, running, "Cuota de noviembre")
        for person in (DIEGO, CARLA):
            session.add(CampaignOperator(campaign_id=running, user_id=people[person]))
        draft, paused, finished, cancelled = (duplicate(session, running) for _ in range(4))
        _name(session, draft, "Cuota de diciembre")
        _name(session, paused, "Segundo aviso de octubre")
        _name(session, finished, "Cuota de octubre")
        _name(session, cancelled, "Aviso que no fue")
        for other in (paused, finished, cancelled):
            save_audience(session, other, _OF_THE_OTHERS)
        saved = save_draft(
            session,
            replace(stage.REMINDER, name="aviso_de_adjudicacion"),
            public_url=life.url,
            by_id=people[LUCIA],
        )
    stage.launch(rehearsal, tell=life.said.append)
    _until_nearly_all_went_out(life, running)
    for campaign in (paused, finished, cancelled):
        _send_all(life, rehearsal, campaign)
    with life.runtime.sessions.begin() as session:
        now = life.runtime.now(session)
        lifecycle.pause(session, paused)
        lifecycle.finish(session, finished, now=now)
        lifecycle.cancel(session, cancelled, now=now)
    ids = {
        "running": running,
        "draft": draft,
        "paused": paused,
        "finished": finished,
        "cancelled": cancelled,
        "draft_template": saved.template_id,
    }
    ids["diego"] = people[DIEGO]
    with life.runtime.sessions() as session:
        for name, sql in _ROWS.items():
            ids[name] = session.execute(text(sql), {"campaign": running}).scalar_one()
    return Played(people, ids)


def everybody_falls_silent(life: Life, played: Played, *, within: float = 120) -> None:
    """Once there is enough to work on, nobody writes on his own any more, and all is read.

    A story that begins while customers still write is told otherwise: an answer is held back
    because there is something new to read, a case of another campaign is the one they mean.
    """
    deadline = time.monotonic() + within
    while (waiting := _count(life, _WAITING, campaign=played.ids["running"])) < _ENOUGH:
        assert time.monotonic() < deadline, f"only {waiting} customers wait"
        life.supervisor.wait(0.3)
    life.let_answer(on=False)
    life.supervisor.wait(1.0)  # what was said before is under way
    while _count(life, _UNREAD):
        assert time.monotonic() < deadline, "what customers wrote was not read"
        life.supervisor.wait(0.3)


_ENOUGH = 100  # cases: each story takes one or two for itself, some eighty in all
_WAITING = """SELECT count(*) FROM cases
    WHERE campaign_id = :campaign AND waiting_since IS NOT NULL AND operator_id IS NULL"""
_UNREAD = "SELECT count(*) FROM webhook_events WHERE state = 'received'"


def _count(life: Life, sql: str, **values: int) -> int:
    with life.runtime.sessions() as session:
        counted: int = session.execute(text(sql), values).scalar_one()
    return counted


_ROWS = {
    "template": "SELECT id FROM templates ORDER BY id LIMIT 1",
    "type": "SELECT campaign_type_id FROM campaigns WHERE id = :campaign",
    "result_type": "SELECT id FROM result_types WHERE code = 'promesa_de_pago' LIMIT 1",
    "quick_text": "SELECT id FROM quick_texts WHERE code = 'cupon'",
    "line": "SELECT id FROM lines ORDER BY id LIMIT 1",
    "import": "SELECT id FROM imports ORDER BY id LIMIT 1",
    "subscription": """
        SELECT cases.subscription_id FROM results JOIN cases ON cases.id = results.case_id
        WHERE cases.campaign_id = :campaign ORDER BY results.id LIMIT 1""",
    "waiting": """
        SELECT id FROM cases WHERE campaign_id = :campaign AND waiting_since IS NOT NULL
        ORDER BY waiting_since LIMIT 1""",
    "case": """
        SELECT cases.id FROM cases JOIN results ON cases.id = results.case_id
        WHERE cases.campaign_id = :campaign ORDER BY results.id LIMIT 1""",
}


def _send_all(life: Life, rehearsal: Rehearsal, campaign_id: int) -> None:
    stage.launch(
        Rehearsal(
            rehearsal.folder,
            rehearsal.settings,
            rehearsal.supervisor,
            rehearsal.runtime,
            rehearsal.simulator,
            campaign_id=campaign_id,
        ),
        tell=life.said.append,
    )


def _name(session: Session, campaign_id: int, name: str) -> None:
    campaign = session.get(Campaign, campaign_id)
    assert campaign is not None
    campaign.name = name


def _until_nearly_all_went_out(life: Life, campaign_id: int, *, within: float = 180) -> None:
    """And customers began to answer: a few are still on their way, as on any morning."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        life.supervisor.wait(0.3)
        with life.runtime.sessions() as session:
            account = progress.progress_of(session, campaign_id)
            results = sum(progress.results_by_type(session, campaign_id).values())
        moving = sum(n for state, n in account.states.items() if state in progress.IN_MOTION)
        if not account.not_planned and moving < account.audience / 20 and results > 30:
            return
    raise AssertionError("the morning did not pass:\n" + "\n".join([*life.said][-30:]))
