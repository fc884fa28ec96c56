"""Who may act for a guarantor, and how far: what somebody was given, and how it begins and ends."""

from collections.abc import Mapping
from enum import StrEnum


class AccessKind(StrEnum):
    """How far somebody may go for one guarantor; the role of a signed-in account's principal."""

    HOLDER = "holder"  # the guarantor
    SEE_AND_PAY = "see_and_pay"
    PAY_ONLY = "pay_only"  # amounts, never a visit or a line


class AccessState(StrEnum):
    """Where it stands; only an active one opens anything."""

    INVITED = "invited"
    ACTIVE = "active"
    REMOVED = "removed"


TRANSITIONS: Mapping[AccessState, frozenset[AccessState]] = {
    AccessState.INVITED: frozenset({AccessState.ACTIVE, AccessState.REMOVED}),
    AccessState.ACTIVE: frozenset({AccessState.REMOVED}),
    AccessState.REMOVED: frozenset(),
}


class UnknownAccessMoveError(RuntimeError):
    """What was removed stays removed."""


def move_to(present: AccessState, wanted: AccessState) -> AccessState:
    """The state after a move. Raises UnknownAccessMoveError."""
    if wanted not in TRANSITIONS[present]:
        raise UnknownAccessMoveError(f"{present} cannot become {wanted}")
    return wanted
