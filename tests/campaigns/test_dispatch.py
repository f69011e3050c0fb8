"""What leaves: the frozen values, the derived tokens, and nothing else."""

from dataclasses import fields, replace

import pytest

from campaigns.dispatch import LineFacts, VersionFacts, compose
from campaigns.sending import Claimed
from messaging.errors import MissingVariables
from messaging.named_texts import LINK_PLACE
from messaging.tokens import Signer, Token, TokenKind

SIGNER = Signer("k" * 48)
SITE = "https://pregon.example"
LINE = LineFacts("+5491140000000", 80, None)
VERSION = VersionFacts(
    "HX1", {"1": "customer.first_name", "2": "button.token:1", "3": "coupon_link.token"}
)


def _claimed(variables: dict[str, str] | None) -> Claimed:
    given = {
        "id": 1_500,
        "address": "+5491155550001",
        "body": "hola",
        "variables": variables,
    }
    return Claimed(*(given.get(field.name) for field in fields(Claimed)))  # type: ignore[arg-type]


def test_a_message_leaves_with_exactly_its_versions_variables() -> None:
    message = compose(
        _claimed({"1": "Ana", "9": "left over"}), 1, LINE, VERSION, SIGNER, public_url=SITE
    )

    assert message.variables is not None
    assert set(message.variables) == {"1", "2", "3"}
    assert message.variables["1"] == "Ana"
    assert SIGNER.read(TokenKind.BUTTON, message.variables["2"]) == Token(1_500, 1)
    assert SIGNER.read(TokenKind.COUPON_LINK, message.variables["3"]) == Token(1_500, 0)
    assert (message.content_sid, message.body) == ("HX1", None)


@pytest.mark.parametrize("variables", [None, {}, {"1": ""}])
def test_a_value_that_is_missing_never_becomes_the_sample(
    variables: dict[str, str] | None,
) -> None:
    with pytest.raises(MissingVariables) as missing:
        compose(_claimed(variables), 1, LINE, VERSION, SIGNER, public_url=SITE)

    assert missing.value.keys == ("1",)


def test_a_reply_leaves_as_text() -> None:
    message = compose(_claimed(None), 1, LINE, None, SIGNER, public_url=SITE)

    assert (message.body, message.content_sid, message.variables) == ("hola", None, None)


def test_the_link_of_a_coupon_is_derived_when_the_text_leaves() -> None:
    claimed = replace(_claimed(None), body=f"Pagala acá: {LINK_PLACE}", coupon_id=7)

    message = compose(claimed, 1, LINE, None, SIGNER, public_url=SITE)

    assert message.body is not None
    text, _, token = message.body.partition(f"{SITE}/c/")
    assert text == "Pagala acá: "
    assert SIGNER.read(TokenKind.COUPON_LINK, token) == Token(1_500, 0)


def test_a_text_without_a_coupon_leaves_as_it_was_written() -> None:
    claimed = replace(_claimed(None), body=f"escribió {LINK_PLACE}")

    assert compose(claimed, 1, LINE, None, SIGNER, public_url=SITE).body == claimed.body
