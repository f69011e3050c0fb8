"""`pregon cases`: which cases there are, and which of them wait for a person."""

import click

from campaigns.inbox_lists import list_cases
from dashboard.commands.tables import show, show_json
from dashboard.words import CASE_STATES
from models.states import CaseState
from runtime.wiring import current_runtime


@click.command()
@click.option("--campaign", type=int, help="Only this campaign's, by its id.")
@click.option("--waiting", is_flag=True, help="Only those where a reply waits for a person.")
@click.option("--state", type=click.Choice([state.value for state in CaseState]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def cases(
    campaign: int | None, waiting: bool, state: str | None, limit: int, as_json: bool
) -> None:
    """List cases: those that wait for a person first, the longest wait at the top."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        lines = list_cases(
            session,
            campaign_id=campaign,
            waiting=waiting,
            state=CaseState(state) if state else None,
            limit=limit,
        )
    if as_json:
        show_json(lines)
        return
    show(
        ["Consulta", "Campaña", "Cliente", "Contrato", "Contacto", "Estado", "Espera desde",
         "Tardía", "Operador", "Último resultado"],
        (
            (
                line.id, line.campaign, line.customer or "Sin identificar", line.contract,
                line.address, CASE_STATES[CaseState(line.state)], line.waiting_since,
                line.is_late, line.operator, line.last_result,
            )
            for line in lines
        ),
        zone=runtime.settings.timezone,
        empty="No hay consultas.",
    )  # fmt: skip
