"""The typefaces of papers: cut once from their pip packages into files that typst can read.

It reads no variable fonts, so each weight is a file of its own. What a font has no letter for stops
a paper that must be readable by machines, so `letters` says what may be printed.
"""

import os
from collections.abc import Collection
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

import fontpkg_noto_sans_arabic
import fontpkg_source_sans_3
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

_BUILT: Final = Path(__file__).parents[2] / "build" / "pdf-fonts"
_SOURCE: Final = fontpkg_source_sans_3.ROOT / "files" / "SourceSans3[wght].ttf"
_ARABIC: Final = fontpkg_noto_sans_arabic.ROOT / "files" / "NotoSansArabic[wdth,wght].ttf"
_PACKAGES: Final = ("fontpkg-source-sans-3", "fontpkg-noto-sans-arabic", "fonttools")
_WEIGHTS: Final = (400, 600)
_RANGES: Final = (
    range(0x20, 0x7F),
    range(0xA0, 0x250),  # Latin of most of Europe
    range(0x370, 0x530),  # Greek and Cyrillic
    range(0x1E00, 0x1F00),  # Vietnamese
    (0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2212),
)
_FEATURES: Final = ("ccmp", "kern", "lnum", "locl", "mark", "tnum")
_IN_ARABIC_LETTERS: Final = frozenset({"ar", "fa"})
_ARABIC_LETTERS: Final = frozenset(range(0x600, 0x700))
_NON_JOINER: Final = 0x200C  # Persian writes it between parts of a word


@cache
def font_folder() -> Path:
    """Where the files are; built when they are not there, which takes a second or two."""
    folder = _BUILT / "-".join(version(package) for package in _PACKAGES)
    folder.mkdir(parents=True, exist_ok=True)
    for weight in _WEIGHTS:
        for source, name in ((_SOURCE, "SourceSans3"), (_ARABIC, "NotoSansArabic")):
            file = folder / f"{name}-{weight}.ttf"
            if not file.exists():
                part = file.with_name(f"{file.name}.{os.getpid()}.part")
                _cut(source, weight).save(part)
                part.replace(file)  # in one step: several processes may build at once
    return folder


@cache
def letters(language: str = "") -> frozenset[int]:
    """Every code point that can be printed in a language; without one, in most of Europe's.

    Arabic letters are read from the right: among other words they would change their order.
    """
    latin = _known(_SOURCE, [point for points in _RANGES for point in points])
    if language not in _IN_ARABIC_LETTERS:
        return latin
    return latin | _known(_ARABIC, _ARABIC_LETTERS) | {_NON_JOINER}


def _known(source: Path, points: Collection[int]) -> frozenset[int]:
    with TTFont(source, lazy=True) as font:
        known = font.getBestCmap().keys()
    return frozenset(point for point in points if point in known)


def _cut(source: Path, weight: int) -> TTFont:
    font = TTFont(source, recalcTimestamp=False)
    is_arabic = source == _ARABIC  # its letters join by features that are on by themselves
    features = subset.Options().layout_features if is_arabic else list(_FEATURES)
    cutter = subset.Subsetter(subset.Options(layout_features=features, hinting=False))
    cutter.populate(unicodes=_ARABIC_LETTERS | {_NON_JOINER} if is_arabic else letters())
    cutter.subset(font)
    axes = {"wght": weight, "wdth": 100} if is_arabic else {"wght": weight}
    return instancer.instantiateVariableFont(font, axes, updateFontNames=True)
