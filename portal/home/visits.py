"""One visit: where its claim is, what was billed, decided, paid and owed, and which bills had it.

Everything as it is now. What cannot be told yet, because insurance or we still decide, has no
amount; it has its journey, and says whose turn it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, String, cast, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.billed_claim import BilledClaim, ClaimBooks
from portal.domain.claim_journey import changes, journey
from portal.domain.claim_position import Outcome
from portal.domain.covered_lines import put_on_plan
from portal.domain.explanation import DoesNotAddUpError, explain, plan_decisions
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.names import in_mixed_case
from portal.domain.pending_visit import reasons_of, remarks_of, why_pending
from portal.domain.statement import PendingVisit, Visit
from portal.domain.visit_privacy import (
    VisitFacts,
    grouped_because,
    grouped_pending,
    grouped_visit,
)
from portal.ledger.as_of import PATIENTS_MONEY, claim_books
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.models import Payment
from portal.practice.claim_history import ClaimHistory, claim_histories
from portal.practice.claims import billed_claims, payer_names
from portal.practice.contact import PracticeContact, contact_of, practice_day
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Hold, Patient, Payer, Practice
from portal.practice.viewing import viewer_of
from portal.statements.due import AccountNow, AskedFor, account_now, asked_for, due_of
from portal.statements.models import Statement, StatementShare, StatementVoid


class VisitNotFoundError(LookupError):
    """No such visit, or not this person's."""


@dataclass(frozen=True, slots=True)
class InsurersFigures:
    """What a plan told us, as its own letter has it: X12 835 CLP04, the sum of PR, CLP07, TRN02."""

    payer_name: str
    decided_on: date
    paid_cents: int
    share_cents: int
    claim_number: str  # the plan's own
    payment_number: str  # of its check or electronic payment


@dataclass(frozen=True, slots=True)
class PaidOnVisit:
    """Money of the patient that went to it, or away from it; with a receipt where it has one."""

    on: date
    cents: int
    payment_id: UUID | None
    receipt_number: str


@dataclass(frozen=True, slots=True)
class OnStatement:
    """A statement that asked for it."""

    statement_id: UUID
    number: str
    issued_on: date
    asked_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPage:
    """``visit``: explained to the cent, or else ``pending`` says why there is no amount yet.

    ``due_cents``: what the current statement asks for it, before anything on its way;
    ``on_plan_cents``: what payment plans ask for it instead.
    """

    practice: PracticeContact
    guarantor_id: UUID
    claim_id: UUID
    today: date
    visit: Visit | None
    pending: PendingVisit | None
    due_cents: int
    on_plan_cents: int
    insurers: tuple[InsurersFigures, ...]
    payments: tuple[PaidOnVisit, ...]
    statements: tuple[OnStatement, ...]

    @property
    def shown(self) -> Visit | PendingVisit:
        """Whichever of the two there is."""
        if self.visit is not None:
            return self.visit
        if self.pending is None:
            raise ValueError(self.claim_id)
        return self.pending

    @property
    def billed_on(self) -> date:
        """When its share was first asked for; today where it never was."""
        return min((one.issued_on for one in self.statements), default=self.today)


def visit_page(
    database: Database, principal: Principal, claim_id: UUID, *, now: datetime, request_id: str
) -> VisitPage:
    """With a row in the audit log. Raises VisitNotFoundError."""
    with database.transaction(principal) as session:
        page = read_visit(session, claim_id, now=now)
        record(
            session,
            action="view",
            object_kind="claim",
            object_id=claim_id,
            guarantor_id=page.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return page


def read_visit(session: Session, claim_id: UUID, *, now: datetime) -> VisitPage:
    """As `visit_page`, without the audit row."""
    row = _claim(session, claim_id)
    guarantor_id = row.Claim.guarantor_id if row else None
    if row is None or guarantor_id is None:
        raise VisitNotFoundError(claim_id)
    practice = contact_of(row.Practice)
    today = practice_day(practice, now=now)
    account, asked = account_now(session, guarantor_id), asked_for(session, guarantor_id)
    books = claim_books(session, [claim_id], as_of=today)[claim_id]
    billed = billed_claims(session, [claim_id])[claim_id]
    history = claim_histories(session, [claim_id])[claim_id]
    visit = _explained(row, billed, books, history, account)
    pending = None if visit else _pending(session, row, billed, books, history)
    facts = VisitFacts(row.Claim.patient_id, row.Claim.is_sensitive, row.Claim.is_part2)
    because = grouped_because(facts, viewer_of(session, today=today))
    if because:
        visit = grouped_visit(visit, because) if visit else None
        pending = grouped_pending(pending, because) if pending else None
    return VisitPage(
        practice=practice,
        guarantor_id=guarantor_id,
        claim_id=claim_id,
        today=today,
        visit=visit,
        pending=pending,
        due_cents=_due_cents(claim_id, account, asked),
        on_plan_cents=_on_plan_cents(claim_id, account),
        insurers=() if because else _insurers(session, claim_id),
        payments=_payments(session, claim_id),
        statements=_statements(session, claim_id),
    )


def _claim(session: Session, claim_id: UUID) -> Row[Claim, Practice, str, list[str]] | None:
    practice_id = practice_of(session)
    holds = (
        select(func.array_agg(Hold.kind))
        .where(
            Hold.practice_id == practice_id,
            Hold.claim_id == claim_id,
            Hold.released_at.is_(None),
        )
        .scalar_subquery()
    )
    return session.execute(
        select(Claim, Practice, Patient.first_name, holds.label("holds"))
        .join(Practice, Practice.practice_id == Claim.practice_id)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            Claim.practice_id == practice_id,
            Practice.practice_id == practice_id,
            Claim.claim_id == claim_id,
        )
    ).one_or_none()


