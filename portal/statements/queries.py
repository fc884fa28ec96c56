"""Statements as they are now: the frozen document beside what the ledger says since."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.db import Database, Principal, practice_of
from portal.domain.business_days import BANK_DEBIT_DAYS, business_day_after
from portal.domain.claim_journey import DecisionChange, changes
from portal.domain.journal import LedgerAccount, Target
from portal.domain.statement import StatementDocument, StatementState
from portal.domain.statement_changes import StatementChange, changes_between
from portal.domain.statement_code import shown_code
from portal.domain.statement_document import from_json
from portal.ledger.agency import HeldByAgency
from portal.ledger.as_of import payments_since
from portal.ledger.models import PostingRow
from portal.practice.claim_history import decisions_heard
from portal.practice.contact import PracticeContact, contact_of
from portal.practice.models import Claim, Practice
from portal.statements.coming import ComingPayment
from portal.statements.due import (
    LEAST_PAYABLE_CENTS,
    AccountNow,
    AskedFor,
    StatementDue,
    account_now,
    agencies_by_visit,
    agencies_of,
    asked_for,
    due_of,
    state_of,
)
from portal.statements.models import Statement, StatementCode, StatementShare, StatementVoid
from portal.statements.payment_plans import PlanNow, plans_now
from portal.statements.seeing import seen_document


@dataclass(frozen=True, slots=True)
class PayCode:
    """What somebody types who pays this for another person, and on whose page."""

    code: str
    practice_slug: str


@dataclass(frozen=True, slots=True)
class StatementIssued:
    """Which statement, and its day; what it asks for is a question of its own."""

    statement_id: UUID
    issued_on: date


@dataclass(frozen=True, slots=True)
class StatementPage:
    """What the page of a statement shows.

    ``is_being_decided``: insurance decides (again) about a visit on it, so that nothing due now
    does not mean paid. ``credit_cents`` is never taken off ``due_now_cents``. ``changes_since``:
    what plans have decided anew, by claim. ``plans`` are payment plans that ask for
    ``on_plans_cents`` of it instead. For staff ``payer_sees`` is the document as the guarantor
    sees it; for everybody else ``document`` is as they see it.
    """

    practice: PracticeContact
    statement_id: UUID
    guarantor_id: UUID
    document: StatementDocument
    state: StatementState
    is_being_decided: bool
    due_now_cents: int
    past_due: bool
    paid_since_issue: tuple[tuple[date, int], ...]
    on_the_way_cents: int
    expected_on: date | None  # when banks will have answered about what is on its way
    credit_cents: int
    can_pay: bool
    pay_code: PayCode | None
    changes_since: Mapping[UUID, tuple[DecisionChange, ...]]
    coming: ComingPayment | None = None  # what will be charged for it by itself
    on_plans_cents: int = 0
    plans: tuple[PlanNow, ...] = ()
    agencies: tuple[HeldByAgency, ...] = ()  # who asks for a part of it instead of us
    newer: StatementIssued | None = None  # asks now for all there is to pay
    since_last: tuple[StatementChange, ...] = ()  # from the statement before to this one
    payer_sees: StatementDocument | None = None

    @property
    def placed_cents(self) -> int:
        return sum(one.cents for one in self.agencies)

    def is_on_plan(self, claim_id: UUID, charge_id: UUID | None) -> bool:
        """Whether a payment plan covers this line; with no line, any of the visit."""
        lines = [line for plan in self.plans for line in plan.lines]
        return any(line[0] == claim_id and charge_id in (None, line[1]) for line in lines)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement of a guarantor in a list."""

    statement_id: UUID
    number: str
    issued_on: date
    due_on: date
    amount_due_cents: int
    state: StatementState
    is_being_decided: bool


def statement_due(
    session: Session, statement_id: UUID, /, *, by_itself: bool = False
) -> StatementDue | None:
    """Only what statements asked for: shares released since wait for the next one.

    The newest one asks for what only older ones asked for as well, unless ``by_itself``: autopay
    charges each new statement, and not what came before.
    """
    row = _statement(session, statement_id)
    if row is None:
        return None
    statement: Statement = row.Statement
    account = account_now(session, statement.guarantor_id)
    asked = asked_for(session, statement.guarantor_id)
    if by_itself:
        asked = AskedFor({statement_id: asked.lines.get(statement_id, {})})
    return _due(statement, account, asked, voided=row.is_voided)


def statement_page(
    database: Database, principal: Principal, statement_id: UUID, *, today: date
) -> StatementPage | None:
    """The page, or None when there is no such statement for this principal.

    ``today`` is the practice's day.
    """
    with database.transaction(principal) as session:
        return read_page(session, statement_id, today=lambda _: today)


