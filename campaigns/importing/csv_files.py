"""CSV as it comes out of Excel and of old systems: encodings, separators, line numbers."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from campaigns.importing.errors import FileDamaged, WrongFormat
from campaigns.importing.limits import Limits

_BLOCK = 1 << 18
_SEPARATORS = ";,\t|"
_NOT_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


@dataclass(frozen=True, slots=True)
class Survey:
    encoding: str
    lines: int
    sha256: str


def survey(path: Path) -> Survey:
    """Read the whole file once: its hash, its lines, and the encoding that fits all of it.

    A byte-order mark decides; else UTF-8 if every byte fits, else Windows-1252, which is what
    Excel writes here. A sample would not do: one late accent would spoil the import half way.
    """
    digest = hashlib.sha256()
    lines = 0
    fits_cp1252 = True
    with path.open("rb") as file:
        wide = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        file.seek(0)
        encoding = "utf-16" if wide else "utf-8-sig"
        decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(encoding)()
        while block := file.read(_BLOCK):
            digest.update(block)
            lines += block.count(b"\n") or block.count(b"\r")
            decoder = _still_fits(decoder, block)
            if not wide and b"\0" in block:
                raise WrongFormat("binario (no es texto)")
            if decoder is None and fits_cp1252:
                fits_cp1252 = _NOT_IN_CP1252.isdisjoint(block)
    if _still_fits(decoder, b"", final=True) is None:
        encoding = "cp1252"
        if wide or not fits_cp1252:
            raise FileDamaged(
                "No se pueden leer los acentos del archivo: guardalo como «CSV UTF-8»."
            )
    return Survey(encoding, lines, digest.hexdigest())


def _still_fits(
    decoder: codecs.IncrementalDecoder | None, block: bytes, *, final: bool = False
) -> codecs.IncrementalDecoder | None:
    if decoder is None:
        return None
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return None
    return decoder


class CsvRows:
    """The rows that are not blank, each with the line where it starts (1 is the first)."""

    def __init__(self, path: Path, encoding: str, limits: Limits) -> None:
        self._raw = path.open("rb")
        self._size = path.stat().st_size
        self._limits = limits
        self._text = io.TextIOWrapper(self._raw, encoding, newline="")
        self.separator = ";"
        self._skipped = 0
        self._position = self._sniff()

    def fraction_read(self) -> float:
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def __iter__(self) -> Iterator[tuple[int, list[str | int | float]]]:
        self._text.seek(self._position)
        reader = csv.reader(self._text, delimiter=self.separator)
        line = self._skipped + 1
        try:
            for cells in reader:
                if any(map(str.strip, cells)):
                    self._check_quotes(line, self._skipped + reader.line_num)
                    yield line, list(cells)
                line = self._skipped + reader.line_num + 1
        except csv.Error as error:
            raise self._open_quote(line) from error
        except UnicodeError as error:
            raise FileDamaged(
                f"El archivo está cortado cerca de la línea {line}.", line=line
            ) from error
        finally:
            self._raw.close()

    def _sniff(self) -> int:
        """Find the separator in the first line with text; an Excel ``sep=;`` line says it."""
        position = self._text.tell()
        while line := self._text.readline(1 << 16):
            told = line.strip() if line[4:5] != "\t" else line[:5]
            if told[:4].lower() == "sep=" and told[4:] in tuple(_SEPARATORS):
                self.separator = line[4]
                self._skipped += 1
                return self._text.tell()
            if line.strip():
                self.separator = max(_SEPARATORS, key=lambda mark: _columns(line, mark))
                return position
            self._skipped += 1
            position = self._text.tell()
        return position

    def _check_quotes(self, first: int, last: int) -> None:
        if last - first >= self._limits.record_lines:
            raise self._open_quote(first)

    def _open_quote(self, line: int) -> FileDamaged:
        return FileDamaged(
            f"Hay unas comillas sin cerrar en la línea {line}: desde ahí no se puede leer. "
            "Cerralas o borralas y volvé a importar el archivo entero.",
            line=line,
        )


def _columns(line: str, separator: str) -> int:
    return len(next(csv.reader([line], delimiter=separator), []))
