"""Any order of callbacks, doubled or not, ends in the same state: decided without a database."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from campaigns.delivery import AttemptNow, MessageNow, apply_status
from campaigns.times import Times
from messaging.inbound import StatusUpdate
from messaging.twilio.webhooks import parse_status_callback
from models.states import DELIVERY_RANK, MessageState

NOON = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
TIMES = Times()

STORIES = [
    ["queued", "sent", "delivered", "read"],
    ["queued", "sent", "read"],
    ["sent", "delivered"],
    ["queued", "sending", "sent"],
    ["sent", "undelivered:63024"],
    ["failed:63016"],
    ["sent", "failed:63012"],
    ["sent", "undelivered:63049"],
    ["sent", "failed:63012", "delivered"],
    ["sent", "undelivered:63024", "delivered", "read"],
    ["failed:"],
]


def _update(word: str, sid: str = "SM1") -> StatusUpdate:
    status, _, code = word.partition(":")
    return parse_status_callback({"MessageSid": sid, "MessageStatus": status, "ErrorCode": code})


def _message(state: MessageState) -> MessageNow:
    known = "SM1" if state is MessageState.ACCEPTED else None
    return MessageNow(
        id=500, state=state, provider_sid=known, attempts={1: AttemptNow(1, provider_sid=known)}
    )


def _told(words: list[str], state: MessageState) -> MessageNow:
    message = _message(state)
    for word in words:
        apply_status(message, 1, _update(word), now=NOON, times=TIMES)
    return message


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    story = draw(st.sampled_from(STORIES))
    doubled = story + draw(st.lists(st.sampled_from(story), max_size=4))
    return story, draw(st.permutations(doubled))


@given(
    shuffled(),
    st.sampled_from([MessageState.SENDING, MessageState.ACCEPTED, MessageState.UNCERTAIN]),
)
def test_any_order_and_doubling_ends_in_the_same_state(
    stories: tuple[list[str], list[str]], state: MessageState
) -> None:
    story, disorder = stories

    straight, other = _told(story, state), _told(disorder, state)

    assert other.state is straight.state
    assert other.provider_sid == straight.provider_sid
    assert other.due_at == straight.due_at or other.state is not MessageState.PLANNED


@given(shuffled(), st.sampled_from([MessageState.SENDING, MessageState.ACCEPTED]))
def test_the_rank_never_falls_but_by_a_failure_that_may_be_tried_again(
    stories: tuple[list[str], list[str]], state: MessageState
) -> None:
    message = _message(state)
    for word in stories[1]:
        before = message.state
        effect = apply_status(message, 1, _update(word), now=NOON, times=TIMES)
        assert DELIVERY_RANK[message.state] >= DELIVERY_RANK[before] or effect.due_again


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([w for s in STORIES for w in s]))))
def test_every_sid_is_kept_and_none_is_bound_twice(told: list[tuple[int, str]]) -> None:
    message = _message(MessageState.SENDING)
    for number, word in told:
        apply_status(message, 1, _update(word, f"SM{number}"), now=NOON, times=TIMES)

    attempt = message.attempts[1]
    assert {attempt.provider_sid, *attempt.other_sids} - {None} == {f"SM{n}" for n, _ in told}
    assert attempt.provider_sid not in attempt.other_sids
    assert len(set(attempt.other_sids)) == len(attempt.other_sids)


def test_a_cancelled_message_that_left_after_all_stays_cancelled_and_alarms() -> None:
    message = _message(MessageState.CANCELLED)

    effect = apply_status(message, 1, _update("delivered"), now=NOON, times=TIMES)

    assert (message.state, effect.alarm) == (MessageState.CANCELLED, True)
    assert message.attempts[1].provider_sid == "SM1"
