"""Which passwords an account may have: long enough, and none that a guesser tries first.

Nobody is asked for capitals, digits or signs, and none expires (NIST SP 800-63B, 3.1.1.2).
"""

import re
from collections.abc import Sequence
from functools import cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.auth.keys import PASSWORD_LENGTH_MIN, PasswordRefusedError

WITH_SECOND_FACTOR_MIN = 8
LENGTH_MAX = 256
_WORD_LENGTH_MIN = 4
_OWN_PART_MIN = 6  # of what is left without the practice's words
_ADDED = re.compile(r"[\W\d_]{1,4}$")  # "password1!" is "password"
_ALWAYS_NAMED = ("patient", "portal", "billing", "password", "health", "clinic")


class ShortPasswordError(PasswordRefusedError):
    """It has fewer characters than ``at_least``."""

    def __init__(self, at_least: int) -> None:
        super().__init__(f"Use at least {at_least} characters.")
        self.at_least = at_least


class CommonPasswordError(PasswordRefusedError):
    """It is among the first that a guesser tries."""


def require_good(password: str, *, has_second_factor: bool, words: Sequence[str]) -> None:
    """``words``: the practice's names and the person's address, which guessers know.

    Raises ShortPasswordError, CommonPasswordError.
    """
    at_least = WITH_SECOND_FACTOR_MIN if has_second_factor else PASSWORD_LENGTH_MIN
    if len(password) < at_least:
        raise ShortPasswordError(at_least)
    if len(password) > LENGTH_MAX:
        raise PasswordRefusedError(f"Use at most {LENGTH_MAX} characters.")
    if is_common(password) or _is_made_of(password, words):
        raise CommonPasswordError("That is one of the first passwords that somebody would try.")


def stands_alone(password: str) -> bool:
    """Whether it is long enough without a second factor."""
    return len(password) >= PASSWORD_LENGTH_MIN


def is_common(password: str) -> bool:
    """Whether it is on the list, or is something on the list said again and again."""
    folded = password.casefold()
    return any(
        one in _common() for one in (folded, _ADDED.sub("", folded), _said_again(folded) or folded)
    ) or (len(_said_again(folded) or folded) <= _WORD_LENGTH_MIN)


@cache
def _common() -> frozenset[str]:
    """30,000 passwords that people chose, most frequent first, as zxcvbn ships them."""
    return frozenset(FREQUENCY_LISTS["passwords"])


def _said_again(text: str) -> str | None:
    """What is said again and again: "abc" of "abcabcab"; None for what is not."""
    at = (text + text).find(text, 1)
    if 0 < at < len(text):
        return text[:at]
    for length in range(1, len(text) // 2 + 1):
        unit = text[:length]
        if (unit * (len(text) // length + 1))[: len(text)] == text:
            return unit
    return None


def _is_made_of(password: str, words: Sequence[str]) -> bool:
    """Whether little is left when the words that everybody knows are taken out."""
    left = password.casefold()
    known = {
        part
        for text in (*words, *_ALWAYS_NAMED)
        for part in re.findall(r"[^\W\d_]+", text.casefold())
        if len(part) >= _WORD_LENGTH_MIN
    }
    for word in sorted(known, key=len, reverse=True):
        left = left.replace(word, "")
    letters = re.sub(r"[\W\d_]", "", left)
    has_known = len(left) < len(password)
    return has_known and len(letters) < _OWN_PART_MIN