def _explained(
    row: Row[Claim, Practice, str, list[str]],
    billed: BilledClaim,
    books: ClaimBooks,
    history: ClaimHistory,
    account: AccountNow,
) -> Visit | None:
    """None while it cannot be told, or nobody may be asked for it."""
    is_undecided = books.with_insurance_cents and not books.owed_cents
    if row.holds or books.pending_cents or is_undecided:
        return None
    on_plans = {
        target.charge_id: cents
        for target, cents in account.on_plans.items()
        if target.claim_id == row.Claim.claim_id
    }
    try:
        lines = put_on_plan(explain(billed, books), on_plans)
    except DoesNotAddUpError:
        return None
    return Visit(
        claim_id=row.Claim.claim_id,
        claim_number=row.Claim.claim_number,
        patient_first_name=row.first_name or "",
        service_on=row.Claim.service_on,
        provider_name=in_mixed_case(row.Claim.provider_name),
        place_name=row.Claim.place_name,
        lines=lines,
        decisions=plan_decisions(billed.decisions),
        changes=changes(history.heard),
        journey=journey(history.sent, history.heard),
        freed_credit_cents=books.freed_credit_cents,
    )


def _pending(
    session: Session,
    row: Row[Claim, Practice, str, list[str]],
    billed: BilledClaim,
    books: ClaimBooks,
    history: ClaimHistory,
) -> PendingVisit:
    claim_id = row.Claim.claim_id
    why = why_pending(row.holds or (), billed.decisions, share_is_released=bool(books.owed_cents))
    return PendingVisit(
        patient_first_name=row.first_name or "",
        service_on=row.Claim.service_on,
        provider_name=in_mixed_case(row.Claim.provider_name),
        payer_name=payer_names(session, [claim_id]).get(claim_id, ""),
        why=why,
        reasons=reasons_of(why, billed.decisions),
        remarks=remarks_of(why, billed.decisions),
        journey=journey(history.sent, history.heard),
    )


def _due_cents(claim_id: UUID, account: AccountNow, asked: AskedFor) -> int:
    if asked.newest_id is None or account.is_on_hold:
        return 0
    due = due_of(account, asked.of(asked.newest_id), due_on=date.max)
    return due.visit_cents.get(claim_id, 0)


def _on_plan_cents(claim_id: UUID, account: AccountNow) -> int:
    on_plans: Mapping[object, int] = {
        target: cents for target, cents in account.on_plans.items() if target.claim_id == claim_id
    }
    return sum(on_plans.values())


def _insurers(session: Session, claim_id: UUID) -> tuple[InsurersFigures, ...]:
    """Decisions that counted when they came, the oldest first, without those voided since."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Adjudication, Payer.name)
        .join(Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Adjudication.payer_id))
        .where(Adjudication.practice_id == practice_id, Adjudication.claim_id == claim_id)
        .order_by(Adjudication.adjudication_id)
    ).all()
    voided = {row.Adjudication.voids_id for row in rows}
    return tuple(
        InsurersFigures(
            payer_name=in_mixed_case(row.name),
            decided_on=row.Adjudication.decided_on,
            paid_cents=row.Adjudication.paid_cents,
            share_cents=row.Adjudication.responsibility_cents,
            claim_number=row.Adjudication.payer_control_number,
            payment_number=row.Adjudication.trace_number,
        )
        for row in rows
        if row.Adjudication.disposition == Outcome.POSTED.value
        and row.Adjudication.adjudication_id not in voided
    )


def _payments(session: Session, claim_id: UUID) -> tuple[PaidOnVisit, ...]:
    """What patients' money did to what is owed for it, by entry, oldest first."""
    practice_id = practice_of(session)
    cents = -func.sum(PostingRow.amount_cents)
    rows = session.execute(
        select(
            JournalEntryRow.entry_id,
            JournalEntryRow.effective_on,
            Payment.payment_id,
            Payment.receipt_number,
            cents.label("cents"),
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id)
            & (Payment.guarantor_id == PostingRow.guarantor_id)
            & (JournalEntryRow.business_event == BusinessEvent.PAYMENT_SETTLED.value)
            & (cast(Payment.payment_id, String) == JournalEntryRow.source_key),
        )
        .select_from(PostingRow)
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.claim_id == claim_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            JournalEntryRow.business_event.in_([event.value for event in PATIENTS_MONEY]),
        )
        .group_by(
            JournalEntryRow.entry_id,
            JournalEntryRow.effective_on,
            Payment.payment_id,
            Payment.receipt_number,
        )
        .having(cents != 0)
        .order_by(JournalEntryRow.effective_on, JournalEntryRow.entry_id)
    )
    return tuple(
        PaidOnVisit(row.effective_on, int(row.cents), row.payment_id, row.receipt_number or "")
        for row in rows
    )


def _statements(session: Session, claim_id: UUID) -> tuple[OnStatement, ...]:
    """Those that stand and asked for it, newest first."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            Statement.statement_id,
            Statement.number,
            Statement.document["issued_on"].astext.label("issued_on"),
            func.sum(StatementShare.owed_cents).label("cents"),
        )
        .join(
            StatementShare,
            (StatementShare.practice_id == practice_id)
            & (StatementShare.statement_id == Statement.statement_id),
        )
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(
            Statement.practice_id == practice_id,
            StatementShare.claim_id == claim_id,
            StatementVoid.statement_id.is_(None),
        )
        .group_by(Statement.practice_id, Statement.statement_id)
        .order_by(Statement.as_of.desc())
    )
    return tuple(
        OnStatement(row.statement_id, row.number, date.fromisoformat(row.issued_on), int(row.cents))
        for row in rows
    )
