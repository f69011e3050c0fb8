"""How long the dashboard's pages take at 100,000 subscriptions, and how much they ask.

Every page, fragment and poll, and every list that a number of the campaign page opens, asked
through Flask's test client: routing, session, row scope, queries, template, compression. What
else runs on the machine shows in the p95, less in the best, and hardly in `cpu`: the time that
the processor gave to this process and to PostgreSQL for it. How fast that processor is just now
is measured too, by a loop of ours: rented ones are slowed down at times, to a third and less.

`python -m benchmarks.pages --only 'operator.*cases' --sql` prints the slowest statements of some.
"""

import argparse
import html
import json
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text
from werkzeug.datastructures import MultiDict

from benchmarks.call_centre import CallCentre, furnish
from benchmarks.processor import USUAL_LOOP_MS, loop_ms
from benchmarks.world import World, world
from dashboard import auth
from dashboard.app import create_app
from runtime.processes import keep_what_is_loaded
from runtime.wiring import plan_each_time, set_runtime

BUDGETS_MS = {"page": 60.0, "fragment": 40.0, "nothing new": 5.0, "count": 500.0}
MOST_QUERIES = 12
WARM_UP = 6  # more than psycopg needs to prepare a statement, and PostgreSQL to plan for any value
_PLAIN = {"Accept-Encoding": "identity"}
_FRAGMENT = {"HX-Request-Type": "partial", "HX-Request": "true"}


@dataclass(frozen=True)
class Asked:
    """One thing to ask for. ``path`` may name a `{version}` that the page before it carries."""

    who: str
    path: str
    kind: str = "page"  # of BUDGETS_MS
    form: tuple[tuple[str, str], ...] | None = None

    @property
    def name(self) -> str:
        kind = "" if self.kind == "page" else f" ({self.kind})"
        return f"{self.who} {self.path}{kind}"


@dataclass
class Timing:
    rounds: list[list[float]] = field(default_factory=list)  # ms
    in_sql: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # ms, ours and PostgreSQL's
    queries: set[int] = field(default_factory=set)

    @property
    def every(self) -> list[float]:
        return sorted(each for one in self.rounds for each in one)

    def told(self, kind: str) -> dict[str, Any]:
        p95s = [_p95(one) for one in self.rounds]
        budget = BUDGETS_MS[kind]
        return {
            "p50": round(statistics.median(self.every), 1),
            "p95": round(_p95(self.every), 1),
            "p95_of_best_round": round(min(p95s), 1),
            "best": round(self.every[0], 1),
            "cpu": round(statistics.median(self.cpu), 1),
            "in_sql": round(statistics.median(self.in_sql), 1),
            "queries": max(self.queries),
            "budget": budget,
            "within": _p95(self.every) <= budget and max(self.queries) <= MOST_QUERIES,
        }


def run(
    *, size: int = 100_000, rounds: int = 3, requests: int = 10, only: str = "", sql: bool = False
) -> dict[str, Any]:
    """``rounds`` times ``requests`` of each; ``only`` those whose name matches."""
    plan_each_time()  # as the web server does
    with world(processes=1, in_flight=1, durable=False) as bench:
        began = time.perf_counter()
        centre = furnish(bench, size=size)
        print(f"  filled in {time.perf_counter() - began:.0f} s", flush=True)
        set_runtime(bench.runtime)
        try:
            return _measured(bench, centre, size, rounds, requests, only, sql)
        finally:
            set_runtime(None)


