"""What patients change alone: a day, a skip, money ahead; and what they cannot, with the reason."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.plans.change import Changed, ChangeKind, Position
from portal.domain.plans.changes import move_date, pay_ahead, skip
from portal.domain.plans.policy import Overpayment
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import InstallmentKind
from tests.domain.plans.plan_stories import BEGIN, POLICY, version_of

APRIL, MAY, JUNE = (date(2026, month, 1) for month in (4, 5, 6))
IN_MAY = date(2026, 5, 10)
PLAN = version_of(200_00, 4, first_due_on=APRIL)
"""Four times $50.00 on the first, April to July."""


def at(paid_cents: int = 0, *charging: int) -> Position:
    return Position(version=PLAN, paid_cents=paid_cents, charging=frozenset(charging))


def rows(result: Changed | Refusal) -> list[tuple[int, str, int]]:
    assert isinstance(result, Changed), result
    return [
        (one.number, f"{one.due_on:%b} {one.due_on.day}", one.cents)
        for one in result.version.installments
    ]


def moved(
    number: int, to: date, *, position: Position | None = None, today: date = BEGIN
) -> Changed | Refusal:
    return move_date(position or at(), number, to=to, policy=POLICY, today=today)


def test_a_day_is_moved_and_the_others_stay() -> None:
    result = moved(2, date(2026, 5, 8))
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 8", 50_00),
        (3, "Jun 1", 50_00),
        (4, "Jul 1", 50_00),
    ]
    assert isinstance(result, Changed)
    assert (result.kind, result.version.number) == (ChangeKind.DATE_MOVED, 2)
    assert not result.needs_consent


def test_days_are_counted_from_the_day_that_was_agreed_however_often_it_is_moved() -> None:
    first = moved(2, date(2026, 5, 8))
    assert isinstance(first, Changed)
    again = Position(version=first.version, paid_cents=0)
    assert moved(2, date(2026, 5, 12), position=again) == Refusal(
        RefusalCode.TOO_FAR, day=date(2026, 5, 11), count=10
    )
    back = moved(2, MAY, position=again)
    assert isinstance(back, Changed)
    assert back.version.installments == PLAN.installments


@pytest.mark.parametrize(
    ("number", "to", "refusal"),
    [
        (2, MAY, Refusal(RefusalCode.NOTHING_TO_CHANGE)),
        (2, date(2026, 5, 12), Refusal(RefusalCode.TOO_FAR, day=date(2026, 5, 11), count=10)),
        (2, date(2026, 4, 20), Refusal(RefusalCode.TOO_FAR, day=date(2026, 4, 21), count=10)),
        (1, BEGIN, Refusal(RefusalCode.DAY_IS_OVER, day=date(2026, 3, 10))),
        (9, MAY, Refusal(RefusalCode.NOT_AN_OPEN_INSTALLMENT)),
    ],
)
def test_a_day_that_cannot_be_is_refused(number: int, to: date, refusal: Refusal) -> None:
    assert moved(number, to) == refusal


@pytest.mark.parametrize(
    ("to", "refusal"),
    [
        (date(2026, 4, 1), Refusal(RefusalCode.BEFORE_THE_LAST, day=APRIL)),
        (date(2026, 6, 1), Refusal(RefusalCode.PAST_THE_NEXT, day=JUNE)),
    ],
)
def test_an_installment_never_meets_its_neighbours(to: date, refusal: Refusal) -> None:
    loose = replace(POLICY, move_date_max_days=31)
    assert move_date(at(), 2, to=to, policy=loose, today=BEGIN) == refusal


@pytest.mark.parametrize(
    ("position", "number", "code"),
    [
        (at(0), 1, RefusalCode.ALREADY_DUE),  # on the day itself the charge may be under way
        (at(50_00), 1, RefusalCode.NOT_AN_OPEN_INSTALLMENT),
        (at(50_00, 2), 2, RefusalCode.BEING_CHARGED),
    ],
)
def test_what_is_due_paid_or_being_charged_is_neither_moved_nor_skipped(
    position: Position, number: int, code: RefusalCode
) -> None:
    assert moved(number, date(2026, 5, 5), position=position, today=APRIL) == Refusal(code)
    assert skip(position, number, policy=POLICY, today=APRIL, skipped_on=()) == Refusal(code)


def test_a_skipped_installment_stands_at_the_end_under_a_new_number() -> None:
    result = skip(at(100_00), 3, policy=POLICY, today=IN_MAY, skipped_on=())
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 1", 50_00),
        (3, "Jun 1", 0),
        (4, "Jul 1", 50_00),
        (5, "Aug 1", 50_00),
    ]
    assert isinstance(result, Changed)
    assert result.version.installments[2].kind is InstallmentKind.SKIPPED


@pytest.mark.parametrize(
    ("paid", "skipped_on", "refusal"),
    [
        (50_00, [], Refusal(RefusalCode.PAST_DUE, day=MAY)),
        (
            100_00,
            [date(2025, 5, 11)],
            Refusal(RefusalCode.NO_MORE_SKIPS, count=1, day=date(2026, 5, 11)),
        ),
        (110_00, [], Refusal(RefusalCode.PARTLY_PAID)),
    ],
)
def test_a_skip_that_cannot_be_is_refused(
    paid: int, skipped_on: list[date], refusal: Refusal
) -> None:
    found = skip(at(paid), 3, policy=POLICY, today=IN_MAY, skipped_on=skipped_on)
    assert found == refusal


def test_after_twelve_months_there_is_a_skip_again() -> None:
    result = skip(at(100_00), 3, policy=POLICY, today=IN_MAY, skipped_on=[date(2025, 5, 10)])
    assert isinstance(result, Changed)


def test_two_installments_are_paid_before_one_is_skipped() -> None:
    found = skip(at(50_00), 2, policy=POLICY, today=date(2026, 4, 10), skipped_on=())
    assert found == Refusal(RefusalCode.TOO_LITTLE_PAID, count=2)


def test_where_no_skip_is_given_there_is_none_ever() -> None:
    never = replace(POLICY, skips_per_year=0)
    found = skip(at(100_00), 3, policy=never, today=IN_MAY, skipped_on=())
    assert found == Refusal(RefusalCode.NO_MORE_SKIPS, count=0)


def ahead(
    position: Position, cents: int, how: Overpayment, *, today: date = IN_MAY
) -> Changed | Refusal:
    return pay_ahead(position, cents, how=how, policy=POLICY, today=today)


def test_paid_ahead_to_finish_sooner_the_last_ones_shrink_and_fall_away() -> None:
    result = ahead(at(100_00), 70_00, Overpayment.SHORTEN)
    assert rows(result) == [
        (1, "Apr 1", 50_00),
        (2, "May 1", 50_00),
        (5, "May 10", 70_00),
        (3, "Jun 1", 30_00),
    ]
    assert isinstance(result, Changed)
    progress = Position(version=result.version, paid_cents=170_00).progress
    following = progress.next_due(IN_MAY)
    assert following is not None
    assert (following.installment.number, progress.left_cents) == (3, 30_00)


def test_paid_ahead_to_pay_less_all_that_follow_are_equal_again() -> None:
    result = ahead(at(100_00), 33_33, Overpayment.LOWER)
    assert rows(result)[2:] == [(5, "May 10", 33_33), (3, "Jun 1", 33_34), (4, "Jul 1", 33_33)]


def test_what_is_due_takes_its_part_before_anything_is_ahead() -> None:
    result = ahead(at(50_00), 70_00, Overpayment.SHORTEN)
    assert rows(result)[2:] == [(5, "May 10", 20_00), (3, "Jun 1", 50_00), (4, "Jul 1", 30_00)]


def test_money_ahead_of_everything_finishes_the_plan_and_the_rest_is_excess() -> None:
    result = ahead(at(100_00), 120_00, Overpayment.SHORTEN)
    assert isinstance(result, Changed)
    assert rows(result)[2:] == [(5, "May 10", 100_00)]
    assert result.excess_cents == 20_00
    assert Position(version=result.version, paid_cents=220_00).progress.is_finished


@pytest.mark.parametrize(
    ("paid", "cents", "how", "refusal"),
    [
        (100_00, 0, Overpayment.SHORTEN, Refusal(RefusalCode.NOT_POSITIVE)),
        (50_00, 50_00, Overpayment.SHORTEN, Refusal(RefusalCode.NOTHING_TO_CHANGE)),
        (100_00, 50_00, Overpayment.PREPAY_NEXT, Refusal(RefusalCode.NOTHING_TO_CHANGE)),
        (
            100_00,
            60_00,
            Overpayment.LOWER,
            Refusal(RefusalCode.INSTALLMENT_TOO_SMALL, cents=25_00),
        ),
    ],
)
def test_a_payment_that_changes_no_row_says_why(
    paid: int, cents: int, how: Overpayment, refusal: Refusal
) -> None:
    assert ahead(at(paid), cents, how) == refusal


def test_what_is_being_charged_is_not_lowered() -> None:
    result = ahead(at(100_00, 4), 30_00, Overpayment.SHORTEN)
    assert rows(result)[2:] == [(5, "May 10", 30_00), (3, "Jun 1", 20_00), (4, "Jul 1", 50_00)]
