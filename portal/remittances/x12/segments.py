"""X12 text in blocks: delimiters and segments. Nothing here knows what a segment means.

Memory stays flat: one block of bytes, and the segments cut from it, at a time.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from portal.domain.remittance import Finding
from portal.remittances.findings import FindingCode, UnreadableRemittanceError

_BLOCK_BYTES = 32 * 1024
_HEAD_BYTES = 16 * 1024  # read before delimiters are decided, however short the reads are
_MOST_SEGMENT_BYTES = 64 * 1024
_MOST_ELEMENTS = 100  # of a segment behind its name; X12 gives an 835 at most 24
_MOST_ELEMENT_BYTES = 512  # X12 gives an 835 at most 256 characters; a database index takes more
_LONG_SEGMENT = 100  # characters: what is shorter keeps within both bounds

_BOM = b"\xef\xbb\xbf"
_PADDING = b"\r\n\t \x1a\0"  # what may stand around an interchange; old systems end with Ctrl-Z
_NEWLINES = "\r\n"
_RARE_BLANKS = "\t\v\f\x1c\x1d\x1e\x1f\r\n"  # with the space, all that ``str.strip`` takes of ASCII
_FOREIGN = {
    b"%PDF": "This is a PDF document",
    b"PK\x03\x04": "This is a ZIP archive",
    b"\x1f\x8b": "This is a gzip archive",
    b"\xff\xfe": "This is UTF-16 text",
    b"\xfe\xff": "This is UTF-16 text",
}

_OPENING = re.compile(r"(?<![A-Za-z0-9])(ISA|GS|ST(?=.\d{3}))([^\w\s])", re.ASCII)
_ISA_WIDTHS = [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]
_ISA_WIDTH = 105  # without its terminator, when every element has its width
_DEFAULT_COMPONENT = ":"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """What separates elements and components and ends a segment: one character each."""

    element: str
    component: str
    terminator: str


@dataclass(frozen=True, slots=True)
class SegmentBlock:
    """Whole segments in file order and how to split them.

    Without terminators and line breaks, and without blanks around an element.
    """

    delimiters: Delimiters
    segments: list[str]
    findings: tuple[Finding, ...] = ()


def read_blocks(stream: BinaryIO) -> Iterator[SegmentBlock]:
    """Cut a file into segments, block by block; every ISA brings its own delimiters.

    Raises UnreadableRemittanceError for what is not X12, and for a segment or an element that is
    larger than any could be.
    """
    data = _read_on(stream, b"")
    _refuse_foreign(data)
    first = True
    while data:
        opening = _opening(data)
        if opening is None:
            yield _trailing_text(data, first=first)
            return
        start, delimiters, findings = opening
        yield SegmentBlock(delimiters, [], findings)
        data = yield from _interchange(stream, data[start:], delimiters)
        data = _read_on(stream, data)
        first = False


def _read_on(stream: BinaryIO, data: bytes) -> bytes:
    """Without the padding in front, and long enough to decide the delimiters if the file is."""
    data = data.lstrip(_PADDING)
    while len(data) < _HEAD_BYTES and (more := stream.read(_BLOCK_BYTES)):
        data = data + more if data else more.lstrip(_PADDING)
    return data.removeprefix(_BOM).lstrip(_PADDING)


def _refuse_foreign(data: bytes) -> None:
    if not data:
        raise UnreadableRemittanceError("The file is empty.")
    for signature, what in _FOREIGN.items():
        if data.startswith(signature):
            raise UnreadableRemittanceError(f"{what}, not an X12 835 remittance.")
    _refuse_binary(data.rstrip(_PADDING))


def _refuse_binary(data: bytes) -> None:
    if b"\0" in data:
        raise UnreadableRemittanceError(
            "The file holds binary data, so it is not an X12 835 remittance."
        )


def _trailing_text(data: bytes, *, first: bool) -> SegmentBlock:
    """A short text after the last interchange is a finding; anything else is not X12."""
    if first or len(data) >= _HEAD_BYTES:
        raise UnreadableRemittanceError(
            "The file holds something other than X12: no ISA, GS or ST segment begins where "
            "one has to."
        )
    finding = Finding(
        FindingCode.MISPLACED_SEGMENT,
        "end of the file",
        "Text after the last interchange was left out.",
    )
    return SegmentBlock(Delimiters("*", ":", "~"), [], (finding,))


def _interchange(
    stream: BinaryIO, data: bytes, delimiters: Delimiters
) -> Generator[SegmentBlock, None, bytes]:
    """Yield blocks up to the IEA, or the end of the file, and return what follows the IEA."""
    terminator = delimiters.terminator.encode("latin-1")
    closing = f"IEA{delimiters.element}".encode("latin-1")
    while True:
        end = _end_of_closing(data, closing, terminator)
        cut = end or data.rfind(terminator) + 1
        if cut:
            yield SegmentBlock(delimiters, _segments(data[:cut], delimiters))
            data = data[cut:]
        if end:
            return data
        if len(data) > _MOST_SEGMENT_BYTES:
            _refuse_long_segment()
        more = stream.read(_BLOCK_BYTES)
        if not more:
            break
        data += more
    if last := data.strip(_PADDING):
        yield SegmentBlock(delimiters, _segments(last, delimiters))
    return b""


def _end_of_closing(data: bytes, closing: bytes, terminator: bytes) -> int:
    """Where the first whole IEA segment ends, or 0. ``IEA*`` inside an element does not count."""
    at = data.find(closing)
    while at >= 0:
        before = data[max(0, at - 8) : at].rpartition(terminator)[2]
        if not before.strip():
            return data.find(terminator, at) + 1
        at = data.find(closing, at + 1)
    return 0


def _segments(data: bytes, delimiters: Delimiters) -> list[str]:
    _refuse_binary(data)
    terminator = delimiters.terminator
    if len(data) > _MOST_SEGMENT_BYTES:
        longest = max(map(len, data.split(terminator.encode("latin-1"))))
        if longest > _MOST_SEGMENT_BYTES:
            _refuse_long_segment()
    text = _decoded(data, delimiters)
    for newline in _NEWLINES:
        if newline != terminator and newline in text:
            text = text.replace(newline, "")
    segments = text.removesuffix(terminator).split(terminator)
    if not _is_tight(text, delimiters):
        segments = [_tightened(segment, delimiters.element) for segment in segments]
    lengths = set(map(len, segments))
    if max(lengths) > _LONG_SEGMENT:
        _refuse_oversized(segments, delimiters)
    return [segment for segment in segments if segment] if 0 in lengths else segments


def _is_tight(text: str, delimiters: Delimiters) -> bool:
    """Whether no element can have blanks around it, told without looking at each of them."""
    element = delimiters.element
    joined = text.replace(delimiters.terminator, element)
    if not joined.isascii() and not joined.isprintable():
        return False
    if any(map(joined.__contains__, _RARE_BLANKS)):
        return False
    return " " not in joined or (f" {element}" not in joined and f"{element} " not in joined)


def _tightened(segment: str, element: str) -> str:
    return element.join(map(str.strip, segment.split(element)))


def _decoded(data: bytes, delimiters: Delimiters) -> str:
    """UTF-8, or Latin-1 for each segment that is not: so that block borders change nothing."""
    if not f"{delimiters.element}{delimiters.component}{delimiters.terminator}".isascii():
        return data.decode("latin-1")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        segments = data.split(delimiters.terminator.encode())
        return delimiters.terminator.join(map(_decoded_segment, segments))


def _decoded_segment(segment: bytes) -> str:
    try:
        return segment.decode("utf-8")
    except UnicodeDecodeError:
        return segment.decode("latin-1")


def _refuse_oversized(segments: list[str], delimiters: Delimiters) -> None:
    """Where delimiters are lost, texts run together: nothing in there is a name or a number."""
    for segment in segments:
        if len(segment) <= _LONG_SEGMENT:
            continue
        elements = segment.split(delimiters.element)
        if len(elements) - 1 > _MOST_ELEMENTS:
            raise UnreadableRemittanceError(
                f"A segment has more than {_MOST_ELEMENTS} elements, so the file is damaged."
            )
        if any(len(value.encode()) > _MOST_ELEMENT_BYTES for value in elements):
            raise UnreadableRemittanceError(
                f"An element is longer than {_MOST_ELEMENT_BYTES} bytes, so the file is damaged."
            )


def _refuse_long_segment() -> None:
    raise UnreadableRemittanceError(
        "A segment goes on for more than 64 KB without an end, so the file is damaged or not an "
        "X12 835 remittance."
    )


def _opening(data: bytes) -> tuple[int, Delimiters, tuple[Finding, ...]] | None:
    """Where the next interchange begins in ``data``, its delimiters, and what is odd about it."""
    text = data[:_HEAD_BYTES].decode("latin-1")
    match = _OPENING.search(text)
    if match is None:
        return None
    tag, element = match.groups()
    start = match.start()
    findings: list[Finding] = []
    if start:
        findings.append(
            Finding(FindingCode.TEXT_BEFORE_ENVELOPE, tag, f"Text in front of {tag} was left out.")
        )
    if tag == "ISA":
        delimiters, is_fixed_width = _isa_delimiters(text[start:], element)
        if not is_fixed_width:
            findings.append(
                Finding(
                    FindingCode.ISA_MALFORMED,
                    "ISA",
                    "The interchange header (ISA) is not 106 characters wide; where its segments "
                    "end was told from the text that follows it.",
                )
            )
    else:
        delimiters = _bare_delimiters(text[start:], element)
        findings.append(
            Finding(
                FindingCode.ENVELOPE_MISSING,
                tag,
                "The file has no interchange header (ISA): it was read, but nothing says who sent "
                "it or whether it is whole.",
            )
        )
    return start, delimiters, tuple(findings)


def _isa_delimiters(text: str, element: str) -> tuple[Delimiters, bool]:
    """From the ISA, and whether it has the fixed width that X12 asks for.

    When GS does not follow where the ISA must end, the terminator is the character before GS.
    """
    separator = re.escape(element)
    following = rf"(?:GS|TA1|ST|IEA){separator}"
    header, terminator = text[:_ISA_WIDTH], text[_ISA_WIDTH : _ISA_WIDTH + 1]
    is_in_place = (
        re.match(rf"[^\w {separator}][\r\n]*{following}", text[_ISA_WIDTH:], re.ASCII) is not None
    )
    if not is_in_place:
        follower = re.search(rf"(?<=[^\w {separator}]){following}", text, re.ASCII)
        if follower is None:
            raise UnreadableRemittanceError(
                "The interchange header (ISA) has no end: no GS segment follows it."
            )
        header = text[: follower.start()]
        ending = header.rpartition(element)[2]
        terminator = _last_visible(ending[1:] or ending)
    elements = header.split(element)
    component = elements[-1][:1]
    if not component or component.isalnum() or component in _NEWLINES + terminator:
        component = _DEFAULT_COMPONENT
    widths = [len(value) for value in elements]
    return Delimiters(element, component, terminator), is_in_place and widths == _ISA_WIDTHS


def _bare_delimiters(text: str, element: str) -> Delimiters:
    """Without an ISA: the terminator stands before the second segment, the component in an SVC."""
    separator = re.escape(element)
    second = re.search(rf"(?<=[^\w {separator}])[A-Z][A-Z0-9]{{1,2}}{separator}", text, re.ASCII)
    if second is None:
        raise UnreadableRemittanceError(
            "The file has no interchange header (ISA), and where its segments end cannot be told."
        )
    terminator = _last_visible(text[: second.start()].rpartition(element)[2])
    composite = re.search(
        rf"SVC{separator}[A-Z0-9]{{2}}([^\w\s{separator}{re.escape(terminator)}])", text, re.ASCII
    )
    component = composite.group(1) if composite else _DEFAULT_COMPONENT
    return Delimiters(element, component, terminator)


def _last_visible(ending: str) -> str:
    """The last character that is no line break, or else the last line break."""
    visible = ending.rstrip(_NEWLINES)
    last = visible[-1:]
    return last if last and not last.isalnum() else ending[-1]
