"""A promise to pay, and how it ended: decided by what the ledger has, not by anybody's word."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PromiseOutcome(StrEnum):
    """How a promise stands. All but the first are final."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"  # staff: another day was asked for, or it was written down wrongly


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFacts:
    """``paid_cents`` came after it was made, and by its day; ``coming_cents`` are at a bank."""

    promised_for: date  # the last day
    amount_cents: int
    paid_cents: int
    coming_cents: int


def outcome_of(facts: PromiseFacts, *, today: date) -> PromiseOutcome:
    """Its day itself still counts. Money on its way in time is waited for."""
    if facts.paid_cents >= facts.amount_cents:
        return PromiseOutcome.KEPT
    is_waited_for = facts.paid_cents + facts.coming_cents >= facts.amount_cents
    if today > facts.promised_for and not is_waited_for:
        return PromiseOutcome.BROKEN
    return PromiseOutcome.OPEN
