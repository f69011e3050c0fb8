"""Which case a reply answers, decided on plain data.

The ladder, first rung that holds: the signed payload of a button (or a static id and the message
it quotes) → the message it quotes → a coupon link → the only case it can be about → the likeliest
of several → the line's standing campaign. A button is never known by its label.
"""

from dataclasses import dataclass

from campaigns.reply_evidence import Evidence, Option, Sent
from messaging.inbound import InboundMessage
from models.message import Basis, Confidence


@dataclass(frozen=True, slots=True)
class Tie:
    """Which case, and why. Without a case it goes to the standing campaign's."""

    basis: Basis
    confidence: Confidence
    case_id: int | None = None
    answers_id: int | None = None
    option: Option | None = None
    note: str | None = None


def attribute_reply(reply: InboundMessage, evidence: Evidence, *, may_wait: bool) -> Tie | None:
    """Climb the ladder. None: it quotes a message that we may yet come to know; ask again.

    A payload and a quote that name different messages are never decided in silence; nor is a
    button, quote or link of a message that went to somebody else, nor which of several
    subscriptions is meant that one message lists.
    """
    signed, quoted, own = evidence.signed, evidence.quoted, evidence.contact_point_id
    named = [each for each in (signed, quoted) if each is not None]
    if any(each.contact_point_id != own for each in named):
        return _doubtful(evidence, named, "es de un mensaje enviado a otro medio de contacto")
    if signed and quoted and signed.message_id != quoted.message_id:
        why = f"el botón es del mensaje {signed.message_id} y cita el {quoted.message_id}"
        return _doubtful(evidence, named, why)
    if evidence.quotes_unknown and may_wait and (signed is None or signed.has_sid):
        return None  # of a signed message without a sid, it is surely its own
    option = tapped_option(reply, evidence)
    for each in named:
        if each.case_id is not None and (each is signed or option is not None):
            return Tie(Basis.PAYLOAD, Confidence.EXACT, each.case_id, each.message_id, option)
        if each.case_id is not None and evidence.beside:
            return _ambiguous(each, [each, *evidence.beside], "el mensaje habla de varias")
        if each.case_id is not None:
            note = "botón que la plantilla no tiene" if reply.button_payload else None
            return Tie(Basis.QUOTED, Confidence.EXACT, each.case_id, each.message_id, note=note)
    linked = [each for each in evidence.linked if each.case_id is not None]
    if any(each.contact_point_id != own for each in linked):
        return _doubtful(evidence, linked, "es un link de otro medio de contacto")
    if len({each.case_id for each in linked}) > 1:
        return _ambiguous(_best(linked), linked, "tiene links de varios casos")
    if linked:
        return Tie(Basis.COUPON, Confidence.HIGH, linked[0].case_id, linked[0].message_id)
    return _by_what_was_sent(reply, evidence)


def tapped_option(reply: InboundMessage, evidence: Evidence) -> Option | None:
    """The button that was tapped: by its signed position, or by its id in what is quoted.

    A provider that did not fill the variable sends the pattern itself; it is matched like a
    static id. Without a quote such an id says nothing: many templates may have it.
    """
    if evidence.signed is not None:
        return next(
            (each for each in evidence.options if each.position == evidence.signed_position), None
        )
    if evidence.quoted is None or not reply.button_payload:
        return None
    found = [each for each in evidence.options if each.payload == reply.button_payload]
    return found[0] if len(found) == 1 else None


def _by_what_was_sent(reply: InboundMessage, evidence: Evidence) -> Tie:
    open_ones = [each for each in evidence.recent if each.case_is_open]
    candidates = open_ones or list(evidence.recent)
    if len(open_ones) == 1 and open_ones[0].is_guess:
        candidates = list(evidence.recent)  # it is the only open one because we guessed before
    note = "botón sin el mensaje al que pertenece" if reply.button_payload else None
    if not candidates:
        return Tie(Basis.UNSOLICITED, Confidence.NONE, note=note)
    best = _best(candidates)
    if len(candidates) == 1:
        return Tie(Basis.SINGLE, Confidence.HIGH, best.case_id, best.message_id, note=note)
    return _ambiguous(best, candidates, note)


def _doubtful(evidence: Evidence, named: list[Sent], why: str) -> Tie:
    """The sender's own cases first: what he writes should not land with a stranger."""
    own = [each for each in named if each.contact_point_id == evidence.contact_point_id]
    candidates = [
        each
        for group in (own, [each for each in evidence.recent if each.case_is_open], named)
        for each in group
        if each.case_id is not None
    ]
    if not candidates:
        return Tie(Basis.UNSOLICITED, Confidence.NONE, note=why)
    return _ambiguous(candidates[0], candidates, why)


def _ambiguous(best: Sent, candidates: list[Sent], why: str | None) -> Tie:
    ids = ", ".join(str(case_id) for case_id in sorted({each.case_id or 0 for each in candidates}))
    note = "; ".join(filter(None, (why, f"casos posibles: {ids}")))
    return Tie(Basis.AMBIGUOUS, Confidence.LOW, best.case_id, best.message_id, note=note)


def _best(candidates: list[Sent]) -> Sent:
    """By the campaign's priority, then the newest."""
    return min(candidates, key=lambda each: (each.priority, -each.message_id))
