"""The sending protocol as a small machine, to be searched through to its last state.

One message, two workers, time in ticks of ten seconds. At every state everything that could
happen next is tried: any worker goes on, stops for a while or dies; requests arrive late or
never; callbacks are lost; leases lapse; the provider is looked at. A duplicate is a second
request that the provider accepted.

What is modelled is what `campaigns.sending`, `outcomes` and `settling` do, one transaction a
step; the provider shows what it accepted after at most `visible_within`, and a process may
stand still between its last look at the clock and writing the request for at most `frozen`.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The times of the engine in ticks, and the assumptions it makes. Defaults: ours."""

    lease: int = 9
    request: int = 3  # until a request is given up, or arrives no more
    leaves_within: int = 3  # of its attempt's commit, by the process's own clock: lease − request
    first_look: int = 12
    second_look: int = 24
    looks: int = 2
    repeats: bool = True  # False: the policy "never repeat"
    retries_unknown: bool = False  # usual practice: a time-out is tried again at once
    visible_within: int = 6
    frozen: int = 12
    attempts: int = 2  # beyond so many the message rests: else the search had no end


class Worker(NamedTuple):
    """idle → claimed → attempted → checked → posted → answered, and what it believes."""

    phase: str = "idle"
    attempt: int = 0
    age: int = 0  # of this phase
    accepted: bool = False  # answered: with a sid, or not at all


class Shown(NamedTuple):
    """A request that the provider accepted."""

    attempt: int
    hidden_for: int
    callback_due: bool


class State(NamedTuple):
    message: str = "planned"
    owner: int = -1
    lease: int = 0
    attempt: int = 0
    since: int = 0  # the attempt's commit
    looks: int = 0
    look_in: int = 0
    given_up: bool = False  # planned again because it was proven absent
    workers: tuple[Worker, Worker] = (Worker(), Worker())
    wire: tuple[tuple[int, int], ...] = ()  # (attempt, age) of requests on their way
    provider: tuple[Shown, ...] = ()


class Found(NamedTuple):
    states: int
    duplicate: list[str] | None  # the shortest way to one, step by step
    seconds: int  # of that way


Step = tuple[str, State]


def search(protocol: Protocol, *, most: int = 2_000_000) -> Found:
    """Every state that can be reached, breadth first; stops at the first duplicate.

    Raises:
        RuntimeError: more than ``most`` states: the answer would not be exhaustive.
    """
    start = State()
    parents: dict[State, tuple[str, State] | None] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        for name, step in steps(state, protocol):
            following = _mirrored(step)
            if following in parents:
                continue
            parents[following] = (name, state)
            if len(following.provider) > 1:
                way = _way(following, parents)
                return Found(len(parents), way, 10 * way.count("tick"))
            if len(parents) > most:
                raise RuntimeError(f"more than {most} states")
            queue.append(following)
    return Found(len(parents), None, 0)


def _mirrored(state: State) -> State:
    """The workers are alike: which is A and which is B makes no difference."""
    first, second = state.workers
    if first <= second:
        return state
    return state._replace(
        workers=(second, first), owner=1 - state.owner if state.owner >= 0 else -1
    )


def _way(state: State, parents: dict[State, tuple[str, State] | None]) -> list[str]:
    way: list[str] = []
    while (step := parents[state]) is not None:
        way.append(step[0])
        state = step[1]
    return way[::-1]


def steps(state: State, protocol: Protocol) -> Iterator[Step]:
    """All that may happen next."""
    for number in (0, 1):
        yield from _worker_steps(state, number, protocol)
    yield from _network_steps(state, protocol)
    yield from _sweeper_steps(state, protocol)
    if _time_may_pass(state, protocol):
        yield "tick", _tick(state, protocol)


def _with_worker(state: State, number: int, worker: Worker) -> State:
    workers = list(state.workers)
    workers[number] = worker
    return state._replace(workers=(workers[0], workers[1]))


def _worker_steps(state: State, number: int, protocol: Protocol) -> Iterator[Step]:
    me = state.workers[number]
    who = "AB"[number]
    if me.phase == "idle":
        if state.message == "planned" and state.attempt < protocol.attempts:
            taken = state._replace(message="claimed", owner=number, lease=protocol.lease)
            yield f"{who} claims", _with_worker(taken, number, Worker("claimed"))
        return
    yield f"{who} dies", _with_worker(state, number, Worker())
    if me.phase == "claimed":
        yield f"{who} commits an attempt", _commit_attempt(state, number, protocol)
    elif me.phase == "attempted":
        if me.age <= protocol.leaves_within:
            checked = me._replace(phase="checked", age=0)
            yield f"{who} looks at its clock", _with_worker(state, number, checked)
        else:  # proven not sent, by ourselves
            yield f"{who} gives up", _not_sent(state, number)
    elif me.phase == "checked":
        sent = state._replace(wire=(*state.wire, (me.attempt, 0)))
        yield f"{who} posts", _with_worker(sent, number, me._replace(phase="posted", age=0))
    elif me.phase == "posted":
        yield f"{who} hears nothing", _with_worker(state, number, Worker("answered", me.attempt))
        if any(shown.attempt == me.attempt for shown in state.provider):
            answer = Worker("answered", me.attempt, accepted=True)
            yield f"{who} hears 201", _with_worker(state, number, answer)
    elif me.phase == "answered":
        yield f"{who} records", _record(state, number, protocol)


