"""What POST Messages and POST Content refuse, with Twilio's status and code."""

import json
from typing import Any

import pytest
from twilio.rest import Client

from tests.messaging.simulator.simulator_running import (
    ACCOUNT,
    KEY,
    LINE,
    QUICK_REPLY,
    SECRET,
    TOKEN,
    Running,
)

TO = "whatsapp:+5491123456789"
UNKNOWN = "HX" + "0" * 32
MISFITS: dict[str, tuple[int, dict[str, str]]] = {
    "no recipient": (21604, {"Body": "hola"}),
    "recipient is no number": (21211, {"To": "whatsapp:+54", "Body": "hola"}),
    "recipient without its channel": (21910, {"To": "+5491123456789", "Body": "hola"}),
    "no sender": (21603, {"To": TO, "From": "", "Body": "hola"}),
    "sender is no number": (21212, {"To": TO, "From": "whatsapp:5491150000000", "Body": "hola"}),
    "sender of another channel": (21910, {"To": TO, "From": "+5491150000000", "Body": "hola"}),
    "service without a sender": (
        21703,
        {"To": TO, "From": "", "MessagingServiceSid": "MG" + "0" * 32, "Body": "hola"},
    ),
    "service is no sid": (21705, {"To": TO, "MessagingServiceSid": "MG1", "Body": "hola"}),
    "nothing to say": (21602, {"To": TO}),
    "too long": (21617, {"To": TO, "Body": "a" * 1_601}),
    "media is no address": (21620, {"To": TO, "MediaUrl": "ftp://example.com/a.jpg"}),
    "variables without content": (21654, {"To": TO, "Body": "hola", "ContentVariables": "{}"}),
    "unknown content": (21655, {"To": TO, "ContentSid": UNKNOWN}),
    "callback host with underscore": (
        21609,
        {"To": TO, "Body": "hola", "StatusCallback": "http://mi_host.com/status"},
    ),
    "callback is no address": (21609, {"To": TO, "Body": "hola", "StatusCallback": "status"}),
    "scheduled without a service": (
        35118,
        {"To": TO, "Body": "a", "ScheduleType": "fixed", "SendAt": "2026-12-01T00:00:00Z"},
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_a_message_twilio_would_refuse_is_refused(simulator: Running, name: str) -> None:
    code, form = MISFITS[name]

    answer = simulator.post_message(**form)

    assert answer.status == 400
    assert answer.body["code"] == code
    assert answer.body["status"] == 400
    assert answer.body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert set(answer.body) == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ("not json", 21656),
        ('["Ana"]', 21656),
        ('{"1": null, "2": "x"}', 21656),
        ('{"1": 7, "2": "x"}', 21656),
        ('{"1": "", "2": "x"}', 21656),
        ('{"1": "a\\nb", "2": "x"}', 21656),
        ('{"1": "a\\tb", "2": "x"}', 21656),
        ('{"1": "a     b", "2": "x"}', 21656),
        (json.dumps({"1": "a" * 1_601, "2": "x"}), 21658),
    ],
)
def test_variables_whatsapp_would_not_print_are_refused(
    simulator: Running, variables: str, code: int
) -> None:
    content = simulator.template()

    answer = simulator.post_message(To=TO, ContentSid=content, ContentVariables=variables)

    assert (answer.status, answer.body["code"]) == (400, code)


def test_only_the_account_and_its_key_may_call(simulator: Running) -> None:
    path = simulator.messages()

    assert simulator.call("GET", path, user=KEY, password=SECRET).status == 200
    for user, password in ((ACCOUNT, "wrong"), (KEY, TOKEN), ("", ""), (ACCOUNT, "")):
        refused = simulator.call("GET", path, user=user, password=password)
        assert (refused.status, refused.body["code"]) == (401, 20003)
    other = simulator.call("GET", path.replace(ACCOUNT, "AC" + "9" * 32))
    assert (other.status, other.body["code"]) == (404, 20404)


def test_what_is_not_there_is_a_404_in_twilios_words(simulator: Running) -> None:
    for path in (
        simulator.messages("/SM" + "0" * 32 + ".json"),
        f"/v1/Content/{UNKNOWN}",
        f"/v1/Content/{UNKNOWN}/ApprovalRequests",
        "/2010-04-01/nowhere.json",
    ):
        answer = simulator.call("GET", path)
        assert (answer.status, answer.body["code"]) == (404, 20404), path


