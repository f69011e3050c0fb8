"""Many threads, few commits: each is answered only when its own item is written."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.group_commit import GroupCommit


def test_everything_is_written_once_and_in_fewer_commits() -> None:
    commits: list[list[int]] = []
    slow = threading.Event()

    def write(items: Sequence[int]) -> None:
        slow.wait(0.002)
        commits.append(list(items))

    group = GroupCommit(write)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(group.store, range(400)))

    assert sorted(item for commit in commits for item in commit) == list(range(400))
    assert len(commits) < 200


def test_nobody_is_answered_before_his_own_item_is_written() -> None:
    written: set[int] = set()
    group = GroupCommit[int](written.update)

    def store(item: int) -> bool:
        group.store(item)
        return item in written

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(store, range(1000)))


def test_a_commit_that_fails_fails_those_in_it_and_nobody_else() -> None:
    def write(items: Sequence[int]) -> None:
        if 7 in items:
            raise ConnectionError("no database")

    group = GroupCommit(write)

    with pytest.raises(ConnectionError):
        group.store(7)
    group.store(8)
