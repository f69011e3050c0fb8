"""The messages that, whole and alone, mean "write to me no more", or "do so again".

Compared after folding: case, accents, punctuation and emoji do not count, words do. A phrase
inside a longer message never matches: "di de baja el débito automático" is about the debit.
"Cancelar" (which may mean to pay off) and "quiero darme de baja" (of the plan?) count when they
are all that is said: one message too few can be mended by a person, one too many cannot. With
what is to be cancelled beside it ("cancelar suscripción") it is for a person to read.
"""

import enum
import re
import unicodedata

_STOP = """
baja
cancelar
quiero darme de baja
quiero la baja
dar de baja
darme de baja
denme de baja
stop
stop all
stopall
unsubscribe
optout
opt out
salir
cancelar suscripcion a mensajes
desuscribir
desuscribirme
desuscribirse
no quiero
no quiero mas
no quiero mas mensajes
no quiero recibir mensajes
no quiero recibir mas mensajes
no quiero que me escriban
no quiero que me escriban mas
no deseo mensajes
no deseo recibir mensajes
no deseo recibir mas mensajes
no desea mensajes
no me manden mas
no me manden mas mensajes
no me mandes mas
no me mandes mas mensajes
no manden mas
no manden mas mensajes
no me escriban mas
no me escriban
no me escribas mas
no me envien mas
no me envien mas mensajes
no envien mas mensajes
no molestar
no molesten
no molesten mas
no me molesten
no me molesten mas
dejen de escribirme
dejen de molestar
dejen de mandar mensajes
dejen de mandarme mensajes
basta de mensajes
borrenme
borrenme de la lista
saquenme
saquenme de la lista
sacame de la lista
"""

_START = """
alta
start
unstop
dar de alta
quiero el alta
quiero darme de alta
quiero recibir mensajes
volver a recibir mensajes
"""


class Wish(enum.StrEnum):
    STOP = "stop"
    START = "start"


STOP_PHRASES = frozenset(_STOP.strip().splitlines())
START_PHRASES = frozenset(_START.strip().splitlines())

_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_COURTESY = re.compile(
    r"^(?:hola|buenas|buenas tardes|buenas noches|buen dia|buenos dias) "
    r"| (?:por favor|porfa|gracias|muchas gracias)$"
)


def fold(text: str) -> str:
    """Lower case words without accents, single spaces between them."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return _NOT_WORDS.sub(" ", letters).strip()


def wish_of(text: str) -> Wish | None:
    """What a whole message asks for, if it is exactly one of our phrases; else None.

    A greeting before it and a "por favor" or "gracias" after it do not count.
    """
    if len(text) > 200:
        return None
    words = fold(text)
    for candidate in dict.fromkeys((words, _COURTESY.sub("", words))):
        if candidate in STOP_PHRASES:
            return Wish.STOP
        if candidate in START_PHRASES:
            return Wish.START
    return None
