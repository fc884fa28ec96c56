"""What a clerk typed into the search: a date of birth, a number or names; needs no database."""

import re
from dataclasses import dataclass
from datetime import date

from portal.domain.names import fold

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NUMERIC_DATE = re.compile(r"(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4}|\d{2})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SOLID_DATE = re.compile(r"(\d{2})(\d{2})(\d{4})")
_WRITTEN_DATE = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}|\d{2})")
_PHONE_CHARACTERS = re.compile(r"[\d\s().+\-]+")
_PHONE_DIGITS = 10
_COUNTRY = "1"
_OLDEST_BIRTH = 1900
_TERM_LENGTH_MAX = 100
_LEAST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """Each way the text may be meant; somebody who fits any of them is found.

    ``words`` are folded: lower case, without accents and hyphens. ``number`` is an account's or a
    statement's.
    """

    born_on: date | None = None
    phone_digits: str = ""
    number: str = ""
    words: tuple[str, ...] = ()

    @property
    def says_nothing(self) -> bool:
        """Nothing to look for."""
        return self == SearchTerm()


def read_term(typed: str, *, today: date) -> SearchTerm:
    """Read a search. A date is only that; digits may be a phone's, an account's, a statement's."""
    text = " ".join(typed.split())[:_TERM_LENGTH_MAX]
    born_on = _birth_date(text.lower(), today=today)
    solid = _SOLID_DATE.fullmatch(text)
    if born_on is not None and solid is None:
        return SearchTerm(born_on=born_on)
    return SearchTerm(
        born_on=born_on,
        phone_digits=_phone(text),
        number=text if any(character.isdigit() for character in text) else "",
        words=_words(text),
    )


def _words(text: str) -> tuple[str, ...]:
    folded = fold(text)
    if len(folded.replace(" ", "")) < _LEAST_LETTERS or any(map(str.isdigit, folded)):
        return ()
    return tuple(folded.split())


def _phone(text: str) -> str:
    if _PHONE_CHARACTERS.fullmatch(text) is None:
        return ""
    digits = re.sub(r"\D", "", text)
    if len(digits) == _PHONE_DIGITS + 1 and digits.startswith(_COUNTRY):
        digits = digits[1:]
    return digits if len(digits) == _PHONE_DIGITS else ""


def _birth_date(text: str, *, today: date) -> date | None:
    """Month before day, as in the United States; a year of two digits is the latest that was."""
    if found := _ISO_DATE.fullmatch(text):
        year, month, day = found.groups()
    elif found := _NUMERIC_DATE.fullmatch(text) or _SOLID_DATE.fullmatch(text):
        month, day, year = found.groups()
    elif found := _WRITTEN_DATE.fullmatch(text):
        name, day, year = found.groups()
        numbers = [n for n, full in enumerate(_MONTHS, start=1) if full.startswith(name)]
        if len(numbers) != 1:
            return None
        month = str(numbers[0])
    else:
        return None
    try:
        born_on = date(_full_year(int(year), today=today), int(month), int(day))
    except ValueError:
        return None
    return born_on if born_on.year >= _OLDEST_BIRTH and born_on <= today else None


def _full_year(year: int, *, today: date) -> int:
    if year >= 100:  # noqa: PLR2004 — was written in full
        return year
    century = today.year - today.year % 100
    return century + year if century + year <= today.year else century - 100 + year
