"""A file that came in: what it is, its header and its rows, read as a stream.

Nothing is believed but the bytes: neither the name nor what the browser said of it.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from campaigns.importing import csv_files, xlsx_files
from campaigns.importing.errors import EmptyFile, FileTooBig, WrongFormat
from campaigns.importing.limits import LIMITS, MIB, Limits

Cell = str | int | float  # a number only where a spreadsheet keeps one
Row = tuple[int, list[Cell]]  # its line in the file, the first being 1

_KNOWN: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "un PDF", ""),
    (b"\x89PNG", "una imagen", ""),
    (b"\xff\xd8\xff", "una imagen", ""),
    (b"GIF8", "una imagen", ""),
    (b"RIFF", "una imagen o un sonido", ""),
    (b"Rar!", "un archivo comprimido", "Descomprimilo primero."),
    (b"7z\xbc\xaf", "un archivo comprimido", "Descomprimilo primero."),
    (b"\x1f\x8b", "un archivo comprimido", "Descomprimilo primero."),
    (
        b"\xd0\xcf\x11\xe0",
        "un Excel viejo (.xls) o con contraseña",
        "Guardalo como .xlsx sin contraseña, o como CSV.",
    ),
    (b"{\\rtf", "un documento de texto", "Copiá la tabla a una planilla."),
)
_MARKUP = re.compile(rb"\s*(?:<!doctype|<html|<table|<\?xml|<meta|<head)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """A file opened for reading; ``rows`` starts below the header and may be called once."""

    name: str
    kind: str  # "csv" or "xlsx"
    sha256: str
    detail: str  # encoding and separator, or the sheet's name
    header: list[str]
    header_line: int
    rows: Callable[[], Iterator[Row]]
    fraction_read: Callable[[], float]  # 0 to 1, for a progress bar


def open_table(path: Path, *, name: str = "", limits: Limits = LIMITS) -> Table:
    """Look at the bytes, refuse what is no table, find the header.

    ``name`` is what its sender called it. Every limit that can be known beforehand is checked
    here, so that a file is refused before its first row is written.

    Raises:
        FileRefused: with the sentence for its sender.
    """
    size = path.stat().st_size
    if not size:
        raise EmptyFile
    with path.open("rb") as file:
        start = file.read(4096)
    for magic, found, advice in _KNOWN:
        if start.startswith(magic):
            raise WrongFormat(found, advice)
    if _MARKUP.match(start.removeprefix(b"\xef\xbb\xbf")):
        raise WrongFormat(
            "una página web o XML, aunque se llame Excel", "Abrilo y guardalo como .xlsx."
        )
    if start.startswith(b"PK"):
        _check_size(size, limits.xlsx_bytes)
        return _open_xlsx(path, name or path.name, limits)
    _check_size(size, limits.csv_bytes)
    return _open_csv(path, name or path.name, limits)


def _open_csv(path: Path, name: str, limits: Limits) -> Table:
    survey = csv_files.survey(path)
    if survey.lines > limits.csv_rows + 1:
        raise _too_many_rows(limits.csv_rows)
    source = csv_files.CsvRows(path, survey.encoding, limits)
    rows: Iterator[Row] = iter(source)
    line, header = _header(rows, limits)
    separator = {"\t": "tabulación"}.get(source.separator, source.separator)
    return Table(
        name=name,
        kind="csv",
        sha256=survey.sha256,
        detail=f"{survey.encoding}, separado por {separator}",
        header=header,
        header_line=line,
        rows=lambda: rows,
        fraction_read=source.fraction_read,
    )


def _open_xlsx(path: Path, name: str, limits: Limits) -> Table:
    book = xlsx_files.Workbook(path, limits)
    sheet = book.first_sheet()
    if sheet.rows > limits.xlsx_rows + 1:
        raise _too_many_rows(limits.xlsx_rows)
    rows: Iterator[Row] = book.rows(sheet)
    line, header = _header(rows, limits)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Table(
        name=name,
        kind="xlsx",
        sha256=sha256,
        detail=f"hoja {sheet.name}",
        header=header,
        header_line=line,
        rows=lambda: rows,
        fraction_read=book.fraction_read,
    )


def _header(rows: Iterator[Row], limits: Limits) -> tuple[int, list[str]]:
    """The first row that is not blank; trailing empty cells are no columns."""
    line, cells = next(rows, (0, []))
    if not cells:
        raise EmptyFile("no tiene ninguna fila")
    if len(cells) > limits.columns:
        raise FileTooBig(
            "columns", f"El archivo tiene {len(cells)} columnas y el máximo es {limits.columns}."
        )
    header = [str(cell).strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    return line, header


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise FileTooBig(
            "bytes", f"El archivo pesa {size / MIB:.0f} MB y el máximo es {most // MIB} MB."
        )


def _too_many_rows(most: int) -> FileTooBig:
    return FileTooBig("rows", f"El archivo tiene más de {most:,} filas.".replace(",", "."))
