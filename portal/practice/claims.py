"""Claims as statements need them: whose, held or not, what was billed, which decisions stand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.billed_claim import BilledClaim, BilledLine, DecidedAmount, Decision
from portal.domain.claim_position import Outcome
from portal.domain.names import in_mixed_case
from portal.practice.decisions import TAKES_UP, AdjudicatedLine, Adjudication, AdjustmentRow
from portal.practice.models import Charge, Claim, Coverage, Hold, Patient, Payer


@dataclass(frozen=True, slots=True)
class ClaimHead:
    """One claim of a guarantor, without its lines."""

    claim_id: UUID
    claim_number: str
    patient_first_name: str
    service_on: date | None
    provider_name: str
    place_name: str
    holds: frozenset[str] = frozenset()  # kinds

    @property
    def is_held(self) -> bool:
        return bool(self.holds)


def claims_of(session: Session, guarantor_id: UUID) -> Sequence[ClaimHead]:
    """Every claim of the guarantor's patients, oldest service first, undated last."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim, Patient.first_name)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(Claim.practice_id == practice_id, Claim.guarantor_id == guarantor_id)
        .order_by(Claim.service_on.nulls_last(), Claim.claim_number, Claim.claim_id)
    ).all()
    held = _held(session, [row.Claim.claim_id for row in rows])
    return [
        ClaimHead(
            claim_id=row.Claim.claim_id,
            claim_number=row.Claim.claim_number,
            patient_first_name=row.first_name or "",
            service_on=row.Claim.service_on,
            provider_name=in_mixed_case(row.Claim.provider_name),
            place_name=row.Claim.place_name,
            holds=held.get(row.Claim.claim_id, frozenset()),
        )
        for row in rows
    ]


def has_account_hold(
    session: Session, guarantor_id: UUID, *, but: Collection[str] = frozenset()
) -> bool:
    """Whether anything stands against asking this guarantor at all; holds of claims do not.

    ``but``: kinds that do not count.
    """
    found = session.scalar(
        select(Hold.hold_id)
        .where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id == guarantor_id,
            Hold.claim_id.is_(None),
            Hold.kind.not_in(but),
            Hold.released_at.is_(None),
        )
        .limit(1)
    )
    return found is not None


def billed_claims(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, BilledClaim]:
    """Charges in the order they were billed, and the decisions that stand, oldest first."""
    practice_id = practice_of(session)
    billed = session.execute(
        select(Claim.claim_id, Claim.charge_cents).where(
            Claim.practice_id == practice_id, Claim.claim_id.in_(claim_ids)
        )
    ).all()
    lines: dict[UUID, list[BilledLine]] = {}
    for charge in session.scalars(
        select(Charge)
        .where(Charge.practice_id == practice_id, Charge.claim_id.in_(claim_ids))
        .order_by(Charge.claim_id, Charge.line_number, Charge.charge_id)
    ):
        lines.setdefault(charge.claim_id, []).append(
            BilledLine(
                charge.charge_id,
                charge.procedure_qualifier,
                charge.procedure_code,
                charge.charge_cents,
                charge.description,
            )
        )
    decisions = _decisions(session, claim_ids)
    return {
        row.claim_id: BilledClaim(
            row.charge_cents, tuple(lines.get(row.claim_id, ())), decisions.get(row.claim_id, ())
        )
        for row in billed
    }


