"""Who else has this case on his screen: said by the screens' own polls, kept for some seconds.

A page carries a pass for its case, so that a poll can say so without asking the database whether
its person may see it.
"""

import hmac
from dataclasses import dataclass

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.auth import current_user
from dashboard.language import _, ngettext
from models.people import User
from runtime import live
from runtime.wiring import current_runtime

HIDDEN = "X-Hidden"
"""The header of a poll whose page nobody sees."""


@dataclass(frozen=True, slots=True)
class Lookers:
    ids: tuple[int, ...] = ()

    @property
    def mark(self) -> str:
        """What a page's version ends in: it is another page once another person looks."""
        return "." + "-".join(map(str, self.ids)) if self.ids else ""

    def said(self, session: Session) -> str | None:
        """Who they are, in a sentence; one query if there is anybody."""
        if not self.ids:
            return None
        names = session.scalars(select(User.name).where(User.id.in_(self.ids)).order_by(User.name))
        who = list(names)
        words = ngettext("%(who)s la tiene abierta.", "%(who)s la tienen abierta.", len(who))
        return words % {"who": _(" y ").join(who)}


def others(case_id: int | None, *, note: bool = False) -> Lookers:
    """Who looks at it beside oneself; with ``note``, others learn that oneself does."""
    if case_id is None:
        return Lookers()
    me = current_user().id
    may_say = hmac.compare_digest(request.args.get("look", ""), pass_for(case_id))
    says = note and may_say and HIDDEN not in request.headers
    found = live.looking(current_runtime().redis, case_id, user_id=me if says else None)
    return Lookers(tuple(sorted(found - {me})))


def pass_for(case_id: int) -> str:
    """For a page that shows the case to its person."""
    key = current_runtime().settings.secret_key.encode()
    said = f"looking {current_user().id} {case_id}".encode()
    return hmac.new(key, said, "sha256").hexdigest()[:20]
