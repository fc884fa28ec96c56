"""From X12 elements to values: cents, dates, names, procedure codes. Nothing is guessed."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeVar

from portal.domain.money import AmountError, parse_amount
from portal.domain.remittance import Organization, Person
from portal.remittances.x12.envelope import element

SOCIAL_SECURITY_NAME_QUALIFIER = "34"  # NM108
SOCIAL_SECURITY_REFERENCE = "SY"  # REF01

_DATE_WIDTH = 8
_NO_DATE = "19000101"  # what X12 asks for where a predetermination has no service date
_MOST_MODIFIERS = 4
_MOST_REMEMBERED = 40  # characters of a text

_Value = TypeVar("_Value")
_DESCRIPTION = 6


class DateError(ValueError):
    """A text that is no CCYYMMDD date."""


class Memo(dict[str, _Value]):
    """What short texts stand for, each worked out once: ``memo[text]``. Raises what that raises.

    A large file says millions of things and few different ones. A full memo forgets everything.
    """

    def __init__(self, work_out: Callable[[str], _Value], *, most: int) -> None:
        super().__init__()
        self._work_out = work_out
        self._most = most

    def __missing__(self, text: str) -> _Value:
        value = self._work_out(text)
        if len(text) <= _MOST_REMEMBERED:
            if len(self) >= self._most:
                self.clear()
            self[text] = value
        return value


CENTS = Memo(parse_amount, most=1 << 16)


@lru_cache(maxsize=1024)
def parse_date(text: str) -> date | None:
    """A CCYYMMDD date; None for an empty text and for X12's "no date". Raises DateError."""
    digits = text.strip()
    if not digits or digits == _NO_DATE:
        return None
    if len(digits) != _DATE_WIDTH or not (digits.isascii() and digits.isdecimal()):
        raise DateError(text)
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise DateError(text) from error


@lru_cache(maxsize=2048)
def procedure(text: str, component: str) -> tuple[str, str, tuple[str, ...]]:
    """Qualifier, code and up to four modifiers of SVC01 or SVC06."""
    qualifier, *rest = (value.strip() for value in text.split(component))
    code = rest[0] if rest else ""
    modifiers = rest[1 : 1 + _MOST_MODIFIERS]
    return qualifier, code, tuple(modifier for modifier in modifiers if modifier)


def description(text: str, component: str) -> str:
    """The seventh component: the service in the sender's own words, mostly empty."""
    components = text.split(component)
    return components[_DESCRIPTION].strip() if len(components) > _DESCRIPTION else ""


def amount(parts: list[str], index: int) -> int | None:
    """Cents of an element; None when it is no amount."""
    try:
        return CENTS[parts[index]]
    except (IndexError, AmountError):
        return None


def person(parts: list[str]) -> Person:
    """An NM1. A social security number is dropped here, so that it gets no further."""
    qualifier, identifier = element(parts, 8), element(parts, 9)
    if qualifier == SOCIAL_SECURITY_NAME_QUALIFIER:
        qualifier = identifier = ""
    return Person(
        last_name=element(parts, 3),
        first_name=element(parts, 4),
        middle_name=element(parts, 5),
        identifier=identifier,
        identifier_qualifier=qualifier,
    )


def other_payer(parts: list[str]) -> Organization:
    """An NM1 that names another payer (TT, PR)."""
    return Organization(
        name=element(parts, 3), identifier=element(parts, 9), identifier_qualifier=element(parts, 8)
    )
