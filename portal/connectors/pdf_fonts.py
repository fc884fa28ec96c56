"""The typeface of papers: cut once from its pip package into files that typst can read.

It reads no variable fonts, so each weight is a file of its own. What a font has no letter for stops
a paper that must be readable by machines, so `letters` says what may be printed.
"""

import os
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import fontpkg_source_sans_3
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

_BUILT: Final = Path(__file__).parents[2] / "build" / "pdf-fonts"
_SOURCE: Final = fontpkg_source_sans_3.ROOT / "files" / "SourceSans3[wght].ttf"
_WEIGHTS: Final = (400, 600)
_RANGES: Final = (
    range(0x20, 0x7F),
    range(0xA0, 0x250),  # Latin of most of Europe
    range(0x370, 0x530),  # Greek and Cyrillic
    range(0x1E00, 0x1F00),  # Vietnamese
    (0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2212),
)
_FEATURES: Final = ("ccmp", "kern", "lnum", "locl", "mark", "tnum")


@cache
def font_folder() -> Path:
    """Where the files are; built when they are not there, which takes a second or two."""
    folder = _BUILT / f"{version('fontpkg-source-sans-3')}-{version('fonttools')}"
    folder.mkdir(parents=True, exist_ok=True)
    for weight in _WEIGHTS:
        file = folder / f"SourceSans3-{weight}.ttf"
        if not file.exists():
            part = file.with_name(f"{file.name}.{os.getpid()}.part")
            _cut(weight).save(part)
            part.replace(file)  # in one step: several processes may build at once
    return folder


@cache
def letters() -> frozenset[int]:
    """Every code point that can be printed."""
    with TTFont(_SOURCE, lazy=True) as font:
        known = font.getBestCmap().keys()
    return frozenset(point for points in _RANGES for point in points if point in known)


def _cut(weight: int) -> TTFont:
    font = TTFont(_SOURCE, recalcTimestamp=False)
    cutter = subset.Subsetter(subset.Options(layout_features=list(_FEATURES), hinting=False))
    cutter.populate(unicodes=letters())
    cutter.subset(font)
    return instancer.instantiateVariableFont(font, {"wght": weight}, updateFontNames=True)
