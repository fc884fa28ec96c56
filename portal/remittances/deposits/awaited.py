"""What of each payment has still to arrive at the bank, reckoned over all the files that tell it.

Files of one payment (payer, TRN02, BPR02) may take parts of it over from each other after its
deposit was matched with one of them: its money comes once, whoever tells it.
"""

from uuid import UUID

from sqlalchemy import CTE, BigInteger, ColumnElement, String, case, cast, func, select

from portal.remittances.deposits.models import DepositPart
from portal.remittances.models import Remittance
from portal.remittances.quarantine.withheld_payments import unposted_payments


def money_to_come(practice_id: UUID) -> CTE:
    """One row a payment of a file: ``cents`` to arrive or (``part_id``) arrived for it.

    ``payment`` is the same for the files of one payment. ``told_cents``: what this one tells of it.
    """
    told = case(
        (Remittance.remittance_id.in_(unposted_payments(practice_id)), 0),
        else_=func.greatest(Remittance.payment_cents - Remittance.told_before_cents, 0),
    )
    files = (
        select(
            Remittance.remittance_id,
            _payment().label("payment"),
            told.label("told_cents"),
            DepositPart.part_id,
            DepositPart.amount_cents.label("part_cents"),
        )
        .outerjoin(
            DepositPart,
            (DepositPart.practice_id == practice_id)
            & (DepositPart.remittance_id == Remittance.remittance_id)
            & DepositPart.undone_at.is_(None),
        )
        .where(Remittance.practice_id == practice_id)
        .subquery()
    )
    arrived = files.c.part_id.is_not(None)
    open_cents = case((arrived, 0), else_=files.c.told_cents)
    # What a deposit brought beyond what its file tells by now is the newest other files' part.
    beyond = case((arrived, files.c.part_cents - files.c.told_cents), else_=0)
    not_before = func.sum(open_cents).over(
        partition_by=files.c.payment, order_by=files.c.remittance_id.desc()
    )
    covered = func.sum(beyond).over(partition_by=files.c.payment) - (not_before - open_cents)
    still = open_cents - func.least(func.greatest(covered, 0), open_cents)
    reckoned = select(
        files.c.remittance_id,
        files.c.payment,
        files.c.part_id,
        files.c.told_cents,
        cast(case((arrived, files.c.part_cents), else_=still), BigInteger).label("cents"),
    )
    # Once a query: a planner that takes the tables for small would reckon anew for each row.
    return reckoned.cte("money_to_come").prefix_with("MATERIALIZED")


def _payment() -> ColumnElement[str]:
    """A payment without a trace number is told by one file, as far as anybody can say."""
    return case(
        (Remittance.trace_number == "", cast(Remittance.remittance_id, String)),
        else_=func.concat_ws(
            " ", Remittance.payer_id, Remittance.payment_cents, Remittance.trace_number
        ),
    )
