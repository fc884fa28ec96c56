"""0017: where each movement of an older payout was booked, and what stands against going back."""

from uuid import UUID

import alembic.command
import pytest
from sqlalchemy import create_engine, text

from portal.schema import configuration, upgrade
from tests.conftest import DatabaseUrls
from tests.migrations.test_migrations import NOW, insert_unchecked

ENTRY_ID, PAYOUT_ID, WAITING_ID = UUID(int=21), UUID(int=22), UUID(int=23)


@pytest.mark.parametrize("event", ["deposit_released", "movement_placed"])
def test_going_back_is_refused_while_the_journal_has_an_event_older_code_does_not_know(
    database_urls: DatabaseUrls, event: str
) -> None:
    _insert_entry(database_urls, event)
    with pytest.raises(RuntimeError, match="1 journal entries"):
        alembic.command.downgrade(configuration(database_urls.owner), "0016")


def test_movements_of_payouts_in_the_books_learn_where_they_were_booked(
    database_urls: DatabaseUrls,
) -> None:
    alembic.command.downgrade(configuration(database_urls.owner), "0016")
    _insert_entry(database_urls, "payout_settled")
    for payout_id, entry_id in ((PAYOUT_ID, ENTRY_ID), (WAITING_ID, None)):
        _insert_payout(database_urls, payout_id, entry_id)
    insert_unchecked(
        database_urls,
        "payments",
        payment_id=UUID(int=24),
        guarantor_id=UUID(int=25),
        amount_cents=100,
        pays_for="[]",
        state="succeeded",
        created_at=NOW,
        state_at=NOW,
        payment_intent_id="pi_ours",
        method_kind="us_bank_account",
    )
    for movement_id, kind, intent_id, payout_id in (
        ("txn_ours", "charge", "pi_ours", PAYOUT_ID),
        ("txn_strange", "charge", "pi_strange", PAYOUT_ID),
        ("txn_fee", "fee", None, PAYOUT_ID),
        ("txn_other", "other", None, PAYOUT_ID),
        ("txn_payout", "payout", None, PAYOUT_ID),
        ("txn_waiting", "charge", "pi_ours", WAITING_ID),
    ):
        _insert_movement(database_urls, movement_id, kind, intent_id, payout_id)
    upgrade(database_urls.owner)
    engine = create_engine(database_urls.superuser)
    with engine.connect() as connection:
        query = text("SELECT movement_id, account FROM portal.gateway_movements")
        found = {row.movement_id: row.account for row in connection.execute(query)}
    engine.dispose()
    assert found == {
        "txn_ours": "bank_clearing",
        "txn_strange": "payment_suspense",
        "txn_fee": "processor_fees",
        "txn_other": "payment_suspense",
        "txn_payout": "bank",
        "txn_waiting": None,
    }


def _insert_entry(urls: DatabaseUrls, event: str) -> None:
    insert_unchecked(
        urls,
        "journal_entries",
        entry_id=ENTRY_ID,
        business_event=event,
        source_key="test",
        effective_on=NOW.date(),
        recorded_at=NOW,
        posting_count=2,
    )


def _insert_payout(urls: DatabaseUrls, payout_id: UUID, entry_id: UUID | None) -> None:
    insert_unchecked(
        urls,
        "payouts",
        payout_id=payout_id,
        stripe_payout_id=f"po_{payout_id}",
        amount_cents=100,
        status="paid",
        is_automatic=True,
        is_itemised=True,
        created_at=NOW,
        arrives_on=NOW.date(),
        read_at=NOW,
        settled_entry_id=entry_id,
    )


def _insert_movement(
    urls: DatabaseUrls, movement_id: str, kind: str, intent_id: str | None, payout_id: UUID
) -> None:
    insert_unchecked(
        urls,
        "gateway_movements",
        movement_id=movement_id,
        kind=kind,
        word="",
        amount_cents=100,
        fee_cents=0,
        payment_intent_id=intent_id,
        description="",
        created_at=NOW,
        available_at=NOW,
        payout_id=payout_id,
    )
