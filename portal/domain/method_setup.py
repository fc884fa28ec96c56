"""Saving a way to pay: the states of one attempt, and what a saved method may still do."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Final

_DECEMBER: Final = 12
_EXPIRES_SOON_MONTHS: Final = 2


class SetupState(StrEnum):
    """How far an attempt to save a way to pay has come."""

    STARTING = "starting"  # the processor was called, its answer is not known
    OPEN = "open"  # the processor's page is there for the patient
    SAVED = "saved"
    EXPIRED = "expired"
    FAILED = "failed"


SETUP_TRANSITIONS: Final[Mapping[SetupState, frozenset[SetupState]]] = {
    SetupState.STARTING: frozenset(
        {SetupState.OPEN, SetupState.SAVED, SetupState.EXPIRED, SetupState.FAILED}
    ),
    SetupState.OPEN: frozenset({SetupState.SAVED, SetupState.EXPIRED, SetupState.FAILED}),
    SetupState.SAVED: frozenset(),
    SetupState.EXPIRED: frozenset({SetupState.SAVED}),  # told late
    SetupState.FAILED: frozenset({SetupState.SAVED}),
}

UNFINISHED_SETUPS: Final = frozenset({SetupState.STARTING, SetupState.OPEN})


class UnknownSetupMoveError(RuntimeError):
    """An attempt cannot go from where it is to where it was sent."""


def is_setup_move(present: SetupState, *, wanted: SetupState) -> bool:
    """False when it is there already. Raises UnknownSetupMoveError for a move nobody foresaw."""
    if present is wanted:
        return False
    if wanted not in SETUP_TRANSITIONS[present]:
        raise UnknownSetupMoveError(f"{present} to {wanted}")
    return True


def first_day_without(exp_month: int | None, exp_year: int | None) -> date | None:
    """The first day a card does not work any more; None for what does not expire."""
    if exp_month is None or exp_year is None:
        return None
    if exp_month == _DECEMBER:
        return date(exp_year + 1, 1, 1)
    return date(exp_year, exp_month + 1, 1)


def has_expired(exp_month: int | None, exp_year: int | None, *, today: date) -> bool:
    """Whether a card's last month is over."""
    ends = first_day_without(exp_month, exp_year)
    return ends is not None and today >= ends


def expires_soon(exp_month: int | None, exp_year: int | None, *, today: date) -> bool:
    """Whether a card's last month is this one, the next, or over."""
    if exp_month is None or exp_year is None:
        return False
    months_left = (exp_year - today.year) * _DECEMBER + exp_month - today.month
    return months_left < _EXPIRES_SOON_MONTHS
