"""Whose name stands behind what is done about accounts, and the rows it leaves in the audit log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import recording
from portal.db import Database, Principal

ACCOUNT = "account"
ACCESS = "account_access"


def doorkeeper(practice_id: UUID) -> Principal:
    """The portal itself: an account's rows are read before anybody is signed in."""
    return Principal.job(practice_id, role="accounts")


def note_view(
    database: Database,
    who: Principal,
    object_kind: str,
    object_id: UUID | None,
    *,
    now: datetime,
    request_id: str,
) -> None:
    """A page about somebody was shown."""
    note_alone(
        database, who, "view", object_id, now=now, request_id=request_id, object_kind=object_kind
    )


def note_alone(
    database: Database,
    who: Principal,
    action: str,
    object_id: UUID | None,
    *,
    now: datetime,
    request_id: str,
    object_kind: str = ACCOUNT,
) -> None:
    """One audit row about what changes no row of the practice, or was refused."""
    with database.transaction(who) as session:
        note(
            session,
            who,
            action,
            object_id,
            now=now,
            request_id=request_id,
            object_kind=object_kind,
        )


def note(
    session: Session,
    who: Principal,
    action: str,
    object_id: UUID | None,
    *,
    now: datetime,
    request_id: str,
    object_kind: str = ACCOUNT,
    guarantor_id: UUID | None = None,
) -> None:
    """One audit row, by ``who`` and not by the doorkeeper whose transaction it is."""
    session.execute(
        recording(
            who,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            guarantor_id=guarantor_id or who.guarantor_id,
            now=now,
            request_id=request_id,
        )
    )
