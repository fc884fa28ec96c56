"""What the claim loop of an 835 (2100) says: from its segments to one ClaimPayment."""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from portal.domain.remittance import Adjustment, ClaimPayment, Organization, Person, ServiceLine
from portal.remittances.x12.envelope import element
from portal.remittances.x12.values import SOCIAL_SECURITY_REFERENCE, amount, other_payer, person
from portal.remittances.x12.x835_lines import adjustments_of, day, remark, service_line
from portal.remittances.x12.x835_scan import ScannedClaim

_REMARK_PLACES = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}


@dataclass(slots=True)
class _ClaimLevel:
    """What stands between CLP and the first SVC."""

    adjustments: list[Adjustment] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)  # NM1 by NM101
    references: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    days: dict[str, date | None] = field(default_factory=dict)  # DTM 050, 232 and 233
    patient_paid_cents: int | None = None

    def person(self, entity: str) -> Person | None:
        parts = self.names.get(entity)
        return person(parts) if parts else None

    def payer(self, entity: str) -> Organization | None:
        parts = self.names.get(entity)
        return other_payer(parts) if parts else None


def claim_payment(claim: ScannedClaim) -> ClaimPayment:
    """What a scanned claim says."""
    segments = [segment.split(claim.delimiters.element) for segment in claim.segments]
    clp = segments[0]
    starts = [index for index, parts in enumerate(segments) if parts[0] == "SVC"]
    starts.append(len(segments))
    level = _claim_level(segments[: starts[0]])
    lines = tuple(
        [
            service_line(segments[start:end], number=number, component=claim.delimiters.component)
            for number, (start, end) in enumerate(pairwise(starts), start=1)
        ]
    )
    service_from, service_to = _service_days(level.days, lines)
    return ClaimPayment(
        number=element(clp, 1),
        status=element(clp, 2),
        charge_cents=claim.charge_cents,
        paid_cents=claim.paid_cents,
        stated_responsibility_cents=claim.stated_responsibility_cents,
        filing_indicator=element(clp, 6),
        payer_control_number=element(clp, 7),
        patient=level.person("QC") or Person(),
        insured=level.person("IL"),
        corrected=level.person("74"),
        rendering_provider=level.person("82"),
        crossover_payer=level.payer("TT"),
        corrected_payer=level.payer("PR"),
        references=tuple(level.references),
        service_from=service_from,
        service_to=service_to,
        received_on=level.days.get("050"),
        adjustments=tuple(level.adjustments),
        remarks=tuple(level.remarks),
        patient_paid_cents=level.patient_paid_cents,
        lines=lines,
        segment_number=claim.segment_number,
        findings=claim.findings,
    )


def _claim_level(segments: list[list[str]]) -> _ClaimLevel:
    level = _ClaimLevel()
    for parts in segments:
        match parts[0], element(parts, 1):
            case "NM1", entity:
                level.names.setdefault(entity, parts)
            case "REF", qualifier:
                if qualifier != SOCIAL_SECURITY_REFERENCE:
                    level.references.append((qualifier, element(parts, 2)))
            case "DTM", ("050" | "232" | "233") as qualifier:
                level.days[qualifier] = day(parts)
            case "CAS", _:
                level.adjustments += adjustments_of(parts)
            case "AMT", "F5":
                level.patient_paid_cents = amount(parts, 2)
            case "MIA" | "MOA" as tag, _:
                places = _REMARK_PLACES[tag]
                level.remarks += [code for place in places if (code := element(parts, place))]
            case "LQ", _:
                level.remarks.append(remark(parts))
            case _:
                pass
    return level


def _service_days(
    days: dict[str, date | None], lines: tuple[ServiceLine, ...]
) -> tuple[date | None, date | None]:
    """DTM 232 and 233 of the claim, or else the span of its lines; one day alone is both."""
    first = days.get("232") or min(
        [line.service_from for line in lines if line.service_from], default=None
    )
    last = days.get("233") or max(
        [line.service_to for line in lines if line.service_to], default=first
    )
    if first and last:
        last = max(first, last)
    return first, last
