"""What a free text may mean: values read or nothing, phrases found or silence."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from campaigns.suggesting.amounts import mark_amounts
from campaigns.suggesting.dates import mark_days
from campaigns.suggesting.phrases import BadPhrase, check_phrase
from campaigns.suggesting.rules import shipped_phrases
from campaigns.suggesting.scores import mark_score
from campaigns.suggesting.words import words_of
from campaigns.suggestions import Offer, Suggestion, suggest, suggest_media
from models.campaign import ValueKind

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
WEDNESDAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 25, 12, tzinfo=ZONE)
MORA = [
    Offer(code="promesa_de_pago", value_kind=ValueKind.DATE_AMOUNT),
    *(
        Offer(code=code)
        for code in ("ya_pago", "envio_comprobante", "no_puede_pagar", "pide_diferimiento",
                     "quiere_renunciar", "no_desea_mensajes", "numero_equivocado")
    ),
]  # fmt: skip
ENCUESTA = [
    Offer(code="puntaje", value_kind=ValueKind.INTEGER, min_value=1, max_value=5),
    Offer(code="comentario", value_kind=ValueKind.TEXT),
]


def _mora(text: str, **more: object) -> Suggestion | None:
    return suggest(text, "mora", MORA, now=NOON, zone=ZONE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("el viernes", date(2026, 11, 27)),
        ("VIERNES 27", date(2026, 11, 27)),
        ("el vie", date(2026, 11, 27)),
        ("el miércoles", date(2026, 12, 2)),  # today's own name is next week's
        ("el lunes que viene", date(2026, 11, 30)),
        ("mñn", date(2026, 11, 26)),
        ("pasado mañana", date(2026, 11, 27)),
        ("hoy a la noche", WEDNESDAY),
        ("5/12", date(2026, 12, 5)),
        ("5-1-27", date(2027, 1, 5)),
        ("10 de diciembre", date(2026, 12, 10)),
        ("el 5", date(2026, 12, 5)),
        ("el cinco", date(2026, 12, 5)),
        ("el 28 de este mes", date(2026, 11, 28)),
        ("el 5 del mes que viene", date(2026, 12, 5)),
        ("a fin de mes", date(2026, 11, 30)),
        ("en dos semanas", date(2026, 12, 9)),
        ("dentro de 3 dias", date(2026, 11, 28)),
    ],
)
def test_a_day_that_is_certain_is_read(said: str, day: date) -> None:
    days = [word.day for word in mark_days(words_of(said), today=WEDNESDAY) if word.day]

    assert days == [day]


@pytest.mark.parametrize(
    "said",
    [
        "el viernes que viene",  # this week's, or the next?
        "viernes 28",  # which is a Saturday
        "entre el 5 y el 10",
        "el viernes o el sábado",
        "la semana que viene",
        "a principios de mes",
        "31/2",
        "5/11",  # went by three weeks ago
        "el viernes pasado",
        "a la mañana",
        "el 10 por ciento",
        "cuando cobre",
    ],
)
def test_a_day_that_is_not_certain_is_no_day(said: str) -> None:
    assert [word.day for word in mark_days(words_of(said), today=WEDNESDAY) if word.day] == []


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("50 lucas", 50_000),
        ("50mil", 50_000),
        ("90k", 90_000),
        ("$ 45.300,50", "45300.50"),
        ("$25.000", 25_000),
        ("25000 pesos", 25_000),
        ("120.500", 120_500),
        ("45300", 45_300),
        ("cien mil", 100_000),
        ("cuarenta lucas", 40_000),
        ("un palo", 1_000_000),
        ("un millón y medio", 1_500_000),
        ("2,5 millones", 2_500_000),
        ("la mitad", 45_000),
    ],
)
def test_a_sum_is_read_as_people_write_it(said: str, amount: int | str) -> None:
    words = mark_amounts(words_of(said), due=Decimal(90_000))

    assert [word.amount for word in words if word.amount] == [Decimal(amount)]


@pytest.mark.parametrize(
    "said",
    ["dni 28444555", "grupo 4410 orden 23", "la cuota 34", "las 2 cuotas", "11 5566 7788",
     "en 2026", "45", "mitad de mes"],
)  # fmt: skip
def test_numbers_that_are_no_money_are_no_sum(said: str) -> None:
    assert [word for word in mark_amounts(words_of(said), due=Decimal(9)) if word.amount] == []


@pytest.mark.parametrize(
    ("said", "score"),
    [("5", 5), ("un cuatro", 4), ("⭐⭐⭐", 3), ("4/5", 4), ("5 de 5", 5), ("3️⃣", 3),
     ("10", None), ("4 o 5", None), ("entre 3 y 4", None), ("hace 5 años", None), ("8/10", None)],
)  # fmt: skip
def test_a_mark_is_read_within_its_range_if_there_is_one(said: str, score: int | None) -> None:
    words = mark_score(words_of(said), least=1, most=5)

    assert [word.score for word in words if word.score] == ([score] if score else [])


def test_a_promise_comes_with_day_amount_and_the_words_it_was_read_from() -> None:
    text = "Hola! Puedo pagar el viernes 50 lucas, gracias"

    found = _mora(text)

    assert found is not None
    assert (found.code, found.day, found.amount) == (
        "promesa_de_pago",
        date(2026, 11, 27),
        Decimal(50_000),
    )
    assert found.words == text[found.start : found.end]
    assert "pagar el viernes" in found.words


def test_a_promise_without_a_day_has_none() -> None:
    found = _mora("cuando cobre te pago")

    assert found is not None
    assert (found.code, found.day, found.amount) == ("promesa_de_pago", None, None)


def test_the_day_counts_from_when_it_was_written_where_the_call_centre_is() -> None:
    late = datetime(2026, 11, 26, 1, tzinfo=ZoneInfo("UTC"))  # still Wednesday in Buenos Aires

    found = suggest("mañana pago", "mora", MORA, now=late, zone=ZONE)

    assert found is not None
    assert found.day == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ya pagué, no me escriban más", "no_desea_mensajes"),  # an opt-out before all
        ("di de baja el débito automático", None),
        ("quiero dar de baja el plan", "quiere_renunciar"),
        ("ya cancelé la cuota", "ya_pago"),
        ("el viernes cancelo la cuota", "promesa_de_pago"),
        ("no soy Jorge", "numero_equivocado"),
        ("hoy no puedo, el lunes pago", "promesa_de_pago"),
        ("no puedo pagar este mes", "no_puede_pagar"),
        ("si pago el viernes me cobran recargo?", None),
        ("el viernes te aviso", None),
        ("hola", None),
        ("", None),
        ("😀", None),
    ],
)
def test_a_text_means_one_result_or_nothing(said: str, code: str | None) -> None:
    found = _mora(said)

    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    "said",
    [
        "nomemandenmas",
        "dejne de mandar mensajes",
        "no me mamden mas",
        "borrame flaco",
        "saquennos de la lista",
        "a mi marido no le manden mas",
        "no me anden mandando mensajes",
        "vayan a molestar a otro",
        "absténganse de volver a escribirme",
        "un mensaje más y les mando carta documento",
        "si me siguen escribiendo cambio el número",
        "no me gusta que me manden mensajes",
        "nadie los autorizó a usar mi número",
        "detengan los mensajes",
        "pido la baja de todas las comunicaciones",
        "cómo elimino mi número de la base",
        "no hace falta que manden más mensajes, ya sé que debo",
        "no solicité recibir esto, dar de baja",
    ],
)
def test_who_wants_no_messages_is_understood_however_he_says_it(said: str) -> None:
    found = _mora(said)

    assert found is not None
    assert found.code == "no_desea_mensajes"


@pytest.mark.parametrize(
    "said",
    [
        "no autorizo el débito",
        "dejen de mandarme el cupón vencido y manden el nuevo",
        "no quiero recibir ese modelo",
        "no quiero que me manden otro cupón, ya pagué",
        "córtenla con los aumentos",
        "dejen de joder con los aumentos",
        "no manden más a un cobrador a mi casa",
        "no me escriban hasta el lunes por favor",
        "no me escriban a este, escríbanme al otro",
        "los denuncio por no entregar el auto",
        "esto es spam o son ustedes?",
        "no dejes de escribirme",
        "borren el teléfono anterior y agenden este",
        "basta de vueltas, ya les mandé mensajes y nada",
        "quiero pagar para no estar más en mora",
        "no recibí nada más",
    ],
)
def test_what_only_sounds_like_wanting_no_messages_is_not_taken_for_it(said: str) -> None:
    found = _mora(said)

    assert found is None or found.code != "no_desea_mensajes"


def test_only_what_the_type_offers_is_suggested() -> None:
    offers = [Offer(code="ya_pago")]

    assert suggest("el viernes pago", "mora", offers, now=NOON, zone=ZONE) is None


def test_a_survey_gives_its_mark_or_the_words_as_a_comment() -> None:
    mark = suggest("5, muy buena atención", "encuesta", ENCUESTA, now=NOON, zone=ZONE)
    words = suggest("Muy  buena atención", "encuesta", ENCUESTA, now=NOON, zone=ZONE)

    assert mark is not None
    assert (mark.code, mark.integer) == ("puntaje", 5)
    assert words is not None
    assert (words.code, words.text) == ("comentario", "Muy buena atención")


def test_a_file_without_a_word_may_be_a_receipt_where_one_is_expected() -> None:
    assert suggest_media(MORA) == "envio_comprobante"
    assert suggest_media(ENCUESTA) is None


def test_a_supervisors_phrase_counts_and_one_taken_out_does_not() -> None:
    own = {**shipped_phrases("mora"), "ya_pago": ("arreglado con la agencia",)}

    added, gone = (
        _mora(said, phrasing=own) for said in ("ya quedó arreglado con la agencia", "ya pagué")
    )

    assert added is not None
    assert added.code == "ya_pago"
    assert gone is None


@pytest.mark.parametrize("text", ["", "...", "Pagué", "ya, pague", "pag(ue", "*", "a/*", "$"])
def test_what_is_no_phrase_is_refused(text: str) -> None:
    with pytest.raises(BadPhrase):
        check_phrase(text)


def test_every_phrase_that_we_ship_is_one() -> None:
    for kind in ("mora", "recordatorio", "adjudicacion", "licitacion", "retencion",
                 "fidelizacion", "encuesta", "consultas"):  # fmt: skip
        for phrases in shipped_phrases(kind).values():
            for phrase in phrases:
                check_phrase(phrase)
