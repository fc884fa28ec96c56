"""The lines a payment can be put to: what is open on them, and what to call them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation, OpenTarget, allocate
from portal.domain.dates import MonthOnly
from portal.domain.journal import Target
from portal.domain.names import in_mixed_case
from portal.domain.payment_status import PaymentState
from portal.domain.service_kind import ServiceKind, service_kind
from portal.domain.visit_privacy import Viewer
from portal.ledger.plan_cover import cents_on_plans
from portal.ledger.queries import open_shares
from portal.payments.models import Payment
from portal.practice.models import Charge, Claim, Patient
from portal.practice.viewing import grouped_visits


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A service line, or a claim as a whole (line 0, no control number)."""

    patient_id: UUID | None
    claim_number: str
    line_number: int
    control_number: str
    service_on: date | None
    service_kind: ServiceKind
    patient_first_name: str
    patient_last_name: str
    provider_name: str
    charge_cents: int


def allocations_now(session: Session, payment: Payment) -> tuple[Allocation, ...]:
    """What a payment would be put to at this moment.

    First the lines it was made for, a plan's too, and of these first what the plan asks of them;
    then what else its guarantor owes outside plans; the rest stays unapplied.
    """
    meant = targets_in(payment.pays_for)
    lines = open_targets(session, payment.guarantor_id, made_for=meant)
    if payment.plan_id is None:
        return allocate(payment.amount_cents, lines, first=meant)
    of_plan = _of_plans(lines, meant, cents_on_plans(session, payment.guarantor_id))
    put = {
        part.target: part.amount_cents
        for part in allocate(payment.amount_cents, of_plan)
        if not part.is_unapplied
    }
    rest_cents = payment.amount_cents - sum(put.values())
    if rest_cents:
        lines = [replace(one, open_cents=one.open_cents - put.get(one.target, 0)) for one in lines]
        for part in allocate(rest_cents, lines, first=meant):
            put[part.target] = put.get(part.target, 0) + part.amount_cents
    return tuple(Allocation(target, cents) for target, cents in put.items())


def _of_plans(
    lines: Sequence[OpenTarget], meant: Collection[Target], on_plans: Mapping[Target, int]
) -> Sequence[OpenTarget]:
    """What plans ask of these lines: a line may be open for more, which no plan covers."""
    return [
        replace(one, open_cents=min(one.open_cents, on_plans[one.target]))
        for one in lines
        if one.target in meant and one.target in on_plans
    ]


def lines_of_plan(
    session: Session, guarantor_id: UUID, targets: Collection[Target]
) -> Sequence[OpenTarget]:
    """Of these lines what the guarantor's standing plans ask for, in the order of their papers."""
    lines = open_targets(session, guarantor_id, made_for=targets)
    return _of_plans(lines, targets, cents_on_plans(session, guarantor_id))


def open_cents_on(session: Session, payment: Payment) -> int:
    """What is still asked for, outside plans, on the lines a payment was made for."""
    wanted = targets_in(payment.pays_for)
    return sum(
        one.open_cents
        for one in open_targets(session, payment.guarantor_id)
        if one.target in wanted
    )


def coming_to_lines(session: Session, guarantor_id: UUID, /) -> Mapping[Target, int]:
    """What banks are at work on for no plan, by the line it would be put to at this moment."""
    coming: dict[Target, int] = {}
    lines = open_targets(session, guarantor_id)
    for payment in _at_a_bank(session, guarantor_id):
        parts = allocate(payment.amount_cents, lines, first=targets_in(payment.pays_for))
        taken = {part.target: part.amount_cents for part in parts}
        lines = [
            replace(one, open_cents=one.open_cents - taken.get(one.target, 0)) for one in lines
        ]
        for target, cents in taken.items():
            if target.claim_id is not None:
                coming[target] = coming.get(target, 0) + cents
    return coming


def coming_to_visits(session: Session, guarantor_id: UUID) -> Mapping[UUID, int]:
    """The same by visit."""
    coming: dict[UUID, int] = {}
    for target, cents in coming_to_lines(session, guarantor_id).items():
        if target.claim_id is not None:
            coming[target.claim_id] = coming.get(target.claim_id, 0) + cents
    return coming


def line_facts(session: Session, targets: Collection[Target]) -> Mapping[Target, LineFacts]:
    """What each target that names a claim is; those the principal may not see are left out."""
    claim_ids = {target.claim_id for target in targets if target.claim_id}
    charge_ids = {target.charge_id for target in targets if target.charge_id}
    charges = _charges(session, charge_ids)
    facts = {}
    for row in _claims(session, claim_ids):
        for target in targets:
            if target.claim_id == row.Claim.claim_id:
                charge = charges.get(target.charge_id) if target.charge_id else None
                facts[target] = _facts(row.Claim, row.Patient, charge)
    return facts


