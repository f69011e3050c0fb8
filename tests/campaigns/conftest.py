"""What several tests of the domain share."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.campaigns.beside import Beside


@pytest.fixture
def beside(sessions: sessionmaker[Session]) -> Iterator[Beside]:
    """A second transaction, joined at the end of the test."""
    beside = Beside(sessions)
    yield beside
    beside.end()
