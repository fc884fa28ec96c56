"""One function per business event: what it means in double entry. docs/ledger.md has the same rows.

Debits are positive. Source keys are made of ids only, so a repeat of an event is recognised.
Payers' legs name the claim; patients' legs name the service line, or the claim where the payer
decided for the claim as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.allocation import Allocation
from portal.domain.journal import (
    NOWHERE,
    BusinessEvent,
    JournalEntry,
    LedgerAccount,
    Posting,
    Target,
)
from portal.domain.patient_share import ShareMove
from portal.domain.remittance import ProviderAdjustment

_PROVIDER_ADJUSTMENT_ACCOUNTS: Mapping[str, LedgerAccount] = {
    "L6": LedgerAccount.INTEREST_INCOME,  # interest on a late payment: negative, it raises BPR02
    "WO": LedgerAccount.PAYER_CREDITS,  # an overpayment taken back
    "FB": LedgerAccount.PAYER_CREDITS,  # a balance carried to the next remittance
    "72": LedgerAccount.PAYER_CREDITS,  # our refund has arrived: negative, beside a positive WO
    "AP": LedgerAccount.PAYER_CREDITS,  # paid in advance: negative, and positive when it is used up
}


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


def remittance_posted(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """CLP04 of a claim in the journal; negative when the payer takes a payment back."""
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_POSTED,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.PAYER_RECEIVABLE,
        cents=paid_cents,
    )


def remittance_taken_up(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """CLP04 of a decision that waited in suspense for the reversal of an earlier one."""
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_POSTED,
        str(adjudication_id),
        debit=LedgerAccount.REMITTANCE_SUSPENSE,
        credit=LedgerAccount.PAYER_RECEIVABLE,
        cents=paid_cents,
    )


def remittance_suspended(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """CLP04 of a claim that is not in the journal: the bank has the money all the same."""
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_SUSPENDED,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.REMITTANCE_SUSPENSE,
        cents=paid_cents,
    )


def remittance_difference_suspended(
    remittance_id: UUID, *, effective_on: date, difference_cents: int
) -> JournalEntry:
    """BPR02 less what the claims and PLB add up to, so that payer_clearing meets the deposit."""
    return JournalEntry(
        BusinessEvent.REMITTANCE_SUSPENDED,
        str(remittance_id),
        effective_on,
        None,
        (
            Posting(LedgerAccount.PAYER_CLEARING, difference_cents),
            Posting(LedgerAccount.REMITTANCE_SUSPENSE, -difference_cents),
        ),
    )


def duplicate_paid(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """The same decision paid a second time is owed to the payer; negative when it is taken back."""
    return occasion.two_legs(
        BusinessEvent.DUPLICATE_PAID,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.PAYER_CREDITS,
        cents=paid_cents,
    )


def takeback_differs(
    occasion: ClaimOccasion, *, adjudication_id: UUID, more_cents: int
) -> JournalEntry:
    """A matched reversal takes back another amount than was paid: owed to the payer, or by it.

    ``more_cents``: what is left with us; below zero when the payer took more than it had paid.
    """
    return occasion.two_legs(
        BusinessEvent.TAKEBACK_DIFFERS,
        str(adjudication_id),
        debit=LedgerAccount.PAYER_CLEARING,
        credit=LedgerAccount.PAYER_CREDITS,
        cents=more_cents,
    )


def remittance_rejected(
    occasion: ClaimOccasion, *, adjudication_id: UUID, paid_cents: int
) -> JournalEntry:
    """A claim that was set aside is never posted: its money is owed back to the payer.

    Below zero, what the payer took back without a right to it is owed by the payer.
    """
    return occasion.two_legs(
        BusinessEvent.REMITTANCE_REJECTED,
        str(adjudication_id),
        debit=LedgerAccount.REMITTANCE_SUSPENSE,
        credit=LedgerAccount.PAYER_CREDITS,
        cents=paid_cents,
    )


def rejection_taken_back(
    remittance_id: UUID, *, adjudication_id: UUID, paid_cents: int, effective_on: date
) -> tuple[JournalEntry, JournalEntry]:
    """Another file of the payment tells a rejected claim correctly, and brings its money there.

    It came once: nothing is owed to the payer, nor to come from ``remittance_id`` any more.
    """
    key = f"{remittance_id}:{adjudication_id}"
    pairs = (
        (
            BusinessEvent.REMITTANCE_REJECTED,
            LedgerAccount.PAYER_CREDITS,
            LedgerAccount.REMITTANCE_SUSPENSE,
        ),
        (
            BusinessEvent.REMITTANCE_SUSPENDED,
            LedgerAccount.REMITTANCE_SUSPENSE,
            LedgerAccount.PAYER_CLEARING,
        ),
    )
    rejected, suspended = (
        JournalEntry(
            event,
            key,
            effective_on,
            None,
            (Posting(debit, paid_cents), Posting(credit, -paid_cents)),
        )
        for event, debit, credit in pairs
    )
    return rejected, suspended


def provider_adjusted(
    remittance_id: UUID, adjustment: ProviderAdjustment, *, position: int, effective_on: date
) -> JournalEntry:
    """One PLB amount; a positive one lowers the payment. ``position``: 1-based, as sent."""
    account = _PROVIDER_ADJUSTMENT_ACCOUNTS.get(
        adjustment.reason, LedgerAccount.PROVIDER_ADJUSTMENTS
    )
    return JournalEntry(
        BusinessEvent.PROVIDER_ADJUSTED,
        f"{remittance_id}:{position}",
        effective_on,
        None,
        (
            Posting(account, adjustment.amount_cents),
            Posting(LedgerAccount.PAYER_CLEARING, -adjustment.amount_cents),
        ),
    )


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
        legs + _patient_legs(occasion, share),
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
        legs + _patient_legs(occasion, share),
        LedgerAccount.PAYER_RECEIVABLE,
    )


def share_superseded(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """The live share goes back to the payer because a later decision takes its place."""
    legs = _patient_legs(occasion, share)
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
    legs = _patient_legs(occasion, share)
    return _against(
        occasion, BusinessEvent.SHARE_RESTORED, str(cause_id), legs, LedgerAccount.PAYER_RECEIVABLE
    )


def share_released(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """No hold is left, or the part was paid before: the share may be billed."""
    legs = _patient_legs(occasion, share)
    return _entry_of(occasion, BusinessEvent.SHARE_RELEASED, str(cause_id), legs)


def share_held(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """A hold was placed: what is still open of the share may not be billed."""
    legs = _patient_legs(occasion, share)
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
            _patient_legs(whose, moves),
            LedgerAccount.PAYER_RECEIVABLE,
        )
        for whose, direction, moves in pairs
    )
    return tuple(entry for entry in entries if entry is not None)


def credit_released(
    occasion: ClaimOccasion, *, cause_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry | None:
    """What was paid above the share that is left becomes unapplied credit."""
    legs = _patient_legs(occasion, share)
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
    legs = _patient_legs(occasion, share)
    return _against(
        occasion, BusinessEvent.CREDIT_APPLIED, str(cause_id), legs, LedgerAccount.UNAPPLIED_CREDIT
    )


def credit_used(
    use_id: UUID, put_to: Sequence[Allocation], *, guarantor_id: UUID, effective_on: date
) -> JournalEntry:
    """Staff put unapplied credit to shares of whatever claims. ``put_to``: positive amounts."""
    legs = [_allocation_leg(part, -part.amount_cents) for part in put_to]
    used_cents = sum(part.amount_cents for part in put_to)
    return JournalEntry(
        BusinessEvent.CREDIT_APPLIED,
        str(use_id),
        effective_on,
        guarantor_id,
        (Posting(LedgerAccount.UNAPPLIED_CREDIT, used_cents), *legs),
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


def deposit_matched(
    remittance_id: UUID, *, part_id: UUID, deposit_cents: int, effective_on: date
) -> JournalEntry:
    """The EFT or check of a remittance is on the bank statement; a part of one deposit."""
    return _deposited(
        f"{remittance_id}:{part_id}", LedgerAccount.PAYER_CLEARING, deposit_cents, effective_on
    )


def deposit_difference_suspended(
    deposit_id: UUID, *, part_id: UUID, difference_cents: int, effective_on: date
) -> JournalEntry:
    """What a deposit has beyond its payments; below zero when the bank got less."""
    return _deposited(
        f"{deposit_id}:{part_id}",
        LedgerAccount.REMITTANCE_SUSPENSE,
        difference_cents,
        effective_on,
    )


def _deposited(
    source_key: str, account: LedgerAccount, cents: int, effective_on: date
) -> JournalEntry:
    return JournalEntry(
        BusinessEvent.DEPOSIT_MATCHED,
        source_key,
        effective_on,
        None,
        (Posting(LedgerAccount.BANK, cents), Posting(account, -cents)),
    )


def payment_settled(
    payment_id: UUID,
    allocations: Sequence[Allocation],
    *,
    guarantor_id: UUID,
    effective_on: date,
) -> JournalEntry:
    """A patient's money arrived. An allocation without a claim stays as unapplied credit."""
    legs = [_allocation_leg(allocation, -allocation.amount_cents) for allocation in allocations]
    paid_cents = sum(allocation.amount_cents for allocation in allocations)
    return JournalEntry(
        BusinessEvent.PAYMENT_SETTLED,
        str(payment_id),
        effective_on,
        guarantor_id,
        (Posting(LedgerAccount.CARD_CLEARING, paid_cents), *legs),
    )


