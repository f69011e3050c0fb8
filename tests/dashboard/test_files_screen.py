"""Files on screens: what came with a message, what lies beside a subscription, what is sent."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaigns.files import media
from campaigns.files.errors import Why
from messaging.tokens import Signer, TokenKind
from models.audit import AuditEvent
from models.campaign import CampaignOperator
from models.case import Case, Result
from models.coupon import Coupon
from models.files import Attachment, Medium, MediumState, Source, StoredFile
from models.message import Attempt, Direction, Message
from models.people import Role
from models.states import CouponState, MessageState
from runtime.wiring import Runtime
from tests.campaigns.builders_inbox import ANA, BEN
from tests.campaigns.builders_sending import Outbox
from tests.campaigns.files.test_taking import picture
from tests.dashboard.conftest import Browser
from tests.statements import statements
from workers.media import fetch_due

SignIn = Callable[..., Browser]
PDF = b"%PDF-1.7 un recibo"
SID = "ME" + "a" * 32


@pytest.fixture
def office(runtime: Runtime, session: Session) -> Outbox:
    return Outbox(session, runtime.now(session))


@pytest.fixture
def lucia(office: Outbox, signed_in: SignIn) -> Browser:
    """An operator of the campaign."""
    return _operator(office, signed_in, "Lucía Ferreyra")


def _operator(office: Outbox, signed_in: SignIn, name: str) -> Browser:
    browser = signed_in(Role.OPERATOR, name=name)
    office.session.add(CampaignOperator(campaign_id=office.campaign.id, user_id=browser.user_id))
    office.fresh()
    return browser


def _with_photo(
    office: Outbox, runtime: Runtime, content: bytes | None = None, phone: str = ANA
) -> tuple[Case, Medium]:
    """A customer answered the campaign with a file, and it was fetched; without one it was not."""
    message = office.a_message(phone)
    office.inbound(
        "acá va",
        sender=phone,
        NumMedia="1",
        MediaUrl0=f"https://api.twilio.com/x/Media/{SID}",
        MediaContentType0="image/jpeg",
    )
    office.apply_inbound()
    if content is not None:
        fetch_due(runtime, lambda *_: content)
    office.fresh()
    case = office.session.get_one(Case, message.case_id)
    case.contact_point_id = message.contact_point_id
    office.fresh()
    return case, office.session.scalars(select(Medium).order_by(Medium.id.desc())).all()[0]


def _sent(*files: tuple[bytes, str], **fields: Any) -> dict[str, Any]:
    given = [(io.BytesIO(content), name) for content, name in files]
    return {"data": {"file": given, **fields}, "content_type": "multipart/form-data"}


def _attachments(office: Outbox) -> list[Attachment]:
    office.fresh()
    return list(office.session.scalars(select(Attachment).order_by(Attachment.id)))


def _a_coupon(office: Outbox, case: Case) -> Coupon:
    today = office.now.date()
    coupon = Coupon(
        subscription_id=case.subscription_id,
        instalment=7,
        amount=100,
        due_date=today + timedelta(days=5),
        state=CouponState.SENT,
    )
    office.session.add(coupon)
    office.fresh()
    return coupon


# what came with a message


def test_a_photo_is_shown_in_its_bubble_and_served_sealed(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, medium = _with_photo(office, runtime, picture())

    page = lucia.get(f"/desk/{case.id}?view=all").text
    answer = lucia.get(f"/media/{medium.id}")
    small = lucia.get(f"/media/{medium.id}?small=1")

    assert f'<img src="/media/{medium.id}?small=1"' in page
    assert "Guardar como comprobante" in page
    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert Image.open(io.BytesIO(answer.data)).size == (640, 480)
    assert Image.open(io.BytesIO(small.data)).size == (480, 360)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "max-age=3600, private"
    assert answer.headers["Content-Disposition"] == "inline; filename=foto.jpg"


def test_a_voice_note_is_played_and_a_document_is_downloaded(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, sound = _with_photo(office, runtime, b"OggS" + b"7" * 5_000)
    other, paper = _with_photo(office, runtime, PDF, BEN)

    page = lucia.get(f"/desk/{case.id}?view=all").text
    part = lucia.get(f"/media/{sound.id}", headers={"Range": "bytes=0-3"})
    document = lucia.get(f"/media/{paper.id}")

    assert re.search(rf'<audio [^>]*controls[^>]* src="/media/{sound.id}"', page)
    assert (part.status_code, part.data) == (206, b"OggS")
    assert "documento.pdf" in lucia.get(f"/desk/{other.id}?view=all").text
    assert document.headers["Content-Disposition"] == "attachment; filename=documento.pdf"


@pytest.mark.parametrize(
    ("why", "says", "again"),
    [
        (Why.GONE, "pedile que lo mande otra vez", True),
        (Why.KIND, "por su contenido no es JPG", True),
        (Why.UNAVAILABLE, "WhatsApp no lo entregó", True),
        (Why.NO_ADDRESS, "no trae un archivo", False),
    ],
)
def test_what_did_not_come_says_so_in_words(
    office: Outbox, runtime: Runtime, lucia: Browser, why: Why, says: str, again: bool
) -> None:
    case, medium = _with_photo(office, runtime)
    media.record_failed(office.session, medium.id, why)
    office.fresh()

    page = lucia.get(f"/desk/{case.id}?view=all").text

    assert says in page
    assert ("Volver a intentar" in page) is again
    assert lucia.get(f"/media/{medium.id}").status_code == 410


def test_a_person_has_it_fetched_again(office: Outbox, runtime: Runtime, lucia: Browser) -> None:
    case, medium = _with_photo(office, runtime)
    media.record_failed(office.session, medium.id, Why.GONE)
    office.fresh()

    answer = lucia.post(f"/desk/{case.id}/media/{medium.id}/again?view=all")

    assert answer.status_code == 303
    office.fresh()
    assert office.session.get_one(Medium, medium.id).state is MediumState.WAITING
    assert "se está bajando" in lucia.get(f"/desk/{case.id}?view=all").text


def test_a_file_that_was_erased_says_so_and_is_served_no_more(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, medium = _with_photo(office, runtime, picture())
    office.session.execute(text("UPDATE files SET erased_at = now()"))
    office.fresh()

    assert "se borró" in lucia.get(f"/desk/{case.id}?view=all").text
    assert lucia.get(f"/media/{medium.id}").status_code == 410


def test_nobody_else_sees_a_file(office: Outbox, runtime: Runtime, signed_in: SignIn) -> None:
    case, medium = _with_photo(office, runtime, picture())
    lucia = _operator(office, signed_in, "Lucía")
    lucia.post(f"/desk/{case.id}/media/{medium.id}/receipt")
    (saved,) = _attachments(office)
    stranger = signed_in(Role.OPERATOR)

    assert lucia.get(f"/attachments/{saved.id}").status_code == 200
    for path in (f"/media/{medium.id}", f"/attachments/{saved.id}"):
        assert stranger.get(path).status_code == 404
    path = f"/subscriptions/{case.subscription_id}/files"
    assert stranger.get(path).status_code == 404
    assert stranger.post(path, **_sent((PDF, "a.pdf"))).status_code == 404


def test_a_file_of_another_talk_is_not_saved_in_this_case(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())
    _, foreign = _with_photo(office, runtime, PDF, BEN)

    answer = lucia.post(f"/desk/{case.id}/media/{foreign.id}/receipt")

    assert answer.status_code == 404
    assert _attachments(office) == []


# a receipt


def test_a_photo_saved_as_a_receipt_proposes_the_result_and_a_person_confirms_it(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, medium = _with_photo(office, runtime, picture())
    coupon = _a_coupon(office, case)

    saved = lucia.post(f"/desk/{case.id}/media/{medium.id}/receipt?view=all")
    form = lucia.get(saved.location).text

    kind = office.result_type("envio_comprobante")
    (attachment,) = _attachments(office)
    assert (attachment.source, attachment.file_id) == (Source.MESSAGE, medium.file_id)
    assert attachment.by_id == lucia.user_id
    assert office.session.scalars(select(Result)).all() == []  # it proposes
    assert re.search(rf'name="result" value="{kind.id}"[^>]* checked', form)
    assert f'value="{attachment.id}"' in form
    assert "queda unido a este resultado" in form
    assert "Guardado en Adjuntos" in form
    assert "Guardar como comprobante" not in form

    answer = lucia.post(
        f"/desk/{case.id}/results?view=all",
        data={"result": kind.id, "seen": 0, "evidence": attachment.id, "go": "stay"},
    )

    assert answer.status_code == 303
    office.fresh()
    result = office.session.scalars(select(Result)).one()
    assert (result.result_type_id, result.evidence_attachment_id) == (kind.id, attachment.id)
    assert office.session.get_one(Coupon, coupon.id).state is CouponState.RECEIPT_RECEIVED


@pytest.mark.parametrize(
    ("code", "with_receipt", "state"),
    [
        ("envio_comprobante", True, CouponState.RECEIPT_RECEIVED),
        ("envio_comprobante", False, CouponState.RECEIPT_RECEIVED),
        ("ya_pago", True, CouponState.RECEIPT_RECEIVED),
        ("ya_pago", False, CouponState.SENT),
        ("no_puede_pagar", True, CouponState.SENT),
    ],
)
def test_the_coupon_has_a_receipt_when_a_person_says_so(
    office: Outbox,
    runtime: Runtime,
    lucia: Browser,
    code: str,
    with_receipt: bool,
    state: CouponState,
) -> None:
    case, medium = _with_photo(office, runtime, picture())
    coupon = _a_coupon(office, case)
    lucia.post(f"/desk/{case.id}/media/{medium.id}/receipt")
    (attachment,) = _attachments(office)
    kind = office.result_type(code)

    lucia.post(
        f"/desk/{case.id}/results",
        data={"result": kind.id, "seen": 0, "evidence": attachment.id if with_receipt else ""},
    )

    office.fresh()
    assert office.session.scalars(select(Result)).one().result_type_id == kind.id
    assert office.session.get_one(Coupon, coupon.id).state is state


def test_saving_it_twice_saves_it_once(office: Outbox, runtime: Runtime, lucia: Browser) -> None:
    case, medium = _with_photo(office, runtime, picture())

    for _ in range(2):
        assert lucia.post(f"/desk/{case.id}/media/{medium.id}/receipt").status_code == 303

    assert len(_attachments(office)) == 1


def test_a_receipt_of_somebody_else_is_no_evidence(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())
    other, medium = _with_photo(office, runtime, PDF, BEN)
    lucia.post(f"/desk/{other.id}/media/{medium.id}/receipt")
    (attachment,) = _attachments(office)

    answer = lucia.post(
        f"/desk/{case.id}/results",
        data={
            "result": office.result_type("envio_comprobante").id,
            "seen": 0,
            "evidence": attachment.id,
        },
    )

    assert answer.status_code == 404
    assert office.session.scalars(select(Result)).all() == []


def test_a_corrected_result_rests_on_the_same_receipt(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, medium = _with_photo(office, runtime, picture())
    lucia.post(f"/desk/{case.id}/media/{medium.id}/receipt")
    (attachment,) = _attachments(office)
    sent, paid = office.result_type("envio_comprobante"), office.result_type("ya_pago")
    data: dict[str, Any] = {"result": sent.id, "seen": 0, "evidence": attachment.id}
    lucia.post(f"/desk/{case.id}/results", data=data)
    office.fresh()
    first = office.session.scalars(select(Result)).one()

    lucia.post(
        f"/desk/{case.id}/results",
        data={"result": paid.id, "seen": first.id, "corrects": first.id},
    )

    office.fresh()
    last = office.session.scalars(select(Result).order_by(Result.id.desc())).first()
    assert last is not None
    assert (last.supersedes_id, last.evidence_attachment_id) == (first.id, attachment.id)


# beside a subscription


def test_files_are_laid_beside_a_subscription_by_a_plain_form(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime)
    path = f"/subscriptions/{case.subscription_id}/files"

    answer = lucia.post(
        path,
        **_sent(
            (picture("PNG"), "foto de la libreta.png"),
            (b"<svg onload=alert(1)>", "logo.png"),
            (PDF, "recibo.pdf"),
            (b"", "vacío.pdf"),
        ),
    )
    page = lucia.get(path).text

    assert (answer.status_code, answer.location) == (303, path)
    assert [each.source for each in _attachments(office)] == [Source.SUBSCRIPTION] * 2
    for said in (
        "foto de la libreta.png",
        "recibo.pdf",
        "2 archivos guardados.",
        "logo.png no se guardó: por su contenido no es JPG",
        "vacío.pdf no se guardó: el archivo está vacío",
        "Lucía Ferreyra, en la suscripción",
    ):
        assert said in page, said


def test_each_file_that_a_script_sends_is_answered_by_itself(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime)
    path, part = f"/subscriptions/{case.subscription_id}/files", {"HX-Request-Type": "partial"}

    kept = lucia.post(path, headers=part, **_sent((PDF, "recibo.pdf"), case=case.id))
    refused = lucia.post(path, headers=part, **_sent((b"MZ\x90", "virus.pdf"), case=case.id))

    assert kept.status_code == 200
    assert '<div id="attachments"' in kept.text
    assert "recibo.pdf" in kept.text
    assert (refused.status_code, refused.mimetype) == (422, "text/plain")
    assert refused.text.startswith("virus.pdf no se guardó: por su contenido no es JPG")
    (attachment,) = _attachments(office)
    assert (attachment.source, attachment.case_id) == (Source.DESK, case.id)
    assert "recibo.pdf" in lucia.get(f"/desk/{case.id}?view=all").text


def test_what_is_too_big_is_refused_before_it_is_read(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime)
    path = f"/subscriptions/{case.subscription_id}/files"

    declared = lucia.post(
        path, data=b"x", content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(300 * 2**20)},
    )  # fmt: skip
    big = lucia.post(path, **_sent((PDF + b"0" * 17 * 2**20, "enorme.pdf")))

    assert declared.status_code == 413
    assert big.status_code == 303
    assert "enorme.pdf no se guardó: es demasiado grande: hasta 16 MB." in lucia.get(path).text
    assert _attachments(office) == []


def test_names_that_would_mislead_are_shown_as_what_they_are(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime)
    path = f"/subscriptions/{case.subscription_id}/files"

    lucia.post(path, **_sent((PDF, "recibo\u202efdp.exe"), (PDF + b"2", "../../../etc/cron.d/x")))

    page = lucia.get(path).text
    assert "\u202e" not in page
    assert "recibofdp.pdf" in page
    assert [each.name for each in office.session.scalars(select(StoredFile))] == [
        "recibofdp.pdf",
        "x.pdf",
    ]


def test_an_attachment_is_taken_away_by_who_brought_it_and_put_back(
    office: Outbox, runtime: Runtime, signed_in: SignIn
) -> None:
    case, _ = _with_photo(office, runtime)
    lucia, bruno = (_operator(office, signed_in, name) for name in ("Lucía", "Bruno"))
    chief = signed_in(Role.SUPERVISOR)
    path = f"/subscriptions/{case.subscription_id}/files"
    lucia.post(path, **_sent((PDF, "recibo.pdf")))
    (attachment,) = _attachments(office)
    remove, restore = (f"{path}/{attachment.id}/{act}" for act in ("remove", "restore"))

    assert "Quitar" not in bruno.get(path).text
    bruno.post(remove)
    assert "recibo.pdf" in bruno.get(path).text
    lucia.post(remove)
    assert "recibo.pdf" not in bruno.get(path).text
    (gone,) = _attachments(office)
    assert gone.removed_by_id == lucia.user_id
    chief.post(restore)
    assert "recibo.pdf" in bruno.get(path).text
    chief.post(remove)
    acts = office.session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_kind == "attachment")
    ).all()
    assert sorted(acts) == [
        "attachment.add", "attachment.remove", "attachment.remove", "attachment.restore",
    ]  # fmt: skip


# sent to the customer


def test_a_file_goes_into_the_ledger_and_is_handed_to_whoever_has_its_token(
    office: Outbox, runtime: Runtime, lucia: Browser, stranger: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())

    answer = lucia.post(
        f"/desk/{case.id}/send-file?view=all", **_sent((PDF, "cupón.pdf"), body="Va el cupón")
    )

    assert answer.status_code == 303
    office.fresh()
    out = select(Message).where(Message.direction == Direction.OUT, Message.sequence.is_(None))
    message = office.session.scalars(out).one()
    assert (message.body, message.author_id) == ("Va el cupón", lucia.user_id)
    page = lucia.get(f"/desk/{case.id}?view=all").text
    assert "cupón.pdf" in page
    signer = Signer(runtime.settings.secret_key)
    token = signer.sign(TokenKind.FILE, message.id)
    assert stranger.get(f"/m/{token}").status_code == 404  # nothing has left yet
    office.session.add(Attempt(message_id=message.id, number=1, owner="w"))
    office.session.commit()
    got = stranger.get(f"/m/{token}")
    assert (got.status_code, got.mimetype, got.data) == (200, "application/pdf", PDF)
    assert got.headers["Cache-Control"] == "no-store"
    for wrong in (
        token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
        signer.sign(TokenKind.COUPON_LINK, message.id),
        signer.sign(TokenKind.FILE, message.id + 500),
        Signer("x" * 48).sign(TokenKind.FILE, message.id),
    ):
        assert stranger.get(f"/m/{wrong}").status_code == 404
    office.session.execute(
        text("UPDATE attempts SET started_at = now() - interval '7 hours' WHERE owner = 'w'")
    )
    office.session.commit()
    assert stranger.get(f"/m/{token}").status_code == 404  # its time is over


def test_the_token_of_what_a_customer_sent_opens_nothing(
    office: Outbox, runtime: Runtime, lucia: Browser, stranger: Browser
) -> None:
    _, medium = _with_photo(office, runtime, picture())
    office.session.add(Attempt(message_id=medium.message_id, number=1, owner="w"))
    office.session.commit()

    token = Signer(runtime.settings.secret_key).sign(TokenKind.FILE, medium.message_id)

    assert stranger.get(f"/m/{token}").status_code == 404


def test_two_files_in_a_moment_are_two_messages_and_one_click_too_many_is_none(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())
    path = f"/desk/{case.id}/send-file"

    for content in (PDF, PDF, PDF + b"2"):
        lucia.post(path, **_sent((content, "a.pdf")))
    lucia.post(f"/desk/{case.id}/messages", data={"body": "Listo"})

    out = select(Message.body).where(Message.direction == Direction.OUT, Message.sequence.is_(None))
    office.fresh()
    assert sorted(office.session.scalars(out)) == ["", "", "Listo"]


def test_a_file_sent_without_a_word_is_named_wherever_its_message_is_told(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())
    lucia.post(f"/desk/{case.id}/send-file", **_sent((PDF, "libre deuda.pdf")))
    out = select(Message).where(Message.direction == Direction.OUT, Message.sequence.is_(None))
    message = office.session.scalars(out).one()
    message.state, message.provider_sid = MessageState.SENT, "SM" + "5" * 32
    office.fresh()

    listed = lucia.get("/desk?view=all").text
    told = lucia.get(f"/subscriptions/{case.subscription_id}").text
    office.inbound("gracias", sender=ANA, OriginalRepliedMessageSid="SM" + "5" * 32)
    office.apply_inbound()
    talk = lucia.get(f"/desk/{case.id}?view=all").text

    assert re.search(r"→</span> Documento</span>", listed)
    medium = office.session.scalars(select(Medium).order_by(Medium.id.desc())).first()
    assert medium is not None
    assert f'href="/media/{medium.id}" target="_blank">libre deuda.pdf</a>' in told
    assert '<div class="bubble-quote">Documento</div>' in talk


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"<svg onload=x>", "a.png", "a.png no se envió: por su contenido no es JPG"),
        (b"", "a.pdf", "a.pdf no se envió: el archivo está vacío"),
        (b"\xff\xd8\xff no", "a.jpg", "a.jpg no se envió: la imagen está dañada"),
    ],
)
def test_what_whatsapp_would_refuse_stays_with_its_words(
    office: Outbox, runtime: Runtime, lucia: Browser, content: bytes, name: str, says: str
) -> None:
    case, _ = _with_photo(office, runtime, picture())

    answer = lucia.post(f"/desk/{case.id}/send-file", **_sent((content, name), body="Va el cupón"))

    assert answer.status_code == 422
    assert says in answer.text
    assert "Va el cupón" in answer.text


def test_at_the_desk_a_refused_file_leaves_everything_where_it_is(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())
    path, part = f"/desk/{case.id}/send-file?view=all", {"HX-Request-Type": "partial"}

    refused = lucia.post(path, headers=part, **_sent((b"MZ\x90", "a.exe"), body="Va el cupón"))
    sent = lucia.post(path, headers=part, **_sent((PDF, "a.pdf"), body="Va el cupón"))

    assert refused.status_code == 422
    assert refused.text.lstrip().startswith("<form")
    assert "a.exe no se envió: por su contenido no es JPG" in refused.text
    assert "Va el cupón</textarea>" in refused.text
    assert sent.status_code == 200
    form, thread = sent.text.split("</form>", 1)
    assert "data-sent" in form
    assert "Va el cupón" not in form
    assert 'hx-target="#thread-log"' in thread
    assert "Va el cupón" in thread


def test_a_file_answers_what_was_on_the_screen_and_no_more(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())
    seen = office.session.scalars(select(func.max(Message.id))).one()
    office.inbound("¿y la otra cuota?", sender=ANA)
    office.apply_inbound()

    lucia.post(f"/desk/{case.id}/send-file", **_sent((PDF, "a.pdf"), seen_message=seen))

    office.fresh()
    assert office.session.get_one(Case, case.id).waiting_since is not None
    dialog = lucia.get(f"/desk/{case.id}?view=all").text.partition('id="send-file"')[2]
    form = dialog.partition("</form>")[0]
    assert 'hx-include="#seen-through"' in form
    assert 'name="seen_message"' not in form  # an empty one would say that all was seen


def test_no_file_goes_out_when_the_window_is_closed(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, _ = _with_photo(office, runtime, picture())
    office.session.execute(text("UPDATE messages SET created_at = created_at - interval '2 days'"))
    office.session.commit()

    answer = lucia.post(f"/desk/{case.id}/send-file", **_sent((PDF, "a.pdf")))

    assert answer.status_code == 422
    assert "La ventana de 24 horas está cerrada" in answer.text
    assert office.session.scalars(select(StoredFile).where(StoredFile.name == "a.pdf")).all() == []


def test_files_cost_the_desk_no_question_more(
    office: Outbox, runtime: Runtime, lucia: Browser
) -> None:
    case, medium = _with_photo(office, runtime)

    def cost() -> int:
        with statements(*runtime.engines) as asked:
            assert lucia.get(f"/desk/{case.id}?view=all").status_code == 200
        return len(asked)

    without = cost()
    fetch_due(runtime, lambda *_: picture())
    lucia.post(f"/desk/{case.id}/media/{medium.id}/receipt")

    assert cost() == without <= 12
