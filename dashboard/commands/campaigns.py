"""`pregon campaign`: create, look, launch, steer, follow."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import launching, lifecycle, progress
from campaigns.audience import preview_audience
from campaigns.audience_filter import AudienceFilter
from campaigns.catalogue import install_catalogue
from campaigns.errors import NotFound
from campaigns.sending_hours import BadHours, SendingHours
from dashboard.commands.tables import show
from dashboard.words import CAMPAIGN_STATES, MESSAGE_STATES, REASONS, SENDING_STATES
from models.campaign import Campaign, SharedPhonePolicy, UncertainPolicy
from runtime.wiring import Runtime, current_runtime
from workers.wake import wake_line, wake_planning

_LISTS = {"administrators", "plans", "states"}
_FLAGS = {"not_in_other_campaigns"}


@click.group()
def campaign() -> None:
    """Create, launch and follow campaigns."""


@campaign.command()
@click.argument("name")
@click.option("--type", "type_code", required=True, help="mora, recordatorio, adjudicacion, …")
@click.option("--line", "line_id", type=int, required=True, help="Which line it leaves from.")
@click.option("--template", help="Without one it is a campaign of phone calls.")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="FIELD=VALUE",
    help="administrators, plans, states (repeat for several), overdue_min, overdue_max, "
    "due_from, due_to (YYYY-MM-DD), not_contacted_for_days, not_in_other_campaigns=true, "
    "custom.COLUMN",
)
@click.option("--text", "texts", multiple=True, metavar="N=TEXT", help="For {{campaign.text_N}}.")
@click.option("--priority", type=click.IntRange(1, 3), default=2, show_default=True)
@click.option("--operator", "operators", multiple=True, metavar="EMAIL")
@click.option(
    "--shared-phone",
    type=click.Choice([policy.value for policy in SharedPhonePolicy]),
    default=SharedPhonePolicy.EACH.value,
    show_default=True,
    help="What a phone with several subscriptions gets.",
)
@click.option("--never-repeat", is_flag=True, help="An uncertain message is left to a person.")
def create(
    name: str,
    type_code: str,
    line_id: int,
    template: str | None,
    filters: tuple[str, ...],
    texts: tuple[str, ...],
    priority: int,
    operators: tuple[str, ...],
    shared_phone: str,
    never_repeat: bool,
) -> None:
    """Write a draft called NAME."""
    with current_runtime().sessions.begin() as session:
        install_catalogue(session)
        made = lifecycle.create_campaign(
            session,
            name=name,
            type_code=type_code,
            line_id=line_id,
            template=template,
            audience=AudienceFilter.from_json(_filter(filters)),
            texts={f"campaign.text_{key}": value for key, value in _pairs(texts, "--text")},
            priority=priority,
            operators=operators,
            shared_phone=SharedPhonePolicy(shared_phone),
            when_uncertain=(
                UncertainPolicy.NEVER_REPEAT if never_repeat else UncertainPolicy.SETTLE
            ),
        )
    click.echo(f"campaign {made.id}: {name}")


@campaign.command()
@click.argument("campaign_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def preview(campaign_id: int, as_json: bool) -> None:
    """Say who would get it now, and who would not and why."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        now = runtime.now(session)
        zone = runtime.settings.timezone.key
        recipe = launching.recipe_of(session, _get(session, campaign_id), now=now, zone=zone)
        seen = preview_audience(session, recipe, now=now)
    if as_json:
        click.echo(json.dumps(asdict(seen)))
        return
    show(
        ["Alcance", "Suscripciones"],
        [
            ("cumplen el filtro", seen.matching),
            *((f"− {_reason(reason)}", count) for reason, count in sorted(seen.excluded.items())),
            ("= destinatarios", seen.recipients),
        ],
        zone=runtime.settings.timezone,
        empty="",
    )


@campaign.command()
@click.argument("campaign_id", type=int)
def launch(campaign_id: int) -> None:
    """Freeze the audience and start sending."""
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        size = launching.launch_campaign(
            session,
            campaign_id,
            now=runtime.now(session),
            zone=runtime.settings.timezone.key,
        )
    wake_planning(runtime, campaign_id)
    click.echo(f"Campaña lanzada: {size} suscripciones.")


@campaign.command()
@click.argument("campaign_id", type=int)
@click.argument("hours")
def hours(campaign_id: int, hours: str) -> None:
    """Set when it may write: "mon-fri 09:00-20:00, sat 09:00-13:00", always, or line."""
    try:
        chosen = None if hours == "line" else SendingHours.parse(hours)
    except BadHours as error:
        raise click.BadParameter(str(error), param_hint="HOURS") from error
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        lifecycle.set_hours(session, campaign_id, chosen, now=runtime.now(session))
        line_id = _get(session, campaign_id).line_id
    wake_line(runtime, line_id)
    click.echo("Hecho.")


@campaign.command()
@click.argument("campaign_id", type=int)
def pause(campaign_id: int) -> None:
    """Stop sending, within a slice."""
    _act(lambda session, _: lifecycle.pause(session, campaign_id))


@campaign.command()
@click.argument("campaign_id", type=int)
def resume(campaign_id: int) -> None:
    """Go on sending."""
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        line_id = lifecycle.resume(session, campaign_id).line_id
    wake_line(runtime, line_id)
    click.echo("Hecho.")


