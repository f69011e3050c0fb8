"""A person picks a customer, sees his chat and plays him; the product hears what he does."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from messaging.simulator.phone import views
from messaging.simulator.phone.marks import Run, runs
from messaging.simulator.phone.spanish import NotAPhone, day_mark, shown_phone, typed_phone
from tests.messaging.simulator.phone_page import Browser, Element, Page
from tests.messaging.simulator.simulator_running import LINE, Product, Running, until

INBOUND = "/webhooks/twilio/inbound"
CARD = {
    "friendly_name": "recordatorio",
    "language": "es_AR",
    "variables": {"1": "Ana", "2": "muestra"},
    "types": {
        "whatsapp/card": {
            "header_text": "Tu cuota vence",
            "body": "Hola *{{1}}*, la cuota es de $ 45.300,50.",
            "footer": "Respondé BAJA para no recibir más",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Ya la pagué", "id": "paid|{{2}}"},
                {"type": "QUICK_REPLY", "title": "No puedo", "id": "cannot|{{2}}"},
                {"type": "URL", "title": "Ver mi cupón", "url": "http://127.0.0.1:9/c/{{2}}"},
            ],
        }
    },
}


@pytest.fixture
def browser(simulator: Running) -> Browser:
    return Browser(simulator)


@pytest.fixture
def reminded(simulator: Running, phone: str, product: Product) -> str:
    """The sid of a template that reached the customer, who has not read it."""
    simulator.profile(read=0.0)
    content = simulator.template(CARD)
    sent = simulator.send(
        phone,
        ContentSid=content,
        ContentVariables='{"1":"<b>Ana</b>","2":"t-9"}',
        StatusCallback=product.callback(phone),
    )
    simulator.quiet()
    return str(sent["sid"])


@pytest.mark.parametrize("place", ["chat", "list"])
def test_that_it_is_a_rehearsal_stays_to_be_read_on_a_narrow_screen(
    browser: Browser, reminded: str, phone: str, place: str
) -> None:
    tree = browser.get(f"/simulator/phone{f'/{phone[1:]}' if place == 'chat' else ''}").tree
    sheet = browser.get("/simulator/phone/static/phone.css").body.decode()
    narrow = sheet.split("@media (max-width: 760px)")[1]
    hidden = [
        selector.strip()
        for selectors in re.findall(r"([^{}]+)\{ display: none; \}", narrow.split("@media")[0])
        for selector in selectors.split(",")
    ]

    assert "Ensayo" in tree.one("header", cls="top").one("span", cls="pill").text
    assert tree.one("body", cls=place)
    assert not {".top", ".pill", ".top .pill", f".{place} .top"} & set(hidden)


def heard(product: Product) -> dict[str, str]:
    """The parameters of the only webhook about a customer's message."""
    [webhook] = until(lambda: product.to(INBOUND))
    return webhook.parameters


def bubbles(page: Page, side: str) -> list[Element]:
    return page.tree.one("ol", id="thread").all("li", cls=side)


def test_the_chat_shows_the_message_as_whatsapp_draws_it(
    browser: Browser, reminded: str, phone: str
) -> None:
    [bubble] = bubbles(browser.chat(phone), "in")

    assert bubble.attributes["id"] == f"m-{reminded}"
    assert bubble.one("p", cls="head").text == "Tu cuota vence"
    assert bubble.one("strong").text == "<b>Ana</b>"
    assert bubble.one("p", cls="foot").text == "Respondé BAJA para no recibir más"
    assert [one.text for one in bubble.all("button")] == ["Ya la pagué", "No puedo"]
    link = bubble.one("form").one("a")
    assert (link.text, link.attributes["href"]) == ("Ver mi cupón", "http://127.0.0.1:9/c/t-9")
    assert link.attributes["target"] == "_blank"
    assert link.attributes["rel"] == "noopener noreferrer nofollow"
    assert re.fullmatch(r"\d\d:\d\d", bubble.one("time").text)
    assert browser.chat(phone).tree.one("li", cls="day").text == "Hoy"


