"""The page of unconfirmed messages: the evidence in words, the decision, and who may."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.doubled import note_doubled
from campaigns.settling import candidates_said
from models.audit import AuditEvent
from models.campaign import Campaign
from models.message import Attempt, AttemptOutcome, Message
from models.people import Role
from models.states import MessageState
from tests.campaigns.builders_inbox import a_sid
from tests.campaigns.builders_launch import Office
from tests.dashboard.conftest import Browser

SignIn = Callable[..., Browser]


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, datetime.now(UTC) - timedelta(minutes=1))


@pytest.fixture
def lucia(signed_in: SignIn) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Lucía Ferreyra")


@pytest.fixture
def campaign(office: Office) -> Campaign:
    office.crowd(3)
    return office.launched(office.campaign())


@pytest.fixture
def doubtful(office: Office, campaign: Campaign) -> Message:
    message = office.session.scalars(
        select(Message).where(Message.campaign_id == campaign.id).order_by(Message.id)
    ).first()
    assert message is not None
    message.state, message.reason = MessageState.REVIEW, "several_at_the_provider"
    message.attempts, message.looks = 1, 1
    office.session.add(
        Attempt(
            message_id=message.id,
            number=1,
            owner="w1",
            started_at=office.now,
            outcome=AttemptOutcome.UNKNOWN,
            http_status=500,
            error_code=20500,
            detail=candidates_said([a_sid(), a_sid()]),
        )
    )
    office.session.commit()
    return message


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def _fresh(office: Office, message: Message) -> Message:
    office.session.expire_all()
    return office.session.get_one(Message, message.id)


def _offered(lucia: Browser, campaign: Campaign) -> list[str]:
    """The ids at Twilio that the page offers."""
    page = lucia.get(f"/campaigns/{campaign.id}/review").text
    return re.findall(r'<option value="(\w+)"', page)


def test_the_campaign_page_leads_to_what_has_to_be_decided(
    lucia: Browser, campaign: Campaign, doubtful: Message
) -> None:
    page = lucia.get(f"/campaigns/{campaign.id}").text

    assert f'href="/campaigns/{campaign.id}/review"' in page
    assert doubtful.state is MessageState.REVIEW


def test_the_evidence_is_said_in_words(
    lucia: Browser, campaign: Campaign, doubtful: Message
) -> None:
    page = lucia.get(f"/campaigns/{campaign.id}/review").text

    said = _text(page)
    assert "Twilio muestra varios mensajes que pueden ser este" in said
    assert "1 listado de Twilio no lo tenía" in said
    assert "Sin respuesta clara" in said
    assert "HTTP 500 · Error interno de Twilio" in said
    assert page.count("<option") == 3  # not known, or one of two
    assert "several_at_the_provider" not in said
    assert doubtful.id


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        ("accepted", MessageState.ACCEPTED),
        ("cancelled", MessageState.CANCELLED),
        ("planned", MessageState.PLANNED),
    ],
)
def test_a_supervisor_decides_with_a_reason(
    lucia: Browser,
    office: Office,
    campaign: Campaign,
    doubtful: Message,
    decision: str,
    state: MessageState,
) -> None:
    answer = lucia.post(
        f"/campaigns/{campaign.id}/review/{doubtful.id}",
        data={"decision": decision, "why": "lo hablé con el cliente"},
    )

    assert answer.status_code == 303
    assert _fresh(office, doubtful).state is state
    which = select(AuditEvent).where(AuditEvent.action == "campaign.reviewed")
    told = office.session.scalars(which).one()
    assert told.user_id == lucia.user_id
    activity = _text(lucia.get(f"/campaigns/{campaign.id}/activity").text)
    assert "decidió sobre un mensaje sin confirmar" in activity


@pytest.mark.parametrize(
    ("form", "beside", "says"),
    [
        ({"decision": "accepted", "why": " "}, "why", "Contá por qué"),
        ({"decision": "planned", "why": "x" * 501}, "why", "hasta 500 caracteres"),
        ({"why": "sí, lo recibió"}, "decision", "Elegí qué hacer"),
        ({}, "decision", "Elegí qué hacer"),
    ],
)
def test_without_a_reason_or_a_choice_nothing_changes_and_what_was_filled_in_comes_back(
    lucia: Browser,
    office: Office,
    campaign: Campaign,
    doubtful: Message,
    form: dict[str, str],
    beside: str,
    says: str,
) -> None:
    url = f"/campaigns/{campaign.id}/review/{doubtful.id}"
    sid = _offered(lucia, campaign)[1]

    answer = lucia.post(url, data={**form, "sid": sid})

    assert answer.status_code == 422
    said = re.search(rf'id="{beside}-{doubtful.id}-problem".*?</p>', answer.text, re.DOTALL)
    assert said is not None
    assert says in said[0]
    assert f'value="{form.get("why", "")}"' in answer.text
    assert f'value="{sid}" selected' in answer.text
    assert _fresh(office, doubtful).state is MessageState.REVIEW


def test_a_message_of_twilio_that_is_anothers_is_said_beside_it_and_the_reason_stays(
    lucia: Browser, office: Office, campaign: Campaign, doubtful: Message
) -> None:
    sid = _offered(lucia, campaign)[0]
    other = office.session.scalars(
        select(Message).where(Message.campaign_id == campaign.id, Message.id != doubtful.id)
    ).first()
    assert other is not None
    office.session.add(
        Attempt(message_id=other.id, number=1, owner="w1", started_at=office.now, provider_sid=sid)
    )
    office.session.commit()

    answer = lucia.post(
        f"/campaigns/{campaign.id}/review/{doubtful.id}",
        data={"decision": "accepted", "why": "es este", "sid": sid},
    )

    assert answer.status_code == 409
    assert f'id="sid-{doubtful.id}-problem"' in answer.text
    assert "ya es de otro destinatario" in answer.text
    assert 'value="es este"' in answer.text
    assert _fresh(office, doubtful).state is MessageState.REVIEW


def test_a_message_of_another_campaign_is_not_there(
    lucia: Browser, office: Office, campaign: Campaign, doubtful: Message
) -> None:
    other = office.campaign()
    office.session.commit()

    answer = lucia.post(
        f"/campaigns/{other.id}/review/{doubtful.id}", data={"decision": "accepted", "why": "sí"}
    )

    assert answer.status_code == 404
    assert _fresh(office, doubtful).state is MessageState.REVIEW
    assert campaign.id != other.id


def test_what_was_decided_meanwhile_is_refused(
    lucia: Browser, office: Office, campaign: Campaign, doubtful: Message
) -> None:
    url = f"/campaigns/{campaign.id}/review/{doubtful.id}"
    lucia.post(url, data={"decision": "accepted", "why": "sí"})

    answer = lucia.post(url, data={"decision": "planned", "why": "no le llegó"})

    assert answer.status_code == 409
    assert "Habías escrito: «no le llegó»" in answer.text
    assert _fresh(office, doubtful).state is MessageState.ACCEPTED


def test_an_operator_has_no_such_page(
    signed_in: SignIn, campaign: Campaign, doubtful: Message
) -> None:
    operator = signed_in(Role.OPERATOR)

    assert operator.get(f"/campaigns/{campaign.id}/review").status_code in (403, 404)
    url = f"/campaigns/{campaign.id}/review/{doubtful.id}"
    form = {"decision": "planned", "why": "sí"}
    assert operator.post(url, data=form).status_code in (403, 404)


def test_nothing_to_decide_is_said(lucia: Browser, campaign: Campaign) -> None:
    assert "No hay nada sin confirmar" in lucia.get(f"/campaigns/{campaign.id}/review").text
    url = f"/campaigns/{campaign.id}/review?state=uncertain"
    assert "El sistema no busca ninguno" in lucia.get(url).text


def test_what_may_have_arrived_twice_is_told_with_both_ids(
    lucia: Browser, office: Office, campaign: Campaign
) -> None:
    first, second = a_sid(), a_sid()
    message = office.session.scalars(
        select(Message).where(Message.campaign_id == campaign.id).order_by(Message.id)
    ).first()
    assert message is not None
    message.state, message.attempts, message.provider_sid = MessageState.DELIVERED, 2, second
    for number, sid in ((1, first), (2, second)):
        office.session.add(
            Attempt(
                message_id=message.id,
                number=number,
                owner="w1",
                started_at=office.now,
                outcome=AttemptOutcome.ACCEPTED,
                provider_sid=sid,
            )
        )
    office.session.commit()
    assert "dos veces" not in lucia.get(f"/campaigns/{campaign.id}").text
    note_doubled(office.session, turn=0)
    office.session.commit()

    page = lucia.get(f"/campaigns/{campaign.id}").text
    listed = lucia.get(f"/campaigns/{campaign.id}/review?state=doubled").text

    assert "1 mensaje puede haber llegado dos veces" in _text(page)
    assert f'href="/campaigns/{campaign.id}/review?state=doubled"' in page
    assert first in listed
    assert second in listed
    assert 'name="decision"' not in listed  # there is nothing to decide
    assert "vio un mensaje que puede haber llegado dos veces" in _text(
        lucia.get(f"/campaigns/{campaign.id}/activity").text
    )


def test_where_nothing_arrived_twice_nothing_speaks_of_it(
    lucia: Browser, campaign: Campaign, doubtful: Message
) -> None:
    assert "dos veces" not in _text(lucia.get(f"/campaigns/{campaign.id}").text)
    review = _text(lucia.get(f"/campaigns/{campaign.id}/review").text)
    assert "Pueden haber llegado dos veces" not in review
    none = lucia.get(f"/campaigns/{campaign.id}/review?state=doubled").text
    assert "Ninguno llegó dos veces, que se sepa" in _text(none)
    assert doubtful.state is MessageState.REVIEW
