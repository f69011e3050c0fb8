"""What is kept of a file that somebody gave us, and what is not taken at all."""

import io
import json
import struct
import zlib

import pytest
from PIL import Image

from campaigns.files.errors import FileNotTaken, Why
from campaigns.files.kinds import KINDS, LARGEST, kind_of
from campaigns.files.taking import check_sendable, take

SCRIPT = b"<script>alert(document.cookie)</script>"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **given: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "salmon").save(made, kind, **given)
    return made.getvalue()


def _png(width: int, height: int) -> bytes:
    """A picture that says how large it is, and has next to nothing in it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Why.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", Why.KIND),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", Why.KIND),
        (b"<!doctype html>" + SCRIPT, Why.KIND),
        (b"\xef\xbb\xbf<html>" + SCRIPT, Why.KIND),
        (b"  %PDF-1.7", Why.KIND),  # a reader that looks further would open it
        (b"GIF89a/*" + SCRIPT, Why.KIND),
        (b"MZ\x90\x00", Why.KIND),
        (b"PK\x03\x04[Content_Types].xml", Why.KIND),
        (b"\x7fELF", Why.KIND),
        (b"\xff\xd8\xff\xe0" + SCRIPT, Why.BROKEN),
        (b"\x89PNG\r\n\x1a\n" + SCRIPT, Why.BROKEN),
        (b"RIFF\x10\x00\x00\x00WEBP" + SCRIPT, Why.BROKEN),
        (picture()[:200], Why.BROKEN),
        (_png(30_000, 30_000), Why.PIXELS),
        (_png(10_000, 5_000), Why.PIXELS),
        (b"%PDF-1.7" + b"0" * LARGEST, Why.TOO_BIG),
    ],
)  # fmt: skip
def test_what_is_not_taken_says_why(content: bytes, why: Why) -> None:
    with pytest.raises(FileNotTaken) as refused:
        take(content, "comprobante.png")

    assert refused.value.why is why


def test_a_picture_that_is_also_a_page_is_a_picture_alone() -> None:
    polyglot = picture() + SCRIPT + b"PK\x03\x04 and an archive"

    taken = take(polyglot, "foto.jpg")

    assert b"script" not in taken.content
    assert taken.content.endswith(b"\xff\xd9")
    assert Image.open(io.BytesIO(taken.content)).size == (640, 480)


def test_where_and_by_whom_a_photo_was_taken_goes() -> None:
    exif = Image.Exif()
    exif[0x013B] = "Mariana Sosa"
    exif[0x0112] = 6  # lies on its side

    taken = take(picture(exif=exif, comment=b"Mariana Sosa"), "foto.jpg")

    assert b"Mariana" not in taken.content
    assert Image.open(io.BytesIO(taken.content)).size == (480, 640)


def test_a_huge_photo_is_kept_readable_and_no_larger_than_that() -> None:
    taken = take(picture(size=(6_000, 4_000)), "foto.jpg")

    assert Image.open(io.BytesIO(taken.content)).size == (4_096, 2_731)
    assert taken.small is not None
    assert max(Image.open(io.BytesIO(taken.small)).size) == 480


@pytest.mark.parametrize("size", [(640, 480), (6_000, 4_000)])
def test_a_scan_in_sixteen_bits_a_grey_is_a_picture_too(size: tuple[int, int]) -> None:
    made = io.BytesIO()
    Image.new("I;16", size, 0x8080).save(made, "PNG")

    taken = take(made.getvalue(), "escaneo.png")

    kept = Image.open(io.BytesIO(taken.content))
    assert max(kept.size) == min(max(size), 4_096)
    grey = kept.convert("L").getpixel((5, 5))
    assert isinstance(grey, int)
    assert abs(grey - 128) <= 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("recibo.pdf", "recibo.pdf"),
        ("Recibo de NOVIEMBRE (1).PDF", "Recibo de NOVIEMBRE (1).pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Ana\\recibo.pdf", "recibo.pdf"),
        ("recibo.pdf.exe", "recibo.pdf.pdf"),
        ("recibo\u202efdp.exe", "recibofdp.pdf"),
        ("re\u200bci\u2066bo\x00.pdf", "recibo.pdf"),
        ('"><img src=x>.html', "img src=x.pdf"),
        ("...", "documento.pdf"),
        ("", "documento.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("ñandú\r\nSet-Cookie: a.pdf", "ñandúSet-Cookie a.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_neither_hides_nor_misleads(given: str, kept: str) -> None:
    assert take(b"%PDF-1.7 x", given).name == kept


def test_it_is_called_by_what_it_is() -> None:
    taken = take(picture("PNG"), "factura.pdf")

    assert (taken.name, taken.kind.content_type) == ("factura.png", "image/png")


def test_no_kind_that_we_keep_is_one_that_a_browser_runs() -> None:
    types = {kind.content_type for kind in KINDS}

    assert not any(word in json.dumps(sorted(types)) for word in ("html", "svg", "xml", "script"))


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"OggS\x00\x02", "audio/ogg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"#!AMR\n", "audio/amr"),
        (b"\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypmp42\x00", "video/mp4"),
        (b"\x00\x00\x00\x18ftyp3gp5\x00", "video/3gpp"),
    ],
)
def test_recordings_are_known_by_how_they_begin(content: bytes, content_type: str) -> None:
    kind = kind_of(content)

    assert kind is not None
    assert kind.content_type == content_type


def test_what_whatsapp_would_refuse_is_refused_before() -> None:
    check_sendable(take(b"%PDF-1.7 x", "cupon.pdf"))
    taken = take(picture("PNG"), "foto.png")
    too_big = type(taken)(b"7" * (5 * 2**20 + 1), None, taken.kind, "foto.png")

    with pytest.raises(FileNotTaken) as refused:
        check_sendable(too_big)

    assert refused.value.why is Why.TOO_BIG
