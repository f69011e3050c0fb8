"""What a supervisor may write where names are filled: quick texts, scripts, answers."""

from collections.abc import Mapping

from campaigns.errors import CatalogueRefused
from messaging.named_texts import offered_names, wrong_names


def check_body(
    text: str, *, longest: int, more: Mapping[str, str] | None = None, field: str = "body"
) -> str:
    """The text, tidied.

    Raises:
        CatalogueRefused: missing, too long, or with something in braces that is no name of ours.
    """
    body = text.replace("\r\n", "\n").strip()
    if not body:
        raise CatalogueRefused(field, "missing")
    if len(body) > longest:
        raise CatalogueRefused(field, "long")
    if wrong := wrong_names(body, offered_names(more)):
        raise CatalogueRefused(field, "names", other=wrong[0].found)
    return body
