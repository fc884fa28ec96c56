"""Which billed service line a payer's service line is about."""

from collections.abc import Callable, Hashable, Iterable, Sequence
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
    free = dict.fromkeys(charges)  # what no line has taken yet, in order
    numbered = _grouped(charges, lambda charge: charge.control_number)
    for index, line in enumerate(lines):
        same = numbered.get(line.control_number) if line.control_number else None
        if same:
            charge = next((one for one in same if one in free), same[0])
            found[index] = charge.charge_id
            free.pop(charge, None)
    for line_key, charge_key in _LADDER:
        if None not in found:
            break
        alike = _grouped(free, charge_key)
        for index, line in enumerate(lines):
            if found[index] is None:
                taken = _take_first(alike.get(line_key(line), []), line)
                if taken is not None:
                    found[index] = taken.charge_id
                    del free[taken]
    return tuple(found)


def billed_code(line: ServiceLine) -> str:
    """SVC06 when the payer changed the code, else SVC01."""
    return line.submitted_code or line.code


def billed_modifiers(line: ServiceLine) -> tuple[str, ...]:
    return line.submitted_modifiers if line.submitted_code else line.modifiers


def _grouped(
    charges: Iterable[ChargeLine], key: Callable[[ChargeLine], Hashable]
) -> dict[Hashable, list[ChargeLine]]:
    """In their order: a claim may have very many lines, and none is compared with all."""
    found: dict[Hashable, list[ChargeLine]] = {}
    for charge in charges:
        found.setdefault(key(charge), []).append(charge)
    return found


def _take_first(alike: list[ChargeLine], line: ServiceLine) -> ChargeLine | None:
    """Two different control numbers are two different lines, however alike they look."""
    for place, charge in enumerate(alike):
        if not (line.control_number and charge.control_number):
            return alike.pop(place)
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
