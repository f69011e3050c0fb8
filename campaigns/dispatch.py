"""What a request needs beside the message's own row: its line, its template version, its tokens."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.sending import Claimed
from campaigns.template_specs import COUPON_PATH
from messaging.errors import MissingVariables
from messaging.named_texts import LINK_PLACE
from messaging.provider import OutboundMessage
from messaging.templates import with_tokens
from messaging.tokens import Signer, TokenKind
from models.template import Line, TemplateVersion


@dataclass(frozen=True, slots=True)
class LineFacts:
    sender: str  # E.164
    rate: int  # messages per second
    messaging_service_sid: str | None


@dataclass(frozen=True, slots=True)
class VersionFacts:
    content_sid: str | None
    fields: Mapping[str, str]


def line_facts(session: Session, line_id: int) -> LineFacts:
    row = session.execute(
        select(Line.sender, Line.rate_per_second, Line.messaging_service_sid).where(
            Line.id == line_id
        )
    ).one()
    return LineFacts(*row)


def version_facts(session: Session, version_id: int) -> VersionFacts:
    """Safe to keep: an approved version never changes."""
    row = session.execute(
        select(TemplateVersion.content_sid, TemplateVersion.fields).where(
            TemplateVersion.id == version_id
        )
    ).one()
    return VersionFacts(*row)


def compose(
    claimed: Claimed,
    attempt: int,
    line: LineFacts,
    version: VersionFacts | None,
    signer: Signer,
    *,
    public_url: str,
) -> OutboundMessage:
    """The message as it leaves; of a text, the link of its coupon is derived now.

    Raises:
        MissingVariables: a variable has no value; the provider would send the sample's text.
    """
    return OutboundMessage(
        message_id=claimed.id,
        attempt=attempt,
        sender=line.sender,
        to=claimed.address,
        content_sid=version.content_sid if version else None,
        variables=_variables(claimed, version, signer) if version else None,
        body=None if version else _body(claimed, signer, public_url),
        messaging_service_sid=line.messaging_service_sid,
        file_token=signer.sign(TokenKind.FILE, claimed.id) if claimed.has_file else None,
    )


def _body(claimed: Claimed, signer: Signer, public_url: str) -> str | None:
    if claimed.coupon_id is None or claimed.body is None:
        return claimed.body
    token = signer.sign(TokenKind.COUPON_LINK, claimed.id)
    return claimed.body.replace(LINK_PLACE, f"{public_url}{COUPON_PATH}{token}")


def _variables(claimed: Claimed, version: VersionFacts, signer: Signer) -> dict[str, str]:
    """Exactly the version's keys, each with a value."""
    filled = with_tokens(
        version.fields, claimed.variables or {}, message_id=claimed.id, signer=signer
    )
    if missing := [key for key in version.fields if not filled.get(key)]:
        raise MissingVariables(missing)
    return {key: filled[key] for key in version.fields}
