"""What became of a file of the practice's feed, in rows and cents: together they are the file."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class RowOutcome(StrEnum):
    """What became of one row; each has exactly one."""

    POSTED = "posted"
    READ_BACK = "read_back"
    SEEN = "seen"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken, in words."""

    line_number: int
    row_id: str
    reason: str


@dataclass(slots=True)
class FeedReport:
    """Rows and cents of a file by what became of them; together they are the whole file."""

    file: str
    created_at: datetime
    is_dry_run: bool
    rows: dict[RowOutcome, int] = field(default_factory=lambda: dict.fromkeys(RowOutcome, 0))
    cents: dict[RowOutcome, int] = field(default_factory=lambda: dict.fromkeys(RowOutcome, 0))
    met_cents: int = 0  # of deposits, by shares that were open already
    refusals: list[Refusal] = field(default_factory=list)

    def count(self, outcome: RowOutcome, cents: int) -> None:
        self.rows[outcome] += 1
        self.cents[outcome] += cents

    def as_json(self) -> dict[str, Any]:
        """As `portal feed import --json` prints it, and as it is kept."""
        return {
            "file": self.file,
            "created_at": self.created_at.isoformat(),
            "dry_run": self.is_dry_run,
            "imported": sum(self.rows.values()),
            **{outcome.value: count for outcome, count in self.rows.items()},
            "cents": {
                "imported": sum(self.cents.values()),
                **{outcome.value: cents for outcome, cents in self.cents.items()},
            },
            "deposits_met_cents": self.met_cents,
            "refusals": [
                {"line": one.line_number, "id": one.row_id, "reason": one.reason}
                for one in self.refusals
            ],
        }
