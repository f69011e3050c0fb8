"""The coupons that a chunk of a file says were paid, marked one by one, each as it is by hand.

In transactions of their own, behind the chunk's: a payment holds its coupon, its customer and his
cases, and must not hold those of thousands. Marking again changes nothing, so an import that was
stopped in between marks its last chunk once more.
"""

from collections.abc import Callable, Mapping
from datetime import date

import structlog
from sqlalchemy.exc import OperationalError

from campaigns.coupons import concerned, mark_paid
from models.states import IllegalMove
from runtime import live
from runtime.wiring import Runtime

log = structlog.get_logger(__name__)

_TRIES = 3  # of a payment that crossed somebody else's work on its case


def mark_payments(
    runtime: Runtime,
    payments: Mapping[int, date | None],
    *,
    import_id: int | None,
    by_id: int | None,
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Mark these coupons; False if it was stopped before the last one."""
    for coupon_id, paid_on in sorted(payments.items()):
        if stopping():
            return False
        _mark(runtime, coupon_id, paid_on, import_id=import_id, by_id=by_id)
    return True


def _mark(
    runtime: Runtime,
    coupon_id: int,
    paid_on: date | None,
    *,
    import_id: int | None,
    by_id: int | None,
) -> None:
    for attempt in range(1, _TRIES + 1):
        try:
            with runtime.sessions.begin() as session:
                mark_paid(
                    session,
                    coupon_id,
                    now=runtime.now(session),
                    by_id=by_id,
                    paid_on=paid_on,
                    import_id=import_id,
                )
                topics = live.of_cases(concerned(session, coupon_id))
        except IllegalMove:
            log.warning("paid in a file, and void meanwhile", coupon_id=coupon_id)
            return
        except OperationalError:
            if attempt == _TRIES:
                raise
        else:
            live.touch(runtime.redis, *topics)
            return
