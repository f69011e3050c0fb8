"""Twilio's words for where a message or a template stands, and ours for them.

Source: Twilio docs, Message status values; Twilio OpenAPI, message_enum_status; Twilio docs,
WhatsApp template approval statuses.
"""

from models.states import MessageState, TemplateState

# What a callback can tell. The words before `sent` say nothing that the answer to the POST did
# not say; `partially_delivered` is of group conversations.
CALLBACK_STATES: dict[str, MessageState] = {
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "failed": MessageState.FAILED,
    "undelivered": MessageState.UNDELIVERED,
    "canceled": MessageState.FAILED,
}

# What a listing can tell: that a message is there at all is news to an uncertain one.
LISTED_STATES: dict[str, MessageState] = {
    **CALLBACK_STATES,
    "queued": MessageState.ACCEPTED,
    "accepted": MessageState.ACCEPTED,
    "scheduled": MessageState.ACCEPTED,
    "sending": MessageState.ACCEPTED,
    "receiving": MessageState.RECEIVED,
    "received": MessageState.RECEIVED,
}

TEMPLATE_STATES: dict[str, TemplateState] = {
    "unsubmitted": TemplateState.DRAFT,
    "received": TemplateState.SUBMITTED,  # Twilio has it
    "pending": TemplateState.SUBMITTED,  # Meta has it
    "approved": TemplateState.APPROVED,
    "rejected": TemplateState.REJECTED,
    "paused": TemplateState.PAUSED,
    "disabled": TemplateState.DISABLED,
}
