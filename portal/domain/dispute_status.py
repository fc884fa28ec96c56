"""How far a dispute has come, in the bank's words, and which step follows which.

An inquiry (warning_…) only asks and moves no money. What the bank decided is final.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class DisputeState(StrEnum):
    """Stable names: they are stored. Stripe's own words."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


INQUIRIES: Final = frozenset(
    {
        DisputeState.WARNING_NEEDS_RESPONSE,
        DisputeState.WARNING_UNDER_REVIEW,
        DisputeState.WARNING_CLOSED,
    }
)
WAITS_FOR_US: Final = frozenset({DisputeState.WARNING_NEEDS_RESPONSE, DisputeState.NEEDS_RESPONSE})
"""The bank waits for an answer, until the day it names."""
CLOSED: Final = frozenset(
    {
        DisputeState.WARNING_CLOSED,
        DisputeState.WON,
        DisputeState.LOST,
        DisputeState.PREVENTED,
    }
)

_ENDS: Final = CLOSED - {DisputeState.WARNING_CLOSED}

TRANSITIONS: Final[Mapping[DisputeState, frozenset[DisputeState]]] = {
    DisputeState.WARNING_NEEDS_RESPONSE: frozenset(
        {
            DisputeState.WARNING_UNDER_REVIEW,
            DisputeState.WARNING_CLOSED,
            DisputeState.NEEDS_RESPONSE,
            DisputeState.UNDER_REVIEW,
        }
    )
    | _ENDS,
    DisputeState.WARNING_UNDER_REVIEW: frozenset(
        {
            DisputeState.WARNING_CLOSED,
            DisputeState.NEEDS_RESPONSE,
            DisputeState.UNDER_REVIEW,
        }
    )
    | _ENDS,
    # A closed inquiry can still become a dispute.
    DisputeState.WARNING_CLOSED: frozenset({DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW})
    | _ENDS,
    DisputeState.NEEDS_RESPONSE: frozenset({DisputeState.UNDER_REVIEW}) | _ENDS,
    DisputeState.UNDER_REVIEW: _ENDS,
    DisputeState.WON: frozenset(),
    DisputeState.LOST: frozenset(),
    DisputeState.PREVENTED: frozenset(),
}
"""A step that is not here is an answer older than what we know: it moves nothing."""
