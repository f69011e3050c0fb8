"""What a template may look like, and how it is filled."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from messaging.errors import BadVariable, MissingVariables, TemplateError
from messaging.template_rules import check_version, problems_of
from messaging.templates import (
    FIELDS,
    Button,
    Draft,
    check_values,
    clean_value,
    field_of,
    render,
    value_problem,
    variables_of,
    with_tokens,
)
from messaging.tokens import Signer, Token, TokenKind
from messaging.twilio.content import content_request
from models.template import ButtonKind, TemplateCategory

SIGNER = Signer("k" * 48)

PAID = Button(kind=ButtonKind.QUICK_REPLY, title="Ya pagué", payload="b1_{{3}}")
STOP = Button(kind=ButtonKind.QUICK_REPLY, title="No quiero mensajes", payload="b2_{{4}}")
SEE = Button(kind=ButtonKind.URL, title="Ver mi cupón", url="https://pregon.example/c/{{5}}")
REMINDER = Draft(
    name="aviso_vencimiento",
    language="es_AR",
    category=TemplateCategory.UTILITY,
    body="Hola {{1}}, tu cuota vence el {{2}}. Podés verla y pagarla desde acá.",
    footer="Respondé BAJA para no recibir más",
    fields={
        "1": "customer.first_name",
        "2": "coupon.due_date",
        "3": "button.token:1",
        "4": "button.token:2",
        "5": "coupon_link.token",
    },
    samples={"1": "Ana", "2": "10/12/2026", "3": "A" * 35, "4": "B" * 35, "5": "muestra"},
    buttons=(PAID, STOP, SEE),
)
PLAIN = replace(
    REMINDER,
    footer=None,
    fields={"1": "customer.first_name", "2": "coupon.due_date"},
    samples={"1": "Ana", "2": "10/12/2026"},
    buttons=(),
)


def _with(button: Button, **changes: Any) -> Draft:
    return replace(
        PLAIN,
        buttons=(button,),
        fields={**PLAIN.fields, "3": changes.get("field", "button.token:1")},
        samples={**PLAIN.samples, "3": "A" * 35},
    )


def _body(text: str) -> Draft:
    keys = variables_of(text)
    return replace(
        PLAIN,
        body=text,
        fields=dict.fromkeys(keys, "customer.name"),
        samples=dict.fromkeys(keys, "Ana"),
    )


def _link(url: str, field: str = "coupon_link.token") -> Draft:
    return _with(Button(kind=ButtonKind.URL, title="Ver", url=url), field=field)


def _reply(payload: str, title: str = "Sí", field: str = "button.token:1") -> Draft:
    button = Button(kind=ButtonKind.QUICK_REPLY, title=title, payload=payload)
    return _with(button, field=field)


@pytest.mark.parametrize("draft", [REMINDER, PLAIN], ids=["with everything", "plain"])
def test_a_good_template_has_no_problem(draft: Draft) -> None:
    assert problems_of(draft) == []
    check_version(draft)


LONG = "palabra " * 140
RULES: list[tuple[str, Draft, str, str]] = [
    ("an empty body", replace(PLAIN, body=" ", fields={}, samples={}), "body", "empty"),
    ("a long body", _body(LONG), "body", "1024"),
    ("a name in capitals", replace(PLAIN, name="Aviso"), "name", "lower case"),
    ("a name with a hyphen", replace(PLAIN, name="aviso-mora"), "name", "underscores"),
    ("a language that is none", replace(PLAIN, language="español"), "language", "language"),
    ("named variables", _body("Hola {{nombre}}, te escribimos del plan"), "body", "braces"),
    ("a space in a variable", _body("Hola {{ 1 }}, te escribimos hoy"), "body", "braces"),
    ("a variable first", _body("{{1}} te escribimos por el plan"), "body", "starts"),
    ("a variable first, marked", _body("*{{1}}* te escribimos por el plan"), "body", "starts"),
    ("a variable last", _body("Te escribimos por tu plan, {{1}}"), "body", "ends"),
    ("a variable and a dot last", _body("Te escribimos por tu plan, {{1}}."), "body", "ends"),
    ("variables that touch", _body("Hola {{1}}{{2}}, va tu plan de ahorro"), "body", "touch"),
    ("… with a space", _body("Hola {{1}} {{2}}, va tu plan de ahorro"), "body", "touch"),
    ("… on two lines", _body("Hola {{1}}\n{{2}}, va tu plan de ahorro"), "body", "touch"),
    ("too few words", _body("Hola {{1}} y"), "body", "3 fixed words"),
    ("a gap in the numbers", _body("Hola {{2}}, te escribimos hoy"), "variables", "without gaps"),
    (
        "no sample",
        replace(PLAIN, samples={"1": "Ana"}),
        "variables.2",
        "no sample",
    ),
    ("an empty sample", replace(PLAIN, samples={"1": "", "2": "x"}), "variables.1", "empty"),
    ("no field", replace(PLAIN, fields={"1": "customer.name"}), "variables.2", "no field"),
    (
        "an unknown field",
        replace(PLAIN, fields={"1": "customer.shoe_size", "2": "coupon.due_date"}),
        "variables.1",
        "'customer.shoe_size' is no field",
    ),
    (
        "a button's token in the text",
        replace(PLAIN, fields={"1": "button.token:1", "2": "coupon.due_date"}),
        "variables.1",
        "button",
    ),
    (
        "a sample for nothing",
        replace(PLAIN, samples={**PLAIN.samples, "7": "x"}),
        "variables.7",
        "no text",
    ),
    ("a long footer", replace(PLAIN, footer="x" * 61), "footer", "60"),
    ("a variable in the footer", replace(PLAIN, footer="Plan {{1}}"), "footer", "variables"),
    ("an empty footer", replace(PLAIN, footer=""), "footer", "empty"),
    (
        "eleven buttons",
        replace(
            PLAIN,
            buttons=[
                Button(kind=ButtonKind.QUICK_REPLY, title=f"Opción {n}", payload=f"b{n}")
                for n in range(11)
            ],
        ),
        "buttons",
        "10 are allowed",
    ),
    ("a mixed order", replace(REMINDER, buttons=(PAID, SEE, STOP)), "buttons", "together"),
    (
        "the same title twice",
        replace(REMINDER, buttons=(PAID, replace(STOP, title="YA PAGUÉ"), SEE)),
        "buttons",
        "title",
    ),
    (
        "the same payload twice",
        replace(REMINDER, buttons=(PAID, replace(STOP, payload="b1_{{3}}"), SEE)),
        "buttons",
        "payload",
    ),
    ("a long title", _reply("b1_{{3}}", "x" * 21), "buttons[1].title", "20 are allowed"),
    ("a variable in a title", _reply("b1_{{3}}", "Sí {{3}}"), "buttons[1].title", "variables"),
    ("no title", _reply("b1_{{3}}", " "), "buttons[1].title", "empty"),
    ("no payload", _reply(""), "buttons[1].payload", "missing"),
    ("a long payload", _reply("b" * 170 + "{{3}}"), "buttons[1].payload", "200"),
    ("a strange payload", _reply("b 1 {{3}}"), "buttons[1].payload", "only letters"),
    (
        "another's token",
        _reply("b1_{{3}}", field="button.token:2"),
        "buttons[1].payload",
        "button.token:1",
    ),
    (
        "a document in a payload",
        _reply("b1_{{3}}", field="customer.document"),
        "buttons[1].payload",
        "nothing else",
    ),
    ("a link without variable", _link("https://pregon.example/c/"), "buttons[1].url", "one"),
    ("a link with two", _link("https://pregon.example/{{3}}/{{3}}"), "buttons[1].url", "one"),
    ("a variable inside", _link("https://pregon.example/{{3}}/c"), "buttons[1].url", "at its end"),
    ("a domain that varies", _link("https://{{3}}"), "buttons[1].url", "fixed domain"),
    ("a host that goes on", _link("https://pregon.example{{3}}"), "buttons[1].url", "path"),
    ("no https", _link("http://pregon.example/c/{{3}}"), "buttons[1].url", "https"),
    ("a fragment", _link("https://pregon.example/c#{{3}}"), "buttons[1].url", "fragment"),
    (
        "a name in a link",
        _link("https://pregon.example/c/{{3}}", field="customer.document"),
        "buttons[1].url",
        "may name nobody",
    ),
]


@pytest.mark.parametrize(
    ("draft", "field", "word"), [r[1:] for r in RULES], ids=[r[0] for r in RULES]
)
def test_it_says_where_and_which_rule(draft: Draft, field: str, word: str) -> None:
    problems = problems_of(draft)

    assert any(p.field == field and word in p.problem for p in problems), [str(p) for p in problems]
    with pytest.raises(TemplateError):
        check_version(draft)


def test_every_problem_is_named_at_once() -> None:
    bad = replace(REMINDER, name="X", footer="{{1}}", buttons=(replace(PAID, title="x" * 30),))

    assert {"name", "footer", "buttons[1].title", "variables.4", "variables.5"} <= {
        problem.field for problem in problems_of(bad)
    }


def test_a_rehearsal_on_one_machine_may_link_to_itself() -> None:
    assert problems_of(_link("http://127.0.0.1:8000/c/{{3}}")) == []


def test_variables_come_in_order_of_appearance() -> None:
    assert variables_of("{{2}} y {{1}}, {{2}}", [PAID, SEE]) == ("2", "1", "3", "5")


def test_every_field_has_a_sample_that_could_be_sent() -> None:
    for field in FIELDS.values():
        assert value_problem(field.sample) is None, field.key
    assert field_of("button.token:3") is FIELDS["button.token"]
    assert field_of("button.token:x") is None


# Filling


def test_the_customer_reads_the_values() -> None:
    text = render("Hola {{1}}, vence el {{2}}.", {"1": "Ana {{2}}", "2": "10/12/2026"})

    assert text == "Hola Ana {{2}}, vence el 10/12/2026."  # a value is never looked at again


def test_a_key_without_value_would_show_the_sample_and_is_refused() -> None:
    with pytest.raises(MissingVariables) as missing:
        check_values(["1", "2", "3"], {"1": "Ana"})

    assert missing.value.keys == ("2", "3")
    with pytest.raises(MissingVariables):
        render("Hola {{1}}", {})


BAD = [
    ("", "empty"),
    ("   ", "empty"),
    ("\u00a0", "empty"),
    ("a\nb", "line break"),
    ("a\rb", "line break"),
    ("a\tb", "line break"),
    ("a\u2028b", "line break"),
    ("a\x00b", "line break"),
    ("a     b", "4 spaces"),
    ("x" * 1_601, "1600"),
]


@pytest.mark.parametrize(("value", "word"), BAD, ids=[repr(value)[:12] for value, _ in BAD])
def test_a_value_the_channel_refuses_is_refused_here(value: str, word: str) -> None:
    with pytest.raises(BadVariable) as bad:
        check_values(["1"], {"1": value})

    assert bad.value.key == "1"
    assert word in bad.value.problem


def test_a_value_too_many_is_refused() -> None:
    with pytest.raises(BadVariable, match="no such variable"):
        check_values(["1"], {"1": "Ana", "2": "Ben"})


def test_good_values_pass() -> None:
    check_values(["1", "2"], {"1": "a    b", "2": "ñandú 😊"}, body="Hola {{1}} y {{2}}.")


def test_the_filled_text_must_fit_too() -> None:
    with pytest.raises(BadVariable) as bad:
        check_values(["1", "2"], {"1": "x", "2": "y" * 1_020}, body="Hola {{1}} y {{2}} fin")

    assert bad.value.key == "2"


def test_customer_data_becomes_one_line() -> None:
    assert clean_value("  Ana\u00a0 María\r\n\tGómez \u202e ") == "Ana María Gómez"


@given(st.text(max_size=300))
def test_cleaned_text_can_be_sent_unless_nothing_is_left(text: str) -> None:
    cleaned = clean_value(text)

    assert value_problem(cleaned) == ("is empty" if not cleaned else None)
    assert clean_value(cleaned) == cleaned


def test_tokens_name_the_message_and_the_button() -> None:
    filled = with_tokens(
        REMINDER.fields, {"1": "Ana", "2": "10/12/2026"}, message_id=1_500, signer=SIGNER
    )

    check_values(REMINDER.fields, filled, body=REMINDER.body)
    assert SIGNER.read(TokenKind.BUTTON, filled["4"]) == Token(1_500, 2)
    assert SIGNER.read(TokenKind.COUPON_LINK, filled["5"]) == Token(1_500, 0)
    assert SIGNER.read(TokenKind.BUTTON, filled["5"]) is None


# Submitting


@pytest.fixture(scope="module")
def content_api() -> OpenAPI:
    folder = Path(__file__).parent.parent / "twilio_openapi"
    return OpenAPI.from_dict(json.loads((folder / "twilio_content_v1.json").read_text()))


def _only(buttons: tuple[Button, ...]) -> Draft:
    return replace(REMINDER, footer=None, buttons=buttons)


KINDS = [
    (PLAIN, "twilio/text"),
    (replace(PLAIN, footer="Autoplan"), "whatsapp/card"),
    (_only((PAID, STOP)), "twilio/quick-reply"),
    (_only((SEE,)), "twilio/call-to-action"),
    (_only((PAID, SEE)), "whatsapp/card"),
    (REMINDER, "whatsapp/card"),
]


@pytest.mark.parametrize(("draft", "kind"), KINDS)
def test_twilios_document_accepts_what_is_submitted(
    draft: Draft, kind: str, content_api: OpenAPI
) -> None:
    body = content_request(draft, friendly_name="aviso_v1")

    content_api.validate_request(
        MockRequest(
            "https://content.twilio.com",
            "post",
            "/v1/Content",
            data=json.dumps(body).encode(),
            content_type="application/json",
            headers={"Authorization": "Basic YTpi"},
        )
    )
    assert list(body["types"]) == [kind]


def test_the_document_would_notice_a_wrong_property(content_api: OpenAPI) -> None:
    body = content_request(_only((PAID,)), friendly_name="aviso_v1")
    body["types"]["twilio/quick-reply"]["footer"] = "no such thing"

    with pytest.raises(Exception, match=r"footer|invalid|Invalid|validation"):
        content_api.validate_request(
            MockRequest(
                "https://content.twilio.com",
                "post",
                "/v1/Content",
                data=json.dumps(body).encode(),
                content_type="application/json",
                headers={"Authorization": "Basic YTpi"},
            )
        )


def test_a_tap_will_carry_the_buttons_payload() -> None:
    body = content_request(REMINDER, friendly_name="aviso_v1")

    assert body["types"]["whatsapp/card"]["actions"] == [
        {"type": "QUICK_REPLY", "title": "Ya pagué", "id": "b1_{{3}}"},
        {"type": "QUICK_REPLY", "title": "No quiero mensajes", "id": "b2_{{4}}"},
        {"type": "URL", "title": "Ver mi cupón", "url": "https://pregon.example/c/{{5}}"},
    ]
    assert body["variables"]["1"] == "Ana"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("x" * 61, "is 61 characters long; 60 are allowed"),
        ("Hola {{1}}", "may have no variables, line breaks or formatting"),
        ("*Tu cuota*", "may have no variables, line breaks or formatting"),
        (" ", "is empty: leave it out"),
    ],
)
def test_a_header_is_one_short_plain_line(header: str, told: str) -> None:
    draft = Draft(
        name="aviso",
        language="es_AR",
        category=TemplateCategory.UTILITY,
        header=header,
        body="Hola, tu cuota vence pronto.",
        fields={},
        samples={},
    )

    assert [(p.field, p.problem) for p in problems_of(draft)] == [("header", told)]


def test_a_header_travels_in_the_card_that_can_carry_it() -> None:
    draft = Draft(
        name="aviso",
        language="es_AR",
        category=TemplateCategory.UTILITY,
        header="Tu cuota vence pronto",
        body="Hola, pagala a tiempo.",
        fields={},
        samples={},
    )

    assert content_request(draft, friendly_name="aviso_v1")["types"] == {
        "whatsapp/card": {"header_text": "Tu cuota vence pronto", "body": "Hola, pagala a tiempo."}
    }
