"""Names as people write them: an 835 shouts, a letter does not."""

import re

_WORD = re.compile(r"[^\W\d_]+")
_KEPT = frozenset(
    {"PPO", "HMO", "EPO", "POS", "USA", "LLC", "PC", "II", "III", "IV", "MD", "DO", "NP", "PA"}
)
_SMALL = frozenset({"of", "and", "the", "de", "del", "la", "y"})


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
