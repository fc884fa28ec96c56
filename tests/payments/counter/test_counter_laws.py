"""Whatever is done at a desk in whatever order, each cent is in a drawer, at the bank, or said."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.auth.roles import Role
from portal.domain.drawer import DrawerState, UnknownDrawerMoveError
from portal.domain.journal import LedgerAccount
from portal.domain.payment_channel import MethodKind
from portal.domain.payment_status import PaymentState
from portal.payments.counter.access import (
    CounterNotAllowedError,
    DrawerNotOpenError,
    NoDrawerError,
)
from portal.payments.counter.drawers import CountChangedError
from portal.payments.counter.undoing import NotUndoableError
from tests.payments.counter.till import Till

A = LedgerAccount

REFUSALS = (
    CountChangedError,
    CounterNotAllowedError,
    DrawerNotOpenError,
    NoDrawerError,
    NotUndoableError,
    UnknownDrawerMoveError,
)
ACTS = st.one_of(
    st.tuples(st.just("cash"), st.integers(1, 3_000)),
    st.tuples(st.just("check"), st.integers(1, 3_000)),
    st.tuples(st.just("machine"), st.integers(1, 3_000)),
    st.tuples(st.just("void"), st.integers(0, 9)),
    st.tuples(st.just("count"), st.integers(-500, 500)),
    st.tuples(st.just("carry_on"), st.just(0)),
    st.tuples(st.just("close"), st.just(0)),
    st.tuples(st.just("reopen"), st.just(0)),
)


@dataclass(slots=True)
class Day:
    """One clerk's drawer; what is not possible just now is refused and changes nothing."""

    till: Till
    drawer_id: UUID
    cash: dict[UUID, int] = field(default_factory=dict)  # what is in the drawer, by payment
    taken: list[UUID] = field(default_factory=list)
    count_id: UUID | None = None

    def do(self, act: str, number: int) -> None:
        till = self.till
        match act:
            case "cash" | "check" | "machine":
                self._take(act, number)
            case "void" if self.taken:
                payment_id = self.taken[number % len(self.taken)]
                till.void(payment_id)
                self.cash.pop(payment_id, None)
            case "count":
                found = till.float_cents + sum(self.cash.values()) + number
                self.count_id = till.count(self.drawer_id, max(0, found))
            case "carry_on":
                till.carry_on(self.drawer_id)
            case "close" if self.count_id:
                till.close(self.drawer_id, self.count_id, reason="as it is")
            case "reopen":
                till.reopen(self.drawer_id)
            case _:
                pass

    def _take(self, act: str, cents: int) -> None:
        method = {"cash": MethodKind.CASH, "check": MethodKind.CHECK}.get(act, MethodKind.TERMINAL)
        payment_id = self.till.take(cents, method, may_exceed=True)
        self.taken.append(payment_id)
        if method is MethodKind.CASH:
            self.cash[payment_id] = cents

    def end(self) -> None:
        """Counted right, closed, and taken to the bank."""
        state = self.till.drawer_state(self.drawer_id)
        if state is DrawerState.CLOSED:
            self.till.reopen(self.drawer_id)
        self.do("count", 0)
        self.do("close", 0)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(ACTS, min_size=4, max_size=14))
def test_any_order_of_acts_keeps_the_books(till: Till, acts: Sequence[tuple[str, int]]) -> None:
    till.clerk = till.staff(Role.FRONT_DESK)
    before = till.sums()
    day = Day(till, till.open())
    for act, number in acts:
        with suppress(*REFUSALS):
            day.do(act, number)
        assert till.findings() == []
    day.end()
    assert till.findings() == []
    live = [till.payment(one) for one in day.taken if till.state(one) is PaymentState.SUCCEEDED]
    handed = sum(one.amount_cents for one in live if one.method_kind != MethodKind.TERMINAL)
    assert till.on(A.DESK_CASH) - before.get(A.DESK_CASH, 0) == handed
    assert till.on(A.CASH_OVER_SHORT) == before.get(A.CASH_OVER_SHORT, 0)
    if handed:
        till.deposit(day.drawer_id)
    assert till.on(A.DESK_CASH) == before.get(A.DESK_CASH, 0)
    assert till.on(A.BANK) - before.get(A.BANK, 0) == handed
