"""A new bill, a correction, money that comes back: exact cents, and nothing silent."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.plans.change import Changed, Position
from portal.domain.plans.changes import pay_ahead
from portal.domain.plans.policy import Overpayment, PlanPolicy
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import InstallmentKind
from portal.domain.plans.sum_changes import (
    Addition,
    add_balance,
    correct_principal,
    payment_came_back,
)
from portal.domain.plans.versions import PlanVersion
from tests.domain.plans.plan_stories import BEGIN, PACK, POLICY, version_of

APRIL = date(2026, 4, 1)
IN_MAY = date(2026, 5, 10)
PLAN = version_of(200_00, 4, first_due_on=APRIL)
"""Four times $50.00 on the first, April to July."""


def at(paid_cents: int = 0, *charging: int, version: PlanVersion = PLAN) -> Position:
    return Position(version=version, paid_cents=paid_cents, charging=frozenset(charging))


def rows(result: Changed | Refusal | None) -> list[tuple[int, str, int]]:
    assert isinstance(result, Changed), result
    return [
        (one.number, f"{one.due_on:%b} {one.due_on.day}", one.cents)
        for one in result.version.installments
    ]


def added(
    position: Position, cents: int, how: Addition, *, policy: PlanPolicy = POLICY
) -> Changed | Refusal:
    return add_balance(position, cents, how=how, policy=policy, pack=PACK, today=IN_MAY)


def test_a_new_bill_makes_the_plan_longer_at_the_same_amount() -> None:
    result = added(at(100_00), 80_00, Addition.LONGER)
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 1", 50_00),
        (3, "Jun 1", 45_00),
        (4, "Jul 1", 45_00),
        (5, "Aug 1", 45_00),
        (6, "Sep 1", 45_00),
    ]
    assert isinstance(result, Changed)
    assert result.needs_consent


def test_a_new_bill_makes_the_plan_higher_and_four_stay_four() -> None:
    result = added(at(100_00), 80_01, Addition.HIGHER)
    assert rows(result)[2:] == [(3, "Jun 1", 90_01), (4, "Jul 1", 90_00)]
    assert isinstance(result, Changed)
    assert result.needs_consent


def test_a_new_bill_after_the_last_installment_is_due_on_the_next_day_of_the_rhythm() -> None:
    result = add_balance(
        at(200_00), 60_00, how=Addition.HIGHER, policy=POLICY, pack=PACK, today=date(2026, 9, 9)
    )
    assert rows(result)[-1] == (5, "Oct 1", 60_00)


def test_what_is_overdue_or_being_charged_stays_as_it_is() -> None:
    result = added(at(0, 3), 50_00, Addition.HIGHER)
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 1", 50_00),
        (3, "Jun 1", 50_00),
        (4, "Jul 1", 100_00),
    ]


@pytest.mark.parametrize(
    ("cents", "policy", "refusal"),
    [
        (0, POLICY, Refusal(RefusalCode.NOT_POSITIVE)),
        (19_900_01, POLICY, Refusal(RefusalCode.BALANCE_TOO_LARGE, cents=20_000_00)),
        (
            350_00,  # with $100.00 to come: nine of $50.00, and six are the most
            POLICY,
            Refusal(RefusalCode.TOO_MANY_INSTALLMENTS, count=6, cents=75_00),
        ),
    ],
)
def test_a_bill_that_does_not_fit_is_refused(
    cents: int, policy: PlanPolicy, refusal: Refusal
) -> None:
    assert added(at(100_00), cents, Addition.LONGER, policy=policy) == refusal


def test_a_bill_that_is_too_much_for_the_income_is_refused() -> None:
    found = add_balance(
        at(100_00),
        100_00,
        how=Addition.HIGHER,
        policy=POLICY,
        pack=replace(PACK, max_income_percent=3),
        today=IN_MAY,
        monthly_income_cents=3_000_00,
    )
    assert found == Refusal(RefusalCode.ABOVE_INCOME_SHARE, cents=90_00)


def test_when_less_is_owed_the_last_installments_fall_away() -> None:
    result = correct_principal(at(50_00), 130_00)
    assert rows(result) == [(1, "Apr 1", 50_00), (2, "May 1", 50_00), (3, "Jun 1", 30_00)]
    assert isinstance(result, Changed)
    assert (result.excess_cents, result.needs_consent) == (0, False)


def test_when_less_is_owed_than_was_paid_the_excess_is_said() -> None:
    result = correct_principal(at(150_00), 120_00)
    assert rows(result) == [(1, "Apr 1", 50_00), (2, "May 1", 50_00), (3, "Jun 1", 20_00)]
    assert isinstance(result, Changed)
    assert result.excess_cents == 30_00
    nothing = correct_principal(at(150_00), 0)
    assert isinstance(nothing, Changed)
    assert (nothing.version.installments, nothing.excess_cents) == ((), 150_00)


def test_what_was_let_off_is_taken_back_before_what_was_paid() -> None:
    waived = tuple(
        replace(one, waived_cents=40_00) if one.number == 4 else one for one in PLAN.installments
    )
    position = at(150_00, version=replace(PLAN, installments=waived))
    result = correct_principal(position, 160_00)
    assert isinstance(result, Changed)
    assert (result.waived_back_cents, result.excess_cents) == (30_00, 0)
    assert result.version.installments[-1].waived_cents == 10_00
    less = correct_principal(position, 140_00)
    assert isinstance(less, Changed)
    assert (less.waived_back_cents, less.excess_cents) == (40_00, 10_00)


def test_what_is_being_charged_falls_away_last() -> None:
    result = correct_principal(at(100_00, 3), 120_00)
    assert rows(result)[2:] == [(3, "Jun 1", 20_00)]
    other = correct_principal(at(0, 4), 150_00)
    assert [number for number, _, _ in rows(other)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("principal", "code"),
    [(200_00, RefusalCode.NOTHING_TO_CHANGE), (200_01, RefusalCode.PRINCIPAL_GROWS)],
)
def test_a_correction_only_lowers(principal: int, code: RefusalCode) -> None:
    assert correct_principal(at(), principal) == Refusal(code)


def paid_ahead(cents: int, how: Overpayment) -> PlanVersion:
    result = pay_ahead(at(100_00), cents, how=how, policy=POLICY, today=IN_MAY)
    assert isinstance(result, Changed)
    return result.version


def test_money_ahead_that_comes_back_stands_at_the_end_again() -> None:
    version = paid_ahead(70_00, Overpayment.SHORTEN)
    result = payment_came_back(at(100_00, version=version), 70_00, today=date(2026, 5, 14))
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 1", 50_00),
        (3, "Jun 1", 50_00),
        (6, "Jul 1", 50_00),
    ]


def test_money_that_comes_back_uses_up_what_was_ahead_before_anything_is_overdue() -> None:
    """May's payment was returned: what was paid ahead pays for May, and is due later again."""
    version = paid_ahead(70_00, Overpayment.SHORTEN)
    position = at(120_00, version=version)
    result = payment_came_back(position, 50_00, today=date(2026, 5, 14))
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 1", 50_00),
        (5, "May 10", 20_00),
        (3, "Jun 1", 40_00),
        (6, "Jul 1", 40_00),
    ]
    assert isinstance(result, Changed)
    progress = Position(version=result.version, paid_cents=120_00).progress
    assert progress.overdue_since(date(2026, 5, 14)) is None


