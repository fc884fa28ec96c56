"""Ana's payment plan, over a visit that no statement has asked for."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.db import Database, Principal, new_id
from portal.domain.journal import Target
from portal.domain.plans.cadence import Frequency, cadence_from
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.policy_file import policy_to_mapping
from portal.domain.plans.schedule import schedule
from portal.domain.plans.states import PlanState
from portal.domain.plans.versions import first_version
from portal.ledger.plan_cover import covered_targets, shares_beside_plans
from portal.plans.models import PlanPolicyVersion, PlanRequest
from portal.plans.moves import move_plan_to
from portal.plans.store import write_plan, write_version
from portal.practice.models import Patient
from tests.payments.owing import owe
from tests.plans.agreed_plans import agree_to_plan


def offer_a_plan(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> None:
    """One of six payments that staff offered, for nothing that is open any more."""
    cadence = cadence_from(Frequency.MONTHLY, first_on=now.date() + timedelta(days=20))
    parts = schedule(30_000, count=6, cadence=cadence, agreed_on=now.date())
    version = first_version(parts, cadence=cadence, agreed_on=now.date())
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        plan = write_plan(session, version, guarantor_id=guarantor_id, is_by_staff=True, now=now)
        write_version(session, plan, version, change="offered", now=now, covers=[])
        move_plan_to(session, plan, PlanState.PENDING_CONSENT, now=now)


def ask_for_a_plan(
    database: Database, practice_id: UUID, guarantor_id: UUID, plan_id: UUID, *, now: datetime
) -> None:
    """Staff asked a manager for other terms of that plan: once it was allowed, once it waits."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        for count, decided_by in ((3, None), (2, new_id())):
            session.add(
                PlanRequest(
                    practice_id=practice_id,
                    request_id=new_id(),
                    plan_id=plan_id,
                    guarantor_id=guarantor_id,
                    kind="terms",
                    document={
                        "count": count,
                        "frequency": "monthly",
                        "first_on": (now.date() + timedelta(days=20)).isoformat(),
                    },
                    reason="Asked by phone",
                    asked_at=now,
                    asked_by=new_id(),
                    decision="approved" if decided_by else "waiting",
                    decided_at=now if decided_by else None,
                    decided_by=decided_by,
                )
            )
        session.add(
            PlanPolicyVersion(
                practice_id=practice_id,
                policy_id=new_id(),
                version=1,
                in_force_on=now.date() + timedelta(days=365),
                document=policy_to_mapping(PlanPolicy()),
                made_at=now,
                made_by="Jo Kim",
                reason="As before",
            )
        )


def an_open_visit(database: Database, practice_id: UUID, guarantor_id: UUID) -> UUID:
    """The largest visit that could join a plan, or begin one."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        covered = covered_targets(session, guarantor_id)
        asked: dict[UUID, int] = {}
        for one in shares_beside_plans(session, guarantor_id):
            if Target(one.claim_id, one.charge_id) not in covered:
                asked[one.claim_id] = asked.get(one.claim_id, 0) + one.open_cents
        return max(asked, key=lambda claim_id: asked[claim_id])


def plan_a_visit(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> UUID:
    """80.00 in four payments, the first past due."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        patient_id = session.scalars(
            select(Patient.patient_id)
            .where(Patient.practice_id == practice_id, Patient.guarantor_id == guarantor_id)
            .order_by(Patient.patient_id)
        ).first()
    assert patient_id is not None
    owed = owe(
        database,
        practice_id,
        guarantor_id,
        patient_id,
        claim_number="PLANNED-1",
        service_on=date(2026, 2, 2),
        cents=8_000,
    )
    return agree_to_plan(
        database,
        practice_id,
        guarantor_id,
        {owed.target: owed.cents},
        count=4,
        first_on=now.date() - timedelta(days=10),
        today=now.date() - timedelta(days=40),
        now=now,
    )
