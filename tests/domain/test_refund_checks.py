"""How old a check in the mail is, and what that asks for; what a card machine may keep."""

from datetime import date, timedelta

import pytest

from portal.domain.card_machine import may_keep_cents
from portal.domain.refund_checks import CheckAge, StopAnswer, outstanding, require_answer
from portal.domain.refund_ways import check_sure_on

MAILED_ON = date(2026, 3, 9)
CLAIM_ON = date(2029, 3, 9)


@pytest.mark.parametrize(
    ("today", "age"),
    [
        (MAILED_ON, CheckAge.FRESH),
        (MAILED_ON + timedelta(days=59), CheckAge.FRESH),
        (MAILED_ON + timedelta(days=60), CheckAge.ASK),
        (MAILED_ON + timedelta(days=179), CheckAge.ASK),
        (MAILED_ON + timedelta(days=180), CheckAge.STALE),
        (CLAIM_ON - timedelta(days=121), CheckAge.STALE),
        (CLAIM_ON - timedelta(days=120), CheckAge.LETTER),
        (CLAIM_ON + timedelta(days=400), CheckAge.LETTER),
    ],
)
def test_an_old_check_asks_for_more(today: date, age: CheckAge) -> None:
    standing = outstanding(MAILED_ON, today=today)
    assert standing.age is age
    assert standing.unclaimed_on == CLAIM_ON
    assert standing.days == (today - MAILED_ON).days


def test_a_wish_to_stop_a_check_is_answered_once() -> None:
    require_answer(StopAnswer.WAITING, StopAnswer.DONE)
    for present in (StopAnswer.DONE, StopAnswer.REFUSED):
        for wanted in StopAnswer:
            with pytest.raises(ValueError, match=present):
                require_answer(present, wanted)


def test_a_paper_check_is_sure_ten_days_after_its_deposit() -> None:
    assert check_sure_on(date(2026, 3, 9)) == date(2026, 3, 19)


@pytest.mark.parametrize(
    ("taken", "basis_points", "most"),
    [
        (100_000, 500, 5_000),
        (100_000, 0, 100),
        (1_000, 500, 100),  # a fixed part of the fee weighs more on a small batch
        (50, 500, 50),
        (199_999, 350, 6_999),
    ],
)
def test_a_machine_may_keep_a_part_of_a_batch(taken: int, basis_points: int, most: int) -> None:
    assert may_keep_cents(taken, basis_points=basis_points) == most
