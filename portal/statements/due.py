"""What a statement asks for now, from one reading of its guarantor's account.

Every page that names an amount to pay asks here, so that no two can say different ones.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
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
from portal.ledger.as_of import PATIENTS_MONEY
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
class AskedFor:
    """The statements of a guarantor that stand, oldest first, with the lines each asked for.

    ``paid``: what patients paid of them since each was issued; what came back is off again.
    ``due_on``: by when the newest asks for it, and so for all there is.
    """

    lines: Mapping[UUID, Mapping[Target, int]]
    due_on: date | None = None
    paid: Mapping[UUID, Mapping[Target, int]] = field(default_factory=dict)

    @property
    def newest_id(self) -> UUID | None:
        return next(reversed(tuple(self.lines)), None)

    @property
    def together(self) -> Mapping[Target, int]:
        """What they ask for as one: of each line the most that any of them still asks for it.

        A newer one may have asked for less of a line than an older one did: some of it was paid, on
        a payment plan, or held that day, and may be owed again by now. Who pays what any of them
        shows pays all there is to pay.
        """
        most: dict[Target, int] = {}
        for statement_id in self.lines:
            left = self.alone(statement_id)
            most |= {one: max(cents, most.get(one, 0)) for one, cents in left.items()}
        return most

    def of(self, statement_id: UUID) -> Mapping[Target, int]:
        """What whoever reaches the account is asked for on a statement: one sum on every one."""
        return self.together if statement_id in self.lines else {}

    def alone(self, statement_id: UUID) -> Mapping[Target, int]:
        """What a statement still asks for by its own lines: what was paid of it is off.

        Else a share that grew meanwhile would be asked for again by a statement paid in full.
        """
        paid = self.paid.get(statement_id, {})
        asked = self.lines.get(statement_id, {})
        return {one: max(0, cents - max(0, paid.get(one, 0))) for one, cents in asked.items()}

    def only(self, statement_id: UUID) -> "AskedFor":
        """As if there were no other statement."""
        return AskedFor({statement_id: self.alone(statement_id)})

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
    """What every statement that stands asked for, and what was paid of it since, in one SQL."""
    practice_id = practice_of(session)
    paid = _paid_by_patients(practice_id, guarantor_id)
    of_share = (
        StatementShare.statement_id,
        StatementShare.share_number,
        StatementShare.claim_id,
        StatementShare.charge_id,
        StatementShare.owed_cents,
        Statement.as_of,
        Statement.due_on,
    )
    rows = session.execute(
        select(*of_share, func.coalesce(func.sum(paid.c.cents), 0).label("paid_cents"))
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
        .outerjoin(
            paid,
            (paid.c.claim_id == StatementShare.claim_id)
            & paid.c.charge_id.is_not_distinct_from(StatementShare.charge_id)
            & (
                (paid.c.effective_on > Statement.as_of) | (paid.c.recorded_at > Statement.issued_at)
            ),
        )
        .where(
            StatementShare.practice_id == practice_id,
            Statement.guarantor_id == guarantor_id,
            StatementVoid.statement_id.is_(None),
        )
        .group_by(*of_share)
        .order_by(Statement.as_of, StatementShare.share_number)
    )
    lines: dict[UUID, dict[Target, int]] = {}
    paid_since: dict[UUID, dict[Target, int]] = {}
    due_on: date | None = None
    for row in rows:
        target = Target(row.claim_id, row.charge_id)
        lines.setdefault(row.statement_id, {})[target] = row.owed_cents
        paid_since.setdefault(row.statement_id, {})[target] = int(row.paid_cents)
        due_on = row.due_on
    return AskedFor(lines, due_on, paid_since)


def due_of(account: AccountNow, asked: Mapping[Target, int], *, due_on: date) -> StatementDue:
    """What a statement asks for: of what it asked for and nobody paid, what is open now.

    A share that grew stays at what was asked; one that shrank counts as it is now.
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


def _paid_by_patients(practice_id: UUID, guarantor_id: UUID) -> Subquery:
    """Each posting by which patients' money lowered a line; what came back is below zero."""
    return (
        select(
            PostingRow.claim_id,
            PostingRow.charge_id,
            (-PostingRow.amount_cents).label("cents"),
            JournalEntryRow.effective_on,
            JournalEntryRow.recorded_at,
        )
        .join(
            JournalEntryRow,
            (JournalEntryRow.practice_id == practice_id)
            & (JournalEntryRow.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
            JournalEntryRow.business_event.in_(PATIENTS_MONEY),
        )
        .subquery()
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