def _measured(
    bench: World,
    centre: CallCentre,
    size: int,
    rounds: int,
    requests: int,
    only: str,
    sql: bool,
) -> dict[str, Any]:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    app = create_app(bench.settings)
    keep_what_is_loaded()  # as the web server does, see `dashboard.wsgi`
    app.config["PROPAGATE_EXCEPTIONS"] = True
    clients = {
        "supervisor": _browser(app, centre.supervisor),
        "operator": _browser(app, centre.operator),
    }
    everything = [
        each for each in _everything(bench, centre, clients) if re.search(only, each.name)
    ]
    timings = {each: Timing() for each in everything}
    speed = [loop_ms()]
    with _statements(bench.runtime.engines) as asked, _processor(bench.runtime.engines) as cpu_ms:
        for place in range(rounds):
            speed.append(loop_ms())
            for each in everything:
                warm_up = WARM_UP if place == 0 else 2
                _ask(clients[each.who], each, timings[each], asked, cpu_ms, warm_up, requests)
                if place == rounds - 1:
                    _show(each.name, timings[each].told(each.kind))
    if sql:
        _show_statements(clients, everything, bench.runtime.engines)
    told = {each.name: timings[each].told(each.kind) for each in everything}
    speed.append(loop_ms())
    slower = max(1.0, statistics.median(speed) / USUAL_LOOP_MS)
    return {
        "subscriptions": size,
        "load_of_the_machine": [round(each, 1) for each in os.getloadavg()],
        "loop_ms": [round(each) for each in speed],
        "times_slower_than_usual": round(slower, 1),
        "rounds": rounds,
        "requests_each": requests * rounds,
        "asked": len(told),
        "within_budget": sum(each["within"] for each in told.values()),
        "over_budget": [name for name, each in told.items() if not each["within"]],
        "over_budget_on_a_usual_processor": [
            name
            for name, each in told.items()
            if each["p95"] > each["budget"] * slower or each["queries"] > MOST_QUERIES
        ],
        "every": told,
    }


def _browser(app: Flask, reference: str) -> FlaskClient:
    client = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False  # a count is a post
    client.set_cookie(auth.cookie_name(), reference, domain="localhost")
    client.environ_base["HTTP_ACCEPT_ENCODING"] = "gzip, deflate, br"
    return client


def _ask(
    client: FlaskClient,
    each: Asked,
    timing: Timing,
    asked: list[tuple[float, str]],
    cpu_ms: Callable[[], float],
    warm_up: int,
    requests: int,
) -> None:
    taken = []
    path = each.path
    for turn in range(warm_up + requests):
        if "{version}" in each.path and turn % 10 == 0:
            path = each.path.replace("{version}", _version(client, each))
        asked.clear()
        before = cpu_ms()
        began = time.perf_counter()
        answer = _get(client, each, path)
        passed = (time.perf_counter() - began) * 1000
        worked = cpu_ms() - before
        if each.kind == "nothing new" and answer == 200:
            continue  # the version has turned with the clock
        assert answer == (204 if each.kind == "nothing new" else 200), f"{answer}: {each.name}"
        if turn >= warm_up:
            taken.append(passed)
            timing.cpu.append(worked)
            timing.in_sql.append(sum(ms for ms, _ in asked))
            timing.queries.add(len(asked))
    timing.rounds.append(taken)


def _get(client: FlaskClient, each: Asked, path: str) -> int:
    headers = {} if each.kind == "page" else _FRAGMENT
    if each.form is not None:
        return client.post(path, data=MultiDict(each.form), headers=headers).status_code
    return client.get(path, headers=headers).status_code


def _version(client: FlaskClient, each: Asked) -> str:
    """As the page that polls has it."""
    base = each.path.partition("?")[0].removesuffix("/live")
    page = client.get(base, headers=_PLAIN).get_data(as_text=True)
    found = re.search(r'hx-get="[^"]*[?&;]v=([^"&]+)', page)
    assert found is not None, f"nothing polls on {base}"
    return html.unescape(found[1])


def _everything(
    bench: World, centre: CallCentre, clients: dict[str, FlaskClient]
) -> Iterator[Asked]:
    for who in clients:
        yield from _of_both(bench, centre, who, clients[who])
    big, draft = f"/campaigns/{centre.big}", f"/campaigns/{centre.draft}/edit"
    boss = "supervisor"
    for path in ("/templates", "/templates/1", "/templates/1/edit", "/catalogue/types",
                 "/catalogue/types/1", "/subscriptions/import", "/subscriptions/imports",
                 f"{big}/operators"):  # fmt: skip
        yield Asked(boss, path)
    yield from _of_results(bench, centre)
    for step in ("type", "audience", "template", "team", "review", "people"):
        yield Asked(boss, f"{draft}/{step}")
    count = f"{draft}/audience/reach"
    states = (("states", "active"), ("states", "awarded"), ("states", "delivered"))
    for name, typed in (
        ("overdue_min", "0"),
        ("overdue_min", "3"),
        ("not_in_other_campaigns", "y"),
    ):
        yield Asked(boss, f"{count}?{name}={typed}", "count", (*states, (name, typed)))
    yield Asked(boss, f"{draft}/review/verdict", "count")


