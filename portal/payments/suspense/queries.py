"""Money that nobody can place, as staff see it: what is known of each, and how much it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.journal import LedgerAccount
from portal.ledger.queries import account_sums, unapplied_credit_cents
from portal.payments.models import ParkedWebhook
from portal.payments.queries import local_time
from portal.payments.refunds.page import Account, account_of
from portal.payments.suspense.items import OpenItem, open_items
from portal.practice.contact import practice_contact
from portal.practice.models import Task

_TASKS: Final = ("payment_suspended", "refund_unexplained", "dispute_unexplained")


@dataclass(frozen=True, slots=True)
class SuspenseRow:
    """An open item with whom it is about. ``noted``: what whoever found it wrote, in English.

    ``credit_cents``: what its person has with us that nothing has used.
    """

    item: OpenItem
    account: Account | None
    noted: str
    credit_cents: int


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """An event about something of Stripe's that is none of ours; no money of it is in the books."""

    stripe_event_id: str
    object_kind: str
    object_id: str
    payment_intent_id: str
    event_type: str
    received_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class SuspensePage:
    """``balance_cents`` is the ledger's: what came less what went."""

    rows: tuple[SuspenseRow, ...]
    parked: tuple[ParkedRow, ...]
    balance_cents: int


def suspense_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> SuspensePage:
    """With a row in the audit log: it names people."""
    with database.transaction(principal) as session:
        record(
            session,
            action="view",
            object_kind="suspense",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        noted = _notes(session)
        practice = practice_contact(session)
        rows = [
            SuspenseRow(
                item=replace(item, at=local_time(item.at, practice)),
                account=account_of(session, item.guarantor_id) if item.guarantor_id else None,
                noted=noted.get(item.subject, ""),
                credit_cents=(
                    unapplied_credit_cents(session, item.guarantor_id) if item.guarantor_id else 0
                ),
            )
            for item in open_items(session)
        ]
        sums = account_sums(session)
        return SuspensePage(
            rows=tuple(rows),
            parked=tuple(
                ParkedRow(
                    stripe_event_id=row.stripe_event_id,
                    object_kind=str(row.facts["object_kind"]),
                    object_id=str(row.facts["object_id"]),
                    payment_intent_id=str(row.facts.get("payment_intent_id") or ""),
                    event_type=str(row.facts["type"]),
                    received_at=local_time(row.received_at, practice),
                    tries=row.tries,
                )
                for row in _parked(session)
            ),
            balance_cents=-sums.get(LedgerAccount.PAYMENT_SUSPENSE, 0),
        )


def _parked(session: Session) -> Sequence[ParkedWebhook]:
    """Those that were tried in vain more than once, oldest first."""
    return session.scalars(
        select(ParkedWebhook)
        .where(
            ParkedWebhook.practice_id == practice_of(session),
            ParkedWebhook.resolved_at.is_(None),
        )
        .order_by(ParkedWebhook.received_at)
    ).all()


def _notes(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(Task.subject_id, Task.message).where(
            Task.practice_id == practice_of(session),
            Task.kind.in_(_TASKS),
        )
    )
    return {str(row.subject_id): row.message for row in rows}
