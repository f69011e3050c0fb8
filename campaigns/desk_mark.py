"""Whether a case on the screen is still as it is drawn: one look at what its regions show."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from campaigns.visibility import keep
from models.case import Case

# PostgreSQL's `xmin` is another one whenever a row was written. Of messages the newest and the
# last change: those of a talk are looked up by its phone, their index has it.
_SHOWN = """
concat_ws('|', cases.xmin,
    (SELECT concat(max(m.id), max(m.state_at)) FROM messages m
        WHERE m.contact_point_id = cases.contact_point_id),
    (SELECT string_agg(concat(a.id, a.replaced_at), ',' ORDER BY a.id) FROM attributions a
        WHERE a.case_id = cases.id),
    (SELECT max(n.id) FROM notes n WHERE n.case_id = cases.id),
    (SELECT string_agg(x.xmin::text, ',' ORDER BY x.id) FROM media x
        JOIN messages m ON m.id = x.message_id WHERE m.contact_point_id = cases.contact_point_id),
    (SELECT string_agg(f.xmin::text, ',' ORDER BY f.id) FROM attachments f
        WHERE f.subscription_id = cases.subscription_id),
    (SELECT string_agg(n.xmin::text, ',' ORDER BY n.id) FROM next_actions n
        WHERE n.case_id = cases.id),
    (SELECT concat(max(r.id), count(r.revoked_at), max(r.done_at), count(r.done_at))
        FROM results r JOIN cases o ON o.id = r.case_id
        WHERE o.id = cases.id OR o.subscription_id = cases.subscription_id),
    (SELECT concat(s.xmin, u.xmin) FROM subscriptions s JOIN customers u ON u.id = s.customer_id
        WHERE s.id = cases.subscription_id),
    (SELECT string_agg(c.xmin::text, ',' ORDER BY c.id) FROM coupons c
        WHERE c.subscription_id = cases.subscription_id),
    (SELECT string_agg(concat(o.id, o.revoked_at), ',' ORDER BY o.id) FROM opt_outs o
        WHERE o.contact_point_id = cases.contact_point_id))
"""


def mark_of_case() -> ColumnElement[str]:
    """The mark, as a part of a statement that selects from cases."""
    return func.left(func.md5(literal_column(_SHOWN)), 12)


def case_mark(session: Session, case_id: int) -> str:
    """Another one once something that the desk shows of the case is another; raises NotFound.

    What it does not look at, such as the name of a campaign, comes with the minute.
    """
    mark: str | None = session.scalar(_asked(), {"case_id": case_id})
    if mark is None:
        raise NotFound("case", case_id)
    return mark


@cache
def _asked() -> Any:
    """Made once: every open case asks it every other second."""
    marked = select(mark_of_case()).select_from(Case).where(Case.id == bindparam("case_id"))
    return keep(marked)
