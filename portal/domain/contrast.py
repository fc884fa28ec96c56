"""How well two colours are told apart: the contrast ratio of WCAG 2.2, from 1 to 21."""

import re
from typing import Final

_HEX: Final = re.compile(r"#[0-9a-f]{6}")
_KNEE, _SLOPE = 0.04045, 12.92  # sRGB: below the knee the curve is a line
_WEIGHTS: Final = (0.2126, 0.7152, 0.0722)  # red, green, blue
_FLARE = 0.05


def is_colour(text: str) -> bool:
    """Whether it is written as ``#05566e``."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """The ratio of two colours written as ``#05566e``. Raises ValueError for anything else."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + _FLARE) / (darker + _FLARE)


def _luminance(colour: str) -> float:
    if not is_colour(colour):
        raise ValueError(colour)
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return sum(weight * _linear(part) for weight, part in zip(_WEIGHTS, parts, strict=True))


def _linear(part: float) -> float:
    if part <= _KNEE:
        return part / _SLOPE
    return float(((part + 0.055) / 1.055) ** 2.4)
