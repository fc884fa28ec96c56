"""Names as people write them: an 835 shouts, a letter does not, and both may mean one person."""

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+")
_KEPT = frozenset(
    {"PPO", "HMO", "EPO", "POS", "USA", "LLC", "PC", "II", "III", "IV", "MD", "DO", "NP", "PA"}
)
_SMALL = frozenset({"of", "and", "the", "de", "del", "la", "y"})
# Letters that Unicode does not take apart: X12 sends the plain one.
_PLAIN_LETTERS = str.maketrans("ŁłØøĐđ", "LlOoDd")
_NAMES_NOBODY = frozenset(
    {"al", "d", "da", "das", "de", "del", "den", "der", "di", "do", "dos", "du", "el", "jr", "la"}
    | {"las", "le", "los", "mac", "mc", "o", "san", "sr", "st", "van", "von", "y"}
)
"""Parts of last names that different families share."""


def fold(text: str) -> str:
    """Lower case, accents off, all but letters and digits to blanks: Núñez-Ortiz → nunez ortiz."""
    return " ".join(re.sub(r"[\W_]+", " ", _without_accents(text).lower()).split())


def plain(name: str) -> str:
    """A name without case, accents, blanks, hyphens and apostrophes, for comparing."""
    return "".join(filter(str.isalnum, _without_accents(name).casefold()))


def first_word(name: str) -> str:
    """A first name for comparing: payers add middle names and initials."""
    words = name.split()
    return plain(words[0]) if words else ""


def same_first_name(one: str, other: str) -> bool:
    """Written alike, in one word or two, with middle names and initials or without.

    Two middle names that differ are two people: JUAN CARLOS and JUAN PABLO.
    """
    if plain(one) == plain(other):
        return True
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs:
        return False
    if "".join(ours) in _beginnings(theirs) or "".join(theirs) in _beginnings(ours):
        return True
    rest = zip(ours[1:], theirs[1:], strict=False)
    return ours[0] == theirs[0] and all(_is_initial_of(*pair) for pair in rest)


def last_names(name: str) -> frozenset[str]:
    """The parts of a double name, and the whole: O'NEIL is also written O NEIL."""
    return (frozenset(fold(name).split()) - _NAMES_NOBODY) | (frozenset({plain(name)}) - {""})


def in_mixed_case(name: str) -> str:
    """A name in capitals only becomes ``Lena O'Neil-Okafor``; any other is left as it was written.

    Display only: nothing is matched by what this returns. ``McDonald`` comes out as ``Mcdonald``.
    """
    if not name.isupper():
        return name
    words = _WORD.sub(lambda match: _word(match.group()), name)
    return words[:1].upper() + words[1:]


def _word(word: str) -> str:
    if word in _KEPT:
        return word
    return word.lower() if word.lower() in _SMALL else word.capitalize()


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    letters = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return letters.translate(_PLAIN_LETTERS)


def _words(name: str) -> list[str]:
    return [word for word in map(plain, name.split()) if word]


def _beginnings(words: list[str]) -> set[str]:
    return {"".join(words[:count]) for count in range(1, len(words) + 1)}


def _is_initial_of(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
