"""Claims as a practice sends them (837), as text for tests; put into any delimiters by x12_text."""

import io
from collections.abc import Sequence

from portal.domain.remittance import Finding
from portal.domain.sent_claim import SentClaim, SentPart, SentTrailer
from portal.remittances.x12 import x837
from tests.remittances.x12_text import encoded, interchange

PROVIDER = (
    "HL*1**20*1",
    "NM1*85*2*RIVERBEND FAMILY HEALTH*****XX*1234567893",
    "N3*1 RIVER ST",
    "N4*SALEM*OR*97301",
    "REF*EI*123456789",
)
SUBSCRIBER = (
    "HL*2*1*22*0",
    "SBR*P*18*GRP7******CI",
    "NM1*IL*1*MARLOWE*JUNE****MI*W1",
    "N3*5 ELM ST*APT 2",
    "N4*SALEM*OR*97302",
    "DMG*D8*19800214*F",
    "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*87726",
)
DEPENDENT = (
    "HL*3*2*23*0",
    "PAT*19",
    "NM1*QC*1*MARLOWE*TOM",
    "N3*5 ELM ST",
    "N4*SALEM*OR*97302",
    "DMG*D8*20150301*M",
)
CLAIM = (
    "CLM*A1*100***11:B:1*Y*A*Y*Y",
    "HI*ABK:J0390*ABF:R05",
    "NM1*82*1*OKAFOR*LENA****XX*1999999984",
    "LX*1",
    "SV1*HC:99213:25*100*UN*1***1:2",
    "DTP*472*D8*20260105",
    "REF*6R*A1L1",
)
"""A visit of $100.00."""


def sent_transaction(*body: str, control: str = "0001", reference: str = "B1") -> list[str]:
    """ST to SE around levels and claims, with a right segment count."""
    segments = [
        f"ST*837*{control}*005010X222A1",
        f"BHT*0019*00*{reference}*20260106*1023*CH",
        "NM1*41*2*RIVERBEND FAMILY HEALTH*****46*SUB1",
        "PER*IC*PAT*TE*5035550100",
        "NM1*40*2*CLEARHOUSE*****46*CH1",
        *body,
    ]
    return [*segments, f"SE*{len(segments) + 1}*{control}"]


def sent_file(*transactions: Sequence[str], control: str = "000000101") -> list[str]:
    """ISA to IEA."""
    return interchange(*transactions, control=control, version="005010X222A1")


def read(data: bytes) -> list[SentPart]:
    """Everything the reader yields."""
    return list(x837.read(io.BytesIO(data)))


def read_claims(*body: str) -> list[SentClaim]:
    """The claims of a sound file with these levels and claims."""
    parts = read(encoded(sent_file(sent_transaction(*body))))
    return [part for part in parts if isinstance(part, SentClaim)]


def read_claim(*body: str) -> SentClaim:
    """The only one."""
    (claim,) = read_claims(*body)
    return claim


def read_usual(*claim: str) -> SentClaim:
    """One claim of the usual subscriber."""
    return read_claim(*PROVIDER, *SUBSCRIBER, *claim)


def codes(data: bytes) -> list[str]:
    """The codes of all findings, in file order."""
    found: list[Finding] = []
    for part in read(data):
        if isinstance(part, Finding):
            found.append(part)
        elif isinstance(part, SentClaim | SentTrailer):
            found += part.findings
    return [one.code for one in found]


def sent_visit(
    *, last_name: str, first_name: str, member: str, payer_name: str, payer: str
) -> bytes:
    """A file with the usual visit, of somebody else."""
    subscriber = (
        *SUBSCRIBER[:2],
        f"NM1*IL*1*{last_name}*{first_name}****MI*{member}",
        *SUBSCRIBER[3:-1],
        f"NM1*PR*2*{payer_name}*****PI*{payer}",
    )
    return encoded(sent_file(sent_transaction(*PROVIDER, *subscriber, *CLAIM)))
