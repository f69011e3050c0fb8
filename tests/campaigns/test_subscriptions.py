"""Subscriptions looked for, looked through and looked at; their story; customers corrected."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from campaigns import subscriptions
from campaigns.customers import CustomerData, edit_customer
from campaigns.errors import AlreadyThere, NotFound
from campaigns.opt_outs import opt_out
from campaigns.results import NextActionPlan, record_result
from campaigns.subscription_search import meant_by
from campaigns.subscription_sheet import get_sheet, list_coupons
from campaigns.subscription_story import Kind, tell_story
from campaigns.subscriptions import (
    Arrears,
    Reachable,
    find_subscriptions,
    list_subscriptions,
    plan_choices,
)
from models.audit import AuditEvent
from models.campaign import ResultType
from models.case import Case, Channel, Note
from models.message import Message
from models.people import ContactPoint, Customer, CustomerContact, Purpose, Role, User
from models.states import CouponState, MessageState
from models.subscription import Plan, Subscription
from models.values import PhoneNumber
from tests.campaigns.builders_launch import ANA, BEN, CAZ, Office
from tests.conftest import NOON


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


def add(
    office: Office,
    name: str,
    *,
    document: str | None = None,
    phone: str | None = None,
    group: str = "4001",
    order: str = "007",
    contract: str | None = None,
) -> int:
    customer = office.customer(name, phone)
    customer.document = document
    subscription = office.subscription(customer)
    subscription.group_code, subscription.order_code = group, order
    subscription.contract_number = contract
    office.session.commit()
    return subscription.id


@pytest.fixture
def three(office: Office) -> dict[str, int]:
    return {
        "ana": add(
            office, "NÚÑEZ DE PAZ, ANA MARÍA", document="20123456", phone=ANA, contract="C-1001"
        ),
        "ben": add(office, "Díaz, Benito", document="20301112229", phone=BEN, order="008"),
        "caz": add(office, "O'Brien, Caz", document="20012345678", phone=CAZ, group="512"),
    }


FINDS = [
    ("nuñez", "ana"),
    ("NUNEZ", "ana"),
    ("ana paz", "ana"),
    ("paz ana", "ana"),
    ("mari nu", "ana"),
    ("diaz, benito", "ben"),
    ("o'brien", "caz"),
    ("obrien", ""),
    ("zzz", ""),
    ("20123456", "ana"),
    ("20.123.456", "ana"),
    ("201234", "ana"),
    ("30111222", "ben"),  # the DNI inside a CUIT
    ("20-30111222-9", "ben"),
    ("1234567", "caz"),  # one of seven digits
    ("11 5555-0001", "ana"),
    ("+54 9 11 5555 0002", "ben"),
    ("011 15-5555-0003", "caz"),
    ("5555-0002", "ben"),
    ("0003", "caz"),
    ("4001/7", "ana"),
    ("4001-007", "ana"),
    ("grupo 4001 orden 8", "ben"),
    ("4001 008", "ben"),
    ("512", "caz"),
    ("c-100", "ana"),
    ("C-1001", "ana"),
    ("%", ""),
]


@pytest.mark.parametrize(("typed", "who"), FINDS)
def test_people_are_found_by_whatever_is_known_of_them(
    session: Session, three: dict[str, int], typed: str, who: str
) -> None:
    found = {line.id for line in find_subscriptions(session, typed)}

    assert found == ({three[who]} if who else set())


@pytest.mark.parametrize("typed", ["", " ", "a", "'", "\\", "&|!", "a & b:*", "(", "<>"])
def test_what_says_too_little_or_makes_no_sense_finds_nobody_and_breaks_nothing(
    session: Session, three: dict[str, int], typed: str
) -> None:
    assert find_subscriptions(session, typed) == ()


def test_a_list_goes_on_where_it_ended(session: Session, office: Office) -> None:
    for number in range(7):
        add(office, f"Cliente {number}", group="9", order=str(number))

    first = list_subscriptions(session, limit=3)
    second = list_subscriptions(session, limit=3, after=first.next_after)
    last = list_subscriptions(session, limit=3, after=second.next_after)

    names = [line.customer for page in (first, second, last) for line in page.lines]
    assert names == [f"Cliente {number}" for number in reversed(range(7))]
    assert (first.total, last.total, last.next_after) == (7, 7, None)


@pytest.mark.parametrize("said", ["", "a", "clien"])
def test_beyond_so_many_nobody_counts(
    session: Session, office: Office, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that says too little is as none."""
    monkeypatch.setattr(subscriptions, "COUNTED", 4)
    for number in range(7):
        add(office, f"Cliente {number}", group="9", order=str(number))

    page = list_subscriptions(session, text=said, limit=3)
    after = list_subscriptions(session, text=said, limit=3, after=page.next_after)
    behind = list_subscriptions(session, text=said, limit=3, after=1)

    assert [each.total for each in (page, after, behind)] == [5, 5, 5]
    assert [len(each.lines) for each in (page, after, behind)] == [3, 3, 0]


