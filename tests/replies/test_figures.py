"""The figures of the suggestions stay at what was reached, or go up."""

import json

import pytest
from click.testing import CliRunner

from tests.replies.__main__ import replies
from tests.replies.labelled import COLUMNS, HELD_OUT, read_replies
from tests.replies.measure import Figures, measure


@pytest.fixture(scope="module")
def held_out() -> Figures:
    return measure(read_replies(HELD_OUT))


def test_suggestions_are_right_and_come_often(held_out: Figures) -> None:
    assert held_out.all.precision is not None
    assert held_out.all.precision >= 0.97
    assert held_out.all.coverage is not None
    assert held_out.all.coverage >= 0.97


def test_hardly_an_opt_out_is_missed_or_seen_where_none_is(held_out: Figures) -> None:
    assert held_out.opt_out.coverage is not None
    assert held_out.opt_out.coverage >= 0.985
    assert held_out.opt_out.precision is not None
    assert held_out.opt_out.precision >= 0.975
    assert held_out.near_misses_taken <= 3


def test_no_value_is_read_that_was_not_stated(held_out: Figures) -> None:
    assert held_out.values_wrong == 0
    assert held_out.values_read >= 0.95 * held_out.values


def test_the_command_tells_it_to_a_program_and_of_a_file_of_ones_own(tmp_path: object) -> None:
    own = f"{tmp_path}/own.tsv"
    with open(own, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("\t".join(COLUMNS) + "\n")
        file.write("mora\t2026-11-25\tpromesa_de_pago\t2026-11-27\t\t\t\tel viernes pago\n")
        file.write("mora\t2026-11-25\tnone\t\t\t\t\tya pagué\n")

    told = CliRunner().invoke(replies, ["--file", own, "--json"])
    said = CliRunner().invoke(replies, ["--file", own])
    bad = CliRunner().invoke(replies, ["--file", __file__])

    assert told.exit_code == 0
    figures = json.loads(told.output)["own.tsv"]["all"]
    assert (figures["labelled"], figures["suggested"], figures["right"]) == (1, 2, 1)
    assert "promesa_de_pago" in said.output
    assert bad.exit_code == 1
    assert "first line" in bad.output
