"""A file that goes out: one row of the ledger like any other, with a token for its file."""

import pytest
from sqlalchemy.orm import Session

from campaigns.dispatch import compose, line_facts
from campaigns.errors import InvalidText
from campaigns.files import store
from campaigns.files.media import file_of
from campaigns.files.taking import take
from campaigns.resending import resend
from campaigns.sending_hours import ARGENTINA
from campaigns.single_messages import MAX_CAPTION, write_text
from messaging.tokens import TokenKind
from models.case import Case
from models.files import StoredFile
from models.message import Message
from models.people import Role, User
from models.states import MessageState
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, SIGNER
from tests.campaigns.builders_sending import Outbox
from tests.conftest import NOON


@pytest.fixture
def office(session: Session) -> Outbox:
    return Outbox(session, NOON)


@pytest.fixture
def author_id(office: Outbox) -> int:
    user = User(email="l@x.example", name="Lucía", role=Role.OPERATOR)
    office.session.add(user)
    office.session.commit()
    return user.id


@pytest.fixture
def case(office: Outbox) -> Case:
    """Ana's, who has just written."""
    message = office.a_message(ANA)
    office.inbound("hola", sender=ANA)
    office.apply_inbound()
    return office.session.get_one(Case, message.case_id)


def _a_file(office: Outbox, runtime: Runtime) -> StoredFile:
    place = store.folder(runtime.settings.data_dir)
    return store.keep(office.session, place, take(b"%PDF-1.7 un cupon", "cupón.pdf"))


def test_what_leaves_names_its_file_by_a_token_that_only_we_make(
    office: Outbox, runtime: Runtime, case: Case, author_id: int
) -> None:
    message_id = write_text(
        office.session, case=case, body="", author_id=author_id, now=office.now,
        file=_a_file(office, runtime),
    )  # fmt: skip
    office.session.commit()

    (claimed,) = office.claim()
    line = line_facts(office.session, office.line.id)
    leaving = compose(claimed, 1, line, None, SIGNER, public_url="https://pregon.example")

    assert claimed.has_file
    assert leaving.file_token == SIGNER.sign(TokenKind.FILE, message_id)
    assert leaving.body == ""


def test_a_message_without_a_file_names_none(office: Outbox, case: Case, author_id: int) -> None:
    write_text(office.session, case=case, body="Hola", author_id=author_id, now=office.now)
    office.session.commit()

    (claimed,) = office.claim()

    assert not claimed.has_file
    line = line_facts(office.session, office.line.id)
    assert (
        compose(claimed, 1, line, None, SIGNER, public_url="https://pregon.example").file_token
        is None
    )


def test_campaigns_bring_none(office: Outbox) -> None:
    office.planned(3)

    assert [each.has_file for each in office.claim()] == [False] * 3


def test_a_caption_is_shorter_than_a_text(
    office: Outbox, runtime: Runtime, case: Case, author_id: int
) -> None:
    with pytest.raises(InvalidText) as refused:
        write_text(
            office.session, case=case, body="x" * (MAX_CAPTION + 1), author_id=author_id,
            now=office.now, file=_a_file(office, runtime),
        )  # fmt: skip

    assert refused.value.limit == MAX_CAPTION


def test_a_file_that_did_not_arrive_is_sent_again_with_its_words(
    office: Outbox, runtime: Runtime, case: Case, author_id: int
) -> None:
    file = _a_file(office, runtime)
    lost_id = write_text(
        office.session, case=case, body="Va", author_id=author_id, now=office.now, file=file
    )
    office.session.get_one(Message, lost_id).state = MessageState.FAILED
    office.session.commit()

    again_id = resend(
        office.session, case.id, lost_id, by_id=author_id, now=office.now, zone=ARGENTINA
    )
    office.session.commit()

    again = office.session.get_one(Message, again_id)
    assert (again_id != lost_id, again.body) == (True, "Va")
    assert file_of(office.session, again_id) == file
