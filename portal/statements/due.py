"""What a statement asks for now, from one reading of its guarantor's account.

Every page that names an amount to pay asks here, so that no two can say different ones.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
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
    exists,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount, Target
from portal.domain.statement import StatementState
from portal.ledger.agency import HeldByAgency, held_by_agencies
from portal.ledger.as_of import BESIDE_THE_SHARE
from portal.ledger.models import Commitment, JournalEntryRow, PlacedLine, PlanLine, PostingRow
from portal.ledger.plan_standing import PlanStanding, standing_plans
from portal.ledger.queries import OpenShare
from portal.practice.models import Hold
from portal.statements.models import Statement, StatementShare, StatementVoid

LEAST_PAYABLE_CENTS = 50
"""Stripe takes no less."""

_PRACTICE = bindparam("practice", type_=Uuid)
_GUARANTOR = bindparam("guarantor", type_=Uuid)
_SUMMED = (LedgerAccount.PATIENT_RECEIVABLE.value, LedgerAccount.UNAPPLIED_CREDIT.value)


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
class AccountNow:
    """A guarantor's money at this moment. ``shares``: what is open by line, on plan or not.

    ``coming_cents`` is on its way from banks, and for no payment plan; since ``coming_since``.
    """

    guarantor_id: UUID
    shares: tuple[OpenShare, ...]
    plans: tuple[PlanStanding, ...]  # that cover something now
    credit_cents: int
    coming_cents: int
    coming_since: datetime | None
    is_on_hold: bool
    has_placed: bool  # something is with an agency

    @property
    def on_plans(self) -> Mapping[Target, int]:
        """What standing plans still ask for on each line: nothing else may ask for that."""
        lines = (line for plan in self.plans for line in plan.covered.lines if line.is_standing)
        return {line.target: line.left_cents for line in lines}

    @property
    def beside_plans(self) -> tuple[OpenShare, ...]:
        """What is open by line, less what plans ask for there."""
        on_plans = self.on_plans
        shares = (
            replace(one, open_cents=one.open_cents - on_plans.get(_target_of(one), 0))
            for one in self.shares
        )
        return tuple(one for one in shares if one.open_cents)


@dataclass(frozen=True, slots=True)
class VisitAsked:
    """What a visit may be asked for on the word of statements.

    ``left_cents``: of the share they told, what nobody paid and no agency has; what a payment plan
    has of it included. Below zero: more was paid than they told. ``most_cents``: what their lines
    asked for. ``on_plan_then_cents``: what a plan had when it was told, and so nobody asked for.
    """

    left_cents: int
    most_cents: int
    on_plan_then_cents: int = 0


@dataclass(frozen=True, slots=True)
class VisitTold:
    """A visit's share on the day of a statement, and what was paid or placed of it by then."""

    share_cents: int
    settled_cents: int = 0


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The statements of a guarantor that stand, oldest first, with the lines each asked for.

    ``told``: how large the share of each visit was when it was issued; ``settled``: what is paid
    or with an agency of each visit now. By these a share that grew since is not asked for on the
    word of a statement that did not tell it, whatever was paid, returned, planned or placed
    meanwhile and in whatever order. ``due_on``: by when the newest asks, and so for all there is.
    """

    lines: Mapping[UUID, Mapping[Target, int]]
    due_on: date | None = None
    told: Mapping[UUID, Mapping[UUID, VisitTold]] = field(default_factory=dict)
    settled: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def newest_id(self) -> UUID | None:
        return next(reversed(tuple(self.lines)), None)

    @property
    def together(self) -> Mapping[UUID, VisitAsked]:
        """What they ask for as one, by visit: the largest share that any of them told.

        One statement may have asked for a part of it and another for the rest, because some was
        paid, on a payment plan or held that day. Who pays what any of them shows pays all there is.
        """
        found: dict[UUID, VisitAsked] = {}
        for statement_id in self.lines:
            for claim_id, one in self.alone(statement_id).items():
                before = found.get(claim_id)
                found[claim_id] = one if before is None else _both(before, one)
        return found

    def of(self, statement_id: UUID) -> Mapping[UUID, VisitAsked]:
        """What whoever reaches the account is asked for on a statement: one sum on every one."""
        return self.together if statement_id in self.lines else {}

    def alone(self, statement_id: UUID) -> Mapping[UUID, VisitAsked]:
        """What a statement still asks for by its own lines, by visit."""
        told = self.told.get(statement_id, {})
        asked: dict[UUID, int] = {}
        for target, cents in self.lines.get(statement_id, {}).items():
            if target.claim_id is not None:
                asked[target.claim_id] = asked.get(target.claim_id, 0) + cents
        return {
            claim_id: self._visit(claim_id, cents, told.get(claim_id, VisitTold(cents)))
            for claim_id, cents in asked.items()
        }

    def _visit(self, claim_id: UUID, asked_cents: int, told: VisitTold) -> VisitAsked:
        share_cents = max(told.share_cents, asked_cents + told.settled_cents)
        return VisitAsked(
            left_cents=share_cents - self.settled.get(claim_id, 0),
            most_cents=asked_cents,
            on_plan_then_cents=share_cents - told.settled_cents - asked_cents,
        )

    def only(self, statement_id: UUID) -> "AskedFor":
        """As if there were no other statement."""
        lines = {statement_id: self.lines.get(statement_id, {})}
        return replace(self, lines=lines)

    def last_for(self, claim_id: UUID) -> UUID:
        """The newest of those beside the newest that asked for a visit, and asked most for it."""
        asking = [
            (sum(cents for one, cents in lines.items() if one.claim_id == claim_id), place, id_)
            for place, (id_, lines) in enumerate(self.lines.items())
            if id_ != self.newest_id
        ]
        return max(asking)[2]


def account_now(session: Session, guarantor_id: UUID) -> AccountNow:
    """One statement of SQL, and those about payment plans for who has any."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    rows = session.execute(_account(), whose).all()
    about, shares, credit_cents = rows[0], [], 0
    for row in rows:
        if row.account == LedgerAccount.UNAPPLIED_CREDIT.value:
            credit_cents -= int(row.open_cents)
        elif row.account is not None:
            shares.append(OpenShare(row.claim_id, row.charge_id, int(row.open_cents)))
    return AccountNow(
        guarantor_id=guarantor_id,
        shares=tuple(shares),
        plans=standing_plans(session, guarantor_id) if about.has_plans else (),
        credit_cents=credit_cents,
        coming_cents=int(about.coming_cents or 0),
        coming_since=about.coming_since,
        is_on_hold=about.is_on_hold,
        has_placed=about.has_placed,
    )


