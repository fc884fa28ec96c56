"""What a paper is made of, beside words, facts and sums: values only, every text as it is read.

Lengths are thousandths of an inch, from the upper left corner of the sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Letterhead:
    """How a practice's papers look. ``colour`` as ``#05566e``; ``logo`` is an SVG, or nothing."""

    colour: str = "#05566e"
    logo: str = ""


PLAIN_LETTERHEAD: Final = Letterhead()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the third level, with what it is about beside it and an amount at its end."""

    heading: str
    about: str = ""
    amount: str = ""
    kind: Literal["title"] = "title"


@dataclass(frozen=True, slots=True)
class Told:
    """A paragraph that begins with what it is about. ``language`` where it is another one."""

    lead: str
    text: str
    language: str = ""
    kind: Literal["told"] = "told"


@dataclass(frozen=True, slots=True)
class Note:
    """Something set apart: a notice, an offer of help."""

    heading: str
    text: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar. ``name`` says its colour, ``cents`` its width."""

    name: str
    label: str
    cents: int


@dataclass(frozen=True, slots=True)
class Bar:
    """How a bill splits; ``described`` says the same in words, for who does not see it."""

    parts: Sequence[Part]
    described: str
    kind: Literal["bar"] = "bar"


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways to do something, side by side: what each is called, and its lines."""

    heading: str
    ways: Sequence[tuple[str, Sequence[str]]]
    kind: Literal["ways"] = "ways"


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle of the first sheet that shows through a window of its envelope."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Windows:
    """The two windows of an envelope, as its vendor measures them."""

    sender: Zone
    recipient: Zone


NUMBER_10_DOUBLE: Final = Windows(
    sender=Zone(625, 875, 3250, 875), recipient=Zone(625, 2125, 4000, 1000)
)
"""A #10 envelope with two windows (help.lob.com, "letter envelopes"), sheet flush with its top."""


@dataclass(frozen=True, slots=True)
class AmountBox:
    """What is asked for, first and largest; ``facts`` stand above it."""

    lead: str
    amount: str
    until: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Coupon:
    """The part that goes back with a check. ``square`` is an SVG, read by phones."""

    detach: str
    rows: Sequence[tuple[str, str]]
    enclosed: str
    remit_to: str
    remit_lines: Sequence[str]
    square: str
    square_says: str
    scan: str
    address: str
    code_is: str
    code: str


@dataclass(frozen=True, slots=True)
class Mailing:
    """What makes a paper fit for an envelope. ``recipient`` and nothing else is in its window.

    ``shows_windows``: a dashed line where each window is, on a sample to try an envelope with.
    """

    recipient: Sequence[str]
    windows: Windows
    box: AmountBox
    coupon: Coupon | None
    mark: str = ""  # of a print run: sorted by machine, six digits of the sequence
    shows_windows: bool = False
