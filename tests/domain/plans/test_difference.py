"""What a person is told of a change: only rows that differ, in the order of their days."""

from dataclasses import replace
from datetime import date

from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.difference import RowChange, row_changes
from portal.domain.plans.schedule import InstallmentKind, schedule

ROWS = schedule(
    10_000,
    count=4,
    cadence=cadence_from(Frequency.MONTHLY, first_on=date(2026, 3, 31)),
    agreed_on=date(2026, 3, 6),
)


def test_nothing_is_told_of_what_stays() -> None:
    assert row_changes(ROWS, ROWS) == ()


def test_a_moved_a_skipped_a_new_and_a_gone_row_are_told() -> None:
    moved = replace(ROWS[0], due_on=date(2026, 4, 5))
    skipped = replace(ROWS[1], cents=0, kind=InstallmentKind.SKIPPED)
    new = replace(ROWS[3], number=5, due_on=date(2026, 7, 31))
    assert row_changes(ROWS, (moved, skipped, ROWS[2], new)) == (
        RowChange(ROWS[0], moved),
        RowChange(ROWS[1], skipped),
        RowChange(ROWS[3], None),
        RowChange(None, new),
    )
