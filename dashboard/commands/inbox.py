"""`pregon inbox`: what customers wrote and what was made of it; the events it came from."""

import click

from campaigns.events import retry_failed
from campaigns.inbox_lists import count_events, list_events, list_replies
from dashboard.commands.tables import show, show_json
from dashboard.words import BASES, CONFIDENCES, EVENT_KINDS, EVENT_STATES, MESSAGE_STATES
from models.message import Basis, Confidence, EventKind, EventState
from models.states import MessageState
from runtime.wiring import Runtime, current_runtime

_LIMIT = click.IntRange(1, 10_000)


@click.command()
@click.option("--campaign", type=int, help="Only replies to this campaign, by its id.")
@click.option("--kind", type=click.Choice([kind.value for kind in EventKind]), help="Events.")
@click.option("--state", type=click.Choice([state.value for state in EventState]), help="Events.")
@click.option("--retry", is_flag=True, help="Open the failed events again, to be applied anew.")
@click.option("--limit", default=50, show_default=True, type=_LIMIT)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def inbox(
    campaign: int | None,
    kind: str | None,
    state: str | None,
    retry: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List replies with the case they were tied to and why, or with --kind or --state the events.

    An event is what the provider posted, as it came: received, applied, parked (it names
    something not known yet), ignored or failed, with a note that says why.
    """
    runtime = current_runtime()
    chosen = EventKind(kind) if kind else None
    if retry:
        with runtime.sessions.begin() as session:
            number = retry_failed(session, kind=chosen)
        click.echo(f"{number} eventos se vuelven a aplicar.")
    elif kind or state:
        _events(runtime, chosen, EventState(state) if state else None, limit, as_json)
    else:
        _replies(runtime, campaign, limit, as_json)


def _events(
    runtime: Runtime, kind: EventKind | None, state: EventState | None, limit: int, as_json: bool
) -> None:
    with runtime.sessions() as session:
        lines = list_events(session, kind=kind, state=state, limit=limit)
        counts = count_events(session)
    if as_json:
        show_json(lines)
        return
    show(
        ["Evento", "Tipo", "Estado", "Recibido", "Sid", "Mensaje", "Intento", "Se prueba", "Nota"],
        (
            (
                line.id, EVENT_KINDS[EventKind(line.kind)], EVENT_STATES[EventState(line.state)],
                line.received_at, line.provider_sid, line.message_id, line.attempt, line.try_at,
                line.note,
            )
            for line in lines
        ),
        zone=runtime.settings.timezone,
        empty="No hay eventos.",
    )  # fmt: skip
    for each in EventKind:
        parts = [
            f"{EVENT_STATES[which]} {number}"
            for (what, which), number in sorted(counts.items())
            if what is each
        ]
        if parts:
            click.echo(f"{EVENT_KINDS[each]}: {', '.join(parts)}")


def _replies(runtime: Runtime, campaign: int | None, limit: int, as_json: bool) -> None:
    with runtime.sessions() as session:
        lines = list_replies(session, campaign_id=campaign, limit=limit)
    if as_json:
        show_json(lines)
        return
    show(
        ["Mensaje", "Recibido", "De", "Dice", "Consulta", "Campaña", "Base", "Confianza",
         "Resultado", "Estado", "Nota"],
        (
            (
                line.message_id, line.received_at, line.sender, line.body or f"[{line.kind}]",
                line.case_id, line.campaign, BASES[Basis(line.basis)] if line.basis else None,
                CONFIDENCES[Confidence(line.confidence)] if line.confidence else None,
                line.result, MESSAGE_STATES[MessageState(line.state)], line.note,
            )
            for line in lines
        ),
        zone=runtime.settings.timezone,
        empty="No hay respuestas.",
    )  # fmt: skip
