"""A message as words: folded, spelt out, each with its place in what was written.

People write "mñn t transfieroo xq hoy no llego": case, accents, emoji and stretched letters do not
count, and the abbreviations of chats are spelt out, so that one phrase finds every spelling.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

LONGEST = 1_000
"""Characters that are read; whoever writes more is read by a person."""

DATE, AMOUNT, SCORE = "{fecha}", "{importe}", "{puntaje}"
STOP, ASKED = ".", "?"
"""Ends of sentences: a phrase never goes beyond one."""

_SPELT = {
    "que": "q k qe ke qu",
    "porque": "xq pq porq xque porqe",
    "por": "x",
    "para": "xa p pa pra",
    "de": "d",
    "te": "t",
    "me": "m",
    "tambien": "tmb tb tmbn tambn",
    "despues": "dps desp dsp dspues despue",
    "manana": "mnn mnna mna mnana maniana manan",
    "gracias": "grax grac gcias grcs graxias gracia",
    "porfa": "porfavor xfa xfavor porfi porfis pls please plis plz xf",
    "mensaje": "msj msg mje sms mensajito mns mesaje",
    "mensajes": "msjs mjs mjes msgs mensajitos msjes mesajes mensjes",
    "whatsapp": "wsp wpp wapp whats whatsap wasap wassap watsap whassap ws wp guasap whatsapps wa",
    "numero": "nro num nmero numer",
    "celular": "cel celu",
    "telefono": "tel telef fono",
    "borrenme": "borrenmen borrenm",
    "saquenme": "saqenme saquemen sakenme sacenme",
    "quiero": "kiero qiero quero kero quier qero",
    "quieren": "kieren qieren",
    "no": "nop",
    "si": "sip",
    "tengo": "tngo tngi",
    "estoy": "toy",
    "pague": "page pgue pahue pagu",
    "lunes": "lun",
    "martes": "mar",
    "miercoles": "mie mier miercole",
    "jueves": "jue juev jueve",
    "viernes": "vie vier vierne biernes viernez vierns",
    "sabado": "sab savado",
    "domingo": "dom",
    "informacion": "info",
    "publicidad": "publi",
    "promociones": "promos",
    "promocion": "promo",
    "buenas": "wenas bnas",
    "escriban": "escriva escrivan escrban",
    "llamen": "yamen",
    "llamenme": "yamenme llamemen llameme",
    "stop": "🛑 estop",
    "saquen": "saqen",
    "mas": "+ ms",
    "ok": "👍 okay oki oka okey okei",
}
_ABBREVIATED = {short: word for word, shorts in _SPELT.items() for short in shorts.split()}
# Words that decide, and are recognised with a letter missing, doubled or out of its place.
_OFTEN_MISSPELT = (
    "mensajes whatsapp escriban escribir escribas molesten molestar publicidad notificaciones "
    "recordatorios promociones lunes martes jueves viernes miercoles sabado comprobante "
    "transferencia transferir equivocado numero cancelar cancelada deposito cuando vencimiento "
    "renunciar persona recibir reciban manden mandar dejen saquenme sacame borrenme "
    "adjudicacion documentacion titular debito automatico telefono trabajo refinanciar encuestas "
    "mandes mandame eliminen eliminar borren borrame saquen sacar basta deje contacten "
    "contactar envien enviar notificacion avisos mensaje bloquear bloqueado desuscribir"
)

_TOKEN = re.compile(
    r"\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?(?![\d/])|\d[\d.,]*\d|\d"
    r"|[a-z]+|\$|%|\+|⭐|🌟|🛑|👍|🙏|[.!?;\n]+|…"
)
_STRETCHED = re.compile(r"([a-z])\1{2,}")
# "nomemandenmas": what is often said, in one go
_GLUED = re.compile(
    r"(no)?(me|nos)?(quiero|kiero|quero|(?:mand|envi|molest|llam|contact|avis)e[ns]?|escrib[ae][ns]?)"
    r"(mas)?(mensajes?|msjs?)?"
)
_DOUBLED_END = re.compile(r"([aiou])\1+$")


# By ear: one letter for another that sounds the same.
_SOUNDS = (("qu", "k"), ("qu", "q"), ("c", "s"), ("c", "k"), ("s", "c"), ("s", "z"), ("z", "s"),
           ("b", "v"), ("v", "b"), ("g", "j"), ("j", "g"), ("ll", "y"), ("y", "ll"),
           ("n", "m"), ("m", "n"))  # fmt: skip


def _misspellings(word: str) -> Iterator[str]:
    """As fast fingers do, from its second letter on; or as it sounds."""
    for letters, others in _SOUNDS:
        for place in range(len(word)):
            if word.startswith(letters, place):
                yield word[:place] + others + word[place + len(letters) :]
    for place in range(1, len(word) - 1):
        yield word[:place] + word[place + 1 :]
        yield word[:place] + word[place] + word[place:]
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]


_RIGHT = {
    wrong: word
    for word in _OFTEN_MISSPELT.split()
    for wrong in _misspellings(word)
    if wrong not in _OFTEN_MISSPELT.split()
} | _ABBREVIATED


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or what a reader made of several; ``start`` and ``end`` are in the message."""

    said: str
    start: int
    end: int
    day: date | None = None
    amount: Decimal | None = None
    score: int | None = None


