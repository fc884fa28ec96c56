"""Five events of one payment in each of their 120 orders, twice, late, or never: booked once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from portal.connectors.stripe_gateway import StripeGateway
from portal.db import practice_of
from portal.demo.stripe_simulator.webhooks import sign
from portal.domain.journal import BusinessEvent
from portal.domain.payment_status import PaymentState
from portal.ledger.models import JournalEntryRow, LedgerPost
from portal.payments.webhooks import NO_HANDLERS, EventHandlers, receive_webhook
from portal.practice.directory import practice_by_id
from tests.contracts.stripe_wire import WEBHOOK_SECRET, StripeWire
from tests.payments.paying import Payer
from tests.proofs.conftest import ProofBooks, Size, chance_of

KINDS: Final = (
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.succeeded",
    "refund.created",
    "charge.refunded",
)
ORDERS: Final = tuple(permutations(KINDS))
PIECES: Final = 20
PIECES_IN_SMALL: Final = 20
TRACES_OF_AN_ORDER: Final = 17
_ANSWERED: Final = {"applied", "seen_before", "ignored", "parked"}


@dataclass(frozen=True, slots=True)
class Trace:
    """What arrives, and what else happens in between; the seed says it all."""

    seed: str
    steps: tuple[str, ...]


def trace(order: Sequence[str], number: int) -> Trace:
    """The first of an order is plain; the others have copies, losses and other goings-on."""
    seed = f"{','.join(order)}/{number}"
    if number == 0:
        return Trace(seed, tuple(order))
    chance = chance_of(seed)
    steps = [kind for kind in order if chance.random() > 0.25]
    for kind in tuple(steps):
        for _ in range(chance.choice((0, 0, 1, 2))):
            steps.insert(chance.randrange(steps.index(kind), len(steps) + 1), kind)
    for other in ("return", "sweep", "wait", "return"):
        if chance.random() < 0.4:
            steps.insert(chance.randrange(len(steps) + 1), other)
    return Trace(seed, tuple(steps))


def test_every_order_of_five_webhooks_books_a_payment_and_its_refund_once(
    books: ProofBooks,
    direct_gateway: StripeGateway,
    stripe_wire: StripeWire,
    size: Size,
    piece: int,
) -> None:
    orders = ORDERS[piece::PIECES]
    chosen = [trace(order, number) for order in orders for number in range(TRACES_OF_AN_ORDER)]
    sample = chosen if size.is_full else chance_of(piece).sample(chosen, 1)
    for number, one in enumerate(sample):
        payer = books.somebody(direct_gateway, number=10_000 + 1_000 * piece + number)
        live_through(payer, stripe_wire, one)
        size.add("webhook traces", 1)
    assert books.findings() == [], f"after {one.seed}"


def live_through(payer: Payer, stripe_wire: StripeWire, trace: Trace) -> None:
    payment_id = payer.pay_at_stripe()
    events = of_this_payment(stripe_wire, payment_id)
    for step in trace.steps:
        if step in events:
            assert deliver(payer, events[step]) in _ANSWERED, trace.seed
        elif step == "return":
            payer.apply(payment_id)
        elif step == "sweep":
            payer.sweep()
        else:
            payer.wait(minutes=4)
    payer.wait(minutes=10)
    payer.sweep()
    payer.sweep()
    assert payer.state(payment_id) is PaymentState.SUCCEEDED, trace.seed
    expected = {BusinessEvent.PAYMENT_SETTLED.value: 1}
    if "refund.created" in trace.steps:
        expected[BusinessEvent.REFUND_PAID.value] = 1
    assert booked(payer) == expected, trace.seed
    assert told(payer) == expected, trace.seed


def of_this_payment(stripe_wire: StripeWire, payment_id: UUID) -> dict[str, dict[str, Any]]:
    """The five, with a refund of 25.00 made on Stripe's own pages."""
    newest = stripe_wire.api("GET", "/v1/payment_intents?limit=1")["data"][0]
    assert newest["metadata"] == {"payment_id": str(payment_id)}
    stripe_wire.api("POST", "/v1/refunds", f"payment_intent={newest['id']}&amount=2500")
    page = stripe_wire.api("GET", "/v1/events?limit=10")
    found = {event["type"]: event for event in page["data"][::-1]}
    return {kind: found[kind] for kind in KINDS}


def deliver(payer: Payer, event: dict[str, Any], *, handlers: EventHandlers = NO_HANDLERS) -> str:
    """To the portal, signed as Stripe signs it; what became of it."""
    body = json.dumps(event, indent=2).encode()
    return receive_webhook(
        payer.database,
        payer.gateway,
        practice_by_id(payer.database, payer.owing.practice_id),
        raw_body=body,
        signature=sign(body, WEBHOOK_SECRET, signed_at=int(payer.now.timestamp())),
        livemode=False,
        now=payer.now,
        handlers=handlers,
    ).value


def booked(payer: Payer) -> dict[str, int]:
    """Entries about money of this person, by what they are."""
    kinds = [BusinessEvent.PAYMENT_SETTLED, BusinessEvent.PAYMENT_SUSPENDED]
    kinds.append(BusinessEvent.REFUND_PAID)
    rows = payer.read(
        lambda session: session.execute(
            select(JournalEntryRow.business_event, func.count().label("entries"))
            .where(
                JournalEntryRow.practice_id == practice_of(session),
                JournalEntryRow.guarantor_id == payer.owing.guarantor_id,
                JournalEntryRow.business_event.in_([kind.value for kind in kinds]),
            )
            .group_by(JournalEntryRow.business_event)
        ).all()
    )
    return {row.business_event: row.entries for row in rows}


def told(payer: Payer) -> dict[str, int]:
    """What the practice's system will hear about this person."""
    rows = payer.read(
        lambda session: session.execute(
            select(LedgerPost.kind, func.count().label("posts"))
            .where(
                LedgerPost.practice_id == practice_of(session),
                LedgerPost.guarantor_id == payer.owing.guarantor_id,
            )
            .group_by(LedgerPost.kind)
        ).all()
    )
    return {row.kind: row.posts for row in rows}
