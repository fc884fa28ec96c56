"""Stripe's events as we keep them: once with their effect, or parked till their object is known."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import GatewayEvent
from portal.db import practice_of
from portal.payments.models import ParkedWebhook, WebhookEvent


def note_event(session: Session, event: GatewayEvent, *, outcome: str, now: datetime) -> bool:
    """Keep an event in the transaction of its effect; false when its effect is there already.

    One that was parked waits no longer: the same statement says so.
    """
    practice_id = practice_of(session)
    noted = (
        insert(WebhookEvent)
        .values(
            practice_id=practice_id,
            stripe_event_id=event.id,
            event_type=event.type,
            object_kind=event.object_kind,
            object_id=event.object_id,
            received_at=now,
            outcome=outcome,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "stripe_event_id"])
        .returning(WebhookEvent.stripe_event_id)
        .cte("noted")
    )
    resolved = (
        update(ParkedWebhook)
        .where(
            ParkedWebhook.practice_id == practice_id,
            ParkedWebhook.stripe_event_id.in_(select(noted.c.stripe_event_id)),
        )
        .values(resolved_at=now)
        .cte("resolved")
    )
    return session.scalar(select(noted.c.stripe_event_id).add_cte(resolved)) is not None


def is_noted(session: Session, event: GatewayEvent) -> bool:
    """Whether an event's effect is there already."""
    found = session.scalar(
        select(WebhookEvent.stripe_event_id).where(
            WebhookEvent.practice_id == practice_of(session),
            WebhookEvent.stripe_event_id == event.id,
        )
    )
    return found is not None


def park(session: Session, event: GatewayEvent, *, now: datetime) -> int:
    """Keep an event whose object we do not know (yet). How often it was tried since."""
    row = insert(ParkedWebhook).values(
        stripe_event_id=event.id,
        practice_id=practice_of(session),
        facts=_facts(event),
        received_at=now,
        tries=0,
    )
    tries = session.scalar(
        row.on_conflict_do_update(
            index_elements=["stripe_event_id"], set_={"tries": ParkedWebhook.tries + 1}
        ).returning(ParkedWebhook.tries)
    )
    return tries or 0


def parked_event_ids(session: Session, *, since: datetime) -> Sequence[str]:
    """Those of this practice that came since then and still wait, oldest first."""
    return session.scalars(
        select(ParkedWebhook.stripe_event_id)
        .where(
            ParkedWebhook.practice_id == practice_of(session),
            ParkedWebhook.resolved_at.is_(None),
            ParkedWebhook.received_at >= since,
        )
        .order_by(ParkedWebhook.received_at)
    ).all()


def parked_event(session: Session, stripe_event_id: str) -> GatewayEvent:
    """One of them. Raises LookupError or ValueError when what was kept is no event."""
    facts = session.scalars(
        select(ParkedWebhook.facts).where(
            ParkedWebhook.practice_id == practice_of(session),
            ParkedWebhook.stripe_event_id == stripe_event_id,
        )
    ).one()
    return _event(facts)


def _facts(event: GatewayEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "type": event.type,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "account": event.account,
        "livemode": event.livemode,
        "created_at": event.created_at.isoformat(),
        "payment_intent_id": event.payment_intent_id,
        "reference": event.reference,
        "customer_id": event.customer_id,
        "payment_method_id": event.payment_method_id,
    }


def _event(facts: dict[str, str | bool | None]) -> GatewayEvent:
    return GatewayEvent(
        id=str(facts["id"]),
        type=str(facts["type"]),
        object_kind=str(facts["object_kind"]),
        object_id=str(facts["object_id"]),
        account=_text(facts["account"]),
        livemode=bool(facts["livemode"]),
        created_at=datetime.fromisoformat(str(facts["created_at"])),
        payment_intent_id=_text(facts["payment_intent_id"]),
        reference=_text(facts["reference"]),
        customer_id=_text(facts.get("customer_id")),
        payment_method_id=_text(facts.get("payment_method_id")),
    )


def _text(fact: str | bool | None) -> str | None:  # noqa: FBT001 - what JSON may hold
    return None if fact is None else str(fact)


def payment_id_of(reference: str | None) -> UUID | None:
    """The payment an object of Stripe's names; None when it is no id of ours."""
    try:
        return UUID(reference) if reference else None
    except ValueError:
        return None
