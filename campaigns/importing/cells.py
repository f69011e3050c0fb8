"""Readers of one cell: what people write in a column, to a value; or CellRefused, never a guess.

A cell is text, or a number where a spreadsheet keeps one.
"""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

from campaigns.importing.errors import AmountFault, AmountRefused, CellRefused
from campaigns.importing.limits import LIMITS
from messaging.phone_formats import to_whatsapp
from models.states import SubscriptionState
from models.values import InvalidPhoneNumber, PhoneNumber

Cell = str | int | float

_LARGEST_AMOUNT = Decimal("999999999999.99")  # what Numeric(14, 2) holds
_FIRST_YEAR, _LAST_YEAR = 1990, 2100

_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
_GUARDED = re.compile(r"'(?=[=+\-@\t\r])")  # how an export keeps a cell from being a formula
_LOOK_AT = " '#"  # a cell that begins so may not be what it seems
_SHEET_ERROR = re.compile(
    r"#(?:N/[AD]|¡?(?:REF|VALUE|VALOR|DIV/0|NUM|NULL|NULO)!|¿?(?:NAME|NOMBRE)\?)", re.IGNORECASE
)
_NOTHING = frozenset({"-", "--", "s/d", "n/a", "n/d", "null"})  # what people put for "none"

_CURRENCY = re.compile(r"^(?:AR\$|ARS|\$)\s*|\s*(?:ARS|\$)$", re.IGNORECASE)
_PLAIN = re.compile(r"\d+(?:[.,]\d{1,2})?", re.ASCII)
_DOTS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", re.ASCII)  # 1.234.567,89
_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)", re.ASCII)  # 1,234,567.89
_MANY_COMMAS = re.compile(r"\d{1,3}(?:,\d{3}){2,}", re.ASCII)  # 1,234,567
_ONE_MARK = re.compile(r"\d+[.,]\d+", re.ASCII)

_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:[.,]0+)?", re.ASCII)
_EPOCH = date(1899, 12, 30)  # of spreadsheet dates

_DOCUMENT_KIND = re.compile(r"^(?:dni|cuit|cuil|le|lc)\b[\s:.nº°]*", re.IGNORECASE)
_CUIT_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_INTEGER = re.compile(r"(?:cuota|nro|n[º°]?)?\.?\s*(\d{1,9})(?:[.,]0+)?", re.IGNORECASE | re.ASCII)
_OF_TOTAL = re.compile(r"(\d{1,3})\s*(?:/|de)\s*\d{1,3}", re.ASCII)
_URL = re.compile(r"https?://[^\s/<>\"'\\]+\.[^\s<>\"'\\]+", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}")

_PAID: dict[str, bool] = {
    word: is_paid
    for is_paid, words in {
        True: "si s x yes y true verdadero 1 pago paga pagado pagada abonado abonada",
        False: "no n false falso 0 impago impaga pendiente adeudado adeudada emitido emitida "
        "vencido vencida",
    }.items()
    for word in words.split()
}

_STATES: dict[str, SubscriptionState] = {
    word: state
    for state, words in {
        SubscriptionState.ACTIVE: "active activa activo vigente ahorrista",
        SubscriptionState.AWARDED: "awarded adjudicada adjudicado",
        SubscriptionState.DELIVERED: "delivered entregada entregado",
        SubscriptionState.COMPLETED: "completed completa completada completado finalizada "
        "finalizado cumplida cumplido",
        SubscriptionState.RESIGNED: "resigned renunciada renunciado renuncia renunciante",
        SubscriptionState.RESCINDED: "rescinded rescindida rescindido rescision",
    }.items()
    for word in words.split()
}


def is_empty(cell: Cell) -> bool:
    """Whether a cell says nothing: blank, or a dash in its place."""
    if not isinstance(cell, str):
        return False
    return not cell or cell.isspace() or (len(cell) < 8 and cell.strip().lower() in _NOTHING)


