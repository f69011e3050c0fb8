"""What people type as a phone, to the number WhatsApp dials; and the key that its forms share.

Source of ranges and area codes: the tables of the phonenumbers library. It needs about 100 µs
for a number, so Argentine ones are taken apart here and only checked against its patterns.
"""

import re
from functools import cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata

from models.values import InvalidPhoneNumber, PhoneNumber

LETTERS = "tiene letras"
EXTENSION = "tiene un interno, y WhatsApp no llega a un interno"
SCIENTIFIC = "la planilla lo guardó como 1,2E+10 y perdió dígitos: escribilo como texto"
NO_DIGITS = "no tiene dígitos"
TOO_SHORT = "le faltan dígitos"
TOO_LONG = "le sobran dígitos"
FILLER = "es un número de relleno"
FREE_CALL = "es un 0800 o 0810, que no tiene WhatsApp"
NOT_IN_USE = "ese código de área o ese número no existe"

_LABEL = re.compile(
    r"^(?:tel[eé]fono|tel|celular|cel|m[oó]vil|whats?app|wsp|wa|tfno|fijo)\b[\s.:#]*", re.IGNORECASE
)
_EXTENSION = re.compile(r"\d\s*(?:int(?:erno)?|ext)\b|#\s*\d+\s*$", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"^\d[.,]?\d*e\+?\d+$", re.IGNORECASE)
_BETWEEN_TWO = re.compile(r"[/;,|\n]|\s+[oy]\s+", re.IGNORECASE)
_NOT_DIGITS = re.compile(r"\D+")
_WRITTEN_AS_DECIMAL = re.compile(r"^(\d{6,15})[.,]0$")
# The forms that fill most lists, once the separators are out: (+54)(9) or 0, an 11 with or
# without its 15, or any ten digits. Everything else takes the long way to the same answer.
_COMMON = re.compile(r"(?:\+?549?|0)?(?:11(?:15)?([0-8]\d{7})|([23]\d{9}))", re.ASCII)
_SEPARATORS = str.maketrans("", "", " -.()")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def to_whatsapp(text: str, *, default_area: str = "11", region: str = "AR") -> PhoneNumber:
    """Read a phone as typed by people or kept by a spreadsheet.

    Argentine numbers come out as ``+549`` and ten digits whether they were written with 0, 15,
    9 or nothing: a fixed line and a mobile share their ten digits, and WhatsApp dials the 9.
    ``default_area`` completes ``15 2345-6789`` and ``2345-6789``. Of two numbers in one cell
    the first that can be one is taken. Numbers of other countries need their ``+`` or ``00``.

    Raises:
        InvalidPhoneNumber: its ``reason`` is a Spanish sentence for the person who typed it.
    """
    if region == "AR" and (common := _COMMON.fullmatch(text.translate(_SEPARATORS))):
        return _checked(text, common[2] or "11" + common[1])
    typed = _INVISIBLE.sub("", text).strip().lstrip("'").strip()
    typed = _LABEL.sub("", typed)
    if whole := _WRITTEN_AS_DECIMAL.match(typed):
        typed = whole[1]
    try:
        return _read(typed, default_area, region)
    except InvalidPhoneNumber as refusal:
        for part in _BETWEEN_TWO.split(typed)[: 4 if _BETWEEN_TWO.search(typed) else 0]:
            try:
                return _read(_LABEL.sub("", part.strip()), default_area, region)
            except InvalidPhoneNumber:
                continue
        raise InvalidPhoneNumber(text, refusal.reason) from None


def match_key(e164: str) -> str:
    """One key for every form under which providers name the same subscriber; never raises.

    ``54:1155554444`` whether it came with the 9, the 15 or neither; ``52:…`` without the 1 that
    Mexican replies carry; ``55:`` with area and last eight digits, since older Brazilian
    accounts lack the ninth. Any other number is its own digits.
    """
    digits = _NOT_DIGITS.sub("", e164)
    country, rest = digits[:2], digits[2:]
    if country == "54" and (ten := _ten_digits(rest)):
        return f"54:{ten}"
    if country == "52" and len(rest) == 11 and rest[0] == "1":
        return f"52:{rest[1:]}"
    if country == "52" and len(rest) == 10:
        return f"52:{rest}"
    if country == "55" and len(rest) in (10, 11):
        return f"55:{rest[:2]}{rest[-8:]}"
    return digits


