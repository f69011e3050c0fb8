"""The road of a template through review, and why Meta refuses one."""

from typing import Any

import pytest

from messaging.simulator.behaviour import Profile
from messaging.simulator.pictures import receipt
from messaging.simulator.review import rejection_reason
from messaging.simulator.templates import compiled
from tests.messaging.simulator.simulator_running import QUICK_REPLY, Running, until


def text(body: str, **variables: str) -> dict[str, Any]:
    samples = {name.removeprefix("v"): value for name, value in variables.items()}
    content = {"friendly_name": "x", "variables": samples, "types": {"twilio/text": {"body": body}}}
    return compiled(content)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Hola {{1}}, tu cuota {{2}} vence el viernes que viene", ""),
        ("{{1}}, tu cuota vence el viernes", "starts or ends"),
        ("Tu cuota vence el viernes {{1}}.", "starts or ends"),
        ("Hola tu cuota {{1}} {{2}} vence el viernes que viene", "touch"),
        ("Hola {{1}}, tu cuota {{3}} vence el viernes que viene", "gaps"),
        ("Hola {{nombre}}, tu cuota vence el viernes", "numbers"),
        ("Ey {{1}} oí", "too many variables"),
    ],
)
def test_metas_rules_on_variables(body: str, reason: str) -> None:
    content = text(body, v1="Ana", v2="123", v3="x", vnombre="Ana")

    found = rejection_reason(content, "cuota", Profile())

    assert reason in found
    assert bool(reason) == bool(found)
    assert rejection_reason(content, "cuota", Profile(strict_review=False)) == ""


def test_a_variable_needs_a_sample() -> None:
    assert "no sample" in rejection_reason(text("Hola {{1}}, te escribimos hoy"), "a", Profile())


def test_review_goes_from_received_through_pending_to_approved(
    simulator: Running, phone: str
) -> None:
    simulator.profile(received_delay=10.0, review_delay=10.0)
    sid = simulator.call("POST", "/v1/Content", body=QUICK_REPLY).body["sid"]
    path = f"/v1/Content/{sid}/ApprovalRequests"
    seen = [simulator.call("GET", path).body["whatsapp"]["status"]]
    asked = {"name": f"cuota_{phone[1:]}", "category": "UTILITY"}

    seen.append(simulator.call("POST", f"{path}/whatsapp", body=asked).body["status"])

    def approved() -> bool:
        status = simulator.call("GET", path).body["whatsapp"]["status"]
        if status != seen[-1]:
            seen.append(status)
        return bool(status == "approved")

    until(approved)
    assert seen == ["unsubmitted", "received", "pending", "approved"]
    assert simulator.call("POST", f"{path}/whatsapp", body=asked).status == 400


def test_a_name_with_the_word_is_rejected_with_a_reason(simulator: Running, phone: str) -> None:
    draft = {**QUICK_REPLY, "friendly_name": "Para RECHAZAR"}
    sid = simulator.call("POST", "/v1/Content", body=draft).body["sid"]
    path = f"/v1/Content/{sid}/ApprovalRequests"
    asked = {"name": f"otra_{phone[1:]}", "category": "MARKETING"}

    simulator.call("POST", f"{path}/whatsapp", body=asked)
    simulator.quiet()

    told = simulator.call("GET", path).body["whatsapp"]
    assert told["status"] == "rejected"
    assert told["rejection_reason"]


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "Con Mayúsculas", "category": "UTILITY"},
        {"name": "cuota", "category": "SPAM"},
        {"name": "cuota"},
        [],
    ],
)
def test_a_wrong_submission_is_refused(simulator: Running, asked: Any) -> None:
    sid = simulator.call("POST", "/v1/Content", body=QUICK_REPLY).body["sid"]

    answer = simulator.call("POST", f"/v1/Content/{sid}/ApprovalRequests/whatsapp", body=asked)

    assert (answer.status, answer.body["code"]) == (400, 20001)


def test_a_photograph_is_a_whole_jpeg() -> None:
    picture = receipt("ME1")

    markers = []
    at = 2
    while picture[at + 1] != 0xDA:
        markers.append(picture[at + 1])
        at += 2 + int.from_bytes(picture[at + 2 : at + 4])
    assert markers == [0xE0, 0xDB, 0xC0, 0xC4, 0xC4]
    assert picture[-2:] == b"\xff\xd9"
    assert receipt("ME1") == picture != receipt("ME2")
