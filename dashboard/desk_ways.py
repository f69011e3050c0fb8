"""How somebody was spoken with, as the result form offers it and the history tells it."""

from dashboard.language import _

WAYS = {
    "whatsapp": _("WhatsApp"),
    "phone:us": _("Llamada: lo llamamos"),
    "phone:customer": _("Llamada: nos llamó"),
    "in_person:customer": _("En persona: vino"),
    "in_person:us": _("En persona: lo visitamos"),
    "email:us": _("Correo: le escribimos"),
    "email:customer": _("Correo: nos escribió"),
}
"""How somebody was spoken with: a channel, and who began."""
