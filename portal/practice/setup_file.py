"""A practice's settings as a TOML file: what `portal practice show` writes and `apply` reads."""

import json
import tomllib
from dataclasses import dataclass, fields
from typing import Any, Final

from portal.practice.branding import PracticeSetup

_LOGO: Final = "logo"  # a file beside the settings; in the database it has an id instead


class SetupFileError(ValueError):
    """A file that does not say settings; the message says what to change."""


@dataclass(frozen=True, slots=True)
class SetupFile:
    """Settings; ``logo`` names a file, "" means none, None leaves the logo as it is."""

    setup: PracticeSetup
    logo: str | None


def read_setup_file(text: str, *, current: PracticeSetup) -> SetupFile:
    """What is not named stays as it is. Raises SetupFileError."""
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupFileError(f"The file is not TOML: {error}.") from error
    logo = held.pop(_LOGO, None)
    known = _known(current)
    unknown = sorted(held.keys() - known.keys())
    if unknown:
        raise SetupFileError(f"There is no setting {unknown[0]}; there are {', '.join(known)}.")
    for name, value in held.items():
        if isinstance(known[name], tuple):
            held[name] = _texts(name, value)
        elif type(value) is not type(known[name]):
            raise SetupFileError(f"{name} must be a {_NAMES[type(known[name])]}.")
    if logo is not None and not isinstance(logo, str):
        raise SetupFileError("logo must be the name of a file, or empty.")
    return SetupFile(PracticeSetup(**{**known, **held, "logo_id": current.logo_id}), logo)


def write_setup_file(setup: PracticeSetup) -> str:
    """Every setting but the logo, one a line; TOML's basic strings are JSON's."""
    return "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
        for name, value in _known(setup).items()
    )


_NAMES: Final = {str: "text", int: "whole number"}


def _known(setup: PracticeSetup) -> dict[str, Any]:
    names = [one.name for one in fields(PracticeSetup) if one.name != "logo_id"]
    return {name: getattr(setup, name) for name in names}


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise SetupFileError(f'{name} must be a list of texts, like ["en", "es"].')
    return tuple(value)
