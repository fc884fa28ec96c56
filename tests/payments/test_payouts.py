"""Payouts in the books: what they carried is cleared, their fees are known, each cent once."""

from portal.domain.gateway_movements import MovementKind
from portal.domain.journal import LedgerAccount
from portal.domain.payment_postings import payment_suspended
from portal.ledger.journal import post
from portal.payments.books.models import MovementRow
from portal.payments.books.payouts import MANUAL_TASK, RETURNED_TASK, UNEXPLAINED_TASK
from portal.payments.books.placing import placed
from tests.payments.settling import Settling

CLEARING = (LedgerAccount.CARD_CLEARING, LedgerAccount.BANK_CLEARING)


def test_a_payout_clears_what_it_carried_and_books_the_fees(settling: Settling) -> None:
    settling.pay(6_000)
    assert settling.cents_in(*CLEARING) == 6_000
    settling.pass_days()
    payout = settling.take_in(settling.pay_out())
    assert settling.entries("payout_settled") == [
        {"bank": 5_796, "card_clearing": -6_000, "processor_fees": 204}
    ]
    assert payout.amount_cents == 5_796
    assert settling.cents_in(*CLEARING) == 0
    assert settling.problems() == []


def test_a_bank_debit_has_a_clearing_account_of_its_own(settling: Settling) -> None:
    settling.pay_by_debit(4_000)
    settling.pay(6_000)
    settling.pass_days()
    settling.take_in(settling.pay_out())
    (entry,) = settling.entries("payout_settled")
    assert entry["bank_clearing"] == -4_000
    assert entry["card_clearing"] == -6_000
    assert entry["processor_fees"] == 32 + 204
    assert settling.cents_in(*CLEARING) == 0
    assert settling.problems() == []


def test_a_payout_told_of_twice_is_posted_once(settling: Settling) -> None:
    settling.pay(6_000)
    settling.pass_days()
    payout_id = settling.pay_out()
    assert settling.take_in(payout_id).settled_entry_id == (
        settling.take_in(payout_id).settled_entry_id
    )
    assert settling.read_books().payouts == 0
    assert len(settling.entries("payout_settled")) == 1


def test_nothing_is_posted_before_the_money_is_at_the_bank(settling: Settling) -> None:
    settling.pay(6_000)
    settling.pass_days()
    payout = settling.wire.control.post("payouts", {})["payout"]
    assert settling.take_in(payout["id"]).settled_entry_id is None
    settling.pass_days()
    assert settling.read_books().payouts == 1  # nobody told us
    assert settling.cents_in(*CLEARING) == 0


def test_a_payout_that_comes_back_goes_with_the_next(settling: Settling) -> None:
    settling.pay(6_000)
    settling.pass_days()
    first = settling.pay_out()
    settling.take_in(first)
    settling.wire.control.post("payouts/fail", {"payout": first, "code": "account_closed"})
    assert settling.take_in(first).failure_code == "account_closed"
    assert settling.cents_in(LedgerAccount.BANK) == 0
    assert settling.cents_in(*CLEARING) == 5_796  # the fee is gone, whatever the bank did
    assert RETURNED_TASK in settling.payer.task_kinds()
    settling.take_in(settling.pay_out())
    assert settling.cents_in(LedgerAccount.BANK) == 5_796
    assert settling.cents_in(*CLEARING) == 0
    assert settling.cents_in(LedgerAccount.PROCESSOR_FEES) == 204
    assert settling.problems() == []


def test_a_payout_that_fails_before_it_arrived_leaves_the_bank_as_it_was(
    settling: Settling,
) -> None:
    settling.pay(6_000)
    settling.pass_days()
    payout = settling.wire.control.post("payouts", {})["payout"]
    settling.wire.control.post("payouts/fail", {"payout": payout["id"], "code": "no_account"})
    settling.take_in(payout["id"])
    assert settling.cents_in(LedgerAccount.BANK) == 0
    settling.take_in(settling.pay_out())
    assert settling.cents_in(*CLEARING) == 0
    assert settling.problems() == []


def test_money_that_none_of_our_payments_explains_waits_in_suspense(settling: Settling) -> None:
    settling.pay(6_000)
    settling.wire.api(
        "POST",
        "/v1/payment_intents",
        "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true",
    )
    settling.pass_days()
    settling.take_in(settling.pay_out())
    assert settling.cents_in(LedgerAccount.PAYMENT_SUSPENSE) == -2_000
    assert settling.cents_in(*CLEARING) == 0
    assert UNEXPLAINED_TASK in settling.payer.task_kinds()
    assert settling.problems() == []


def test_a_stray_is_where_it_was_booked_whatever_payment_it_names(settling: Settling) -> None:
    """A bank debit that nobody asked for, with the number of a payment that came by card."""
    payment_id = settling.pay(6_000)
    stray = MovementRow(
        kind=MovementKind.CHARGE.value,
        amount_cents=2_000,
        fee_cents=0,
        payment_intent_id="pi_stray",
        reference=payment_id,
        word="payment",
    )
    with settling.payer.database.transaction(settling.payer.job) as session:
        entry = payment_suspended(
            "pi_stray",
            amount_cents=2_000,
            guarantor_id=settling.payer.owing.guarantor_id,
            effective_on=settling.payer.now.date(),
            arrived_in=LedgerAccount.BANK_CLEARING,
        )
        post(session, entry, now=settling.payer.now)
        (placed_stray,) = placed(session, [stray])
    assert placed_stray.account is LedgerAccount.BANK_CLEARING


def test_a_payout_made_by_hand_says_nothing_of_fees(settling: Settling) -> None:
    settling.pay(6_000)
    settling.pass_days()
    payout = settling.wire.api("POST", "/v1/payouts", "amount=5000&currency=usd")
    settling.pass_days()
    settling.take_in(payout["id"])
    assert settling.cents_in(*CLEARING) == 1_000
    assert settling.cents_in(LedgerAccount.PROCESSOR_FEES) == 0
    assert MANUAL_TASK in settling.payer.task_kinds()
    assert settling.problems() == []


def test_all_that_was_read_is_what_stripe_holds(settling: Settling) -> None:
    settling.pay(6_000)
    settling.pass_days()
    settling.take_in(settling.pay_out())
    settling.pay(3_000)
    read = settling.read_books()
    assert read.balance_cents == 3_000 - 117
    assert settling.problems() == []
