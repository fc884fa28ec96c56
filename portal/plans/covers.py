"""What a version of a plan says it covers: written with it, and read for copies and offers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import Target
from portal.ledger.plan_cover import CoveredPlan, LineToCover
from portal.plans.models import Plan, PlanVersion


def as_covers(lines: Iterable[LineToCover]) -> list[dict[str, Any]]:
    """Of lines that a plan takes in."""
    return _written({line.target: line.covered_cents for line in lines})


def covers_of(cover: CoveredPlan) -> list[dict[str, Any]]:
    """Of lines as they stand: no more than was paid on them and is left."""
    return _written(
        {
            line.target: min(line.covered_cents, line.paid_cents + line.left_cents)
            for line in cover.lines
        }
    )


def covers_now(session: Session, plan: Plan) -> list[dict[str, Any]]:
    """What the version that holds says."""
    return list(
        session.scalars(
            select(PlanVersion.covers).where(
                PlanVersion.practice_id == practice_of(session),
                PlanVersion.plan_id == plan.plan_id,
                PlanVersion.version == plan.version,
            )
        ).one()
    )


def from_covers(kept: Sequence[Mapping[str, Any]]) -> dict[Target, int]:
    """What was written."""
    return {
        Target(UUID(one["claim_id"]), UUID(one["charge_id"]) if one["charge_id"] else None): one[
            "cents"
        ]
        for one in kept
    }


def _written(lines: Mapping[Target, int]) -> list[dict[str, Any]]:
    return [
        {
            "claim_id": str(target.claim_id),
            "charge_id": str(target.charge_id) if target.charge_id else None,
            "cents": cents,
        }
        for target, cents in lines.items()
    ]