def _commit_attempt(state: State, number: int, protocol: Protocol) -> State:
    """Guarded by the row itself: only an owner whose lease holds gets one."""
    if not (state.message == "claimed" and state.owner == number and state.lease > 0):
        return _with_worker(state, number, Worker())
    attempt = state.attempt + 1
    started = state._replace(
        message="sending", attempt=attempt, since=0, lease=protocol.lease, given_up=False
    )
    return _with_worker(started, number, Worker("attempted", attempt))


def _not_sent(state: State, number: int) -> State:
    me = state.workers[number]
    freed = _with_worker(state, number, Worker())
    if state.attempt == me.attempt and state.message in ("sending", "uncertain"):
        return freed._replace(message="planned", owner=-1, lease=0)
    return freed


def _record(state: State, number: int, protocol: Protocol) -> State:
    me = state.workers[number]
    after = _with_worker(state, number, Worker())
    if state.attempt != me.attempt:
        return after
    if me.accepted:
        late = state.message in ("planned", "claimed") and state.given_up
        if state.message in ("sending", "uncertain", "review") or late:
            return after._replace(message="accepted", owner=-1, lease=0)
        return after
    if state.message != "sending":
        return after
    if protocol.retries_unknown:
        return after._replace(message="planned", owner=-1, lease=0)
    return _doubt(after, protocol.first_look, protocol)


def _doubt(state: State, look_in: int, protocol: Protocol) -> State:
    if protocol.looks == 0:
        return state._replace(message="planned", owner=-1, lease=0)
    return state._replace(message="uncertain", owner=-1, lease=0, looks=0, look_in=look_in)


def _network_steps(state: State, protocol: Protocol) -> Iterator[Step]:
    for place, (attempt, _age) in enumerate(state.wire):
        rest = state.wire[:place] + state.wire[place + 1 :]
        yield "a request is lost", state._replace(wire=rest)
        # shown as late as it may be: sooner only settles the message sooner
        shown = Shown(attempt, protocol.visible_within, True)
        yield (
            f"the provider accepts attempt {attempt}",
            state._replace(wire=rest, provider=(*state.provider, shown)),
        )
    for place, shown in enumerate(state.provider):
        if not shown.callback_due:
            continue
        provider = list(state.provider)
        provider[place] = shown._replace(callback_due=False)
        told = state._replace(provider=tuple(provider))
        yield "a callback is lost", told
        yield "a callback comes", told._replace(message="accepted", owner=-1, lease=0)


def _sweeper_steps(state: State, protocol: Protocol) -> Iterator[Step]:
    if state.message == "claimed" and state.lease == 0:
        yield "a lapsed claim goes back", state._replace(message="planned", owner=-1)
    if state.message == "sending" and state.lease == 0:
        yield (
            "a lapsed attempt becomes uncertain",
            _doubt(state, max(0, protocol.first_look - state.since), protocol),
        )
    if state.message == "uncertain" and state.look_in == 0:
        yield "a look at the provider", _look(state, protocol)


def _look(state: State, protocol: Protocol) -> State:
    if any(each.hidden_for == 0 and each.attempt == state.attempt for each in state.provider):
        return state._replace(message="accepted")
    looks = state.looks + 1
    if looks < protocol.looks:
        grace = protocol.second_look - protocol.first_look
        return state._replace(looks=looks, look_in=max(protocol.second_look - state.since, grace))
    if protocol.repeats:
        return state._replace(message="planned", looks=0, given_up=True)
    return state._replace(message="review")


def _time_may_pass(state: State, protocol: Protocol) -> bool:
    """A request is written at the latest `frozen` after the look at the clock, and ends in time."""
    checked = (each for each in state.workers if each.phase == "checked")
    return all(each.age < protocol.frozen for each in checked) and all(
        age < protocol.request for _attempt, age in state.wire
    )


def _tick(state: State, protocol: Protocol) -> State:
    oldest = max(protocol.leaves_within, protocol.frozen) + 1  # beyond, nothing depends on it
    first, second = (
        each._replace(age=min(each.age + 1, oldest))
        if each.phase in ("attempted", "checked")
        else each
        for each in state.workers
    )
    counts = state.message in ("sending", "uncertain")
    return state._replace(
        lease=max(0, state.lease - 1),
        since=min(state.since + 1, protocol.second_look) if counts else 0,
        look_in=max(0, state.look_in - 1),
        workers=(first, second),
        wire=tuple((attempt, age + 1) for attempt, age in state.wire),
        provider=tuple(
            each._replace(hidden_for=max(0, each.hidden_for - 1)) for each in state.provider
        ),
    )