def test_a_sender_that_is_not_ours_is_refused(start: Any) -> None:
    simulator = start("--sender", LINE.removeprefix("whatsapp:"))

    refused = simulator.post_message(To=TO, From="whatsapp:+5491199999999", Body="hola")

    assert refused.body["code"] == 63007
    assert simulator.send("+5491123456789", Body="hola")["from"] == LINE
    by_service = simulator.post_message(
        To=TO, From="", MessagingServiceSid="MG" + "0" * 32, Body="hola"
    )
    assert (by_service.body["from"], by_service.body["status"]) == (LINE, "accepted")


def test_refusals_of_the_profile_are_about_the_recipient(simulator: Running) -> None:
    simulator.profile(refusals={"21610": 0.5})
    phones = [f"+54911700000{n:02}" for n in range(40)]

    first = [simulator.post_message(To=f"whatsapp:{p}", Body="a").status for p in phones]
    again = [simulator.post_message(To=f"whatsapp:{p}", Body="a").status for p in phones]

    assert first == again
    assert 8 < first.count(400) < 32


def test_an_opted_out_customer_is_refused_when_the_profile_says_so(
    simulator: Running, phone: str
) -> None:
    simulator.profile(opt_out_blocks=True)
    simulator.send(phone, Body="hola")

    simulator.control("POST", f"customers/{phone}/write", {"text": "BAJA", "opt_out": True})

    assert simulator.post_message(To=f"whatsapp:{phone}", Body="hola").body["code"] == 21610


@pytest.mark.parametrize(
    "change",
    [
        {"language": ""},
        {"types": {}},
        {"types": {"twilio/unknown": {"body": "a"}}},
        {"types": {"twilio/text": {"body": "a", "footer": "b"}}},
        {"types": {"twilio/text": {}}},
        {"types": {"twilio/quick-reply": {"body": "a", "actions": [{"id": "x"}]}}},
        {"types": {"twilio/quick-reply": {"body": "a", "actions": [{"title": "a", "url": "b"}]}}},
        {"types": {"twilio/quick-reply": {"body": "a", "actions": [{"title": "a" * 26}]}}},
        {"types": {"twilio/call-to-action": {"body": "a", "actions": [{"title": "a"}]}}},
        {"variables": {"1": 5}},
        {"colour": "red"},
    ],
)
def test_a_draft_outside_twilios_schema_is_refused(
    simulator: Running, change: dict[str, Any]
) -> None:
    answer = simulator.call("POST", "/v1/Content", body={**QUICK_REPLY, **change})

    assert (answer.status, answer.body["code"]) == (400, 20001)
    assert answer.body["message"].startswith("Invalid content: ")


def test_the_profile_throttles_and_nothing_was_processed(simulator: Running, phone: str) -> None:
    simulator.profile(throttled=1.0)

    answer = simulator.post_message(To=f"whatsapp:{phone}", Body="hola")

    assert (answer.status, answer.body["code"]) == (429, 20429)
    assert simulator.posts_to(phone)[0]["outcome"] == "throttled"
    assert [one for one in simulator.ledger() if one["phone"] == phone] == []


def test_twilios_own_client_creates_lists_and_fetches(simulator: Running, phone: str) -> None:
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = client.content.base_url = simulator.url
    content = simulator.template()

    created = client.messages.create(
        to=f"whatsapp:{phone}",
        from_=LINE,
        content_sid=content,
        content_variables=json.dumps({"1": "Ana", "2": "x"}),
    )
    more = [client.messages.create(to=f"whatsapp:{phone}", from_=LINE, body="a") for _ in range(4)]
    listed = client.messages.list(to=f"whatsapp:{phone}", page_size=2, limit=20)
    simulator.quiet()
    day = created.date_created.date()

    assert [m.sid for m in listed] == [m.sid for m in [created, *more][::-1]]
    assert client.messages(created.sid).fetch().status in ("delivered", "read", "sent")
    sent_today = client.messages.list(to=f"whatsapp:{phone}", date_sent=day, limit=20)
    assert [m.sid for m in sent_today] == [created.sid]  # the others failed: outside the window
    assert client.messages.list(to=f"whatsapp:{phone}", date_sent_before=day, limit=20) == []
    assert len(client.messages.list(to=f"whatsapp:{phone}", date_sent_after=day, limit=20)) == 1
    assert client.content.v1.contents(content).fetch().friendly_name == "cuota"
    assert client.content.v1.contents(content).approval_fetch().fetch().whatsapp["status"] == (
        "approved"
    )
    assert content in {c.sid for c in client.content.v2.content_and_approvals.list(limit=50)}
