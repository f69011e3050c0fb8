import csv
import io

import pytest

from campaigns.importing.cells import read_text
from campaigns.importing.reports import Problem, Refusal, RefusedRows, harmless

DANGEROUS = ["=1+1", "+54 9 11 5555 4444", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("cell", DANGEROUS)
def test_a_cell_that_a_spreadsheet_would_compute_is_made_harmless_and_comes_back(
    cell: str,
) -> None:
    assert harmless(cell) == f"'{cell}"
    assert read_text(harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["\t=1", "\r=1", "\x00=1"])
def test_a_formula_behind_a_control_character_is_made_harmless(cell: str) -> None:
    assert harmless(cell).startswith("'")


def test_refused_rows_come_back_as_they_came_with_line_and_reason() -> None:
    stream = io.StringIO(newline="")
    refused = RefusedRows(stream, ["Nombre", "=Importe", "Teléfono"])

    refused.add(
        [
            Refusal(3, ["Ana;b", 45300.5], (Problem("Teléfono", "", "falta este dato"),)),
            Refusal(7, ["=1+1", 7, "x", "y"], (Problem("", "", "repite"),)),
        ]
    )

    stream.seek(0)
    assert list(csv.reader(stream, delimiter=";")) == [
        ["Nombre", "'=Importe", "Teléfono", "línea", "motivo"],
        ["Ana;b", "45300,5", "", "3", "Teléfono «»: falta este dato"],
        ["'=1+1", "7", "x", "7", "repite"],
    ]
