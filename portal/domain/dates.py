"""How a day is written out, in English and in Spanish."""

from datetime import date

_SPANISH_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def long_day(on: date, language: str) -> str:
    """March 4, 2026; 4 de marzo de 2026."""
    if language == "es":
        return f"{on.day} de {_SPANISH_MONTHS[on.month - 1]} de {on.year}"
    return f"{_ENGLISH_MONTHS[on.month - 1]} {on.day}, {on.year}"
