"""One item of a FHIR Claim or ExplanationOfBenefit: which service, on which days, how many."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from portal.remittances.fhir.values import codings, day, period

_MOST_MODIFIERS: Final = 4
_REVENUE_ONLY: Final = "NU"
_QUALIFIERS: Mapping[str, str] = {
    "http://www.ama-assn.org/go/cpt": "HC",
    "urn:oid:2.16.840.1.113883.6.12": "HC",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "HC",
    "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes": "HC",
    "urn:oid:2.16.840.1.113883.6.285": "HC",
    "http://www.ada.org/cdt": "AD",
    "http://terminology.hl7.org/CodeSystem/cdt-ada-codes": "AD",
    "http://hl7.org/fhir/sid/ndc": "N4",
    "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/"
    "HIPPSCodes": "HP",
}
_NO_CODE: Final = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_REVENUE: Final = "https://www.nubc.org/CodeSystem/RevenueCodes"


def procedure_of(item: Any) -> tuple[str, str]:
    """SVC01-1 and 01-2. A code of a list we do not know is kept as HC, as payers write it."""
    listed = [one for one in codings(item.productOrService) if one[0] != _NO_CODE]
    for system, code in listed:
        if system in _QUALIFIERS:
            return _QUALIFIERS[system], code
    if listed:
        return "HC", listed[0][1]
    revenue = revenue_code_of(item)
    return (_REVENUE_ONLY, revenue) if revenue else ("", "")


def revenue_code_of(item: Any) -> str:
    listed = list(codings(getattr(item, "revenue", None)))
    official = [code for system, code in listed if system == _REVENUE]
    return next(iter(official), listed[0][1] if listed else "")


def modifiers_of(item: Any) -> tuple[str, ...]:
    found = [code for one in item.modifier or () for _, code in list(codings(one))[:1]]
    return tuple(found[:_MOST_MODIFIERS])


def days_of(item: Any) -> tuple[date | None, date | None]:
    """First and last day of service."""
    if item.servicedDate is not None:
        on = day(item.servicedDate)
        return on, on
    first, last = period(item.servicedPeriod)
    return first, last or first


def units_of(item: Any) -> str:
    """SVC05."""
    value = item.quantity.value if item.quantity is not None else None
    return f"{value.normalize():f}" if value is not None and abs(value.adjusted()) < _WIDTH else ""


_WIDTH: Final = 12
