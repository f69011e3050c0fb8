"""Subscriptions on screen: the list, one of them, its customer's data, and the palette."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.coupons import mark_paid
from messaging.tokens import Signer
from models.audit import AuditEvent
from models.campaign import Campaign, CampaignOperator
from models.case import Case, Note
from models.coupon import Coupon
from models.message import Message
from models.people import ContactPoint, Customer, CustomerContact, Role
from models.states import CouponState, MessageState
from models.subscription import Subscription
from runtime.wiring import Runtime
from tests.campaigns.builders_launch import ANA, BEN, Office
from tests.conftest import NOON
from tests.dashboard.conftest import Browser
from tests.sent_coupons import HOME, SentCoupons
from tests.statements import statements

PART = {"HX-Request-Type": "partial"}


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session, NOON)


@pytest.fixture
def lucia(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Lucía Ferreyra")


@pytest.fixture
def diego(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in(Role.OPERATOR, name="Diego Ocampo")


@pytest.fixture
def ana(office: Office, session: Session) -> Subscription:
    customer = office.customer("NÚÑEZ, ANA", ANA)
    customer.document = "20123456"
    subscription = office.subscription(customer, overdue=2, due=date(2026, 12, 10))
    session.commit()
    return subscription


@pytest.fixture
def asked(runtime: Runtime) -> Iterator[list[str]]:
    """Every statement that a page asks."""
    with statements(*runtime.engines) as seen:
        yield seen


def assign(session: Session, campaign: Campaign, browser: Browser) -> None:
    session.add(CampaignOperator(campaign_id=campaign.id, user_id=browser.user_id))
    session.commit()


def test_the_list_says_who_what_and_how_it_stands(lucia: Browser, ana: Subscription) -> None:
    page = lucia.get("/subscriptions").text

    assert "NÚÑEZ, ANA" in page
    assert "Plan 100 %" in page
    assert f"1042 / {ana.order_code}" in page
    assert "2 cuotas" in page
    assert "+54 9 11 5555-0001" in page
    assert "1 de 1" in page


def test_a_list_narrowed_says_so_and_its_address_holds_the_filters(
    lucia: Browser, office: Office, session: Session, ana: Subscription
) -> None:
    office.subscription(office.customer("Díaz, Benito", BEN))
    session.commit()

    found = lucia.get("/subscriptions?q=nunez&arrears=2").text
    part = lucia.get("/subscriptions?q=benito", headers=PART).text
    none = lucia.get("/subscriptions?q=zzz").text
    by_plan = lucia.get(f"/subscriptions?plan={office.plan.id}&arrears=none").text

    assert "Díaz, Benito" not in found
    assert 'value="nunez"' in found
    assert '<option value="2" selected>' in found
    assert "Díaz, Benito" in part
    assert "<html" not in part
    assert "Ninguna coincide" in none
    assert "NÚÑEZ" not in by_plan


@pytest.mark.parametrize("query", ["plan=x", "arrears=9", "plan=99999999", "q=%25%27%22%5C"])
def test_a_strange_address_is_an_answer_all_the_same(
    lucia: Browser, ana: Subscription, query: str
) -> None:
    assert lucia.get(f"/subscriptions?{query}").status_code == 200


def test_a_long_list_goes_on(lucia: Browser, office: Office, session: Session) -> None:
    office.crowd(53)
    session.commit()

    first = lucia.get("/subscriptions?arrears=none").text
    href = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = lucia.get(href).text

    assert "50 de 53" in first
    assert "arrears=none" in href
    assert "Cliente 52" in first
    assert "Cliente 2<" in second
    assert "Al principio" in second


def test_without_subscriptions_the_way_to_import_is_shown_to_who_may(
    lucia: Browser, diego: Browser
) -> None:
    assert "Importar suscripciones" in lucia.get("/subscriptions").text
    assert "Todavía no tenés suscripciones" in diego.get("/subscriptions").text


def test_one_shows_its_story(
    lucia: Browser, office: Office, session: Session, ana: Subscription
) -> None:
    campaign = office.launched(office.campaign())
    case = session.scalars(select(Case)).one()
    message = session.scalars(select(Message)).one()
    message.state = MessageState.READ
    session.add(Note(case_id=case.id, author_id=lucia.user_id, body="llamar de tarde", at=NOON))
    session.commit()

    page = lucia.get(f"/subscriptions/{ana.id}").text

    assert "Hola Ana." in page
    assert "Leído" in page
    assert campaign.name in page
    assert "llamar de tarde" in page
    assert "Cuota 14" in page
    assert "$\u00a045.300,50" in page


def test_a_story_has_an_end_and_coupons_a_tab(lucia: Browser, ana: Subscription) -> None:
    empty = lucia.get(f"/subscriptions/{ana.id}").text
    before = lucia.get(f"/subscriptions/{ana.id}?before=2020-01-01T00:00:00%2B00:00").text
    coupons = lucia.get(f"/subscriptions/{ana.id}/coupons").text

    assert "Todavía no pasó nada" in empty
    assert "No hay nada antes" in before
    assert "10/12/2026" in coupons
    assert "Emitido" in coupons
    assert lucia.get(f"/subscriptions/{ana.id}?before=ayer").status_code == 404


def test_an_operator_sees_those_of_his_campaigns_and_no_other(
    diego: Browser, lucia: Browser, office: Office, session: Session, ana: Subscription
) -> None:
    other = office.subscription(office.customer("Ajeno, Otro", BEN))
    session.commit()
    campaign = office.launched(office.campaign())
    case = session.scalars(select(Case).where(Case.subscription_id == other.id)).one()
    foreign = office.campaign()
    case.campaign_id = foreign.id
    session.commit()
    assign(session, campaign, diego)

    listed = diego.get("/subscriptions").text

    assert "NÚÑEZ, ANA" in listed
    assert "Ajeno" not in listed
    assert "1 de 1" in listed
    assert diego.get(f"/subscriptions/{ana.id}").status_code == 200
    for tab in ("", "/coupons", "/data"):
        assert diego.get(f"/subscriptions/{other.id}{tab}").status_code == 404
    assert diego.post(f"/subscriptions/{other.id}/data", data={"name": "x"}).status_code == 404
    assert "Ajeno" not in diego.get("/search?q=ajeno", headers=PART).text
    assert "Ajeno" in lucia.get("/search?q=ajeno", headers=PART).text


def data(**other: str) -> dict[str, str]:
    return {
        "name": "Ana Núñez", "document": "20.123.456", "phone": "11 5555-0001", "email": "",
        "address": "", "notes": "", **other,
    }  # fmt: skip


def test_a_customer_is_corrected(lucia: Browser, session: Session, ana: Subscription) -> None:
    answer = lucia.post(
        f"/subscriptions/{ana.id}/data",
        data=data(email="ANA@Correo.example", phone="0351 15 444-5555", role="administrator"),
    )

    assert answer.status_code == 303
    assert "Datos guardados." in lucia.get(answer.headers["Location"]).text
    session.expire_all()
    customer = session.get_one(Customer, ana.customer_id)
    assert (customer.name, customer.email) == ("Ana Núñez", "ana@correo.example")
    phones = session.execute(
        select(ContactPoint.phone, CustomerContact.preferred)
        .join(CustomerContact)
        .order_by(ContactPoint.id)
    ).all()
    assert phones == [(ANA, False), ("+5493514445555", True)]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Escribí el nombre."),
        ("document", "123", "Le faltan dígitos: un DNI tiene 7 u 8 y un CUIT 11."),
        ("document", "30111222", "Ese documento ya es de otro cliente."),
        ("phone", "11 55", "No es un teléfono: le faltan dígitos."),
        ("email", "no tiene", "No es un correo electrónico."),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field_and_kept(
    lucia: Browser,
    office: Office,
    session: Session,
    ana: Subscription,
    field: str,
    value: str,
    sentence: str,
) -> None:
    office.customer("Ben", BEN).document = "30111222"
    session.commit()

    answer = lucia.post(f"/subscriptions/{ana.id}/data", data=data(**{field: value}))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{value}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    session.expire_all()
    assert session.get_one(Customer, ana.customer_id).name == "NÚÑEZ, ANA"


@pytest.mark.parametrize(
    "typed", ["nuñez", "20123456", "5555-0001", "1042/{order}", "campaña"], ids=str
)
def test_the_palette_finds_people_and_campaigns(
    lucia: Browser, office: Office, ana: Subscription, typed: str
) -> None:
    campaign = office.campaign()
    text = typed.format(order=ana.order_code)

    found = lucia.get("/search", query_string={"q": text}, headers=PART).text

    expected = f"/campaigns/{campaign.id}" if typed == "campaña" else f"/subscriptions/{ana.id}"
    assert f'href="{expected}"' in found
    assert "<html" not in found


def test_the_palette_says_when_nothing_coincides_and_stays_empty_for_a_letter(
    lucia: Browser, ana: Subscription
) -> None:
    nothing = lucia.get("/search?q=%3Cb%3Ezzz", headers=PART).text
    letter = lucia.get("/search?q=n", headers=PART).text

    assert "Nada coincide con" in nothing
    assert "<b>zzz" not in nothing
    assert "href" not in letter
    assert "Buscar" in lucia.get("/search?q=nuñez").text


def test_no_page_asks_more_with_more_rows(
    lucia: Browser, office: Office, session: Session, ana: Subscription, asked: list[str]
) -> None:
    office.crowd(30)
    office.launched(office.campaign())
    session.commit()
    paths = (
        "/subscriptions",
        "/subscriptions?q=cliente",
        f"/subscriptions/{ana.id}",
        f"/subscriptions/{ana.id}/coupons",
        f"/subscriptions/{ana.id}/data",
        "/search?q=cliente",
    )
    for path in paths:
        asked.clear()
        assert lucia.get(path).status_code == 200
        assert len(asked) <= 12, (path, len(asked), asked)


# a coupon, paid or void


def _coupon(session: Session, subscription: Subscription) -> Coupon:
    session.expire_all()
    return session.scalars(
        select(Coupon).where(Coupon.subscription_id == subscription.id).order_by(Coupon.id)
    ).one()


def test_a_supervisor_says_that_a_coupon_was_paid(
    lucia: Browser, diego: Browser, ana: Subscription, session: Session
) -> None:
    coupon = _coupon(session, ana)
    tab = f"/subscriptions/{ana.id}/coupons"

    offered = lucia.get(tab).text
    answer = lucia.post(f"/coupons/{coupon.id}/paid", headers=PART)
    again = lucia.post(f"/coupons/{coupon.id}/paid")

    assert "Marcar como pagado" in offered
    assert answer.headers["HX-Redirect"] == tab
    assert _coupon(session, ana).state is CouponState.PAID
    assert "Ya figuraba como pagado." in lucia.get(again.headers["Location"]).text
    after = lucia.get(tab).text
    assert ("Pagado" in after, "Marcar como pagado" in after) == (True, False)
    paid = select(AuditEvent.user_id).where(AuditEvent.action == "coupon.paid")
    assert session.scalars(paid).all() == [lucia.user_id]
    assert diego.post(f"/coupons/{coupon.id}/void").status_code == 403


def test_the_figures_say_whose_they_are_and_what_was_paid_since(
    lucia: Browser, session: Session, runtime: Runtime
) -> None:
    now = runtime.now(session)
    overdue = now.date() - timedelta(days=9)
    sent = SentCoupons.of_type(session, "mora", now=now).to("Ana", due=overdue, second_due=None)
    coupon = session.get_one(Coupon, sent.coupon_id)
    subscription = session.get_one(Subscription, coupon.subscription_id)
    subscription.instalments_paid, subscription.instalments_overdue = 13, 1
    subscription.updated_at = told = now - timedelta(days=2)
    session.commit()
    day = f"{told.astimezone(HOME):%d/%m/%Y}"

    before = lucia.get(f"/subscriptions/{subscription.id}").text
    lucia.post(f"/coupons/{coupon.id}/paid")
    after = lucia.get(f"/subscriptions/{subscription.id}").text
    card = lucia.get(f"/desk/{sent.case_id}?view=all").text

    assert ("1 en mora</span>" in before, f"Según la planilla, al {day}." in before) == (True, True)
    assert "<dt>Cuotas pagas</dt><dd>14</dd>" in after
    assert "Al día</span>" in after
    said = f"La planilla decía, al {day}: 13 pagas y 1 en mora. Después se pagó 1."
    assert said in after
    assert "La planilla decía 1 en mora; después se pagó 1." in card


def test_the_story_says_who_did_what_with_a_coupon(
    lucia: Browser, diego: Browser, session: Session, runtime: Runtime
) -> None:
    sending = SentCoupons.of_type(session, "mora", now=runtime.now(session))
    sent = sending.to("Ana", state=MessageState.DELIVERED)
    other = sending.to("Ben")
    assign(session, sending.campaign, diego)
    subscription_id = session.get_one(Coupon, sent.coupon_id).subscription_id
    void_id = session.get_one(Coupon, other.coupon_id).subscription_id
    diego.post(f"/coupons/{sent.coupon_id}/links/revoke")
    mark_paid(
        session,
        sent.coupon_id,
        now=runtime.now(session),
        by_id=lucia.user_id,
        paid_on=date(2026, 11, 12),
        import_id=1,
    )
    session.commit()
    lucia.post(f"/coupons/{other.coupon_id}/void")

    story = diego.get(f"/subscriptions/{subscription_id}").text
    voided = diego.get(f"/subscriptions/{void_id}").text

    assert "Cuota 14: enlaces anulados" in story
    assert "Cuota 14: marcada como pagada, el jue 12 nov, según la planilla" in story
    assert "Cuota 14: cupón anulado" in voided
    assert "· Lucía Ferreyra" in story


def test_what_is_paid_is_not_voided(lucia: Browser, ana: Subscription, session: Session) -> None:
    coupon = _coupon(session, ana)
    lucia.post(f"/coupons/{coupon.id}/paid")

    refused = lucia.post(f"/coupons/{coupon.id}/void")

    assert "Ya no se puede" in lucia.get(refused.headers["Location"]).text
    assert _coupon(session, ana).state is CouponState.PAID


def test_a_void_coupon_is_for_nobody_to_pay(
    lucia: Browser, ana: Subscription, session: Session
) -> None:
    coupon = _coupon(session, ana)

    lucia.post(f"/coupons/{coupon.id}/void")

    assert _coupon(session, ana).state is CouponState.VOID
    assert lucia.post(f"/coupons/{coupon.id + 999}/paid").status_code == 404


def test_an_operator_reads_of_coupons_and_closes_none(
    diego: Browser, ana: Subscription, session: Session, office: Office
) -> None:
    campaign = office.campaign()
    session.add(CampaignOperator(campaign_id=campaign.id, user_id=diego.user_id))
    session.add(Case(campaign_id=campaign.id, subscription_id=ana.id))
    session.commit()

    page = diego.get(f"/subscriptions/{ana.id}/coupons").text

    assert "10/12/2026" in page
    assert "Marcar como pagado" not in page


def test_an_operator_ends_the_links_of_a_coupon_and_its_page_says_so_kindly(
    diego: Browser, session: Session, runtime: Runtime
) -> None:
    sending = SentCoupons.of_type(session, "mora", now=runtime.now(session))
    today = runtime.now(session).date()
    sent = sending.to("Ana", state=MessageState.DELIVERED, due=today, second_due=None)
    assign(session, sending.campaign, diego)
    coupon = session.get_one(Coupon, sent.coupon_id)
    tab = f"/subscriptions/{coupon.subscription_id}/coupons"
    link = f"/c/{sent.token(Signer(runtime.settings.secret_key))}"

    offered, before = diego.get(tab).text, diego.get(link)
    answer = diego.post(f"/coupons/{coupon.id}/links/revoke")
    toast, after = diego.get(answer.headers["Location"]).text, diego.get(tab).text
    again = diego.post(f"/coupons/{coupon.id}/links/revoke")

    assert before.status_code == 200
    assert "Anular enlace…" in offered
    assert "Enviado</span>" in offered  # the coupon's state: a message took it there
    assert "Se anuló 1 enlace." in toast
    assert ("Anular enlace" in after, "enlace fuera de uso" in after) == (False, True)
    assert "Ya no quedaba ningún enlace" in diego.get(again.headers["Location"]).text
    gone = diego.get(link)
    assert gone.status_code == 404
    assert "No encontramos ese cupón" in gone.text


def test_a_link_that_has_not_left_is_not_offered_to_be_ended(
    diego: Browser, session: Session, runtime: Runtime
) -> None:
    sending = SentCoupons.of_type(session, "mora", now=runtime.now(session))
    today = runtime.now(session).date()
    sent = sending.to("Ana", due=today)
    assign(session, sending.campaign, diego)
    coupon = session.get_one(Coupon, sent.coupon_id)

    page = diego.get(f"/subscriptions/{coupon.subscription_id}/coupons").text

    assert ("Anular" in page, "Emitido</span>" in page) == (False, True)
