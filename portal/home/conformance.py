"""What the last accessibility run found, for the page that says so; nothing is claimed without it.

`make proof` writes the file (tests/proofs/test_accessible.py); it is kept beside the code that was
measured.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "docs" / "conformance.json"


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of check, and how many times it ran."""

    name: str
    runs: int
    failures: int


@dataclass(frozen=True, slots=True)
class Conformance:
    """One run: when, with what, over how many pages in how many states of them."""

    measured_on: date
    tool: str
    pages: int
    measures: tuple[Measure, ...]


def conformance(path: Path = RESULTS) -> Conformance | None:
    """The last run; None: never measured here."""
    if not path.exists():
        return None
    held = json.loads(path.read_text(encoding="utf-8"))
    return Conformance(
        date.fromisoformat(held["measured_on"]),
        held["tool"],
        len(held["pages"]),
        tuple(Measure(**one) for one in held["measures"]),
    )