def read_page(
    session: Session, statement_id: UUID, *, today: Callable[[PracticeContact], date]
) -> StatementPage | None:
    """As `statement_page`, within a transaction that does more, such as writing the audit log."""
    before = aliased(Statement)
    row = session.execute(
        _statements(session)
        .add_columns(Practice, StatementCode.code, before.document, before.document_version)
        .join(Practice, Practice.practice_id == Statement.practice_id)
        .outerjoin(
            before,
            (before.practice_id == practice_of(session))
            & (before.statement_id == Statement.previous_statement_id),
        )
        .outerjoin(
            StatementCode,
            (StatementCode.practice_id == practice_of(session))
            & (StatementCode.statement_id == Statement.statement_id),
        )
        .where(Practice.practice_id == practice_of(session), Statement.statement_id == statement_id)
    ).one_or_none()
    if row is None:
        return None
    statement: Statement = row.Statement
    account = account_now(session, statement.guarantor_id)
    asked = asked_for(session, statement.guarantor_id)
    due = _due(statement, account, asked, voided=row.is_voided)
    agencies = () if due.voided else agencies_of(session, account, tuple(due.visit_cents))
    received = payments_since(
        session,
        statement.guarantor_id,
        as_of=statement.as_of,
        issued_at=statement.issued_at,
        but_for=_on_plans_alone(account, asked.lines.get(statement_id, {})),
    )
    practice = contact_of(row.Practice)
    coming_since = account.coming_since if due.on_the_way_cents else None
    day = today(practice)
    seen = seen_document(session, statement, today=day)
    return StatementPage(
        practice=practice,
        statement_id=statement_id,
        guarantor_id=statement.guarantor_id,
        document=seen.document,
        state=state_of(due, account, is_placed=bool(agencies)),
        is_being_decided=_is_being_decided(due, _undecided_visits(session, [due])),
        due_now_cents=due.due_now_cents,
        past_due=due.due_now_cents > 0 and day > due.due_on,
        paid_since_issue=tuple((one.received_on, one.amount_cents) for one in received),
        on_the_way_cents=due.on_the_way_cents,
        expected_on=expected_on(coming_since, practice) if coming_since else None,
        credit_cents=0 if due.voided else account.credit_cents,
        can_pay=due.due_now_cents >= LEAST_PAYABLE_CENTS,
        pay_code=PayCode(shown_code(row.code), row.Practice.slug) if row.code else None,
        changes_since={}
        if due.voided
        else _changes_since(session, statement_id, due.visit_cents.keys() & seen.whole_ids),
        on_plans_cents=due.on_plans_cents,
        plans=() if due.voided else plans_now(account.plans, tuple(due.visit_cents), today=day),
        agencies=agencies,
        newer=_newer(session, statement_id, asked),
        since_last=_since_last(row, seen.document),
        payer_sees=seen.by_payer,
    )


def _since_last(
    row: Row[*tuple[Any, ...]], document: StatementDocument
) -> tuple[StatementChange, ...]:
    if row.document is None:
        return ()
    return changes_between(from_json(row.document, version=row.document_version), document)


def _newer(session: Session, statement_id: UUID, asked: AskedFor) -> StatementIssued | None:
    if asked.newest_id in (None, statement_id):
        return None
    issued_on = session.scalars(
        select(Statement.document["issued_on"].astext).where(
            Statement.practice_id == practice_of(session),
            Statement.statement_id == asked.newest_id,
        )
    ).one()
    return StatementIssued(asked.newest_id, date.fromisoformat(issued_on))


def statements_issued(
    session: Session, guarantor_id: UUID, *, since: datetime
) -> tuple[StatementIssued, ...]:
    """Those a guarantor got since then and that were not taken back, oldest first."""
    rows = session.execute(
        _statements(session)
        .where(
            Statement.guarantor_id == guarantor_id,
            Statement.issued_at >= since,
            StatementVoid.statement_id.is_(None),
        )
        .order_by(Statement.issued_at)
    )
    return tuple(
        StatementIssued(row.Statement.statement_id, _issued_on(row.Statement)) for row in rows
    )


def visits_billed(session: Session, claim_ids: Collection[UUID], /) -> frozenset[UUID]:
    """Of these visits, those that a statement which stands has asked for."""
    practice_id = practice_of(session)
    voided = select(StatementVoid.statement_id).where(StatementVoid.practice_id == practice_id)
    found = session.scalars(
        select(StatementShare.claim_id).where(
            StatementShare.practice_id == practice_id,
            StatementShare.claim_id.in_(claim_ids),
            StatementShare.statement_id.not_in(voided),
        )
    )
    return frozenset(found)


def visits_on_statement(session: Session, statement_id: UUID, /) -> frozenset[UUID] | None:
    """The visits that a statement asks for; None when this principal has none of that id."""
    if _statement(session, statement_id) is None:
        return None
    found = session.scalars(
        select(StatementShare.claim_id).where(
            StatementShare.practice_id == practice_of(session),
            StatementShare.statement_id == statement_id,
        )
    )
    return frozenset(found)


