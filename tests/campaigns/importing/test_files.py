import contextlib
import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.importing.errors import (
    EmptyFile,
    FileDamaged,
    FileRefused,
    FileTooBig,
    WrongFormat,
)
from campaigns.importing.files import Row, open_table
from campaigns.importing.limits import Limits

TEXT = "Nombre{0}Teléfono{0}Nota\r\nNúñez, Ana{0}11 5555-4444{0}ñandú\r\n"


def rows_of(path: Path, limits: Limits | None = None) -> list[Row]:
    table = open_table(path, limits=limits or Limits())
    return [(table.header_line, list(table.header)), *table.rows()]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_whatever_its_encoding_and_separator(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.format(separator).encode(encoding))

    assert rows_of(path) == [
        (1, ["Nombre", "Teléfono", "Nota"]),
        (2, ["Núñez, Ana", "11 5555-4444", "ñandú"]),
    ]


def test_commas_part_cells_and_quotes_keep_them_together(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Nombre,Nota\n"Núñez, Ana","dice ""hola"""\n', encoding="utf-8")

    assert rows_of(path)[1] == (2, ["Núñez, Ana", 'dice "hola"'])


def test_lines_are_counted_as_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('sep=;\n\nA;B\n;\n1;"dos\nlíneas"\n\n2;x\n', encoding="utf-8")

    assert [line for line, _ in rows_of(path)] == [3, 5, 8]


def test_one_late_accent_decides_the_encoding_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"A;B\n" + b"x;y\n" * 200_000 + "ñ;y\n".encode("cp1252"))

    table = open_table(path)

    assert list(table.rows())[-1] == (200_002, ["ñ", "y"])
    assert table.fraction_read() == 1.0


def test_an_xlsx_gives_texts_as_texts_and_numbers_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Portada").hide()
    book.add_worksheet("Vacía")
    sheet = book.add_worksheet("Datos")
    sheet.activate()
    sheet.write_row(0, 0, ["Nombre", "Vence", "Importe", "Nota"])
    sheet.write_rich_string(2, 0, "Núñez, ", book.add_format({"bold": True}), "Ana")
    sheet.write_number(2, 1, 46387, book.add_format({"num_format": "dd/mm/yyyy"}))
    sheet.write_number(2, 2, 45300.5)
    sheet.write_string(3, 3, "línea 4 & <más>")
    sheet.write_boolean(3, 0, True)
    sheet.write_formula(3, 1, "=1+1", None, 2)
    sheet.write_blank(9, 9, None, book.add_format({"bold": True}))
    book.close()

    table = open_table(path)

    assert table.detail == "hoja Datos"
    assert table.header == ["Nombre", "Vence", "Importe", "Nota"]
    assert list(table.rows()) == [
        (3, ["Núñez, Ana", 46387, 45300.5]),
        (4, ["sí", 2, "", "línea 4 & <más>"]),
    ]


