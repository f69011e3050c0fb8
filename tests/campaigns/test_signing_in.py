"""Who has to wait, how long, and that sessions end when they should."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from campaigns import signing_in, users
from campaigns.errors import SignInRefused, SignInTooSoon, WeakPassword
from campaigns.passwords import Passwords, check_strength, first_password
from models.access import SignInFailure, UserSession
from models.people import Role
from tests.conftest import NOON

Sessions = sessionmaker[Session]
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
ANA, RIGHT = "ana@x.example", "una que nadie adivina"


@pytest.fixture
def ana(session: Session) -> int:
    user_id = users.add_user(
        session, email=ANA, name="Ana Sosa", role=Role.OPERATOR, password_hash=CHEAP.hash(RIGHT)
    )
    session.commit()
    return user_id


class Door:
    """Tries to sign in at a given instant, and counts the passwords that were really checked."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.now = NOON
        self.checked = 0

    def try_in(self, password: str, *, email: str = ANA, ip: str = "10.0.0.1") -> str:
        with self.sessions.begin() as session:
            attempt = signing_in.begin_attempt(session, email, ip=ip, now=self.now)
        self.checked += 1
        new_hash = signing_in.check(attempt, password, CHEAP)
        with self.sessions.begin() as session:
            return signing_in.complete(
                session, attempt, new_hash=new_hash, ip=ip, user_agent="x", now=self.now
            )

    def fails(self, **how: str) -> timedelta | None:
        """How long one has to wait; None when the password was checked and found wrong."""
        try:
            self.try_in("equivocada", **how)
        except SignInRefused:
            return None
        except SignInTooSoon as error:
            return error.wait
        raise AssertionError


@pytest.fixture
def door(sessions: Sessions) -> Door:
    return Door(sessions)


def test_production_hashes_as_it_should() -> None:
    hasher = Passwords()._hasher

    assert (hasher.type, hasher.memory_cost, hasher.time_cost, hasher.parallelism) == (
        Type.ID,
        65536,
        3,
        1,
    )


def test_five_wrong_ones_and_then_one_waits_longer_and_longer(door: Door, ana: int) -> None:
    assert [door.fails() for _ in range(5)] == [None] * 5
    waits = []
    for _ in range(9):
        wait = door.fails()
        assert wait is not None
        waits.append(wait.total_seconds())
        door.now += wait
        assert door.fails() is None

    assert waits == [15, 30, 60, 120, 240, 480, 900, 900, 900]


def test_the_right_password_is_not_even_looked_at_before_its_time(door: Door, ana: int) -> None:
    for _ in range(5):
        door.fails()

    with pytest.raises(SignInTooSoon):
        door.try_in(RIGHT)
    door.now += timedelta(seconds=16)
    assert door.try_in(RIGHT)
    assert door.fails() is None  # and counts from the beginning again


def test_one_address_has_thirty_failures_a_minute_and_any_number_of_successes(
    door: Door, ana: int
) -> None:
    for _ in range(40):
        door.try_in(RIGHT)
    refused = [door.fails(email=f"{n}@x.example") for n in range(32)]

    assert refused[:30] == [None] * 30
    assert refused[30:] == [timedelta(minutes=1)] * 2
    assert door.fails(email="z@x.example", ip="10.0.0.2") is None
    door.now += timedelta(minutes=1)
    assert door.fails(email="z@x.example") is None


def test_of_a_thousand_guesses_few_reach_the_hash(door: Door, ana: int) -> None:
    for n in range(1000):
        door.fails(email=ANA if n % 2 else f"{n}@x.example")
        door.now += timedelta(milliseconds=15)

    assert door.checked <= 40


def test_guesses_at_once_are_counted_before_they_are_checked(door: Door, ana: int) -> None:
    with ThreadPoolExecutor(8) as guessers:
        list(guessers.map(lambda _: door.fails(), range(40)))

    assert door.checked == 5


def test_somebody_unknown_costs_the_same_work_and_gets_the_same_answer(
    door: Door, ana: int, session: Session
) -> None:
    for email in (ANA, "nobody@x.example"):
        with pytest.raises(SignInRefused):
            door.try_in("equivocada", email=email)

    assert CHEAP.matches(RIGHT, None) is False
    kept = session.scalars(select(SignInFailure.account_hash)).all()
    assert len(kept) == 2
    assert all("@" not in each for each in kept)


