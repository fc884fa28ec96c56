"""Money that nobody can place, as staff see it: what is known of each, and how much it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session, aliased

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.payment_status import PaymentState, RefundState
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.ledger.queries import account_sums, unapplied_credit_cents
from portal.payments.models import ParkedWebhook, Payment, Refund
from portal.payments.queries import local_time
from portal.payments.refunds.page import Account, account_of
from portal.payments.suspense.models import SuspenseDecision
from portal.practice.contact import practice_contact
from portal.practice.models import Task

_SUSPENSE_EVENTS: Final = (
    BusinessEvent.PAYMENT_SUSPENDED.value,
    BusinessEvent.SUSPENSE_CLEARED.value,
)
_TASKS: Final = ("payment_suspended", "refund_unexplained", "dispute_unexplained")


class SuspenseKind(StrEnum):
    """What kind of money it is."""

    FOUND = "found"  # it came, and no payment of ours explains it
    GONE = "gone"  # it went back, and no payment of ours had it any more
    PAYOUT = "payout"  # a line of a payout that nothing explains; the books' pages say more


class SuspenseAct(StrEnum):
    """What was decided."""

    ATTACHED = "attached"  # it is this person's: it pays what they owe, the rest is their credit
    SENT_BACK = "sent_back"
    FROM_CREDIT = "from_credit"  # what went too much is taken from the person's credit
    NOT_OURS = "not_ours"  # of an event: the practice's account has other business


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What of payment_suspense one entry explains: above zero it came, below zero it went.

    ``subject``: the entry of money that came; what it was that went, a refund or a dispute.
    """

    kind: SuspenseKind
    subject: str
    gateway_id: str
    guarantor_id: UUID | None
    amount_cents: int
    at: datetime
    is_going_back: bool = False


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


def open_items(session: Session) -> Sequence[OpenItem]:
    """All that has not been decided; together they are the balance of payment_suspense."""
    return [*_found(session), *_gone(session)]


def _found(session: Session) -> Sequence[OpenItem]:
    """Entries that nothing took back, less what of them was sent back since."""
    practice_id = practice_of(session)
    taken_back = aliased(JournalEntryRow)
    refunds = (
        select(
            Payment.payment_intent_id,
            func.coalesce(
                func.sum(Refund.amount_cents).filter(Refund.state == RefundState.SUCCEEDED.value),
                0,
            ).label("refunded_cents"),
            func.bool_or(
                Refund.state.in_((RefundState.WAITING, RefundState.REQUESTED, RefundState.PENDING))
            ).label("is_going_back"),
        )
        .join(
            Refund,
            (Refund.practice_id == practice_id) & (Refund.payment_id == Payment.payment_id),
        )
        .where(Payment.practice_id == practice_id, Payment.state == PaymentState.SUSPENDED.value)
        .group_by(Payment.payment_intent_id)
        .subquery()
    )
    left_cents = -PostingRow.amount_cents - func.coalesce(refunds.c.refunded_cents, 0)
    rows = session.execute(
        select(
            JournalEntryRow.entry_id,
            JournalEntryRow.source_key,
            JournalEntryRow.guarantor_id,
            JournalEntryRow.recorded_at,
            left_cents.label("left_cents"),
            func.coalesce(refunds.c.is_going_back, False).label("is_going_back"),
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            taken_back,
            (taken_back.practice_id == practice_id)
            & (taken_back.reverses_id == JournalEntryRow.entry_id),
        )
        .outerjoin(refunds, refunds.c.payment_intent_id == JournalEntryRow.source_key)
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event == BusinessEvent.PAYMENT_SUSPENDED.value,
            JournalEntryRow.reverses_id.is_(None),
            taken_back.entry_id.is_(None),
            PostingRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
            left_cents != 0,
        )
        .order_by(JournalEntryRow.recorded_at)
    )
    return [
        OpenItem(
            kind=SuspenseKind.FOUND,
            subject=str(row.entry_id),
            gateway_id=row.source_key,
            guarantor_id=row.guarantor_id,
            amount_cents=int(row.left_cents),
            at=row.recorded_at,
            is_going_back=row.is_going_back,
        )
        for row in rows
    ]


def _gone(session: Session) -> Sequence[OpenItem]:
    """Refunds, lost disputes and the like of which suspense had to give something.

    Less what came back since, and what staff decided. Without a person: a line of a payout that
    nothing explains, of either sign.
    """
    practice_id = practice_of(session)
    cleared = (
        select(SuspenseDecision.subject, func.sum(SuspenseDecision.amount_cents).label("cents"))
        .where(
            SuspenseDecision.practice_id == practice_id,
            SuspenseDecision.act == SuspenseAct.FROM_CREDIT.value,
        )
        .group_by(SuspenseDecision.subject)
        .subquery()
    )
    cents = func.sum(PostingRow.amount_cents) - func.coalesce(func.max(cleared.c.cents), 0)
    of_one = (JournalEntryRow.source_key, JournalEntryRow.guarantor_id, Refund.stripe_refund_id)
    rows = session.execute(
        select(
            *of_one, func.max(JournalEntryRow.recorded_at).label("at"), cents.label("gone_cents")
        )
        .join(
            PostingRow,
            (PostingRow.practice_id == practice_id)
            & (PostingRow.entry_id == JournalEntryRow.entry_id),
        )
        .outerjoin(
            Refund,
            (Refund.practice_id == practice_id)
            & (cast(Refund.refund_id, String) == JournalEntryRow.source_key),
        )
        .outerjoin(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == Refund.payment_id),
        )
        .outerjoin(cleared, cleared.c.subject == JournalEntryRow.source_key)
        .where(
            JournalEntryRow.practice_id == practice_id,
            JournalEntryRow.business_event.not_in(_SUSPENSE_EVENTS),
            PostingRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
            func.coalesce(Payment.state, "") != PaymentState.SUSPENDED.value,
        )
        .group_by(*of_one)
        .having(cents != 0)
        .order_by(func.max(JournalEntryRow.recorded_at))
    )
    return [
        OpenItem(
            kind=SuspenseKind.GONE if row.guarantor_id else SuspenseKind.PAYOUT,
            subject=row.source_key,
            gateway_id=row.stripe_refund_id or "",
            guarantor_id=row.guarantor_id,
            amount_cents=-int(row.gone_cents),
            at=row.at,
        )
        for row in rows
    ]


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
