"""Somebody with a payment plan, paying towards it."""

from dataclasses import dataclass, replace
from uuid import UUID

from portal.db import Principal
from portal.domain.payment_status import PaymentState
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.payments.service import start_plan_payment
from portal.statements.due import StatementDue
from portal.statements.queries import statement_due
from tests.contracts.account_holder import AccountHolder
from tests.contracts.hosted_page import Cardholder
from tests.payments.paying import GOOD_CARD, Payer


@dataclass(frozen=True, slots=True)
class Planner:
    """Ana, who opened her link with her own date of birth."""

    payer: Payer
    plan_id: UUID

    @property
    def principal(self) -> Principal:
        return replace(self.payer.owing.principal, role="account")

    @property
    def plan(self) -> PlanStanding:
        return self.payer.read(lambda session: plan_standings(session, [self.plan_id]))[
            self.plan_id
        ]

    @property
    def statement(self) -> StatementDue:
        """What the statement asks for now."""
        statement_id = self.payer.owing.statement_id
        due = self.payer.read(lambda session: statement_due(session, statement_id))
        assert due is not None
        return due

    def prepare(self, cents: int) -> UUID:
        return start_plan_payment(
            self.payer.database,
            self.principal,
            plan_id=self.plan_id,
            amount_cents=cents,
            now=self.payer.now,
        )

    def pay(self, cents: int) -> UUID:
        """By card, all the way."""
        payment_id = self.prepare(cents)
        Cardholder(self.confirm(payment_id)).pay(GOOD_CARD)
        assert self.payer.apply(payment_id) is PaymentState.SUCCEEDED
        return payment_id

    def debit(self, cents: int, *, account: str) -> UUID:
        """From a bank account: on its way, and known to be."""
        payment_id = self.prepare(cents)
        AccountHolder(self.confirm(payment_id)).debit(account)
        assert self.payer.apply(payment_id) is PaymentState.PROCESSING
        return payment_id

    def confirm(self, payment_id: UUID) -> str:
        payer = replace(self.payer, owing=replace(self.payer.owing, principal=self.principal))
        address = payer.confirm(payment_id, due_seen_cents=self.plan.left_cents)
        assert address is not None
        return address
