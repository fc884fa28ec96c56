"""How commands answer: JSON Lines or lines for people; sentences on standard error."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

import click

CHECK_FAILED = 1
BAD_INPUT = 2

F = TypeVar("F", bound=Callable[..., object])


def as_json(function: F) -> F:
    """The option every reporting command has."""
    return click.option("--json", "json_lines", is_flag=True, help="Print JSON Lines.")(function)


def show(facts: Mapping[str, object], *, json_lines: bool) -> None:
    """One JSON line, or ``name: value`` lines for people."""
    if json_lines:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        click.echo(f"{name.replace('_', ' ')}: {_in_words(value)}")


def _in_words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return str(value).encode(errors="replace").decode()  # a file's name may be no UTF-8


def stop(sentence: str, *, code: int = BAD_INPUT) -> NoReturn:
    """Say why on standard error and leave."""
    click.echo(sentence, err=True)
    sys.exit(code)
