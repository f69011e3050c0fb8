"""Adding people and changing what they may."""

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from campaigns import users
from campaigns.errors import AlreadyThere, LastAdministrator, NotFound
from models.audit import AuditEvent
from models.people import Role, User
from tests.conftest import NOON


def _add(session: Session, name: str, role: Role) -> int:
    return users.add_user(session, email=f" {name}@X.example ", name=f" {name}  Sosa", role=role)


def test_an_e_mail_is_one_persons(session: Session) -> None:
    ana = _add(session, "Ana", Role.OPERATOR)

    assert users.get_person(session, ana, now=NOON).email == "ana@x.example"
    assert users.get_person(session, ana, now=NOON).name == "Ana Sosa"
    with pytest.raises(AlreadyThere):
        _add(session, "ANA", Role.SUPERVISOR)
    with pytest.raises(NotFound):
        users.deactivate(session, 999, by_id=ana)


def test_a_correction_says_what_it_was_before(session: Session) -> None:
    ana = _add(session, "Ana", Role.ADMINISTRATOR)
    ben = _add(session, "Ven", Role.OPERATOR)

    users.correct_person(session, ben, name=" Ben  Sosa", email="VEN@x.example", by_id=ana)
    users.correct_person(
        session, ben, name="Ben Sosa", email="ven@x.example", by_id=ana
    )  # the same
    users.correct_person(session, ben, name="Ben Sosa", email=" Ben@x.example", by_id=ana)

    acts = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "user.correct").order_by(AuditEvent.id)
    ).all()
    assert [act.details for act in acts] == [
        {"before": {"name": "Ven Sosa"}, "after": {"name": "Ben Sosa"}},
        {"before": {"email": "ven@x.example"}, "after": {"email": "ben@x.example"}},
    ]
    assert {(act.user_id, act.object_id) for act in acts} == {(ana, ben)}
    with pytest.raises(AlreadyThere):
        users.correct_person(session, ben, name="Ben", email="ANA@x.example", by_id=ana)
    with pytest.raises(NotFound):
        users.correct_person(session, 999, name="Ben", email="x@x.example", by_id=ana)


def test_of_two_who_get_one_e_mail_at_once_one_is_refused(
    session: Session, sessions: sessionmaker[Session]
) -> None:
    pair = [_add(session, name, Role.OPERATOR) for name in ("Ana", "Ben")]
    session.commit()
    ready = threading.Barrier(2)
    refused = []

    def correct(target: int) -> None:
        try:
            with sessions.begin() as work:
                ready.wait()
                users.correct_person(work, target, name="Caz", email="caz@x.example", by_id=pair[0])
        except AlreadyThere:
            refused.append(target)

    both = [threading.Thread(target=correct, args=[target]) for target in pair]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert len(refused) == 1
    owner = session.scalars(select(User.id).where(User.email == "caz@x.example")).one()
    assert [owner, *refused] in (pair, pair[::-1])


@pytest.mark.parametrize("way", ["role", "deactivate"])
def test_the_last_administrator_stays(way: str, session: Session) -> None:
    ana = _add(session, "Ana", Role.ADMINISTRATOR)
    ben = _add(session, "Ben", Role.ADMINISTRATOR)

    def remove(user_id: int) -> None:
        if way == "role":
            users.change_role(session, user_id, Role.OPERATOR, by_id=ana)
        else:
            users.deactivate(session, user_id, by_id=ana)

    remove(ben)
    with pytest.raises(LastAdministrator):
        remove(ana)


def test_two_administrators_cannot_remove_each_other_at_once(
    session: Session, sessions: sessionmaker[Session]
) -> None:
    pair = [_add(session, name, Role.ADMINISTRATOR) for name in ("Ana", "Ben")]
    session.commit()
    ready = threading.Barrier(2)
    refused = []

    def remove(target: int) -> None:
        ready.wait()
        try:
            with sessions.begin() as work:
                users.deactivate(work, target, by_id=target)
        except LastAdministrator:
            refused.append(target)

    both = [threading.Thread(target=remove, args=[target]) for target in pair]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert len(refused) == 1
    active = select(User.id).where(User.is_active)
    assert session.scalars(active).all() == refused


def test_every_change_is_on_record(session: Session) -> None:
    ana = _add(session, "Ana", Role.ADMINISTRATOR)
    ben = _add(session, "Ben", Role.OPERATOR)
    users.change_role(session, ben, Role.SUPERVISOR, by_id=ana)
    users.change_role(session, ben, Role.SUPERVISOR, by_id=ana)  # no change, no record
    users.deactivate(session, ben, by_id=ana)
    users.reactivate(session, ben, by_id=ana)
    users.replace_password(session, ben, "hash", by_id=ana)
    users.sign_out_everywhere(session, ben, by_id=ana)
    session.flush()

    acts = session.execute(
        select(AuditEvent.action, AuditEvent.user_id, AuditEvent.details)
        .where(AuditEvent.object_kind == "user", AuditEvent.object_id == ben)
        .order_by(AuditEvent.id)
    ).all()

    assert [act.action for act in acts] == [
        "user.add",
        "user.role",
        "user.deactivate",
        "user.reactivate",
        "user.new_password",
        "user.end_sessions",
    ]
    assert acts[1].details == {"before": "operator", "after": "supervisor"}
    assert {act.user_id for act in acts[1:]} == {ana}
    assert "hash" not in repr(acts)
