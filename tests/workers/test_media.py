"""Files of customers come in whatever dies on the way, once, and only from where they are."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns.files import media, store
from campaigns.files.errors import Why
from messaging.errors import MediaElsewhere, MediaGone, MediaTooBig, ProviderUnavailable
from models.files import Medium, MediumState, StoredFile
from models.message import Message
from runtime.settings import child_environment, project_folder
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, World
from tests.campaigns.files.test_taking import picture
from workers.media import fetch_due, sweep_stray_files

SID = "ME" + "a" * 32
PHOTO = picture()


@pytest.fixture
def world(runtime: Runtime, session: Session) -> World:
    return World(session, runtime.now(session))


def _a_photo(
    world: World, url: str = f"https://api.twilio.com/x/Media/{SID}", **fields: str
) -> Medium:
    """Ana sent it in answer to a message of the campaign."""
    world.a_message(ANA)
    world.inbound(
        "", sender=ANA, NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg", **fields
    )
    world.apply_inbound()
    return world.session.scalars(select(Medium)).one()


def _again(world: World, medium: Medium) -> Medium:
    world.session.rollback()
    world.session.refresh(medium)
    return medium


def _fails_with(error: Exception) -> Callable[[str, str], bytes]:
    def fetch(_message_sid: str, _media_sid: str) -> bytes:
        raise error

    return fetch


def _files(runtime: Runtime) -> list[Path]:
    return list(store.folder(runtime.settings.data_dir).glob("??/*"))


def _let_it_be_due(world: World) -> None:
    world.session.execute(text("UPDATE media SET due_at = now() WHERE state = 'waiting'"))
    world.session.commit()


def test_a_photo_is_fetched_looked_at_and_kept(runtime: Runtime, world: World) -> None:
    medium = _a_photo(world)
    asked: list[tuple[str, str]] = []

    def fetch(message_sid: str, media_sid: str) -> bytes:
        asked.append((message_sid, media_sid))
        return PHOTO

    assert fetch_due(runtime, fetch) == 1

    message = world.session.get_one(Message, medium.message_id)
    assert asked == [(message.provider_sid, SID)]
    assert _again(world, medium).state is MediumState.STORED
    file = world.session.get_one(StoredFile, medium.file_id)
    place = store.folder(runtime.settings.data_dir)
    content = store.path_of(place, file.stored_as).read_bytes()
    assert (file.content_type, file.name, file.size) == ("image/jpeg", "foto.jpg", len(content))
    assert file.small_as is not None
    assert "foto" not in file.stored_as
    assert len(_files(runtime)) == 2
    assert (place.stat().st_mode & 0o077, _files(runtime)[0].stat().st_mode & 0o077) == (0, 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:6379/",
        f"https://evil.example/Media/{SID}?x=/../..",
        "file:///etc/passwd",
        f"https://evil.example/?u=/Media/{SID}#x",
        "https://api.twilio.com/Media/ME../../Messages",
        "",
    ],
)
def test_an_address_that_was_posted_is_never_asked(
    runtime: Runtime, world: World, url: str
) -> None:
    asked: list[tuple[str, str]] = []
    medium = _a_photo(world, url or "x")

    fetch_due(runtime, lambda *sids: asked.append(sids) or PHOTO)  # type: ignore[func-returns-value]

    assert asked == []
    assert (_again(world, medium).state, medium.problem) == (MediumState.FAILED, Why.NO_ADDRESS)


def test_of_a_foreign_address_the_sid_alone_is_believed(runtime: Runtime, world: World) -> None:
    """Which names a file of our own account, of this very message, or none."""
    asked: list[tuple[str, str]] = []
    medium = _a_photo(world, f"https://evil.example/Media/{SID}")

    fetch_due(runtime, lambda *sids: asked.append(sids) or PHOTO)  # type: ignore[func-returns-value]

    message = world.session.get_one(Message, medium.message_id)
    assert asked == [(message.provider_sid, SID)]


def test_a_webhook_that_comes_again_brings_no_second_file(runtime: Runtime, world: World) -> None:
    _a_photo(world, MessageSid="MM" + "1" * 32)
    for _ in range(2):
        world.inbound(
            "",
            sender=ANA,
            NumMedia="1",
            MediaUrl0=f"https://api.twilio.com/x/Media/{SID}",
            MediaContentType0="image/jpeg",
            MessageSid="MM" + "1" * 32,
        )
    world.apply_inbound()

    assert len(world.session.scalars(select(Medium)).all()) == 1
    assert fetch_due(runtime, lambda *_: PHOTO) == 1
    assert fetch_due(runtime, lambda *_: PHOTO) == 0


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (MediaGone("x"), Why.GONE),
        (MediaTooBig("x"), Why.TOO_BIG),
        (MediaElsewhere("x"), Why.ELSEWHERE),
    ],
)
def test_what_will_not_come_says_why_and_a_person_may_ask_again(
    runtime: Runtime, world: World, error: Exception, why: Why
) -> None:
    medium = _a_photo(world)

    fetch_due(runtime, _fails_with(error))

    assert (_again(world, medium).state, medium.problem) == (MediumState.FAILED, why)
    assert fetch_due(runtime, lambda *_: PHOTO) == 0
    assert media.try_again(world.session, medium.id, now=runtime.now(world.session))
    world.session.commit()
    assert fetch_due(runtime, lambda *_: PHOTO) == 1
    assert _again(world, medium).state is MediumState.STORED


@pytest.mark.parametrize(
    ("content", "why"), [(b"<svg onload=x>", Why.KIND), (b"\xff\xd8\xff no", Why.BROKEN)]
)
def test_what_is_not_what_it_was_said_to_be_is_not_kept(
    runtime: Runtime, world: World, content: bytes, why: Why
) -> None:
    medium = _a_photo(world)

    fetch_due(runtime, lambda *_: content)

    assert (_again(world, medium).state, medium.problem) == (MediumState.FAILED, why)
    assert _files(runtime) == []


def test_a_provider_that_is_away_is_asked_later_and_later_and_not_for_ever(
    runtime: Runtime, world: World
) -> None:
    medium = _a_photo(world)
    waits = []
    for _ in range(runtime.settings.times.media_tries):
        assert fetch_due(runtime, _fails_with(ProviderUnavailable("503"))) == 1
        now = runtime.now(world.session)
        assert _again(world, medium).due_at is not None
        waits.append(round((medium.due_at - now) / timedelta(minutes=1)))  # type: ignore[operator]
        assert fetch_due(runtime, lambda *_: PHOTO) == 0
        _let_it_be_due(world)

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert fetch_due(runtime, lambda *_: PHOTO) == 0
    assert (_again(world, medium).state, medium.problem) == (MediumState.FAILED, Why.UNAVAILABLE)


@pytest.mark.parametrize("step", ["take", "keep", "record_stored"])
def test_a_worker_killed_at_any_step_costs_no_file(
    runtime: Runtime, world: World, tmp_path: Path, step: str
) -> None:
    """Killed after the download, after the file was written, or before the commit."""
    medium = _a_photo(world)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(PHOTO)
    died = subprocess.run(
        [sys.executable, "-c", _DIES, step, str(photo)],
        env=child_environment(runtime.settings.to_env()),
        cwd=project_folder(),
        check=False,
    )
    assert died.returncode == -9
    assert _again(world, medium).state is MediumState.WAITING

    assert fetch_due(runtime, lambda *_: PHOTO) == 0  # it may be at it still
    _let_it_be_due(world)
    assert fetch_due(runtime, lambda *_: PHOTO) == 1

    assert _again(world, medium).state is MediumState.STORED
    assert len(world.session.scalars(select(StoredFile)).all()) == 1


_DIES = """
import os, signal, sys
from pathlib import Path
from campaigns.files import media, store
from runtime.settings import Settings
from runtime.wiring import Runtime
import workers.media

step, photo = sys.argv[1], Path(sys.argv[2]).read_bytes()
where = {"take": workers.media, "keep": store, "record_stored": media}[step]
real = getattr(where, step)

def then_die(*args, **kwargs):
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(where, step, then_die)
settings = Settings.from_env()
runtime = Runtime(settings, database_url=settings.database_url, redis_url=settings.redis_url)
workers.media.fetch_due(runtime, lambda *sids: photo)
"""


def test_what_a_dead_worker_left_is_swept_up_and_nothing_else(
    runtime: Runtime, world: World
) -> None:
    _a_photo(world)
    fetch_due(runtime, lambda *_: PHOTO)
    kept = set(_files(runtime))
    place = store.folder(runtime.settings.data_dir)
    stray, fresh = store.path_of(place, "ab" + "0" * 30), store.path_of(place, "cd" + "0" * 30)
    for path in (stray, fresh):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    day = (runtime.now(world.session) - timedelta(days=2)).timestamp()
    for path in (*kept, stray):
        os.utime(path, (day, day))

    sweep_stray_files(runtime)

    assert set(_files(runtime)) == {*kept, fresh}
