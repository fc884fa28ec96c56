"""kill -9 before and after every statement, commit and call: each dollar is posted just once.

`mortal.py` is the process that dies. Afterwards people do what people do: they press again, Stripe
sends again (or, every other time, never), and the sweep looks.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Principal, new_id
from portal.demo.stripe_simulator.webhooks import sign
from portal.domain.journal import BusinessEvent
from portal.domain.payment_status import PaymentState
from portal.payments.refunds.service import request_refund
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import WEBHOOK_SECRET, StripeWire
from tests.payments.paying import GOOD_CARD, Payer
from tests.proofs.conftest import ProofBooks, Size, chance_of
from tests.proofs.test_webhook_orders import booked, deliver, told

_REPOSITORY: Final = Path(__file__).parents[2]
_CENTS: Final = 10_000
_REFUNDED_CENTS: Final = 4_000
_MOMENTS_IN_SMALL: Final = 3
_ONCE: Final = {BusinessEvent.PAYMENT_SETTLED.value: 1}
_PAID: Final = "payment_intent.succeeded"


@dataclass(frozen=True, slots=True)
class Fate:
    """How a process ended, and how many moments it lived through if it was not killed."""

    ended: str
    moments: int


class Mortal:
    """The process whose children die."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def act(self, act: str, *, dies_at: int, payer: Payer, **more: object) -> Fate:
        owing = payer.owing
        given = {
            "act": act,
            "dies_at": dies_at,
            "now": payer.now.isoformat(),
            "practice_id": str(owing.practice_id),
            "guarantor_id": str(owing.guarantor_id),
            "statement_id": str(owing.statement_id),
            "link_id": str(owing.link_id),
            **more,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(given) + "\n")
        self._process.stdin.flush()
        return Fate(**json.loads(self._process.stdout.readline()))


@pytest.fixture(scope="module")
def mortal(books: ProofBooks, shared_stripe_wire: StripeWire) -> Iterator[Mortal]:
    command = [sys.executable, "-m", "tests.proofs.mortal"]
    with subprocess.Popen(
        [*command, books.urls.app, shared_stripe_wire.direct_base],
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Mortal(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(frozen=True, slots=True)
class Scene:
    """One person's act, up to the moment before it, and what they do after the restart."""

    payer: Payer
    mortal: Mortal
    stripe_wire: StripeWire

    def pay(self, dies_at: int) -> Fate:
        fate = self.mortal.act("pay", dies_at=dies_at, payer=self.payer, cents=_CENTS)
        self._pay_to_the_end(self.payer.prepare(_CENTS))
        assert booked(self.payer) == told(self.payer) == _ONCE
        return fate

    def confirm(self, dies_at: int) -> Fate:
        payment_id = self.payer.prepare(_CENTS)
        fate = self.mortal.act(
            "confirm",
            dies_at=dies_at,
            payer=self.payer,
            cents=_CENTS,
            payment_id=str(payment_id),
        )
        self._pay_to_the_end(payment_id)
        assert booked(self.payer) == told(self.payer) == _ONCE
        return fate

    def come_back(self, dies_at: int) -> Fate:
        payment_id = self.payer.pay_at_stripe()
        fate = self.mortal.act(
            "return", dies_at=dies_at, payer=self.payer, payment_id=str(payment_id)
        )
        self._settles(payment_id)
        return fate

    def webhook(self, dies_at: int) -> Fate:
        payment_id = self.payer.pay_at_stripe()
        event = self._newest(_PAID)
        body = json.dumps(event)
        signature = sign(body.encode(), WEBHOOK_SECRET, signed_at=int(self.payer.now.timestamp()))
        fate = self.mortal.act(
            "webhook", dies_at=dies_at, payer=self.payer, body=body, signature=signature
        )
        if dies_at % 2:  # Stripe had no answer, so it sends it again; or it gave up
            deliver(self.payer, event)
        self._settles(payment_id)
        return fate

    def refund(self, dies_at: int) -> Fate:
        payment_id, refund_id = self.payer.pay(), new_id()
        fate = self.mortal.act(
            "refund",
            dies_at=dies_at,
            payer=self.payer,
            payment_id=str(payment_id),
            refund_id=str(refund_id),
            cents=_REFUNDED_CENTS,
        )
        self._press_refund(payment_id, refund_id)
        self.payer.wait(minutes=10)
        self.payer.sweep()
        expected = {**_ONCE, BusinessEvent.REFUND_PAID.value: 1}
        assert booked(self.payer) == told(self.payer) == expected
        intent = self.payer.row(payment_id).payment_intent_id
        made = self.stripe_wire.api("GET", f"/v1/refunds?payment_intent={intent}")["data"]
        assert [one["amount"] for one in made] == [_REFUNDED_CENTS]
        return fate

    def _pay_to_the_end(self, payment_id: UUID) -> None:
        address = self.payer.confirm(payment_id)
        assert address is not None
        Cardholder(address).pay(GOOD_CARD)
        self.payer.sweep(everything=True)
        assert self.payer.state(payment_id) is PaymentState.SUCCEEDED

    def _settles(self, payment_id: UUID) -> None:
        self.payer.sweep(everything=True)
        assert self.payer.state(payment_id) is PaymentState.SUCCEEDED
        assert booked(self.payer) == told(self.payer) == _ONCE

    def _newest(self, kind: str) -> dict[str, Any]:
        page = self.stripe_wire.api("GET", f"/v1/events?limit=1&type={kind}")
        event: dict[str, Any] = page["data"][0]
        return event

    def _press_refund(self, payment_id: UUID, refund_id: UUID) -> None:
        """The same form once more."""
        staff = Principal.staff(self.payer.owing.practice_id, staff_id=new_id(), role="admin")
        request_refund(
            self.payer.database,
            self.payer.gateway,
            staff,
            refund_id=refund_id,
            payment_id=payment_id,
            amount_cents=_REFUNDED_CENTS,
            reason="asked for",
            now=self.payer.now,
            request_id="test",
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """What every scene needs."""

    gateway: StripeGateway
    stripe_wire: StripeWire
    mortal: Mortal


@pytest.fixture
def stage(direct_gateway: StripeGateway, stripe_wire: StripeWire, mortal: Mortal) -> Stage:
    return Stage(direct_gateway, stripe_wire, mortal)


ACTS: Final[Mapping[str, Callable[[Scene, int], Fate]]] = {
    "pay": Scene.pay,
    "confirm": Scene.confirm,
    "return": Scene.come_back,
    "webhook": Scene.webhook,
    "refund": Scene.refund,
}


@pytest.mark.parametrize("act", ACTS)
def test_a_process_killed_at_any_moment_of_an_act_loses_nothing_and_doubles_nothing(
    books: ProofBooks, stage: Stage, size: Size, act: str
) -> None:
    first = 10_000 * (1 + list(ACTS).index(act))

    def live(number: int, *, dies_at: int) -> Fate:
        payer = books.somebody(stage.gateway, number=first + number)
        return ACTS[act](Scene(payer, stage.mortal, stage.stripe_wire), dies_at)

    unharmed = live(0, dies_at=0)
    assert unharmed.ended == "done"
    moments = range(1, unharmed.moments + 1)
    chosen = moments if size.is_full else chance_of(act).sample(moments, _MOMENTS_IN_SMALL)
    for moment in chosen:
        fate = live(moment, dies_at=moment)
        assert fate.ended == "killed", f"{act} at moment {moment}"
        size.add(f"kills in {act}", 1)
    assert books.findings() == []
