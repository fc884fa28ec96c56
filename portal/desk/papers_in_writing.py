"""Payment plans' agreements that have to go by mail: their law asks for them in writing.

Who has agreed to get papers electronically (15 USC 7001(c)) has theirs on the plan's page. For
everybody else each agreement becomes one task: staff print it and mail it.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.domain.paper_delivery import DocumentKind, may_go_electronically
from portal.plans.models import PlanConsent
from portal.plans.offering.terms import ONLINE, SPOKEN
from portal.practice.models import Task
from portal.practice.tasks import open_task
from portal.statements.delivery.queries import deliveries

PLAN_PAPER_TASK: Final = "plan_paper_to_mail"

_LOOKS_BACK: Final = timedelta(days=30)
_MESSAGE: Final = "Print the agreement of a payment plan and mail it."


def ask_for_papers(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """A task for each agreement since the last time; how many. Who signed on paper has a copy."""
    with database.transaction(Principal.job(practice_id, role="papers in writing")) as session:
        given = _agreed_lately(session, now=now)
        people = deliveries(session, {guarantor_id for _, guarantor_id in given})
        to_mail = [
            consent_id
            for consent_id, guarantor_id in given
            if not may_go_electronically(
                DocumentKind.PLAN_DISCLOSURE, people[guarantor_id].standing
            )
        ]
        for consent_id in to_mail:
            open_task(
                session, kind=PLAN_PAPER_TASK, subject_id=consent_id, message=_MESSAGE, now=now
            )
        return len(to_mail)


def _agreed_lately(session: Session, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Consents of which staff were not asked yet, and whose each is."""
    practice_id = practice_of(session)
    asked = select(Task.subject_id).where(
        Task.practice_id == practice_id, Task.kind == PLAN_PAPER_TASK
    )
    rows = session.execute(
        select(PlanConsent.consent_id, PlanConsent.guarantor_id)
        .where(
            PlanConsent.practice_id == practice_id,
            PlanConsent.kind.in_((ONLINE, SPOKEN)),
            PlanConsent.given_at > now - _LOOKS_BACK,
            PlanConsent.consent_id.not_in(asked),
        )
        .order_by(PlanConsent.consent_id)
    )
    return [(row.consent_id, row.guarantor_id) for row in rows]
