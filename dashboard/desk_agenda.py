"""The agenda as it is asked for, and worked through at the desk, case after case."""

import re
from dataclasses import dataclass, replace
from datetime import date

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from campaigns import agenda, errors
from campaigns.agenda import Asked, Place, Span, Step, Stop
from dashboard.auth import current_user, reach
from dashboard.shell import now
from models.case import NextAction
from models.people import Role
from runtime.wiring import current_runtime

NOBODY = "none"

_WALK = re.compile(r"(\w+|\d{4}-\d\d-\d\d)\.(\d{1,18})(?:\.(none|\d{1,18}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Walk:
    """Which list of the agenda somebody works through, and the action that he is at.

    As an address says it: ``late.51``, or ``all.51.7`` of what is a colleague's.
    """

    span: Span | date
    action_id: int
    who: str | None = None

    def __str__(self) -> str:
        said = [span_word(self.span) or Span.ALL.value, str(self.action_id), self.who]
        return ".".join(word for word in said if word)

    @classmethod
    def read(cls, given: str) -> "Walk":
        """What `str` gave. Raises NotFound for anything else."""
        found = _WALK.fullmatch(given)
        if found is None:
            raise NotFound
        return cls(read_span(found[1]), int(found[2]), found[3])

    def at(self, stop: Stop) -> "Walk":
        return replace(self, action_id=stop.action_id)

    @property
    def agenda_url(self) -> str:
        """Back to the agenda, where it was left."""
        day = span_word(self.span)
        return url_for("agenda.index", day=day, who=self.who, on=self.action_id)


def where(session: Session, walk: Walk) -> Step | None:
    """Where he is and what lies beside; None if that action is not there for him any more."""
    try:
        action = reach(session, NextAction, walk.action_id)
    except errors.NotFound:
        return None
    return agenda.step(session, asked_of(walk.span, walk.who), action, now=now())


def asked_of(span: Span | date, given: str | None, *, after: Place | None = None) -> Asked:
    """An operator has his own and those of nobody; a supervisor everybody's, or ``given``'s."""
    user = current_user()
    who: int | None = user.id
    nobodys = True
    if user.may(Role.SUPERVISOR):
        if given and given != NOBODY and not (given.isdecimal() and len(given) <= 18):
            raise NotFound
        who = int(given) if given and given != NOBODY else None
        nobodys = given == NOBODY
    return Asked(
        span=span,
        who=who,
        with_nobodys=nobodys,
        zone=current_runtime().settings.timezone,
        after=after,
    )


def read_span(given: str) -> Span | date:
    """A span's word, or a day's date; raises NotFound."""
    if not given:
        return Span.ALL
    if given in set(Span):
        return Span(given)
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise NotFound from error
    if not 2000 <= day.year <= 2100:
        raise NotFound
    return day


def span_word(span: Span | date) -> str | None:
    """As an address says it; None for all."""
    if not isinstance(span, Span):
        return span.isoformat()
    return None if span is Span.ALL else span.value
