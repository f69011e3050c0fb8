"""Answers that do not tell whether the message was accepted, and ledgers that do."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from typing import Any
from urllib.error import URLError
from urllib.parse import quote

import pytest

from tests.messaging.simulator.simulator_running import (
    ACCOUNT,
    LINE,
    ROOT,
    TOKEN,
    Product,
    Running,
)


def accepted(simulator: Running, phone: str) -> list[dict[str, Any]]:
    return [one for one in simulator.ledger() if one["phone"] == phone]


def test_a_500_after_acceptance(simulator: Running, phone: str) -> None:
    simulator.profile(accepted_then_500=1.0)

    answer = simulator.post_message(To=f"whatsapp:{phone}", Body="hola")

    assert (answer.status, answer.body["code"]) == (500, 20500)
    assert len(accepted(simulator, phone)) == 1
    assert simulator.posts_to(phone)[0]["outcome"] == "accepted_then_500"


def test_a_500_without_acceptance(simulator: Running, phone: str) -> None:
    simulator.profile(refused_with_500=1.0)

    answer = simulator.post_message(To=f"whatsapp:{phone}", Body="hola")

    assert (answer.status, answer.body["code"]) == (500, 20500)
    assert accepted(simulator, phone) == []


@pytest.mark.parametrize(("fault", "kept"), [("accepted_then", 1), ("refused_with", 0)])
def test_a_connection_dropped_without_an_answer(
    simulator: Running, phone: str, fault: str, kept: int
) -> None:
    name = f"{fault}_dropped" if kept else f"{fault}_drop"
    simulator.profile(**{name: 1.0})

    with pytest.raises((http.client.RemoteDisconnected, URLError, ConnectionError)):
        simulator.post_message(To=f"whatsapp:{phone}", Body="hola")

    assert len(accepted(simulator, phone)) == kept
    assert [post["outcome"] for post in simulator.posts_to(phone)] == [name]
    assert simulator.control("GET", "summary")["ambiguous"][name] >= 1


def test_an_answer_later_than_the_client_waits(simulator: Running, phone: str) -> None:
    simulator.profile(accepted_then_late=1.0, late_answer=40.0)  # 0.8 s at this speed
    began = time.monotonic()

    message = simulator.send(phone, Body="hola")

    assert time.monotonic() - began >= 0.8
    assert [one["sid"] for one in accepted(simulator, phone)] == [message["sid"]]


def test_a_message_is_listed_only_after_a_while(simulator: Running, phone: str) -> None:
    simulator.profile(visible_after=25.0)  # 0.5 s at this speed
    path = f"{simulator.messages()}?To=whatsapp:%2B{phone[1:]}"

    sid = simulator.send(phone, Body="hola")["sid"]
    at_once = simulator.call("GET", path).body["messages"]
    fetched = simulator.call("GET", simulator.messages(f"/{sid}.json"))

    assert at_once == []
    assert fetched.status == 404
    assert len(accepted(simulator, phone)) == 1
    simulator.quiet()
    deadline = time.monotonic() + 5
    while not (later := simulator.call("GET", path).body["messages"]):
        assert time.monotonic() < deadline
    assert [one["sid"] for one in later] == [sid]


def test_a_429_when_more_are_at_work_than_the_account_may(simulator: Running) -> None:
    simulator.profile(max_concurrent=1, latency=[20.0, 20.0])  # 0.4 s at this speed
    connections = [
        http.client.HTTPConnection(simulator.url.removeprefix("http://")) for _ in range(4)
    ]
    try:
        for connection in connections:
            connection.request(
                "POST",
                simulator.messages(),
                f"To=whatsapp%3A%2B5491100000001&From={LINE.replace('+', '%2B')}&Body=hola",
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Authorization": authorization(),
                },
            )
        codes = sorted(connection.getresponse().status for connection in connections)
    finally:
        for connection in connections:
            connection.close()

    assert codes[-1] == 429
    assert codes[0] == 201


def test_same_seed_same_fate_whatever_the_order(start: Any, product: Product) -> None:
    phones = [f"+54911655500{n:02}" for n in range(60)]
    told = []
    for order, seed in ((phones, "7"), (phones[::-1], "7"), (phones, "8")):
        simulator = start(
            "--profile", "hostile", "--seed", seed, "--speed", "2000",
            "--inbound-url", f"{product.url}/in",
        )  # fmt: skip
        simulator.profile(max_concurrent=0)
        content = simulator.template()
        for phone in order:
            with_faults = {"To": f"whatsapp:{phone}", "ContentSid": content}
            for _ in range(2):
                try:
                    simulator.post_message(**with_faults, ContentVariables='{"1":"A","2":"B"}')
                except (http.client.RemoteDisconnected, URLError, ConnectionError):
                    continue
        simulator.quiet()
        told.append(
            {
                phone: (
                    [post["outcome"] for post in simulator.posts_to(phone)],
                    [
                        (one["status"], one["error_code"], [h["status"] for h in one["history"]])
                        for one in accepted(simulator, phone)
                    ],
                    sorted(
                        (r["kind"], r["body"]) for r in simulator.replies() if r["phone"] == phone
                    ),
                )
                for phone in phones
            }
        )
        simulator.stop()

    assert told[0] == told[1]
    assert told[0] != told[2]
    outcomes = {outcome for posts, _, _ in told[0].values() for outcome in posts}
    assert {"accepted", "throttled", "accepted_then_500", "accepted_then_dropped"} <= outcomes


def test_the_ledger_and_what_was_pending_survive_a_kill(
    start: Any, product: Product, tmp_path: Any, phone: str
) -> None:
    options = ("--data-dir", str(tmp_path), "--speed", "1000")
    first = start(*options)
    content = first.template()
    first.profile(queue_delay=[1500.0, 1500.0], read=0.0)  # 1.5 s
    sent = first.send(
        phone,
        ContentSid=content,
        ContentVariables='{"1":"Ana","2":"x"}',
        StatusCallback=product.callback("17"),
    )
    first.stop(signal.SIGKILL)

    second = start(*options)

    assert second.of_message(sent["sid"])["message"] == "17"
    second.quiet()
    # each once; both were due when it came back, and a callback promises no order
    assert sorted(product.statuses("17")) == ["delivered", "sent"]
    assert second.call("GET", f"/v1/Content/{content}").body["friendly_name"] == "cuota"
    assert len(second.posts_to(phone)) == 1


def test_it_stops_within_two_seconds_with_answers_and_webhooks_hanging(
    start: Any, phone: str
) -> None:
    simulator = start("--speed", "10")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.listen()
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/status"
        simulator.send(phone, Body="hola", StatusCallback=address)
        deaf.settimeout(5)
        deaf.accept()  # a callback is on its way and will get no answer
        simulator.profile(accepted_then_late=1.0, late_answer=1000.0)
        late = http.client.HTTPConnection(simulator.url.removeprefix("http://"))
        body = f"To=whatsapp%3A%2B{phone[1:]}&From={LINE.replace('+', '%2B')}&Body=hola"
        late.request("POST", simulator.messages(), body, {"Authorization": authorization()})

        assert simulator.stop() < 2
        late.close()


def test_a_taken_port_is_said_and_not_waited_for(simulator: Running) -> None:
    port = simulator.url.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "messaging.simulator", "--port", port],
        capture_output=True,
        text=True,
        timeout=10,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
        },
        check=False,
    )

    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr


def authorization() -> str:
    return "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


def test_a_form_is_kept_as_it_came(simulator: Running, phone: str) -> None:
    simulator.send(phone, Body="hola ñandú", Novelty="x")

    assert "Novelty=x" in simulator.posts_to(phone)[0]["form"]
    assert accepted(simulator, phone)[0]["unknown_parameters"] == ["Novelty"]
    assert json.dumps(accepted(simulator, phone)[0]["body"]) == json.dumps("hola ñandú")


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ("as_written", "+5491122334455"),
        ("other_form", "+541122334455"),
        ("bsuid", "AR.5491122334455"),
        ("obfuscated", "+549XXXXXXXXXX"),
    ],
)
def test_a_listing_names_recipients_as_the_profile_says_and_finds_them_by_that(
    simulator: Running, how: str, shown: str
) -> None:
    phone = "+5491122334455"
    sid = simulator.send(phone, ContentSid=simulator.template(), ContentVariables="{}")["sid"]
    simulator.profile(recipients_shown=how)

    def listed(to: str) -> list[str]:
        found = simulator.call("GET", f"{simulator.messages()}?To=whatsapp:{quote(to)}")
        return [str(one["sid"]) for one in found.body["messages"]]

    assert (
        simulator.call("GET", simulator.messages(f"/{sid}.json")).body["to"] == f"whatsapp:{shown}"
    )
    assert (sid in listed(phone)) == (how == "as_written")
    assert (sid in listed(shown)) == (how != "obfuscated")
    assert simulator.of_message(sid)["phone"] == phone
