"""A file that came with a form, looked at, and what it is called where it is spoken of."""

from werkzeug.datastructures import FileStorage

from campaigns.files.kinds import LARGEST
from campaigns.files.taking import Taken, take
from dashboard.language import _


def take_file(given: FileStorage) -> Taken:
    """Read what came in, no further than a file may be long. Raises FileNotTaken."""
    return take(given.stream.read(LARGEST + 1), given.filename or "")


def shown_name(given: FileStorage) -> str:
    kept = "".join(each for each in given.filename or "" if each.isprintable())
    return kept[-60:] or _("archivo")