@campaign.command()
@click.argument("campaign_id", type=int)
def cancel(campaign_id: int) -> None:
    """Take back everything that has not left."""
    _act(
        lambda session, runtime: (
            f"{lifecycle.cancel(session, campaign_id, now=runtime.now(session))} mensajes retirados"
        )
    )


@campaign.command()
@click.argument("campaign_id", type=int)
def finish(campaign_id: int) -> None:
    """Send nothing more and close the cases that never answered."""
    _act(
        lambda session, runtime: (
            f"{lifecycle.finish(session, campaign_id, now=runtime.now(session))} "
            "consultas cerradas por el sistema"
        )
    )


@campaign.command()
@click.argument("campaign_id", type=int)
def archive(campaign_id: int) -> None:
    """Put a finished campaign away."""
    _act(lambda session, _: lifecycle.archive(session, campaign_id))


@campaign.command()
@click.argument("campaign_id", type=int)
def reopen(campaign_id: int) -> None:
    """Go on working its cases; nothing is sent."""
    _act(lambda session, runtime: lifecycle.reopen(session, campaign_id, now=runtime.now(session)))


@campaign.command()
@click.argument("campaign_id", type=int)
def release(campaign_id: int) -> None:
    """Send again what a fault of its template held."""
    from campaigns import holding

    def let_go(session: Session, _: Runtime) -> None:
        _get(session, campaign_id)
        holding.release_campaign(session, campaign_id)

    _act(let_go)


@campaign.command()
@click.argument("campaign_id", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(campaign_id: int | None, as_json: bool) -> None:
    """Show a campaign's account, or one line for each campaign."""
    runtime = current_runtime()
    with runtime.sessions() as session:
        ids = (
            [campaign_id]
            if campaign_id
            else session.scalars(
                select(Campaign.id).where(~Campaign.is_standing).order_by(Campaign.id)
            ).all()
        )
        accounts = [progress.progress_of(session, each) for each in ids]
        why = progress.reasons(session, campaign_id) if campaign_id else {}
        results = progress.results_by_type(session, campaign_id) if campaign_id else {}
    if as_json:
        click.echo(
            json.dumps(
                [asdict(each) for each in accounts]
                if campaign_id is None
                else asdict(accounts[0])
                | {
                    "reasons": {f"{state}:{reason}": n for (state, reason), n in why.items()},
                    "results": results,
                },
                ensure_ascii=False,
                indent=1,
            )
        )
        return
    zone = runtime.settings.timezone
    show(
        ["Campaña", "Nombre", "Estado", "Envío", "Audiencia", "Sin planificar", "Detenida por"],
        (
            (
                each.campaign_id, each.name, CAMPAIGN_STATES[each.state],
                SENDING_STATES[each.sending], each.audience, each.not_planned, each.hold_reason,
            )
            for each in accounts
        ),
        zone=zone,
        empty="No hay campañas: pregon campaign create …",
    )  # fmt: skip
    if campaign_id is not None:
        click.echo()
        show_account(accounts[0], why, results, zone=zone)


def show_account(
    account: progress.Progress,
    why: dict[tuple[Any, str], int],
    results: dict[str, int],
    *,
    zone: Any,
) -> None:
    """The audience as the sum of its states, then reasons and results."""
    rows: list[tuple[str, object]] = [("audiencia", account.audience)]
    if account.not_planned:
        rows.append(("· sin planificar", account.not_planned))
    for state, word in MESSAGE_STATES.items():
        if count := account.states.get(state):
            rows.append((f"· {word}", count))
            rows += [
                (f"·· {_reason(reason)}", n)
                for (of, reason), n in sorted(why.items(), key=lambda item: -item[1])
                if of is state
            ]
    show(["Mensajes", "Cantidad"], rows, zone=zone, empty="")
    click.echo()
    show(["Resultado", "Cantidad"], results.items(), zone=zone, empty="Sin resultados todavía.")


def _act(work: Callable[[Session, Runtime], str | None]) -> None:
    runtime = current_runtime()
    with runtime.sessions.begin() as session:
        said = work(session, runtime)
    click.echo(said or "Hecho.")


def _get(session: Session, campaign_id: int) -> Campaign:
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound("campaign", campaign_id)
    return found


def _reason(reason: str) -> str:
    return REASONS.get(reason, reason)


def _pairs(given: tuple[str, ...], option: str) -> list[tuple[str, str]]:
    pairs = []
    for each in given:
        key, equals, value = each.partition("=")
        if not equals:
            raise click.BadParameter(f'"{each}": write it as KEY=VALUE', param_hint=option)
        pairs.append((key.strip(), value.strip()))
    return pairs


def _filter(given: tuple[str, ...]) -> dict[str, Any]:
    """What was typed, as `AudienceFilter.from_json` reads it."""
    raw: dict[str, Any] = {}
    for key, value in _pairs(given, "--filter"):
        if key.startswith("custom."):
            raw.setdefault("custom", {})[key.removeprefix("custom.")] = value
        elif key in _LISTS:
            raw.setdefault(key, []).append(value)
        else:
            raw[key] = value.lower() == "true" if key in _FLAGS else value
    return raw