def _of_results(bench: World, centre: CallCentre) -> Iterator[Asked]:
    """Thirty days, whatever today is; and what its numbers open."""
    boss = "supervisor"
    last = bench.runtime.now().astimezone(bench.settings.timezone).date()
    month = f"/results?from={last - timedelta(days=29)}&to={last}"
    yield Asked(boss, "/results")
    yield Asked(boss, month)
    yield Asked(boss, month, "fragment")
    for narrowed in (f"campaign={centre.big}", "type=2", f"user={centre.operator_id}",
                     "user=system", "result=effective"):  # fmt: skip
        yield Asked(boss, f"{month}&{narrowed}")
    for narrowed in ("", "&result=closing", f"&user={centre.operator_id}"):
        yield Asked(boss, f"{month}&view=list{narrowed}")


def _of_both(bench: World, centre: CallCentre, who: str, client: FlaskClient) -> Iterator[Asked]:
    big = f"/campaigns/{centre.big}"
    with bench.runtime.sessions() as session:
        waiting, handled = session.execute(
            text(
                "SELECT min(id) FILTER (WHERE waiting_since IS NOT NULL),"
                " min(id) FILTER (WHERE state = 'finished') FROM cases"
                " WHERE campaign_id = :big AND operator_id = :operator"
            ),
            {"big": centre.big, "operator": centre.operator_id},
        ).one()
    tabs = ("active", "drafts", "finished", "archived", "all") if who == "supervisor" else ("all",)
    for tab in tabs:
        yield Asked(who, f"/campaigns?state={tab}")
    yield Asked(who, "/campaigns?state=all&q=cuota")
    yield Asked(who, big)
    yield Asked(who, big, "fragment")
    yield Asked(who, big + "?v={version}", "nothing new")
    for path in _lists(client, big):
        yield Asked(who, path)
    yield Asked(who, f"{big}/cases?message=queued", "fragment")
    for path in ("/setup", "/activity"):
        yield Asked(who, big + path)
    for view in ("mine", "unassigned", "all", "late", "unidentified", "escalated"):
        yield Asked(who, f"/desk?view={view}")
    for sought in ("sosa", "garcia ana", "20000700", "4500/7", "cupón"):
        yield Asked(who, f"/desk?view=all&q={sought}")
    yield Asked(who, f"/desk?view=all&campaign={centre.big}")
    for narrowed in ("waiting=1", "window=closing", "window=closed", "arrears=2", "due=overdue",
                     "due=none", "promise=1", "state=scheduled", "type=2"):  # fmt: skip
        yield Asked(who, f"/desk?view=all&{narrowed}")
    yield Asked(who, "/desk/views?view=all&arrears=2")
    yield Asked(who, f"/desk/{waiting}/pass", "fragment")
    for case_id in (waiting, handled):
        yield Asked(who, f"/desk/{case_id}?view=all")
    yield Asked(who, f"/desk/{waiting}?view=all", "fragment")
    yield Asked(who, f"/desk/live?case={waiting}&view=all&v=old", "fragment")
    yield Asked(who, "/desk/live?v={version}", "nothing new")
    for query in (
        "", "?after=1050000", "?arrears=some", "?arrears=3", "?plan=3", "?arrears=2&plan=3",
        "?q=sosa", "?q=ana+garcia", "?q=zzzz", "?q=20350000", "?q=5444", "?q=4500/7", "?q=4500",
        "?q=X512345", "?q=11+2015-0000",
    ):  # fmt: skip
        yield Asked(who, f"/subscriptions{query}")
    yield Asked(who, "/subscriptions?q=sosa", "fragment")
    for tab in ("", "/coupons", "/data"):
        yield Asked(who, f"/subscriptions/{waiting}{tab}")
    for sought in ("so", "sosa", "ana gar", "2035", "4500/7", "cuota", "zzzz"):
        yield Asked(who, f"/search?q={sought}", "fragment")


