"""`pregon inbox`, `cases` and `results`: what came in, seen from a terminal."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy.orm import Session

from dashboard import words
from dashboard.cli import main
from models.case import Channel
from models.message import Basis, Confidence, EventKind, EventState
from models.states import CaseState, MessageState
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import BEN, World
from tests.conftest import NOON


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _json(*arguments: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(_run(*arguments, "--json"))
    return told


@pytest.fixture
def world(session: Session, runtime: Runtime) -> World:
    """Ana tapped a button, Ben wrote \\x1b[2J, somebody wrote to no line."""
    world = World(session, NOON)
    ana, ben = world.a_message(), world.a_message(BEN)
    world.inbound("Ya pagué", ButtonPayload=world.payload(ana, 1), ButtonText="Ya pagué")
    world.inbound(
        "hola \x1b[2J\nchau", sender=BEN, OriginalRepliedMessageSid=ben.provider_sid or ""
    )
    world.inbound("¿?", To="whatsapp:+5491158880000")
    world.status(ben, "read")
    world.apply_inbound()
    world.apply_statuses()
    return world


def test_the_inbox_shows_replies_with_basis_confidence_and_result(world: World) -> None:
    bens, anas = _json("inbox")

    assert (anas["basis"], anas["confidence"], anas["result"]) == (
        "payload", "exact", "Ya pagó (a verificar)",
    )  # fmt: skip
    assert (bens["basis"], bens["result"], bens["state"]) == ("quoted", None, "attributed")
    shown = _run("inbox")
    assert "espera a una persona" in shown
    assert "\x1b" not in shown
    assert "hola [2J chau" in shown


def test_the_events_are_shown_by_kind_and_state_with_their_notes(world: World) -> None:
    (failed,) = _json("inbox", "--state", "failed")

    assert failed["note"] == "no line +5491158880000"
    assert len(_json("inbox", "--kind", "inbound")) == 3
    shown = _run("inbox", "--kind", "status")
    assert "aviso de estado: aplicado 1" in shown
    assert "mensaje entrante: aplicado 2, falló 1" in shown


def test_failed_events_are_opened_again(world: World) -> None:
    assert "1 eventos se vuelven a aplicar." in _run("inbox", "--retry")
    assert _json("inbox", "--state", "failed") == []


def test_cases_show_who_waits(world: World) -> None:
    (waiting,) = _json("cases", "--waiting")

    assert (waiting["address"], waiting["state"]) == (BEN, "pending")
    assert waiting["waiting_since"] == NOON.isoformat()
    assert len(_json("cases", "--campaign", str(world.campaign.id))) == 2
    assert _json("cases", "--state", "finished") == []
    shown = _run("cases")
    assert "18/11 12:00" in shown  # in the installation's time zone
    assert "agendada" in shown


def test_results_show_their_value_and_whether_they_stand(world: World) -> None:
    (result,) = _json("results", "--campaign", str(world.campaign.id))

    assert (result["result"], result["basis"], result["stands"], result["by"]) == (
        "Ya pagó (a verificar)", "payload", True, None,
    )  # fmt: skip
    assert "sistema" in _run("results", "--standing")
    assert _run("results", "--campaign", "987") == "No hay resultados.\n"


def test_every_state_has_its_word() -> None:
    for kind, table in (
        (CaseState, words.CASE_STATES),
        (MessageState, words.MESSAGE_STATES),
        (Basis, words.BASES),
        (Confidence, words.CONFIDENCES),
        (Channel, words.CHANNELS),
        (EventKind, words.EVENT_KINDS),
        (EventState, words.EVENT_STATES),
    ):
        assert set(table) == set(kind)
