"""A desk with a clerk and a manager, use case by use case, and what the books say of it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

import portal.ledger.checks
import portal.ledger.visit_deposits
import portal.payments.checks
import portal.payments.counter.checks
import portal.sync.checks
from portal.auth.roles import Role
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.drawer import PIECES, DrawerState
from portal.domain.journal import LedgerAccount, Target
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.ledger import models as ledger
from portal.ledger.checks import CheckFinding
from portal.ledger.queries import account_sums
from portal.payments.counter import (
    banking,
    cash_voids,
    drawers,
    missing_checks,
    taking,
    taking_back,
    undoing,
)
from portal.payments.counter.access import drawer_of
from portal.payments.counter.models import Drawer
from portal.payments.models import Payment
from portal.practice.models import Task
from tests.payments.owing import Owing

T = TypeVar("T")
ALL_CHECKS = (
    portal.ledger.checks.checks,
    portal.ledger.visit_deposits.checks,
    portal.payments.checks.checks,
    portal.payments.counter.checks.checks,
    portal.sync.checks.checks,
)


def in_pieces(cents: int) -> dict[int, int]:
    """The fewest bills and coins."""
    pieces = {}
    for worth in PIECES:
        pieces[worth], cents = divmod(cents, worth)
    return pieces


@dataclass(slots=True)
class Till:
    """Acts as Jo of the front desk with Ana before her; ``now`` is moved by the test."""

    database: Database
    owing: Owing
    now: datetime
    clerk: Principal = field(init=False)
    manager: Principal = field(init=False)
    float_cents: int = 10_000

    def __post_init__(self) -> None:
        self.clerk, self.manager = self.staff(Role.FRONT_DESK), self.staff(Role.MANAGER)

    def staff(self, role: Role) -> Principal:
        return Principal.staff(self.owing.practice_id, staff_id=new_id(), role=role.value)

    def open(self, by: Principal | None = None) -> UUID:
        return drawers.open_drawer(
            self.database,
            by or self.clerk,
            name="Front 1",
            float_cents=self.float_cents,
            now=self.now,
            request_id="test",
        )

    def take(
        self,
        cents: int,
        method: MethodKind = MethodKind.CASH,
        *,
        by: Principal | None = None,
        payment_id: UUID | None = None,
        tendered: int | None = None,
        visits: tuple[UUID, ...] = (),
        visit_on: date | None = None,
        seen: int | None = None,
        may_exceed: bool = False,
        guarantor_id: UUID | None = None,
    ) -> UUID:
        """What is due is seen right, unless a test says otherwise."""
        guarantor_id = guarantor_id or self.owing.guarantor_id
        money = taking.HandedOver(
            guarantor_id=guarantor_id,
            method=method,
            amount_cents=cents,
            tendered_cents=tendered or cents,
            check_number="1042" if method is MethodKind.CHECK else "",
            approval_code="A77" if method is MethodKind.TERMINAL else "",
            claim_ids=visits,
            visit_on=visit_on,
        )
        payment_id = payment_id or new_id()
        due_cents = self.due(guarantor_id) if seen is None else seen
        agreed = taking.Agreed(payment_id, due_cents, may_exceed=may_exceed)
        taking.take_money(self.database, by or self.clerk, money, agreed, now=self.now)
        return payment_id

    def void(self, payment_id: UUID, *, by: Principal | None = None) -> None:
        """By the manager, who may void anything, unless a test says otherwise."""
        undoing.void_payment(
            self.database,
            by or self.manager,
            payment_id,
            reason=undoing.VoidReason.WRONG_AMOUNT,
            now=self.now,
            request_id="test",
        )

    def ask_for_void(self, payment_id: UUID, *, by: Principal | None = None) -> None:
        cash_voids.ask_for_void(
            self.database,
            by or self.clerk,
            payment_id,
            reason="wrong_amount",
            now=self.now,
            request_id="test",
        )

    def refuse_void(self, payment_id: UUID, *, by: Principal | None = None) -> None:
        cash_voids.refuse_void(
            self.database, by or self.manager, payment_id, now=self.now, request_id="test"
        )

    def find(self, payment_id: UUID, *, by: Principal | None = None) -> None:
        missing_checks.deposit_found_check(
            self.database,
            by or self.manager,
            payment_id,
            reason="It was under the drawer.",
            now=self.now,
            request_id="test",
        )

    def send_back(
        self,
        payment_id: UUID,
        *,
        by: Principal | None = None,
        reason: undoing.ReturnReason = undoing.ReturnReason.NO_FUNDS,
    ) -> None:
        undoing.return_check(
            self.database,
            by or self.manager,
            payment_id,
            reason=reason,
            now=self.now,
            request_id="test",
        )

    def count(
        self,
        drawer_id: UUID,
        cents: int,
        *,
        checks: Collection[UUID] | None = None,
        by: Principal | None = None,
    ) -> UUID:
        """So much cash is found, and all checks unless a test says which."""
        held = self.read(lambda session: drawers.held_checks(session, drawer_id))
        return drawers.count_drawer(
            self.database,
            by or self.clerk,
            drawer_id,
            pieces=in_pieces(cents),
            checks_there=[one.payment_id for one in held] if checks is None else checks,
            now=self.now,
            request_id="test",
        )

    def close(
        self, drawer_id: UUID, count_id: UUID, *, reason: str = "", by: Principal | None = None
    ) -> None:
        drawers.close_drawer(
            self.database,
            by or self.clerk,
            drawer_id,
            count_id=count_id,
            reason=reason,
            now=self.now,
            request_id="test",
        )

    def carry_on(self, drawer_id: UUID) -> None:
        drawers.carry_on(self.database, self.clerk, drawer_id, now=self.now, request_id="test")

    def reopen(
        self, drawer_id: UUID, *, by: Principal | None = None, reason: str = "miscounted"
    ) -> None:
        drawers.reopen_drawer(
            self.database,
            by or self.manager,
            drawer_id,
            reason=reason,
            now=self.now,
            request_id="test",
        )

    def count_and_close(self, drawer_id: UUID, cents: int, *, reason: str = "lost") -> None:
        self.close(drawer_id, self.count(drawer_id, cents), reason=reason)

    def deposit(self, *drawer_ids: UUID) -> UUID:
        return banking.make_deposit(
            self.database, self.clerk, drawer_ids, now=self.now, request_id="test"
        )

    def batch(
        self,
        arrived_cents: int,
        *payment_ids: UUID,
        less_refunds: bool = False,
        by: Principal | None = None,
        reason: str = "",
    ) -> UUID:
        arrived = banking.ArrivedBatch(
            self.now.date(),
            arrived_cents,
            "B-1",
            frozenset(payment_ids),
            less_refunds=less_refunds,
            reason=reason,
        )
        return banking.settle_batch(
            self.database, by or self.clerk, arrived, now=self.now, request_id="test"
        )

    def take_batch_back(self, batch_id: UUID, *, by: Principal | None = None) -> None:
        taking_back.take_batch_back(
            self.database,
            by or self.manager,
            batch_id,
            reason="It was another day's batch.",
            now=self.now,
            request_id="test",
        )

    def wait(self, **by: int) -> None:
        self.now += timedelta(**by)

    def due(self, guarantor_id: UUID | None = None) -> int:
        whose = guarantor_id or self.owing.guarantor_id
        return self.read(lambda session: taking.due_at_desk_cents(session, whose))

    def sums(self) -> Mapping[LedgerAccount, int]:
        return self.read(account_sums)

    def on(self, account: LedgerAccount) -> int:
        return self.sums().get(account, 0)

    def drawer(self, drawer_id: UUID) -> Drawer:
        return self.read(lambda session: drawer_of(session, drawer_id))

    def drawer_state(self, drawer_id: UUID) -> DrawerState:
        return DrawerState(self.drawer(drawer_id).state)

    def payment(self, payment_id: UUID) -> Payment:
        return self.read(
            lambda session: session.scalars(
                select(Payment).where(
                    Payment.practice_id == practice_of(session), Payment.payment_id == payment_id
                )
            ).one()
        )

    def state(self, payment_id: UUID) -> PaymentState:
        return PaymentState(self.payment(payment_id).state)

    def allocations(self, payment_id: UUID) -> dict[Target, int]:
        """What it is put to now."""
        rows = self.read(
            lambda session: session.execute(
                select(
                    ledger.Allocation.claim_id,
                    ledger.Allocation.charge_id,
                    ledger.Allocation.amount_cents,
                ).where(
                    ledger.Allocation.practice_id == practice_of(session),
                    ledger.Allocation.payment_id == payment_id,
                )
            ).all()
        )
        put: dict[Target, int] = {}
        for row in rows:
            target = Target(row.claim_id, row.charge_id)
            put[target] = put.get(target, 0) + row.amount_cents
        return {target: cents for target, cents in put.items() if cents}

    def posts(self) -> list[tuple[str, int]]:
        """What the practice's system will be told."""
        return self.read(
            lambda session: [
                (post.kind, post.amount_cents)
                for post in session.scalars(
                    select(ledger.LedgerPost)
                    .where(ledger.LedgerPost.practice_id == practice_of(session))
                    .order_by(ledger.LedgerPost.post_id)
                )
            ]
        )

    def task_kinds(self) -> list[str]:
        return self.read(
            lambda session: list(
                session.scalars(
                    select(Task.kind).where(
                        Task.practice_id == practice_of(session), Task.done_at.is_(None)
                    )
                )
            )
        )

    def findings(self) -> list[CheckFinding]:
        """What the nightly check would say."""
        return self.read(lambda session: [one for check in ALL_CHECKS for one in check(session)])

    def read(self, query: Callable[[Session], T]) -> T:
        with self.database.transaction(self.job) as session:
            return query(session)

    @property
    def job(self) -> Principal:
        return Principal.job(self.owing.practice_id, role="test")
