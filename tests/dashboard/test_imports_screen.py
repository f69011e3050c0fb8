"""Importing on screen: the file, its columns, the dry run, the import, and every wrong input."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from campaigns.importing.examples import as_csv, as_xlsx, example_rows
from campaigns.importing.limits import LIMITS
from dashboard import uploads
from dashboard.rehearsal.sample_file import write_sample
from models.audit import AuditEvent, Import, ImportKind
from models.coupon import Coupon
from models.message import ID_BLOCK
from models.people import ContactPoint, Role
from models.states import ImportState
from models.subscription import Subscription
from runtime.wiring import Runtime
from tests.conftest import NOON
from tests.dashboard.conftest import Browser
from tests.sent_coupons import SentCoupons
from tests.statements import statements
from workers.stored_imports import folder, work

HEADER = "Nombre;Documento;Teléfono;Plan;Grupo;Orden\n"
GOOD = "Ana;20123456;11 5555-4444;P;1;1\n"
BAD = "=Ben;20123457;+54 9 11 555;P;1;2\n"

Post = Callable[..., TestResponse]


@pytest.fixture
def lucia(signed_in: Callable[..., Browser]) -> Browser:
    return signed_in(Role.SUPERVISOR, name="Lucía Ferreyra")


def send(
    browser: Browser, content: bytes | str, *, name: str = "enero.csv", kind: str = "subscriptions"
) -> TestResponse:
    body = content.encode() if isinstance(content, str) else content
    return browser.post(
        "/subscriptions/import",
        data={"kind": kind, "file": (io.BytesIO(body), name)},
        content_type="multipart/form-data",
    )


def uploaded(browser: Browser, content: bytes | str, **other: str) -> str:
    """The address of a file's import, waiting for its columns."""
    answer = send(browser, content, **other)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


GUESSED = {
    f"column-{place}": field
    for place, field in enumerate(("name", "document", "phone", "plan", "group_code", "order_code"))
}


def rehearsed(browser: Browser, runtime: Runtime, content: str) -> str:
    at = uploaded(browser, content)
    assert browser.post(f"{at}/columns", data=GUESSED).status_code == 303
    work(runtime, number(at))
    return at


def number(at: str) -> int:
    return int(at.rpartition("/")[2])


def state(session: Session, at: str) -> ImportState:
    session.rollback()
    return session.scalars(select(Import.state).where(Import.id == number(at))).one()


def subscriptions(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Subscription)) or 0


def stored(runtime: Runtime) -> list[str]:
    return sorted(file.name for file in folder(runtime.settings).iterdir())


