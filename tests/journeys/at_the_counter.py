"""Ana at the desk: a drawer that went to the bank with her money, and one that is open with it.

The bank has the card machine's money, too; one payment was put to no line, and one was a mistake.
"""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from portal.auth.roles import Role
from portal.db import Database, Principal, new_id
from portal.domain.payment_channel import MethodKind
from portal.payments.counter.banking import ArrivedBatch, make_deposit, settle_batch
from portal.payments.counter.drawers import close_drawer, count_drawer, open_drawer
from portal.payments.counter.taking import Agreed, HandedOver, due_at_desk_cents, take_money
from portal.payments.counter.undoing import VoidReason, void_payment
from portal.payments.credits.moving import movable_of, move_payment
from portal.payments.moves import lock_payment
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
            void_payment(
                database,
                clerk,
                mistake_id,
                reason=VoidReason.WRONG_AMOUNT,
                now=now,
                request_id="test",
            )


def has_a_drawer(clerk: "Visitor") -> None:
    """So that this visitor can take money, too."""
    opened = clerk.post("/money/counter/drawers", {"name": "Front 2", "start": "0"})
    assert opened.status_code == HTTPStatus.SEE_OTHER


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
