"""Pictures are drawn anew: what is kept was made by us, pixel for pixel, and is nothing but that.

Whatever else a file carried goes with it: a page behind the picture, where it was taken, by whom.
"""

import io
import threading
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from campaigns.files.errors import FileNotTaken, Why
from campaigns.files.kinds import Kind, kind_called

MOST_PIXELS = 40_000_000
"""A photograph of a good phone has 12 to 25 millions."""

_LONG_SIDE = 4_096  # what is larger is made smaller: every word of a receipt is still read
_SMALL_SIDE = 480
_ONE_AT_A_TIME = threading.BoundedSemaphore(1)  # in a process: it may take 160 MB


@dataclass(frozen=True, slots=True)
class Drawn:
    content: bytes
    kind: Kind
    small: bytes  # always a JPEG


def draw_anew(content: bytes, kind: Kind) -> Drawn:
    """The picture and a small one of it.

    Raises:
        FileNotTaken: it is no picture, or one of too many pixels.
    """
    assert kind.pillow is not None
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(content), formats=[kind.pillow]) as opened:
                if opened.width * opened.height > MOST_PIXELS:  # said before it is unfolded
                    raise FileNotTaken(Why.PIXELS)
                opened.draft("RGB", (_LONG_SIDE, _LONG_SIDE))
                picture = ImageOps.exif_transpose(opened)
                picture.load()
            drawn = _drawn(picture, kind)
        except Image.DecompressionBombError as error:
            raise FileNotTaken(Why.PIXELS) from error
        except FileNotTaken:
            raise
        except Exception as error:  # each format has errors of its own, and none is ours
            raise FileNotTaken(Why.BROKEN) from error
    return drawn


def _drawn(picture: Image.Image, kind: Kind) -> Drawn:
    if picture.mode.startswith("I"):  # 16 bits a grey: what is shown has 8
        picture = picture.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
    picture.thumbnail((_LONG_SIDE, _LONG_SIDE))
    see_through = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    is_photo = kind.pillow == "JPEG" or (kind.pillow == "WEBP" and not see_through)
    made = _jpeg(picture, 88) if is_photo else _png(picture, see_through=see_through)
    picture.thumbnail((_SMALL_SIDE, _SMALL_SIDE))
    small = _jpeg(picture, 80)
    now = kind_called("image/jpeg" if is_photo else "image/png")
    assert now is not None
    return Drawn(made, now, small)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    if picture.mode not in ("RGB", "L"):
        whole = picture.convert("RGBA")
        picture = Image.new("RGB", whole.size, "white")
        picture.paste(whole, mask=whole.getchannel("A"))
    made = io.BytesIO()
    _bare(picture).save(made, "JPEG", quality=quality, optimize=True)
    return made.getvalue()


def _png(picture: Image.Image, *, see_through: bool) -> bytes:
    if picture.mode not in ("RGB", "L", "1"):
        picture = picture.convert("RGBA" if see_through else "RGB")
    made = io.BytesIO()
    _bare(picture).save(made, "PNG")
    return made.getvalue()


def _bare(picture: Image.Image) -> Image.Image:
    """Without the texts, profiles and places that a format would write again."""
    picture = picture.copy()
    picture.info = {}
    return picture
