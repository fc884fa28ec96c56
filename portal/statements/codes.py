"""The code of a statement, made when it is issued: somebody who has it may pay, and see nothing.

It is kept as it is, for the statement has to show it on every page and paper of its own. That gives
nothing away: whoever may read this row may read the statement, and to anybody else the code opens
one form that takes money and answers nothing about anyone (portal/payments/guests).
"""

import secrets
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.statement_code import RANDOM_BITS, statement_code
from portal.statements.models import StatementCode

_TRIES = 5


def give_code(session: Session, statement_id: UUID, *, guarantor_id: UUID) -> str:
    """A code that no other statement of the practice has."""
    for _ in range(_TRIES):
        given: str | None = session.scalar(
            insert(StatementCode)
            .values(
                practice_id=practice_of(session),
                statement_id=statement_id,
                guarantor_id=guarantor_id,
                code=statement_code(secrets.randbits(RANDOM_BITS)),
            )
            .on_conflict_do_nothing(constraint="statement_codes_code")
            .returning(StatementCode.code)
        )
        if given is not None:
            return given
    raise RuntimeError("chance gave a statement's code that was taken, again and again")


def code_of(session: Session, statement_id: UUID) -> str | None:
    """None for a statement from before there were codes."""
    return session.scalar(
        select(StatementCode.code).where(
            StatementCode.practice_id == practice_of(session),
            StatementCode.statement_id == statement_id,
        )
    )


def statement_of_code(session: Session, code: str) -> UUID | None:
    """The statement with a code as `read_code` gives it."""
    return session.scalar(
        select(StatementCode.statement_id).where(
            StatementCode.practice_id == practice_of(session), StatementCode.code == code
        )
    )
