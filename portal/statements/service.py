"""Issuing statements, and taking them back: a statement is voided, never edited."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_conflict
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.links import retire_links
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.explanation import DoesNotAddUpError
from portal.domain.statement import (
    DEFAULT_POLICY,
    IssueFacts,
    IssuePolicy,
    SkipReason,
    StatementDocument,
    Visit,
    may_issue,
)
from portal.domain.statement_document import DOCUMENT_VERSION, to_json
from portal.ledger.as_of import guarantors_who_owe, unapplied_credit_on
from portal.ledger.visit_deposits import meet_deposits
from portal.practice.contact import PracticeContact, practice_contact, practice_day
from portal.practice.counters import next_number
from portal.practice.tasks import open_task
from portal.statements.codes import give_code
from portal.statements.coming import ScheduledOfStatement
from portal.statements.draft import (
    Account,
    compare_with_ledger,
    explain_visits,
    last_statement,
    pending_visits,
    read_account,
    read_facts,
    unknown_reasons,
)
from portal.statements.models import Statement, StatementShare, StatementVoid
from portal.statements.page import StatementPage, read_page
from portal.statements.payment_plans import payment_plans
from portal.statements.queries import visits_on_statement
from portal.statements.since import read_since

FIRST_NUMBER = 10_001
"""What people read to us on the phone: five digits from the start."""

_COUNTER = "statement"


class StatementNotFoundError(LookupError):
    """No such statement in the practice, or not this person's."""


class FutureDayError(ValueError):
    """Statements are issued as of a day that has begun."""


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What a run did, or with ``is_dry_run`` would have done; a dry run has no ids."""

    as_of: date
    is_dry_run: bool
    issued: int
    amount_due_cents: int
    skipped: Mapping[SkipReason, int]
    statement_ids: tuple[UUID, ...]

    def as_json(self) -> dict[str, object]:
        """As `portal statements issue --json` prints it."""
        return {
            "as_of": self.as_of.isoformat(),
            "dry_run": self.is_dry_run,
            "issued": self.issued,
            "amount_due_cents": self.amount_due_cents,
            "skipped": {reason.value: count for reason, count in self.skipped.items()},
        }


@dataclass(frozen=True, slots=True)
class _Run:
    """What is the same for every guarantor of a run."""

    principal: Principal
    practice: PracticeContact
    as_of: date
    now: datetime
    is_dry_run: bool
    policy: IssuePolicy

    @property
    def today(self) -> date:
        """The practice's day."""
        return self.now.astimezone(ZoneInfo(self.practice.time_zone)).date()


@dataclass(frozen=True, slots=True)
class _Issued:
    statement_id: UUID | None
    amount_due_cents: int


def issue_statements(
    database: Database,
    practice_id: UUID,
    *,
    as_of: date,
    now: datetime,
    dry_run: bool,
    policy: IssuePolicy = DEFAULT_POLICY,
) -> IssueReport:
    """One statement for everybody who owes and may be asked, each in a transaction of its own.

    Run again for the same day, or after a crash, it issues only what is missing. Raises
    FutureDayError.
    """
    principal = Principal.job(practice_id, role="statements issue")
    with database.transaction(principal) as session:
        practice = practice_contact(session)
        guarantor_ids = guarantors_who_owe(session)
    if as_of > now.astimezone(ZoneInfo(practice.time_zone)).date():
        raise FutureDayError(f"{as_of} has not begun yet: statements are issued as of a past day.")
    run = _Run(principal, practice, as_of, now, dry_run, policy)
    outcomes = [_issue_one(database, run, guarantor_id) for guarantor_id in guarantor_ids]
    issued = [outcome for outcome in outcomes if isinstance(outcome, _Issued)]
    return IssueReport(
        as_of=as_of,
        is_dry_run=dry_run,
        issued=len(issued),
        amount_due_cents=sum(one.amount_due_cents for one in issued),
        skipped=Counter(outcome for outcome in outcomes if isinstance(outcome, SkipReason)),
        statement_ids=tuple(one.statement_id for one in issued if one.statement_id),
    )