def statement_rows(session: Session, guarantor_id: UUID) -> tuple[StatementRow, ...]:
    """A guarantor's statements, newest first."""
    account, asked = account_now(session, guarantor_id), asked_for(session, guarantor_id)
    found = session.execute(
        _statements(session)
        .where(Statement.guarantor_id == guarantor_id)
        .order_by(Statement.as_of.desc())
    ).all()
    dues = {
        row.Statement.statement_id: _due(row.Statement, account, asked, voided=row.is_voided)
        for row in found
    }
    placed = agencies_by_visit(session, account)
    undecided = _undecided_visits(session, dues.values())
    rows = []
    for row in found:
        due = dues[row.Statement.statement_id]
        rows.append(
            StatementRow(
                statement_id=row.Statement.statement_id,
                number=row.Statement.number,
                issued_on=_issued_on(row.Statement),
                due_on=row.Statement.due_on,
                amount_due_cents=row.Statement.amount_due_cents,
                state=state_of(due, account, is_placed=not placed.isdisjoint(due.visit_cents)),
                is_being_decided=_is_being_decided(due, undecided),
            )
        )
    return tuple(rows)


def statement_patient_ids(session: Session, statement_id: UUID) -> tuple[UUID, ...]:
    """The patients whose visits it asks for: their dates of birth open its links too."""
    practice_id = practice_of(session)
    rows = session.scalars(
        select(Claim.patient_id)
        .join(
            StatementShare,
            (StatementShare.practice_id == practice_id)
            & (StatementShare.claim_id == Claim.claim_id),
        )
        .where(
            Claim.practice_id == practice_id,
            Claim.patient_id.is_not(None),
            StatementShare.statement_id == statement_id,
        )
        .distinct()
        .order_by(Claim.patient_id)
    )
    return tuple(patient_id for patient_id in rows if patient_id is not None)


def _issued_on(statement: Statement) -> date:
    return date.fromisoformat(statement.document["issued_on"])


def _statements(session: Session) -> Select[Statement, bool]:
    practice_id = practice_of(session)
    return (
        select(Statement, StatementVoid.statement_id.is_not(None).label("is_voided"))
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(Statement.practice_id == practice_id)
    )


def _statement(session: Session, statement_id: UUID) -> Row[Statement, bool] | None:
    """Row-level security shows it to whom it belongs and to staff."""
    return session.execute(
        _statements(session).where(Statement.statement_id == statement_id)
    ).one_or_none()


def _due(
    statement: Statement, account: AccountNow, asked: AskedFor, *, voided: bool
) -> StatementDue:
    lines = {} if voided else asked.of(statement.statement_id)
    due = due_of(account, lines, due_on=statement.due_on)
    return replace(due, voided=True) if voided else due


def _on_plans_alone(account: AccountNow, asked: Mapping[Target, int]) -> frozenset[Target]:
    """Lines that payment plans cover and the statement never asked for: not its money."""
    return frozenset(account.on_plans.keys() - asked.keys())


def expected_on(since: datetime, practice: PracticeContact) -> date:
    """When banks will have answered about what was started then."""
    told_on = since.astimezone(ZoneInfo(practice.time_zone)).date()
    return business_day_after(told_on, BANK_DEBIT_DAYS)


def _changes_since(
    session: Session, statement_id: UUID, claim_ids: Collection[UUID]
) -> dict[UUID, tuple[DecisionChange, ...]]:
    return {
        claim_id: changes(heard, after=statement_id)
        for claim_id, heard in decisions_heard(session, claim_ids).items()
    }


def _is_being_decided(due: StatementDue, undecided: Collection[UUID]) -> bool:
    """Whether insurance decides about a visit of it, so that nothing due does not mean paid."""
    return not _asks_for_something(due) and not due.visit_cents.keys().isdisjoint(undecided)


def _asks_for_something(due: StatementDue) -> bool:
    return bool(due.voided or due.open_cents or due.on_plans_cents)


def _undecided_visits(session: Session, dues: Iterable[StatementDue]) -> frozenset[UUID]:
    """Of the visits of what asks for nothing: money is with the payer, or a share waits.

    What a payer denied stays open with the payer, and nobody is deciding any more.
    """
    claim_ids = {one for due in dues if not _asks_for_something(due) for one in due.visit_cents}
    if not claim_ids:
        return frozenset()
    practice_id = practice_of(session)
    cents = func.sum(PostingRow.amount_cents)
    with_payer = cents.filter(PostingRow.account == LedgerAccount.PAYER_RECEIVABLE.value)
    pending = cents.filter(PostingRow.account == LedgerAccount.PATIENT_PENDING.value)
    found = session.scalars(
        select(Claim.claim_id)
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id) & (PostingRow.claim_id == Claim.claim_id),
        )
        .where(Claim.practice_id == practice_id, Claim.claim_id.in_(claim_ids))
        .group_by(Claim.claim_id, Claim.denied)
        .having(
            (func.coalesce(pending, 0) > 0)
            | ((func.coalesce(with_payer, 0) > 0) & Claim.denied.is_(other=False))
        )
    )
    return frozenset(found)
