"""Values with rules of their own: a phone, an amount of money."""

import re
from dataclasses import dataclass
from decimal import Decimal

_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")


class InvalidPhoneNumber(ValueError):
    """This text is no phone number that WhatsApp could reach."""

    def __init__(self, text: str, reason: str = "") -> None:
        self.text = text
        self.reason = reason
        super().__init__(f"not a phone number: {text!r}" + (f" ({reason})" if reason else ""))


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """An E.164 number, as it is dialled on WhatsApp: ``+5491155554444``."""

    e164: str

    def __post_init__(self) -> None:
        if not _E164.match(self.e164):
            raise InvalidPhoneNumber(self.e164, "E.164 wanted")

    def __str__(self) -> str:
        return self.e164


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its ISO 4217 currency; never a float."""

    amount: Decimal
    currency: str = "ARS"

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("money is a Decimal")
        if not _CURRENCY.match(self.currency):
            raise ValueError(f"not an ISO 4217 currency: {self.currency!r}")
