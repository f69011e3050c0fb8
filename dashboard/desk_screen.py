"""What the desk's templates draw: frozen data of one list and one case."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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
from campaigns.desk_around import Neighbour
from campaigns.desk_card import CaseHead, CouponCard
from campaigns.desk_choices import ResultOption
from campaigns.desk_history import HistoryLine
from campaigns.desk_list import DeskList, View
from campaigns.desk_rows import Place
from campaigns.desk_suggestion import DeskSuggestion, read_suggestion
from campaigns.desk_thread import ThreadMessage, TieLine
from campaigns.my_work import my_work
from campaigns.scripts import fill_script
from dashboard import desk_words, file_words, formats
from dashboard.auth import current_user
from dashboard.bubbles import Bubble, BubbleButton, Side, Window
from dashboard.composer_words import Remedy, remedy_of, why_it_waits
from dashboard.desk_asked import Asked, choices, narrowed, stood_at, unfiltered
from dashboard.desk_asked import asked as asked
from dashboard.desk_asked import query_of as query_of
from dashboard.language import _
from dashboard.shell import now
from models.case import Case
from models.people import Role
from models.states import CampaignState, CaseState
from runtime import live
from runtime.wiring import current_runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """The line under an inbound: what it answers, and what else it may."""

    message_id: int
    campaign: str
    answers_at: datetime | None  # when the message left that it answers
    answers_id: int | None  # of that message, if it is on the screen
    how: str
    is_doubtful: bool
    is_here: bool
    others: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the thread: a day, a bubble, or what a reply answers."""

    day: str | None = None
    bubble: Bubble | None = None
    tie: Tie | None = None
    remedy: Remedy | None = None


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
    items = _items(head, thread, history, around, zone, is_last_page=before is None)
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


_OTHERS_TALKS = 20  # seconds after which one's own list shows how many others have


@dataclass(frozen=True, slots=True)
class Version:
    """What a screen was drawn of: of one's own cases and all campaigns, and of others' talks.

    It changes with every minute too, as clocks go on, and with who else looks.
    """

    own: str
    talks: str
    rest: str
    drawn_at: int

    def __str__(self) -> str:
        return f"{self.own}-{self.talks}-{self.drawn_at}.{self.rest}" if self.is_known else ""

    @property
    def is_known(self) -> bool:
        """Not while the broker is down: then every screen is drawn anew."""
        return bool(self.own and self.talks)

    def is_shown_by(self, given: str) -> bool:
        """Nothing is new to a screen that was drawn of ``given``."""
        own, talks, _, rest = _parts(given)
        return self.is_known and (own, talks, rest) == (self.own, self.talks, self.rest)

    def has_nothing_of_mine(self, given: str, view: View) -> bool:
        """Of one's own cases nothing is new; the rest of that list may wait for a moment."""
        own, _, drawn_at, rest = _parts(given)
        young = drawn_at.isdecimal() and self.drawn_at - int(drawn_at[:12]) < _OTHERS_TALKS
        same = self.is_known and (own, rest) == (self.own, self.rest)
        return same and young and view is View.MINE

    def has_other_clock(self, given: str) -> bool:
        return _parts(given)[3] != self.rest


def _parts(given: str) -> tuple[str, str, str, str]:
    marks, _, rest = given.partition(".")
    own, _, others = marks.partition("-")
    talks, _, drawn_at = others.partition("-")
    return own, talks, drawn_at, rest


def version_of(*, looking: str = "") -> Version:
    """Changes once something on the screen may have; the database is not asked."""
    user, redis = current_user(), current_runtime().redis
    own, talks = [live.user(user.id)], [live.ANY_TALKS]
    if user.may(Role.SUPERVISOR):
        own.append(live.ANY_CAMPAIGN)
    else:
        own += map(live.campaign, user.campaigns)
        talks = [live.talks(each) for each in user.campaigns] or talks
    at = int(now().timestamp())
    of_own, of_talks = live.versions(redis, own, talks)
    rest = f"{own_minute(at, user.id)}{looking}"
    return Version(own=of_own, talks=of_talks, rest=rest, drawn_at=at)


def own_minute(at: int, user_id: int) -> int:
    """Which minute it is on somebody's screen: it ends for each at a second of his own, so that
    not everybody's screens are drawn anew at once."""
    return (at + user_id * 7) // 60  # 7 and 60 have no divisor in common


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


