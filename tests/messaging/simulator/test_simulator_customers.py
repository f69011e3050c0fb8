"""What customers send back, on their own and when a test makes them."""

import json
from collections import Counter
from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from messaging.simulator import phrases
from messaging.simulator.behaviour import PROFILES, BadProfile, Profile, load_profile
from messaging.simulator.chance import Chance
from messaging.simulator.customers import answers_to
from messaging.simulator.templates import compiled, render
from tests.messaging.simulator.simulator_running import (
    ACCOUNT,
    LINE,
    QUICK_REPLY,
    TOKEN,
    Product,
    Running,
    until,
)

GIVEN = '{"1":"Ana","2":"tok-9"}'
INBOUND = "/webhooks/twilio/inbound"


@pytest.fixture
def campaign(simulator: Running) -> Any:
    """Send the template to phones with these habits; wait until all is quiet."""
    content = simulator.template()

    def run(*phones: str, **habits: Any) -> list[dict[str, Any]]:
        simulator.profile(read=1.0, reply_delay=[1.0, 5.0], **habits)
        sent = [simulator.send(p, ContentSid=content, ContentVariables=GIVEN) for p in phones]
        simulator.quiet()
        return sent

    return run


def test_a_tap_carries_payload_and_the_message_it_answers(
    product: Product, campaign: Any, simulator: Running, phone: str
) -> None:
    sent = campaign(phone, button=1.0, taps=[0.0, 1.0])

    [webhook] = product.to(INBOUND)
    parameters = webhook.parameters
    assert parameters["Body"] == parameters["ButtonText"] == "No puedo"
    assert parameters["ButtonPayload"] == "cannot|tok-9"
    assert parameters["MessageType"] == "button"
    assert parameters["OriginalRepliedMessageSid"] == sent[0]["sid"]
    assert parameters["OriginalRepliedMessageSender"] == LINE
    assert parameters["From"] == f"whatsapp:{phone}"
    assert parameters["To"] == LINE
    assert parameters["WaId"] == phone[1:]
    assert parameters["ExternalUserId"].startswith("whatsapp:AR.")
    assert parameters["ProfileName"]
    assert parameters["NumMedia"] == "0"
    assert parameters["SmsStatus"] == "received"
    assert parameters["MessageSid"] == parameters["SmsSid"] == parameters["SmsMessageSid"]
    assert json.loads(parameters["ChannelMetadata"])["data"]["context"]["WaId"] == phone[1:]
    assert RequestValidator(TOKEN).validate(
        product.url + webhook.path, MultiDict(webhook.pairs), webhook.signature
    )
    reply = next(one for one in simulator.replies() if one["phone"] == phone)
    assert reply["button"] == {
        "type": "QUICK_REPLY",
        "index": 1,
        "title": "No puedo",
        "payload": "cannot|tok-9",
    }
    assert reply["delivered"]
    assert reply["quoted_sid"] == sent[0]["sid"]


def test_plain_text_names_no_message_unless_he_quotes_it(
    product: Product, campaign: Any, phone: str
) -> None:
    sent = campaign(phone, text=1.0, quotes=0.0)
    campaign(phone, text=1.0, quotes=1.0)

    plain, quoting = (webhook.parameters for webhook in product.to(INBOUND))
    assert plain["MessageType"] == quoting["MessageType"] == "text"
    assert plain["Body"] in phrases.TEXTS
    assert "OriginalRepliedMessageSid" not in plain
    assert "ButtonPayload" not in plain
    assert quoting["OriginalRepliedMessageSid"] != sent[0]["sid"]