def payer_names(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, str]:
    """Who has to decide: the next coverage of the day of service after the last decision.

    Without one the payer that decided last; while nobody has, the first coverage.
    """
    practice_id = practice_of(session)
    covered = _covered(session, claim_ids)
    names = {claim_id: plans[0].payer_name for claim_id, plans in covered.items()}
    decided: dict[UUID, list[tuple[Adjudication, str]]] = {}
    for row in session.execute(
        select(Adjudication, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .where(Adjudication.practice_id == practice_id, Adjudication.claim_id.in_(claim_ids))
        .order_by(Adjudication.adjudication_id)
    ):
        decided.setdefault(row.Adjudication.claim_id, []).append((row.Adjudication, row.name))
    for claim_id, rows in decided.items():
        names[claim_id] = _next_to_decide(rows, covered.get(claim_id, ()))
    return names


@dataclass(frozen=True, slots=True)
class _Plan:
    payer_id: UUID
    payer_name: str
    rank: int


def _covered(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, list[_Plan]]:
    """What was in force on the day of service, the first to decide first."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Claim.claim_id, Claim.service_on, Coverage, Payer.name)
        .join(
            Coverage,
            (Coverage.practice_id == practice_id) & (Coverage.patient_id == Claim.patient_id),
        )
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Coverage.payer_id))
        .where(Claim.practice_id == practice_id, Claim.claim_id.in_(claim_ids))
        .order_by(Claim.claim_id, Coverage.rank, Coverage.coverage_id)
    )
    plans: dict[UUID, list[_Plan]] = {}
    for row in rows:
        coverage: Coverage = row.Coverage
        if _in_force(coverage, row.service_on):
            plan = _Plan(coverage.payer_id, in_mixed_case(row.name), coverage.rank)
            plans.setdefault(row.claim_id, []).append(plan)
    return plans


def _next_to_decide(rows: Sequence[tuple[Adjudication, str]], plans: Sequence[_Plan]) -> str:
    """After a decision that was taken back it is its payer's turn again."""
    last, last_name = rows[-1]
    if last.adjudication_id in _standing(one for one, _ in rows):
        decided = {one.payer_id for one, _ in rows}
        for plan in plans:
            if plan.rank > last.rank and plan.payer_id not in decided:
                return plan.payer_name
    return in_mixed_case(last_name)


def _in_force(coverage: Coverage, on: date | None) -> bool:
    if on is None:
        return True
    return (coverage.starts_on or on) <= on <= (coverage.ends_on or on)


def _held(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    rows = session.execute(
        select(Hold.claim_id, Hold.kind).where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id.in_(claim_ids),
            Hold.released_at.is_(None),
        )
    )
    kinds: dict[UUID, frozenset[str]] = {}
    for row in rows:
        if row.claim_id is not None:
            kinds[row.claim_id] = kinds.get(row.claim_id, frozenset()) | {row.kind}
    return kinds


def _decisions(session: Session, claim_ids: Collection[UUID]) -> dict[UUID, tuple[Decision, ...]]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(Adjudication, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .where(Adjudication.practice_id == practice_id, Adjudication.claim_id.in_(claim_ids))
        .order_by(Adjudication.adjudication_id)
    ).all()
    standing = _standing(row.Adjudication for row in rows)
    lines, amounts, remarks = _decided(session, standing)
    decisions: dict[UUID, tuple[Decision, ...]] = {}
    for row in rows:
        one: Adjudication = row.Adjudication
        if one.adjudication_id in standing:
            decision = Decision(
                payer_id=one.payer_id,
                payer_name=in_mixed_case(row.name),
                rank=one.rank,
                paid_cents=one.paid_cents,
                paid_on_lines=lines.get(one.adjudication_id, {}),
                amounts=tuple(amounts.get(one.adjudication_id, ())),
                decided_on=one.decided_on,
                written_off_cents=_written_off_cents(one),
                remarks={None: tuple(one.remarks), **remarks.get(one.adjudication_id, {})},
            )
            decisions[one.claim_id] = (*decisions.get(one.claim_id, ()), decision)
    return decisions


def _written_off_cents(one: Adjudication) -> int | None:
    """As posted, which may be less than asked; None where nobody kept it."""
    if not one.facts:
        return None
    return int(sum(cents for _, cents in one.facts.get("written_off", ())))


def _standing(adjudications: Iterable[Adjudication]) -> frozenset[UUID]:
    """In the journal and not voided; repeats, reversals and what waits in suspense are not."""
    everyone = list(adjudications)
    voided = {one.voids_id for one in everyone}
    taken_up = {one.facts.get(TAKES_UP) for one in everyone}  # had waited, until its reversal came
    return frozenset(
        one.adjudication_id
        for one in everyone
        if (one.disposition == Outcome.POSTED or str(one.adjudication_id) in taken_up)
        and one.adjudication_id not in voided
    )


def _decided(
    session: Session, adjudication_ids: Collection[UUID]
) -> tuple[
    dict[UUID, dict[UUID | None, int]],
    dict[UUID, list[DecidedAmount]],
    dict[UUID, dict[UUID | None, tuple[str, ...]]],
]:
    """By line: what was paid, every CAS triplet, the remarks."""
    practice_id = practice_of(session)
    charge_ids: dict[tuple[UUID, int], UUID | None] = {}
    paid: dict[UUID, dict[UUID | None, int]] = {}
    remarks: dict[UUID, dict[UUID | None, tuple[str, ...]]] = {}
    for line in session.scalars(
        select(AdjudicatedLine).where(
            AdjudicatedLine.practice_id == practice_id,
            AdjudicatedLine.adjudication_id.in_(adjudication_ids),
        )
    ):
        charge_ids[line.adjudication_id, line.line_number] = line.charge_id
        if line.charge_id is not None:
            by_charge = paid.setdefault(line.adjudication_id, {})
            by_charge[line.charge_id] = by_charge.get(line.charge_id, 0) + line.paid_cents
            said = remarks.setdefault(line.adjudication_id, {})
            said[line.charge_id] = (*said.get(line.charge_id, ()), *line.remarks)
    amounts: dict[UUID, list[DecidedAmount]] = {}
    for row in session.scalars(
        select(AdjustmentRow)
        .where(
            AdjustmentRow.practice_id == practice_id,
            AdjustmentRow.adjudication_id.in_(adjudication_ids),
        )
        .order_by(AdjustmentRow.adjudication_id, AdjustmentRow.line_number, AdjustmentRow.position)
    ):
        charge_id = charge_ids.get((row.adjudication_id, row.line_number))
        amounts.setdefault(row.adjudication_id, []).append(
            DecidedAmount(charge_id, row.group_code, row.reason_code, row.amount_cents)
        )
    return paid, amounts, remarks
