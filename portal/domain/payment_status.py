"""The states of a payment (one attempt) and of a refund, and which move follows which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar


class PaymentState(StrEnum):
    """How far an attempt to pay has come."""

    PREPARED = "prepared"  # amount chosen, nobody asked for anything yet
    STARTING = "starting"  # the processor was called, its answer is not known
    OPEN = "open"  # the processor's page is there for the payer
    PROCESSING = "processing"  # the bank decides, for days
    SUCCEEDED = "succeeded"
    SUSPENDED = "suspended"  # money came, but not what we expected: staff decide
    VOIDED = "voided"  # of the desk: taken by mistake, and undone before the drawer was closed
    RETURNED = "returned"  # the bank gave a check back unpaid
    EXPIRED = "expired"
    CANCELED = "canceled"
    FAILED = "failed"


class RefundState(StrEnum):
    """How far giving money back has come."""

    WAITING = "waiting"  # written down; a second person has to agree
    REJECTED = "rejected"  # that person did not
    REQUESTED = "requested"  # whether the processor knows is not known; or a check is to be written
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    RETURNED = "returned"  # it was out, and the money came back to us


class UnknownMoveError(RuntimeError):
    """A payment or refund cannot go from where it is to where it was sent."""


ONE_AT_A_TIME = frozenset({PaymentState.STARTING, PaymentState.OPEN})
"""May turn into money by what the payer does: a guarantor has one such attempt at most.

A prepared one is not among them: it is a form, and only one of two forms gets past the next step.
Nor is one that a bank is at work on: it is counted as on its way, and the rest may be paid.
"""

AT_THE_PROCESSOR = ONE_AT_A_TIME | {PaymentState.PROCESSING}
"""May turn into money without us doing anything more."""

UNFINISHED = AT_THE_PROCESSOR | {PaymentState.PREPARED}
"""What the sweep looks after until it ends."""

UNDONE = frozenset({PaymentState.VOIDED, PaymentState.RETURNED})
"""Was money, and is none any more: posted once as it came and once as it went."""

_MONEY = frozenset({PaymentState.SUCCEEDED, PaymentState.SUSPENDED})
_ENDS = frozenset({PaymentState.EXPIRED, PaymentState.CANCELED, PaymentState.FAILED})

TRANSITIONS: Mapping[PaymentState, frozenset[PaymentState]] = {
    # Straight to money only if we lost a commit (a restored backup): the processor did not.
    PaymentState.PREPARED: frozenset({PaymentState.STARTING, PaymentState.EXPIRED}) | _MONEY,
    PaymentState.STARTING: frozenset({PaymentState.OPEN, PaymentState.PROCESSING}) | _MONEY | _ENDS,
    PaymentState.OPEN: frozenset({PaymentState.PROCESSING}) | _MONEY | _ENDS,
    PaymentState.PROCESSING: _MONEY | _ENDS,
    # Money that comes late is money all the same.
    PaymentState.EXPIRED: _MONEY,
    PaymentState.CANCELED: _MONEY,
    PaymentState.FAILED: _MONEY,
    PaymentState.SUCCEEDED: frozenset({PaymentState.VOIDED, PaymentState.RETURNED}),
    PaymentState.SUSPENDED: frozenset({PaymentState.SUCCEEDED}),  # staff found whose it is
    PaymentState.VOIDED: frozenset(),
    PaymentState.RETURNED: frozenset(),
}

REFUND_TRANSITIONS: Mapping[RefundState, frozenset[RefundState]] = {
    RefundState.WAITING: frozenset({RefundState.REQUESTED, RefundState.REJECTED}),
    RefundState.REJECTED: frozenset(),
    RefundState.REQUESTED: frozenset(
        {RefundState.PENDING, RefundState.SUCCEEDED, RefundState.FAILED, RefundState.CANCELED}
    ),
    RefundState.PENDING: frozenset(
        {RefundState.SUCCEEDED, RefundState.FAILED, RefundState.CANCELED}
    ),
    RefundState.SUCCEEDED: frozenset({RefundState.RETURNED}),
    RefundState.RETURNED: frozenset(),
    # We gave up asking, and yet the money went.
    RefundState.FAILED: frozenset({RefundState.SUCCEEDED}),
    RefundState.CANCELED: frozenset({RefundState.SUCCEEDED}),
}

GIVEN_UP = frozenset(
    {RefundState.FAILED, RefundState.CANCELED, RefundState.REJECTED, RefundState.RETURNED}
)
"""Refunds that gave nothing back."""

PROMISED = frozenset({RefundState.WAITING, RefundState.REQUESTED, RefundState.PENDING})
"""Refunds that may still take their money: nobody else may count on it."""

State = TypeVar("State", PaymentState, RefundState)


def is_move(
    transitions: Mapping[State, frozenset[State]], present: State, *, wanted: State
) -> bool:
    """False when it is there already. Raises UnknownMoveError for a move nobody foresaw."""
    if present == wanted:
        return False
    if wanted not in transitions[present]:
        raise UnknownMoveError(f"{present} to {wanted}")
    return True
