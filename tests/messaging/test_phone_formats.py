import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import phone_formats
from messaging.phone_formats import equivalents, match_key, to_whatsapp
from models.values import InvalidPhoneNumber

ACCEPTED = [
    # what the call centres' lists hold
    ("011 15-5555-4444", "+5491155554444"),
    ("0351 15 444-5555", "+5493514445555"),
    ("+54 9 11 5555 4444", "+5491155554444"),
    ("1155554444", "+5491155554444"),
    ("+54 9 11 2345 6789", "+5491123456789"),
    ("011 15-2345-6789", "+5491123456789"),
    ("+54 11 15 2345 6789", "+5491123456789"),
    ("9 11 2345 6789", "+5491123456789"),
    ("+54 9 11 15 2345 6789", "+5491123456789"),
    ("0054 9 11 5555 4444", "+5491155554444"),
    ("5491155554444", "+5491155554444"),
    ("+54 (011) 15-5555-4444", "+5491155554444"),
    # a fixed line gets the 9 as well
    ("11 2345-6789", "+5491123456789"),
    ("+54 11 2345 6789", "+5491123456789"),
    ("(0351) 444-5555", "+5493514445555"),
    # area codes of three and four digits, with the 15
    ("0223 15 512-3456", "+5492235123456"),
    ("02966 15 412345", "+5492966412345"),
    ("0220 15 483-1234", "+5492204831234"),
    ("02202 15 42-1234", "+5492202421234"),
    # no area code: the default one
    ("15 2345-6789", "+5491123456789"),
    ("2345-6789", "+5491123456789"),
    # marks around it
    ("Cel: 11 5555-4444", "+5491155554444"),
    ("WhatsApp 11 5555-4444", "+5491155554444"),
    ("'+54 9 11 5555-4444", "+5491155554444"),
    ("\u202a+54 9 11 5555-4444\u202c", "+5491155554444"),
    ("1155554444.0", "+5491155554444"),
    # two in one cell: the first that can be one
    ("11-5555-4444 / 15 6666-7777", "+5491155554444"),
    ("+5491155554444 y 0351 444-5555", "+5491155554444"),
    ("4555-4444/5", "+5491145554444"),
    ("s/n, 11 5555-4444", "+5491155554444"),
    ("0351/4445555", "+5493514445555"),
    # neighbours
    ("+598 99 123 456", "+59899123456"),
    ("+52 1 55 5123 4567", "+525551234567"),
    ("+52 55 5123 4567", "+525551234567"),
    ("+55 51 98765 4321", "+5551987654321"),
    ("+55 51 8765 4321", "+5551987654321"),
    ("00 34 612 345 678", "+34612345678"),
]

REFUSED = [
    ("", phone_formats.NO_DIGITS),
    ("   ", phone_formats.NO_DIGITS),
    ("no tiene", phone_formats.LETTERS),
    ("11 5555 444x", phone_formats.LETTERS),
    ("123", phone_formats.TOO_SHORT),
    ("11 5555 444", phone_formats.TOO_SHORT),
    ("11 5555 44444 7", phone_formats.TOO_LONG),
    ("12345678901234567", phone_formats.TOO_LONG),
    ("0000000000", phone_formats.FILLER),
    ("1111111111", phone_formats.FILLER),
    ("11 0000-0000", phone_formats.FILLER),
    ("11 9999-9999", phone_formats.NOT_IN_USE),
    ("2999 12-3456", phone_formats.NOT_IN_USE),
    ("0800-555-1234", phone_formats.FREE_CALL),
    ("011 4555-4444 int 23", phone_formats.EXTENSION),
    ("1,15555E+09", phone_formats.SCIENTIFIC),
    ("1.15555E+09", phone_formats.SCIENTIFIC),
    ("+54 9 11 555", phone_formats.TOO_SHORT),  # no local number that begins with 549
    ("+54 9 11 5555", phone_formats.TOO_SHORT),
    ("+598 1", phone_formats.TOO_SHORT),
    ("+999 123 456 789", phone_formats.NOT_IN_USE),
]


