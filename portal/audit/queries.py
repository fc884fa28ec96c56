"""Reading the audit log: who looked at a person, and what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.db import practice_of


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row, newest first in a list."""

    occurred_at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_role: str
    action: str
    object_kind: str
    object_id: UUID | None


def who_looked(session: Session, guarantor_id: UUID, *, limit: int) -> Sequence[AuditEntry]:
    """What was seen and done about a guarantor, newest first. Staff and jobs only read it."""
    rows = session.execute(
        select(
            AuditEvent.occurred_at,
            AuditEvent.actor_kind,
            AuditEvent.actor_id,
            AuditEvent.actor_role,
            AuditEvent.action,
            AuditEvent.object_kind,
            AuditEvent.object_id,
        )
        .where(
            AuditEvent.practice_id == practice_of(session),
            AuditEvent.guarantor_id == guarantor_id,
        )
        .order_by(AuditEvent.occurred_at.desc(), AuditEvent.event_id.desc())
        .limit(limit)
    )
    return [AuditEntry(*row) for row in rows]
