"""One campaign as its page shows it: frozen, in a number of queries that no row adds to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns.activity import Act, latest_acts
from campaigns.comparing import Before, campaign_before, compared
from campaigns.pace import Pace, pace_of
from campaigns.progress_head import Head, Standing, head_of, is_stuck
from campaigns.progress_parts import Account, Part, accounts_of
from campaigns.progress_team import Work, work_of

ACTS_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressPage:
    head: Head
    standing: Standing
    account: Account
    before: Before | None
    work: Work
    pace: Pace
    acts: tuple[Act, ...]
    ends_at: datetime | None

    @property
    def handled(self) -> int:
        """Answered, and nothing in the case waits for a person."""
        return self.account.of(Part.REPLIED) - self.work.waiting.replied

    @property
    def missed(self) -> int:
        return self.account.of("missed")


def progress_page(
    session: Session, campaign_id: int, *, now: datetime, only_by: int | None = None
) -> ProgressPage:
    """Everything of *Avance*; ``only_by`` narrows results and people to one user.

    Raises:
        NotFound: no such campaign in this session's sight.
    """
    campaign, head = head_of(session, campaign_id, now=now)
    earlier = campaign_before(session, campaign)
    accounts = accounts_of(session, [campaign, earlier] if earlier else [campaign])
    account = accounts[campaign.id]
    pace = pace_of(session, campaign_id, now=now)
    standing = head.standing(is_stuck=is_stuck(session, head, account, pace, now=now))
    moves = standing in (Standing.RUNNING, Standing.PLANNING)
    return ProgressPage(
        head=head,
        standing=standing,
        account=account,
        before=compared(earlier, accounts[earlier.id]) if earlier else None,
        work=work_of(session, campaign_id, only_by=only_by),
        pace=pace,
        acts=latest_acts(session, campaign_id, limit=ACTS_SHOWN),
        ends_at=pace.ends_at(account.parts.get(Part.QUEUED, 0), now=now) if moves else None,
    )
