"""Which payer reductions are written off, and as what; every other one stays owed by the payer.

The list is data with a date, a default for a practice to confirm. Only the group code decides who
owes (X12 835 CAS01): nothing here can make a patient owe, or not owe, an amount.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.journal import LedgerAccount

WRITE_OFF_GROUPS = frozenset({"CO", "PI", "OA"})
"""Groups that never reach a patient. CR (4010) and unknown groups do not either, but are held."""

EARLIER_PAYER_EFFECT = "23"
"""What an earlier payer paid and took off (X12 835 1.10.2.13): told, and posted by that payer."""


@dataclass(frozen=True, slots=True)
class WriteOffList:
    """Reasons (CARC) whose CO, PI and OA amounts are taken off the charge for good."""

    as_of: date
    accounts: Mapping[str, LedgerAccount]

    def account_for(self, reason: str) -> LedgerAccount | None:
        """Where the amount is written off, or None: it stays with the payer, flagged denied."""
        return self.accounts.get(reason)


STANDARD_WRITE_OFFS = WriteOffList(
    as_of=date(2026, 8, 17),
    accounts={
        "45": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # above the agreed price
        "42": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # the same, until 2007-06-01
        "A2": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # agreed discount, until 2008-01-01
        "44": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # agreed discount for paying early
        "59": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # several procedures at once
        "94": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # paid above the charge: a negative amount
        "131": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # price negotiated for this claim
        "P12": LedgerAccount.CONTRACTUAL_ADJUSTMENTS,  # workers' compensation fee schedule
        "97": LedgerAccount.BUNDLED_ADJUSTMENTS,  # included in another service
        "234": LedgerAccount.BUNDLED_ADJUSTMENTS,  # not paid separately
        "P14": LedgerAccount.BUNDLED_ADJUSTMENTS,  # included in another service of the day
        "24": LedgerAccount.CAPITATION_ADJUSTMENTS,  # paid per member, not per service
        "253": LedgerAccount.SEQUESTRATION_ADJUSTMENTS,  # federal cut
        "104": LedgerAccount.INCENTIVE_ADJUSTMENTS,  # withheld under a managed care contract
        "144": LedgerAccount.INCENTIVE_ADJUSTMENTS,  # incentive or penalty
        "161": LedgerAccount.INCENTIVE_ADJUSTMENTS,  # performance bonus: a negative amount
        "237": LedgerAccount.INCENTIVE_ADJUSTMENTS,  # penalty by law
        "245": LedgerAccount.INCENTIVE_ADJUSTMENTS,  # withheld for a performance programme
    },
)
"""The default. What is missing here (16, 29, 50, 197, OA-18 …) is a denial to work on."""
