"""How fetch and list name the recipient of a message of ours: nobody promises it as written."""

SHOWN_AS = ("as_written", "other_form", "bsuid", "obfuscated")
"""Argentine numbers with the 9 or without it, the other way round; a business-scoped id made of
the number's digits; most digits crossed out. What callbacks and customers name stays as written."""

_WHATSAPP = "whatsapp:"
_WITH_9, _WITHOUT_9 = f"{_WHATSAPP}+549", f"{_WHATSAPP}+54"
_BSUID = f"{_WHATSAPP}AR."


def shown(recipient: str, how: str) -> str:
    """``whatsapp:…`` as written in a request, to what a listing says."""
    number = recipient.removeprefix(f"{_WHATSAPP}+")
    if how == "as_written" or not number.isdecimal():
        return recipient
    if how == "bsuid":
        return _BSUID + number
    if how == "obfuscated":
        return f"{_WHATSAPP}+{number[:3]}{'X' * (len(number) - 3)}"
    if recipient.startswith(_WITH_9) and len(number) == 13:
        return _WITHOUT_9 + recipient.removeprefix(_WITH_9)
    if recipient.startswith(_WITHOUT_9) and len(number) == 12:
        return _WITH_9 + recipient.removeprefix(_WITHOUT_9)
    return recipient


def written(asked: str, how: str) -> str | None:
    """Of a `To` that a listing is asked for: how we wrote it; None if none is shown so."""
    if how == "bsuid":
        named = asked.removeprefix(_BSUID)
        return f"{_WHATSAPP}+{named}" if asked.startswith(_BSUID) else None
    if how == "obfuscated":
        return None
    return shown(asked, how)
