"""The labelled replies are what they claim to be, and the held-out third is as it was written."""

import hashlib
from pathlib import Path

import pytest

from campaigns.opt_out_words import fold
from tests.replies.labelled import (
    COLUMNS,
    DEVELOPMENT,
    HELD_OUT,
    NEAR_MISS,
    OPT_OUT,
    BadLabel,
    Reply,
    read_replies,
)

# Written before the first rule. Whoever changes this line changes what the figures mean.
HELD_OUT_SHA256 = "7899c43775418e60605dbc47e2e68e3ce5e18371a7d76a6e0e33598da15e4746"


def test_the_held_out_third_is_as_it_was_written_before_the_first_rule() -> None:
    assert hashlib.sha256(HELD_OUT.read_bytes()).hexdigest() == HELD_OUT_SHA256


def test_the_held_out_third_is_large_enough_to_say_something_of_opt_outs() -> None:
    replies = read_replies(HELD_OUT)

    assert len(replies) >= 500
    assert sum(each.kind == OPT_OUT for each in replies) >= 150
    assert sum(each.kind == NEAR_MISS for each in replies) >= 150


def test_it_is_a_third_of_the_set() -> None:
    held_out, development = read_replies(HELD_OUT), read_replies(DEVELOPMENT)

    assert len(held_out) + len(development) >= 1_500
    assert len(development) == 2 * len(held_out)


@pytest.mark.parametrize("path", [HELD_OUT, DEVELOPMENT], ids=lambda path: path.stem)
def test_every_campaign_type_that_we_ship_has_replies(path: Path) -> None:
    answered = {each.campaign_type for each in read_replies(path)}

    assert answered == {
        "mora", "recordatorio", "adjudicacion", "licitacion",
        "retencion", "fidelizacion", "encuesta", "consultas",
    }  # fmt: skip


def test_no_reply_of_one_part_is_in_the_other_or_there_twice() -> None:
    held_out, development = read_replies(HELD_OUT), read_replies(DEVELOPMENT)

    assert {_said(each) for each in held_out}.isdisjoint(map(_said, development))
    for part in (held_out, development):
        once = {(each.campaign_type, _said(each)) for each in part}
        assert len(once) == len(part)


def test_a_value_goes_with_a_result_that_takes_one() -> None:
    for each in read_replies(HELD_OUT) + read_replies(DEVELOPMENT):
        if each.date is not None or each.amount is not None:
            assert each.result in ("promesa_de_pago", "paga_derecho", "oferta"), each
        assert (each.score is not None) == (each.result == "puntaje"), each
        assert each.date is None or each.date >= each.today, each


@pytest.mark.parametrize(
    "line",
    [
        "mora\t2026-11-25\tpuntaje\t\t\t5\t\t5",
        "mora\t2026-11-25\tno_desea_mensajes\t\t\t\t\tbaja",
        "mora\t25/11/2026\tnone\t\t\t\t\thola",
        "mora\t2026-11-25\tnone\t\t\t\t\t",
        "mora\t2026-11-25\tnone\thola",
    ],
    ids=["result of another type", "opt-out not marked", "no date", "no text", "columns missing"],
)
def test_a_bad_label_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("\t".join(COLUMNS) + "\n" + line + "\n", encoding="utf-8")

    with pytest.raises(BadLabel, match=r"own\.tsv:2"):
        read_replies(path)


def _said(reply: Reply) -> str:
    return fold(reply.text) or reply.text
