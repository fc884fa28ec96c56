"""Reads visits of statements that were issued in version 1; nothing writes it any more.

It knew the plans only by name, what they paid only in sum, of their answers only the share.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from portal.domain.remittance import PATIENT_RESPONSIBILITY
from portal.domain.statement import (
    AnsweredAmount,
    Figures,
    PendingVisit,
    PlanAnswer,
    PlanDecision,
    Share,
    StatementLine,
    TakenOff,
    Visit,
)

_BETWEEN_PAYERS = " + "


def visit_of_version_1(content: Mapping[str, Any]) -> Visit:
    """Its decisions have no days, and say nothing of what each plan did."""
    payer_names = [name for name in content["payer_name"].split(_BETWEEN_PAYERS) if name]
    lines = tuple(_line(line, payer_names) for line in content["lines"])
    paid_cents = sum(line.figures.plan_paid_cents for line in lines)
    share_cents = sum(share.amount_cents for line in lines for share in line.shares)
    return Visit(
        claim_id=UUID(content["claim_id"]),
        claim_number=content["claim_number"],
        patient_first_name=content["patient_first_name"],
        service_on=_day(content["service_on"]),
        provider_name=content["provider_name"],
        place_name=content["place_name"],
        lines=lines,
        decisions=(PlanDecision(payer_names[0], None, paid_cents, share_cents),)
        if len(payer_names) == 1
        else (),
    )


def pending_of_version_1(content: Mapping[str, Any]) -> PendingVisit:
    """A visit that insurance was deciding, and nothing else was known."""
    return PendingVisit(
        patient_first_name=content["patient_first_name"],
        service_on=_day(content["service_on"]),
        provider_name=content["provider_name"],
        payer_name=content["payer_name"],
    )


def _line(content: Mapping[str, Any], payer_names: list[str]) -> StatementLine:
    charge_id = content["charge_id"]
    figures = Figures(**content["figures"])
    shares = tuple(Share(**share) for share in content["shares"])
    answer = PlanAnswer(
        payer_name=payer_names[0] if len(payer_names) == 1 else "",
        paid_cents=figures.plan_paid_cents,
        amounts=tuple(
            AnsweredAmount(PATIENT_RESPONSIBILITY, share.reason, share.amount_cents)
            for share in shares
        ),
    )
    return StatementLine(
        charge_id=None if charge_id is None else UUID(charge_id),
        service_kind=content["service_kind"],
        procedure_code=content["procedure_code"],
        figures=figures,
        shares=shares,
        taken_off=_taken_off(content["taken_off_reasons"], figures.taken_off_cents),
        answers=(answer,) if payer_names else (),
    )


def _taken_off(kinds: list[str], cents: int) -> tuple[TakenOff, ...]:
    """Several classes were added up: the first stands for them."""
    return (TakenOff(kinds[0] if kinds else "contractual", cents),) if cents else ()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
