"""Twilio's webhook signature. Source: Twilio docs, Webhooks security."""

import hmac
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha1


def sign(token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The X-Twilio-Signature of a form POST to ``url``, which must carry no fragment."""
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return b64encode(hmac.new(token.encode(), text.encode(), sha1).digest()).decode()
