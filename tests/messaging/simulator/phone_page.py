"""The phone page as a browser without script meets it: pages, and forms found in them."""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from tests.messaging.simulator.simulator_running import Running

_VOID = {"input", "img", "meta", "link", "br", "use"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: "list[Element]" = field(default_factory=list)
    own_text: str = ""

    @property
    def text(self) -> str:
        return " ".join(self.own_text.split())

    def all(self, tag: str = "", **attributes: str) -> "list[Element]":
        """``cls`` is one class among several; another name with a value is an attribute."""
        found = []
        for child in self.children:
            if child._is(tag, attributes):
                found.append(child)
            found += child.all(tag, **attributes)
        return found

    def one(self, tag: str = "", **attributes: str) -> "Element":
        [found] = self.all(tag, **attributes)
        return found

    def _is(self, tag: str, wanted: dict[str, str]) -> bool:
        classes = self.attributes.get("class", "").split()
        return tag in ("", self.tag) and all(
            value in classes if name == "cls" else self.attributes.get(name) == value
            for name, value in wanted.items()
        )


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(made)
        if tag not in _VOID:
            self.here = made

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.here.tag == tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        at: Element | None = self.here
        while at is not None:
            at.own_text += data
            at = at.parent


@dataclass
class Page:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def tree(self) -> Element:
        tree = _Tree()
        tree.feed(self.body.decode())
        assert tree.here is tree.root, f"<{tree.here.tag}> is not closed"
        return tree.root


@dataclass
class Browser:
    """Follows redirects as a browser does: a POST leads to a GET."""

    simulator: Running

    def get(self, path: str, **headers: str) -> Page:
        return self.ask("GET", path, headers=headers)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Page:
        parts = urlsplit(self.simulator.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        page = Page(answer.status, dict(answer.headers), answer.read())
        connection.close()
        return page

    def chat(self, phone: str, query: str = "") -> Page:
        page = self.get(f"/simulator/phone/{phone[1:]}{query}")
        assert page.status == 200
        return page

    def submit(self, form: Element, **typed: Any) -> Page:
        """With its hidden fields, and the button that was pressed as one of ``typed``."""
        fields = {
            one.attributes["name"]: one.attributes.get("value", "")
            for one in form.all("input")
            if one.attributes.get("type") == "hidden"
        } | typed
        headers = {"Origin": self.simulator.url, "Sec-Fetch-Site": "same-origin"}
        if form.attributes.get("enctype") == "multipart/form-data":
            body, headers["Content-Type"] = _multipart(fields)
        else:
            body = urlencode(fields).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        page = self.ask("POST", form.attributes["action"], body, headers)
        return self.get(page.headers["Location"]) if page.status == 303 else page


def _multipart(fields: dict[str, Any]) -> tuple[bytes, str]:
    edge, parts = uuid4().hex, []
    for name, value in fields.items():
        extra = '; filename="foto"' if isinstance(value, bytes) else ""
        raw = value if isinstance(value, bytes) else value.encode()
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
        parts.append(head.encode() + raw + b"\r\n")
    return b"".join(parts) + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
