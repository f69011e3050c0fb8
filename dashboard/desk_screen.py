"""What the desk's templates draw: frozen data of one list and one case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from campaigns import (
    desk_around,
    desk_card,
    desk_choices,
    desk_history,
    desk_list,
    desk_thread,
)
from campaigns.desk_card import CaseHead, CouponCard
from campaigns.desk_choices import ResultOption
from campaigns.desk_history import HistoryLine
from campaigns.desk_list import DeskList, View
from campaigns.desk_rows import Place
from campaigns.desk_suggestion import DeskSuggestion, read_suggestion
from campaigns.my_work import my_work
from campaigns.scripts import fill_script
from dashboard import desk_words, file_words
from dashboard.auth import current_user
from dashboard.bubbles import Window
from dashboard.desk_asked import Asked, choices, narrowed, stood_at, unfiltered
from dashboard.desk_asked import asked as asked
from dashboard.desk_asked import query_of as query_of
from dashboard.desk_items import Item, items_of
from dashboard.desk_version import version_of
from dashboard.language import _
from dashboard.shell import now
from models.case import Case
from models.people import Role
from models.states import CampaignState, CaseState
from runtime.wiring import current_runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The case on the screen."""

    head: CaseHead
    window: Window
    items: tuple[Item, ...]
    older: int | None
    last_item: str  # changes when the thread grows
    newest_inbound_id: int | None
    unread: bool
    silent: tuple[str, str] | None  # why no free text may go
    mode: str  # mine, free (nobody's), other (a colleague's), done
    coupon: CouponCard | None
    history: tuple[HistoryLine, ...]
    history_older: int | None
    past: int | None  # the history is shown down to this one and further
    newest_result_id: int
    options: tuple[ResultOption, ...]
    others: tuple[desk_around.OtherSubscription, ...]
    script: str | None  # what is said in this case
    attached: tuple[file_words.Shown, ...] = ()
    suggestion: DeskSuggestion | None = None

    @property
    def closed_by(self) -> HistoryLine | None:
        """The result that finished it."""
        if self.head.state is not CaseState.FINISHED:
            return None
        return next((line for line in self.here if line.stands and line.closes), None)

    @property
    def here(self) -> tuple[HistoryLine, ...]:
        return tuple(line for line in self.history if line.case_id == self.head.case_id)

    @property
    def by_system(self) -> HistoryLine | None:
        """What the system recorded last here, if it stands and no person has come after."""
        last = next((line for line in self.here if line.stands), None)
        return last if last is not None and last.by is None else None

    @property
    def form_key(self) -> str:
        """The name of this case's form on the page, until a result was recorded in it."""
        return f"{self.head.case_id}-{self.newest_result_id}"


def live_list(
    session: Session, found: Asked, case_id: int | None, *, looking: str = ""
) -> dict[str, Any]:
    """What the list and the counters show; the version is of before they were read."""
    return _listed(session, found, case_id, looking)


def list_context(
    session: Session, found: Asked, case_id: int | None, *, looking: str = ""
) -> dict[str, Any]:
    """The list with all that stands around it."""
    campaigns = desk_choices.campaign_choices(
        session, only_active=current_user().may(Role.SUPERVISOR)
    )
    types = {each.type_id: each.type_name for each in campaigns}
    has_work = case_id is None and not found.is_supervisor
    filters = choices(sorted(types.items(), key=lambda each: each[1]))
    return {
        **_listed(session, found, case_id, looking),
        "filters": filters,
        "narrowed": narrowed(found, filters, case_id),
        "chosen": {key: str(value) for key, value in query_of(found).items() if value},
        "my_work": my_work(session, found.user_id) if has_work else (),
        "campaigns": [
            (each.id, each.name)
            for each in campaigns
            if each.state in (CampaignState.RUNNING, CampaignState.PAUSED)
        ],
    }


def _listed(
    session: Session,
    found: Asked,
    case_id: int | None,
    looking: str,
) -> dict[str, Any]:
    # before the rest: what changes while we read is then asked for again, not missed
    version = version_of(looking=looking)
    zone = current_runtime().settings.timezone
    listed = desk_list.desk_list(
        session, found, now=now(), zone=zone, then_by_key=case_id is not None
    )
    place = stood_at(case_id) or next(
        (row.place for row in listed.rows if row.case_id == case_id), None
    )
    return {
        "asked": found,
        "listed": listed,
        "place": place,
        "keys": {} if found.walk and case_id else _neighbour_keys(listed, case_id, place),
        "case_id": case_id,
        "query": query_of(found),
        "segments": _segments(listed, found, case_id),
        "text_said": desk_words.text_said,
        "unfiltered_url": unfiltered(found),
        "version": version,
        "waiting": listed.waiting,
        "due": listed.due,
        "desk_url": lambda **over: url_for(
            "desk.index", **query_of(found, after=None, agenda=None, **over)
        ),
        "case_url": _case_urls(found),
    }


