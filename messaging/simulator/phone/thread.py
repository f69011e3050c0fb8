"""One chat as its customer sees it, and what else is known about him."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from messaging.simulator.acting import TAPPABLE
from messaging.simulator.customers import external_user_id, profile_name
from messaging.simulator.ledger import INBOUND, Ledger, Row
from messaging.simulator.phone.chats import ARRIVED
from messaging.simulator.phone.marks import Run, plain, runs, unmarked
from messaging.simulator.phone.spanish import day_mark
from messaging.simulator.state import Simulator
from messaging.simulator.templates import render

MESSAGES = 50
_REASONS = {
    63003: "el número no está en WhatsApp",
    63012: "falla pasajera de WhatsApp",
    63019: "no se pudo bajar el archivo",
    63016: "la ventana de 24 horas estaba cerrada",
    63018: "demasiados mensajes a la vez",
    63021: "el texto es demasiado largo",
    63024: "el número no puede recibirlo",
    63028: "faltaba un dato de la plantilla",
    63032: "WhatsApp no se lo deja recibir",
    63040: "la plantilla está rechazada",
    63041: "la plantilla está en pausa",
    63042: "la plantilla está desactivada",
    63049: "WhatsApp decidió no entregarle publicidad",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button under a message."""

    kind: str  # QUICK_REPLY, LIST_ITEM, URL, PHONE_NUMBER…
    title: str
    place: int  # among those that can be tapped
    href: str  # http(s) alone, else empty
    tapped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    sid: str
    is_image: bool
    is_audio: bool
    mine: bool
    source: str  # where the line keeps it; empty: we have it


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    sid: str
    mine: bool
    line: str
    at: float
    day: str  # the mark above it, empty when it is the day of the one before
    other_line: bool  # than that of the one before
    tail: bool
    header: str
    body: list[Run]
    footer: str
    quoted: "Quoted | None"
    choices: list[Choice]
    pictures: list[Picture]
    state: str  # of what he sent: taken, waiting or lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    sid: str
    text: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    phone: str
    name: str
    external_id: str
    line: str  # the one he would answer
    bubbles: list[Bubble]
    has_older: bool
    unread: int
    by_hand: bool
    opted_out: bool
    window_until: float | None
    on_the_way: int
    not_arrived: list[tuple[float, str]] = field(default_factory=list)


def read_chat(sim: Simulator, phone: str, *, messages: int, line: str) -> Chat:
    """``line`` is taken where he has no message yet."""
    ledger, address = sim.ledger, f"whatsapp:{phone}"
    rows = ledger.rows(
        "SELECT * FROM messages WHERE (sender = :he OR recipient = :he)"  # noqa: S608 - constant
        f" AND status IN {ARRIVED} ORDER BY id DESC LIMIT :most",
        {"he": address, "most": messages + 1},
    )
    has_older = len(rows) > messages
    shown = rows[:messages][::-1]
    others = ledger.rows(
        "SELECT coalesce(sent_at, created_at) AS at, status, error_code FROM messages"  # noqa: S608
        f" WHERE recipient = ? AND status NOT IN {ARRIVED} ORDER BY id",
        (address,),
    )
    failed = [row for row in others if row["status"] in ("failed", "undelivered")]
    unread = ledger.rows(
        "SELECT 1 FROM messages WHERE recipient = ? AND status = 'delivered'", (address,)
    )
    known = ledger.row(
        "SELECT max(last_inbound_at) AS wrote_at, max(opted_out) AS opted_out FROM customers"
        " WHERE phone = ?",
        (phone,),
    )
    wrote_at = known["wrote_at"] if known is not None else None
    return Chat(
        phone=phone,
        name=profile_name(phone),
        external_id=external_user_id(phone),
        line=_line_of(shown[-1]) if shown else line,
        bubbles=_bubbles(sim, shown),
        has_older=has_older,
        unread=len(unread),
        by_hand=sim.automation.is_by_hand(phone),
        opted_out=bool(known is not None and known["opted_out"]),
        window_until=wrote_at + sim.profile.window_hours * 3_600 if wrote_at else None,
        on_the_way=sum(
            row["status"] not in ("failed", "undelivered", "canceled") for row in others
        ),
        not_arrived=[
            (row["at"], _REASONS.get(row["error_code"], f"código {row['error_code']}"))
            for row in failed
        ],
    )


