"""Results in a file: a line each, whichever list it is taken from."""

from datetime import datetime

from campaigns.result_rows import ResultRow
from dashboard import progress_words
from dashboard.language import _
from dashboard.words import CHANNELS
from runtime.wiring import current_runtime

HEADING = (
    _("Fecha"), _("Persona"), _("Cliente"), _("Grupo"), _("Orden"), _("Resultado"),
    _("Fecha acordada"), _("Importe"), _("Moneda"), _("Valor"), _("Canal"), _("Base"),
    _("Detalle"), _("Vigente"),
)  # fmt: skip


def result_line(row: ResultRow) -> tuple[object, ...]:
    return (
        local(row.at),
        row.by or _("El sistema"),
        row.customer,
        row.group,
        row.order,
        row.type_name,
        row.value_date.strftime("%d/%m/%Y") if row.value_date else None,
        f"{row.amount:.2f}".replace(".", ",") if row.amount is not None else None,
        row.currency,
        row.value_text if row.value_text is not None else row.value_integer,
        CHANNELS[row.channel],
        progress_words.BASES[row.basis] if row.basis else None,
        row.note,
        _("sí") if row.stands else _("no"),
    )


def local(at: datetime | None) -> str | None:
    zone = current_runtime().settings.timezone
    return at.astimezone(zone).strftime("%d/%m/%Y %H:%M") if at else None
