"""Whether a desk's screen shows what there is: a version by the marks of its topics, no SQL."""

from dataclasses import dataclass

from campaigns.desk_list import View
from dashboard.auth import current_user
from dashboard.shell import now
from models.people import Role
from runtime import live
from runtime.wiring import current_runtime

_OTHERS_TALKS = 20  # seconds after which one's own list shows how many others have


@dataclass(frozen=True, slots=True)
class Version:
    """What a screen was drawn of: of one's own cases and all campaigns, and of others' talks.

    It changes with every minute too, as clocks go on, and with who else looks.
    """

    own: str
    talks: str
    rest: str
    drawn_at: int

    def __str__(self) -> str:
        return f"{self.own}-{self.talks}-{self.drawn_at}.{self.rest}" if self.is_known else ""

    @property
    def is_known(self) -> bool:
        """Not while the broker is down: then every screen is drawn anew."""
        return bool(self.own and self.talks)

    def is_shown_by(self, given: str) -> bool:
        """Nothing is new to a screen that was drawn of ``given``."""
        own, talks, _, rest = _parts(given)
        return self.is_known and (own, talks, rest) == (self.own, self.talks, self.rest)

    def has_nothing_of_mine(self, given: str, view: View) -> bool:
        """Of one's own cases nothing is new; the rest of that list may wait for a moment."""
        own, _, drawn_at, rest = _parts(given)
        young = drawn_at.isdecimal() and self.drawn_at - int(drawn_at[:12]) < _OTHERS_TALKS
        same = self.is_known and (own, rest) == (self.own, self.rest)
        return same and young and view is View.MINE

    def has_other_clock(self, given: str) -> bool:
        return _parts(given)[3] != self.rest


def _parts(given: str) -> tuple[str, str, str, str]:
    marks, _, rest = given.partition(".")
    own, _, others = marks.partition("-")
    talks, _, drawn_at = others.partition("-")
    return own, talks, drawn_at, rest


def version_of(*, looking: str = "") -> Version:
    """Changes once something on the screen may have; the database is not asked."""
    user, redis = current_user(), current_runtime().redis
    own, talks = [live.user(user.id)], [live.ANY_TALKS]
    if user.may(Role.SUPERVISOR):
        own.append(live.ANY_CAMPAIGN)
    else:
        own += map(live.campaign, user.campaigns)
        talks = [live.talks(each) for each in user.campaigns] or talks
    at = int(now().timestamp())
    of_own, of_talks = live.versions(redis, own, talks)
    rest = f"{own_minute(at, user.id)}{looking}"
    return Version(own=of_own, talks=of_talks, rest=rest, drawn_at=at)


def own_minute(at: int, user_id: int) -> int:
    """Which minute it is on somebody's screen: it ends for each at a second of his own, so that
    not everybody's screens are drawn anew at once."""
    return (at + user_id * 7) // 60  # 7 and 60 have no divisor in common
