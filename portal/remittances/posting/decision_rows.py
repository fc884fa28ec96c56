"""A decision that staff had made again, as rows: what the importer loads by COPY, one by one."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.remittance import Adjustment
from portal.practice.decisions import AdjudicatedLine, AdjustmentRow
from portal.practice.decisions import Adjudication as AdjudicationRow
from portal.practice.models import Charge, Claim
from portal.remittances.posting.batch import WITH_LINES
from portal.remittances.posting.decision_facts import facts_of
from portal.remittances.quarantine.set_aside import DecidedAgain

_WHOLE_CLAIM = 0


def write_decision(
    session: Session, again: DecidedAgain, *, payer_id: UUID, decided_on: date
) -> None:
    """The decision with its lines, and the charges it shows; not its holds and entries."""
    decision, known = again.decision, again.known
    whose = {
        "practice_id": practice_of(session),
        "guarantor_id": decision.position.guarantor_id,
    }
    charges = [whose | row for row in _charges(again)]
    if charges:
        session.execute(insert(Charge).values(charges))
    session.execute(
        insert(AdjudicationRow).values(
            whose | _adjudication(again, payer_id=payer_id, decided_on=decided_on)
        )
    )
    if decision.adjudication.outcome in WITH_LINES:
        lines = [whose | row for row in _lines(again)]
        if lines:
            session.execute(insert(AdjudicatedLine).values(lines))
        adjustments = [whose | row for row in _adjustments(again)]
        if adjustments:
            session.execute(insert(AdjustmentRow).values(adjustments))
    session.execute(
        update(Claim)
        .where(Claim.practice_id == practice_of(session), Claim.claim_id == known.claim_id)
        .values(charge_cents=decision.position.charge_cents or known.charge_cents)
    )


def _charges(again: DecidedAgain) -> Iterator[dict[str, Any]]:
    for one in again.decision.new_charges:
        yield {
            "charge_id": one.charge_id,
            "claim_id": again.known.claim_id,
            "line_number": one.number,
            "control_number": one.control_number,
            "procedure_qualifier": one.qualifier,
            "procedure_code": one.code,
            "modifiers": list(one.modifiers),
            "service_on": one.service_on,
            "charge_cents": one.charge_cents,
        }


def _adjudication(again: DecidedAgain, *, payer_id: UUID, decided_on: date) -> dict[str, Any]:
    one = again.decision.adjudication
    return {
        "adjudication_id": one.adjudication_id,
        "claim_id": again.known.claim_id,
        "remittance_id": one.remittance_id,
        "payer_id": payer_id,
        "rank": one.rank,
        "status": again.claim.status,
        "payer_control_number": one.payer_control_number,
        "trace_number": one.trace_number,
        "charge_cents": one.charge_cents,
        "paid_cents": one.paid_cents,
        "responsibility_cents": again.claim.responsibility_cents,
        "remarks": list(again.claim.remarks),
        "disposition": one.outcome.value,
        "voids_id": one.voids,
        "decided_on": decided_on,
        "facts": facts_of(one),
    }


def _lines(again: DecidedAgain) -> Iterator[dict[str, Any]]:
    """Claim-level adjustments stand on line 0."""
    head = {"adjudication_id": again.decision.adjudication.adjudication_id}
    claim = again.claim
    if claim.adjustments:
        yield head | {
            "line_number": _WHOLE_CLAIM,
            "charge_id": None,
            "procedure_code": "",
            "charge_cents": 0,
            "paid_cents": 0,
            "allowed_cents": None,
            "remarks": [],
        }
    charge_ids = again.decision.charge_ids or (None,) * len(claim.lines)
    for number, (one, charge_id) in enumerate(zip(claim.lines, charge_ids, strict=True), start=1):
        yield head | {
            "line_number": number,
            "charge_id": charge_id,
            "procedure_code": one.code,
            "charge_cents": one.charge_cents,
            "paid_cents": one.paid_cents,
            "allowed_cents": one.allowed_cents,
            "remarks": list(one.remarks),
        }


def _adjustments(again: DecidedAgain) -> Iterator[dict[str, Any]]:
    adjudication_id = again.decision.adjudication.adjudication_id
    yield from _of_line(adjudication_id, _WHOLE_CLAIM, again.claim.adjustments)
    for number, line in enumerate(again.claim.lines, start=1):
        yield from _of_line(adjudication_id, number, line.adjustments)


def _of_line(
    adjudication_id: UUID, line_number: int, adjustments: Sequence[Adjustment]
) -> Iterator[dict[str, Any]]:
    for position, one in enumerate(adjustments, start=1):
        yield {
            "adjudication_id": adjudication_id,
            "line_number": line_number,
            "position": position,
            "group_code": one.group,
            "reason_code": one.reason,
            "amount_cents": one.amount_cents,
            "quantity": one.quantity,
        }
