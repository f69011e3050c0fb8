"""`pregon results`: every typed result record, and which of them stand."""

import click

from campaigns.inbox_lists import ResultLine, list_results
from dashboard.commands.tables import show, show_json
from dashboard.formats import day, money
from dashboard.words import BASES, CHANNELS
from models.case import Channel
from models.message import Basis
from runtime.wiring import current_runtime


@click.command()
@click.option("--campaign", type=int, help="Only this campaign's, by its id.")
@click.option("--standing", is_flag=True, help="Without those superseded or taken back.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def results(campaign: int | None, standing: bool, limit: int, as_json: bool) -> None:
    """List result records, newest first."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        lines = list_results(session, campaign_id=campaign, standing=standing, limit=limit)
    if as_json:
        show_json(lines)
        return
    show(
        ["Gestión", "Fecha", "Consulta", "Campaña", "Cliente", "Resultado", "Valor", "Canal",
         "Por", "Base", "Vigente", "Reemplaza a"],
        (
            (
                line.id, line.at, line.case_id, line.campaign, line.customer or "Sin identificar",
                line.result, _value(line), CHANNELS[Channel(line.channel)],
                line.by or "sistema", BASES[Basis(line.basis)] if line.basis else None,
                line.stands, line.supersedes_id,
            )
            for line in lines
        ),
        zone=runtime.settings.timezone,
        empty="No hay resultados.",
    )  # fmt: skip


def _value(line: ResultLine) -> str | None:
    parts = [
        day(line.value_date) if line.value_date else None,
        money(line.amount, line.currency or "") if line.amount is not None else None,
        str(line.value_integer) if line.value_integer is not None else None,
        line.value_text,
    ]
    return " · ".join(filter(None, parts)) or None
