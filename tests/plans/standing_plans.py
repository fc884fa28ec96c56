"""A plan that stands, as its own feature would have written it down: version, lines, rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import update

from portal.db import Database, Principal, practice_of
from portal.domain.journal import Target
from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.schedule import equal_parts, numbered
from portal.domain.plans.states import PlanState
from portal.domain.plans.versions import first_version
from portal.ledger.plan_cover import LineToCover, cover, uncover
from portal.plans.models import Plan
from portal.plans.moves import move_plan_to
from portal.plans.store import write_plan, write_version
from tests.plans.agreed_plans import consent_to

AGREED_AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
MONTHLY = (date(2026, 4, 3), date(2026, 5, 3), date(2026, 6, 3), date(2026, 7, 3))


def make_plan(
    database: Database,
    practice_id: UUID,
    guarantor_id: UUID,
    lines: Mapping[Target, int],
    *,
    days: Sequence[date] = MONTHLY,
    apart: Mapping[Target, int] | None = None,
) -> UUID:
    """Active, without autopay, over these lines; equal installments, spare cents first.

    ``apart``: what of a line is on its way at a bank, beside what the plan covers of it.
    """
    version = first_version(
        numbered(days, equal_parts(sum(lines.values()), len(days)), first_number=1),
        cadence=cadence_from(Frequency.MONTHLY, first_on=days[0]),
        agreed_on=AGREED_AT.date(),
    )
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        plan = write_plan(
            session, version, guarantor_id=guarantor_id, is_by_staff=False, now=AGREED_AT
        )
        covers = [
            {"claim_id": str(one.claim_id), "charge_id": str(one.charge_id), "cents": cents}
            for one, cents in lines.items()
        ]
        write_version(session, plan, version, change="agreed", now=AGREED_AT, covers=covers)
        cover(
            session,
            plan.plan_id,
            [
                LineToCover(target, cents, (apart or {}).get(target, 0))
                for target, cents in lines.items()
            ],
            guarantor_id=guarantor_id,
        )
        consent_to(session, plan, version, today=AGREED_AT.date(), now=AGREED_AT)
        for state in (PlanState.PENDING_CONSENT, PlanState.ACTIVE):
            move_plan_to(session, plan, state, now=AGREED_AT)
        return plan.plan_id


def end_plan(database: Database, practice_id: UUID, plan_id: UUID, *, now: datetime) -> None:
    """It was canceled: what is left is asked for like anything else."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        uncover(session, plan_id, now=now)
        session.execute(
            update(Plan)
            .where(Plan.practice_id == practice_of(session), Plan.plan_id == plan_id)
            .values(state=PlanState.CANCELLED_BY_PATIENT.value, state_at=now, ended_at=now)
        )
