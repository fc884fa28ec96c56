"""What a practice may choose of its pages' look, and the style sheet that says so.

Two colours and a corner. Every tint takes its hue from them at a fixed lightness (portal.css), so
text keeps its contrast on all of them as long as the two colours themselves are dark and light
enough.
"""

from dataclasses import dataclass
from typing import Final

from portal.domain.contrast import contrast, is_colour

WHITE: Final = "#ffffff"
DARK_SHEET: Final = "#151d21"
_ON_DARK_BRAND: Final = "#06222b"
LEAST_ON_WHITE: Final = 6.0
LEAST_ON_DARK: Final = 7.5
MOST_CORNER: Final = 16  # pixels


@dataclass(frozen=True, slots=True)
class Look:
    """Colours as ``#05566e``; ``corner`` is the radius of buttons and boxes in pixels."""

    light: str = "#05566e"
    dark: str = "#86cde2"
    corner: int = 6


PORTALS_LOOK: Final = Look()


@dataclass(frozen=True, slots=True)
class ColourFinding:
    """A colour that cannot be read well enough; ``has`` is None when it is no colour at all."""

    field: str  # "light" or "dark"
    has: float | None
    needs: float
    ground: str


def colour_findings(look: Look) -> tuple[ColourFinding, ...]:
    """What is wrong with the colours; nothing when they may be used."""
    asked = (
        ("light", look.light, WHITE, LEAST_ON_WHITE),
        ("dark", look.dark, DARK_SHEET, LEAST_ON_DARK),
    )
    return tuple(
        ColourFinding(field, ratio, needs, ground)
        for field, colour, ground, needs in asked
        if (ratio := contrast(colour, ground) if is_colour(colour) else None) is None
        or ratio < needs
    )


def style_sheet(look: Look, selector: str = ":root") -> str:
    """The custom properties that portal.css works with. Raises ValueError for unusable colours."""
    if colour_findings(look):
        raise ValueError(look)
    return (
        "@layer tokens {\n"
        f"  {selector} {{ --brand-light: {look.light}; --brand-dark: {look.dark};"
        f" --on-brand-light: {WHITE}; --on-brand-dark: {_ON_DARK_BRAND};"
        f" --corner: {int(look.corner)}px }}\n"
        "}\n"
    )
