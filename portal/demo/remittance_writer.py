"""Writes the demo's 835s: balanced by construction, read back by the real importer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portal.domain.money import format_plain

_ON_THE_WAY: Final = timedelta(days=3)  # from the visit until the payer has the claim


@dataclass(frozen=True, slots=True)
class Cut:
    """What the payer did not pay of a line, and why (CAS group, CARC)."""

    group: str
    reason: str
    cents: int


@dataclass(frozen=True, slots=True)
class DemoLine:
    """One service line; what is not cut was paid."""

    code: str
    charge_cents: int
    cuts: tuple[Cut, ...]
    description: str = ""  # the practice's own words, in the claim it sends

    @property
    def paid_cents(self) -> int:
        """SVC03."""
        return self.charge_cents - sum(cut.cents for cut in self.cuts)


@dataclass(frozen=True, slots=True)
class DemoClaim:
    """One claim as a payer decided it. ``charge_off_by_cents`` breaks its balance on purpose."""

    number: str
    status: str
    last_name: str
    first_name: str
    member_identifier: str
    provider_last_name: str
    provider_first_name: str
    service_on: date
    lines: tuple[DemoLine, ...]
    crossover_payer: str = ""
    remarks: tuple[str, ...] = ()  # RARC
    sign: int = 1
    charge_off_by_cents: int = 0


@dataclass(frozen=True, slots=True)
class DemoPayer:
    """The insurer of a file."""

    name: str
    identifier: str


def write_remittance(
    payer: DemoPayer, claims: Sequence[DemoClaim], *, paid_on: date, control: int
) -> str:
    """One ISA with one ST; ``control`` numbers the interchange, the trace and the payment."""
    day = paid_on.strftime("%Y%m%d")
    body = [segment for claim in claims for segment in _claim(claim)]
    total = sum(line.paid_cents * claim.sign for claim in claims for line in claim.lines)
    transaction = [
        "ST*835*0001",
        f"BPR*I*{_amount(max(total, 0))}*C*{'ACH' if total > 0 else 'NON'}*CCP***********{day}",
        f"TRN*1*EFT{control:08d}*1999999999",
        f"DTM*405*{day}",
        f"N1*PR*{payer.name}*XV*{payer.identifier}",
        "N3*1 PAYER WAY",
        "N4*SALEM*OR*97301",
        "N1*PE*RIVERBEND FAMILY HEALTH*XX*1993999998",
        "LX*1",
        *body,
    ]
    if total < 0:  # X12 835: a negative total is carried forward with PLB FB
        transaction.append(
            f"PLB*1993999998*{paid_on.year}1231*FB:EFT{control:08d}*{_amount(total)}"
        )
    transaction.append(f"SE*{len(transaction) + 1}*0001")
    envelope = (
        f"ISA*00*          *00*          *ZZ*{payer.identifier:<15}*ZZ*RIVERBEND      "
        f"*{day[2:]}*0600*^*00501*{control:09d}*0*P*:"
    )
    group = f"GS*HP*{payer.identifier}*RIVERBEND*{day}*0600*{control}*X*005010X221A1"
    segments = [envelope, group, *transaction, f"GE*1*{control}", f"IEA*1*{control:09d}"]
    return "~\n".join(segments) + "~\n"


def _claim(claim: DemoClaim) -> list[str]:
    charge = sum(line.charge_cents for line in claim.lines) * claim.sign
    paid = sum(line.paid_cents for line in claim.lines) * claim.sign
    share = sum(cut.cents for line in claim.lines for cut in line.cuts if cut.group == "PR")
    stated = _amount(share) if share and claim.sign > 0 else ""
    segments = [
        (
            f"CLP*{claim.number}*{claim.status}*{_amount(charge + claim.charge_off_by_cents)}"
            f"*{_amount(paid)}*{stated}*12*ICN{claim.number}*11*1"
        ),
        f"NM1*QC*1*{claim.last_name}*{claim.first_name}****MI*{claim.member_identifier}",
        f"NM1*82*1*{claim.provider_last_name}*{claim.provider_first_name}****XX*1993999998",
    ]
    if claim.crossover_payer:
        segments.append(f"NM1*TT*2*{claim.crossover_payer}*****PI*SUPP1")
    if claim.remarks:
        segments.append("*".join(("MOA", "", "", *claim.remarks)))
    segments.append(f"DTM*232*{claim.service_on:%Y%m%d}")
    segments.append(f"DTM*050*{claim.service_on + _ON_THE_WAY:%Y%m%d}")
    for number, line in enumerate(claim.lines, start=1):
        segments += _line(claim, line, number=number)
    return segments


def _line(claim: DemoClaim, line: DemoLine, *, number: int) -> list[str]:
    segments = [
        (
            f"SVC*HC:{line.code}*{_amount(line.charge_cents * claim.sign)}"
            f"*{_amount(line.paid_cents * claim.sign)}**1"
        ),
        f"DTM*472*{claim.service_on:%Y%m%d}",
    ]
    segments += [
        f"CAS*{cut.group}*{cut.reason}*{_amount(cut.cents * claim.sign)}" for cut in line.cuts
    ]
    segments.append(f"REF*6R*{claim.number}L{number}")
    return segments


def _amount(cents: int) -> str:
    return format_plain(cents).removesuffix(".00")
