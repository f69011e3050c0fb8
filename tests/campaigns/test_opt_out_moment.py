"""When an opt-out was, beside the attempts that were committed while it came to its lock."""

from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns.opt_outs import opt_out
from models.people import OptOut, Purpose
from tests.campaigns.builders_launch import ANA, Office
from tests.conftest import NOON


def test_its_moment_is_that_of_the_lock_and_not_of_our_beginning(session: Session) -> None:
    contact = Office(session, NOON).contact(ANA)
    session.commit()
    began = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    session.execute(text("SELECT pg_sleep(0.2)"))

    opt_out(session, contact.id, Purpose.ALL, "word: baja", now=began)
    session.commit()

    written = session.scalars(select(OptOut.created_at)).one()
    ended = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    assert began + timedelta(seconds=0.2) <= written <= ended
