"""Remittances as text for tests: written with ``*``, ``:`` and put into any delimiters."""

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

from portal.domain.remittance import ClaimPayment, Finding, RemittancePart, RemittanceTrailer
from portal.remittances.x12 import x835
from portal.remittances.x12.segments import Delimiters

USUAL = Delimiters("*", ":", "~")
ISA = (
    "ISA*00*          *00*          *ZZ*CLEARHOUSE     *ZZ*PRACTICE01     "
    "*260115*1200*^*00501*000000101*0*P*:"
)
CLAIM = (
    "CLP*A1*1*100*80*20*12*ICN1",
    "NM1*QC*1*MARLOWE*JUNE****MI*W1",
    "SVC*HC:99213*100*80**1",
    "DTM*472*20260105",
    "CAS*PR*3*20",
)


def transaction(
    *body: str, payment: str = "80", control: str = "0001", trace: str = "EFT1"
) -> list[str]:
    """ST to SE around claims (and PLB), with a right segment count."""
    segments = [
        f"ST*835*{control}",
        f"BPR*I*{payment}*C*ACH************20260115",
        f"TRN*1*{trace}*1512345678",
        "DTM*405*20260114",
        "N1*PR*SAMPLE HEALTH PLAN*XV*87726",
        "N1*PE*SAMPLE PRACTICE*XX*1234567893",
        "REF*TJ*123456789",
        "LX*1",
        *body,
    ]
    return [*segments, f"SE*{len(segments) + 1}*{control}"]


def interchange(
    *transactions: Sequence[str], control: str = "000000101", version: str = "005010X221A1"
) -> list[str]:
    """ISA to IEA around transactions."""
    return [
        ISA.replace("000000101", control),
        f"GS*HP*CLEARHOUSE*PRACTICE01*20260115*1200*101*X*{version}",
        *chain.from_iterable(transactions),
        f"GE*{len(transactions)}*101",
        f"IEA*1*{control}",
    ]


def encoded(
    segments: Iterable[str], *, delimiters: Delimiters = USUAL, line_break: str = ""
) -> bytes:
    """The bytes of a file."""
    table = str.maketrans({"*": delimiters.element, ":": delimiters.component})
    ending = delimiters.terminator + line_break
    return "".join(segment.translate(table) + ending for segment in segments).encode()


def read(data: bytes) -> list[RemittancePart]:
    """Everything the reader yields."""
    return list(x835.read(io.BytesIO(data)))


def read_claims(data: bytes) -> list[ClaimPayment]:
    """The claims alone."""
    return [part for part in read(data) if isinstance(part, ClaimPayment)]


def read_claim(*segments: str) -> ClaimPayment:
    """The one claim of a sound file, from its segments."""
    (claim,) = read_claims(encoded(interchange(transaction(*segments))))
    return claim


def all_findings(parts: Iterable[RemittancePart]) -> list[Finding]:
    """Those of the file, the claims and the trailers, in file order."""
    found: list[Finding] = []
    for part in parts:
        if isinstance(part, Finding):
            found.append(part)
        elif isinstance(part, ClaimPayment | RemittanceTrailer):
            found += part.findings
    return found


def codes(data: bytes) -> list[str]:
    """The codes of all findings."""
    return [found.code for found in all_findings(read(data))]


class DribblingStream(io.BytesIO):
    """A stream whose reads are as short as ``sizes`` say; the last size goes on."""

    def __init__(self, data: bytes, sizes: Sequence[int]) -> None:
        super().__init__(data)
        self._sizes: Iterator[int] = chain(sizes, repeat(sizes[-1]))

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = next(self._sizes)
        return super().read(wanted if size is None or size < 0 else min(size, wanted))
