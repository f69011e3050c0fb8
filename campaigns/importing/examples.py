"""A file to begin with: the columns that are understood, with two invented rows."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from xml.sax.saxutils import escape

from campaigns.importing.fields import FIELDS
from models.audit import ImportKind

_PEOPLE: tuple[dict[str, str], ...] = (
    {
        "name": "SOSA, MARIANA BELÉN", "document": "30111222", "phone": "11 5555-4444",
        "email": "mariana@correo.example", "plan": "Cóndor 84 cuotas", "plan_model": "Cóndor 1.4",
        "plan_term": "84", "plan_kind": "70/30", "administrator": "Plan Norte S.A.",
        "group_code": "4001", "order_code": "007", "contract_number": "C-10001",
        "state": "Activa", "instalments_paid": "13", "instalments_overdue": "1",
        "instalment": "14", "amount": "45.300,50", "paid": "no", "payment_code": "00014400100071",
        "payment_url": "https://pagos.example/14",
    },
    {
        "name": "DÍAZ, BENITO", "document": "20-12345678-6", "phone": "0351 15 444-5555",
        "email": "", "plan": "Pampero 120 cuotas", "plan_model": "Pampero 1.6",
        "plan_term": "120", "plan_kind": "100 %", "administrator": "Plan Norte S.A.",
        "group_code": "4002", "order_code": "115", "contract_number": "C-10002",
        "state": "Adjudicada", "instalments_paid": "40", "instalments_overdue": "0",
        "instalment": "41", "amount": "61.250,00", "paid": "sí", "payment_code": "00041400201152",
        "payment_url": "https://pagos.example/41",
    },
)  # fmt: skip
_SHOWN = {
    ImportKind.SUBSCRIPTIONS: (
        "name", "document", "phone", "email", "administrator", "plan", "plan_model", "plan_term",
        "plan_kind", "group_code", "order_code", "contract_number", "state", "instalments_paid",
        "instalments_overdue", "instalment", "amount", "due_date", "second_due_date",
        "payment_code", "payment_url", "paid",
    ),
    ImportKind.COUPONS: (
        "contract_number", "administrator", "group_code", "order_code", "instalment", "amount",
        "due_date", "second_due_date", "payment_code", "payment_url", "paid",
    ),
}  # fmt: skip


def example_rows(kind: ImportKind, *, today: date) -> list[list[str]]:
    """The header and two rows whose coupons are not due yet."""
    codes = _SHOWN[kind]
    dates = {
        "due_date": f"{today + timedelta(days=20):%d/%m/%Y}",
        "second_due_date": f"{today + timedelta(days=30):%d/%m/%Y}",
    }
    header = [FIELDS[kind][code].label.capitalize() for code in codes]
    return [header, *([{**dates, **person}[code] for code in codes] for person in _PEOPLE)]


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """As a spreadsheet here opens it: `;`, and a mark that says UTF-8."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """One sheet, every cell text, so that a spreadsheet changes no phone and no code."""
    cells = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr" s="1"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        + "</row>"
        for row in rows
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _PARTS.items():
            book.writestr(name, _XML + content)
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f'{_XML}<worksheet xmlns="{_MAIN}"><cols><col min="1" max="{len(rows[0])}" '
            f'width="18" style="1" customWidth="1"/></cols>'
            f"<sheetData>{cells}</sheetData></worksheet>",
        )
    return stream.getvalue()


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETML}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETML}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_SHEETML}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Suscripciones" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # number format 49 is text
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts>'
        '<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf/><xf numFmtId="49" applyNumberFormat="1"/></cellXfs></styleSheet>'
    ),
}
