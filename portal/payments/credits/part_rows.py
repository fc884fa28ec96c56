"""Parts of a payment as pages list them and forms name them: a line, a whole visit, the credit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.allocation import Allocation
from portal.domain.journal import Target
from portal.domain.service_kind import ServiceKind
from portal.payments.lines import line_facts


@dataclass(frozen=True, slots=True)
class PartRow:
    """``service_kind`` is None for credit, which pays nothing. ``key`` names it in a form."""

    key: str
    amount_cents: int
    service_kind: ServiceKind | None = None
    claim_number: str = ""
    patient_first_name: str = ""
    service_on: date | None = None
    provider_name: str = ""


def part_rows(session: Session, parts: Sequence[Allocation]) -> tuple[PartRow, ...]:
    """In the order given; lines that the reader may not see are left out."""
    facts = line_facts(session, {part.target for part in parts})
    return tuple(
        PartRow(key_of(part.target), part.amount_cents)
        if part.is_unapplied
        else PartRow(
            key=key_of(part.target),
            amount_cents=part.amount_cents,
            service_kind=facts[part.target].service_kind,
            claim_number=facts[part.target].claim_number,
            patient_first_name=facts[part.target].patient_first_name,
            service_on=facts[part.target].service_on,
            provider_name=facts[part.target].provider_name,
        )
        for part in parts
        if part.is_unapplied or part.target in facts
    )


def key_of(target: Target) -> str:
    """``credit``, a claim's id, or a claim's and a line's."""
    if target.claim_id is None:
        return "credit"
    return "_".join(str(one) for one in (target.claim_id, target.charge_id) if one)


def target_of(key: str) -> Target:
    """What a key names. Raises ValueError for anything else."""
    if key == "credit":
        return Target()
    claim_id, _, charge_id = key.partition("_")
    return Target(UUID(claim_id), UUID(charge_id) if charge_id else None)
