"""What the domain refuses; the edges turn each into a status, an exit code and a sentence.

DomainError
├── NotFound                 no such record: `kind` and `key` say which
├── AlreadyThere             another record has this key
├── NoReason                 a person decided and did not say why
├── LaunchRefused            a campaign that may not be launched as it is
│   ├── EmptyAudience        no subscription passes its filter
│   ├── TemplateNotApproved  the provider has not approved what it would send
│   ├── CampaignIncomplete   something that it needs is missing: `what`
│   ├── DraftNotReady        what keeps a draft from its launch: `problems`
│   └── AudienceGrew         more would get it than were agreed to: `named`, `found`
├── InvalidFilter            an audience filter with an unknown field or a bad value
├── InvalidResultValue       not what the result type asks for: `field` says where
├── ResultNotOffered         a result type that is switched off, or of another campaign type
├── ResultNotStanding        a result that was superseded or revoked before
├── ProcedureSettled         it is done already, or not done as was thought: `result_id`
├── WeakPassword             a password that is guessed too soon: `why`
├── SignInRefused            unknown, wrong password, or not active: nobody is told which
├── SignInTooSoon            too many wrong passwords: `wait`
├── LastAdministrator        nobody would be left to manage users
├── EnoughOfThem             as many as there may be: `kind` and `limit`
├── CaseHeld                 somebody else holds the case: `operator_id`
├── RepliedMeanwhile         he wrote again: what was recorded had not seen it: `case_id`
├── NotAColleague            he does not work on that campaign: `user_id`
├── CaseChanged              another result was recorded in it meanwhile: `result_id`
├── CustomerChanged          somebody else corrected the customer meanwhile
├── MessageRefused           a person's message that the channel would refuse, or that cannot leave
│   ├── InvalidText          empty, or longer than the provider takes: `length`, `limit`
│   ├── WindowClosed         24 hours have passed since the customer wrote: `since`
│   ├── OptedOut             this address wants no messages, and has not written since
│   ├── NoAddress            nobody to write to, or a phone without WhatsApp
│   └── LineHeld             the line is held: `reason`
├── TooMany              more cases than may be written to at once: `count`, `limit`
├── CatalogueRefused         a campaign type or result type that is not well made: `field`
├── InUse                    it may not go: `campaigns` and `templates` say who needs it
├── Protected                the system itself relies on it
├── NotReconciled            a backup was restored: first what was sent since has to be known
├── NothingRestored          no restore waits to be reconciled
└── TemplateRefused          a template that breaks the channel's rules: `problems`, all of them

`models.states.IllegalMove` stands beside them: the record is no longer in a state for this.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta


class DomainError(Exception):
    """Base of everything here."""


class NotFound(DomainError):
    """No such record."""

    def __init__(self, kind: str, key: object) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"no {kind} {key}")


class AlreadyThere(DomainError):
    """Another record has this key."""

    def __init__(self, kind: str, key: object) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"there is a {kind} {key} already")


class NoReason(DomainError):
    """Of what a person decides by himself: why has to be said, in so many characters at most."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"a reason of 1 to {limit} characters is needed")


class LaunchRefused(DomainError):
    """This campaign may not be launched as it is."""


class EmptyAudience(LaunchRefused):
    def __init__(self, campaign_id: int) -> None:
        self.campaign_id = campaign_id
        super().__init__(f"no subscription passes the filter of campaign {campaign_id}")


class TemplateNotApproved(LaunchRefused):
    def __init__(self, template: str, state: str) -> None:
        self.template = template
        self.state = state
        super().__init__(f"template {template} is {state}, not approved")


class CampaignIncomplete(LaunchRefused):
    def __init__(self, campaign_id: int, what: str) -> None:
        self.campaign_id = campaign_id
        self.what = what
        super().__init__(f"campaign {campaign_id} has no {what}")


class DraftNotReady(LaunchRefused):
    def __init__(self, campaign_id: int, problems: Sequence[str]) -> None:
        self.campaign_id = campaign_id
        self.problems = tuple(problems)
        super().__init__(f"campaign {campaign_id} is not ready: {', '.join(problems)}")


class AudienceGrew(LaunchRefused):
    def __init__(self, campaign_id: int, named: int, found: int) -> None:
        self.campaign_id = campaign_id
        self.named = named
        self.found = found
        super().__init__(f"campaign {campaign_id} would reach {found}, not {named}")


class InvalidFilter(DomainError):
    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}")


class InvalidResultValue(DomainError):
    def __init__(self, field: str, problem: str) -> None:
        self.field = field
        self.problem = problem
        super().__init__(f"{field}: {problem}")


class ResultNotOffered(DomainError):
    def __init__(self, result_type_id: int, case_id: int) -> None:
        self.result_type_id = result_type_id
        self.case_id = case_id
        super().__init__(f"result type {result_type_id} is not offered for case {case_id}")


class ResultNotStanding(DomainError):
    def __init__(self, result_id: int) -> None:
        self.result_id = result_id
        super().__init__(f"result {result_id} was superseded or revoked before")


