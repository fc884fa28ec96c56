"""Saved ways to pay over the wire: customers, setup pages, charges with nobody present."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from portal.connectors.payment_gateway import (
    CardDeclined,
    CheckoutStatus,
    GatewayUnavailable,
    IntentState,
    IntentStatus,
)
from portal.connectors.saved_methods import SavedMethods, SetupPage
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_saved_methods import StripeSavedMethods
from portal.db import new_id
from tests.contracts.account_holder import AccountHolder
from tests.contracts.checkouts import PAYS
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import SECRET_KEY, StripeWire

RETURN_TO = "https://portal.test/payment-methods/setups/made-up/return"
NEEDS_CONFIRMING = "4000002760003184"
DECLINES_WHEN_CHARGED = "4000000000000341"


@pytest.fixture
def saved_methods(stripe_wire: StripeWire) -> Iterator[StripeSavedMethods]:
    connection = StripeConnection(secret_key=SECRET_KEY, api_base=stripe_wire.api_base, retries=0)
    yield StripeSavedMethods(connection)
    connection.close()


@pytest.fixture
def customer(saved_methods: SavedMethods) -> str:
    return saved_methods.make_customer(customer_key=new_id(), stripe_account=None)


def start_setup(
    saved_methods: SavedMethods,
    customer: str,
    *,
    kind: str = "card",
    setup_id: UUID | None = None,
) -> SetupPage:
    return saved_methods.start_setup(
        setup_id=setup_id or new_id(),
        customer_id=customer,
        method_kind=kind,
        return_url=RETURN_TO,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        locale="en",
        stripe_account=None,
    )


def save(saved_methods: SavedMethods, customer: str, number: str = PAYS) -> str:
    """A card kept for the customer; its id."""
    page = start_setup(saved_methods, customer)
    assert page.url is not None
    holder = Cardholder(page.url)
    holder.pay(number)
    if number == NEEDS_CONFIRMING:
        holder.answer_bank(confirm=True)
    return saved_methods.methods_of(customer, stripe_account=None)[0].id


def charge(
    saved_methods: SavedMethods,
    customer: str,
    method: str,
    *,
    kind: str = "card",
    payment_id: UUID | None = None,
) -> IntentState:
    return saved_methods.charge(
        payment_id=payment_id or new_id(),
        customer_id=customer,
        method_id=method,
        method_kind=kind,
        amount_cents=4_200,
        stripe_account=None,
    )


def test_the_same_key_makes_one_customer_who_has_no_name(
    stripe_wire: StripeWire, saved_methods: SavedMethods
) -> None:
    key = new_id()
    first = saved_methods.make_customer(customer_key=key, stripe_account=None)
    assert saved_methods.make_customer(customer_key=key, stripe_account=None) == first
    sent = [one for one in stripe_wire.exchanges if one.path.endswith("/customers")]
    assert [one.body for one in sent] == ["", ""]


def test_a_card_is_saved_on_stripes_page_and_found_with_what_a_page_says_of_it(
    saved_methods: SavedMethods, customer: str
) -> None:
    setup_id = new_id()
    page = start_setup(saved_methods, customer, setup_id=setup_id)
    assert (page.status, page.has_saved) == (CheckoutStatus.OPEN, False)
    assert page.url is not None
    Cardholder(page.url).pay(PAYS)
    done = saved_methods.look_up_setup(page.id, stripe_account=None)
    assert (done.status, done.has_saved) == (CheckoutStatus.COMPLETE, True)
    assert done.reference == str(setup_id)
    (kept,) = saved_methods.methods_of(customer, stripe_account=None)
    assert (kept.kind, kept.brand, kept.last4) == ("card", "visa", "4242")
    assert (kept.exp_month, kept.exp_year, kept.is_blocked) == (12, 2034, False)


def test_a_bank_account_is_saved_with_its_mandate_and_debited_later(
    saved_methods: SavedMethods, customer: str
) -> None:
    page = start_setup(saved_methods, customer, kind="us_bank_account")
    assert page.url is not None
    AccountHolder(page.url).debit()
    (kept,) = saved_methods.methods_of(customer, stripe_account=None)
    assert (kept.kind, kept.last4, kept.exp_month) == ("us_bank_account", "6789", None)
    intent = charge(saved_methods, customer, kept.id, kind="us_bank_account")
    assert intent.status is IntentStatus.PROCESSING


def test_a_lost_answer_of_a_setup_is_found_by_our_own_reference(
    saved_methods: SavedMethods, customer: str
) -> None:
    setup_id = new_id()
    page = start_setup(saved_methods, customer, setup_id=setup_id)
    start_setup(saved_methods, customer)
    found = saved_methods.find_setup(setup_id, customer_id=customer, stripe_account=None)
    assert found is not None
    assert found.id == page.id
    other = saved_methods.find_setup(new_id(), customer_id=customer, stripe_account=None)
    assert other is None


def test_a_kept_card_is_charged_with_nobody_present_and_only_once_for_one_payment(
    stripe_wire: StripeWire, saved_methods: SavedMethods, customer: str
) -> None:
    method, payment_id = save(saved_methods, customer), new_id()
    first = charge(saved_methods, customer, method, payment_id=payment_id)
    again = charge(saved_methods, customer, method, payment_id=payment_id)
    assert first.status is IntentStatus.SUCCEEDED
    assert (again.id, again.amount_received_cents) == (first.id, 4_200)
    assert first.reference == str(payment_id)
    assert len(stripe_wire.api("GET", "/v1/payment_intents")["data"]) == 1


def test_what_leaves_for_stripe_with_a_charge_is_ids_an_amount_and_a_constant(
    stripe_wire: StripeWire, saved_methods: SavedMethods, customer: str
) -> None:
    method, payment_id = save(saved_methods, customer), new_id()
    charge(saved_methods, customer, method, payment_id=payment_id)
    (sent,) = [one for one in stripe_wire.exchanges if one.path.endswith("/payment_intents")]
    told = {name: values[0] for name, values in parse_qs(sent.body).items()}
    assert told == {
        "amount": "4200",
        "currency": "usd",
        "customer": customer,
        "payment_method": method,
        "payment_method_types[0]": "card",
        "confirm": "true",
        "off_session": "true",
        "description": "Account balance",
        "metadata[payment_id]": str(payment_id),
        "expand[0]": "latest_charge",
    }


def test_a_declined_charge_says_why_and_which_intent(
    saved_methods: SavedMethods, customer: str
) -> None:
    method = save(saved_methods, customer, DECLINES_WHEN_CHARGED)
    with pytest.raises(CardDeclined) as declined:
        charge(saved_methods, customer, method)
    assert declined.value.decline_code == "generic_decline"
    assert (declined.value.payment_intent_id or "").startswith("pi_")


def test_a_bank_that_wants_its_customer_says_so(saved_methods: SavedMethods, customer: str) -> None:
    method = save(saved_methods, customer, NEEDS_CONFIRMING)
    with pytest.raises(CardDeclined) as declined:
        charge(saved_methods, customer, method)
    assert declined.value.decline_code == "authentication_required"


def test_a_charge_whose_answer_was_lost_is_found_by_its_payment_and_not_made_again(
    stripe_wire: StripeWire,
    gateway: StripeGateway,
    saved_methods: SavedMethods,
    customer: str,
) -> None:
    method, payment_id, started = save(saved_methods, customer), new_id(), datetime.now(UTC)
    stripe_wire.control.fail_next("answer_lost")
    with pytest.raises(GatewayUnavailable):
        charge(saved_methods, customer, method, payment_id=payment_id)
    around = {
        "created_from": started - timedelta(minutes=5),
        "created_until": started + timedelta(minutes=5),
    }
    found = gateway.find_intent(payment_id, **around, stripe_account=None)
    assert found is not None
    assert found.status is IntentStatus.SUCCEEDED
    assert gateway.find_intent(new_id(), **around, stripe_account=None) is None


def test_a_detached_method_is_kept_no_more_and_detaching_again_is_nothing(
    saved_methods: SavedMethods, customer: str
) -> None:
    method = save(saved_methods, customer)
    saved_methods.detach(method, stripe_account=None)
    saved_methods.detach(method, stripe_account=None)
    saved_methods.detach("pm_unknown", stripe_account=None)
    assert saved_methods.methods_of(customer, stripe_account=None) == ()


def test_a_deleted_customer_keeps_nothing(
    stripe_wire: StripeWire, saved_methods: SavedMethods, customer: str
) -> None:
    save(saved_methods, customer)
    stripe_wire.api("DELETE", f"/v1/customers/{customer}")
    assert saved_methods.methods_of(customer, stripe_account=None) == ()
