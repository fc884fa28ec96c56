"""Whose payment it is, and what its statement or plan asks for: the questions before any use case.

A link opens one statement, and its reader is shown payments of that statement. To the person who
pays it opens their account: every statement, every payment, those for payment plans as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.links import newest_statement
from portal.auth.models import StatementLink
from portal.db import Principal, PrincipalKind, practice_of, principal_of
from portal.domain.journal import Target
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.payments.lines import coming_to_visits
from portal.payments.models import Payment
from portal.payments.moves import PaymentNotFoundError, payment_of


class StatementNotFoundError(LookupError):
    """No such statement, or not this person's."""


class PlanNotFoundError(LookupError):
    """No such payment plan, or not this person's."""


class OpenLine(Protocol):
    """One line of what a statement asks for."""

    @property
    def claim_id(self) -> UUID: ...
    @property
    def charge_id(self) -> UUID | None: ...


class AmountDue(Protocol):
    """What a statement asks for now: its open lines, less what is on its way."""

    @property
    def guarantor_id(self) -> UUID: ...
    @property
    def due_now_cents(self) -> int: ...
    @property
    def due_on(self) -> date: ...
    @property
    def voided(self) -> bool: ...
    @property
    def visit_cents(self) -> Mapping[UUID, int]: ...
    @property
    def on_the_way_cents(self) -> int: ...
    @property
    def shares(self) -> Sequence[OpenLine]: ...


class StatementDue(Protocol):
    """Statements know what they ask for; whoever composes hands their answer to payments."""

    def __call__(
        self, session: Session, statement_id: UUID, /, *, by_itself: bool = False
    ) -> AmountDue | None: ...


@dataclass(frozen=True, slots=True)
class Payable:
    """What may be paid on a statement now; nothing on one that was taken back.

    ``visit_cents``: what each visit of it asks for, less what is on its way for that visit.
    ``plan``: it is this payment plan that asks, on any of its days, and no statement; then
    ``statement_id`` is the one its payer came in by.
    """

    statement_id: UUID
    guarantor_id: UUID
    due_on: date
    due_now_cents: int
    on_the_way_cents: int
    visit_cents: Mapping[UUID, int]
    lines: tuple[Target, ...]
    plan: PlanStanding | None = None


def payable(
    session: Session,
    statement_id: UUID | None,
    *,
    statement_due: StatementDue,
    by_itself: bool = False,
) -> Payable:
    """Raises StatementNotFoundError, also for what no statement asked for.

    ``by_itself``: without what only an older statement asked for.

    A link opens one statement to who does not hold the account, though row-level security would
    show them every row of the guarantor.
    """
    if statement_id is None:
        raise StatementNotFoundError(statement_id)
    due = statement_due(session, statement_id, by_itself=by_itself)
    if due is None or not _may_reach(session, statement_id):
        raise StatementNotFoundError(statement_id)
    coming = coming_to_visits(session, due.guarantor_id) if due.on_the_way_cents else {}
    return Payable(
        statement_id=statement_id,
        guarantor_id=due.guarantor_id,
        due_on=due.due_on,
        due_now_cents=0 if due.voided else max(0, due.due_now_cents),
        on_the_way_cents=due.on_the_way_cents,
        visit_cents={
            claim_id: max(0, cents - coming.get(claim_id, 0))
            for claim_id, cents in due.visit_cents.items()
        },
        lines=tuple(Target(share.claim_id, share.charge_id) for share in due.shares),
    )


def payable_on_plan(session: Session, plan_id: UUID) -> Payable:
    """The same of a payment plan; nothing of one that is over. Raises PlanNotFoundError."""
    plan = own_plan(session, plan_id)
    statement_id = _statement_of_link(session, principal_of(session))
    if statement_id is None:
        raise PlanNotFoundError(plan_id)
    lines = [line for line in plan.covered.lines if line.left_cents] if plan.is_standing else []
    visit_cents: dict[UUID, int] = {}
    for line in lines:
        if line.target.claim_id is not None:
            cents = visit_cents.get(line.target.claim_id, 0) + line.left_cents
            visit_cents[line.target.claim_id] = cents
    next_due = plan.next_due
    return Payable(
        statement_id=statement_id,
        guarantor_id=plan.guarantor_id,
        due_on=next_due.due_on if next_due else plan.schedule[-1].due_on,
        due_now_cents=plan.left_cents,
        on_the_way_cents=plan.coming_cents,
        visit_cents=visit_cents,
        lines=tuple(line.target for line in lines),
        plan=plan,
    )


def own_plan(session: Session, plan_id: UUID) -> PlanStanding:
    """A payment plan of the person who pays, over or not. Raises PlanNotFoundError."""
    plan = plan_standings(session, [plan_id]).get(plan_id)
    if plan is None or not plan.schedule or not principal_of(session).holds_account:
        raise PlanNotFoundError(plan_id)
    return plan


def payable_for(session: Session, payment: Payment, *, statement_due: StatementDue) -> Payable:
    """What may be paid now on what a payment was made for.

    Raises StatementNotFoundError, PlanNotFoundError.
    """
    if payment.plan_id is not None:
        return payable_on_plan(session, payment.plan_id)
    return payable(session, payment.statement_id, statement_due=statement_due)


def own_payment(session: Session, payment_id: UUID) -> Payment:
    """A payment this principal may look at. Raises PaymentNotFoundError."""
    payment = payment_of(session, payment_id)
    if not _may_reach(session, payment.statement_id):
        raise PaymentNotFoundError(payment_id)
    return payment


def _may_reach(session: Session, statement_id: UUID | None) -> bool:
    """Whoever pays reaches every statement of theirs; another reader of a link, the link's own."""
    principal = principal_of(session)
    if principal.kind is not PrincipalKind.LINK or principal.holds_account:
        return True
    return statement_id is not None and _statement_of_link(session, principal) == statement_id


def _statement_of_link(session: Session, principal: Principal) -> UUID | None:
    """The statement somebody came in by; of an account the newest that a link was made for."""
    if principal.kind is PrincipalKind.PATIENT and principal.guarantor_id is not None:
        return newest_statement(session, principal.guarantor_id)
    return session.scalar(
        select(StatementLink.statement_id).where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.link_id == principal.actor_id,
        )
    )
