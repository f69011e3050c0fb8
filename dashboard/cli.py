"""The `pregon` command: an edge like the views, for a terminal.

A command is a function in `dashboard/commands/`, named in `COMMANDS` and imported only when it
is called, so that every other one starts quickly. Exit codes: 0 done, 1 refused with a reason
(`REFUSALS`), 2 wrong use.
"""

import importlib
from typing import Any

import click

from campaigns.errors import DomainError
from messaging.errors import MessagingError
from models.states import IllegalMove
from models.values import InvalidPhoneNumber
from runtime.errors import CannotRun

# name → where it is, and its line in the list of commands
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("dashboard.commands.services:up", "Start everything; one Ctrl-C stops it."),
    "web": ("dashboard.commands.services:web", "Serve the dashboard and the webhooks."),
    "worker": ("dashboard.commands.services:worker", "Send messages and work on what came back."),
    "timetable": ("dashboard.commands.services:timetable", "Wake the workers for periodic work."),
    "simulator": ("dashboard.commands.services:simulator", "Run the WhatsApp simulator."),
    "migrate": ("dashboard.commands.services:migrate", "Bring the database up to date."),
    "doctor": ("dashboard.commands.doctor:doctor", "Check an installation, line by line."),
    "demo": ("dashboard.commands.demo:demo", "Run a whole campaign without a screen."),
    "user": ("dashboard.commands.users:user", "Add and change people who sign in."),
    "import": (
        "dashboard.commands.imports:import_file",
        "Read a file of subscriptions or coupons.",
    ),
    "template": ("dashboard.commands.templates:template", "Register message templates."),
    "line": ("dashboard.commands.lines:line", "Add and watch WhatsApp lines."),
    "campaign": ("dashboard.commands.campaigns:campaign", "Create, launch and follow a campaign."),
    "cases": ("dashboard.commands.cases:cases", "List the cases of a campaign."),
    "inbox": ("dashboard.commands.inbox:inbox", "Show what came in and what was made of it."),
    "backup": ("dashboard.commands.backup:backup", "Write a copy of everything to one file."),
    "restore": ("dashboard.commands.backup:restore", "Put a copy back; nothing is sent yet."),
    "reconcile": (
        "dashboard.commands.backup:reconcile",
        "After a restore: learn what was sent since, then send again.",
    ),
    "results": ("dashboard.commands.results:results", "List what came of a campaign."),
}

# What may go wrong for a reason the reader can act on. A text with {error} says it in other
# words; "" means that the error's own sentence is already the answer.
REFUSALS: dict[type[Exception], str] = {
    CannotRun: "",
    DomainError: "",
    IllegalMove: "",
    MessagingError: "",
    InvalidPhoneNumber: "",
}


class Commands(click.Group):
    """Finds commands by `COMMANDS` and turns refusals into a sentence and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except tuple(REFUSALS) as error:
            raise click.ClickException(sentence(error)) from error


def sentence(error: Exception) -> str:
    """What a refusal says on the terminal."""
    for kind in type(error).__mro__:
        if wording := REFUSALS.get(kind):
            return wording.format(error=error)
    return str(error)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pregon")
def main() -> None:
    """WhatsApp campaigns for the call centres that look after car savings plans."""


if __name__ == "__main__":
    main(prog_name="pregon")
