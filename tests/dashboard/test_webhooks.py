"""Twilio's webhooks over HTTP: what is stored, what is refused, and what is answered."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from dashboard.views import webhooks
from models.message import EventKind, EventState, WebhookEvent
from models.people import OptOut
from models.states import MessageState
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, World, a_sid
from tests.conftest import ACCOUNT_SID, AUTH_TOKEN, NOON

PUBLIC = "https://pregon.example"
INBOUND = "/webhooks/twilio/inbound"


class Twilio:
    """Posts forms as Twilio does, signed for the public address."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def post(
        self,
        path: str,
        form: list[tuple[str, str]] | dict[str, str],
        *,
        token: str = AUTH_TOKEN,
        signature: str | None = None,
        account: str = ACCOUNT_SID,
    ) -> TestResponse:
        pairs = list(form.items()) if isinstance(form, dict) else list(form)
        pairs.append(("AccountSid", account))
        signed = RequestValidator(token).compute_signature(PUBLIC + path, MultiDict(pairs))
        return self.client.post(
            path,
            base_url="http://10.0.0.7:8000",  # what a proxy makes of it
            data=urlencode(pairs),
            content_type="application/x-www-form-urlencoded",
            headers={
                "X-Twilio-Signature": signed if signature is None else signature,
                "I-Twilio-Idempotency-Token": "delivery-1",
                "X-Forwarded-Host": "evil.example",
            },
        )


@pytest.fixture
def woken() -> list[EventKind]:
    return []


@pytest.fixture
def twilio(
    runtime: Runtime, woken: list[EventKind], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Twilio]:
    monkeypatch.setattr(webhooks, "_waker", webhooks._Waker())
    app = Flask(__name__)
    app.config["WAKE_INBOX"] = lambda _, kind: woken.append(kind)
    app.register_blueprint(webhooks.bp)
    with app.test_client() as client:
        yield Twilio(client)


def _hello(**fields: str) -> dict[str, str]:
    return {
        "MessageSid": a_sid(),
        "From": f"whatsapp:{ANA}",
        "To": "whatsapp:+5491150000000",
        "Body": "hola",
        **fields,
    }


def _events(session: Session) -> list[WebhookEvent]:
    return list(session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)))


def test_a_signed_status_is_stored_as_posted_and_a_worker_woken(
    twilio: Twilio, session: Session, woken: list[EventKind]
) -> None:
    form = [("MessageSid", "SM1"), ("MessageStatus", "sent"), ("Blank", ""), ("N", "2"), ("N", "1")]

    answer = twilio.post("/webhooks/twilio/status/1500/2?x=%20y", form)

    assert (answer.status_code, answer.data) == (204, b"")
    (event,) = _events(session)
    assert (event.kind, event.state) == (EventKind.STATUS, EventState.RECEIVED)
    assert (event.message_id, event.attempt, event.provider_sid) == (1500, 2, "SM1")
    assert event.delivery_token == "delivery-1"
    assert [(pair["name"], pair["value"]) for pair in event.form] == [
        *form,
        ("AccountSid", ACCOUNT_SID),
    ]
    assert woken == [EventKind.STATUS]


def test_a_signed_message_is_answered_with_empty_twiml(
    twilio: Twilio, session: Session, woken: list[EventKind]
) -> None:
    answer = twilio.post(INBOUND, _hello(SomethingNew="2027", Latitude=""))

    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.data.endswith(b"<Response/>")
    assert [event.kind for event in _events(session)] == [EventKind.INBOUND]
    assert woken == [EventKind.INBOUND]


@pytest.mark.parametrize("signature", ["", "bm90IGl0", "ñ"], ids=["none", "wrong", "not ascii"])
def test_a_wrong_signature_is_forbidden_and_leaves_nothing(
    twilio: Twilio, session: Session, woken: list[EventKind], signature: str
) -> None:
    answer = twilio.post(INBOUND, _hello(Body="BAJA"), signature=signature)

    assert answer.status_code == 403
    assert (_events(session), woken) == ([], [])
    assert session.scalars(select(OptOut)).all() == []


