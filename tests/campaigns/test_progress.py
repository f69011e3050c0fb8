"""How a campaign stands: its account agrees with its ledger, whatever happens to both."""

import threading
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from campaigns import progress
from campaigns.errors import NotFound
from campaigns.results import record_result
from models.campaign import Campaign, CampaignCount, ResultType
from models.case import Case, Channel
from models.states import CampaignState, MessageState, SendingState
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from tests.doubts import said_of

OUTBOUND = [
    state
    for state in MessageState
    if state not in (MessageState.RECEIVED, MessageState.ATTRIBUTED, MessageState.HANDLED)
]


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


def _bulk(session: Session, state: MessageState, share: int, rest: int) -> None:
    """Move every message whose number leaves this rest, in one statement."""
    session.execute(
        text(
            "UPDATE messages SET state = :state, look_at = :look_at, reason = :reason"
            " WHERE (id + id / 500) % :share = :rest"
        ),
        {
            "look_at": None,
            "reason": None,
            **said_of(state, NOON),
            "state": state,
            "share": share,
            "rest": rest % share,
        },
    )


MOVES = st.lists(
    st.tuples(
        st.sampled_from(OUTBOUND),
        st.integers(1, 5),
        st.integers(0, 4),
        st.sampled_from(["commit", "roll back", "fold", "commit"]),
    ),
    max_size=6,
)


def test_the_account_agrees_with_the_ledger_after_any_moves(office: Office) -> None:
    office.crowd(30)
    campaigns = [office.launched(office.campaign()) for _ in range(2)]
    session = office.session

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(MOVES)
    def any_moves(moves: list[tuple[MessageState, int, int, str]]) -> None:
        for state, share, rest, then in moves:
            _bulk(session, state, share, rest)
            if then == "roll back":
                session.rollback()
            elif then == "fold":
                progress.fold_counts(session)
            session.commit()
            for campaign in campaigns:
                true = progress.true_states(session, campaign.id)
                assert progress.counted_states(session, campaign.id) == true
                assert progress.progress_of(session, campaign.id).adds_up
        assert progress.repair_counts(session) == []

    any_moves()


def _rows(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(CampaignCount)) or 0


def test_folding_keeps_the_account_short_and_changes_nothing(office: Office) -> None:
    office.crowd(10)
    campaign = office.launched(office.campaign(), size=2)
    chance = Random(3)
    for _ in range(20):
        _bulk(office.session, chance.choice(OUTBOUND), 3, chance.randrange(3))
    before = progress.counted_states(office.session, campaign.id)
    assert _rows(office.session) > 20

    progress.fold_counts(office.session)

    assert progress.counted_states(office.session, campaign.id) == before
    assert _rows(office.session) == len(before)
    progress.fold_counts(office.session)
    assert _rows(office.session) == len(before)


