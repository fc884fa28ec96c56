"""What happened since a statement: rows that add up, each under its own name."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.since_statement import MoneySince, VisitLeft, rows_since
from portal.domain.statement_changes import ChangeKind as K

A, B, ELSEWHERE = UUID(int=1), UUID(int=2), UUID(int=3)
ASKED = {A: 10_000, B: 4_000}
DAY = date(2026, 3, 9)


def money(
    *received: int,
    kept: int = 0,
    paid: dict[UUID, int] | None = None,
    from_credit: dict[UUID, int] | None = None,
) -> MoneySince:
    return MoneySince(
        received=[(DAY, cents) for cents in received],
        kept_cents=kept,
        paid=paid or {},
        from_credit=from_credit or {},
    )


def left(a_cents: int, **why: int | bool) -> list[VisitLeft]:
    """Of the first visit so much is left, and all of the other one."""
    first = VisitLeft(claim_id=A, asked_cents=10_000, left_cents=a_cents, **why)  # type: ignore[arg-type]  # each by its name
    return [first, VisitLeft(claim_id=B, asked_cents=4_000, left_cents=4_000)]


@pytest.mark.parametrize(
    ("visits", "since", "rows"),
    [
        pytest.param(left(10_000), money(), [], id="nothing happened"),
        pytest.param(left(7_000), money(3_000, paid={A: 3_000}), [(K.PAID, -3_000)], id="paid"),
        pytest.param(
            left(0),
            money(12_000, kept=2_000, paid={A: 10_000}),
            [(K.PAID, -12_000), (K.CREDIT, 2_000)],
            id="paid, and more",
        ),
        pytest.param(
            left(10_000),
            money(5_000, paid={ELSEWHERE: 5_000}),
            [(K.PAID, -5_000), (K.ELSEWHERE, 5_000)],
            id="paid on an older visit",
        ),
        pytest.param(left(0, is_paused=True), money(), [(K.PAUSED, -10_000)], id="paused"),
        pytest.param(left(0, placed_cents=10_000), money(), [(K.PLACED, -10_000)], id="placed"),
        pytest.param(left(4_000, on_plan_cents=6_000), money(), [(K.ON_PLAN, -6_000)], id="plan"),
        pytest.param(left(8_000), money(), [(K.LESS, -2_000)], id="taken off"),
        pytest.param(
            left(8_000),
            money(paid={A: 2_000}, from_credit={A: 2_000}),
            [(K.FROM_CREDIT, -2_000)],
            id="from a credit",
        ),
        pytest.param(
            left(8_000),
            money(paid={A: 2_000}),
            [(K.FROM_BEFORE, -2_000)],
            id="with a deposit that was there",
        ),
        pytest.param(
            left(10_000),
            money(-5_000, paid={A: -5_000}),
            [(K.PAID, 5_000), (K.ELSEWHERE, -5_000)],
            id="came back, and comes with the next one",
        ),
        pytest.param(
            left(15_000),
            money(-5_000, paid={A: -5_000}),
            [(K.PAID, 5_000)],
            id="came back, and is asked for at once",
        ),
        pytest.param(
            left(0, is_paused=True),
            money(3_000, paid={A: 3_000}),
            [(K.PAID, -3_000), (K.PAUSED, -7_000)],
            id="paid in part, then paused",
        ),
    ],
)
def test_each_thing_has_its_name(
    visits: list[VisitLeft], since: MoneySince, rows: list[tuple[K, int]]
) -> None:
    assert [(row.kind, row.cents) for row in rows_since(visits, since)] == rows


CENTS = st.integers(-20_000, 20_000)


@given(
    received=st.lists(CENTS, max_size=4),
    kept=CENTS,
    paid=st.dictionaries(st.sampled_from([A, B, ELSEWHERE]), CENTS),
    from_credit=st.dictionaries(st.sampled_from([A, B, ELSEWHERE]), CENTS),
    gone=st.tuples(st.integers(0, 10_000), st.integers(0, 4_000)),
    why=st.tuples(st.integers(0, 20_000), st.integers(0, 20_000), st.booleans()),
)
def test_whatever_happened_the_rows_lead_to_what_is_left(
    *,
    received: list[int],
    kept: int,
    paid: dict[UUID, int],
    from_credit: dict[UUID, int],
    gone: tuple[int, int],
    why: tuple[int, int, bool],
) -> None:
    """Nothing that was paid is still asked for: so the more of these is gone."""
    visits = []
    for (claim_id, asked_cents), gone_cents in zip(ASKED.items(), gone, strict=True):
        counted_cents = min(asked_cents, paid.get(claim_id, 0))
        visits.append(
            VisitLeft(
                claim_id=claim_id,
                asked_cents=asked_cents,
                left_cents=min(asked_cents - gone_cents, asked_cents - counted_cents),
                on_plan_cents=why[0],
                placed_cents=why[1],
                is_paused=why[2],
            )
        )
    since = money(*received, kept=kept, paid=paid, from_credit=from_credit)
    rows = rows_since(visits, since)
    assert sum(ASKED.values()) + sum(row.cents for row in rows) == sum(
        one.left_cents for one in visits
    )
