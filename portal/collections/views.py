"""Ways of looking at the work list under a name: each member of staff has their own."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.collections.choice import WorkChoice, choice_from
from portal.collections.models import SavedView
from portal.db import Database, Principal, new_id, practice_of, principal_of

MOST_VIEWS: Final = 20


class TooManyViewsError(ValueError):
    """Nobody finds their way among more."""


class ViewNotFoundError(LookupError):
    """Whoever asks keeps no such view."""


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One of whoever asks."""

    view_id: UUID
    name: str
    choice: WorkChoice


def views_of(session: Session) -> tuple[ViewRow, ...]:
    """Of the member of staff who asks, by name."""
    rows = session.scalars(
        select(SavedView)
        .where(
            SavedView.practice_id == practice_of(session),
            SavedView.staff_id == principal_of(session).actor_id,
        )
        .order_by(func.lower(SavedView.name))
    )
    return tuple(ViewRow(row.view_id, row.name, choice_from(row.choice)) for row in rows)


def save_view(database: Database, principal: Principal, name: str, choice: WorkChoice) -> None:
    """Under a name; one of that name is another one from now on. Raises TooManyViewsError."""
    with database.transaction(principal) as session:
        present = views_of(session)
        if len(present) >= MOST_VIEWS and name not in {view.name for view in present}:
            raise TooManyViewsError(MOST_VIEWS)
        kept = choice.as_arguments()
        session.execute(
            insert(SavedView)
            .values(
                practice_id=practice_of(session),
                view_id=new_id(),
                staff_id=principal.actor_id,
                name=name,
                choice=kept,
            )
            .on_conflict_do_update(constraint="saved_views_name", set_={"choice": kept})
        )


def forget_view(database: Database, principal: Principal, view_id: UUID) -> None:
    """One of one's own. Raises ViewNotFoundError for anybody else's, and for one that is gone."""
    with database.transaction(principal) as session:
        gone = session.scalar(
            delete(SavedView)
            .where(
                SavedView.practice_id == practice_of(session),
                SavedView.view_id == view_id,
                SavedView.staff_id == principal.actor_id,
            )
            .returning(SavedView.view_id)
        )
        if gone is None:
            raise ViewNotFoundError(view_id)
