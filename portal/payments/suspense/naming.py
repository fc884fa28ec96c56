"""Lines of payouts that are no payment's: a manager says what each of them is."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select

from portal.db import Database, Principal, practice_of
from portal.domain.journal import LedgerAccount
from portal.payments.books.explaining import name_movement
from portal.payments.books.models import MovementRow
from portal.payments.suspense.decisions import Decision, keep, open_item, require_may
from portal.payments.suspense.items import SuspenseAct, SuspenseKind

ACCOUNTS: Final[Mapping[SuspenseAct, LedgerAccount]] = {
    SuspenseAct.FEE: LedgerAccount.PROCESSOR_FEES,
    SuspenseAct.RESERVE: LedgerAccount.PROCESSOR_RESERVE,
    SuspenseAct.OTHER: LedgerAccount.OTHER_BUSINESS,
}
"""Where such a line goes by what it is."""


def name_carried(
    database: Database,
    principal: Principal,
    movement_id: str,
    act: SuspenseAct,
    decision: Decision,
) -> None:
    """It is a fee, a reserve, or other business: it leaves suspense for that account.

    Raises SuspenseNotAllowedError, NotInSuspenseError, and KeyError for an act that is none.
    """
    require_may(principal, movement_id)
    with database.transaction(principal) as session:
        open_item(session, movement_id, SuspenseKind.PAYOUT)
        row = session.scalars(
            select(MovementRow)
            .where(
                MovementRow.practice_id == practice_of(session),
                MovementRow.movement_id == movement_id,
            )
            .with_for_update()  # two managers name it one after the other
        ).one()
        item = open_item(session, movement_id, SuspenseKind.PAYOUT)
        name_movement(session, row, ACCOUNTS[act], now=decision.now)
        keep(session, decision, movement_id, act, cents=item.amount_cents)
