"""The nightly reading of the processor's books: movements, payouts that are not done, the balance.

Webhooks are hints and may be lost; this finds whatever they did not say. Each part can be repeated.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import GatewayEvent
from portal.connectors.settlement_records import Payout, SettlementRecords
from portal.db import Database, Principal, practice_of
from portal.payments.books.explaining import place_explained
from portal.payments.books.models import GatewayBalance, MovementRow, PayoutRow
from portal.payments.books.payouts import keep_movements, take_in_payout
from portal.payments.books.standing import clearing_moved, standing
from portal.practice.directory import practice_by_id

_OVERLAP: Final = timedelta(days=2)
"""Read again, so that nothing falls between two readings."""

_PAYOUTS_FAIL_WITHIN: Final = timedelta(days=30)
"""How long a payout that was paid is looked at again: its bank may still send it back."""

_PAYOUT_EVENTS: Final = frozenset(
    {"payout.paid", "payout.reconciliation_completed", "payout.failed", "payout.canceled"}
)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What one reading found that was new; ``balance_cents`` is None when money moved meanwhile."""

    movements: int
    payouts: int
    balance_cents: int | None

    def as_json(self) -> dict[str, int | None]:
        """As the command line prints it."""
        return asdict(self)


def take_payout_event(
    database: Database,
    practice_id: UUID,
    event: GatewayEvent,
    *,
    records: SettlementRecords,
    now: datetime,
) -> bool:
    """A hint about a payout; see EventHandler."""
    if event.type not in _PAYOUT_EVENTS:
        return False
    take_in_payout(database, records, practice_id, event.object_id, now=now, event=event)
    return True


def take_in_books(
    database: Database, records: SettlementRecords, practice_id: UUID, *, now: datetime
) -> TakenIn:
    """Everything since the last reading. Raises GatewayError."""
    account = practice_by_id(database, practice_id).stripe_account
    job = Principal.job(practice_id, role="payouts")
    with database.transaction(job) as session:
        whole_at, payouts_from = _newest(session)
        known = movement_count(session)
    found = records.payouts_since(
        payouts_from - _PAYOUTS_FAIL_WITHIN if payouts_from else None, stripe_account=account
    )
    with database.transaction(job) as session:
        due = _not_done(session, found)
    for payout_id in due:
        take_in_payout(database, records, practice_id, payout_id, now=now)
    before_cents = records.balance_cents(stripe_account=account)
    movements = records.movements_since(
        whole_at - _OVERLAP if whole_at else None, stripe_account=account
    )
    after_cents = records.balance_cents(stripe_account=account)
    is_still = before_cents == after_cents
    with database.transaction(job) as session:
        keep_movements(session, movements)
        place_explained(session, now=now)
        if is_still:
            _keep_balance(session, after_cents, now=now)
        new = movement_count(session) - known
    return TakenIn(new, len(due), after_cents if is_still else None)


def movement_count(session: Session) -> int:
    """How many movements are known."""
    query = select(func.count()).where(MovementRow.practice_id == practice_of(session))
    return session.scalar(query) or 0


def _newest(session: Session) -> tuple[datetime | None, datetime | None]:
    """When all movements were known for the last time, and the newest payout.

    Not the newest movement: a dispute or a payout brings its own, and would hide older ones that no
    reading has seen because Stripe did not answer for days.
    """
    practice_id = practice_of(session)
    whole = select(func.max(GatewayBalance.read_at)).where(
        GatewayBalance.practice_id == practice_id,
        GatewayBalance.balance_cents == GatewayBalance.movements_cents,
    )
    payout = select(func.max(PayoutRow.created_at)).where(PayoutRow.practice_id == practice_id)
    return session.scalar(whole), session.scalar(payout)


def _keep_balance(session: Session, balance_cents: int, *, now: datetime) -> None:
    practice_id = practice_of(session)
    net = func.sum(MovementRow.amount_cents - MovementRow.fee_cents)
    cents = session.scalar(select(net).where(MovementRow.practice_id == practice_id))
    session.execute(
        insert(GatewayBalance)
        .values(
            practice_id=practice_id,
            read_at=now,
            balance_cents=balance_cents,
            movements_cents=int(cents or 0),
            unexplained_cents=_unexplained_cents(session, since=now),
        )
        .on_conflict_do_nothing()
    )


def _unexplained_cents(session: Session, *, since: datetime) -> int | None:
    """Of clearing; None when the books moved while the processor's were read."""
    session.flush()
    return None if clearing_moved(session, since=since) else standing(session).unexplained_cents


def _not_done(session: Session, found: Sequence[Payout]) -> list[str]:
    """Those whose state is news, or that are not posted yet, oldest first."""
    rows = session.execute(
        select(PayoutRow.stripe_payout_id, PayoutRow.status).where(
            PayoutRow.practice_id == practice_of(session),
            PayoutRow.settled_entry_id.is_not(None),
        )
    )
    done = {(row.stripe_payout_id, row.status) for row in rows}
    oldest_first = sorted(found, key=lambda payout: payout.created_at)
    return [one.id for one in oldest_first if (one.id, one.status.value) not in done]
