"""Statements as they are now: the frozen document beside what the ledger says since."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.domain.business_days import BANK_DEBIT_DAYS, business_day_after
from portal.domain.claim_journey import DecisionChange, changes
from portal.domain.journal import LedgerAccount, Target
from portal.domain.statement import StatementDocument, StatementState
from portal.domain.statement_code import shown_code
from portal.domain.statement_document import from_json
from portal.ledger.agency import HeldByAgency, held_by_agencies
from portal.ledger.as_of import payments_since
from portal.ledger.models import PostingRow
from portal.ledger.plan_cover import cents_on_plans, covered_targets, shares_beside_plans
from portal.ledger.queries import (
    OpenShare,
    on_its_way_cents,
    on_its_way_since,
    unapplied_credit_cents,
)
from portal.practice.claim_history import claim_histories
from portal.practice.claims import has_account_hold
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Claim, Practice
from portal.statements.codes import code_of
from portal.statements.coming import ComingPayment
from portal.statements.models import Statement, StatementShare, StatementVoid
from portal.statements.payment_plans import PlanNow, plans_now
from portal.statements.since import asked_on

LEAST_PAYABLE_CENTS = 50
"""Stripe takes no less."""


@dataclass(frozen=True, slots=True)
class StatementDue:
    """What a statement asks for now. ``shares`` are the open lines it is about.

    ``visit_cents``: what it asks for each of its visits, before anything that is on its way.
    ``on_plans_cents``: what it asked for, and payment plans ask for instead.
    """

    guarantor_id: UUID
    due_on: date
    voided: bool
    visit_cents: Mapping[UUID, int]
    on_the_way_cents: int
    shares: tuple[OpenShare, ...]
    is_on_hold: bool  # the account
    on_plans_cents: int = 0

    @property
    def open_cents(self) -> int:
        """All it asks for."""
        return sum(self.visit_cents.values())

    @property
    def due_now_cents(self) -> int:
        """Open, less what has been started at a bank and has not arrived; nothing of a held one."""
        return 0 if self.is_on_hold else self.open_cents - self.on_the_way_cents


@dataclass(frozen=True, slots=True)
class PayCode:
    """What somebody types who pays this for another person, and on whose page."""

    code: str
    practice_slug: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    """What the page of a statement shows.

    ``is_being_decided``: insurance decides (again) about a visit on it, so that nothing due now
    does not mean paid. ``credit_cents`` is never taken off ``due_now_cents``. ``changes_since``:
    what plans have decided anew, by claim. ``plans`` are payment plans that ask for
    ``on_plans_cents`` of it instead.
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

    @property
    def placed_cents(self) -> int:
        return sum(one.cents for one in self.agencies)

    def is_on_plan(self, claim_id: UUID, charge_id: UUID | None) -> bool:
        """Whether a payment plan covers this line; with no line, any of the visit."""
        lines = [line for plan in self.plans for line in plan.lines]
        return any(line[0] == claim_id and charge_id in (None, line[1]) for line in lines)


@dataclass(frozen=True, slots=True)
class HelpPage:
    """What to say on the phone."""

    practice: PracticeContact
    statement_id: UUID
    guarantor_id: UUID
    statement_number: str
    account_number: str


@dataclass(frozen=True, slots=True)
class StatementIssued:
    """Which statement, and its day; what it asks for is a question of its own."""

    statement_id: UUID
    issued_on: date


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


def statement_due(session: Session, statement_id: UUID) -> StatementDue | None:
    """Only what this statement asked for: shares released since wait for the next one.

    A share that grew stays at what was asked; one that shrank, or was paid, counts as it is now.
    """
    row = _statement(session, statement_id)
    return None if row is None else _due(session, row.Statement, voided=row.is_voided)


def statement_page(
    database: Database, principal: Principal, statement_id: UUID, *, today: date
) -> StatementPage | None:
    """The page, or None when there is no such statement for this principal.

    ``today`` is the practice's day.
    """
    with database.transaction(principal) as session:
        return read_page(session, statement_id, today=today)


