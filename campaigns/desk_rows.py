"""What a row of the desk's list shows of a case; read side, frozen data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from campaigns.sending_hours import ARGENTINA
from campaigns.talks import ReplyWindow, reply_window
from messaging.errors import MissingVariables
from messaging.templates import render
from models.message import Direction
from models.states import CaseState


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a row stands in the list, and where a list goes on: behind it."""

    bucket: int  # tens: what it waits for; ones: the campaign's priority
    rank: float
    case_id: int

    def __str__(self) -> str:
        return f"{self.bucket}_{self.rank!r}_{self.case_id}"

    @classmethod
    def read(cls, given: str) -> "Place | None":
        """What `str` gave; None for anything else."""
        found = re.fullmatch(
            r"([01]|[123][123]|40)_(-?\d{1,12}(?:\.\d{1,9})?)_(\d{1,18})", given, re.ASCII
        )
        return cls(int(found[1]), float(found[2]), int(found[3])) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """One case of the list. ``name`` is the customer's, else what he calls himself, else None."""

    case_id: int
    name: str | None
    address: str | None
    campaign: str
    type_name: str
    operator_id: int | None
    operator: str | None
    state: CaseState
    is_late: bool
    is_identified: bool
    waiting_since: datetime | None
    person_asked_at: datetime | None
    unread: int
    last_text: str
    last_at: datetime | None
    last_is_ours: bool
    window: ReplyWindow
    overdue: int
    next_due_at: datetime | None
    broken_promise_at: datetime | None
    passed_by: str | None  # who handed it to its holder
    is_escalated: bool
    place: Place


def read_rows(session: Session, places: list[Place]) -> tuple[DeskRow, ...]:
    """What is shown of cases that the person may see: all of it may be seen with its case."""
    if not places:
        return ()
    values = {"ids": [place.case_id for place in places], "home": ARGENTINA.key}
    found = {row.id: row for row in session.execute(text(_DECORATED), values)}
    return tuple(_row(found[place.case_id], place) for place in places)


# Text, and so not narrowed to what a person may see: only for ids that he was found to see. The
# conditions of every table, repeated in every join, cost more to plan than the rows to read.
_DECORATED = """
SELECT c.id, c.operator_id, c.state, c.is_late, c.subscription_id, c.waiting_since,
    c.broken_promise_at,
    c.person_asked_at,
    coalesce(u.name, p.profile_name) AS name, coalesce(p.phone, p.bsuid) AS address,
    k.name AS campaign, t.name AS type_name, o.name AS operator,
    CASE WHEN s.instalments_overdue > 0 THEN greatest(0, s.instalments_overdue - (
        -- paid after the file that called them overdue, as `figures` counts them
        SELECT count(*) FROM coupons q, timezone(CAST(:home AS text), s.updated_at) AS told
        WHERE q.subscription_id = s.id AND q.state = 'paid' AND q.due_date < CAST(told AS date)
            AND (q.paid_on >= CAST(told AS date)
                OR q.paid_on IS NULL AND q.updated_at > s.updated_at)
    )) END AS overdue,
    l.direction, l.body, l.button_text, l.kind, l.created_at AS last_at, l.variables, l.template,
    (
        SELECT m.created_at FROM messages m
        WHERE m.contact_point_id = p.id AND m.line_id = coalesce(w.line_id, k.line_id)
            AND m.direction = 'in'
        ORDER BY m.id DESC LIMIT 1
    ) AS heard_at,
    (
        SELECT count(*) FROM attributions a JOIN messages m ON m.id = a.message_id
        WHERE a.case_id = c.id AND a.replaced_at IS NULL AND m.state = 'attributed'
            AND m.id > coalesce(c.read_through, 0)
    ) AS unread,
    (
        SELECT min(n.due_at) FROM next_actions n WHERE n.case_id = c.id AND n.state = 'due'
    ) AS due_at,
    h.name AS passed_by, c.escalated_at
FROM cases c
JOIN campaigns k ON k.id = c.campaign_id
JOIN campaign_types t ON t.id = k.campaign_type_id
LEFT JOIN LATERAL (
    SELECT m.line_id, m.contact_point_id
    FROM attributions a JOIN messages m ON m.id = a.message_id
    WHERE a.case_id = c.id AND a.replaced_at IS NULL
    ORDER BY m.id DESC LIMIT 1
) AS w ON true
LEFT JOIN contact_points p ON p.id = coalesce(w.contact_point_id, c.contact_point_id)
LEFT JOIN LATERAL (
    SELECT m.direction, m.body, m.button_text, m.kind, m.created_at, m.variables,
        v.body AS template
    FROM messages m LEFT JOIN template_versions v ON v.id = m.template_version_id
    WHERE m.contact_point_id = p.id AND m.line_id = coalesce(w.line_id, k.line_id)
        AND m.state NOT IN ('planned', 'claimed', 'skipped', 'cancelled')
    ORDER BY m.id DESC LIMIT 1
) AS l ON true
LEFT JOIN subscriptions s ON s.id = c.subscription_id
LEFT JOIN customers u ON u.id = s.customer_id
LEFT JOIN users o ON o.id = c.operator_id
LEFT JOIN users h ON h.id = c.passed_by_id
WHERE c.id = ANY(CAST(:ids AS bigint[]))
"""


def _row(row: Row[Any], place: Place) -> DeskRow:
    return DeskRow(
        case_id=row.id,
        name=row.name,
        address=row.address,
        campaign=row.campaign,
        type_name=row.type_name,
        operator_id=row.operator_id,
        operator=row.operator,
        state=CaseState(row.state),
        is_late=row.is_late,
        is_identified=row.subscription_id is not None,
        waiting_since=row.waiting_since,
        person_asked_at=row.person_asked_at,
        unread=row.unread,
        last_text=said(row.body, row.button_text, row.kind, row.template, row.variables),
        last_at=row.last_at,
        last_is_ours=row.direction == Direction.OUT,
        window=reply_window(row.heard_at),
        overdue=row.overdue or 0,
        next_due_at=row.due_at,
        broken_promise_at=row.broken_promise_at,
        passed_by=row.passed_by,
        is_escalated=row.escalated_at is not None and row.operator_id is None,
        place=place,
    )


def said(
    body: str | None,
    button_text: str | None,
    kind: str | None,
    template: str | None,
    variables: Mapping[str, str] | None,
) -> str:
    """What a message says, as text; of a picture without words, its kind in brackets."""
    if template is not None:
        return filled(template, variables)
    return button_text or body or (f"[{kind}]" if kind and kind != "text" else "")


def filled(template: str, variables: Mapping[str, str] | None) -> str:
    """A template's text with its values; derived ones, which nobody reads, as dots."""
    try:
        return render(template, variables or {})
    except MissingVariables as error:
        return render(template, {**(variables or {}), **dict.fromkeys(error.keys, "…")})
