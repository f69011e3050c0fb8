"""The usual way: one Dramatiq actor per message, the `twilio` package, a commit per row.

`dramatiq benchmarks.usual_sender`, with the product's own settings in the environment.
"""

import json

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import func, select, update
from twilio.rest import Client

from models.message import Message
from models.states import MessageState
from models.template import Line, TemplateVersion
from runtime.settings import Settings
from runtime.wiring import current_runtime, redis_address

dramatiq.set_broker(RedisBroker(url=redis_address(Settings.from_env()), namespace="usual"))
_clients: list[Client] = []


def _client() -> Client:
    if not _clients:
        settings = current_runtime().settings
        client = Client(settings.twilio_account_sid, settings.twilio_auth_token)
        client.http_client.session.trust_env = False
        client.api.base_url = settings.twilio_base_url
        _clients.append(client)
    return _clients[0]


@dramatiq.actor
def send_one(message_id: int) -> None:
    runtime = current_runtime()
    with runtime.sessions() as session:
        message = session.get_one(Message, message_id)
        sender, content = session.execute(
            select(Line.sender, TemplateVersion.content_sid)
            .join(TemplateVersion, TemplateVersion.id == message.template_version_id)
            .where(Line.id == message.line_id)
        ).one()
        to, variables = message.address, message.variables
    answer = _client().messages.create(
        to=f"whatsapp:{to}",
        from_=f"whatsapp:{sender}",
        content_sid=content,
        content_variables=json.dumps(variables),
        status_callback=f"{runtime.settings.public_url}/status/{message_id}",
    )
    with runtime.sessions.begin() as session:
        session.execute(
            update(Message)
            .where(Message.id == message_id, Message.state == MessageState.PLANNED)
            .values(
                state=MessageState.ACCEPTED,
                provider_sid=answer.sid,
                state_at=func.clock_timestamp(),
            )
        )