def read_page(session: Session, statement_id: UUID, *, today: date) -> StatementPage | None:
    """As `statement_page`, within a transaction that does more, such as writing the audit log."""
    row = _statement(session, statement_id)
    if row is None:
        return None
    statement: Statement = row.Statement
    due = _due(session, statement, voided=row.is_voided)
    state = _state(session, due)
    received = payments_since(
        session,
        statement.guarantor_id,
        as_of=statement.as_of,
        issued_at=statement.issued_at,
        but_for=_on_plans_alone(session, statement),
    )
    is_replaced = state is StatementState.VOIDED
    credit = 0 if is_replaced else unapplied_credit_cents(session, statement.guarantor_id)
    practice = practice_contact(session)
    return StatementPage(
        practice=practice,
        statement_id=statement_id,
        guarantor_id=statement.guarantor_id,
        document=from_json(statement.document, version=statement.document_version),
        state=state,
        is_being_decided=_is_being_decided(session, due),
        due_now_cents=due.due_now_cents,
        past_due=due.due_now_cents > 0 and today > due.due_on,
        paid_since_issue=tuple((one.received_on, one.amount_cents) for one in received),
        on_the_way_cents=due.on_the_way_cents,
        expected_on=_expected_on(session, due, practice) if due.on_the_way_cents else None,
        credit_cents=credit,
        can_pay=due.due_now_cents >= LEAST_PAYABLE_CENTS,
        pay_code=_pay_code(session, statement_id),
        changes_since={} if is_replaced else _changes_since(session, statement_id, due),
        on_plans_cents=due.on_plans_cents,
        plans=()
        if is_replaced
        else plans_now(session, statement.guarantor_id, tuple(due.visit_cents), today=today),
        agencies=() if is_replaced else _agencies(session, due),
    )


def read_help(session: Session, statement_id: UUID) -> HelpPage | None:
    """Whom to call about a statement, or None when this principal has none of that id."""
    row = _statement(session, statement_id)
    if row is None:
        return None
    statement: Statement = row.Statement
    document = from_json(statement.document, version=statement.document_version)
    return HelpPage(
        practice=practice_contact(session),
        statement_id=statement_id,
        guarantor_id=statement.guarantor_id,
        statement_number=document.number,
        account_number=document.account_number,
    )


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


def statement_rows(session: Session, guarantor_id: UUID) -> tuple[StatementRow, ...]:
    """A guarantor's statements, newest first."""
    rows = session.execute(
        _statements(session)
        .where(Statement.guarantor_id == guarantor_id)
        .order_by(Statement.as_of.desc())
    )
    return tuple(_row(session, row.Statement, voided=row.is_voided) for row in rows)


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


def _row(session: Session, statement: Statement, *, voided: bool) -> StatementRow:
    due = _due(session, statement, voided=voided)
    return StatementRow(
        statement_id=statement.statement_id,
        number=statement.number,
        issued_on=_issued_on(statement),
        due_on=statement.due_on,
        amount_due_cents=statement.amount_due_cents,
        state=_state(session, due),
        is_being_decided=_is_being_decided(session, due),
    )


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


