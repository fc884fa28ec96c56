"""What people tell us is wrong, or ask for: kinds of cases, how one stands, and by when we answer.

A case about visits holds them while it is open (``holds_visits``); a mere question holds nothing.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from portal.domain.business_days import business_day_after


class CaseKind(StrEnum):
    """What it is about; stable names: they are stored, and part of addresses."""

    ALREADY_PAID = "already_paid"
    WRONG_INSURANCE = "wrong_insurance"
    NOT_MINE = "not_mine"
    WRONG_AMOUNT = "wrong_amount"
    QUESTION = "question"
    ASSISTANCE = "assistance"


class CaseState(StrEnum):
    """How it stands. A draft is nobody's but its writer's, and is dropped after a day."""

    DRAFT = "draft"
    DROPPED = "dropped"
    OPEN = "open"
    WAITING = "waiting"  # for the person who opened it
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


TRANSITIONS: Final[Mapping[CaseState, frozenset[CaseState]]] = {
    CaseState.DRAFT: frozenset({CaseState.OPEN, CaseState.DROPPED}),
    CaseState.DROPPED: frozenset(),
    CaseState.OPEN: frozenset({CaseState.WAITING, CaseState.ANSWERED, CaseState.CLOSED}),
    CaseState.WAITING: frozenset({CaseState.OPEN, CaseState.ANSWERED, CaseState.CLOSED}),
    CaseState.ANSWERED: frozenset({CaseState.OPEN, CaseState.WAITING, CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.REOPENED}),
    CaseState.REOPENED: frozenset({CaseState.WAITING, CaseState.ANSWERED, CaseState.CLOSED}),
}

OURS: Final = frozenset({CaseState.OPEN, CaseState.REOPENED})
"""It is our turn, and the clock runs."""

STANDING: Final = frozenset(
    {CaseState.OPEN, CaseState.WAITING, CaseState.ANSWERED, CaseState.REOPENED}
)
"""Not over: what it holds is held."""

HOLDS_VISITS: Final = frozenset(
    {
        CaseKind.ALREADY_PAID,
        CaseKind.WRONG_INSURANCE,
        CaseKind.NOT_MINE,
        CaseKind.WRONG_AMOUNT,
    }
)
"""Their visits are asked for by nobody until the case is closed; other visits go on."""

WITH_FILES: Final = frozenset(
    {CaseKind.ALREADY_PAID, CaseKind.WRONG_INSURANCE, CaseKind.ASSISTANCE}
)
"""A picture of a card, a receipt or a pay stub is asked for before the answers are sent."""

ABOUT_INSURANCE: Final = frozenset({CaseKind.WRONG_INSURANCE})
"""What posters see of the inbox."""


class CaseOutcome(StrEnum):
    """How it ended; stable names. Each has a sentence in both languages for whoever opened it."""

    PAYMENT_FOUND = "payment_found"
    PAYMENT_NOT_FOUND = "payment_not_found"
    INSURANCE_TAKEN = "insurance_taken"
    INSURANCE_NOT_IN_FORCE = "insurance_not_in_force"
    NOT_THEIRS = "not_theirs"
    CORRECTED = "corrected"
    AS_BILLED = "as_billed"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"  # by whoever opened it
    GRANTED = "granted"
    DENIED = "denied"


OUTCOMES: Final[Mapping[CaseKind, tuple[CaseOutcome, ...]]] = {
    CaseKind.ALREADY_PAID: (
        CaseOutcome.PAYMENT_FOUND,
        CaseOutcome.PAYMENT_NOT_FOUND,
        CaseOutcome.WITHDRAWN,
    ),
    CaseKind.WRONG_INSURANCE: (
        CaseOutcome.INSURANCE_TAKEN,
        CaseOutcome.INSURANCE_NOT_IN_FORCE,
        CaseOutcome.WITHDRAWN,
    ),
    CaseKind.NOT_MINE: (CaseOutcome.NOT_THEIRS, CaseOutcome.AS_BILLED, CaseOutcome.WITHDRAWN),
    CaseKind.WRONG_AMOUNT: (CaseOutcome.CORRECTED, CaseOutcome.AS_BILLED, CaseOutcome.WITHDRAWN),
    CaseKind.QUESTION: (CaseOutcome.ANSWERED, CaseOutcome.WITHDRAWN),
    CaseKind.ASSISTANCE: (CaseOutcome.WITHDRAWN,),  # else its decision closes it
}
"""What staff may choose when they close a case."""

NEEDS_BILLING: Final = frozenset({CaseOutcome.NOT_THEIRS, CaseOutcome.CORRECTED})
"""Only once the visit asks for nothing, or another amount: its hold ends with the case."""

ANSWER_WITHIN: Final[Mapping[CaseKind, int]] = {
    CaseKind.ALREADY_PAID: 5,
    CaseKind.WRONG_INSURANCE: 5,
    CaseKind.NOT_MINE: 5,
    CaseKind.WRONG_AMOUNT: 5,
    CaseKind.QUESTION: 2,
    CaseKind.ASSISTANCE: 10,
}
"""Business days until we have answered; a default for a practice to confirm."""

REOPEN_WITHIN: Final = timedelta(days=60)
"""After that a new case is opened."""

WAITS_AT_MOST: Final = timedelta(days=30)
"""For the person's answer; then staff look at it again."""

ANSWERED_AT_MOST: Final = timedelta(days=14)
"""We have answered and nobody wrote back: then a question is closed, and staff close the rest."""

DRAFT_FOR: Final = timedelta(days=1)

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: none is taken for another
_TAILS: Final = 100
NUMBERS: Final = len(_LETTERS) ** 4 * _TAILS
"""How many case numbers there are."""


class UnknownMoveError(ValueError):
    """A case cannot go from where it is to where it was sent."""


def require_move(present: CaseState, state: CaseState) -> None:
    """Raises UnknownMoveError."""
    if state not in TRANSITIONS[present]:
        raise UnknownMoveError(f"{present} to {state}")


def state_after_reply(present: CaseState) -> CaseState:
    """Where a word of the person's brings a case: it is our turn. Raises UnknownMoveError."""
    if present in OURS:
        return present
    if present is CaseState.DRAFT:
        raise UnknownMoveError(present)
    after = CaseState.REOPENED if present is CaseState.CLOSED else CaseState.OPEN
    require_move(present, after)
    return after


def state_after_file(present: CaseState) -> CaseState:
    """As after a word; a draft stays one, and a closed case takes none. Raises UnknownMoveError."""
    if present is CaseState.DRAFT:
        return present
    if present is CaseState.CLOSED:
        raise UnknownMoveError(present)
    return state_after_reply(present)


def answer_by(kind: CaseKind, told_on: date) -> date:
    """The last day for our answer."""
    return business_day_after(told_on, ANSWER_WITHIN[kind])


def case_number(place: int) -> str:
    """A number people can read out, "C-7Q4K-21". ``place`` is below NUMBERS, chosen at random."""
    letters, tail = divmod(place, _TAILS)
    read = ""
    for _ in range(4):
        letters, one = divmod(letters, len(_LETTERS))
        read = _LETTERS[one] + read
    return f"C-{read}-{tail:02}"
