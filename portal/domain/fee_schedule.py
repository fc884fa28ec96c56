"""What a payer agreed to pay for a service, held against what it allowed.

Only where the schedule has the code, the modifiers and the day is there anything to compare.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.domain.adjustment_classes import STANDARD_WRITE_OFFS, WRITE_OFF_GROUPS
from portal.domain.journal import LedgerAccount

_AGREED_PRICE: Final = LedgerAccount.CONTRACTUAL_ADJUSTMENTS
_OFF_THE_PAYMENT: Final = frozenset(
    {LedgerAccount.SEQUESTRATION_ADJUSTMENTS, LedgerAccount.INCENTIVE_ADJUSTMENTS}
)
"""Cuts of what is paid, not of the price that was agreed."""

_PATIENT: Final = "PR"
PRICING_MODIFIERS: Final = frozenset(
    {"22", "26", "50", "51", "52", "53", "54", "55", "56", "62", "63", "66", "73", "74", "78"}
    | {"80", "81", "82", "AA", "AD", "AS", "NU", "QK", "QX", "QY", "QZ", "RR", "TC", "UE"}
)
"""Modifiers that change the price: without a fee of their own nothing is expected (2026-08-17)."""


@dataclass(frozen=True, slots=True)
class Fee:
    """The price of one unit, from its first to its last day (None: until further notice)."""

    procedure_code: str
    modifier: str
    starts_on: date
    ends_on: date | None
    amount_cents: int

    def is_in_force(self, day: date) -> bool:
        """Both days included."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class DecidedAmount:
    """One CAS amount of a service line."""

    group: str
    reason: str
    cents: int


class FeeBook:
    """The fees of one payer."""

    def __init__(self, fees: Iterable[Fee]) -> None:
        self._fees: dict[str, list[Fee]] = defaultdict(list)
        for fee in fees:
            self._fees[fee.procedure_code].append(fee)

    def expected_cents(
        self, procedure_code: str, modifiers: Collection[str], *, day: date, units: int
    ) -> int | None:
        """The fee of one of the modifiers, else the plain one; None: nothing is agreed."""
        in_force = {
            fee.modifier: fee for fee in self._fees.get(procedure_code, ()) if fee.is_in_force(day)
        }
        of_a_modifier = [in_force[one] for one in modifiers if one and one in in_force]
        if len(of_a_modifier) > 1:
            return None
        fee = of_a_modifier[0] if of_a_modifier else in_force.get("")
        if fee is None or (not of_a_modifier and PRICING_MODIFIERS & set(modifiers)):
            return None
        others = PRICING_MODIFIERS & (set(modifiers) - {fee.modifier})
        return None if others else fee.amount_cents * units


def allowed_cents(charge_cents: int, amounts: Iterable[DecidedAmount]) -> int | None:
    """The charge less what the agreed price took off: what plan and patient pay together.

    None for a line that was decided on other grounds than a price: denied, bundled, paid per
    member, decided by an earlier payer, or of a group nobody knows.
    """
    allowed = charge_cents
    for one in amounts:
        if one.group == _PATIENT:
            continue
        account = STANDARD_WRITE_OFFS.account_for(one.reason)
        if one.group not in WRITE_OFF_GROUPS or account is None:
            return None
        if account is _AGREED_PRICE:
            allowed -= one.cents
        elif account not in _OFF_THE_PAYMENT:
            return None
    return allowed if allowed > 0 else None
