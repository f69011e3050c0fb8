"""Scripts and styles come compressed, and are what they were, but for remarks."""

import gzip
from pathlib import Path

import brotli
import pytest
from flask import Flask

from dashboard.app import create_app
from dashboard.shell import stylesheet
from runtime.settings import Settings

HERE = "https://pregon.example"
STATIC = Path(__file__).parents[2] / "dashboard" / "static"


@pytest.fixture
def app(settings: Settings) -> Flask:
    return create_app(settings)


def _without_remarks(content: bytes) -> bytes:
    """Nor its indents."""
    lines = (line.lstrip(b" \t") for line in content.splitlines())
    return b"\n".join(
        line.partition(b" // ")[0].rstrip() for line in lines if not line.startswith(b"//")
    )


@pytest.mark.parametrize("script", sorted((STATIC / "js").glob("*.js")), ids=lambda one: one.name)
def test_what_a_script_does_not_send_is_no_part_of_a_text(script: Path) -> None:
    content = script.read_bytes()
    remarks = b"".join(line.partition(b" // ")[2] for line in content.splitlines())

    assert b"// " in content
    assert b'"' not in remarks
    assert b"`" not in remarks
    assert b"\n" not in b"".join(content.split(b"`")[1::2])


@pytest.mark.parametrize(
    ("path", "content"),
    [("/app.css", stylesheet()), ("/static/js/app.js", (STATIC / "js" / "app.js").read_bytes())],
    ids=["style", "script"],
)
def test_each_is_packed_as_the_browser_understands(app: Flask, path: str, content: bytes) -> None:
    client = app.test_client()
    ways = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}

    for way, unpacked in ways.items():
        for _again in range(2):
            answer = client.get(path, base_url=HERE, headers={"Accept-Encoding": way})
            assert answer.headers.get("Content-Encoding", "identity") == way
            packed = path.endswith(".js") and way != "identity"
            sent = _without_remarks(content) + b"\n" if packed else content
            assert unpacked(answer.data) == sent
            assert "Accept-Encoding" in answer.vary or way == "identity"


def test_a_page_is_sent_without_the_indents_of_its_template(app: Flask) -> None:
    lines = app.test_client().get("/sign-in", base_url=HERE).text.splitlines()

    assert len(lines) > 20
    assert [line for line in lines if line.startswith((" ", "\t"))] == []


def test_what_does_not_change_is_a_third_of_its_size(app: Flask) -> None:
    answer = app.test_client().get("/app.css", base_url=HERE, headers={"Accept-Encoding": "br"})

    assert len(answer.data) < len(stylesheet()) / 3
