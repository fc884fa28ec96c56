"""A practice's logo: a drawing (SVG) that can do nothing but be drawn, or a PNG; small and square.

An SVG is a program unless it is cleaned: what is not a shape is refused with words that name it,
not quietly dropped, so that nobody wonders why their logo looks different.
"""

import struct
from enum import StrEnum
from typing import Final
from xml.etree import ElementTree as ET

MOST_BYTES: Final = 102_400
_MOST_PIXELS: Final = 2_000
_SVG: Final = "{http://www.w3.org/2000/svg}"
_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
_SHAPES: Final = frozenset(
    {
        *("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("defs", "title", "desc", "linearGradient", "radialGradient", "stop", "clipPath", "mask"),
    }
)
_POINTING: Final = frozenset({"fill", "stroke", "clip-path", "mask"})  # may say url(#name)


class LogoProblem(StrEnum):
    """Why a file is no logo; the words are for the command, a page has its own."""

    TOO_LARGE = "The logo may have 100 KB."
    TOO_WIDE = "Each side of the logo may have 2,000 pixels."
    CUT_OFF = "The PNG is cut off."
    NEITHER = "The file is neither PNG nor SVG."
    DOCTYPE = "The drawing has a DOCTYPE. Save it as plain SVG."
    NO_VIEWBOX = "The drawing has no viewBox, so it cannot be made smaller."
    NOT_A_SHAPE = "The drawing has more than shapes in it. Save it as plain SVG."
    NOT_PLAIN = "The drawing has scripts, styles or links in it. Save it as plain SVG."


class LogoRefusedError(ValueError):
    """Not a logo that can be shown; ``what`` names the part of a drawing that stands in the way."""

    def __init__(self, problem: LogoProblem, what: str = "") -> None:
        super().__init__(f"{problem.value} ({what})" if what else problem.value)
        self.problem = problem
        self.what = what


def checked_logo(body: bytes) -> tuple[str, bytes]:
    """The type and the bytes to keep. Raises LogoRefusedError."""
    if len(body) > MOST_BYTES:
        raise LogoRefusedError(LogoProblem.TOO_LARGE)
    if body.startswith(_PNG_BEGINS):
        return "image/png", _checked_png(body)
    return "image/svg+xml", _checked_svg(body)


def png_size(body: bytes) -> tuple[int, int]:
    """Width and height in pixels, as its first chunk says. Raises struct.error where it is cut."""
    width, height = struct.unpack(">II", body[16:24])
    return width, height


def _checked_png(body: bytes) -> bytes:
    try:
        width, height = png_size(body)
    except struct.error as error:
        raise LogoRefusedError(LogoProblem.CUT_OFF) from error
    if body[12:16] != b"IHDR" or not body.rstrip(b"\0").endswith(b"IEND\xaeB`\x82"):
        raise LogoRefusedError(LogoProblem.CUT_OFF)
    if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        raise LogoRefusedError(LogoProblem.TOO_WIDE)
    return body


def _checked_svg(body: bytes) -> bytes:
    try:
        drawing = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LogoRefusedError(LogoProblem.NEITHER) from error
    if "\0" in drawing:  # UTF-16, which the parser finds out by itself: no DOCTYPE would be seen
        raise LogoRefusedError(LogoProblem.NEITHER)
    if "<!DOCTYPE" in drawing or "<!ENTITY" in drawing:
        raise LogoRefusedError(LogoProblem.DOCTYPE)
    try:
        root = ET.fromstring(drawing)  # noqa: S314 — small, and entities were refused above
    except (ET.ParseError, ValueError) as error:
        raise LogoRefusedError(LogoProblem.NEITHER) from error
    if root.tag != f"{_SVG}svg":
        raise LogoRefusedError(LogoProblem.NEITHER)
    if "viewBox" not in root.attrib:
        raise LogoRefusedError(LogoProblem.NO_VIEWBOX)
    for element in root.iter():
        _check_element(element)
    ET.register_namespace("", _SVG[1:-1])
    clean = bytes(ET.tostring(root, encoding="utf-8"))
    if len(clean) > MOST_BYTES:
        raise LogoRefusedError(LogoProblem.TOO_LARGE)
    return clean


def _check_element(element: "ET.Element") -> None:
    name = str(element.tag).removeprefix(_SVG)
    if name not in _SHAPES:
        raise LogoRefusedError(LogoProblem.NOT_A_SHAPE, _shown(name))
    for attribute, value in element.attrib.items():
        points_out = "url(" in value and not (
            attribute in _POINTING and value.startswith("url(#") and value.count("url(") == 1
        )
        is_program = attribute.lower().startswith("on") or attribute == "style"
        if is_program or points_out or ":" in value or attribute.startswith("{"):
            raise LogoRefusedError(LogoProblem.NOT_PLAIN, _shown(attribute))


def _shown(name: str) -> str:
    """A name without its namespace, and not longer than a sentence bears."""
    return "".join(one for one in name.rpartition("}")[2][:30] if one.isprintable())
