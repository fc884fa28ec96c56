"""Lines of a statement that a payment plan covers: still owed, and not asked for there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from portal.domain.statement import StatementLine


def put_on_plan(
    lines: Sequence[StatementLine], cents: Mapping[UUID | None, int]
) -> tuple[StatementLine, ...]:
    """The lines of a visit with what payment plans cover of each taken off what is owed.

    ``cents`` is by service line. Where the visit is explained as one line, that has all of it.
    """
    known = {line.charge_id for line in lines}
    as_a_whole = sum(part for charge_id, part in cents.items() if charge_id not in known)
    return tuple(
        _covered(line, cents.get(line.charge_id, 0) + (0 if line.charge_id else as_a_whole))
        for line in lines
    )


def _covered(line: StatementLine, cents: int) -> StatementLine:
    figures = line.figures
    covered_cents = max(0, min(cents, figures.you_owe_cents))  # never a line that is overpaid
    return replace(
        line,
        figures=replace(
            figures,
            you_owe_cents=figures.you_owe_cents - covered_cents,
            on_payment_plan_cents=figures.on_payment_plan_cents + covered_cents,
        ),
    )