def read_text(cell: Cell, *, longest: int = 500) -> str:
    """One line of text, without what cannot be seen; "" for an empty cell."""
    if not isinstance(cell, str):
        return _number_text(cell)
    if (
        0 < len(cell) <= longest
        and cell.isprintable()
        and cell[0] not in _LOOK_AT
        and cell[-1] != " "
        and "  " not in cell
    ):
        return cell  # as nearly every cell is
    if len(cell) > LIMITS.cell_characters:
        raise CellRefused(f"tiene {len(cell)} caracteres y el máximo es {LIMITS.cell_characters}")
    text = _GUARDED.sub("", _SPACES.sub(" ", _HIDDEN.sub("", cell)).strip(), count=1)
    if text[:1] == "#" and _SHEET_ERROR.fullmatch(text):
        raise CellRefused("la celda tiene un error de la planilla: corregí la fórmula")
    if len(text) > longest:
        raise CellRefused(f"tiene {len(text)} caracteres y el máximo es {longest}")
    return text


def read_amount(cell: Cell) -> Decimal:
    """``1.234,56``, ``1234.56``, ``$ 1.234`` or a spreadsheet's number, as pesos and cents.

    One dot before three digits parts thousands, as it is written here. One comma before three
    digits may be either, and is refused.
    """
    if not isinstance(cell, str):
        if cell > _LARGEST_AMOUNT:  # before Decimal runs out of digits for it
            raise AmountRefused(AmountFault.TOO_LARGE)
        amount = Decimal(repr(max(cell, 0))).quantize(Decimal("0.01"))
    else:
        amount = _amount_of(read_text(cell))
    if amount <= 0:
        raise AmountRefused(AmountFault.NOT_POSITIVE)
    if amount > _LARGEST_AMOUNT:
        raise AmountRefused(AmountFault.TOO_LARGE)
    return amount


def _amount_of(text: str) -> Decimal:
    digits = _CURRENCY.sub("", _CURRENCY.sub("", text)).replace(" ", "")
    if _DOTS.fullmatch(digits):
        plain = digits.replace(".", "").replace(",", ".")
    elif _COMMAS.fullmatch(digits) or _MANY_COMMAS.fullmatch(digits):
        plain = digits.replace(",", "")
    elif _PLAIN.fullmatch(digits):
        plain = digits.replace(",", ".")
    elif _ONE_MARK.fullmatch(digits):
        whole, _, decimals = digits.replace(",", ".").partition(".")
        if len(decimals) == 3 and "," in digits and len(whole) <= 3 and whole != "0":
            raise AmountRefused(
                AmountFault.TWO_WAYS,
                f"puede ser {whole}{decimals} o {whole},{decimals}: escribilo sin separador de "
                "miles o con dos decimales",
            )
        plain = f"{whole}.{decimals}"
    elif digits.startswith(("-", "(")):
        raise AmountRefused(AmountFault.NOT_POSITIVE)
    else:
        raise AmountRefused(AmountFault.NOT_ONE)
    amount = Decimal(plain)
    if amount != amount.quantize(Decimal("0.01")):
        raise AmountRefused(AmountFault.DECIMALS)
    return amount


def read_date(cell: Cell) -> date:
    """``31/12/2026``, ISO, or a spreadsheet's day number; a time of day is dropped."""
    if not isinstance(cell, str):
        return _from_serial(cell)
    text = _CLOCK.sub("", read_text(cell))
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
        year += 2000 if year < 100 else 0
    elif found := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in found.groups() if part is not None)
    elif _SERIAL.fullmatch(text):
        return _from_serial(float(text.replace(",", ".")))
    else:
        raise CellRefused("no es una fecha: escribila como 31/12/2026 o 2026-12-31")
    if month > 12 >= day:
        raise CellRefused(f"el mes {month} no existe: va primero el día y después el mes")
    try:
        return _in_range(date(year, month, day))
    except ValueError as error:
        if isinstance(error, CellRefused):
            raise
        raise CellRefused("esa fecha no existe en el calendario") from error


def read_paid(cell: Cell) -> date | bool:
    """The day on which it was paid; or only that it was, or that it was not."""
    said = fold(read_text(cell))
    if (is_paid := _PAID.get(said)) is not None:
        return is_paid
    try:
        return read_date(cell)
    except CellRefused as refusal:
        if any(map(str.isdigit, said)):
            raise
        raise CellRefused(
            "no dice si está pagado: poné sí, no o la fecha de pago, como 31/12/2026"
        ) from refusal


