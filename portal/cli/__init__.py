"""The `portal` command: parse, call one use case, print. A sentence and an exit code, no traceback.

Commands are imported when they are asked for: `era check` needs neither database nor web.
"""

import importlib
import sys

import click

from portal.cli.output import stop

_COMMANDS = {
    "claims": "books",
    "db": "installation",
    "demo": "installation",
    "era": "era",
    "fees": "fees",
    "feed": "feed",
    "ledger": "books",
    "mail": "mail",
    "payments": "money",
    "practice": "installation",
    "reasons": "books",
    "simulate": "simulating",
    "staff": "installation",
    "statements": "books",
    "sync": "money",
    "texts": "texts",
    "worker": "installation",
}


class _Commands(click.Group):
    """Finds a command in the module that holds it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"portal.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def portal() -> None:
    """The patient billing portal."""


def main() -> None:
    """Run a command; what a person can mend ends with one sentence and exit code 2."""
    try:
        sys.exit(portal.main(standalone_mode=False))
    except click.ClickException as error:
        stop(error.format_message())
    except click.Abort:
        sys.exit(130)
