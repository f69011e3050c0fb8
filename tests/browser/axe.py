"""axe-core in the page: what it finds, in lines that say where."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

SCRIPT = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

_RUN = """
rules => axe.run(document, {
    runOnly: rules ?? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
})
"""
_OF_COLOURS = ["color-contrast", "link-in-text-block"]
_LEAST_PASSES = 15  # fewer: it did not really run


def findings(page: Page) -> list[str]:
    """Every violation on the page as it is now; the window must have been opened with `SCRIPT`."""
    report: dict[str, Any] = page.evaluate(_RUN, None)
    passes = len(report["passes"])
    assert passes > _LEAST_PASSES, f"axe passed {passes} rules only on {page.url}"
    return _told(report)


def colour_findings(page: Page) -> list[str]:
    """Those that another theme may bring about: it changes nothing but colours."""
    report: dict[str, Any] = page.evaluate(_RUN, _OF_COLOURS)
    assert report["passes"], f"axe saw no colours on {page.url}"
    return _told(report)


def _told(report: dict[str, Any]) -> list[str]:
    return [
        f"{found['id']} ({found['impact']}): {node['target']} {_why(node)} {node['html'][:160]}"
        for found in report["violations"]
        for node in found["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    checks = node["any"] + node["all"] + node["none"]
    return "; ".join(check["message"] for check in checks[:2])
