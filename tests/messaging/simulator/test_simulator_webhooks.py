"""Status callbacks: what they say, how they are signed, repeated, lost and overtaken."""

from typing import Any

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.messaging.simulator.simulator_running import (
    ACCOUNT,
    LINE,
    TOKEN,
    Product,
    Running,
    until,
)

GIVEN = '{"1":"Ana","2":"tok"}'


@pytest.fixture
def tell(simulator: Running, product: Product) -> Any:
    """Send a template to a phone and wait until all is told."""
    content = simulator.template()

    def send(phone: str, fragment: str = "", **form: str) -> dict[str, Any]:
        message = simulator.send(
            phone,
            ContentSid=content,
            ContentVariables=GIVEN,
            StatusCallback=product.callback(phone, fragment),
            **form,
        )
        simulator.quiet()
        return message

    return send


def test_a_message_that_is_read_is_told_in_three_steps(
    simulator: Running, product: Product, tell: Any, phone: str
) -> None:
    simulator.profile(read=1.0)

    sid = tell(phone, "#rc=5&rp=all")["sid"]

    assert product.statuses(phone) == ["sent", "delivered", "read"]
    delivered = product.webhooks[1]
    assert delivered.parameters == {
        "ChannelPrefix": "whatsapp",
        "ApiVersion": "2010-04-01",
        "MessageStatus": "delivered",
        "SmsSid": sid,
        "SmsStatus": "delivered",
        "ChannelInstallSid": "XE" + ACCOUNT[2:],
        "To": f"whatsapp:{phone}",
        "ChannelToAddress": phone,
        "From": LINE,
        "MessageSid": sid,
        "StructuredMessage": "false",
        "AccountSid": ACCOUNT,
        "EventType": "DELIVERED",
    }
    assert len({webhook.token for webhook in product.webhooks}) == 3
    told = simulator.of_message(sid)
    assert (told["message"], told["attempt"]) == (phone.replace("+", "%2B"), "1")
    assert [step["status"] for step in told["history"]] == ["sent", "delivered", "read"]


def test_twilios_own_validator_accepts_every_callback(
    product: Product, tell: Any, phone: str
) -> None:
    tell(phone, "#rc=2")

    assert product.webhooks
    for webhook in product.webhooks:
        url = product.url + webhook.path
        assert "#" not in webhook.path
        assert RequestValidator(TOKEN).validate(url, MultiDict(webhook.pairs), webhook.signature)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"failed": {"63024": 1.0}}, "failed", "63024"),
        ({"undelivered": {"63049": 1.0}}, "undelivered", "63049"),
        ({"transient": {"63012": 1.0}}, "failed", "63012"),
    ],
)
def test_a_failure_carries_its_code_and_metas_words(
    simulator: Running, product: Product, tell: Any, phone: str,
    fields: dict[str, Any], status: str, code: str,
) -> None:  # fmt: skip
    simulator.profile(**fields)

    sid = tell(phone)["sid"]

    last = product.webhooks[-1].parameters
    assert (last["MessageStatus"], last["ErrorCode"]) == (status, code)
    assert last["ErrorMessage"]
    assert last["ChannelStatusMessage"]
    fetched = simulator.call("GET", simulator.messages(f"/{sid}.json")).body
    assert (fetched["status"], fetched["error_code"]) == (status, int(code))


def test_a_message_may_stay_sent_for_ever(
    simulator: Running, product: Product, tell: Any, phone: str
) -> None:
    simulator.profile(stuck_at_sent=1.0)

    tell(phone)

    assert product.statuses(phone) == ["sent"]


def test_read_may_come_without_delivered(
    simulator: Running, product: Product, tell: Any, phone: str
) -> None:
    simulator.profile(read=1.0, read_without_delivered=1.0, reports_sending=1.0)

    tell(phone)

    assert product.statuses(phone) == ["sending", "sent", "read"]


def test_callbacks_are_lost_doubled_and_overtaken(
    simulator: Running, product: Product, tell: Any, phone: str
) -> None:
    simulator.profile(read=1.0, callback_lost=1.0)
    tell(phone)
    assert product.webhooks == []

    simulator.profile(callback_lost=0, callback_doubled=1.0)
    tell(phone)
    assert sorted(product.statuses(phone)) == sorted(["sent", "delivered", "read"] * 2)

    product.webhooks.clear()
    simulator.profile(
        callback_doubled=0, callback_reordered=0.5, hold=[50.0, 50.0], delivery_delay=[1.0, 2.0]
    )
    content = simulator.template()
    for n in range(8):
        name = f"+5491177700{n:03}"
        simulator.send(
            name,
            ContentSid=content,
            ContentVariables=GIVEN,
            StatusCallback=product.callback(name),
        )
    simulator.quiet()
    orders = {tuple(product.statuses(f"+5491177700{n:03}")) for n in range(8)}
    assert all(sorted(order) == ["delivered", "read", "sent"] for order in orders)
    assert orders - {("sent", "delivered", "read")}


