"""Invented proofs of payment that can be read: PNGs drawn without a library."""

import struct
import zlib
from hashlib import sha256

_WIDTH, _HEIGHT = 360, 480
PAPER, INK, GREY, BAND, SOFT, EDGE = range(6)
_COLOURS = ((255, 255, 255), (28, 32, 38), (116, 124, 134), (0, 122, 104), (225, 243, 238),
            (222, 226, 230))  # fmt: skip
# Letters of 5 by 7, from space to Z: a byte for each column, the lowest bit on top.
_LETTERS = bytes.fromhex(
    "0000000000" "00005f0000" "0007000700" "147f147f14" "242a7f2a12" "2313086462" "3649562050"
    "0008070300" "001c224100" "0041221c00" "2a1c7f1c2a" "08083e0808" "0080703000" "0808080808"
    "0000606000" "2010080402" "3e5149453e" "00427f4000" "7249494946" "2141494d33" "1814127f10"
    "2745454539" "3c4a494931" "4121110907" "3649494936" "464949291e" "0000140000" "0040340000"
    "0008142241" "1414141414" "0041221408" "0201590906" "3e415d594e" "7c1211127c" "7f49494936"
    "3e41414122" "7f4141413e" "7f49494941" "7f09090901" "3e41415173" "7f0808087f" "00417f4100"
    "2040413f01" "7f08142241" "7f40404040" "7f021c027f" "7f0408107f" "3e4141413e" "7f09090906"
    "3e4151215e" "7f09192946" "2649494932" "03017f0103" "3f4040403f" "1f2040201f" "3f4038403f"
    "6314081463" "0304780403" "6159494d43"
)  # fmt: skip


class _Sheet:
    def __init__(self, colour: int = PAPER) -> None:
        self.rows = [bytearray([colour]) * _WIDTH for _ in range(_HEIGHT)]

    def box(self, left: int, top: int, width: int, height: int, colour: int) -> None:
        for row in self.rows[max(0, top) : top + height]:
            row[left : left + width] = bytes([colour]) * len(row[left : left + width])

    def text(self, left: int, top: int, words: str, *, scale: int = 2, colour: int = INK) -> None:
        for letter in words.upper():
            place = (ord(letter) - 32) * 5
            for column, bits in enumerate(_LETTERS[place : place + 5]):
                for line in range(8):
                    if bits >> line & 1:
                        x, y = left + column * scale, top + line * scale
                        self.box(x, y, scale, scale, colour)
            left += 6 * scale

    def centred(self, top: int, words: str, *, scale: int = 2, colour: int = INK) -> None:
        left = (_WIDTH - len(words) * 6 * scale + scale) // 2
        self.text(left, top, words, scale=scale, colour=colour)

    def png(self) -> bytes:
        size = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 3, 0, 0, 0)
        colours = b"".join(bytes(colour) for colour in _COLOURS)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self.rows), 9)
        parts = ((b"IHDR", size), (b"PLTE", colours), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def transfer(*, amount: str, day: str, key: str) -> bytes:
    """What a bank's application shows after a transfer."""
    sheet = _Sheet()
    sheet.box(0, 0, _WIDTH, 104, BAND)
    sheet.centred(30, "TRANSFERENCIA", scale=3, colour=PAPER)
    sheet.centred(68, "REALIZADA", scale=2, colour=SOFT)
    sheet.centred(136, f"$ {amount}", scale=4)
    sheet.centred(182, day, colour=GREY)
    _lines(
        sheet, 230,
        ("DE", "TITULAR DEL PLAN"), ("PARA", "PLAN DE AHORRO"),
        ("MOTIVO", "CUOTA"), ("NUMERO", _number(key, 10)),
    )  # fmt: skip
    sheet.box(0, 436, _WIDTH, 44, SOFT)
    sheet.centred(451, "COMPROBANTE INVENTADO", colour=BAND)
    return sheet.png()


def ticket(*, amount: str, day: str, key: str) -> bytes:
    """The slip of paper from a shop that takes payments."""
    sheet = _Sheet(EDGE)
    sheet.box(36, 18, 288, 444, PAPER)
    sheet.centred(42, "PAGO DE SERVICIOS", scale=2)
    sheet.centred(66, "KIOSCO LA ESQUINA", colour=GREY)
    sheet.centred(104, "- " * 11, colour=GREY)
    sheet.text(56, 136, "PLAN DE AHORRO")
    sheet.text(56, 164, f"FECHA {day}", colour=GREY)
    sheet.text(56, 192, f"OPER. {_number(key, 8)}", colour=GREY)
    sheet.centred(226, "- " * 11, colour=GREY)
    sheet.text(56, 256, "TOTAL PAGADO")
    sheet.centred(286, f"$ {amount}", scale=3)
    grain, left = sha256(key.encode()).digest(), 66
    for one in grain * 3:
        width = 1 + one % 4
        if left + width > 294:
            break
        sheet.box(left, 340, width, 60, INK)
        left += width + 1 + one // 64
    sheet.centred(424, "TICKET INVENTADO", colour=GREY)
    return sheet.png()


def _lines(sheet: _Sheet, top: int, *lines: tuple[str, str]) -> None:
    for name, value in lines:
        sheet.text(30, top, name, colour=GREY)
        sheet.text(_WIDTH - 30 - len(value) * 12, top, value)
        sheet.box(30, top + 28, _WIDTH - 60, 1, EDGE)
        top += 48


def _number(key: str, digits: int) -> str:
    return f"{int(sha256(key.encode()).hexdigest(), 16) % 10**digits:0{digits}}"


def _chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
