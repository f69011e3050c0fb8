"""Twilio's forms: their signature, and what they say in our words."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from messaging.errors import BadSignature, MalformedWebhook
from messaging.inbound import Media
from messaging.provider import Fault
from messaging.twilio.webhooks import parse_inbound, parse_status_callback, verify
from models.states import MessageState

# Source: Twilio docs, Webhooks security: the worked example.
URL = "https://example.com/myapp.php?foo=1&bar=2"
SIGNED = MultiDict(
    [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ]
)
SIGNATURE = "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_the_documented_example_is_good_with_either_token() -> None:
    verify(URL, SIGNED, SIGNATURE, ["12345"])
    verify(URL, SIGNED, SIGNATURE, ["a newer one", "12345"])


@pytest.mark.parametrize(
    ("url", "form", "signature", "tokens"),
    [
        (URL, SIGNED, SIGNATURE, ["54321"]),
        (URL, SIGNED, SIGNATURE, []),
        (URL, SIGNED, SIGNATURE, [""]),
        (URL, SIGNED, None, ["12345"]),
        (URL, SIGNED, "", ["12345"]),
        (URL, SIGNED, "ñandú", ["12345"]),
        (URL + "3", SIGNED, SIGNATURE, ["12345"]),
        ("http" + URL[5:], SIGNED, SIGNATURE, ["12345"]),
        (URL, MultiDict([*SIGNED.items(), ("Blank", "1")]), SIGNATURE, ["12345"]),
        (URL, MultiDict([(k, v.strip("+")) for k, v in SIGNED.items()]), SIGNATURE, ["12345"]),
    ],
)
def test_anything_else_is_refused(
    url: str, form: MultiDict[str, str], signature: str | None, tokens: list[str]
) -> None:
    with pytest.raises(BadSignature):
        verify(url, form, signature, tokens)


STATES = [
    ("queued", None),
    ("accepted", None),
    ("sending", None),
    ("scheduled", None),
    ("something_new", None),
    ("sent", MessageState.SENT),
    ("delivered", MessageState.DELIVERED),
    ("read", MessageState.READ),
    ("failed", MessageState.FAILED),
    ("undelivered", MessageState.UNDELIVERED),
    ("canceled", MessageState.FAILED),
]


@pytest.mark.parametrize(("status", "state"), STATES, ids=[status for status, _ in STATES])
def test_a_status_is_one_of_ours_or_says_nothing_new(
    status: str, state: MessageState | None
) -> None:
    update = parse_status_callback({"MessageSid": "SM1", "MessageStatus": status})

    assert (update.sid, update.state) == ("SM1", state)


def test_a_failure_says_whose_problem_it_is_in_the_channels_own_words() -> None:
    update = parse_status_callback(
        {
            "MessageSid": "SM1",
            "MessageStatus": "undelivered",
            "To": "whatsapp:+5491155554444",
            "ErrorCode": "63024",
            "ErrorMessage": "Invalid recipient",
            "ChannelStatusMessage": "Receiver is incapable of receiving this message",
            "StructuredMessage": "false",
        }
    )

    assert (update.error_code, update.fault, update.bad_address) == (63024, Fault.PERMANENT, True)
    assert update.detail == "Receiver is incapable of receiving this message"
    assert update.to == "+5491155554444"


@pytest.mark.parametrize(
    ("form", "missing"),
    [
        ({"MessageStatus": "sent"}, "MessageSid"),
        ({"MessageSid": "SM1"}, "MessageStatus"),
        ({"MessageSid": "", "MessageStatus": "sent"}, "MessageSid"),
    ],
)
def test_a_status_without_what_it_must_have_says_what_is_missing(
    form: dict[str, str], missing: str
) -> None:
    with pytest.raises(MalformedWebhook, match=missing):
        parse_status_callback(form)


HELLO = {
    "MessageSid": "SM1",
    "From": "whatsapp:+5491155554444",
    "To": "whatsapp:+5491150000000",
    "Body": "Hola",
    "NumMedia": "0",
}


def test_a_typed_message() -> None:
    reply = parse_inbound(
        {**HELLO, "ProfileName": "Ana", "WaId": "5491155554444", "Forwarded": "true"}
    )

    assert (reply.sender, reply.line) == ("+5491155554444", "+5491150000000")
    assert (reply.body, reply.kind, reply.wa_id) == ("Hola", "text", "5491155554444")
    assert reply.bsuid is None


def test_a_tap_names_its_payload_and_the_message_it_answers() -> None:
    reply = parse_inbound(
        {
            **HELLO,
            "MessageType": "button",
            "ButtonPayload": "b1_token",
            "ButtonText": "Ya pagué",
            "OriginalRepliedMessageSid": "SM0",
            "OriginalRepliedMessageSender": "whatsapp:+5491150000000",
        }
    )

    assert (reply.kind, reply.button_payload, reply.button_text) == (
        "button",
        "b1_token",
        "Ya pagué",
    )
    assert reply.quoted_sid == "SM0"


def test_a_choice_of_a_list_is_a_tap_too() -> None:
    reply = parse_inbound({**HELLO, "ListId": "opcion-2", "ListTitle": "Cuota 14"})

    assert (reply.kind, reply.button_payload, reply.button_text) == (
        "button",
        "opcion-2",
        "Cuota 14",
    )


def test_media_come_with_their_type() -> None:
    reply = parse_inbound(
        {
            **HELLO,
            "Body": "",
            "NumMedia": "x",
            "MediaUrl0": "https://api.twilio.com/m/1",
            "MediaContentType0": "image/jpeg",
        }
    )

    assert reply.media == (Media("https://api.twilio.com/m/1", "image/jpeg"),)
    assert reply.kind == "image"


@pytest.mark.parametrize(
    ("sender", "external", "address", "bsuid"),
    [
        ("whatsapp:AR.1a2B3c", "whatsapp:AR.1a2B3c", "AR.1a2B3c", "AR.1a2B3c"),
        ("whatsapp:AR.1a2B3c", "", "AR.1a2B3c", "AR.1a2B3c"),
        ("whatsapp:US.ENT.9z", "", "US.ENT.9z", "US.ENT.9z"),
        ("whatsapp:+5491155554444", "whatsapp:AR.1a2B3c", "+5491155554444", "AR.1a2B3c"),
        ("whatsapp:+5215512345678", "", "+5215512345678", None),  # no valid number, and he wrote
        ("whatsapp: 5491155554444", "", "+5491155554444", None),
        ("messenger:12.x", "", "messenger:12.x", None),
    ],
)
def test_the_sender_is_whatever_twilio_calls_him(
    sender: str, external: str, address: str, bsuid: str | None
) -> None:
    reply = parse_inbound({**HELLO, "From": sender, "ExternalUserId": external})

    assert (reply.sender, reply.bsuid) == (address, bsuid)


@pytest.mark.parametrize(("given", "read"), [("STOP", "STOP"), ("start", "START"), ("x", None)])
def test_twilios_own_opt_out(given: str, read: str | None) -> None:
    assert parse_inbound({**HELLO, "OptOutType": given}).opt_out == read


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_message_without_what_it_must_have_says_what_is_missing(missing: str) -> None:
    form = {name: value for name, value in HELLO.items() if name != missing}

    with pytest.raises(MalformedWebhook, match=missing):
        parse_inbound(form)


@given(
    st.dictionaries(
        st.sampled_from([*HELLO, "ErrorCode", "MessageStatus", "MediaUrl0", "WaId", "New"]),
        st.text(),
    )
)
def test_no_form_is_a_surprise(form: dict[str, str]) -> None:
    for parse in (parse_inbound, parse_status_callback):
        with suppress(MalformedWebhook):
            parse(form)
