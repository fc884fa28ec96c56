"""The check of payments against the books: silent when sound, and it names what is off."""

import pytest
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of
from portal.domain.payment_status import PaymentState
from portal.ledger.checks import checks as ledger_checks
from portal.ledger.models import Allocation
from portal.payments.checks import checks
from portal.payments.refunds.asking import ask_for_refund
from tests.conftest import DatabaseUrls
from tests.payments.paying import Payer
from tests.payments.test_refunds import refund

LOSE_THE_ENTRY = "UPDATE portal.journal_entries SET source_key = 'lost' WHERE business_event = '{}'"


def findings(payer: Payer) -> list[str]:
    return payer.read(lambda session: [finding.message for finding in checks(session)])


def spoil(urls: DatabaseUrls, change: str) -> None:
    """What no code of ours can do, by hand."""
    engine = create_engine(urls.superuser)
    try:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(change))
    finally:
        engine.dispose()


def test_sound_books_say_nothing(payer: Payer) -> None:
    payment_id = payer.pay(5_000)
    refund(payer, payment_id, 1_000)
    payer.wait(hours=1)
    assert findings(payer) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE portal.payments SET state = 'open'", "which did not succeed"),
        ("UPDATE portal.payments SET amount_cents = 4999", "is posted as 5000"),
        ("UPDATE portal.payments SET receipt_number = NULL", "has no receipt"),
        ("DELETE FROM portal.allocations", "0 are allocated"),
        (LOSE_THE_ENTRY.format("payment_settled"), "is money and has no entry"),
    ],
)
def test_each_thing_that_is_off_is_named(
    payer: Payer, database_urls: DatabaseUrls, change: str, words: str
) -> None:
    payer.pay(5_000)
    spoil(database_urls, change)
    assert any(words in finding for finding in findings(payer))


def test_money_in_suspense_without_an_entry_is_named(
    payer: Payer, database_urls: DatabaseUrls
) -> None:
    payment_id = payer.pay_at_stripe(5_000)
    spoil(database_urls, "UPDATE portal.payments SET amount_cents = 4999")
    assert payer.apply(payment_id) is PaymentState.SUSPENDED
    assert findings(payer) == []
    spoil(database_urls, LOSE_THE_ENTRY.format("payment_suspended"))
    assert any("in suspense" in finding for finding in findings(payer))


def test_more_given_back_than_came_is_named(payer: Payer, database_urls: DatabaseUrls) -> None:
    refund(payer, payer.pay(5_000), 2_000)
    spoil(database_urls, "UPDATE portal.refunds SET amount_cents = 5001")
    assert any("were given back" in finding for finding in findings(payer))


def test_an_unknown_refund_is_not_found(payer: Payer) -> None:
    with pytest.raises(LookupError):
        ask_for_refund(
            payer.database, payer.gateway, payer.owing.practice_id, new_id(), now=payer.now
        )


def test_a_payment_that_is_put_to_another_claim_than_the_journal_says_is_named(
    payer: Payer,
) -> None:
    payment_id = payer.pay(7_000)
    owing = payer.owing

    def move(session: Session) -> None:
        where = Allocation.practice_id == practice_of(session)
        entry_id = session.scalars(select(Allocation.entry_id).where(where)).first()
        moved = {owing.older.target: -6_000, owing.unbilled.target: 6_000}
        session.execute(
            insert(Allocation),
            [
                {
                    "practice_id": owing.practice_id,
                    "allocation_id": new_id(),
                    "guarantor_id": owing.guarantor_id,
                    "payment_id": payment_id,
                    "entry_id": entry_id,
                    "claim_id": target.claim_id,
                    "charge_id": target.charge_id,
                    "amount_cents": cents,
                }
                for target, cents in moved.items()
            ],
        )

    payer.read(move)
    found = [one.check for one in payer.read(lambda session: list(ledger_checks(session)))]
    assert found.count("allocations") == len({owing.older.target, owing.unbilled.target})
