"""What the columns of a file seem to be, before a person looks them over."""

import pytest

from campaigns.importing.columns import place_columns
from campaigns.importing.errors import ColumnsAmbiguous, ColumnsMissing, MappingWrong
from campaigns.importing.guesses import Sureness, guess_columns
from models.audit import ImportKind

KIND = ImportKind.SUBSCRIPTIONS
HEADER = ["Apellido y Nombre", "D.N.I.", "Celular", "Plan", "Grupo", "Orden"]


def test_accepted_names_are_sure_and_strangers_are_nothing() -> None:
    guesses = guess_columns([*HEADER, "Vendedor", ""], KIND)

    assert [guess.field for guess in guesses] == [
        "name", "document", "phone", "plan", "group_code", "order_code", "", "",
    ]  # fmt: skip
    assert {guess.sureness for guess in guesses[:6]} == {Sureness.NAMED}
    assert guesses[6].sureness is Sureness.NONE


def test_a_header_that_says_more_is_similar() -> None:
    (guess,) = guess_columns(["Celular del titular del plan"], KIND)

    assert (guess.field, guess.sureness) == ("phone", Sureness.SIMILAR)


def test_two_columns_of_one_name_are_left_to_the_person() -> None:
    guesses = guess_columns(["Grupo", "Nro. de Grupo"], KIND)

    assert [guess.sureness for guess in guesses] == [Sureness.AMBIGUOUS] * 2
    assert guesses[0].rivals == ("Nro. de Grupo",)


def test_of_two_phones_the_mobile_is_the_one_to_write_to() -> None:
    guesses = guess_columns(["Teléfono", "Celular"], KIND)

    assert [guess.field for guess in guesses] == ["other_phone", "phone"]


def test_what_a_person_said_of_these_columns_wins() -> None:
    guesses = guess_columns(["Quién", "Nombre"], KIND, remembered={"Quién": "name"})

    assert [(guess.field, guess.sureness) for guess in guesses] == [
        ("name", Sureness.REMEMBERED),
        ("", Sureness.NONE),
    ]


def test_each_column_is_what_a_person_chose_even_if_their_names_are_one() -> None:
    header = ["A", "A", "A", "A", "A", "A"]
    fields = ["name", "document", "phone", "plan", "contract_number", ""]

    columns = place_columns(header, KIND, fields)

    assert columns.places["plan"] == 3
    assert columns.mapping() == {}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (["name", "name", "phone", "plan", "group_code", "order_code"], ColumnsAmbiguous),
        (["name", "", "phone", "plan", "group_code", "order_code"], ColumnsMissing),
        (["name", "password_hash", "phone", "plan", "group_code", ""], MappingWrong),
        (["name"], MappingWrong),
    ],
    ids=["one field twice", "no document", "no such field", "another file's columns"],
)
def test_a_choice_that_cannot_be_is_refused(fields: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        place_columns(HEADER, KIND, fields)
