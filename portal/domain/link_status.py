"""The states of a statement link, which move follows which, and why a link no longer opens."""

from collections.abc import Mapping
from enum import StrEnum


class LinkState(StrEnum):
    """How far a link has come. Looking at its page is no step; answering it is."""

    MADE = "made"
    SENT = "sent"  # our mail server took it
    DELIVERED = "delivered"  # a mail server reported it, or somebody answered
    BOUNCED = "bounced"
    TRIED = "tried"  # a first date of birth was entered
    VERIFIED = "verified"
    PART_PAID = "part_paid"
    PAID = "paid"  # all that its statement asked for


class LinkEnd(StrEnum):
    """Why a link opens nothing (any more)."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REVOKED = "revoked"
    CLOSED = "closed"  # too many wrong dates of birth
    REPLACED = "replaced"  # the statement was voided


WRONG_TRIES_MAX = 5

TRANSITIONS: Mapping[LinkState, frozenset[LinkState]] = {
    LinkState.MADE: frozenset(
        {LinkState.SENT, LinkState.DELIVERED, LinkState.BOUNCED, LinkState.TRIED}
    ),
    LinkState.SENT: frozenset({LinkState.DELIVERED, LinkState.BOUNCED, LinkState.TRIED}),
    LinkState.DELIVERED: frozenset({LinkState.SENT, LinkState.BOUNCED, LinkState.TRIED}),
    LinkState.BOUNCED: frozenset({LinkState.SENT, LinkState.DELIVERED, LinkState.TRIED}),
    LinkState.TRIED: frozenset({LinkState.VERIFIED}),
    LinkState.VERIFIED: frozenset({LinkState.PART_PAID, LinkState.PAID}),
    LinkState.PART_PAID: frozenset({LinkState.PAID}),
    LinkState.PAID: frozenset(),
}
NOT_ANSWERED = frozenset({LinkState.MADE, LinkState.SENT, LinkState.DELIVERED, LinkState.BOUNCED})
_ORDER = tuple(LinkState)


class UnknownMoveError(RuntimeError):
    """A link cannot go from where it is to where it was sent."""


def move_to(present: LinkState, step: LinkState) -> LinkState:
    """The state after a step; a step that was passed before (a link sent again) changes nothing.

    Raises UnknownMoveError.
    """
    if step in TRANSITIONS[present]:
        return step
    if _ORDER.index(step) <= _ORDER.index(present):
        return present
    raise UnknownMoveError(f"{present} to {step}")
