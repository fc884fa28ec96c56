"""Which payers' payments a deposit at the bank may be; nothing here decides, a poster does.

A payment is told from others by its trace number (X12 835 TRN02), which banks put into the text of
an EFT and payers print on a check.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

LATE_AFTER_BUSINESS_DAYS: Final = 3
"""An EFT arrives on its effective day; a check needs the mail and a visit to the bank."""

_SHORTEST_TRACE: Final = 4  # a shorter number may be part of anything
_NEAR: Final = timedelta(days=10)
_SATURDAY: Final = 5
_WORD: Final = re.compile(r"[A-Z0-9]+(?:[-./][A-Z0-9]+)*")


class Ground(StrEnum):
    """Why a deposit may be these payments, the best one first."""

    NUMBER_AND_AMOUNT = "number_and_amount"
    NUMBER = "number"  # the amounts differ
    AMOUNT = "amount"  # the only payment, and the only deposit, of this amount around this day


@dataclass(frozen=True, slots=True)
class AwaitedPayment:
    """A remittance whose money is not known to have arrived."""

    remittance_id: UUID
    trace_number: str
    amount_cents: int
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class ArrivedMoney:
    """A line of the bank statement that is no payment yet."""

    deposit_id: UUID
    deposited_on: date
    amount_cents: int
    reference: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """``difference_cents``: what arrived beyond the payments."""

    deposit_id: UUID
    remittance_ids: tuple[UUID, ...]
    ground: Ground
    difference_cents: int = 0


def propose(
    deposits: Sequence[ArrivedMoney], payments: Sequence[AwaitedPayment]
) -> dict[UUID, Proposal]:
    """By deposit. No payment is proposed twice; where two are as good, neither is."""
    proposals = _by_number(deposits, payments)
    taken = {one for proposal in proposals.values() for one in proposal.remittance_ids}
    rest = [one for one in payments if one.remittance_id not in taken]
    open_deposits = [one for one in deposits if one.deposit_id not in proposals]
    for deposit in open_deposits:
        fitting = list(_of_amount(deposit, rest))
        rivals = [
            other
            for other in open_deposits
            if other is not deposit and other.amount_cents == deposit.amount_cents
        ]
        if len(fitting) == 1 and not rivals:
            proposals[deposit.deposit_id] = Proposal(
                deposit.deposit_id, (fitting[0].remittance_id,), Ground.AMOUNT
            )
    return proposals


def business_days_since(day: date, today: date) -> int:
    """Days from Monday to Friday after ``day`` up to today; bank holidays count as such days."""
    days = max(0, (today - day).days)
    weeks, rest = divmod(days, 7)
    further = ((day.weekday() + number) % 7 for number in range(1, rest + 1))
    return weeks * 5 + sum(weekday < _SATURDAY for weekday in further)


def _by_number(
    deposits: Sequence[ArrivedMoney], payments: Sequence[AwaitedPayment]
) -> dict[UUID, Proposal]:
    proposals: dict[UUID, Proposal] = {}
    named: dict[UUID, list[ArrivedMoney]] = {}
    for deposit in deposits:
        numbers = _numbers_in(deposit.reference)
        for payment in payments:
            number = _normal(payment.trace_number)
            if len(number) >= _SHORTEST_TRACE and number in numbers:
                named.setdefault(payment.remittance_id, []).append(deposit)
    for deposit in deposits:
        of_it = [one for one in payments if deposit in named.get(one.remittance_id, ())]
        sole = [one for one in of_it if len(named[one.remittance_id]) == 1]
        if not of_it or len(sole) != len(of_it):
            continue
        difference_cents = deposit.amount_cents - sum(one.amount_cents for one in of_it)
        proposals[deposit.deposit_id] = Proposal(
            deposit.deposit_id,
            tuple(one.remittance_id for one in of_it),
            Ground.NUMBER if difference_cents else Ground.NUMBER_AND_AMOUNT,
            difference_cents,
        )
    return proposals


def _of_amount(
    deposit: ArrivedMoney, payments: Sequence[AwaitedPayment]
) -> Iterator[AwaitedPayment]:
    for payment in payments:
        expected_on = payment.expected_on or deposit.deposited_on
        is_near = abs(deposit.deposited_on - expected_on) <= _NEAR
        if payment.amount_cents == deposit.amount_cents and is_near:
            yield payment


def _numbers_in(reference: str) -> Collection[str]:
    """Every word of the bank's text, and the parts of those that are put together."""
    words = _WORD.findall(reference.upper())
    parts = [part for word in words for part in re.split("[-./]", word)]
    return {_normal(one) for one in (*words, *parts)}


def _normal(number: str) -> str:
    """Without leading zeros, which banks drop and add."""
    return number.strip().upper().lstrip("0")
