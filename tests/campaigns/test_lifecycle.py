"""A campaign's life: who may move it where, what a stop takes back, how its cases end."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from campaigns import holding, lifecycle, lines, progress, sending
from campaigns.errors import AlreadyThere, NotFound
from campaigns.sending import Claimed, Lease
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignStep, ResultType
from models.case import Case, Result
from models.message import Attempt, Attribution, Basis, Confidence, Message, SendSlice
from models.states import CampaignState, CaseState, IllegalMove, MessageState, SendingState
from models.template import Line, Portfolio
from models.values import InvalidPhoneNumber
from tests.campaigns.beside import Beside
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from tests.doubts import put_in, said_of

LEASE = Lease("w1", timedelta(seconds=90))
C = CampaignState


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


ACTS: dict[str, tuple[Callable[[Session, int], object], set[CampaignState], CampaignState]] = {
    "pause": (lifecycle.pause, {C.RUNNING}, C.PAUSED),
    "resume": (lifecycle.resume, {C.PAUSED}, C.RUNNING),
    "cancel": (
        lambda session, one: lifecycle.cancel(session, one, now=NOON),
        {C.DRAFT, C.SCHEDULED, C.RUNNING, C.PAUSED},
        C.CANCELLED,
    ),
    "finish": (
        lambda session, one: lifecycle.finish(session, one, now=NOON),
        {C.RUNNING, C.PAUSED},
        C.FINISHED,
    ),
    "archive": (lifecycle.archive, {C.FINISHED, C.CANCELLED}, C.ARCHIVED),
    "reopen": (
        lambda session, one: lifecycle.reopen(session, one, now=NOON),
        {C.FINISHED, C.ARCHIVED},
        C.RUNNING,
    ),
    "unschedule": (lifecycle.unschedule, {C.SCHEDULED}, C.DRAFT),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_starts_where_it_may_and_is_refused_elsewhere(office: Office, act: str) -> None:
    work, starts, ends = ACTS[act]
    campaign = office.campaign()
    for state in CampaignState:
        campaign.state = state
        office.session.commit()
        if state in starts:
            work(office.session, campaign.id)
            office.session.commit()
            assert campaign.state is ends
        else:
            with pytest.raises(IllegalMove) as refused:
                work(office.session, campaign.id)
            assert refused.value.now == state
            office.session.rollback()
            assert campaign.state is state
    noted = office.session.scalars(
        select(AuditEvent.details).where(AuditEvent.action == f"campaign.{ends}")
    )
    assert {each["was"] for each in noted} == starts


@pytest.mark.parametrize("act", ACTS)
def test_what_is_not_there_cannot_be_moved(session: Session, act: str) -> None:
    with pytest.raises(NotFound):
        ACTS[act][0](session, 4711)


def _sent(office: Office, size: int = 4) -> tuple[Campaign, list[Message]]:
    office.crowd(size)
    campaign = office.launched(office.campaign())
    return campaign, office.messages(campaign)


def _claim(office: Office) -> list[Claimed]:
    slice_id = sending.take_slice(office.session, office.line.id, lease=LEASE, now=NOON)
    assert slice_id is not None
    claimed = sending.claim_slice(office.session, slice_id, lease=LEASE, now=NOON)
    office.session.commit()
    return claimed


# pause, cancel


def test_a_paused_campaign_is_no_work_until_it_is_resumed(office: Office) -> None:
    campaign, _ = _sent(office)

    lifecycle.pause(office.session, campaign.id)
    assert sending.lines_with_work(office.session, now=NOON) == []
    lifecycle.resume(office.session, campaign.id)

    assert sending.lines_with_work(office.session, now=NOON) == [office.line.id]


def test_cancelling_takes_back_what_is_planned_and_what_is_claimed_and_nothing_else(
    office: Office,
) -> None:
    campaign, messages = _sent(office, len(MessageState))
    for message, state in zip(messages, MessageState, strict=True):
        put_in(message, state)
    office.session.commit()

    count = lifecycle.cancel(office.session, campaign.id, now=NOON)
    office.session.commit()

    assert count == 2
    after = dict(zip(MessageState, office.messages(campaign), strict=True))
    for state, message in after.items():
        taken = state in (MessageState.PLANNED, MessageState.CLAIMED)
        assert message.state is (MessageState.CANCELLED if taken else state)
        before = said_of(state, NOON).get("reason")
        assert message.reason == ("campaign_cancelled" if taken else before)
    assert (campaign.finished_at, campaign.sending_state) == (NOON, "idle")
    assert [one.next_due_at for one in office.session.scalars(select(SendSlice))] == [None]


def test_cancelling_one_campaign_leaves_the_others_alone(office: Office) -> None:
    campaign, _ = _sent(office)
    other = office.launched(office.campaign())

    lifecycle.cancel(office.session, campaign.id, now=NOON)

    assert {each.state for each in office.messages(other)} == {MessageState.PLANNED}


def test_no_attempt_is_committed_after_a_cancel(
    office: Office, sessions: sessionmaker[Session], beside: Beside
) -> None:
    campaign, _ = _sent(office)
    claimed = _claim(office)
    started: list[dict[int, int]] = []

    with sessions() as cancelling:
        assert lifecycle.cancel(cancelling, campaign.id, now=NOON) == 4
        beside.start(
            lambda session: started.append(
                sending.start_attempts(session, claimed, lease=LEASE, now=NOON)
            )
        )
        assert beside.blocked()
        cancelling.commit()
    beside.end()

    assert started == [{}]
    assert office.session.scalars(select(Attempt)).all() == []
    assert {each.state for each in office.messages(campaign)} == {MessageState.CANCELLED}


def test_a_cancel_waits_for_attempts_that_are_being_committed(
    office: Office, sessions: sessionmaker[Session], beside: Beside
) -> None:
    campaign, _ = _sent(office)
    claimed = _claim(office)
    counts: list[int] = []

    with sessions() as starting:
        assert len(sending.start_attempts(starting, claimed[:3], lease=LEASE, now=NOON)) == 3
        beside.start(lambda other: counts.append(lifecycle.cancel(other, campaign.id, now=NOON)))
        assert beside.blocked()
        starting.commit()
    beside.end()

    assert counts == [1]
    states = [each.state for each in office.messages(campaign)]
    assert sorted(states) == ["cancelled", "sending", "sending", "sending"]
    assert office.adds_up(campaign)


def test_a_cancel_waits_for_the_chunk_that_is_being_planned(
    office: Office, sessions: sessionmaker[Session], beside: Beside
) -> None:
    office.crowd(4)
    campaign = office.campaign()
    office.launch(campaign)

    with sessions() as other:
        lifecycle.cancel(other, campaign.id, now=NOON)
        beside.start(lambda session: Office.plan_chunk(_at(office, session), campaign))
        assert beside.blocked()
        other.commit()
    beside.end()

    assert office.messages(campaign) == []
    assert office.adds_up(campaign)


def _at(office: Office, session: Session) -> Office:
    """The same office in another session."""
    other = object.__new__(Office)
    other.session, other.now, other.line, other.plan = session, NOON, office.line, office.plan
    return other


# finish


def _result_codes(office: Office) -> dict[int, str]:
    rows = office.session.execute(
        select(Case.subscription_id, ResultType.code)
        .join(Result, Result.case_id == Case.id)
        .join(ResultType, ResultType.id == Result.result_type_id)
    )
    return {subscription_id: code for subscription_id, code in rows if subscription_id}


@pytest.mark.parametrize(
    ("type_code", "delivered"), [("mora", "sin_respuesta"), ("fidelizacion", "informado")]
)
def test_finishing_closes_each_silent_case_with_what_became_of_its_message(
    office: Office, type_code: str, delivered: str
) -> None:
    codes = {
        MessageState.PLANNED: "no_entregado",  # cancelled by finishing
        MessageState.CLAIMED: "no_entregado",
        MessageState.SENDING: None,
        MessageState.ACCEPTED: "sin_respuesta",
        MessageState.SENT: "sin_respuesta",
        MessageState.DELIVERED: delivered,
        MessageState.READ: delivered,
        MessageState.SKIPPED: "no_entregado",
        MessageState.CANCELLED: "no_entregado",
        MessageState.FAILED: "no_entregado",
        MessageState.UNDELIVERED: "no_entregado",
        MessageState.UNCERTAIN: None,
        MessageState.REVIEW: None,
    }
    people = office.crowd(len(codes))
    campaign = office.launched(office.campaign(type_code=type_code))
    for message, state in zip(office.messages(campaign), codes, strict=True):
        put_in(message, state)
    office.session.commit()

    closed = lifecycle.finish(office.session, campaign.id, now=NOON)
    office.session.commit()

    wanted = {one.id: code for one, code in zip(people, codes.values(), strict=True) if code}
    assert _result_codes(office) == wanted
    assert closed == len(wanted)
    office.session.expire_all()
    for case in office.session.scalars(select(Case)):
        ended = case.subscription_id in wanted
        assert case.state is (CaseState.FINISHED if ended else CaseState.PENDING)
        assert case.finished_at == (NOON if ended else None)
    assert (campaign.sending_state, campaign.finished_at) == ("drained", NOON)
    assert lifecycle.finished_with_open_cases(office.session) == [campaign.id]


def test_finishing_leaves_cases_that_somebody_answered_or_works_on(office: Office) -> None:
    campaign, messages = _sent(office, 5)
    for message in messages:
        message.state = MessageState.READ
    found = list(office.session.scalars(select(Case).order_by(Case.subscription_id)))
    found[0].waiting_since = NOON
    found[1].state = CaseState.IN_PROGRESS
    found[2].state = CaseState.SCHEDULED
    office.session.add(
        Attribution(
            message_id=messages[3].id,
            case_id=found[3].id,
            basis=Basis.QUOTED,
            confidence=Confidence.EXACT,
        )
    )
    office.session.commit()

    assert lifecycle.finish(office.session, campaign.id, now=NOON) == 1

    office.session.expire_all()
    assert [case.state for case in found] == [
        "pending", "in_progress", "scheduled", "pending", "finished",
    ]  # fmt: skip


def test_a_reply_that_is_being_applied_keeps_its_case_open(
    office: Office, sessions: sessionmaker[Session], beside: Beside
) -> None:
    campaign, messages = _sent(office, 2)
    for message in messages:
        message.state = MessageState.READ
    office.session.commit()
    counts: list[int] = []

    with sessions() as applying:
        case = applying.scalars(select(Case).order_by(Case.id).limit(1).with_for_update()).first()
        assert case is not None
        case.waiting_since = NOON
        applying.flush()
        # it waits for nobody: what somebody is at is left to a later look
        beside.start(lambda other: counts.append(lifecycle.finish(other, campaign.id, now=NOON)))
        beside.end()
        applying.commit()

    assert counts == [1]
    states = office.session.scalars(select(Case.state).order_by(Case.id)).all()
    assert states == [CaseState.PENDING, CaseState.FINISHED]
    assert lifecycle.close_silent_cases(office.session, campaign.id, now=NOON) == 0


def test_a_campaign_of_phone_calls_closes_who_was_never_reached(office: Office) -> None:
    people = office.crowd(2)
    campaign = office.campaign(None)
    office.launch(campaign)
    while office.plan_chunk(campaign) is not None:
        pass

    assert lifecycle.finish(office.session, campaign.id, now=NOON) == 2

    assert _result_codes(office) == {one.id: "sin_respuesta" for one in people}
    assert lifecycle.finished_with_open_cases(office.session) == []


def test_a_doubt_that_is_settled_later_closes_its_case_then(office: Office) -> None:
    campaign, messages = _sent(office, 1)
    put_in(messages[0], MessageState.UNCERTAIN)
    office.session.commit()
    assert lifecycle.finish(office.session, campaign.id, now=NOON) == 0

    office.messages(campaign)[0].state = MessageState.DELIVERED
    office.session.flush()

    assert lifecycle.close_silent_cases(office.session, campaign.id, now=NOON) == 1
    assert lifecycle.close_silent_cases(office.session, campaign.id, now=NOON) == 0


# reopen


def test_a_reopened_campaign_sends_nothing_and_ends_when_a_person_says_so(office: Office) -> None:
    campaign, messages = _sent(office, 2)
    campaign.ends_on = date(2026, 11, 1)
    messages[0].state = MessageState.SENDING
    office.session.commit()
    lifecycle.finish(office.session, campaign.id, now=NOON)
    # in flight when it finished; refused, so it came back
    office.messages(campaign)[0].state = MessageState.PLANNED
    office.session.flush()

    lifecycle.reopen(office.session, campaign.id, now=NOON)
    office.session.commit()

    assert {each.state for each in office.messages(campaign)} == {MessageState.CANCELLED}
    assert sending.lines_with_work(office.session, now=NOON + timedelta(days=1)) == []
    assert (campaign.finished_at, campaign.sending_state) == (None, "drained")
    assert lifecycle.ended(office.session, today=NOON.date()) == []
    assert office.adds_up(campaign)


# ended by itself


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({}, True),
        ({"ends_on": NOON.date()}, False),
        ({"ends_on": None}, False),
        ({"sending_state": SendingState.SENDING}, False),
        ({"state": CampaignState.PAUSED}, False),
    ],
)
def test_a_campaign_ends_when_it_is_drained_and_past_its_date(
    office: Office, change: dict[str, object], ends: bool
) -> None:
    campaign, _ = _sent(office, 1)
    values = {
        "ends_on": NOON.date() - timedelta(days=1),
        "sending_state": SendingState.DRAINED,
        **change,
    }
    office.session.execute(update(Campaign).values(**values))

    assert lifecycle.ended(office.session, today=NOON.date()) == ([campaign.id] if ends else [])


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({"state": CaseState.PENDING}, True),
        ({"waiting_since": NOON}, False),
        ({"state": CaseState.IN_PROGRESS}, False),
        ({"state": CaseState.SCHEDULED}, False),
        ({"state": CaseState.FINISHED}, True),
        ({"state": CaseState.FINISHED, "waiting_since": NOON}, True),
    ],
)
def test_a_campaign_does_not_end_while_a_case_is_worked_on(
    office: Office, change: dict[str, object], ends: bool
) -> None:
    _, _ = _sent(office, 1)
    office.session.execute(
        update(Campaign).values(
            ends_on=NOON.date() - timedelta(days=1), sending_state=SendingState.DRAINED
        )
    )
    office.session.execute(update(Case).values(**change))

    assert bool(lifecycle.ended(office.session, today=NOON.date())) == ends


# held


def test_a_held_line_is_no_work_until_a_person_opens_it(office: Office) -> None:
    _sent(office)

    holding.hold_line(office.session, office.line.id, "63007: sender unknown", now=NOON)
    holding.hold_line(office.session, office.line.id, "something later", now=NOON)

    assert (office.line.hold_reason, office.line.held_at) == ("63007: sender unknown", NOON)
    assert sending.lines_with_work(office.session, now=NOON) == []
    holding.release_line(office.session, office.line.id)
    holding.release_line(office.session, office.line.id)
    assert (office.line.hold_reason, office.line.held_at) == (None, None)
    assert sending.lines_with_work(office.session, now=NOON) == [office.line.id]
    office.session.flush()
    acts = office.session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_kind == "line").order_by(AuditEvent.id)
    ).all()
    assert acts == ["line.hold", "line.release"]


def test_a_held_template_holds_the_campaigns_that_send_it_and_no_other(office: Office) -> None:
    campaign, _ = _sent(office)
    other = office.launched(office.campaign())
    version = office.session.scalars(
        select(CampaignStep.template_version_id).where(CampaignStep.campaign_id == campaign.id)
    ).one()

    holding.hold_template(office.session, version, "63013: paused")
    office.session.commit()

    assert (campaign.hold_reason, other.hold_reason) == ("63013: paused", None)
    lifecycle.pause(office.session, other.id)
    assert sending.lines_with_work(office.session, now=NOON) == []
    holding.release_campaign(office.session, campaign.id)
    office.session.flush()
    assert sending.lines_with_work(office.session, now=NOON) == [office.line.id]


def test_no_attempt_is_started_on_a_line_or_campaign_that_is_held(office: Office) -> None:
    campaign, _ = _sent(office)
    claimed = _claim(office)

    campaign.hold_reason = "by hand"
    office.session.flush()
    assert sending.start_attempts(office.session, claimed, lease=LEASE, now=NOON) == {}
    campaign.hold_reason = None
    office.line.hold_reason = "by hand"
    office.session.flush()
    assert sending.start_attempts(office.session, claimed, lease=LEASE, now=NOON) == {}


# lines


def test_lines_share_the_quota_of_their_portfolio(office: Office) -> None:
    first = lines.add_line(office.session, name="Uno", sender="+5491140009001", portfolio="Sur")
    second = lines.add_line(
        office.session, name="Dos", sender="+5491140009002", portfolio="Sur", rate=5
    )

    one, two = office.session.get_one(Line, first), office.session.get_one(Line, second)
    assert one.portfolio_id == two.portfolio_id
    assert (one.rate_per_second, two.rate_per_second) == (80, 5)
    assert office.session.get_one(Portfolio, one.portfolio_id).name == "Sur"


def test_a_line_is_added_once_and_by_a_real_number(office: Office) -> None:
    lines.add_line(office.session, name="Uno", sender="+5491140009001")

    with pytest.raises(AlreadyThere):
        lines.add_line(office.session, name="Otra", sender="+5491140009001")
    with pytest.raises(InvalidPhoneNumber):
        lines.add_line(office.session, name="Otra", sender="011 4000 9001")


def test_what_ended_is_still_told(office: Office) -> None:
    campaign, _ = _sent(office, 3)
    lifecycle.cancel(office.session, campaign.id, now=NOON)
    office.session.commit()

    assert progress.reasons(office.session, campaign.id) == {
        (MessageState.CANCELLED, "campaign_cancelled"): 3
    }


@pytest.mark.parametrize(
    ("act", "reason"),
    [("cancel", lifecycle.CANCELLED), ("finish", lifecycle.FINISHED)],
)
def test_what_comes_back_due_after_its_campaign_ended_is_taken_back(
    office: Office, act: str, reason: str
) -> None:
    campaign, messages = _sent(office)
    messages[0].state = MessageState.SENDING
    office.session.commit()
    ACTS[act][0](office.session, campaign.id)
    messages[0].state = MessageState.PLANNED  # a 429, or proven absent
    office.session.commit()

    taken = lifecycle.take_back_returned(office.session, now=NOON)

    office.session.commit()
    office.session.refresh(messages[0])
    assert taken == 1
    assert (messages[0].state, messages[0].reason) == (MessageState.CANCELLED, reason)
    assert lifecycle.take_back_returned(office.session, now=NOON) == 0
