"""Saving ways to pay: agreed to, found again whatever gets lost, renewed, removed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from sqlalchemy import select

from portal.connectors.saved_methods import KeptMethod, SavedMethods
from portal.db import practice_of
from portal.domain.charge_schedule import ScheduledState
from portal.domain.method_setup import SetupState
from portal.domain.payment_channel import MethodKind
from portal.payments.methods.apply import apply_saved_methods
from portal.payments.methods.models import MethodSetup, PaymentConsent, StripeCustomer
from portal.payments.methods.service import (
    SavedMethodNotFoundError,
    choose_default,
    remove_method,
    sweep_setups,
)
from portal.payments.scheduled.endings import standing_agreement
from portal.payments.webhooks import WebhookOutcome
from tests.contracts.hosted_page import Cardholder
from tests.payments.keeping import ADDRESS, Keeper
from tests.payments.paying import DECLINED_CARD, GOOD_CARD

OTHER_CARD = "5555555555554444"


def setups(keeper: Keeper) -> list[MethodSetup]:
    return keeper.payer.read(
        lambda session: list(
            session.scalars(
                select(MethodSetup).where(MethodSetup.practice_id == practice_of(session))
            )
        )
    )


def consents(keeper: Keeper) -> list[PaymentConsent]:
    return keeper.payer.read(
        lambda session: list(
            session.scalars(
                select(PaymentConsent).where(PaymentConsent.practice_id == practice_of(session))
            )
        )
    )


def test_a_card_is_kept_with_what_was_agreed_to_word_for_word(keeper: Keeper) -> None:
    keeper.save()
    (method,), (consent,), (setup,) = keeper.methods(), consents(keeper), setups(keeper)
    assert (method.brand, method.last4, method.is_default) == ("visa", "4242", True)
    assert method.consent_id == setup.consent_id == consent.consent_id
    assert (consent.kind, consent.text_version, consent.language) == ("save_method", 2, "en")
    assert "Stripe keeps the number" in consent.sentences[0]
    assert consent.address_hash == ADDRESS
    assert consent.given_by == keeper.payer.owing.link_id
    assert keeper.history(setup.setup_id) == ["starting", "open", "saved"]
    assert keeper.mails() == ["method_saved"]
    assert keeper.charged_cents() == 0


def test_the_customer_at_stripe_has_an_id_and_nothing_else(keeper: Keeper) -> None:
    keeper.save()
    (customer,) = keeper.wire.api("GET", "/v1/customers")["data"]
    told = {name: customer[name] for name in ("name", "email", "phone", "address", "description")}
    assert not any(told.values())
    assert customer["metadata"] == {}


def test_a_card_that_the_bank_refuses_is_not_kept(keeper: Keeper) -> None:
    _, address = keeper.open_setup()
    assert address is not None
    Cardholder(address).pay(DECLINED_CARD)
    keeper.apply()
    assert keeper.methods() == []
    assert setups(keeper)[0].state == SetupState.OPEN.value


@pytest.mark.parametrize("event_type", ["checkout.session.completed", "setup_intent.succeeded"])
def test_a_webhook_saves_what_nobody_came_back_for_and_only_once(
    keeper: Keeper, event_type: str
) -> None:
    _, address = keeper.open_setup()
    assert address is not None
    Cardholder(address).pay(GOOD_CARD)
    assert keeper.hear(event_type) is WebhookOutcome.APPLIED
    assert keeper.hear(event_type) is WebhookOutcome.APPLIED
    assert keeper.hear("payment_method.attached") is WebhookOutcome.APPLIED
    assert len(keeper.methods()) == 1
    assert keeper.mails() == ["method_saved"]


def test_the_sweep_saves_what_no_webhook_told_of(keeper: Keeper) -> None:
    _, address = keeper.open_setup()
    assert address is not None
    Cardholder(address).pay(GOOD_CARD)
    keeper.payer.wait(minutes=5)
    swept = sweep_setups(keeper.payer.database, keeper.stripe, keeper.practice_id, now=keeper.now)
    assert swept == 1
    assert [one.last4 for one in keeper.methods()] == ["4242"]


@pytest.mark.parametrize("operation", ["POST /v1/customers", "POST /v1/checkout/sessions"])
def test_a_lost_answer_opens_no_second_customer_and_the_page_is_found(
    keeper: Keeper, operation: str
) -> None:
    keeper.wire.control.fail_next("answer_lost", operation=operation)
    setup_id, address = keeper.open_setup()
    assert address is None
    keeper.open_setup(MethodKind.CARD)
    assert len(keeper.wire.api("GET", "/v1/customers")["data"]) == 1
    keeper.apply()
    states = {one.setup_id: one.state for one in setups(keeper)}
    never_made = operation == "POST /v1/customers"
    assert states[setup_id] == ("starting" if never_made else "open")


def test_the_first_is_the_default_until_another_is_chosen(keeper: Keeper) -> None:
    first, second = keeper.save(), keeper.save(OTHER_CARD)
    assert [one.is_default for one in keeper.methods()] == [True, False]
    database, ana = keeper.payer.database, keeper.payer.owing.principal
    choose_default(database, ana, second, now=keeper.now, request_id="test")
    assert {one.method_id: one.is_default for one in keeper.methods()} == {
        first: False,
        second: True,
    }


def test_a_removed_card_is_kept_nowhere_and_another_becomes_the_default(keeper: Keeper) -> None:
    first, second = keeper.save(), keeper.save(OTHER_CARD)
    database, ana = keeper.payer.database, keeper.payer.owing.principal
    remove_method(database, keeper.stripe, ana, first, now=keeper.now, request_id="test")
    (left,) = keeper.methods()
    assert (left.method_id, left.is_default) == (second, True)
    with pytest.raises(SavedMethodNotFoundError):
        remove_method(database, keeper.stripe, ana, first, now=keeper.now, request_id="test")
    keeper.apply()
    assert [one.method_id for one in keeper.methods()] == [second]


def test_removing_while_stripe_is_away_removes_here_and_there_as_soon_as_it_answers(
    keeper: Keeper,
) -> None:
    method_id = keeper.save()
    database, ana = keeper.payer.database, keeper.payer.owing.principal
    keeper.wire.control.fail_next("500")
    remove_method(database, keeper.stripe, ana, method_id, now=keeper.now, request_id="test")
    assert keeper.methods() == []
    customer = keeper.payer.read(lambda session: session.scalars(select(StripeCustomer)).one())
    kept = f"/v1/customers/{customer.customer_id}/payment_methods"
    assert len(keeper.wire.api("GET", kept)["data"]) == 1
    sweep_setups(database, keeper.stripe, keeper.practice_id, now=keeper.now)
    assert keeper.wire.api("GET", kept)["data"] == []


def test_removing_a_method_stops_its_charges_and_autopay(keeper: Keeper) -> None:
    method_id = keeper.save()
    scheduled_id = keeper.plan(method_id)
    keeper.start_autopay(method_id)
    database, ana = keeper.payer.database, keeper.payer.owing.principal
    remove_method(database, keeper.stripe, ana, method_id, now=keeper.now, request_id="test")
    assert keeper.state(scheduled_id) is ScheduledState.STOPPED
    assert keeper.row(scheduled_id).reason == "method_removed"
    assert keeper.payer.read(lambda s: standing_agreement(s, keeper.guarantor_id)) is None
    assert keeper.mails()[-1] == "autopay_off"
    keeper.pass_days(11)
    keeper.charge()
    assert keeper.charged_cents() == 0


def test_the_network_renews_a_card_and_nobody_is_asked(keeper: Keeper) -> None:
    keeper.save()
    (method,) = keeper.methods()
    renewed = {"payment_method": method.payment_method_id, "exp_year": 2040, "last4": "4444"}
    keeper.wire.control.post("cards/renew", renewed)
    assert keeper.hear("payment_method.automatically_updated") is WebhookOutcome.APPLIED
    (method,) = keeper.methods()
    assert (method.last4, method.exp_year) == ("4444", 2040)
    assert method.renewed_at == keeper.now
    assert keeper.history(method.method_id) == ["added", "renewed"]


def test_a_customer_deleted_at_stripe_takes_everything_with_it(keeper: Keeper) -> None:
    keeper.save()
    customer = keeper.payer.read(lambda session: session.scalars(select(StripeCustomer)).one())
    keeper.wire.api("DELETE", f"/v1/customers/{customer.customer_id}")
    assert keeper.hear("customer.deleted") is WebhookOutcome.APPLIED
    assert keeper.methods() == []
    keeper.save()
    assert len(keeper.methods()) == 1


@dataclass(slots=True)
class SlowStripe:
    """Stripe, whose list of what it keeps arrives after ``meanwhile`` has happened."""

    stripe: SavedMethods
    meanwhile: Callable[[], object]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stripe, name)

    def methods_of(self, customer_id: str, *, stripe_account: str | None) -> tuple[KeptMethod, ...]:
        seen = self.stripe.methods_of(customer_id, stripe_account=stripe_account)
        self.meanwhile()
        return seen


def look_slowly(keeper: Keeper, meanwhile: Callable[[], object]) -> None:
    slow = cast("SavedMethods", SlowStripe(keeper.stripe, meanwhile))
    apply_saved_methods(
        keeper.payer.database, slow, keeper.practice_id, keeper.guarantor_id, now=keeper.now
    )


def test_a_look_that_is_late_removes_nothing_that_was_saved_meanwhile(keeper: Keeper) -> None:
    keeper.save()
    look_slowly(keeper, lambda: keeper.save(OTHER_CARD))
    keeper.apply()
    assert [one.last4 for one in keeper.methods()] == ["4242", "4444"]


def test_a_look_at_a_customer_that_is_gone_leaves_the_newer_one_alone(keeper: Keeper) -> None:
    keeper.save()
    customer = keeper.payer.read(lambda session: session.scalars(select(StripeCustomer)).one())

    def another_customer() -> None:
        keeper.wire.api("DELETE", f"/v1/customers/{customer.customer_id}")
        keeper.hear("customer.deleted")
        keeper.save(OTHER_CARD)

    look_slowly(keeper, another_customer)
    keeper.apply()
    assert [one.last4 for one in keeper.methods()] == ["4444"]


def test_events_of_strangers_and_those_that_say_nothing_are_ignored(keeper: Keeper) -> None:
    keeper.wire.api("POST", "/v1/customers", "")
    assert keeper.hear("customer.created") is WebhookOutcome.IGNORED
    keeper.wire.api(
        "POST",
        "/v1/setup_intents",
        "payment_method=pm_card_visa&confirm=true&payment_method_types[0]=card",
    )
    assert keeper.hear("setup_intent.succeeded") is WebhookOutcome.IGNORED
    assert keeper.methods() == []


def test_what_was_attached_at_stripes_own_pages_is_for_staff_and_never_offered(
    keeper: Keeper,
) -> None:
    keeper.save()
    customer = keeper.payer.read(lambda session: session.scalars(select(StripeCustomer)).one())
    attach = "/v1/payment_methods/pm_card_mastercard/attach"
    keeper.wire.api("POST", attach, f"customer={customer.customer_id}")
    assert keeper.hear("payment_method.attached") is WebhookOutcome.APPLIED
    assert [one.last4 for one in keeper.methods()] == ["4242"]
    assert keeper.payer.task_kinds() == ["method_without_consent"]


def test_a_card_that_ends_soon_is_told_of_once(keeper: Keeper) -> None:
    keeper.save()
    (method,) = keeper.methods()
    today = keeper.today
    form = f"card[exp_month]={today.month}&card[exp_year]={today.year}"
    keeper.wire.api("POST", f"/v1/payment_methods/{method.payment_method_id}", form)
    keeper.apply()
    assert keeper.look_ahead().expiring_told == 1
    assert keeper.look_ahead().expiring_told == 0
    assert keeper.mails() == ["method_saved", "method_expiring"]


def test_the_same_card_saved_again_is_kept_once_with_all_that_was_agreed_for_it(
    keeper: Keeper,
) -> None:
    first = keeper.save()
    keeper.start_autopay(first)
    scheduled_id = keeper.plan(first, cents=5_000, days=5)
    installment_id = keeper.owe_installment(first, days=5)
    keeper.look_ahead()
    second = keeper.save()
    (kept,) = keeper.methods()
    assert (kept.method_id, kept.is_default) == (second, True)
    assert second != first
    assert keeper.history(first) == ["added", "removed"]
    assert {one.method_id for one in keeper.charges()} == {second}
    autopay = keeper.payer.read(lambda session: standing_agreement(session, keeper.guarantor_id))
    assert autopay is not None
    assert autopay.method_id == second
    assert keeper.look_ahead().changed == 0
    sweep_setups(keeper.payer.database, keeper.stripe, keeper.practice_id, now=keeper.now)
    (customer,) = keeper.wire.api("GET", "/v1/customers")["data"]
    listed = keeper.wire.api("GET", f"/v1/customers/{customer['id']}/payment_methods")["data"]
    assert [one["id"] for one in listed] == [kept.payment_method_id]
    keeper.pass_days(5)
    keeper.charge()
    keeper.charge()
    assert keeper.state(scheduled_id) is ScheduledState.PAID
    assert keeper.plans.installments[installment_id].method_id == first
    assert keeper.charged_cents() == keeper.posted_cents() == 10_000
    assert "charge_stopped" not in keeper.mails()


def test_two_cards_of_one_kind_are_two(keeper: Keeper) -> None:
    keeper.save("4242424242424242")
    keeper.save("4000000000000341")
    assert len(keeper.methods()) == 2
