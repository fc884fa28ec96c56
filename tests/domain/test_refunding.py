"""A refund touches what is left of its own payment, and no more credit than there is."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.allocation import Allocation
from portal.domain.journal import Target
from portal.domain.refunding import (
    PaymentRemains,
    reduced_waiting_credit,
    refund_sources,
    refundable_cents,
    waits_until,
)

CENTS = st.integers(0, 5_000)
ONE, TWO = UUID(int=1), UUID(int=2)


def line(number: int, cents: int) -> Allocation:
    return Allocation(Target(UUID(int=number), UUID(int=100 + number)), cents)


@st.composite
def remains(draw: st.DrawFn) -> PaymentRemains:
    unapplied = draw(CENTS)
    amounts = draw(st.lists(st.integers(1, 5_000), max_size=5))
    return PaymentRemains(
        unapplied_cents=unapplied,
        awaited_cents=draw(st.integers(0, unapplied)),
        lines=[line(number, cents) for number, cents in enumerate(amounts)],
        credit_cents=draw(st.integers(-1_000, 8_000)),
        all_awaited_cents=draw(CENTS),
    )


@given(cents=st.integers(1, 30_000), left=remains())
def test_the_parts_are_the_refund_and_each_is_there(cents: int, left: PaymentRemains) -> None:
    sources = refund_sources(cents, left)
    on_lines = sum(part.amount_cents for part in sources.lines)
    assert sources.credit_cents + on_lines + sources.unexplained_cents == cents
    assert min(sources.free_cents, sources.awaited_cents, sources.unexplained_cents) >= 0
    assert sources.credit_cents <= left.unapplied_cents
    assert sources.credit_cents <= max(0, left.credit_cents)
    paid = {part.target: part.amount_cents for part in left.lines}
    assert all(0 < part.amount_cents <= paid[part.target] for part in sources.lines)


@given(cents=st.integers(1, 30_000), left=remains())
def test_what_staff_may_give_back_takes_no_credit_that_waits(
    cents: int, left: PaymentRemains
) -> None:
    sources = refund_sources(cents, left)
    if cents <= refundable_cents(left):
        assert (sources.awaited_cents, sources.unexplained_cents) == (0, 0)
    assert sources.free_cents <= max(0, left.credit_cents - left.all_awaited_cents)
    assert sources.free_cents + left.awaited_cents <= max(left.unapplied_cents, left.awaited_cents)


def test_free_credit_goes_first_then_the_line_paid_last_and_then_what_waits() -> None:
    left = PaymentRemains(
        unapplied_cents=500,
        awaited_cents=300,
        lines=[line(1, 100), line(2, 100)],
        credit_cents=900,
        all_awaited_cents=300,
    )
    assert refundable_cents(left) == 400
    sources = refund_sources(350, left)
    assert (sources.free_cents, sources.awaited_cents) == (200, 0)
    assert sources.lines == (line(2, 100), line(1, 50))
    assert refund_sources(750, left).awaited_cents == 300
    assert refund_sources(750, left).unexplained_cents == 50


def test_credit_that_others_used_up_is_not_there() -> None:
    left = PaymentRemains(
        unapplied_cents=500, awaited_cents=0, lines=[], credit_cents=200, all_awaited_cents=0
    )
    assert refundable_cents(left) == 200
    assert refund_sources(500, left).unexplained_cents == 300


def test_credit_without_its_correction_is_free_on_the_thirtieth_day() -> None:
    assert waits_until(date(2026, 3, 9)) == date(2026, 4, 8)


def test_waiting_credit_is_lowered_on_the_payment_s_own_claims_first() -> None:
    waiting = {ONE: {"": 100}, TWO: {"a": 50, "b": 30}}
    assert reduced_waiting_credit(waiting, by_cents=60, own=[TWO]) == {TWO: {"b": 20}}
    assert reduced_waiting_credit(waiting, by_cents=100, own=[TWO]) == {TWO: {}, ONE: {"": 80}}
    assert reduced_waiting_credit(waiting, by_cents=0, own=[TWO]) == {}