def test_a_list_says_plan_instalment_arrears_and_whether_the_phone_can_be_written_to(
    session: Session, office: Office
) -> None:
    plan = Plan(administrator="Norte", name="Cóndor 84", model="Cóndor", term=84)
    session.add(plan)
    session.flush()
    ana = office.subscription(office.customer("Ana", ANA), plan=plan, overdue=2)
    office.coupon(ana, due=date(2026, 12, 10), instalment=15)
    office.coupon(ana, due=date(2026, 11, 10), instalment=14)
    office.coupon(ana, due=date(2026, 10, 10), instalment=13, state=CouponState.PAID)
    ben = office.subscription(office.customer("Ben", BEN))
    ben.instalments_paid = 6
    office.subscription(office.customer("Caz", None))
    office.contact(BEN).is_valid = False
    dan = office.subscription(office.customer("Dan", CAZ))
    opt_out(session, office.contact(CAZ).id, Purpose.ALL, evidence="word: baja", now=NOON)
    session.commit()

    lines = {line.customer: line for line in list_subscriptions(session).lines}

    assert (lines["Ana"].number, lines["Ana"].term, lines["Ana"].overdue) == (14, 84, 2)
    assert (lines["Ana"].plan, lines["Ana"].phone) == ("Cóndor 84", ANA)
    assert lines["Ben"].number == 6
    assert {name: line.reachable for name, line in lines.items()} == {
        "Ana": Reachable.YES,
        "Ben": Reachable.INVALID,
        "Caz": Reachable.NO_PHONE,
        "Dan": Reachable.OPTED_OUT,
    }
    assert dan.id == lines["Dan"].id


@pytest.mark.parametrize(
    ("arrears", "overdue"),
    [
        (Arrears.NONE, {0}),
        (Arrears.SOME, {1, 2, 3, 9}),
        (Arrears.ONE, {1}),
        (Arrears.TWO, {2}),
        (Arrears.MANY, {3, 9}),
    ],
)
def test_filters_narrow_the_list_and_its_count(
    session: Session, office: Office, arrears: Arrears, overdue: set[int]
) -> None:
    for number in (0, 1, 2, 3, 9):
        office.subscription(overdue=number)
    other = Plan(administrator="Sur", name="Otro")
    session.add(other)
    session.flush()
    office.subscription(plan=other, overdue=2)
    session.commit()

    page = list_subscriptions(session, arrears=arrears, plan_id=office.plan.id)

    assert {line.overdue for line in page.lines} == overdue
    assert page.total == len(overdue)
    assert [choice.name for choice in plan_choices(session)] == ["Otro", "Plan 100 %"]


