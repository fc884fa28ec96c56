"""The X12 835 reader: from a stream of bytes to domain values, claim by claim, in flat memory.

``scan`` tells whether a file holds, ``read`` also what it says.

Reads 005010X221A1 and 004010X091A1 as clearinghouses really send them; what is odd becomes a
Finding, what may be incomplete an UnreadableRemittanceError. Nothing is posted from here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import BinaryIO

from portal.domain.money import format_usd
from portal.domain.remittance import (
    Finding,
    ProviderAdjustment,
    RemittanceHeader,
    RemittancePart,
    RemittanceTrailer,
)
from portal.remittances.findings import UNBALANCED, FindingCode, UnreadableRemittanceError
from portal.remittances.x12.envelope import Envelope
from portal.remittances.x12.segments import Delimiters, SegmentBlock, read_blocks
from portal.remittances.x12.x835_claims import claim_payment
from portal.remittances.x12.x835_header import provider_adjustments, remittance_header
from portal.remittances.x12.x835_scan import ClaimScan, ScannedClaim, SegmentHeads

__all__ = ["UNBALANCED", "FindingCode", "UnreadableRemittanceError", "read", "scan"]

_HEADER_DETAILS = {"BPR", "TRN", "CUR", "REF", "DTM", "N1", "N2", "N3", "N4", "PER", "RDM"}
_CLAIM_DETAILS = {"CAS", "NM1", "MIA", "MOA", "REF", "DTM", "PER", "AMT", "QTY", "SVC", "LQ"}
_DETAILS = frozenset(_HEADER_DETAILS | _CLAIM_DETAILS)
_CONTROLS = frozenset(
    {"ISA", "TA1", "GS", "ST", "LX", "TS2", "TS3", "CLP", "PLB", "SE", "GE", "IEA"}
)
# X12 allows a claim 999 lines. Nobody sends what these bounds could hold, and memory and the
# columns of the database can.
_MOST_LOOP_SEGMENTS = 100_000
_MOST_LOOP_CHARACTERS = 8 * 1024 * 1024
_MOST_LINES = 30_000  # of a claim
_MOST_ADJUSTMENTS = 30_000  # CAS triplets of a claim
_MANY_SEGMENTS = 900  # fewer cannot hold too many lines or adjustments
_MOST_PROVIDER_ADJUSTMENTS = 50_000  # of a payment
_MOST_UNKNOWN_NAMES = 50
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}")


class _Place(Enum):
    OUTSIDE = auto()  # of any transaction
    SKIPPED = auto()  # in a transaction that is no remittance
    HEADER = auto()
    CLAIM = auto()
    BETWEEN = auto()  # after LX, TS2, TS3 or PLB: nothing but their like may come


ScannedPart = RemittanceHeader | ScannedClaim | RemittanceTrailer | Finding
_GATHERING = frozenset({_Place.HEADER, _Place.CLAIM})


def read(stream: BinaryIO) -> Iterator[RemittancePart]:
    """What a file says, in file order: per transaction its header, its claims, its trailer.

    A bare Finding is about the file. A claim with a finding of UNBALANCED must not be posted.
    Raises UnreadableRemittanceError, at the latest at the end: until then nothing is final.
    """
    for part in scan(stream):
        yield claim_payment(part) if isinstance(part, ScannedClaim) else part


def scan(stream: BinaryIO) -> Iterator[ScannedPart]:
    """As ``read``, with the sums and findings of each claim in place of its values."""
    reader = _Reader()
    for block in read_blocks(stream):
        yield from reader.take(block)
    yield from reader.finish()


@dataclass(slots=True)
class _Transaction:
    """What has to be known of an open ST*835 until its SE."""

    segment_number: int
    trace: tuple[str, str] = ("", "")  # TRN02, TRN03
    payment_cents: int | None = None  # BPR02, when it is an amount
    paid_cents: int = 0  # sum of CLP04
    provider_adjustments: list[ProviderAdjustment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class _Reader:
    """Gathers the segments of one loop at a time and turns them into values when the loop ends."""

    def __init__(self) -> None:
        self._envelope = Envelope()
        self._ready: list[ScannedPart] = []
        self._place = _Place.OUTSIDE
        self._claim: ClaimScan | None = None  # of the loop, when that is a claim's
        self._loop: list[str] = []
        self._loop_number = 1  # of the first segment in the loop
        self._carried_characters = 0  # of the loop, up to the last block that is done
        self._number = 0  # of the current segment in the file
        self._delimiters = Delimiters("*", ":", "~")
        self._heads = SegmentHeads.separated_by("*", _DETAILS)
        self._claim_count = 0
        self._transaction = _Transaction(0)
        self._has_told_misplaced = False
        self._identities: set[int] = set()  # hashes: a file may hold very many small payments
        self._unknown_names: set[str] = set()

    def take(self, block: SegmentBlock) -> list[ScannedPart]:
        """The parts that are complete with this block."""
        self._ready += block.findings
        self._use(block.delimiters)
        segments, before, carried = block.segments, self._number, self._loop
        numbered = enumerate(segments, before + 1)
        done = 0
        while stop := self._pass_details(numbered):
            self._number, segment = stop
            place = self._number - before
            self._loop += segments[done : place - 1]
            done = place
            self._control(segment.split(self._delimiters.element))
        self._number = before + len(segments)
        self._loop += segments[done:]
        if self._place in _GATHERING:
            self._carry_loop(segments if self._loop is carried else self._loop)
        else:
            self._end_loop()
        return self._take_ready()

    def finish(self) -> list[ScannedPart]:
        """The end of the file, which raises if something is missing."""
        self._envelope.close_file()
        return self._take_ready()

    def _use(self, delimiters: Delimiters) -> None:
        if delimiters != self._delimiters:
            self._delimiters = delimiters
            self._heads = SegmentHeads.separated_by(delimiters.element, _DETAILS)

    def _pass_details(self, numbered: Iterator[tuple[int, str]]) -> tuple[int, str] | None:
        """Up to a segment that begins or ends something, or is odd, with its number."""
        if self._claim is not None:
            return self._claim.take(numbered, self._heads)
        details = self._heads.details
        for number, segment in numbered:
            if segment[:4] not in details and segment[:3] not in details:
                return number, segment
        return None

    def _control(self, parts: list[str]) -> None:
        """A segment that begins or ends something."""
        match parts[0]:
            case "CLP":
                self._end_loop()
                self._begin_claim(parts)
            case "LX" | "TS2" | "TS3":
                self._end_loop()
            case "PLB":
                self._end_loop()
                self._adjust_provider(parts)
            case "ST":
                self._end_loop()
                self._begin_transaction(parts)
            case "SE":
                self._end_loop()
                self._end_transaction(parts)
            case "ISA" | "GS" | "GE" | "IEA" | "TA1":
                self._end_loop()
                self._envelope_segment(parts)
            case name:
                self._odd_segment(name, parts)

    def _envelope_segment(self, parts: list[str]) -> None:
        match parts[0]:
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

    def _odd_segment(self, name: str, parts: list[str]) -> None:
        """A name with blanks around it or in small letters is put right; others are left out."""
        known = name.strip().upper()
        if known in _DETAILS:
            self._keep([known, *parts[1:]])
            if self._claim is not None:
                self._claim.take(iter([(self._number, self._loop[-1])]), self._heads)
        elif known != name and known in _CONTROLS:
            self._control([known, *parts[1:]])
        elif self._place is not _Place.SKIPPED:
            if self._place in _GATHERING:
                self._keep(parts)  # read past there, but counted
            self._tell_unknown(known)

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
                f"{what} does not belong in an 835; it was left out here and further on.",
            )
        )

    def _begin_transaction(self, parts: list[str]) -> None:
        is_remittance = self._envelope.open_transaction(parts, number=self._number)
        self._ready += self._envelope.take_findings()
        self._transaction = _Transaction(self._number)
        self._place = _Place.HEADER if is_remittance else _Place.SKIPPED
        self._has_told_misplaced = False

    def _begin_claim(self, clp: list[str]) -> None:
        self._keep(clp)
        self._loop_number = self._number
        if self._place is _Place.BETWEEN:
            self._place = _Place.CLAIM
            self._claim_count += 1
            self._claim = ClaimScan(clp, ordinal=self._claim_count, segment_number=self._number)

    def _adjust_provider(self, parts: list[str]) -> None:
        if self._place is not _Place.BETWEEN:
            self._keep(parts)
            return
        found, findings = provider_adjustments(
            parts, component=self._delimiters.component, segment_number=self._number
        )
        self._transaction.provider_adjustments += found
        self._transaction.findings += findings
        if len(self._transaction.provider_adjustments) > _MOST_PROVIDER_ADJUSTMENTS:
            raise UnreadableRemittanceError(
                f"The payment that begins in segment {self._transaction.segment_number} has more "
                f"than {_MOST_PROVIDER_ADJUSTMENTS:,} provider adjustments (PLB), so the file is "
                "damaged."
            )

    def _end_loop(self) -> None:
        """Turn what was gathered into a value; outside of a loop tell that it was left out."""
        is_large = self._carried_characters or len(self._loop) > _MANY_SEGMENTS
        if is_large and self._place in _GATHERING:
            self._bound_whole_loop()
        match self._place:
            case _Place.CLAIM:
                self._end_claim()
            case _Place.HEADER:
                self._end_header()
            case _Place.OUTSIDE | _Place.BETWEEN if self._loop:
                self._tell_misplaced()
            case _:
                pass
        self._loop = []
        self._loop_number = self._number + 1
        self._carried_characters = 0

    def _end_claim(self) -> None:
        if self._claim is None:
            return
        claim = self._claim.finish(self._loop, self._delimiters)
        self._claim = None
        self._transaction.paid_cents += claim.paid_cents
        self._ready.append(claim)
        self._place = _Place.BETWEEN

    def _end_header(self) -> None:
        transaction = self._transaction
        segments = [segment.split(self._delimiters.element) for segment in self._loop]
        header, findings, has_payment = remittance_header(
            segments, envelope=self._envelope, segment_number=transaction.segment_number
        )
        transaction.trace = (header.trace_number, header.payer_trace_identifier)
        transaction.findings += findings
        transaction.payment_cents = header.payment_cents if has_payment else None
        self._ready.append(header)
        self._place = _Place.BETWEEN

    def _end_transaction(self, parts: list[str]) -> None:
        envelope, transaction = self._envelope, self._transaction
        controls = (envelope.interchange_control, envelope.group_control)
        identity = hash((*controls, envelope.transaction_control, *transaction.trace))
        findings = envelope.close_transaction(parts, number=self._number)
        self._ready += envelope.take_findings()
        if self._place is _Place.BETWEEN:
            trailer_findings = (
                *transaction.findings,
                *_balance_findings(transaction, where=f"SE, segment {self._number}"),
                *self._repeat_findings(identity),
                *findings,
            )
            self._ready.append(
                RemittanceTrailer(tuple(transaction.provider_adjustments), trailer_findings)
            )
        self._place = _Place.OUTSIDE

    def _repeat_findings(self, identity: int) -> list[Finding]:
        if identity not in self._identities:
            self._identities.add(identity)
            return []
        where = f"ST, segment {self._transaction.segment_number}"
        message = "This payment is in the file more than once, under the same numbers."
        return [Finding(FindingCode.TRANSACTION_REPEATED, where, message)]

    def _tell_misplaced(self) -> None:
        if self._has_told_misplaced:
            return
        self._has_told_misplaced = True
        tag = self._loop[0].partition(self._delimiters.element)[0]
        self._ready.append(
            Finding(
                FindingCode.MISPLACED_SEGMENT,
                f"{tag}, segment {self._loop_number}",
                f"{tag} stands where nothing takes it; it and what follows it was left out.",
            )
        )

    def _keep(self, parts: list[str]) -> None:
        """A name has its separator behind it, also where nothing follows: the scan looks for it."""
        whole = parts if len(parts) > 1 else [*parts, ""]
        self._loop.append(self._delimiters.element.join(whole))

    def _carry_loop(self, added: list[str]) -> None:
        """The block is done and the loop goes on; ``added`` came with the block."""
        self._carried_characters += sum(map(len, added))
        self._bound_loop(self._carried_characters)

    def _bound_whole_loop(self) -> None:
        """The loop is complete. One that is short and lies within a block is in no need of it."""
        loop, separator = self._loop, self._delimiters.element
        if self._carried_characters:
            self._bound_loop(sum(map(len, loop)))
        if len(loop) > _MANY_SEGMENTS:
            adjusting = [segment for segment in loop if segment.startswith(f"CAS{separator}")]
            triplets = sum((segment.count(separator) + 1) // 3 for segment in adjusting)
            lines = sum(segment.startswith(f"SVC{separator}") for segment in loop)
            self._bound_loop(0)
            self._refuse_loop_over(triplets, _MOST_ADJUSTMENTS, "adjustments (CAS)")
            self._refuse_loop_over(lines, _MOST_LINES, "service lines (SVC)")

    def _bound_loop(self, characters: int) -> None:
        self._refuse_loop_over(len(self._loop), _MOST_LOOP_SEGMENTS, "segments")
        self._refuse_loop_over(characters, _MOST_LOOP_CHARACTERS, "characters")

    def _refuse_loop_over(self, count: int, most: int, what: str) -> None:
        if count > most:
            raise UnreadableRemittanceError(
                f"What begins in segment {self._loop_number} holds more than {most:,} {what}, so "
                "the file is damaged."
            )

    def _take_ready(self) -> list[ScannedPart]:
        ready, self._ready = self._ready, []
        return ready


def _balance_findings(transaction: _Transaction, *, where: str) -> list[Finding]:
    """X12 835 1.10.2.1.3: the sum of CLP04 less the sum of PLB is BPR02."""
    if transaction.payment_cents is None:
        return []
    moved_cents = sum(one.amount_cents for one in transaction.provider_adjustments)
    expected_cents = transaction.paid_cents - moved_cents
    if expected_cents == transaction.payment_cents:
        return []
    message = (
        f"The payment is {format_usd(transaction.payment_cents)} (BPR02), but its claims "
        f"({format_usd(transaction.paid_cents)}) less provider adjustments "
        f"({format_usd(moved_cents)}) come to {format_usd(expected_cents)}."
    )
    return [Finding(FindingCode.TRANSACTION_UNBALANCED, where, message)]
