"""Somebody who has a card or an account kept and is charged later, by the product's own use cases.

The pages say no in their own ways (what was kept is gone, a charge is under way): then nothing
happens, as with a button that is not there any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.db import practice_of
from portal.demo.simulation.people import newest_statement
from portal.demo.simulation.visitor import REQUEST, RETURN_URL, Visitor
from portal.domain.charge_schedule import TO_COME
from portal.domain.payment_channel import MethodKind
from portal.payments.autopay.service import (
    AutopayTerms,
    NoMailError,
    start_autopay,
    stop_autopay,
)
from portal.payments.methods.apply import apply_saved_methods, live_methods
from portal.payments.methods.consents import NotAgreedError
from portal.payments.methods.service import Wish, begin_saving, remove_method
from portal.payments.scheduled.models import ScheduledPayment
from portal.payments.scheduled.service import (
    AlreadyPlannedError,
    DayRefusedError,
    MethodNotFoundError,
    ScheduledAmountRefusedError,
    TooLateError,
    agree_to_payment,
    choose_payment,
    move,
    stop,
)
from portal.statements.queries import statement_due

_ADDRESS_HASH: Final = b"where they ticked the box"
_NO: Final = (
    AlreadyPlannedError,
    DayRefusedError,
    MethodNotFoundError,
    NoMailError,
    NotAgreedError,
    ScheduledAmountRefusedError,
    TooLateError,
)


@contextmanager
def _unless_the_page_says_no() -> Iterator[None]:
    try:
        yield
    except _NO:
        return


@dataclass(frozen=True, slots=True)
class Saver:
    """A visitor at the pages for ways to pay."""

    visitor: Visitor

    def begins_saving(self, kind: MethodKind = MethodKind.CARD) -> str | None:
        """Tick the box: the address of Stripe's page where it is kept."""
        visitor = self.visitor
        _, url = begin_saving(
            visitor.around.database,
            visitor.around.saved_methods,
            visitor.person.principal,
            Wish(kind, visitor.person.statement_id, "en", _ADDRESS_HASH),
            guarantor_id=visitor.person.guarantor_id,
            return_url=lambda _setup_id: RETURN_URL,
            now=visitor.around.clock(),
            request_id=REQUEST,
        )
        return url

    def takes_note(self) -> None:
        """Come back from Stripe's page: it is asked what is kept. Raises GatewayError."""
        visitor = self.visitor
        apply_saved_methods(
            visitor.around.database,
            visitor.around.saved_methods,
            visitor.around.practice_id,
            visitor.person.guarantor_id,
            now=visitor.around.clock(),
        )

    def newest_kept(self) -> UUID | None:
        """The way to pay that was kept last, if there is one."""
        visitor = self.visitor
        with visitor.around.database.transaction(visitor.person.principal) as session:
            kept = live_methods(session, visitor.person.guarantor_id)
            return kept[-1].method_id if kept else None

    def plans_to_pay(self, *, in_days: int) -> None:
        """All of it, on a day to come, with what was kept last."""
        visitor, method_id = self.visitor, self.newest_kept()
        if method_id is None:
            return
        now = visitor.around.clock()
        with _unless_the_page_says_no():
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

    def turns_autopay_on(self, *, cap_cents: int, days_after: int) -> None:
        """With what was kept last."""
        visitor, method_id = self.visitor, self.newest_kept()
        if method_id is None:
            return
        with _unless_the_page_says_no():
            start_autopay(
                visitor.around.database,
                visitor.person.principal,
                AutopayTerms(method_id, cap_cents, days_after),
                guarantor_id=visitor.person.guarantor_id,
                language="en",
                address_hash=_ADDRESS_HASH,
                now=visitor.around.clock(),
                request_id=REQUEST,
            )

    def turns_autopay_off(self) -> None:
        """The charges it has planned are not made."""
        visitor = self.visitor
        stop_autopay(
            visitor.around.database,
            visitor.person.principal,
            guarantor_id=visitor.person.guarantor_id,
            now=visitor.around.clock(),
            request_id=REQUEST,
        )

    def stops_the_charge(self) -> None:
        """The one that is to come."""
        visitor, planned = self.visitor, self._charge_to_come()
        if planned is None:
            return
        with _unless_the_page_says_no():
            stop(
                visitor.around.database,
                visitor.person.principal,
                planned.scheduled_id,
                now=visitor.around.clock(),
                request_id=REQUEST,
            )

    def moves_the_charge(self, *, by_days: int) -> None:
        """The one that is to come, to a later day."""
        visitor, planned = self.visitor, self._charge_to_come()
        if planned is None:
            return
        with _unless_the_page_says_no():
            move(
                visitor.around.database,
                visitor.person.principal,
                planned.scheduled_id,
                charge_on=planned.charge_on + timedelta(days=by_days),
                language="en",
                address_hash=_ADDRESS_HASH,
                now=visitor.around.clock(),
                request_id=REQUEST,
            )

    def removes_what_is_kept(self) -> None:
        """What would have been charged to it ends."""
        visitor, method_id = self.visitor, self.newest_kept()
        if method_id is None:
            return
        remove_method(
            visitor.around.database,
            visitor.around.saved_methods,
            visitor.person.principal,
            method_id,
            now=visitor.around.clock(),
            request_id=REQUEST,
        )

    def with_newest_statement(self) -> "Saver":
        """The link of a statement that came since is opened."""
        visitor, around = self.visitor, self.visitor.around
        person = newest_statement(
            around.database, around.practice_id, visitor.person, now=around.clock()
        )
        return Saver(Visitor(person, visitor.chance, around))

    def _charge_to_come(self) -> ScheduledPayment | None:
        visitor = self.visitor
        with visitor.around.database.transaction(visitor.person.principal) as session:
            return session.scalar(
                select(ScheduledPayment)
                .where(
                    ScheduledPayment.practice_id == practice_of(session),
                    ScheduledPayment.guarantor_id == visitor.person.guarantor_id,
                    ScheduledPayment.state.in_([state.value for state in TO_COME]),
                )
                .order_by(ScheduledPayment.created_at.desc())
                .limit(1)
            )
