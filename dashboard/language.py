"""The texts of the screens: Spanish of Argentina in the code, other languages by catalogue."""

from functools import lru_cache
from gettext import NullTranslations
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

_SPANISH = NullTranslations()  # the texts are their own translation


def _(text: str) -> str:
    """The sentence in the reader's language; marked here, it is found by the extractor."""
    return _SPANISH.gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """The form for ``n``."""
    return _SPANISH.ngettext(one, many, n)


def give_texts(environment: Environment) -> None:
    """Let templates say ``_("…")``, ``ngettext`` and ``{% trans %}``; values are escaped.

    As Jinja's own newstyle gettext, which makes each text anew: on a page of two hundred that
    is a tenth of its time.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.newstyle_gettext = True  # type: ignore[attr-defined] # how `trans` is compiled
    environment.globals.update(_=_said, gettext=_said, ngettext=_counted)


def _said(text: str, /, **values: Any) -> Markup:
    return _pattern(text) % values if values else _plain(text)


def _counted(one: str, many: str, n: int, /, **values: Any) -> Markup:
    return _pattern(ngettext(one, many, n)) % {"num": n, **values}


@lru_cache(maxsize=4096)
def _pattern(text: str) -> Markup:
    return Markup(_(text))  # noqa: S704 - a text of the templates, not of a person


@lru_cache(maxsize=4096)
def _plain(text: str) -> Markup:
    return _pattern(text) % {}
