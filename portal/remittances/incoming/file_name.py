"""A file's own name as text that may be printed, shown and stored, whatever its bytes are."""

import os
from pathlib import Path, PureWindowsPath
from typing import Final

_LONGEST: Final = 200  # bytes: a file system takes 255
_LONGEST_ENDING: Final = 20
_NAMELESS: Final = "file"


def shown_name(path: Path | str) -> str:
    """Without its folder; bytes that are no UTF-8, and signs that cannot be seen, are replaced."""
    readable = os.fsencode(Path(path).name).decode("utf-8", "replace")
    name = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in readable)
    if len(name.encode()) <= _LONGEST:
        return name
    ending = Path(name).suffix[:_LONGEST_ENDING]
    room = _LONGEST - len(f"…{ending}".encode())
    return f"{name.encode()[:room].decode(errors='ignore')}…{ending}"


def sent_name(name: str) -> str:
    """The name a browser gives a file, without any folder of the machine it comes from."""
    own = shown_name(PureWindowsPath(name).name).strip(". ")
    return own or _NAMELESS
