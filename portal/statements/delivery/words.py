"""The words that a demonstration hides in a sample page and a sample file.

The same person finds the same ones all month: nothing is written down when a sample is looked at.
"""

import unicodedata
from datetime import date
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


def hidden_word(
    secret_key: str, guarantor_id: UUID, sample: str, *, today: date, language: str
) -> str:
    """``sample`` tells the page's word from the file's."""
    named = f"{guarantor_id} {sample} {today:%Y-%m}"
    words = (_SPANISH if language == "es" else _ENGLISH).split()
    number = int.from_bytes(keyed_hash(secret_key, _PURPOSE, named)[:4])
    return words[number % len(words)]


def is_found(typed: str, word: str) -> bool:
    """However it was typed: letters count, not their size nor their accents."""
    return _plain(typed) == _plain(word)


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
