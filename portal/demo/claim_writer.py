"""Writes the demo's 837s: what the practice sent, before its plans decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.demo.remittance_writer import DemoClaim, DemoLine, DemoPayer
from portal.domain.money import format_plain


@dataclass(frozen=True, slots=True)
class SentVisit:
    """One claim as it went out, on the day it did."""

    claim: DemoClaim
    born_on: date
    sent_on: date


def write_claims(payer: DemoPayer, visits: Sequence[SentVisit], *, control: int) -> str:
    """One ISA with an ST for each claim, which has the day it was sent (BHT04)."""
    latest = max(visit.sent_on for visit in visits)
    envelope = (
        f"ISA*00*          *00*          *ZZ*RIVERBEND      *ZZ*{payer.identifier:<15}"
        f"*{latest:%y%m%d}*0600*^*00501*{control:09d}*0*P*:"
    )
    group = f"GS*HC*RIVERBEND*{payer.identifier}*{latest:%Y%m%d}*0600*{control}*X*005010X222A1"
    segments = [envelope, group]
    for number, visit in enumerate(visits, start=1):
        segments += _transaction(payer, visit, control=f"{number:04d}")
    segments += [f"GE*{len(visits)}*{control}", f"IEA*1*{control:09d}"]
    return "~\n".join(segments) + "~\n"


def _transaction(payer: DemoPayer, visit: SentVisit, *, control: str) -> list[str]:
    claim = visit.claim
    segments = [
        f"ST*837*{control}*005010X222A1",
        f"BHT*0019*00*{claim.number}*{visit.sent_on:%Y%m%d}*0600*CH",
        "NM1*41*2*RIVERBEND FAMILY HEALTH*****46*RIVERBEND",
        "PER*IC*BILLING*TE*5035550142",
        f"NM1*40*2*{payer.name}*****46*{payer.identifier}",
        "HL*1**20*1",
        "NM1*85*2*RIVERBEND FAMILY HEALTH*****XX*1993999998",
        "N3*210 MILL STREET",
        "N4*EASTON*OR*97399",
        "HL*2*1*22*0",
        "SBR*P*18*******CI",
        f"NM1*IL*1*{claim.last_name}*{claim.first_name}****MI*{claim.member_identifier}",
        f"DMG*D8*{visit.born_on:%Y%m%d}*U",
        f"NM1*PR*2*{payer.name}*****PI*{payer.identifier}",
        f"CLM*{claim.number}*{_amount(claim)}***11:B:1*Y*A*Y*Y",
        "HI*ABK:Z0000",
        f"NM1*82*1*{claim.provider_last_name}*{claim.provider_first_name}****XX*1993999998",
        *_lines(claim),
    ]
    return [*segments, f"SE*{len(segments) + 1}*{control}"]


def _lines(claim: DemoClaim) -> list[str]:
    segments = []
    for number, line in enumerate(claim.lines, start=1):
        segments += [
            f"LX*{number}",
            f"SV1*{_procedure(line)}*{format_plain(line.charge_cents)}*UN*1***1",
            f"DTP*472*D8*{claim.service_on:%Y%m%d}",
            f"REF*6R*{claim.number}L{number}",
        ]
    return segments


def _procedure(line: DemoLine) -> str:
    return f"HC:{line.code}:::::{line.description}" if line.description else f"HC:{line.code}"


def _amount(claim: DemoClaim) -> str:
    return format_plain(sum(line.charge_cents for line in claim.lines))
