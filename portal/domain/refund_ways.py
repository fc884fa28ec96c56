"""Which way money goes back, and whether one person may send it alone.

Back to where it came from as long as that can be done; else a check, which two people stand for.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.payment_channel import MethodKind


class RefundWay(StrEnum):
    """How money goes back."""

    ORIGINAL = "original"  # through the processor, to the card or account it came from
    TERMINAL = "terminal"  # on the practice's own card machine, by hand
    CHECK = "check"  # written by the practice, mailed to the address on file


BANK_DEBITS_GO_BACK_FOR: Final = timedelta(days=180)
"""How long after it came a bank debit can be sent back through the processor."""

CHECK_IS_SURE_AFTER: Final = timedelta(days=10)
"""How long after its deposit a paper check may still come back unpaid.

A default of 2026: banks may hold a check they doubt for about seven business days (12 CFR 229.13).
"""

_WAYS: Final[Mapping[str, RefundWay]] = {
    MethodKind.CASH: RefundWay.CHECK,
    MethodKind.CHECK: RefundWay.CHECK,
    MethodKind.TERMINAL: RefundWay.TERMINAL,
}


def way_back(
    method_kind: str | None, *, paid_on: date, today: date, is_closed: bool = False
) -> RefundWay:
    """``is_closed``: the processor has said that the card or account takes nothing back."""
    way = _WAYS.get(method_kind or "", RefundWay.ORIGINAL)
    if way is not RefundWay.ORIGINAL:
        return way
    is_too_old = method_kind == MethodKind.BANK_DEBIT and today > paid_on + BANK_DEBITS_GO_BACK_FOR
    return RefundWay.CHECK if is_closed or is_too_old else way


def check_sure_on(deposited_on: date) -> date:
    """The first day on which the practice may write a check of its own for it."""
    return deposited_on + CHECK_IS_SURE_AFTER


def needs_second_person(way: RefundWay, amount_cents: int, *, alone_cents: int) -> bool:
    """``alone_cents``: what is left of the payment that one person may give back."""
    return way is RefundWay.CHECK or amount_cents > alone_cents
