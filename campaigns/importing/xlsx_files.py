"""XLSX as a stream: one sheet's cells, in memory that grows with its distinct texts only.

A general reader lays a sheet out as a rectangle first: a few bytes that put a cell into the last
corner then ask for terabytes. Here the archive's declared sizes bound everything.
Source: ECMA-376 part 1, 18.2 (workbook), 18.3 (worksheets), 18.4 (shared strings).
"""

import math
import posixpath
import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from campaigns.importing.errors import EmptyFile, FileDamaged, FileTooBig, WrongFormat
from campaigns.importing.limits import MIB, Limits

_BLOCK = 1 << 16
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "/sharedStrings"
_SHEET = "/worksheet"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how the format writes control characters
_DAMAGED = "El Excel está dañado: abrilo, guardalo de nuevo y volvé a intentar."

# What a damaged archive or sheet raises, at any byte of it.
_BROKEN = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    KeyError,
)

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    member: str
    rows: int  # about: those that the file holds, blank ones included


class Workbook:
    """An archive that passed the limits."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._read = 0
        self._total = 1
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise FileDamaged(_DAMAGED) from error
        members = self._zip.infolist()
        inflated = sum(member.file_size for member in members)
        if len(members) > limits.xlsx_members or inflated > limits.xlsx_inflated_bytes:
            raise FileTooBig(
                "inflated",
                f"El Excel ocupa {inflated // MIB} MB al abrirse y el máximo es "
                f"{limits.xlsx_inflated_bytes // MIB} MB.",
            )
        names = {member.filename for member in members}
        if _WORKBOOK not in names:
            kind = "un ODS (LibreOffice)" if "mimetype" in names else "un ZIP, no un Excel"
            raise WrongFormat(kind, "Guardalo como .xlsx o CSV.")
        if any(member.flag_bits & 1 for member in members):
            raise WrongFormat("un Excel con contraseña", "Quitale la contraseña.")

    def first_sheet(self) -> Sheet:
        """The first visible sheet with something in it."""
        targets: dict[str, tuple[str, str]] = {}
        self._parse(_RELATIONS, lambda tag, given: _note_relation(targets, tag, given))
        self._strings_member = next(
            (member for kind, member in targets.values() if kind.endswith(_STRINGS)), None
        )
        listed: list[tuple[str, str]] = []
        self._parse(_WORKBOOK, lambda tag, given: _note_sheet(listed, tag, given))
        for name, relation in listed:
            kind, member = targets.get(relation, ("", ""))
            if kind.endswith(_SHEET) and (rows := self._count_rows(member)):
                return Sheet(name, member, rows)
        raise EmptyFile("no tiene ninguna hoja visible con filas")

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
        """The rows that are not blank, with their number in the sheet."""
        strings = _Strings(self._limits)
        if self._strings_member is not None:
            self._feed(strings.parser, self._strings_member)
        reader = _SheetReader(strings, self._limits)
        self._read, self._total = 0, max(1, self._size(sheet.member))
        try:
            with self._open(sheet.member) as file:
                while block := file.read(_BLOCK):
                    self._read += len(block)
                    reader.parser.Parse(block, False)
                    yield from reader.take()
                reader.parser.Parse(b"", True)
                yield from reader.take()
        except _BROKEN as error:
            raise FileDamaged(_DAMAGED, line=reader.row) from error
        finally:
            self._zip.close()

    def fraction_read(self) -> float:
        return self._read / self._total

    def _open(self, member: str) -> IO[bytes]:
        return self._zip.open(member)

    def _size(self, member: str) -> int:
        return self._zip.getinfo(member).file_size

    def _count_rows(self, member: str) -> int:
        """Inflating it all also proves its declared size and checksum before a row is used."""
        rows = 0
        tail = b""
        try:
            with self._open(member) as file:
                while block := file.read(_BLOCK):
                    block = tail + block
                    rows += block.count(b"<row") + block.count(b":row>")
                    tail = block[-4:]
        except _BROKEN as error:
            raise FileDamaged(_DAMAGED) from error
        return rows

    def _parse(self, member: str, start: Callable[[str, dict[str, str]], None]) -> None:
        parser = _parser()
        parser.StartElementHandler = lambda name, given: start(_local(name), given)
        self._feed(parser, member)

    def _feed(self, parser: expat.XMLParserType, member: str) -> None:
        try:
            with self._open(member) as file:
                while block := file.read(_BLOCK):
                    parser.Parse(block, False)
                parser.Parse(b"", True)
        except _BROKEN as error:
            raise FileDamaged(_DAMAGED) from error


class _Strings:
    """The shared texts, packed: a million of them as separate objects would fill the memory."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.xlsx_texts
        self._packed = bytearray()
        self._ends = array("L", [0])
        self._in_text = False
        self._in_phonetic = False
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def __getitem__(self, index: int) -> str:
        if index < 0:
            raise ValueError("no such shared string")
        try:
            first, last = self._ends[index], self._ends[index + 1]
        except IndexError:
            raise ValueError("no such shared string") from None
        return _unescape(self._packed[first:last].decode())

    def _start(self, name: str, _given: dict[str, str]) -> None:
        tag = _local(name)
        if tag == "t":
            self._in_text = not self._in_phonetic
        elif tag == "rPh":
            self._in_phonetic = True

    def _end(self, name: str) -> None:
        tag = _local(name)
        if tag == "t":
            self._in_text = False
        elif tag == "rPh":
            self._in_phonetic = False
        elif tag == "si":
            if len(self._ends) > self._most:
                raise FileTooBig("texts", "El Excel tiene demasiados textos distintos.")
            self._ends.append(len(self._packed))

    def _characters(self, text: str) -> None:
        if self._in_text:
            self._packed += text.encode()


