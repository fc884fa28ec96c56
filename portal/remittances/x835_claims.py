"""The claim loop of an 835 (2100): from its segments to one ClaimPayment with its findings."""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from portal.domain.money import format_usd
from portal.domain.remittance import (
    REVERSAL_STATUS,
    Adjustment,
    ClaimPayment,
    Organization,
    Person,
    ServiceLine,
)
from portal.remittances.findings import FindingCode
from portal.remittances.x12_envelope import element
from portal.remittances.x12_values import SOCIAL_SECURITY_REFERENCE, other_payer, person
from portal.remittances.x835_lines import (
    ClaimNotes,
    add_adjustments,
    amount,
    day,
    imbalance,
    information,
    remark,
    service_line,
)

_STATUSES = frozenset({"1", "2", "3", "4", "19", "20", "21", "22", "23", "25"})
_STATUSES_OF_4010 = frozenset({"5", "10", "13", "15", "16", "17", "27"})
_KNOWN_STATUSES = _STATUSES | _STATUSES_OF_4010
_REMARK_PLACES = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}


@dataclass(slots=True)
class _ClaimLevel:
    """What stands between CLP and the first SVC."""

    adjustments: list[Adjustment] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)  # NM1 by NM101
    references: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    days: dict[str, date | None] = field(default_factory=dict)  # DTM 232 and 233
    patient_paid_cents: int | None = None

    def person(self, entity: str) -> Person | None:
        parts = self.names.get(entity)
        return person(parts) if parts else None

    def payer(self, entity: str) -> Organization | None:
        parts = self.names.get(entity)
        return other_payer(parts) if parts else None


def claim_payment(
    segments: list[list[str]], *, component: str, ordinal: int, segment_number: int
) -> ClaimPayment:
    """One claim from its segments, CLP first. ``ordinal`` is its place in the file, from 1."""
    clp = segments[0]
    number, status = element(clp, 1), element(clp, 2)
    notes = ClaimNotes(number, ordinal=ordinal, first_segment=segment_number)
    if status not in _KNOWN_STATUSES:
        message = "The claim status (CLP02) is not a known one."
        notes.add(FindingCode.UNKNOWN_CLAIM_STATUS, message, position=0)
    charge_cents, paid_cents, stated_cents = _claim_amounts(clp, notes)
    starts = [index for index, parts in enumerate(segments) if parts[0] == "SVC"]
    starts.append(len(segments))
    level = _claim_level(segments[: starts[0]], notes)
    lines = tuple(
        [
            service_line(
                segments[start:end], number=line, component=component, notes=notes, position=start
            )
            for line, (start, end) in enumerate(pairwise(starts), start=1)
        ]
    )
    if not notes.has_unreadable_amount:
        _check_balance(notes, charge_cents, paid_cents, has_lines=bool(lines))
        if status != REVERSAL_STATUS:
            _check_responsibility(notes, stated_cents or 0)
    service_from, service_to = _service_days(level.days, lines)
    return ClaimPayment(
        number=number,
        status=status,
        charge_cents=charge_cents,
        paid_cents=paid_cents,
        stated_responsibility_cents=stated_cents,
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
        adjustments=tuple(level.adjustments),
        remarks=tuple(level.remarks),
        patient_paid_cents=level.patient_paid_cents,
        lines=lines,
        segment_number=segment_number,
        findings=tuple(notes.findings),
    )


def _claim_amounts(clp: list[str], notes: ClaimNotes) -> tuple[int, int, int | None]:
    """CLP03 to CLP05. One that is no number makes the others doubtful: elements may have moved."""
    charge_cents = amount(clp, 3, notes=notes, position=0)
    paid_cents = amount(clp, 4, notes=notes, position=0)
    stated_cents = amount(clp, 5, notes=notes, position=0) if element(clp, 5) else None
    if notes.has_unreadable_amount:
        return 0, 0, None
    return charge_cents, paid_cents, stated_cents


def _claim_level(segments: list[list[str]], notes: ClaimNotes) -> _ClaimLevel:
    level = _ClaimLevel()
    for position, parts in enumerate(segments):
        match parts[0], element(parts, 1):
            case "NM1", entity:
                level.names.setdefault(entity, parts)
            case "REF", qualifier:
                if qualifier != SOCIAL_SECURITY_REFERENCE:
                    level.references.append((qualifier, element(parts, 2)))
            case "DTM", ("232" | "233") as qualifier:
                level.days[qualifier] = day(parts, notes=notes, position=position)
            case "CAS", _:
                add_adjustments(parts, level.adjustments, notes=notes, position=position)
            case "AMT", "F5":
                level.patient_paid_cents = information(parts, notes=notes, position=position)
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


def _check_balance(
    notes: ClaimNotes, charge_cents: int, paid_cents: int, *, has_lines: bool
) -> None:
    """X12 835 1.10.2.1.2; that of each line (1.10.2.1.1) was checked as it was read."""
    notes.findings += notes.imbalances
    if charge_cents - notes.adjusted_cents != paid_cents:
        message = imbalance("Claim", charge_cents, notes.adjusted_cents, paid_cents)
        notes.add(FindingCode.CLAIM_UNBALANCED, message, position=0)
    if has_lines and notes.charged_cents != charge_cents:
        message = (
            f"The lines charge {format_usd(notes.charged_cents)} together, but the claim says "
            f"{format_usd(charge_cents)}."
        )
        notes.add(FindingCode.LINES_DIFFER_FROM_CLAIM, message, position=0)


def _check_responsibility(notes: ClaimNotes, stated_cents: int) -> None:
    """CLP05 against the sum of group PR; an absent CLP05 stands for nothing owed."""
    if stated_cents != notes.responsibility_cents:
        message = (
            f"The payer states a patient share of {format_usd(stated_cents)} (CLP05), but its "
            f"patient adjustments (group PR) add up to {format_usd(notes.responsibility_cents)}."
        )
        notes.add(FindingCode.RESPONSIBILITY_DIFFERS, message, position=0)
