"""What a decision tells about the charge: the first records it, a later one may show more lines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from portal.domain.claim_position import ChargeLine, ChargeSource, ClaimPosition
from portal.domain.line_matching import billed_code, billed_modifiers, match_lines
from portal.domain.remittance import ClaimPayment, ServiceLine


@dataclass(frozen=True, slots=True)
class Billing:
    """The charge of a claim as this decision leaves it."""

    recorded_cents: int  # on record, with what this decision adds
    added_cents: int
    is_first: bool
    charge_ids: tuple[UUID | None, ...]  # one a line of the decision
    new_charges: tuple[ChargeLine, ...]
    covers_less: bool  # a smaller charge than recorded, not explained by whole lines


def bill(
    position: ClaimPosition,
    claim: ClaimPayment,
    *,
    payer_key: str,
    new_id: Callable[[], UUID],
) -> Billing:
    """Match the lines, and see what is new.

    Without the practice's own word, CLP03 of the first remittance is the charge. It grows when a
    decision shows every line on record and more, or, from the same payer under another CLP07, only
    other lines (a split claim). Any other difference is not explained here: a larger charge is for
    the caller to refuse.
    """
    matched = match_lines(claim.lines, position.charges)
    recorded = position.charge_cents
    if recorded is None:
        added, shows_new_lines = claim.charge_cents, True
    else:
        added = _growth(position, claim, matched, payer_key=payer_key)
        shows_new_lines = added > 0 or (not position.charges and claim.charge_cents == recorded)
    new_charges = _new_charges(position, claim, matched, new_id) if shows_new_lines else ()
    created = iter(new_charges)
    charge_ids = tuple(
        one if one is not None or not shows_new_lines else next(created).charge_id
        for one in matched
    )
    total = (recorded or 0) + added
    charges = (*position.charges, *new_charges)
    known_ids = set(charge_ids)
    decided = sum(one.charge_cents for one in charges if one.charge_id in known_ids)
    whole_lines = None not in charge_ids and decided == claim.charge_cents
    return Billing(
        recorded_cents=total,
        added_cents=added,
        is_first=recorded is None,
        charge_ids=charge_ids,
        new_charges=new_charges,
        covers_less=claim.charge_cents < total and not whole_lines,
    )


def raised(billing: Billing, *, charge_cents: int) -> Billing:
    """As if so much had been billed: a poster says that the payer is right."""
    more = max(charge_cents - billing.recorded_cents, 0)
    return replace(
        billing,
        recorded_cents=billing.recorded_cents + more,
        added_cents=billing.added_cents + more,
    )


def _growth(
    position: ClaimPosition,
    claim: ClaimPayment,
    matched: tuple[UUID | None, ...],
    *,
    payer_key: str,
) -> int:
    """Cents of lines that were billed and that no remittance had shown yet."""
    unknown = [line for line, found in zip(claim.lines, matched, strict=True) if found is None]
    if position.charge_source is ChargeSource.PRACTICE or not position.charges or not unknown:
        return 0
    cents = sum(line.charge_cents for line in unknown)
    known = {found for found in matched if found is not None}
    shows_all = len(known) == len(position.charges)
    shows_all = shows_all and claim.charge_cents - cents == position.charge_cents
    is_part = not known and any(
        one.payer_key == payer_key
        and one.payer_control_number != claim.payer_control_number
        and one.charge_ids
        for one in position.live
    )
    return cents if shows_all or is_part else 0


def _new_charges(
    position: ClaimPosition,
    claim: ClaimPayment,
    matched: tuple[UUID | None, ...],
    new_id: Callable[[], UUID],
) -> tuple[ChargeLine, ...]:
    unknown: list[ServiceLine] = [
        line for line, found in zip(claim.lines, matched, strict=True) if found is None
    ]
    return tuple(
        ChargeLine(
            charge_id=new_id(),
            number=len(position.charges) + index,
            control_number=line.control_number,
            qualifier=line.submitted_qualifier if line.submitted_code else line.qualifier,
            code=billed_code(line),
            modifiers=billed_modifiers(line),
            service_on=line.service_from or claim.service_from,
            charge_cents=line.charge_cents,
        )
        for index, line in enumerate(unknown, start=1)
    )
