"""The page of components shows every one that screens are made of."""

import re

from dashboard.app import create_app
from runtime.settings import Settings

WITHOUT_A_LOOK = {"csrf", "post"}  # a hidden field, and a button in a form that posts


def test_every_component_stands_on_the_page_of_components(settings: Settings) -> None:
    environment = create_app(settings).jinja_env
    loader = environment.loader
    assert loader is not None
    macros, page = (
        loader.get_source(environment, each)[0] for each in ("_macros.html", "dev/ui.html")
    )
    parts = re.split(r"{% macro (\w+)", macros)[1:]
    bodies = dict(zip(parts[::2], parts[1::2], strict=True))

    shown, seen = set(re.findall(r"\bui\.(\w+)", page)), set[str]()
    while shown - seen:
        name = (shown - seen).pop()
        seen.add(name)
        shown |= {each for each in bodies if re.search(rf"\b{each}\(", bodies.get(name, ""))}

    assert set(bodies) - shown == WITHOUT_A_LOOK
