"""Whose money a refund takes: its own payment's, not credit that waits, nothing below zero."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from portal.connectors.payment_gateway import RefundStatus
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database
from portal.domain.journal import (
    NOWHERE,
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
)
from portal.domain.payment_status import RefundState
from portal.ledger.journal import post
from portal.ledger.queries import account_sums
from portal.payments.moves import BooksBusyError
from portal.payments.refunds.service import CreditAwaitedError, CreditUsedError, RefundTooLargeError
from portal.payments.webhooks import act_on
from portal.practice.import_lock import announce_import
from portal.remittances.service import import_file
from tests.conftest import DatabaseUrls
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.insured import insured_payer, pay_all, pay_part, waiting_cents
from tests.payments.owing import change_debt
from tests.payments.paying import GOOD_CARD, Payer
from tests.payments.test_applying import assert_books_are_sound
from tests.payments.test_checks import findings, spoil
from tests.payments.test_refunds import Rotated, event_of, refund, refunds
from tests.remittances.conftest import desk
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim, SentLine

__all__ = ["desk"]
A = LedgerAccount


@pytest.fixture
def insured(desk: ImportDesk, database: Database, gateway: StripeGateway) -> Payer:
    """June owes 20.00 of her claim A1, by a statement."""
    desk.receive(SentClaim())
    return insured_payer(desk, database, gateway)


def sums(payer: Payer) -> dict[LedgerAccount, int]:
    return payer.read(account_sums)


def refund_at_stripe(payer: Payer, stripe_wire: StripeWire, payment_id: UUID, cents: int) -> None:
    """On Stripe's own pages, and Stripe tells us."""
    intent = payer.row(payment_id).payment_intent_id
    stripe_wire.api("POST", "/v1/refunds", f"payment_intent={intent}&amount={cents}")
    event = event_of(stripe_wire, "refund.created")
    act_on(payer.database, payer.gateway, payer.owing.practice_id, event, now=payer.now)


def pay_what_nobody_owes_any_more(payer: Payer) -> UUID:
    """After the older visit is paid, the insurer pays the others: 40.00 under way is credit."""
    owing = payer.owing
    payment_id = payer.prepare(4_000)
    Cardholder(payer.confirm(payment_id, due_seen_cents=4_000) or "").pay(GOOD_CARD)
    for owed in (owing.newer, owing.unbilled):
        change_debt(payer.database, owing, owed.target, cents=-owed.cents, why="insurer paid")
    payer.apply(payment_id)
    return payment_id


def use_credit(payer: Payer, cents: int) -> None:
    """Credit pays a line without a word to the payment it came from."""
    target = payer.owing.newer.target
    change_debt(payer.database, payer.owing, target, cents=cents, why="billed again")
    entry = JournalEntry(
        BusinessEvent.CREDIT_APPLIED,
        "elsewhere",
        TODAY,
        payer.owing.guarantor_id,
        (Posting(A.UNAPPLIED_CREDIT, cents), Posting(A.PATIENT_RECEIVABLE, -cents, target)),
    )
    with payer.database.transaction(payer.job) as session:
        post(session, entry, now=payer.now)


def test_a_refund_takes_back_its_own_line_and_leaves_another_payments_credit(
    payer: Payer,
) -> None:
    of_the_line = payer.pay(6_000)
    of_credit = pay_what_nobody_owes_any_more(payer)
    assert refund(payer, of_the_line, 4_000) is RefundState.SUCCEEDED
    assert payer.allocations(of_the_line)[1:] == [(payer.owing.older.target, -4_000)]
    assert sums(payer)[A.UNAPPLIED_CREDIT] == -4_000
    assert refund(payer, of_credit, 4_000) is RefundState.SUCCEEDED
    assert payer.allocations(of_credit) == [(NOWHERE, 4_000), (NOWHERE, -4_000)]
    assert sums(payer)[A.UNAPPLIED_CREDIT] == 0
    assert_books_are_sound(payer)


