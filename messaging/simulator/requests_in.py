"""What every Twilio endpoint does first: who is calling, and how a refusal is worded."""

import hmac
from base64 import b64decode
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from time import monotonic
from typing import Any, ParamSpec
from urllib.parse import urlsplit

from flask import Response, current_app, g, request

from messaging.simulator.errors import Refused
from messaging.simulator.formats import new_sid, to_json
from messaging.simulator.state import Simulator

P = ParamSpec("P")


def simulator() -> Simulator:
    sim = current_app.extensions["simulator"]
    assert isinstance(sim, Simulator)
    return sim


def answer(body: Any, status: int = 200) -> Response:
    return Response(to_json(body), status, content_type="application/json")


def no_content() -> Response:
    return Response(status=204)


def twilio(view: Callable[P, Response]) -> Callable[P, Response]:
    """An endpoint of Twilio's: checks credentials and account, words refusals, adds headers."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Response:
        sim, began = simulator(), monotonic()
        # as it came in: whoever comes later is the one too many
        g.at_work = at_work = sim.enter()
        try:
            check_caller(sim)
            if kwargs.pop("account", sim.options.account_sid) != sim.options.account_sid:
                raise Refused(20404, request.path)
            answered = view(*args, **kwargs)
        except Refused as refused:
            answered = answer(refused.body(), refused.status)
            if refused.status == 401:
                answered.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        finally:
            sim.leave()
        answered.headers.extend(
            {
                "Twilio-Request-Id": new_sid("RQ"),
                "Twilio-Concurrent-Requests": str(at_work),
                "Twilio-Request-Duration": f"{monotonic() - began:.3f}",
            }
        )
        return answered

    return wrapped


def check_caller(sim: Simulator) -> None:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise Refused(20003) from None
    options = sim.options
    expected = {options.account_sid: options.auth_token, options.api_key: options.api_secret}
    secret = expected.get(user, "")
    known = bool(user and secret) and hmac.compare_digest(password.encode(), secret.encode())
    if scheme.lower() != "basic" or not known:
        raise Refused(20003)


def is_this_machine() -> bool:
    """Whether caller and the name asked for are both loopback: DNS can make neither so."""
    caller, name = request.remote_addr or "", urlsplit(f"//{request.host}").hostname or ""
    return _is_loopback(caller) and (name == "localhost" or _is_loopback(name))


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def page_size(default: int = 50) -> tuple[int, int]:
    """PageSize and Page as asked; raises Refused 20001."""
    size, page = request.args.get("PageSize", str(default)), request.args.get("Page", "0")
    if not size.isdecimal() or not page.isdecimal() or not 1 <= int(size) <= 1_000:
        raise Refused(20001)
    return int(size), int(page)
