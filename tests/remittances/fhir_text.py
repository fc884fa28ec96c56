"""FHIR files as payers and practices send them, in the fewest elements that R4 asks for."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

Resource = dict[str, Any]

ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
GROUPS = "https://x12.org/codes/claim-adjustment-group-codes"
REASONS = "https://x12.org/codes/claim-adjustment-reason-codes"
_OF_HL7 = {"submitted", "eligible", "deductible", "copay", "benefit"}

AMOUNTS: dict[str, str] = {
    "submitted": "100.00",
    "eligible": "70.00",
    "copay": "20.00",
    "paidtoprovider": "50.00",
}
"""As the usual 835 claim of these tests decides: $30 contractual, $20 copay, $50 paid."""


def concept(code: str, system: str = "") -> Resource:
    return {"coding": [{"code": code} | ({"system": system} if system else {})]}


def money(amount: str, currency: str = "USD") -> Resource:
    """``amount`` stands in the file to the digit."""
    return {"value": f"@{amount}@", "currency": currency}


def adjudication(category: str, amount: str) -> Resource:
    system = ADJUDICATION if category in _OF_HL7 else C4BB
    return {"category": concept(category, system), "amount": money(amount)}


def adjudications(amounts: Mapping[str, str]) -> list[Resource]:
    return [adjudication(category, amount) for category, amount in amounts.items()]


def adjustment(group: str, reason: str, amount: str | None = None) -> Resource:
    """A reason with its group, as an 835 has it."""
    coding = [{"system": REASONS, "code": reason}]
    if group:
        coding.insert(0, {"system": GROUPS, "code": group})
    found: Resource = {"category": concept("adjustmentreason"), "reason": {"coding": coding}}
    return found | ({"amount": money(amount)} if amount is not None else {})


def item(
    amounts: Mapping[str, str] = AMOUNTS,
    *more: Resource,
    code: str = "99213",
    on: str = "2026-01-05",
) -> Resource:
    return {
        "sequence": 1,
        "productOrService": concept(code, "http://www.ama-assn.org/go/cpt"),
        "servicedDate": on,
        "adjudication": [*adjudications(amounts), *more],
    }


def eob(
    *items: Resource,
    number: str = "A1",
    icn: str = "ICN1",
    totals: Mapping[str, str] | None = None,
    **elements: Any,
) -> Resource:
    """An explanation of benefits; ``elements`` replace or, when None, take away."""
    found: Resource = {
        "resourceType": "ExplanationOfBenefit",
        "id": f"eob-{icn}",
        "identifier": [{"type": concept("uc"), "value": icn}],
        "status": "active",
        "type": concept("professional"),
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "created": "2026-02-01",
        "insurer": {"reference": "Organization/payer"},
        "provider": {"display": "Riverbend"},
        "outcome": "complete",
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/c1"}}],
        "item": list(items) or [item()],
    }
    if number:
        category = concept("patientaccountnumber")
        info = {"sequence": 1, "category": category, "valueString": number}
        found["supportingInfo"] = [info]
    if totals is not None:
        found["total"] = adjudications(totals)
    found |= elements
    return {name: value for name, value in found.items() if value is not None}


PATIENT: Resource = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123456789"},
        {"type": concept("MB"), "value": "W1"},
    ],
    "name": [{"family": "MARLOWE", "given": ["JUNE"]}],
    "birthDate": "1980-02-03",
}
PAYER: Resource = {
    "resourceType": "Organization",
    "id": "payer",
    "identifier": [{"type": concept("payerid"), "value": "87726"}],
    "name": "SAMPLE HEALTH PLAN",
}
COVERAGE: Resource = {
    "resourceType": "Coverage",
    "id": "c1",
    "status": "active",
    "beneficiary": {"reference": "Patient/p1"},
    "subscriberId": "W1",
    "relationship": concept("self"),
    "payor": [{"reference": "Organization/payer"}],
    "order": 1,
}
PEOPLE = (PATIENT, PAYER, COVERAGE)


def bundle(*resources: Resource, kind: str = "collection") -> Resource:
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": one} for one in resources],
    }


def told(*explanations: Resource) -> Resource:
    """A Bundle with the people that the explanations name."""
    return bundle(*PEOPLE, *explanations)


def written(content: Any) -> bytes:
    return re.sub(r'"@([^@"]*)@"', r"\1", json.dumps(content)).encode()


def lines(resources: Sequence[Resource]) -> bytes:
    """NDJSON."""
    return b"\n".join(map(written, resources)) + b"\n"


def read_back(content: Resource) -> Resource:
    """As a reader has it: decimals to the digit."""
    found: Resource = json.loads(written(content), parse_float=Decimal)
    return found
