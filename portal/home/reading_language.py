"""The language somebody is written to in: of pages, e-mails and papers alike."""

from datetime import datetime

from sqlalchemy import update

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.practice.models import Guarantor


def choose_language(
    database: Database, principal: Principal, language: str, *, now: datetime, request_id: str
) -> None:
    """Write it into the account; every message from now on is in it."""
    with database.transaction(principal) as session:
        session.execute(
            update(Guarantor)
            .where(
                Guarantor.practice_id == practice_of(session),
                Guarantor.guarantor_id == principal.guarantor_id,
            )
            .values(language=language)
        )
        record(
            session,
            action="choose_language",
            object_kind="guarantor",
            object_id=principal.guarantor_id,
            guarantor_id=principal.guarantor_id,
            now=now,
            request_id=request_id,
        )
