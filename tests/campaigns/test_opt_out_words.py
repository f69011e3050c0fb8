"""Which whole messages mean "write to me no more"."""

import pytest

from campaigns.opt_out_words import START_PHRASES, STOP_PHRASES, Wish, fold, wish_of

STOPS = [
    "BAJA", "baja", "Baja.", "¡BAJA!", "  bája  ", "BAJA por favor", "Hola, baja", "baja gracias",
    "STOP", "Stop!!!", "no quiero", "No quiero más mensajes", "NO ME MANDEN MÁS",
    "no me manden mas mensajes por favor", "salir", "🛑 baja 🛑", "Darme de baja",
    "Cancelar suscripción a mensajes", "dejen de molestar", "CANCELAR", "quiero darme de baja",
]  # fmt: skip
NEAR = [
    "di de baja el débito automático", "quiero dar de baja el débito", "la cuota baja",
    "baja la cuota?", "no quiero perder el plan", "no quiero pagar la multa", "stop loss",
    "¿cómo salgo del plan?", "quiero cancelar la deuda", "cancelar suscripción",
    "quiero darme de baja del plan", "", "   ", "🙏", "alta gama", "me dieron el alta médica",
    "baja " * 60,
]  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_it_is_an_opt_out(text: str) -> None:
    assert wish_of(text) is Wish.STOP


@pytest.mark.parametrize("text", NEAR)
def test_it_is_for_a_person_to_read(text: str) -> None:
    assert wish_of(text) is None


@pytest.mark.parametrize("text", ["ALTA", "alta por favor", "Start", "dar de alta"])
def test_it_takes_an_opt_out_back(text: str) -> None:
    assert wish_of(text) is Wish.START


def test_the_phrases_are_written_as_they_are_compared() -> None:
    for phrase in STOP_PHRASES | START_PHRASES:
        assert fold(phrase) == phrase
    assert not STOP_PHRASES & START_PHRASES