def test_the_first_callback_may_come_before_the_201(
    simulator: Running, product: Product, phone: str
) -> None:
    simulator.profile(callback_early=1.0, queue_delay=[25.0, 25.0])

    message = simulator.send(
        phone,
        ContentSid=simulator.template(),
        ContentVariables=GIVEN,
        StatusCallback=product.callback("early"),
    )

    assert product.statuses("early") == ["sent"]
    assert product.webhooks[0].parameters["MessageSid"] == message["sid"]
    assert message["status"] == "queued"


def test_a_refused_callback_is_repeated_as_the_fragment_says(
    simulator: Running, product: Product, tell: Any, phone: str
) -> None:
    simulator.profile(read=0.0, stuck_at_sent=1.0)

    product.refuse_next = 2
    tell(phone, "#rc=5&rp=all")
    assert product.statuses(phone) == ["sent"] * 3
    assert len({webhook.token for webhook in product.webhooks}) == 1

    product.webhooks.clear()
    product.refuse_next = 9
    tell(phone, "#rc=2&rp=5xx")
    assert product.statuses(phone) == ["sent"] * 3

    product.webhooks.clear()
    tell(phone, "#rc=5&rp=4xx")
    tell(phone)
    assert product.statuses(phone) == ["sent"] * 2  # 503 is not what they repeat on


def test_a_closed_port_is_tried_again(simulator: Running, product: Product, phone: str) -> None:
    before = simulator.control("GET", "summary")["webhooks"].get("callbacks_retried", 0)

    simulator.send(phone, Body="hola", StatusCallback="http://127.0.0.1:9/status/1/1#rc=3")
    summary = simulator.quiet()

    assert summary["webhooks"]["callbacks_retried"] - before == 3


def test_nothing_is_posted_off_this_machine(simulator: Running, phone: str) -> None:
    simulator.send(phone, Body="hola", StatusCallback="https://example.com/status/1/1")

    assert simulator.quiet()["webhooks"]["callbacks_refused_host"] >= 1


def test_free_text_goes_out_only_in_the_24_hours_after_he_wrote(
    simulator: Running, product: Product, phone: str
) -> None:
    outside = simulator.send(phone, Body="hola")
    simulator.quiet()
    simulator.control("POST", f"customers/{phone}/write", {"text": "Hola"})
    inside = simulator.send(phone, Body="hola")
    simulator.quiet()

    failed = simulator.of_message(outside["sid"])
    assert (failed["status"], failed["error_code"]) == ("failed", 63016)
    assert simulator.of_message(inside["sid"])["status"] in ("delivered", "read")


@pytest.mark.parametrize(
    ("approval", "code"),
    [
        ("unsubmitted", 63016),
        ("received", 63016),
        ("pending", 63016),
        ("rejected", 63040),
        ("paused", 63041),
        ("disabled", 63042),
    ],
)
def test_a_template_that_is_not_approved_fails_later(
    simulator: Running, phone: str, approval: str, code: int
) -> None:
    content = simulator.template(approval=approval)

    sid = simulator.send(phone, ContentSid=content, ContentVariables=GIVEN)["sid"]
    simulator.quiet()

    told = simulator.of_message(sid)
    assert (told["status"], told["error_code"]) == ("failed", code)


def test_a_key_left_out_reads_as_the_sample_and_the_ledger_says_so(
    simulator: Running, phone: str
) -> None:
    content = simulator.template()

    sid = simulator.send(phone, ContentSid=content, ContentVariables='{"2":"t","3":"?"}')["sid"]

    told = simulator.of_message(sid)
    assert told["body"].startswith("Hola Ana,")
    assert told["fallback_keys"] == ["1"]
    assert told["unknown_keys"] == ["3"]
    assert simulator.control("GET", "summary")["fell_back_to_samples"] >= 1


def test_a_message_can_be_cancelled_until_it_leaves(
    simulator: Running, product: Product, phone: str
) -> None:
    simulator.profile(queue_delay=[100.0, 100.0])  # 2 s at this speed
    message = simulator.send(phone, Body="hola", StatusCallback=product.callback("stop"))
    one = simulator.messages(f"/{message['sid']}.json")

    canceled = simulator.call("POST", one, form={"Status": "canceled"})

    assert (canceled.status, canceled.body["status"]) == (200, "canceled")
    assert until(lambda: product.statuses("stop")) == ["canceled"]
    simulator.quiet()
    assert simulator.call("POST", one, form={"Status": "canceled"}).status == 400
    assert simulator.call("GET", one).body["status"] == "canceled"
