"""The two statements of SQL behind what is due, of one ``practice`` and one ``guarantor``.

Each is put together once: that costs more than PostgreSQL needs for the answer. Of many people
``whose`` is the column with each of them (due_of_many.py).
"""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Uuid,
    bindparam,
    case,
    column,
    exists,
    func,
    select,
    table,
    true,
)

from portal.db import SCHEMA
from portal.domain.journal import LedgerAccount
from portal.ledger.as_of import BESIDE_THE_SHARE, PATIENTS_MONEY
from portal.ledger.models import (
    Allocation,
    Commitment,
    JournalEntryRow,
    PlacedLine,
    PlanLine,
    PostingRow,
)
from portal.practice.models import Hold
from portal.statements.models import Statement, StatementShare, StatementVoid

_PRACTICE = bindparam("practice", type_=Uuid)
_GUARANTOR = bindparam("guarantor", type_=Uuid)
_PAYMENTS = table(  # of a feature above: only whether each was made for a payment plan
    "payments",
    column("practice_id", Uuid),
    column("payment_id", Uuid),
    column("plan_id", Uuid),
    schema=SCHEMA,
)
_SUMMED = (LedgerAccount.PATIENT_RECEIVABLE.value, LedgerAccount.UNAPPLIED_CREDIT.value)


@cache
def account_sums(whose: ColumnElement[UUID] = _GUARANTOR) -> Select[Any]:
    """Put together once: that costs more than PostgreSQL needs for the answer."""
    facts, sums = _facts(whose), _sums(whose)
    return select(facts, sums).outerjoin_from(facts, sums, true())


def _sums(whose: ColumnElement[UUID]) -> Subquery:
    """What is open by line, and the credit by whatever it came of."""
    cents = func.sum(PostingRow.amount_cents)
    return (
        select(
            PostingRow.account, PostingRow.claim_id, PostingRow.charge_id, cents.label("open_cents")
        )
        .where(
            PostingRow.practice_id == _PRACTICE,
            PostingRow.guarantor_id == whose,
            PostingRow.account.in_(_SUMMED),
        )
        .group_by(PostingRow.account, PostingRow.claim_id, PostingRow.charge_id)
        .having(cents != 0)
        .subquery()
    )


def _facts(whose: ColumnElement[UUID]) -> Subquery:
    """One row: what is on its way from banks, and what stands beside what is open."""
    coming = (
        select(
            func.sum(Commitment.amount_cents).label("cents"),
            func.max(Commitment.made_at).label("since"),
        )
        .where(
            Commitment.practice_id == _PRACTICE,
            Commitment.guarantor_id == whose,
            Commitment.plan_id.is_(None),
            Commitment.ended_at.is_(None),
        )
        .subquery()
    )
    held = exists().where(
        Hold.practice_id == _PRACTICE,
        Hold.guarantor_id == whose,
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    covered = exists().where(
        PlanLine.practice_id == _PRACTICE,
        PlanLine.guarantor_id == whose,
        PlanLine.ended_at.is_(None),
    )
    placed = exists().where(
        PlacedLine.practice_id == _PRACTICE,
        PlacedLine.guarantor_id == whose,
        PlacedLine.recalled_at.is_(None),
    )
    return select(
        coming.c.cents.label("coming_cents"),
        coming.c.since.label("coming_since"),
        held.label("is_on_hold"),
        covered.label("has_plans"),
        placed.label("has_placed"),
    ).subquery()


@cache
def asked_lines(whose: ColumnElement[UUID] = _GUARANTOR) -> Select[Any]:
    """Each line of each statement that stands, oldest first, with the sums of its visit.

    ``told_cents``: the visit's share on the day of the statement; ``settled_then_cents`` and
    ``settled_cents``: what was paid or with an agency of it then and is now; ``came_cents``: what
    was paid of it since, and not to a payment plan.
    """
    moved = _moved(whose)
    was_so = (moved.c.effective_on <= Statement.as_of) & (
        moved.c.recorded_at <= Statement.issued_at
    )
    of_share = (
        StatementShare.statement_id,
        StatementShare.share_number,
        StatementShare.claim_id,
        StatementShare.charge_id,
        StatementShare.owed_cents,
        Statement.as_of,
        Statement.due_on,
    )
    return (
        select(*of_share)
        .add_columns(
            _sum(moved.c.share_cents, was_so).label("told_cents"),
            _sum(moved.c.settled_cents, was_so).label("settled_then_cents"),
            _sum(moved.c.settled_cents, true()).label("settled_cents"),
            _sum(moved.c.beside_plans_cents, ~was_so).label("came_cents"),
        )
        .join(
            Statement,
            (Statement.practice_id == _PRACTICE)
            & (Statement.statement_id == StatementShare.statement_id),
        )
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == _PRACTICE)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .outerjoin(moved, moved.c.claim_id == StatementShare.claim_id)
        .where(
            StatementShare.practice_id == _PRACTICE,
            Statement.guarantor_id == whose,
            StatementVoid.statement_id.is_(None),
        )
        .group_by(*of_share)
        .order_by(Statement.as_of, StatementShare.share_number)
    )


def _sum(cents: ColumnElement[int], of: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cents).filter(of), 0)


def _moved(whose: ColumnElement[UUID]) -> Subquery:
    """Each posting on a visit's share, and each by which patients or agencies settled some of it.

    What came back is below zero.
    """
    for_plans = _for_plans(whose)
    event = JournalEntryRow.business_event
    is_beside_plans = event.in_(PATIENTS_MONEY) & for_plans.c.entry_id.is_(None)
    return (
        select(
            PostingRow.claim_id,
            case((event.in_(BESIDE_THE_SHARE), 0), else_=PostingRow.amount_cents).label(
                "share_cents"
            ),
            case((event.in_(BESIDE_THE_SHARE), -PostingRow.amount_cents), else_=0).label(
                "settled_cents"
            ),
            case((is_beside_plans, -PostingRow.amount_cents), else_=0).label("beside_plans_cents"),
            JournalEntryRow.effective_on,
            JournalEntryRow.recorded_at,
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == _PRACTICE)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .outerjoin(for_plans, for_plans.c.entry_id == PostingRow.entry_id)
        .where(
            PostingRow.practice_id == _PRACTICE,
            PostingRow.guarantor_id == whose,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
        )
        .subquery()
    )


def _for_plans(whose: ColumnElement[UUID]) -> Subquery:
    """The entries of payments that were made for payment plans."""
    return (
        select(Allocation.entry_id)
        .join(
            _PAYMENTS,
            (_PAYMENTS.c.practice_id == _PRACTICE)
            & (_PAYMENTS.c.payment_id == Allocation.payment_id),
        )
        .where(
            Allocation.practice_id == _PRACTICE,
            Allocation.guarantor_id == whose,
            _PAYMENTS.c.plan_id.is_not(None),
        )
        .distinct()
        .subquery()
    )
