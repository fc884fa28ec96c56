"""Writing the audit log: one row for each view, search, send, payment, sign-in or change."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Insert, Table, insert
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.db import Principal, new_id, principal_of

_TABLE: Table = AuditEvent.__table__  # type: ignore[assignment]  # SQLAlchemy says FromClause
_INSERT = insert(_TABLE)


def record(
    session: Session,
    *,
    action: str,
    object_kind: str,
    object_id: UUID | None,
    guarantor_id: UUID | None,
    now: datetime,
    request_id: str,
) -> None:
    """Add a row to the transaction of what it tells about: who is the transaction's principal.

    ``action`` is a word such as ``view``, never a value that was seen or searched for. Whoever may
    act may write, but only staff may read: so the insert returns nothing.
    """
    row = _row(
        principal_of(session),
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
    session.execute(_INSERT, row)


def recording(
    principal: Principal,
    *,
    action: str,
    object_kind: str,
    object_id: UUID | None,
    guarantor_id: UUID | None,
    now: datetime,
    request_id: str,
) -> Insert:
    """The statement of ``record``, for whoever has no session."""
    return _INSERT.values(
        _row(
            principal,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
    )


def _row(
    principal: Principal,
    *,
    action: str,
    object_kind: str,
    object_id: UUID | None,
    guarantor_id: UUID | None,
    now: datetime,
    request_id: str,
) -> dict[str, object]:
    return {
        "practice_id": principal.practice_id,
        "event_id": new_id(),
        "occurred_at": now,
        "actor_kind": principal.kind.value,
        "actor_id": principal.actor_id,
        "actor_role": principal.role,
        "action": action,
        "guarantor_id": guarantor_id,
        "object_kind": object_kind,
        "object_id": object_id,
        "request_id": request_id,
    }
