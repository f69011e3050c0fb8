"""A hundred operators at their desks while replies come in and a campaign goes out at 80 a second.

Real processes: gunicorn, workers, timetable and the simulator with its status callbacks, on the
call centre of `benchmarks.call_centre`. Every operator has a case open and polls it every two
seconds, and opens another one every twenty. Customers' taps come in by the real webhook, signed.

`python -m benchmarks.desk --seconds 60 --replies 20` prints the figures; it takes four minutes.
"""

import argparse
import html
import http.client
import json
import math
import os
import random
import re
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from benchmarks.call_centre import CallCentre, furnish
from benchmarks.processor import loop_ms, seconds_of
from benchmarks.world import World, world
from campaigns.signing_in import open_session
from campaigns.users import add_user
from messaging.tokens import Signer, TokenKind
from models.campaign import CampaignOperator
from models.people import Role
from runtime import stack
from runtime.processes import spawn
from runtime.settings import Settings

WEB_PORT, SIMULATOR_PORT = 18_411, 18_412
OPERATORS = 100  # whose cases are laid out; `operators` says how many come
POLL_EVERY, OPEN_EVERY = 2.0, 20.0
RATE = 80  # messages a second
WARM_UP = 15.0  # seconds in which the operators sit down
OPENING = 30  # seconds of replies before what is measured: plans are made, tables analysed
AIMS = {"page_p95_ms": 300, "reply_median_s": 2.0, "reply_p95_s": 4.0}
_QUIET = {"button": 0, "text": 0, "image": 0, "opt_out": 0, "received_delay": 0, "review_delay": 0}
_FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass(frozen=True)
class Open:
    """A case that may be on a screen, with what its customer was sent."""

    case_id: int
    message_id: int
    phone: str


@dataclass
class Reply:
    mark: str
    posted_at: float
    seen_at: float | None = None  # on the screen of who has its case open


@dataclass
class Figures:
    """What the operators saw; only what began after `since` counts."""

    since: float = float("inf")
    ms: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    in_vain: list[tuple[float, str]] = field(default_factory=list)  # polls: begun at, for what
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, why: str) -> None:
        if self.since < float("inf"):
            with self.lock:
                self.failed.append(why)

    def note(self, kind: str, began: float) -> None:
        if began >= self.since:
            with self.lock:
                self.ms.setdefault(kind, []).append((time.time() - began) * 1000)


def run(
    *,
    size: int = 100_000,
    seconds: int = 50,
    replies: int = 5,
    processes: int = 2,
    operators: int = OPERATORS,
) -> dict[str, Any]:
    """``replies`` a second for so many ``seconds``; ``processes`` of the web server."""
    speed = [loop_ms()]
    with world(processes=2, in_flight=100) as bench:
        _keep_commit_times(bench)
        began = time.perf_counter()
        lasts = 2 * WARM_UP + OPENING + seconds + 30
        centre = furnish(bench, size=size, sent=1 - min(0.5, RATE * lasts / size))
        print(f"  filled in {time.perf_counter() - began:.0f} s", flush=True)
        settings = replace(
            bench.settings,
            port=WEB_PORT,
            public_url=f"http://127.0.0.1:{WEB_PORT}",
            twilio_base_url=f"http://127.0.0.1:{SIMULATOR_PORT}",
        )
        with bench.runtime.sessions.begin() as session:
            cookies = _hire(bench, session, centre)
        with _installation(bench, settings, processes) as pids:
            desks = [
                Desk(number, cookie, _cases_of(bench, user_id, number))
                for number, (user_id, cookie) in enumerate(cookies.items())
            ][:operators]
            told = _morning(bench, settings, desks, pids, seconds, replies)
    speed.append(loop_ms())
    return {
        "operators": len(desks),
        "web_processes": processes,
        "loop_ms": [round(each) for each in speed],
        **told,
    }


def _keep_commit_times(bench: World) -> None:
    """Let PostgreSQL remember when each transaction was committed: from then on all can see it."""
    with bench.runtime.engine.connect() as connection:
        free = connection.execution_options(isolation_level="AUTOCOMMIT")
        free.execute(text("ALTER SYSTEM SET track_commit_timestamp = on"))
    bench.runtime.close()
    bench.postgres.stop()
    bench.postgres.start()
    bench.postgres.wait_ready()


