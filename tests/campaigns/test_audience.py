"""Who a campaign reaches, and why one who passes its filter gets nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from campaigns.audience_filter import AudienceFilter
from campaigns.errors import InvalidFilter
from campaigns.opt_outs import opt_out, revoke_opt_outs
from models.campaign import SharedPhonePolicy
from models.case import Case
from models.message import Cause
from models.people import Purpose
from models.states import CampaignState, CouponState, MessageState, SubscriptionState
from models.subscription import Plan
from tests.campaigns.builders_launch import ANA, BEN, CAZ, GREETING, WITH_COUPON, Office
from tests.conftest import NOON

TODAY = NOON.date()


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("colour", "red"),
        ("administrators", "Autoplan"),
        ("administrators", [""]),
        ("plans", [7]),
        ("states", ["sleeping"]),
        ("states", "active"),
        ("overdue_min", -1),
        ("overdue_min", "two"),
        ("overdue_max", True),
        ("overdue_max", 10**12),
        ("due_from", "18/11/2026"),
        ("due_to", 20261118),
        ("custom", ["zone"]),
        ("custom", {"zone": 3}),
        ("not_in_other_campaigns", "yes"),
        ("not_contacted_for_days", 1.5),
        ("not_contacted_for_days", 10**9),
    ],
)
def test_a_filter_that_cannot_be_read_names_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidFilter) as refused:
        AudienceFilter.from_json({field: value})

    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"overdue_min": 3, "overdue_max": 2}, "overdue_min"),
        ({"due_from": "2026-12-02", "due_to": "2026-12-01"}, "due_from"),
    ],
)
def test_a_range_that_is_upside_down_is_refused(raw: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        AudienceFilter.from_json(raw)

    assert refused.value.field == field


def test_a_filter_is_stored_as_it_was_typed_and_only_what_narrows() -> None:
    audience = AudienceFilter(
        administrators=("Autoplan",),
        states=(SubscriptionState.AWARDED,),
        overdue_min=0,
        due_from=date(2026, 12, 1),
        custom={"zone": "Sur"},
        not_in_other_campaigns=True,
    )

    stored = audience.as_json()

    assert stored == {
        "administrators": ["Autoplan"],
        "states": ["awarded"],
        "overdue_min": 0,
        "due_from": "2026-12-01",
        "custom": {"zone": "Sur"},
        "not_in_other_campaigns": True,
    }
    assert AudienceFilter.from_json(stored) == audience
    assert AudienceFilter().as_json() == {}


@pytest.mark.parametrize(
    ("audience", "names"),
    [
        (AudienceFilter(), "ana ben"),
        (AudienceFilter(administrators=("Rombo",)), "ben"),
        (AudienceFilter(plans=("Plan 70/30",)), "ben"),
        (AudienceFilter(overdue_min=1), "ben"),
        (AudienceFilter(overdue_max=1), "ana"),
        (AudienceFilter(overdue_min=2, overdue_max=2), "ben"),
        (AudienceFilter(custom={"zone": "Sur"}), "ben"),
        (AudienceFilter(custom={"zone": "Sur", "seller": "9"}), ""),
        (AudienceFilter(due_from=date(2026, 12, 10)), "ana"),
        (AudienceFilter(due_to=date(2026, 12, 9)), ""),
        (AudienceFilter(due_from=date(2026, 12, 10), due_to=date(2026, 12, 10)), "ana"),
        (AudienceFilter(states=(SubscriptionState.RESCINDED,)), "caz"),
        (AudienceFilter(states=()), ""),
    ],
)
def test_each_field_of_a_filter_narrows(
    office: Office, audience: AudienceFilter, names: str
) -> None:
    other = Plan(administrator="Rombo", name="Plan 70/30")
    office.session.add(other)
    office.session.flush()
    ana = office.subscription(office.customer("Ana", ANA), due=date(2026, 12, 10))
    ben = office.subscription(
        office.customer("Ben", BEN), plan=other, overdue=2, custom={"zone": "Sur", "seller": "7"}
    )
    caz = office.subscription(office.customer("Caz", CAZ), state=SubscriptionState.RESCINDED)

    preview = office.preview(office.campaign(audience=audience))

    assert preview.matching == preview.recipients == len(names.split())
    if names:
        campaign = office.launched(office.campaign(audience=audience))
        by_id = {ana.id: "ana", ben.id: "ben", caz.id: "caz"}
        cases = office.session.query(Case.subscription_id).filter_by(campaign_id=campaign.id)
        assert sorted(by_id[row[0]] for row in cases) == names.split()


def _why(office: Office, **given: Any) -> str | None:
    """The reason of the only message of a campaign, after its preview has foretold it."""
    campaign = office.campaign(**given)
    foretold = office.preview(campaign)

    office.launched(campaign)

    (message,) = office.messages(campaign)
    excluded = {} if message.reason is None else {message.reason: 1}
    assert (foretold.matching, foretold.excluded) == (1, excluded)
    assert foretold.recipients == (message.reason is None)
    expected = MessageState.PLANNED if message.reason is None else MessageState.SKIPPED
    assert message.state is expected
    assert (message.due_at is None) == (message.state is MessageState.SKIPPED)
    return message.reason


def test_one_without_any_phone_is_skipped_with_his_row(office: Office) -> None:
    office.subscription(office.customer("Ana", None))

    assert _why(office) == "no_valid_phone"


def test_one_whose_phone_has_no_whatsapp_is_skipped(office: Office) -> None:
    office.subscription()
    office.contact(ANA).is_valid = False

    assert _why(office) == "no_valid_phone"


@pytest.mark.parametrize(
    ("purpose", "type_code", "reason"),
    [
        (Purpose.ALL, "mora", "opted_out"),
        (Purpose.ACCOUNT, "mora", "opted_out"),
        (Purpose.MARKETING, "mora", None),
        (Purpose.MARKETING, "fidelizacion", "opted_out"),
        (Purpose.ACCOUNT, "fidelizacion", None),
    ],
)
def test_an_opt_out_of_this_purpose_or_of_all_is_heeded(
    office: Office, purpose: Purpose, type_code: str, reason: str | None
) -> None:
    office.subscription()
    opt_out(office.session, office.contact(ANA).id, purpose, "word: baja", now=NOON)

    assert _why(office, type_code=type_code) == reason


def test_an_opt_out_that_was_revoked_is_none(office: Office) -> None:
    office.subscription()
    contact_id = office.contact(ANA).id
    opt_out(office.session, contact_id, Purpose.ALL, "word: baja", now=NOON)
    revoke_opt_outs(office.session, contact_id, now=NOON)

    assert _why(office) is None


@pytest.mark.parametrize(
    ("due", "second", "state", "reason"),
    [
        (TODAY - timedelta(days=10), None, CouponState.ISSUED, None),
        (TODAY - timedelta(days=11), None, CouponState.ISSUED, "coupon_not_payable"),
        (TODAY - timedelta(days=20), TODAY - timedelta(days=10), CouponState.SENT, None),
        (TODAY, None, CouponState.PAID, "coupon_not_payable"),
        (TODAY, None, CouponState.VOID, "coupon_not_payable"),
        (TODAY, None, CouponState.EXPIRED, "coupon_not_payable"),
        (TODAY, None, CouponState.RECEIPT_RECEIVED, None),
    ],
)
def test_a_coupon_must_be_payable(
    office: Office, due: date, second: date | None, state: CouponState, reason: str | None
) -> None:
    office.coupon(office.subscription(), due=due, second_due_date=second, state=state)

    assert _why(office, fields=WITH_COUPON) == reason


def test_a_coupons_last_day_ends_at_midnight_in_argentina(office: Office) -> None:
    office.subscription(due=date(2026, 11, 8))
    office.now = NOON + timedelta(hours=11)  # 23:00 of the 18th there, the 19th already in UTC

    assert _why(office, fields=WITH_COUPON) is None


def test_who_has_no_coupon_gets_a_campaign_that_shows_none(office: Office) -> None:
    office.subscription()

    assert _why(office, fields=WITH_COUPON) == "coupon_not_payable"
    assert _why(office, fields=GREETING) is None


def test_of_several_coupons_the_one_due_first_is_shown(office: Office) -> None:
    subscription = office.subscription()
    office.coupon(subscription, due=TODAY + timedelta(days=40), instalment=16)
    office.coupon(subscription, due=TODAY - timedelta(days=30), instalment=13)
    first = office.coupon(subscription, due=TODAY + timedelta(days=5), instalment=15)

    campaign = office.launched(office.campaign({"1": "coupon.instalment"}))

    (message,) = office.messages(campaign)
    assert (message.coupon_id, message.variables) == (first.id, {"1": "15"})


def test_a_variable_without_a_value_is_never_sent_as_nothing(office: Office) -> None:
    office.subscription(due=TODAY)

    assert _why(office, fields={"1": "customer.document"}) == "missing_variable"
    assert _why(office, fields={"1": "coupon.second_due_date"}) == "missing_variable"


def test_a_name_of_spaces_is_a_missing_variable(office: Office) -> None:
    office.subscription(office.customer("  \t"))

    assert _why(office) == "missing_variable"


@pytest.mark.parametrize(
    ("state", "closed", "reason"),
    [
        (CampaignState.RUNNING, False, "in_other_campaign"),
        (CampaignState.RUNNING, True, None),
        (CampaignState.FINISHED, False, None),
    ],
)
def test_an_open_case_in_another_running_campaign_excludes_if_the_filter_says_so(
    office: Office, state: CampaignState, closed: bool, reason: str | None
) -> None:
    office.subscription()
    other = office.launched(office.campaign())
    other.state = state
    office.session.query(Case).update({"finished_at": NOON if closed else None})

    assert _why(office, audience=AudienceFilter(not_in_other_campaigns=True)) == reason
    office.session.query(Case).update({"finished_at": NOON})
    assert _why(office) is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "contacted_recently"),
        ({"created_at": NOON - timedelta(days=7)}, None),
        ({"created_at": NOON - timedelta(days=7) + timedelta(seconds=1)}, "contacted_recently"),
        ({"state": MessageState.SKIPPED}, None),
        ({"state": MessageState.CANCELLED}, None),
        ({"cause": Cause.REPLY}, None),
        ({"cause": Cause.REMINDER}, "contacted_recently"),
    ],
)
def test_who_was_written_to_this_week_is_left_alone_if_the_filter_says_so(
    office: Office, changed: dict[str, Any], reason: str | None
) -> None:
    office.subscription()
    before = office.launched(office.campaign())
    for name, value in changed.items():
        setattr(office.messages(before)[0], name, value)
        office.session.flush()

    assert _why(office, audience=AudienceFilter(not_contacted_for_days=7)) == reason


def test_of_several_reasons_the_first_that_a_person_would_mend_is_given(office: Office) -> None:
    office.subscription()
    office.contact(ANA).is_valid = False
    opt_out(office.session, office.contact(ANA).id, Purpose.ALL, "operator", now=NOON)

    assert _why(office, fields=WITH_COUPON) == "no_valid_phone"


@pytest.mark.parametrize("policy", SharedPhonePolicy)
def test_the_preview_is_what_a_launch_then_writes(
    office: Office, policy: SharedPhonePolicy
) -> None:
    family = office.customer("Ana", ANA), office.customer("Beto", ANA), office.customer("Caz", CAZ)
    for customer in (*family, family[0]):
        office.subscription(customer, due=TODAY)
    office.subscription(office.customer("Dora", None), due=TODAY)
    office.subscription(office.customer("Eva", BEN))
    campaign = office.campaign(WITH_COUPON, shared_phone=policy)
    foretold = office.preview(campaign)

    office.launched(campaign, size=2)

    reasons = [reason.split(":")[0] if reason else None for reason in office.reasons(campaign)]
    assert foretold.matching == len(reasons) == 6
    assert foretold.recipients == reasons.count(None)
    assert foretold.excluded == {each: reasons.count(each) for each in set(reasons) - {None}}
