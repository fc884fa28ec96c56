"""How a day is written out, in English and in Spanish."""

from datetime import date
from typing import Self

_SPANISH_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class MonthOnly(date):
    """A day of which only the month may be told; written out it is March 2026, 2026-03."""

    @classmethod
    def of(cls, on: date | None) -> Self | None:
        """The month of a day; None stays None."""
        return None if on is None else cls(on.year, on.month, 1)

    def isoformat(self) -> str:
        return f"{self:%Y-%m}"


def long_day(on: date, language: str) -> str:
    """March 4, 2026; 4 de marzo de 2026; of a month alone March 2026, marzo de 2026."""
    if isinstance(on, MonthOnly):
        of = " de " if language == "es" else " "
        names = _SPANISH_MONTHS if language == "es" else _ENGLISH_MONTHS
        return f"{names[on.month - 1]}{of}{on.year}"
    if language == "es":
        return f"{on.day} de {_SPANISH_MONTHS[on.month - 1]} de {on.year}"
    return f"{_ENGLISH_MONTHS[on.month - 1]} {on.day}, {on.year}"