@pytest.mark.parametrize(("typed", "e164"), ACCEPTED)
def test_a_phone_as_people_type_it_becomes_the_number_whatsapp_dials(typed: str, e164: str) -> None:
    assert to_whatsapp(typed).e164 == e164


@pytest.mark.parametrize(("typed", "reason"), REFUSED)
def test_what_cannot_be_a_phone_is_refused_with_its_reason(typed: str, reason: str) -> None:
    with pytest.raises(InvalidPhoneNumber) as refusal:
        to_whatsapp(typed)

    assert refusal.value.reason == reason
    assert refusal.value.text == typed


def test_a_number_without_area_code_takes_the_one_of_the_call_centre() -> None:
    assert to_whatsapp("15 444-5555", default_area="351").e164 == "+5493514445555"
    assert to_whatsapp("444-5555", default_area="351").e164 == "+5493514445555"
    assert to_whatsapp("15 41-2345", default_area="2966").e164 == "+5492966412345"


def test_a_list_of_another_country_is_read_by_its_own_rules() -> None:
    assert to_whatsapp("099 123 456", region="UY").e164 == "+59899123456"


@pytest.mark.parametrize(
    ("forms", "key"),
    [
        (["+5491155554444", "+541155554444", "whatsapp:+5491155554444"], "54:1155554444"),
        (["+54111555554444", "+5491115 55554444"], "54:1155554444"),
        (["+5493514445555", "+543514445555", "+5435115 4445555"], "54:3514445555"),
        (["+525551234567", "+5215551234567"], "52:5551234567"),
        (["+5551987654321", "+555187654321"], "55:5187654321"),
        (["+59899123456"], "59899123456"),
        (["+5411"], "5411"),
        ([""], ""),
    ],
)
def test_every_form_of_one_subscriber_shares_one_key(forms: list[str], key: str) -> None:
    assert {match_key(form) for form in forms} == {key}
    assert all(match_key(other) == key for form in forms for other in equivalents(form))


AREAS = st.sampled_from(["11", "351", "341", "223", "2966", "2202"])


@st.composite
def subscribers(draw: st.DrawFn) -> tuple[str, str]:
    """An area code, and digits that exist in it."""
    area = draw(AREAS)
    length = 10 - len(area)
    digits = draw(st.text("0123456789", min_size=length, max_size=length))
    try:
        number = phonenumbers.parse(f"+54{area}{digits}", "AR")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        digits = {2: "45556789", 3: "4556789", 4: "423456"}[len(area)]
    return area, digits


@given(subscribers(), st.sampled_from(["", " ", "-", ".", "  "]))
def test_all_ways_of_writing_a_number_mean_the_same_one(
    subscriber: tuple[str, str], gap: str
) -> None:
    area, digits = subscriber
    number = f"{digits[:-4]}{gap}{digits[-4:]}"
    written = [
        f"{area}{gap}{number}",
        f"0{area}{gap}{number}",
        f"0{area}{gap}15{gap}{number}",
        f"({area}) 15{gap}{number}",
        f"+54 {area} {number}",
        f"+54 9 {area} {number}",
        f"+54 9 {area} 15 {number}",
        f"549{area}{digits}",
        f"54{area}{digits}",
        f"Tel. {area} {number}",
    ]
    read = set()
    for text in written:
        try:
            read.add(to_whatsapp(text).e164)
        except InvalidPhoneNumber as refusal:
            read.add(refusal.reason)

    assert read in ({f"+549{area}{digits}"}, {phone_formats.FILLER})
    assert len({match_key(f"+54{area}{digits}"), match_key(f"+549{area}{digits}")}) == 1


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        number = to_whatsapp(text)
    except InvalidPhoneNumber:
        return
    assert to_whatsapp(number.e164) == number
    assert match_key(text) is not None
