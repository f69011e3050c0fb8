"""What a demo keeps between starts: invented secrets and the ports it was last given."""

import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

_FILE = "demo.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The content of the file; the account exists in the simulator alone."""

    secret_key: str = field(repr=False)
    account_sid: str
    auth_token: str = field(repr=False)
    port: int = 8000
    simulator_port: int = 8001


def exists(folder: Path) -> bool:
    """Whether a demo was started in this folder."""
    return (folder / _FILE).is_file()


def read_or_make(folder: Path) -> Kept:
    """What the demo of this folder keeps; made once, whoever of several processes comes first."""
    file = folder / _FILE
    if not file.exists():
        fresh = Kept(
            secret_key=secrets.token_urlsafe(48),
            account_sid=f"AC{secrets.token_hex(16)}",
            auth_token=secrets.token_hex(16),
        )
        _write(file, fresh, replace_it=False)
    return Kept(**json.loads(file.read_text()))


def remember_ports(folder: Path, *, port: int, simulator_port: int) -> None:
    """Let commands typed elsewhere, and the next start, find the addresses in use."""
    kept = replace(read_or_make(folder), port=port, simulator_port=simulator_port)
    _write(folder / _FILE, kept, replace_it=True)


def _write(file: Path, kept: Kept, *, replace_it: bool) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{_FILE}.")  # 0600 from the start
    whole = Path(name)
    with os.fdopen(handle, "w") as stream:
        json.dump(asdict(kept), stream, indent=1)
    if replace_it:
        whole.replace(file)
        return
    try:
        file.hardlink_to(whole)  # fails if another process was first: its secrets stand
    except FileExistsError:
        pass
    finally:
        whole.unlink()
