"""What one import did: every claim of the file has one disposition, and nothing is left over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.adjudication import Disposition
from portal.domain.remittance import ClaimPayment


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Counts and cents of one file. Cents are charges (CLP03); a reversal's are below zero."""

    file: str
    claims_posted: int
    claims_held: int
    claims_quarantined: int
    duplicates: int
    journal_entries: int
    cents: Mapping[str, int]  # by disposition
    paid_cents: int  # BPR02 of its payments, those told before left out
    findings: int = 0  # what `era check` says about it

    @property
    def claims(self) -> int:
        """Every claim of the file."""
        counted = self.claims_posted + self.claims_held + self.claims_quarantined
        return counted + self.duplicates

    def as_json(self) -> dict[str, Any]:
        """As ``era import --json`` prints it, and as it is kept with the file."""
        return {
            "file": self.file,
            "claims": self.claims,
            "claims_posted": self.claims_posted,
            "claims_held": self.claims_held,
            "claims_quarantined": self.claims_quarantined,
            "duplicates": self.duplicates,
            "journal_entries": self.journal_entries,
            "charge_cents": sum(self.cents.values()),
            "cents": dict(self.cents),
            "paid_cents": self.paid_cents,
            "findings": self.findings,
        }


def repeat_of(report: Mapping[str, Any], *, file: str) -> ImportReport:
    """The same bytes again: all of the earlier import's claims are duplicates now."""
    return ImportReport(
        file=file,
        claims_posted=0,
        claims_held=0,
        claims_quarantined=0,
        duplicates=report["claims"],
        journal_entries=0,
        cents={one.value: 0 for one in Disposition}
        | {Disposition.DUPLICATE.value: report["charge_cents"]},
        paid_cents=0,
        findings=report["findings"],
    )


@dataclass(slots=True)
class Tally:
    """Counts while a file is read."""

    claims: dict[Disposition, int] = field(default_factory=lambda: dict.fromkeys(Disposition, 0))
    cents: dict[Disposition, int] = field(default_factory=lambda: dict.fromkeys(Disposition, 0))
    journal_entries: int = 0
    paid_cents: int = 0
    findings: int = 0

    def count(self, claim: ClaimPayment, disposition: Disposition) -> None:
        self.claims[disposition] += 1
        self.cents[disposition] += claim.charge_cents
        self.findings += len(claim.findings)

    def report(self, *, file: str) -> ImportReport:
        return ImportReport(
            file=file,
            claims_posted=self.claims[Disposition.POSTED],
            claims_held=self.claims[Disposition.HELD],
            claims_quarantined=self.claims[Disposition.QUARANTINED],
            duplicates=self.claims[Disposition.DUPLICATE],
            journal_entries=self.journal_entries,
            cents={one.value: cents for one, cents in self.cents.items()},
            paid_cents=self.paid_cents,
            findings=self.findings,
        )