def view_statement(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    scheduled_of_statement: ScheduledOfStatement,
    now: datetime,
    request_id: str,
) -> StatementPage:
    """The page as it is now, with a row in the audit log. Raises StatementNotFoundError."""
    with database.transaction(principal) as session:
        page = read_page(
            session,
            statement_id,
            today=partial(practice_day, now=now),
            scheduled_of_statement=scheduled_of_statement,
        )
        if page is None:
            raise StatementNotFoundError(statement_id)
        record(
            session,
            action="view",
            object_kind="statement",
            object_id=statement_id,
            guarantor_id=page.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return page


def find_statement(database: Database, principal: Principal, statement_id: UUID) -> None:
    """Raises StatementNotFoundError."""
    with database.transaction(principal) as session:
        if visits_on_statement(session, statement_id) is None:
            raise StatementNotFoundError(statement_id)


def void_statement(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """Take a statement back and end its links; what was owed stays owed. Once is enough.

    Raises StatementNotFoundError.
    """
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        guarantor_id = session.scalar(
            select(Statement.guarantor_id).where(
                Statement.practice_id == practice_id, Statement.statement_id == statement_id
            )
        )
        if guarantor_id is None:
            raise StatementNotFoundError(statement_id)
        session.execute(
            insert_or_conflict(StatementVoid)
            .values(
                practice_id=practice_id,
                statement_id=statement_id,
                guarantor_id=guarantor_id,
                voided_at=now,
                voided_by=str(principal.actor_id or principal.role),
                reason=reason,
            )
            .on_conflict_do_nothing(index_elements=["practice_id", "statement_id"])
        )
        retire_links(session, statement_id, now=now)
        record(
            session,
            action="void",
            object_kind="statement",
            object_id=statement_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )


def _issue_one(database: Database, run: _Run, guarantor_id: UUID) -> _Issued | SkipReason:
    with database.transaction(run.principal) as session:
        account = read_account(session, guarantor_id, as_of=run.as_of)
        if _deposits_met(session, account, run=run):
            if run.as_of < run.today:
                return SkipReason.PAID_TODAY
            account = read_account(session, guarantor_id, as_of=run.as_of)
        previous = last_statement(session, guarantor_id)
        facts = read_facts(session, account, previous, practice=run.practice, now=run.now)
        skip = may_issue(facts, run.policy)
        if skip not in (None, SkipReason.NOTHING_DUE, SkipReason.ON_PLAN):
            return skip
        try:
            compare_with_ledger(session, account)
            if skip is not None:
                return skip
            visits = explain_visits(session, account)
        except DoesNotAddUpError as error:
            if not run.is_dry_run:
                _ask_staff(session, guarantor_id, error, now=run.now)
            return SkipReason.DOES_NOT_ADD_UP
        if run.is_dry_run:
            return _Issued(None, account.amount_due_cents)
        document = _document(session, account, previous, visits, facts, run=run)
        _ask_for_words(session, visits, now=run.now)
        issued = _write(session, account, previous, document, now=run.now)
        record(
            session,
            action="issue",
            object_kind="statement",
            object_id=issued.statement_id,
            guarantor_id=guarantor_id,
            now=run.now,
            request_id=run.principal.role,
        )
        return issued


def _deposits_met(session: Session, account: Account, *, run: _Run) -> bool:
    """Money that waits for a share we would ask for is put to it first; a dry run leaves it."""
    if run.is_dry_run or account.is_import_running:
        return False
    met_cents = meet_deposits(
        session.connection(),
        practice_of(session),
        today=run.today,
        now=run.now,
        guarantor_ids=[account.guarantor.guarantor_id],
    )
    return met_cents > 0


def _document(
    session: Session,
    account: Account,
    previous: Statement | None,
    visits: tuple[Visit, ...],
    facts: IssueFacts,
    *,
    run: _Run,
) -> StatementDocument:
    guarantor = account.guarantor
    since = read_since(session, account, previous)
    pending = pending_visits(session, account)
    credit = unapplied_credit_on(session, guarantor.guarantor_id, as_of=run.as_of)
    return StatementDocument(
        number=str(FIRST_NUMBER - 1 + next_number(session, _COUNTER)),
        issued_on=facts.issued_on,
        due_on=run.policy.due_on(facts.issued_on),
        as_of=run.as_of,
        guarantor_name=f"{guarantor.first_name} {guarantor.last_name}".strip(),
        account_number=guarantor.account_number,
        visits=visits,
        pending=pending,
        previous_amount_due_cents=previous.amount_due_cents if previous else 0,
        payments_since_cents=since.paid_cents,
        unapplied_credit_cents=credit,
        moved_to_plans_cents=since.moved_to_plans_cents,
        payment_plans=payment_plans(
            session,
            guarantor.guarantor_id,
            [head for head, _ in account.claims],
            today=facts.issued_on,
        ),
        since_last=since.changes,
    )


def _write(
    session: Session,
    account: Account,
    previous: Statement | None,
    document: StatementDocument,
    *,
    now: datetime,
) -> _Issued:
    practice_id = practice_of(session)
    guarantor_id = account.guarantor.guarantor_id
    statement_id = new_id()
    session.execute(
        insert(Statement).values(
            practice_id=practice_id,
            statement_id=statement_id,
            guarantor_id=guarantor_id,
            number=document.number,
            as_of=document.as_of,
            issued_at=now,
            due_on=document.due_on,
            amount_due_cents=document.amount_due_cents,
            previous_statement_id=previous.statement_id if previous else None,
            document_version=DOCUMENT_VERSION,
            document=to_json(document),
        )
    )
    rows = [
        {
            "practice_id": practice_id,
            "statement_id": statement_id,
            "share_number": number,
            "guarantor_id": guarantor_id,
            "claim_id": target.claim_id,
            "charge_id": target.charge_id,
            "owed_cents": cents,
        }
        for number, (target, cents) in enumerate(account.shares, start=1)
    ]
    session.execute(insert(StatementShare).values(rows))
    give_code(session, statement_id, guarantor_id=guarantor_id)
    return _Issued(statement_id, document.amount_due_cents)


def _ask_staff(
    session: Session, guarantor_id: UUID, error: DoesNotAddUpError, *, now: datetime
) -> None:
    open_task(
        session,
        kind="statement_does_not_add_up",
        subject_id=guarantor_id,
        message=f"No statement was issued: {error}.",
        now=now,
    )


def _ask_for_words(session: Session, visits: tuple[Visit, ...], *, now: datetime) -> None:
    """The statement says "ask us": so somebody must know what to answer."""
    codes: defaultdict[UUID, list[str]] = defaultdict(list)
    for code, claim_id in sorted(unknown_reasons(visits).items()):
        codes[claim_id].append(code)
    for claim_id, unknown in codes.items():
        words = " and ".join(unknown)
        open_task(
            session,
            kind="reason_unknown",
            subject_id=claim_id,
            message=f"There are no plain words yet for {words}, and a patient was billed.",
            now=now,
        )