def _due(session: Session, statement: Statement, *, voided: bool) -> StatementDue:
    asked: dict[UUID, int] = {}
    for target, cents in asked_on(session, statement.statement_id).items():
        if target.claim_id is not None:
            asked[target.claim_id] = asked.get(target.claim_id, 0) + cents
    shares = [
        share
        for share in shares_beside_plans(session, statement.guarantor_id)
        if share.claim_id in asked and not voided
    ]
    open_now = dict.fromkeys(asked, 0)
    for share in shares:
        open_now[share.claim_id] += share.open_cents
    visit_cents = {claim: max(0, min(asked[claim], cents)) for claim, cents in open_now.items()}
    on_plans = dict.fromkeys(asked, 0)
    for target, cents in cents_on_plans(session, statement.guarantor_id).items():
        if target.claim_id in on_plans and not voided:
            on_plans[target.claim_id] += cents
    coming_cents = on_its_way_cents(session, statement.guarantor_id)
    return StatementDue(
        guarantor_id=statement.guarantor_id,
        due_on=statement.due_on,
        voided=voided,
        visit_cents=visit_cents,
        on_the_way_cents=min(coming_cents, sum(visit_cents.values())),
        shares=tuple(share for share in shares if share.open_cents > 0),
        is_on_hold=has_account_hold(session, statement.guarantor_id),
        on_plans_cents=sum(
            min(asked[claim] - visit_cents[claim], cents) for claim, cents in on_plans.items()
        ),
    )


def _on_plans_alone(session: Session, statement: Statement) -> frozenset[Target]:
    """Lines that payment plans cover and the statement never asked for: not its money."""
    asked = asked_on(session, statement.statement_id)
    return covered_targets(session, statement.guarantor_id) - asked.keys()


def _expected_on(session: Session, due: StatementDue, practice: PracticeContact) -> date | None:
    since = on_its_way_since(session, due.guarantor_id)
    if since is None:
        return None
    told_on = since.astimezone(ZoneInfo(practice.time_zone)).date()
    return business_day_after(told_on, BANK_DEBIT_DAYS)


def _state(session: Session, due: StatementDue) -> StatementState:
    if due.voided:
        return StatementState.VOIDED
    if due.is_on_hold and (due.open_cents or due.on_plans_cents):
        return StatementState.ON_HOLD
    if due.open_cents > 0:
        return StatementState.DUE
    if due.on_plans_cents:
        return StatementState.ON_PLAN
    if _agencies(session, due):
        return StatementState.PLACED
    has_credit = unapplied_credit_cents(session, due.guarantor_id) > 0
    return StatementState.CREDIT if has_credit else StatementState.PAID


def _agencies(session: Session, due: StatementDue) -> tuple[HeldByAgency, ...]:
    return held_by_agencies(session, due.guarantor_id, tuple(due.visit_cents))


def _pay_code(session: Session, statement_id: UUID) -> PayCode | None:
    code = code_of(session, statement_id)
    slug = session.scalar(select(Practice.slug).where(Practice.practice_id == practice_of(session)))
    return PayCode(shown_code(code), slug) if code and slug else None


def _changes_since(
    session: Session, statement_id: UUID, due: StatementDue
) -> dict[UUID, tuple[DecisionChange, ...]]:
    return {
        claim_id: changes(history.heard, after=statement_id)
        for claim_id, history in claim_histories(session, tuple(due.visit_cents)).items()
    }


def _is_being_decided(session: Session, due: StatementDue) -> bool:
    """Whether money of its visits is with the payer, or waits for a decision or a hold to end.

    What a payer denied stays open with the payer, and nobody is deciding any more.
    """
    if due.voided or due.open_cents or due.on_plans_cents:
        return False
    practice_id = practice_of(session)
    cents = func.sum(PostingRow.amount_cents)
    with_payer = cents.filter(PostingRow.account == LedgerAccount.PAYER_RECEIVABLE.value)
    pending = cents.filter(PostingRow.account == LedgerAccount.PATIENT_PENDING.value)
    found = session.execute(
        select(Claim.claim_id)
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id) & (PostingRow.claim_id == Claim.claim_id),
        )
        .where(Claim.practice_id == practice_id, Claim.claim_id.in_(tuple(due.visit_cents)))
        .group_by(Claim.claim_id, Claim.denied)
        .having(
            (func.coalesce(pending, 0) > 0)
            | ((func.coalesce(with_payer, 0) > 0) & Claim.denied.is_(other=False))
        )
        .limit(1)
    )
    return found.first() is not None
