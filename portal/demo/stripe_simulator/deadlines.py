"""What happens by itself when its time has come: who does what was arranged."""

from collections.abc import Callable
from typing import Final

from portal.demo.stripe_simulator import (
    arrangements,
    balance,
    bank_debits,
    checkout,
    disputes,
    payouts,
    refunds,
)
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace


def _fail_refund(work: Workspace, refund: Body) -> None:
    if refund["status"] != "failed":
        refunds.fail(work, refund)


ACTIONS: Final[dict[str, Callable[[Workspace, Body], None]]] = {
    bank_debits.SETTLE: bank_debits.settle,
    bank_debits.RETURN_LATE: bank_debits.return_late,
    disputes.LAPSE: disputes.lapse,
    payouts.ARRIVE: payouts.arrive,
    refunds.ARRIVE: refunds.arrive,
    refunds.FAIL: _fail_refund,
}


def keep(work: Workspace) -> None:
    """Everything of this account that is due by now, in the order of its time."""
    while (due := arrangements.take_due(work)) is not None:
        subject = work.find(due.subject)
        if subject is not None:
            ACTIONS[due.action](work, subject)
    checkout.expire_what_is_due(work)
    balance.release_what_is_due(work)
    payouts.make_daily(work)
