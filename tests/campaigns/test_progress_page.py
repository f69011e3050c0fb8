"""The campaign page: its parts sum to the audience, and each number is the length of its list."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from campaigns import holding, lifecycle, progress, teams
from campaigns.activity import latest_acts
from campaigns.campaign_cases import (
    NOBODY,
    CaseFilter,
    count_cases,
    every_case,
    list_and_count,
    list_cases,
)
from campaigns.campaign_lists import CampaignFilter, Tab, list_campaigns, tab_counts, today_of
from campaigns.campaign_results import (
    SYSTEM,
    ResultFilter,
    count_results,
    every_result,
    list_results,
)
from campaigns.campaign_unsent import count_unsent, every_unsent, list_unsent
from campaigns.errors import NotFound
from campaigns.pace import SHOWN, fold_pace, note_pace, pace_of
from campaigns.progress_head import Standing
from campaigns.progress_page import ProgressPage, progress_page
from campaigns.progress_parts import BAR, GROUPS, Part
from campaigns.replied import refresh_replied
from campaigns.replies import tie_reply
from campaigns.results import record_result, revoke_result
from campaigns.slices import refresh_slices
from models.campaign import Campaign, CampaignOperator
from models.case import Case, Channel
from models.message import ID_BLOCK, Message
from models.people import Role, User
from models.states import CampaignState, MessageState, SendingState
from tests.campaigns.builders_inbox import ANA, BEN, World
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from tests.statements import statements

OUTBOUND = [
    state
    for state in MessageState
    if state not in (MessageState.RECEIVED, MessageState.ATTRIBUTED, MessageState.HANDLED)
]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


@pytest.fixture
def world(session: Session) -> World:
    return World(session, NOON)


@pytest.fixture
def ana(session: Session) -> User:
    return _user(session, "Ana")


def _user(session: Session, name: str, role: Role = Role.OPERATOR) -> User:
    user = User(email=f"{name.lower()}@pregon.example", name=name, role=role)
    session.add(user)
    session.commit()
    return user


def _page(session: Session, campaign: Campaign, *, only_by: int | None = None) -> ProgressPage:
    session.expire_all()
    return progress_page(session, campaign.id, now=NOON, only_by=only_by)


def _check(session: Session, campaign: Campaign) -> ProgressPage:
    """Everything on the page that must hold at every moment."""
    page = _page(session, campaign)
    account = page.account
    assert account.adds_up
    assert account.audience == max(campaign.audience_size or 0, account.audience)
    assert sum(account.parts[part] for part in BAR) + account.parts[Part.UNSENT] == account.audience
    assert account.left + account.parts[Part.QUEUED] == account.messages
    for group in GROUPS:
        listed = count_cases(session, campaign.id, CaseFilter(message=group))
        still_to_plan = account.not_planned if group in ("queued", "unsent", "missed") else 0
        if campaign.state in (CampaignState.RUNNING, CampaignState.PAUSED):
            still_to_plan = account.not_planned if group == "queued" else 0
        elif group == "queued":
            still_to_plan = 0
        assert listed + still_to_plan == account.of(group), group
    for missed in account.missed:
        if missed.why != "not_planned":
            assert missed.count == count_unsent(
                session, campaign.id, part=missed.part, why=missed.why
            )
    return page


def _shuffle(session: Session, chance: Random) -> None:
    """Any messages to any state, for any reason, answered or not."""
    session.execute(
        text(
            "UPDATE messages SET state = :state, reason = :reason, error_code = :code,"
            " look_at = now(), replied_at = CASE WHEN :replied THEN now() ELSE replied_at END"
            " WHERE (id + id / 500) % :share = :rest"
        ),
        {
            "state": (state := chance.choice(OUTBOUND)),
            "reason": chance.choice(
                ["opted_out", "covered_by:12"]
                + [None] * (state is not MessageState.REVIEW)  # it always says why
            ),
            "code": chance.choice([None, 63024]),
            "replied": chance.random() < 0.3,
            "share": (share := chance.randint(1, 5)),
            "rest": chance.randrange(share),
        },
    )


def test_the_bar_sums_to_the_audience_at_every_moment(office: Office) -> None:
    office.crowd(30)
    campaign = office.campaign()
    session = office.session
    office.launch(campaign)
    page = _check(session, campaign)
    assert page.account.parts[Part.QUEUED] == 30
    while office.plan_chunk(campaign, 7) is not None:
        _check(session, campaign)
    chance = Random(5)
    for _ in range(25):
        _shuffle(session, chance)
        if chance.random() < 0.3:
            session.rollback()
        if chance.random() < 0.3:
            progress.fold_counts(session)
        session.commit()
        _check(session, campaign)

    assert progress.repair_counts(session) == []


def test_what_was_never_planned_is_unsent_once_the_campaign_is_over(office: Office) -> None:
    office.crowd(10)
    campaign = office.campaign()
    office.launch(campaign)
    office.plan_chunk(campaign, 4)
    lifecycle.cancel(office.session, campaign.id, now=NOON)
    office.session.commit()

    page = _check(office.session, campaign)

    assert page.account.parts[Part.UNSENT] == page.account.audience == 10
    assert {each.why: each.count for each in page.account.missed} == {
        "campaign_cancelled": 4,
        "not_planned": 6,
    }


def test_an_answer_moves_its_message_to_the_answered_once(world: World) -> None:
    message = world.a_message(ANA, state=MessageState.DELIVERED)
    world.a_message(BEN, state=MessageState.READ)
    world.campaign.audience_size = 2
    world.inbound("hola", OriginalRepliedMessageSid=message.provider_sid or "")
    world.inbound("otra vez", OriginalRepliedMessageSid=message.provider_sid or "")

    applied = world.apply_inbound()

    assert applied.campaigns == {world.campaign.id}
    page = _check(world.session, world.campaign)
    assert {part: count for part, count in page.account.parts.items() if count} == {
        Part.REPLIED: 1,
        Part.READ: 1,
    }
    world.status(message, "read")
    assert world.apply_statuses().campaigns == {world.campaign.id}
    assert _check(world.session, world.campaign).account.parts[Part.REPLIED] == 1


def test_an_answer_that_a_person_moves_counts_where_it_went(world: World, ana: User) -> None:
    first = world.a_message(ANA, state=MessageState.READ)
    second = world.a_message(BEN, state=MessageState.READ)
    world.campaign.audience_size = 2
    world.inbound("hola", OriginalRepliedMessageSid=first.provider_sid or "")
    world.apply_inbound()

    tie_reply(world.session, world.received().id, second.case_id or 0, by_id=ana.id, now=NOON)
    world.session.commit()

    _check(world.session, world.campaign)
    chosen = CaseFilter(message="replied")
    rows = list_cases(world.session, world.campaign.id, chosen, limit=9)
    assert [row.case_id for row in rows] == [second.case_id]


def test_handled_and_waiting_are_their_lists(world: World, ana: User) -> None:
    messages = [world.a_message(f"+54911555500{n:02}", state=MessageState.READ) for n in range(5)]
    world.campaign.audience_size = 5
    for message in messages[:3]:
        world.inbound(
            "hola",
            sender=message.address or "",
            OriginalRepliedMessageSid=message.provider_sid or "",
        )
    world.apply_inbound()
    record_result(
        world.session,
        messages[0].case_id or 0,
        world.result_type("ya_pago").id,
        channel=Channel.WHATSAPP,
        now=NOON + 4 * MINUTE,
        by_id=ana.id,
    )
    world.session.commit()

    page = _check(world.session, world.campaign)

    def count(state: str) -> int:
        return count_cases(world.session, world.campaign.id, CaseFilter(state=state))

    assert page.work.waiting.count == count("waiting") == 2
    assert page.handled == count("handled") == 1
    assert page.handled + page.work.waiting.replied == page.account.of("replied")
    assert page.work.waiting.oldest == NOON
    assert page.work.waiting.unheld == 2
    nobodys = CaseFilter(state="waiting", operator=NOBODY)
    assert count_cases(world.session, world.campaign.id, nobodys) == 2


def test_each_figure_of_the_team_is_its_list(world: World, ana: User) -> None:
    ben = _user(world.session, "Ben")
    caz = _user(world.session, "Caz")
    world.session.add(CampaignOperator(campaign_id=world.campaign.id, user_id=caz.id))
    messages = [world.a_message(f"+54911555500{n:02}", state=MessageState.READ) for n in range(6)]
    for number, message in enumerate(messages):
        world.inbound(
            "hola",
            sender=message.address or "",
            OriginalRepliedMessageSid=message.provider_sid or "",
        )
        case = world.session.get_one(Case, message.case_id)
        case.operator_id = (ana if number < 4 else ben).id
    world.apply_inbound()
    kinds = [world.result_type("ya_pago"), world.result_type("se_niega")]
    for number, (who, minutes) in enumerate([(ana, 2), (ana, 6), (ana, 40), (ben, 9)]):
        record_result(
            world.session,
            messages[number if who is ana else 5].case_id or 0,
            kinds[number % 2].id,
            channel=Channel.PHONE,
            now=NOON + minutes * MINUTE,
            by_id=who.id,
        )
    world.session.commit()

    page = _check(world.session, world.campaign)

    members = {member.name: member for member in page.work.members}
    assert list(members) == ["Ana", "Ben", "Caz"]
    for member in members.values():
        mine = CaseFilter(state="open", operator=str(member.user_id))
        assert member.open_cases == count_cases(world.session, world.campaign.id, mine)
        by = ResultFilter(by=str(member.user_id))
        assert member.handled == count_results(world.session, world.campaign.id, by)
    assert members["Ana"].first_answer == 6 * MINUTE
    assert members["Ben"].first_answer == 9 * MINUTE
    assert members["Caz"].first_answer is None
    assert (members["Caz"].is_assigned, members["Ana"].is_assigned) == (True, False)
    for kind in page.work.results:
        by_type = ResultFilter(type_id=kind.type_id)
        assert kind.count == count_results(world.session, world.campaign.id, by_type)
        assert kind.count == len(
            list(every_result(world.session, world.campaign.id, by_type, batch=1))
        )
        assert kind.count == count_cases(
            world.session, world.campaign.id, CaseFilter(result=kind.type_id)
        )
    assert page.work.recorded == count_results(world.session, world.campaign.id, ResultFilter())
    hers = _page(world.session, world.campaign, only_by=ana.id).work
    assert [member.name for member in hers.members] == ["Ana"]
    assert hers.recorded == 3
    assert hers.members[0].first_answer == 6 * MINUTE
    record_result(
        world.session,
        messages[5].case_id or 0,
        kinds[0].id,
        channel=Channel.PHONE,
        now=NOON + 50 * MINUTE,
        by_id=ana.id,
    )
    after = _page(world.session, world.campaign, only_by=ana.id).work
    assert after.members[0].first_answer == 6 * MINUTE, "in that case Ben was the first"


def test_a_revoked_result_is_listed_only_among_all(world: World, ana: User) -> None:
    message = world.a_message(ANA, state=MessageState.READ)
    kind = world.result_type("ya_pago")
    result = record_result(
        world.session, message.case_id or 0, kind.id, channel=Channel.PHONE, now=NOON, by_id=ana.id
    )
    revoke_result(world.session, result.id, by_id=ana.id, now=NOON)
    world.session.commit()

    standing, every = ResultFilter(), ResultFilter(with_replaced=True)
    campaign_id = world.campaign.id
    assert list_results(world.session, campaign_id, standing, limit=9) == []
    (row,) = list_results(world.session, campaign_id, every, limit=9)
    assert (row.stands, row.by, row.type_name) == (False, "Ana", kind.name)
    assert count_results(world.session, campaign_id, ResultFilter(by=SYSTEM, type_id=1)) == 0
    assert count_results(world.session, campaign_id, ResultFilter(by="x", with_replaced=True)) == 0


def _walked(session: Session, campaign_id: int, chosen: CaseFilter) -> list[int]:
    """Page by page as the screen does, each with the whole's number."""
    found: list[int] = []
    after: int | None = None
    size = count_cases(session, campaign_id, chosen)
    while True:
        rows, total = list_and_count(session, campaign_id, chosen, limit=5, after=after)
        assert total == size
        if not rows:
            return found
        found += [row.case_id for row in rows]
        after = rows[-1].key


