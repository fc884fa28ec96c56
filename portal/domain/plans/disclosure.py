"""What must be shown, apart from all else, before somebody agrees to more than four installments.

Closed-end disclosures of Regulation Z: 12 CFR 1026.17, 1026.18. Nothing is charged for the time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.schedule import Installment, InstallmentKind

NO_RATE: Final = "0.00"
"""The annual percentage rate, in percent with two places, as it is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentGroup:
    """Payments in a row of the same amount: one line of the payment schedule."""

    count: int
    cents: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedEnd:
    """The figures, in the order of the regulation. The down payment is not financed."""

    creditor: str
    amount_financed_cents: int
    finance_charge_cents: int
    annual_percentage_rate: str
    groups: tuple[PaymentGroup, ...]
    frequency: Frequency
    total_of_payments_cents: int
    down_payment_cents: int
    late_charge_cents: int = 0
    has_prepayment_penalty: bool = False
    is_secured: bool = False


def closed_end(
    installments: Iterable[Installment], *, creditor: str, frequency: Frequency
) -> ClosedEnd:
    """Of a schedule as it is agreed to; of a changed plan, what is still to come."""
    rows = tuple(installments)
    regular = [one for one in rows if one.kind is InstallmentKind.REGULAR and one.asked_cents]
    total = sum(one.asked_cents for one in regular)
    down = sum(one.cents for one in rows if one.kind is InstallmentKind.DOWN_PAYMENT)
    return ClosedEnd(
        creditor=creditor,
        amount_financed_cents=total,
        finance_charge_cents=0,
        annual_percentage_rate=NO_RATE,
        groups=tuple(_groups(regular)),
        frequency=frequency,
        total_of_payments_cents=total,
        down_payment_cents=down,
    )


def _groups(regular: Iterable[Installment]) -> Iterable[PaymentGroup]:
    for cents, same in groupby(regular, key=lambda one: one.asked_cents):
        days = [one.due_on for one in same]
        yield PaymentGroup(count=len(days), cents=cents, first_on=days[0], last_on=days[-1])
