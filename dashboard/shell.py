"""What surrounds every page: navigation, theme, texts, filters, and the files they need."""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, g, get_flashed_messages, request, url_for
from jinja2.ext import Extension

from campaigns.files.kinds import ACCEPT
from campaigns.names import called
from dashboard import formats, pages, whatsapp_text
from dashboard.auth import SignedIn, public
from dashboard.file_words import size_said
from dashboard.language import _, give_texts
from models.people import Role
from runtime.settings import Settings

_THEMES = {"light", "dark"}
_MARK_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the navigation."""

    text: str
    href: str
    icon: str
    least: Role = Role.OPERATOR
    key: str | None = None  # after G
    badge: str | None = None  # which counter it wears
    group: str = "main"
    foreign: bool = False  # opens beside, in its own window


_ENTRIES = (
    Entry(text="Bandeja", href="/desk", icon="inbox", key="b", badge="waiting"),
    Entry(text="Campañas", href="/campaigns", icon="megaphone", key="c"),
    Entry(text="Suscripciones", href="/subscriptions", icon="id-card", key="s"),
    Entry(
        text="Plantillas",
        href="/templates",
        icon="layout-template",
        key="p",
        least=Role.SUPERVISOR,
    ),
    Entry(text="Agenda", href="/agenda", icon="calendar-clock", key="a", badge="due"),
    Entry(
        text="Resultados",
        href="/results",
        icon="chart-column",
        key="r",
        least=Role.SUPERVISOR,
    ),
    Entry(
        text="Tipos y resultados",
        href="/catalogue/types",
        icon="sliders-horizontal",
        least=Role.SUPERVISOR,
        group="config",
    ),
    Entry(
        text="Textos rápidos",
        href="/catalogue/quick-texts",
        icon="sticky-note",
        least=Role.SUPERVISOR,
        group="config",
    ),
    Entry(
        text="Usuarios y roles",
        href="/settings/users",
        icon="users",
        least=Role.ADMINISTRATOR,
        group="config",
    ),
    Entry(
        text="Líneas de WhatsApp",
        href="/settings/lines",
        icon="smartphone",
        least=Role.ADMINISTRATOR,
        group="config",
    ),
)


class Unindented(Extension):
    """What indents a template is for who reads it: a page of the desk is lighter without."""

    def preprocess(self, source: str, _name: str | None, _filename: str | None = None) -> str:
        return re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE)


def register(app: Flask, settings: Settings) -> None:
    """Give the templates their texts, filters and files. Call it after the blueprints."""
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension(Unindented)
    give_texts(app.jinja_env)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        money=formats.money,
        number=formats.number,
        percent=formats.percent,
        shares=formats.shares,
        zipped=zip,
        day=formats.day,
        short_day=formats.short_day,
        long_day=formats.long_day,
        phone=formats.phone,
        span=formats.span,
        countdown=formats.countdown,
        since=formats.since,
        whatsapp=whatsapp_text.lines,
        one_line=whatsapp_text.plain,
        key_name=key_name,
        tone=avatar_tone,
        _given=lambda attributes: {k: v for k, v in attributes.items() if v is not None},
        _dashed=lambda attributes: {
            k.replace("_", "-"): v for k, v in attributes.items() if v is not None
        },
        initials=initials,
        called=called,
    )
    app.jinja_env.globals.update(
        asset=_assets(app),
        _moment_of=lambda at: formats.moment(at, now=now(), zone=settings.timezone),
        now=now,
        example_day=lambda: formats.example_day(now().astimezone(settings.timezone).date()),
        example_month=lambda: formats.example_month(now().astimezone(settings.timezone).date()),
        is_demo=settings.is_demo,
        words_of_size=size_said,
        accept=ACCEPT,
    )
    _serve_stylesheet(app)
    entries = _entries_that_lead_somewhere(app, settings)

    @app.context_processor
    def surroundings() -> dict[str, Any]:
        user: SignedIn | None = g.get("user")
        flashed = cast(list[tuple[str, str]], get_flashed_messages(True))
        return {
            "user": user,
            "theme": theme(),
            "toasts": pages.toasts(flashed),
            "drafts_taken": pages.drafts_taken(flashed),
            "navigation": [entry for entry in entries if user and user.may(entry.least)],
            "counters": g.get("counters") or {},
            "here": request.path,
        }


def now() -> datetime:
    """This request's instant, for what a person reads; the domain takes the database's."""
    if "now" not in g:
        g.now = datetime.fromtimestamp(time.time(), UTC)
    instant: datetime = g.now
    return instant


def theme() -> str | None:
    """``light`` or ``dark`` when the person chose one; else the device decides."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in _THEMES else None


def key_name(chord: str) -> str:
    """``Ctrl ⏎`` of ``Control+Enter``, ``A`` of ``a``: as it stands on the key."""
    names = {"Control": "Ctrl", "Enter": "⏎", "Escape": "Esc"}
    return " ".join(
        names.get(part, part.upper() if len(part) == 1 else part) for part in chord.split("+")
    )


def initials(name: str) -> str:
    """``LF`` of Lucía Ferreyra."""
    words = [word for word in name.replace(",", " ").split() if word[0].isalpha()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def avatar_tone(name: str) -> int:
    """0–5: one person, one colour."""
    return hashlib.sha256(name.encode()).digest()[0] % 6


def _entries_that_lead_somewhere(app: Flask, settings: Settings) -> list[Entry]:
    roads = app.url_map.bind("localhost")
    entries = [entry for entry in _ENTRIES if roads.test(entry.href, "GET")]
    if settings.is_demo and settings.twilio_base_url:
        entries.append(
            Entry(
                text=_("Teléfono de prueba"),
                href=f"{settings.twilio_base_url.rstrip('/')}/simulator/phone",
                icon="message-circle",
                group="demo",
                foreign=True,
            )
        )
    return entries


def _assets(app: Flask) -> Callable[[str], str]:
    """``asset("public.css")``: its address, with a mark of its content."""
    made: dict[tuple[str, str], str] = {}  # a page has a hundred icons
    static = Path(app.static_folder or "")

    def asset(name: str) -> str:
        which = (name, request.script_root)
        if which not in made or app.debug:
            content = stylesheet() if name == "app.css" else (static / name).read_bytes()
            mark = hashlib.sha256(content).hexdigest()[:_MARK_LENGTH]
            if name == "app.css":
                made[which] = url_for("stylesheet", v=mark)
            else:
                made[which] = url_for("static", filename=name, v=mark)
        return made[which]

    return asset


def stylesheet() -> bytes:
    """The dashboard's one stylesheet: the files of ``static/css``, in their order."""
    folder = Path(__file__).parent / "static" / "css"
    parts = [*sorted(folder.glob("*.css")), *sorted((folder / "screens").glob("*.css"))]
    return b"\n".join(part.read_bytes() for part in parts)


def _serve_stylesheet(app: Flask) -> None:
    made: list[bytes] = []

    @app.get("/app.css", endpoint="stylesheet")
    @public
    def serve() -> Response:
        """The look of the sign-in page too: it shows nothing of anybody."""
        if not made or app.debug:
            made[:] = [stylesheet()]
        response = Response(made[0], mimetype="text/css")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