def _case_urls(found: Asked) -> Callable[[int], str]:
    """The address of a case in this list: what all of them share is built once."""
    first = url_for("desk.show", case_id=0, **query_of(found, agenda=None))
    path, mark, query = first.partition("?")
    folder = path.removesuffix("0")
    return lambda case_id: f"{folder}{case_id}{mark}{query}"


def open_case(
    session: Session, case_id: int, *, before: int | None = None, past: int | None = None
) -> Open:
    head = desk_card.read_head(session, case_id)
    thread = desk_thread.read_thread(session, case_id, head.talk, before=before)
    told = desk_history.read_history(session, head, past=past)
    history = told.lines
    around = (
        desk_around.neighbours(session, head.talk, case_id=case_id) if head.talk is not None else ()
    )
    user, zone = current_user(), current_runtime().settings.timezone
    items = items_of(head, thread, history, around, zone, is_last_page=before is None)
    options = desk_choices.result_options(session, head.campaign_type_id)
    mode = _mode(head, user.id)
    return Open(
        head=head,
        window=Window(
            is_open=head.window.is_open(now()),
            left=head.window.left(now()),
            ever=head.window.last_inbound_at is not None,
        ),
        items=items,
        older=thread.older,
        last_item=_mark(thread, history),
        newest_inbound_id=thread.newest_inbound_id,
        unread=head.waiting_since is not None,
        silent=desk_words.why_silent(head, now=now(), zone=zone),
        mode=mode,
        coupon=head.coupon,
        history=history,
        history_older=told.older,
        past=past,
        newest_result_id=told.newest_here,
        options=options,
        others=desk_around.other_subscriptions(session, head),
        script=fill_script(session, session.get_one(Case, case_id), head.script),
        attached=file_words.attachments(head.attached),
        suggestion=read_suggestion(head, thread.messages, history, options, now=now(), zone=zone)
        if mode in ("mine", "free")
        else None,
    )


def _mode(head: CaseHead, user_id: int) -> str:
    if head.operator_id == user_id:
        return "mine"
    if head.state is CaseState.FINISHED:
        return "done"
    return "free" if head.operator_id is None else "other"


def _neighbour_keys(listed: DeskList, case_id: int | None, place: Place | None) -> dict[int, str]:
    """Which rows J and K lead to: those beside where this case stood when it was opened."""
    others = [row.place for row in listed.rows if row.case_id != case_id]
    above = [each for each in others if place and each < place]
    below = others[len(above) :]
    return {
        **({above[-1].case_id: "k"} if above else {}),
        **({below[0].case_id: "j"} if below else {}),
    }


def _segments(
    listed: DeskList, found: Asked, case_id: int | None
) -> list[tuple[str, int, str, bool]]:
    """The views with their counts; the rarer ones only when they hold something."""
    first = {View.ESCALATED: _("Demoradas")}  # a supervisor's own concern
    names = {
        **(first if found.is_supervisor else {}),
        View.MINE: _("Mías"),
        View.UNASSIGNED: _("Sin asignar"),
        View.ALL: _("Todas"),
        View.LATE: _("Tardías"),
        View.UNIDENTIFIED: _("Sin identificar"),
        **first,
    }
    endpoint: dict[str, Any] = {"case_id": case_id} if case_id else {}
    return [
        (
            name,
            listed.counts[view],
            url_for(
                "desk.show" if case_id else "desk.index",
                **endpoint,
                **query_of(found, view=view.value, after=None),
            ),
            view is found.view,
        )
        for view, name in names.items()
        if view in (View.MINE, View.UNASSIGNED, View.ALL)
        or listed.counts[view]
        or view is found.view
    ]


def _mark(thread: desk_thread.Thread, history: tuple[HistoryLine, ...]) -> str:
    last_message = thread.messages[-1].id if thread.messages else 0
    last_note = thread.notes[-1].id if thread.notes else 0
    return f"{last_message}-{last_note}-{history[0].id if history else 0}"
