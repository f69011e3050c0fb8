"""What the screens say of a password that is refused, and of a door that asks to wait."""

from datetime import timedelta

from campaigns.passwords import LONGEST, SHORTEST
from dashboard.language import _, ngettext


def why_weak(why: str) -> str:
    """The sentence for `WeakPassword.why`."""
    return {
        "short": _("Tiene que tener %(n)s caracteres o más: una frase sirve.") % {"n": SHORTEST},
        "long": _("No puede tener más de %(n)s caracteres.") % {"n": LONGEST},
        "common": _("Es de las primeras que se prueban: elegí otra, una frase sirve."),
        "personal": _("No puede ser tu nombre o tu correo con algo más."),
        "same": _("Es la que ya tenías: elegí otra."),
    }[why]


def too_soon(wait: timedelta) -> str:
    """How long the door stays closed."""
    seconds = int(wait.total_seconds()) + 1
    if seconds < 60:
        words = ngettext(
            "Son demasiados intentos: esperá %(n)s segundo y probá de nuevo.",
            "Son demasiados intentos: esperá %(n)s segundos y probá de nuevo.",
            seconds,
        )
        return words % {"n": seconds}
    minutes = -(-seconds // 60)
    words = ngettext(
        "Son demasiados intentos: esperá %(n)s minuto y probá de nuevo.",
        "Son demasiados intentos: esperá %(n)s minutos y probá de nuevo.",
        minutes,
    )
    return words % {"n": minutes}
