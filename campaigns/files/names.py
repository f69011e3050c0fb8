"""What a file is called: its sender's words, made fit to be shown and to be a file's name."""

import unicodedata

from campaigns.files.kinds import Kind

LONGEST = 120
_TEMPLATES = {"image": "foto", "audio": "audio", "video": "video", "document": "documento"}
_NEVER = '<>:"/\\|?*'  # no name of a file on some system


def fit_name(given: str, kind: Kind) -> str:
    """The last part of ``given`` without what hides or misleads, ending as the kind does.

    "recibo<U+202E>gpj.exe" is drawn as "reciboexe.jpg": such characters go. Another ending than
    the kind's is put right, so that whoever saves the file opens what it is.
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in last if each.isprintable() and each not in _NEVER)
    stem, dot, ending = kept.strip(" .").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    if ending.lower() not in kind.extensions:
        ending = kind.extensions[0]
    ending = ending.lower()
    stem = stem.strip(" .")[: LONGEST - len(ending) - 1].strip(" .")
    return f"{stem or _TEMPLATES[kind.form]}.{ending}"
