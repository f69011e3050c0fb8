"""What to call a person whose name was imported the way registers write it."""

import re

_WORDS = r"[^\W\d_][^\W\d_.'’ -]*(?:[ '’.-]+[^\W\d_]+)*\.?"
_TWO_PARTS = re.compile(rf"\s*({_WORDS})\s*,\s*({_WORDS})\s*")
_OF_COMPANIES = re.compile(
    r"(s ?a|s ?r ?l|s ?a ?s|s ?h|s ?c ?a|s ?c ?s|s ?a ?u|cia|ltda?|inc|hnos|hermanos|hijos?|coop.*"
    r"|(e|y) (hijos?|hnos|hermanos|cia|asociados)|asociados|sucesores|sucursal.*)"
)


def called(name: str) -> str:
    """``Mariana Sosa`` of ``Sosa, Mariana``; whatever else it may be, as it stands.

    A company may hold a comma too: what follows it then is no first name.
    """
    found = _TWO_PARTS.fullmatch(name)
    if found is None:
        return name
    last, first = found.groups()
    plain = re.sub(r"[.\s]+", " ", first.lower().replace("í", "i")).strip()
    return name if _OF_COMPANIES.fullmatch(plain) else f"{first} {last}"