def test_a_tap_reaches_the_product_and_leaves_a_bubble_that_quotes(
    browser: Browser, product: Product, reminded: str, phone: str
) -> None:
    form = bubbles(browser.chat(phone), "in")[0].one("form")

    page = browser.submit(form, button="1")

    parameters = heard(product)
    assert parameters["ButtonPayload"] == "cannot|t-9"
    assert parameters["OriginalRepliedMessageSid"] == reminded
    [mine] = bubbles(page, "out")
    assert "No puedo" in mine.text
    assert mine.one("a", cls="quote").attributes["href"] == f"#m-{reminded}"
    until(lambda: "Llegó a la línea" in bubbles(browser.chat(phone), "out")[0].text)


def test_what_is_written_arrives_and_an_empty_text_is_refused(
    browser: Browser, product: Product, reminded: str, phone: str
) -> None:
    form = browser.chat(phone).tree.one("form", id="write")

    refused = browser.submit(form, text="  ")
    page = browser.submit(form, text="el viernes te *pago*")

    assert refused.status == 422
    assert refused.tree.one("p", role="alert").text == "Escribí un mensaje."
    assert heard(product)["Body"] == "el viernes te *pago*"
    assert "OriginalRepliedMessageSid" not in heard(product)
    assert bubbles(page, "out")[0].one("strong").text == "pago"


def test_an_answer_to_one_message_names_it(
    browser: Browser, product: Product, reminded: str, phone: str
) -> None:
    answer = bubbles(browser.chat(phone), "in")[0].one("a", cls="answer")

    page = browser.get(answer.attributes["href"])
    after = browser.submit(page.tree.one("form", id="write"), text="sobre esto")

    assert "Hola <b>Ana</b>" in page.tree.one("div", id="quoting").text
    assert heard(product)["OriginalRepliedMessageSid"] == reminded
    assert after.tree.one("div", id="quoting").text == ""


def test_an_opt_out_word_is_one(
    browser: Browser, product: Product, reminded: str, phone: str
) -> None:
    page = browser.submit(browser.chat(phone).tree.one("form", id="write"), text="Baja.")

    assert heard(product)["Body"] == "Baja."
    assert "Pidió la baja" in page.tree.one("aside").text


@pytest.mark.parametrize("name", ["transfer", "ticket", "unreadable"])
def test_a_ready_made_receipt_can_be_sent(
    browser: Browser, simulator: Running, product: Product, reminded: str, phone: str, name: str
) -> None:
    form = browser.chat(phone).tree.one("form", id="photo")
    preview = form.one("button", value=name).one("img").attributes["src"]

    page = browser.submit(form, ready=name, caption="ahí va")

    parameters = heard(product)
    assert (parameters["NumMedia"], parameters["Body"]) == ("1", "ahí va")
    path = parameters["MediaUrl0"].removeprefix(simulator.url)
    content = simulator.call("GET", path).body
    assert content.startswith((b"\x89PNG", b"\xff\xd8"))
    assert browser.get(preview).body == content
    shown = bubbles(page, "out")[0].one("img").attributes["src"]
    assert browser.get(shown).body == content


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"7" * 3_000_000, "image/png", "image"),
        (b"%PDF-1.7 " + b"7" * 100, "application/pdf", "document"),
    ],
    ids=["a photo of 3 MB", "a document"],
)
def test_a_file_of_ones_own_can_be_sent(
    browser: Browser, simulator: Running, product: Product, reminded: str, phone: str,
    content: bytes, kind: str, said: str,
) -> None:  # fmt: skip
    browser.submit(browser.chat(phone).tree.one("form", id="photo"), file=content)

    parameters = heard(product)
    assert (parameters["MediaContentType0"], parameters["MessageType"]) == (kind, said)
    path = parameters["MediaUrl0"].removeprefix(simulator.url)
    assert simulator.call("GET", path).body == content


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"<svg onload=x>", 422, "JPG, PNG o PDF"),
        (b"", 422, "Elegí una foto"),
        (b"\xff\xd8\xff" + b"7" * 6_000_000, 413, "hasta 5 MB"),
    ],
    ids=["no picture", "nothing", "too large"],
)
def test_another_file_is_refused_beside_the_field(
    browser: Browser, product: Product, reminded: str, phone: str,
    content: bytes, status: int, says: str,
) -> None:  # fmt: skip
    page = browser.submit(browser.chat(phone).tree.one("form", id="photo"), file=content)

    assert page.status == status
    assert says in page.tree.one("p", role="alert").text
    assert product.to(INBOUND) == []


