"""Launching: what it freezes, what it refuses, and who wins a race."""

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from campaigns import launching, lifecycle
from campaigns.audience_filter import AudienceFilter
from campaigns.errors import (
    CampaignIncomplete,
    EmptyAudience,
    InvalidFilter,
    NotFound,
    TemplateNotApproved,
)
from models.audit import AuditEvent
from models.campaign import Campaign
from models.case import Case
from models.states import CampaignState, IllegalMove, SendingState, TemplateState
from tests.campaigns.builders_launch import TIMES, ZONE, Office, plan_chunk
from tests.conftest import NOON


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


def test_a_launch_freezes_the_audience_and_writes_nothing_else(office: Office) -> None:
    people = office.crowd(3)
    campaign = office.campaign(audience=AudienceFilter(overdue_max=4))

    assert office.launch(campaign) == 3

    assert (campaign.state, campaign.sending_state) == ("running", "planning")
    assert campaign.audience == {"overdue_max": 4}
    assert (campaign.audience_size, campaign.audience_high_water) == (3, people[-1].id)
    assert (campaign.launched_at, campaign.planned_through) == (NOON, 0)
    assert office.session.scalars(select(Case)).all() == []
    assert office.adds_up(campaign)
    launched = office.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "campaign.launch")
    ).one()
    assert (launched.object_id, launched.details) == (campaign.id, {"audience": 3})


def test_a_second_launch_is_refused_and_says_what_is_allowed(office: Office) -> None:
    office.crowd(1)
    campaign = office.campaign()
    office.launch(campaign)

    with pytest.raises(IllegalMove) as refused:
        office.launch(campaign)

    assert (refused.value.now, refused.value.tried) == ("running", "launch")
    assert refused.value.allowed == {"draft", "scheduled"}


@pytest.mark.parametrize(
    "state",
    [each for each in CampaignState if each not in (CampaignState.DRAFT, CampaignState.SCHEDULED)],
)
def test_only_a_draft_or_a_scheduled_campaign_is_launched(
    office: Office, state: CampaignState
) -> None:
    office.crowd(1)
    campaign = office.campaign()
    campaign.state = state
    office.session.commit()

    with pytest.raises(IllegalMove):
        office.launch(campaign)


def test_a_scheduled_campaign_is_launched(office: Office) -> None:
    office.crowd(1)
    campaign = office.campaign()
    campaign.state = CampaignState.SCHEDULED
    office.session.commit()

    assert office.launch(campaign) == 1


def test_of_two_racing_launches_one_wins(office: Office, sessions: sessionmaker[Session]) -> None:
    office.crowd(2)
    campaign_id = office.campaign().id
    together = threading.Barrier(4)
    came: list[object] = []

    def launch() -> None:
        with sessions() as session:
            shown = session.get_one(Campaign, campaign_id)  # before its button is pressed
            assert shown.state is CampaignState.DRAFT
            together.wait(10)
            try:
                came.append(launching.launch_campaign(session, campaign_id, now=NOON, zone=ZONE))
                session.commit()
            except IllegalMove as error:
                came.append(error.tried)

    threads = [threading.Thread(target=launch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(came, key=str) == [2, "launch", "launch", "launch"]
    launches = office.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "campaign.launch")
    ).all()
    assert len(launches) == 1


@pytest.mark.parametrize(
    "state", [state for state in TemplateState if state is not TemplateState.APPROVED]
)
def test_a_template_that_is_not_approved_is_not_sent(office: Office, state: TemplateState) -> None:
    office.crowd(1)
    template = office.template(state=state)
    campaign = office.campaign(template=template)

    with pytest.raises(TemplateNotApproved) as refused:
        office.launch(campaign)

    assert (refused.value.template, refused.value.state) == (template, state)
    assert campaign.state is CampaignState.DRAFT


def test_an_empty_audience_is_refused(office: Office) -> None:
    office.crowd(1)
    campaign = office.campaign(audience=AudienceFilter(overdue_min=9))

    with pytest.raises(EmptyAudience) as refused:
        office.launch(campaign)

    office.session.rollback()
    assert refused.value.campaign_id == campaign.id
    assert campaign.state is CampaignState.DRAFT


@pytest.mark.parametrize("texts", [{}, {"campaign.text_2": ""}, {"campaign.text_2": " \n"}])
def test_a_text_that_the_template_needs_must_be_given(
    office: Office, texts: dict[str, str]
) -> None:
    office.crowd(1)
    campaign = office.campaign({"1": "campaign.text_2"}, texts=texts)

    with pytest.raises(CampaignIncomplete) as refused:
        office.launch(campaign)

    assert refused.value.what == "text for campaign.text_2"


def test_a_filter_that_was_stored_wrong_is_refused_by_name(office: Office) -> None:
    office.crowd(1)
    campaign = office.campaign()
    campaign.audience = {"colour": "red"}
    office.session.commit()

    with pytest.raises(InvalidFilter) as refused:
        office.launch(campaign)

    assert refused.value.field == "colour"


def test_a_campaign_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        launching.launch_campaign(session, 4711, now=NOON, zone=ZONE)
    with pytest.raises(NotFound):
        plan_chunk(session, 4711, now=NOON)


def test_a_draft_is_not_planned(office: Office) -> None:
    office.crowd(1)
    campaign = office.campaign()

    assert office.plan_chunk(campaign) is None
    assert campaign.sending_state is SendingState.IDLE


def test_campaigns_are_planned_by_priority(office: Office) -> None:
    office.crowd(1)
    low, high = office.campaign(), office.campaign()
    low.priority, high.priority = 3, 1
    office.launch(low)
    office.launch(high)

    assert launching.campaigns_to_plan(office.session) == [high.id, low.id]


@pytest.mark.parametrize(
    ("rate", "share", "rows"), [(1, 0.9, 18), (80, 0.9, 500), (1, 0.01, 1), (10, 1.0, 200)]
)
def test_a_slice_is_what_the_line_sends_in_twenty_seconds(
    office: Office, rate: int, share: float, rows: int
) -> None:
    assert launching.slice_rows(office.a_line(rate=rate), TIMES, share) == rows


def test_a_draft_of_something_unknown_is_refused(office: Office) -> None:
    unknown: list[tuple[str, dict[str, object]]] = [
        ("campaign type", {"type_code": "nada"}),
        ("template", {"template": "nada"}),
        ("line", {"line_id": 4711}),
        ("user", {"operators": ["nadie@example.com"]}),
    ]
    for kind, wrong in unknown:
        given = {
            "name": "x",
            "type_code": "mora",
            "line_id": office.line.id,
            "audience": AudienceFilter(),
            **wrong,
        }
        with pytest.raises(NotFound) as refused:
            lifecycle.create_campaign(office.session, **given)  # type: ignore[arg-type]
        assert refused.value.kind == kind
