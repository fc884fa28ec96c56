"""What a plan was before, version by version, and what each of them changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.plans.difference import RowChange, row_changes
from portal.domain.plans.schedule import Installment
from portal.plans.consents import consents_of
from portal.plans.models import Plan, PlanVersion
from portal.plans.store import version_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One version: when, by whom, why; ``changes`` of the one before. ``at`` is the practice's."""

    version: int
    at: datetime
    made_by: str  # patient, staff or job
    change: str
    changes: tuple[RowChange, ...]
    is_agreed: bool


def history_of(session: Session, plan: Plan, *, zone: ZoneInfo) -> tuple[HistoryRow, ...]:
    """Every version, the newest first."""
    versions = session.scalars(
        select(PlanVersion)
        .where(
            PlanVersion.practice_id == practice_of(session),
            PlanVersion.plan_id == plan.plan_id,
        )
        .order_by(PlanVersion.version)
    ).all()
    agreed = consents_of(session, plan.plan_id, versions)
    rows: list[HistoryRow] = []
    before: Sequence[Installment] = ()
    for version in versions:
        after = version_from_json(version.schedule).installments
        rows.append(
            HistoryRow(
                version=version.version,
                at=version.made_at.astimezone(zone),
                made_by=version.made_by.split(" ")[0],
                change=version.change,
                changes=row_changes(before, after) if before else (),
                is_agreed=version.version in agreed,
            )
        )
        before = after
    return tuple(reversed(rows))
