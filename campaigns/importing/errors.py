"""Why a file or a cell is not taken. Each one's text is the Spanish sentence its sender reads.

FileRefused                   nothing of it is taken (or nothing more, past `line`)
├── WrongFormat               no CSV and no XLSX: `found` says what it is
├── EmptyFile                 no header, or no row under it
├── FileTooBig                a limit is passed: `limit` names it
├── FileDamaged               cut short, a bad archive, bytes of no known encoding
├── ColumnsMissing            `missing` fields have no column; `found` are the file's own
├── ColumnsAmbiguous          two columns for one `field`
├── MappingWrong              the mapping names a column or a field that is not there
└── NothingToImport           the dry run found no row that would change anything
CellRefused                   one value; becomes an error of its row
└── AmountRefused             an amount: `fault` says what is wrong with it
"""

import enum
from collections.abc import Sequence


class FileRefused(Exception):
    """Base of what refuses a whole file."""


class WrongFormat(FileRefused):
    def __init__(self, found: str, advice: str = "") -> None:
        self.found = found
        super().__init__(
            f"El archivo es {found}: se espera una planilla XLSX o un CSV."
            + (f" {advice}" if advice else "")
        )


class EmptyFile(FileRefused):
    def __init__(self, what: str = "está vacío") -> None:
        super().__init__(
            f"El archivo {what}: se espera un encabezado con los nombres de las columnas "
            "y una fila por registro."
        )


class FileTooBig(FileRefused):
    def __init__(self, limit: str, sentence: str) -> None:
        self.limit = limit
        super().__init__(f"{sentence} Partilo en varios archivos.")


class FileDamaged(FileRefused):
    def __init__(self, sentence: str, *, line: int | None = None) -> None:
        self.line = line
        super().__init__(sentence)


class ColumnsMissing(FileRefused):
    def __init__(self, missing: Sequence[tuple[str, Sequence[str]]], found: Sequence[str]) -> None:
        self.missing = [label for label, _ in missing]
        self.found = list(found)
        wanted = "; ".join(
            f"«{label}» (se acepta: {', '.join(names[:6])})" for label, names in missing
        )
        super().__init__(
            f"Faltan columnas: {wanted}. El archivo tiene: {', '.join(self.found) or 'ninguna'}. "
            "Cambiá el encabezado o indicá qué columna es cuál."
        )


class ColumnsAmbiguous(FileRefused):
    def __init__(self, field: str, label: str, columns: Sequence[str]) -> None:
        self.field = field
        self.columns = list(columns)
        super().__init__(
            f"Más de una columna puede ser «{label}»: {', '.join(columns)}. Indicá cuál es."
        )


class MappingWrong(FileRefused):
    pass


class NothingToImport(FileRefused):
    pass


class CellRefused(ValueError):
    """This value cannot be taken; the text says why and what to do."""


class AmountFault(enum.StrEnum):
    NOT_ONE = "not_one"
    NOT_POSITIVE = "not_positive"
    TOO_LARGE = "too_large"
    TWO_WAYS = "two_ways"  # a comma that may part thousands or cents
    DECIMALS = "decimals"


class AmountRefused(CellRefused):
    def __init__(self, fault: AmountFault, text: str = "") -> None:
        self.fault = fault
        super().__init__(text or _AMOUNT_TEXTS[fault])


_AMOUNT_TEXTS = {
    AmountFault.NOT_ONE: "no es un importe: escribilo como 1.234,56 o 1234.56",
    AmountFault.NOT_POSITIVE: "el importe tiene que ser mayor que cero: si no hay nada que pagar, "
    "sacá la cuota de la planilla",
    AmountFault.TOO_LARGE: "el importe es demasiado grande",
    AmountFault.DECIMALS: "tiene más de dos decimales",
}
