"""A language nobody speaks: every text accented and two fifths longer, so what is not one shows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import NullTranslations
from unittest.mock import patch

import flask_babel

_ACCENTS = str.maketrans("aeiouyAEIOUY", "àéîõüýÀÉÎÕÜÝ")
_KEPT = re.compile(r"(%\(\w+\)[sd]|</?\w+[^>]*>|&\w+;)")
MARK = "⟧"


def pseudo(text: str) -> str:
    """Placeholders and tags stay."""
    if not text.strip():
        return text
    parts = [
        part if _KEPT.fullmatch(part) else part.translate(_ACCENTS) for part in _KEPT.split(text)
    ]
    letters = len(_KEPT.sub("", text))
    return f"⟦{''.join(parts)}{' õõõ' * (-(-letters * 2 // 15))}{MARK}"


class PseudoTranslations(NullTranslations):
    """What gettext finds in that language."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, _context: str, message: str) -> str:
        return pseudo(message)

    ugettext, ungettext, upgettext = gettext, ngettext, pgettext


@contextmanager
def speaking_pseudo() -> Iterator[None]:
    """Every page drawn within the block is in that language; dates and amounts stay English."""
    found = PseudoTranslations()
    with patch.object(flask_babel.Domain, "get_translations", lambda _self: found):
        yield
