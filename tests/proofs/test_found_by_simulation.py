"""What the seeded simulation has found, each told again in a few lines."""

from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_settlement_records import StripeSettlementRecords
from portal.payments.books.taking_in import take_in_books
from portal.payments.event_handlers import event_handlers
from tests.contracts.stripe_wire import StripeWire
from tests.payments.paying import Payer
from tests.proofs.test_failure_modes import DAY_SECONDS, newest
from tests.proofs.test_webhook_orders import deliver


def test_a_disputes_own_movement_does_not_hide_older_ones_that_no_reading_has_seen(
    payer: Payer, gateway: StripeGateway, stripe_wire: StripeWire
) -> None:
    records = StripeSettlementRecords(gateway.connection)
    payment_id = payer.pay()
    intent_id = payer.row(payment_id).payment_intent_id
    stripe_wire.control.advance_clock(seconds=10 * DAY_SECONDS)  # and nobody has read the books
    payer.wait(days=10)
    stripe_wire.control.post("disputes", {"payment_intent": intent_id})
    event = newest(stripe_wire, "charge.dispute.created")
    deliver(payer, event, handlers=event_handlers(records))
    taken = take_in_books(payer.database, records, payer.owing.practice_id, now=payer.now)
    assert taken.movements == 1  # the payment's; the dispute's is known
    payer.wait(days=1)
    again = take_in_books(payer.database, records, payer.owing.practice_id, now=payer.now)
    assert (again.movements, again.balance_cents) == (0, records.balance_cents(stripe_account=None))