def _lists(client: FlaskClient, big: str) -> list[str]:
    """What the numbers of the campaign page open, and what the lists offer beside."""
    page = client.get(big, headers=_PLAIN).get_data(as_text=True)
    found = {html.unescape(each) for each in re.findall(rf'href="({big}/[^"]*)"', page)}
    by_person = sorted(each for each in found if "operator=" in each or "by=" in each)
    listed = {each for each in found if re.search(r"/(cases|results|unsent)(\?|$)", each)}
    listed -= set(by_person[2:])  # one of a kind
    listed |= {each for each in by_person if "operator=none" in each}
    listed |= {f"{big}/cases?{query}" for query in (
        "message=unsure", "message=failed", "message=unsent", "message=queued", "message=sent",
        "message=missed", "state=waiting", "state=handled", "state=open", "state=pending",
        "state=finished", "state=scheduled", "state=in_progress", "operator=none",
        "operator=none&state=waiting", "q=sosa", "q=garc%C3%ADa&message=unsure", "q=zzzz",
        "q=20350000", "q=4500/007", "result=1", "result=16", "message=failed&state=waiting",
        "message=replied&operator=none", "message=read&result=16", "after=1090000",
        "message=read&after=1090000",
    )}  # fmt: skip
    listed |= {f"{big}/results?{query}" for query in ("replaced=1", "by=system", "type=16")}
    return sorted(listed)


@contextmanager
def _statements(engines: Sequence[Engine]) -> Iterator[list[tuple[float, str]]]:
    """Every statement as it is made, with its milliseconds."""
    asked: list[tuple[float, str]] = []
    begun: list[float] = []

    def before(*_: object) -> None:
        begun.append(time.perf_counter())

    def after(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(((time.perf_counter() - begun.pop()) * 1000, statement))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)
    try:
        yield asked
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", before)
            event.remove(engine, "after_cursor_execute", after)


@contextmanager
def _processor(engines: Sequence[Engine]) -> Iterator[Callable[[], float]]:
    """What this process and its PostgreSQL backends have had of the processor, in ms.

    It says what a page costs where others want the machine too. Helpers of a parallel query are
    not in it; the pages should need none.
    """
    backends: set[int] = set()

    def note(connection: Any, *_: object) -> None:
        backends.add(connection.info.backend_pid)

    def spent() -> float:
        ns = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in backends)
        return time.process_time() * 1000 + ns / 1e6

    for engine in engines:
        event.listen(engine, "checkout", note)
    try:
        yield spent
    finally:
        for engine in engines:
            event.remove(engine, "checkout", note)


def _p95(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def _show(name: str, told: dict[str, Any]) -> None:
    print(
        f"  {name:<74} p50 {told['p50']:>6}  p95 {told['p95']:>6}  best {told['best']:>6}"
        f"  cpu {told['cpu']:>6}  sql {told['in_sql']:>6} in {told['queries']:>2}"
        f"{'' if told['within'] else '  OVER ' + format(told['budget'], 'g')}",
        flush=True,
    )


def _show_statements(
    clients: dict[str, FlaskClient], everything: Sequence[Asked], engines: Sequence[Engine]
) -> None:
    with _statements(engines) as asked:
        for each in everything:
            asked.clear()
            _get(clients[each.who], each, each.path)
            print(f"\n{each.name}")
            for ms, statement in sorted(asked, reverse=True)[:4]:
                print(f"  {ms:7.1f} ms  {' '.join(statement.split())[:600]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--requests", type=int, default=10)
    parser.add_argument("--only", default="")
    parser.add_argument("--sql", action="store_true")
    measured = run(**vars(parser.parse_args()))
    print(json.dumps({key: each for key, each in measured.items() if key != "every"}, indent=1))