def _hire(bench: World, session: Session, centre: CallCentre) -> dict[int, str]:
    """A hundred operators who are signed in: forty on the big campaign, the rest on the others."""
    rows = session.execute(text("SELECT id FROM users WHERE role = 'operator' ORDER BY id"))
    ids = [each for (each,) in rows]
    for number in range(OPERATORS - len(ids)):
        added = add_user(
            session, email=f"more{number}@x.example", name=f"Más {number}", role=Role.OPERATOR
        )
        campaign = centre.small[number % 4]
        session.add(CampaignOperator(campaign_id=campaign, user_id=added))
        ids.append(added)
    session.execute(
        text(
            "UPDATE template_buttons SET result_type_id = (SELECT id FROM result_types"
            " WHERE code = 'no_recibio_cupon') WHERE kind = 'quick_reply'"
        )
    )
    # of a line's rate a part is kept free for answers
    rate = RATE / bench.settings.campaign_share
    session.execute(text("UPDATE lines SET rate_per_second = :rate"), {"rate": math.ceil(rate)})
    now = bench.runtime.now(session)
    return {
        each: open_session(session, each, ip="127.0.0.1", user_agent="benchmark", now=now)
        for each in ids
    }


def _cases_of(bench: World, user_id: int, number: int) -> Sequence[Open]:
    """Cases of his campaign that nobody else of the benchmark opens, delivered and not late."""
    with bench.runtime.sessions() as session:
        rows = session.execute(
            text(_OPENABLE), {"user": user_id, "number": number, "operators": OPERATORS}
        ).all()
    return [Open(row.case_id, row.message_id, row.phone) for row in rows]


_OPENABLE = """
SELECT k.id AS case_id, m.id AS message_id, p.phone
FROM campaign_operators o
JOIN cases k ON k.campaign_id = o.campaign_id
JOIN messages m ON m.case_id = k.id AND m.direction = 'out' AND m.sequence = 1
JOIN contact_points p ON p.id = m.contact_point_id
WHERE o.user_id = :user AND m.state IN ('delivered', 'read') AND k.state <> 'finished'
    AND k.id % :operators = :number
ORDER BY k.active_at DESC NULLS LAST, k.id LIMIT 12
"""


@contextmanager
def _installation(bench: World, settings: Settings, processes: int) -> Iterator[dict[str, int]]:
    """Simulator, web, workers and timetable; the template is approved before anything leaves.

    Yields the process id of each, and of the servers and the operators, who are ourselves.
    """
    env = stack.environment(settings)
    with (
        tempfile.TemporaryDirectory(prefix="pregon-desk-") as folder,
        Path(folder, "log").open("wb") as log,
    ):
        profile = Path(folder) / "profile.json"
        profile.write_text(json.dumps(_QUIET))
        simulator = stack.simulator_argv(settings, "--profile-file", str(profile))
        running: dict[str, subprocess.Popen[bytes]] = {}

        def start(name: str, argv: list[str]) -> None:
            running[name] = spawn(argv, env=env, output=log, steps_back=name != "web")

        try:
            start("simulator", simulator)
            _until(lambda: stack.listens("127.0.0.1", SIMULATOR_PORT))
            sid = _approved_content(settings)
            with bench.runtime.sessions.begin() as session:
                used = "UPDATE template_versions SET content_sid = :sid WHERE id = 1"
                session.execute(text(used), {"sid": sid})
            start("web", stack.web_argv(replace(settings, web_processes=processes)))
            _until(stack.web_is_up(settings))
            start("worker", stack.worker_argv(settings))
            start("timetable", stack.timetable_argv())
            servers = {"postgres": bench.postgres.pid, "valkey": bench.valkey.pid}
            yield {
                **{name: process.pid for name, process in running.items()},
                **{name: pid for name, pid in servers.items() if pid is not None},
                "operators": os.getpid(),
            }
        finally:
            for process in reversed(running.values()):
                process.terminate()
            for process in reversed(running.values()):
                process.wait()


def _approved_content(settings: Settings) -> str:
    body = "Hola {{1}}, tu cuota {{2}} es de $ {{3}} y vence el {{4}}. ¿Nos confirmás?"
    action = {"type": "QUICK_REPLY", "title": "Ya pagué", "id": "b1_{{5}}"}
    draft = {
        "friendly_name": "aviso_0",
        "language": "es",
        "variables": {"1": "Ana", "2": "14", "3": "45.300,50", "4": "10/12/2026", "5": "x"},
        "types": {"twilio/quick-reply": {"body": body, "actions": [action]}},
    }
    sid: str = _ask_provider(settings, "/v1/Content", draft)["sid"]
    name = {"name": "aviso_0", "category": "UTILITY"}
    path = f"/v1/Content/{sid}/ApprovalRequests"
    _ask_provider(settings, f"{path}/whatsapp", name)
    _until(lambda: _ask_provider(settings, path)["whatsapp"]["status"] == "approved")
    return sid


