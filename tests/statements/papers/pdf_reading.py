"""A paper read back: its words and where they stand, its tags, what a phone's camera sees."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pdfua
import pypdfium2
import zxingcpp
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from portal.connectors.pdf_blocks import Zone

POINTS_IN_AN_INCH = 72
AMOUNT = re.compile("\N{MINUS SIGN}?\\$[\\d,]+\\.\\d\\d")


@dataclass(frozen=True, slots=True)
class Sign:
    """One letter on a page: its box in thousandths of an inch from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float  # points


def text_of(content: bytes) -> str:
    return "\n".join(pages_of(content))


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def amounts_of(content: bytes) -> list[str]:
    """In the order of reading."""
    return AMOUNT.findall(text_of(content))


def signs(content: bytes, page: int = 0) -> Iterator[Sign]:
    """Everything that is written on a page, letter by letter."""
    document = pypdfium2.PdfDocument(content)
    sheet = document[page]
    height = sheet.get_height()
    words = sheet.get_textpage()
    for index in range(words.count_chars()):
        text = chr(pypdfium2.raw.FPDFText_GetUnicode(words.raw, index))
        if not text.strip():
            continue
        left, bottom, right, top = words.get_charbox(index)
        size = pypdfium2.raw.FPDFText_GetFontSize(words.raw, index)
        yield Sign(
            text,
            _mil(left),
            _mil(height - top),
            _mil(right),
            _mil(height - bottom),
            size,
        )


def smallest_print(content: bytes, page: int = 0) -> int:
    """In points."""
    return min(round(sign.size) for sign in signs(content, page) if sign.text.strip())


def within(sign: Sign, zone: Zone) -> bool:
    """Whether any of it shows through the window."""
    return (
        sign.right > zone.x
        and sign.left < zone.x + zone.width
        and sign.bottom > zone.y
        and sign.top < zone.y + zone.height
    )


def ink_within(content: bytes, zone: Zone) -> bool:
    """Whether anything at all is printed there: lines and tints as well as letters."""
    picture = pypdfium2.PdfDocument(content)[0].render(scale=2).to_pil().convert("L")
    dots = 2 * POINTS_IN_AN_INCH / 1000
    box = (zone.x, zone.y, zone.x + zone.width, zone.y + zone.height)
    darkest, _ = picture.crop(tuple(round(side * dots) for side in box)).getextrema()
    return bool(darkest < 250)


def scanned(content: bytes, page: int = 0) -> list[tuple[str, str]]:
    """What a scanner finds on a page: kind and text of each code."""
    picture = pypdfium2.PdfDocument(content)[page].render(scale=3, grayscale=True).to_pil()
    return [(str(code.format), code.text) for code in zxingcpp.read_barcodes(picture)]


def problems_of(content: bytes) -> list[str]:
    """What speaks against PDF/UA-1 and PDF/A-2a: a checker's findings, and ours."""
    return [*_found_by_checker(content), *_found_by_us(content)]


def _found_by_checker(content: bytes) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "paper.pdf"
        file.write_bytes(content)
        for finding in pdfua.validate(str(file)).findings:
            yield str(finding)


def _found_by_us(content: bytes) -> Iterator[str]:
    reader = PdfReader(io.BytesIO(content))
    root: Any = reader.trailer["/Root"]
    if not root.get("/Lang"):
        yield "no language"
    if not (reader.metadata and reader.metadata.title):
        yield "no title"
    if not root["/ViewerPreferences"].get("/DisplayDocTitle"):
        yield "its title is not shown"
    if not root["/MarkInfo"].get("/Marked"):
        yield "not marked as tagged"
    described = root["/Metadata"].get_data().decode()
    for claim in ("<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<"):
        if claim not in described:
            yield f"does not say {claim}"
    elements = list(_elements(root["/StructTreeRoot"]))
    if not elements:
        yield "no tags"
    yield from _wrong_tags(elements)


def _wrong_tags(elements: Iterable[DictionaryObject]) -> Iterator[str]:
    for element in elements:
        if _kind(element) == "/Table":
            heads = [one for one in _elements(element) if _kind(one) == "/TH"]
            if not heads or not all(_scope(head) for head in heads):
                yield "a table without headers that say their scope"
        if _kind(element) == "/Figure" and not element.get("/Alt"):
            yield "a figure without words"


def _kind(element: DictionaryObject) -> str:
    return str(element["/S"])


def _scope(head: DictionaryObject) -> bool:
    given = head.get("/A")
    attributes = given.get_object() if given is not None else None
    parts = attributes if isinstance(attributes, ArrayObject) else [attributes]
    return any(part is not None and "/Scope" in part.get_object() for part in parts)


def _elements(element: Any) -> Iterator[DictionaryObject]:
    if isinstance(element, IndirectObject):
        element = element.get_object()
    if isinstance(element, ArrayObject):
        for child in element:
            yield from _elements(child)
        return
    if not isinstance(element, DictionaryObject):
        return
    if "/S" in element:
        yield element
    if "/K" in element:
        yield from _elements(element["/K"])


def _mil(points: float) -> float:
    return points * 1000 / POINTS_IN_AN_INCH
