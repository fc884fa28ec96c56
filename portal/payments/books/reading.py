"""`portal payments reconcile`: the processor's books are read, then a day is held against ours."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.connectors.settlement_records import SettlementRecords
from portal.db import Database, Principal
from portal.domain.reconciliation import Standing
from portal.payments.books.pages import difference_counts
from portal.payments.books.reconciling import Day, day_of_books
from portal.payments.books.standing import standing
from portal.payments.books.taking_in import take_in_books
from portal.payments.disputes.service import take_in_disputes
from portal.practice.directory import PracticeRef


@dataclass(frozen=True, slots=True)
class ReconciledDay:
    """A day of one practice, and what stands in clearing."""

    day: Day
    standing: Standing

    @property
    def is_ok(self) -> bool:
        """Every row agrees, the totals tie, and clearing is what is not paid out."""
        return self.day.is_ok and self.standing.unexplained_cents == 0

    def as_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        totals = self.day.totals
        return {
            "date": self.day.day.isoformat(),
            "ok": self.is_ok,
            "rows": len(self.day.rows),
            "matched": sum(not row.differences for row in self.day.rows),
            "off": self.day.off,
            "differences": difference_counts(self.day),
            "stripe_cents": totals.stripe_cents,
            "fee_cents": totals.fee_cents,
            "journal_cents": totals.journal_cents,
            "ties": totals.ties,
            "clearing_cents": self.standing.clearing_cents,
            "balance_cents": self.standing.balance_cents,
            "unexplained_cents": self.standing.unexplained_cents,
        }


def reconcile(
    database: Database,
    records: SettlementRecords,
    practice: PracticeRef,
    day: date,
    *,
    now: datetime,
) -> ReconciledDay:
    """Read what is new at the processor, then compare. Raises GatewayError."""
    take_in_books(database, records, practice.practice_id, now=now)
    take_in_disputes(database, records, practice.practice_id, now=now)
    job = Principal.job(practice.practice_id, role="payments reconcile")
    with database.transaction(job) as session:
        return ReconciledDay(
            day_of_books(session, day, zone=ZoneInfo(practice.time_zone)),
            standing(session),
        )
