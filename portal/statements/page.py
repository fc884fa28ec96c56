"""The page of a statement: the frozen document beside what the ledger says since."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, Uuid, bindparam, select
from sqlalchemy.orm import Session, aliased

from portal.db import Database, Principal, practice_of
from portal.domain.business_days import BANK_DEBIT_DAYS, business_day_after
from portal.domain.claim_journey import DecisionChange, changes
from portal.domain.since_statement import SinceRow
from portal.domain.statement import PendingVisit, StatementDocument, StatementState, Visit
from portal.domain.statement_changes import StatementChange
from portal.domain.statement_code import shown_code
from portal.domain.statement_document import from_json
from portal.domain.statement_version_3 import changes_between
from portal.ledger.agency import HeldByAgency
from portal.ledger.as_of import payments_since
from portal.practice.claim_history import decisions_heard
from portal.practice.contact import PracticeContact, contact_of
from portal.practice.models import Practice
from portal.statements.coming import (
    ChargesToCome,
    ComingPayment,
    ScheduledOfStatement,
    charges_to_come,
)
from portal.statements.due import (
    LEAST_PAYABLE_CENTS,
    AccountNow,
    AskedFor,
    StatementDue,
    account_now,
    agencies_of,
    asked_for,
    state_of,
)
from portal.statements.models import Statement, StatementCode
from portal.statements.nothing_to_do import nothing_to_do
from portal.statements.payment_plans import PlanNow, plans_now
from portal.statements.queries import StatementIssued
from portal.statements.reading import (
    due_alone,
    due_for_reader,
    reaches_account,
    statements_of_practice,
)
from portal.statements.seeing import seen_document, seen_documents
from portal.statements.since_issue import read_since_issue, rows_beside
from portal.statements.undecided import undecided_visits, waiting_visit


@dataclass(frozen=True, slots=True)
class PayCode:
    """What somebody types who pays this for another person, and on whose page."""

    code: str
    practice_slug: str


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
    nothing_to_do: bool = False  # nothing at all waits for the reader, on this page or beside it
    agencies: tuple[HeldByAgency, ...] = ()  # who asks for a part of it instead of us
    newer: StatementIssued | None = None  # the one to pay: it has all there is
    owed_by: date | None = None  # the day by which the newest asks for it
    alone: OwnPart = NOTHING_OF_ITS_OWN
    earlier: tuple[AskedEarlier, ...] = ()
    is_one_alone: bool = False
    since_last: tuple[StatementChange, ...] = ()  # from the statement before to this one
    since: tuple[SinceRow, ...] = ()  # from what it asked for to what is left of it
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
    def left_cents(self) -> int:
        """What the rows since it was issued lead to: the newest asks for all there is."""
        return self.alone.due_now_cents if self.newer else self.due_now_cents

    def is_on_plan(self, claim_id: UUID, charge_id: UUID | None) -> bool:
        """Whether a payment plan covers this line; with no line, any of the visit."""
        lines = [line for plan in self.plans for line in plan.lines]
        return any(line[0] == claim_id and charge_id in (None, line[1]) for line in lines)


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
    but_for: Collection[UUID] = (),
) -> StatementPage | None:
    """As `statement_page`, within a transaction that does more, such as writing the audit log.

    ``but_for``: newer statements that are nothing to whoever gets it.
    """
    row = _row(session, statement_id)
    if row is None:
        return None
    statement: Statement = row.Statement
    now = _now(session, statement, but_for, is_voided=row.is_voided)
    account, own, owed, due = now.account, now.own, now.owed, now.due
    practice = contact_of(row.Practice)
    day = today(practice)
    newer = _newer(session, statement_id, now.asked)
    earlier = () if newer else _earlier(session, own, owed, now.asked, today=day)
    agencies = () if due.voided else agencies_of(session, account, tuple(due.visit_cents))
    state = state_of(due, account, is_placed=bool(agencies))
    received = _received(session, statement, now)
    seen = seen_document(session, statement, today=day)
    coming_since = account.coming_since if owed.on_the_way_cents else None
    scheduled = scheduled_of_statement(session, statement_id)
    charged = None if due.voided else now.charges_to_come(statement_id, scheduled)
    return StatementPage(
        practice=practice,
        statement_id=statement_id,
        guarantor_id=statement.guarantor_id,
        document=seen.document,
        state=state,
        waiting=waiting_visit(
            session, due, undecided_visits(session, [due]), seen_whole=seen.whole_ids
        ),
        due_now_cents=owed.due_now_cents,
        past_due=owed.due_now_cents > 0 and day > owed.due_on,
        paid_since_issue=received,
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
        coming=charged,
        nothing_to_do=nothing_to_do(
            session,
            account,
            owed,
            charged,
            only=frozenset(own.visit_cents) if now.is_one_alone else None,
        ),
        newer=newer,
        owed_by=owed.due_on,
        alone=OwnPart(own.open_cents, own.on_the_way_cents, own.is_on_hold),
        earlier=earlier,
        is_one_alone=now.is_one_alone,
        since_last=_since_last(row, seen.issued),
        since=()
        if state in (StatementState.VOIDED, StatementState.ON_HOLD)
        else _since_issue(session, statement, seen.issued, now, received=received, earlier=earlier),
        payer_sees=seen.by_payer,
    )


@dataclass(frozen=True, slots=True)
class _Now:
    """What a statement asks for now: of its own lines, and of whoever reads it."""

    account: AccountNow
    asked: AskedFor
    own: StatementDue
    owed: StatementDue
    due: StatementDue  # what its state and its visits are about
    is_one_alone: bool

    def charges_to_come(
        self, statement_id: UUID, scheduled: Sequence[ComingPayment]
    ) -> ChargesToCome | None:
        if not self.is_one_alone:
            return charges_to_come(self.account, self.asked, scheduled)
        own = [one for one in scheduled if one.statement_id == statement_id]
        return charges_to_come(self.account, self.asked.only(statement_id), own)


def _now(
    session: Session, statement: Statement, but_for: Collection[UUID], *, is_voided: bool
) -> _Now:
    account = account_now(session, statement.guarantor_id)
    asked = asked_for(session, statement.guarantor_id).but_for(but_for)
    is_one_alone = not reaches_account(session)
    own = due_alone(statement, account, asked, voided=is_voided)
    owed = own if is_one_alone else due_for_reader(statement, account, asked, voided=is_voided)
    due = owed if statement.statement_id == asked.newest_id else own
    return _Now(account, asked, own, owed, due, is_one_alone)


def _row(session: Session, statement_id: UUID) -> Row[*tuple[Any, ...]] | None:
    which = {"practice": practice_of(session), "statement": statement_id}
    return session.execute(_with_the_one_before(), which).one_or_none()


@cache
def _with_the_one_before() -> Select[*tuple[Any, ...]]:
    """The statement with its practice and its code, and the document of the one before it.

    Put together once: every look at a statement asks for it.
    """
    before = aliased(Statement)
    practice_id = bindparam("practice", type_=Uuid)
    return (
        statements_of_practice(practice_id)
        .add_columns(Practice, StatementCode.code, before.document, before.document_version)
        .join(Practice, Practice.practice_id == Statement.practice_id)
        .outerjoin(
            before,
            (before.practice_id == practice_id)
            & (before.statement_id == Statement.previous_statement_id),
        )
        .outerjoin(
            StatementCode,
            (StatementCode.practice_id == practice_id)
            & (StatementCode.statement_id == Statement.statement_id),
        )
        .where(
            Practice.practice_id == practice_id,
            Statement.statement_id == bindparam("statement", type_=Uuid),
        )
    )


def _received(session: Session, statement: Statement, now: _Now) -> tuple[tuple[date, int], ...]:
    """What came since it was issued, but for what went to payment plans alone."""
    asked = now.asked.lines.get(statement.statement_id, {})
    found = payments_since(
        session,
        statement.guarantor_id,
        as_of=statement.as_of,
        issued_at=statement.issued_at,
        but_for=now.account.on_plans.keys() - asked.keys(),
    )
    return tuple((one.received_on, one.amount_cents) for one in found)


def _since_issue(
    session: Session,
    statement: Statement,
    document: StatementDocument,
    now: _Now,
    *,
    received: Sequence[tuple[date, int]],
    earlier: Sequence[AskedEarlier],
) -> tuple[SinceRow, ...]:
    """To what is left of its own lines; on the newest to all that is owed."""
    own_rows = read_since_issue(
        session,
        statement,
        document,
        now.account,
        asked=now.asked,
        own=now.own,
        received=received,
    )
    beside = rows_beside(earlier, on_the_way_cents=now.due.on_the_way_cents)
    return (*own_rows, *beside)


def _since_last(
    row: Row[*tuple[Any, ...]], document: StatementDocument
) -> tuple[StatementChange, ...]:
    """Of the documents as they were issued: what is grouped for a reader is matched by nothing."""
    if row.document is None:
        return ()
    before = from_json(row.document, version=row.document_version)
    return changes_between(before, document)


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
