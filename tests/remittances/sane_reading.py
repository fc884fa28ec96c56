"""What holds of every file, however damaged: for tests and the fuzzer, so no pytest in here."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.remittance import (
    REVERSAL_STATUS,
    ClaimPayment,
    Finding,
    RemittanceHeader,
    RemittancePart,
    RemittanceTrailer,
)
from portal.remittances.findings import UNBALANCED, FindingCode, UnreadableRemittanceError
from portal.remittances.x12 import x835
from portal.remittances.x12.x835 import ScannedPart
from portal.remittances.x12.x835_scan import ScannedClaim
from tests.remittances.x12_text import DribblingStream, all_findings

_LONGEST_SENTENCE = 400
_LONGEST_PLACE = 120


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file gave."""

    refusal: str | None  # the sentence
    codes: tuple[str, ...]  # of its findings, up to the refusal


def reading_of(data: bytes, *, read_size: int = 0) -> Reading:
    """Read a file and hold what it gives against every law. Raises AssertionError.

    ``read_size``: also read it in pieces of so many bytes, which must not matter.
    """
    read, refusal = _taken(data)
    scanned, scan_refusal = _scanned(data)
    assert refusal == scan_refusal
    _hold_scan_against_reading(scanned, read)
    if read_size:
        _hold_against_reading_in_pieces(read, refusal, _taken(data, [read_size]))
    if refusal is None:
        _hold_order(read)
    else:
        assert_sentence(refusal)
    for part in read:
        if isinstance(part, ClaimPayment):
            _hold_claim(part)
    findings = all_findings(read)
    _hold_findings(findings)
    return Reading(refusal, tuple(found.code for found in findings))


def assert_sentence(text: str) -> None:
    """What a person is told: one short printable sentence or two, no message of a machine."""
    assert text.endswith(".")
    assert text.isprintable()
    assert 0 < len(text) <= _LONGEST_SENTENCE


def _taken(data: bytes, sizes: Sequence[int] = ()) -> tuple[list[RemittancePart], str | None]:
    parts: list[RemittancePart] = []
    try:
        for part in x835.read(DribblingStream(data, sizes) if sizes else io.BytesIO(data)):
            parts.append(part)  # noqa: PERF402 — what came before a refusal counts too
    except UnreadableRemittanceError as error:
        return parts, str(error)
    return parts, None


def _scanned(data: bytes) -> tuple[list[ScannedPart], str | None]:
    parts: list[ScannedPart] = []
    try:
        for part in x835.scan(io.BytesIO(data)):
            parts.append(part)  # noqa: PERF402 — as above
    except UnreadableRemittanceError as error:
        return parts, str(error)
    return parts, None


def _hold_scan_against_reading(
    scanned: Sequence[ScannedPart], read: Sequence[RemittancePart]
) -> None:
    """Whoever goes by the sums alone sees what whoever goes by the values sees."""
    assert len(scanned) == len(read)
    for sums, part in zip(scanned, read, strict=True):
        if not isinstance(sums, ScannedClaim):
            assert sums == part
            continue
        assert isinstance(part, ClaimPayment)
        assert sums.line_count == len(part.lines)
        assert sums.charge_cents == part.charge_cents
        assert sums.paid_cents == part.paid_cents
        assert sums.stated_responsibility_cents == part.stated_responsibility_cents
        assert sums.responsibility_cents == part.responsibility_cents
        assert sums.findings == part.findings
        assert sums.segment_number == part.segment_number


def _hold_against_reading_in_pieces(
    read: Sequence[RemittancePart],
    refusal: str | None,
    in_pieces: tuple[Sequence[RemittancePart], str | None],
) -> None:
    """The same is taken. What is refused may be so at another place, for another of its faults."""
    parts, other_refusal = in_pieces
    assert (refusal is None) is (other_refusal is None)
    if refusal is None:
        assert parts == read
    shorter = min(len(parts), len(read))
    assert parts[:shorter] == read[:shorter]


def _hold_claim(claim: ClaimPayment) -> None:
    """A claim that does not hold says so, and none says so without a cause."""
    codes = {found.code for found in claim.findings}
    is_unreadable = FindingCode.AMOUNT_UNREADABLE in codes
    assert claim.balances or not codes.isdisjoint(UNBALANCED)
    assert is_unreadable or claim.balances is codes.isdisjoint(UNBALANCED)
    differs = (claim.stated_responsibility_cents or 0) != claim.responsibility_cents
    is_compared = claim.status != REVERSAL_STATUS and not is_unreadable
    assert (FindingCode.RESPONSIBILITY_DIFFERS in codes) is (differs and is_compared)
    if claim.service_from and claim.service_to:
        assert claim.service_from <= claim.service_to


def _hold_findings(findings: Sequence[Finding]) -> None:
    for found in findings:
        FindingCode(found.code)
        assert_sentence(found.message)
        assert found.where.isprintable()
        assert 0 < len(found.where) <= _LONGEST_PLACE


def _hold_order(parts: Sequence[RemittancePart]) -> None:
    """A file that is taken: each payment has its header, its claims, its trailer, and adds up."""
    header: RemittanceHeader | None = None
    paid_cents = payments = 0
    for part in parts:
        match part:
            case RemittanceHeader():
                assert header is None
                header, paid_cents = part, 0
                payments += 1
            case ClaimPayment():
                assert header is not None
                paid_cents += part.paid_cents
            case RemittanceTrailer():
                assert header is not None
                _hold_payment(header, part, paid_cents)
                header = None
            case Finding():
                pass
    assert header is None
    assert payments


def _hold_payment(header: RemittanceHeader, trailer: RemittanceTrailer, paid_cents: int) -> None:
    codes = {found.code for found in trailer.findings}
    moved_cents = sum(one.amount_cents for one in trailer.provider_adjustments)
    differs = paid_cents - moved_cents != header.payment_cents
    is_compared = FindingCode.PAYMENT_UNREADABLE not in codes
    assert (FindingCode.TRANSACTION_UNBALANCED in codes) is (differs and is_compared)
