"""What may be paid for a choice: never more than is due, nor than the visits chosen ask for."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.payment_choice import PaymentChoice, most_cents

ONE, TWO, OTHER = (UUID(int=number) for number in (1, 2, 3))
ASKED = {ONE: 6_000, TWO: 4_000}


@pytest.mark.parametrize(
    ("choice", "claim_ids", "most"),
    [
        (PaymentChoice.ALL, (), 10_000),
        (PaymentChoice.PART, (ONE,), 10_000),
        (PaymentChoice.VISITS, (ONE,), 6_000),
        (PaymentChoice.VISITS, (ONE, ONE, TWO), 10_000),
        (PaymentChoice.VISITS, (TWO, OTHER), 4_000),
        (PaymentChoice.VISITS, (), 0),
    ],
)
def test_a_choice_of_visits_is_bounded_by_them(
    choice: PaymentChoice, claim_ids: tuple[UUID, ...], most: int
) -> None:
    assert most_cents(choice, claim_ids, due_now_cents=10_000, visit_cents=ASKED) == most


@given(
    due=st.integers(0, 20_000),
    asked=st.dictionaries(st.uuids(), st.integers(0, 9_000), max_size=5),
    data=st.data(),
)
def test_no_choice_asks_for_more_than_is_due(
    due: int, asked: dict[UUID, int], data: st.DataObject
) -> None:
    chosen = data.draw(st.sets(st.sampled_from([*asked, OTHER])))
    most = most_cents(PaymentChoice.VISITS, chosen, due_now_cents=due, visit_cents=asked)
    assert most == min(due, sum(asked[one] for one in chosen if one in asked))