def _items(
    head: CaseHead,
    thread: desk_thread.Thread,
    history: tuple[HistoryLine, ...],
    around: tuple[Neighbour, ...],
    zone: ZoneInfo,
    *,
    is_last_page: bool,
) -> tuple[Item, ...]:
    """Messages, notes and results in the order they happened, with a mark for each day."""
    on_screen = {each.id for each in thread.messages}
    told: list[tuple[datetime, int, Item]] = []
    for message, following in (
        zip(thread.messages, [*thread.messages[1:], None], strict=True) if thread.messages else ()
    ):
        told.append((message.at, 0, Item(bubble=_bubble(message, head))))
        if remedy := remedy_of(message, head, is_open=head.window.is_open(now())):
            told.append((message.at, 1, Item(remedy=remedy)))
        if message.tie is not None and _ends_run(message, following):
            told.append((message.at, 1, Item(tie=_tie(message, head, around, on_screen))))
    for note in thread.notes:
        bubble = Bubble(
            side=Side.NOTE,
            text=note.text,
            at=note.at,
            author=_("Nota interna · %(who)s") % {"who": note.author or _("Sistema")},
        )
        told.append((note.at, 2, Item(bubble=bubble)))
    since = thread.messages[0].at if thread.messages and thread.older else None
    for line in history:
        is_here = line.case_id == head.case_id and (since is None or line.at >= since)
        if is_here and is_last_page:
            told.append((line.at, 3, Item(bubble=_event(line))))
    told.sort(key=lambda each: (each[0], each[1]))
    items: list[Item] = []
    day = None
    for at, _order, item in told:
        here = formats.moment(at, now=now(), zone=zone).day
        if here != day:
            items.append(Item(day=here))
            day = here
        items.append(item)
    return tuple(items)


def _ends_run(message: ThreadMessage, following: ThreadMessage | None) -> bool:
    """One line for several messages in a row that answer the same."""
    if following is None or not following.is_inbound or following.tie is None:
        return True
    mine, next_one = message.tie, following.tie
    assert mine is not None
    return _says(mine) != _says(next_one)


def _says(tie: TieLine) -> tuple[Any, ...]:
    return tie.case_id, tie.basis, tie.answers_id


def _tie(
    message: ThreadMessage,
    head: CaseHead,
    around: tuple[Neighbour, ...],
    on_screen: Collection[int],
) -> Tie:
    tie = message.tie
    assert tie is not None
    return Tie(
        message_id=message.id,
        campaign=tie.campaign,
        answers_at=tie.answers_left_at,
        answers_id=tie.answers_id if tie.answers_id in on_screen else None,
        how=desk_words.how_we_know(tie),
        is_doubtful=desk_words.is_doubtful(tie),
        is_here=tie.case_id == head.case_id,
        others=tuple(
            each for each in around if desk_words.is_doubtful(tie) or each.case_id != tie.case_id
        ),
    )


def _bubble(message: ThreadMessage, head: CaseHead) -> Bubble:
    tick, state = desk_words.tick_of(message)
    text = message.text
    if not text and not message.media:
        text = desk_words.kind_said(message.kind or "")
    return Bubble(
        side=Side.IN if message.is_inbound else Side.OUT,
        id=message.id,
        text=text,
        at=message.at,
        author=desk_words.author_of(message),
        header=message.header,
        footer=message.footer,
        buttons=tuple(
            BubbleButton(title=title, icon="external-link" if is_link else "reply")
            for title, is_link in message.buttons
        ),
        quoted=desk_words.text_said(message.quoted) if message.quoted else None,
        tapped=message.is_tap,
        pictures=file_words.pictures_of(message),
        tick=tick,
        state=state,
        problem=desk_words.problem_of(message) or why_it_waits(message, head),
    )


def _event(line: HistoryLine) -> Bubble:
    """A result, in the middle of the talk it came of."""
    value = desk_words.value_said(line)
    said = " · ".join(filter(None, (line.name, value, desk_words.who_recorded(line))))
    if line.is_confirmed:
        said = _("%(said)s (confirmada)") % {"said": said}
    elif not line.stands:
        said = _("%(said)s (sin efecto)") % {"said": said}
    return Bubble(side=Side.EVENT, text=said, at=line.at)