def test_a_sheet_holds_what_is_known(session: Session, office: Office) -> None:
    customer = office.customer("Ana", ANA)
    session.add(
        CustomerContact(
            customer_id=customer.id, contact_point_id=office.contact(BEN).id, preferred=False
        )
    )
    one = office.subscription(customer, custom={"vendedor": "Quique"}, due=date(2026, 12, 10))
    two = office.subscription(customer)
    session.commit()

    sheet = get_sheet(session, one.id)

    assert [contact.phone for contact in sheet.contacts] == [ANA, BEN]
    assert sheet.reachable is Reachable.YES
    assert sheet.due is not None
    assert (sheet.number, sheet.due.amount) == (14, Decimal("45300.50"))
    assert sheet.custom == (("vendedor", "Quique"),)
    assert sheet.others == ((two.id, "Plan 100 %"),)
    assert [coupon.number for coupon in list_coupons(session, one.id, now=NOON)] == [14]
    with pytest.raises(NotFound):
        get_sheet(session, 10**9)


def test_a_story_merges_messages_results_actions_and_notes_newest_first(
    session: Session, office: Office
) -> None:
    subscription = office.subscription(office.customer("SOSA, ANA", ANA))
    campaign = office.launched(office.campaign())
    case = session.scalars(select(Case)).one()
    person = User(email="o@x.example", name="Olga", role=Role.OPERATOR)
    session.add(person)
    session.flush()
    message = session.scalars(select(Message)).one()
    message.created_at, message.state = NOON - timedelta(hours=3), MessageState.READ
    kind = session.scalars(select(ResultType).where(ResultType.code == "no_answer")).first()
    kind = kind or session.scalars(select(ResultType).order_by(ResultType.id)).first()
    assert kind is not None
    record_result(
        session,
        case.id,
        kind.id,
        channel=Channel.PHONE,
        by_id=person.id,
        note="atendió la madre",
        next_action=NextActionPlan(what="Llamar", due_at=NOON + timedelta(days=1)),
        now=NOON,
    )
    session.add(
        Note(case_id=case.id, author_id=person.id, body="ojo", at=NOON + timedelta(hours=1))
    )
    session.commit()

    story = tell_story(session, subscription.id)

    kinds = [entry.kind for entry in story.entries]
    assert kinds[0] is Kind.NOTE
    assert kinds[-1] is Kind.SENT
    assert set(kinds) == {Kind.NOTE, Kind.RESULT, Kind.NEXT_ACTION, Kind.SENT}
    sent = story.entries[-1]
    assert (sent.campaign, sent.state) == (campaign.name, MessageState.READ)
    assert sent.text == "Hola Ana."
    result = next(entry for entry in story.entries if entry.kind is Kind.RESULT)
    assert (result.who, result.text, result.stands) == ("Olga", "atendió la madre", True)
    assert story.before is None


def test_a_long_story_goes_on_without_losing_or_repeating(session: Session, office: Office) -> None:
    subscription = office.subscription()
    office.launched(office.campaign())
    case = session.scalars(select(Case)).one()
    person = User(email="o@x.example", name="Olga", role=Role.OPERATOR)
    session.add(person)
    session.flush()
    for number in range(20):  # pairs of one moment
        at = NOON - timedelta(days=1, minutes=number // 2)
        session.add(Note(case_id=case.id, author_id=person.id, body=str(number), at=at))
    session.commit()

    told: list[str] = []
    before = None
    for _ in range(20):
        story = tell_story(session, subscription.id, before=before, limit=3)
        told += [entry.text for entry in story.entries if entry.kind is Kind.NOTE]
        before = story.before
        if before is None:
            break

    assert sorted(told, key=int) == [str(number) for number in range(20)]


def known(**other: object) -> CustomerData:
    values: dict[str, object] = {
        "name": "Ana", "document": None, "email": None, "address": None, "notes": None,
        "phone": None,
    }  # fmt: skip
    return CustomerData(**{**values, **other})  # type: ignore[arg-type]


def test_a_correction_changes_what_differs_and_is_noted(session: Session, office: Office) -> None:
    customer = office.customer("Ana", ANA)
    session.commit()

    changed = edit_customer(
        session,
        customer.id,
        known(name="Ana Núñez", email="ana@correo.example"),
        by_id=None,
        now=NOON,
    )
    nothing = edit_customer(
        session,
        customer.id,
        known(name="Ana Núñez", email="ana@correo.example"),
        by_id=None,
        now=NOON,
    )
    session.commit()

    assert (changed, nothing) == (["name", "email"], [])
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "customer.edit")).one()
    assert event.details == {"fields": ["name", "email"]}


