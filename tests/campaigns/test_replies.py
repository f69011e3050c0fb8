"""From a customer's message to its case, result and opt-out, on PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.cases import standing_campaign
from campaigns.events import retry_failed
from campaigns.replies import tie_reply
from campaigns.results import record_result
from campaigns.sending_hours import ARGENTINA
from messaging.tokens import Signer, TokenKind
from models.campaign import Campaign
from models.case import Case, Channel, NextAction, Result
from models.message import (
    Attribution,
    Basis,
    Cause,
    Confidence,
    Conversation,
    EventState,
    Message,
)
from models.people import ContactPoint, OptOut, Role, User
from models.states import CaseState, MessageState, NextActionState
from models.template import Line
from tests.campaigns.builders_inbox import ANA, BEN, SIGNER, TIMES, World, a_sid
from tests.conftest import NOON


@pytest.fixture
def world(session: Session) -> World:
    return World(session, NOON)


def _attribution(world: World) -> Attribution:
    return world.session.scalars(
        select(Attribution).where(Attribution.replaced_at.is_(None)).order_by(Attribution.id.desc())
    ).all()[0]


def _case(world: World, message: Message) -> Case:
    assert message.case_id is not None
    return world.session.get_one(Case, message.case_id)


def _results(world: World) -> list[Result]:
    return list(world.session.scalars(select(Result).order_by(Result.id)))


def test_a_tap_becomes_its_typed_result_and_a_next_action(world: World) -> None:
    sent = world.a_message()
    world.inbound("Ya pagué", ButtonPayload=world.payload(sent, 1), ButtonText="Ya pagué")

    assert world.apply_inbound().applied == 1

    (result,) = _results(world)
    received = world.received()
    assert result.result_type_id == world.result_type("ya_pago").id
    assert (result.channel, result.by_id, result.basis) == (Channel.WHATSAPP, None, Basis.PAYLOAD)
    assert result.evidence_message_id == received.id
    assert (received.state, received.case_id) == (MessageState.HANDLED, None)
    tied = _attribution(world)
    assert (tied.case_id, tied.answers_id) == (sent.case_id, sent.id)
    assert (tied.basis, tied.confidence) == (Basis.PAYLOAD, Confidence.EXACT)
    case = _case(world, sent)
    assert (case.state, case.waiting_since) == (CaseState.SCHEDULED, None)
    action = world.session.scalars(select(NextAction)).one()
    assert (action.what, action.due_at) == ("Ya pagó (a verificar)", NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("tapped", "due"),
    [
        ("2026-11-18 19:40", "2026-11-19 09:00"),
        ("2026-11-18 23:10", "2026-11-19 10:00"),
        ("2026-11-21 15:00", "2026-11-24 10:00"),  # a Saturday, before a holiday
    ],
)
def test_what_a_tap_of_the_night_proposes_is_overdue_an_hour_after_people_come(
    world: World, tapped: str, due: str
) -> None:
    at = [datetime.fromisoformat(each).replace(tzinfo=ARGENTINA) for each in (tapped, due)]
    sent = world.a_message()
    record_result(
        world.session,
        sent.case_id or 0,
        world.result_type("ya_pago").id,
        channel=Channel.WHATSAPP,
        now=at[0],
    )

    assert world.session.scalars(select(NextAction.due_at)).one() == at[1]


def test_a_label_never_decides(world: World) -> None:
    sent = world.a_message()
    world.inbound("No desea mensajes", ButtonText="No desea mensajes", ButtonPayload="otra_cosa")

    world.apply_inbound()

    assert _results(world) == []
    assert _attribution(world).basis is Basis.SINGLE
    assert _case(world, sent).waiting_since == NOON


def test_a_static_id_needs_the_message_it_quotes(world: World) -> None:
    version = world.a_version([("ya_pague", "ya_pago", None), ("se_niega", "se_niega", None)])
    sent = world.a_message(version=version)
    world.inbound(ButtonPayload="se_niega", OriginalRepliedMessageSid=str(sent.provider_sid))

    world.apply_inbound()

    (result,) = _results(world)
    assert result.result_type_id == world.result_type("se_niega").id
    assert _case(world, sent).state is CaseState.FINISHED


def test_a_score_is_the_value_of_its_button(world: World) -> None:
    version = world.a_version(
        [(f"b{n}_{{{{{n}}}}}", "puntaje", str(n)) for n in range(1, 6)], "encuesta"
    )
    survey = world.a_campaign(type_code="encuesta")
    sent = world.a_message(campaign=survey, version=version)
    world.inbound(ButtonPayload=world.payload(sent, 4))

    world.apply_inbound()

    assert [result.value_integer for result in _results(world)] == [4]
    assert _case(world, sent).state is CaseState.FINISHED


def test_a_score_without_its_value_is_recorded_and_waits_for_a_person(world: World) -> None:
    version = world.a_version([("b1_{{1}}", "puntaje", "nine")], "encuesta")
    sent = world.a_message(campaign=world.a_campaign(type_code="encuesta"), version=version)
    world.inbound(ButtonPayload=world.payload(sent, 1))

    world.apply_inbound()

    assert len(_results(world)) == 1
    case = _case(world, sent)
    assert (case.state, case.waiting_since) == (CaseState.PENDING, NOON)


def test_of_two_taps_on_one_message_the_last_stands_and_both_are_kept(world: World) -> None:
    sent = world.a_message()
    world.inbound(ButtonPayload=world.payload(sent, 4))
    world.inbound(ButtonPayload=world.payload(sent, 1))

    world.apply_inbound()

    refused, paid = _results(world)
    assert (refused.supersedes_id, paid.supersedes_id) == (None, refused.id)
    case = _case(world, sent)
    assert (case.state, case.is_late) == (CaseState.SCHEDULED, True)


def test_a_tap_that_had_to_wait_is_kept_and_does_not_overtake_a_later_one(world: World) -> None:
    """The first quotes a sid that we come to know just before the second."""
    version = world.a_version([("si", "ya_pago", None), ("no", "se_niega", None)])
    sid = a_sid()
    world.inbound(ButtonPayload="no", OriginalRepliedMessageSid=sid)
    assert world.apply_inbound().parked == 1
    sent = world.a_message(sid=sid, version=version)
    world.now = NOON + timedelta(seconds=20)
    world.inbound(ButtonPayload="si", OriginalRepliedMessageSid=sid)
    assert world.apply_inbound().applied == 1

    world.now = NOON + timedelta(minutes=1)
    assert world.apply_inbound().applied == 1

    standing, late = _results(world)
    assert standing.result_type_id == world.result_type("ya_pago").id
    assert (late.supersedes_id, standing.supersedes_id) == (None, late.id)
    assert _case(world, sent).state is CaseState.SCHEDULED  # the refusal would have closed it


def test_a_tap_on_another_message_supersedes_nothing(world: World) -> None:
    case = world.a_case()
    first = world.a_message(case=case)
    second = world.a_message(case=case, sequence=2, cause=Cause.REMINDER)
    world.inbound(ButtonPayload=world.payload(first, 1))
    world.inbound(ButtonPayload=world.payload(second, 2))

    world.apply_inbound()

    assert [result.supersedes_id for result in _results(world)] == [None, None]


def test_the_next_action_of_a_superseded_result_is_cancelled(world: World) -> None:
    sent = world.a_message()
    world.inbound(ButtonPayload=world.payload(sent, 1))
    world.inbound(ButtonPayload=world.payload(sent, 2))

    world.apply_inbound()

    states = world.session.scalars(select(NextAction.state).order_by(NextAction.id)).all()
    assert states == [NextActionState.CANCELLED, NextActionState.DUE]


def test_a_system_result_closes_no_case_with_an_unread_text(world: World) -> None:
    sent = world.a_message()
    world.inbound("tengo una duda", OriginalRepliedMessageSid=str(sent.provider_sid))
    world.inbound(ButtonPayload=world.payload(sent, 4))

    world.apply_inbound()

    assert len(_results(world)) == 1
    case = _case(world, sent)
    assert (case.state, case.waiting_since) == (CaseState.PENDING, NOON)


def test_free_text_stays_untyped_and_waits_for_a_person(world: World) -> None:
    sent = world.a_message()
    world.inbound("el viernes pago 50 lucas")

    world.apply_inbound()

    assert _results(world) == []
    assert (world.received().state, world.received().body) == (
        MessageState.ATTRIBUTED,
        "el viernes pago 50 lucas",
    )
    assert _attribution(world).basis is Basis.SINGLE
    assert _case(world, sent).waiting_since == NOON


def test_a_photo_is_kept_with_its_address(world: World) -> None:
    world.a_message()
    world.inbound(MediaUrl0="https://api.twilio.com/m", MediaContentType0="image/jpeg")

    world.apply_inbound()

    received = world.received()
    assert received.kind == "image"
    assert received.media == [{"url": "https://api.twilio.com/m", "content_type": "image/jpeg"}]


def test_another_form_of_the_number_is_the_same_person(world: World) -> None:
    sent = world.a_message(ANA)
    world.inbound("hola", sender="+541155550001", WaId="541155550001", ProfileName="Ana")

    world.apply_inbound()

    contact = world.session.get_one(ContactPoint, sent.contact_point_id)
    assert _attribution(world).case_id == sent.case_id
    assert (contact.wa_id, contact.profile_name) == ("541155550001", "Ana")
    assert world.received().address == "+541155550001"


def test_a_quote_of_a_sid_that_comes_later_waits_for_it(world: World) -> None:
    world.a_message(at=NOON - timedelta(minutes=5))
    sid = a_sid()
    event_id = world.inbound("sí", OriginalRepliedMessageSid=sid)
    assert world.apply_inbound().parked == 1
    assert world.event(event_id).state is EventState.PARKED

    quoted = world.a_message(sid=sid)
    world.now = NOON + timedelta(minutes=1)

    assert world.apply_inbound().applied == 1
    assert _attribution(world).answers_id == quoted.id


def test_a_quote_that_nobody_knows_is_dropped_after_the_wait(world: World) -> None:
    sent = world.a_message()
    world.inbound("sí", OriginalRepliedMessageSid=a_sid())
    world.apply_inbound()
    world.now = NOON + TIMES.unknown_sid_wait

    assert world.apply_inbound().applied == 1
    assert (_attribution(world).case_id, _attribution(world).basis) == (sent.case_id, Basis.SINGLE)


def test_a_coupon_link_in_the_text_names_its_case(world: World) -> None:
    old = world.a_message(at=NOON - timedelta(days=30))
    world.a_message()
    token = SIGNER.sign(TokenKind.COUPON_LINK, old.id)
    world.inbound(f"no me abre https://pregon.example/c/{token} ayuda")

    world.apply_inbound()

    assert (_attribution(world).case_id, _attribution(world).basis) == (old.case_id, Basis.COUPON)


def test_several_open_cases_give_the_likeliest_with_low_confidence(world: World) -> None:
    urgent = world.a_message(campaign=world.a_campaign(priority=1))
    newer = world.a_message()
    world.inbound("hola")

    world.apply_inbound()

    tied = _attribution(world)
    assert (tied.case_id, tied.basis, tied.confidence) == (
        urgent.case_id,
        Basis.AMBIGUOUS,
        Confidence.LOW,
    )
    assert str(newer.case_id) in (tied.note or "")


def test_a_payload_and_a_quote_that_disagree_set_no_result(world: World) -> None:
    first, second = world.a_message(), world.a_message()
    world.inbound(
        ButtonPayload=world.payload(first, 1),
        OriginalRepliedMessageSid=str(second.provider_sid),
    )

    world.apply_inbound()

    assert _results(world) == []
    assert _attribution(world).basis is Basis.AMBIGUOUS
    assert _case(world, first).waiting_since == NOON


def test_a_payload_signed_with_another_key_is_no_payload_of_ours(world: World) -> None:
    sent = world.a_message()
    forged = Signer("x" * 48).sign(TokenKind.BUTTON, sent.id, 3)
    world.inbound(ButtonPayload=f"b3_{forged}")

    world.apply_inbound()

    assert _results(world) == []
    assert world.session.scalars(select(OptOut)).all() == []


def test_a_tap_from_another_address_lands_with_no_stranger(world: World) -> None:
    anas = world.a_message(ANA)
    bens = world.a_message(BEN)
    world.inbound(sender=BEN, ButtonPayload=world.payload(anas, 3))

    world.apply_inbound()

    assert (_results(world), world.session.scalars(select(OptOut)).all()) == ([], [])
    assert _attribution(world).case_id == bens.case_id


def test_a_late_reply_opens_a_finished_case_again(world: World) -> None:
    sent = world.a_message()
    case = _case(world, sent)
    case.state, case.finished_at = CaseState.FINISHED, NOON
    world.session.commit()
    world.inbound("perdón, recién lo veo")

    world.apply_inbound()

    case = _case(world, sent)
    assert (case.state, case.is_late) == (CaseState.IN_PROGRESS, True)
    assert (case.finished_at, case.waiting_since) == (None, NOON)


def test_what_answers_nothing_goes_to_the_lines_standing_campaign(world: World) -> None:
    world.inbound("¿tienen autos?", sender="+5491199998888", ProfileName="Zoe")
    world.inbound("¿hola?", sender="+5491199998888")

    assert world.apply_inbound().applied == 2

    tied = _attribution(world)
    case = world.session.get_one(Case, tied.case_id)
    campaign = world.session.get_one(Campaign, case.campaign_id)
    assert (tied.basis, tied.confidence) == (Basis.UNSOLICITED, Confidence.NONE)
    assert (campaign.is_standing, campaign.line_id) == (True, world.line.id)
    assert case.subscription_id is None
    assert world.session.scalar(select(func.count()).select_from(Case)) == 1
    assert world.session.scalar(select(func.count()).select_from(Conversation)) == 1
    contact = world.session.get_one(ContactPoint, case.contact_point_id)
    assert (contact.phone, contact.profile_name) == ("+5491199998888", "Zoe")
    assert standing_campaign(world.session, world.line.id, now=NOON) == campaign.id


def test_a_stranger_behind_a_username_is_somebody(world: World) -> None:
    world.inbound("hola", sender="AR.77xyz")

    world.apply_inbound()

    contact = world.session.scalars(
        select(ContactPoint).where(ContactPoint.bsuid == "AR.77xyz")
    ).one()
    assert contact.phone is None
    assert _attribution(world).basis is Basis.UNSOLICITED


def test_a_username_is_known_by_the_button_it_taps(world: World) -> None:
    sent = world.a_message(ANA)
    world.inbound(sender="AR.77xyz", ButtonPayload=world.payload(sent, 1))

    world.apply_inbound()

    assert len(_results(world)) == 1
    contact = world.session.get_one(ContactPoint, sent.contact_point_id)
    assert (contact.phone, contact.bsuid) == (ANA, "AR.77xyz")


def test_the_same_sid_twice_is_one_message_and_one_result(world: World) -> None:
    sent = world.a_message()
    sid = a_sid()
    for _ in range(3):
        world.inbound(MessageSid=sid, ButtonPayload=world.payload(sent, 1))

    assert world.apply_inbound().applied == 3

    assert len(_results(world)) == 1
    assert world.session.scalar(select(func.count()).select_from(Attribution)) == 1


def test_a_tap_on_an_old_campaigns_button_is_recorded_against_its_case(world: World) -> None:
    sent = world.a_message(at=NOON - timedelta(days=60))
    world.result_type("ya_pago").is_active = False
    world.session.commit()
    world.inbound(ButtonPayload=world.payload(sent, 1))

    world.apply_inbound()

    assert [result.case_id for result in _results(world)] == [sent.case_id]


def test_a_button_of_another_campaign_types_catalogue_waits_for_a_person(world: World) -> None:
    sent = world.a_message(campaign=world.a_campaign(type_code="encuesta"))
    world.inbound(ButtonPayload=world.payload(sent, 1))

    world.apply_inbound()

    assert _results(world) == []
    assert _case(world, sent).waiting_since == NOON


def test_a_message_to_no_line_of_ours_is_failed_in_sight_and_can_be_tried_again(
    world: World,
) -> None:
    event_id = world.inbound("hola", To="whatsapp:+5491158880000")
    world.inbound("hola")

    applied = world.apply_inbound()

    assert (applied.failed, applied.applied) == (1, 1)
    assert world.event(event_id).note == "no line +5491158880000"
    world.session.add(
        Line(portfolio_id=world.line.portfolio_id, name="Línea 2", sender="+5491158880000")
    )
    assert retry_failed(world.session) == 1
    assert world.apply_inbound().applied == 1


def test_an_unexpected_error_is_tried_again_and_fails_its_event_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.a_message()
    bad = world.inbound("hola", MessageSid="x" * 10)
    world.inbound("chau")
    from campaigns import inbound

    real = inbound.record_reply

    def breaks(session, reply, *args, **kwargs):  # type: ignore[no-untyped-def]
        message = real(session, reply, *args, **kwargs)
        if reply.body == "hola":
            raise RuntimeError("a bug")
        return message

    monkeypatch.setattr(inbound, "record_reply", breaks)

    applied = world.apply_inbound()
    assert (applied.parked, applied.applied) == (1, 1)  # it may be a race that is lost once
    world.now += TIMES.unknown_sid_wait
    applied = world.apply_inbound()

    assert (applied.failed, applied.applied) == (1, 0)
    assert (world.event(bad).state, world.event(bad).note) == (
        EventState.FAILED,
        "RuntimeError('a bug')",
    )
    assert world.received().body == "chau"


def test_a_form_that_cannot_be_read_is_failed_in_sight(world: World) -> None:
    event_id = world.inbound("hola", From="")

    assert world.apply_inbound().failed == 1
    assert world.event(event_id).note == "the webhook has no From"


def test_an_opt_out_word_stops_and_its_message_still_waits_for_a_person(world: World) -> None:
    sent = world.a_message()
    planned = world.a_message(state=MessageState.PLANNED, attempts=0)
    reply = world.a_message(
        state=MessageState.CLAIMED, attempts=0, cause=Cause.REPLY, sequence=None
    )
    event_id = world.inbound("Baja por favor", OriginalRepliedMessageSid=str(sent.provider_sid))

    opt_out = world.session.scalars(select(OptOut)).one()
    assert (opt_out.evidence, opt_out.webhook_event_id) == ("word: baja por favor", event_id)
    assert (planned.state, planned.reason) == (MessageState.CANCELLED, "opt_out")
    assert reply.state is MessageState.CLAIMED  # an operator's answer is no campaign
    world.apply_inbound()
    assert _case(world, sent).waiting_since == NOON


def test_an_opt_out_button_stops_in_the_transaction_that_stores_it(world: World) -> None:
    sent = world.a_message()
    planned = world.a_message(state=MessageState.PLANNED, attempts=0)
    world.inbound("No quiero mensajes", ButtonPayload=world.payload(sent, 3))

    assert planned.state is MessageState.CANCELLED
    assert world.session.scalars(select(OptOut.evidence)).all() == ["button"]

    world.apply_inbound()
    assert _case(world, sent).state is CaseState.FINISHED
    assert len(world.session.scalars(select(OptOut)).all()) == 1


def test_twilios_own_stop_and_start(world: World) -> None:
    world.inbound("STOP AHORA", OptOutType="STOP", sender="+5491177776666")
    (opt_out,) = world.session.scalars(select(OptOut)).all()
    assert (opt_out.evidence, opt_out.revoked_at) == ("provider: STOP", None)

    world.inbound("START", OptOutType="START", sender="+5491177776666")
    world.session.expire_all()
    assert opt_out.revoked_at == NOON


def test_an_old_start_that_comes_again_undoes_no_later_opt_out(world: World) -> None:
    sid = a_sid()
    world.inbound("ALTA", MessageSid=sid)
    world.inbound("BAJA")
    world.inbound("ALTA", MessageSid=sid)

    standing = world.session.scalars(select(OptOut).where(OptOut.revoked_at.is_(None))).all()
    assert len(standing) == 1


def test_what_a_person_tied_stays_tied(world: World) -> None:
    first, second = world.a_message(), world.a_message()
    user = User(email="ana@example.com", name="Ana", role=Role.OPERATOR)
    world.session.add(user)
    sid = a_sid()
    world.inbound("hola", MessageSid=sid)
    world.apply_inbound()
    received = world.received()

    tie_reply(world.session, received.id, first.case_id or 0, by_id=user.id, now=NOON)
    world.session.commit()
    world.inbound("hola", MessageSid=sid)
    world.apply_inbound()

    tied = _attribution(world)
    assert (tied.case_id, tied.basis, tied.by_id) == (first.case_id, Basis.PERSON, user.id)
    assert (_case(world, first).waiting_since, _case(world, second).waiting_since) == (NOON, None)
