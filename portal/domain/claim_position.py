"""Everything that has happened to one claim, as far as the next decision on it needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from portal.domain.remittance import NOTICE_TRACE

LetOff: TypeAlias = tuple[tuple[LedgerAccount, int], ...]
"""What the practice took off a share, by why."""

_TO_UNDO = 2  # decisions at least: with fewer, as most claims have, there is nothing to look for


class Outcome(StrEnum):
    """What became of one CLP."""

    POSTED = "posted"
    WAITING = "waiting"  # decided again without a reversal: its money is in suspense
    REVERSAL = "reversal"
    DUPLICATE = "duplicate"  # nothing posted
    PAID_TWICE = "paid_twice"  # the same decision paid again: its money is owed to the payer
    QUARANTINED = "quarantined"


class ChargeSource(StrEnum):
    """Who told us what was billed. The practice's word stands against a remittance's."""

    REMITTANCE = "remittance"
    PRACTICE = "practice"
    PATIENT = "patient"  # the practice: no payer is asked, all of it is the patient's


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One billed service line, by everything a later remittance may name it with."""

    charge_id: UUID
    number: int
    control_number: str  # REF*6R
    qualifier: str
    code: str  # as billed: SVC06 where the payer changed it
    modifiers: tuple[str, ...]
    service_on: date | None
    charge_cents: int
    description: str = ""  # the practice's own words for the service


@dataclass(frozen=True, slots=True)
class CoverageOnFile:
    """A coverage of the patient in force on the service date."""

    payer_key: str
    rank: int
    filing_indicator: str = ""  # as CLP06


@dataclass(frozen=True, slots=True)
class Adjudication:
    """One CLP and what was posted for it. Append-only: a reversal is a further one."""

    adjudication_id: UUID
    remittance_id: UUID
    payer_key: str
    rank: int
    outcome: Outcome
    trace_number: str
    payer_control_number: str
    charge_cents: int
    paid_cents: int
    fingerprint: str
    written_off: tuple[tuple[LedgerAccount, int], ...] = ()  # as posted, not as asked
    denied_cents: int = 0  # CO, PI, OA that stay with the payer
    shares: tuple[tuple[UUID | None, int], ...] = ()  # PR by service line; None: the whole claim
    share_reasons: frozenset[str] = frozenset()
    charge_ids: frozenset[UUID] = frozenset()  # the lines it decided
    filing_indicator: str = ""
    concerns: tuple[HoldKind, ...] = ()  # what in it may hold the claim
    voids: UUID | None = None
    corrects: tuple[UUID, ...] = ()  # decisions that waited for this one after a reversal
    moved_to: UUID | None = None  # of a reversal: the claim that the decision really was of
    takes_up: UUID | None = None  # of a reversal: the correction that came before it
    received_on: date | None = None  # the payer got the claim

    @property
    def is_notice(self) -> bool:
        """The payer told it without its money."""
        return self.trace_number.startswith(NOTICE_TRACE)

    @property
    def written_off_cents(self) -> int:
        return sum(cents for _, cents in self.written_off)

    @property
    def share_cents(self) -> int:
        """Sum of PR, posted or not: only the share of the highest rank is in the ledger."""
        return sum(cents for _, cents in self.shares)


@dataclass(frozen=True, slots=True)
class PatientBalance:
    """The patient's side of one target. All of it together is the share the payer decided."""

    pending_cents: int = 0
    receivable_cents: int = 0
    paid_cents: int = 0  # by payments allocated to it
    let_off: LetOff = ()

    @property
    def open_cents(self) -> int:
        """Owed now, or when no hold is left."""
        return self.pending_cents + self.receivable_cents

    @property
    def let_off_cents(self) -> int:
        return sum(cents for _, cents in self.let_off)


