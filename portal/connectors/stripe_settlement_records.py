"""Stripe behind the SettlementRecords protocol: balance transactions, payouts, disputes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import stripe

from portal.connectors.settlement_records import Dispute, Movement, Payout, PayoutStatus
from portal.connectors.stripe_connection import (
    PAGE_LENGTH,
    StripeConnection,
    cents_of,
    id_of,
    instant_of,
    stripe_errors,
)
from portal.domain.dispute_status import DisputeState
from portal.domain.gateway_movements import MovementKind

_KINDS: Final[Mapping[str, MovementKind]] = {
    "charge": MovementKind.CHARGE,
    "payment": MovementKind.CHARGE,
    "payment_failure_refund": MovementKind.CHARGE_FAILED,
    "refund": MovementKind.REFUND,
    "payment_refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND_FAILED,
    "stripe_fee": MovementKind.FEE,
    "payout": MovementKind.PAYOUT,
    "payout_failure": MovementKind.PAYOUT_RETURNED,
    "payout_cancel": MovementKind.PAYOUT_RETURNED,
}
_KINDS_OF_ADJUSTMENTS: Final[Mapping[str, MovementKind]] = {
    "dispute": MovementKind.DISPUTE,
    "dispute_reversal": MovementKind.DISPUTE_REVERSED,
}
_SOURCE: Final = ["data.source"]
CURRENCY: Final = "usd"


class StripeSettlementRecords:
    """Reads what Stripe wrote down; one connection serves many threads."""

    def __init__(self, connection: StripeConnection) -> None:
        self._stripe = connection.v1

    def payout(self, payout_id: str, *, stripe_account: str | None) -> Payout:
        with stripe_errors():
            return _payout(
                self._stripe.payouts.retrieve(payout_id, options={"stripe_account": stripe_account})
            )

    def payouts_since(
        self, created_from: datetime | None, *, stripe_account: str | None
    ) -> tuple[Payout, ...]:
        with stripe_errors():
            payouts = self._stripe.payouts.list(
                params=_page(created_from),
                options={"stripe_account": stripe_account},
            )
            return tuple(_payout(one) for one in payouts.auto_paging_iter())

    def movements_of(self, payout_id: str, *, stripe_account: str | None) -> tuple[Movement, ...]:
        with stripe_errors():
            movements = self._stripe.balance_transactions.list(
                params={"payout": payout_id, "limit": PAGE_LENGTH, "expand": _SOURCE},
                options={"stripe_account": stripe_account},
            )
            return tuple(_movement(one) for one in movements.auto_paging_iter())

    def movements_since(
        self, created_from: datetime | None, *, stripe_account: str | None
    ) -> tuple[Movement, ...]:
        with stripe_errors():
            movements = self._stripe.balance_transactions.list(
                params=_page(created_from, expand=_SOURCE),
                options={"stripe_account": stripe_account},
            )
            return tuple(_movement(one) for one in movements.auto_paging_iter())

    def balance_cents(self, *, stripe_account: str | None) -> int:
        with stripe_errors():
            balance = self._stripe.balance.retrieve(options={"stripe_account": stripe_account})
            parts: list[Any] = [*balance.available, *balance.pending]
            return sum(cents_of(part.amount) for part in parts if part.currency == CURRENCY)

    def dispute(self, dispute_id: str, *, stripe_account: str | None) -> Dispute:
        with stripe_errors():
            return _dispute(
                self._stripe.disputes.retrieve(
                    dispute_id, options={"stripe_account": stripe_account}
                )
            )

    def disputes_since(
        self, created_from: datetime | None, *, stripe_account: str | None
    ) -> tuple[Dispute, ...]:
        with stripe_errors():
            disputes = self._stripe.disputes.list(
                params=_page(created_from),
                options={"stripe_account": stripe_account},
            )
            return tuple(_dispute(one) for one in disputes.auto_paging_iter())

    def submit_evidence(
        self, dispute_id: str, *, submission_id: UUID, text: str, stripe_account: str | None
    ) -> Dispute:
        with stripe_errors():
            return _dispute(
                self._stripe.disputes.update(
                    dispute_id,
                    params={"evidence": {"uncategorized_text": text}, "submit": True},
                    options={
                        "idempotency_key": str(submission_id),
                        "stripe_account": stripe_account,
                    },
                )
            )

    def accept_dispute(
        self, dispute_id: str, *, acceptance_id: UUID, stripe_account: str | None
    ) -> Dispute:
        with stripe_errors():
            return _dispute(
                self._stripe.disputes.close(
                    dispute_id,
                    options={
                        "idempotency_key": str(acceptance_id),
                        "stripe_account": stripe_account,
                    },
                )
            )


def _page(created_from: datetime | None, **more: list[str]) -> Any:
    since = {"created": {"gte": int(created_from.timestamp())}} if created_from else {}
    return {"limit": PAGE_LENGTH, **since, **more}


def _payout(payout: stripe.Payout) -> Payout:
    return Payout(
        id=payout.id,
        status=PayoutStatus(payout.status),
        amount_cents=cents_of(payout.amount),
        currency=payout.currency,
        is_automatic=payout.automatic,
        # A payout that fails before it arrived is never completed: what it carries is known anyway.
        is_itemised=payout.automatic
        and (payout.reconciliation_status == "completed" or payout.status == "failed"),
        created_at=instant_of(payout.created),
        arrives_at=instant_of(payout.arrival_date),
        failure_code=payout.failure_code,
    )


def _movement(movement: stripe.BalanceTransaction) -> Movement:
    source: Any = movement.source
    about = source if isinstance(source, stripe.StripeObject) else None
    metadata = getattr(about, "metadata", None)
    return Movement(
        id=movement.id,
        kind=_kind(movement),
        word=movement.type,
        amount_cents=cents_of(movement.amount),
        fee_cents=cents_of(movement.fee),
        currency=movement.currency,
        source_id=id_of(source),
        payment_intent_id=id_of(getattr(about, "payment_intent", None)),
        reference=metadata.to_dict().get("payment_id") if metadata else None,
        description=movement.description or "",
        created_at=instant_of(movement.created),
        available_at=instant_of(movement.available_on),
    )


def _kind(movement: stripe.BalanceTransaction) -> MovementKind:
    if movement.currency != CURRENCY:
        return MovementKind.OTHER
    if movement.type == "adjustment":
        return _KINDS_OF_ADJUSTMENTS.get(movement.reporting_category, MovementKind.OTHER)
    return _KINDS.get(movement.type, MovementKind.OTHER)


def _dispute(dispute: stripe.Dispute) -> Dispute:
    details = dispute.evidence_details
    return Dispute(
        id=dispute.id,
        state=DisputeState(dispute.status),
        reason=dispute.reason,
        amount_cents=cents_of(dispute.amount),
        currency=dispute.currency,
        payment_intent_id=id_of(dispute.payment_intent),
        is_refundable=dispute.is_charge_refundable,
        evidence_given=details.submission_count > 0,
        created_at=instant_of(dispute.created),
        due_at=instant_of(details.due_by) if details.due_by else None,
        movements=tuple(_movement(one) for one in dispute.balance_transactions),
    )
