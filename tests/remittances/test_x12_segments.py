"""Delimiters, line breaks, block borders, and what is no X12 at all."""

import io

import pytest

from portal.remittances.findings import FindingCode, UnreadableRemittanceError
from portal.remittances.x12.segments import Delimiters, read_blocks
from tests.remittances.x12_text import (
    CLAIM,
    ISA,
    USUAL,
    DribblingStream,
    encoded,
    interchange,
    transaction,
)

SEGMENTS = interchange(transaction(*CLAIM))
BARE = SEGMENTS[2:-2]


def cut(data: bytes) -> tuple[list[list[str]], set[Delimiters], list[str]]:
    """Segments as lists of elements, the delimiters met, the codes of the findings."""
    segments: list[list[str]] = []
    delimiters: set[Delimiters] = set()
    codes: list[str] = []
    for block in read_blocks(io.BytesIO(data)):
        segments += [segment.split(block.delimiters.element) for segment in block.segments]
        delimiters.add(block.delimiters)
        codes += [found.code for found in block.findings]
    return segments, delimiters, codes


def plain(segments: list[str]) -> list[list[str]]:
    """As they are read: without the blanks that fill the ISA."""
    return [[value.strip() for value in segment.split("*")] for segment in segments]


@pytest.mark.parametrize("line_break", ["", "\n", "\r\n", "\r", "\n\n"])
@pytest.mark.parametrize(
    "delimiters",
    [
        USUAL,
        Delimiters("|", ">", "~"),
        Delimiters("|", "^", "\n"),
        Delimiters("*", ":", "\r"),
        Delimiters("\x1d", "\x1f", "\x1e"),
        Delimiters("+", "*", "'"),
    ],
    ids=repr,
)
def test_the_isa_says_what_the_delimiters_are(delimiters: Delimiters, line_break: str) -> None:
    segments, met, codes = cut(encoded(SEGMENTS, delimiters=delimiters, line_break=line_break))
    assert met == {delimiters}
    assert [len(parts) for parts in segments] == [len(parts) for parts in plain(SEGMENTS)]
    assert segments[2:5] == plain(SEGMENTS)[2:5]
    assert codes == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xef\xbb\xbf" + encoded(SEGMENTS), "a byte order mark"),
        (b"\r\n \n" + encoded(SEGMENTS), "blank lines in front"),
        (encoded(SEGMENTS) + b"\r\n\x1a", "Ctrl-Z at the end"),
        (encoded(SEGMENTS) + b"\0" * 600, "NUL padding at the end"),
        (encoded(SEGMENTS).rstrip(b"~"), "no terminator at the end"),
        (encoded(SEGMENTS).replace(b"~", b"~~"), "doubled terminators"),
        (b"\n".join(encoded(SEGMENTS)[at : at + 80] for at in range(0, 2000, 80)), "80 columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_stands_around_the_text_changes_nothing(data: bytes, why: str) -> None:
    segments, met, _ = cut(data)
    assert (segments, met) == (plain(SEGMENTS), {USUAL}), why


@pytest.mark.parametrize(
    ("header", "terminator"),
    [
        (ISA.replace("CLEARHOUSE     ", "CLEARHOUSE") + "~", "~"),
        (ISA.replace("PRACTICE01     ", "PRACTICE01 AND ANOTHER NAME") + "~\n", "~"),
        (ISA.replace("CLEARHOUSE     ", "X") + "'\r\n", "'"),
        (ISA.replace("CLEARHOUSE     ", "X") + "\n", "\n"),
        (ISA + "\n~", "~"),
        (ISA.removesuffix(":") + "~", "~"),
    ],
)
def test_a_broken_isa_leaves_the_character_before_gs(header: str, terminator: str) -> None:
    delimiters = Delimiters("*", ":", terminator)
    data = header.encode() + encoded(SEGMENTS[1:], delimiters=delimiters)
    segments, met, codes = cut(data)
    assert met == {delimiters}
    assert segments[1:] == plain(SEGMENTS[1:])
    assert codes == [FindingCode.ISA_MALFORMED]


def test_the_place_of_the_terminator_counts_when_gs_follows_it() -> None:
    """One character short: X12 has the terminator at place 106, and there the line ends."""
    header = ISA.replace("PRACTICE01     ", "PRACTICE01    ") + "~\n"
    data = header.encode() + encoded(SEGMENTS[1:], line_break="\n")
    _, met, codes = cut(data)
    assert met == {Delimiters("*", ":", "\n")}
    assert codes == [FindingCode.ISA_MALFORMED]


def test_every_interchange_brings_its_own_delimiters() -> None:
    other = Delimiters("|", ">", "\n")
    third = Delimiters("*", "^", "'")
    data = (
        encoded(SEGMENTS)
        + encoded(SEGMENTS, delimiters=other)
        + b"\r\n"
        + encoded(SEGMENTS, delimiters=third)
    )
    segments, met, codes = cut(data)
    assert len(segments) == 3 * len(SEGMENTS)
    assert met == {USUAL, other, third}
    assert codes == []


@pytest.mark.parametrize(
    "delimiters", [USUAL, Delimiters("|", ">", "~"), Delimiters("*", "^", "\n")]
)
@pytest.mark.parametrize("first", ["ST", "GS"])
def test_without_an_isa_the_delimiters_are_told_from_the_text(
    delimiters: Delimiters, first: str
) -> None:
    wanted = BARE if first == "ST" else [SEGMENTS[1], *BARE]
    segments, met, codes = cut(encoded(wanted, delimiters=delimiters, line_break="\n"))
    assert met == {delimiters}
    assert len(segments) == len(wanted)
    assert codes == [FindingCode.ENVELOPE_MISSING]


def test_text_in_front_of_the_isa_is_left_out_and_told() -> None:
    segments, _, codes = cut(b"From: clearinghouse\n\n" + encoded(SEGMENTS))
    assert segments == plain(SEGMENTS)
    assert codes == [FindingCode.TEXT_BEFORE_ENVELOPE]


def test_text_behind_the_last_interchange_is_left_out_and_told() -> None:
    segments, _, codes = cut(encoded(SEGMENTS) + b"\n-- end of job --\n")
    assert segments == plain(SEGMENTS)
    assert codes == [FindingCode.MISPLACED_SEGMENT]


def test_iea_inside_a_name_ends_nothing() -> None:
    body = [segment.replace("MARLOWE", "ANDRIEA") for segment in SEGMENTS]
    assert cut(encoded(body))[0] == plain(body)


@pytest.mark.parametrize("name", ["MÜLLER", "ÑANDÚ"])
def test_names_are_read_from_utf_8_and_from_latin_1(name: str) -> None:
    body = [segment.replace("MARLOWE", name) for segment in SEGMENTS]
    as_latin_1 = encoded(body).decode().encode("latin-1")
    for data in (encoded(body), as_latin_1, encoded(body) + as_latin_1):
        assert {parts[3] for parts in cut(data)[0] if parts[0] == "NM1"} == {name}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\r\n \r\n", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"%PDF-1.7 ...", "This is a PDF document, not an X12 835 remittance."),
        (b"PK\x03\x04....", "This is a ZIP archive, not an X12 835 remittance."),
        (b"\x1f\x8b....", "This is a gzip archive, not an X12 835 remittance."),
        (
            "ISA*00*".encode("utf-16"),
            "This is UTF-16 text, not an X12 835 remittance.",
        ),
        (
            bytes(range(256)) * 4,
            "The file holds binary data, so it is not an X12 835 remittance.",
        ),
        (
            encoded(SEGMENTS).replace(b"MARLOWE", b"MAR\0OWE"),
            "The file holds binary data, so it is not an X12 835 remittance.",
        ),
        (
            b"Dear practice, please find enclosed our remittance.",
            (
                "The file holds something other than X12: no ISA, GS or ST segment begins where "
                "one has to."
            ),
        ),
        (
            b"~" * 2_000_000,
            (
                "The file holds something other than X12: no ISA, GS or ST segment begins where "
                "one has to."
            ),
        ),
        (
            ISA.encode() + b"~",
            "The interchange header (ISA) has no end: no GS segment follows it.",
        ),
        (
            b"ST*835*0001",
            "The file has no interchange header (ISA), and where its segments end cannot be told.",
        ),
    ],
    ids=range(13),
)
def test_what_is_no_x12_gets_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableRemittanceError) as caught:
        cut(data)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("read_size", [100, 30_000, 10_000_000])
