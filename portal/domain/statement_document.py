"""A statement document as JSON and back, exactly; a frozen one must be readable for ever.

A change of shape gets a new version and a reader for the old one; what was issued is not rewritten.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from portal.domain.claim_journey import DecisionChange, JourneyStep, StepKind
from portal.domain.statement import (
    AnsweredAmount,
    CoveredVisit,
    Figures,
    PaymentPlanBlock,
    PendingReason,
    PendingVisit,
    PlanAnswer,
    PlanDecision,
    PlanReason,
    Share,
    StatementDocument,
    StatementLine,
    TakenOff,
    Visit,
)
from portal.domain.statement_changes import ChangeKind, StatementChange
from portal.domain.statement_version_1 import pending_of_version_1, visit_of_version_1

DOCUMENT_VERSION = 4
_BEFORE_PAYMENT_PLANS = 2
_BEFORE_CHANGES = 3


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
    if version not in _READERS:
        raise UnknownDocumentError(f"no reader for version {version} of a statement")
    read_visit, read_pending = _READERS[version]
    return StatementDocument(
        number=content["number"],
        issued_on=date.fromisoformat(content["issued_on"]),
        due_on=date.fromisoformat(content["due_on"]),
        as_of=date.fromisoformat(content["as_of"]),
        guarantor_name=content["guarantor_name"],
        account_number=content["account_number"],
        visits=tuple(read_visit(visit) for visit in content["visits"]),
        pending=tuple(read_pending(visit) for visit in content["pending"]),
        previous_amount_due_cents=content["previous_amount_due_cents"],
        payments_since_cents=content["payments_since_cents"],
        unapplied_credit_cents=content["unapplied_credit_cents"],
        moved_to_plans_cents=content.get("moved_to_plans_cents", 0),
        payment_plans=tuple(_payment_plan(one) for one in content.get("payment_plans", ())),
        since_last=_since_last(content.get("since_last")),
    )


def _since_last(content: Sequence[Mapping[str, Any]] | None) -> tuple[StatementChange, ...] | None:
    if content is None:
        return None
    return tuple(
        StatementChange(ChangeKind(one["kind"]), one["cents"], _id(one["claim_id"]))
        for one in content
    )


def _payment_plan(content: Mapping[str, Any]) -> PaymentPlanBlock:
    return PaymentPlanBlock(
        plan_id=UUID(content["plan_id"]),
        number=content["number"],
        paid_cents=content["paid_cents"],
        coming_cents=content["coming_cents"],
        left_cents=content["left_cents"],
        past_due_cents=content["past_due_cents"],
        next_on=_day(content["next_on"]),
        next_cents=content["next_cents"],
        visits=tuple(_covered_visit(one) for one in content["visits"]),
    )


def _covered_visit(content: Mapping[str, Any]) -> CoveredVisit:
    return CoveredVisit(
        claim_id=UUID(content["claim_id"]),
        patient_first_name=content["patient_first_name"],
        service_kinds=tuple(content["service_kinds"]),
        service_on=_day(content["service_on"]),
        provider_name=content["provider_name"],
        left_cents=content["left_cents"],
    )


def _visit(content: Mapping[str, Any]) -> Visit:
    return Visit(
        claim_id=UUID(content["claim_id"]),
        claim_number=content["claim_number"],
        patient_first_name=content["patient_first_name"],
        service_on=_day(content["service_on"]),
        provider_name=content["provider_name"],
        place_name=content["place_name"],
        lines=tuple(_line(line) for line in content["lines"]),
        decisions=tuple(_decision(one) for one in content["decisions"]),
        changes=tuple(_change(one) for one in content["changes"]),
        journey=_journey(content["journey"]),
        freed_credit_cents=content["freed_credit_cents"],
    )


def _line(content: Mapping[str, Any]) -> StatementLine:
    return StatementLine(
        charge_id=_id(content["charge_id"]),
        service_kind=content["service_kind"],
        procedure_code=content["procedure_code"],
        figures=Figures(**content["figures"]),
        shares=tuple(Share(**share) for share in content["shares"]),
        taken_off=tuple(TakenOff(**one) for one in content["taken_off"]),
        answers=tuple(_answer(answer) for answer in content["answers"]),
        description=content["description"],
    )


def _answer(content: Mapping[str, Any]) -> PlanAnswer:
    return PlanAnswer(
        payer_name=content["payer_name"],
        paid_cents=content["paid_cents"],
        amounts=tuple(AnsweredAmount(**one) for one in content["amounts"]),
        remarks=tuple(content["remarks"]),
    )


def _decision(content: Mapping[str, Any]) -> PlanDecision:
    decided = {"decided_on": _day(content["decided_on"]), "remarks": tuple(content["remarks"])}
    return PlanDecision(**{**content, **decided})


def _change(content: Mapping[str, Any]) -> DecisionChange:
    changed_on = date.fromisoformat(content["changed_on"])
    return DecisionChange(**{**content, "changed_on": changed_on})


def _journey(content: Sequence[Mapping[str, Any]]) -> tuple[JourneyStep, ...]:
    return tuple(
        JourneyStep(StepKind(step["kind"]), step["payer_name"], _day(step["on"]))
        for step in content
    )


def _pending(content: Mapping[str, Any]) -> PendingVisit:
    return PendingVisit(
        patient_first_name=content["patient_first_name"],
        service_on=_day(content["service_on"]),
        provider_name=content["provider_name"],
        payer_name=content["payer_name"],
        why=PendingReason(content["why"]),
        reasons=tuple(PlanReason(**one) for one in content["reasons"]),
        remarks=tuple(content["remarks"]),
        journey=_journey(content["journey"]),
        claim_id=_id(content.get("claim_id")),
    )


_READERS: Mapping[
    int,
    tuple[Callable[[Mapping[str, Any]], Visit], Callable[[Mapping[str, Any]], PendingVisit]],
] = {
    1: (visit_of_version_1, pending_of_version_1),
    _BEFORE_PAYMENT_PLANS: (_visit, _pending),
    _BEFORE_CHANGES: (_visit, _pending),
    DOCUMENT_VERSION: (_visit, _pending),
}
"""How each version is read: visits have changed their shape once.

Version 3 added payment plans; version 4 what an agency asks for, and what changed since the last.
"""


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


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
