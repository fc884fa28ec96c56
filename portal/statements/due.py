"""What a statement asks for now, from one reading of its guarantor's account.

Every page that names an amount to pay asks here, so that no two can say different ones.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount, Target
from portal.domain.statement import StatementState
from portal.ledger.agency import HeldByAgency, held_by_agencies
from portal.ledger.models import PlacedLine
from portal.ledger.plan_standing import PlanStanding, standing_plans
from portal.ledger.queries import OpenShare
from portal.statements.due_rows import account_sums, asked_lines

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
    """What a visit may be asked for on the word of a statement.

    ``left_cents``: of the share it told, what nobody paid and no agency has; what a payment plan
    has of it included. Below zero: more is settled than it told. ``beyond_cents``: what was paid
    since beyond what it told. ``on_plan_then_cents``: what plans asked for instead that day.
    """

    left_cents: int
    on_plan_then_cents: int = 0
    beyond_cents: int = 0


@dataclass(frozen=True, slots=True)
class VisitTold:
    """A visit's share on the day of a statement, and what was paid or placed of it by then.

    ``came_cents`` was paid of it since, and not to a payment plan.
    """

    share_cents: int
    settled_cents: int = 0
    came_cents: int = 0


@dataclass(frozen=True, slots=True)
class AskedFor:
    """The statements of a guarantor that stand, oldest first, with the lines each asked for.

    ``told``: how large the share of each visit was when it was issued; ``settled``: what is paid
    or with an agency of each visit now. By these a share that grew since is not asked for on the
    word of a statement that did not tell it, and what was told is, whatever was paid, returned,
    planned or placed before and since and in whatever order. ``due_days``: by when each asks.
    """

    lines: Mapping[UUID, Mapping[Target, int]]
    due_days: Mapping[UUID, date] = field(default_factory=dict)
    told: Mapping[UUID, Mapping[UUID, VisitTold]] = field(default_factory=dict)
    settled: Mapping[UUID, int] = field(default_factory=dict)

    @property
    def newest_id(self) -> UUID | None:
        return next(reversed(tuple(self.lines)), None)

    @property
    def due_on(self) -> date:
        """By when the newest asks, and so for all there is."""
        return self.due_days.get(self.newest_id, date.max) if self.newest_id else date.max

    @property
    def together(self) -> Mapping[UUID, VisitAsked]:
        """What they ask for as one: of each visit what the newest says that asked for it.

        In the order of those statements. Money beyond what an older one told was there when the
        newest was issued: that asked for what was left.
        """
        found: dict[UUID, VisitAsked] = {}
        for statement_id in self.lines:
            for claim_id, one in self.alone(statement_id).items():
                found.pop(claim_id, None)
                is_newest = statement_id == self.newest_id
                found[claim_id] = one if is_newest else replace(one, beyond_cents=0)
        return found

    def of(self, statement_id: UUID) -> Mapping[UUID, VisitAsked]:
        """What whoever reaches the account is asked for on a statement: one sum on every one."""
        return self.together if statement_id in self.lines else {}

    def alone(self, statement_id: UUID) -> Mapping[UUID, VisitAsked]:
        """What a statement still asks for by itself, by visit, in its own order."""
        told = self.told.get(statement_id, {})
        asked = by_visit(self.lines.get(statement_id, {}))
        return {
            claim_id: self._visit(claim_id, cents, told.get(claim_id, VisitTold(cents)))
            for claim_id, cents in asked.items()
        }

    def _visit(self, claim_id: UUID, asked_cents: int, told: VisitTold) -> VisitAsked:
        share_cents = max(told.share_cents, asked_cents + told.settled_cents)
        left_cents = share_cents - self.settled.get(claim_id, 0)
        return VisitAsked(
            left_cents=left_cents,
            on_plan_then_cents=share_cents - told.settled_cents - asked_cents,
            beyond_cents=max(0, min(-left_cents, told.came_cents)),
        )

    def only(self, statement_id: UUID) -> "AskedFor":
        """As if there were no other statement."""
        lines = {statement_id: self.lines.get(statement_id, {})}
        return replace(self, lines=lines)

    def but_for(self, statement_ids: Collection[UUID]) -> "AskedFor":
        """As if these had never been issued."""
        lines = {one: lines for one, lines in self.lines.items() if one not in statement_ids}
        return replace(self, lines=lines)

    def last_for(self, claim_id: UUID) -> UUID:
        """The newest that asked for a visit, and so says what is asked for it now."""
        asking = (
            statement_id
            for statement_id, lines in self.lines.items()
            if any(target.claim_id == claim_id for target in lines)
        )
        return tuple(asking)[-1]


def account_now(session: Session, guarantor_id: UUID) -> AccountNow:
    """One statement of SQL, and those about payment plans for who has any."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    rows = session.execute(account_sums(), whose).all()
    plans = standing_plans(session, guarantor_id) if rows[0].has_plans else ()
    return account_of(guarantor_id, rows, plans)


