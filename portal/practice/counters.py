"""Running numbers of a practice: no gap, no number twice, because the next one waits for the last.

The row stays locked until the transaction ends: take a number late in it.
"""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.practice.models import PracticeCounter


def next_number(session: Session, name: str) -> int:
    """1, 2, 3 …; given back when the transaction rolls back. For staff and jobs only."""
    statement = insert(PracticeCounter).values(
        practice_id=practice_of(session), name=name, last_value=1
    )
    taken: int | None = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "name"],
            set_={"last_value": PracticeCounter.last_value + 1},
        ).returning(PracticeCounter.last_value)
    )
    if taken is None:
        raise LookupError(name)
    return taken