def asked_for(session: Session, guarantor_id: UUID) -> AskedFor:
    """What every statement that stands asked for, and told of each share, in one SQL."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    rows = session.execute(_asked(), whose)
    lines: dict[UUID, dict[Target, int]] = {}
    told: dict[UUID, dict[UUID, VisitTold]] = {}
    settled: dict[UUID, int] = {}
    due_on: date | None = None
    for row in rows:
        lines.setdefault(row.statement_id, {})[Target(row.claim_id, row.charge_id)] = row.owed_cents
        by_visit = told.setdefault(row.statement_id, {})
        by_visit[row.claim_id] = VisitTold(int(row.told_cents), int(row.settled_then_cents))
        settled[row.claim_id] = int(row.settled_cents)
        due_on = row.due_on
    return AskedFor(lines, due_on, told, settled)


def due_of(account: AccountNow, asked: Mapping[UUID, VisitAsked], *, due_on: date) -> StatementDue:
    """What a statement asks for: of what it asked for and nobody paid, what is open now.

    A share that grew stays at what was told; one that shrank counts as it is now. What was paid of
    a visit beyond what was told of it counts for the others: who paid all is asked for nothing.
    """
    open_now, on_plans = dict.fromkeys(asked, 0), dict.fromkeys(asked, 0)
    for share in account.shares:
        if share.claim_id in open_now:
            open_now[share.claim_id] += share.open_cents
    for target, cents in account.on_plans.items():
        if target.claim_id in on_plans:
            on_plans[target.claim_id] += cents
    told_left = {
        claim: max(0, min(open_now[claim], one.left_cents)) for claim, one in asked.items()
    }
    visit_cents = {
        claim: max(0, min(told_left[claim] - on_plans[claim], one.most_cents))
        for claim, one in asked.items()
    }
    beyond_cents = sum(max(0, -one.left_cents) for one in asked.values())
    for claim in reversed(visit_cents):
        part_cents = min(beyond_cents, visit_cents[claim])
        visit_cents[claim] -= part_cents
        beyond_cents -= part_cents
    return StatementDue(
        guarantor_id=account.guarantor_id,
        due_on=due_on,
        voided=False,
        visit_cents=visit_cents,
        on_the_way_cents=min(account.coming_cents, sum(visit_cents.values())),
        shares=tuple(
            share
            for share in account.beside_plans
            if share.claim_id in asked and share.open_cents > 0
        ),
        is_on_hold=account.is_on_hold,
        on_plans_cents=sum(
            max(0, min(told_left[claim], on_plans[claim]) - one.on_plan_then_cents)
            for claim, one in asked.items()
        ),
    )


def left_of(account: AccountNow, asked: AskedFor, statement_id: UUID) -> StatementDue:
    """What is left to pay of a statement's own visits: never more of one than is owed of it now."""
    own = due_of(account, asked.alone(statement_id), due_on=asked.due_on or date.max)
    owed = owed_now(account, asked).visit_cents
    visit_cents = {one: min(cents, owed.get(one, cents)) for one, cents in own.visit_cents.items()}
    on_the_way_cents = min(account.coming_cents, sum(visit_cents.values()))
    return replace(own, visit_cents=visit_cents, on_the_way_cents=on_the_way_cents)


