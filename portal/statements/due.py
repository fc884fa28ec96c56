"""What a statement asks for now, from one reading of its guarantor's account.

Every page that names an amount to pay asks here, so that no two can say different ones.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Subquery, Uuid, bindparam, exists, func, select, true
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import LedgerAccount, Target
from portal.domain.statement import StatementState
from portal.ledger.agency import HeldByAgency, held_by_agencies
from portal.ledger.models import Commitment, PlacedLine, PlanLine, PostingRow
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
class AskedFor:
    """The statements of a guarantor that stand, oldest first, with the lines each asked for."""

    lines: Mapping[UUID, Mapping[Target, int]]

    @property
    def newest_id(self) -> UUID | None:
        return next(reversed(tuple(self.lines)), None)

    def of(self, statement_id: UUID) -> Mapping[Target, int]:
        """What a statement asks for; the newest also for what only an older one asked for.

        A visit that was held when the newest was issued, and is not any more, is on an older one
        alone: who pays the newest pays all there is to pay.
        """
        own = self.lines.get(statement_id, {})
        if statement_id != self.newest_id:
            return own
        claims = {target.claim_id for target in own}
        older: dict[Target, int] = {}
        for lines in self.lines.values():
            older |= {one: cents for one, cents in lines.items() if one.claim_id not in claims}
        return {**older, **own}


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
    """What every statement that stands asked for when it was issued, in one statement of SQL."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            StatementShare.statement_id,
            StatementShare.claim_id,
            StatementShare.charge_id,
            StatementShare.owed_cents,
        )
        .join(
            Statement,
            (Statement.practice_id == practice_id)
            & (Statement.statement_id == StatementShare.statement_id),
        )
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(
            StatementShare.practice_id == practice_id,
            Statement.guarantor_id == guarantor_id,
            StatementVoid.statement_id.is_(None),
        )
        .order_by(Statement.as_of, StatementShare.share_number)
    )
    lines: dict[UUID, dict[Target, int]] = {}
    for row in rows:
        target = Target(row.claim_id, row.charge_id)
        lines.setdefault(row.statement_id, {})[target] = row.owed_cents
    return AskedFor(lines)


def due_of(account: AccountNow, asked: Mapping[Target, int], *, due_on: date) -> StatementDue:
    """What a statement asks for: of what it asked for, what is open now.

    A share that grew stays at what was asked; one that shrank, or was paid, counts as it is now.
    """
    visits: dict[UUID, int] = {}
    for target, cents in asked.items():
        if target.claim_id is not None:
            visits[target.claim_id] = visits.get(target.claim_id, 0) + cents
    shares = [share for share in account.beside_plans if share.claim_id in visits]
    open_now = dict.fromkeys(visits, 0)
    for share in shares:
        open_now[share.claim_id] += share.open_cents
    visit_cents = {claim: max(0, min(visits[claim], cents)) for claim, cents in open_now.items()}
    on_plans = dict.fromkeys(visits, 0)
    for target, cents in account.on_plans.items():
        if target.claim_id in on_plans:
            on_plans[target.claim_id] += cents
    return StatementDue(
        guarantor_id=account.guarantor_id,
        due_on=due_on,
        voided=False,
        visit_cents=visit_cents,
        on_the_way_cents=min(account.coming_cents, sum(visit_cents.values())),
        shares=tuple(share for share in shares if share.open_cents > 0),
        is_on_hold=account.is_on_hold,
        on_plans_cents=sum(
            min(visits[claim] - visit_cents[claim], cents) for claim, cents in on_plans.items()
        ),
    )


def agencies_of(
    session: Session, account: AccountNow, claim_ids: Collection[UUID]
) -> tuple[HeldByAgency, ...]:
    """Who asks for a part of these visits instead of us; asked only where there is anybody."""
    if not account.has_placed:
        return ()
    return held_by_agencies(session, account.guarantor_id, claim_ids)


def agencies_by_visit(session: Session, account: AccountNow) -> frozenset[UUID]:
    """The visits of which agencies ask for a part; asked only where there is anybody."""
    if not account.has_placed:
        return frozenset()
    found = session.scalars(
        select(PlacedLine.claim_id).where(
            PlacedLine.practice_id == practice_of(session),
            PlacedLine.guarantor_id == account.guarantor_id,
            PlacedLine.recalled_at.is_(None),
        )
    )
    return frozenset(found)


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
