"""Somebody who has a card kept and is charged later, by the product's own use cases."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.db import practice_of
from portal.demo.simulation.visitor import REQUEST, RETURN_URL, Visitor
from portal.domain.payment_channel import MethodKind
from portal.payments.methods.consents import NotAgreedError
from portal.payments.methods.models import SavedMethod
from portal.payments.methods.service import Wish, begin_saving
from portal.payments.scheduled.service import (
    AlreadyPlannedError,
    DayRefusedError,
    MethodNotFoundError,
    ScheduledAmountRefusedError,
    agree_to_payment,
    choose_payment,
)
from portal.statements.queries import statement_due

_ADDRESS_HASH: Final = b"where they ticked the box"
_NO: Final = (
    AlreadyPlannedError,
    DayRefusedError,
    MethodNotFoundError,
    NotAgreedError,
    ScheduledAmountRefusedError,
)


@dataclass(frozen=True, slots=True)
class Saver:
    """A visitor at the pages for ways to pay."""

    visitor: Visitor

    def begins_saving(self) -> str | None:
        """Tick the box: the address of Stripe's page where a card is kept."""
        visitor = self.visitor
        wish = Wish(MethodKind.CARD, visitor.person.statement_id, "en", _ADDRESS_HASH)
        _, url = begin_saving(
            visitor.around.database,
            visitor.around.saved_methods,
            visitor.person.principal,
            wish,
            guarantor_id=visitor.person.guarantor_id,
            return_url=lambda _setup_id: RETURN_URL,
            now=visitor.around.clock(),
            request_id=REQUEST,
        )
        return url

    def plans_to_pay(self, *, in_days: int) -> None:
        """All of it, on a day to come, with the newest method that is kept, if there is one."""
        visitor, method_id = self.visitor, self._newest_kept()
        if method_id is None:
            return
        now = visitor.around.clock()
        try:
            scheduled_id = choose_payment(
                visitor.around.database,
                visitor.person.principal,
                statement_id=visitor.person.statement_id,
                amount_cents=visitor.due_cents(),
                charge_on=(now + timedelta(days=in_days)).date(),
                method_id=method_id,
                statement_due=statement_due,
                now=now,
            )
            agree_to_payment(
                visitor.around.database,
                visitor.person.principal,
                scheduled_id,
                language="en",
                address_hash=_ADDRESS_HASH,
                statement_due=statement_due,
                now=now,
                request_id=REQUEST,
            )
        except _NO:
            return

    def _newest_kept(self) -> UUID | None:
        visitor = self.visitor
        with visitor.around.database.transaction(visitor.person.principal) as session:
            return session.scalar(
                select(SavedMethod.method_id)
                .where(
                    SavedMethod.practice_id == practice_of(session),
                    SavedMethod.guarantor_id == visitor.person.guarantor_id,
                    SavedMethod.removed_at.is_(None),
                )
                .order_by(SavedMethod.added_at.desc())
                .limit(1)
            )
