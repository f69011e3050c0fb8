"""The lines of a thread on the desk: days, bubbles, and under each reply what it answers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaigns import desk_thread
from campaigns.desk_around import Neighbour
from campaigns.desk_card import CaseHead
from campaigns.desk_history import HistoryLine
from campaigns.desk_thread import ThreadMessage, TieLine
from dashboard import desk_words, file_words, formats
from dashboard.bubbles import Bubble, BubbleButton, Side
from dashboard.composer_words import Remedy, remedy_of, why_it_waits
from dashboard.language import _
from dashboard.shell import now


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


def items_of(
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
