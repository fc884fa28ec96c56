"""What the processor wrote down about the practice's money: payouts, movements, its balance."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import STAFF_TABLE, PracticeBase, belongs_to


class PayoutRow(PracticeBase):
    """One payout as it was last read; the entries are posted once each."""

    __tablename__ = "payouts"
    __table_args__ = (
        UniqueConstraint("practice_id", "stripe_payout_id", name="payouts_stripe_payout"),
        belongs_to("journal_entries", "settled_entry_id", child="payouts", key="entry_id"),
        belongs_to("journal_entries", "returned_entry_id", child="payouts", key="entry_id"),
        Index("payouts_arrival", "practice_id", "arrives_on"),
        STAFF_TABLE,
    )

    payout_id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_payout_id: Mapped[str]
    amount_cents: Mapped[int]
    status: Mapped[str]
    is_automatic: Mapped[bool]
    is_itemised: Mapped[bool]  # its movements are here, whole
    created_at: Mapped[datetime]
    arrives_on: Mapped[date]
    failure_code: Mapped[str | None]
    settled_entry_id: Mapped[UUID | None]
    returned_entry_id: Mapped[UUID | None]
    read_at: Mapped[datetime]


class MovementRow(PracticeBase):
    """One change of the balance at the processor. What its payout did with it comes later."""

    __tablename__ = "gateway_movements"
    __table_args__ = (
        belongs_to("payouts", "payout_id", child="gateway_movements"),
        Index("gateway_movements_payout", "practice_id", "payout_id"),
        Index("gateway_movements_created", "practice_id", "created_at"),
        Index("gateway_movements_intent", "practice_id", "payment_intent_id"),
        STAFF_TABLE,
    )

    movement_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    word: Mapped[str]  # Stripe's own for its type
    amount_cents: Mapped[int]
    fee_cents: Mapped[int]
    source_id: Mapped[str | None]
    payment_intent_id: Mapped[str | None]
    reference: Mapped[UUID | None]  # the payment that the charge names
    description: Mapped[str]
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    payout_id: Mapped[UUID | None]
    account: Mapped[str | None]  # where its payout's entry had it: clearing, or suspense


class GatewayBalance(PracticeBase):
    """What the processor said it holds, beside the sum of all movements read by then.

    ``unexplained_cents``: of clearing at that moment; None where money moved meanwhile.
    """

    __tablename__ = "gateway_balances"
    __table_args__ = (STAFF_TABLE,)

    read_at: Mapped[datetime] = mapped_column(primary_key=True)
    balance_cents: Mapped[int]
    movements_cents: Mapped[int]
    unexplained_cents: Mapped[int | None]
