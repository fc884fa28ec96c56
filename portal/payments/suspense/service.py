"""What staff decide about money that came and nobody could place; each decision has its reason.

Money that came is looked up at Stripe first: it may have gone back, or be disputed, meanwhile.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, practice_of
from portal.domain.payment_status import RefundState
from portal.payments.models import ParkedWebhook, Payment
from portal.payments.moves import lock_guarantor
from portal.payments.refunds.service import request_refund
from portal.payments.settlement import settle
from portal.payments.suspense.adopting import adopt, looked_up, payment_with, stripe_account
from portal.payments.suspense.decisions import (
    Decision,
    MoneyChangedError,
    NotInSuspenseError,
    UnknownAccountError,
    keep,
    open_item,
    require_may,
)
from portal.payments.suspense.queries import SuspenseAct, SuspenseKind
from portal.practice.models import Guarantor


def attach_found(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    entry_id: UUID,
    decision: Decision,
) -> UUID:
    """The money is the person's whose payment it named: it settles. Returns the payment.

    Raises SuspenseNotAllowedError, NotInSuspenseError, MoneyChangedError, GatewayError, and
    BooksBusyError while a remittance is imported.
    """
    require_may(principal, entry_id)
    with database.transaction(principal) as session:
        item = open_item(session, entry_id, SuspenseKind.FOUND)
        account = stripe_account(session)
    intent = looked_up(gateway, item.gateway_id, account)
    if intent.amount_received_cents != item.amount_cents or item.is_going_back:
        raise MoneyChangedError(entry_id)
    with database.transaction(principal) as session:
        item = open_item(session, entry_id, SuspenseKind.FOUND, lock=True)
        if item.guarantor_id is None:
            raise NotInSuspenseError(entry_id)
        payment = adopt(session, item.guarantor_id, intent, account, now=decision.now)
        settle(session, payment, now=decision.now)
        _keep(session, decision, str(entry_id), SuspenseAct.ATTACHED, payment)
        return payment.payment_id


def attach_parked(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    stripe_event_id: str,
    *,
    account_number: str,
    decision: Decision,
) -> UUID:
    """Money of an event that is none of ours is this account's: it settles. Returns the payment.

    Raises UnknownAccountError, and otherwise as `attach_found`.
    """
    require_may(principal, stripe_event_id)
    with database.transaction(principal) as session:
        intent_id = str(_parked(session, stripe_event_id).facts.get("payment_intent_id") or "")
        guarantor_id = _guarantor(session, account_number)
        account = stripe_account(session)
    if not intent_id:
        raise MoneyChangedError(stripe_event_id)
    intent = looked_up(gateway, intent_id, account)
    with database.transaction(principal) as session:
        lock_guarantor(session, guarantor_id)
        _parked(session, stripe_event_id)
        if payment_with(session, intent_id) is not None:
            raise NotInSuspenseError(stripe_event_id)
        payment = adopt(session, guarantor_id, intent, account, now=decision.now)
        settle(session, payment, now=decision.now)
        _resolve(session, intent_id, now=decision.now)
        _keep(session, decision, intent_id, SuspenseAct.ATTACHED, payment)
        return payment.payment_id


def send_back_found(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    entry_id: UUID,
    decision: Decision,
) -> RefundState:
    """All of it goes back to where it came from; WAITING above the limit for one person.

    Raises as `attach_found`, and what `request_refund` raises.
    """
    require_may(principal, entry_id)
    with database.transaction(principal) as session:
        item = open_item(session, entry_id, SuspenseKind.FOUND)
        account = stripe_account(session)
    guarantor_id = item.guarantor_id
    if guarantor_id is None or item.is_going_back:
        raise NotInSuspenseError(entry_id)
    intent = looked_up(gateway, item.gateway_id, account, in_our_currency=False)
    with database.transaction(principal) as session:
        item = open_item(session, entry_id, SuspenseKind.FOUND, lock=True)
        payment = adopt(session, guarantor_id, intent, account, now=decision.now)
        _keep(session, decision, f"refund:{entry_id}", SuspenseAct.SENT_BACK, payment)
        payment_id = payment.payment_id
    return request_refund(
        database,
        gateway,
        principal,
        refund_id=decision.decision_id,
        payment_id=payment_id,
        amount_cents=item.amount_cents,
        reason="suspense",
        now=decision.now,
        request_id=decision.request_id,
        of_suspense=True,
    )


def dismiss_parked(
    database: Database, principal: Principal, stripe_event_id: str, decision: Decision
) -> None:
    """It is none of our patients': the practice's account at Stripe has other business.

    Raises SuspenseNotAllowedError, NotInSuspenseError.
    """
    require_may(principal, stripe_event_id)
    with database.transaction(principal) as session:
        row = _parked(session, stripe_event_id)
        row.resolved_at = decision.now
        keep(session, decision, stripe_event_id, SuspenseAct.NOT_OURS)


def _keep(
    session: Session, decision: Decision, subject: str, act: SuspenseAct, payment: Payment
) -> None:
    keep(
        session,
        decision,
        subject,
        act,
        cents=payment.amount_cents,
        guarantor_id=payment.guarantor_id,
        payment_id=payment.payment_id,
    )


def _parked(session: Session, stripe_event_id: str) -> ParkedWebhook:
    found = session.scalar(
        select(ParkedWebhook).where(
            ParkedWebhook.practice_id == practice_of(session),
            ParkedWebhook.stripe_event_id == stripe_event_id,
            ParkedWebhook.resolved_at.is_(None),
        )
    )
    if found is None:
        raise NotInSuspenseError(stripe_event_id)
    return found


def _resolve(session: Session, intent_id: str, *, now: datetime) -> None:
    """Every event about this money is explained."""
    session.execute(
        update(ParkedWebhook)
        .where(
            ParkedWebhook.practice_id == practice_of(session),
            ParkedWebhook.facts["payment_intent_id"].astext == intent_id,
            ParkedWebhook.resolved_at.is_(None),
        )
        .values(resolved_at=now)
    )


def _guarantor(session: Session, account_number: str) -> UUID:
    found = session.scalar(
        select(Guarantor.guarantor_id).where(
            Guarantor.practice_id == practice_of(session),
            Guarantor.account_number == account_number,
        )
    )
    if found is None:
        raise UnknownAccountError(account_number)
    return found