def test_an_unknown_person_is_hashed_for_as_a_known_one_is() -> None:
    checked: list[str] = []

    class Recording(PasswordHasher):
        def verify(self, kept: str | bytes, password: str | bytes) -> bool:
            checked.append(str(kept).split("$")[3])  # the parameters, which decide the time
            return super().verify(kept, password)

    passwords = Passwords(Recording(time_cost=1, memory_cost=8, parallelism=1))
    passwords.matches("equivocada", passwords.hash(RIGHT))
    passwords.matches("equivocada", None)

    assert checked == ["m=8,t=1,p=1"] * 2


def test_who_was_deactivated_or_has_no_password_does_not_come_in(
    door: Door, ana: int, session: Session
) -> None:
    users.add_user(session, email="eva@x.example", name="Eva", role=Role.OPERATOR)
    users.deactivate(session, ana, by_id=ana)
    session.commit()

    for email, password in ((ANA, RIGHT), ("eva@x.example", "")):
        with pytest.raises(SignInRefused):
            door.try_in(password, email=email)


def test_an_old_hash_is_made_anew(door: Door, ana: int, session: Session) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(RIGHT)
    users.set_password(session, ana, weak)
    session.commit()

    door.try_in(RIGHT)

    assert users.find_user(session, ANA).password_hash != weak
    session.rollback()
    assert door.try_in(RIGHT)


def test_only_a_hash_of_the_reference_is_kept(door: Door, ana: int, session: Session) -> None:
    reference = door.try_in(RIGHT)

    kept = session.scalars(select(UserSession)).one()

    assert len(reference) >= 43  # 256 bits
    assert reference not in repr(vars(kept))
    assert len(kept.reference_hash) == 64


def _age(session: Session, *, seen: timedelta, made: timedelta) -> None:
    row = session.scalars(select(UserSession)).one()
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    row.last_seen_at, row.created_at = now - seen, now - made
    session.commit()


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("seen", "made", "lives", "stale"),
    [
        (0 * MINUTE, 0 * HOUR, True, False),
        (2 * MINUTE, 11 * HOUR, True, True),
        (29 * MINUTE, 1 * HOUR, True, True),
        (31 * MINUTE, 1 * HOUR, False, False),
        (0 * MINUTE, 13 * HOUR, False, False),
    ],
)
def test_half_an_hour_idle_or_twelve_hours_end_a_session(
    seen: timedelta, made: timedelta, lives: bool, stale: bool, session: Session, ana: int
) -> None:
    reference = signing_in.open_session(session, ana, ip="::1", user_agent=None, now=NOON)
    _age(session, seen=seen, made=made)

    visitor = signing_in.find_visitor(session, reference)

    assert (visitor is not None) is lives
    assert (visitor is not None and visitor.is_stale) is stale


@pytest.mark.parametrize("act", ["role", "deactivate", "password", "everywhere"])
def test_what_changes_a_person_ends_all_his_sessions(act: str, session: Session, ana: int) -> None:
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    references = [
        signing_in.open_session(session, ana, ip="::1", user_agent=None, now=now) for _ in range(2)
    ]
    assert signing_in.find_visitor(session, references[0]) is not None

    {
        "role": lambda: users.change_role(session, ana, Role.SUPERVISOR, by_id=ana),
        "deactivate": lambda: users.deactivate(session, ana, by_id=ana),
        "password": lambda: users.replace_password(session, ana, "x", by_id=ana),
        "everywhere": lambda: users.sign_out_everywhere(session, ana, by_id=ana),
    }[act]()

    assert [signing_in.find_visitor(session, each) for each in references] == [None, None]


WEAK = {
    "corta": "short",
    "x" * 129: "long",
    "contraseña123": "common",
    "Boca Juniors 1905": "common",
    "qwertyuiop123": "common",
    "P4ssw0rd2026!": "common",
    "123456789012": "common",
    "aaaaaaaaaaaaaa": "common",
    "ana.sosa@2026": "personal",
}


@pytest.mark.parametrize("password", WEAK, ids=lambda password: password[:20])
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as refusal:
        check_strength(password, email="ana.sosa@x.example", name="Ana Sosa")

    assert refusal.value.why == WEAK[password]


@pytest.mark.parametrize(
    "password",
    ["una que nadie adivina", "correct horse staple", "Ñandú-en-bici-7", first_password()],
    ids=["phrase", "English", "accents", "ours"],
)
def test_a_phrase_is_welcome(password: str) -> None:
    check_strength(password, email="ana.sosa@x.example", name="Ana Sosa")