def words_of(text: str) -> list[Word]:
    """The words of a message in their order, with `STOP` and `ASKED` where sentences end."""
    folded, places = _folded(text[:LONGEST])
    words: list[Word] = []
    for found in _TOKEN.finditer(folded):
        written = found.group()
        glued = _GLUED.fullmatch(written)
        parts = [part for part in glued.groups() if part] if glued else [written]
        said = [_spelt(part) for part in parts]
        if written in ("k", "m") and words and words[-1].said[0].isdecimal():
            said = ["mil" if written == "k" else "millones"]  # 90k
        start, end = places[found.start()], places[found.end() - 1] + 1
        words += (Word(each, start, end) for each in said)
    return words


def line_of(words: list[Word]) -> str:
    """The words with one space before, between and after them: what phrases are looked for in."""
    return f" {' '.join(word.said for word in words)} "


def replaced(words: list[Word], found: list[tuple[int, int, Word]]) -> list[Word]:
    """``found``: (first, beyond the last, what stands for them), in order, none overlapping."""
    result: list[Word] = []
    at = 0
    for first, beyond, word in found:
        result += words[at:first]
        result.append(replace(word, start=words[first].start, end=words[beyond - 1].end))
        at = beyond
    return result + words[at:]


class Line:
    """A line of words that can tell which words a match in it covers."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.text = line_of(words)
        self.said = frozenset(word.said for word in words)
        self._at = {}
        at = 1
        for index, word in enumerate(words):
            self._at[at] = index
            at += len(word.said) + 1
        self._at[at] = len(words)

    def covered(self, found: re.Match[str]) -> tuple[int, int] | None:
        """First word and the one beyond the last, of a match from a word's start to a space."""
        first, beyond = self._at.get(found.start()), self._at.get(found.end())
        if beyond is None:
            beyond = self._at.get(found.end() + 1)
        return None if first is None or beyond is None else (first, beyond)

    def matches(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, re.Match[str]]]:
        for found in pattern.finditer(self.text):
            span = self.covered(found)
            if span is not None and span[0] < span[1]:
                yield *span, found


def _folded(text: str) -> tuple[str, list[int]]:
    """Lower case without accents, and where each character of it was written."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in unicodedata.normalize("NFKD", char.casefold()):
            if not unicodedata.combining(part):
                folded.append(part)
                places.append(place)
    return "".join(folded), places


def _spelt(token: str) -> str:
    if token[0].isalpha():
        word = _DOUBLED_END.sub(r"\1", _STRETCHED.sub(r"\1", token))
        return _RIGHT.get(word, word)
    if token[0] in ".!?;\n…":
        return ASKED if "?" in token else STOP
    return _ABBREVIATED.get(token, token)
