"""Stripe's events about saved methods: each leads to one look at everything that is kept."""

from datetime import datetime
from typing import Final
from uuid import UUID

from portal.connectors.payment_gateway import GatewayEvent
from portal.connectors.saved_methods import SavedMethods
from portal.db import Database, Principal
from portal.payments.methods.apply import apply_saved_methods, guarantor_of_event

KINDS: Final = ("checkout.session", "customer", "mandate", "payment_method", "setup_intent")
"""Stripe's words for the objects. Of `checkout.session`: those that save, not those that pay."""

_SAYS_SOMETHING: Final = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.expired",
        "customer.deleted",
        "mandate.updated",
        "payment_method.attached",
        "payment_method.automatically_updated",
        "payment_method.detached",
        "payment_method.updated",
        "setup_intent.canceled",
        "setup_intent.succeeded",
    }
)


def take_method_event(
    database: Database,
    practice_id: UUID,
    event: GatewayEvent,
    *,
    now: datetime,
    stripe: SavedMethods,
) -> bool:
    """False for what says nothing we need, or is about nobody of ours. Raises GatewayError."""
    if event.type not in _SAYS_SOMETHING:
        return False
    with database.transaction(Principal.job(practice_id, role="webhook")) as session:
        guarantor_id = guarantor_of_event(session, event)
    if guarantor_id is None:
        return False
    apply_saved_methods(database, stripe, practice_id, guarantor_id, now=now, event=event)
    return True
