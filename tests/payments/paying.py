"""Somebody paying, use case by use case, with a hosted page and a card between them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, practice_of
from portal.domain.journal import Target
from portal.domain.payment_status import PaymentState
from portal.ledger import models as ledger
from portal.payments.access import StatementDue
from portal.payments.apply import apply_payment
from portal.payments.models import Payment, PaymentEvent
from portal.payments.service import confirm_payment, start_payment
from portal.payments.sweep import SweepCounts, sweep
from portal.practice.models import Task
from portal.statements.queries import statement_due
from tests.contracts.hosted_page import Cardholder
from tests.payments.owing import Owing

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
DUE: StatementDue = statement_due

T = TypeVar("T")


@dataclass(slots=True)
class Payer:
    """Acts as the person who opened the link; ``now`` is moved by the test."""

    database: Database
    gateway: PaymentGateway
    owing: Owing
    now: datetime

    def prepare(self, cents: int = 10_000) -> UUID:
        return start_payment(
            self.database,
            self.owing.principal,
            statement_id=self.owing.statement_id,
            amount_cents=cents,
            statement_due=DUE,
            now=self.now,
        )

    def confirm(self, payment_id: UUID, *, due_seen_cents: int = 10_000) -> str | None:
        return confirm_payment(
            self.database,
            self.gateway,
            self.owing.principal,
            payment_id=payment_id,
            due_seen_cents=due_seen_cents,
            return_url=f"http://localhost/payments/{payment_id}/return",
            language="en",
            statement_due=DUE,
            now=self.now,
            request_id="test",
        )

    def open_page(self, cents: int = 10_000) -> tuple[UUID, Cardholder]:
        """As far as Stripe's page."""
        payment_id = self.prepare(cents)
        address = self.confirm(payment_id)
        assert address is not None
        return payment_id, Cardholder(address)

    def pay_at_stripe(self, cents: int = 10_000) -> UUID:
        """Paid there, not known here."""
        payment_id, cardholder = self.open_page(cents)
        cardholder.pay(GOOD_CARD)
        return payment_id

    def pay(self, cents: int = 10_000) -> UUID:
        """All the way."""
        payment_id = self.pay_at_stripe(cents)
        assert self.apply(payment_id) is PaymentState.SUCCEEDED
        return payment_id

    def apply(self, payment_id: UUID) -> PaymentState:
        return apply_payment(
            self.database, self.gateway, self.owing.practice_id, payment_id, now=self.now
        )

    def sweep(self, *, everything: bool = False) -> SweepCounts:
        return sweep(
            self.database,
            self.gateway,
            self.owing.practice_id,
            now=self.now,
            everything=everything,
        )

    def wait(self, **by: int) -> None:
        self.now += timedelta(**by)

    @property
    def job(self) -> Principal:
        return Principal.job(self.owing.practice_id, role="test")

    def row(self, payment_id: UUID) -> Payment:
        with self.database.transaction(self.job) as session:
            return session.scalars(
                select(Payment).where(
                    Payment.practice_id == practice_of(session), Payment.payment_id == payment_id
                )
            ).one()

    def state(self, payment_id: UUID) -> PaymentState:
        return PaymentState(self.row(payment_id).state)

    def history(self, payment_id: UUID) -> list[str]:
        """The states it went through."""
        with self.database.transaction(self.job) as session:
            return list(
                session.scalars(
                    select(PaymentEvent.state)
                    .where(
                        PaymentEvent.practice_id == practice_of(session),
                        PaymentEvent.payment_id == payment_id,
                    )
                    .order_by(PaymentEvent.event_id)
                )
            )

    def allocations(self, payment_id: UUID) -> list[tuple[Target, int]]:
        """What it was put to, in order."""
        with self.database.transaction(self.job) as session:
            rows = session.scalars(
                select(ledger.Allocation)
                .where(
                    ledger.Allocation.practice_id == practice_of(session),
                    ledger.Allocation.payment_id == payment_id,
                )
                .order_by(ledger.Allocation.allocation_id)
            )
            return [(Target(row.claim_id, row.charge_id), row.amount_cents) for row in rows]

    def posts(self) -> list[ledger.LedgerPost]:
        """What the practice's system will be told."""
        with self.database.transaction(self.job) as session:
            return list(
                session.scalars(
                    select(ledger.LedgerPost)
                    .where(ledger.LedgerPost.practice_id == practice_of(session))
                    .order_by(ledger.LedgerPost.post_id)
                )
            )

    def task_kinds(self) -> list[str]:
        """What staff are asked to look at."""
        return self.read(
            lambda session: list(
                session.scalars(select(Task.kind).where(Task.practice_id == practice_of(session)))
            )
        )

    def read(self, query: Callable[[Session], T]) -> T:
        """Any question to the database, as staff would see it."""
        with self.database.transaction(self.job) as session:
            return query(session)


def at_once(count: int, act: Callable[[], T]) -> Sequence[T]:
    """The same act in so many threads, all let go at the same moment."""
    barrier = Barrier(count)

    def wait_and_act() -> T:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(count) as threads:
        return [future.result() for future in [threads.submit(wait_and_act) for _ in range(count)]]
