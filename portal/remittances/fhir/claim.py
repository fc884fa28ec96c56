"""FHIR Claim: what the practice billed, as an 837 tells it.

The number (CLM01) is the first identifier, else the id of the resource. A cancelled claim is a void
(CLM05-3 8), one that replaces another a replacement (7). A diagnosis is kept for the payers' sake.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from portal.domain.money import AmountError
from portal.domain.remittance import Finding
from portal.domain.sent_claim import (
    ORIGINAL_REFERENCE,
    Diagnosis,
    SentClaim,
    SentDate,
    SentLine,
    SentPerson,
    SentPlan,
)
from portal.remittances.fhir.documents import Resource
from portal.remittances.fhir.household import responsible_by_patient
from portal.remittances.fhir.people import (
    patient_of,
    payer_of,
    plan_of,
    provider_of,
    rendering_of,
)
from portal.remittances.fhir.references import Library, Reader
from portal.remittances.fhir.services import (
    days_of,
    modifiers_of,
    procedure_of,
    revenue_code_of,
    units_of,
)
from portal.remittances.fhir.values import (
    CurrencyError,
    ResourceError,
    cents,
    codes,
    codings,
    first_identifier,
    has_code,
    money,
    period,
    product,
    require_dollars,
)
from portal.remittances.findings import FindingCode

KIND: Final = "Claim"

_ORIGINAL, _REPLACEMENT, _VOID = "1", "7", "8"  # CLM05-3
_TAKEN_BACK: Final = frozenset({"cancelled", "entered-in-error"})
_REPLACES: Final = frozenset({"replaces"})
_STATEMENT: Final = "434"
_ICD_10: Final = ("http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.90")
_PRINCIPAL, _FURTHER = "ABK", "ABF"


def read_claims(resources: Sequence[Resource], library: Library) -> Iterator[SentClaim | Finding]:
    """Every claim among the resources, in file order; one that bills nothing is a finding."""
    responsible = responsible_by_patient(resources, library)
    for number, resource in enumerate(resources, start=1):
        if resource.kind != KIND:
            continue
        try:
            found = library.model(resource)
        except ResourceError as error:
            yield _unreadable(resource, number, str(error))
            continue
        if found.status == "draft":
            message = "It is a draft that was not sent: it was left out."
            yield Finding(FindingCode.RESOURCE_LEFT_OUT, resource.where, message)
            continue
        reader = Reader(library, resource)
        claim = _Reading(reader, found, number).claim()
        patient = library.name_of(found.patient.reference or "")
        yield replace(claim, responsible=responsible.get(patient))


class _Reading:
    """One resource being read."""

    def __init__(self, reader: Reader, found: Any, number: int) -> None:
        self._reader, self._found, self._number = reader, found, number

    def claim(self) -> SentClaim:
        found, reader = self._found, self._reader
        patient = patient_of(reader, found.patient)
        plans = self._plans(patient)
        plan = plans[0] if plans else SentPlan(None, subscriber=patient)
        if not plan.payer.name and not plan.payer.identifier:
            plan = replace(plan, payer=payer_of(reader, found.insurer))
        lines = tuple(self._line(n, item) for n, item in enumerate(found.item or (), start=1))
        replaced = self._replaced()
        number = first_identifier(found.identifier) or reader.resource.resource_id
        claim = SentClaim(
            number=number,
            charge_cents=self._charge(lines),
            patient=patient,
            plan=plan,
            billing_provider=provider_of(reader, found.provider),
            rendering_provider=rendering_of(reader, found.careTeam),
            other_plans=tuple(plans[1:]),
            place_of_service=self._place(),
            frequency=self._frequency(is_replacement=replaced is not None),
            is_predetermination=found.use != "claim",
            references=((ORIGINAL_REFERENCE, replaced),) if replaced else (),
            dates=self._dates(),
            diagnoses=self._diagnoses(),
            lines=lines,
            segment_number=self._number,
        )
        if not number:
            reader.note(FindingCode.NUMBER_MISSING, "The claim has no number of its own.")
        if not lines:
            reader.note(FindingCode.LINES_MISSING, "The claim has no items.")
        if not claim.balances:
            message = "The total of the claim is not the sum of its items."
            reader.note(FindingCode.LINES_DIFFER_FROM_CLAIM, message)
        return replace(claim, findings=tuple(reader.findings))

    def _plans(self, patient: SentPerson) -> list[SentPlan]:
        """The focal one first: that is whom the claim went to."""
        listed = sorted(self._found.insurance or (), key=lambda one: not one.focal)
        plans = [plan_of(self._reader, one.coverage, patient=patient) for one in listed]
        if len(plans) == 1 and plans[0].rank is None:
            plans[0] = replace(plans[0], rank=1)  # the only one there is
        return plans

    def _charge(self, lines: tuple[SentLine, ...]) -> int:
        if self._found.total is None:
            return sum(line.charge_cents for line in lines)
        return self._amount(lambda: money(self._found.total), "total") or 0

    def _line(self, position: int, item: Any) -> SentLine:
        qualifier, code = procedure_of(item)
        first, last = days_of(item)
        pointers = tuple(int(one) for one in item.diagnosisSequence or () if one)
        return SentLine(
            number=position,
            qualifier=qualifier,
            code=code,
            modifiers=modifiers_of(item),
            charge_cents=self._amount(lambda: _charge_of(item), f"item {position}") or 0,
            revenue_code=revenue_code_of(item),
            units=units_of(item),
            pointers=pointers,
            service_from=first,
            service_to=last,
        )

    def _amount(self, read: Any, where: str) -> int | None:
        """Cents; None with a finding where there is none, or not in whole cents of US dollars."""
        try:
            found: int | None = read()
        except AmountError:
            message = f"The amount of {where} is not in whole cents, and nothing is rounded."
            self._reader.note(FindingCode.AMOUNT_UNREADABLE, message)
            return None
        except CurrencyError as error:
            message = f"The amount of {where} is in {error}, not in US dollars."
            self._reader.note(FindingCode.AMOUNT_UNREADABLE, message)
            return None
        if found is None:
            self._reader.note(FindingCode.AMOUNT_MISSING, f"{where} has no amount.")
        elif found < 0:
            self._reader.note(FindingCode.AMOUNT_NEGATIVE, f"The amount of {where} is below zero.")
        return found

    def _frequency(self, *, is_replacement: bool) -> str:
        if self._found.status in _TAKEN_BACK:
            return _VOID
        return _REPLACEMENT if is_replacement else _ORIGINAL

    def _replaced(self) -> str | None:
        """The payer's number of the claim that this one replaces, which may be unknown."""
        for one in self._found.related or ():
            if has_code(one.relationship, _REPLACES):
                return first_identifier([one.reference] if one.reference is not None else ())
        return None

    def _dates(self) -> tuple[SentDate, ...]:
        first, last = period(self._found.billablePeriod)
        return (SentDate(_STATEMENT, first, last or first),) if first else ()

    def _place(self) -> str:
        for item in self._found.item or ():
            for code in sorted(codes(item.locationCodeableConcept)):
                return code
        return ""

    def _diagnoses(self) -> tuple[Diagnosis, ...]:
        found: list[Diagnosis] = []
        for one in self._found.diagnosis or ():
            listed = list(codings(one.diagnosisCodeableConcept))
            code = next((code for system, code in listed if system.startswith(_ICD_10)), "")
            if code:
                found.append(Diagnosis(_FURTHER if found else _PRINCIPAL, code))
        return tuple(found)


def _charge_of(item: Any) -> int | None:
    """What the item costs: stated, or price times quantity where that is exact."""
    if item.net is not None:
        return money(item.net)
    if item.unitPrice is None:
        return None
    require_dollars(item.unitPrice)
    quantity = item.quantity.value if item.quantity is not None else None
    factors = (item.unitPrice.value, quantity, item.factor)
    return cents(product(*(one for one in factors if one is not None)))


def _unreadable(resource: Resource, number: int, message: str) -> SentClaim:
    finding = Finding(FindingCode.RESOURCE_UNREADABLE, resource.where, message)
    broken = Finding(FindingCode.LEVEL_BROKEN, resource.where, message)
    return SentClaim(
        number=resource.resource_id,
        charge_cents=0,
        patient=SentPerson(),
        plan=SentPlan(None),
        segment_number=number,
        findings=(finding, broken),
    )
