"""One function per business event: what it means in double entry. docs/ledger.md has the same rows.

Debits are positive. Source keys are made of ids only, so a repeat of an event is recognised.
Payers' legs name the claim; patients' legs name the service line, or the claim where the payer
decided for the claim as a whole. What happens to money is beside this, in payer_postings.py and
payment_postings.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.journal import (
    NOWHERE,
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
    Target,
)
from portal.domain.patient_share import ShareMove


@dataclass(frozen=True, slots=True)
class ClaimOccasion:
    """On which claim, for whom and on which posting day something happens."""

    claim_id: UUID
    guarantor_id: UUID | None
    effective_on: date

    def entry(
        self, event: BusinessEvent, source_key: str, postings: Iterable[Posting]
    ) -> JournalEntry:
        return JournalEntry(
            event, source_key, self.effective_on, self.guarantor_id, tuple(postings)
        )

    def two_legs(
        self,
        event: BusinessEvent,
        source_key: str,
        *,
        debit: LedgerAccount,
        credit: LedgerAccount,
        cents: int,
    ) -> JournalEntry:
        """Both legs on the claim; a negative amount turns them round."""
        target = Target(self.claim_id)
        return self.entry(
            event, source_key, (Posting(debit, cents, target), Posting(credit, -cents, target))
        )


def charge_recorded(
    occasion: ClaimOccasion, *, charge_cents: int, adjudication_id: UUID | None = None
) -> JournalEntry:
    """What was billed. ``adjudication_id`` names the decision that showed further lines of it.

    Or the sent claim that bills again what was voided.
    """
    key = str(occasion.claim_id)
    return occasion.two_legs(
        BusinessEvent.CHARGE_RECORDED,
        key if adjudication_id is None else f"{key}:{adjudication_id}",
        debit=LedgerAccount.PAYER_RECEIVABLE,
        credit=LedgerAccount.GROSS_CHARGES,
        cents=charge_cents,
    )


def charge_voided(
    occasion: ClaimOccasion, *, charge_cents: int, sent_claim_id: UUID | None = None
) -> JournalEntry:
    """The whole charge of a claim that turned out to be another one, which has it already.

    Or one that the practice takes back: then ``sent_claim_id`` names the void (CLM05-3 8).
    """
    key = str(occasion.claim_id)
    return occasion.two_legs(
        BusinessEvent.CHARGE_VOIDED,
        key if sent_claim_id is None else f"{key}:{sent_claim_id}",
        debit=LedgerAccount.GROSS_CHARGES,
        credit=LedgerAccount.PAYER_RECEIVABLE,
        cents=charge_cents,
    )


def charge_replaced(
    occasion: ClaimOccasion, *, sent_claim_id: UUID, voided_cents: int, charge_cents: int
) -> JournalEntry | None:
    """The practice billed a claim anew (CLM05-3 7): the old charge off, the new one on."""
    target = Target(occasion.claim_id)
    legs = [
        Posting(account, sign * cents, target)
        for cents in (-voided_cents, charge_cents)
        for account, sign in (
            (LedgerAccount.PAYER_RECEIVABLE, 1),
            (LedgerAccount.GROSS_CHARGES, -1),
        )
        if cents
    ]
    key = f"{occasion.claim_id}:{sent_claim_id}"
    return _entry_of(occasion, BusinessEvent.CHARGE_REPLACED, key, legs)


def claim_adjudicated(
    occasion: ClaimOccasion,
    *,
    adjudication_id: UUID,
    written_off: Sequence[tuple[LedgerAccount, int]],
    share: Sequence[ShareMove],
) -> JournalEntry | None:
    """Adjustments by class, and the share by target. None when the payer owes as before."""
    target = Target(occasion.claim_id)
    legs = [Posting(account, cents, target) for account, cents in written_off]
    return _against(
        occasion,
        BusinessEvent.CLAIM_ADJUDICATED,
        str(adjudication_id),
        legs + patient_legs(occasion, share),
        LedgerAccount.PAYER_RECEIVABLE,
    )


def adjudication_voided(
    occasion: ClaimOccasion,
    *,
    adjudication_id: UUID,
    written_off: Sequence[tuple[LedgerAccount, int]],
    share: Sequence[ShareMove],
) -> JournalEntry | None:
    """What the voided decision wrote off and, while it is in force, its share, turned round.

    ``share`` holds the moves that take the share back. The money goes back by the reversal's own
    ``remittance_posted``, since it belongs to that remittance.
    """
    target = Target(occasion.claim_id)
    legs = [Posting(account, -cents, target) for account, cents in written_off]
    return _against(
        occasion,
        BusinessEvent.ADJUDICATION_VOIDED,
        str(adjudication_id),
        legs + patient_legs(occasion, share),
        LedgerAccount.PAYER_RECEIVABLE,
    )


def share_superseded(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """The live share goes back to the payer because a later decision takes its place."""
    legs = patient_legs(occasion, share)
    return _against(
        occasion,
        BusinessEvent.SHARE_SUPERSEDED,
        str(cause_id),
        legs,
        LedgerAccount.PAYER_RECEIVABLE,
    )


def share_restored(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """An earlier decision's share counts again: staff gave up waiting for a correction."""
    legs = patient_legs(occasion, share)
    return _against(
        occasion, BusinessEvent.SHARE_RESTORED, str(cause_id), legs, LedgerAccount.PAYER_RECEIVABLE
    )


