"""Lists as files for a spreadsheet: streamed, and harmless to whoever opens them."""

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response, stream_with_context

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BATCH = 200


def safe_cell(value: object) -> str:
    """As text; what a spreadsheet would run as a formula gets a quote before it.

    Source: OWASP, CSV injection. A plain negative number stays one.
    """
    text = "" if value is None else str(value)
    if text.startswith(_BEGINS_A_FORMULA) and not _is_number(text):
        return f"'{text}"
    return text


def csv_answer(name: str, heading: Iterable[str], rows: Iterable[Iterable[object]]) -> Response:
    """``rows`` while they are read: memory holds a batch. Excel in Spanish parts at ``;``."""
    return Response(
        stream_with_context(_lines(heading, rows)),
        mimetype="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _lines(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")  # Excel reads UTF-8 only behind this mark
    writer.writerow(heading)
    for place, row in enumerate(rows, start=1):
        writer.writerow([safe_cell(cell) for cell in row])
        if place % _BATCH == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "").replace(",", "")
    return text[0] == "-" and digits.isdecimal() and digits.isascii()
