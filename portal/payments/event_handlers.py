"""Which of Stripe's objects besides payments and refunds we act on, and who does.

One line per kind; the composition hands it the connectors.
"""

from functools import partial

from portal.connectors.saved_methods import SavedMethods
from portal.connectors.settlement_records import SettlementRecords
from portal.payments.books.taking_in import take_payout_event
from portal.payments.disputes.service import take_dispute_event
from portal.payments.methods.events import KINDS, take_method_event
from portal.payments.webhooks import EventHandler, EventHandlers


def event_handlers(
    records: SettlementRecords, saved_methods: SavedMethods | None = None
) -> EventHandlers:
    """The table, by Stripe's word for the object; without the rows nobody can act on."""
    by_methods: dict[str, EventHandler] = {}
    if saved_methods is not None:
        by_methods = dict.fromkeys(KINDS, partial(take_method_event, stripe=saved_methods))
    return EventHandlers(
        {
            "payout": partial(take_payout_event, records=records),
            "dispute": partial(take_dispute_event, records=records),
            **by_methods,
        }
    )
