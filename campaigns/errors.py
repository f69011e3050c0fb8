"""What the domain refuses; the edges turn each into a status, an exit code and a sentence.

DomainError
├── NotFound                 no such record: `kind` and `key` say which
├── AlreadyThere             another record has this key
├── LaunchRefused            a campaign that may not be launched as it is
│   ├── EmptyAudience        no subscription passes its filter
│   ├── TemplateNotApproved  the provider has not approved what it would send
│   └── CampaignIncomplete   something that it needs is missing: `what`
├── InvalidFilter            an audience filter with an unknown field or a bad value
├── InvalidResultValue       not what the result type asks for: `field` says where
├── ResultNotOffered         a result type that is switched off, or of another campaign type
├── ResultNotStanding        a result that was superseded or revoked before
└── TemplateRefused          a template that breaks the channel's rules: `problems`, all of them

`models.states.IllegalMove` stands beside them: the record is no longer in a state for this.
"""

from collections.abc import Sequence


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
