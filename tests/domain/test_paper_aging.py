"""Age counts from the first statement that asked; what is on its way pays the oldest."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from portal.domain.paper_aging import aged

TODAY = date(2026, 6, 30)
ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("days", "step"),
    [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (120, 3), (121, 4), (900, 4)],
)
def test_each_day_has_its_step(days: int, step: int) -> None:
    asked = {ONE: TODAY - timedelta(days=days)}
    aging = aged({ONE: 4_000}, asked, today=TODAY, coming_cents=0)
    assert aging.cents.index(4_000) == step
    assert aging.total_cents == 4_000


def test_what_is_on_its_way_is_taken_off_the_oldest_first() -> None:
    asked = {ONE: TODAY, TWO: TODAY - timedelta(days=100)}
    aging = aged({ONE: 4_000, TWO: 1_000}, asked, today=TODAY, coming_cents=1_500)
    assert aging.cents == (3_500, 0, 0, 0, 0)
