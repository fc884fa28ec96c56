"""The practice's feed in tests: rows as its system writes them, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.connectors.practice_systems.feed import write_feed
from portal.db import Database, Principal, practice_of
from portal.domain.practice_feed import COLUMNS
from portal.jobs.ledger_check import check_ledger
from portal.practice.directory import PracticeRef
from portal.sync.feed import FeedReport, import_feed
from portal.sync.models import FeedRowRecord
from tests.remittances.desk import NOW


@dataclass(frozen=True, slots=True)
class Row:
    """One row; what a kind needs has defaults."""

    kind: str = "receipt"
    id: str = "R-1"
    account_number: str = ""
    claim_number: str = "A1"
    service_on: str = ""
    cents: int = 2_000
    happened_on: str = "2026-01-05"
    method: str = ""
    code: str = ""
    adjustment_class: str = ""
    refers_to: str = ""
    post_id: UUID | str = ""

    def cells(self) -> tuple[str, ...]:
        method = self.method or ("card" if self.kind == "receipt" else "")
        told = {
            "kind": self.kind,
            "id": self.id,
            "account_number": self.account_number,
            "claim_number": self.claim_number,
            "service_on": self.service_on,
            "amount_cents": str(self.cents),
            "happened_on": self.happened_on,
            "method": method,
            "code": self.code,
            "class": self.adjustment_class,
            "refers_to": self.refers_to,
            "post_id": str(self.post_id),
        }
        return tuple(told[name] for name in COLUMNS)

    def void(self, *, id: str = "") -> "Row":  # noqa: A002 - the column's name
        """The row that says it never happened."""
        return Row(
            kind="void", claim_number="", id=id or f"V-{self.id}", cents=0, refers_to=self.id
        )


@dataclass(slots=True)
class Feeder:
    """Sends files of the practice's system; afterwards the books are examined, whatever it was."""

    database: Database
    practice: PracticeRef
    now: datetime = NOW
    examines: bool = True

    def send(self, *rows: Row, dry_run: bool = False) -> FeedReport:
        return self.send_bytes(self.file(rows), dry_run=dry_run)

    def file(self, rows: Sequence[Row]) -> bytes:
        return write_feed(
            tuple(row.cells() for row in rows),
            practice_slug=self.practice.slug,
            created_at=self.now,
        )

    def send_bytes(self, content: bytes, *, dry_run: bool = False) -> FeedReport:
        report = import_feed(
            self.database,
            self.practice,
            content,
            file_name="feed.csv",
            now=self.now,
            imported_by="test",
            dry_run=dry_run,
        )
        assert not self.examines or self.findings() == []
        assert sum(report.rows.values()) == report.as_json()["imported"]
        return report

    def findings(self) -> list[str]:
        """Everything `portal ledger check` says."""
        return [finding.message for _, finding in check_ledger(self.database).findings]

    def records(self) -> dict[str, FeedRowRecord]:
        """What is kept of rows, by key."""
        principal = Principal.job(self.practice.practice_id, role="test")
        with self.database.transaction(principal) as session:
            rows = session.scalars(
                select(FeedRowRecord).where(FeedRowRecord.practice_id == practice_of(session))
            )
            return {row.row_key: row for row in rows}