def seen_facts(
    session: Session, targets: Collection[Target], viewer: Viewer
) -> Mapping[Target, LineFacts]:
    """As `line_facts`, without what was done at visits of which the viewer sees only the sums."""
    facts = line_facts(session, targets)
    claim_ids = {target.claim_id for target in targets if target.claim_id}
    grouped = grouped_visits(session, claim_ids, viewer)
    return {
        target: _without_what_was_done(one) if target.claim_id in grouped else one
        for target, one in facts.items()
    }


def seen_parts(
    session: Session, parts: Sequence[Allocation], viewer: Viewer
) -> Sequence[tuple[LineFacts, int]]:
    """What money was put to, with its cents; a visit of which only the sums are seen is one part.

    Those that name no claim the principal may see are left out.
    """
    facts = seen_facts(session, {part.target for part in parts}, viewer)
    found: dict[Target, tuple[LineFacts, int]] = {}
    for part in parts:
        line = facts.get(part.target)
        if line is None:
            continue
        is_grouped = line.service_kind is ServiceKind.PRIVATE
        key = Target(part.target.claim_id) if is_grouped else part.target
        before = found.get(key)
        charge_cents = line.charge_cents + (before[0].charge_cents if before else 0)
        cents = part.amount_cents + (before[1] if before else 0)
        found[key] = (replace(line, charge_cents=charge_cents), cents)
    return tuple(found.values())


def targets_in(pays_for: Sequence[Mapping[str, str | None]]) -> frozenset[Target]:
    """The lines as a payment's row keeps them."""
    return frozenset(
        Target(
            UUID(one["claim_id"]) if one["claim_id"] else None,
            UUID(one["charge_id"]) if one["charge_id"] else None,
        )
        for one in pays_for
    )


def open_targets(
    session: Session, guarantor_id: UUID, *, made_for: Collection[Target] = ()
) -> Sequence[OpenTarget]:
    """All that a guarantor owes and may be billed for, but for what payment plans ask for.

    Of the lines that money is ``made_for`` all that is open, on a plan or not.
    """
    on_plans = cents_on_plans(session, guarantor_id)
    open_by_target = {}
    for share in open_shares(session, guarantor_id):
        target = Target(share.claim_id, share.charge_id)
        kept_cents = 0 if target in made_for else on_plans.get(target, 0)
        if share.open_cents > kept_cents:
            open_by_target[target] = share.open_cents - kept_cents
    facts = line_facts(session, open_by_target.keys())
    # Within a day, the order of the practice's own papers.
    order = sorted(
        facts, key=lambda target: (facts[target].claim_number, facts[target].line_number)
    )
    return [
        OpenTarget(target, facts[target].service_on, open_by_target[target]) for target in order
    ]


def _at_a_bank(session: Session, guarantor_id: UUID) -> Sequence[Payment]:
    return session.scalars(
        select(Payment)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.guarantor_id == guarantor_id,
            Payment.plan_id.is_(None),
            Payment.state == PaymentState.PROCESSING.value,
        )
        .order_by(Payment.state_at)
    ).all()


def _claims(session: Session, claim_ids: Collection[UUID]) -> Sequence[Row[Claim, Patient | None]]:
    practice_id = practice_of(session)
    return session.execute(
        select(Claim, Patient)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(Claim.practice_id == practice_id, Claim.claim_id.in_(claim_ids))
    ).all()


def _charges(session: Session, charge_ids: Collection[UUID]) -> Mapping[UUID, Charge]:
    rows = session.scalars(
        select(Charge).where(
            Charge.practice_id == practice_of(session), Charge.charge_id.in_(charge_ids)
        )
    )
    return {charge.charge_id: charge for charge in rows}


def _without_what_was_done(line: LineFacts) -> LineFacts:
    return replace(
        line,
        claim_number="",
        line_number=0,
        control_number="",
        service_on=MonthOnly.of(line.service_on),
        service_kind=ServiceKind.PRIVATE,
        patient_last_name="",
        provider_name="",
    )


def _facts(claim: Claim, patient: Patient | None, charge: Charge | None) -> LineFacts:
    first_name, last_name = (patient.first_name, patient.last_name) if patient else ("", "")
    if charge is None:
        return LineFacts(
            patient_id=claim.patient_id,
            claim_number=claim.claim_number,
            line_number=0,
            control_number="",
            service_on=claim.service_on,
            service_kind=ServiceKind.WHOLE_VISIT,
            patient_first_name=first_name,
            patient_last_name=last_name,
            provider_name=in_mixed_case(claim.provider_name),
            charge_cents=claim.charge_cents,
        )
    return LineFacts(
        patient_id=claim.patient_id,
        claim_number=claim.claim_number,
        line_number=charge.line_number,
        control_number=charge.control_number,
        service_on=charge.service_on or claim.service_on,
        service_kind=service_kind(qualifier=charge.procedure_qualifier, code=charge.procedure_code),
        patient_first_name=first_name,
        patient_last_name=last_name,
        provider_name=in_mixed_case(claim.provider_name),
        charge_cents=charge.charge_cents,
    )
