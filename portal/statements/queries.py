"""Statements as they are now: the frozen document beside what the ledger says since."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from portal.db import Database, Principal, PrincipalKind, practice_of, principal_of
from portal.domain.business_days import BANK_DEBIT_DAYS, business_day_after
from portal.domain.claim_journey import DecisionChange, changes
from portal.domain.journal import Target
from portal.domain.statement import (
    PendingReason,
    PendingVisit,
    StatementDocument,
    StatementState,
    Visit,
)
from portal.domain.statement_changes import StatementChange
from portal.domain.statement_code import shown_code
from portal.domain.statement_document import from_json
from portal.domain.statement_version_3 import changes_between
from portal.ledger.agency import HeldByAgency
from portal.ledger.as_of import payments_since
from portal.practice.claim_history import decisions_heard
from portal.practice.contact import PracticeContact, contact_of
from portal.practice.models import Claim, Practice
from portal.statements.coming import ChargesToCome, ScheduledOfStatement, charges_to_come
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
    owed_now,
    state_of,
)
from portal.statements.models import Statement, StatementCode, StatementShare, StatementVoid
from portal.statements.payment_plans import PlanNow, plans_now
from portal.statements.seeing import seen_document, seen_documents
from portal.statements.undecided import undecided_visits, waiting_visit, waits_for


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
class OwnPart:
    """What is open of a statement's own lines, and what of that is on its way."""

    open_cents: int = 0
    on_the_way_cents: int = 0
    is_on_hold: bool = False

    @property
    def due_now_cents(self) -> int:
        return 0 if self.is_on_hold else self.open_cents - self.on_the_way_cents


NOTHING_OF_ITS_OWN = OwnPart()


@dataclass(frozen=True, slots=True)
class AskedEarlier:
    """What only an older statement asked for, and the newest asks for beside its own lines.

    ``visits`` are explained as on that statement, each with what is asked for it now.
    """

    statement_id: UUID
    issued_on: date
    cents: int
    claim_ids: tuple[UUID, ...]
    visits: tuple[tuple[Visit, int], ...] = ()


