"""Where Chromium is, and how the test command brings it when it is not there.

`$CHROMIUM` → one on the PATH → apt, as root → the same packages unpacked into a cache folder,
as anybody else → one line that says what to do. Never a silent skip.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.settings import project_folder

PACKAGES = ("chromium", "libatomic1", "fonts-noto-color-emoji")  # libatomic1: Playwright's node
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NONE = (
    "no Chromium for the browser tests: install the package `chromium`, or set CHROMIUM to the"
    " path of one (--no-browser leaves these tests out on purpose)"
)
_NO_DRIVER = (
    "Playwright's driver does not start here: install the package `libatomic1`"
    " (--no-browser leaves these tests out on purpose)"
)


class NoChromium(Exception):
    """Its text is the one line to show."""


@dataclass(frozen=True)
class Chromium:
    """A browser to start, and what has to be in its environment, and in the driver's."""

    path: str
    env: Mapping[str, str] = field(default_factory=dict)


def find_chromium() -> Chromium:
    """The browser of this machine, installed or unpacked if need be.

    Raises:
        NoChromium: there is none, and none could be brought.
    """
    if named := os.environ.get("CHROMIUM"):
        if shutil.which(named) is None:
            raise NoChromium(f"CHROMIUM names {named}, which is no program that can be started")
        return _with_driver(Chromium(named))
    if present := _on_path():
        return _with_driver(Chromium(present))
    with _alone():
        return _brought()


def _with_driver(found: Chromium) -> Chromium:
    """With what the driver's node needs besides, where the machine lacks it."""
    if _driver_starts(found.env):
        return found
    with _alone():
        brought = _brought(only=PACKAGES[1])
    return Chromium(found.path, brought.env)


def _brought(only: str | None = None) -> Chromium:
    packages = (only,) if only else PACKAGES
    if shutil.which("apt-get") is None:
        raise NoChromium(_NO_DRIVER if only else _NONE)
    try:
        found = _installed(packages) if os.geteuid() == 0 else _unpacked(packages)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        reason = str(said).strip().splitlines()[-1:] or [""]
        raise NoChromium(f"{_NO_DRIVER if only else _NONE}; apt-get said: {reason[0]}") from error
    if not found.path and not only:
        raise NoChromium(_NONE)
    if not _driver_starts(found.env):
        raise NoChromium(_NO_DRIVER)
    return found


def _installed(packages: tuple[str, ...]) -> Chromium:
    if _on_path() is None or not _driver_starts({}):  # another process may have been first
        _run("apt-get", "update")
        _run("apt-get", "install", "-y", "--no-install-recommends", *packages)
    return Chromium(_on_path() or "")


def _unpacked(packages: tuple[str, ...]) -> Chromium:
    """Debian's packages and all they depend on, in a folder of our own: needs no rights."""
    cache = _cache_folder() / "chromium"
    root = cache / "root"
    stamp = cache / f"complete-{'-'.join(packages)}"
    if not stamp.exists():
        for folder in ("lists/partial", "archives/partial", "root"):
            (cache / folder).mkdir(parents=True, exist_ok=True)
        options = (
            f"Dir::State::lists={cache}/lists",
            f"Dir::Cache={cache}",
            f"Dir::Cache::archives={cache}/archives",
            "Debug::NoLocking=1",
            "APT::Sandbox::User=",
        )
        apt = ("apt-get", *(word for option in options for word in ("-o", option)))
        _run(*apt, "update")
        _run(*apt, "install", "-y", "-d", "--no-install-recommends", *packages)
        for package in sorted((cache / "archives").glob("*.deb")):
            _run("dpkg-deb", "-x", str(package), str(root))
        shutil.rmtree(cache / "archives")
        shutil.rmtree(cache / "lists")
        stamp.touch()
    binary = root / "usr/lib/chromium/chromium"
    return Chromium(str(binary) if binary.exists() else "", _env_of(cache, root))


def _env_of(cache: Path, root: Path) -> dict[str, str]:
    """Every folder with a library in it, and a font configuration that knows this root's fonts."""
    folders = sorted({str(file.parent) for file in root.rglob("*.so*") if file.is_file()})
    ours = os.environ.get("LD_LIBRARY_PATH", "")
    fonts = cache / "fonts.conf"
    fonts.write_text(
        "<fontconfig>"
        f"<include ignore_missing='yes'>{root}/etc/fonts/conf.d</include>"
        f"<dir>/usr/share/fonts</dir><dir>{root}/usr/share/fonts</dir>"
        f"<cachedir>{cache}/fonts</cachedir>"
        "</fontconfig>"
    )
    path = ":".join([*folders, ours] if ours else folders)
    return {"LD_LIBRARY_PATH": path, "FONTCONFIG_FILE": str(fonts)}


def _driver_starts(env: Mapping[str, str]) -> bool:
    from playwright._impl._driver import compute_driver_executable

    node = compute_driver_executable()[0]
    done = subprocess.run(
        [node, "--version"], env={**os.environ, **env}, capture_output=True, check=False
    )
    return done.returncode == 0


def _on_path() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def _cache_folder() -> Path:
    """The user's, or one inside the environment for a user without a home."""
    asked = os.environ.get("XDG_CACHE_HOME")
    home = Path(asked) if asked else Path(os.environ.get("HOME", "/nonexistent")) / ".cache"
    with contextlib.suppress(OSError):
        (home / "pregon").mkdir(parents=True, exist_ok=True)
        return home / "pregon"
    inside = project_folder() / ".venv" / ".cache"
    inside.mkdir(parents=True, exist_ok=True)
    return inside


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process of the test run brings it; the others wait and find it."""
    with (_cache_folder() / "browser.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(*command: str) -> None:
    subprocess.run(
        command,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
