"""What an operator typed, as it will be read: names filled, a coupon chosen for its link."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.case_values import payable_coupon, values_of_case
from campaigns.errors import NothingToPay, UnfilledText
from messaging.named_texts import LINK_MARK, LINK_PLACE, Filled, fields_in, fill
from messaging.template_names import NAMES
from messaging.templates import COUPON_LINK_TOKEN
from models.case import Case
from models.coupon import Coupon


@dataclass(frozen=True, slots=True)
class Composed:
    """A text for the ledger; with a coupon, `LINK_PLACE` stands where its link will be."""

    text: str
    coupon_id: int | None = None


def compose_answer(
    session: Session,
    case: Case,
    typed: str,
    *,
    more: Mapping[str, str] | None = None,
    names: Mapping[str, str] = NAMES,
) -> Composed:
    """Fill what was typed with the values of its case, and with ``more`` by field.

    Raises:
        UnfilledText: a name has no value here, or braces mean nothing.
        NothingToPay: it wants a link, and there is no coupon that can be paid.
    """
    if "{{" not in typed:
        return Composed(typed)
    fields = fields_in(typed, names)
    has_link = COUPON_LINK_TOKEN in fields
    coupon_id = payable_coupon(session, case.subscription_id)
    if has_link and coupon_id is None:
        raise NothingToPay(why_nothing_to_pay(session, case.subscription_id))
    own = fields - (more or {}).keys()
    values = {**values_of_case(session, case, own, coupon_id), **(more or {})}
    filled = fill(typed, {**values, COUPON_LINK_TOKEN: LINK_PLACE}, names)
    if filled.missing:
        raise UnfilledText(filled.missing)
    return Composed(filled.text, coupon_id if has_link else None)


def fill_for_composer(session: Session, case: Case, texts: Mapping[int, str]) -> dict[int, Filled]:
    """Texts as they stand in the composer, by their ids: all filled, the link still by its name."""
    fields = frozenset[str]().union(*(fields_in(body) for body in texts.values()))
    coupon_id = payable_coupon(session, case.subscription_id)
    values = values_of_case(session, case, fields, coupon_id)
    if coupon_id is not None:
        values[COUPON_LINK_TOKEN] = LINK_MARK
    return {key: fill(body, values) for key, body in texts.items()}


def why_nothing_to_pay(session: Session, subscription_id: int | None) -> str:
    """``stranger``, ``none``, or the state of the last coupon there was."""
    if subscription_id is None:
        return "stranger"
    last = session.scalar(
        select(Coupon.state)
        .where(Coupon.subscription_id == subscription_id)
        .order_by(Coupon.due_date.desc())
        .limit(1)
    )
    return "none" if last is None else last.value