def test_what_was_sent_before_the_first_slice_with_work_is_not_queued(office: Office) -> None:
    office.crowd(6)
    campaign = office.launched(office.campaign())
    session = office.session
    first = session.scalars(select(Message.id).order_by(Message.id)).first() or 0
    later = (first // ID_BLOCK + 1) * ID_BLOCK
    session.execute(update(Message).where(Message.id < first + 4).values(state="sent"))
    session.execute(
        text("UPDATE send_slices SET next_due_at = NULL, reap_at = NULL WHERE id = :id"),
        {"id": first // ID_BLOCK * ID_BLOCK},
    )
    session.execute(
        text("UPDATE messages SET id = :later + id - :first WHERE id >= :first + 4"),
        {"later": later, "first": first},
    )
    refresh_slices(session, [later])
    session.commit()

    queued = CaseFilter(message="queued")

    rows, total = list_and_count(session, campaign.id, queued, limit=9)
    assert (len(rows), total) == (2, 2)


def test_lists_go_on_where_they_stopped(office: Office) -> None:
    office.crowd(12)
    campaign = office.launched(office.campaign())
    session = office.session
    session.execute(
        update(Message).where(Message.id % 2 == 0).values(state="failed", error_code=63024)
    )
    session.commit()
    for chosen in (CaseFilter(), CaseFilter(message="queued"), CaseFilter(state="pending")):
        rows = list(every_case(session, campaign.id, chosen, batch=5))
        assert len({row.case_id for row in rows}) == len(rows)
        assert len(rows) == count_cases(session, campaign.id, chosen)
        assert _walked(session, campaign.id, chosen) == [row.case_id for row in rows]
    failed = list(every_unsent(session, campaign.id, batch=4))
    assert len(failed) == 6 == len({row.case_id for row in failed})
    assert {(row.part, row.why) for row in failed} == {(Part.FAILED, "63024")}
    assert list_unsent(session, campaign.id, limit=9, part=Part.UNSENT) == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [("cliente 3", 1), ("CLIENTE", 5), ("1042/{order}", 1), ("60000002", 1), ("nadie", 0)],
)
def test_a_case_is_found_by_name_group_or_phone(office: Office, typed: str, found: int) -> None:
    subscriptions = office.crowd(5)
    campaign = office.launched(office.campaign())
    typed = typed.format(order=subscriptions[0].order_code)

    chosen = CaseFilter(text=typed)

    assert count_cases(office.session, campaign.id, chosen) == found
    assert len(list_cases(office.session, campaign.id, chosen, limit=9)) == found
    assert len(_walked(office.session, campaign.id, chosen)) == found


def test_an_unknown_word_in_a_filter_finds_nothing(office: Office) -> None:
    office.crowd(2)
    campaign = office.launched(office.campaign())
    for chosen in (
        CaseFilter(state="nope"),
        CaseFilter(message="nope"),
        CaseFilter(operator="nope"),
        CaseFilter(operator="9" * 30),
        CaseFilter(result=4711),
    ):
        assert count_cases(office.session, campaign.id, chosen) == 0
        assert list_cases(office.session, campaign.id, chosen, limit=9) == []


def test_the_pace_is_counted_by_the_minute_and_says_when_it_ends(office: Office) -> None:
    office.crowd(40)
    campaign = office.launched(office.campaign())
    session = office.session
    ids = list(session.scalars(select(Message.id)))
    for ago, count in ((3, 10), (2, 20), (1, 20), (1, 10), (70, 5)):
        note_pace(session, ids[:count], now=NOON - ago * MINUTE)
    fold_pace(session, now=NOON)
    session.commit()

    pace = pace_of(session, campaign.id, now=NOON)

    assert len(pace.minutes) == SHOWN
    assert pace.minutes[-4:] == (10, 20, 30, 0)
    assert pace.per_minute == 20
    assert pace.ends_at(40, now=NOON) == NOON + 2 * MINUTE
    assert pace.ends_at(0, now=NOON) is None
    assert pace_of(session, campaign.id, now=NOON + timedelta(hours=3)).per_minute == 0


def test_a_hold_says_why_and_since_when(office: Office) -> None:
    office.crowd(2)
    campaign = office.launched(office.campaign())
    session = office.session
    assert _page(session, campaign).standing is Standing.RUNNING

    version_id = session.scalars(select(Message.template_version_id)).first() or 0
    holding.hold_template(session, version_id, "63041: Meta pausó la plantilla")
    session.commit()

    page = _page(session, campaign)
    assert page.standing is Standing.HELD
    assert page.head.hold is not None
    assert page.head.hold.reason.startswith("63041")
    assert page.head.hold.since is not None
    holding.release_campaign(session, campaign.id)
    holding.hold_line(session, campaign.line_id, "20003: no", now=NOON)
    session.commit()
    held = _page(session, campaign).head.hold
    assert held is not None
    assert (held.of_line, held.since) == (True, NOON)


def test_a_campaign_without_a_move_for_five_minutes_is_stuck(office: Office) -> None:
    office.crowd(3)
    campaign = office.launched(office.campaign())
    session = office.session
    ids = list(session.scalars(select(Message.id)))

    def standing(minutes: int) -> Standing:
        return progress_page(session, campaign.id, now=NOON + minutes * MINUTE).standing

    assert standing(4) is Standing.RUNNING
    assert standing(6) is Standing.STUCK
    note_pace(session, ids[:1], now=NOON + 3 * MINUTE)
    assert standing(6) is Standing.RUNNING
    assert standing(9) is Standing.STUCK
    other = office.campaign()
    session.execute(update(Message).where(Message.id == ids[2]).values(campaign_id=other.id))
    note_pace(session, [ids[2]], now=NOON + 8 * MINUTE)
    assert standing(9) is Standing.RUNNING  # its turn comes after the other's
    campaign.state = CampaignState.PAUSED
    assert standing(30) is Standing.PAUSED
    campaign.state, campaign.sending_state = CampaignState.RUNNING, SendingState.DRAINED
    assert standing(30) is Standing.DRAINED


def test_who_leaves_the_team_leaves_his_open_cases_to_the_pool(office: Office, ana: User) -> None:
    office.crowd(3)
    campaign = office.launched(office.campaign())
    session = office.session
    ben = _user(session, "Ben")
    assert teams.assign_operators(session, campaign.id, [ana.id], by_id=ana.id) == 0
    session.execute(update(Case).values(operator_id=ana.id))
    session.commit()

    released = teams.assign_operators(session, campaign.id, [ben.id], by_id=ana.id)
    session.commit()

    assert released == 3
    assigned = [each.name for each in teams.candidates(session, campaign.id) if each.is_assigned]
    assert assigned == ["Ben"]
    (act, *_) = latest_acts(session, campaign.id, limit=5)
    assert (act.action, act.who) == ("campaign.operators", "Ana")
    assert act.details == {"added": ["Ben"], "removed": ["Ana"], "released": 3}
    with pytest.raises(NotFound):
        teams.assign_operators(session, campaign.id, [4711])


def test_a_priority_is_changed_and_noted_once(office: Office) -> None:
    campaign = office.campaign()

    assert teams.change_priority(office.session, campaign.id, 1) == 2
    assert teams.change_priority(office.session, campaign.id, 1) == 1

    acts = [act.action for act in latest_acts(office.session, campaign.id, limit=9)]
    assert acts == ["campaign.priority", "campaign.create"]
    with pytest.raises(ValueError, match="priority"):
        teams.change_priority(office.session, campaign.id, 4)


def test_the_list_of_campaigns_has_its_tabs_and_figures(office: Office, ana: User) -> None:
    office.crowd(4)
    running = office.launched(office.campaign())
    office.campaign()
    teams.assign_operators(office.session, running.id, [ana.id])
    office.session.execute(update(Case).where(Case.id > 0).values(waiting_since=NOON))
    office.session.commit()

    counts = tab_counts(office.session, CampaignFilter())
    rows = {tab: list_campaigns(office.session, CampaignFilter(tab=tab), limit=9) for tab in Tab}

    assert {tab: len(found) for tab, found in rows.items()} == counts
    assert (counts[Tab.ACTIVE], counts[Tab.DRAFTS], counts[Tab.ALL]) == (1, 1, 2)
    (row,) = rows[Tab.ACTIVE]
    assert (row.waiting, row.operators, row.account.audience) == (4, ("Ana",), 4)
    assert row.standing is Standing.RUNNING
    assert list_campaigns(office.session, CampaignFilter(text="nada"), limit=9) == []
    today = today_of(office.session, since=NOON)
    assert (today.active, today.queued, today.sent, today.quota) == (1, 4, 0, None)


@pytest.fixture
def seen(session: Session) -> Iterator[list[str]]:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    with statements(engine) as asked:
        yield asked


def test_rows_add_no_queries(office: Office, seen: list[str], ana: User) -> None:
    office.crowd(3)
    campaign = office.launched(office.campaign())
    session = office.session
    campaign_id = campaign.id
    teams.assign_operators(session, campaign_id, [ana.id])

    reads: list[Callable[[Session], object]] = [
        lambda reader: progress_page(reader, campaign_id, now=NOON),
        lambda reader: list_cases(reader, campaign_id, CaseFilter(), limit=50),
        lambda reader: list_unsent(reader, campaign_id, limit=50),
        lambda reader: list_results(reader, campaign_id, ResultFilter(), limit=50),
        lambda reader: list_campaigns(reader, CampaignFilter(tab=Tab.ALL), limit=50),
    ]

    def asked() -> list[int]:
        session.commit()
        counts = []
        for read in reads:
            seen.clear()
            with Session(session.get_bind()) as reader:
                read(reader)
            counts.append(len(seen))
        return counts

    before = asked()
    office.crowd(20)
    for _ in range(5):
        office.launched(office.campaign())

    assert asked() == before
    assert max(before) <= 9


def test_nobody_answered_a_case_whose_answers_were_taken_away(world: World) -> None:
    message = world.a_message(ANA, state=MessageState.READ)
    world.session.execute(update(Message).values(replied_at=NOON))
    refresh_replied(world.session, [message.case_id or 0])
    world.session.commit()
    world.session.expire_all()

    assert message.replied_at is None


def test_a_campaign_is_held_against_the_last_of_its_type_before_it(office: Office) -> None:
    office.crowd(60)
    first, second, other, now = (
        office.campaign(type_code=code) for code in ("mora", "mora", "adjudicacion", "mora")
    )
    for age, (campaign, answered) in enumerate([(now, 0), (other, 40), (second, 15), (first, 30)]):
        office.launched(campaign)
        campaign.launched_at = NOON - age * MINUTE
        messages = office.messages(campaign)
        for place, message in enumerate(messages):
            message.state = MessageState.DELIVERED
            message.replied_at = NOON if place < answered else None
        office.session.commit()

    before = _page(office.session, now).before

    assert before is not None
    assert (before.id, before.replied) == (second.id, 0.25)
    earlier = _page(office.session, second).before
    assert earlier is not None
    assert (earlier.id, earlier.replied) == (first.id, 0.5)
    assert _page(office.session, first).before is None
    assert _page(office.session, other).before is None


def test_a_campaign_is_held_against_no_handful(office: Office) -> None:
    office.crowd(3)
    few, now = office.campaign(), office.campaign()
    for campaign in (few, now):
        office.launched(campaign)
    few.launched_at = NOON - MINUTE
    for message in office.messages(few):
        message.state = MessageState.READ
    office.session.commit()

    assert _page(office.session, now).before is None
