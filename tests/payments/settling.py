"""What happens at the processor after a payment: days pass, payouts are made, holders dispute."""

import hashlib
import hmac
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.connectors.settlement_records import Dispute, SettlementRecords
from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.domain.payment_status import PaymentState
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.payments.books.checks import checks as books_checks
from portal.payments.books.models import PayoutRow
from portal.payments.books.payouts import take_in_payout
from portal.payments.books.taking_in import TakenIn, take_in_books
from portal.payments.disputes.checks import checks as dispute_checks
from portal.payments.disputes.models import DisputeRow
from portal.payments.disputes.service import record_dispute, take_in_dispute
from portal.payments.models import Payment
from portal.payments.moves import lock_payment
from portal.payments.sweep import sweep
from portal.payments.webhooks import EventHandlers, act_on
from tests.contracts.account_holder import AccountHolder
from tests.contracts.stripe_wire import WEBHOOK_SECRET, StripeWire
from tests.payments.paying import DUE, GOOD_CARD, Payer
from tests.simulator.paying import ENOUGH_DAYS, pass_days


def signed(body: bytes) -> str:
    """As Stripe signs it now."""
    seconds = int(time.time())
    payload = f"{seconds}.".encode() + body
    digest = hmac.new(WEBHOOK_SECRET.encode(), payload, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


@dataclass(frozen=True, slots=True)
class Settling:
    """Ana's payments, the simulated Stripe and our reading of its books."""

    payer: Payer
    wire: StripeWire
    records: SettlementRecords
    handlers: EventHandlers
    heard: set[str] = field(default_factory=set)

    @property
    def practice_id(self) -> UUID:
        return self.payer.owing.practice_id

    def pay(self, cents: int = 10_000) -> UUID:
        """By card, all the way."""
        payment_id, cardholder = self._open_page(cents)
        cardholder.pay(GOOD_CARD)
        assert self.payer.apply(payment_id) is PaymentState.SUCCEEDED
        return payment_id

    def _open_page(self, cents: int) -> tuple[UUID, AccountHolder]:
        """As far as Stripe's page, whatever was paid before."""
        owing = self.payer.owing
        due = self.payer.read(lambda session: DUE(session, owing.statement_id))
        assert due is not None
        payment_id = self.payer.prepare(cents)
        address = self.payer.confirm(payment_id, due_seen_cents=due.due_now_cents)
        assert address is not None
        return payment_id, AccountHolder(address)

    def pay_by_debit(self, cents: int = 10_000) -> UUID:
        """All the way: the bank has said yes."""
        payment_id, holder = self._open_page(cents)
        holder.debit()
        self.payer.apply(payment_id)
        self.pass_days()
        self.payer.apply(payment_id)
        return payment_id

    def pass_days(self, days: int = ENOUGH_DAYS) -> None:
        """At Stripe and here."""
        pass_days(self.wire, days)
        self.payer.now += timedelta(days=days)

    def pay_out(self) -> str:
        """Made, and arrived; Stripe's id."""
        payout = self.wire.control.post("payouts", {})["payout"]
        self.pass_days()
        return str(payout["id"])

    def take_in(self, stripe_payout_id: str) -> PayoutRow:
        """As a hint leads to it."""
        take_in_payout(
            self.payer.database,
            self.records,
            self.practice_id,
            stripe_payout_id,
            now=self.payer.now,
        )
        return self.payer.read(
            lambda session: session.scalars(
                select(PayoutRow).where(
                    PayoutRow.practice_id == practice_of(session),
                    PayoutRow.stripe_payout_id == stripe_payout_id,
                )
            ).one()
        )

    def read_books(self) -> TakenIn:
        """As the nightly job does."""
        return take_in_books(
            self.payer.database, self.records, self.practice_id, now=self.payer.now
        )

    def charge_of(self, payment_id: UUID) -> str:
        intent_id = self.payer.row(payment_id).payment_intent_id
        intent = self.wire.api("GET", f"/v1/payment_intents/{intent_id}")
        return str(intent["latest_charge"])

    def dispute(self, payment_id: UUID, **given: object) -> dict[str, Any]:
        """The holder says no at their bank; nobody here knows yet."""
        return self.wire.control.post("disputes", {"charge": self.charge_of(payment_id), **given})

    def decide(self, stripe_dispute_id: str, status: str) -> None:
        given = {"dispute": stripe_dispute_id, "status": status}
        self.wire.control.post("disputes/decide", given)

    def decide_one(self, status: str) -> bool:
        """The oldest dispute at Stripe that is open; whether there was one."""
        disputes = self.wire.api("GET", "/v1/disputes?limit=100")["data"]
        still_open = [one["id"] for one in disputes if one["status"] not in ("won", "lost")]
        if still_open:
            self.decide(still_open[-1], status)
        return bool(still_open)

    def refund(self, payment_id: UUID, cents: int) -> None:
        """On Stripe's own pages; nothing when it does not let us."""
        intent_id = self.payer.row(payment_id).payment_intent_id
        with suppress(HTTPError):
            self.wire.api("POST", "/v1/refunds", f"payment_intent={intent_id}&amount={cents}")

    def return_debit(self, payment_id: UUID) -> None:
        """Its bank takes it back; nothing when it was a card, or is disputed."""
        with suppress(HTTPError):
            given = {"charge": self.charge_of(payment_id), "code": "R01"}
            self.wire.control.post("bank_returns", given)

    def pay_elsewhere(self, named: UUID, cents: int) -> UUID:
        """Money that names a payment and was made elsewhere; the payment it waits under."""
        form = (
            f"amount={cents}&currency=usd&payment_method=pm_card_visa&confirm=true"
            f"&payment_method_types[]=card&metadata[payment_id]={named}"
        )
        intent = self.wire.api("POST", "/v1/payment_intents", form)
        self.hear_everything(random.Random(0))  # noqa: S311 - any order
        return self.payer.read(
            lambda session: session.scalars(
                select(Payment.payment_id).where(
                    Payment.practice_id == practice_of(session),
                    Payment.payment_intent_id == intent["id"],
                )
            ).one()
        )

    def pay_by_stranger(self, cents: int) -> None:
        """Money in the same account at Stripe that is not for a bill of ours."""
        form = f"amount={cents}&currency=usd&payment_method=pm_card_visa&confirm=true"
        self.wire.api("POST", "/v1/payment_intents", form)

    def pay_out_if_any(self) -> None:
        self.wire.control.post("payouts", {})

    def hear_everything(self, chance: random.Random) -> None:
        """All new events in any order, and some old ones again; then what runs by itself."""
        events = self.wire.events()
        new = [body for body in events if body["id"] not in self.heard]
        told = new + chance.sample(events, k=min(3, len(events)))
        chance.shuffle(told)
        self.heard.update(body["id"] for body in new)
        database, gateway, now = self.payer.database, self.payer.gateway, self.payer.now
        for body in told:
            raw = json.dumps(body).encode()
            event = gateway.read_event(raw, signed(raw), now=datetime.now(UTC))
            act_on(database, gateway, self.practice_id, event, now=now, handlers=self.handlers)
        sweep(database, gateway, self.practice_id, now=now, everything=True, handlers=self.handlers)
        self.read_books()

    def learn(self, stripe_dispute_id: str) -> DisputeRow:
        """As a hint leads to it."""
        take_in_dispute(
            self.payer.database,
            self.records,
            self.practice_id,
            stripe_dispute_id,
            now=self.payer.now,
        )
        return self.payer.read(
            lambda session: session.scalars(
                select(DisputeRow).where(
                    DisputeRow.practice_id == practice_of(session),
                    DisputeRow.stripe_dispute_id == stripe_dispute_id,
                )
            ).one()
        )

    def hear(self, answer: Dispute) -> None:
        """What Stripe said some time ago."""
        with self.payer.database.transaction(self.payer.job) as session:
            intent_id = answer.payment_intent_id
            payment_id = session.scalars(
                select(Payment.payment_id).where(
                    Payment.practice_id == practice_of(session),
                    Payment.payment_intent_id == intent_id,
                )
            ).one()
            payment = lock_payment(session, payment_id)
            record_dispute(session, payment, answer, now=self.payer.now)

    def cents_in(self, *accounts: LedgerAccount) -> int:
        """What the journal has in them together."""
        return self.payer.read(
            lambda session: int(
                session.scalar(
                    select(func.coalesce(func.sum(PostingRow.amount_cents), 0)).where(
                        PostingRow.practice_id == practice_of(session),
                        PostingRow.account.in_([account.value for account in accounts]),
                    )
                )
                or 0
            )
        )

    def entries(self, event: str) -> list[dict[str, int]]:
        """The legs of every entry of an event, by account, oldest first."""

        def query(session: Session) -> list[dict[str, int]]:
            rows = session.execute(
                select(PostingRow.entry_id, PostingRow.account, PostingRow.amount_cents)
                .join(JournalEntryRow, JournalEntryRow.entry_id == PostingRow.entry_id)
                .where(
                    PostingRow.practice_id == practice_of(session),
                    JournalEntryRow.practice_id == practice_of(session),
                    JournalEntryRow.business_event == event,
                )
                .order_by(PostingRow.entry_id)
            )
            found: dict[UUID, dict[str, int]] = {}
            for row in rows:
                legs = found.setdefault(row.entry_id, {})
                legs[row.account] = legs.get(row.account, 0) + row.amount_cents
            return list(found.values())

        return self.payer.read(query)

    def problems(self) -> list[str]:
        """What the checks of these books find."""
        return self.payer.read(
            lambda session: [
                finding.message
                for checks in (books_checks, dispute_checks)
                for finding in checks(session)
            ]
        )
