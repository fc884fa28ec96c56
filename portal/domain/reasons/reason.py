"""One payer's reason in our own words and both languages."""

from dataclasses import dataclass
from enum import StrEnum


class CodeList(StrEnum):
    """Whose code it is."""

    CARC = "CARC"  # claim adjustment reason code: why an amount was taken off or left to somebody
    RARC = "RARC"  # remittance advice remark code: what else there is to know


class Ask(StrEnum):
    """Who can answer a question about the reason."""

    PLAN = "plan"
    PRACTICE = "practice"
    PLAN_THEN_PRACTICE = "plan_then_practice"


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Whole sentences, for the person who gets the bill."""

    title: str  # what it is
    means: str  # what it means for you
    why: str  # why it can happen
    action: str  # what you can do


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code says, with one group code (X12 835 CAS01) or, where ``group`` is None, with any.

    ``owed``: whether an amount with this reason may be asked of a patient when its group is PR.
    False where nobody may be asked, or where the amount is looked at first (a hold).
    """

    code_list: CodeList
    code: str
    group: str | None
    ask: Ask
    owed: bool
    en: Words
    es: Words
