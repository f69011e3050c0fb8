"""The texts of the screens: Spanish of Argentina in the code, other languages by catalogue."""

from gettext import NullTranslations

_SPANISH = NullTranslations()  # the texts are their own translation


def _(text: str) -> str:
    """The sentence in the reader's language; marked here, it is found by the extractor."""
    return _SPANISH.gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """The form for ``n``."""
    return _SPANISH.ngettext(one, many, n)
