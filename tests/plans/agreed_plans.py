"""A plan as it is after somebody agreed to it, written down by the store itself."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.db import Database, Principal, new_id
from portal.domain.journal import Target
from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.schedule import schedule
from portal.domain.plans.states import PlanState
from portal.domain.plans.versions import PlanVersion, first_version
from portal.ledger.plan_cover import LineToCover, cover
from portal.plans.models import Plan, PlanConsent
from portal.plans.moves import move_plan_to
from portal.plans.store import hash_of, write_plan, write_version


def agree_to_plan(
    database: Database,
    practice_id: UUID,
    guarantor_id: UUID,
    lines: Mapping[Target, int],
    *,
    count: int,
    first_on: date,
    today: date,
    now: datetime,
    method_id: UUID | None = None,
    frequency: Frequency = Frequency.MONTHLY,
) -> UUID:
    """Active over these lines; equal installments from a day on. ``method_id``: autopay."""
    cents = sum(lines.values())
    cadence = cadence_from(frequency, first_on=first_on)
    parts = schedule(cents, count=count, cadence=cadence, agreed_on=today)
    version = first_version(parts, cadence=cadence, agreed_on=today)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        plan = write_plan(session, version, guarantor_id=guarantor_id, is_by_staff=False, now=now)
        covers = [LineToCover(target, part) for target, part in lines.items()]
        kept = [
            {
                "claim_id": str(line.target.claim_id),
                "charge_id": str(line.target.charge_id) if line.target.charge_id else None,
                "cents": line.covered_cents,
            }
            for line in covers
        ]
        write_version(session, plan, version, change="offered", now=now, covers=kept)
        move_plan_to(session, plan, PlanState.PENDING_CONSENT, now=now)
        plan.method_id = method_id
        consent_to(session, plan, version, today=today, now=now)
        cover(session, plan.plan_id, covers, guarantor_id=guarantor_id)
        move_plan_to(session, plan, PlanState.ACTIVE, now=now, detail="agreed")
        return plan.plan_id


def consent_to(
    session: Session, plan: Plan, version: PlanVersion, *, today: date, now: datetime
) -> None:
    """To a version as it is; the plan may count from now on."""
    consent_id = new_id()
    session.flush()
    session.execute(
        insert(PlanConsent).values(
            practice_id=plan.practice_id,
            consent_id=consent_id,
            plan_id=plan.plan_id,
            guarantor_id=plan.guarantor_id,
            kind="online",
            text_version=1,
            language="en",
            sentences=["I agree."],
            schedule_hash=hash_of(version),
            given_at=now,
            given_by="patient",
            address_hash=b"hash",
            way="charged" if plan.method_id else "by_hand",
            method_id=plan.method_id,
        )
    )
    plan.consent_id, plan.consented_on, plan.activated_at = consent_id, today, now
