"""Refusals as Twilio words them: HTTP status, code, sentence."""

from typing import Any

MORE_INFO = "https://www.twilio.com/docs/errors/"

SENTENCES: dict[int, tuple[int, str]] = {
    20001: (400, "Bad request"),
    20003: (401, "Authenticate"),
    20005: (400, "Account not active"),
    20404: (404, "The requested resource {detail} was not found"),
    20409: (409, "Conflict: {detail}"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "The 'To' number {detail} is not a valid phone number."),
    21212: (400, "The 'From' number {detail} is not a valid phone number."),
    21408: (400, "Permission to send a message has not been enabled for the region of 'To'"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number {detail} is not a valid message-capable number"),
    21609: (400, "The StatusCallback URL {detail} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (400, "This 'From' number has exceeded the maximum number of queued messages"),
    21614: (400, "'To' number {detail} is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21654: (400, "ContentSid Required"),
    21655: (400, "The ContentSid {detail} is invalid."),
    21656: (400, "The Content Variables parameter is invalid"),
    21658: (400, "A Content Variable exceeds the 1600 character limit"),
    21703: (400, "The Messaging Service does not have a phone number available"),
    21705: (400, "The Messaging Service Sid {detail} is invalid."),
    21910: (400, "'From' and 'To' must be of the same channel"),
    30410: (400, "Status update not possible: {detail}"),
    35114: (400, "SendAt time must be between 15 minutes and 35 days away"),
    35118: (400, "MessagingServiceSid is required to schedule a message"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
}

# What a status callback says of a message that did not arrive: Twilio's sentence, then Meta's.
FAILURES: dict[int, tuple[str, str]] = {
    30036: ("Validity Period Expired", "validity period expired"),
    63003: ("Channel could not find To address", "Recipient is not on the channel"),
    63012: ("Channel provider returned an internal service error", "Internal server error"),
    63013: ("Channel policy violation", "Parameter value is not valid"),
    63015: ("Channel Sandbox can only send to joined phone numbers", "Not in the sandbox"),
    63016: (
        "Failed to send freeform message because you are outside the allowed window",
        "Re-engagement message: more than 24 hours since the customer last replied",
    ),
    63018: ("Rate limit exceeded for Channel", "Too many messages"),
    63021: ("Channel invalid content error", "Message body is too long"),
    63024: ("Invalid message recipient", "Message undeliverable"),
    63028: (
        "Number of parameters provided does not match the expected number of parameters",
        "Number of parameters does not match the expected number of params",
    ),
    63032: ("User cannot receive this message", "User is in an experiment"),
    63040: ("Template rejected", "Template was rejected"),
    63041: ("Template paused", "Template is paused"),
    63042: ("Template disabled", "Template is disabled"),
    63049: (
        "Meta chose not to deliver this WhatsApp marketing message",
        "Not delivered to maintain healthy ecosystem engagement",
    ),
}


class Refused(Exception):
    """An answer in Twilio's old error body."""

    def __init__(self, code: int, detail: str = "", *, status: int | None = None) -> None:
        default, sentence = SENTENCES.get(code, (400, f"Error {code}"))
        self.code = code
        self.status = status or default
        self.sentence = sentence.replace("{detail}", detail).replace("  ", " ")
        super().__init__(f"{code} {self.sentence}")

    def body(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.sentence,
            "more_info": f"{MORE_INFO}{self.code}",
            "status": self.status,
        }


def failure_sentence(code: int) -> tuple[str, str]:
    return FAILURES.get(code, (f"Error {code}", f"error {code}"))
