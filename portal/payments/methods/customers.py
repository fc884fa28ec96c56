"""The customer at Stripe that a guarantor's ways to pay are kept under: an id, and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.connectors.saved_methods import SavedMethods
from portal.db import Database, Principal, new_id, practice_of
from portal.payments.methods.models import StripeCustomer
from portal.practice.models import Practice


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """Where a guarantor's ways to pay are kept."""

    customer_id: str
    stripe_account: str | None


def customer_of(session: Session, guarantor_id: UUID) -> CustomerRef | None:
    """None while nothing was ever saved."""
    row = session.scalar(
        select(StripeCustomer).where(
            StripeCustomer.practice_id == practice_of(session),
            StripeCustomer.guarantor_id == guarantor_id,
        )
    )
    if row is None or row.customer_id is None:
        return None
    return CustomerRef(row.customer_id, row.stripe_account)


def guarantor_of_customer(session: Session, customer_id: str) -> UUID | None:
    """Whose customer it is; None for one that is not ours."""
    return session.scalar(
        select(StripeCustomer.guarantor_id).where(
            StripeCustomer.practice_id == practice_of(session),
            StripeCustomer.customer_id == customer_id,
        )
    )


def ensure_customer(
    database: Database,
    stripe: SavedMethods,
    principal: Principal,
    guarantor_id: UUID,
    *,
    now: datetime,
) -> CustomerRef:
    """The customer, made when there is none yet. Raises GatewayError.

    The key of the call is written down first: two at once, or a lost answer, lead to one customer.
    """
    with database.transaction(principal) as session:
        row = _row(session, guarantor_id, now=now)
        if row.customer_id is not None:
            return CustomerRef(row.customer_id, row.stripe_account)
        key, account = row.customer_key, row.stripe_account
    made = stripe.make_customer(customer_key=key, stripe_account=account)
    with database.transaction(principal) as session:
        row = _row(session, guarantor_id, now=now)
        row.customer_id = row.customer_id or made
        return CustomerRef(row.customer_id, row.stripe_account)


def forget_customer(session: Session, guarantor_id: UUID) -> None:
    """It was deleted at Stripe; the next way to pay is kept under a new one."""
    row = _locked(session, guarantor_id)
    if row is not None:
        row.customer_key, row.customer_id = new_id(), None


def _row(session: Session, guarantor_id: UUID, *, now: datetime) -> StripeCustomer:
    practice_id = practice_of(session)
    account = session.scalar(
        select(Practice.stripe_account).where(Practice.practice_id == practice_id)
    )
    session.execute(
        insert(StripeCustomer)
        .values(
            practice_id=practice_id,
            guarantor_id=guarantor_id,
            customer_key=new_id(),
            stripe_account=account,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "guarantor_id"])
    )
    row = _locked(session, guarantor_id)
    if row is None:
        raise LookupError(guarantor_id)
    return row


def _locked(session: Session, guarantor_id: UUID) -> StripeCustomer | None:
    return session.scalar(
        select(StripeCustomer)
        .where(
            StripeCustomer.practice_id == practice_of(session),
            StripeCustomer.guarantor_id == guarantor_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