def test_staff_cannot_give_back_credit_that_was_used_elsewhere(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payer.pay(6_000)
    payment_id = pay_what_nobody_owes_any_more(payer)
    use_credit(payer, 1_500)
    with pytest.raises(CreditUsedError) as refused:
        refund(payer, payment_id, 4_000)
    assert refused.value.most_cents == 2_500
    assert stripe_wire.api("GET", "/v1/refunds")["data"] == []
    assert refunds(payer) == []


def test_a_refund_at_stripe_of_credit_that_was_used_goes_to_suspense_and_to_staff(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payer.pay(6_000)
    payment_id = pay_what_nobody_owes_any_more(payer)
    use_credit(payer, 1_500)
    refund_at_stripe(payer, stripe_wire, payment_id, 4_000)
    assert sums(payer)[A.UNAPPLIED_CREDIT] == 0
    assert sums(payer)[A.PAYMENT_SUSPENSE] == 1_500
    assert "refund_unexplained" in payer.task_kinds()
    assert_books_are_sound(payer)


def test_a_refund_under_way_counts_before_it_is_posted(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payer.pay(6_000)
    payment_id = pay_what_nobody_owes_any_more(payer)
    use_credit(payer, 1_500)
    stripe_wire.control.fail_next("503", operation="POST /v1/refunds")
    assert refund(payer, payment_id, 2_000) is RefundState.REQUESTED
    with pytest.raises(RefundTooLargeError) as refused:
        refund(payer, payment_id, 501)
    assert refused.value.most_cents == 500


def test_credit_that_waits_for_a_correction_is_not_given_back(
    desk: ImportDesk,
    insured: Payer,
) -> None:
    payment_id = pay_all(insured, 2_000)
    desk.receive(SentClaim().reversal())
    insured.now = NOW + timedelta(days=29)
    with pytest.raises(CreditAwaitedError) as refused:
        refund(insured, payment_id, 1)
    assert refused.value.most_cents == 0
    assert waiting_cents(insured, desk.claim_id()) == 2_000
    desk.receive(replace(SentClaim(), icn="ICN2"))
    assert A.UNAPPLIED_CREDIT not in desk.sums()
    assert_books_are_sound(insured)


@pytest.mark.parametrize("days", [30, 31])
def test_after_thirty_days_without_a_correction_it_may_be_given_back(
    desk: ImportDesk, insured: Payer, days: int
) -> None:
    payment_id = pay_all(insured, 2_000)
    desk.receive(SentClaim().reversal())
    insured.now = NOW + timedelta(days=days)
    assert refund(insured, payment_id, 2_000) is RefundState.SUCCEEDED
    assert waiting_cents(insured, desk.claim_id()) == 0
    assert_books_are_sound(insured)
    desk.receive(replace(SentClaim(), icn="ICN2"))
    assert desk.claim().as_json()["patient_receivable_cents"] == 2_000
    assert_books_are_sound(insured)


def test_a_correction_does_not_use_credit_that_is_on_its_way_back(
    desk: ImportDesk, insured: Payer
) -> None:
    payment_id = pay_all(insured, 2_000)
    desk.receive(SentClaim().reversal())
    insured.now = NOW + timedelta(days=31)
    stripe = Rotated(insured.gateway)
    insured.gateway = stripe  # type: ignore[assignment]  # the rest of the protocol is passed on
    assert refund(insured, payment_id, 1_500) is RefundState.PENDING
    desk.receive(replace(SentClaim(), icn="ICN2"))
    assert desk.claim().as_json()["patient_receivable_cents"] == 1_500
    stripe.status = RefundStatus.SUCCEEDED
    insured.wait(minutes=5)
    insured.sweep()
    assert insured.allocations(payment_id)[-1] == (NOWHERE, -1_500)
    assert desk.claim().as_json()["patient_receivable_cents"] == 1_500
    assert A.UNAPPLIED_CREDIT not in desk.sums()
    assert_books_are_sound(insured)


def test_a_correction_uses_its_credit_while_a_refund_that_lines_can_give_is_on_its_way(
    desk: ImportDesk, database: Database, gateway: StripeGateway
) -> None:
    first, second = SentClaim(number="A1"), SentClaim(number="A2", icn="ICN22")
    desk.receive(first, second)
    payer = insured_payer(desk, database, gateway)
    payment_id = pay_all(payer, 4_000)
    desk.receive(first.reversal())
    payer.gateway = Rotated(payer.gateway)  # type: ignore[assignment]  # it passes the rest on
    payer.now = NOW + timedelta(days=1)
    assert refund(payer, payment_id, 2_000) is RefundState.PENDING
    desk.receive(replace(first, icn="ICN3"))
    assert desk.claim("A1").patient_receivable_cents == 0


def test_a_refund_at_stripe_of_credit_that_waits_leaves_nothing_for_the_correction(
    desk: ImportDesk,
    insured: Payer,
    stripe_wire: StripeWire,
) -> None:
    payment_id = pay_all(insured, 2_000)
    desk.receive(SentClaim().reversal())
    insured.now = NOW + timedelta(days=1)
    refund_at_stripe(insured, stripe_wire, payment_id, 1_200)
    assert waiting_cents(insured, desk.claim_id()) == 800
    assert_books_are_sound(insured)
    desk.receive(replace(SentClaim(), icn="ICN2"))
    assert desk.claim().as_json()["patient_receivable_cents"] == 1_200
    assert A.UNAPPLIED_CREDIT not in desk.sums()
    assert_books_are_sound(insured)


def test_a_refund_of_old_waiting_credit_leaves_what_another_claim_waits_with(
    desk: ImportDesk, database: Database, gateway: StripeGateway
) -> None:
    first, second = SentClaim(number="A1"), SentClaim(number="A2", icn="ICN22")
    desk.receive(first, second)
    payer = insured_payer(desk, database, gateway)
    pay_part(payer, 2_000, due_seen_cents=4_000)
    of_second = pay_part(payer, 2_000, due_seen_cents=2_000)
    ids = desk.claim_id("A1"), desk.claim_id("A2")
    desk.receive(second.reversal())
    _receive_after(desk, first.reversal(), days=29)
    payer.now = NOW + timedelta(days=31)
    assert refund(payer, of_second, 2_000) is RefundState.SUCCEEDED
    assert [waiting_cents(payer, claim_id) for claim_id in ids] == [2_000, 0]
    _receive_after(desk, replace(first, icn="ICN3"), days=32)
    assert desk.claims()["A1"].patient_receivable_cents == 0
    assert A.UNAPPLIED_CREDIT not in desk.sums()
    assert_books_are_sound(payer)


def _receive_after(desk: ImportDesk, *claims: SentClaim, days: int) -> None:
    import_file(
        desk.database,
        desk.practice,
        desk.write(*claims),
        create_patients=False,
        now=NOW + timedelta(days=days),
        today=TODAY + timedelta(days=days),
        imported_by="test",
    )


def test_what_a_refund_opens_again_on_a_held_claim_may_not_be_billed(
    desk: ImportDesk,
    insured: Payer,
) -> None:
    payment_id = pay_all(insured, 2_000)
    again = SentLine(adjustments={"CO45": 3_000, "PR3": 2_500})
    desk.receive(replace(SentClaim(), icn="ICN9", lines=(again,)))
    assert refund(insured, payment_id, 2_000) is RefundState.SUCCEEDED
    claim = desk.claim().as_json()
    assert (claim["patient_receivable_cents"], claim["patient_pending_cents"]) == (0, 2_000)
    assert desk.findings() == []
    assert_books_are_sound(insured)


def test_a_refund_is_not_asked_for_while_a_remittance_is_imported(payer: Payer) -> None:
    payment_id = payer.pay(5_000)
    with payer.database.transaction(payer.job) as importing:
        announce_import(importing.connection(), payer.owing.practice_id)
        with pytest.raises(BooksBusyError):
            refund(payer, payment_id, 1_000)
    assert refund(payer, payment_id, 1_000) is RefundState.SUCCEEDED


def test_a_refund_that_went_out_during_an_import_is_posted_after_it(
    payer: Payer, stripe_wire: StripeWire
) -> None:
    payment_id = payer.pay(5_000)
    with payer.database.transaction(payer.job) as importing:
        announce_import(importing.connection(), payer.owing.practice_id)
        refund_at_stripe(payer, stripe_wire, payment_id, 1_000)
        assert [one.state for one in refunds(payer)] == ["pending"]
        assert len(payer.posts()) == 1
    assert_books_are_sound(payer)
    payer.wait(minutes=5)
    payer.sweep()
    assert [one.state for one in refunds(payer)] == ["succeeded"]
    assert len(payer.posts()) == 2
    assert_books_are_sound(payer)


def test_the_check_names_waiting_credit_that_is_not_there(
    payer: Payer, database_urls: DatabaseUrls
) -> None:
    spoil(database_urls, """UPDATE portal.claims SET waiting_credit = '{"": 700}'""")
    assert any("wait for payers' corrections" in one for one in findings(payer))
