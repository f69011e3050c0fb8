"""Instalments paid and overdue: a file's count, and what was paid since."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from campaigns.coupons import mark_paid
from campaigns.desk_card import read_head
from campaigns.desk_filters import EVERYTHING, Filters
from campaigns.desk_list import Asked, View, desk_list
from campaigns.desk_rows import DeskRow
from campaigns.subscription_sheet import get_sheet
from campaigns.subscriptions import list_subscriptions
from models.campaign import ResultType
from models.case import Case
from models.coupon import Coupon
from models.states import CaseState
from models.subscription import Subscription
from tests.conftest import NOON
from tests.sent_coupons import Sent, SentCoupons

TOLD = NOON - timedelta(days=3)  # when the file came
BEFORE, AFTER = TOLD - timedelta(days=1), TOLD + timedelta(days=1)
DUE = TOLD.date() - timedelta(days=10)


@dataclass
class Ana:
    session: Session
    sent: Sent
    subscription: Subscription

    def shown(self) -> tuple[int | None, int]:
        """Paid and overdue, wherever they are shown."""
        self.session.commit()
        sheet = get_sheet(self.session, self.subscription.id).figures
        card = read_head(self.session, self.sent.case_id).subscription
        (line,) = list_subscriptions(self.session).lines
        (row,) = self._listed()
        assert self._listed(Filters(arrears=row.overdue)) == (row,)
        assert self._listed(Filters(arrears=row.overdue + 1)) == ()
        assert card is not None
        assert card.figures == sheet
        assert (line.overdue, row.overdue) == (sheet.overdue, sheet.overdue)
        return sheet.paid, sheet.overdue

    def _listed(self, narrowed: Filters = EVERYTHING) -> tuple[DeskRow, ...]:
        asked = Asked(view=View.ALL, user_id=0, narrowed=narrowed)
        return desk_list(self.session, asked, now=NOON).rows


@pytest.fixture
def ana(session: Session) -> Ana:
    """The file said 13 paid, 2 overdue; instalment 14 is one of those."""
    sent = SentCoupons.of_type(session, "mora", now=NOON).to("Ana", due=DUE, second_due=None)
    coupon = session.get_one(Coupon, sent.coupon_id)
    subscription = session.get_one(Subscription, coupon.subscription_id)
    subscription.instalments_paid, subscription.instalments_overdue = 13, 2
    subscription.updated_at = TOLD
    case = session.get_one(Case, sent.case_id)
    case.state, case.active_at = CaseState.IN_PROGRESS, NOON  # it is on the desk
    session.execute(update(ResultType).values(closes_case=False))
    session.commit()
    return Ana(session, sent, subscription)


def test_what_is_paid_after_the_file_counts(session: Session, ana: Ana) -> None:
    assert ana.shown() == (13, 2)

    mark_paid(session, ana.sent.coupon_id, now=AFTER)

    assert ana.shown() == (14, 1)
    assert ana.subscription.instalments_paid == 13  # the file's own stays as it said it


def test_what_was_paid_before_the_file_is_in_it(session: Session, ana: Ana) -> None:
    mark_paid(session, ana.sent.coupon_id, now=BEFORE)

    assert ana.shown() == (13, 2)


def test_the_day_of_a_payment_counts_and_not_when_we_heard_of_it(
    session: Session, ana: Ana
) -> None:
    mark_paid(session, ana.sent.coupon_id, now=AFTER, paid_on=BEFORE.date())

    assert ana.shown() == (13, 2)


def test_the_next_file_is_right_whatever_it_says(session: Session, ana: Ana) -> None:
    mark_paid(session, ana.sent.coupon_id, now=AFTER)
    ana.subscription.instalments_paid, ana.subscription.instalments_overdue = 14, 1
    ana.subscription.updated_at = NOON

    assert ana.shown() == (14, 1)


def test_an_instalment_that_the_count_reaches_to_is_in_it(session: Session, ana: Ana) -> None:
    ana.subscription.instalments_paid = 14
    mark_paid(session, ana.sent.coupon_id, now=AFTER)

    assert ana.shown() == (14, 1)


def test_what_falls_due_after_the_file_was_not_overdue_in_it(session: Session, ana: Ana) -> None:
    session.get_one(Coupon, ana.sent.coupon_id).due_date = TOLD.date() + timedelta(days=1)
    mark_paid(session, ana.sent.coupon_id, now=AFTER)

    assert ana.shown() == (14, 2)
