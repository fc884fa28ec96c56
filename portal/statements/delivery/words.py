"""The words that a demonstration hides in a sample page and a sample file.

The same person finds the same ones all month: nothing is written down when a sample is looked at.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from portal.auth.keys import keyed_hash

_PURPOSE: Final = "paper demonstration.v1"
_ENGLISH: Final = (
    "apple bridge candle garden harbor island kettle ladder meadow mirror orange paper pencil "
    "pillow pocket river saddle silver spoon summer table thunder tunnel valley velvet violin "
    "wagon window winter yellow basket blanket"
)
_SPANISH: Final = (
    "abeja barco camino ciruela cuchara espejo estrella flor fuente guitarra hoja huerto isla "
    "jarra lago lámpara limón luna mantel mesa naranja nube puente queso rama reloj silla "
    "sombrero tambor tijera ventana violín"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One person's sample in one language; ``name`` tells the page from the file."""

    secret_key: str = field(repr=False)
    guarantor_id: UUID
    name: str
    language: str

    def word_on(self, day: date) -> str:
        """What is in it."""
        named = f"{self.guarantor_id} {self.name} {day:%Y-%m}"
        words = (_SPANISH if self.language == "es" else _ENGLISH).split()
        number = int.from_bytes(keyed_hash(self.secret_key, _PURPOSE, named)[:4])
        return words[number % len(words)]

    def is_found(self, typed: str, *, typed_on: date) -> bool:
        """However it was typed: letters count, not their size nor their accents.

        The word of the day before is right, too: a sample may have been opened just then.
        """
        days = (typed_on, typed_on - timedelta(days=1))
        return _plain(typed) in {_plain(self.word_on(day)) for day in days}


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
