"""The lists of a campaign as files: whoever may see a list may take it, and it is noted."""

from collections.abc import Iterator

from flask import Blueprint, Response

from campaigns.audit import note
from campaigns.campaign_cases import CaseFilter, count_cases, every_case
from campaigns.campaign_results import ResultFilter, count_results, every_result
from campaigns.campaign_unsent import count_unsent, every_unsent
from campaigns.progress_parts import Part
from dashboard import progress_words, reason_words
from dashboard.auth import acting, current_user, reach, reading, requires
from dashboard.campaign_frame import own_results
from dashboard.csv_files import csv_answer
from dashboard.language import _
from dashboard.result_lines import HEADING, local, result_line
from dashboard.views.campaign import asked_unsent, case_filter, result_filter
from models.campaign import Campaign
from models.people import Role

bp = Blueprint("campaign_exports", __name__, url_prefix="/campaigns")


@bp.get("/<int:campaign_id>/cases.csv")
@requires(Role.SUPERVISOR)
def cases_csv(campaign_id: int) -> Response:
    """Consultas, as the list is narrowed."""
    chosen = case_filter()
    with reading() as session:
        reach(session, Campaign, campaign_id)
        rows = count_cases(session, campaign_id, chosen)
    _note(campaign_id, "cases", rows)
    heading = (
        _("Cliente"), _("Grupo"), _("Orden"), _("Contrato"), _("Celular"), _("Estado"),
        _("Mensaje"), _("Motivo"), _("Resultado"), _("Fecha del resultado"), _("Operador"),
        _("Próxima acción"), _("Fecha de la próxima acción"),
    )  # fmt: skip
    return csv_answer(f"consultas-{campaign_id}", heading, _case_cells(campaign_id, chosen))


def _case_cells(campaign_id: int, chosen: CaseFilter) -> Iterator[tuple[object, ...]]:
    with reading() as session:
        for row in every_case(session, campaign_id, chosen):
            message, _tone = progress_words.case_message(row.part, row.message_state)
            missed = row.part is not None and row.part.value in ("failed", "unsent")
            yield (
                row.customer,
                row.group,
                row.order,
                row.contract,
                row.address,
                progress_words.CASE_STATES[row.state][0],
                message,
                reason_words.reason(row.why or "").text if missed else None,
                row.result,
                local(row.result_at),
                row.operator,
                row.next_action,
                local(row.next_at),
            )
            session.expunge_all()  # a long list must not stay in memory


@bp.get("/<int:campaign_id>/results.csv")
@requires(Role.SUPERVISOR)
def results_csv(campaign_id: int) -> Response:
    """Gestiones, as the list is narrowed."""
    chosen = own_results(current_user(), result_filter())
    with reading() as session:
        reach(session, Campaign, campaign_id)
        rows = count_results(session, campaign_id, chosen)
    _note(campaign_id, "results", rows)
    return csv_answer(f"gestiones-{campaign_id}", HEADING, _result_cells(campaign_id, chosen))


def _result_cells(campaign_id: int, chosen: ResultFilter) -> Iterator[tuple[object, ...]]:
    with reading() as session:
        yield from map(result_line, every_result(session, campaign_id, chosen))


@bp.get("/<int:campaign_id>/unsent.csv")
@requires(Role.SUPERVISOR)
def unsent_csv(campaign_id: int) -> Response:
    """Who did not get it: everybody, or those on the screen."""
    part, why = asked_unsent()
    with reading() as session:
        reach(session, Campaign, campaign_id)
        rows = count_unsent(session, campaign_id, part=part, why=why)
    _note(campaign_id, "unsent", rows)
    heading = (
        _("Cliente"), _("Grupo"), _("Orden"), _("Celular"), _("Qué pasó"), _("Motivo"),
        _("Qué hacer"), _("Fecha"),
    )  # fmt: skip
    return csv_answer(f"no-enviados-{campaign_id}", heading, _unsent_cells(campaign_id, part, why))


def _unsent_cells(
    campaign_id: int, part: Part | None, why: str | None
) -> Iterator[tuple[object, ...]]:
    with reading() as session:
        for row in every_unsent(session, campaign_id, part=part, why=why):
            reason = reason_words.reason(row.why)
            yield (
                row.customer,
                row.group,
                row.order,
                row.address,
                progress_words.ONE_MESSAGE[row.part][0],
                reason.text,
                reason.remedy,
                local(row.at),
            )
            session.expunge_all()


def _note(campaign_id: int, what: str, rows: int) -> None:
    """Before the first row leaves: a file is data that goes out of the house."""
    with acting() as session:
        campaign = reach(session, Campaign, campaign_id)
        note(session, "campaign.export", campaign, by_id=current_user().id, what=what, rows=rows)
