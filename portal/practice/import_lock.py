"""Whether a remittance is being imported into a practice: no statement is issued meanwhile.

An advisory lock of the transaction, exclusive for an import and shared by statements, so that it
ends with a crash of its holder, and an import waits for the statement that is being written.
"""

from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from portal.db import practice_of

_SPACE = 835  # keeps this lock apart from other advisory locks


def announce_import(connection: Connection, practice_id: UUID) -> None:
    """Hold the practice's statements back until this transaction ends; imports wait in turn."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(:space, hashtext(:practice))"),
        {"space": _SPACE, "practice": str(practice_id)},
    )


def import_is_running(session: Session) -> bool:
    """True while somebody imports. False also keeps imports waiting until this transaction ends."""
    shared = session.scalar(
        text("SELECT pg_try_advisory_xact_lock_shared(:space, hashtext(:practice))"),
        {"space": _SPACE, "practice": str(practice_of(session))},
    )
    return not shared