def owed_now(account: AccountNow, asked: AskedFor) -> StatementDue:
    """What is owed now on all statements that stand as one: what every page and desk names."""
    return due_of(account, asked.together, due_on=asked.due_on or date.max)


def not_asked_for(account: AccountNow, owed: StatementDue) -> int:
    """Open beside plans, and more than any statement asked for; nothing of a held account.

    Held shares are not among it: nobody owes those yet.
    """
    open_cents = sum(share.open_cents for share in account.beside_plans)
    return 0 if account.is_on_hold else max(0, open_cents - owed.open_cents)


def agencies_of(
    session: Session, account: AccountNow, claim_ids: Collection[UUID]
) -> tuple[HeldByAgency, ...]:
    """Who asks for a part of these visits instead of us; asked only where there is anybody."""
    if not account.has_placed:
        return ()
    return held_by_agencies(session, account.guarantor_id, claim_ids)


def agencies_by_visit(session: Session, account: AccountNow) -> Mapping[UUID, int]:
    """What agencies ask for, by visit; asked only where there is anybody."""
    if not account.has_placed:
        return {}
    found = session.execute(
        select(PlacedLine.claim_id, func.sum(PlacedLine.amount_cents).label("cents"))
        .where(
            PlacedLine.practice_id == practice_of(session),
            PlacedLine.guarantor_id == account.guarantor_id,
            PlacedLine.recalled_at.is_(None),
        )
        .group_by(PlacedLine.claim_id)
    )
    return {row.claim_id: int(row.cents) for row in found}