def share_released(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """No hold is left, or the part was paid before: the share may be billed."""
    legs = patient_legs(occasion, share)
    return _entry_of(occasion, BusinessEvent.SHARE_RELEASED, str(cause_id), legs)


def share_held(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """A hold was placed: what is still open of the share may not be billed."""
    legs = patient_legs(occasion, share)
    return _entry_of(occasion, BusinessEvent.SHARE_HELD, str(cause_id), legs)


def guarantor_assigned(
    occasion: ClaimOccasion, *, guarantor_id: UUID, share: Sequence[ShareMove]
) -> tuple[JournalEntry, ...]:
    """The share of a claim that was nobody's, taken off nobody and put on the guarantor.

    ``share`` holds what nobody's side loses; ``occasion`` is nobody's.
    """
    theirs = ClaimOccasion(occasion.claim_id, guarantor_id, occasion.effective_on)
    gained = [
        ShareMove(move.charge_id, -move.pending_cents, -move.receivable_cents) for move in share
    ]
    pairs = ((occasion, "from", share), (theirs, "to", gained))
    entries = (
        _against(
            whose,
            BusinessEvent.GUARANTOR_ASSIGNED,
            f"{occasion.claim_id}:{guarantor_id}:{direction}",
            patient_legs(whose, moves),
            LedgerAccount.PAYER_RECEIVABLE,
        )
        for whose, direction, moves in pairs
    )
    return tuple(entry for entry in entries if entry is not None)


def credit_released(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """What was paid above the share that is left becomes unapplied credit."""
    legs = patient_legs(occasion, share)
    return _against(
        occasion,
        BusinessEvent.CREDIT_RELEASED,
        str(cause_id),
        legs,
        LedgerAccount.UNAPPLIED_CREDIT,
    )


def credit_applied(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """Unapplied credit pays a share."""
    legs = patient_legs(occasion, share)
    return _against(
        occasion, BusinessEvent.CREDIT_APPLIED, str(cause_id), legs, LedgerAccount.UNAPPLIED_CREDIT
    )


def denial_written_off(
    occasion: ClaimOccasion, *, write_off_id: UUID, amount_cents: int
) -> JournalEntry:
    """Staff gave a denied amount up; it never reaches the patient. Negative: put back."""
    return occasion.two_legs(
        BusinessEvent.DENIAL_WRITTEN_OFF,
        str(write_off_id),
        debit=LedgerAccount.DENIAL_WRITE_OFFS,
        credit=LedgerAccount.PAYER_RECEIVABLE,
        cents=amount_cents,
    )


def qmb_written_off(
    occasion: ClaimOccasion, *, write_off_id: UUID, amount_cents: int
) -> JournalEntry:
    """Staff gave up the cost sharing of a protected patient that no payer paid: 42 USC 1396a(n)."""
    return occasion.two_legs(
        BusinessEvent.QMB_WRITTEN_OFF,
        str(write_off_id),
        debit=LedgerAccount.DENIAL_WRITE_OFFS,
        credit=LedgerAccount.PAYER_RECEIVABLE,
        cents=amount_cents,
    )


def patient_legs(occasion: ClaimOccasion, share: Sequence[ShareMove]) -> list[Posting]:
    """What a move of a share means on the patient's two accounts."""
    legs = []
    for move in share:
        target = Target(occasion.claim_id, move.charge_id)
        if move.pending_cents:
            legs.append(Posting(LedgerAccount.PATIENT_PENDING, move.pending_cents, target))
        if move.receivable_cents:
            legs.append(Posting(LedgerAccount.PATIENT_RECEIVABLE, move.receivable_cents, target))
    return legs


def _against(
    occasion: ClaimOccasion,
    event: BusinessEvent,
    source_key: str,
    legs: list[Posting],
    counter_account: LedgerAccount,
) -> JournalEntry | None:
    """The legs and, on one account, what balances them. Credit belongs to no claim."""
    rest = -sum(posting.amount_cents for posting in legs)
    if rest:
        is_credit = counter_account is LedgerAccount.UNAPPLIED_CREDIT
        target = NOWHERE if is_credit else Target(occasion.claim_id)
        legs = [*legs, Posting(counter_account, rest, target)]
    return _entry_of(occasion, event, source_key, legs)


def _entry_of(
    occasion: ClaimOccasion, event: BusinessEvent, source_key: str, legs: Sequence[Posting]
) -> JournalEntry | None:
    return occasion.entry(event, source_key, legs) if legs else None
