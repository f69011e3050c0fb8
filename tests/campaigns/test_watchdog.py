"""A campaign that should be sending and is not: told once, and free again by itself."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import holding
from campaigns.campaign_lists import CampaignFilter, Tab, list_campaigns
from campaigns.pace import note_pace
from campaigns.progress_head import Standing
from campaigns.progress_page import progress_page
from campaigns.watchdog import watch
from models.audit import AuditEvent
from models.campaign import Campaign
from models.message import Message, SendSlice
from models.states import CampaignState, SendingState
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


@pytest.fixture
def campaign(office: Office) -> Campaign:
    office.crowd(3)
    return office.launched(office.campaign())


def _watch(office: Office, minutes: float) -> list[int]:
    changed = watch(office.session, now=NOON + minutes * MINUTE)
    office.session.commit()
    return changed


def _told(office: Office) -> list[str]:
    which = AuditEvent.action.in_(["campaign.stalled", "campaign.moves_again"])
    return list(
        office.session.scalars(select(AuditEvent.action).where(which).order_by(AuditEvent.id))
    )


def _sent(office: Office, minutes: float) -> None:
    ids = list(office.session.scalars(select(Message.id)))
    note_pace(office.session, ids[:1], now=NOON + minutes * MINUTE)
    office.session.commit()


def test_standing_still_for_five_minutes_is_told_once(office: Office, campaign: Campaign) -> None:
    assert _watch(office, 4) == []
    assert _watch(office, 6) == [campaign.id]
    assert _watch(office, 7) == []
    assert _watch(office, 60) == []

    assert campaign.stalled_since == NOON + 6 * MINUTE
    assert _told(office) == ["campaign.stalled"]
    page = progress_page(office.session, campaign.id, now=NOON + 60 * MINUTE)
    assert page.standing is Standing.STUCK
    assert page.head.stalled_since == NOON + 6 * MINUTE
    (row,) = list_campaigns(office.session, CampaignFilter(tab=Tab.ACTIVE), limit=9)
    assert row.standing is Standing.STUCK


def test_it_ends_by_itself_when_something_leaves(office: Office, campaign: Campaign) -> None:
    _watch(office, 6)
    _sent(office, 8)

    assert _watch(office, 9) == [campaign.id]

    assert campaign.stalled_since is None
    assert _told(office) == ["campaign.stalled", "campaign.moves_again"]


def test_what_sends_is_never_flagged(office: Office, campaign: Campaign) -> None:
    for minute in range(0, 30, 3):
        _sent(office, minute)
        assert _watch(office, minute + 2) == []

    assert campaign.stalled_since is None


def test_a_held_line_is_no_stall(office: Office, campaign: Campaign) -> None:
    holding.hold_line(office.session, campaign.line_id, "20003: no", now=NOON)

    assert _watch(office, 30) == []


@pytest.mark.parametrize("how", ["paused", "drained", "due later"])
def test_who_has_nothing_due_or_may_not_send_is_no_stall(
    office: Office, campaign: Campaign, how: str
) -> None:
    if how == "paused":
        campaign.state = CampaignState.PAUSED
    elif how == "drained":
        campaign.sending_state = SendingState.DRAINED
    else:
        later: datetime = NOON + timedelta(hours=12)
        office.session.execute(update(SendSlice).values(next_due_at=later))
    office.session.commit()

    assert _watch(office, 30) == []


def test_a_stalled_campaign_that_a_person_pauses_is_no_longer_stalled(
    office: Office, campaign: Campaign
) -> None:
    _watch(office, 6)
    campaign.state = CampaignState.PAUSED
    office.session.commit()

    assert _watch(office, 7) == [campaign.id]
    assert campaign.stalled_since is None
