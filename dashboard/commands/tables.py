"""Lists for a terminal: a table for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from messaging.templates import clean_value

_WIDEST = 48


def show(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, zone: ZoneInfo, empty: str
) -> None:
    """Print a table. What customers wrote cannot move the cursor: control characters are out."""
    table = [[_cell(value, zone) for value in row] for row in rows]
    if not table:
        click.echo(empty)
        return
    widths = [
        max(len(heading), *(len(row[column]) for row in table))
        for column, heading in enumerate(headings)
    ]
    lines = [list(headings), ["─" * width for width in widths], *table]
    for line in lines:
        click.echo("  ".join(map(str.ljust, line, widths)).rstrip())


def show_json(records: Iterable[object]) -> None:
    """Print dataclasses as a JSON list; datetimes in ISO 8601, UTC."""
    plain = [
        asdict(each) if is_dataclass(each) and not isinstance(each, type) else each
        for each in records
    ]
    click.echo(json.dumps(plain, indent=1, ensure_ascii=False, default=_as_json))


def _as_json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _cell(value: object, zone: ZoneInfo) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%d/%m %H:%M}"
    text = clean_value(str(value))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