def test_refusals_are_counted_and_several_in_a_minute_are_an_alarm(twilio: Twilio) -> None:
    with capture_logs() as said:
        for _ in range(3):
            twilio.post(INBOUND, _hello(), signature="no")

    assert [each["log_level"] for each in said][1:] == ["error", "error"]
    assert said[2]["total"] == said[0]["total"] + 2


def test_a_signature_for_another_path_is_forbidden(twilio: Twilio, session: Session) -> None:
    form = MultiDict({**_hello(), "AccountSid": ACCOUNT_SID})
    for_one = RequestValidator(AUTH_TOKEN).compute_signature(
        f"{PUBLIC}/webhooks/twilio/status/500/1", form
    )

    answer = twilio.post("/webhooks/twilio/status/1000/1", dict(form), signature=for_one)

    assert answer.status_code == 403
    assert _events(session) == []


def test_the_previous_token_is_good_while_tokens_are_rotated(
    twilio: Twilio, runtime: Runtime, session: Session
) -> None:
    object.__setattr__(runtime.settings, "twilio_auth_token_previous", "the-token-before")

    assert twilio.post(INBOUND, _hello(), token="the-token-before").status_code == 200
    assert twilio.post(INBOUND, _hello(), token="the-token-before-that").status_code == 403


def test_another_account_is_forbidden_although_signed(twilio: Twilio, session: Session) -> None:
    assert twilio.post(INBOUND, _hello(), account="AC" + "1" * 32).status_code == 403
    assert _events(session) == []


def test_a_body_that_is_too_large_is_refused(twilio: Twilio, session: Session) -> None:
    assert twilio.post(INBOUND, _hello(Body="x" * 70_000)).status_code == 413
    assert _events(session) == []


def test_a_message_that_cannot_be_read_is_stored_all_the_same(
    twilio: Twilio, session: Session
) -> None:
    assert twilio.post(INBOUND, {"Body": "\x00 hola"}).status_code == 200
    (event,) = _events(session)
    assert event.provider_sid is None
    assert event.form[0]["value"] == "\N{REPLACEMENT CHARACTER} hola"


def test_an_opt_out_is_committed_before_the_answer(twilio: Twilio, session: Session) -> None:
    world = World(session, NOON)
    waiting = world.a_message(state=MessageState.PLANNED, attempts=0)

    twilio.post(INBOUND, _hello(Body=" ¡Baja! 🙏"))

    session.expire_all()
    assert waiting.state is MessageState.CANCELLED
    (opt_out,) = session.scalars(select(OptOut)).all()
    assert opt_out.webhook_event_id == _events(session)[0].id


def test_it_says_so_when_it_could_not_be_stored(
    twilio: Twilio, session: Session, woken: list[EventKind]
) -> None:
    session.execute(text("ALTER TABLE webhook_events RENAME TO webhook_events_away"))
    session.commit()
    try:
        answer = twilio.post(INBOUND, _hello())
    finally:
        session.execute(text("ALTER TABLE webhook_events_away RENAME TO webhook_events"))
        session.commit()

    assert answer.status_code == 503
    assert woken == []


def test_a_broker_that_is_down_costs_no_event(twilio: Twilio, session: Session) -> None:
    tries = []

    def down(_: Runtime, kind: EventKind) -> None:
        tries.append(kind)
        raise ConnectionError("no broker")

    twilio.client.application.config["WAKE_INBOX"] = down

    assert [twilio.post(INBOUND, _hello()).status_code for _ in range(3)] == [200, 200, 200]
    assert len(_events(session)) == 3
    assert len(tries) == 1  # and then it leaves the broker alone for a while


def test_a_burst_of_statuses_wakes_once(twilio: Twilio, woken: list[EventKind]) -> None:
    for _ in range(3):
        twilio.post("/webhooks/twilio/status/500/1", {"MessageSid": "SM1", "MessageStatus": "sent"})

    assert len(woken) < 3


def test_only_posts_are_taken(twilio: Twilio) -> None:
    assert twilio.client.get(INBOUND).status_code == 405
    assert twilio.client.post("/webhooks/twilio/status/x/1").status_code == 404