def state_of(due: StatementDue, account: AccountNow, *, is_placed: bool) -> StatementState:
    """How a statement stands."""
    if due.voided:
        return StatementState.VOIDED
    if due.is_on_hold and (due.open_cents or due.on_plans_cents):
        return StatementState.ON_HOLD
    if due.open_cents > 0:
        return StatementState.DUE
    if due.on_plans_cents:
        return StatementState.ON_PLAN
    if is_placed:
        return StatementState.PLACED
    return StatementState.CREDIT if account.credit_cents > 0 else StatementState.PAID


@cache
def _asked() -> Select[Any]:
    """Each line of each statement that stands. Put together once, as `_account`."""
    moved = _moved()
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
            Statement.guarantor_id == _GUARANTOR,
            StatementVoid.statement_id.is_(None),
        )
        .group_by(*of_share)
        .order_by(Statement.as_of, StatementShare.share_number)
    )


def _sum(cents: ColumnElement[int], of: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cents).filter(of), 0)


def _moved() -> Subquery:
    """Each posting on a visit's share, and each by which patients or agencies settled some of it.

    What came back is below zero.
    """
    is_beside = JournalEntryRow.business_event.in_(BESIDE_THE_SHARE)
    return (
        select(
            PostingRow.claim_id,
            case((is_beside, 0), else_=PostingRow.amount_cents).label("share_cents"),
            case((is_beside, -PostingRow.amount_cents), else_=0).label("settled_cents"),
            JournalEntryRow.effective_on,
            JournalEntryRow.recorded_at,
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == _PRACTICE)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == _PRACTICE,
            PostingRow.guarantor_id == _GUARANTOR,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
        )
        .subquery()
    )


def _both(one: VisitAsked, other: VisitAsked) -> VisitAsked:
    return VisitAsked(
        left_cents=max(one.left_cents, other.left_cents),
        most_cents=one.most_cents + other.most_cents,
        on_plan_then_cents=min(one.on_plan_then_cents, other.on_plan_then_cents),
    )


def _target_of(share: OpenShare) -> Target:
    return Target(share.claim_id, share.charge_id)


@cache
def _account() -> Select[Any]:
    """Put together once: that costs more than PostgreSQL needs for the answer."""
    facts, sums = _facts(), _sums()
    return select(facts, sums).outerjoin_from(facts, sums, true())


def _sums() -> Subquery:
    """What is open by line, and the credit by whatever it came of."""
    cents = func.sum(PostingRow.amount_cents)
    return (
        select(
            PostingRow.account, PostingRow.claim_id, PostingRow.charge_id, cents.label("open_cents")
        )
        .where(
            PostingRow.practice_id == _PRACTICE,
            PostingRow.guarantor_id == _GUARANTOR,
            PostingRow.account.in_(_SUMMED),
        )
        .group_by(PostingRow.account, PostingRow.claim_id, PostingRow.charge_id)
        .having(cents != 0)
        .subquery()
    )


def _facts() -> Subquery:
    """One row: what is on its way from banks, and what stands beside what is open."""
    coming = (
        select(
            func.sum(Commitment.amount_cents).label("cents"),
            func.max(Commitment.made_at).label("since"),
        )
        .where(
            Commitment.practice_id == _PRACTICE,
            Commitment.guarantor_id == _GUARANTOR,
            Commitment.plan_id.is_(None),
            Commitment.ended_at.is_(None),
        )
        .subquery()
    )
    held = exists().where(
        Hold.practice_id == _PRACTICE,
        Hold.guarantor_id == _GUARANTOR,
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    covered = exists().where(
        PlanLine.practice_id == _PRACTICE,
        PlanLine.guarantor_id == _GUARANTOR,
        PlanLine.ended_at.is_(None),
    )
    placed = exists().where(
        PlacedLine.practice_id == _PRACTICE,
        PlacedLine.guarantor_id == _GUARANTOR,
        PlacedLine.recalled_at.is_(None),
    )
    return select(
        coming.c.cents.label("coming_cents"),
        coming.c.since.label("coming_since"),
        held.label("is_on_hold"),
        covered.label("has_plans"),
        placed.label("has_placed"),
    ).subquery()
