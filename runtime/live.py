"""Which screens have something new to show: a mark per topic in the broker, no SQL.

A topic is a text like ``campaign:12``. Whoever commits a change of it calls `touch`; whoever
polls compares `version`. The marks are chance, so nobody can guess one that he was not shown.
"""

import secrets
import time
from collections.abc import Iterable, Sequence
from hashlib import blake2s

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

_PAUSE = 5.0  # seconds without a try after the broker failed: a batch must not wait for it
_LOOKS = 7  # seconds: a screen says every two that it is looked at
_down_until = 0.0
_untold: set[str] = set()  # topics that were touched while the broker was down


def campaign(campaign_id: int) -> str:
    """The topic of a campaign: its state, its team, and what changes many of its cases."""
    return f"campaign:{campaign_id}"


def sending(campaign_id: int) -> str:
    """How far a campaign's own messages are: it changes many times a second, and no desk shows it.

    Who follows it follows the campaign's topic too.
    """
    return f"sending:{campaign_id}"


def talks(campaign_id: int) -> str:
    """What is said and done in single cases of a campaign: it changes several times a second.

    Whoever follows a campaign, or a list of its cases, follows it; whose case it is is told by
    `user` as well.
    """
    return f"talks:{campaign_id}"


def user(user_id: int) -> str:
    """The cases that somebody holds, or has just given away."""
    return f"user:{user_id}"


def of_cases(them: Iterable[tuple[int, int | None]]) -> set[str]:
    """Of cases, each by its campaign and its holder."""
    cases = set(them)
    holders = {user(holder) for _campaign, holder in cases if holder is not None}
    return {talks(campaign_id) for campaign_id, _holder in cases} | holders


ANY_CAMPAIGN = "campaigns"
"""The topic of whoever sees all of them."""

ANY_TALKS = "talks"
"""The same of what is said in them."""


def touch(redis: Redis, *topics: str) -> None:
    """Something about these topics is new; call it after the commit. Never raises.

    What cannot be told while the broker is down is told by the next call that reaches it.
    """
    global _down_until
    if time.monotonic() < _down_until:
        _untold.update(topics)
        return
    late = set(_untold)
    telling = late.union(topics)
    if not telling:
        return
    mark = secrets.token_hex(8)
    told = {_key(topic): mark for topic in telling}
    if any(topic.startswith("campaign:") for topic in telling):
        told[_key(ANY_CAMPAIGN)] = mark
    if any(topic.startswith("talks:") for topic in telling):
        told[_key(ANY_TALKS)] = mark
    try:
        redis.mset(told)
    except RedisError as error:
        _down_until = time.monotonic() + _PAUSE
        _untold.update(topics)
        log.warning("screens not told", topics=len(telling), error=str(error))
        return
    _untold.difference_update(late)


def version(redis: Redis, *topics: str) -> str:
    """A mark that differs once one of the topics was touched; "" means: show it anew.

    It is "" while the broker is down. What was never touched gets its mark here.
    """
    return versions(redis, topics)[0]


def versions(redis: Redis, *groups: Sequence[str]) -> tuple[str, ...]:
    """The `version` of each group of topics, of one instant."""
    global _down_until
    unknown = ("",) * len(groups)
    keys = sorted({_key(topic) for topics in groups for topic in topics})
    if not keys or time.monotonic() < _down_until:
        return unknown
    try:
        marks = redis.mget(keys)
        missing = [key for key, mark in zip(keys, marks, strict=True) if mark is None]
        if missing:
            _begin(redis, missing)
            marks = redis.mget(keys)
    except RedisError as error:
        _down_until = time.monotonic() + _PAUSE
        log.warning("screens are drawn anew", error=str(error))
        return unknown
    known = dict(zip(keys, marks, strict=True))
    return tuple(_together([(key, known[key]) for key in map(_key, sorted(t))]) for t in groups)


def _together(marks: Sequence[tuple[str, bytes | str | None]]) -> str:
    if not marks or any(mark is None for _, mark in marks):
        return ""
    said = "|".join(f"{key}={mark!r}" for key, mark in marks)
    return blake2s(said.encode(), digest_size=8).hexdigest()


def looking(redis: Redis, case_id: int, *, user_id: int | None = None) -> frozenset[int]:
    """The users who have a case on their screens; ``user_id`` has it now. Nobody, without broker.

    Whoever stops saying so is forgotten after some seconds.
    """
    global _down_until
    if time.monotonic() < _down_until:
        return frozenset()
    key, at = f"pregon:looking:{case_id}", time.time()
    pipeline = redis.pipeline(transaction=False)
    if user_id is not None:
        pipeline.zadd(key, {str(user_id): at})
        pipeline.expire(key, _LOOKS)
    pipeline.zrangebyscore(key, at - _LOOKS, "+inf")
    try:
        found = pipeline.execute()[-1]
    except RedisError as error:
        _down_until = time.monotonic() + _PAUSE
        log.warning("nobody is seen looking", error=str(error))
        return frozenset()
    return frozenset(map(int, found))


def _begin(redis: Redis, keys: list[str]) -> None:
    pipeline = redis.pipeline(transaction=False)
    for key in keys:
        pipeline.set(key, secrets.token_hex(8), nx=True)
    pipeline.execute()


def _key(topic: str) -> str:
    return f"pregon:live:{topic}"
