"""Payments in the books with their posts in the outbox, made without a card."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import insert, select

from portal.db import Database, Principal, new_id, practice_of
from portal.domain.allocation import Allocation
from portal.domain.payment_postings import payment_settled
from portal.ledger import models as ledger
from portal.ledger.journal import post
from portal.ledger.outbox import enqueue_post
from tests.payments.owing import Owing

NOW = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)


def make_post(
    database: Database,
    owing: Owing,
    *,
    cents: int = 2_000,
    account_number: str = "A-20411",
    claim_number: str = "10482-B",
) -> UUID:
    """A settled payment of the older visit."""
    payment_id = new_id()
    parts = [Allocation(owing.older.target, cents)]
    with database.transaction(_job(owing)) as session:
        entry_id = post(
            session,
            payment_settled(
                payment_id,
                parts,
                guarantor_id=owing.guarantor_id,
                effective_on=date(2026, 3, 9),
            ),
            now=NOW,
        )
        session.execute(
            insert(ledger.Allocation).values(
                practice_id=owing.practice_id,
                allocation_id=new_id(),
                guarantor_id=owing.guarantor_id,
                payment_id=payment_id,
                entry_id=entry_id,
                claim_id=owing.older.target.claim_id,
                charge_id=owing.older.target.charge_id,
                amount_cents=cents,
            )
        )
        return enqueue_post(
            session,
            guarantor_id=owing.guarantor_id,
            entry_id=entry_id,
            subject_id=payment_id,
            kind="payment_settled",
            amount_cents=cents,
            effective_on=date(2026, 3, 9),
            details={
                "account_number": account_number,
                "receipt_number": "RB-2026-000001",
                "method": "card",
                "allocations": [
                    {
                        "claim_number": claim_number,
                        "line_control_number": "L1",
                        "amount_cents": cents,
                    }
                ],
            },
            now=NOW,
        )


def states(database: Database, owing: Owing) -> dict[UUID, str]:
    """Every post's state."""
    with database.transaction(_job(owing)) as session:
        rows = session.execute(
            select(ledger.LedgerPost.post_id, ledger.LedgerPost.state).where(
                ledger.LedgerPost.practice_id == practice_of(session)
            )
        )
        return {row.post_id: row.state for row in rows}


def history(database: Database, owing: Owing, post_id: UUID) -> Sequence[str]:
    """The states a post went through after it was queued."""
    with database.transaction(_job(owing)) as session:
        return session.scalars(
            select(ledger.LedgerPostEvent.state)
            .where(
                ledger.LedgerPostEvent.practice_id == practice_of(session),
                ledger.LedgerPostEvent.post_id == post_id,
            )
            .order_by(ledger.LedgerPostEvent.event_id)
        ).all()


def _job(owing: Owing) -> Principal:
    return Principal.job(owing.practice_id, role="test")
