"""Fifty threads, each paying the same balance as fast as it can: one of them does."""

from collections.abc import Iterator
from functools import partial
from itertools import cycle
from typing import Final

from sqlalchemy import select

from portal.connectors.stripe_gateway import StripeGateway
from portal.db import practice_of
from portal.domain.payment_status import PaymentState
from portal.payments.models import Payment
from portal.payments.service import AmountRefusedError, BalanceChangedError
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.payments.paying import GOOD_CARD, Payer, at_once
from tests.proofs.conftest import ProofBooks, Size

THREADS: Final = 50
AMOUNTS_CENTS: Final = (10_000, 9_900, 9_800)
"""The whole balance, and nearly all of it: attempts that leave no room for each other."""

PIECES: Final = 10
PIECES_IN_SMALL: Final = 1
ROUNDS_OF_A_PIECE: Final = 20


def test_fifty_who_pay_one_balance_at_once_pay_it_once(
    books: ProofBooks,
    direct_gateway: StripeGateway,
    stripe_wire: StripeWire,
    size: Size,
    piece: int,
) -> None:
    rounds, threads = size.choose(1, ROUNDS_OF_A_PIECE), size.choose(12, THREADS)
    for number in range(rounds):
        payer = books.somebody(direct_gateway, number=10_000 + 1_000 * piece + number)
        before = received(stripe_wire)
        amounts = cycle(AMOUNTS_CENTS)
        at_once(threads, partial(pay_as_fast_as_possible, payer, amounts))
        payer.sweep(everything=True)
        came = received(stripe_wire).items() - before.items()
        assert len(came) == 1
        assert sum(cents for _, cents in came) <= AMOUNTS_CENTS[0]
        assert states(payer).count(PaymentState.SUCCEEDED) == 1
        size.add("rounds of threads at one balance", 1)
    assert books.findings() == []


def pay_as_fast_as_possible(payer: Payer, amounts: Iterator[int]) -> None:
    """To the end of the way, as far as it leads."""
    try:
        payment_id = payer.prepare(next(amounts))
        address = payer.confirm(payment_id)
    except (AmountRefusedError, BalanceChangedError):
        return
    if address is not None:
        Cardholder(address).pay(GOOD_CARD)
        payer.apply(payment_id)


def received(stripe_wire: StripeWire) -> dict[str, int]:
    """What Stripe got by the newest intents; one that is canceled or waits got nothing."""
    page = stripe_wire.api("GET", "/v1/payment_intents?limit=100")
    return {
        intent["id"]: intent["amount_received"]
        for intent in page["data"]
        if intent["amount_received"]
    }


def states(payer: Payer) -> list[PaymentState]:
    return payer.read(
        lambda session: [
            PaymentState(state)
            for state in session.scalars(
                select(Payment.state).where(
                    Payment.practice_id == practice_of(session),
                    Payment.guarantor_id == payer.owing.guarantor_id,
                )
            )
        ]
    )
