"""`pregon template`: from a file to an approved template, on the simulator."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from sqlalchemy import select

from dashboard.cli import main
from dashboard.commands import template_file
from messaging.errors import ProviderUnavailable
from models.states import TemplateState
from models.template import TemplateButton, TemplateVersion
from runtime.settings import Settings
from runtime.wiring import Runtime, set_runtime
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN
from tests.simulator_program import running_simulator
from workers.template_reviews import look_at_reviews, provider, submit_version

FILE = """
name = "aviso_mora"
category = "UTILITY"
type = "mora"
footer = "Autoplan"
body = \"\"\"
Hola {{1}}, la cuota {{2}} está vencida.
¿Nos contás cómo seguimos?\"\"\"

[variables]
1 = { field = "customer.first_name" }
2 = { field = "coupon.instalment", sample = "14" }

[[buttons]]
kind = "quick_reply"
title = "Ya pagué"
result = "ya_pago"

[[buttons]]
kind = "quick_reply"
title = "No quiero mensajes"
result = "no_desea_mensajes"

[[buttons]]
kind = "url"
title = "Ver mi cupón"
"""


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with running_simulator(ACCOUNT_SID, AUTH_TOKEN) as address:
        yield address


@pytest.fixture
def runtime(runtime: Runtime, simulator: str) -> Runtime:
    """The test's installation, with the simulator as its provider."""
    runtime.settings = replace(runtime.settings, twilio_base_url=simulator, time_speed=1000.0)
    set_runtime(runtime)
    return runtime


