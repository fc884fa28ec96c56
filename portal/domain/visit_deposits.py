"""Money taken for a visit before its share is there: it pays that visit, the oldest money first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target


@dataclass(frozen=True, slots=True)
class WaitingDeposit:
    """What is left of a receipt, and the visit it was taken for; one of the two may be empty."""

    receipt_id: UUID
    guarantor_id: UUID
    claim_number: str
    service_on: date | None
    left_cents: int

    def is_for(self, claim_number: str, service_on: date | None) -> bool:
        """Whether a claim of the same guarantor is of that visit."""
        names_it = not self.claim_number or self.claim_number == claim_number
        return names_it and (self.service_on is None or self.service_on == service_on)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A share that may be billed now, of a claim by number and day."""

    target: Target
    guarantor_id: UUID
    claim_number: str
    service_on: date | None
    open_cents: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """A deposit pays part of a line."""

    receipt_id: UUID
    target: Target
    cents: int


def meet(deposits: Sequence[WaitingDeposit], lines: Sequence[OpenLine]) -> tuple[Meeting, ...]:
    """What each deposit pays, deposits and lines in the order given; no more than is open."""
    still_open = {line.target: line.open_cents for line in lines}
    meetings = []
    for deposit in deposits:
        left = deposit.left_cents
        for line in lines:
            is_theirs = line.guarantor_id == deposit.guarantor_id
            if not is_theirs or not deposit.is_for(line.claim_number, line.service_on):
                continue
            cents = min(left, still_open[line.target])
            if cents > 0:
                meetings.append(Meeting(deposit.receipt_id, line.target, cents))
                still_open[line.target] -= cents
                left -= cents
    return tuple(meetings)


def deposit_released(
    decision_id: UUID, *, amount_cents: int, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """The visit did not take place: what was left for it is credit."""
    return JournalEntry(
        BusinessEvent.DEPOSIT_RELEASED,
        str(decision_id),
        effective_on,
        guarantor_id,
        (
            Posting(LedgerAccount.PATIENT_DEPOSITS, amount_cents),
            Posting(LedgerAccount.UNAPPLIED_CREDIT, -amount_cents),
        ),
    )


def deposit_applied(
    use_id: UUID, paid: Sequence[Meeting], *, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """One deposit meets the share it was taken for."""
    legs = [Posting(LedgerAccount.PATIENT_RECEIVABLE, -one.cents, one.target) for one in paid]
    used_cents = sum(one.cents for one in paid)
    return JournalEntry(
        BusinessEvent.DEPOSIT_APPLIED,
        str(use_id),
        effective_on,
        guarantor_id,
        (Posting(LedgerAccount.PATIENT_DEPOSITS, used_cents), *legs),
    )