def test_somebody_unknown_writes_in(browser: Browser, product: Product, simulator: Running) -> None:
    form = browser.get("/simulator/phone/new").tree.one("form", cls="starting")

    wrong = browser.submit(form, phone="123", line=LINE[9:], text="Hola")
    page = browser.submit(form, phone="0351 555-4444", line=LINE[9:], text="Hola, ¿quién es?")

    assert wrong.status == 422
    assert wrong.tree.one("input", name="phone").attributes["value"] == "123"
    assert wrong.tree.one("textarea").text == "Hola"
    assert wrong.tree.one("p", role="alert").attributes["id"] == "wrong-phone"
    parameters = heard(product)
    assert (parameters["From"], parameters["To"]) == ("whatsapp:+5493515554444", LINE)
    assert "Hola, ¿quién es?" in bubbles(page, "out")[0].text


def test_who_is_played_reads_when_his_chat_is_opened(
    browser: Browser, product: Product, reminded: str, simulator: Running, phone: str
) -> None:
    about = browser.chat(phone).tree.one("aside")
    played = browser.submit(about.one("form", cls="hands"), by="hand")
    before = simulator.of_message(reminded)["status"]

    after = browser.submit(played.tree.one("form", id="read"))

    assert before == "delivered"
    assert simulator.of_message(reminded)["status"] == "read"
    until(lambda: product.statuses(phone)[-1] == "read")
    assert after.tree.all("form", id="read") == []


def test_a_get_changes_nothing(
    browser: Browser, reminded: str, simulator: Running, phone: str
) -> None:
    simulator.control("PUT", f"customers/{phone}", {"by_hand": True})
    version = browser.chat(phone).tree.one("body").attributes["data-version"]

    for path in ("", "/new", f"/{phone[1:]}?quoted={reminded}"):
        browser.get(f"/simulator/phone{path}")

    assert browser.chat(phone).tree.one("body").attributes["data-version"] == version
    assert simulator.of_message(reminded)["status"] == "delivered"


def test_who_is_played_neither_reads_nor_answers_alone(
    simulator: Running, product: Product, phone: str
) -> None:
    simulator.profile(read=1.0, text=1.0, reply_delay=[0.0, 0.0])
    simulator.control("PUT", f"customers/{phone}", {"by_hand": True})

    sent = simulator.send(phone, ContentSid=simulator.template(CARD))
    simulator.quiet()

    assert simulator.of_message(sent["sid"])["status"] == "delivered"
    assert product.to(INBOUND) == []


def test_whoever_is_acted_for_is_played_from_then_on(
    browser: Browser, reminded: str, simulator: Running, phone: str
) -> None:
    page = browser.submit(browser.chat(phone).tree.one("form", id="write"), text="soy yo")

    pressed = page.tree.one("aside").one("button", **{"aria-pressed": "true"})
    assert pressed.text == "Lo manejás vos"
    assert simulator.of_message(reminded)["status"] == "read"


def test_all_answers_can_be_paused(
    browser: Browser, simulator: Running, product: Product, phone: str
) -> None:
    simulator.profile(read=1.0, text=1.0, reply_delay=[0.0, 0.0])
    form = browser.get("/simulator/phone").tree.one("form", id="automatic")

    paused = browser.submit(form, answers="pause")
    sent = simulator.send(phone, ContentSid=simulator.template(CARD))
    simulator.quiet()
    resumed = browser.submit(paused.tree.one("form", id="automatic"), answers="resume")

    assert "En pausa" in paused.tree.one("form", id="automatic").text
    assert simulator.of_message(sent["sid"])["status"] == "read"
    assert product.to(INBOUND) == []
    assert "contestan solos" in resumed.tree.one("form", id="automatic").text


def test_who_is_played_and_the_pause_survive_a_restart(start: Any, tmp_path: Path) -> None:
    first = start("--data-dir", str(tmp_path))
    first.control("PUT", "customers/+5491155554444", {"by_hand": True})
    first.control("PUT", "automatic", {"on": False})
    first.stop()

    page = Browser(start("--data-dir", str(tmp_path))).chat("+5491155554444")

    assert page.tree.one("button", id="by-hand").attributes["aria-pressed"] == "true"
    assert "En pausa" in page.tree.one("form", id="automatic").text