def read_quoted(ledger: Ledger, phone: str, sid: str) -> Quoted | None:
    """The message he is about to answer, if it is one he got."""
    row = ledger.row(
        "SELECT * FROM messages WHERE sid = ? AND recipient = ?", (sid, f"whatsapp:{phone}")
    )
    return _quoted(row) if row is not None else None


def _bubbles(sim: Simulator, rows: list[Row]) -> list[Bubble]:
    ledger = sim.ledger
    replies = {row["sid"]: json.loads(row["reply"]) for row in rows if row["reply"]}
    wanted = {reply["quoted_sid"] for reply in replies.values()} - {None}
    quoted = {row["sid"]: row for row in _in(ledger, "messages", "sid", wanted)}
    media: dict[int, list[Row]] = {}
    for row in _in(ledger, "media", "message_id", {r["id"] for r in rows if r["num_media"]}):
        media.setdefault(row["message_id"], []).append(row)
    unheard = {r["id"] for r in rows if r["reply"] and r["acknowledged_at"] is None}
    waiting = {
        row["message_id"]
        for row in _in(ledger, "events", "message_id", unheard)
        if row["kind"] == INBOUND
    }
    tapped = {
        (reply["quoted_sid"], reply["button"]["index"])
        for reply in replies.values()
        if reply["button"]
    }
    now, before, bubbles = sim.now(), None, list[Bubble]()
    for row in rows:
        mine = row["direction"] == "inbound"
        at = row["sent_at"] or row["created_at"]
        day, line = day_mark(at, now), _line_of(row)
        header, footer = ("", "") if mine else _frame(sim, row)
        source = quoted.get(replies[row["sid"]]["quoted_sid"]) if mine else None
        new_day = before is None or day_mark(before.at, now) != day
        other_line = before is not None and before.line != line
        bubble = Bubble(
            sid=row["sid"],
            mine=mine,
            line=line,
            at=at,
            day=day if new_day else "",
            other_line=other_line,
            tail=before is None or before.mine != mine or new_day or other_line,
            header=plain(header),
            body=runs(row["body"]),
            footer=plain(footer),
            quoted=_quoted(source) if source is not None else None,
            choices=_choices(row, tapped),
            pictures=[_picture(one, mine=mine) for one in media.get(row["id"], ())],
            state="taken" if row["id"] not in unheard else
            "waiting" if row["id"] in waiting else "lost",
        )  # fmt: skip
        bubbles.append(bubble)
        before = bubble
    return bubbles


def _choices(row: Row, tapped: set[tuple[str, int]]) -> list[Choice]:
    choices, place = list[Choice](), 0
    for button in json.loads(row["buttons"]):
        href = button.get("url", "")
        choices.append(
            Choice(
                kind=button["type"],
                title=plain(button["title"]),
                place=place,
                href=href if urlsplit(href).scheme in ("http", "https") else "",
                tapped=(row["sid"], int(button["index"])) in tapped,
            )
        )
        place += button["type"] in TAPPABLE
    return choices


def _frame(sim: Simulator, row: Row) -> tuple[str, str]:
    """Header and footer of the template it was sent with."""
    content = sim.contents.find(row["content_sid"]) if row["content_sid"] else None
    if content is None:
        return "", ""
    rendered = render(content, json.loads(row["variables"] or "{}"))
    return rendered.header, rendered.footer


def _picture(row: Row, *, mine: bool) -> Picture:
    kind = row["content_type"].partition("/")[0]
    return Picture(
        sid=row["sid"],
        is_image=kind == "image",
        is_audio=kind == "audio",
        mine=mine,
        source=row["source"] or "",
    )


def _quoted(row: Row) -> Quoted:
    text = unmarked(row["body"])[:140] or ("📷 Foto" if row["num_media"] else "")
    return Quoted(sid=row["sid"], text=text, mine=row["direction"] == "inbound")


def _line_of(row: Row) -> str:
    ours = row["recipient"] if row["direction"] == "inbound" else row["sender"]
    return str(ours).removeprefix("whatsapp:")


def _in(ledger: Ledger, table: str, column: str, values: set[str] | set[int]) -> list[Row]:
    if not values:
        return []
    marks = ", ".join("?" * len(values))
    return ledger.rows(
        f"SELECT * FROM {table} WHERE {column} IN ({marks})",  # noqa: S608 - names are ours
        tuple(values),
    )
