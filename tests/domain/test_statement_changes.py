"""What changed from one statement to the next: rows that add up, each laid to what made it."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.statement_changes import (
    ChangeKind,
    StatementChange,
    VisitSince,
    changes_since,
)

A, B = UUID(int=1), UUID(int=2)
cents = st.integers(0, 50_000)
CAME = (ChangeKind.NEW_VISIT, ChangeKind.DECIDED, ChangeKind.RESUMED, ChangeKind.OFF_PLAN)


@st.composite
def visits(draw: st.DrawFn) -> VisitSince:
    return VisitSince(
        claim_id=UUID(int=draw(st.integers(1, 2**64))),
        asked_cents=draw(st.none() | cents),
        asks_cents=draw(cents),
        paid_cents=draw(st.integers(-20_000, 20_000)),
        placed_cents=draw(st.integers(-20_000, 20_000)),
        is_paused=draw(st.booleans()),
        was_on_plan=draw(st.booleans()),
        came_as=draw(st.sampled_from(CAME)),
    )


@given(st.lists(visits(), max_size=6), cents, cents)
def test_from_what_was_asked_the_rows_lead_to_what_is_asked(
    told: list[VisitSince], kept: int, used: int
) -> None:
    rows = changes_since(told, kept_cents=kept, used_credit_cents=used)
    asked = sum(one.asked_cents or 0 for one in told)
    assert asked + sum(row.cents for row in rows) == sum(one.asks_cents for one in told)
    assert all(row.cents for row in rows)


@pytest.mark.parametrize(
    ("told", "kept", "used", "rows"),
    [
        pytest.param(
            [
                VisitSince(claim_id=A, asked_cents=10_000, asks_cents=10_000),
                VisitSince(claim_id=B, asked_cents=None, asks_cents=3_000, paid_cents=2_000),
            ],
            0,
            0,
            [(ChangeKind.PAID, -2_000), (ChangeKind.NEW_VISIT, 5_000, B)],
            id="a copay of a new visit is paid of that visit",
        ),
        pytest.param(
            [
                VisitSince(claim_id=A, asked_cents=10_000, asks_cents=0, paid_cents=10_000),
                VisitSince(claim_id=B, asked_cents=None, asks_cents=3_000),
            ],
            5_000,
            0,
            [
                (ChangeKind.PAID, -15_000),
                (ChangeKind.CREDIT, 5_000),
                (ChangeKind.NEW_VISIT, 3_000, B),
            ],
            id="what was paid too much is a credit",
        ),
        pytest.param(
            [VisitSince(claim_id=A, asked_cents=10_000, asks_cents=0, is_paused=True)],
            0,
            0,
            [(ChangeKind.PAUSED, -10_000, A)],
            id="what is looked at is paused, and not taken off",
        ),
        pytest.param(
            [VisitSince(claim_id=A, asked_cents=10_000, asks_cents=0, placed_cents=10_000)],
            0,
            0,
            [(ChangeKind.PLACED, -10_000)],
            id="what an agency asks for is with the agency",
        ),
        pytest.param(
            [VisitSince(claim_id=A, asked_cents=None, asks_cents=4_000, placed_cents=-4_000)],
            0,
            0,
            [(ChangeKind.NEW_VISIT, 4_000, A)],
            id="a visit that came back is there once",
        ),
        pytest.param(
            [VisitSince(claim_id=A, asked_cents=1_000, asks_cents=4_000, placed_cents=-3_000)],
            0,
            0,
            [(ChangeKind.RECALLED, 3_000, A)],
            id="a line that came back is told of its visit",
        ),
        pytest.param(
            [VisitSince(claim_id=A, asked_cents=4_000, asks_cents=0, paid_cents=4_000)],
            0,
            4_000,
            [(ChangeKind.FROM_CREDIT, -4_000)],
            id="a credit that was used is no payment",
        ),
        pytest.param(
            [VisitSince(claim_id=A, asked_cents=4_000, asks_cents=10_000, paid_cents=-6_000)],
            0,
            0,
            [(ChangeKind.PAID, 6_000)],
            id="a payment that came back is told as one",
        ),
        pytest.param(
            [
                VisitSince(
                    claim_id=A, asked_cents=0, asks_cents=6_000, was_on_plan=True, paid_cents=0
                )
            ],
            0,
            0,
            [(ChangeKind.OFF_PLAN, 6_000, A)],
            id="what a plan asked for that is over is not a change of insurance",
        ),
        pytest.param(
            [VisitSince(claim_id=A, asked_cents=4_000, asks_cents=1_500)],
            0,
            0,
            [(ChangeKind.LESS, -2_500, A)],
            id="only the rest was changed by insurance or by us",
        ),
    ],
)
def test_each_change_is_laid_to_what_made_it(
    told: list[VisitSince], kept: int, used: int, rows: list[tuple[Any, ...]]
) -> None:
    found = changes_since(told, kept_cents=kept, used_credit_cents=used)
    assert list(found) == [StatementChange(*row) for row in rows]