def _from_serial(number: float) -> date:
    if not 0 < number < 100_000:
        raise CellRefused("no es una fecha: escribila como 31/12/2026 o 2026-12-31")
    return _in_range(_EPOCH + timedelta(days=int(number)))


def _in_range(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise CellRefused(f"el año {day.year} no puede ser")
    return day


def read_document(cell: Cell) -> str:
    """A DNI of 7 or 8 digits, or a CUIT or CUIL whose check digit is right; digits only."""
    text = _DOCUMENT_KIND.sub("", read_text(cell))
    digits = re.sub(r"[\s.\-/]", "", text)
    if not (digits.isdigit() and digits.isascii()):
        raise CellRefused("no es un documento: se espera un DNI o un CUIT, en números")
    if len(digits) <= 8:
        digits = digits.lstrip("0")
        if len(digits) < 7:
            raise CellRefused("le faltan dígitos: un DNI tiene 7 u 8 y un CUIT 11")
        if len(set(digits)) == 1:
            raise CellRefused("es un documento de relleno")
        return digits
    if len(digits) != 11:
        raise CellRefused(f"tiene {len(digits)} dígitos: un DNI tiene 7 u 8 y un CUIT 11")
    if cuit_check_digit(digits[:10]) != digits[10]:
        raise CellRefused("el dígito verificador del CUIT no corresponde: revisá los números")
    return digits


def cuit_check_digit(ten: str) -> str:
    """The eleventh digit; "" where none exists. Source: AFIP, modulo 11."""
    total = sum(int(digit) * weight for digit, weight in zip(ten, _CUIT_WEIGHTS, strict=True))
    check = (11 - total % 11) % 11
    return "" if check == 10 else str(check)


def read_integer(cell: Cell, *, least: int = 0, most: int = 999) -> int:
    """A whole number; ``12/84`` and ``Cuota 12`` are 12."""
    if isinstance(cell, float) and not cell.is_integer():
        raise CellRefused("no es un número entero")
    text = read_text(cell)
    found = _INTEGER.fullmatch(text) or _OF_TOTAL.fullmatch(text)
    if not found:
        raise CellRefused("no es un número entero")
    value = int(found[1])
    if not least <= value <= most:
        raise CellRefused(f"tiene que estar entre {least} y {most}")
    return value


def read_phone(cell: Cell, *, default_area: str) -> PhoneNumber:
    """See `messaging.phone_formats.to_whatsapp`."""
    try:
        return to_whatsapp(read_text(cell), default_area=default_area)
    except InvalidPhoneNumber as refusal:
        raise CellRefused(f"no es un teléfono: {refusal.reason}") from refusal


def read_url(cell: Cell) -> str:
    text = read_text(cell, longest=2000)
    if not _URL.fullmatch(text):
        raise CellRefused("no es una dirección web: tiene que empezar con https://")
    return text


def read_email(cell: Cell) -> str:
    text = read_text(cell, longest=254).lower()
    if not _EMAIL.fullmatch(text):
        raise CellRefused("no es un correo electrónico")
    return text


def read_currency(cell: Cell) -> str:
    """An ISO 4217 code, in the words used here."""
    text = read_text(cell).upper()
    code = {"$": "ARS", "AR$": "ARS", "PESOS": "ARS", "U$S": "USD", "US$": "USD"}.get(text, text)
    if not re.fullmatch(r"[A-Z]{3}", code, re.ASCII):
        raise CellRefused("no es una moneda: escribila como ARS o USD")
    return code


def read_state(cell: Cell) -> SubscriptionState:
    state = _STATES.get(fold(read_text(cell)))
    if state is None:
        raise CellRefused(
            "no es un estado conocido: activa, adjudicada, entregada, completa, renunciada o "
            "rescindida"
        )
    return state


def fold(text: str) -> str:
    """Without case, accents and doubled spaces: for comparing, never for keeping."""
    if text.isascii():
        return " ".join(text.casefold().split())
    bare = unicodedata.normalize("NFKD", text.casefold())
    return _SPACES.sub(" ", "".join(c for c in bare if not unicodedata.combining(c))).strip()


def _number_text(number: float) -> str:
    """A code that a spreadsheet took for a number, as it was typed."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return str(number)
