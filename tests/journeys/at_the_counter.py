"""Ana at the desk: a drawer that went to the bank with her money, and one that is open with it.

The bank has the card machine's money, too; one payment was put to no line, and one was a mistake.
"""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from portal.auth.roles import Role
from portal.db import Database, Principal, new_id
from portal.domain.payment_channel import MethodKind
from portal.ledger.models import JournalEntryRow
from portal.payments.counter.banking import ArrivedBatch, make_deposit, settle_batch
from portal.payments.counter.drawers import close_drawer, count_drawer, open_drawer
from portal.payments.counter.models import (
    DeskDeposit,
    DeskPayment,
    FoundCheck,
    TerminalBatch,
    TerminalReversal,
    VoidRequest,
)
from portal.payments.counter.taking import Agreed, HandedOver, due_at_desk_cents, take_money
from portal.payments.counter.undoing import VoidReason, void_payment
from portal.payments.credits.moving import movable_of, move_payment
from portal.payments.models import Payment, Refund
from portal.payments.moves import lock_payment
from portal.payments.refunds.models import RefundCheckStop
from portal.practice.directory import change_practice

if TYPE_CHECKING:
    from tests.journeys.world import Visitor


def pay_at_the_desk(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> None:
    """From here on the portal books what the desk takes, there and at the practice beside it."""
    for slug in ("riverbend", "lakeside"):
        change_practice(database, slug, {"desk_receipts_in": "portal"})
    for goes_to_the_bank in (True, False):
        clerk = Principal.staff(practice_id, staff_id=new_id(), role=Role.FRONT_DESK.value)
        drawer_id = open_drawer(
            database, clerk, name="Front 1", float_cents=0, now=now, request_id="test"
        )
        cash_id, on_the_machine_id = (
            _take(database, clerk, guarantor_id, method, now=now)
            for method in (MethodKind.CASH, MethodKind.TERMINAL)
        )
        if goes_to_the_bank:
            _close(database, clerk, drawer_id, now=now)
            _arrive(database, clerk, on_the_machine_id, now=now)
            _put_to_no_line(database, practice_id, cash_id, now=now)
        else:
            mistake_id = _take(database, clerk, guarantor_id, MethodKind.CASH, now=now)
            manager = Principal.staff(practice_id, staff_id=new_id(), role=Role.MANAGER.value)
            void_payment(
                database,
                manager,
                mistake_id,
                reason=VoidReason.WRONG_AMOUNT,
                now=now,
                request_id="test",
            )


def has_a_drawer(clerk: "Visitor", guarantor_id: UUID) -> None:
    """So that this visitor can take money, too, and has taken cash that may have to be voided."""
    opened = clerk.post("/money/counter/drawers", {"name": "Front 2", "start": "0"})
    assert opened.status_code == HTTPStatus.SEE_OTHER
    taken = clerk.post(
        f"/money/counter/people/{guarantor_id}/confirm",
        {
            "payment_id": str(new_id()),
            "due": "0",
            "amount": "1.00",
            "paid_by": "cash",
            "what_for": "visit",
            "visit_on": "2050-12-31",
        },
    )
    assert taken.status_code == HTTPStatus.SEE_OTHER


def _take(
    database: Database,
    clerk: Principal,
    guarantor_id: UUID,
    method: MethodKind,
    *,
    now: datetime,
) -> UUID:
    with database.transaction(clerk) as session:
        due_cents = due_at_desk_cents(session, guarantor_id)
    money = HandedOver(guarantor_id, method, 100, 100, approval_code="A77")
    agreed = Agreed(new_id(), due_cents, may_exceed=True)
    take_money(database, clerk, money, agreed, now=now)
    return agreed.payment_id


def _close(database: Database, clerk: Principal, drawer_id: UUID, *, now: datetime) -> None:
    count_id = count_drawer(
        database,
        clerk,
        drawer_id,
        pieces={100: 1},
        checks_there=(),
        now=now,
        request_id="test",
    )
    close_drawer(
        database, clerk, drawer_id, count_id=count_id, reason="", now=now, request_id="test"
    )
    make_deposit(database, clerk, [drawer_id], now=now, request_id="test")


def _arrive(database: Database, clerk: Principal, payment_id: UUID, *, now: datetime) -> None:
    batch = ArrivedBatch(now.date(), 97, "BATCH 77", frozenset({payment_id}))
    settle_batch(database, clerk, batch, now=now, request_id="test")


def _put_to_no_line(
    database: Database, practice_id: UUID, payment_id: UUID, *, now: datetime
) -> None:
    manager = Principal.staff(practice_id, staff_id=new_id(), role=Role.MANAGER.value)
    with database.transaction(manager) as session:
        lines = movable_of(session, lock_payment(session, payment_id), now=now).lines
    move_payment(
        database,
        manager,
        payment_id,
        {line.target: 0 for line in lines},
        move_id=new_id(),
        reason="It was for a visit to come.",
        now=now,
        request_id="test",
    )


def decided_before(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> None:
    """Wishes that were answered, a check that was found, a batch that was taken back."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        of_ana = {"practice_id": practice_id, "guarantor_id": guarantor_id}
        refused = {"answer": "refused", "answered_by": new_id(), "answered_at": now}
        asked = {"asked_by": new_id(), "asked_at": now, **refused}
        paid = session.scalars(
            select(DeskPayment.payment_id)
            .join(Payment, Payment.payment_id == DeskPayment.payment_id)
            .where(DeskPayment.practice_id == practice_id, Payment.guarantor_id == guarantor_id)
        ).first()
        refund_id = session.scalars(
            select(Refund.refund_id).where(Refund.guarantor_id == guarantor_id)
        ).first()
        deposit_id = session.scalars(select(DeskDeposit.desk_deposit_id)).first()
        batch_id = session.scalars(select(TerminalBatch.terminal_batch_id)).first()
        entry_id = session.scalars(
            select(JournalEntryRow.entry_id).where(JournalEntryRow.guarantor_id == guarantor_id)
        ).first()
        session.add(
            VoidRequest(**of_ana, request_id=new_id(), payment_id=paid, reason="other", **asked)
        )
        session.add(
            RefundCheckStop(
                **of_ana,
                stop_id=new_id(),
                refund_id=refund_id,
                reason="came_back",
                bank_reference="STOP 1",
                **asked,
            )
        )
        session.add(
            FoundCheck(
                **of_ana,
                payment_id=paid,
                desk_deposit_id=deposit_id,
                reason="under the drawer",
                found_at=now,
                found_by=new_id(),
            )
        )
        session.add(
            TerminalReversal(
                practice_id=practice_id,
                terminal_batch_id=batch_id,
                reason="another day's",
                reversed_at=now,
                reversed_by=new_id(),
                entry_id=entry_id,
                payment_ids=[],
            )
        )
