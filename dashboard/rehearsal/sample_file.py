"""Files as administrators send them, about invented people: for the demo, tests, benchmarks.

Everything follows from the seed. Phones come in the many ways people write them, and two of
these never mean one number unless it is meant to be shared.
"""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from campaigns.importing.cells import cuit_check_digit

HEADER = (
    "Apellido y Nombre", "DNI/CUIT", "Celular", "Correo", "Domicilio", "Administradora",
    "Plan de Ahorro", "Modelo", "Plazo", "Tipo de plan", "Grupo", "Orden", "Nº de Contrato",
    "Estado", "Cuotas pagas", "Cuotas vencidas", "Cuota", "Importe", "Vencimiento",
    "2º Vencimiento", "Código de pago", "Link de pago",
)  # fmt: skip


def _list(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


_FIRST = _list(
    "María, José, Ana, Juan, Lucía, Carlos, Sofía, Jorge, Valentina, Martín, Camila, Diego, "
    "Florencia, Pablo, Julieta, Nicolás, Agustina, Facundo, Rocío, Hernán, Micaela, Gustavo, "
    "Belén, Ramón, Noelia, Sebastián, Graciela, Iñaki, Verónica, Raúl, Mónica, Ezequiel, "
    "Yamila, Matías, Silvia, Tomás, Andrea, Ángel"
)
_LAST = _list(
    "González, Rodríguez, Gómez, Fernández, López, Díaz, Martínez, Pérez, García, Sánchez, "
    "Romero, Sosa, Torres, Álvarez, Ruiz, Ramírez, Flores, Acosta, Benítez, Medina, Suárez, "
    "Herrera, Aguirre, Giménez, Gutiérrez, Núñez, Peralta, Ibáñez, Quiroga, Villalba, Muñoz, "
    "Ojeda, Cabrera, Ríos, Morales, Godoy, Castro, Vera, Luna, Ponce, Coronel, Maldonado, "
    "Bravo, Zalazar, Oviedo, Paz, Ferreyra, Yáñez, Duarte"
)
_STREETS = _list("San Martín, Belgrano, Rivadavia, 9 de Julio, Mitre, Sarmiento, Güemes, Alberdi")
_ADMINISTRATORS = ("Plan Norte S.A.", "Autoahorro del Sur S.A.", "Ahorro Previo Federal S.A.")
_MODELS = (("Cóndor 1.4", 21_500_000), ("Pampero 1.6", 28_900_000), ("Zonda Pick-Up", 44_700_000))
_KINDS = (("100 %", 84), ("70/30", 84), ("80/20", 120))
# area code → first digits, how many follow, weight: numbers that exist
_AREAS = (
    ("11", ("4", "5", "6", "3"), 7, 50),
    ("351", ("4", "5", "6"), 6, 14),
    ("341", ("4", "5"), 6, 12),
    ("221", ("4", "5"), 6, 8),
    ("223", ("4", "5"), 6, 6),
    ("261", ("4", "5"), 6, 6),
    ("2966", ("4", "5", "6"), 5, 4),
)  # fmt: skip
_BAD_PHONES = ("11 5555", "no tiene", "0000000000", "0800-555-1234", "11 5555 444x")


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    document: str
    number: tuple[str, str]  # area code, subscriber


def write_sample(
    path: Path,
    *,
    rows: int,
    seed: int,
    shared_phones: float = 0.03,
    bad_rows: int = 0,
    today: date = date(2026, 11, 18),
    public_url: str = "https://pagos.example",
) -> Path:
    """Write subscriptions with their coupons, one a row: `;`, Windows-1252, es-AR numbers.

    A share of ``shared_phones`` of the rows has the phone of an earlier row's other person;
    ``bad_rows`` of them, spread over the file, have something that cannot be taken.
    """
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(HEADER)
        writer.writerows(
            sample_rows(
                rows=rows, seed=seed, shared_phones=shared_phones, bad_rows=bad_rows,
                today=today, public_url=public_url,
            )
        )  # fmt: skip
    return path


def sample_rows(
    *,
    rows: int,
    seed: int,
    shared_phones: float = 0.03,
    bad_rows: int = 0,
    today: date = date(2026, 11, 18),
    public_url: str = "https://pagos.example",
) -> Iterator[list[str]]:
    """The rows of `write_sample` under `HEADER`."""
    chance = random.Random(seed)
    bad = set(chance.sample(range(rows), min(bad_rows, rows)))
    used: set[tuple[str, str]] = set()
    earlier: list[tuple[str, str]] = []
    for index in range(rows):
        if earlier and chance.random() < shared_phones:
            number = chance.choice(earlier)
        else:
            number = _fresh_number(chance, used)
            if len(earlier) < 1_000:
                earlier.append(number)
        person = _Person(_name(chance), _document(chance, index), number)
        row = _row(chance, index, person, today, public_url)
        if index in bad:
            _spoil(chance, row)
        yield row


def _row(
    chance: random.Random, index: int, person: _Person, today: date, public_url: str
) -> list[str]:
    # a whole group has one administrator, model and kind of plan
    group, order = divmod(index, 120)
    administrator = _ADMINISTRATORS[group % len(_ADMINISTRATORS)]
    model, price = _MODELS[group // 3 % len(_MODELS)]
    kind, term = _KINDS[group // 9 % len(_KINDS)]
    paid = chance.randint(1, term - 2)
    overdue = chance.choices((0, 1, 2, 3, 4), (20, 40, 20, 12, 8))[0]
    due = today + timedelta(days=chance.randint(-20, 12))
    first_name = person.name.rpartition(" ")[2]
    mail = f"persona{index}@correo.example" if chance.random() < 0.6 else ""
    street = f"{chance.choice(_STREETS)} {chance.randint(10, 4999)}, {first_name[:1]}"
    return [
        person.name,
        person.document,
        write_phone(chance, *person.number),
        mail,
        street if chance.random() < 0.7 else "",
        administrator,
        f"{model} {kind}",
        model,
        str(term),
        kind,
        f"{4000 + group}",
        f"{order + 1:03d}",
        f"{7_000_000 + index * 7}",
        "Activa",
        str(paid),
        str(overdue),
        f"{paid + 1}",
        spanish_amount(price * chance.randint(105, 135) // term),
        f"{due:%d/%m/%Y}",
        f"{due + timedelta(days=10):%d/%m/%Y}",
        f"{chance.randrange(10**19):019d}{7_000_000 + index * 7:08d}{paid + 1:03d}",
        f"{public_url}/{7_000_000 + index * 7}/{paid + 1}",
    ]


def spanish_amount(cents: int) -> str:
    """``1.234.567,89``."""
    whole, part = divmod(cents, 100)
    return f"{whole:,}".replace(",", ".") + f",{part:02d}"


def write_phone(chance: random.Random, area: str, digits: str) -> str:
    """One of the ways in which people write this number."""
    split = f"{digits[:-4]}-{digits[-4:]}"
    ways = [
        f"{area}{digits}",
        f"{area} {split}",
        f"0{area} 15-{split}",
        f"0{area} 15 {digits[:-4]} {digits[-4:]}",
        f"+54 9 {area} {digits[:-4]} {digits[-4:]}",
        f"({area}) {split}",
        f"549{area}{digits}",
        f"+54{area}{digits}",
        f"0{area}{digits}",
    ]
    if area == "11":
        ways.append(f"15 {split}")
    return chance.choice(ways)


def _fresh_number(chance: random.Random, used: set[tuple[str, str]]) -> tuple[str, str]:
    while True:
        area, starts, length, _ = chance.choices(_AREAS, [area[3] for area in _AREAS])[0]
        number = (area, chance.choice(starts) + f"{chance.randrange(10**length):0{length}d}")
        if number not in used and not number[1].endswith("00000"):
            used.add(number)
            return number


def _name(chance: random.Random) -> str:
    second = f" {chance.choice(_FIRST)}" if chance.random() < 0.4 else ""
    return f"{chance.choice(_LAST)}, {chance.choice(_FIRST)}{second}"


def _document(chance: random.Random, index: int) -> str:
    """Never the same for two rows: the index is in it."""
    number = 11_000_003 + index * 13 % 33_000_000
    text = f"{number:,}".replace(",", ".")
    way = chance.random()
    if way < 0.5:
        return str(number)
    if way < 0.8:
        return text
    prefix = chance.choice(("20", "27", "23"))
    check = cuit_check_digit(f"{prefix}{number}")
    return f"{prefix}-{number}-{check}" if check else f"DNI {text}"


def _spoil(chance: random.Random, row: list[str]) -> None:
    column, value = chance.choice(
        (
            ("Celular", chance.choice(_BAD_PHONES)),
            ("DNI/CUIT", "20-12345678-0"),
            ("DNI/CUIT", "1234"),
            ("Importe", "1,234"),
            ("Importe", "consultar"),
            ("Vencimiento", "31/02/2027"),
            ("Vencimiento", "12/31/2026"),
            ("Apellido y Nombre", ""),
            ("Link de pago", "javascript:alert(1)"),
            ("Estado", "quién sabe"),
        )
    )
    row[HEADER.index(column)] = value
