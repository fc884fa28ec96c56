"""The notice that language help and other formats are free, in English and fifteen languages.

45 CFR 92.11: the languages are those most spoken, in the practice's state, by people who read
little English; so a practice chooses them. A text that no qualified person has reviewed says so
(45 CFR 92.201(c)(3)): ``reviewed_by`` is empty.
"""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

_LEFT_TO_RIGHT, _AS_BEFORE = "\u2066", "\u2069"
LEAST_LANGUAGES = 16
"""English and fifteen more."""


@dataclass(frozen=True, slots=True)
class LanguageNotice:
    """The notice in one language. ``{phone}`` in ``text`` stands for the practice's number."""

    code: str  # BCP 47, for `lang`
    name: str  # as its readers call it
    english_name: str
    direction: str  # "ltr" or "rtl"
    text: str
    reviewed_by: str = ""
    reviewed_on: date | None = None

    def for_phone(self, phone: str) -> str:
        """The text with the practice's number, which is read from the left in every language."""
        if self.direction == "rtl":
            phone = f"{_LEFT_TO_RIGHT}{phone}{_AS_BEFORE}"
        return self.text.replace("{phone}", phone)


@dataclass(frozen=True, slots=True)
class LanguageNotices:
    """All there are, English first; ``as_of`` is the day the list was drawn up."""

    as_of: date
    notices: tuple[LanguageNotice, ...]

    def chosen(self, codes: Collection[str]) -> tuple[LanguageNotice, ...]:
        """English and those of these languages that there are; all where none are chosen."""
        wanted = {"en", *codes}
        return tuple(one for one in self.notices if not codes or one.code in wanted)


@cache
def language_notices() -> LanguageNotices:
    """What `languages.toml` holds."""
    held = tomllib.loads(files(__name__).joinpath("languages.toml").read_text(encoding="utf-8"))
    return LanguageNotices(held["as_of"], tuple(LanguageNotice(**one) for one in held["language"]))
