"""Which payments a deposit may be, and how long a payment has been awaited."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.deposit_matching import (
    ArrivedMoney,
    AwaitedPayment,
    Ground,
    business_days_since,
    propose,
)

MONDAY = date(2026, 3, 9)
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))
A, B = UUID(int=11), UUID(int=12)


def payment(
    remittance_id: UUID, trace: str, cents: int, day: date | None = MONDAY
) -> AwaitedPayment:
    return AwaitedPayment(remittance_id, trace, cents, day)


def deposit(deposit_id: UUID, cents: int, text: str = "", day: date = MONDAY) -> ArrivedMoney:
    return ArrivedMoney(deposit_id, day, cents, text)


def found(
    deposits: list[ArrivedMoney], payments: list[AwaitedPayment]
) -> dict[UUID, tuple[tuple[UUID, ...], Ground, int]]:
    return {
        key: (one.remittance_ids, one.ground, one.difference_cents)
        for key, one in propose(deposits, payments).items()
    }


@pytest.mark.parametrize(
    "text",
    [
        "HCCLAIMPMT TRN*1*EFT00123*1512345678~",
        "eft00123",
        "CHECK EFT00123/PART",
        "BLUE HORIZON-EFT00123 PPD",
    ],
)
def test_a_number_in_the_banks_text_and_the_amount_name_a_payment(text: str) -> None:
    payments = [payment(ONE, "EFT00123", 7000), payment(TWO, "EFT001234", 7000)]
    assert found([deposit(A, 7000, text)], payments) == {A: ((ONE,), Ground.NUMBER_AND_AMOUNT, 0)}


@pytest.mark.parametrize(("trace", "text"), [("0001234", "CHK 1234"), ("1234", "CHK 0001234")])
def test_leading_zeros_come_and_go(trace: str, text: str) -> None:
    assert found([deposit(A, 500, text)], [payment(ONE, trace, 500)])[A][1] is (
        Ground.NUMBER_AND_AMOUNT
    )


def test_one_number_of_several_payments_names_them_all() -> None:
    payments = [payment(ONE, "9876", 300), payment(TWO, "9876", 200)]
    assert found([deposit(A, 500, "9876")], payments) == {
        A: ((ONE, TWO), Ground.NUMBER_AND_AMOUNT, 0)
    }


def test_a_number_with_another_amount_is_told_with_its_difference() -> None:
    assert found([deposit(A, 450, "9876")], [payment(ONE, "9876", 500)]) == {
        A: ((ONE,), Ground.NUMBER, -50)
    }


def test_a_number_that_two_deposits_name_names_none() -> None:
    deposits = [deposit(A, 500, "9876"), deposit(B, 500, "9876")]
    assert found(deposits, [payment(ONE, "9876", 500)]) == {}


def test_a_short_number_names_nothing() -> None:
    payments = [payment(ONE, "123", 500), payment(TWO, "124", 500)]
    assert found([deposit(A, 500, "STORE 123")], payments) == {}


@pytest.mark.parametrize(
    ("payments", "proposed"),
    [
        ([payment(ONE, "", 500)], True),
        ([payment(ONE, "", 500, None)], True),
        ([payment(ONE, "", 500), payment(TWO, "", 500)], False),
        ([payment(ONE, "", 500, MONDAY - timedelta(days=11))], False),
        ([payment(ONE, "", 501)], False),
    ],
)
def test_an_amount_alone_names_a_payment_only_where_it_is_the_only_one(
    payments: list[AwaitedPayment], *, proposed: bool
) -> None:
    expected = {A: ((ONE,), Ground.AMOUNT, 0)} if proposed else {}
    assert found([deposit(A, 500)], payments) == expected


def test_two_deposits_of_an_amount_are_not_told_apart() -> None:
    assert found([deposit(A, 500), deposit(B, 500)], [payment(ONE, "", 500)]) == {}


def test_what_a_number_names_is_not_proposed_by_its_amount() -> None:
    payments = [payment(ONE, "9876", 500), payment(TWO, "", 500)]
    deposits = [deposit(A, 500, "9876"), deposit(B, 500)]
    assert found(deposits, payments)[B] == ((TWO,), Ground.AMOUNT, 0)


_TRACES = st.sampled_from(["", "1234", "99991", "EFT5"])


@given(
    st.lists(st.tuples(st.integers(1, 3), _TRACES), max_size=6),
    st.lists(st.tuples(st.integers(1, 3), _TRACES), max_size=6),
)
def test_no_payment_is_proposed_twice(
    arrived: list[tuple[int, str]], awaited: list[tuple[int, str]]
) -> None:
    deposits = [deposit(UUID(int=100 + n), c, t) for n, (c, t) in enumerate(arrived)]
    payments = [payment(UUID(int=200 + n), t, c) for n, (c, t) in enumerate(awaited)]
    proposed = [one for each in propose(deposits, payments).values() for one in each.remittance_ids]
    assert len(proposed) == len(set(proposed))


@pytest.mark.parametrize(
    ("day", "today", "days"),
    [
        (MONDAY, MONDAY, 0),
        (MONDAY, MONDAY + timedelta(days=1), 1),
        (MONDAY, MONDAY + timedelta(days=4), 4),
        (MONDAY, MONDAY + timedelta(days=6), 4),
        (MONDAY, MONDAY + timedelta(days=7), 5),
        (MONDAY + timedelta(days=4), MONDAY + timedelta(days=7), 1),
        (MONDAY + timedelta(days=5), MONDAY + timedelta(days=7), 1),
        (MONDAY, MONDAY + timedelta(days=70), 50),
        (MONDAY, MONDAY - timedelta(days=1), 0),
    ],
)
def test_business_days_leave_weekends_out(day: date, today: date, days: int) -> None:
    assert business_days_since(day, today) == days
