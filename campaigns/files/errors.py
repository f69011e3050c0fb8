"""Why a file is not kept: one reason each, a word that the edges put into a sentence."""

import enum

from campaigns.errors import DomainError


class Why(enum.StrEnum):
    EMPTY = "empty"
    TOO_BIG = "too_big"
    KIND = "kind"  # none of the kinds we keep, whatever its name says
    BROKEN = "broken"  # begins as a picture and is none
    PIXELS = "pixels"  # a small file that unfolds into a huge picture
    CHANNEL = "channel"  # we keep it, and WhatsApp does not take it

    # of a customer's, that a worker fetches
    NO_ADDRESS = "no_address"  # the message does not name it as the provider names files
    GONE = "gone"  # the provider has it no more
    ELSEWHERE = "elsewhere"  # it lies where we do not go
    UNAVAILABLE = "unavailable"  # the provider did not give it, however often it was asked


class FileNotTaken(Exception):
    """This file is not kept."""

    def __init__(self, why: Why) -> None:
        self.why = why
        super().__init__(f"not taken: {why}")


class NotYours(DomainError):
    """An attachment goes by whoever laid it there, or a supervisor."""

    def __init__(self, attachment_id: int) -> None:
        self.attachment_id = attachment_id
        super().__init__(f"attachment {attachment_id} is somebody else's")


class NobodysCase(DomainError):
    """There is no subscription yet that a file could be laid beside."""

    def __init__(self, case_id: int) -> None:
        self.case_id = case_id
        super().__init__(f"case {case_id} has no subscription")


class FileGone(DomainError):
    """It was erased, or is not in the data folder."""
