"""What the screens of templates show, and whom a preview can be drawn with."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.errors import NotFound
from campaigns.lines import edit_line, get_line, list_lines
from campaigns.sample_people import sample_people, values_of
from campaigns.template_drafts import save_draft
from campaigns.template_reading import get_template, list_templates
from campaigns.template_registry import content_stored, record_approval
from campaigns.template_specs import ButtonSpec, TemplateSpec
from messaging.templates import Approval
from models.audit import AuditEvent
from models.people import Role, User
from models.states import TemplateState
from models.template import ButtonKind, TemplateCategory
from tests.campaigns.builders_launch import Office
from tests.conftest import NOON

TODAY = date(2026, 11, 18)
SPEC = TemplateSpec(
    name="aviso_mora",
    category=TemplateCategory.UTILITY,
    body="Hola {{1}}, la cuota {{2}} está vencida. ¿Nos contás cómo seguimos?",
    fields={"1": "customer.first_name", "2": "coupon.instalment"},
    samples={"1": "Ana", "2": "14"},
    buttons=(
        ButtonSpec(kind=ButtonKind.QUICK_REPLY, title="Ya pagué", result="ya_pago"),
        ButtonSpec(kind=ButtonKind.URL, title="Ver mi cupón"),
        ButtonSpec(kind=ButtonKind.URL, title="Otra página", url="https://otra.example/x/"),
    ),
    campaign_type="mora",
)


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


def test_a_template_is_listed_by_its_newest_version(office: Office, session: Session) -> None:
    first = save_draft(session, SPEC, public_url="https://pregon.example")
    content_stored(session, first.version_id, "HX1")
    record_approval(session, first.version_id, Approval(TemplateState.APPROVED))
    office.campaign(template="aviso_mora")
    save_draft(session, SPEC, template_id=first.template_id, public_url="https://pregon.example")

    (line,) = list_templates(session)

    assert (line.number, line.state, line.approved_number) == (2, TemplateState.DRAFT, 1)
    assert (line.campaigns, line.is_being_submitted) == (1, False)


def test_a_page_has_versions_buttons_campaigns_and_who_wrote_it(
    office: Office, session: Session
) -> None:
    ana = User(email="ana@x.example", name="Ana Ríos", role=Role.SUPERVISOR)
    session.add(ana)
    session.flush()
    saved = save_draft(session, SPEC, public_url="https://pregon.example", by_id=ana.id)
    campaign = office.campaign(template="aviso_mora")

    page = get_template(session, saved.template_id)

    assert (page.edited_by, [each.id for each in page.campaigns]) == ("Ana Ríos", [campaign.id])
    assert page.newest.campaign_type == "mora"
    assert [(b.title, b.result, b.result_name, b.url) for b in page.newest.buttons] == [
        ("Ya pagué", "ya_pago", "Ya pagó (a verificar)", None),
        ("Ver mi cupón", None, None, None),
        ("Otra página", None, None, "https://otra.example/x/"),
    ]
    assert not page.is_fixed
    with pytest.raises(NotFound):
        get_template(session, 999)


def test_a_preview_is_drawn_with_those_whose_coupon_is_due_next(office: Office) -> None:
    office.subscription(office.customer("GÓMEZ, BEN", None), due=date(2026, 12, 20))
    soon = office.subscription(due=date(2026, 11, 25))
    office.subscription(due=date(2026, 10, 1))

    people = sample_people(office.session, today=TODAY)

    assert [person.name for person in people] == ["SOSA, ANA", "GÓMEZ, BEN"]
    assert people[0].subscription_id == soon.id


def test_without_coupons_anybody_will_do(office: Office) -> None:
    one = office.subscription()

    assert [p.subscription_id for p in sample_people(office.session, today=TODAY)] == [one.id]


def test_values_are_the_persons_own_and_what_is_missing_is_left_out(office: Office) -> None:
    ana = office.subscription(due=date(2026, 11, 25))
    fields = ["customer.first_name", "coupon.amount", "coupon.second_due_date", "campaign.text_1"]

    assert values_of(office.session, ana.id, fields, today=TODAY) == {
        "customer.first_name": "Ana",
        "coupon.amount": "45.300,50",
        "campaign.text_1": "hasta el viernes",
    }


def test_nobody_has_the_samples(session: Session) -> None:
    assert values_of(session, 7, ["customer.first_name"], today=TODAY) == {
        "customer.first_name": "Ana"
    }


def test_a_line_is_renamed_and_slowed_down_on_the_record(office: Office, session: Session) -> None:
    line_id = office.line.id

    edit_line(session, line_id, name=" Cobranzas ", rate=20)
    edit_line(session, line_id, name="Cobranzas", rate=20)

    line = get_line(session, line_id)
    assert (line.name, line.rate, line.portfolio) == ("Cobranzas", 20, "Principal")
    acts = select(AuditEvent.action).where(AuditEvent.object_kind == "line")
    assert session.scalars(acts).all() == ["line.edit"]
    assert [each.id for each in list_lines(session)] == [line_id]


@pytest.mark.parametrize(("name", "rate"), [("", 80), ("Línea", 0), ("Línea", 401)])
def test_a_line_has_a_name_and_a_rate(
    office: Office, session: Session, name: str, rate: int
) -> None:
    with pytest.raises(ValueError, match="a rate of 1 to 400"):
        edit_line(session, office.line.id, name=name, rate=rate)
