import pytest
from twilio.request_validator import RequestValidator

from messaging.simulator.signing import sign
from tests.messaging.simulator.simulator_running import TOKEN


def test_the_signature_is_the_one_of_twilios_documentation() -> None:
    parameters = [
        ("Digits", "1234"),
        ("To", "+18005551212"),
        ("From", "+14158675310"),
        ("Caller", "+14158675310"),
        ("CallSid", "CA1234567890ABCDE"),
    ]

    signature = sign("12345", "https://example.com/myapp.php?foo=1&bar=2", parameters)

    assert signature == "L/OH5YylLD5NRKLltdqwSvS0BnU="


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/webhooks/twilio/status/9/1",
        "https://example.com/webhooks/twilio/inbound?bodega=ñandú&x=%C3%A1",
    ],
)
def test_twilios_own_validator_accepts_spanish_and_blank_values(url: str) -> None:
    parameters = {"Body": "¿Cuánto debo? 🙏", "ButtonText": "", "To": "whatsapp:+5491123456789"}

    signature = sign(TOKEN, url, parameters.items())

    assert RequestValidator(TOKEN).validate(url, parameters, signature)
    assert not RequestValidator(TOKEN).validate(url, {**parameters, "Body": ""}, signature)
