"""Answers that come late, wrong or never: the outcome is unknown until it is looked up."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from portal.connectors.payment_gateway import (
    CheckoutSession,
    CheckoutStatus,
    GatewayRefused,
    GatewayUnavailable,
)
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from tests.contracts.checkouts import PAYS, Start, start_with
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET, StripeWire

CREATE = "POST /v1/checkout/sessions"
PAID = "payment_intent.succeeded"


@pytest.fixture
def impatient(stripe_wire: StripeWire) -> Iterator[StripeGateway]:
    gateway = StripeGateway(
        StripeConnection(
            secret_key=SECRET_KEY,
            api_base=stripe_wire.api_base,
            answer_within=timedelta(milliseconds=200),
            retries=0,
        ),
        webhook_secret=WEBHOOK_SECRET,
    )
    yield gateway
    gateway.connection.close()


def test_the_same_payment_started_twice_is_one_session(gateway: StripeGateway) -> None:
    start, payment_id = start_with(gateway), uuid4()
    assert start(payment_id) == start(payment_id)


def test_an_answer_that_got_lost_is_found_by_asking_the_same_again(
    stripe_wire: StripeWire, start: Start
) -> None:
    payment_id = uuid4()
    stripe_wire.control.fail_next("answer_lost", operation=CREATE)
    with pytest.raises(GatewayUnavailable):
        start(payment_id)
    session = start(payment_id)
    made = stripe_wire.api("GET", "/v1/checkout/sessions")["data"]
    assert [one["id"] for one in made] == [session.id]


def test_an_answer_that_got_lost_is_found_by_reference_without_making_anything(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    payment_id, now = uuid4(), datetime.now(UTC)
    start(uuid4())
    stripe_wire.control.fail_next("answer_lost", operation=CREATE)
    with pytest.raises(GatewayUnavailable):
        start(payment_id)

    def found(reference: UUID, *, around: datetime) -> list[str | None]:
        states = gateway.find_by_reference(
            reference,
            created_from=around - timedelta(minutes=5),
            created_until=around + timedelta(minutes=5),
            stripe_account=None,
        )
        return [state.reference for state in states]

    assert found(payment_id, around=now) == [str(payment_id)]
    assert found(payment_id, around=now - timedelta(days=1)) == []
    assert found(uuid4(), around=now) == []


def test_the_page_of_an_intent_is_found_and_none_for_money_made_elsewhere(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    payment_id = uuid4()
    for session in (start(payment_id), start(uuid4())):
        Cardholder(session.url or "").pay(PAYS)
    events = stripe_wire.events()
    intents = [one["data"]["object"] for one in events if one["type"] == PAID]
    ours = next(one for one in intents if one["metadata"]["payment_id"] == str(payment_id))
    page = gateway.find_by_intent(ours["id"], stripe_account=None)
    assert page is not None
    assert page.reference == str(payment_id)
    assert page.intent == gateway.look_up_payment_intent(ours["id"], stripe_account=None)
    elsewhere = stripe_wire.api("POST", "/v1/payment_intents", "amount=700&currency=usd")
    assert gateway.find_by_intent(elsewhere["id"], stripe_account=None) is None


def test_a_success_answered_with_500_stays_unknown_until_looked_up_by_reference(
    stripe_wire: StripeWire, gateway: StripeGateway, start: Start
) -> None:
    payment_id, now = uuid4(), datetime.now(UTC)
    stripe_wire.control.fail_next("500_after_success", operation=CREATE)
    for _ in range(2):  # the 500 is kept under the key, so asking again does not help
        with pytest.raises(GatewayUnavailable):
            start(payment_id)
    (state,) = gateway.find_by_reference(
        payment_id,
        created_from=now - timedelta(minutes=5),
        created_until=now + timedelta(minutes=5),
        stripe_account=None,
    )
    assert state.session.status is CheckoutStatus.OPEN


def test_asked_again_when_its_time_is_nearly_over_only_a_session_that_exists_is_answered(
    stripe_wire: StripeWire, start: Start
) -> None:
    made = uuid4()
    session = start(made)
    stripe_wire.control.advance_clock(seconds=45 * 60)
    assert start(made) == session
    with pytest.raises(GatewayRefused) as refusal:
        start(uuid4())
    assert refusal.value.parameter == "expires_at"


@pytest.mark.parametrize("fault", ["503", "answer_lost"])
def test_a_patient_gateway_tries_again_under_the_same_key(
    stripe_wire: StripeWire, fault: str
) -> None:
    gateway = StripeGateway(
        StripeConnection(secret_key=SECRET_KEY, api_base=stripe_wire.api_base, retries=1),
        webhook_secret=WEBHOOK_SECRET,
    )
    stripe_wire.control.fail_next(fault)
    session = start_with(gateway)(uuid4())
    gateway.connection.close()
    assert [exchange.path for exchange in stripe_wire.exchanges] == ["/v1/checkout/sessions"] * 2
    made = stripe_wire.api("GET", "/v1/checkout/sessions")["data"]
    assert [one["id"] for one in made] == [session.id]


def test_a_stand_in_on_this_machine_is_reached_past_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert start(uuid4()).status is CheckoutStatus.OPEN


@pytest.mark.parametrize("fault", ["429", "500", "503"])
def test_trouble_at_the_other_end_is_an_unknown_outcome(
    stripe_wire: StripeWire, start: Start, fault: str
) -> None:
    stripe_wire.control.fail_next(fault)
    with pytest.raises(GatewayUnavailable):
        start(uuid4())
    assert stripe_wire.api("GET", "/v1/checkout/sessions")["data"] == []


def test_an_answer_that_takes_too_long_is_an_unknown_outcome_and_the_key_finds_it(
    stripe_wire: StripeWire, impatient: StripeGateway
) -> None:
    payment_id, start = uuid4(), start_with(impatient)
    stripe_wire.control.fail_next("late", operation=CREATE, seconds=1)
    with pytest.raises(GatewayUnavailable):
        start(payment_id)
    with pytest.raises(GatewayUnavailable):  # 409: the first is still being worked on
        start(payment_id)
    session = until_answered(start, payment_id)
    made = stripe_wire.api("GET", "/v1/checkout/sessions")["data"]
    assert [one["id"] for one in made] == [session.id]


def until_answered(start: Start, payment_id: UUID) -> CheckoutSession:
    waiting = threading.Event()
    for _ in range(100):
        try:
            return start(payment_id)
        except GatewayUnavailable:
            waiting.wait(0.05)
    pytest.fail("the first call never ended")


def test_nobody_there_is_an_unknown_outcome() -> None:
    gateway = StripeGateway(
        StripeConnection(secret_key=SECRET_KEY, api_base="http://127.0.0.1:1", retries=0),
        webhook_secret=WEBHOOK_SECRET,
    )
    with pytest.raises(GatewayUnavailable):
        start_with(gateway)(uuid4())
    gateway.connection.close()