def test_the_list_is_searched_by_number_and_by_name(
    browser: Browser, reminded: str, simulator: Running, phone: str
) -> None:
    name = simulator.control("GET", f"customers/{phone}")["profile_name"]
    first = name.split()[0].upper().replace("Á", "a").replace("É", "e").replace("Ó", "o")

    for search in (phone[-8:-4] + "-" + phone[-4:], first):
        rows = browser.get(f"/simulator/phone?q={search}").tree.one("ol", id="list").all("li")
        assert phone in [row.attributes["data-key"] for row in rows]
    nobody = browser.get("/simulator/phone?q=zzzz").tree
    assert "Ningún chat coincide con «zzzz»." in nobody.one("div", id="pager").text


def test_the_newest_chat_is_first_with_what_is_unread(
    browser: Browser, reminded: str, phone: str
) -> None:
    page = browser.get("/simulator/phone")

    first = page.tree.one("ol", id="list").all("li")[0]
    assert first.attributes["data-key"] == phone
    assert first.one("b", cls="unread").text == "1 sin leer"
    assert "Hola <b>Ana</b>, la cuota" in first.one("span", cls="last").text
    unread = browser.get("/simulator/phone?show=unread").tree.one("ol", id="list").all("li")
    assert unread[0].attributes["data-key"] == phone


def test_thousands_of_customers_come_in_pages_of_fifty(start: Any) -> None:
    simulator = start("--speed", "1000")
    simulator.profile(read=0.0, button=0, text=0, image=0, opt_out=0)
    content, browser = simulator.template(CARD), Browser(simulator)
    for n in range(120):
        simulator.send(f"+54911{10_000_000 + n}", ContentSid=content)
    simulator.quiet()

    seen, path = list[str](), "/simulator/phone"
    while path:
        page = browser.get(path).tree
        seen += [row.attributes["data-key"] for row in page.one("ol", id="list").all("li")]
        links = page.one("div", id="pager").all("a")
        following = [link for link in links if link.text == "Ver los siguientes"]
        path = following[0].attributes["href"] if following else ""

    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)
    whole = gzip.compress(browser.get("/simulator/phone").body)
    files = sum(len(gzip.compress(file.read_bytes())) for file in views._STATIC.iterdir())
    assert len(whole) + files < 60_000


def test_a_page_that_is_current_costs_nothing(browser: Browser, reminded: str, phone: str) -> None:
    path = f"/simulator/phone/{phone[1:]}"
    version = browser.get(path).tree.one("body").attributes["data-version"]

    current = browser.get(path, **{"X-Shown": version})
    browser.submit(browser.get(path).tree.one("form", id="write"), text="algo nuevo")
    stale = browser.get(path, **{"X-Shown": version})

    assert (current.status, current.body) == (204, b"")
    assert "algo nuevo" in bubbles(stale, "out")[0].text


