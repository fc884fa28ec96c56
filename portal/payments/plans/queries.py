"""What may be paid towards a payment plan now: the next payment, what is past due, or more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.audit.record import record
from portal.db import Database, Principal
from portal.domain.payment_status import PaymentState
from portal.ledger.plan_standing import PlanDue, PlanStanding
from portal.payments.access import own_payment, own_plan
from portal.payments.service import LEAST_CENTS
from portal.practice.contact import PracticeContact, practice_contact


class PlanAmount(StrEnum):
    """How an amount towards a plan is chosen."""

    NEXT = "next"  # the oldest payment that is open
    PAST_DUE = "past_due"  # everything whose day has passed
    ALL = "all"  # all that is left of the plan
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """An amount that can be chosen. ``due_on``: of the oldest payment it pays."""

    how: PlanAmount
    cents: int
    due_on: date
    payment_count: int


@dataclass(frozen=True, slots=True)
class PayPlanPage:
    """A plan and what may be paid on it. ``before_cents``: what was chosen, to be changed.

    ``is_standing``: not over; nothing is asked on one that is.
    """

    practice: PracticeContact
    statement_id: UUID
    plan_id: UUID
    number: str
    is_standing: bool
    principal_cents: int
    paid_cents: int
    coming_cents: int
    left_cents: int
    past_due_cents: int
    dues: tuple[PlanDue, ...]
    choices: tuple[PlanChoice, ...]
    before_cents: int | None

    @property
    def can_pay(self) -> bool:
        return self.left_cents >= LEAST_CENTS


def pay_plan_page(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    statement_id: UUID,
    now: datetime,
    request_id: str,
    payment_id: UUID | None = None,
) -> PayPlanPage:
    """With a row in the audit log; ``statement_id`` is where its payer came in.

    ``payment_id`` is a payment that is not confirmed yet, whose amount is to be changed. Raises
    PlanNotFoundError and PaymentNotFoundError.
    """
    with database.transaction(principal) as session:
        plan = own_plan(session, plan_id)
        record(
            session,
            action="view_amount",
            object_kind="plan",
            object_id=plan_id,
            guarantor_id=plan.guarantor_id,
            now=now,
            request_id=request_id,
        )
        practice = practice_contact(session)
        today = now.astimezone(ZoneInfo(practice.time_zone)).date()
        before = own_payment(session, payment_id) if payment_id is not None else None
        is_prepared = before is not None and before.state == PaymentState.PREPARED.value
        return PayPlanPage(
            practice=practice,
            statement_id=statement_id,
            plan_id=plan_id,
            number=plan.number,
            is_standing=plan.is_standing,
            principal_cents=plan.principal_cents,
            paid_cents=plan.paid_cents,
            coming_cents=plan.coming_cents,
            left_cents=plan.left_cents,
            past_due_cents=plan.past_due_cents(today),
            dues=plan.dues,
            choices=tuple(_choices(plan, today)),
            before_cents=before.amount_cents if before and is_prepared else None,
        )


def _choices(plan: PlanStanding, today: date) -> Iterator[PlanChoice]:
    """Each amount once, the smallest first."""
    late = tuple(one for one in plan.dues if one.due_on < today)
    offered = set()
    for how, dues in (
        (PlanAmount.PAST_DUE if len(late) == 1 else PlanAmount.NEXT, plan.dues[:1]),
        (PlanAmount.PAST_DUE, late),
        (PlanAmount.ALL, plan.dues),
    ):
        cents = sum(one.cents for one in dues)
        if cents >= LEAST_CENTS and cents not in offered:
            offered.add(cents)
            yield PlanChoice(how, cents, dues[0].due_on, len(dues))
