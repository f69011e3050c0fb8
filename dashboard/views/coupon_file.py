"""The coupon as a PDF, for who has opened its page."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns.coupon_links import CouponView, company_of, view_coupon
from campaigns.template_specs import SAMPLE_TOKEN
from dashboard.auth import public
from dashboard.coupon_sheet import coupon_sheet
from dashboard.language import _
from dashboard.shell import now
from dashboard.views.coupon_page import MAX_BODY, SAMPLE, bp, cover, pressed, with_link
from runtime.wiring import current_runtime


@bp.post("/c/<token>/pdf")
@public
def sheet(token: str) -> ResponseReturnValue:
    """Made on demand; a link that ended, or a press that was none, is answered as on the page."""
    request.max_content_length = MAX_BODY
    settings = current_runtime().settings
    is_pressed = pressed(token, settings)
    if token == SAMPLE_TOKEN:
        return _pdf(SAMPLE)

    def made(session: Session, _message_id: int, coupon_id: int) -> ResponseReturnValue:
        if not is_pressed:
            return cover(token, company_of(session, coupon_id), settings), 400
        return _pdf(view_coupon(session, coupon_id))

    return with_link(token, made)


def _pdf(view: CouponView) -> Response:
    today = now().astimezone(current_runtime().settings.timezone).date()
    name = _("cupon-cuota-%(n)s.pdf") % {"n": view.instalment}
    return Response(
        coupon_sheet(view, today=today),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
