"""Ana's account, as whoever looks at it is told of it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from portal.db import Database, Principal, new_id
from portal.home.queries import HomePage, read_home
from portal.payments.access import payable
from portal.statements.queries import statement_due
from tests.statements.conftest import NOW


@dataclass(frozen=True, slots=True)
class Account:
    """Ana's, seen as she sees it through her own link."""

    database: Database
    practice_id: UUID
    guarantor_id: UUID
    link_id: UUID = field(default_factory=new_id)

    @property
    def principal(self) -> Principal:
        return Principal.link(
            self.practice_id,
            guarantor_id=self.guarantor_id,
            link_id=self.link_id,
            is_guarantor=True,
        )

    def home(self, *, now: datetime = NOW) -> HomePage:
        with self.database.transaction(self.principal) as session:
            return read_home(session, self.guarantor_id, now=now)

    def asked_by_the_pay_page(self, statement_id: UUID) -> int:
        """In cents: what the page asks for on which somebody pays."""
        with self.database.transaction(self.principal) as session:
            return payable(session, statement_id, statement_due=statement_due).due_now_cents
