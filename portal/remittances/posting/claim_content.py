"""What was read, as JSON: what is quarantined is kept whole until it is mended.

What is empty is left out.
"""

from dataclasses import fields
from datetime import date
from typing import Any

from portal.domain.remittance import (
    Adjustment,
    ClaimPayment,
    Finding,
    Organization,
    Person,
    ProviderAdjustment,
    RemittanceHeader,
    ServiceLine,
)
from portal.domain.sent_claim import (
    Diagnosis,
    PostalAddress,
    SentClaim,
    SentDate,
    SentLine,
    SentPerson,
    SentPlan,
)

_VALUES = (
    *(ClaimPayment, ServiceLine, Adjustment, Person, Organization, Finding),
    *(SentClaim, SentPlan, SentPerson, PostalAddress, SentLine, SentDate, Diagnosis),
)


def content_of(
    value: ClaimPayment | RemittanceHeader | ProviderAdjustment | SentClaim,
) -> dict[str, Any]:
    """Every element under its field's name; dates as ISO 8601."""
    return _object(value)


def _object(value: Any) -> dict[str, Any]:
    found = {one.name: getattr(value, one.name) for one in fields(value)}
    return {name: _json(inner) for name, inner in found.items() if inner not in (None, "", ())}


def _json(value: Any) -> Any:
    if isinstance(value, _VALUES):
        return _object(value)
    if isinstance(value, tuple):
        return [_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value
