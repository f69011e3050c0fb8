"""The customer's page: what it shows, to whom, and what it counts."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from campaigns.coupon_links import revoke_links
from campaigns.coupons import mark_paid
from dashboard.app import create_app
from dashboard.formats import long_day
from dashboard.views import coupon_page
from messaging.tokens import Signer, TokenKind
from models.campaign import ResultType
from models.case import Case, Result
from models.coupon import Coupon, CouponLink, CouponVisit, VisitKind
from models.files import Attachment, Source
from models.message import Basis
from models.people import Customer
from models.states import CouponState
from models.subscription import Plan
from runtime.wiring import Runtime
from tests.campaigns.files.test_taking import picture
from tests.sent_coupons import Sent, SentCoupons

NOW = datetime.now(UTC)
TODAY = NOW.date()
PHONE = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 13) Chrome/120 Mobile",
    "Sec-Fetch-Mode": "navigate",
}
PERSONAL = ("Ana", "45.300", "0042-7781", "Cuota 14", "Plan recordatorio", "pagos.example")


@pytest.fixture
def client(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(coupon_page, "_misses", coupon_page.Misses())
    with create_app(runtime.settings).test_client() as client:
        client.environ_base["HTTP_HOST"] = "pregon.example"
        yield client


@pytest.fixture
def signer(runtime: Runtime) -> Signer:
    return Signer(runtime.settings.secret_key)


@pytest.fixture
def ana(runtime: Runtime) -> Sent:
    """A reminder to Ana, whose coupon is due next week."""
    with runtime.sessions.begin() as session:
        due = TODAY + timedelta(days=7)
        world = SentCoupons.of_type(session, "recordatorio", now=NOW)
        return world.to("Ana", due=due, second_due=due + timedelta(days=10))


@pytest.fixture
def page(ana: Sent, signer: Signer) -> str:
    return f"/c/{ana.token(signer)}"


def _nonce(answer: TestResponse) -> str:
    found = re.search(r'name="nonce" value="([0-9a-f]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def _open(client: FlaskClient, page: str) -> TestResponse:
    nonce = _nonce(client.get(page, headers=PHONE))
    return client.post(page, data={"nonce": nonce}, headers=PHONE)


def test_who_opened_it_takes_it_along_as_a_pdf_and_nobody_else(
    client: FlaskClient, page: str, runtime: Runtime, ana: Sent
) -> None:
    with runtime.sessions.begin() as session:
        session.get_one(Coupon, ana.coupon_id).payment_code = "0444701000" * 4
    nonce = _nonce(opened := _open(client, page))

    sheet = client.post(f"{page}/pdf", data={"nonce": nonce}, headers=PHONE)
    robot = client.post(f"{page}/pdf", headers=PHONE)
    wrong = client.post("/c/wrong/pdf", data={"nonce": nonce})

    assert '<svg class="bars"' in opened.text
    assert sheet.data.startswith(b"%PDF-")
    assert sheet.headers["Content-Disposition"] == 'attachment; filename="cupon-cuota-14.pdf"'
    assert "no-store" in sheet.headers["Cache-Control"]
    assert (robot.status_code, wrong.status_code) == (400, 404)
    assert "Ver mi cupón" in robot.text
    assert client.get(f"{page}/pdf").status_code == 405


def test_a_code_to_be_typed_has_no_bars_and_what_is_paid_no_pdf(
    client: FlaskClient, page: str, runtime: Runtime, ana: Sent
) -> None:
    assert "<svg" not in _open(client, page).text
    with runtime.sessions.begin() as session:
        mark_paid(session, ana.coupon_id, now=NOW)

    assert "PDF" not in _open(client, page).text


def _visits(runtime: Runtime) -> list[VisitKind]:
    with runtime.sessions() as session:
        return list(session.scalars(select(CouponVisit.kind).order_by(CouponVisit.id)))


def _coupon(runtime: Runtime, sent: Sent) -> Coupon:
    with runtime.sessions() as session:
        return session.get_one(Coupon, sent.coupon_id)


def test_the_first_look_shows_whose_page_it_is_and_nothing_of_the_person(
    client: FlaskClient, page: str, runtime: Runtime, ana: Sent
) -> None:
    answer = client.get(page, headers=PHONE)

    assert answer.status_code == 200
    assert "Autoplan" in answer.text
    assert "Ver mi cupón" in answer.text
    for word in PERSONAL:
        assert word not in answer.text
    assert _visits(runtime) == [VisitKind.FETCH]
    assert _coupon(runtime, ana).state is CouponState.ISSUED


def test_the_button_shows_what_is_to_be_paid(
    client: FlaskClient, page: str, runtime: Runtime, ana: Sent
) -> None:
    answer = _open(client, page)

    assert answer.status_code == 200
    due = long_day(TODAY + timedelta(days=7))
    for word in ("Autoplan", "Cuota 14", "$\u00a045.300,50", "18/11/2026", due, "0042-7781"):
        assert word in answer.text
    assert '<p class="hello">Hola, Ana</p>' in answer.text
    assert 'href="https://pagos.example/0042"' in answer.text
    assert _coupon(runtime, ana).state is CouponState.OPENED
    assert _visits(runtime) == [VisitKind.FETCH, VisitKind.OPEN]
    with runtime.sessions() as session:
        assert session.scalars(select(ResultType.code).join(Result)).all() == ["abrio_cupon"]


@pytest.mark.parametrize(
    ("term", "said"), [(84, "Cuota 14 de 84"), (None, "Cuota 14"), (12, "Cuota 14")]
)
def test_the_instalment_says_of_how_many_where_that_is_known_and_makes_sense(
    client: FlaskClient, page: str, runtime: Runtime, term: int | None, said: str
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Plan).values(term=term))

    assert f"<h1>{said}</h1>" in _open(client, page).text


def test_whose_name_a_register_writes_is_greeted_by_his_first_name_alone(
    client: FlaskClient, page: str, runtime: Runtime
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Customer).values(name="SOSA, MARIANA BELÉN"))

    body = _open(client, page).text

    assert "Hola, Mariana<" in body
    assert "sosa" not in body.lower()
    assert "belén" not in body.lower()


def test_the_code_is_not_broken_and_the_file_is_chosen_in_spanish(
    client: FlaskClient, page: str
) -> None:
    body = _open(client, page).text
    sheet = client.get("/static/public.css").text

    assert '<dd class="code whole"><span>0042-7781</span>' in body
    assert re.search(r"\.code span \{[^}]*user-select: all", sheet)
    assert re.search(r"\.code\.whole \{ white-space: nowrap; \}", sheet)
    assert '<label for="receipt" class="button wide plain">Elegir una foto o un PDF</label>' in body
    assert "::file-selector-button { display: none; }" in sheet


def test_pressing_it_again_shows_it_again_and_counts_once(
    client: FlaskClient, page: str, runtime: Runtime
) -> None:
    answers = [_open(client, page) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert _visits(runtime).count(VisitKind.OPEN) == 1


@pytest.mark.parametrize("nonce", ["", "0" * 32, "ñ", None])
def test_without_the_pages_own_nonce_nothing_is_shown_or_opened(
    nonce: str | None, client: FlaskClient, page: str, runtime: Runtime
) -> None:
    answer = client.post(page, data={} if nonce is None else {"nonce": nonce})

    assert answer.status_code == 400
    assert "Ver mi cupón" in answer.text
    for word in PERSONAL:
        assert word not in answer.text
    assert _visits(runtime) == []


def test_the_nonce_of_one_link_opens_no_other(
    client: FlaskClient, page: str, runtime: Runtime, signer: Signer
) -> None:
    with runtime.sessions.begin() as session:
        ben = SentCoupons.of_type(session, "mora", now=NOW).to("Ben", due=TODAY)
    nonce = _nonce(client.get(page))

    answer = client.post(f"/c/{ben.token(signer)}", data={"nonce": nonce})

    assert answer.status_code == 400


def test_no_cookie_is_needed_or_set(client: FlaskClient, page: str, runtime: Runtime) -> None:
    with create_app(runtime.settings).test_client(use_cookies=False) as bare:
        bare.environ_base["HTTP_HOST"] = "pregon.example"
        assert _open(bare, page).status_code == 200
    assert "Set-Cookie" not in _open(client, page).headers


PREVIEWS = [
    ("HEAD", {"User-Agent": "Mozilla/5.0"}, VisitKind.PREVIEW),
    ("GET", {"User-Agent": "WhatsApp/2.23.20.0"}, VisitKind.PREVIEW),
    ("GET", {"User-Agent": "facebookexternalhit/1.1"}, VisitKind.PREVIEW),
    ("GET", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, VisitKind.PREVIEW),
    ("GET", {"User-Agent": "WhatsApp/2.23", "Sec-Fetch-Mode": "navigate"}, VisitKind.FETCH),
    ("GET", {"User-Agent": "Mozilla/5.0 (iPhone)"}, VisitKind.FETCH),
    ("GET", {}, VisitKind.FETCH),
]


@pytest.mark.parametrize(("method", "headers", "kind"), PREVIEWS)
def test_who_only_looks_opens_nothing(
    method: str,
    headers: dict[str, str],
    kind: VisitKind,
    client: FlaskClient,
    page: str,
    runtime: Runtime,
) -> None:
    assert client.open(page, method=method, headers=headers).status_code == 200

    assert _visits(runtime) == [kind]


def test_wrong_and_revoked_links_are_one_page(
    client: FlaskClient, page: str, runtime: Runtime, ana: Sent, signer: Signer
) -> None:
    with runtime.sessions.begin() as session:
        revoke_links(session, now=NOW, message_id=ana.message_id)
    wrong = [
        "/c/x",
        "/c/" + "A" * 35,
        "/c/" + "A" * 3_000,
        f"/c/{signer.sign(TokenKind.BUTTON, ana.message_id, 1)}",
        f"/c/{signer.sign(TokenKind.COUPON_LINK, 999_500)}",
        "/c/%00",
        "/c/%C3%B1",
    ]

    revoked = client.get(page)

    assert revoked.status_code == 404
    assert "Autoplan" not in revoked.text
    for path in wrong:
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (404, revoked.text), path
        posted = client.post(path, data={"nonce": "0"})
        assert (posted.status_code, posted.text) == (404, revoked.text), path
    assert _visits(runtime) == []


def test_an_expired_link_says_so_without_any_data(
    client: FlaskClient, page: str, runtime: Runtime
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(CouponLink).values(expires_at=NOW - timedelta(seconds=5)))

    for answer in (client.get(page), client.post(page, data={"nonce": "0" * 32})):
        assert answer.status_code == 410
        assert "Este link venció" in answer.text
        for word in PERSONAL:
            assert word not in answer.text
    assert _visits(runtime) == []


def test_a_paid_coupon_asks_for_nothing(
    client: FlaskClient, page: str, runtime: Runtime, ana: Sent
) -> None:
    with runtime.sessions.begin() as session:
        mark_paid(session, ana.coupon_id, now=NOW)

    answer = _open(client, page)

    assert "figura paga" in answer.text
    for word in ("0042-7781", "pagos.example", "45.300"):
        assert word not in answer.text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x", "pagos", None])
def test_what_is_no_web_address_is_no_link(
    url: str | None, client: FlaskClient, page: str, runtime: Runtime
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Coupon).values(payment_url=url))

    answer = _open(client, page)

    assert "<a " not in answer.text
    assert "Usá el código de pago" in answer.text


def test_hostile_text_from_a_file_stays_text(
    client: FlaskClient, page: str, runtime: Runtime
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(
            update(Coupon).values(
                payment_code="<script>alert(1)</script>", payment_url='https://x/"onclick="y'
            )
        )

    answer = _open(client, page)

    assert "<script>" not in answer.text
    assert answer.text.count("&lt;script&gt;alert(1)") == 2  # seen, and what is copied
    assert '"onclick="' not in answer.text


def test_no_second_due_date_and_no_code_leave_no_empty_lines(
    client: FlaskClient, page: str, runtime: Runtime
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(
            update(Coupon).values(
                second_due_date=None, payment_code=None, payment_url=None, amount_as_of=None
            )
        )

    text = _open(client, page).text

    assert "None" not in text
    for words in ("Segundo vencimiento", "Código de pago", "Importe al"):
        assert words not in text


def test_dollars_are_not_pesos(client: FlaskClient, page: str, runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Coupon).values(currency="USD", amount=1_234_567))

    assert "USD\u00a01.234.567,00" in _open(client, page).text


@pytest.mark.parametrize("path", ["genuine", "/c/wrong", "/c/muestra"])
def test_nothing_of_it_is_kept_indexed_framed_or_told_elsewhere(
    path: str, client: FlaskClient, page: str
) -> None:
    headers = client.get(page if path == "genuine" else path).headers

    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "style-src 'self'", "form-action 'self'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy  # default-src: none at all


def test_the_page_carries_nothing_that_its_policy_forbids(client: FlaskClient, page: str) -> None:
    for answer in (client.get(page), _open(client, page), client.get("/c/wrong")):
        scripts = re.findall(r"<script[^>]*>", answer.text)
        allowed = "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert allowed == bool(scripts) == ("data-copy" in answer.text)
        for script in scripts:
            source = re.search(r'src="(/static/js/copy\.js\?[^"]+)"', script)
            assert source is not None
            assert client.get(source.group(1)).status_code == 200
        assert "style=" not in answer.text
        assert not re.search(r"\son\w+=", answer.text)
        assets = re.findall(r'<(?:link|img)[^>]+(?:href|src)="([^"]+)"', answer.text)
        assert assets
        assert all(asset.startswith("/static/") for asset in assets)
        assert client.get(assets[-1]).status_code == 200


def test_a_code_can_be_copied_and_what_is_paid_has_none(
    runtime: Runtime, client: FlaskClient, page: str
) -> None:
    body = _open(client, page).text
    button = re.search(r"<button[^>]*data-copy[^>]*>", body)
    assert button is not None
    assert 'data-copy="0042-7781"' in button[0]
    assert " hidden" in button[0]  # until the script is there

    with runtime.sessions.begin() as session:
        session.execute(update(Coupon).values(state=CouponState.PAID))

    paid = _open(client, page)
    assert "data-copy" not in paid.text
    assert "script-src" not in paid.headers["Content-Security-Policy"]


def test_what_a_preview_draws_names_nobody(client: FlaskClient, page: str) -> None:
    text = client.get(page, headers={"User-Agent": "WhatsApp/2.23"}).text

    tags = re.findall(r'property="og:\w+" content="([^"]+)"', text)
    assert tags[0] == "Tu cupón de pago"
    assert not any(word in tag for word in PERSONAL for tag in tags)


def test_misses_are_throttled_and_hits_never(
    client: FlaskClient, page: str, runtime: Runtime
) -> None:
    misses = [client.get(f"/c/guess{number}").status_code for number in range(25)]

    assert misses == [404] * 20 + [429] * 5
    assert client.get(page).status_code == 200
    elsewhere = client.get("/c/x", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 404


def test_misses_of_a_minute_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("dashboard.views.coupon_page.time.monotonic", lambda: clock[0])
    misses = coupon_page.Misses()

    first = [misses.count("ana") for _ in range(3)]
    clock[0] = 61.0

    assert first == [1, 2, 3]
    assert misses.count("ana") == 1


def test_a_flood_of_addresses_is_bounded() -> None:
    misses = coupon_page.Misses()

    for number in range(coupon_page.Misses.ADDRESSES + 50):
        misses.count(str(number))

    assert len(misses._times) == coupon_page.Misses.ADDRESSES


def test_a_link_made_before_the_key_was_changed_still_opens(runtime: Runtime, page: str) -> None:
    before = create_app(runtime.settings).test_client()
    before.environ_base["HTTP_HOST"] = "pregon.example"
    nonce = _nonce(before.get(page))
    old = runtime.settings.secret_key
    runtime.settings = replace(runtime.settings, secret_key="n" * 48, secret_key_previous=old)
    client = create_app(runtime.settings).test_client()
    client.environ_base["HTTP_HOST"] = "pregon.example"

    assert client.post(page, data={"nonce": nonce}).status_code == 200
    assert _open(client, page).status_code == 200


def test_the_sample_address_shows_an_invented_coupon(client: FlaskClient, runtime: Runtime) -> None:
    assert "Ver mi cupón" in client.get("/c/muestra").text

    opened = _open(client, "/c/muestra")

    assert "Administradora de ejemplo" in opened.text
    assert _visits(runtime) == []


def test_a_huge_form_is_refused(client: FlaskClient, page: str) -> None:
    answer = client.post(page, data={"nonce": "0" * 10_000})

    assert answer.status_code == 413


def test_an_agent_with_strange_bytes_is_kept_as_text(
    client: FlaskClient, page: str, runtime: Runtime
) -> None:
    client.get(page, headers={"User-Agent": "x\x00y" + "z" * 1_000})

    with runtime.sessions() as session:
        assert session.scalars(select(CouponVisit.user_agent)).one() == "xy" + "z" * 298


def test_dates_are_the_calendars(client: FlaskClient, page: str, runtime: Runtime) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Coupon).values(due_date=date(2026, 12, 1)))

    assert "martes 1 de diciembre de 2026" in _open(client, page).text


# a receipt


def _upload(client: FlaskClient, page: str, nonce: str, content: bytes, name: str) -> TestResponse:
    data = {"nonce": nonce, "file": (io.BytesIO(content), name)}
    return client.post(f"{page}/receipt", data=data, content_type="multipart/form-data")


@pytest.fixture
def debtor(runtime: Runtime) -> Sent:
    """A reminder to Ana in a campaign of arrears."""
    with runtime.sessions.begin() as session:
        world = SentCoupons.of_type(session, "mora", now=NOW)
        return world.to("Ana", due=TODAY + timedelta(days=7))


def test_a_receipt_lies_beside_the_subscription_and_waits_for_a_person(
    client: FlaskClient, runtime: Runtime, debtor: Sent, signer: Signer
) -> None:
    page = f"/c/{debtor.token(signer)}"
    shown = _open(client, page)

    answer = _upload(client, page, _nonce(shown), picture(), "comprobante.jpg")

    assert answer.status_code == 200
    assert "Recibimos tu comprobante" in answer.text
    with runtime.sessions() as session:
        saved = session.scalars(select(Attachment)).one()
        result = session.scalars(select(Result)).one()
        case = session.get_one(Case, debtor.case_id)
        assert (saved.source, saved.by_id) == (Source.COUPON_PAGE, None)
        assert (saved.coupon_id, saved.case_id) == (debtor.coupon_id, debtor.case_id)
        assert saved.subscription_id == case.subscription_id
        assert case.waiting_since is not None
        assert (result.basis, result.by_id) == (Basis.COUPON, None)
        assert result.evidence_attachment_id == saved.id
    assert _coupon(runtime, debtor).state is CouponState.RECEIPT_RECEIVED


def test_a_second_receipt_is_kept_too_and_a_sixth_is_not(
    client: FlaskClient, runtime: Runtime, debtor: Sent, signer: Signer
) -> None:
    page = f"/c/{debtor.token(signer)}"
    nonce = _nonce(client.get(page))

    statuses = [
        _upload(client, page, nonce, b"%PDF-1.7 " + bytes([each]), "r.pdf").status_code
        for each in range(6)
    ]

    assert statuses == [200] * 5 + [429]
    with runtime.sessions() as session:
        assert len(session.scalars(select(Attachment)).all()) == 5
        assert len(session.scalars(select(Result)).all()) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg onload=alert(1)>", "por su contenido no es JPG"),
        (b"", "elegí un archivo"),
        (b"\xff\xd8\xff no", "la imagen está dañada"),
    ],
)
def test_what_is_no_receipt_says_why(
    client: FlaskClient, runtime: Runtime, ana: Sent, page: str, content: bytes, says: str
) -> None:
    answer = _upload(client, page, _nonce(client.get(page)), content, "r.png")

    assert answer.status_code == 422
    assert says in answer.text
    assert _coupon(runtime, ana).state is not CouponState.RECEIPT_RECEIVED


def test_only_who_loaded_the_page_uploads_and_only_by_a_link_that_holds(
    client: FlaskClient, runtime: Runtime, ana: Sent, page: str, signer: Signer
) -> None:
    nonce = _nonce(client.get(page))
    other = signer.sign(TokenKind.COUPON_LINK, ana.message_id + 1)

    assert _upload(client, page, "0" * 32, picture(), "r.jpg").status_code == 400
    assert _upload(client, "/c/made-up", nonce, picture(), "r.jpg").status_code == 404
    assert _upload(client, f"/c/{other}", nonce, picture(), "r.jpg").status_code == 404
    with runtime.sessions.begin() as session:
        revoke_links(session, now=NOW, message_id=ana.message_id)
    assert _upload(client, page, nonce, picture(), "r.jpg").status_code == 404
    with runtime.sessions() as session:
        assert session.scalars(select(Attachment)).all() == []
