"""Screens are told that something is new, and a broker that is down breaks nobody."""

import pytest
from redis import Redis

from runtime import live


@pytest.fixture(autouse=True)
def _the_broker_is_trusted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_down_until", 0.0)
    monkeypatch.setattr(live, "_untold", set())


def test_a_version_stays_until_its_topic_is_touched(valkey: Redis) -> None:
    before = live.version(valkey, "campaign:1")

    assert before
    assert live.version(valkey, "campaign:1") == before
    live.touch(valkey, "campaign:2")
    assert live.version(valkey, "campaign:1") == before
    live.touch(valkey, "campaign:1")
    assert live.version(valkey, "campaign:1") != before


def test_the_version_of_several_topics_changes_with_each_of_them(valkey: Redis) -> None:
    seen = {live.version(valkey, "campaign:1", "campaign:2")}
    for topic in ("campaign:1", "campaign:2", "campaign:1"):
        live.touch(valkey, topic)
        seen.add(live.version(valkey, "campaign:2", "campaign:1"))

    assert len(seen) == 4


def test_a_broker_that_forgot_everything_gives_another_version(valkey: Redis) -> None:
    before = live.version(valkey, "campaign:1")
    valkey.flushall()

    assert live.version(valkey, "campaign:1") != before


def test_several_groups_are_told_apart_and_are_what_each_is_alone(valkey: Redis) -> None:
    own, talks, none = live.versions(valkey, ["user:1", "campaign:1"], ["talks:1"], [])

    assert own == live.version(valkey, "campaign:1", "user:1")
    assert talks == live.version(valkey, "talks:1")
    assert (len({own, talks, none}), none) == (3, "")
    live.touch(valkey, "talks:1")
    after = live.versions(valkey, ["user:1", "campaign:1"], ["talks:1"])
    assert (after[0] == own, after[1] == talks) == (True, False)


def test_what_was_touched_while_the_broker_was_down_is_told_once_it_is_back(
    valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Redis(port=9, socket_connect_timeout=0.2)
    before = live.versions(valkey, ["user:1"], ["user:2"], ["user:3"])
    live.touch(nobody, "user:1")
    live.touch(valkey, "user:2")  # not tried: it is down
    monkeypatch.setattr(live, "_down_until", 0.0)

    live.touch(valkey, "campaign:9")

    after = live.versions(valkey, ["user:1"], ["user:2"], ["user:3"])
    changed = [new != old for new, old in zip(after, before, strict=True)]
    assert changed == [True, True, False]
    assert live._untold == set()


def test_who_looks_at_a_case_is_seen_by_others_until_the_screen_says_no_more(
    valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live.looking(valkey, 7, user_id=1) == {1}
    assert live.looking(valkey, 7, user_id=2) == {1, 2}
    assert live.looking(valkey, 8) == set()
    assert live.looking(valkey, 7) == {1, 2}
    assert 0 < valkey.ttl("pregon:looking:7") < 60

    later = live.time.time() + 30
    monkeypatch.setattr(live.time, "time", lambda: later)

    assert live.looking(valkey, 7) == set()


def test_without_the_broker_nobody_is_seen_looking() -> None:
    nobody = Redis(port=9, socket_connect_timeout=0.2)

    assert live.looking(nobody, 7, user_id=1) == set()


def test_without_the_broker_nothing_is_raised_and_it_is_not_asked_again_at_once() -> None:
    nobody = Redis(port=9, socket_connect_timeout=0.2)

    live.touch(nobody, "campaign:1")

    assert live.version(nobody, "campaign:1") == ""
    assert live._down_until > 0
    live.touch(nobody, "campaign:1")
