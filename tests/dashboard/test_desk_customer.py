"""The customer's card at the desk: corrected in place, and the second of two is told."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audit import AuditEvent
from models.campaign import CampaignOperator
from models.case import Case
from models.people import Customer, CustomerContact, Role
from models.subscription import Subscription
from runtime.wiring import Runtime
from tests.campaigns.builders_sending import Outbox
from tests.dashboard.conftest import Browser

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
PHONE = "+5491155550001"


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: Callable[..., Browser]) -> Browser:
    browser = signed_in(Role.OPERATOR, name="Lucía Ferreyra")
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


@pytest.fixture
def case(office: Outbox) -> Case:
    """Of a customer with one phone."""
    case = office.a_case()
    office.session.add(
        CustomerContact(
            customer_id=_customer(office, case).id,
            contact_point_id=office.contact(PHONE).id,
            preferred=True,
        )
    )
    office.fresh()
    return case


def _customer(office: Outbox, case: Case) -> Customer:
    subscription = office.session.get_one(Subscription, case.subscription_id)
    return office.session.get_one(Customer, subscription.customer_id)


def _form(lucia: Browser, case: Case, **typed: str) -> dict[str, str]:
    page = lucia.get(f"/desk/{case.id}/customer").text
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert seen is not None
    return {"name": "SOSA, MARIANA", "seen": seen[1], **typed}


def test_what_is_typed_is_written_and_audited(office: Outbox, lucia: Browser, case: Case) -> None:
    form = _form(lucia, case, email="mariana@example.com", address="Mitre 100", notes="De tarde")

    answer = lucia.post(f"/desk/{case.id}/customer", data=form)

    office.fresh()
    customer = _customer(office, case)
    acts = office.session.scalars(select(AuditEvent.action)).all()
    assert (answer.status_code, answer.location) == (303, f"/desk/{case.id}?view=mine")
    assert (customer.name, customer.email) == ("SOSA, MARIANA", "mariana@example.com")
    assert (customer.address, customer.notes) == ("Mitre 100", "De tarde")
    assert acts[-1] == "customer.edit"


def test_a_mail_that_is_none_stays_with_the_reason(lucia: Browser, case: Case) -> None:
    form = _form(lucia, case, email="mariana arroba")

    answer = lucia.post(f"/desk/{case.id}/customer", data=form, headers=PARTIAL)

    assert answer.status_code == 422
    assert 'value="mariana arroba"' in answer.text
    assert 'id="card-email-problem"' in answer.text


def test_the_second_of_two_is_told_and_keeps_what_he_typed(
    office: Outbox, lucia: Browser, case: Case
) -> None:
    form = _form(lucia, case, address="Mitre 100")
    _customer(office, case).address = "Belgrano 200"
    office.fresh()

    answer = lucia.post(f"/desk/{case.id}/customer", data=form, headers=PARTIAL)
    office.fresh()
    kept = _customer(office, case).address

    assert answer.status_code == 409
    assert "otra persona cambió estos datos" in answer.text
    assert 'value="Mitre 100"' in answer.text
    assert kept == "Belgrano 200"


def test_another_phone_is_added_and_chosen_to_write_to(
    office: Outbox, lucia: Browser, case: Case
) -> None:
    lucia.post(f"/desk/{case.id}/customer", data=_form(lucia, case, another="11 5555-0002"))
    other = office.contact("+5491155550002").id
    lucia.post(f"/desk/{case.id}/customer", data=_form(lucia, case, preferred=str(other)))

    office.fresh()
    phones = office.session.execute(
        select(CustomerContact.contact_point_id, CustomerContact.preferred)
    ).all()
    assert set(map(tuple, phones)) == {(office.contact(PHONE).id, False), (other, True)}


def test_the_fragment_is_the_card_as_it_is_now(lucia: Browser, case: Case) -> None:
    form = _form(lucia, case, notes="Llamar después de las 18")

    answer = lucia.post(f"/desk/{case.id}/customer", data=form, headers=PARTIAL)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith(
        '<div class="case-card customer-card" id="customer-card"'
    )
    assert "Llamar después de las 18" in answer.text
    assert 'href="tel:+5491155550001"' in answer.text