class _SheetReader:
    def __init__(self, strings: _Strings, limits: Limits) -> None:
        self._strings = strings
        self._limits = limits
        self._ready: list[tuple[int, list[Cell]]] = []
        self._cells: list[Cell] = []
        self._column = 0
        self._type = "n"
        self._text: list[str] = []
        self._reading = False
        self.row = 0
        self.parser = _parser()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._names_known = False
        self._c = self._v = self._t = self._row = ""  # as this sheet prefixes them
        self._columns: dict[str, int] = {}

    def take(self) -> list[tuple[int, list[Cell]]]:
        ready, self._ready = self._ready, []
        return ready

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == self._c:
            place = given.get("r")
            self._column = self._column_of(place) if place else self._column + 1
            self._type = given.get("t", "n")
            self._text = []
        elif name == self._v or name == self._t:
            self._reading = True
        elif name == self._row:
            number = given.get("r")
            self.row = int(number) if number else self.row + 1
            self._cells = []
            self._column = 0
        elif not self._names_known:
            self._names_known = True
            prefix = name.removesuffix(_local(name))
            self._c, self._v, self._t = f"{prefix}c", f"{prefix}v", f"{prefix}t"
            self._row = f"{prefix}row"

    def _end(self, name: str) -> None:
        if name == self._c:
            if self._text:
                self._place(self._value("".join(self._text)))
        elif name == self._v or name == self._t:
            self._reading = False
        elif name == self._row and self._cells:
            self._ready.append((self.row, self._cells))

    def _column_of(self, place: str) -> int:
        """``C7`` is 3."""
        letters = place.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None:
            column = 0
            for letter in letters[:4]:
                column = column * 26 + ord(letter) - 64
            if len(self._columns) < 1_000:
                self._columns[letters] = column
        return column

    def _characters(self, text: str) -> None:
        if self._reading:
            self._text.append(text)

    def _value(self, text: str) -> Cell:
        if self._type == "s":
            return self._strings[int(text)]
        if self._type == "n":
            number = float(text)
            if not math.isfinite(number):
                raise ValueError("no number of a spreadsheet")
            return int(number) if number.is_integer() else number
        if self._type == "b":
            return "sí" if text == "1" else "no"
        return _unescape(text)

    def _place(self, value: Cell) -> None:
        if isinstance(value, str) and not value.strip():
            return
        if self._column < 1:
            raise ValueError("a cell without a place")
        if self._column > self._limits.columns:
            raise FileTooBig(
                "columns",
                f"La fila {self.row} llega a la columna {self._column} y el máximo es "
                f"{self._limits.columns}.",
            )
        cells = self._cells
        while len(cells) < self._column - 1:
            cells.append("")
        if len(cells) == self._column:  # the same place twice: the file is odd, the last counts
            cells.pop()
        cells.append(value)


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()  # prefixes are cut off here: resolving them costs a third more
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_given: object) -> None:
    raise FileDamaged(_DAMAGED)  # the format has none: only an attack does


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _unescape(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _note_relation(targets: dict[str, tuple[str, str]], tag: str, given: dict[str, str]) -> None:
    if tag == "Relationship":
        target = given.get("Target", "")
        member = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        targets[given.get("Id", "")] = (given.get("Type", ""), posixpath.normpath(member))


def _note_sheet(listed: list[tuple[str, str]], tag: str, given: dict[str, str]) -> None:
    if tag == "sheet" and given.get("state", "visible") == "visible":
        relation = next((value for key, value in given.items() if _local(key) == "id"), "")
        listed.append((given.get("name", ""), relation))