def test_an_xlsx_without_shared_texts_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    book.add_worksheet().write_row(0, 0, ["Nombre", "Ñ"])
    book.close()

    assert open_table(path).header == ["Nombre", "Ñ"]


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", EmptyFile, "está vacío"),
        (b"\n\n  \n", EmptyFile, "no tiene ninguna fila"),
        (b"%PDF-1.7 ...", WrongFormat, "es un PDF"),
        (b"\x89PNG\r\n\x1a\n", WrongFormat, "una imagen"),
        (b"\xff\xd8\xff\xe0", WrongFormat, "una imagen"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", WrongFormat, "Excel viejo"),
        (b"<html><table><tr><td>a", WrongFormat, "página web"),
        (b"PK\x03\x04 nothing of the sort", FileDamaged, "dañado"),
        (b"A;B\n1;\x00\n", WrongFormat, "binario"),
        (b"A;B\n\x81\xff;2\n", FileDamaged, "acentos"),
        (b"\xff\xfeA\x00;", FileDamaged, "acentos"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(
    tmp_path: Path, content: bytes, error: type[FileRefused], sentence: str
) -> None:
    path = tmp_path / "suscripciones.xlsx"
    path.write_bytes(content)

    with pytest.raises(error, match=sentence):
        open_table(path)


def an_archive(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def a_workbook(sheet: str) -> bytes:
    return an_archive(
        {
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>'
            '<sheet name="H" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" '
            f'Type="{REL}/worksheet" Target="/xl/worksheets/s.xml"/></Relationships>',
            "xl/worksheets/s.xml": sheet,
        }
    )


def test_a_sheet_of_another_program_with_prefixes_and_no_places_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    cell = '<x:c t="inlineStr"><x:is><x:t>{}</x:t></x:is></x:c>'
    path.write_bytes(
        a_workbook(
            f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row>{cell.format("A")}'
            f"{cell.format('B')}</x:row><x:row><x:c><x:v>1.5E1</x:v></x:c></x:row>"
            "</x:sheetData></x:worksheet>"
        )
    )

    assert rows_of(path) == [(1, ["A", "B"]), (2, [15])]


@pytest.mark.parametrize(
    ("sheet", "error", "sentence"),
    [
        # a cell in the last corner asks a rectangle of cells for terabytes
        (
            f'<worksheet xmlns="{MAIN}"><sheetData><row r="1048576"><c r="XFD1048576">'
            "<v>1</v></c></row></sheetData></worksheet>",
            FileTooBig,
            "columna 16384",
        ),
        (
            '<!DOCTYPE a [<!ENTITY b "ha">]>'
            f'<worksheet xmlns="{MAIN}"><sheetData><row><c><v>&b;</v></c></row></sheetData>'
            "</worksheet>",
            FileDamaged,
            "dañado",
        ),
        (f'<worksheet xmlns="{MAIN}"><sheetData><row><c><v>1', FileDamaged, "dañado"),
        (
            f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="s"><v>7</v></c></row></sheetData>'
            "</worksheet>",
            FileDamaged,
            "dañado",
        ),
    ],
)
def test_a_sheet_made_to_hurt_is_refused(
    tmp_path: Path, sheet: str, error: type[FileRefused], sentence: str
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(a_workbook(sheet))

    with pytest.raises(error, match=sentence):
        rows_of(path)


FILES = [
    a_workbook(
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Nombre'
        '</t></is></c><c r="B1"><v>12.5</v></c></row><row r="2"><c r="B2" t="b"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    ),
    'sep=;\nNombre;"Te;l"\r\nñu,"a\nb";1\n\n"x""y";\t;\n'.encode("cp1252"),
    "Nombre\tNota\r\nñu\tx\r\n".encode("utf-16"),
]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(FILES),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.one_of(st.none(), st.floats(0, 1)),
)
def test_a_file_with_broken_bytes_is_read_or_refused(
    tmp_path: Path, content: bytes, broken: list[tuple[float, int]], cut: float | None
) -> None:
    changed = bytearray(content)
    for place, byte in broken:
        changed[int(place * len(changed))] = byte
    path = tmp_path / "broken"
    path.write_bytes(changed[: None if cut is None else int(cut * len(changed))])

    with contextlib.suppress(FileRefused):
        assert all(line > 0 for line, _ in rows_of(path))


def test_other_archives_are_no_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"

    path.write_bytes(an_archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}))
    with pytest.raises(WrongFormat, match="ODS"):
        open_table(path)

    path.write_bytes(an_archive({"hola.txt": "hola"}))
    with pytest.raises(WrongFormat, match="un ZIP"):
        open_table(path)


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(csv_bytes=20), "bytes"),
        (Limits(csv_rows=1), "rows"),
        (Limits(columns=1), "columns"),
    ],
)
def test_a_csv_beyond_a_limit_is_refused_before_its_rows(
    tmp_path: Path, limits: Limits, limit: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("A;B\n1;2\n3;4\n5;6\n7;8\n9;10\n", encoding="utf-8")

    with pytest.raises(FileTooBig, match="Partilo") as refusal:
        open_table(path, limits=limits)

    assert refusal.value.limit == limit


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(xlsx_bytes=20), "bytes"),
        (Limits(xlsx_rows=1), "rows"),
        (Limits(columns=1), "columns"),
        (Limits(xlsx_inflated_bytes=2000), "inflated"),
        (Limits(xlsx_members=3), "inflated"),
        (Limits(xlsx_texts=1), "texts"),
    ],
)
def test_an_xlsx_beyond_a_limit_is_refused_before_its_rows(
    tmp_path: Path, limits: Limits, limit: str
) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for row in range(4):
        sheet.write_row(row, 0, ["a", "b"])
    book.close()

    with pytest.raises(FileTooBig) as refusal:
        open_table(path, limits=limits)

    assert refusal.value.limit == limit


@pytest.mark.parametrize("rest", ["1;2\n" * 30, "1;2\n" * 100_000])
def test_a_quote_left_open_stops_the_file_at_its_line(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text('A;B\n1;2\n3;"cuatro\n' + rest, encoding="utf-8")
    table = open_table(path)
    rows = table.rows()

    assert next(rows) == (2, ["1", "2"])
    with pytest.raises(FileDamaged, match="comillas sin cerrar en la línea 3") as refusal:
        next(rows)

    assert refusal.value.line == 3
