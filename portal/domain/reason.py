"""One reason why a patient owes an amount, in our own words and both languages."""

from dataclasses import dataclass
from enum import StrEnum


class Ask(StrEnum):
    """Who can answer a question about the reason."""

    PLAN = "plan"
    PRACTICE = "practice"
    PLAN_THEN_PRACTICE = "plan_then_practice"


@dataclass(frozen=True, slots=True)
class Words:
    """One language: what it is, what it means, what the person can do. Whole sentences."""

    title: str
    meaning: str
    action: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A claim adjustment reason (CARC) with group PR.

    ``owed`` is false where the amount is checked before anybody is asked for it (a hold).
    """

    code: str
    whom_to_ask: Ask
    en: Words
    es: Words
    owed: bool = True
