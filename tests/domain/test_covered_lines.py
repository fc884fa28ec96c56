"""What payment plans cover is taken off the lines that are owed, and off no others."""

from uuid import UUID

from portal.domain.covered_lines import put_on_plan
from portal.domain.statement import Figures, StatementLine


def test_a_line_that_is_overpaid_is_on_no_plan() -> None:
    """Beside a line that a plan covers: together they ask for what the ledger has open."""
    overpaid, covered = UUID(int=1), UUID(int=2)
    lines = (
        StatementLine(overpaid, "office_visit", "99213", Figures(4_000, 0, 0, 0, 6_500, -2_500)),
        StatementLine(covered, "imaging", "71046", Figures(8_400, 0, 0, 0, 0, 8_400)),
    )
    first, second = put_on_plan(lines, {covered: 4_000})
    assert (first.figures.you_owe_cents, first.figures.on_payment_plan_cents) == (-2_500, 0)
    assert (second.figures.you_owe_cents, second.figures.on_payment_plan_cents) == (4_400, 4_000)