def test_an_image_can_be_fetched_where_it_says(
    product: Product, campaign: Any, simulator: Running, phone: str
) -> None:
    campaign(phone, image=1.0)

    parameters = product.to(INBOUND)[0].parameters
    assert (parameters["MessageType"], parameters["NumMedia"]) == ("image", "1")
    assert parameters["MediaContentType0"] == "image/jpeg"
    path = parameters["MediaUrl0"].removeprefix(simulator.url)
    assert path.startswith(f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{parameters['MessageSid']}")
    assert simulator.call("GET", path).body.startswith(b"\xff\xd8")
    assert simulator.call("GET", path, password="wrong").status == 401


def test_who_opted_out_writes_no_more(
    product: Product, campaign: Any, simulator: Running, phone: str
) -> None:
    campaign(phone, opt_out=1.0)
    campaign(phone, opt_out=0.0, text=1.0)

    [only] = product.to(INBOUND)
    assert only.parameters["Body"] in phrases.OPT_OUT_WORDS + phrases.OPT_OUT_PHRASES
    assert simulator.control("GET", f"customers/{phone}")["opted_out"]


def test_silence_is_an_answer_too(product: Product, campaign: Any, phone: str) -> None:
    campaign(phone)

    assert product.to(INBOUND) == []


def test_inbound_messages_are_doubled_lost_and_listed_all_the_same(
    product: Product, campaign: Any, simulator: Running, phone: str
) -> None:
    campaign(phone, text=1.0, inbound_doubled=1.0)
    first, second = product.to(INBOUND)
    assert first.pairs == second.pairs

    product.webhooks.clear()
    campaign(phone, text=1.0, inbound_doubled=0.0, inbound_lost=1.0)
    assert product.to(INBOUND) == []
    path = f"{simulator.messages()}?From=whatsapp:%2B{phone[1:]}&To={LINE.replace('+', '%2B')}"
    listed = simulator.call("GET", path).body["messages"]
    assert [message["direction"] for message in listed] == ["inbound", "inbound"]
    undelivered = [one for one in simulator.replies() if one["phone"] == phone][-1]
    assert undelivered["delivered"] is False


def test_two_taps_come_as_two_messages(product: Product, campaign: Any, phone: str) -> None:
    campaign(phone, button=1.0, two_taps=1.0)

    taps = [webhook.parameters for webhook in product.to(INBOUND)]
    assert len({tap["MessageSid"] for tap in taps}) == 2
    assert {tap["MessageType"] for tap in taps} == {"button"}


def test_a_customer_acts_when_he_is_made_to(
    product: Product, campaign: Any, simulator: Running, phone: str
) -> None:
    sent = campaign(phone)[0]["sid"]
    person = f"customers/{phone}"

    by_title = simulator.control("POST", f"{person}/tap", {"button": "Ya la pagué"})
    by_payload = simulator.control("POST", f"{person}/tap", {"button": "cannot|tok-9"})
    wrote = simulator.control("POST", f"{person}/write", {"text": "¿y el sorteo?", "quote": True})
    simulator.control("POST", f"{person}/photo", {"caption": "el ticket"})

    assert until(lambda: len(product.to(INBOUND)) == 4)
    assert by_title["button"]["payload"] == "paid|tok-9"
    assert by_payload["button"]["index"] == 1
    assert {one["quoted_sid"] for one in (by_title, by_payload, wrote)} == {sent}
    seen = simulator.control("GET", person)["messages"]
    assert [bubble["mine"] for bubble in seen] == [False, True, True, True, True]
    assert [one["title"] for one in seen[0]["buttons"]] == ["Ya la pagué", "No puedo"]
    assert seen[-1]["media"][0]["content_type"] == "image/jpeg"
    latest = simulator.control("GET", "customers?limit=1")["customers"][0]
    assert (latest["phone"], latest["written"]) == (phone, 4)


def test_what_a_customer_cannot_do_is_refused_with_a_reason(simulator: Running, phone: str) -> None:
    person = f"/simulator/api/customers/{phone}"

    assert simulator.call("POST", f"{person}/tap", body={}).status == 409
    assert simulator.call("POST", f"{person}/write", body={"text": "hola"}).status == 409
    assert simulator.call("POST", f"{person}/write", body={"text": " ", "to": LINE}).status == 400
    assert simulator.call("POST", f"{person}/write", form={"text": "hola"}).status == 415
    other = simulator.call("POST", f"{person}/write", body={"text": "a", "message_sid": "SM1"})
    assert (other.status, other.body) == (404, {"error": "he never got the message SM1"})


def test_a_page_elsewhere_cannot_reach_the_control_interface(simulator: Running) -> None:
    import http.client

    connection = http.client.HTTPConnection(simulator.url.removeprefix("http://"))
    connection.request("GET", "/simulator/api/summary", headers={"Host": "evil.example"})

    assert connection.getresponse().status == 403
    connection.close()


def test_customers_have_shares_and_keep_to_them() -> None:
    profile, chance = PROFILES["calm"], Chance(7)
    buttons = render(compiled({**QUICK_REPLY, "sid": "HX"}), {}).buttons
    kinds: Counter[str] = Counter()
    for n in range(4_000):
        answers = answers_to(profile, chance, f"+5491{n}", 1, buttons=buttons, from_template=True)
        kinds[answers[0].kind if answers else "silence"] += 1

    assert abs(kinds["button"] / 4_000 - 0.35) < 0.03
    assert abs(kinds["text"] / 4_000 - 0.15) < 0.03
    assert abs(kinds["opt_out"] / 4_000 - 0.03) < 0.01
    assert abs(kinds["silence"] / 4_000 - 0.42) < 0.03


def test_customers_have_much_to_say() -> None:
    assert len(set(phrases.TEXTS)) == len(phrases.TEXTS) >= 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"speed": 2},
        {"throttled": 1.5},
        {"throttled": "often"},
        {"read": True},
        {"latency": [3, 1]},
        {"failed": {"no code": 0.1}},
        {"button": 0.9, "text": 0.9},
        {"strict_review": 1},
        {"recipients_shown": "in_mirror_writing"},
    ],
)
def test_a_wrong_profile_is_refused(simulator: Running, wrong: dict[str, Any]) -> None:
    answer = simulator.call("PUT", "/simulator/api/profile", body=wrong)

    assert answer.status == 400
    with pytest.raises(BadProfile, match=answer.body["error"].split()[0]):
        Profile().changed(wrong)


def test_a_profile_file_changes_what_it_names(tmp_path: Any) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"failed": {"63024": 0.5}, "latency": [0, 0.1]}))

    mine = load_profile("demo", file)

    assert mine.failed == {"63024": 0.5}
    assert mine.latency == (0, 0.1)
    assert mine.callback_doubled == PROFILES["demo"].callback_doubled
    with pytest.raises(BadProfile, match="no profile"):
        load_profile("wild")
