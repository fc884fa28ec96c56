"""FHIR Patient, RelatedPerson, Organization and Coverage as the people and plans of a claim."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from portal.domain.remittance import Organization, Person
from portal.domain.sent_claim import SELF, PostalAddress, SentPerson, SentPlan
from portal.remittances.fhir.references import Reader
from portal.remittances.fhir.values import (
    codes,
    codings,
    day,
    identifier_of,
    identifiers,
    name_of,
    named,
    npi_of,
)

MEMBER_TYPES: Final = ("MB", "mb", "um", "MC", "mc", "MA")  # member, Medicare, Medicaid numbers
_PAYER_TYPES: Final = ("payerid", "PAYERID", "naiccode", "NIIP")
_NPI: Final = "XX"  # NM108, N103
_PAYER_NUMBER: Final = "PI"
_MEMBER: Final = "MI"
_FIRST, _LAST = 1, 11  # SBR01 knows eleven places in line
_RESPONSIBLE: Final = frozenset({"GUARD", "PRN", "MTH", "FTH", "NMTH", "NFTH", "guarantor"})

_FILING_INDICATORS: Mapping[str, str] = {
    # v3-ActCode of Coverage.type
    "WCBPOL": "WC",
    "AUTOPOL": "AM",
    "LIAB": "LM",
    "VET": "VA",
    "SUBSIDMC": "MC",
    "MEDICAID": "MC",
    "MEDICARE": "MB",
    # Source of payment typology (the first digits say whose program it is)
    "1": "MB",
    "2": "MC",
    "32": "VA",
    "95": "WC",
    "96": "AM",
}
_TYPOLOGY: Final = ("https://nahdo.org/sopt", "urn:oid:2.16.840.1.113883.3.221.5")
_RELATIONSHIPS: Mapping[str, str] = {
    "self": SELF,
    "spouse": "01",
    "child": "19",
    "parent": "G8",
    "common": "53",
    "other": "G8",
}


def patient_of(reader: Reader, reference: Any) -> SentPerson:
    """The patient a resource names; without a Patient in the file only what the reference says."""
    kind, found = reader.follow(reference, "Patient")
    if kind:
        return person_of(found)
    display = (reference.display if reference is not None else None) or ""
    stated = reference.identifier if reference is not None else None
    kept = identifiers([stated]) if stated is not None else []
    name = named(display)
    return SentPerson(
        replace(name, identifier=str(kept[0].value) if kept else "") if kept else name
    )


def person_of(found: Any) -> SentPerson:
    """A Patient or RelatedPerson."""
    member = identifier_of(found.identifier, *MEMBER_TYPES)
    name = name_of(found.name)
    return SentPerson(
        name=replace(name, identifier=member, identifier_qualifier=_MEMBER if member else ""),
        born_on=day(found.birthDate),
        address=_address_of(found.address),
    )


def _address_of(listed: Any) -> PostalAddress:
    for one in listed or ():
        if one.use != "old":
            return PostalAddress(
                line=" ".join(str(line) for line in one.line or () if line),
                city=one.city or "",
                state=one.state or "",
                postal_code=one.postalCode or "",
            )
    return PostalAddress()


def is_responsible(related: Any) -> bool:
    """A RelatedPerson who answers for the patient."""
    return any(not _RESPONSIBLE.isdisjoint(codes(one)) for one in related.relationship or ())


def payer_of(reader: Reader, reference: Any) -> Organization:
    """Who insures: the number it calls itself, and its name."""
    kind, found = reader.follow(reference, "Organization")
    if kind:
        number = identifier_of(found.identifier, *_PAYER_TYPES)
        return Organization(found.name or "", number, _PAYER_NUMBER if number else "")
    if reference is None:
        return Organization()
    kept = identifiers([reference.identifier]) if reference.identifier is not None else []
    number = str(kept[0].value) if kept else ""
    return Organization(reference.display or "", number, _PAYER_NUMBER if number else "")


def provider_of(reader: Reader, reference: Any) -> Organization:
    """Who was to be paid, with the NPI where one is stated."""
    kind, found = reader.follow(reference, "Organization", "Practitioner")
    if kind == "Organization":
        npi = npi_of(found.identifier)
        return Organization(found.name or "", npi, _NPI if npi else "")
    if kind:
        npi, person = npi_of(found.identifier), name_of(found.name)
        return Organization(
            f"{person.first_name} {person.last_name}".strip(), npi, _NPI if npi else ""
        )
    if reference is None:
        return Organization()
    npi = npi_of([reference.identifier]) if reference.identifier is not None else ""
    return Organization(reference.display or "", npi, _NPI if npi else "")


def rendering_of(reader: Reader, care_team: Any) -> Person | None:
    """Who treated: the care team's rendering or performing provider, else the primary one."""
    for roles in (frozenset({"rendering", "performing"}), frozenset({"primary"})):
        for one in care_team or ():
            if roles.isdisjoint(codes(one.role)):
                continue
            kind, found = reader.follow(one.provider, "Practitioner")
            if kind:
                return replace(name_of(found.name), identifier=npi_of(found.identifier))
            if not one.provider.reference and one.provider.display:
                return named(one.provider.display)
    return None


def plan_of(reader: Reader, reference: Any, *, patient: SentPerson) -> SentPlan:
    """The plan a claim names; rank None where the file does not say its place in line."""
    kind, found = reader.follow(reference, "Coverage")
    if not kind:
        display = (reference.display if reference is not None else None) or ""
        return SentPlan(None, Organization(name=display), patient)
    return plan_from(reader, found, patient=patient)


def plan_from(reader: Reader, found: Any, *, patient: SentPerson) -> SentPlan:
    """A Coverage."""
    _, holder = reader.follow(found.subscriber or found.policyHolder, "Patient", "RelatedPerson")
    relationships = [
        _RELATIONSHIPS[one] for one in codes(found.relationship) if one in _RELATIONSHIPS
    ]
    relationship = relationships[0] if relationships else ""
    is_self = relationship == SELF or holder is None
    subscriber = patient if is_self else person_of(holder)
    member = found.subscriberId or identifier_of(found.identifier, *MEMBER_TYPES)
    member = member or subscriber.name.identifier
    order = found.order
    return SentPlan(
        rank=order if order is not None and _FIRST <= order <= _LAST else None,
        payer=payer_of(reader, found.payor[0]) if found.payor else Organization(),
        subscriber=replace(
            subscriber,
            name=replace(
                subscriber.name,
                identifier=member or "",
                identifier_qualifier=_MEMBER if member else "",
            ),
        ),
        relationship=relationship,
        group_number=_group_number(found),
        filing_indicator=filing_indicator_of(found.type),
    )


def filing_indicator_of(concept: Any) -> str:
    """CLP06 as the kind of coverage says it; empty for what changes no rule."""
    for system, code in codings(concept):
        if system.startswith(_TYPOLOGY):
            for width in (2, 1):
                if code[:width] in _FILING_INDICATORS:
                    return _FILING_INDICATORS[code[:width]]
        elif code in _FILING_INDICATORS and not code.isdigit():
            return _FILING_INDICATORS[code]
    return ""


def _group_number(found: Any) -> str:
    # ``class`` is a word of Python: the model calls it class_fhir.
    for one in found.class_fhir or ():
        if "group" in codes(one.type):
            return str(one.value)
    return ""
