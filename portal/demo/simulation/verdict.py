"""What came of it all: Stripe's own account beside our books, when nothing moves any more."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.db import Database, Principal, practice_of
from portal.demo.simulation.people import Population
from portal.demo.simulation.stripe import SimulatedStripe
from portal.domain.charge_schedule import (
    TO_COME,
    UNDER_WAY,
    ScheduledOrigin,
    ScheduledState,
    notice_before,
)
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_channel import OFF_SESSION
from portal.domain.payment_status import GIVEN_UP, UNFINISHED, RefundState
from portal.jobs.ledger_check import check_ledger
from portal.ledger.models import JournalEntryRow
from portal.ledger.queries import account_sums
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.payments.models import Payment, Refund
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry

_CLEARING: Final = (LedgerAccount.CARD_CLEARING, LedgerAccount.BANK_CLEARING)
_REFUND_ENDS: Final = (*GIVEN_UP, RefundState.SUCCEEDED)
_CHARGE_UNFINISHED: Final = TO_COME | UNDER_WAY | {ScheduledState.DRAFT}
_DISPUTE: Final = "adjustment"
_WITH_THE_PAYOUT: Final = frozenset({"stripe_fee", "payout"})
_LEFT_STRIPE: Final = frozenset({"paid", "failed"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`settled` counts intents that succeeded at Stripe, `posted` those our books have just once.

    `clearing_cents` is what the clearing accounts hold beyond what is still at Stripe; when payouts
    have taken everything to the bank, that is what they hold at all. `stuck` are payments, refunds
    and charges agreed on beforehand that have not ended; `by_itself` are the attempts with nobody
    present.
    """

    attempts: int
    settled: int
    posted: int
    posted_twice: int
    stuck: int
    clearing_cents: int
    ledger_ok: bool
    by_itself: int
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return (
            self.settled == self.posted
            and self.ledger_ok
            and not (self.posted_twice or self.stuck or self.clearing_cents or self.findings)
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judge(
    database: Database,
    stripe: SimulatedStripe,
    population: Population,
    surprises: Iterable[BaseException],
) -> Verdict:
    """Compare. ``surprises`` are errors that nobody foresaw; each is a finding."""
    job = Principal.job(population.practice.practice_id, role="simulation")
    intents = stripe.all("/v1/payment_intents")
    received = {
        intent["id"]: intent["amount_received"]
        for intent in intents
        if intent["status"] == "succeeded"
    }
    with database.transaction(job) as session:
        posted = _entries_of_intents(session)
        sums: Mapping[LedgerAccount, int] = account_sums(session)
        attempts, stuck = _attempts(session), _stuck(session)
        by_itself, surprised = _by_itself(session), tuple(_surprised(session))
    checked = check_ledger(database)
    return Verdict(
        attempts=attempts,
        settled=len(received),
        posted=sum(posted[intent_id] == 1 for intent_id in received),
        posted_twice=sum(times > 1 for times in posted.values()),
        stuck=stuck,
        clearing_cents=sum(sums.get(account, 0) for account in _CLEARING)
        - _at_stripe_cents(stripe),
        ledger_ok=checked.ok,
        by_itself=by_itself,
        findings=(
            *surprised,
            *(f"{finding.check}: {finding.message}" for _, finding in checked.findings),
            *(f"{intent_id} is posted, not paid" for intent_id in posted.keys() - received.keys()),
            *(f"unforeseen: {error!r}" for error in surprises),
        ),
    )


def _at_stripe_cents(stripe: SimulatedStripe) -> int:
    """What no payout has taken to the bank yet, as our clearing accounts have it meanwhile.

    A payout, and the fees it carries, are booked when it has come; a dispute's with the dispute.
    """
    gone = {
        money["id"]
        for payout in stripe.all("/v1/payouts")
        if payout["status"] in _LEFT_STRIPE
        for money in stripe.all("/v1/balance_transactions", payout=payout["id"])
    }
    return sum(
        money["net"] if money["type"] == _DISPUTE else money["amount"]
        for money in stripe.all("/v1/balance_transactions")
        if money["id"] not in gone and money["type"] not in _WITH_THE_PAYOUT
    )


def _entries_of_intents(session: Session) -> Counter[str]:
    """How often each intent's money is in the journal: settled, or in suspense and still there."""
    practice_id = practice_of(session)
    entry, undone = JournalEntryRow, aliased(JournalEntryRow)
    settled = session.scalars(
        select(Payment.payment_intent_id)
        .join(
            entry,
            (entry.practice_id == practice_id)
            & (entry.business_event == BusinessEvent.PAYMENT_SETTLED.value)
            & (entry.source_key == func.cast(Payment.payment_id, entry.source_key.type)),
        )
        .where(Payment.practice_id == practice_id, Payment.payment_intent_id.is_not(None))
    )
    suspended = session.scalars(
        select(entry.source_key)
        .outerjoin(
            undone, (undone.practice_id == practice_id) & (undone.reverses_id == entry.entry_id)
        )
        .where(
            entry.practice_id == practice_id,
            entry.business_event == BusinessEvent.PAYMENT_SUSPENDED.value,
            entry.reverses_id.is_(None),
            undone.entry_id.is_(None),
        )
    )
    return Counter([str(intent_id) for intent_id in (*settled, *suspended)])


def _attempts(session: Session) -> int:
    query = select(func.count()).where(Payment.practice_id == practice_of(session))
    return session.scalar(query) or 0


def _by_itself(session: Session) -> int:
    query = select(func.count()).where(
        Payment.practice_id == practice_of(session),
        Payment.channel.in_([channel.value for channel in OFF_SESSION]),
    )
    return session.scalar(query) or 0


def _stuck(session: Session) -> int:
    """Payments, refunds and charges that have not come to an end."""
    practice_id = practice_of(session)
    payments = select(func.count()).where(
        Payment.practice_id == practice_id,
        Payment.state.in_([state.value for state in UNFINISHED]),
    )
    refunds = select(func.count()).where(
        Refund.practice_id == practice_id,
        Refund.state.not_in([state.value for state in _REFUND_ENDS]),
    )
    charges = select(func.count()).where(
        ScheduledPayment.practice_id == practice_id,
        ScheduledPayment.state.in_([state.value for state in _CHARGE_UNFINISHED]),
    )
    return sum(session.scalar(query) or 0 for query in (payments, refunds, charges))


def _surprised(session: Session) -> Iterator[str]:
    """Whoever was charged by autopay without having been told in time; mail that never left."""
    practice_id = practice_of(session)
    tries = session.execute(
        select(ScheduledPayment, ScheduledTry)
        .join(
            ScheduledTry,
            (ScheduledTry.practice_id == practice_id)
            & (ScheduledTry.scheduled_id == ScheduledPayment.scheduled_id),
        )
        .where(
            ScheduledPayment.practice_id == practice_id,
            ScheduledPayment.origin == ScheduledOrigin.AUTOPAY.value,
        )
    )
    for planned, made in tries:
        told = planned.notified_at
        if told is None or made.tried_on < told.date() + notice_before(made.method_kind):
            yield f"{made.payment_id} was charged on {made.tried_on}, told of at {told}"
    queued = session.scalar(
        select(func.count()).where(
            Message.practice_id == practice_id, Message.state == MessageState.QUEUED.value
        )
    )
    if queued:
        yield f"{queued} mails never left"
