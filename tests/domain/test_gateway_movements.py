"""What a payout does to the books: each kind of movement, and that it always balances."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.gateway_movements import (
    OF_A_PAYMENT,
    MovementKind,
    SettledMovement,
    account_of_movement,
    is_explained,
    payout_returned,
    payout_settled,
)
from portal.domain.journal import JournalEntry, LedgerAccount
from tests.domain.claims import check_accounts
from tests.domain.gateway_entries import GATEWAY_ENTRIES

PAYOUT_ID = UUID(int=1)
DAY = date(2026, 3, 10)
CARD, BANK_DEBIT = LedgerAccount.CARD_CLEARING, LedgerAccount.BANK_CLEARING


def legs(*movements: SettledMovement) -> dict[str, int]:
    """With the payout that carries them."""
    net = sum(one.net_cents for one in movements)
    own = SettledMovement(MovementKind.PAYOUT, -net, 0)
    entry = payout_settled(PAYOUT_ID, [*movements, own], effective_on=DAY)
    return {leg.account.value: leg.amount_cents for leg in entry.postings}


@pytest.mark.parametrize(("entry", "expected"), GATEWAY_ENTRIES)
def test_an_event_at_the_processor_posts_exactly_these_legs(
    entry: JournalEntry, expected: list[tuple[LedgerAccount, int]]
) -> None:
    assert [(one.account, one.amount_cents) for one in entry.postings] == expected
    check_accounts(entry)


@pytest.mark.parametrize(
    ("movement", "expected"),
    [
        (
            SettledMovement(MovementKind.CHARGE, 10_000, 320, CARD),
            {"card_clearing": -10_000, "processor_fees": 320, "bank": 9_680},
        ),
        (
            SettledMovement(MovementKind.CHARGE, 10_000, 80, BANK_DEBIT),
            {"bank_clearing": -10_000, "processor_fees": 80, "bank": 9_920},
        ),
        (
            SettledMovement(MovementKind.DISPUTE_REVERSED, 5_000, 0, CARD),
            {"card_clearing": -5_000, "bank": 5_000},
        ),
        (
            SettledMovement(MovementKind.REFUND_FAILED, 700, 0, CARD),
            {"card_clearing": -700, "bank": 700},
        ),
        (
            SettledMovement(MovementKind.CHARGE, 2_000, 88),
            {"payment_suspense": -2_000, "processor_fees": 88, "bank": 1_912},
        ),
        (SettledMovement(MovementKind.OTHER, 300, 0), {"payment_suspense": -300, "bank": 300}),
        (
            SettledMovement(MovementKind.PAYOUT_RETURNED, 900, 0),
            {"card_clearing": -900, "bank": 900},
        ),
    ],
)
def test_each_movement_goes_where_it_belongs(
    movement: SettledMovement, expected: dict[str, int]
) -> None:
    assert legs(movement) == expected


def test_what_leaves_with_a_payment_that_stays() -> None:
    charge = SettledMovement(MovementKind.CHARGE, 10_000, 320, CARD)
    refund = SettledMovement(MovementKind.REFUND, -2_500, 0, CARD)
    dispute = SettledMovement(MovementKind.DISPUTE, -3_000, 1_500, CARD)
    fee = SettledMovement(MovementKind.FEE, -400, 0)
    assert legs(charge, refund, dispute, fee) == {
        "card_clearing": -10_000 + 2_500 + 4_500,  # the dispute's fee was booked when it opened
        "processor_fees": 320 + 400,
        "bank": 2_280,
    }


MOVEMENTS = st.builds(
    SettledMovement,
    st.sampled_from([kind for kind in MovementKind if kind is not MovementKind.PAYOUT]),
    st.integers(-1_000_000, 1_000_000).filter(bool),
    st.integers(0, 5_000),
    st.sampled_from([CARD, BANK_DEBIT, None]),
)


@given(st.lists(MOVEMENTS, min_size=1, max_size=12))
def test_whatever_it_carried_the_bank_has_the_payout(movements: list[SettledMovement]) -> None:
    net = sum(one.net_cents for one in movements)
    if net:
        assert legs(*movements)["bank"] == net


def test_movements_that_do_not_add_up_are_no_entry() -> None:
    charge = SettledMovement(MovementKind.CHARGE, 10_000, 320, CARD)
    own = SettledMovement(MovementKind.PAYOUT, -9_679, 0)
    with pytest.raises(ValueError, match="differ"):
        payout_settled(PAYOUT_ID, [charge, own], effective_on=DAY)


def test_a_payout_that_came_back_is_at_the_processor_again() -> None:
    entry = payout_returned(PAYOUT_ID, amount_cents=500, effective_on=DAY)
    assert {leg.account: leg.amount_cents for leg in entry.postings} == {
        CARD: 500,
        LedgerAccount.BANK: -500,
    }


@pytest.mark.parametrize("kind", MovementKind)
def test_only_movements_of_payments_have_a_clearing_account(kind: MovementKind) -> None:
    account = account_of_movement(kind, method_kind="us_bank_account")
    assert account is (BANK_DEBIT if kind in OF_A_PAYMENT else None)
    assert is_explained(SettledMovement(kind, 1, 0, account)) is (kind is not MovementKind.OTHER)
