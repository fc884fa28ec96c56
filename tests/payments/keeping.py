"""Somebody who keeps a way to pay, plans charges and has autopay, use case by use case."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update

from portal.auth.link_tokens import LinkTokens
from portal.connectors.payment_gateway import GatewayEvent
from portal.connectors.saved_methods import SavedMethods
from portal.db import new_id, practice_of
from portal.domain.charge_schedule import ScheduledState
from portal.domain.payment_channel import MethodKind
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.payments.autopay.service import AutopayTerms, start_autopay
from portal.payments.event_handlers import event_handlers
from portal.payments.methods.apply import apply_saved_methods, live_methods
from portal.payments.methods.models import AgreementEvent, SavedMethod
from portal.payments.methods.service import Wish, begin_saving, remove_method
from portal.payments.models import Payment
from portal.payments.scheduled.charging import ChargeCounts, charge_what_is_due
from portal.payments.scheduled.models import ScheduledPayment
from portal.payments.scheduled.planning import PlanCounts, look_ahead
from portal.payments.scheduled.service import agree_to_payment, choose_payment, move
from portal.payments.webhooks import WebhookOutcome, act_on
from portal.practice.models import Hold
from portal.statements.models import Statement, StatementShare
from portal.statements.queries import statements_issued
from tests.auth.running import SECRET_KEY
from tests.contracts.account_holder import AccountHolder
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import WEBHOOK_SECRET, StripeWire
from tests.payments.installments import CoveredLine, Installment, Plans
from tests.payments.paying import DUE, GOOD_CARD, Payer

PACIFIC = ZoneInfo("America/Los_Angeles")
DECLINED_LATER = "4000000000000341"
NO_MONEY_LATER = "pm_card_visa_chargeDeclinedInsufficientFunds"
BANK_ASKS = "4000002760003184"
ADDRESS = b"hash of an address"


@dataclass(slots=True)
class Keeper:
    """Ana, her kept ways to pay, and the jobs that charge them. Her clock is ``payer.now``."""

    payer: Payer
    wire: StripeWire
    stripe: SavedMethods
    plans: Plans = field(default_factory=Plans)
    mail_is: MessageState = MessageState.SENT  # what becomes of mail while days pass

    @property
    def practice_id(self) -> UUID:
        return self.payer.owing.practice_id

    @property
    def guarantor_id(self) -> UUID:
        return self.payer.owing.guarantor_id

    @property
    def now(self) -> datetime:
        return self.payer.now

    @property
    def today(self) -> date:
        return self.now.astimezone(PACIFIC).date()

    def open_setup(
        self, kind: MethodKind = MethodKind.CARD, *, then: UUID | None = None
    ) -> tuple[UUID, str | None]:
        return begin_saving(
            self.payer.database,
            self.stripe,
            self.payer.owing.principal,
            Wish(kind, then, "en", ADDRESS),
            guarantor_id=self.guarantor_id,
            return_url=lambda setup_id: f"http://localhost/setups/{setup_id}/return",
            now=self.now,
            request_id="test",
        )

    def save(self, number: str = GOOD_CARD) -> UUID:
        """A card, all the way; the id of what is kept."""
        _, address = self.open_setup()
        assert address is not None
        holder = Cardholder(address)
        holder.pay(number)
        if number == BANK_ASKS:
            holder.answer_bank(confirm=True)
        self.apply()
        return self.methods()[-1].method_id

    def save_account(self, account: str = "000123456789") -> UUID:
        _, address = self.open_setup(MethodKind.BANK_DEBIT)
        assert address is not None
        AccountHolder(address).debit(account)
        self.apply()
        return self.methods()[-1].method_id

    def remove(self, method_id: UUID) -> None:
        remove_method(
            self.payer.database,
            self.stripe,
            self.payer.owing.principal,
            method_id,
            now=self.now,
            request_id="test",
        )

    def apply(self) -> None:
        apply_saved_methods(
            self.payer.database, self.stripe, self.practice_id, self.guarantor_id, now=self.now
        )

    def methods(self) -> Sequence[SavedMethod]:
        return self.payer.read(lambda session: live_methods(session, self.guarantor_id))

    def owe_installment(
        self, method_id: UUID, *, days: int = 10, cents: int = 5_000, notice_days: int = 5
    ) -> UUID:
        """An installment of a plan that covers what Ana's statement asks for."""
        one = Installment(
            installment_id=new_id(),
            plan_id=new_id(),
            guarantor_id=self.guarantor_id,
            due_on=self.today + timedelta(days=days),
            due_cents=cents,
            method_id=method_id,
            notice_days=notice_days,
            lines=tuple(
                CoveredLine(owed.target.claim_id, owed.target.charge_id)
                for owed in (self.payer.owing.older, self.payer.owing.newer)
                if owed.target.claim_id is not None
            ),
        )
        self.plans.installments[one.installment_id] = one
        return one.installment_id

    def choose(self, method_id: UUID, *, cents: int = 10_000, days: int = 10) -> UUID:
        return choose_payment(
            self.payer.database,
            self.payer.owing.principal,
            statement_id=self.payer.owing.statement_id,
            amount_cents=cents,
            charge_on=self.today + timedelta(days=days),
            method_id=method_id,
            statement_due=DUE,
            now=self.now,
        )

    def agree(self, scheduled_id: UUID) -> None:
        agree_to_payment(
            self.payer.database,
            self.payer.owing.principal,
            scheduled_id,
            language="en",
            address_hash=ADDRESS,
            statement_due=DUE,
            now=self.now,
            request_id="test",
        )

    def plan(self, method_id: UUID, *, cents: int = 10_000, days: int = 10) -> UUID:
        """A charge that stands."""
        scheduled_id = self.choose(method_id, cents=cents, days=days)
        self.agree(scheduled_id)
        return scheduled_id

    def move(self, scheduled_id: UUID, *, days: int) -> None:
        """To so many days from today."""
        move(
            self.payer.database,
            self.payer.owing.principal,
            scheduled_id,
            charge_on=self.today + timedelta(days=days),
            language="en",
            address_hash=ADDRESS,
            now=self.now,
            request_id="test",
        )

    def start_autopay(self, method_id: UUID, *, cap_cents: int = 50_000, days: int = 10) -> None:
        start_autopay(
            self.payer.database,
            self.payer.owing.principal,
            AutopayTerms(method_id, cap_cents, days),
            guarantor_id=self.guarantor_id,
            language="en",
            address_hash=ADDRESS,
            now=self.now,
            request_id="test",
        )

    def look_ahead(self) -> PlanCounts:
        return look_ahead(
            self.payer.database,
            self.practice_id,
            tokens=LinkTokens(SECRET_KEY),
            statement_due=DUE,
            statements_issued=statements_issued,
            installments_to_come=self.plans.to_come,
            installment_due=self.plans.due,
            now=self.now,
        )

    def charge(self) -> ChargeCounts:
        return charge_what_is_due(
            self.payer.database,
            self.payer.gateway,
            self.stripe,
            self.practice_id,
            statement_due=DUE,
            installment_due=self.plans.due,
            now=self.now,
        )

    def pass_days(self, days: int) -> None:
        """To noon of that day, here and at Stripe. Meanwhile the mail goes out."""
        with self.payer.database.transaction(self.payer.job) as session:
            session.execute(
                update(Message)
                .where(
                    Message.practice_id == self.practice_id,
                    Message.state == MessageState.QUEUED.value,
                )
                .values(state=self.mail_is.value)
            )
        noon = datetime.combine(self.today + timedelta(days=days), time_of_day(12), PACIFIC)
        self.wire.control.advance_clock(seconds=int((noon - self.now).total_seconds()))
        self.payer.now = noon.astimezone(UTC)

    def hold(self) -> None:
        """Nothing may be asked of Ana."""
        with self.payer.database.transaction(self.payer.job) as session:
            session.execute(
                insert(Hold).values(
                    practice_id=self.practice_id,
                    hold_id=new_id(),
                    guarantor_id=self.guarantor_id,
                    kind="disputed",
                    reason="a test",
                    placed_at=self.now,
                    placed_by="test",
                )
            )

    def issue(self, cents: int = 3_000) -> UUID:
        """A new statement, which asks for the visit that none asked for yet."""
        owing, statement_id = self.payer.owing, new_id()
        with self.payer.database.transaction(self.payer.job) as session:
            session.execute(
                insert(Statement).values(
                    practice_id=self.practice_id,
                    statement_id=statement_id,
                    guarantor_id=self.guarantor_id,
                    number="10483",
                    as_of=self.today,
                    issued_at=self.now,
                    due_on=self.today + timedelta(days=25),
                    amount_due_cents=cents,
                    document_version=1,
                    document={"issued_on": self.today.isoformat()},
                )
            )
            session.execute(
                insert(StatementShare).values(
                    practice_id=self.practice_id,
                    statement_id=statement_id,
                    share_number=1,
                    guarantor_id=self.guarantor_id,
                    claim_id=owing.unbilled.target.claim_id,
                    charge_id=owing.unbilled.target.charge_id,
                    owed_cents=cents,
                )
            )
        return statement_id

    def row(self, scheduled_id: UUID) -> ScheduledPayment:
        return self.payer.read(
            lambda session: session.scalars(
                select(ScheduledPayment).where(
                    ScheduledPayment.practice_id == practice_of(session),
                    ScheduledPayment.scheduled_id == scheduled_id,
                )
            ).one()
        )

    def state(self, scheduled_id: UUID) -> ScheduledState:
        return ScheduledState(self.row(scheduled_id).state)

    def charges(self) -> Sequence[ScheduledPayment]:
        return self.payer.read(
            lambda session: session.scalars(
                select(ScheduledPayment)
                .where(ScheduledPayment.practice_id == practice_of(session))
                .order_by(ScheduledPayment.scheduled_id)
            ).all()
        )

    def history(self, subject_id: UUID) -> list[str]:
        return self.payer.read(
            lambda session: list(
                session.scalars(
                    select(AgreementEvent.state)
                    .where(
                        AgreementEvent.practice_id == practice_of(session),
                        AgreementEvent.subject_id == subject_id,
                    )
                    .order_by(AgreementEvent.event_id)
                )
            )
        )

    def payments(self) -> Sequence[Payment]:
        return self.payer.read(
            lambda session: session.scalars(
                select(Payment)
                .where(Payment.practice_id == practice_of(session))
                .order_by(Payment.payment_id)
            ).all()
        )

    def mails(self) -> list[str]:
        """The templates queued for Ana, oldest first."""
        return self.payer.read(
            lambda session: list(
                session.scalars(
                    select(Message.template)
                    .where(Message.practice_id == practice_of(session))
                    .order_by(Message.message_id)
                )
            )
        )

    def charged_cents(self) -> int:
        """What Stripe took."""
        intents = self.wire.api("GET", "/v1/payment_intents?limit=100")["data"]
        return sum(one["amount_received"] for one in intents)

    def posted_cents(self) -> int:
        return self.payer.read(
            lambda session: (
                session.scalar(
                    select(func.coalesce(func.sum(Payment.amount_cents), 0)).where(
                        Payment.practice_id == practice_of(session), Payment.settled_at.is_not(None)
                    )
                )
                or 0
            )
        )

    def hear(self, event_type: str) -> WebhookOutcome:
        """The newest event of a type, as a webhook would bring it."""
        body = next(one for one in self.wire.events()[::-1] if one["type"] == event_type)
        return act_on(
            self.payer.database,
            self.payer.gateway,
            self.practice_id,
            self._read(json.dumps(body).encode()),
            now=self.now,
            handlers=event_handlers(None, self.stripe),  # type: ignore[arg-type]  # no books here
        )

    def _read(self, raw: bytes) -> GatewayEvent:
        seconds = int(time.time())
        payload = f"{seconds}.".encode() + raw
        digest = hmac.new(WEBHOOK_SECRET.encode(), payload, hashlib.sha256).hexdigest()
        signature = f"t={seconds},v1={digest}"
        return self.payer.gateway.read_event(raw, signature, now=datetime.now(UTC))
