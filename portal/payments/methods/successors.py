"""The same number saved again: the newer way to pay stands for the earlier one."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.payments.methods.models import SavedMethod


@dataclass(frozen=True, slots=True)
class Successors:
    """Which way to pay followed which."""

    replaced_by: dict[UUID, UUID]

    def of(self, method_id: UUID) -> UUID:
        """The one that stands for it now; itself, mostly."""
        while method_id in self.replaced_by:
            method_id = self.replaced_by[method_id]
        return method_id

    def standing_in(self, method_id: UUID) -> frozenset[UUID]:
        """Those that it stands for now, without itself."""
        return frozenset(one for one in self.replaced_by if self.of(one) == method_id)


def successors(session: Session, *, guarantor_id: UUID | None = None) -> Successors:
    """Of one guarantor, or of everybody."""
    replaced = select(SavedMethod.method_id, SavedMethod.replaced_by).where(
        SavedMethod.practice_id == practice_of(session), SavedMethod.replaced_by.is_not(None)
    )
    if guarantor_id is not None:
        replaced = replaced.where(SavedMethod.guarantor_id == guarantor_id)
    rows = session.execute(replaced)
    return Successors({row.method_id: row.replaced_by for row in rows if row.replaced_by})
