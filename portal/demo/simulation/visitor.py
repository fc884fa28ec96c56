"""Somebody at the portal and at Stripe's page: every act is a use case of the product's own."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.auth.roles import Role
from portal.connectors.payment_gateway import GatewayError, PaymentGateway
from portal.connectors.saved_methods import SavedMethods
from portal.db import Database, Principal, new_id, practice_of
from portal.demo.simulation.people import Person
from portal.demo.simulation.stripe import SimulatedStripe
from portal.domain.payment_status import PaymentState, RefundState
from portal.payments.access import payable_on_plan
from portal.payments.apply import apply_payment
from portal.payments.models import Payment
from portal.payments.moves import BooksBusyError
from portal.payments.refunds.service import (
    RefundNotAllowedError,
    RefundTooLargeError,
    approve_refund,
)
from portal.payments.refunds.service import request_refund as refund
from portal.payments.service import (
    AmountRefusedError,
    BalanceChangedError,
    confirm_payment,
    start_payment,
)
from portal.statements.queries import statement_due

REQUEST: Final = "simulation"
_TYPED: Final = {"expiry": "12 / 34", "cvc": "123", "name": "Sim"}
_DEBITED: Final = {"method": "us_bank_account", "routing": "110000000", "holder": "Sim"}
RETURN_URL: Final = "https://portal.example/payments/return"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What everybody shares; `clock` is the made-up time."""

    database: Database
    gateway: PaymentGateway
    saved_methods: SavedMethods
    stripe: SimulatedStripe
    practice_id: UUID
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person, with chance of their own: what others do does not change what they want."""

    person: Person
    chance: random.Random
    around: Surroundings

    def due_cents(self) -> int:
        """What the statement's page shows."""
        with self.around.database.transaction(self.person.principal) as session:
            due = statement_due(session, self.person.statement_id)
            return 0 if due is None or due.voided else due.due_now_cents

    def starts(self, amount_cents: int) -> UUID | None:
        """Choose an amount; None when the page refuses it."""
        try:
            return start_payment(
                self.around.database,
                self.person.principal,
                statement_id=self.person.statement_id,
                amount_cents=amount_cents,
                statement_due=statement_due,
                now=self.around.clock(),
            )
        except AmountRefusedError:
            return None

    def plan_due_cents(self, plan_id: UUID) -> int:
        """What the page of their plan shows."""
        with self.around.database.transaction(self.person.principal) as session:
            return payable_on_plan(session, plan_id).due_now_cents

    def confirms(self, payment_id: UUID | None, *, plan_id: UUID | None = None) -> str | None:
        """Press "Pay", for a plan or else a statement: Stripe's page, if there is one now."""
        if payment_id is None:
            return None
        try:
            return confirm_payment(
                self.around.database,
                self.around.gateway,
                self.person.principal,
                payment_id=payment_id,
                due_seen_cents=self.plan_due_cents(plan_id) if plan_id else self.due_cents(),
                return_url=RETURN_URL,
                language="en",
                statement_due=statement_due,
                now=self.around.clock(),
                request_id=REQUEST,
            )
        except BalanceChangedError:
            return None

    def types_card(self, page_url: str, number: str) -> bool:
        """Pay on Stripe's page; whether it led on (to the bank's question, or back to us)."""
        return self._presses(page_url, {**_TYPED, "number": number})

    def gives_account(self, page_url: str, number: str) -> bool:
        """Have a bank account debited; false where the page does not offer it."""
        return self._presses(page_url, {**_DEBITED, "account": number})

    def answers_bank(self, page_url: str, *, confirmed: bool) -> bool:
        """The bank's question (3-D Secure)."""
        return self._presses(f"{page_url}/bank", {"answer": "yes" if confirmed else "no"})

    def comes_back(self, payment_id: UUID | None) -> PaymentState | None:
        """Open the return page; None when it says "we are checking"."""
        if payment_id is None:
            return None
        around = self.around
        try:
            return apply_payment(
                around.database,
                around.gateway,
                around.practice_id,
                payment_id,
                now=around.clock(),
            )
        except (GatewayError, BooksBusyError):
            return None

    def is_given_back(self, *, share: float) -> None:
        """Staff refund so much of the newest payment that came, and press the button twice.

        Above a limit a second person has to agree, and does.
        """
        around, payment = self.around, self._newest_that_came()
        if payment is None:
            return
        amount_cents = max(1, round(payment.amount_cents * share))
        refund_id, one, other = new_id(), self._member_of_staff(), self._member_of_staff()
        try:
            for _ in range(2):
                state = refund(
                    around.database,
                    around.gateway,
                    one,
                    refund_id=refund_id,
                    payment_id=payment.payment_id,
                    amount_cents=amount_cents,
                    reason="asked for",
                    now=around.clock(),
                    request_id=REQUEST,
                )
            if state is RefundState.WAITING:
                approve_refund(
                    around.database,
                    around.gateway,
                    other,
                    refund_id,
                    now=around.clock(),
                    request_id=REQUEST,
                )
        except (RefundNotAllowedError, RefundTooLargeError):
            return

    def tells_bank_it_was_not_me(self) -> str | None:
        """A dispute of the newest payment that came: Stripe's id of it, if there was one."""
        stripe, payment = self.around.stripe, self._newest_that_came()
        if payment is None:
            return None
        opened = stripe.control("disputes", {"payment_intent": payment.payment_intent_id})
        return str(opened["id"])

    def bank_decides(self, dispute_id: str, *, won: bool) -> None:
        """For the practice (won), or for the cardholder."""
        decided = {"dispute": dispute_id, "status": "won" if won else "lost"}
        self.around.stripe.control("disputes/decide", decided)

    def _member_of_staff(self) -> Principal:
        return Principal.staff(self.around.practice_id, staff_id=new_id(), role=Role.ADMIN.value)

    def _newest_that_came(self) -> Payment | None:
        around = self.around
        job = Principal.job(around.practice_id, role=REQUEST)
        with around.database.transaction(job) as session:
            return session.scalar(
                select(Payment)
                .where(
                    Payment.practice_id == practice_of(session),
                    Payment.guarantor_id == self.person.guarantor_id,
                    Payment.state == PaymentState.SUCCEEDED.value,
                )
                .order_by(Payment.settled_at.desc())
                .limit(1)
            )

    def _presses(self, page_url: str, form: Mapping[str, str]) -> bool:
        pressed = self.around.stripe.press(page_url, form)
        return pressed.status == HTTPStatus.SEE_OTHER