@dataclass(frozen=True, slots=True)
class ClaimPosition:
    """One claim, now. Amounts by target are keyed by charge id; None is the claim as a whole."""

    claim_id: UUID
    guarantor_id: UUID | None = None
    charge_cents: int | None = None  # None: not recorded yet
    charge_source: ChargeSource = ChargeSource.REMITTANCE
    charges: tuple[ChargeLine, ...] = ()
    coverages: tuple[CoverageOnFile, ...] = ()
    adjudications: tuple[Adjudication, ...] = ()  # oldest first
    balances: Mapping[UUID | None, PatientBalance] = field(default_factory=dict)
    waiting_credit: Mapping[UUID | None, int] = field(default_factory=dict)
    waiting_let_off: Mapping[UUID | None, LetOff] = field(default_factory=dict)
    helped_cents: int = 0  # taken off as help with paying, over time, also what has returned since
    staff_written_off_cents: int = 0
    holds: frozenset[HoldKind] = frozenset()
    waived: frozenset[tuple[HoldKind, UUID]] = frozenset()  # released by staff, by adjudication
    may_be_charged: bool = False  # a visit of that person and day is the patient's own already

    @property
    def voided(self) -> frozenset[UUID]:
        """Adjudications that a later one undid."""
        if len(self.adjudications) < _TO_UNDO:
            return frozenset()
        return frozenset(one.voids for one in self.adjudications if one.voids is not None)

    @property
    def taken_up(self) -> frozenset[UUID]:
        """Adjudications that had waited for a reversal, and count since it came."""
        if len(self.adjudications) < _TO_UNDO:
            return frozenset()
        return frozenset(one.takes_up for one in self.adjudications if one.takes_up is not None)

    @property
    def live(self) -> tuple[Adjudication, ...]:
        """Posted decisions that still stand, oldest first."""
        if len(self.adjudications) < _TO_UNDO:
            return tuple(one for one in self.adjudications if one.outcome is Outcome.POSTED)
        voided, taken_up = self.voided, self.taken_up
        return tuple(
            one
            for one in self.adjudications
            if (one.outcome is Outcome.POSTED or one.adjudication_id in taken_up)
            and one.adjudication_id not in voided
        )

    @property
    def awaiting_correction(self) -> tuple[Adjudication, ...]:
        """Decisions a payer took back and has not decided again, nor staff given up."""
        if len(self.adjudications) < _TO_UNDO:
            return ()
        taken_back = {
            one.voids
            for one in self.adjudications
            if one.outcome is Outcome.REVERSAL and one.moved_to is None
        }
        corrected = {other for one in self.adjudications for other in one.corrects}
        taken_up = self.taken_up
        return tuple(
            one
            for one in self.adjudications
            if (one.outcome is Outcome.POSTED or one.adjudication_id in taken_up)
            and one.adjudication_id in taken_back
            and one.adjudication_id not in corrected
            and (HoldKind.AWAITING_CORRECTION, one.adjudication_id) not in self.waived
        )

    @property
    def joined_to(self) -> UUID | None:
        """The claim that this one turned out to be: every decision on it was moved there."""
        moves = (one.moved_to for one in reversed(self.adjudications))
        return next((claim_id for claim_id in moves if claim_id is not None), None)

    @property
    def share_owners(self) -> tuple[Adjudication, ...]:
        """The decision the patient's share comes from: the highest live rank, its parts together.

        Nobody while a higher rank that was taken back waits for its correction: the share never
        falls back to another payer's.
        """
        live = self.live
        if not live:
            return ()
        rank = max(one.rank for one in live)
        if any(one.rank > rank for one in self.awaiting_correction):
            return ()
        highest = [one for one in live if one.rank == rank]
        return tuple(one for one in highest if one.payer_key == highest[-1].payer_key)

    @property
    def is_charged_to_patient(self) -> bool:
        """By the practice, without asking a payer."""
        return self.charge_source is ChargeSource.PATIENT and bool(self.charge_cents)

    @property
    def decided_share_cents(self) -> int:
        """What the patient's side must hold: a payer's PR, or all where no payer is asked."""
        if self.is_charged_to_patient:
            return self.charge_cents or 0
        return sum(one.share_cents for one in self.share_owners)

    @property
    def paid_cents(self) -> int:
        """By payers, in decisions that stand."""
        return sum(one.paid_cents for one in self.live)

    @property
    def adjusted_cents(self) -> int:
        written_off = sum(one.written_off_cents for one in self.live)
        return written_off + self.staff_written_off_cents

    @property
    def share_cents(self) -> int:
        """What the patient owes, has paid or was let off: what the ledger has on that side."""
        open_cents = self.patient_pending_cents + self.patient_receivable_cents
        return open_cents + self.patient_paid_cents + self.let_off_cents

    @property
    def payer_receivable_cents(self) -> int:
        settled = self.paid_cents + self.adjusted_cents + self.share_cents
        return (self.charge_cents or 0) - settled

    @property
    def patient_pending_cents(self) -> int:
        return sum(balance.pending_cents for balance in self.balances.values())

    @property
    def patient_receivable_cents(self) -> int:
        return sum(balance.receivable_cents for balance in self.balances.values())

    @property
    def put_to_it_cents(self) -> int:
        """Of patients' payments: what has paid the share, and what waits for its correction."""
        return self.patient_paid_cents + sum(self.waiting_credit.values())

    @property
    def patient_paid_cents(self) -> int:
        return sum(balance.paid_cents for balance in self.balances.values())

    @property
    def let_off_cents(self) -> int:
        """What the practice took off the patient's share."""
        return sum(balance.let_off_cents for balance in self.balances.values())

    @property
    def billable_cents(self) -> int:
        """What a statement may ask for: nothing while any hold stands."""
        return 0 if self.holds else self.patient_receivable_cents

    @property
    def excess_cents(self) -> int:
        """What the payments, the adjustments and the decided share are above the charge."""
        settled = self.paid_cents + self.adjusted_cents + self.decided_share_cents
        return max(0, settled - (self.charge_cents or 0))

    @property
    def denied_cents(self) -> int:
        """What payers refused and is still open. What nobody has decided yet is not refused."""
        refused = sum(max(0, one.denied_cents) for one in self.live) - self.staff_written_off_cents
        return max(0, min(refused, self.payer_receivable_cents))

    @property
    def denied(self) -> bool:
        """A payer refused an amount that is still open: for the denial list."""
        return self.denied_cents > 0