def test_folding_while_others_write_loses_nothing(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    office.crowd(12)
    campaign = office.launched(office.campaign())
    errors: list[BaseException] = []

    def work(number: int) -> None:
        chance = Random(number)
        try:
            for _ in range(10):
                with sessions.begin() as session:
                    if number % 2:
                        progress.fold_counts(session)
                    else:  # its own rows: two who write the same would wait in a circle
                        _bulk(session, chance.choice(OUTBOUND), 2, number // 2)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert errors == []
    assert office.adds_up(campaign)


@pytest.mark.parametrize(("state", "delta"), [("planned", -2), ("planned", 3), ("read", 1)])
def test_a_planted_difference_is_found_told_and_repaired(
    office: Office, state: str, delta: int
) -> None:
    office.crowd(5)
    campaign = office.launched(office.campaign())
    office.session.add(
        CampaignCount(campaign_id=campaign.id, is_first=True, state=state, delta=delta)
    )
    office.session.commit()
    assert not office.adds_up(campaign)
    true = 5 if state == "planned" else 0

    found = progress.repair_counts(office.session)
    office.session.commit()

    assert found == [progress.Difference(campaign.id, state, true + delta, true)]
    assert office.adds_up(campaign)
    assert progress.repair_counts(office.session) == []


def test_two_who_repair_at_once_repair_once(
    office: Office, sessions: sessionmaker[Session]
) -> None:
    office.crowd(5)
    campaign = office.launched(office.campaign())
    office.session.add(
        CampaignCount(campaign_id=campaign.id, is_first=True, state="planned", delta=4)
    )
    office.session.commit()
    together = threading.Barrier(3)
    found: list[int] = []

    def repair() -> None:
        with sessions.begin() as session:
            together.wait(10)
            found.append(len(progress.repair_counts(session)))

    threads = [threading.Thread(target=repair) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(found) == [0, 0, 1]
    assert office.adds_up(campaign)


def test_an_account_without_a_ledger_is_a_difference_too(office: Office) -> None:
    campaign = office.campaign()
    office.session.add(CampaignCount(campaign_id=campaign.id, is_first=True, state="sent", delta=1))
    office.session.flush()

    assert progress.repair_counts(office.session) == [
        progress.Difference(campaign.id, "sent", 1, 0)
    ]
    assert progress.counted_states(office.session, campaign.id) == {}


@pytest.mark.parametrize("state", OUTBOUND)
def test_a_campaign_is_drained_when_nothing_is_left_to_do_and_sends_again_when_there_is(
    office: Office, state: MessageState
) -> None:
    busy = state in ("planned", "claimed", "sending", "uncertain")
    office.crowd(3)
    campaign = office.launched(office.campaign())
    _bulk(office.session, MessageState.DELIVERED, 1, 0)
    assert progress.mark_drained(office.session) == [campaign.id]
    assert campaign.sending_state is SendingState.DRAINED

    _bulk(office.session, state, 1, 0)
    changed = progress.mark_drained(office.session)

    assert changed == ([campaign.id] if busy else [])
    assert campaign.sending_state is (SendingState.SENDING if busy else SendingState.DRAINED)
    assert progress.mark_drained(office.session) == []


@pytest.mark.parametrize(
    ("state", "sending"),
    [
        (CampaignState.RUNNING, SendingState.PLANNING),
        (CampaignState.RUNNING, SendingState.IDLE),
        (CampaignState.CANCELLED, SendingState.SENDING),
        (CampaignState.FINISHED, SendingState.SENDING),
    ],
)
def test_what_is_planned_or_over_is_not_marked(
    office: Office, state: CampaignState, sending: SendingState
) -> None:
    office.crowd(1)
    campaign = office.launched(office.campaign())
    campaign.state, campaign.sending_state = state, sending
    _bulk(office.session, MessageState.DELIVERED, 1, 0)

    assert progress.mark_drained(office.session) == []
    assert campaign.sending_state is sending


def test_results_are_told_by_type_without_those_that_were_replaced_or_revoked(
    office: Office,
) -> None:
    office.crowd(3)
    campaign = office.launched(office.campaign())
    session = office.session
    found = session.scalars(select(Case.id).order_by(Case.id)).all()
    kinds = {
        kind.code: kind
        for kind in session.scalars(
            select(ResultType).where(
                (ResultType.campaign_type_id == campaign.campaign_type_id)
                | ResultType.campaign_type_id.is_(None)
            )
        )
    }

    def record(case_id: int, code: str, supersedes: int | None = None) -> int:
        return record_result(
            session,
            case_id,
            kinds[code].id,
            channel=Channel.SYSTEM,
            now=NOON,
            supersedes_id=supersedes,
        ).id

    first = record(found[0], "ya_pago")
    record(found[0], "envio_comprobante", supersedes=first)
    record(found[1], "envio_comprobante")
    record(found[2], "no_responde")
    session.flush()

    assert progress.results_by_type(session, campaign.id) == {
        kinds["envio_comprobante"].name: 2,
        kinds["no_responde"].name: 1,
    }
    assert progress.results_by_type(session, 4711) == {}


def test_a_campaign_that_is_not_there_has_no_progress(session: Session) -> None:
    with pytest.raises(NotFound):
        progress.progress_of(session, 4711)


def test_a_draft_has_an_empty_account(office: Office) -> None:
    campaign: Campaign = office.campaign()

    shown = progress.progress_of(office.session, campaign.id)

    assert (shown.audience, shown.not_planned, shown.states, shown.adds_up) == (0, 0, {}, True)