def payment_suspended(
    source_key: str, *, amount_cents: int, guarantor_id: UUID | None, effective_on: date
) -> JournalEntry:
    """Money arrived that no payment of ours explains. ``source_key``: the gateway's id for it."""
    return JournalEntry(
        BusinessEvent.PAYMENT_SUSPENDED,
        source_key,
        effective_on,
        guarantor_id,
        (
            Posting(LedgerAccount.CARD_CLEARING, amount_cents),
            Posting(LedgerAccount.PAYMENT_SUSPENSE, -amount_cents),
        ),
    )


def refund_paid(
    refund_id: UUID,
    taken_from: Sequence[Allocation],
    *,
    guarantor_id: UUID,
    effective_on: date,
    unexplained_cents: int = 0,
) -> JournalEntry:
    """Money went back to the patient. ``taken_from``: positive amounts, from which allocations.

    ``unexplained_cents``: what went out though nothing of its payment was left for it.
    """
    legs = [_allocation_leg(allocation, allocation.amount_cents) for allocation in taken_from]
    if unexplained_cents:
        legs.append(Posting(LedgerAccount.PAYMENT_SUSPENSE, unexplained_cents))
    refunded_cents = sum(leg.amount_cents for leg in legs)
    return JournalEntry(
        BusinessEvent.REFUND_PAID,
        str(refund_id),
        effective_on,
        guarantor_id,
        (*legs, Posting(LedgerAccount.CARD_CLEARING, -refunded_cents)),
    )


def refund_held(
    occasion: ClaimOccasion, *, refund_id: UUID, share: Sequence[ShareMove]
) -> JournalEntry:
    """A refund opened a share again on a claim that is held."""
    key = f"{refund_id}:{occasion.claim_id}"
    return occasion.entry(BusinessEvent.SHARE_HELD, key, _patient_legs(occasion, share))


def _allocation_leg(allocation: Allocation, cents: int) -> Posting:
    if allocation.is_unapplied:
        return Posting(LedgerAccount.UNAPPLIED_CREDIT, cents)
    return Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, allocation.target)


def _patient_legs(occasion: ClaimOccasion, share: Sequence[ShareMove]) -> list[Posting]:
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
