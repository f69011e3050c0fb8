"""How a simulated customer answers: deterministic for a seed, a phone and the nth message to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from messaging.simulator import phrases
from messaging.simulator.behaviour import Profile
from messaging.simulator.chance import Chance

BUTTON, TEXT, IMAGE, OPT_OUT = "button", "text", "image", "opt_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    kind: str
    body: str = ""
    button: Mapping[str, str] | None = None
    quotes: bool = False
    media_type: str = "image/jpeg"
    content: bytes = b""  # of an image; empty draws one
    after: float = 0.0


def answers_to(
    profile: Profile,
    chance: Chance,
    phone: str,
    ordinal: int,
    *,
    buttons: Sequence[Mapping[str, str]],
    from_template: bool,
) -> list[Answer]:
    """What he sends back to the nth message; nothing is silence."""
    key = (phone, ordinal)
    after = chance.between(profile.reply_delay, "reply delay", *key)
    quotes = chance.happens(profile.quotes, "quotes", *key)
    if not from_template:
        if not chance.happens(profile.chats_back, "chats", *key):
            return []
        body = chance.pick(phrases.TEXTS, "text", *key)
        return [Answer(kind=TEXT, body=body, quotes=quotes, after=after)]
    shares = {
        BUTTON: profile.button,
        TEXT: profile.text,
        IMAGE: profile.image,
        OPT_OUT: profile.opt_out,
    }
    kind = chance.one_of(shares, "behaviour", *key)
    if kind is None:
        return []
    if kind == BUTTON:
        tappable = [one for one in buttons if one["type"] in ("QUICK_REPLY", "LIST_ITEM")]
        if tappable:
            return list(_taps(profile, chance, key, tappable, after))
        kind = TEXT
    if kind == IMAGE:
        body = chance.pick(phrases.CAPTIONS, "caption", *key)
    elif kind == OPT_OUT:
        exact = chance.happens(0.75, "exact", *key)
        words = phrases.OPT_OUT_WORDS if exact else phrases.OPT_OUT_PHRASES
        body = chance.pick(words, "opt out", *key)
    else:
        body = chance.pick(phrases.TEXTS, "text", *key)
    return [Answer(kind=kind, body=body, quotes=quotes and kind != OPT_OUT, after=after)]


def _taps(
    profile: Profile,
    chance: Chance,
    key: tuple[str, int],
    buttons: Sequence[Mapping[str, str]],
    after: float,
) -> list[Answer]:
    weights = [*profile.taps, *[profile.taps[-1] if profile.taps else 1.0] * len(buttons)]
    weights = weights[: len(buttons)]
    total = sum(weights) or 1.0
    shares = {str(i): weight / total for i, weight in enumerate(weights)}
    first = int(chance.one_of(shares, "tap", *key) or 0)
    taps = [tap(buttons[first], after=after)]
    if chance.happens(profile.two_taps, "two taps", *key):
        second = int(chance.draw("second tap", *key) * len(buttons))
        later = after * (1.2 + chance.draw("second delay", *key))
        taps.append(tap(buttons[second], after=later))
    return taps


def tap(button: Mapping[str, str], *, after: float = 0.0) -> Answer:
    return Answer(kind=BUTTON, body=button["title"], button=button, quotes=True, after=after)


def profile_name(phone: str) -> str:
    """The name on his WhatsApp, the same under every seed."""
    chance = Chance(0)
    first = chance.pick(phrases.FIRST_NAMES, "first", phone)
    last = chance.pick(phrases.SURNAMES, "last", phone)
    ornament = chance.pick(phrases.ORNAMENTS, "ornament", phone)
    return f"{first} {last}".strip() + ornament


def external_user_id(phone: str) -> str:
    """His business-scoped id, as `ExternalUserId` carries it."""
    if not phone.startswith("+"):
        return f"whatsapp:{phone}"
    return f"whatsapp:AR.{int(sha256(phone.encode()).hexdigest()[:14], 16)}"


def webhook_parameters(
    message: Mapping[str, Any], *, account_sid: str, media: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Twilio's form for an inbound message, from its row; ``media`` is (URL, content type).

    Source: Twilio docs, Messaging webhooks: incoming message parameters.
    """
    reply: dict[str, Any] = json.loads(message["reply"])
    name, phone = profile_name(message["phone"]), message["phone"]
    wa_id = phone.removeprefix("+")
    button = reply.get("button")
    context = {"type": "whatsapp", "data": {"context": {"ProfileName": name, "WaId": wa_id}}}
    parameters = [
        ("SmsMessageSid", message["sid"]),
        ("NumMedia", str(len(media))),
        ("ProfileName", name),
        ("MessageType", reply["message_type"]),
        ("SmsSid", message["sid"]),
        ("WaId", wa_id),
        ("SmsStatus", "received"),
        ("Body", message["body"]),
        ("To", message["recipient"]),
        ("NumSegments", "1"),
        ("ReferralNumMedia", "0"),
        ("MessageSid", message["sid"]),
        ("AccountSid", account_sid),
        ("ChannelMetadata", json.dumps(context, ensure_ascii=False)),
        ("From", message["sender"]),
        ("ExternalUserId", external_user_id(phone)),
        ("ApiVersion", "2010-04-01"),
    ]
    if message["service_sid"]:
        parameters.append(("MessagingServiceSid", message["service_sid"]))
    for position, (url, kind) in enumerate(media):
        parameters += [(f"MediaUrl{position}", url), (f"MediaContentType{position}", kind)]
    if button and button["type"] == "LIST_ITEM":
        parameters += [("ListId", button["payload"]), ("ListTitle", button["title"])]
    elif button:
        parameters += [("ButtonText", button["title"]), ("ButtonPayload", button["payload"])]
    if reply["quoted_sid"]:
        parameters.append(("OriginalRepliedMessageSid", reply["quoted_sid"]))
        parameters.append(("OriginalRepliedMessageSender", message["recipient"]))
    return parameters
