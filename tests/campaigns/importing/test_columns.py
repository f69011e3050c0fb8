import pytest

from campaigns.importing.columns import map_columns
from campaigns.importing.errors import ColumnsAmbiguous, ColumnsMissing, MappingWrong
from campaigns.importing.guesses import guess_columns
from models.audit import ImportKind

SUBSCRIPTIONS = ImportKind.SUBSCRIPTIONS
COUPONS = ImportKind.COUPONS
AT_LEAST = ["Nombre", "Documento", "Teléfono", "Plan", "Grupo", "Orden"]


@pytest.mark.parametrize(
    "header",
    [
        AT_LEAST,
        list(reversed(AT_LEAST)),
        ["APELLIDO Y NOMBRE", "D.N.I.", "Tel. Celular", "Plan de ahorro", "Nº Grupo", "NRO. ORDEN"],
        ["name", "document", "phone", "plan", "group", "order"],
        ["Full name", "Tax ID", "Mobile phone", "Plan name", "group_code", "Order number"],
        ["Titular", "CUIT/CUIL", "WhatsApp", "Plan", "Número de grupo", "n° de orden"],
    ],
)
def test_columns_are_known_in_spanish_and_english_in_any_order(header: list[str]) -> None:
    columns = map_columns(header, SUBSCRIPTIONS)

    assert set(columns.places) == {"name", "document", "phone", "plan", "group_code", "order_code"}
    assert columns.unused == ()


def test_a_contract_number_stands_for_group_and_order() -> None:
    columns = map_columns([*AT_LEAST[:4], "Nro. de contrato"], SUBSCRIPTIONS)

    assert columns.places["contract_number"] == 4


def test_missing_columns_are_all_named_with_what_would_do_and_what_there_is() -> None:
    with pytest.raises(ColumnsMissing) as refusal:
        map_columns(["Nombre", "Fecha", "Grupo"], SUBSCRIPTIONS)

    assert refusal.value.missing == ["documento", "teléfono", "plan", "orden"]
    assert refusal.value.found == ["Nombre", "Fecha", "Grupo"]
    assert "«documento» (se acepta: documento, dni, cuit" in str(refusal.value)
    assert "El archivo tiene: Nombre, Fecha, Grupo." in str(refusal.value)


def test_a_file_of_coupons_needs_its_key_instalment_amount_and_due_date() -> None:
    with pytest.raises(ColumnsMissing) as refusal:
        map_columns(["Contrato"], COUPONS)

    assert refusal.value.missing == ["cuota", "importe", "vencimiento"]


def test_two_columns_for_one_field_are_refused_until_somebody_says_which() -> None:
    header = [*AT_LEAST, "DNI"]

    with pytest.raises(ColumnsAmbiguous, match="Documento, DNI"):
        map_columns(header, SUBSCRIPTIONS)

    assert map_columns(header, SUBSCRIPTIONS, chosen={"DNI": "document"}).places["document"] == 6
    assert map_columns(header, SUBSCRIPTIONS, chosen={"dni": ""}).places["document"] == 1


def test_of_two_phones_the_mobile_is_the_one_to_write_to() -> None:
    columns = map_columns([*AT_LEAST, "Celular"], SUBSCRIPTIONS)

    assert columns.header[columns.places["phone"]] == "Celular"
    assert columns.header[columns.places["other_phone"]] == "Teléfono"


def test_a_person_may_say_what_a_column_is_and_keep_one_of_his_own() -> None:
    header = ["Quién", *AT_LEAST[1:], "Vendedor"]

    columns = map_columns(
        header, SUBSCRIPTIONS, chosen={"quien": "name", "Vendedor": "custom.vendedor"}
    )

    assert columns.mapping() == {
        "Quién": "name",
        "Vendedor": "custom.vendedor",
        "Documento": "document",
        "Teléfono": "phone",
        "Plan": "plan",
        "Grupo": "group_code",
        "Orden": "order_code",
    }


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"Nada": "name"}, "no tiene la columna «Nada»"),
        ({"Nombre": "nada"}, "No existe el campo «nada»"),
        ({"Nombre": "custom."}, "No existe el campo «custom.»"),
    ],
)
def test_a_mapping_that_points_nowhere_is_refused(chosen: dict[str, str], sentence: str) -> None:
    with pytest.raises(MappingWrong, match=sentence):
        map_columns(AT_LEAST, SUBSCRIPTIONS, chosen=chosen)


def test_a_remembered_mapping_holds_for_a_file_with_the_same_columns_only() -> None:
    remembered = {"Quién": "name"}
    header = ["Quién", *AT_LEAST[1:]]

    assert map_columns(header, SUBSCRIPTIONS, remembered=remembered).places["name"] == 0
    with pytest.raises(ColumnsMissing):
        map_columns(["Otro", *AT_LEAST[1:]], SUBSCRIPTIONS, remembered=remembered)


def test_half_a_coupon_is_no_coupon_and_is_reported() -> None:
    columns = map_columns([*AT_LEAST, "Importe"], SUBSCRIPTIONS)

    assert not columns.has_coupons
    assert columns.unused == ("Importe",)


def test_a_day_of_payment_is_not_taken_for_one_on_which_somebody_paid() -> None:
    header = ["Contrato", "Cuota", "Importe", "Vencimiento", "Fecha de pago"]

    assert "paid" not in map_columns(header, COUPONS).places
    guessed = [guess.field for guess in guess_columns([*header, "Forma de pago"], COUPONS)]
    assert "paid" not in guessed
    chosen = map_columns(header, COUPONS, chosen={"Fecha de pago": "paid"})
    assert chosen.places["paid"] == 4
    assert map_columns([*header[:4], "Pagada"], COUPONS).places["paid"] == 4


def test_a_list_of_payments_needs_the_instalment_alone() -> None:
    assert map_columns(["Contrato", "Cuota", "Pagado"], COUPONS).places["paid"] == 2
    with pytest.raises(ColumnsMissing):
        map_columns(["Contrato", "Pagado"], COUPONS)
    with pytest.raises(ColumnsMissing):
        map_columns(["Contrato", "Cuota"], COUPONS)
