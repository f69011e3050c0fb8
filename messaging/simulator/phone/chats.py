"""The list of chats, newest first: read from the ledger as frozen data."""

from dataclasses import dataclass

from messaging.simulator.customers import IMAGE, profile_name
from messaging.simulator.ledger import Ledger, Row
from messaging.simulator.phone.marks import unmarked
from messaging.simulator.phone.spanish import fold, folded_name

PAGE = 50
ARRIVED = "('delivered', 'read', 'received')"
SHOWS = {"": "Todos", "unread": "Sin leer", "wrote": "Escribieron", "hand": "Manejás vos"}
_HE = "'whatsapp:' || last.phone"
# Walks back from the newest message and stops with the page, however long the ledger is.
_NOTHING_LATER = (
    f"NOT EXISTS (SELECT 1 FROM messages AS his WHERE his.sender = {_HE} AND his.id > last.id)"  # noqa: S608
    f" AND NOT EXISTS (SELECT 1 FROM messages AS ours WHERE ours.recipient = {_HE}"
    f" AND ours.id > last.id AND ours.status IN {ARRIVED})"
)
# What he answered he has read, even if he tells nobody.
_UNREAD = (
    f"(SELECT count(*) FROM messages AS ours WHERE ours.recipient = {_HE} AND ours.status ="  # noqa: S608
    " 'delivered' AND ours.id > coalesce((SELECT max(his.id) FROM messages AS his"
    f" WHERE his.sender = {_HE}), 0))"
)
_KEEPS = {
    "unread": f"direction != 'inbound' AND {_UNREAD}",
    "wrote": f"EXISTS (SELECT 1 FROM messages AS his WHERE his.sender = {_HE})",  # noqa: S608
    "hand": "phone IN (SELECT phone FROM by_hand)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRow:
    phone: str
    name: str
    text: str
    mine: bool  # he wrote the last one
    taken: bool  # and the product has it
    at: float
    unread: int
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPage:
    rows: list[ChatRow]
    next_after: int | None


def teach(ledger: Ledger) -> None:
    """The ledger knows numbers, people search for names."""
    ledger.teach("folded_name", folded_name)


def chat_page(ledger: Ledger, *, search: str, show: str, after: int | None) -> ChatPage:
    """One page; ``after`` is the `next_after` of the one before."""
    where, bound = ["1"], list[str | int]()
    digits = "".join(one for one in search if one.isdecimal())
    if after is not None:
        where.append("id < ?")
        bound.append(after)
    if len(digits) >= 3:
        where.append("phone LIKE ?")
        bound.append(f"%{digits}%")
    elif search.strip():
        where.append("instr(folded_name(phone), ?)")
        bound.append(fold(" ".join(search.split())))
    if show in _KEEPS:
        where.append(_KEEPS[show])
    found = ledger.rows(
        f"SELECT phone, id AS last_id, {_UNREAD} AS unread FROM messages AS last"  # noqa: S608
        f" WHERE status IN {ARRIVED} AND {' AND '.join(where)} AND {_NOTHING_LATER}"
        f" ORDER BY id DESC LIMIT {PAGE + 1}",
        bound,
    )
    shown = found[:PAGE]
    marks = ", ".join("?" * len(shown))
    last = ledger.rows(
        f"SELECT * FROM messages WHERE id IN ({marks})",  # noqa: S608 - question marks alone
        [row["last_id"] for row in shown],
    )
    by_id = {row["id"]: row for row in last}
    driven = {row["phone"] for row in ledger.rows("SELECT phone FROM by_hand")}
    rows = [_chat_row(row, by_id[row["last_id"]], by_hand=row["phone"] in driven) for row in shown]
    return ChatPage(rows=rows, next_after=shown[-1]["last_id"] if len(found) > PAGE else None)


def latest_line(ledger: Ledger) -> str:
    """Our sender of the newest message, empty where nobody has written yet."""
    row = ledger.row("SELECT direction, sender, recipient FROM messages ORDER BY id DESC LIMIT 1")
    if row is None:
        return ""
    ours = row["recipient"] if row["direction"] == "inbound" else row["sender"]
    return str(ours).removeprefix("whatsapp:")


def _chat_row(row: Row, last: Row, *, by_hand: bool) -> ChatRow:
    return ChatRow(
        phone=row["phone"],
        name=profile_name(row["phone"]),
        text=_one_line(last),
        mine=last["direction"] == "inbound",
        taken=last["acknowledged_at"] is not None,
        at=last["sent_at"] or last["created_at"],
        unread=row["unread"],
        by_hand=by_hand,
    )


def _one_line(message: Row) -> str:
    text = unmarked(message["body"])[:90]
    if message["kind"] == IMAGE or message["num_media"]:
        return f"📷 {text or 'Foto'}"
    return text
