"""Charges agreed on beforehand: their states, on which days they may fall, when to try again.

A charge is one amount, taken at most once from a saved method with nobody present: on a day the
patient chose, for a new statement as they agreed (autopay), or for an installment of their plan.
Card rules: Visa's and Mastercard's on stored credentials and retries; bank debits: Nacha's on
re-presentment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.payment_channel import MethodKind


class ScheduledOrigin(StrEnum):
    """What was agreed to."""

    PAY_LATER = "pay_later"
    AUTOPAY = "autopay"
    PLAN = "plan"


class ScheduledState(StrEnum):
    """How far a charge has come."""

    DRAFT = "draft"  # chosen, not agreed to
    PLANNED = "planned"
    CHARGING = "charging"  # the processor was called, its answer is not known
    WAITING = "waiting"  # the bank decides, for days
    RETRYING = "retrying"  # declined, for a reason that may pass
    PAID = "paid"
    NOT_NEEDED = "not_needed"  # nothing was due any more
    STOPPED = "stopped"
    NEEDS_PATIENT = "needs_patient"  # only they can pay it now, on a page
    FAILED = "failed"


class ScheduledReason(StrEnum):
    """Why a charge was stopped, or cannot be made."""

    BY_PATIENT = "by_patient"
    FORGOTTEN = "forgotten"  # never agreed to
    BY_STAFF = "by_staff"  # as the patient asked
    PLAN_CHANGED = "plan_changed"  # the installment is paid, skipped, moved, or on another method
    ON_HOLD = "on_hold"
    DISPUTED = "disputed"
    METHOD_REMOVED = "method_removed"
    OVER_CAP = "over_cap"
    LATE = "late"  # its day is past by more than LATE_AFTER
    NO_NOTICE = "no_notice"  # the mail that tells of it may not, or cannot, be sent
    BANK_ASKS = "bank_asks"  # authentication_required
    DECLINED = "declined"
    REFUSED = "refused"  # by the processor, before any bank was asked


SCHEDULED_TRANSITIONS: Final[Mapping[ScheduledState, frozenset[ScheduledState]]] = {
    ScheduledState.DRAFT: frozenset({ScheduledState.PLANNED, ScheduledState.STOPPED}),
    ScheduledState.PLANNED: frozenset(
        {
            ScheduledState.CHARGING,
            ScheduledState.NOT_NEEDED,
            ScheduledState.STOPPED,
            ScheduledState.NEEDS_PATIENT,
        }
    ),
    ScheduledState.CHARGING: frozenset(
        {
            ScheduledState.WAITING,
            ScheduledState.RETRYING,
            ScheduledState.PAID,
            ScheduledState.NEEDS_PATIENT,
            ScheduledState.FAILED,
        }
    ),
    ScheduledState.WAITING: frozenset(
        {
            ScheduledState.RETRYING,
            ScheduledState.PAID,
            ScheduledState.NEEDS_PATIENT,
            ScheduledState.FAILED,
        }
    ),
    ScheduledState.RETRYING: frozenset(
        {
            ScheduledState.CHARGING,
            ScheduledState.NOT_NEEDED,
            ScheduledState.STOPPED,
            ScheduledState.NEEDS_PATIENT,
            ScheduledState.PAID,
        }
    ),
    # Money that comes late is money all the same.
    ScheduledState.NEEDS_PATIENT: frozenset({ScheduledState.PAID}),
    ScheduledState.FAILED: frozenset({ScheduledState.PAID}),
    ScheduledState.STOPPED: frozenset({ScheduledState.PAID}),
    ScheduledState.NOT_NEEDED: frozenset({ScheduledState.PAID}),
    ScheduledState.PAID: frozenset(),
}

TO_COME: Final = frozenset({ScheduledState.PLANNED, ScheduledState.RETRYING})
"""Can still be stopped or moved."""

UNDER_WAY: Final = frozenset({ScheduledState.CHARGING, ScheduledState.WAITING})

_NO_FAULT_OF_THE_METHOD: Final = frozenset(
    {ScheduledReason.PLAN_CHANGED, ScheduledReason.ON_HOLD, ScheduledReason.DISPUTED}
)

PAY_LATER_MAX: Final = timedelta(days=60)
LATE_AFTER: Final = timedelta(days=3)
"""A charge that was not made by then is made on no later day without a new word."""

CARD_NOTICE: Final = timedelta(days=5)
DEBIT_NOTICE: Final = timedelta(days=10)
"""Before a bank debit of varying amount: 12 CFR 1005.10(d)."""

DAYS_AFTER_STATEMENT: Final = (5, 10, 15, 20)
"""When autopay may charge, counted from the day of the statement; it is due after 25."""

CARD_RETRIES_AFTER: Final = (1, 3, 7)
DEBIT_RETRIES_AFTER: Final = (3, 7)
"""Days after the first try. Nacha: at most two re-presentments of one debit."""

_MAY_PASS: Final = frozenset(
    {
        "approve_with_id",
        "card_velocity_exceeded",
        "generic_decline",
        "insufficient_funds",
        "issuer_not_available",
        "processing_error",
        "reenter_transaction",
        "try_again_later",
        "withdrawal_count_limit_exceeded",
    }
)
_MAY_PASS_AT_A_BANK: Final = frozenset({"insufficient_funds"})  # R01, R09
_ACCOUNT_IS_OUT: Final = frozenset(
    {
        "account_closed",  # R02
        "account_frozen",  # R16
        "bank_account_restricted",  # R20
        "debit_not_authorized",  # R05, R07, R08, R10, R11, R29
        "invalid_account_number",  # R04
        "no_account",  # R03
    }
)
_NEVER_AGAIN: Final = frozenset({"do_not_try_again", "confirm_card_data"})
_BANK_ASKS: Final = "authentication_required"


class UnknownScheduledMoveError(RuntimeError):
    """A charge cannot go from where it is to where it was sent."""


@dataclass(frozen=True, slots=True)
class AfterDecline:
    """Where a declined charge goes. ``again_on`` is set with RETRYING only."""

    state: ScheduledState
    reason: ScheduledReason
    again_on: date | None = None


def is_scheduled_move(present: ScheduledState, *, wanted: ScheduledState) -> bool:
    """False when it is there already. Raises UnknownScheduledMoveError."""
    if present is wanted:
        return False
    if wanted not in SCHEDULED_TRANSITIONS[present]:
        raise UnknownScheduledMoveError(f"{present} to {wanted}")
    return True


def after_decline(
    *,
    method_kind: str,
    decline_code: str | None,
    advice_code: str | None,
    tries: int,
    first_tried_on: date,
    today: date,
) -> AfterDecline:
    """Whether a declined charge is tried again. ``tries`` counts the one that was declined.

    What the bank calls final is final; a decline without a reason we know is, too.
    """
    if decline_code == _BANK_ASKS:
        return AfterDecline(ScheduledState.NEEDS_PATIENT, ScheduledReason.BANK_ASKS)
    by_bank = method_kind == MethodKind.BANK_DEBIT
    offsets = DEBIT_RETRIES_AFTER if by_bank else CARD_RETRIES_AFTER
    may_pass = decline_code in (_MAY_PASS_AT_A_BANK if by_bank else _MAY_PASS)
    if not may_pass or advice_code in _NEVER_AGAIN or tries > len(offsets):
        return AfterDecline(ScheduledState.FAILED, ScheduledReason.DECLINED)
    planned = first_tried_on + timedelta(days=offsets[tries - 1])
    again_on = max(planned, today + timedelta(days=1))  # never twice a day
    return AfterDecline(ScheduledState.RETRYING, ScheduledReason.DECLINED, again_on)


def ends_the_account(*, method_kind: str, decline_code: str | None) -> bool:
    """Whether a returned debit says that its account is debited no more, for nothing (Nacha)."""
    return method_kind == MethodKind.BANK_DEBIT and decline_code in _ACCOUNT_IS_OUT


def days_to_choose(
    today: date, *, agreed_on: date, notice: timedelta = timedelta()
) -> tuple[date, date]:
    """The first and the last day a charge may be put on, or moved to.

    ``notice`` is what must still lie between the mail that announces the charge and its day.
    """
    return today + notice + timedelta(days=1), agreed_on + PAY_LATER_MAX


def notice_before(method_kind: str) -> timedelta:
    """How long before an autopay charge its patient is told."""
    return DEBIT_NOTICE if method_kind == MethodKind.BANK_DEBIT else CARD_NOTICE


def autopay_day(*, issued_on: date, days_after: int, today: date, method_kind: str) -> date:
    """When autopay charges for a statement: as agreed, and never sooner than the notice allows."""
    return max(issued_on + timedelta(days=days_after), today + notice_before(method_kind))


def installment_day(*, due_on: date, notice: timedelta, today: date) -> date:
    """When an installment is charged: as agreed, and never sooner than its notice allows."""
    return max(due_on, today + notice)


def may_follow(
    state: ScheduledState,
    reason: ScheduledReason | None,
    *,
    is_same_method: bool,
    is_kept_in_full: bool,
) -> bool:
    """Whether an installment that is open may get another charge after one that is over.

    After one that was paid, for what older installments took of its money: only while all of that
    is still on the plan (``is_kept_in_full``). What went back is not taken again by itself. Not to
    a method that could not be charged, or was refused: a second charge is no way round the last
    retry of the first.
    """
    if state in TO_COME | UNDER_WAY | {ScheduledState.DRAFT}:
        return False
    if state is ScheduledState.PAID:
        return is_kept_in_full
    if state is ScheduledState.NOT_NEEDED or reason in _NO_FAULT_OF_THE_METHOD:
        return True
    return not is_same_method
