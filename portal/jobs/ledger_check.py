"""`portal ledger check`: what every feature knows must hold, in every practice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import portal.ledger.checks
import portal.ledger.visit_deposits
import portal.payments.books.checks
import portal.payments.checks
import portal.payments.counter.checks
import portal.payments.disputes.checks
import portal.payments.plans.checks
import portal.payments.scheduled.checks
import portal.payments.suspense.checks
import portal.plans.checks
import portal.remittances.checks
import portal.remittances.deposits.checks
import portal.statements.checks
import portal.sync.checks
import portal.sync.feed_checks
from portal.db import Database, Principal, practice_of
from portal.ledger.checks import CheckFinding
from portal.ledger.models import JournalEntryRow
from portal.practice.directory import PracticeRef, all_practices

CHECKS: tuple[Callable[[Session], Iterator[CheckFinding]], ...] = (
    portal.ledger.checks.checks,
    portal.ledger.visit_deposits.checks,
    portal.payments.checks.checks,
    portal.payments.books.checks.checks,
    portal.payments.disputes.checks.checks,
    portal.payments.scheduled.checks.checks,
    portal.payments.counter.checks.checks,
    portal.payments.suspense.checks.checks,
    portal.payments.plans.checks.checks,
    portal.plans.checks.checks,
    portal.sync.checks.checks,
    portal.sync.feed_checks.checks,
    portal.remittances.checks.checks,
    portal.remittances.deposits.checks.checks,
    portal.statements.checks.checks,
)


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """``ok`` is true when nothing was found."""

    entries: int
    findings: tuple[tuple[PracticeRef, CheckFinding], ...]

    @property
    def ok(self) -> bool:
        """Whether the books are sound."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """As contracts say: ok, entries, findings."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "findings": [
                {
                    "check": finding.check,
                    "practice": practice.slug,
                    "entry_id": str(finding.entry_id) if finding.entry_id else None,
                    "message": finding.message,
                }
                for practice, finding in self.findings
            ],
        }


def check_ledger(database: Database) -> LedgerCheck:
    """Run every check in every practice, one transaction each."""
    entries = 0
    findings: list[tuple[PracticeRef, CheckFinding]] = []
    for practice in all_practices(database):
        principal = Principal.job(practice.practice_id, role="ledger check")
        with database.transaction(principal) as session:
            entries += _entry_count(session)
            findings += [(practice, finding) for check in CHECKS for finding in check(session)]
    return LedgerCheck(entries, tuple(findings))


def _entry_count(session: Session) -> int:
    query = select(func.count()).where(JournalEntryRow.practice_id == practice_of(session))
    return session.scalar(query) or 0
