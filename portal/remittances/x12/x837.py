"""The X12 837 reader: from a stream of bytes to the claims a practice sent, in flat memory.

Reads professional, institutional and dental claims (005010X222A1, X223A2, X224A2; 004010 as far as
it is the same) as practices really send them; what is odd becomes a Finding, what may be incomplete
an UnreadableRemittanceError. Nothing is recorded from here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import BinaryIO

from portal.domain.remittance import Finding
from portal.domain.sent_claim import SentHeader, SentPart, SentTrailer
from portal.remittances.findings import FindingCode, UnreadableRemittanceError
from portal.remittances.x12.envelope import CLAIMS, Envelope, element
from portal.remittances.x12.segments import Delimiters, SegmentBlock, read_blocks
from portal.remittances.x12.x837_claims import sent_claim
from portal.remittances.x12.x837_levels import Levels, sent_header

__all__ = ["UnreadableRemittanceError", "read"]

_PARTIES = {"NM1", "N2", "N3", "N4", "PER", "PRV", "REF", "DMG", "SBR", "PAT", "CUR", "BHT", "OI"}
_CLAIM = {"AMT", "CAS", "CL1", "CN1", "CRC", "DN1", "DN2", "DTP", "HCP", "HI", "HSD", "K3", "MIA"}
_CLAIM |= {"MOA", "NTE", "PWK", "QTY", "UR", *(f"CR{number}" for number in range(1, 9))}
_LINE = {"CTP", "FRM", "IMM", "LIN", "LQ", "LX", "MEA", "PS1", "SVD", "TOO"}
_LINE |= {f"SV{number}" for number in range(1, 8)}
_DETAILS = frozenset(_PARTIES | _CLAIM | _LINE)
_CONTROLS = frozenset({"ISA", "TA1", "GS", "ST", "HL", "CLM", "SE", "GE", "IEA"})
_MOST_LOOP_SEGMENTS = 100_000  # X12 allows a claim 999 lines
_MOST_LOOP_CHARACTERS = 8 * 1024 * 1024
_MOST_UNKNOWN_NAMES = 50
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_PLACE_AND_FREQUENCY = re.compile(r"[0-9A-Z]{1,2}([^\w\s])[A-Z]\1[0-9A-Z]?", re.ASCII)  # CLM05


class _Place(Enum):
    OUTSIDE = auto()  # of any transaction
    SKIPPED = auto()  # in a transaction that holds no claims
    HEADER = auto()
    LEVEL = auto()  # after HL
    CLAIM = auto()


def read(stream: BinaryIO) -> Iterator[SentPart]:
    """What a file says, in file order: per transaction its header, its claims, its trailer.

    A claim with a finding of NOT_RECORDED must not be recorded. Raises UnreadableRemittanceError,
    at the latest at the end: until then nothing is final.
    """
    reader = _Reader()
    for block in read_blocks(stream):
        yield from reader.take(block)
    yield from reader.finish()


@dataclass(slots=True)
class _Transaction:
    """What has to be known of an open ST*837 until its SE."""

    segment_number: int
    levels: Levels = field(default_factory=Levels)
    numbers: tuple[str, ...] = ()  # that name it, with those of its envelopes
    findings: list[Finding] = field(default_factory=list)


class _Reader:
    """Gathers the segments of one loop at a time and turns them into values when the loop ends."""

    def __init__(self) -> None:
        self._envelope = Envelope(CLAIMS)
        self._ready: list[SentPart] = []
        self._place = _Place.OUTSIDE
        self._loop: list[list[str]] = []
        self._loop_number = 1  # of the first segment in the loop
        self._loop_characters = 0
        self._number = 0  # of the current segment in the file
        self._delimiters = Delimiters("*", ":", "~")
        self._claim_count = 0
        self._transaction = _Transaction(0)
        self._has_told_misplaced = False
        self._has_told_component = False
        self._identities: set[tuple[str, ...]] = set()
        self._unknown_names: set[str] = set()

    def take(self, block: SegmentBlock) -> list[SentPart]:
        """The parts that are complete with this block."""
        self._ready += block.findings
        self._delimiters = block.delimiters
        for segment in block.segments:
            self._number += 1
            parts = segment.split(block.delimiters.element)
            parts[0] = parts[0].strip().upper()
            if parts[0] in _CONTROLS:
                self._control(parts)
            else:
                self._detail(parts, len(segment))
        return self._take_ready()

    def finish(self) -> list[SentPart]:
        """The end of the file, which raises if something is missing."""
        self._envelope.close_file()
        return self._take_ready()

    def _control(self, parts: list[str]) -> None:
        """A segment that begins or ends something."""
        self._end_loop()
        match parts[0]:
            case "ST":
                self._begin_transaction(parts)
            case "SE":
                self._end_transaction(parts)
            case "HL" | "CLM":
                self._begin_loop(parts)
            case "ISA":
                self._envelope.open_interchange(parts, number=self._number)
            case "GS":
                self._envelope.open_group(parts, number=self._number)
            case "GE":
                self._envelope.close_group(parts, number=self._number)
            case "IEA":
                self._envelope.close_interchange(parts, number=self._number)
            case _:
                self._envelope.note_other("TA1")
        self._ready += self._envelope.take_findings()

    def _detail(self, parts: list[str], characters: int) -> None:
        """A segment of the open loop. Unknown ones are read past there, but counted."""
        if self._place is _Place.SKIPPED:
            return
        if parts[0] not in _DETAILS:
            self._tell_unknown(parts[0])
        if self._place is _Place.OUTSIDE:
            self._tell_misplaced(parts[0])
            return
        self._loop.append(parts)
        self._loop_characters += characters
        is_too_long = len(self._loop) > _MOST_LOOP_SEGMENTS
        if is_too_long or self._loop_characters > _MOST_LOOP_CHARACTERS:
            raise UnreadableRemittanceError(
                f"What begins in segment {self._loop_number} holds more than any claim could, so "
                "the file is damaged."
            )

    def _begin_transaction(self, parts: list[str]) -> None:
        is_claims = self._envelope.open_transaction(parts, number=self._number)
        self._transaction = _Transaction(self._number)
        self._place = _Place.HEADER if is_claims else _Place.SKIPPED
        self._has_told_misplaced = False

    def _begin_loop(self, parts: list[str]) -> None:
        if self._place is _Place.SKIPPED:
            return
        if self._place is _Place.OUTSIDE:
            self._tell_misplaced(parts[0])
            return
        self._place = _Place.LEVEL if parts[0] == "HL" else _Place.CLAIM
        self._loop = [parts]
        self._loop_number = self._number

    def _end_loop(self) -> None:
        """Turn what was gathered into a value."""
        match self._place:
            case _Place.HEADER:
                self._end_header()
            case _Place.LEVEL if self._loop:
                self._ready += self._transaction.levels.enter(
                    self._loop, segment_number=self._loop_number
                )
            case _Place.CLAIM if self._loop:
                self._end_claim()
            case _:
                pass
        self._loop = []
        self._loop_number = self._number + 1
        self._loop_characters = 0

    def _end_claim(self) -> None:
        self._claim_count += 1
        self._ready.append(
            sent_claim(
                self._loop,
                self._transaction.levels,
                component=self._component(self._loop[0]),
                ordinal=self._claim_count,
                segment_number=self._loop_number,
            )
        )

    def _component(self, clm: list[str]) -> str:
        """What separates components: as ISA16 says, unless the claim itself says otherwise."""
        stated = self._delimiters.component
        match = _PLACE_AND_FREQUENCY.fullmatch(element(clm, 5))
        if match is None or match.group(1) == stated:
            return stated
        if not self._has_told_component:
            self._has_told_component = True
            where = f"CLM, segment {self._loop_number}"
            message = (
                "Components are not separated by what the interchange header says (ISA16); they "
                "were read as the claim has them (CLM05), here and further on."
            )
            self._ready.append(Finding(FindingCode.COMPONENT_DIFFERS, where, message))
        return match.group(1)

    def _end_header(self) -> None:
        transaction = self._transaction
        header, findings = sent_header(
            self._loop, envelope=self._envelope, segment_number=transaction.segment_number
        )
        transaction.findings += findings
        transaction.numbers = transmission_numbers(header)
        self._ready.append(header)
        self._place = _Place.LEVEL

    def _end_transaction(self, parts: list[str]) -> None:
        findings = self._envelope.close_transaction(parts, number=self._number)
        transaction = self._transaction
        if self._place not in {_Place.OUTSIDE, _Place.SKIPPED}:
            if transaction.numbers in self._identities:
                where = f"ST, segment {transaction.segment_number}"
                message = "These claims are in the file more than once, under the same numbers."
                findings.append(Finding(FindingCode.TRANSACTION_REPEATED, where, message))
            self._identities.add(transaction.numbers)
            self._ready.append(SentTrailer((*transaction.findings, *findings)))
        self._place = _Place.OUTSIDE

    def _tell_unknown(self, name: str) -> None:
        shown = name if _SEGMENT_NAME.fullmatch(name) else "?"
        if shown in self._unknown_names or len(self._unknown_names) >= _MOST_UNKNOWN_NAMES:
            return
        self._unknown_names.add(shown)
        what = "A segment without a proper name" if shown == "?" else f"Segment {shown}"
        self._ready.append(
            Finding(
                FindingCode.UNKNOWN_SEGMENT,
                f"{shown}, segment {self._number}",
                f"{what} does not belong in an 837; it was left out here and further on.",
            )
        )

    def _tell_misplaced(self, name: str) -> None:
        if self._has_told_misplaced or name not in _DETAILS | _CONTROLS:
            return
        self._has_told_misplaced = True
        self._ready.append(
            Finding(
                FindingCode.MISPLACED_SEGMENT,
                f"{name}, segment {self._number}",
                f"{name} stands where nothing takes it; it and what follows it was left out.",
            )
        )

    def _take_ready(self) -> list[SentPart]:
        ready, self._ready = self._ready, []
        return ready


def transmission_numbers(header: SentHeader) -> tuple[str, ...]:
    """What names a transaction wherever it turns up again: ISA13, GS06, ST02, BHT03 to BHT05."""
    return (
        header.submitter.identifier,
        header.interchange_control,
        header.group_control,
        header.transaction_control,
        header.reference,
        "" if header.created_on is None else header.created_on.isoformat(),
        header.created_time,
    )
