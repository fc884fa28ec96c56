"""The states of a plan and of an installment, and every move between them that is foreseen.

A charge's own attempts are charge_schedule's.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class PlanState(StrEnum):
    """How a plan stands."""

    DRAFT = "draft"
    OFFERED = "offered"
    PENDING_CONSENT = "pending_consent"  # chosen, not agreed to
    ACTIVE = "active"
    PAST_DUE = "past_due"  # an installment is open after its days of grace
    PAUSED = "paused"  # a hold stands: nothing falls due for as long
    COMPLETED = "completed"
    DEFAULTED = "defaulted"  # what is left is asked for again from the step where it was left
    REPLACED = "replaced"  # by another plan
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_STAFF = "cancelled_by_staff"
    VOID = "void"  # made in error, nothing paid


LIVE: Final = frozenset({PlanState.ACTIVE, PlanState.PAST_DUE, PlanState.PAUSED})
"""What the plan covers is asked for by the plan alone."""

UNDECIDED: Final = frozenset({PlanState.DRAFT, PlanState.OFFERED, PlanState.PENDING_CONSENT})

_CANCELLED: Final = frozenset({PlanState.CANCELLED_BY_PATIENT, PlanState.CANCELLED_BY_STAFF})
_LEFT_OFF: Final = _CANCELLED | {PlanState.VOID}
_OVER: Final = _CANCELLED | {PlanState.COMPLETED, PlanState.REPLACED}

PLAN_TRANSITIONS: Final[Mapping[PlanState, frozenset[PlanState]]] = {
    PlanState.DRAFT: _LEFT_OFF | {PlanState.OFFERED, PlanState.PENDING_CONSENT},
    PlanState.OFFERED: _LEFT_OFF | {PlanState.PENDING_CONSENT},
    PlanState.PENDING_CONSENT: _LEFT_OFF | {PlanState.ACTIVE},
    PlanState.ACTIVE: _OVER | {PlanState.PAST_DUE, PlanState.PAUSED, PlanState.VOID},
    PlanState.PAST_DUE: _OVER | {PlanState.ACTIVE, PlanState.PAUSED, PlanState.DEFAULTED},
    PlanState.PAUSED: _OVER | {PlanState.ACTIVE, PlanState.PAST_DUE, PlanState.VOID},
    # A payment may come back after the last one: a bank debit for 60 days.
    PlanState.COMPLETED: LIVE,
    PlanState.DEFAULTED: frozenset(),
    PlanState.REPLACED: frozenset(),
    PlanState.CANCELLED_BY_PATIENT: frozenset(),
    PlanState.CANCELLED_BY_STAFF: frozenset(),
    PlanState.VOID: frozenset(),
}


class InstallmentState(StrEnum):
    """How an installment stands. Part of it may be paid before it is due: it is then scheduled."""

    SCHEDULED = "scheduled"
    DUE = "due"
    PROCESSING = "processing"  # a charge was started, its end is not known
    FAILED = "failed"  # declined, and not tried again by itself
    RETRY_SCHEDULED = "retry_scheduled"
    PARTIALLY_PAID = "partially_paid"  # due, and part of it paid
    PAID = "paid"
    MISSED = "missed"  # open after its days of grace
    SKIPPED = "skipped"
    WAIVED = "waived"  # nothing of it was paid, nothing is asked for any more
    SUPERSEDED = "superseded"  # not in the newest version


_AWAY: Final = frozenset(
    {InstallmentState.PAID, InstallmentState.WAIVED, InstallmentState.SUPERSEDED}
)
_ASKED: Final = _AWAY | {
    InstallmentState.SCHEDULED,  # moved, or re-aged
    InstallmentState.PROCESSING,
    InstallmentState.PARTIALLY_PAID,
    InstallmentState.MISSED,
}

INSTALLMENT_TRANSITIONS: Final[Mapping[InstallmentState, frozenset[InstallmentState]]] = {
    InstallmentState.SCHEDULED: _AWAY
    | {
        InstallmentState.DUE,
        InstallmentState.PARTIALLY_PAID,
        InstallmentState.MISSED,  # nobody looked for days
        InstallmentState.SKIPPED,
    },
    InstallmentState.DUE: _ASKED,
    InstallmentState.PROCESSING: _AWAY
    | {
        InstallmentState.DUE,  # no charge was made after all
        InstallmentState.PARTIALLY_PAID,
        InstallmentState.FAILED,
        InstallmentState.RETRY_SCHEDULED,
        InstallmentState.MISSED,
    },
    InstallmentState.FAILED: _ASKED | {InstallmentState.RETRY_SCHEDULED},
    InstallmentState.RETRY_SCHEDULED: _ASKED | {InstallmentState.FAILED, InstallmentState.DUE},
    InstallmentState.PARTIALLY_PAID: (_ASKED - {InstallmentState.PARTIALLY_PAID})
    | {InstallmentState.DUE},
    InstallmentState.MISSED: (_ASKED - {InstallmentState.MISSED}) | {InstallmentState.DUE},
    # Money that comes back opens it again.
    InstallmentState.PAID: frozenset(
        {
            InstallmentState.SCHEDULED,
            InstallmentState.DUE,
            InstallmentState.PARTIALLY_PAID,
            InstallmentState.MISSED,
            InstallmentState.WAIVED,
            InstallmentState.SUPERSEDED,
        }
    ),
    InstallmentState.WAIVED: frozenset({InstallmentState.SUPERSEDED}),
    InstallmentState.SKIPPED: frozenset(),
    InstallmentState.SUPERSEDED: frozenset(),
}


class UnknownPlanMoveError(RuntimeError):
    """A plan cannot go from where it is to where it was sent."""


class UnknownInstallmentMoveError(RuntimeError):
    """An installment cannot go from where it is to where it was sent."""


def is_plan_move(present: PlanState, *, wanted: PlanState) -> bool:
    """False when it is there already. Raises UnknownPlanMoveError."""
    if present is wanted:
        return False
    if wanted not in PLAN_TRANSITIONS[present]:
        raise UnknownPlanMoveError(f"{present} to {wanted}")
    return True


def is_installment_move(present: InstallmentState, *, wanted: InstallmentState) -> bool:
    """False when it is there already. Raises UnknownInstallmentMoveError."""
    if present is wanted:
        return False
    if wanted not in INSTALLMENT_TRANSITIONS[present]:
        raise UnknownInstallmentMoveError(f"{present} to {wanted}")
    return True
