"""Which billed service line a payer's service line is about."""

from collections.abc import Callable, Sequence
from uuid import UUID

from portal.domain.claim_position import ChargeLine
from portal.domain.remittance import ServiceLine

_Key = tuple[object, ...]


def match_lines(
    lines: Sequence[ServiceLine], charges: Sequence[ChargeLine]
) -> tuple[UUID | None, ...]:
    """The charge of each line, or None where nothing fits without a guess.

    First the practice's own line number (REF*6R), which a payer may also use on both halves of a
    line it split; then what was billed, from strict to loose: payers leave out modifiers and dates.
    """
    if not charges:
        return (None,) * len(lines)
    found: list[UUID | None] = [None] * len(lines)
    free = list(charges)
    for index, line in enumerate(lines):
        charge = _by_control_number(line, free) or _by_control_number(line, charges)
        if charge is not None:
            found[index] = charge.charge_id
            if charge in free:
                free.remove(charge)
    for line_key, charge_key in _LADDER:
        for index, line in enumerate(lines):
            if found[index] is None:
                charge = _first(free, line, line_key(line), charge_key)
                if charge is not None:
                    found[index] = charge.charge_id
                    free.remove(charge)
    return tuple(found)


def billed_code(line: ServiceLine) -> str:
    """SVC06 when the payer changed the code, else SVC01."""
    return line.submitted_code or line.code


def billed_modifiers(line: ServiceLine) -> tuple[str, ...]:
    return line.submitted_modifiers if line.submitted_code else line.modifiers


def _by_control_number(line: ServiceLine, charges: Sequence[ChargeLine]) -> ChargeLine | None:
    if not line.control_number:
        return None
    return next((one for one in charges if one.control_number == line.control_number), None)


def _first(
    free: Sequence[ChargeLine],
    line: ServiceLine,
    key: _Key,
    charge_key: Callable[[ChargeLine], _Key],
) -> ChargeLine | None:
    for charge in free:
        # Two different control numbers are two different lines, however alike they look.
        contradicts = line.control_number and charge.control_number
        if not contradicts and charge_key(charge) == key:
            return charge
    return None


_LADDER: tuple[tuple[Callable[[ServiceLine], _Key], Callable[[ChargeLine], _Key]], ...] = (
    (
        lambda line: (
            billed_code(line),
            billed_modifiers(line),
            line.service_from,
            line.charge_cents,
        ),
        lambda charge: (charge.code, charge.modifiers, charge.service_on, charge.charge_cents),
    ),
    (
        lambda line: (billed_code(line), line.service_from, line.charge_cents),
        lambda charge: (charge.code, charge.service_on, charge.charge_cents),
    ),
    (
        lambda line: (billed_code(line), line.charge_cents),
        lambda charge: (charge.code, charge.charge_cents),
    ),
)