@pytest.fixture
def pregon(runtime: Runtime) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(main, ["template", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "aviso.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_file_becomes_a_version(pregon: Callable[..., Result], file: Path) -> None:
    first, second = pregon("add", file), pregon("add", file)

    assert (first.exit_code, first.output) == (0, "aviso_mora version 1\n")
    assert second.output == "aviso_mora version 1 (already there, unchanged)\n"
    listed = pregon("list", "--json")
    assert [(line["name"], line["state"]) for line in json.loads(listed.output)] == [
        ("aviso_mora", "draft")
    ]


def test_it_is_submitted_and_approved(
    pregon: Callable[..., Result], file: Path, runtime: Runtime, simulator: str
) -> None:
    told = pregon("add", file, "--submit", "--wait", "--timeout", "20")

    assert told.exit_code == 0, told.output
    assert "aviso_mora v1 is approved" in told.output
    with runtime.sessions() as session:
        version = session.scalars(select(TemplateVersion)).one()
        assert version.state is TemplateState.APPROVED
    kept = requests.get(
        f"{simulator}/v1/Content/{version.content_sid}", auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5
    ).json()
    assert kept["language"] == "es_AR"
    assert list(kept["types"]) == ["whatsapp/card"]
    assert "approved" in pregon("list").output


def test_what_the_provider_decides_later_is_fetched(
    pregon: Callable[..., Result], file: Path, runtime: Runtime, simulator: str
) -> None:
    file.write_text(FILE.replace("aviso_mora", "aviso_pausa"), encoding="utf-8")
    pregon("add", file, "--wait", "--timeout", "20")
    with runtime.sessions() as session:
        sid = session.scalars(select(TemplateVersion.content_sid)).one()
    requests.put(
        f"{simulator}/simulator/api/contents/{sid}", json={"status": "paused"}, timeout=5
    ).raise_for_status()

    told = pregon("approve-refresh")

    assert told.output == "aviso_pausa v1: paused\n1 changed.\n"
    assert pregon("approve-refresh").output == "0 changed.\n"


def test_a_rejected_template_exits_with_1_and_the_reason(
    pregon: Callable[..., Result], file: Path, simulator: str
) -> None:
    profile = {"reject_words": ["rechazado"]}
    requests.put(f"{simulator}/simulator/api/profile", json=profile, timeout=5).raise_for_status()
    file.write_text(FILE.replace("aviso_mora", "rechazado"), encoding="utf-8")

    told = pregon("add", file, "--submit", "--wait", "--timeout", "20")

    assert told.exit_code == 1
    assert "rechazado v1 is rejected: INVALID_FORMAT" in told.output


def test_an_interrupted_submission_goes_on_where_it_was(
    pregon: Callable[..., Result], file: Path, runtime: Runtime
) -> None:
    file.write_text(FILE.replace("aviso_mora", "aviso_cortado"), encoding="utf-8")
    pregon("add", file)
    real = provider(runtime.settings)
    asked: list[str] = []

    class Interrupted:
        """Loses the answer to the approval request, once."""

        submit_content = staticmethod(real.submit_content)
        approval = staticmethod(real.approval)

        @staticmethod
        def request_approval(content_sid: str, **details: object) -> object:
            asked.append(content_sid)
            real.request_approval(content_sid, **details)  # type: ignore[arg-type]
            raise ProviderUnavailable("the line went dead")

    with runtime.sessions() as session:
        version_id = session.scalars(select(TemplateVersion.id)).one()
    with pytest.raises(ProviderUnavailable):
        submit_version(runtime, Interrupted(), version_id)  # type: ignore[arg-type]

    state = submit_version(runtime, real, version_id)

    assert state in (TemplateState.SUBMITTED, TemplateState.APPROVED)
    assert len(asked) == 1


def test_every_mistake_is_named_with_file_and_field(
    pregon: Callable[..., Result], file: Path
) -> None:
    wrong = FILE.replace('"UTILITY"', '"OFERTA"').replace('kind = "url"', 'kind = "link"')
    file.write_text(wrong + 'colour = "red"\n', encoding="utf-8")

    told = pregon("add", file)

    assert told.exit_code == 1
    for problem in (
        "category: 'OFERTA' is none of MARKETING, UTILITY",
        "buttons[3].kind: 'link' is none of quick_reply, url",
        "buttons[3].colour: is none of kind, result, title, url, value",
    ):
        assert f"{file}: {problem}" in told.output


def test_the_channels_rules_are_named_the_same_way(
    pregon: Callable[..., Result], file: Path, runtime: Runtime
) -> None:
    wrong = FILE.replace('"ya_pago"', '"pagado"').replace("Ya pagué", "Ya pagué esta cuota ayer")
    file.write_text(wrong, encoding="utf-8")

    told = pregon("add", file, "--type", "recordatorio")

    assert told.exit_code == 1
    assert f"{file}: buttons[1].title: 24 characters; 20 are allowed" in told.output
    assert f"{file}: buttons[1].result: 'pagado' is none of abrio_cupon," in told.output
    with runtime.sessions() as session:
        assert session.scalars(select(TemplateButton)).all() == []


def test_what_is_no_toml_is_said_so(pregon: Callable[..., Result], file: Path) -> None:
    file.write_text("name = aviso", encoding="utf-8")

    told = pregon("add", file)

    assert told.exit_code == 1
    assert f"{file}: file: " in told.output


def test_a_provider_that_is_not_there_is_one_sentence(
    pregon: Callable[..., Result], file: Path, runtime: Runtime, settings: Settings
) -> None:
    runtime.settings = settings  # the discard port

    look_at_reviews(runtime)  # as a periodic job it says so in the log, and goes on
    told = pregon("add", file, "--submit")

    assert told.exit_code == 1
    assert "Error: ConnectionError" in told.output


def test_the_format_that_is_shown_is_one_that_works(
    pregon: Callable[..., Result], file: Path
) -> None:
    shown = template_file.__doc__ or ""
    example = "\n".join(line[4:] for line in shown.splitlines() if line.startswith("    "))
    file.write_text(example, encoding="utf-8")

    assert pregon("add", file).exit_code == 0
    assert "quick_reply" in pregon("format").output
    assert "customer.first_name" in pregon("fields").output