def test_lower_installments_rise_again_and_four_stay_four() -> None:
    version = paid_ahead(40_00, Overpayment.LOWER)
    result = payment_came_back(at(100_00, version=version), 40_00, today=date(2026, 5, 14))
    assert rows(result)[2:] == [(3, "Jun 1", 50_00), (4, "Jul 1", 50_00)]


def test_without_money_ahead_the_last_installment_paid_is_simply_open_again() -> None:
    assert payment_came_back(at(50_00), 50_00, today=IN_MAY) is None
    assert at(50_00).progress.overdue_since(IN_MAY) == date(2026, 5, 1)


def test_what_was_let_off_of_extra_money_is_not_put_back() -> None:
    """What new terms made of a row that was paid and waived before its day."""
    extra = replace(
        PLAN.installments[0], kind=InstallmentKind.EXTRA, due_on=BEGIN, waived_cents=49_00
    )
    version = replace(PLAN, installments=(extra, *PLAN.installments[1:]))
    result = payment_came_back(at(0, version=version), 1_50, today=date(2026, 4, 2))
    assert rows(result)[0] == (1, "Mar 9", 49_00)
    assert isinstance(result, Changed)
    assert result.version.principal_cents == 200_00


def test_when_nothing_is_to_come_and_no_row_was_agreed_besides_nothing_is_put_off() -> None:
    version = paid_ahead(20_00, Overpayment.SHORTEN)
    assert payment_came_back(at(180_00, version=version), 20_00, today=date(2026, 8, 1)) is None
    assert all(
        one.kind is not InstallmentKind.REGULAR or one.due_on > BEGIN
        for one in version.installments
    )


def test_what_was_paid_and_became_a_credit_is_taken_off_what_it_had_paid() -> None:
    """April's $50.00 was paid, and is a credit by now: May is not asked for any sooner."""
    result = correct_principal(at(), 140_00, released_cents=50_00)
    assert rows(result) == [(2, "May 1", 50_00), (3, "Jun 1", 50_00), (4, "Jul 1", 40_00)]
    assert isinstance(result, Changed)
    assert result.excess_cents == 0
