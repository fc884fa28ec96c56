"""What the portal needs of a processor's own books: movements, payouts, disputes. No library.

Amounts are cents of US dollars with the processor's sign (money that leaves is below zero),
instants are UTC and aware, `stripe_account` as in payment_gateway.py. The only text that leaves is
the evidence that staff approved.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from portal.domain.dispute_status import DisputeState
from portal.domain.gateway_movements import MovementKind

LONGEST_EVIDENCE: Final = 150_000
"""Characters: more is refused."""


class PayoutStatus(StrEnum):
    """Stripe's words; a payout that was paid can still fail."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Movement:
    """One change of the balance at the processor (a balance transaction).

    `word` is Stripe's own for its type. `source_id` names the charge, refund, dispute or payout;
    `payment_intent_id` and `reference` the payment, where the source tells.
    """

    id: str
    kind: MovementKind
    word: str
    amount_cents: int
    fee_cents: int
    currency: str
    source_id: str | None
    payment_intent_id: str | None
    reference: str | None
    description: str
    created_at: datetime
    available_at: datetime

    @property
    def net_cents(self) -> int:
        """What the balance changed by."""
        return self.amount_cents - self.fee_cents


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way to the practice's bank account, or there.

    `is_itemised`: Stripe says what it carries, whole. Of a manual payout it never does.
    """

    id: str
    status: PayoutStatus
    amount_cents: int
    currency: str
    is_automatic: bool
    is_itemised: bool
    created_at: datetime
    arrives_at: datetime
    failure_code: str | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A cardholder, or the holder of a bank account, says no to a charge.

    `movements` are what it took and gave so far; `due_at` is when evidence must be there.
    """

    id: str
    state: DisputeState
    reason: str
    amount_cents: int
    currency: str
    payment_intent_id: str | None
    is_refundable: bool
    evidence_given: bool
    created_at: datetime
    due_at: datetime | None
    movements: tuple[Movement, ...]


class SettlementRecords(Protocol):
    """Every method is a network call: no database transaction may be open.

    All of them raise GatewayUnavailable when the outcome is unknown, GatewayRefused when it is no.
    """

    def payout(self, payout_id: str, *, stripe_account: str | None) -> Payout: ...

    def payouts_since(
        self, created_from: datetime | None, *, stripe_account: str | None
    ) -> tuple[Payout, ...]:
        """All of them since then, or ever; page after page."""
        ...

    def movements_of(self, payout_id: str, *, stripe_account: str | None) -> tuple[Movement, ...]:
        """What a payout carries, its own movement among them; empty for a manual one."""
        ...

    def movements_since(
        self, created_from: datetime | None, *, stripe_account: str | None
    ) -> tuple[Movement, ...]:
        """All of them since then, or ever; page after page."""
        ...

    def balance_cents(self, *, stripe_account: str | None) -> int:
        """All that is at the processor, available or not yet."""
        ...

    def dispute(self, dispute_id: str, *, stripe_account: str | None) -> Dispute: ...

    def disputes_since(
        self, created_from: datetime | None, *, stripe_account: str | None
    ) -> tuple[Dispute, ...]:
        """All of them since then, or ever; page after page."""
        ...

    def submit_evidence(
        self, dispute_id: str, *, submission_id: UUID, text: str, stripe_account: str | None
    ) -> Dispute:
        """Give it to the bank, once and for all. The submission id is the idempotency key."""
        ...

    def accept_dispute(
        self, dispute_id: str, *, acceptance_id: UUID, stripe_account: str | None
    ) -> Dispute:
        """Give in: the dispute is lost. The acceptance id is the idempotency key."""
        ...
