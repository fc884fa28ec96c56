"""The box beside a payment: what it is paid with is kept when it was ticked, and only then."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.db import Principal
from portal.domain.charge_schedule import ScheduledState
from portal.domain.payment_status import PaymentState
from portal.payments.methods.models import StripeCustomer
from portal.payments.methods.service import keep_nothing, keep_with_payment, sweep_setups
from tests.contracts.account_holder import AccountHolder
from tests.contracts.hosted_page import Cardholder
from tests.payments.keeping import ADDRESS, Keeper
from tests.payments.paying import GOOD_CARD


def tick(keeper: Keeper, payment_id: UUID) -> None:
    keep_with_payment(
        keeper.payer.database,
        keeper.stripe,
        keeper.payer.owing.principal,
        payment_id,
        guarantor_id=keeper.guarantor_id,
        language="es",
        address_hash=ADDRESS,
        now=keeper.now,
    )


def untick(keeper: Keeper, payment_id: UUID) -> None:
    ana = keeper.payer.owing.principal
    keep_nothing(keeper.payer.database, ana, payment_id, now=keeper.now)


def pay(keeper: Keeper, payment_id: UUID, *, account: bool = False) -> None:
    address = keeper.payer.confirm(payment_id)
    assert address is not None
    if account:
        AccountHolder(address).debit()
    else:
        Cardholder(address).pay(GOOD_CARD)
    keeper.payer.apply(payment_id)


@pytest.mark.parametrize("account", [False, True])
def test_what_pays_is_kept_and_can_be_charged_later(keeper: Keeper, *, account: bool) -> None:
    payment_id = keeper.payer.prepare(4_000)
    tick(keeper, payment_id)
    tick(keeper, payment_id)
    pay(keeper, payment_id, account=account)
    keeper.hear("payment_method.attached")
    (method,) = keeper.methods()
    assert method.last4 == ("6789" if account else "4242")
    keeper.pass_days(8)
    keeper.payer.sweep(everything=True)
    scheduled_id = keeper.plan(method.method_id, cents=6_000, days=1)
    keeper.pass_days(1)
    keeper.charge()
    expected = ScheduledState.WAITING if account else ScheduledState.PAID
    assert keeper.state(scheduled_id) is expected


def test_the_sweep_keeps_what_no_webhook_told_of(keeper: Keeper) -> None:
    payment_id = keeper.payer.prepare(4_000)
    tick(keeper, payment_id)
    pay(keeper, payment_id)
    keeper.payer.wait(minutes=5)
    database, practice_id = keeper.payer.database, keeper.practice_id
    assert sweep_setups(database, keeper.stripe, practice_id, now=keeper.now) == 1
    assert [one.last4 for one in keeper.methods()] == ["4242"]
    assert sweep_setups(database, keeper.stripe, practice_id, now=keeper.now) == 0


def test_without_the_box_nothing_is_kept(keeper: Keeper) -> None:
    payment_id = keeper.payer.prepare(4_000)
    untick(keeper, payment_id)
    pay(keeper, payment_id)
    keeper.apply()
    assert keeper.methods() == []
    assert keeper.wire.api("GET", "/v1/customers")["data"] == []


def test_a_box_that_was_ticked_and_unticked_keeps_nothing(keeper: Keeper) -> None:
    payment_id = keeper.payer.prepare(4_000)
    tick(keeper, payment_id)
    untick(keeper, payment_id)
    pay(keeper, payment_id)
    keeper.apply()
    assert keeper.methods() == []


@pytest.mark.parametrize("how", ["unticked", "left"])
def test_a_box_that_came_to_nothing_is_good_for_no_later_card(keeper: Keeper, how: str) -> None:
    payment_id = keeper.payer.prepare(4_000)
    tick(keeper, payment_id)
    if how == "unticked":
        untick(keeper, payment_id)
        pay(keeper, payment_id)
    customer = keeper.payer.read(lambda session: session.scalars(select(StripeCustomer)).one())
    attach = "/v1/payment_methods/pm_card_mastercard/attach"
    keeper.wire.api("POST", attach, f"customer={customer.customer_id}")
    keeper.hear("payment_method.attached")
    assert keeper.methods() == []
    assert keeper.payer.task_kinds() == ["method_without_consent"]


def test_while_stripe_makes_no_customer_it_is_paid_and_not_kept(keeper: Keeper) -> None:
    payment_id = keeper.payer.prepare(4_000)
    keeper.wire.control.fail_next("503", operation="POST /v1/customers")
    tick(keeper, payment_id)
    pay(keeper, payment_id)
    keeper.apply()
    assert keeper.methods() == []
    assert keeper.posted_cents() == 4_000


@pytest.mark.parametrize("fault", ["", "answer_lost"])
def test_another_reader_of_the_link_never_gets_into_a_page_with_a_ticked_box(
    keeper: Keeper, fault: str
) -> None:
    """What they pay with would be kept for the guarantor, who ticked the box for their own card."""
    reader = keeper.payer
    theirs = Principal.link(
        keeper.practice_id,
        guarantor_id=keeper.guarantor_id,
        link_id=reader.owing.link_id,
        is_guarantor=True,
    )
    guarantor = replace(reader, owing=replace(reader.owing, principal=theirs))
    payment_id = guarantor.prepare(4_000)
    tick(keeper, payment_id)
    if fault:
        keeper.wire.control.fail_next(fault)
    address = guarantor.confirm(payment_id)
    assert (address is None) == bool(fault)
    assert reader.confirm(payment_id) is None
    assert reader.state(payment_id) is PaymentState.EXPIRED
    again = reader.prepare(4_000)
    pay(keeper, again)
    keeper.apply()
    assert keeper.methods() == []
    assert keeper.posted_cents() == 4_000
