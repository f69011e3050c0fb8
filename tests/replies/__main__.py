"""`./pregon replies`: how good the suggestions are, on the labelled replies or on a file."""

import json
from pathlib import Path
from typing import Any

import click

from tests.replies.labelled import DEVELOPMENT, HELD_OUT, BadLabel, read_replies
from tests.replies.measure import Figures, Tally, measure

NOTE = """\
precision: of the suggestions made, those with the labelled result and no value that the text
does not state. coverage: of the replies with a label other than none, those with a right one."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A labelled file of your own; tests/replies/README.md says how it is written.",
)
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def replies(path: Path | None, as_json: bool) -> None:
    """Precision and coverage of the suggestions, per result, the held-out third apart."""
    parts = {path.name: path} if path else {"held out": HELD_OUT, "development": DEVELOPMENT}
    try:
        measured = {name: measure(read_replies(each)) for name, each in parts.items()}
    except BadLabel as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({name: _as_data(each) for name, each in measured.items()}, indent=2))
        return
    for name, figures in measured.items():
        _tell(name, figures)
    click.echo(NOTE)


def _tell(name: str, figures: Figures) -> None:
    click.echo(f"{name}: {figures.replies} replies")
    click.echo(f"  {'':24}{'labelled':>9}{'suggested':>11}{'precision':>11}{'coverage':>10}")
    for code, tally in sorted(figures.results.items(), key=lambda each: -each[1].labelled):
        click.echo(_line(code, tally))
    click.echo(_line("all", figures.all))
    opt_out = figures.opt_out
    click.echo(
        f"  opt-outs: recall {_figure(opt_out.coverage)}, precision {_figure(opt_out.precision)};"
        f" near-misses taken for one: {figures.near_misses_taken} of {figures.near_misses}"
    )
    click.echo(
        f"  values: {figures.values_read} of {figures.values} read, {figures.values_wrong} wrong\n"
    )


def _line(code: str, tally: Tally) -> str:
    precision, coverage = _figure(tally.precision), _figure(tally.coverage)
    return f"  {code:24}{tally.labelled:9}{tally.suggested:11}{precision:>11}{coverage:>10}"


def _figure(share: float | None) -> str:
    return "–" if share is None else f"{share:.3f}"


def _as_data(figures: Figures) -> dict[str, Any]:
    def told(tally: Tally) -> dict[str, Any]:
        return {
            "labelled": tally.labelled,
            "suggested": tally.suggested,
            "right": tally.right,
            "precision": tally.precision,
            "coverage": tally.coverage,
        }

    return {
        "replies": figures.replies,
        "all": told(figures.all),
        "results": {code: told(tally) for code, tally in sorted(figures.results.items())},
        "opt_out": {
            "recall": figures.opt_out.coverage,
            "precision": figures.opt_out.precision,
            "near_misses": figures.near_misses,
            "near_misses_taken": figures.near_misses_taken,
        },
        "values": {
            "stated": figures.values,
            "read": figures.values_read,
            "wrong": figures.values_wrong,
        },
    }


if __name__ == "__main__":
    replies(prog_name="pregon replies")