def test_a_file_goes_from_upload_to_the_list(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    at = uploaded(lucia, HEADER + GOOD + BAD)
    columns = lucia.get(at).text
    assert "Por el nombre" in columns
    assert "Está todo lo que hace falta" in columns

    assert lucia.post(f"{at}/columns", data=GUESSED).status_code == 303
    assert "Ensayando" in lucia.get(at).text
    work(runtime, number(at))
    rehearsal = lucia.get(at).text
    assert "Importar 1 fila" in rehearsal
    assert "le faltan dígitos" in rehearsal
    assert "+54 9 11 555" in rehearsal
    assert subscriptions(session) == 0

    assert lucia.post(f"{at}/write").status_code == 303
    assert "Importando" in lucia.get(at).text
    work(runtime, number(at))
    assert "Listo: 1 fila importada" in lucia.get(at).text
    assert subscriptions(session) == 1
    assert "Ana" in lucia.get("/subscriptions").text
    listed = lucia.get("/subscriptions/imports").text
    assert "enero.csv" in listed
    assert "Lucía Ferreyra" in listed
    acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert list(acts)[-3:] == ["import.upload", "import.rehearse", "import.write"]


def test_refused_rows_come_back_harmless_and_go_in_once_corrected(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    at = rehearsed(lucia, runtime, HEADER + GOOD + BAD)
    lucia.post(f"{at}/write")
    work(runtime, number(at))

    answer = lucia.get(f"{at}/refused.csv")

    assert "enero-rechazadas.csv" in answer.headers["Content-Disposition"]
    text = answer.data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[1][0] == "'=Ben"
    assert rows[1][2] == "'+54 9 11 555"
    assert rows[1][-2] == "3"
    corrected = text.replace("11 555", "11 5555 4445")
    again = uploaded(lucia, corrected, name="enero-rechazadas.csv")
    assert lucia.post(f"{again}/columns", data=GUESSED).status_code == 303
    work(runtime, number(again))
    lucia.post(f"{again}/write")
    work(runtime, number(again))
    session.rollback()
    phones = session.scalars(select(ContactPoint.phone).order_by(ContactPoint.id)).all()
    assert list(phones) == ["+5491155554444", "+5491155554445"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", list(ImportKind))
def test_the_example_is_a_file_that_goes_in(
    lucia: Browser, runtime: Runtime, form: str, kind: ImportKind
) -> None:
    answer = lucia.get(f"/subscriptions/import/example.{form}?kind={kind}")
    assert f".{form}" in answer.headers["Content-Disposition"]

    at = uploaded(lucia, answer.data, name=f"ejemplo.{form}", kind=kind.value)

    page = lucia.get(at).text
    assert "Está todo lo que hace falta" in page
    assert "No la reconocemos" not in page


def test_every_row_of_the_example_is_good(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    rows = example_rows(ImportKind.SUBSCRIPTIONS, today=NOON.date())
    at = uploaded(lucia, as_xlsx(rows), name="ejemplo.xlsx")
    columns = lucia.get(at).text
    chosen = {f"column-{place}": _selected(columns, place) for place in range(len(rows[0]))}
    lucia.post(f"{at}/columns", data=chosen)
    work(runtime, number(at))

    assert "Importar 2 filas" in lucia.get(at).text
    assert as_csv(rows).startswith(b"\xef\xbb\xbfNombre;Documento")


def test_the_rehearsal_says_how_many_coupons_will_be_paid(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    sent = SentCoupons.of_type(session, "mora", now=NOON).to("Ana")
    session.commit()
    order = sent.message_id // ID_BLOCK
    content = f"Administradora;Grupo;Orden;Cuota;Pagado el\nAutoplan;1042;{order};14;12/11/2026\n"
    at = uploaded(lucia, content, kind="coupons")
    fields = ("administrator", "group_code", "order_code", "instalment", "paid")
    lucia.post(f"{at}/columns", data={f"column-{n}": each for n, each in enumerate(fields)})
    work(runtime, number(at))

    rehearsed = lucia.get(at).text
    lucia.post(f"{at}/write")
    work(runtime, number(at))

    assert "1 cupón va a quedar pagado" in rehearsed
    assert "1 cupón quedó pagado." in lucia.get(at).text
    subscription_id = session.scalars(select(Coupon.subscription_id)).one()
    coupons = lucia.get(f"/subscriptions/{subscription_id}/coupons").text
    assert "Pagado</span><small>el 12/11/2026</small>" in coupons
    assert "el jue 12 nov" in lucia.get(f"/desk/{sent.case_id}?view=all").text


def _selected(page: str, place: int) -> str:
    select_of = page.partition(f'name="column-{place}"')[2].partition("</select>")[0]
    return select_of.partition(" selected")[0].rpartition('value="')[2].rstrip('"')


def broken_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook>")
    return stream.getvalue()


def bomb() -> bytes:
    """It says that it holds more than it weighs by far."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/workbook.xml", b"0")
        book.filelist[0].file_size = 900 * 1024 * 1024
    return stream.getvalue()


def workbook_without_rows() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    book.add_worksheet()
    book.close()
    return stream.getvalue()


WRONG = {
    "an empty file": (b"", "El archivo está vacío"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "El archivo es una imagen"),
    "a PDF": (b"%PDF-1.7", "El archivo es un PDF"),
    "an old Excel": (b"\xd0\xcf\x11\xe0" + b"0" * 99, "Excel viejo"),
    "a web page": (b"<html><table>", "una página web"),
    "a program": (b"MZ\x00\x00\x00", "binario"),
    "a broken XLSX": (b"PK\x03\x04 rest", "El Excel está dañado"),
    "an XLSX that lacks parts": (broken_zip(), "El Excel está dañado"),
    "an XLSX without rows": (workbook_without_rows(), "no tiene ninguna hoja visible con filas"),
    "blank lines": (b"\n\n;;;\n", "El archivo"),
    "a header alone": (HEADER.encode(), "tiene encabezado y ninguna fila debajo"),
    "an unknown encoding": (b"Nombre\n\x81\x8d\xff\xfe", "acentos"),
}


@pytest.mark.parametrize(("content", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_no_table_is_refused_in_words_and_not_kept(
    lucia: Browser, runtime: Runtime, session: Session, content: bytes, sentence: str
) -> None:
    answer = send(lucia, content, name="rara.csv")

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "rara.csv" in answer.text
    assert stored(runtime) == []
    assert session.scalar(select(func.count()).select_from(Import)) == 0


def test_a_zip_bomb_is_refused_before_it_is_opened(lucia: Browser, runtime: Runtime) -> None:
    answer = send(lucia, bomb(), name="bomba.xlsx")

    assert answer.status_code == 422
    assert "El Excel ocupa 900 MB al abrirse" in answer.text
    assert stored(runtime) == []


def test_no_file_at_all_is_said(lucia: Browser) -> None:
    answer = lucia.post("/subscriptions/import", data={"kind": "coupons"})

    assert answer.status_code == 422
    assert "Elegí un archivo CSV o XLSX." in answer.text


def test_a_file_beyond_the_limit_is_refused_unread(
    lucia: Browser, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(uploads._TAKES, uploads.IMPORT, 2_000_000)

    fits = send(lucia, HEADER + GOOD + ";" * 1_500_000)
    answer = send(lucia, HEADER + GOOD * 80_000)

    assert fits.status_code in (303, 422)  # more than any other address takes
    assert answer.status_code == 413
    assert f"más de {LIMITS.csv_bytes // 2**20} MB" in answer.text


def test_other_addresses_take_no_more_than_before(lucia: Browser) -> None:
    answer = lucia.post("/subscriptions/imports/1/columns", data={"column-0": "x" * 2_000_000})

    assert answer.status_code == 413


def test_a_file_is_kept_under_a_random_name_that_only_we_read(
    lucia: Browser, runtime: Runtime
) -> None:
    at = uploaded(lucia, HEADER + GOOD, name="../../etc/passwd.csv")

    (name,) = stored(runtime)
    assert "passwd" not in name
    assert (folder(runtime.settings) / name).stat().st_mode & 0o077 == 0
    page = lucia.get(at).text
    assert "passwd.csv" in page
    assert "../" not in page


def test_a_name_that_is_markup_is_shown_as_text(lucia: Browser) -> None:
    at = uploaded(lucia, "<b>x</b>;Nombre\n<script>1</script>;Ana\n", name="<img src=x>.csv")

    page = lucia.get(at).text
    assert "<script>1" not in page
    assert "<img src=x" not in page


def test_columns_that_repeat_or_are_unknown_are_asked_about(lucia: Browser) -> None:
    at = uploaded(lucia, "Nombre;Grupo;Grupo;Vendedor\nAna;1;2;Quique\n")

    page = lucia.get(at).text

    assert "Puede ser grupo, como «Grupo»: elegí cuál" in page
    assert "No la reconocemos" in page
    assert "Falta decir cuál es: Documento, Teléfono, Plan, Grupo, Orden" in page


def test_what_is_missing_is_told_while_columns_are_chosen(lucia: Browser) -> None:
    at = uploaded(lucia, HEADER + GOOD)

    answer = lucia.post(
        f"{at}/gaps",
        data={**GUESSED, "column-1": ""},
        headers={"HX-Request-Type": "partial"},
    )

    assert "Falta decir cuál es: Documento" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"column-1": ""}, "Faltan columnas: «documento»"),
        ({"column-1": "name"}, "Más de una columna puede ser «nombre»"),
        ({"column-1": "password_hash"}, "No existe el campo"),
        ({"default_area": "once"}, "Son de 2 a 4 números"),
    ],
    ids=["one lacks", "one twice", "one invented", "an area in words"],
)
def test_a_choice_that_cannot_be_comes_back_with_what_was_chosen(
    lucia: Browser, session: Session, change: dict[str, str], sentence: str
) -> None:
    at = uploaded(lucia, HEADER + GOOD)

    answer = lucia.post(f"{at}/columns", data={**GUESSED, **change, "administrator": "Norte"})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Norte"' in answer.text
    assert state(session, at) is ImportState.UPLOADED


def test_a_column_of_ones_own_and_what_fills_gaps(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    at = uploaded(
        lucia, HEADER.replace("\n", ";Vendedor\n") + "Ana;20123456;444-5555;P;1;1;Quique\n"
    )
    chosen = {**GUESSED, "column-6": "own", "default_area": "0351", "administrator": " Plan  Sur "}
    assert lucia.post(f"{at}/columns", data=chosen).status_code == 303
    work(runtime, number(at))
    lucia.post(f"{at}/write")
    work(runtime, number(at))

    session.rollback()
    found = session.scalars(select(Subscription)).one()
    assert (found.administrator, found.custom) == ("Plan Sur", {"Vendedor": "Quique"})
    assert session.scalars(select(ContactPoint.phone)).one() == "+5493514445555"


def test_no_usable_row_leaves_nothing_to_press(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    at = rehearsed(lucia, runtime, HEADER + BAD)

    page = lucia.get(at).text
    assert "Ninguna fila se puede importar" in page
    assert "/write" not in page
    assert lucia.post(f"{at}/write").status_code == 303
    assert state(session, at) is ImportState.REHEARSED


def test_the_same_file_again_says_so_and_changes_nothing(lucia: Browser, runtime: Runtime) -> None:
    first = rehearsed(lucia, runtime, HEADER + GOOD)
    lucia.post(f"{first}/write")
    work(runtime, number(first))

    again = rehearsed(lucia, runtime, HEADER + GOOD)

    page = lucia.get(again).text
    assert again != first
    assert "Este mismo archivo ya se importó" in page
    assert "No hay nada que importar" in page


def test_a_form_sent_twice_is_one_import(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    first = uploaded(lucia, HEADER + GOOD)
    second = uploaded(lucia, HEADER + GOOD)
    lucia.post(f"{first}/columns", data=GUESSED)
    work(runtime, number(first))

    answers = [lucia.post(f"{first}/write") for _ in range(2)]
    work(runtime, number(first))
    late = lucia.post(f"{first}/write")

    assert first == second
    assert len(stored(runtime)) == 0
    assert [answer.status_code for answer in (*answers, late)] == [303, 303, 303]
    assert subscriptions(session) == 1


def test_columns_can_be_chosen_again_and_an_import_be_left(
    lucia: Browser, runtime: Runtime, session: Session
) -> None:
    at = rehearsed(lucia, runtime, HEADER + GOOD)

    assert lucia.post(f"{at}/again").status_code == 303
    assert state(session, at) is ImportState.UPLOADED
    assert lucia.post(f"{at}/cancel").status_code == 303
    assert state(session, at) is ImportState.CANCELLED
    assert "No se escribió nada" in lucia.get(at).text
    assert lucia.post(f"{at}/columns", data=GUESSED).status_code == 409


def test_progress_is_polled_and_answers_204_while_nothing_is_new(
    lucia: Browser, runtime: Runtime
) -> None:
    at = uploaded(lucia, HEADER + GOOD)
    lucia.post(f"{at}/columns", data=GUESSED)
    part = {"HX-Request-Type": "partial"}
    page = lucia.get(at, headers=part).text
    assert 'hx-trigger="every 1s"' in page
    version = page.partition("v=")[2].partition('"')[0]

    same = lucia.get(f"{at}?v={version}", headers=part)
    work(runtime, number(at))
    new = lucia.get(f"{at}?v={version}", headers=part)

    assert same.status_code == 204
    assert new.status_code == 200
    assert "Importar 1 fila" in new.text
    assert "every 1s" not in new.text
    assert "<html" not in new.text


def test_the_first_rows_are_shown_as_they_are(lucia: Browser) -> None:
    at = uploaded(lucia, HEADER + GOOD * 30)

    page = lucia.get(f"{at}/rows").text

    assert page.count("11 5555-4444") == 20


def test_an_import_of_the_terminal_is_listed_and_looked_at(
    lucia: Browser, session: Session
) -> None:
    record = Import(
        kind=ImportKind.SUBSCRIPTIONS,
        state=ImportState.DONE,
        file_name="noche.csv",
        file_hash="x",
        mapping={},
        rows_read=10,
        created=9,
        refused=1,
        finished_at=NOON,
    )
    session.add(record)
    session.commit()

    assert "desde la terminal" in lucia.get("/subscriptions/imports").text
    assert "10 filas leídas" in lucia.get(f"/subscriptions/imports/{record.id}").text
    assert lucia.get(f"/subscriptions/imports/{record.id}/refused.csv").status_code == 404


def test_an_operator_imports_nothing(
    signed_in: Callable[..., Browser], lucia: Browser, session: Session
) -> None:
    at = uploaded(lucia, HEADER + GOOD)
    diego = signed_in(Role.OPERATOR)

    assert send(diego, HEADER + GOOD).status_code == 403
    for path in ("/subscriptions/import", "/subscriptions/imports", at, f"{at}/rows"):
        assert diego.get(path).status_code == 403
    for action in ("columns", "write", "cancel", "again"):
        assert diego.post(f"{at}/{action}").status_code == 403
    assert "Importar" not in diego.get("/subscriptions").text


def test_no_import_page_asks_much_of_the_database(
    lucia: Browser, runtime: Runtime, tmp_path: Path
) -> None:
    sample = write_sample(tmp_path / "a.csv", rows=200, seed=3, bad_rows=40).read_bytes()
    at = uploaded(lucia, sample)
    for path in (at, "/subscriptions/import", "/subscriptions/imports"):
        with statements(*runtime.engines) as asked:
            assert lucia.get(path).status_code == 200
        assert len(asked) <= 12, (path, len(asked))
