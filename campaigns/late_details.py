"""A reply that a listing brought, once its webhook comes after all and says what it was."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.attribution import attribute_reply
from campaigns.replies import lock_its_case, tie_by_evidence
from campaigns.reply_evidence import gather_evidence
from messaging.inbound import InboundMessage
from messaging.tokens import Signer
from models.message import Basis, Message


def complete_reply(
    session: Session, message: Message, reply: InboundMessage, *, signer: Signer, now: datetime
) -> int | None:
    """Add the button and the quote to a message that came without; the case it is then tied to.

    None: there was nothing to add. What a person tied stays tied, and an answer that was already
    tied by something better than what the listing had is left alone.
    """
    knew = message.button_payload or message.quoted_sid
    tells = reply.button_payload or reply.quoted_sid
    if knew or not tells or message.contact_point_id is None:
        return None
    lock_its_case(session, message.id)
    message.button_payload = reply.button_payload
    message.button_text = reply.button_text
    message.quoted_sid = reply.quoted_sid
    message.kind = reply.kind
    session.flush()
    evidence = gather_evidence(session, reply, message.contact_point_id, signer=signer)
    tie = attribute_reply(reply, evidence, may_wait=False)
    if tie is None or tie.basis not in (Basis.PAYLOAD, Basis.QUOTED):
        return None
    return tie_by_evidence(session, message, tie, now=now)
