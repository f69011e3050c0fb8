"""How many status callbacks are taken in, and applied, beside a transaction for each.

`python -m benchmarks.intake` prints the figures. A line that sends 80 messages a second brings
about 264 callbacks a second; the target, stored and applied, is 1,000.
"""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Flask
from sqlalchemy import func, select, text
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from benchmarks.world import World, a_campaign_of, world
from campaigns import launching
from campaigns.inbox import PostedStatus, apply_statuses, store_statuses
from dashboard.group_commit import GroupCommit
from dashboard.views import webhooks
from messaging.twilio.webhooks import parse_status_callback
from models.campaign import CampaignCount
from models.message import Attempt, EventState, Message, WebhookEvent
from models.states import DELIVERY_RANK, MessageState
from runtime.wiring import set_runtime

STEPS = ("sent", "delivered", "read")
THREADS = 32  # as many as the web process has
Request = tuple[str, bytes, str]  # path, body, signature


def run(*, events: int = 20_000, ledger: int = 0, compared: int = 2_000) -> dict[str, Any]:
    """Take in ``events`` callbacks over HTTP's own view, apply them, and check the account.

    ``ledger`` is how many messages the campaign has, at least as many as the events need.
    """
    size = max(ledger, -(-events // len(STEPS)))
    with world(processes=1, in_flight=1) as bench:
        _send_all(bench, size)
        set_runtime(bench.runtime)
        try:
            requests = list(_signed(bench, events))
            cpu = time.process_time()
            posted_in = _post(requests)
            posting_cpu = time.process_time() - cpu
            applied_in = _apply(bench)
            _check(bench, events)
            appended_in = _append(bench, requests)
            usual_in = _one_by_one(bench, compared)
        finally:
            set_runtime(None)
    usual = compared / usual_in
    both = events / (appended_in + applied_in)
    return {
        "events": events,
        "ledger": size,
        "posted_per_second": round(events / posted_in),  # through the view, one web process
        "posted_cpu_ms": round(posting_cpu / events * 1000, 2),  # client included
        "stored_per_second": round(events / appended_in),
        "applied_per_second": round(events / applied_in),
        "stored_and_applied_per_second": round(both),
        "one_transaction_each_per_second": round(usual),
        "apply_ratio": round(events / applied_in / usual, 1),
        "target_per_second": 1_000,
        "met": both >= 1_000,
    }


def _send_all(bench: World, size: int) -> None:
    """A ledger in which everything was accepted a moment ago."""
    campaign_id = a_campaign_of(bench, size)
    runtime = bench.runtime
    more = True
    while more:
        with runtime.sessions.begin() as session:
            more = launching.plan_chunk(
                session,
                campaign_id,
                now=runtime.now(session),
                times=bench.settings.times,
                share=1.0,
                zone=bench.settings.timezone.key,
            )
    with runtime.engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(_ACCEPT_MESSAGES))
        connection.execute(text(_ACCEPT_ATTEMPTS))
        connection.execute(text("ANALYZE"))


def _signed(bench: World, events: int) -> Iterator[Request]:
    """Callbacks as Twilio posts them, each message's three steps far apart from each other."""
    settings = bench.settings
    validator = RequestValidator(settings.twilio_auth_token)
    with bench.runtime.sessions() as session:
        rows = session.execute(
            select(Message.id, Message.provider_sid, Message.address)
            .where(Message.provider_sid.is_not(None))
            .order_by(Message.id)
            .limit(-(-events // len(STEPS)))
        ).all()
    told = [(step, row) for step in STEPS for row in rows][:events]
    for step, (message_id, sid, address) in told:
        form = {
            "ApiVersion": "2010-04-01",
            "AccountSid": settings.twilio_account_sid,
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": step,
            "SmsStatus": step,
            "From": "whatsapp:+5491155550000",
            "To": f"whatsapp:{address}",
            "ChannelPrefix": "whatsapp",
            "ChannelInstallSid": "XE" + "0" * 32,
            "StructuredMessage": "false",
        }
        path = f"/webhooks/twilio/status/{message_id}/1"
        signature = validator.compute_signature(settings.public_url + path, MultiDict(form))
        yield path, urlencode(form).encode(), signature


def _post(requests: Sequence[Request]) -> float:
    """Through the view: routing, signature, commit, answer."""
    app = Flask("intake")
    app.config["WAKE_INBOX"] = lambda _runtime, _kind: None
    app.register_blueprint(webhooks.bp)

    def post(part: Sequence[Request]) -> None:
        with app.test_client() as client:
            for path, body, signature in part:
                answer = client.post(
                    path,
                    data=body,
                    content_type="application/x-www-form-urlencoded",
                    headers={"X-Twilio-Signature": signature},
                )
                assert answer.status_code == 204, answer.status_code

    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(post, (requests[place::THREADS] for place in range(THREADS))))
    return time.perf_counter() - started


def _append(bench: World, requests: Sequence[Request]) -> float:
    """Without HTTP: each callback is committed before its thread takes the next."""

    def write(posted: Sequence[PostedStatus]) -> None:
        with bench.runtime.sessions.begin() as session:
            store_statuses(session, posted)

    group = GroupCommit(write)
    posted = [
        PostedStatus(parse_qsl(body.decode(), keep_blank_values=True), "SM0", 0, 1)
        for _, body, _ in requests
    ]
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(group.store, posted))
    return time.perf_counter() - started


def _apply(bench: World) -> float:
    started = time.perf_counter()
    taken = 1
    while taken:
        with bench.runtime.sessions.begin() as session:
            taken = apply_statuses(
                session,
                parse=parse_status_callback,
                now=bench.runtime.now(session),
                times=bench.settings.times,
            ).taken
    return time.perf_counter() - started


def _check(bench: World, events: int) -> None:
    """Every event applied, every message as far as its last callback, and the account agrees."""
    with bench.runtime.sessions() as session:
        applied = session.scalar(
            select(func.count()).where(WebhookEvent.state == EventState.APPLIED)
        )
        assert applied == events, applied
        truth: dict[str, int] = {
            str(state): number
            for state, number in session.execute(
                select(Message.state, func.count()).group_by(Message.state)
            )
        }
        account: dict[str, int] = {
            state: int(total)
            for state, total in session.execute(
                select(CampaignCount.state, func.sum(CampaignCount.delta)).group_by(
                    CampaignCount.state
                )
            )
            if total
        }
        assert truth == account, (truth, account)


def _one_by_one(bench: World, events: int) -> float:
    """The usual way: for each callback a transaction that loads the row and saves it."""
    with bench.runtime.sessions() as session:
        sids = session.scalars(
            select(Attempt.provider_sid).where(Attempt.provider_sid.is_not(None)).limit(events)
        ).all()
    started = time.perf_counter()
    for place in range(events):
        with bench.runtime.sessions.begin() as session:
            message = session.scalars(
                select(Message)
                .where(Message.provider_sid == sids[place % len(sids)])
                .with_for_update()
            ).one()
            if DELIVERY_RANK[MessageState.READ] >= DELIVERY_RANK[message.state]:
                message.state = MessageState.READ
                message.state_at = datetime.now(UTC)
    return time.perf_counter() - started


_ACCEPT_MESSAGES = """
UPDATE messages SET state = 'accepted', provider_sid = 'SM' || lpad(to_hex(id), 32, '0'),
    attempts = 1, state_at = now()
WHERE state = 'planned'
"""
_ACCEPT_ATTEMPTS = """
INSERT INTO attempts (message_id, number, owner, outcome, provider_sid, ended_at)
SELECT id, 1, 'benchmark', 'accepted', provider_sid, now() FROM messages
WHERE state = 'accepted'
"""

if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
