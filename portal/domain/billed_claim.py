"""A claim as it is explained: what was billed, what payers decided, what the ledger holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from portal.domain.journal import LedgerAccount
from portal.domain.remittance import PATIENT_RESPONSIBILITY

WRITE_OFF_CLASSES: Mapping[LedgerAccount, str] = {
    LedgerAccount.CONTRACTUAL_ADJUSTMENTS: "contractual",
    LedgerAccount.BUNDLED_ADJUSTMENTS: "bundled",
    LedgerAccount.CAPITATION_ADJUSTMENTS: "capitation",
    LedgerAccount.SEQUESTRATION_ADJUSTMENTS: "sequestration",
    LedgerAccount.INCENTIVE_ADJUSTMENTS: "incentive",
    LedgerAccount.DENIAL_WRITE_OFFS: "denial",
}
"""Where amounts that nobody has to pay are posted, and what a statement line calls each class."""


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One charge of a claim."""

    charge_id: UUID
    qualifier: str
    code: str
    billed_cents: int
    description: str = ""  # the practice's own words


@dataclass(frozen=True, slots=True)
class DecidedAmount:
    """One CAS triplet; ``charge_id`` None is the claim as a whole."""

    charge_id: UUID | None
    group: str
    reason: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A payer's decision that stands: not voided, not a reversal, not a repeat."""

    payer_id: UUID
    payer_name: str
    rank: int
    paid_cents: int  # CLP04
    paid_on_lines: Mapping[UUID | None, int] = field(default_factory=dict)  # SVC03
    amounts: tuple[DecidedAmount, ...] = ()
    decided_on: date | None = None
    remarks: Mapping[UUID | None, tuple[str, ...]] = field(default_factory=dict)  # RARC
    written_off_cents: int | None = None  # as posted; None: all that its amounts say

    @property
    def share_cents(self) -> int:
        """Sum of group PR (X12 835 CAS): what it left to the patient, or to the next plan."""
        shares = (one for one in self.amounts if one.group == PATIENT_RESPONSIBILITY)
        return sum(one.amount_cents for one in shares)

    def paid_on(self, target: UUID | None) -> int:
        """What a payer paid or took back for the claim as a whole stands under None."""
        if self._is_without_its_money:
            return 0
        if target is None:
            return self.paid_cents - sum(
                cents for charge_id, cents in self.paid_on_lines.items() if charge_id
            )
        return self.paid_on_lines.get(target, 0)

    @property
    def _is_without_its_money(self) -> bool:
        """Its lines tell a payment, but another file of it told the claim first, with the money.

        Without that, CLP04 is the sum of SVC03 less what is taken off the claim as a whole.
        """
        on_claim = sum(one.amount_cents for one in self.amounts if one.charge_id is None)
        return not self.paid_cents and sum(self.paid_on_lines.values()) != on_claim


@dataclass(frozen=True, slots=True)
class BilledClaim:
    """A claim as it was billed, and what was decided on it, oldest first."""

    billed_cents: int
    lines: tuple[BilledLine, ...]
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimBooks:
    """What the ledger holds for a claim on a day. Mappings are by charge; None: the whole claim."""

    accounts: Mapping[LedgerAccount, int]  # debit positive
    owed: Mapping[UUID | None, int] = field(default_factory=dict)  # patient_receivable
    paid: Mapping[UUID | None, int] = field(default_factory=dict)  # by the patient
    insurance_moved_later: bool = False  # a payer's side has entries after that day
    let_off: Mapping[UUID | None, int] = field(default_factory=dict)  # by the practice
    placed: Mapping[UUID | None, int] = field(default_factory=dict)  # an agency asks for it
    freed_credit_cents: int = 0  # was paid on it, and is credit since a decision asks for less

    def share_of(self, target: UUID | None) -> int:
        """The patient's share of a line: owed to whomever, paid and let off together."""
        parts = (self.owed, self.placed, self.paid, self.let_off)
        return sum(part.get(target, 0) for part in parts)

    @property
    def owed_cents(self) -> int:
        return sum(self.owed.values())

    @property
    def patient_paid_cents(self) -> int:
        return sum(self.paid.values())

    @property
    def billed_cents(self) -> int:
        """What was billed, or still owed for it when the practice began with us."""
        opened = self.accounts.get(LedgerAccount.OPENING_BALANCES, 0)
        return -self.accounts.get(LedgerAccount.GROSS_CHARGES, 0) - opened

    @property
    def with_insurance_cents(self) -> int:
        return self.accounts.get(LedgerAccount.PAYER_RECEIVABLE, 0)

    @property
    def pending_cents(self) -> int:
        return self.accounts.get(LedgerAccount.PATIENT_PENDING, 0)

    @property
    def written_off_cents(self) -> int:
        return sum(self.accounts.get(account, 0) for account in WRITE_OFF_CLASSES)

    @property
    def plan_paid_cents(self) -> int:
        """What has settled the charge and is nobody else's: so it was paid by payers."""
        theirs = self.written_off_cents + self.with_insurance_cents + self.pending_cents
        owed_cents = self.owed_cents + sum(self.placed.values())
        patients = owed_cents + self.patient_paid_cents + sum(self.let_off.values())
        return self.billed_cents - theirs - patients