@pytest.mark.parametrize("is_ended", [True, False])
def test_a_segment_without_an_end_is_refused_whatever_the_reads(
    read_size: int, *, is_ended: bool
) -> None:
    long = "N3*" + "X" * 65_534
    data = encoded([*SEGMENTS[:5], long, *SEGMENTS[5:]] if is_ended else [*SEGMENTS[:5], long * 3])
    with pytest.raises(UnreadableRemittanceError, match="more than 64 KB without an end"):
        list(read_blocks(DribblingStream(data, [read_size])))


@pytest.mark.parametrize("value", ["X" * 512, "É" * 256, "李" * 170])
def test_an_element_of_512_bytes_is_read(value: str) -> None:
    assert cut(encoded([*SEGMENTS[:5], f"N3*{value}", *SEGMENTS[5:]]))[0][5][1] == value


@pytest.mark.parametrize("value", ["X" * 513, "É" * 257, "李" * 171, "X" * 60_000])
def test_a_longer_element_is_refused(value: str) -> None:
    with pytest.raises(UnreadableRemittanceError, match="An element is longer than 512 bytes"):
        cut(encoded([*SEGMENTS[:5], f"N3*{value}", *SEGMENTS[5:]]))


@pytest.mark.parametrize("element", ["", "1"])
def test_a_segment_has_a_hundred_elements_at_most(element: str) -> None:
    whole = "N3" + f"*{element}" * 100
    assert cut(encoded([*SEGMENTS[:5], whole, *SEGMENTS[5:]]))[0][5] == ["N3", *[element] * 100]
    with pytest.raises(UnreadableRemittanceError, match="more than 100 elements"):
        cut(encoded([*SEGMENTS[:5], f"{whole}*1", *SEGMENTS[5:]]))


@pytest.mark.parametrize("read_size", [1, 2, 105, 106, 107, 5_000])
def test_the_size_of_the_reads_changes_nothing(read_size: int) -> None:
    data = (b"\xef\xbb\xbf" + encoded(SEGMENTS, line_break="\r\n")) * 3
    whole, _, _ = cut(data)
    dribbled: list[list[str]] = []
    for block in read_blocks(DribblingStream(data, [read_size])):
        dribbled += [segment.split("*") for segment in block.segments]
    assert dribbled == whole
    assert len(whole) == 3 * len(SEGMENTS)
