"""Papers as PDF: blocks of words in, bytes out, by typst; readable aloud and fit for an archive.

Words reach typst as JSON and are never put together into its code, so nothing in a name can run
there. Every file is PDF/UA-1 and PDF/A-2a: tagged, with its language, its fonts inside.

Do not print before a fork: typst's threads do not survive one, and the child would wait for ever.
"""

import json
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import typst

from portal.connectors.pdf_blocks import (
    PLAIN_LETTERHEAD,
    Bar,
    Heading,
    Letterhead,
    Mailing,
    Note,
    Told,
    Ways,
)
from portal.connectors.pdf_fonts import font_folder, letters

_TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "pdf"
_LETTER: Final = _TEMPLATES / "letter.typ"
_MOST_ROWS: Final = 1000  # typst takes a millisecond and 0.2 MB a row, and cannot be stopped
_NO_LETTER: Final = "?"
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


class PaperTooLongError(ValueError):
    """More rows than a paper may have."""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; ``soft`` is the small print. Without words, its heading alone."""

    text: str
    soft: bool = False
    heading: str = ""
    kind: Literal["words"] = "words"


@dataclass(frozen=True, slots=True)
class Facts:
    """Questions with their answers."""

    heading: str
    rows: Sequence[tuple[str, str]]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Sum:
    """A table whose last ``amounts`` columns are amounts; the rows add up to ``total``."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    amounts: int = 1
    kind: Literal["sum"] = "sum"


Block: TypeAlias = Words | Facts | Sum | Heading | Told | Note | Bar | Ways


@dataclass(frozen=True, slots=True)
class Paper:
    """One letter of a practice, in one language; every text as it is to be read.

    In large print nothing but an address in a window is smaller than 18 points. ``front`` comes
    before the coupon of a paper that is mailed.
    """

    language: str
    title: str
    sender: str
    sender_lines: Sequence[str]
    lead: str  # what the amount below it is
    amount: str
    blocks: Sequence[Block]
    page: str  # "Page", and "of" between two numbers
    of: str
    foot: str = ""  # at the foot of every page, in place of the sender
    is_large: bool = False
    front: Sequence[Block] = ()
    mailing: Mailing | None = None


def print_paper(
    paper: Paper, *, made_at: datetime, letterhead: Letterhead = PLAIN_LETTERHEAD
) -> bytes:
    """The file. The same paper made at the same time is the same bytes.

    Raises PaperTooLongError.
    """
    rows = sum(len(block.rows) for block in paper.blocks if isinstance(block, (Facts, Sum)))
    if max(rows, len(paper.blocks)) > _MOST_ROWS:
        raise PaperTooLongError(rows)
    printed, warnings = _press.compiler.compile_with_warnings(
        format="pdf",
        sys_inputs={"paper": json.dumps(_printable(asdict(paper))), **asdict(letterhead)},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(made_at.timestamp()),
    )
    if warnings or not isinstance(printed, bytes):  # such as a typeface that is not there
        raise RuntimeError([warning.message for warning in warnings])
    return printed


@lru_cache(maxsize=256)
def can_draw(logo: str) -> bool:
    """Whether a paper with this logo can be printed; tried once in each process."""
    blank = Paper("en", "-", "-", (), "-", "-", (), page="-", of="-")
    try:
        print_paper(blank, made_at=_ANY_TIME, letterhead=Letterhead(logo=logo))
    except (typst.TypstError, RuntimeError):
        return False
    return True


def printable(text: str, *, language: str = "") -> str:
    """Text with a letter for every sign: a sign without one would stop the paper.

    ``language`` where it is said of the text: some are written in letters of their own.

    What turns the direction of reading is dropped, for it would print another name than there is.
    """
    composed, known = unicodedata.normalize("NFC", text), letters(language)
    return "".join(
        sign if ord(sign) in known else _NO_LETTER
        for sign in composed
        if ord(sign) in known or not unicodedata.category(sign).startswith("C")
    )


def _printable(value: Any, language: str = "") -> Any:
    if isinstance(value, str):
        return printable(value, language=language)
    if isinstance(value, dict):
        of_block = value.get("language", "") if value.get("kind") == "told" else ""
        return {key: _printable(one, of_block) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(one) for one in value]
    return value


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()]
    )


class _Press(threading.local):
    """A compiler of each thread's own, made when it first prints: two must not use one at once."""

    def __init__(self) -> None:
        self._compiler: typst.Compiler | None = None

    @property
    def compiler(self) -> typst.Compiler:
        if self._compiler is None:
            self._compiler = typst.Compiler(_LETTER, root=_TEMPLATES, font_paths=_fonts())
        return self._compiler


_press = _Press()
