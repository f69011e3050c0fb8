"""What a run says: figures on the screen, and a line of JSON for the record."""

import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.states import MessageState
from tests.chaos.judge import DEAD, still_behind
from tests.chaos.run import Run


def figures(run: Run) -> dict[str, Any]:
    """Everything that is printed and kept."""
    found = run.evidence
    broken = {check.promise: list(check.faults[:20]) for check in run.checks if not check.kept}
    faults_of = {check.promise: len(check.faults) for check in run.checks}
    sends = Counter(entry["message"] for entry in found.ledger if entry["message"] is not None)
    return {
        "profile": run.profile.name,
        "seed": run.seed,
        "passed": run.passed,
        "verdict": run.verdict,
        "came_to_rest": run.came_to_rest,
        "seconds": round(run.seconds),
        "trials": len(found.messages),
        "at_the_provider": len(sends),
        "posts": len(found.posts),
        "ambiguous_posts": found.ambiguous,
        "faults": sum(found.faults.values()),
        "kinds": len(found.faults),
        "faults_by_kind": dict(sorted(found.faults.items())),
        "callbacks": dict(found.callbacks),
        "replies": len(found.replies),
        "samples_of_the_sums": len(found.samples),
        "stops": dict(Counter(stop.kind for stop in found.stops)),
        # none: it was cut off, and that is owed at rest
        "lost": faults_of.get("nobody is lost"),
        "sent_twice": faults_of["no message is sent twice"],
        "unlinked": faults_of.get("every sid is tied to the attempt that it names"),
        "to_review": _in(run, MessageState.REVIEW),
        "given_up": _in(run, MessageState.FAILED),
        "put_off": sum(message.put_off for message in found.messages),
        "sent_again_after_a_reported_failure": sum(
            count - 1 for count in sends.values() if count > 1
        ),
        "dead_at_the_provider": sum(entry["status"] in DEAD for entry in found.ledger),
        "reads_never_heard_of": _unheard_reads(run),
        "still_behind": still_behind(found),
        "worst_second": _worst_second(run),
        "broken": broken,
    }


def keep(run: Run, file: Path) -> None:
    """Append the run to a file of one JSON object a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        **figures(run),
    }
    with file.open("a") as stream:
        stream.write(json.dumps(record, ensure_ascii=False) + "\n")


def show(run: Run, tell: Callable[[str], None]) -> None:
    told = figures(run)
    tell("")
    for check in run.checks:
        mark = "kept" if check.kept else "BROKEN"
        tell(f"  {mark:<7}{check.promise} ({check.looked_at} looked at)")
        for fault in check.faults[:10]:
            tell(f"           {fault}")
        if len(check.faults) > 10:
            tell(f"           … and {len(check.faults) - 10} more")
    tell("")
    for name in _SHOWN:
        tell(f"  {name.replace('_', ' '):<38}{told[name]}")
    tell(f"  {'faults by kind':<38}")
    for kind, number in told["faults_by_kind"].items():
        tell(f"    {kind:<36}{number}")


def closing(run: Run) -> list[str]:
    """The verdict and what it rests on, in a few lines."""
    told = figures(run)
    callbacks = run.evidence.callbacks
    made = max(1, callbacks["made"])
    verdict = {
        "kept": "every promise KEPT",
        "BROKEN": "BROKEN: " + ", ".join(check.promise for check in run.broken),
        "CUT OFF": "CUT OFF by its clock before it came to rest: nothing broken, nothing proved",
    }[run.verdict]
    return [
        "",
        f"  {told['at_the_provider']:,} messages, {told['ambiguous_posts']:,} ambiguous posts, "
        f"{told['faults']} faults of {told['kinds']} kinds, {made:,} callbacks "
        f"({callbacks['lost'] / made:.0%} lost, {callbacks['doubled'] / made:.0%} doubled, "
        f"{callbacks['reordered'] / made:.0%} out of order, {callbacks['early']} before the 201)",
        f"  lost {_or_unknown(told['lost'])}, sent twice {told['sent_twice']}, "
        f"unlinked {_or_unknown(told['unlinked'])}, for a person {told['to_review']}",
        f"  {bound([told])}",
        f"chaos {run.profile.name}, seed {run.seed}, {told['seconds']} s: {verdict}",
    ]


def verdict_of(record: Mapping[str, Any]) -> str:
    """Of a kept record; the first ones had no word for it."""
    if "verdict" in record:
        return str(record["verdict"])
    return "kept" if record["passed"] else "BROKEN" if record["came_to_rest"] else "CUT OFF"


def _or_unknown(number: int | None) -> str:
    return "unknown" if number is None else str(number)


def bound(records: Iterable[Mapping[str, Any]]) -> str:
    """What so many messages without a fault say about the next one.

    A run that was cut off before it came to rest says nothing about loss, and is left out.
    """
    given = list(records)
    taken = [record for record in given if record["came_to_rest"]]
    if len(taken) < len(given):
        cut_off = f" ({len(given) - len(taken)} of {len(given)} runs never came to rest)"
        return (bound(taken) if taken else "nothing came to rest: nothing is known") + cut_off
    trials = sum(record["at_the_provider"] for record in taken)
    faults = sum(record["lost"] + record["sent_twice"] for record in taken)
    if not trials:
        return "nothing was sent: nothing is known"
    if faults:
        return f"{faults} of {trials} messages lost or sent twice"
    return (
        f"0 of {trials} messages lost or sent twice: with 95 % confidence at most "
        f"3/{trials} = {3 / trials:.5%} are"
    )


def kept(file: Path) -> list[dict[str, Any]]:
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def commit() -> str:
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""  # no git here
    return told.stdout.strip()


def _in(run: Run, state: MessageState) -> int:
    return sum(message.state is state for message in run.evidence.messages)


def _unheard_reads(run: Run) -> int:
    """Their callback was lost, and we do not ask about what has arrived."""
    read = {entry["sid"] for entry in run.evidence.ledger if entry["status"] == "read"}
    return sum(
        message.state is MessageState.DELIVERED and message.provider_sid in read
        for message in run.evidence.messages
    )


def _worst_second(run: Run) -> int:
    """Most posts that arrived within one second; told, not judged: see docs/reliability.md."""
    at = sorted(post["at"] for post in run.evidence.posts)
    worst = first = 0
    for last, moment in enumerate(at):
        while at[first] <= moment - 1.0:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


_SHOWN = (
    "trials",
    "at_the_provider",
    "posts",
    "ambiguous_posts",
    "faults",
    "kinds",
    "callbacks",
    "replies",
    "samples_of_the_sums",
    "stops",
    "lost",
    "sent_twice",
    "unlinked",
    "to_review",
    "given_up",
    "put_off",
    "sent_again_after_a_reported_failure",
    "reads_never_heard_of",
    "still_behind",
    "worst_second",
    "seconds",
)
