"""What will be charged by itself for what is owed: payments know, and what it covers is said here.

Never more is said to be covered than is: autopay takes a statement's own lines, and every charge
takes what is left to take on its day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from portal.statements.due import (
    LEAST_PAYABLE_CENTS,
    AccountNow,
    AskedFor,
    due_of,
    left_of,
    owed_now,
)

_OWN_LINES_ALONE: Final = "autopay"
"""Autopay was agreed to for new statements; every other charge pays all there is to pay."""


class ComingPayment(Protocol):
    """A charge that is planned, or asked of the processor just now."""

    @property
    def scheduled_id(self) -> UUID: ...
    @property
    def statement_id(self) -> UUID | None: ...
    @property
    def origin(self) -> str: ...
    @property
    def amount_cents(self) -> int: ...
    @property
    def on(self) -> date: ...


class ScheduledOfStatement(Protocol):
    """Answers what is agreed to be charged for any statement of the same account, by day."""

    def __call__(self, session: Session, statement_id: UUID, /) -> Sequence[ComingPayment]: ...


@dataclass(frozen=True, slots=True)
class ChargeToCome:
    """``cents``: the most it will be; ``is_at_most``: it may be less, by what others pay first."""

    scheduled_id: UUID
    origin: str
    on: date
    cents: int
    is_at_most: bool


@dataclass(frozen=True, slots=True)
class ChargesToCome:
    """``left_cents``: of what is due now, what nobody may count on to be charged."""

    charges: tuple[ChargeToCome, ...]
    left_cents: int


def charges_to_come(
    account: AccountNow, asked: AskedFor, coming: Sequence[ComingPayment]
) -> ChargesToCome | None:
    """None where nothing will be charged for what is due now. ``coming``: by day.

    What is on its way, and what earlier charges took, may have gone to the lines of a later charge
    or to others: ``most`` and ``sure`` are what it takes in the best case and in the worst.
    """
    due = owed_now(account, asked)
    most_taken = sure_taken = due.on_the_way_cents
    charges = []
    for one in coming if due.due_now_cents > 0 else ():
        open_cents = _open_to(one, account, asked)
        beside_cents = due.open_cents - open_cents
        most = _charged(one, open_cents - max(0, sure_taken - beside_cents))
        sure = _charged(one, open_cents - most_taken)
        most_taken, sure_taken = most_taken + most, sure_taken + sure
        if most:
            is_at_most = sure < most
            charges.append(ChargeToCome(one.scheduled_id, one.origin, one.on, most, is_at_most))
    if not charges:
        return None
    return ChargesToCome(tuple(charges), max(0, due.open_cents - sure_taken))


def _open_to(one: ComingPayment, account: AccountNow, asked: AskedFor) -> int:
    if one.statement_id is None:
        return 0
    if one.origin == _OWN_LINES_ALONE:
        return left_of(account, asked, one.statement_id).open_cents
    return due_of(account, asked.of(one.statement_id), due_on=date.max).open_cents


def _charged(one: ComingPayment, due_cents: int) -> int:
    """As it is worked out on its day; too little to be charged is not."""
    cents = min(one.amount_cents, due_cents)
    return cents if cents >= LEAST_PAYABLE_CENTS else 0