def _ask_provider(settings: Settings, path: str, body: Any = None) -> Any:
    token = b64encode(f"{settings.twilio_account_sid}:{settings.twilio_auth_token}".encode())
    request = urllib.request.Request(
        f"{settings.twilio_base_url}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {token.decode()}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def _until(is_so: Any, *, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(str(is_so))
        time.sleep(0.1)


class Desk(threading.Thread):
    """One operator: opens a case, polls it, opens the next."""

    def __init__(self, number: int, cookie: str, cases: Sequence[Open]) -> None:
        super().__init__(daemon=True)
        assert cases, number
        self.number, self.cases = number, cases
        self.shown = cases[number % len(cases)]
        self.expects: dict[str, Reply] = {}  # replies to the case on the screen
        self.figures = Figures()
        self.stopping = threading.Event()
        self._turn = threading.Lock()  # no other case is opened while a reply to this one comes
        self._cookie, self._poll = cookie, ""
        self._chance = random.Random(number)

    def run(self) -> None:
        time.sleep(self.number * WARM_UP / OPERATORS)
        while not self._poll:
            self._open(self.shown, "page")
        opens_at = time.time() + self._chance.uniform(0, OPEN_EVERY)
        while not self.stopping.wait(POLL_EVERY):
            with self._turn:
                goes_on = time.time() >= opens_at and not self.expects
                if goes_on:
                    self.shown = self._chance.choice(self.cases)
            if goes_on:
                opens_at = time.time() + OPEN_EVERY
                self._open(self.shown, self._chance.choice(("page", "fragment")))
            else:
                self._look(self._poll, "poll", _FRAGMENT)

    @property
    def is_ready(self) -> bool:
        """Its first page is there."""
        return bool(self._poll)

    def expect(self, mark: str) -> tuple[Open, Reply]:
        """A reply to the case on the screen is about to come."""
        with self._turn:
            reply = Reply(mark, time.time())
            self.expects[mark] = reply
            return self.shown, reply

    def _open(self, case: Open, kind: str) -> None:
        headers = _FRAGMENT if kind == "fragment" else {}
        self._look(f"/desk/{case.case_id}?view=mine", kind, headers)

    def _look(self, path: str, kind: str, headers: dict[str, str]) -> None:
        began, expected = time.time(), dict(self.expects)
        page = self._get(path, kind, headers)
        for mark, reply in expected.items():
            if mark in page:
                reply.seen_at = time.time()
                self.expects.pop(mark, None)
            else:
                with self.figures.lock:
                    self.figures.in_vain.append((began, mark))
        found = re.search(r'id="desk-live"[^>]*hx-get="([^"]*)"', page)
        if found is not None:
            self._poll = html.unescape(found[1])

    def _get(self, path: str, kind: str, headers: dict[str, str]) -> str:
        began = time.time()
        connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=30)
        try:
            connection.request(
                "GET", path, headers={"Cookie": f"__Host-sid={self._cookie}"} | headers
            )
            answer = connection.getresponse()
            body = answer.read().decode()
        except OSError as error:
            self.figures.fail(f"{kind}: {error!r}")
            return ""
        finally:
            connection.close()
        if answer.status not in (200, 204):
            self.figures.fail(f"{kind}: {answer.status}")
        self.figures.note("nothing new" if answer.status == 204 else kind, began)
        return body


def _morning(
    bench: World,
    settings: Settings,
    desks: list[Desk],
    pids: dict[str, int],
    seconds: int,
    per_second: int,
) -> dict[str, Any]:
    """The office opens; once everything has been asked a few times, it is measured."""
    for desk in desks:
        desk.start()
    _until(lambda: all(desk.is_ready for desk in desks) and _sent(bench) > RATE, within=240)
    opening, _ = _customers_reply(settings, desks, OPENING, per_second, first=0)
    sent_before, spent_before = _sent(bench), seconds_of(pids)
    figures, replies = _customers_reply(
        settings, desks, seconds, per_second, first=OPENING * per_second
    )
    lasted = time.time() - figures.since
    sent = _sent(bench) - sent_before
    spent = seconds_of(pids)
    cores = {name: round((spent[name] - spent_before[name]) / lasted, 2) for name in spent_before}
    time.sleep(6)  # the last ones are seen
    for desk in desks:
        desk.stopping.set()
    for desk in desks:
        desk.join()
    told = _told(bench, figures, replies, lasted, sent, per_second)
    return {**told, "cores_used": cores, "page_p95_ms_while_it_opens": _page_p95(opening)}


