"""Messages that wait to be sent, in slices, on the small world of `builders_inbox`."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import select

from campaigns.limits import Guards
from campaigns.sending import Claimed, Lease, claim_slice, end_slice, start_attempts, take_slice
from campaigns.sending_hours import ALWAYS
from campaigns.slices import refresh_slices, slice_of
from models.campaign import Campaign
from models.coupon import Coupon
from models.message import Attempt, Cause, Direction, Message, message_ids
from models.states import CouponState, MessageState
from tests.campaigns.builders_inbox import World

ANAS_WORKER = Lease("ana", timedelta(seconds=90))
BENS_WORKER = Lease("ben", timedelta(seconds=90))
_phones = count(1)


class Outbox(World):
    """Adds what a launch would have written; unless a test says otherwise, at any hour."""

    guards = Guards(hours=ALWAYS)

    def planned(
        self,
        number: int = 1,
        *,
        phones: list[str] | None = None,
        campaign: Campaign | None = None,
        cause: Cause = Cause.CAMPAIGN,
        due_at: datetime | None = None,
        coupon: Coupon | None = None,
    ) -> list[Message]:
        """One slice of planned messages, due at noon, each to somebody else unless told."""
        campaign = campaign or self.campaign
        first = self.session.scalar(select(message_ids.next_value()))
        assert first is not None
        phones = phones or [f"+549116{next(_phones):07d}" for _ in range(number)]
        is_reply = cause is Cause.REPLY
        messages = [
            Message(
                id=first + place,
                direction=Direction.OUT,
                state=MessageState.PLANNED,
                line_id=self.line.id,
                contact_point_id=self.contact(phone).id,
                address=phone,
                cause=cause,
                campaign_id=None if is_reply else campaign.id,
                template_version_id=None if is_reply else self.version.id,
                body="Hola" if is_reply else None,
                variables={} if is_reply else {"1": "Ana"},
                coupon_id=coupon.id if coupon else None,
                due_at=due_at or self.now,
                created_at=self.now,
                state_at=self.now,
            )
            for place, phone in enumerate(phones)
        ]
        self.session.add_all(messages)
        self.session.flush()
        refresh_slices(self.session, [slice_of(first)])
        self.session.commit()
        return messages

    def a_coupon(self, state: CouponState = CouponState.ISSUED) -> Coupon:
        coupon = Coupon(
            subscription_id=self.a_case().subscription_id,
            instalment=1,
            amount=Decimal(85_000),
            due_date=date(2026, 12, 1),
            state=state,
        )
        self.session.add(coupon)
        self.session.commit()
        return coupon

    def take(
        self, lease: Lease = ANAS_WORKER, *, at: datetime | None = None, only_replies: bool = False
    ) -> int | None:
        taken = take_slice(
            self.session, self.line.id, lease=lease, now=at or self.now, only_replies=only_replies
        )
        self.session.commit()
        return taken

    def claim(self, lease: Lease = ANAS_WORKER, *, at: datetime | None = None) -> list[Claimed]:
        """The next slice's messages under this lease, committed."""
        slice_id = self.take(lease, at=at)
        if slice_id is None:
            return []
        now = at or self.now
        claimed = claim_slice(self.session, slice_id, lease=lease, now=now, guards=self.guards)
        if not claimed:
            end_slice(self.session, slice_id)
        self.fresh()
        return claimed

    def start(
        self, claimed: list[Claimed], lease: Lease = ANAS_WORKER, *, at: datetime | None = None
    ) -> dict[int, int]:
        now = at or self.now
        started = start_attempts(self.session, claimed, lease=lease, now=now, guards=self.guards)
        self.fresh()
        return started

    def sending(self, number: int = 1, *, at: datetime | None = None) -> list[Message]:
        """Messages whose attempt is committed."""
        messages = self.planned(number)
        self.start(self.claim(at=at), at=at)
        assert {message.state for message in messages} == {MessageState.SENDING}
        return messages

    def attempt(self, message: Message, number: int = 1) -> Attempt:
        return self.session.get_one(Attempt, (message.id, number))

    def fresh(self) -> None:
        """Commit, and forget what this session has read."""
        self.session.commit()
        self.session.expire_all()
