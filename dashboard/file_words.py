"""Files as screens show them: what each is, how big, where it came from, why one is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from campaigns.desk_thread import ThreadMessage
from campaigns.files.attachments import AttachmentLine
from campaigns.files.errors import Why
from campaigns.files.kinds import LARGEST, MIB, Form, form_called
from campaigns.files.media import MediumLine
from dashboard.auth import current_user
from dashboard.bubbles import Picture
from dashboard.language import _
from models.files import MediumState, Source
from models.people import Role

_ICONS = {Form.IMAGE: "image", Form.AUDIO: "mic", Form.VIDEO: "video", Form.DOCUMENT: "file-text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An attachment in a list."""

    id: int
    name: str
    form: str
    icon: str
    about: str  # its kind and size
    href: str | None
    src: str | None  # a small picture of it
    who: str
    at: datetime
    may_remove: bool


def pictures_of(message: ThreadMessage) -> tuple[Picture, ...]:
    """What came with a message, or went with it."""
    if not message.files:  # of a version that fetched none
        return tuple(_named(form_called(each)) for each in message.media)
    return tuple(_picture(each, is_inbound=message.is_inbound) for each in message.files)


def files_in_story(lines: Sequence[MediumLine]) -> tuple[Picture, ...]:
    """The files of a message in a subscription's story: to be opened, with nothing to do there."""
    return tuple(_picture(each, is_inbound=False) for each in lines)


def attachments(lines: Sequence[AttachmentLine]) -> tuple[Shown, ...]:
    user = current_user()
    return tuple(
        Shown(
            id=line.id,
            name=line.name,
            form=(form := form_called(line.content_type)).value,
            icon=_ICONS[form],
            about=_("se borró") if line.is_erased else size_said(line.size),
            href=None if line.is_erased else url_for("files.attachment", attachment_id=line.id),
            src=url_for("files.attachment", attachment_id=line.id, small=1)
            if line.has_small and not line.is_erased
            else None,
            who=_who(line),
            at=line.at,
            may_remove=line.by_id == user.id or user.may(Role.SUPERVISOR),
        )
        for line in lines
    )


def why_not(why: Why) -> str:
    """A sentence: what happened, and what to do."""
    largest = size_said(LARGEST)
    return {
        Why.EMPTY: _("el archivo está vacío."),
        Why.TOO_BIG: _("es demasiado grande: hasta %(size)s.") % {"size": largest},
        Why.KIND: _("por su contenido no es JPG, PNG, PDF, audio ni MP4."),
        Why.BROKEN: _("la imagen está dañada y no se puede abrir."),
        Why.PIXELS: _("la imagen tiene demasiados píxeles: achicala y probá de nuevo."),
        Why.CHANNEL: _("WhatsApp no recibe ese tipo: puede ser JPG, PNG, PDF, audio o MP4."),
        Why.NO_ADDRESS: _("el mensaje no trae un archivo que se pueda bajar."),
        Why.GONE: _("ya no está en WhatsApp: pedile que lo mande otra vez."),
        Why.ELSEWHERE: _("no está donde WhatsApp guarda los archivos, y no se bajó."),
        Why.UNAVAILABLE: _("WhatsApp no lo entregó. Probá de nuevo."),
    }[why]


def not_kept(name: str, why: Why) -> str:
    return _("%(name)s no se guardó: %(why)s") % {"name": name, "why": why_not(why)}


def not_sent(name: str, why: Why, *, limit: int | None = None) -> str:
    """``limit``: how large WhatsApp takes one of its kind, where that is less than we keep."""
    said = why_not(why)
    if why is Why.TOO_BIG and limit:
        said = too_big_to_send(limit)
    return _("%(name)s no se envió: %(why)s Elegí otro archivo.") % {"name": name, "why": said}


def too_big_to_send(limit: int) -> str:
    return _("es demasiado grande para WhatsApp: hasta %(size)s.") % {"size": size_said(limit)}


def size_said(size: int) -> str:
    """``850 KB``, ``1,2 MB``."""
    if size < MIB:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / MIB:.1f} MB".replace(".0 ", " ").replace(".", ",")


def _picture(medium: MediumLine, *, is_inbound: bool) -> Picture:
    form = form_called(medium.content_type or medium.declared_type)
    if medium.state is MediumState.WAITING:
        slow = medium.problem is not None
        about = _("tarda más de lo normal; sigue intentando") if slow else _("se está bajando…")
        return _named(form, about=about, medium_id=medium.id)
    if medium.state is MediumState.FAILED:
        why = Why(medium.problem) if medium.problem in set(Why) else Why.UNAVAILABLE
        return _named(
            form,
            about=_("No se pudo bajar: %(why)s") % {"why": why_not(why)},
            medium_id=medium.id,
            may_retry=why is not Why.NO_ADDRESS,
        )
    if medium.is_erased:
        return _named(form, about=_("se borró"))
    href = url_for("files.medium", medium_id=medium.id)
    return Picture(
        label=medium.name or "",
        icon=_ICONS[form],
        href=href,
        src=f"{href}?small=1" if medium.has_small else None,
        form=form.value,
        about=size_said(medium.size or 0),
        medium_id=medium.id,
        may_save=is_inbound and not medium.is_saved,
        is_saved=medium.is_saved,
    )


def _named(
    form: Form, *, about: str | None = None, medium_id: int | None = None, may_retry: bool = False
) -> Picture:
    label = {
        Form.IMAGE: _("Foto"),
        Form.AUDIO: _("Audio"),
        Form.VIDEO: _("Video"),
        Form.DOCUMENT: _("Documento"),
    }[form]
    return Picture(
        label=label, icon=_ICONS[form], about=about, medium_id=medium_id, may_retry=may_retry
    )


def _who(line: AttachmentLine) -> str:
    who = line.by or _("el cliente")
    return {
        Source.DESK: _("%(who)s, en la bandeja"),
        Source.SUBSCRIPTION: _("%(who)s, en la suscripción"),
        Source.MESSAGE: _("%(who)s, de un mensaje del cliente"),
        Source.COUPON_PAGE: _("%(who)s, en la página del cupón"),
    }[line.source] % {"who": who}
