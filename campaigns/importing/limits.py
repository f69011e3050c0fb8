"""How big a file may be: what keeps an import's memory and time within bounds."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    csv_bytes: int = 200 * MIB
    csv_rows: int = 1_048_576
    xlsx_bytes: int = 50 * MIB
    xlsx_rows: int = 200_000
    xlsx_inflated_bytes: int = 400 * MIB  # 300 MB of sheet fit into 284 KiB of archive
    xlsx_members: int = 2_000
    xlsx_texts: int = 4_000_000  # shared ones; five bytes of a sheet make an empty one
    columns: int = 200
    cell_characters: int = 10_000
    record_lines: int = 20  # physical lines of one CSV row; more means a quote left open


LIMITS = Limits()
