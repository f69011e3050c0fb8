"""A coupon on paper: a PDF of one small page, to be printed or shown at an agency."""

from datetime import date
from io import BytesIO

from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from campaigns.coupon_links import CouponView
from dashboard import formats
from dashboard.coupon_bars import bars_of
from dashboard.language import _

_WIDTH, _HEIGHT = A5
_LEFT = float(14 * mm)
_ROOM = float(_WIDTH - 2 * _LEFT)
_BARS_HIGH = float(22 * mm)
_GAP = float(4 * mm)
_WIDEST = float(0.38 * mm)  # of one module; a scanner reads down to half of it
_PLAIN, _BOLD = "Helvetica", "Helvetica-Bold"


def coupon_sheet(view: CouponView, *, today: date) -> bytes:
    """What the page shows, with the day on which it was made; of the person the first name."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=A5, pageCompression=0, lang="es-AR")
    canvas.setTitle(_latin(_("Cupón de pago, cuota %(n)s") % {"n": view.instalment}))
    canvas.setAuthor(_latin(view.company))
    y = _HEIGHT - 14 * mm
    y = _line(canvas, y, view.company, size=13, font=_BOLD)
    y = _line(canvas, y - 2 * mm, _instalment(view), size=20, font=_BOLD)
    y = _line(canvas, y, view.plan, size=11)
    if view.first_name:
        y = _line(canvas, y, view.first_name, size=11)
    y = _line(canvas, y - 6 * mm, formats.money(view.amount, view.currency), size=26, font=_BOLD)
    if view.amount_as_of:
        said = _("Importe al %(day)s") % {"day": formats.day(view.amount_as_of)}
        y = _line(canvas, y, said, size=10)
    y -= 4 * mm
    for label, day in (
        (_("Vencimiento"), view.due_date),
        (_("Segundo vencimiento"), view.second_due_date),
    ):
        if day is not None:
            y = _line(canvas, y, f"{label}: {formats.long_day(day)}", size=11)
    if view.payment_code:
        y = _line(canvas, y - 6 * mm, _("Código de pago"), size=10)
        y = _line(canvas, y, view.payment_code, size=14, font=_BOLD)
        y = _bars(canvas, y - 2 * mm, view.payment_code)
    made = _("Hecho el %(day)s. El importe puede cambiar: miralo en tu cupón antes de pagar.")
    _line(canvas, 16 * mm, made % {"day": formats.day(today)}, size=8)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _instalment(view: CouponView) -> str:
    if view.term and view.term >= view.instalment:
        return _("Cuota %(number)s de %(term)s") % {"number": view.instalment, "term": view.term}
    return _("Cuota %(number)s") % {"number": view.instalment}


def _line(canvas: Canvas, y: float, text: str, *, size: float, font: str = _PLAIN) -> float:
    """Write it below ``y``, smaller if it does not fit; the place of the next."""
    said = _latin(text)
    wide: float = stringWidth(said, font, size)
    fits = size if wide <= _ROOM else max(6, size * _ROOM / wide)
    canvas.setFont(font, fits)
    canvas.drawString(_LEFT, y - size, said)
    return y - size * 1.4


def _bars(canvas: Canvas, y: float, code: str) -> float:
    bars = bars_of(code)
    if bars is None:
        return y
    module = min(_WIDEST, _ROOM / bars.width)
    bottom: float = y - _BARS_HIGH
    for at, wide in bars.bars:
        canvas.rect(_LEFT + at * module, bottom, wide * module, _BARS_HIGH, stroke=0, fill=1)
    return bottom - _GAP


def _latin(text: str) -> str:
    """What the fonts that every reader has can write."""
    return text.encode("cp1252", "replace").decode("cp1252")
