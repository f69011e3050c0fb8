"""A row as it goes into the database, whichever kind of file it came from."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple


class StagedRow(NamedTuple):
    """A checked row; None where the file says nothing. The order is the staging table's."""

    line: int
    is_primary: bool | None = None  # the first row of its customer: the one whose data count
    identity: str | None = None  # of the customer within the file
    name: str | None = None
    document: str | None = None
    customer_external_id: str | None = None
    email: str | None = None
    address: str | None = None
    phone: str | None = None
    match_key: str | None = None
    other_phone: str | None = None
    other_match_key: str | None = None
    administrator: str | None = None
    plan: str | None = None
    plan_model: str | None = None
    plan_term: int | None = None
    plan_kind: str | None = None
    subscription_key: str | None = None  # of the subscription within the file
    repeats: bool | None = None  # its subscription stood on an earlier line
    group_code: str | None = None
    order_code: str | None = None
    contract_number: str | None = None
    external_id: str | None = None
    state: str | None = None
    instalments_paid: int | None = None
    instalments_overdue: int | None = None
    custom: str | None = None  # JSON
    instalment: int | None = None
    amount: Decimal | None = None
    currency: str | None = None
    amount_as_of: date | None = None
    due_date: date | None = None
    second_due_date: date | None = None
    payment_code: str | None = None
    payment_url: str | None = None
    coupon_external_id: str | None = None
    paid: bool | None = None
    paid_on: date | None = None