def equivalents(e164: str) -> tuple[str, ...]:
    """The E.164 forms under which this number may come back, as dialled first."""
    country, _, rest = match_key(e164).partition(":")
    forms = [e164]
    if country == "54":
        forms += [f"+549{rest}", f"+54{rest}"]
    elif country == "52":
        forms += [f"+52{rest}", f"+521{rest}"]
    elif country == "55":
        forms += [f"+55{rest[:2]}9{rest[2:]}", f"+55{rest}"]
    return tuple(dict.fromkeys(forms))


def _read(typed: str, default_area: str, region: str) -> PhoneNumber:
    if _SCIENTIFIC.match(typed):
        raise InvalidPhoneNumber(typed, SCIENTIFIC)
    if _EXTENSION.search(typed):
        raise InvalidPhoneNumber(typed, EXTENSION)
    digits = _NOT_DIGITS.sub("", typed)
    if any(letter.isalpha() for letter in typed):
        raise InvalidPhoneNumber(typed, LETTERS)
    if not digits or not digits.isascii():
        raise InvalidPhoneNumber(typed, NO_DIGITS)
    abroad = typed.startswith("+")
    if digits.startswith("00") and len(digits) > 11:
        abroad, digits = True, digits[2:]
    if abroad and digits.startswith("54"):
        return _argentine(typed, digits[2:], "")  # whoever writes +54 writes the area code too
    if not abroad and region == "AR":
        rest = digits[2:] if digits.startswith("54") and len(digits) >= 12 else digits
        return _argentine(typed, rest, default_area)
    return _foreign(typed, f"+{digits}" if abroad else digits, region)


def _argentine(typed: str, rest: str, area: str) -> PhoneNumber:
    ten = _ten_digits(rest, area)
    if len(set(rest)) == 1:
        raise InvalidPhoneNumber(typed, FILLER)
    if ten is None:
        raise InvalidPhoneNumber(typed, TOO_SHORT if len(rest) < 10 else TOO_LONG)
    return _checked(typed, ten)


def _checked(typed: str, ten: str) -> PhoneNumber:
    if ten.endswith("000000") or len(set(ten)) == 1:
        raise InvalidPhoneNumber(typed, FILLER)
    if ten.startswith("8"):
        raise InvalidPhoneNumber(typed, FREE_CALL)
    tables = _argentine_tables()
    if not tables.fixed_line.fullmatch(ten) and not tables.mobile.fullmatch("9" + ten):
        raise InvalidPhoneNumber(typed, NOT_IN_USE)
    return PhoneNumber(f"+549{ten}")


def _ten_digits(rest: str, area: str = "") -> str | None:
    """Area code and subscriber, without 0, 9 and 15; ``area`` completes a number without one."""
    rest = rest.removeprefix("0")
    if len(rest) in (11, 12, 13, 14) and rest[0] == "9":
        rest = rest[1:].removeprefix("0")
    if len(rest) == 12 and (found := _argentine_tables().area_and_15.match(rest)):
        rest = found[1] + rest[found.end() :]
    elif area and rest.startswith("15") and len(rest) == 12 - len(area):
        rest = area + rest[2:]
    elif area and len(rest) == 10 - len(area):
        rest = area + rest
    return rest if len(rest) == 10 else None


class _Tables:
    """The library's patterns for Argentina, compiled once."""

    def __init__(self) -> None:
        known: Any = PhoneMetadata.metadata_for_region("AR")
        self.mobile: re.Pattern[str] = re.compile(known.mobile.national_number_pattern)
        self.fixed_line: re.Pattern[str] = re.compile(known.fixed_line.national_number_pattern)
        # `0?(?:(areas)15)?`: made compulsory, it finds the 15 behind an area code of any length
        optional = known.national_prefix_for_parsing
        self.area_and_15: re.Pattern[str] = re.compile(optional.removesuffix("?"))


@cache
def _argentine_tables() -> _Tables:
    return _Tables()


def _foreign(typed: str, number: str, region: str) -> PhoneNumber:
    if number.startswith("+521") and len(number) == 14:
        number = "+52" + number[4:]
    if number.startswith("+55") and len(number) == 13 and number[5] in "6789":
        number = f"{number[:5]}9{number[5:]}"  # mobile from before the ninth digit
    try:
        parsed = phonenumbers.parse(number, None if number.startswith("+") else region)
    except phonenumbers.NumberParseException as error:
        short = phonenumbers.NumberParseException.TOO_SHORT_NSN
        raise InvalidPhoneNumber(
            typed, TOO_SHORT if error.error_type == short else NOT_IN_USE
        ) from error
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        raise InvalidPhoneNumber(typed, TOO_SHORT)
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        raise InvalidPhoneNumber(typed, TOO_LONG)
    if not phonenumbers.is_valid_number(parsed):
        raise InvalidPhoneNumber(typed, NOT_IN_USE)
    return PhoneNumber(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
