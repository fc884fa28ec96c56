"""One claim as far as it is known: its row, its position, what its patient is insured by.

Changed in memory while decisions come in, and written back after.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portal.domain.claim_position import ClaimPosition, CoverageOnFile, Outcome
from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.ledger_identities import CHARGED_ACCOUNTS

IN_JOURNAL = frozenset({Outcome.POSTED, Outcome.WAITING, Outcome.REVERSAL})
"""Outcomes that leave the claim recorded, be it with a charge of nothing."""


@dataclass(slots=True)
class KnownClaim:
    """A claim of the database, or one that a remittance has just shown."""

    claim_id: UUID
    claim_number: str
    service_on: date | None
    patient_id: UUID | None
    position: ClaimPosition
    patient_name: str = ""  # on the file that brought it
    last_name: str = ""  # ours, when the patient is known
    member_identifier: str = ""
    provider_name: str = ""
    denied: bool = False
    charge_cents: int = 0  # on the claim's row
    standing: dict[HoldKind, UUID] = field(default_factory=dict)  # hold ids
    sums: Mapping[LedgerAccount, int] = field(default_factory=dict)  # as loaded
    patient_paid_cents: int = 0  # as loaded

    _stored: tuple[object, ...] = ()  # of its row, what can change; empty: there is no row

    @property
    def is_new(self) -> bool:
        """Whether it has no row yet."""
        return not self._stored

    @property
    def is_changed(self) -> bool:
        """Whether its row is there and has to be updated."""
        return bool(self._stored) and self._stored != self._changeable()

    def mark_stored(self) -> None:
        """Its row is as the claim is now, or will be before anybody reads it."""
        self._stored = self._changeable()

    def _changeable(self) -> tuple[object, ...]:
        return (
            self.position.guarantor_id,
            self.patient_id,
            self.service_on,
            self.provider_name,
            self.charge_cents,
            self.position.charge_source,
            self.position.denied,
            self.position.waiting_credit,
            self.position.waiting_let_off,
        )

    @property
    def is_in_journal(self) -> bool:
        """Whether any decision on it was posted, or its charge was; joined claims are another."""
        if self.position.joined_to is not None:
            return False
        decided = any(one.outcome in IN_JOURNAL for one in self.position.adjudications)
        return decided or any(account in self.sums for account in CHARGED_ACCOUNTS)


@dataclass(frozen=True, slots=True)
class DatedCoverage:
    """A coverage and when it is in force; open ends are None."""

    on_file: CoverageOnFile
    starts_on: date | None
    ends_on: date | None


def in_force(coverages: Iterable[DatedCoverage], on: date | None) -> tuple[CoverageOnFile, ...]:
    """The coverages of one patient on the day of service; of an unknown day, all of them."""
    return tuple(
        one.on_file
        for one in coverages
        if on is None or (one.starts_on or on) <= on <= (one.ends_on or on)
    )
