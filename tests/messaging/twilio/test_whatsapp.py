"""The send is the SDK's own request, and what comes back proves what it proves."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pycurl
import pytest
from requests import PreparedRequest, Response, Session
from requests.structures import CaseInsensitiveDict
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from messaging.provider import Fault, OutboundMessage
from messaging.twilio.whatsapp import (
    TwilioAccount,
    callback_url,
    file_url,
    read_answer,
    read_silence,
    request_body,
    request_headers,
)
from models.message import AttemptOutcome

DOCUMENTS = Path(__file__).parents[2] / "twilio_openapi"
LINE, ANA = "+5491140000000", "+5491155550001"
ACCOUNT = TwilioAccount(
    account_sid="AC" + "0" * 32,
    username="SK" + "1" * 32,
    password="se:cret-ñ",
    public_url="https://pregon.example",
    connect_timeout=5,
    request_timeout=30,
)
CONTENT, SERVICE = "HX" + "a" * 32, "MG" + "b" * 32
HARD = 'Ñandú "quoted" \\ & = + % ~ * # 😀 — 50 %\u2009off'

MESSAGES = {
    "template": OutboundMessage(
        1_500, 1, LINE, ANA, CONTENT, {"1": "Ana", "2": "$ 85.000,50", "10": "a" * 35}
    ),
    "template without variables": OutboundMessage(1_500, 1, LINE, ANA, CONTENT, {}),
    "messaging service": OutboundMessage(
        1_500, 12, LINE, ANA, CONTENT, {"1": "Ana"}, None, SERVICE
    ),
    "free text": OutboundMessage(2_000, 1, LINE, ANA, body="Hola\nAna & Ben, ¿todo bien? 100 %"),
    "free text by service": OutboundMessage(
        2_000, 1, LINE, ANA, body="Hola", messaging_service_sid=SERVICE
    ),
    "BSUID": OutboundMessage(1_500, 1, LINE, "AR.1A2B3C4D5E6F", CONTENT, {"1": "Ana"}),
    "not ASCII": OutboundMessage(1_500, 1, LINE, ANA, CONTENT, {"1": HARD, "2": "Ñ"}),
    "file": OutboundMessage(2_000, 1, LINE, ANA, body="", file_token="a-Z_9" * 7),
    "file with a caption": OutboundMessage(
        2_000,
        1,
        LINE,
        ANA,
        body="El cupón & más",
        messaging_service_sid=SERVICE,
        file_token="a-Z_9" * 7,
    ),
    "text not ASCII": OutboundMessage(1_500, 1, LINE, ANA, body=HARD),
}
each_message = pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES.keys())


class RecordingSession(Session):
    """Prepares as requests does, and answers by itself."""

    sent: PreparedRequest

    def send(self, request: PreparedRequest, **_options: Any) -> Response:
        self.sent = request
        answer = Response()
        answer.status_code, answer._content = 201, b'{"sid": "SM1"}'
        answer.headers = CaseInsensitiveDict({"Content-Type": "application/json"})
        return answer


def _by_the_sdk(message: OutboundMessage) -> PreparedRequest:
    http = TwilioHttpClient()
    http.session = session = RecordingSession()
    client = Client(ACCOUNT.username, ACCOUNT.password, ACCOUNT.account_sid, http_client=http)
    values: dict[str, Any] = {
        "to": f"whatsapp:{message.to}",
        "from_": f"whatsapp:{message.sender}",
        "status_callback": callback_url(ACCOUNT, message),
        "messaging_service_sid": message.messaging_service_sid,
        "body": message.body or None,
        "media_url": [file_url(ACCOUNT, message.file_token)] if message.file_token else None,
        "content_sid": message.content_sid,
        "content_variables": json.dumps(message.variables) if message.variables else None,
    }
    client.messages.create(**{key: value for key, value in values.items() if value is not None})
    return session.sent


@each_message
def test_the_body_is_byte_for_byte_the_sdks(message: OutboundMessage) -> None:
    sdk = _by_the_sdk(message)

    assert isinstance(sdk.body, str)
    assert request_body(ACCOUNT, message) == sdk.body.encode()


@each_message
def test_it_goes_where_the_sdk_posts_with_the_same_credentials(message: OutboundMessage) -> None:
    sdk = _by_the_sdk(message)
    ours = dict(line.split(": ", 1) for line in request_headers(ACCOUNT) if ": " in line)

    assert (sdk.method, sdk.url) == ("POST", ACCOUNT.messages_url)
    for name in ("Content-Type", "Accept"):
        assert ours[name] == sdk.headers[name]


def test_the_credentials_are_the_sdks() -> None:
    plain = TwilioAccount(
        account_sid=ACCOUNT.account_sid,
        username=ACCOUNT.username,
        password="secret",
        public_url="https://pregon.example",
        connect_timeout=5,
        request_timeout=30,
    )
    http = TwilioHttpClient()
    http.session = session = RecordingSession()
    client = Client(plain.username, plain.password, plain.account_sid, http_client=http)
    client.messages.create(to="whatsapp:+1", body="x")

    told = session.sent.headers["Authorization"]
    assert isinstance(told, str)
    assert f"Authorization: {told}" in request_headers(plain)
    assert "secret" not in repr(plain)


@cache
def _form_schema() -> dict[str, Any]:
    document = json.loads((DOCUMENTS / "twilio_api_v2010.json").read_text("utf-8"))
    path = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    create = document["paths"][path]["post"]
    assert create["operationId"] == "CreateMessage"
    schema: dict[str, Any] = create["requestBody"]["content"]["application/x-www-form-urlencoded"][
        "schema"
    ]
    return schema


@each_message
def test_every_field_is_one_that_twilio_documents(message: OutboundMessage) -> None:
    schema = _form_schema()
    form = parse_qsl(
        request_body(ACCOUNT, message).decode(), keep_blank_values=True, strict_parsing=True
    )

    names = [name for name, _ in form]
    assert len(names) == len(set(names))
    assert set(schema.get("required", ())) <= set(names)
    for name, value in form:
        field = schema["properties"][name]
        if field["type"] == "array":  # posted once for each
            field = field["items"]
        assert field["type"] == "string"
        assert re.search(field.get("pattern", ""), value)
        assert field.get("minLength", 0) <= len(value) <= field.get("maxLength", len(value))


def test_the_callback_names_our_message_and_attempt() -> None:
    form = dict(parse_qsl(request_body(ACCOUNT, MESSAGES["messaging service"]).decode()))

    assert (
        form["StatusCallback"]
        == "https://pregon.example/webhooks/twilio/status/1500/12#rc=5&rp=all"
    )


ANA_MESSAGE = MESSAGES["template"]


def _error(code: int | None, text: str = "no") -> bytes:
    return json.dumps({"code": code, "message": text, "status": 400}).encode()


@pytest.mark.parametrize(
    ("status", "body", "outcome", "fault"),
    [
        pytest.param(201, b'{"sid": "SM1"}', AttemptOutcome.ACCEPTED, None, id="201"),
        pytest.param(200, b'{"sid": "SM1"}', AttemptOutcome.ACCEPTED, None, id="200"),
        pytest.param(201, b"", AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="201 empty"),
        pytest.param(201, b'{"sid": "S', AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="201 cut"),
        pytest.param(201, b"\xff\xfe", AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="201 bytes"),
        pytest.param(201, b"[]", AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="201 list"),
        pytest.param(201, b'{"sid": 5}', AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="201 number"),
        pytest.param(302, b"", AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="redirect"),
        pytest.param(429, _error(20429), AttemptOutcome.NOT_SENT, Fault.RETRY, id="429 of Twilio"),
        pytest.param(429, b"slow", AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="429 of a proxy"),
        pytest.param(429, _error(None), AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="429 no code"),
        pytest.param(429, _error(21611), AttemptOutcome.REJECTED, Fault.SLOW_DOWN, id="queue"),
        pytest.param(400, _error(21211), AttemptOutcome.REJECTED, Fault.PERMANENT, id="address"),
        pytest.param(400, _error(21610), AttemptOutcome.REJECTED, Fault.OPT_OUT, id="opted out"),
        pytest.param(400, _error(21655), AttemptOutcome.REJECTED, Fault.TEMPLATE, id="template"),
        pytest.param(400, _error(63016), AttemptOutcome.REJECTED, Fault.WINDOW, id="window"),
        pytest.param(400, _error(99999), AttemptOutcome.REJECTED, Fault.PERMANENT, id="new code"),
        pytest.param(401, _error(20003), AttemptOutcome.REJECTED, Fault.ACCOUNT, id="credentials"),
        pytest.param(401, b"", AttemptOutcome.REJECTED, Fault.ACCOUNT, id="401 bare"),
        pytest.param(404, _error(20404), AttemptOutcome.REJECTED, Fault.ACCOUNT, id="no account"),
        pytest.param(408, b"", AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="408"),
        pytest.param(500, _error(20500), AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="500"),
        pytest.param(503, _error(20503), AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="503"),
        pytest.param(503, _error(20429), AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="503 as 429"),
        pytest.param(502, b"<html>", AttemptOutcome.UNKNOWN, Fault.AMBIGUOUS, id="502"),
    ],
)
def test_an_answer_proves(
    status: int, body: bytes, outcome: AttemptOutcome, fault: Fault | None
) -> None:
    told = read_answer(ANA_MESSAGE, status, body)

    assert (told.message_id, told.attempt, told.http_status) == (1_500, 1, status)
    assert (told.outcome, told.fault) == (outcome, fault)
    assert (told.sid is not None) == (outcome is AttemptOutcome.ACCEPTED)


def test_a_refusal_keeps_its_code_and_words() -> None:
    told = read_answer(ANA_MESSAGE, 400, _error(21211, "not a number" + "!" * 900))

    assert told.error_code == 21211
    assert told.detail is not None
    assert told.detail.startswith("not a number")
    assert len(told.detail) == 500


@pytest.mark.parametrize(
    ("error", "began", "outcome"),
    [
        pytest.param(pycurl.E_COULDNT_CONNECT, False, AttemptOutcome.NOT_SENT, id="refused"),
        pytest.param(pycurl.E_COULDNT_RESOLVE_HOST, False, AttemptOutcome.NOT_SENT, id="no name"),
        pytest.param(pycurl.E_SSL_CONNECT_ERROR, False, AttemptOutcome.NOT_SENT, id="handshake"),
        pytest.param(
            pycurl.E_PEER_FAILED_VERIFICATION, False, AttemptOutcome.NOT_SENT, id="certificate"
        ),
        pytest.param(
            pycurl.E_OPERATION_TIMEDOUT, False, AttemptOutcome.NOT_SENT, id="time-out before"
        ),
        pytest.param(
            pycurl.E_OPERATION_TIMEDOUT, True, AttemptOutcome.UNKNOWN, id="time-out after"
        ),
        pytest.param(pycurl.E_GOT_NOTHING, True, AttemptOutcome.UNKNOWN, id="closed"),
        pytest.param(pycurl.E_RECV_ERROR, True, AttemptOutcome.UNKNOWN, id="reset"),
        pytest.param(pycurl.E_SEND_ERROR, True, AttemptOutcome.UNKNOWN, id="cut while sending"),
        pytest.param(pycurl.E_SEND_FAIL_REWIND, True, AttemptOutcome.UNKNOWN, id="not repeated"),
        pytest.param(pycurl.E_PARTIAL_FILE, True, AttemptOutcome.UNKNOWN, id="cut while reading"),
    ],
)
def test_silence_proves(error: int, began: bool, outcome: AttemptOutcome) -> None:
    told = read_silence(ANA_MESSAGE, error, "why", request_began=began)

    assert told.outcome is outcome
    assert told.fault is (Fault.RETRY if outcome is AttemptOutcome.NOT_SENT else Fault.AMBIGUOUS)
    assert (told.sid, told.http_status) == (None, None)