class TemplateRefused(DomainError):
    """Each problem is a messaging.errors.TemplateError: it names its field and its rule."""

    def __init__(self, name: str, problems: Sequence[Exception]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{name}: {problem}" for problem in problems))


class CaseHeld(DomainError):
    def __init__(self, case_id: int, operator_id: int | None) -> None:
        self.case_id = case_id
        self.operator_id = operator_id
        super().__init__(f"case {case_id} is held by user {operator_id}")


class EnoughOfThem(DomainError):
    def __init__(self, kind: str, limit: int) -> None:
        self.kind = kind
        self.limit = limit
        super().__init__(f"there may be {limit} of {kind}")


class NotAColleague(DomainError):
    """Whom a case was to be passed to does not work on its campaign."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        super().__init__(f"user {user_id} does not work on this campaign")


class CaseChanged(DomainError):
    def __init__(self, case_id: int, result_id: int) -> None:
        self.case_id = case_id
        self.result_id = result_id
        super().__init__(f"case {case_id} has a newer result: {result_id}")


class RepliedMeanwhile(DomainError):
    """The customer wrote what the person who records a result has not seen."""

    def __init__(self, case_id: int) -> None:
        self.case_id = case_id
        super().__init__(f"case {case_id} has a reply that was not seen")


class CustomerChanged(DomainError):
    def __init__(self, customer_id: int) -> None:
        self.customer_id = customer_id
        super().__init__(f"customer {customer_id} was changed meanwhile")


class MessageRefused(DomainError):
    """This message of a person is not written: nothing was stored."""


class InvalidText(MessageRefused):
    def __init__(self, length: int, limit: int) -> None:
        self.length = length
        self.limit = limit
        super().__init__(f"a text of {length} characters; 1 to {limit} may be sent")


class UnfilledText(MessageRefused):
    """``names``: of what has no value in this case, or is no name of ours."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"no value for {', '.join(self.names)}")


class NothingToPay(MessageRefused):
    """No coupon can be paid; ``why``: stranger, none, or the state of the last there was."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"no coupon to send: {why}")


class NotResendable(MessageRefused):
    def __init__(self, message_id: int, state: str) -> None:
        self.message_id = message_id
        self.state = state
        super().__init__(f"message {message_id} is {state}: nobody proved that it was lost")


class WindowClosed(MessageRefused):
    def __init__(self, since: datetime | None) -> None:
        self.since = since
        super().__init__(f"only templates: the window is closed since {since or 'ever'}")


class OptedOut(MessageRefused):
    def __init__(self, contact_point_id: int) -> None:
        self.contact_point_id = contact_point_id
        super().__init__(f"contact point {contact_point_id} wants no messages")


class NoAddress(MessageRefused):
    def __init__(self, kind: str, key: object) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"{kind} {key} has no address that can be written to")


class LineHeld(MessageRefused):
    def __init__(self, line_id: int, reason: str) -> None:
        self.line_id = line_id
        self.reason = reason
        super().__init__(f"line {line_id} is held: {reason}")


class TooMany(DomainError):
    def __init__(self, count: int, limit: int) -> None:
        self.count = count
        self.limit = limit
        super().__init__(f"{count} cases at once, and {limit} may be")


class ProcedureSettled(DomainError):
    def __init__(self, result_id: int) -> None:
        self.result_id = result_id
        super().__init__(f"procedure {result_id} is already as it should become")


class WeakPassword(DomainError):
    """``why``: short, long, common or personal."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"this password is too {why}")


class SignInRefused(DomainError):
    """Not said why: that would tell who has an account here."""


class SignInTooSoon(DomainError):
    """After too many wrong passwords; ``wait`` until the next try."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"try again in {wait}")


class LastAdministrator(DomainError):
    """Nobody would be left to manage users."""


class CatalogueRefused(DomainError):
    """``problem`` is a word for the edge to put into a sentence; ``other`` who is in the way."""

    def __init__(self, field: str, problem: str, *, other: str | None = None) -> None:
        self.field = field
        self.problem = problem
        self.other = other
        super().__init__(f"{field}: {problem}" + (f" ({other})" if other else ""))


class InUse(DomainError):
    def __init__(
        self,
        kind: str,
        name: str,
        *,
        campaigns: Sequence[str] = (),
        templates: Sequence[str] = (),
    ) -> None:
        self.kind = kind
        self.name = name
        self.campaigns = tuple(campaigns)
        self.templates = tuple(templates)
        users = ", ".join((*self.campaigns, *self.templates))
        super().__init__(f"{kind} {name} is in use: {users}")


class Protected(DomainError):
    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"the system relies on {kind} {name}")


class NotReconciled(DomainError):
    def __init__(self, line_id: int) -> None:
        self.line_id = line_id
        super().__init__(
            f"line {line_id} is held by a restore and opens when it is reconciled: pregon reconcile"
        )


class NothingRestored(DomainError):
    def __init__(self) -> None:
        super().__init__("nothing was restored, or it is reconciled already")
