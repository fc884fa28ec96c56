"""Which translations a qualified person has reviewed; a page says so where somebody signs.

``translations/reviewed.toml`` is the record; `portal texts` prints it.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_RECORD = Path(__file__).parents[2] / "translations" / "reviewed.toml"


@dataclass(frozen=True, slots=True)
class TranslatedText:
    """A critical text; ``reviewed_by`` is empty until a qualified person has read it."""

    key: str
    what: str
    source: str  # from the top of the checkout
    language: str
    reviewed_by: str
    reviewed_on: str  # a day, as 2026-03-09


@cache
def translated_texts() -> tuple[TranslatedText, ...]:
    """Every critical text of the record."""
    held = tomllib.loads(_RECORD.read_text(encoding="utf-8"))
    return tuple(TranslatedText(key, **facts) for key, facts in held.items())


def is_reviewed(key: str, language: str) -> bool:
    """Whether a text may stand by itself in a language; English is the original.

    Raises LookupError for a text that the record does not have.
    """
    found = [one for one in translated_texts() if one.key == key]
    if not found:
        raise LookupError(key)
    return language == "en" or any(one.language == language and one.reviewed_by for one in found)
