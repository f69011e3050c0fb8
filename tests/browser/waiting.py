"""Cases of the shared office that one story may have for itself."""

from sqlalchemy import text

from tests.browser.conftest import Office

_taken: set[int] = set()

_FREE = """
SELECT cases.id, contact_points.phone FROM cases
JOIN contact_points ON contact_points.id = cases.contact_point_id
WHERE cases.campaign_id = :campaign AND cases.waiting_since IS NOT NULL
    AND cases.operator_id IS NULL AND cases.state <> 'finished'
    AND NOT EXISTS (SELECT 1 FROM opt_outs
        WHERE opt_outs.contact_point_id = cases.contact_point_id)
ORDER BY cases.id DESC
"""
_FREE_AMONG_SEVERAL = _FREE.replace(
    "ORDER",
    """
    AND EXISTS (SELECT FROM cases o WHERE o.contact_point_id = cases.contact_point_id
        AND o.id <> cases.id AND o.state <> 'finished')
ORDER""",
)
_SILENT = """
SELECT cases.id, contact_points.phone FROM cases
JOIN contact_points ON contact_points.id = cases.contact_point_id
JOIN messages ON messages.case_id = cases.id
WHERE cases.campaign_id = :campaign AND cases.state = 'pending'
    AND messages.state IN ('delivered', 'read')
    AND NOT EXISTS (  -- whom no other campaign wrote to: what he says is about this one
        SELECT FROM cases o WHERE o.contact_point_id = cases.contact_point_id AND o.id <> cases.id)
ORDER BY cases.id DESC
"""


def a_waiting_case(office: Office) -> tuple[int, str]:
    """Somebody wrote and nobody has it yet; with the phone."""
    return _next(office, _FREE)


def a_waiting_case_among_several(office: Office) -> tuple[int, str]:
    """The same, of somebody whom other campaigns wrote to as well."""
    return _next(office, _FREE_AMONG_SEVERAL)


def a_silent_case(office: Office) -> tuple[int, str]:
    """He got this one message of ours and said nothing so far."""
    return _next(office, _SILENT)


def _next(office: Office, sql: str) -> tuple[int, str]:
    with office.life.runtime.sessions() as session:
        rows = session.execute(text(sql), {"campaign": office.played.ids["running"]})
        for case_id, phone in rows:
            if case_id not in _taken:
                _taken.add(case_id)
                return case_id, phone
    raise AssertionError("no such case is left: play a bigger morning")
