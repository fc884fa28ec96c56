"""The audit log's rows about plans: of one, or of all that somebody has."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record


def note(
    session: Session,
    action: str,
    guarantor_id: UUID,
    plan_id: UUID | None,
    *,
    now: datetime,
    request_id: str,
) -> None:
    """``plan_id`` None: about the person."""
    record(
        session,
        action=action,
        object_kind="plan" if plan_id else "guarantor",
        object_id=plan_id or guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
