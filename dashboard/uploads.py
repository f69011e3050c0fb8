"""Requests that bring files: how much each address takes, and where it goes while it comes in.

A file that comes in is written into the data folder under a random name, never held in memory,
and is gone with its request unless `keep` is called.
"""

import os
import secrets
import tempfile
from typing import IO

import flask
from werkzeug.datastructures import FileStorage

from campaigns.importing.limits import LIMITS, MIB
from runtime.wiring import current_runtime
from workers.stored_imports import folder

IMPORT = "imports.upload"
"""The address that takes a file of subscriptions."""

_FILES = 64 * MIB  # ten of the largest that phones make

_TAKES = {
    "files.upload": _FILES,
    "coupon.upload": 17 * MIB,
    "sent_files.send": 17 * MIB,
    "desk.register": 17 * MIB,
    IMPORT: max(LIMITS.csv_bytes, LIMITS.xlsx_bytes) + MIB,
}  # and the form around it
_NAME_LENGTH = 120


class Request(flask.Request):
    """Takes more where files are expected; everywhere else what the application takes."""

    @property
    def max_content_length(self) -> int | None:
        return _TAKES.get(self.endpoint or "") or super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.endpoint in _TAKES and filename:  # else nothing was chosen
            place = folder(current_runtime().settings)
            return tempfile.NamedTemporaryFile("w+b", dir=place, prefix="in-", suffix=".part")
        return super()._get_file_stream(
            total_content_length, content_type, filename, content_length
        )


def keep(file: FileStorage) -> str:
    """Let a file outlive its request; return its name in the folder."""
    file.stream.flush()
    name = secrets.token_hex(16)
    os.link(file.stream.name, folder(current_runtime().settings) / name)
    return name


def drop(stored_as: str) -> None:
    (folder(current_runtime().settings) / stored_as).unlink(missing_ok=True)


def shown_name(file: FileStorage) -> str:
    """What its sender called it, fit to be shown and to be a file's name again."""
    last = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    kept = "".join(char for char in last if char.isprintable()).strip()
    return kept[-_NAME_LENGTH:] or "archivo"
