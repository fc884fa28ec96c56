"""What must hold for every claim in the ledger: its figures, and what breaks them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.domain.journal import LedgerAccount
from portal.domain.posting_table import ADJUSTMENT_ACCOUNTS, LET_OFF_ACCOUNTS

# A claim's payments are what the payers' clearing account got, less what was put aside.
_PAID_ACCOUNTS = (
    LedgerAccount.PAYER_CLEARING,
    LedgerAccount.PAYER_CREDITS,
    LedgerAccount.REMITTANCE_SUSPENSE,
)
CHARGED_ACCOUNTS = (LedgerAccount.GROSS_CHARGES, LedgerAccount.OPENING_BALANCES)
"""What was billed for a claim, or still owed for it when the practice began with us."""
LINE_ACCOUNTS = (
    LedgerAccount.PATIENT_PENDING,
    LedgerAccount.PATIENT_RECEIVABLE,
    *LET_OFF_ACCOUNTS,
)
"""The patient's side, kept line by line: none is below zero on any line of any claim."""
OWED_ACCOUNTS = (LedgerAccount.PATIENT_RECEIVABLE, LedgerAccount.AGENCY_RECEIVABLE)
"""What the patient owes, whoever asks for it."""
_ADJUSTED_ACCOUNTS = (*ADJUSTMENT_ACCOUNTS, LedgerAccount.DENIAL_WRITE_OFFS)


@dataclass(frozen=True, slots=True)
class ClaimFigures:
    """One claim in cents, each positive in its usual direction."""

    charge_cents: int
    paid_cents: int  # by payers
    adjusted_cents: int
    payer_receivable_cents: int
    patient_pending_cents: int
    patient_receivable_cents: int
    patient_paid_cents: int
    let_off_cents: int = 0  # of the patient's share, by the practice

    @property
    def share_cents(self) -> int:
        """What the patient owes, has paid or was let off."""
        open_cents = self.patient_pending_cents + self.patient_receivable_cents
        return open_cents + self.patient_paid_cents + self.let_off_cents


@dataclass(frozen=True, slots=True)
class Violation:
    """An identity that does not hold, in words for whoever mends it."""

    check: str
    message: str


def claim_figures(sums: Mapping[LedgerAccount, int], *, patient_paid_cents: int) -> ClaimFigures:
    """From a claim's postings, summed by account (debit positive), and payments put to it."""
    return ClaimFigures(
        charge_cents=-sum(sums.get(account, 0) for account in CHARGED_ACCOUNTS),
        paid_cents=sum(sums.get(account, 0) for account in _PAID_ACCOUNTS),
        adjusted_cents=sum(sums.get(account, 0) for account in _ADJUSTED_ACCOUNTS),
        payer_receivable_cents=sums.get(LedgerAccount.PAYER_RECEIVABLE, 0),
        patient_pending_cents=sums.get(LedgerAccount.PATIENT_PENDING, 0),
        patient_receivable_cents=sum(sums.get(account, 0) for account in OWED_ACCOUNTS),
        patient_paid_cents=patient_paid_cents,
        let_off_cents=sum(sums.get(account, 0) for account in LET_OFF_ACCOUNTS),
    )


def claim_violations(
    figures: ClaimFigures, *, decided_share_cents: int, held: bool
) -> Iterator[Violation]:
    """``decided_share_cents``: sum of PR of the decision that owns the share, 0 without one."""
    settled = figures.paid_cents + figures.adjusted_cents
    accounted = settled + figures.payer_receivable_cents + figures.share_cents
    if figures.charge_cents != accounted:
        yield Violation(
            "claim_adds_up",
            f"The charge is {figures.charge_cents} cents, its parts add up to {accounted}.",
        )
    if settled > figures.charge_cents:
        yield Violation(
            "claim_not_oversettled",
            f"{settled} cents are paid or written off, above the charge of {figures.charge_cents}.",
        )
    if figures.share_cents != decided_share_cents:
        yield Violation(
            "claim_share",
            f"The patient's side holds {figures.share_cents} cents, the payer's decision says "
            f"{decided_share_cents}.",
        )
    if held and figures.patient_receivable_cents:
        yield Violation(
            "claim_held",
            f"{figures.patient_receivable_cents} cents may be billed although the claim is held.",
        )
    if not held and figures.patient_pending_cents:
        yield Violation(
            "claim_released",
            f"{figures.patient_pending_cents} cents are pending although no hold stands.",
        )
    for name, cents in (
        ("payer receivable", figures.payer_receivable_cents),
        ("pending share", figures.patient_pending_cents),
        ("patient receivable", figures.patient_receivable_cents),
        ("patient's payments", figures.patient_paid_cents),
        ("part let off", figures.let_off_cents),
    ):
        if cents < 0:
            yield Violation("claim_not_negative", f"The {name} is below zero: {cents} cents.")