def account_of(
    guarantor_id: UUID, rows: Sequence[Row[Any]], plans: tuple[PlanStanding, ...]
) -> AccountNow:
    """From what ``account_sums`` found of one guarantor: at least one row."""
    about, shares, credit_cents = rows[0], [], 0
    for row in rows:
        if row.account == LedgerAccount.UNAPPLIED_CREDIT.value:
            credit_cents -= int(row.open_cents)
        elif row.account is not None:
            shares.append(OpenShare(row.claim_id, row.charge_id, int(row.open_cents)))
    return AccountNow(
        guarantor_id=guarantor_id,
        shares=tuple(shares),
        plans=plans,
        credit_cents=credit_cents,
        coming_cents=int(about.coming_cents or 0),
        coming_since=about.coming_since,
        is_on_hold=about.is_on_hold,
        has_placed=about.has_placed,
    )


def asked_for(session: Session, guarantor_id: UUID) -> AskedFor:
    """What every statement that stands asked for, and told of each share, in one SQL."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    return asked_of(session.execute(asked_lines(), whose))


def asked_of(rows: Iterable[Row[Any]]) -> AskedFor:
    """From what ``asked_lines`` found of one guarantor, in its order."""
    lines: dict[UUID, dict[Target, int]] = {}
    told: dict[UUID, dict[UUID, VisitTold]] = {}
    settled: dict[UUID, int] = {}
    due_days: dict[UUID, date] = {}
    for row in rows:
        lines.setdefault(row.statement_id, {})[Target(row.claim_id, row.charge_id)] = row.owed_cents
        told.setdefault(row.statement_id, {})[row.claim_id] = VisitTold(
            share_cents=int(row.told_cents),
            settled_cents=int(row.settled_then_cents),
            came_cents=int(row.came_cents),
        )
        settled[row.claim_id] = int(row.settled_cents)
        due_days[row.statement_id] = row.due_on
    return AskedFor(lines, due_days, told, settled)


def due_of(account: AccountNow, asked: Mapping[UUID, VisitAsked], *, due_on: date) -> StatementDue:
    """What is asked for now: of what was told and nobody paid, what is open and not on a plan.

    A share that grew stays at what was told; one that shrank counts as it is now. What was paid of
    a visit beyond what was told of it counts for the others, the last first: who paid all is asked
    for nothing.
    """
    open_now = by_visit({_target_of(share): share.open_cents for share in account.shares})
    on_plans = by_visit(account.on_plans)
    told_left = {
        claim: max(0, min(open_now.get(claim, 0), one.left_cents)) for claim, one in asked.items()
    }
    visit_cents = {
        claim: max(0, cents - on_plans.get(claim, 0)) for claim, cents in told_left.items()
    }
    beyond_cents = sum(one.beyond_cents for one in asked.values())
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
            max(0, min(told_left[claim], on_plans.get(claim, 0)) - one.on_plan_then_cents)
            for claim, one in asked.items()
        ),
    )


def left_of(account: AccountNow, asked: AskedFor, statement_id: UUID) -> StatementDue:
    """What is left to pay of a statement's own visits: never more of one than is owed of it now.

    Of the newest it is what is owed of them.
    """
    own = due_of(account, asked.alone(statement_id), due_on=asked.due_on)
    owed = owed_now(account, asked).visit_cents
    is_newest = statement_id == asked.newest_id
    visit_cents = {
        claim: owed[claim] if is_newest else min(cents, owed.get(claim, cents))
        for claim, cents in own.visit_cents.items()
    }
    on_the_way_cents = min(account.coming_cents, sum(visit_cents.values()))
    return replace(own, visit_cents=visit_cents, on_the_way_cents=on_the_way_cents)


def owed_now(account: AccountNow, asked: AskedFor) -> StatementDue:
    """What is owed now on all statements that stand as one: what every page and desk names."""
    return due_of(account, asked.together, due_on=asked.due_on)


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


def _target_of(share: OpenShare) -> Target:
    return Target(share.claim_id, share.charge_id)


def by_visit(cents: Mapping[Target, int]) -> dict[UUID, int]:
    """Added up; what is of no visit is left out."""
    visits: dict[UUID, int] = {}
    for target, part in cents.items():
        if target.claim_id is not None:
            visits[target.claim_id] = visits.get(target.claim_id, 0) + part
    return visits
