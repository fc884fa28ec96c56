"""What a payer may choose from: the visits of a statement, by patient, with what each asks for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal
from portal.domain.payment_choice import PaymentChoice
from portal.domain.payment_status import PaymentState
from portal.domain.service_kind import ServiceKind
from portal.domain.visit_privacy import Viewer
from portal.payments.access import Payable, StatementDue, own_payment, payable
from portal.payments.lines import LineFacts, seen_facts, targets_in
from portal.payments.models import Payment
from portal.payments.service import LEAST_CENTS
from portal.practice.contact import PracticeContact, practice_contact, practice_day
from portal.practice.viewing import viewer_of


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit, and what is (still) to pay for it. ``service_kinds``: of its open lines."""

    claim_id: UUID
    patient_id: UUID | None
    patient_first_name: str
    service_kinds: tuple[ServiceKind, ...]
    service_on: date | None
    provider_name: str
    cents: int


@dataclass(frozen=True, slots=True)
class PatientVisits:
    """The visits of one patient of the household, oldest first."""

    patient_id: UUID | None
    first_name: str
    visits: tuple[VisitRow, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One box to tick: a visit, or (without ``visit``) all visits of a patient."""

    value: UUID
    patient_first_name: str
    visit: VisitRow | None
    claim_ids: frozenset[UUID]
    cents: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen before, to be changed."""

    choice: PaymentChoice
    claim_ids: frozenset[UUID]
    amount_cents: int


@dataclass(frozen=True, slots=True)
class AmountPage:
    practice: PracticeContact
    statement_id: UUID
    due_now_cents: int
    on_the_way_cents: int
    due_on: date
    patients: tuple[PatientVisits, ...]
    before: Chosen | None

    @property
    def can_pay(self) -> bool:
        return self.due_now_cents >= LEAST_CENTS

    @property
    def visit_cents(self) -> Mapping[UUID, int]:
        """What each visit asks for."""
        return {visit.claim_id: visit.cents for one in self.patients for visit in one.visits}

    @property
    def boxes(self) -> tuple[Box, ...]:
        """What can be ticked: each visit, and before them all visits of a patient who has more."""
        many = len(self.patients) > 1
        return tuple(box for patient in self.patients for box in _boxes(patient, with_all=many))


def amount_page(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
    payment_id: UUID | None = None,
) -> AmountPage:
    """What may be paid, with a row in the audit log. Raises StatementNotFoundError.

    ``payment_id`` is a payment that is not confirmed yet, whose choice is to be changed. Raises
    PaymentNotFoundError.
    """
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        record(
            session,
            action="view_amount",
            object_kind="statement",
            object_id=statement_id,
            guarantor_id=due.guarantor_id,
            now=now,
            request_id=request_id,
        )
        before = own_payment(session, payment_id) if payment_id is not None else None
        practice = practice_contact(session)
        viewer = viewer_of(session, today=practice_day(practice, now=now))
        return AmountPage(
            practice=practice,
            statement_id=statement_id,
            due_now_cents=due.due_now_cents,
            on_the_way_cents=due.on_the_way_cents,
            due_on=due.due_on,
            patients=by_patient(visit_rows(session, due, due.visit_cents, viewer)),
            before=_chosen(before, statement_id) if before is not None else None,
        )


def visit_rows(
    session: Session, due: Payable, cents: Mapping[UUID, int], viewer: Viewer
) -> tuple[VisitRow, ...]:
    """The statement's visits for which ``cents`` has something, oldest first."""
    facts = seen_facts(session, set(due.lines), viewer)
    by_claim: dict[UUID, list[LineFacts]] = {}
    for target in sorted(facts, key=lambda target: facts[target].line_number):
        if target.claim_id is not None and cents.get(target.claim_id, 0) > 0:
            by_claim.setdefault(target.claim_id, []).append(facts[target])
    rows = [_row(claim_id, lines, cents[claim_id]) for claim_id, lines in by_claim.items()]
    return tuple(sorted(rows, key=lambda row: row.service_on or date.max))


def by_patient(visits: Iterable[VisitRow]) -> tuple[PatientVisits, ...]:
    """In the order of each patient's oldest visit."""
    groups: dict[UUID | None, list[VisitRow]] = {}
    for visit in visits:
        groups.setdefault(visit.patient_id, []).append(visit)
    return tuple(
        PatientVisits(patient_id, rows[0].patient_first_name, tuple(rows))
        for patient_id, rows in groups.items()
    )


def chosen_rows(
    session: Session, payment: Payment, due: Payable, viewer: Viewer
) -> tuple[VisitRow, ...]:
    """The visits of a payment that still ask for something."""
    claim_ids = _claims(payment)
    cents = {one: due.visit_cents[one] for one in claim_ids & due.visit_cents.keys()}
    return visit_rows(session, due, cents, viewer)


def _boxes(patient: PatientVisits, *, with_all: bool) -> Iterator[Box]:
    if with_all and patient.patient_id is not None and len(patient.visits) > 1:
        yield Box(
            value=patient.patient_id,
            patient_first_name=patient.first_name,
            visit=None,
            claim_ids=frozenset(visit.claim_id for visit in patient.visits),
            cents=sum(visit.cents for visit in patient.visits),
        )
    for visit in patient.visits:
        claim_ids = frozenset({visit.claim_id})
        yield Box(visit.claim_id, patient.first_name, visit, claim_ids, visit.cents)


def _claims(payment: Payment) -> frozenset[UUID]:
    targets = targets_in(payment.pays_for)
    return frozenset(target.claim_id for target in targets if target.claim_id is not None)


def _chosen(payment: Payment, statement_id: UUID) -> Chosen | None:
    """None for a payment of another statement, and for one that went on meanwhile."""
    if payment.statement_id != statement_id or payment.state != PaymentState.PREPARED.value:
        return None
    choice = PaymentChoice(payment.choice)
    return Chosen(choice, _claims(payment), payment.amount_cents)


def _row(claim_id: UUID, lines: Sequence[LineFacts], cents: int) -> VisitRow:
    days = [line.service_on for line in lines if line.service_on is not None]
    return VisitRow(
        claim_id=claim_id,
        patient_id=lines[0].patient_id,
        patient_first_name=lines[0].patient_first_name,
        service_kinds=tuple(dict.fromkeys(line.service_kind for line in lines)),
        service_on=min(days, default=None),
        provider_name=lines[0].provider_name,
        cents=cents,
    )