def _customers_reply(
    settings: Settings, desks: list[Desk], seconds: int, per_second: int, *, first: int
) -> tuple[Figures, list[Reply]]:
    """So many replies a second, numbered from ``first``; what the operators saw meanwhile."""
    figures = Figures(since=time.time())
    for desk in desks:
        desk.figures = figures
    replies: list[Reply] = []
    posters: list[threading.Thread] = []
    for number in range(first, first + seconds * per_second):
        due = figures.since + (number - first) / per_second
        time.sleep(max(0.0, due - time.time()))
        case, reply = desks[number * 7 % len(desks)].expect(f"toque {number:06d}")
        replies.append(reply)
        posters.append(threading.Thread(target=_tap, args=(settings, figures, case, reply, number)))
        posters[-1].start()
    for poster in posters:
        poster.join()
    return figures, replies


def _page_p95(figures: Figures) -> float | None:
    pages = sorted(figures.ms.get("page", []) + figures.ms.get("fragment", []))
    return round(_p95(pages), 1) if pages else None


def _tap(settings: Settings, figures: Figures, case: Open, reply: Reply, number: int) -> None:
    """A customer taps the button of his message, as Twilio tells it."""
    token = Signer(settings.secret_key).sign(TokenKind.BUTTON, case.message_id, 1)
    form = {
        "MessageSid": f"SM{number + 1:032x}",
        "AccountSid": settings.twilio_account_sid,
        "From": f"whatsapp:{case.phone}",
        "To": "whatsapp:+5491150000000",
        "Body": reply.mark,
        "ButtonText": reply.mark,
        "ButtonPayload": f"b1_{token}",
        "NumMedia": "0",
    }
    path = "/webhooks/twilio/inbound"
    validator = RequestValidator(settings.twilio_auth_token)
    signature = validator.compute_signature(settings.public_url + path, MultiDict(form))
    headers = {
        "X-Twilio-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = http.client.HTTPConnection("127.0.0.1", WEB_PORT, timeout=30)
    try:
        connection.request("POST", path, urlencode(form), headers)
        if (status := connection.getresponse().status) >= 300:
            figures.fail(f"webhook: {status}")
    except OSError as error:
        figures.fail(f"webhook: {error!r}")
    finally:
        connection.close()


def _sent(bench: World) -> int:
    with bench.runtime.sessions() as session:
        return session.execute(
            text("SELECT count(*) FROM attempts WHERE outcome = 'accepted'")
        ).scalar_one()


def _told(
    bench: World,
    figures: Figures,
    replies: list[Reply],
    lasted: float,
    sent: int,
    per_second: int,
) -> dict[str, Any]:
    with bench.runtime.sessions() as session:
        tied = "SELECT m.button_text, min(pg_xact_commit_timestamp(a.xmin)) FROM attributions a"
        tied += " JOIN messages m ON m.id = a.message_id WHERE m.direction = 'in' GROUP BY 1"
        applied = {body: at.timestamp() for body, at in session.execute(text(tied)) if at}
        results: int = session.execute(
            text(
                "SELECT count(*) FROM results r JOIN messages m ON m.id = r.evidence_message_id"
                " WHERE m.button_text = ANY(:marks) AND r.by_id IS NULL"
            ),
            {"marks": [each.mark for each in replies]},
        ).scalar_one()
    took = sorted(each.seen_at - each.posted_at for each in replies if each.seen_at is not None)
    late = 0.1  # a poll that began so long after the reply was committed has to bring it
    missed = sum(began > applied.get(mark, float("inf")) + late for began, mark in figures.in_vain)
    told = {
        "replies_per_second": per_second,
        "replies": len(replies),
        "results_recorded": results,
        "replies_seen": len(took),
        "polls_that_missed_one": missed,
        "reply_median_s": round(statistics.median(took), 2) if took else None,
        "reply_p95_s": round(_p95(took), 2) if took else None,
        "sent_per_second": round(sent / lasted, 1),
        "page_p95_ms": _page_p95(figures),
        "requests": {
            kind: {
                "n": len(ms),
                "p50": round(statistics.median(ms), 1),
                "p95": round(_p95(sorted(ms)), 1),
            }
            for kind, ms in sorted(figures.ms.items())
        },
        "failed": len(figures.failed),
        "failures": sorted(set(figures.failed))[:5],
        "load_average": round(os.getloadavg()[0], 1),
        "aims": AIMS,
    }
    told["met"] = (
        bool(took)
        and len(took) == len(replies) == results
        and not missed
        and not figures.failed
        and sent >= 0.95 * RATE * lasted
        and all(told[name] is not None and told[name] <= aim for name, aim in AIMS.items())
    )
    return told


def _p95(ordered: Sequence[float]) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=50)
    parser.add_argument("--replies", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--operators", type=int, default=OPERATORS)
    print(json.dumps(run(**vars(parser.parse_args())), indent=1))
