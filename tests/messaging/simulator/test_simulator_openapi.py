"""Every answer is held against Twilio's OpenAPI documents.

openapi-core leaves two things to these tests: the error bodies, which Twilio's documents do not
declare, and the paths of content.twilio.com under one host, for which ``host_url`` is given.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from messaging.simulator.orders import KNOWN_PARAMETERS
from messaging.simulator.templates import TYPES
from tests.messaging.simulator.simulator_running import (
    LINE,
    QUICK_REPLY,
    Answer,
    Product,
    Running,
)

DOCUMENTS = Path(__file__).parents[2] / "twilio_openapi"
HOSTS = {
    "twilio_api_v2010": "https://api.twilio.com",
    "twilio_content_v1": "https://content.twilio.com",
    "twilio_content_v2": "https://content.twilio.com",
    "twilio_messaging_v2": "https://messaging.twilio.com",
}
RFC_2822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000")


@cache
def document(name: str) -> OpenAPI:
    return OpenAPI.from_dict(json.loads((DOCUMENTS / f"{name}.json").read_text("utf-8")))


class Call:
    """One request and its answer, as openapi-core's protocols want them."""

    def __init__(self, host: str, method: str, path: str, sent: Any, answer: Answer) -> None:
        parts = urlsplit(path)
        self.host_url, self.path, self.method = host, parts.path, method.lower()
        query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
        self.parameters = RequestParameters(query=query, header=Headers(), cookie={})
        self.body = sent.encode() if sent else None
        self.content_type = answer.headers.get("Content-Type", "")
        self.status_code = answer.status
        raw = answer.body
        self.data = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
        self.headers = Headers(answer.headers)


def conforms(name: str, method: str, path: str, answer: Answer) -> Any:
    call = Call(HOSTS[name], method, path, None, answer)
    document(name).validate_response(call, call)
    return answer.body


@pytest.fixture
def answered(simulator: Running) -> Any:
    def ask(name: str, method: str, path: str, **sent: Any) -> Any:
        return conforms(name, method, path, simulator.call(method, path, **sent))

    return ask


def test_messages_are_created_fetched_changed_listed_and_deleted(
    simulator: Running, answered: Any, phone: str
) -> None:
    api, path = "twilio_api_v2010", simulator.messages()
    form = {
        "To": f"whatsapp:{phone}",
        "From": LINE,
        "ContentSid": simulator.template(),
        "ContentVariables": json.dumps({"1": "Ana María", "2": "tok-1"}),
    }

    created = answered(api, "POST", path, form=form)
    one = simulator.messages(f"/{created['sid']}.json")
    simulator.quiet()

    assert created["status"] == "queued"
    assert RFC_2822.fullmatch(created["date_created"])
    assert created["date_sent"] is None
    assert created["body"].startswith("Hola Ana María, te escribimos")
    assert answered(api, "GET", one)["date_sent"] is not None
    assert answered(api, "GET", f"{path}?To=whatsapp:%2B{phone[1:]}")["messages"][0] == answered(
        api, "GET", one
    )
    assert answered(api, "POST", one, form={"Body": ""})["body"] == ""
    assert answered(api, "DELETE", one) == b""
    assert simulator.call("GET", one).status == 404


def test_media_of_a_customer_are_listed_fetched_and_served(
    simulator: Running, answered: Any, phone: str
) -> None:
    photo = simulator.control("POST", f"customers/{phone}/photo", {"to": LINE, "caption": "ahí va"})
    simulator.quiet()
    of_message = simulator.messages(f"/{photo['sid']}/Media")

    media = answered("twilio_api_v2010", "GET", f"{of_message}.json")["media_list"]
    one = answered("twilio_api_v2010", "GET", f"{of_message}/{media[0]['sid']}.json")
    picture = simulator.call("GET", f"{of_message}/{media[0]['sid']}")

    assert [one] == media
    assert one["content_type"] == picture.headers["Content-Type"] == "image/jpeg"
    assert picture.body.startswith(b"\xff\xd8\xff\xe0")
    assert picture.body.endswith(b"\xff\xd9")
    assert answered("twilio_api_v2010", "DELETE", f"{of_message}/{media[0]['sid']}.json") == b""


def test_contents_and_their_approval(simulator: Running, answered: Any, phone: str) -> None:
    v1 = "twilio_content_v1"

    created = answered(v1, "POST", "/v1/Content", body=QUICK_REPLY)
    one = f"/v1/Content/{created['sid']}"
    asked = {"name": f"cuota_{phone[1:]}", "category": "UTILITY"}
    received = answered(v1, "POST", f"{one}/ApprovalRequests/whatsapp", body=asked)
    simulator.quiet()

    assert received["status"] == "received"
    assert answered(v1, "GET", one)["types"] == QUICK_REPLY["types"]
    assert answered(v1, "GET", f"{one}/ApprovalRequests")["whatsapp"]["status"] == "approved"
    for name, path in (
        (v1, "/v1/Content?PageSize=1"),
        (v1, "/v1/ContentAndApprovals?PageSize=1"),
        ("twilio_content_v2", "/v2/Content?PageSize=1"),
        ("twilio_content_v2", f"/v2/ContentAndApprovals?ContentName=cuota_{phone[1:]}"),
    ):
        assert answered(name, "GET", path)["contents"][0]["sid"] == created["sid"]
    assert answered(v1, "DELETE", one) == b""
    assert simulator.call("GET", one).status == 404


def test_the_typing_indicator(simulator: Running, answered: Any, phone: str) -> None:
    written = simulator.control("POST", f"customers/{phone}/write", {"to": LINE, "text": "hola"})

    form = {"messageId": written["sid"], "channel": "whatsapp"}
    shown = answered("twilio_messaging_v2", "POST", "/v2/Indicators/Typing.json", form=form)

    assert shown == {"success": True}


def test_pages_of_messages_follow_each_other_without_gap_or_repetition(
    simulator: Running, answered: Any, phone: str, product: Product
) -> None:
    sent = [simulator.send(phone, Body=f"número {n}")["sid"] for n in range(7)]
    path = f"{simulator.messages()}?To=whatsapp:%2B{phone[1:]}&PageSize=3"
    found: list[str] = []

    while path:
        page = answered("twilio_api_v2010", "GET", path)
        found += [message["sid"] for message in page["messages"]]
        simulator.send(phone, Body="llega mientras se lee")
        path = page["next_page_uri"]

    assert found == sent[::-1]


def test_the_documents_name_every_parameter_the_simulator_calls_known() -> None:
    raw = json.loads((DOCUMENTS / "twilio_api_v2010.json").read_text("utf-8"))
    create = raw["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    schema = create["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]

    assert KNOWN_PARAMETERS - schema["properties"].keys() == {"MessageIntent"}
    assert schema["properties"].keys() <= KNOWN_PARAMETERS


def test_the_documents_name_every_content_type_and_property() -> None:
    schemas = json.loads((DOCUMENTS / "twilio_content_v1.json").read_text("utf-8"))["components"][
        "schemas"
    ]
    declared = {}
    for name, reference in schemas["types"]["properties"].items():
        schema = schemas[reference["$ref"].rpartition("/")[2]]
        required = schema.get("required", [])
        declared[name] = {one: one in required for one in schema["properties"]}

    assert declared == TYPES
