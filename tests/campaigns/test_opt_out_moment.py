"""When an opt-out was, beside the attempts that were committed before its lock."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns.opt_outs import opt_out
from models.message import Attempt
from models.people import OptOut, Purpose
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON


@pytest.mark.parametrize("later", [timedelta(seconds=-1), timedelta(seconds=1)])
def test_no_attempt_that_was_committed_before_is_recorded_as_after_it(
    session: Session, later: timedelta
) -> None:
    """Workers have their clocks: one that is behind may write the opt-out, or the attempt."""
    office = Outbox(session, NOON)
    message = office.a_message()
    session.execute(update(Attempt).values(started_at=NOON + later))
    session.commit()
    assert message.contact_point_id is not None

    opt_out(session, message.contact_point_id, Purpose.ALL, "provider: 21610", now=NOON)
    session.commit()

    written = session.scalars(select(OptOut.created_at)).one()
    assert written == max(NOON, NOON + later)