@dataclass(frozen=True, slots=True)
class StatementPage:
    """What the page of a statement shows.

    ``due_now_cents``, ``on_the_way_cents`` and ``due_on`` are those of the account, the same on
    every statement that stands; ``alone`` is what this one's own lines leave to pay, and
    ``earlier`` (on the newest) what others ask for beside them. Whoever may see this statement
    alone (``is_one_alone``) is told of its own lines only. ``state`` is that of its own lines too,
    but for the newest.

    ``waiting``: a visit on it waits for insurance, for us or for the patient, so that nothing due
    now does not mean paid. ``credit_cents`` is never taken off ``due_now_cents``.
    ``changes_since``: what plans have decided anew, by claim. ``plans`` are payment plans that ask
    for ``on_plans_cents`` of it instead. For staff ``payer_sees`` is the document as the guarantor
    sees it; for everybody else ``document`` is as they see it.
    """

    practice: PracticeContact
    statement_id: UUID
    guarantor_id: UUID
    document: StatementDocument
    state: StatementState
    waiting: PendingVisit | None
    due_now_cents: int
    past_due: bool
    paid_since_issue: tuple[tuple[date, int], ...]
    on_the_way_cents: int
    expected_on: date | None  # when banks will have answered about what is on its way
    credit_cents: int
    can_pay: bool
    pay_code: PayCode | None
    changes_since: Mapping[UUID, tuple[DecisionChange, ...]]
    coming: ChargesToCome | None = None  # what will be charged by itself for what is due now
    on_plans_cents: int = 0
    plans: tuple[PlanNow, ...] = ()
    agencies: tuple[HeldByAgency, ...] = ()  # who asks for a part of it instead of us
    newer: StatementIssued | None = None  # the one to pay: it has all there is
    owed_by: date | None = None  # the day by which the newest asks for it
    alone: OwnPart = NOTHING_OF_ITS_OWN
    earlier: tuple[AskedEarlier, ...] = ()
    is_one_alone: bool = False
    since_last: tuple[StatementChange, ...] = ()  # from the statement before to this one
    payer_sees: StatementDocument | None = None

    @property
    def placed_cents(self) -> int:
        return sum(one.cents for one in self.agencies)

    @property
    def is_being_decided(self) -> bool:
        return self.waiting is not None

    @property
    def asks_on_newer(self) -> bool:
        """Whether what is due now is to be paid on a newer statement, which its reader can open."""
        return self.newer is not None and not self.is_one_alone and self.due_now_cents > 0

    @property
    def earlier_cents(self) -> int:
        return sum(one.cents for one in self.earlier)

    def is_on_plan(self, claim_id: UUID, charge_id: UUID | None) -> bool:
        """Whether a payment plan covers this line; with no line, any of the visit."""
        lines = [line for plan in self.plans for line in plan.lines]
        return any(line[0] == claim_id and charge_id in (None, line[1]) for line in lines)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement of a guarantor in a list.

    ``amount_due_cents`` as it was issued. What it leaves to pay now, and what of that is on its
    way, is all there is on the newest, and what its own lines leave on an older one.
    """

    statement_id: UUID
    number: str
    issued_on: date
    due_on: date
    amount_due_cents: int
    due_now_cents: int
    on_the_way_cents: int
    state: StatementState
    waits_for: PendingReason | None  # where it asks for nothing


def statement_due(
    session: Session, statement_id: UUID, /, *, by_itself: bool = False
) -> StatementDue | None:
    """Only what statements asked for: shares released since wait for the next one.

    Every one that stands asks for what all of them asked for, and by the day of the newest. But its
    own lines alone are asked for ``by_itself`` (autopay charges each new statement, and not what
    came before), and of whoever may see no other statement (ADR 0008).
    """
    row = _statement(session, statement_id)
    if row is None:
        return None
    statement: Statement = row.Statement
    account = account_now(session, statement.guarantor_id)
    asked = asked_for(session, statement.guarantor_id)
    if by_itself or not _reaches_account(session):
        return _due_alone(statement, account, asked, voided=row.is_voided)
    return _due(statement, account, asked, voided=row.is_voided)


def statement_page(
    database: Database, principal: Principal, statement_id: UUID, *, today: date
) -> StatementPage | None:
    """The page without what will be charged by itself; None when this principal has none of it.

    ``today`` is the practice's day.
    """
    with database.transaction(principal) as session:
        return read_page(session, statement_id, today=lambda _: today)


def read_page(
    session: Session,
    statement_id: UUID,
    *,
    today: Callable[[PracticeContact], date],
    scheduled_of_statement: ScheduledOfStatement = lambda *_: (),
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
    is_one_alone = not _reaches_account(session)
    own = _due_alone(statement, account, asked, voided=row.is_voided)
    owed = own if is_one_alone else _due(statement, account, asked, voided=row.is_voided)
    due = owed if statement_id == asked.newest_id else own  # what its state and rows are about
    agencies = () if due.voided else agencies_of(session, account, tuple(due.visit_cents))
    received = payments_since(
        session,
        statement.guarantor_id,
        as_of=statement.as_of,
        issued_at=statement.issued_at,
        but_for=_on_plans_alone(account, asked.lines.get(statement_id, {})),
    )
    practice = contact_of(row.Practice)
    coming_since = account.coming_since if owed.on_the_way_cents else None
    day = today(practice)
    newer = _newer(session, statement_id, asked)
    scheduled = scheduled_of_statement(session, statement_id)
    if is_one_alone:
        scheduled = [one for one in scheduled if one.statement_id == statement_id]
    shown = asked.only(statement_id) if is_one_alone else asked
    seen = seen_document(session, statement, today=day)
    return StatementPage(
        practice=practice,
        statement_id=statement_id,
        guarantor_id=statement.guarantor_id,
        document=seen.document,
        state=state_of(due, account, is_placed=bool(agencies)),
        waiting=waiting_visit(
            session, due, undecided_visits(session, [due]), seen_whole=seen.whole_ids
        ),
        due_now_cents=owed.due_now_cents,
        past_due=owed.due_now_cents > 0 and day > owed.due_on,
        paid_since_issue=tuple((one.received_on, one.amount_cents) for one in received),
        on_the_way_cents=owed.on_the_way_cents,
        expected_on=expected_on(coming_since, practice) if coming_since else None,
        credit_cents=0 if due.voided else account.credit_cents,
        can_pay=owed.due_now_cents >= LEAST_PAYABLE_CENTS,
        pay_code=PayCode(shown_code(row.code), row.Practice.slug) if row.code else None,
        changes_since={}
        if due.voided
        else _changes_since(session, statement_id, due.visit_cents.keys() & seen.whole_ids),
        on_plans_cents=due.on_plans_cents,
        plans=() if due.voided else plans_now(account.plans, tuple(due.visit_cents), today=day),
        agencies=agencies,
        coming=None if due.voided else charges_to_come(account, shown, scheduled),
        newer=newer,
        owed_by=owed.due_on,
        alone=OwnPart(own.open_cents, own.on_the_way_cents, own.is_on_hold),
        earlier=() if newer else _earlier(session, own, owed, asked, today=day),
        is_one_alone=is_one_alone,
        since_last=_since_last(row, statement),
        payer_sees=seen.by_payer,
    )


def _since_last(row: Row[*tuple[Any, ...]], statement: Statement) -> tuple[StatementChange, ...]:
    """Of the documents as they were issued: what is grouped for a reader is matched by nothing."""
    if row.document is None:
        return ()
    return changes_between(
        from_json(row.document, version=row.document_version),
        from_json(statement.document, version=statement.document_version),
    )


def _newer(session: Session, statement_id: UUID, asked: AskedFor) -> StatementIssued | None:
    newest_id = asked.newest_id
    if newest_id is None or newest_id == statement_id:
        return None
    return StatementIssued(newest_id, _issued_days(session, [newest_id])[newest_id])


def _earlier(
    session: Session, own: StatementDue, owed: StatementDue, asked: AskedFor, *, today: date
) -> tuple[AskedEarlier, ...]:
    """By the statement that asked for it last, newest first."""
    beside = {
        claim_id: cents - own.visit_cents.get(claim_id, 0)
        for claim_id, cents in owed.visit_cents.items()
        if cents > own.visit_cents.get(claim_id, 0)
    }
    by_statement: dict[UUID, list[UUID]] = {}
    for claim_id in beside:
        by_statement.setdefault(asked.last_for(claim_id), []).append(claim_id)
    documents = seen_documents(session, by_statement, today=today)
    found = (
        AskedEarlier(
            one,
            documents[one].issued_on,
            sum(beside[claim] for claim in claims),
            tuple(claims),
            tuple(
                (visit, beside[visit.claim_id])
                for visit in documents[one].visits
                if visit.claim_id in claims
            ),
        )
        for one, claims in by_statement.items()
    )
    return tuple(sorted(found, key=lambda one: one.issued_on, reverse=True))


def _issued_days(session: Session, statement_ids: Collection[UUID]) -> Mapping[UUID, date]:
    if not statement_ids:
        return {}
    rows = session.execute(
        select(Statement.statement_id, Statement.document["issued_on"].astext).where(
            Statement.practice_id == practice_of(session),
            Statement.statement_id.in_(statement_ids),
        )
    )
    return {statement_id: date.fromisoformat(issued_on) for statement_id, issued_on in rows}


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
        row.Statement.statement_id: _standing(row.Statement, account, asked, voided=row.is_voided)
        for row in found
    }
    placed = agencies_by_visit(session, account)
    undecided = undecided_visits(session, dues.values())
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
                due_now_cents=due.due_now_cents,
                on_the_way_cents=due.on_the_way_cents,
                state=state_of(
                    due, account, is_placed=not placed.keys().isdisjoint(due.visit_cents)
                ),
                waits_for=waits_for(due, undecided),
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
    """What it asks whoever reaches the account for: the same as every other."""
    if voided:
        return _due_alone(statement, account, asked, voided=True)
    return owed_now(account, asked)


def _due_alone(
    statement: Statement, account: AccountNow, asked: AskedFor, *, voided: bool
) -> StatementDue:
    """What is left to pay of its own lines."""
    lines = {} if voided else asked.alone(statement.statement_id)
    return replace(due_of(account, lines, due_on=statement.due_on), voided=voided)


def _standing(
    statement: Statement, account: AccountNow, asked: AskedFor, *, voided: bool
) -> StatementDue:
    """What its state is about: the newest stands for all there is."""
    is_newest = statement.statement_id == asked.newest_id
    return (_due if is_newest else _due_alone)(statement, account, asked, voided=voided)


def _reaches_account(session: Session) -> bool:
    """Not who opened one statement of somebody else's by a link: they see no other."""
    principal = principal_of(session)
    return principal.kind is not PrincipalKind.LINK or principal.holds_account


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
