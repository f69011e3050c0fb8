"""What a provider can do to us, apart from the outcome of a send (that is data: SendOutcome).

MessagingError
├── ProviderUnavailable     no answer, or 5xx: ask again later
├── ProviderRefused         it answered no: `code` says why
├── MediaNotFetched         a customer's file that will not come, however often it is asked for
│   ├── MediaGone           the provider does not have it, or no more
│   ├── MediaTooBig         larger than any file of the channel
│   └── MediaElsewhere      it is said to lie where the provider's files do not
├── BadSignature            a webhook that the provider did not sign
├── MalformedWebhook        signed, but not what we can read
└── TemplateError           a template or its variables break the channel's rules
    ├── MissingVariables    values are missing: the sample text would reach the customer
    └── BadVariable         a value the channel refuses
"""

from collections.abc import Sequence


class MessagingError(Exception):
    """Base of everything here."""


class ProviderUnavailable(MessagingError):
    """No answer, or one that proves nothing."""


class ProviderRefused(MessagingError):
    """The provider answered no."""

    def __init__(self, code: int | None, message: str, *, status: int | None = None) -> None:
        self.code = code
        self.status = status
        super().__init__(f"{code or status}: {message}")


class MediaNotFetched(MessagingError):
    """Asking again brings the same."""


class MediaGone(MediaNotFetched):
    """The provider does not have it, or no more."""


class MediaTooBig(MediaNotFetched):
    """Larger than any file of the channel."""


class MediaElsewhere(MediaNotFetched):
    """It is said to lie where the provider's files do not: nobody goes there."""


class BadSignature(MessagingError):
    """Not signed with one of our tokens for this URL and form."""


class MalformedWebhook(MessagingError):
    """A signed webhook without what it must have."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"the webhook has no {field}")


class TemplateError(MessagingError):
    """The text of a template breaks a rule of the channel; ``field`` says where."""

    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}")


class MissingVariables(TemplateError):
    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = tuple(keys)
        names = ", ".join("{{" + key + "}}" for key in keys)
        super().__init__(
            "variables", f"no value for {names}: the sample text would reach the customer"
        )


class BadVariable(TemplateError):
    def __init__(self, key: str, problem: str) -> None:
        self.key = key
        super().__init__("{{" + key + "}}", problem)
