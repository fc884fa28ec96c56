"""One claim of an 837 (loop 2300 with its lines): from segments to a value, and what is odd in it.

The same segments mean other things in other loops: REF, DTP and AMT are read only where they stand.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum, auto
from typing import ClassVar

from portal.domain.money import AmountError, format_usd, parse_amount
from portal.domain.remittance import Finding, Person
from portal.domain.sent_claim import (
    Diagnosis,
    SentClaim,
    SentDate,
    SentLine,
    SentPerson,
    SentPlan,
)
from portal.remittances.findings import FindingCode
from portal.remittances.x12.envelope import element, shown
from portal.remittances.x12.values import (
    SOCIAL_SECURITY_REFERENCE,
    DateError,
    description,
    parse_date,
    person,
    procedure,
)
from portal.remittances.x12.x837_levels import Levels, organization, rank_of

_MOST_ALIKE = 20  # findings of one code in one claim
_CLAIM_DATES = frozenset({"434", "435", "472"})
_RANGE = "RD8"  # DTP02
_PREDETERMINATION = "PB"  # CLM19
_DAY_WIDTH = 8
_POINTED_AT = frozenset({"ABK", "ABF", "BK", "BF"})  # what SV107 counts
_DIAGNOSES = _POINTED_AT | {"ABJ", "BJ", "APR", "PR", "ABN", "BN"}
_REVENUE_CODE = "NU"  # SVC01-1 of a payer that repeats a line without a procedure code
_POINTER = re.compile(r"([1-9]\d?)(?:\.0*)?", re.ASCII)


class _Place(Enum):
    CLAIM = auto()  # 2300
    PARTY = auto()  # 2310: a provider or place
    OTHER_PLAN = auto()  # 2320
    OTHER_NAME = auto()  # 2330
    LINE = auto()  # 2400
    LINE_DETAIL = auto()  # 2410 to 2440


@dataclass(frozen=True, slots=True)
class _Service:
    """Where SV1, SV2 and SV3 have what they share. 0: nowhere."""

    procedure: int
    charge: int
    unit: int
    units: int
    pointers: int
    revenue_code: int = 0


_SERVICES = {
    "SV1": _Service(procedure=1, charge=2, unit=3, units=4, pointers=7),
    "SV2": _Service(procedure=2, charge=3, unit=4, units=5, pointers=0, revenue_code=1),
    "SV3": _Service(procedure=1, charge=2, unit=0, units=6, pointers=11),
}


@dataclass(slots=True)
class _Line:
    """A line while it is read."""

    position: int  # of LX, counted from CLM
    service: list[str] = field(default_factory=list)  # SV1, SV2 or SV3
    days: tuple[date, date] | None = None
    control_number: str = ""


def sent_claim(
    segments: list[list[str]],
    levels: Levels,
    *,
    component: str,
    ordinal: int,
    segment_number: int,
) -> SentClaim:
    """A claim from its segments, CLM first. ``ordinal`` is its place in the file, from 1."""
    reading = _Reading(segments[0], component=component, ordinal=ordinal, first=segment_number)
    if not levels.is_whole:
        message = "The claim has no billing provider or no subscriber above it (HL 20, HL 22)."
        reading.tell(FindingCode.LEVEL_BROKEN, message, 0)
    elif levels.plan.rank is None:
        reading.tell_rank(0)
    for position, parts in enumerate(segments[1:], start=1):
        reading.take(parts, position)
    return reading.claim(levels)


class _Reading:
    """What was read of one claim so far. Messages never hold a name or a diagnosis."""

    _NEXT_PLACE: ClassVar[dict[tuple[_Place, str], _Place]] = {
        (_Place.CLAIM, "NM1"): _Place.PARTY,
        (_Place.OTHER_PLAN, "NM1"): _Place.OTHER_NAME,
        (_Place.LINE, "LIN"): _Place.LINE_DETAIL,
        (_Place.LINE, "NM1"): _Place.LINE_DETAIL,
        (_Place.LINE, "SVD"): _Place.LINE_DETAIL,
        (_Place.LINE, "LQ"): _Place.LINE_DETAIL,
    }

    def __init__(self, clm: list[str], *, component: str, ordinal: int, first: int) -> None:
        self._clm = clm
        self._component = component
        self._ordinal = ordinal
        self._first = first
        self._place = _Place.CLAIM
        self._alike: dict[FindingCode, int] = {}
        self._findings: list[Finding] = []
        self._references: list[tuple[str, str]] = []
        self._dates: list[SentDate] = []
        self._diagnoses: list[Diagnosis] = []
        self._providers: dict[str, Person] = {}  # by NM101
        self._plans: list[SentPlan] = []
        self._lines: list[_Line] = []
        self._patient_paid_cents: int | None = None

    def take(self, parts: list[str], position: int) -> None:
        """The next segment; ``position`` counts from the CLM."""
        match parts[0]:
            case "SBR":
                self._place = _Place.OTHER_PLAN
                self._begin_plan(parts, position)
                return
            case "LX":
                self._place = _Place.LINE
                self._lines.append(_Line(position))
                return
            case "SV1" | "SV2" | "SV3":
                self._serve(parts, position)
                return
            case _:
                self._place = self._NEXT_PLACE.get((self._place, parts[0]), self._place)
        match self._place:
            case _Place.CLAIM:
                self._of_claim(parts, position)
            case _Place.PARTY if parts[0] == "NM1":
                self._providers.setdefault(element(parts, 1), person(parts))
            case _Place.OTHER_PLAN | _Place.OTHER_NAME:
                self._of_plan(parts, position)
            case _Place.LINE:
                self._of_line(parts, position)
            case _:
                pass

    def claim(self, levels: Levels) -> SentClaim:
        """The whole, after its last segment."""
        clm = self._clm
        charge_cents = self._charge(clm, 2, 0)
        if not element(clm, 1):
            message = "The claim has no number (CLM01), so no remittance could be about it."
            self.tell(FindingCode.NUMBER_MISSING, message, 0)
        lines = tuple(self._line(line, number) for number, line in enumerate(self._lines, start=1))
        self._compare(charge_cents, lines)
        place = element(clm, 5).split(self._component)
        rendering = self._providers.get("82") or self._providers.get("71")
        return SentClaim(
            number=element(clm, 1),
            charge_cents=charge_cents,
            patient=levels.patient,
            plan=levels.plan,
            billing_provider=levels.billing_provider,
            responsible=levels.responsible,
            rendering_provider=rendering,
            other_plans=tuple(self._plans),
            place_of_service=element(place, 0),
            frequency=element(place, 2),
            is_predetermination=element(clm, 19) == _PREDETERMINATION,
            patient_paid_cents=self._patient_paid_cents,
            references=tuple(self._references),
            dates=tuple(self._dates),
            diagnoses=tuple(self._diagnoses),
            lines=lines,
            segment_number=self._first,
            findings=tuple(self._findings),
        )

    def _of_claim(self, parts: list[str], position: int) -> None:
        match parts[0]:
            case "REF" if element(parts, 1) != SOCIAL_SECURITY_REFERENCE:
                self._references.append((element(parts, 1), element(parts, 2)))
            case "DTP" if element(parts, 1) in _CLAIM_DATES:
                days = self._days(parts, position)
                if days is not None:
                    self._dates.append(SentDate(element(parts, 1), *days))
            case "HI":
                self._diagnoses += self._codes(parts)
            case "AMT" if element(parts, 1) == "F5":
                self._patient_paid_cents = self._information(parts, position)
            case _:
                pass

    def _begin_plan(self, parts: list[str], position: int) -> None:
        rank = rank_of(parts)
        if rank is None:
            self.tell_rank(position)
        self._plans.append(
            SentPlan(
                rank=rank,
                relationship=element(parts, 2),
                group_number=element(parts, 3),
                filing_indicator=element(parts, 9),
            )
        )

    def _of_plan(self, parts: list[str], position: int) -> None:
        plan = self._plans[-1]
        match parts[0], element(parts, 1):
            case "NM1", "IL":
                self._plans[-1] = replace(plan, subscriber=SentPerson(person(parts)))
            case "NM1", "PR":
                self._plans[-1] = replace(plan, payer=organization(parts))
            case "AMT", "D":
                self._plans[-1] = replace(plan, paid_cents=self._information(parts, position))
            case _:
                pass

    def _serve(self, parts: list[str], position: int) -> None:
        """A service; one without its LX is a line of its own, as is a second one."""
        if not self._lines or self._lines[-1].service:
            self._lines.append(_Line(position))
        self._place = _Place.LINE
        self._lines[-1].service = parts

    def _of_line(self, parts: list[str], position: int) -> None:
        line = self._lines[-1]
        match parts[0], element(parts, 1):
            case "DTP", "472":
                line.days = self._days(parts, position)
            case "REF", "6R":
                line.control_number = element(parts, 2)
            case _:
                pass

    def _line(self, line: _Line, number: int) -> SentLine:
        parts = line.service
        where = _SERVICES.get(element(parts, 0))
        if where is None:
            message = f"Service line {number} says nothing about a service (SV1, SV2 or SV3)."
            self.tell(FindingCode.LINES_MISSING, message, line.position)
            return SentLine(number, "", "", (), 0)
        revenue_code = element(parts, where.revenue_code) if where.revenue_code else ""
        qualifier, code, modifiers = procedure(element(parts, where.procedure), self._component)
        if not code and revenue_code:
            qualifier, code = _REVENUE_CODE, revenue_code
        first, last = line.days or (None, None)
        return SentLine(
            number=number,
            qualifier=qualifier,
            code=code,
            modifiers=modifiers,
            charge_cents=self._charge(parts, where.charge, line.position),
            revenue_code=revenue_code,
            unit=element(parts, where.unit) if where.unit else "",
            units=element(parts, where.units),
            pointers=self._pointers(parts, where, line.position),
            service_from=first,
            service_to=last,
            control_number=line.control_number,
            description=description(element(parts, where.procedure), self._component),
        )

    def _pointers(self, parts: list[str], where: _Service, position: int) -> tuple[int, ...]:
        texts = element(parts, where.pointers).split(self._component) if where.pointers else []
        known = sum(one.qualifier in _POINTED_AT for one in self._diagnoses)
        found = []
        for text in filter(None, texts):
            match = _POINTER.fullmatch(text)
            if match and int(match.group(1)) <= known:
                found.append(int(match.group(1)))
            else:
                message = "A line points to a diagnosis that is not there; it was left out."
                self.tell(FindingCode.POINTER_UNREADABLE, message, position)
        return tuple(found)

    def _codes(self, parts: list[str]) -> list[Diagnosis]:
        found = []
        for composite in parts[1:]:
            qualifier, _, rest = composite.partition(self._component)
            code = rest.partition(self._component)[0]
            if qualifier in _DIAGNOSES and code:
                found.append(Diagnosis(qualifier, code))
        return found

    def _compare(self, charge_cents: int, lines: tuple[SentLine, ...]) -> None:
        if not lines:
            message = "The claim has no service line."
            self.tell(FindingCode.LINES_MISSING, message, 0)
            return
        if self._alike.keys() & {FindingCode.AMOUNT_UNREADABLE, FindingCode.AMOUNT_MISSING}:
            return  # a sum with a part missing says nothing
        total_cents = sum(line.charge_cents for line in lines)
        if total_cents != charge_cents:
            message = (
                f"The service lines add up to {format_usd(total_cents)}, but the claim says "
                f"{format_usd(charge_cents)} (CLM02)."
            )
            self.tell(FindingCode.LINES_DIFFER_FROM_CLAIM, message, 0)

    def _charge(self, parts: list[str], index: int, position: int) -> int:
        """An amount that has to be there; 0 with a finding when it is none."""
        name, text = f"{parts[0]}{index:02d}", element(parts, index)
        try:
            cents = parse_amount(text)
        except AmountError:
            if text:
                message = f"{name} is not an amount, so the claim cannot be recorded."
                self.tell(FindingCode.AMOUNT_UNREADABLE, message, position)
            else:
                message = f"{name} is empty, so the claim cannot be recorded."
                self.tell(FindingCode.AMOUNT_MISSING, message, position)
            return 0
        if cents < 0:
            message = f"{name} is below zero: nobody bills less than nothing."
            self.tell(FindingCode.AMOUNT_NEGATIVE, message, position)
        return cents

    def _information(self, parts: list[str], position: int) -> int | None:
        """AMT02: takes no part in any balance, so a wrong one is left out."""
        try:
            return parse_amount(element(parts, 2))
        except AmountError:
            message = f"AMT*{parts[1]} holds no amount; it was left out."
            self.tell(FindingCode.INFORMATION_UNREADABLE, message, position)
            return None

    def _days(self, parts: list[str], position: int) -> tuple[date, date] | None:
        """DTP02 and DTP03: a day, a day with a time, or the first and the last day."""
        text = element(parts, 3)
        first, _, last = text.partition("-") if element(parts, 2) == _RANGE else (text, "", "")
        try:
            from_day = parse_date(first[:_DAY_WIDTH])
            to_day = parse_date(last) or from_day
        except DateError:
            from_day = to_day = None
        if from_day is None or to_day is None or to_day < from_day:
            message = f"DTP*{element(parts, 1)} holds no date; it was left out."
            self.tell(FindingCode.DATE_UNREADABLE, message, position)
            return None
        return from_day, to_day

    def tell_rank(self, position: int) -> None:
        """SBR01."""
        message = "The place in line of a plan is not known (SBR01); it is not put on file."
        self.tell(FindingCode.UNKNOWN_RANK, message, position)

    def tell(self, code: FindingCode, message: str, position: int) -> None:
        """Something odd; where it is said too often, that there is more."""
        count = self._alike[code] = self._alike.get(code, 0) + 1
        if count > _MOST_ALIKE:
            message = "There are more like this in the claim; they are not listed."
        if count <= _MOST_ALIKE + 1:
            where = f"CLM {self._ordinal} ({shown(element(self._clm, 1))})"
            where = f"{where}, segment {self._first + position}"
            self._findings.append(Finding(code, where, message))
