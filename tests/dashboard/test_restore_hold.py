"""After a restore the screens say why nothing is sent, and nobody lets go by hand."""

from collections.abc import Callable

from campaigns import restoring
from models.people import Role
from models.template import Line
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON
from tests.dashboard.conftest import Browser


def test_lines_and_campaigns_say_that_a_copy_was_restored_and_a_release_is_refused(
    signed_in: Callable[..., Browser], runtime: Runtime
) -> None:
    office = Office(runtime.sessions(), NOON)
    office.subscription()
    campaign = office.launched(office.campaign())
    with runtime.sessions.begin() as session:
        restoring.begin_hold(session, taken_at=NOON)
        line = session.get_one(Line, office.line.id)
        line.hold_reason, line.held_at = restoring.HOLD_REASON, NOON
    browser = signed_in(Role.ADMINISTRATOR)

    lines = browser.get("/settings/lines")
    shown = browser.get(f"/campaigns/{campaign.id}")
    released = browser.post(f"/settings/lines/{office.line.id}/release")

    assert "Se restauró una copia de seguridad" in lines.text
    assert f"/settings/lines/{office.line.id}/release" not in lines.text
    assert "En espera: se restauró una copia de seguridad" in shown.text
    assert released.status_code == 409
    assert "Se restauró una copia" in released.text
    with runtime.sessions() as session:
        assert session.get_one(Line, office.line.id).hold_reason == restoring.HOLD_REASON