def test_a_new_phone_is_the_one_to_write_to_and_the_old_one_stays(
    session: Session, office: Office
) -> None:
    customer = office.customer("Ana", ANA)
    session.commit()

    changed = edit_customer(
        session, customer.id, known(phone=PhoneNumber(BEN)), by_id=None, now=NOON
    )
    again = edit_customer(session, customer.id, known(phone=PhoneNumber(BEN)), by_id=None, now=NOON)
    session.commit()

    rows = session.execute(
        select(ContactPoint.phone, CustomerContact.preferred)
        .join(CustomerContact)
        .where(CustomerContact.customer_id == customer.id)
    )
    assert set(rows.all()) == {(ANA, False), (BEN, True)}
    assert (changed, again) == (["phone"], [])


def test_a_document_is_one_customers(session: Session, office: Office) -> None:
    office.customer("Ben", BEN).document = "20123456"
    ana = office.customer("Ana", ANA)
    session.commit()

    with pytest.raises(AlreadyThere):
        edit_customer(session, ana.id, known(document="20123456"), by_id=None, now=NOON)

    session.rollback()
    assert session.scalars(select(Customer.document).where(Customer.id == ana.id)).one() is None


def _crowd(session: Session, many: int) -> None:
    """So many strangers that no plan would read them all."""
    for statement in (
        """INSERT INTO customers (name, document)
           SELECT 'Suárez, Extra ' || n, (30000000 + n)::text FROM generate_series(1, :many) n""",
        """INSERT INTO contact_points (phone, match_key)
           SELECT '+54911' || (60000000 + n), 'ar:11' || (60000000 + n)
           FROM generate_series(1, :many) n""",
        """INSERT INTO customer_contacts (customer_id, contact_point_id)
           SELECT c.id, p.id FROM customers c JOIN contact_points p
           ON p.phone = '+54911' || (c.document::bigint + 30000000)
           WHERE c.name LIKE 'Suárez, Extra%'""",
        """INSERT INTO subscriptions
           (customer_id, plan_id, administrator, group_code, order_code, contract_number)
           SELECT c.id, (SELECT plan_id FROM subscriptions LIMIT 1), 'Otra',
           (5000 + c.id / 100)::text,
           lpad((c.id % 100)::text, 3, '0'), 'X-' || c.id
           FROM customers c WHERE c.name LIKE 'Suárez, Extra%'""",
    ):
        session.execute(text(statement), {"many": many})
    session.execute(
        text(
            "ANALYZE customers; ANALYZE contact_points; ANALYZE customer_contacts; "
            "ANALYZE subscriptions"
        )
    )


def test_every_reading_of_a_text_has_its_index(session: Session, three: dict[str, int]) -> None:
    _crowd(session, 5_000)
    plans = {
        "nuñez": "ix_customers_words",
        "20123456": "ix_customers_dni",
        "5555-0002": "ix_contact_points_backwards",
        "C-1001": "ix_subscriptions_contract",
        "4001/7": "ix_subscriptions_group",
    }
    for typed, index in plans.items():
        meant = meant_by(typed)
        assert meant is not None
        statement = select(Subscription.id).where(meant)
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        explained = session.execute(text("EXPLAIN " + str(compiled).replace(":", "\\:")))
        assert index in "\n".join(line for (line,) in explained), typed


def test_subscriptions_of_nobody_are_an_empty_list(session: Session) -> None:
    assert list_subscriptions(session).lines == ()
    assert session.scalars(select(Subscription)).all() == []
