"""The payment code of a coupon as the bars that an agency's scanner reads.

Code 128, whose set C puts two digits into one symbol. Which kind an agency expects is its own
matter [INF]: the digits stand below, to be typed.
"""

from dataclasses import dataclass
from functools import lru_cache

from reportlab.graphics.barcode.code128 import Code128

QUIET = 10  # modules of white on each side, that the kind asks for
_FEWEST, _MOST = 20, 64  # digits: shorter ones are typed at home banking, longer ones are none


@dataclass(frozen=True, slots=True)
class Bars:
    """``bars``: where each begins and how wide it is, in modules of the whole ``width``."""

    width: int
    bars: tuple[tuple[int, int], ...]

    @property
    def path(self) -> str:
        """As the path of a drawing one unit high."""
        return "".join(f"M{at} 0h{wide}v1h-{wide}z" for at, wide in self.bars)


@lru_cache(maxsize=512)
def bars_of(code: str | None) -> Bars | None:
    """None for a code that is not made to be scanned."""
    digits = (code or "").replace(" ", "").replace("-", "")
    if not (_FEWEST <= len(digits) <= _MOST and digits.isascii() and digits.isdecimal()):
        return None
    drawn = Code128(digits, quiet=False)
    drawn.validate()
    drawn.encode()
    drawn.decompose()
    at, bars = QUIET, []
    for part in drawn.decomposed:  # "B" is a bar of two modules, "b" a gap of two
        wide = ord(part.lower()) - ord("a") + 1
        if part.isupper():
            bars.append((at, wide))
        at += wide
    return Bars(at + QUIET, tuple(bars))
