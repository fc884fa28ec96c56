"""A statement document as JSON and back, exactly; a frozen one must be readable for ever.

A change of shape gets a new version and a reader for the old one; what was issued is not rewritten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from portal.domain.statement import (
    Figures,
    PendingVisit,
    Share,
    StatementDocument,
    StatementLine,
    Visit,
)

DOCUMENT_VERSION = 1


class UnknownDocumentError(ValueError):
    """A document of a version that this code cannot read."""


def to_json(document: StatementDocument) -> dict[str, Any]:
    """Plain values only; dates are ISO 8601, amounts integer cents."""
    plain = _plain(asdict(document))
    if not isinstance(plain, dict):
        raise TypeError(plain)
    return plain


def from_json(content: Mapping[str, Any], *, version: int) -> StatementDocument:
    """The document as it was issued. Raises UnknownDocumentError for a version of the future."""
    if version != DOCUMENT_VERSION:
        raise UnknownDocumentError(f"no reader for version {version} of a statement")
    return StatementDocument(
        number=content["number"],
        issued_on=date.fromisoformat(content["issued_on"]),
        due_on=date.fromisoformat(content["due_on"]),
        as_of=date.fromisoformat(content["as_of"]),
        guarantor_name=content["guarantor_name"],
        account_number=content["account_number"],
        visits=tuple(_visit(visit) for visit in content["visits"]),
        pending=tuple(_pending(visit) for visit in content["pending"]),
        previous_amount_due_cents=content["previous_amount_due_cents"],
        payments_since_cents=content["payments_since_cents"],
        unapplied_credit_cents=content["unapplied_credit_cents"],
    )


def _visit(content: Mapping[str, Any]) -> Visit:
    return Visit(
        claim_id=UUID(content["claim_id"]),
        claim_number=content["claim_number"],
        patient_first_name=content["patient_first_name"],
        service_on=_day(content["service_on"]),
        provider_name=content["provider_name"],
        place_name=content["place_name"],
        payer_name=content["payer_name"],
        lines=tuple(_line(line) for line in content["lines"]),
    )


def _line(content: Mapping[str, Any]) -> StatementLine:
    charge_id = content["charge_id"]
    return StatementLine(
        charge_id=None if charge_id is None else UUID(charge_id),
        service_kind=content["service_kind"],
        procedure_code=content["procedure_code"],
        figures=Figures(**content["figures"]),
        shares=tuple(Share(**share) for share in content["shares"]),
        taken_off_reasons=tuple(content["taken_off_reasons"]),
    )


def _pending(content: Mapping[str, Any]) -> PendingVisit:
    return PendingVisit(
        patient_first_name=content["patient_first_name"],
        service_on=_day(content["service_on"]),
        provider_name=content["provider_name"],
        payer_name=content["payer_name"],
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _plain(value: object) -> object:
    """What JSON can hold, with nothing lost on the way."""
    match value:
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case str():
            return str(value)
        case Sequence():
            return [_plain(item) for item in value]
        case _:
            return value
