"""What one import of sent claims (837) did: every claim of the file has one outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.domain.adjudication import Disposition
from portal.domain.sent_claim import SentClaim
from portal.domain.sent_claim_rules import SentOutcome

KIND: Final = "837"

_DISPOSITIONS: Mapping[SentOutcome, Disposition] = {
    SentOutcome.NEW: Disposition.POSTED,
    SentOutcome.REPLACED: Disposition.POSTED,
    SentOutcome.VOIDED: Disposition.POSTED,
    SentOutcome.EQUAL: Disposition.DUPLICATE,
    SentOutcome.DUPLICATE: Disposition.DUPLICATE,
    SentOutcome.DIFFERING: Disposition.QUARANTINED,
    SentOutcome.QUARANTINED: Disposition.QUARANTINED,
}


@dataclass(frozen=True, slots=True)
class SentReport:
    """Counts and cents (CLM02) of one file. The dispositions are those of every import."""

    file: str
    sent: Mapping[str, int]  # claims by outcome
    sent_cents: Mapping[str, int]
    dispositions: Mapping[str, int]  # claims
    cents: Mapping[str, int]  # by disposition
    journal_entries: int
    patients_made: int = 0
    coverages_added: int = 0
    findings: int = 0

    @property
    def claims(self) -> int:
        """Every claim of the file."""
        return sum(self.sent.values())

    def as_json(self) -> dict[str, Any]:
        """As ``era import --json`` prints it, and as it is kept with the file."""
        return {
            "file": self.file,
            "kind": KIND,
            "claims": self.claims,
            "claims_posted": self.dispositions[Disposition.POSTED.value],
            "claims_held": self.dispositions[Disposition.HELD.value],
            "claims_quarantined": self.dispositions[Disposition.QUARANTINED.value],
            "duplicates": self.dispositions[Disposition.DUPLICATE.value],
            "journal_entries": self.journal_entries,
            "charge_cents": sum(self.cents.values()),
            "cents": dict(self.cents),
            "sent": dict(self.sent),
            "sent_cents": dict(self.sent_cents),
            "patients_made": self.patients_made,
            "coverages_added": self.coverages_added,
            "findings": self.findings,
        }


def repeat_of_sent(report: Mapping[str, Any], *, file: str) -> SentReport:
    """The same bytes again: all of the earlier import's claims are duplicates now."""
    tally = SentTally()
    tally.sent[SentOutcome.DUPLICATE] = report["claims"]
    tally.sent_cents[SentOutcome.DUPLICATE] = report["charge_cents"]
    tally.dispositions[Disposition.DUPLICATE] = report["claims"]
    tally.cents[Disposition.DUPLICATE] = report["charge_cents"]
    tally.findings = report["findings"]
    return tally.report(file=file)


@dataclass(slots=True)
class SentTally:
    """Counts while a file is read."""

    sent: dict[SentOutcome, int] = field(default_factory=lambda: dict.fromkeys(SentOutcome, 0))
    sent_cents: dict[SentOutcome, int] = field(
        default_factory=lambda: dict.fromkeys(SentOutcome, 0)
    )
    dispositions: dict[Disposition, int] = field(
        default_factory=lambda: dict.fromkeys(Disposition, 0)
    )
    cents: dict[Disposition, int] = field(default_factory=lambda: dict.fromkeys(Disposition, 0))
    journal_entries: int = 0
    patients_made: int = 0
    coverages_added: int = 0
    findings: int = 0

    def count(self, claim: SentClaim, outcome: SentOutcome, *, is_held: bool) -> None:
        """One more claim."""
        disposition = _DISPOSITIONS[outcome]
        if disposition is Disposition.POSTED and is_held:
            disposition = Disposition.HELD
        self.sent[outcome] += 1
        self.sent_cents[outcome] += claim.charge_cents
        self.dispositions[disposition] += 1
        self.cents[disposition] += claim.charge_cents
        self.findings += len(claim.findings)

    def report(self, *, file: str) -> SentReport:
        """As it stands."""
        return SentReport(
            file=file,
            sent={one.value: count for one, count in self.sent.items()},
            sent_cents={one.value: cents for one, cents in self.sent_cents.items()},
            dispositions={one.value: count for one, count in self.dispositions.items()},
            cents={one.value: cents for one, cents in self.cents.items()},
            journal_entries=self.journal_entries,
            patients_made=self.patients_made,
            coverages_added=self.coverages_added,
            findings=self.findings,
        )