@pytest.mark.parametrize(
    "change",
    [
        {"Origin": "http://malo.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "malo.example"},
        {"token": "0" * 32},
        {"token": ""},
    ],
    ids=lambda change: " ".join(map(":".join, change.items())),
)
def test_only_the_page_itself_may_act(
    browser: Browser, product: Product, reminded: str, simulator: Running, phone: str,
    change: dict[str, str],
) -> None:  # fmt: skip
    token = browser.chat(phone).tree.one("form", id="write").one("input").attributes["value"]
    headers = {
        "Origin": simulator.url,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    } | {name: value for name, value in change.items() if name != "token"}
    body = f"text=hola&token={change.get('token', token)}".encode()

    page = browser.ask("POST", f"/simulator/phone/{phone[1:]}/write", body, headers)

    assert page.status == 403
    assert product.to(INBOUND) == []


def test_every_answer_is_hardened_and_nothing_is_inline(
    browser: Browser, reminded: str, phone: str
) -> None:
    for path in (f"/{phone[1:]}", "", "/new", "/nobody", "/static/phone.js"):
        page = browser.get(f"/simulator/phone{path}")

        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        if "static" in path:
            continue
        for element in page.tree.all():
            assert not [name for name in element.attributes if name.startswith("on")]
            assert "style" not in element.attributes
            assert element.tag != "script" or element.attributes["src"].startswith("/simulator/")
        for name in ("src", "href"):
            outside = [e.attributes.get(name, "") for e in page.tree.all() if e.tag != "a"]
            assert not [one for one in outside if "//" in one]


def test_every_control_has_a_name_and_every_page_a_heading(
    browser: Browser, reminded: str, phone: str
) -> None:
    for path in (f"/{phone[1:]}", "", "/new"):
        tree = browser.get(f"/simulator/phone{path}").tree

        assert tree.one("html").attributes["lang"] == "es-AR"
        assert len(tree.all("h1")) == 1
        labels = {label.attributes["for"] for label in tree.all("label")}
        for control in [*tree.all("input"), *tree.all("textarea")]:
            named = control.attributes.get("aria-label") or control.attributes.get("id") in labels
            assert named or control.attributes.get("type") == "hidden"
        for one in [*tree.all("button"), *tree.all("a"), *tree.all("summary")]:
            assert one.text
        assert all("alt" in image.attributes for image in tree.all("img"))
        ids = [one.attributes["id"] for one in tree.all() if "id" in one.attributes]
        assert len(ids) == len(set(ids))


def test_what_does_not_exist_says_so(browser: Browser, phone: str) -> None:
    for path in ("/nobody", "/media/ME1", f"/{phone[1:]}/ready/other"):
        page = browser.get(f"/simulator/phone{path}")
        assert (page.status, "Esa página no existe." in page.body.decode()) == (404, True)
    assert browser.get("/").headers["Location"] == "/simulator/phone"


def test_what_did_not_arrive_is_told_beside_the_chat(
    browser: Browser, simulator: Running, phone: str
) -> None:
    simulator.send(phone, Body="fuera de la ventana")
    simulator.quiet()

    page = browser.chat(phone)

    assert bubbles(page, "in") == []
    assert "la ventana de 24 horas estaba cerrada" in page.tree.one("aside").text


def test_the_control_api_says_who_is_played(simulator: Running, phone: str) -> None:
    answer = simulator.call("PUT", f"/simulator/api/customers/{phone}", body={"by_hand": "si"})

    assert (answer.status, "by_hand" in json.dumps(answer.body)) == (400, True)
    assert simulator.call("PUT", "/simulator/api/automatic", body={}).status == 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*hola*", [Run("hola", bold=True)]),
        ("_a_ ~b~", [Run("a", italic=True), Run(" "), Run("b", strike=True)]),
        ("*_a_*", [Run("a", bold=True, italic=True)]),
        ("2*3*4", [Run("2*3*4")]),
        ("* no *", [Run("* no *")]),
        ("```x *y*```", [Run("x *y*", mono=True)]),
        (
            "Mirá https://a.ar/c_d_e.",
            [Run("Mirá "), Run("https://a.ar/c_d_e", href="https://a.ar/c_d_e"), Run(".")],
        ),
        ("javascript:alert(1)", [Run("javascript:alert(1)")]),
        ("a\u202eb\x00c", [Run("abc")]),
    ],
)
def test_whatsapps_marks_are_read(text: str, expected: list[Run]) -> None:
    assert runs(text) == expected


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("11 5555-4444", "+5491155554444"),
        ("+54 9 11 5555-4444", "+5491155554444"),
        ("0351 444-5555", "+5493514445555"),
        ("+598 99 123 456", "+59899123456"),
    ],
)
def test_a_number_is_read_as_it_is_typed(typed: str, phone: str) -> None:
    assert typed_phone(typed) == phone
    with pytest.raises(NotAPhone):
        typed_phone("5555-4444")


def test_numbers_and_days_are_shown_as_in_argentina() -> None:
    noon = 1_795_014_000.0  # Wednesday 18 November 2026, 12:00 in Buenos Aires

    assert shown_phone("+5491155554444") == "+54 9 11 5555-4444"
    assert shown_phone("+5493514445555") == "+54 9 351 444-5555"
    days = [day_mark(noon - n * 86_400, noon) for n in (0, 1, 2, 8)]
    assert days == ["Hoy", "Ayer", "Lunes", "10 de noviembre de 2026"]
