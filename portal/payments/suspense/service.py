"""What staff decide about money that came and nobody could place; each decision has its reason.

Money that came is looked up at Stripe first: what happened to it there meanwhile is taken in, and
then staff look again.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.payment_status import RefundState
from portal.payments.books.explaining import is_placed, place_explained
from portal.payments.books.models import MovementRow
from portal.payments.credits.remains import end_tasks_of_spent_credit
from portal.payments.found import payment_with
from portal.payments.models import ParkedWebhook, Payment
from portal.payments.moves import lock_guarantor, lock_payment
from portal.payments.refunds.service import request_refund
from portal.payments.settlement import settle
from portal.payments.suspense.adopting import adopt, catch_up, looked_up, stripe_account
from portal.payments.suspense.clearing import clear
from portal.payments.suspense.decisions import (
    Decision,
    MoneyChangedError,
    NotInSuspenseError,
    UnknownAccountError,
    keep,
    open_item,
    require_may,
)
from portal.payments.suspense.items import OpenItem, SuspenseAct, SuspenseKind, gone_of
from portal.practice.models import Guarantor

_ABOUT_WHAT_IS_READ_AGAIN = ("refund", "dispute")


def attach_found(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    entry_id: UUID,
    decision: Decision,
) -> UUID:
    """The money is the person's whose payment it named: it settles. Returns the payment.

    What went back of it pays nothing. Raises SuspenseNotAllowedError, NotInSuspenseError,
    MoneyChangedError, GatewayError, and BooksBusyError while a remittance is imported.
    """
    require_may(principal, entry_id)
    _catch_up(database, gateway, principal, entry_id, decision)
    with database.transaction(principal) as session:
        item, payment = _waiting(session, entry_id)
        _settle(session, payment, decision)
        _keep(
            session, decision, str(entry_id), SuspenseAct.ATTACHED, payment, cents=item.amount_cents
        )
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

    def still_waits(session: Session) -> None:
        _parked(session, stripe_event_id)

    return _attach(
        database,
        gateway,
        principal,
        intent_id,
        account_number=account_number,
        decision=decision,
        still_waits=still_waits,
    )


def attach_carried(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    movement_id: str,
    *,
    account_number: str,
    decision: Decision,
) -> UUID:
    """Money that a payout carried is this account's: it settles. Returns the payment.

    Raises as `attach_parked`.
    """
    require_may(principal, movement_id)
    with database.transaction(principal) as session:
        intent_id = open_item(session, movement_id, SuspenseKind.PAYOUT).intent_id

    def still_waits(session: Session) -> None:
        open_item(session, movement_id, SuspenseKind.PAYOUT)

    return _attach(
        database,
        gateway,
        principal,
        intent_id,
        account_number=account_number,
        decision=decision,
        still_waits=still_waits,
    )


def send_back_found(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    entry_id: UUID,
    decision: Decision,
) -> RefundState:
    """All that is left goes back to where it came from; WAITING above the limit for one person.

    Raises as `attach_found`, and what `request_refund` raises.
    """
    require_may(principal, entry_id)
    _catch_up(database, gateway, principal, entry_id, decision, in_our_currency=False)
    with database.transaction(principal) as session:
        item, payment = _waiting(session, entry_id)
        about, cents = f"refund:{entry_id}", item.amount_cents
        _keep(session, decision, about, SuspenseAct.SENT_BACK, payment, cents=cents)
        payment_id = payment.payment_id
    return request_refund(
        database,
        gateway,
        principal,
        refund_id=decision.decision_id,
        payment_id=payment_id,
        amount_cents=cents,
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


def _catch_up(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    entry_id: UUID,
    decision: Decision,
    *,
    in_our_currency: bool = True,
) -> None:
    """Look it up, and write down what went back there; staff decide anew when that is news."""
    with database.transaction(principal) as session:
        item = open_item(session, entry_id, SuspenseKind.FOUND)
        account = stripe_account(session)
    seen = looked_up(gateway, item.gateway_id, account, in_our_currency=in_our_currency)
    with database.transaction(principal) as session:
        item = open_item(session, entry_id, SuspenseKind.FOUND, lock=True)
        if item.guarantor_id is None:
            raise NotInSuspenseError(entry_id)
        payment = adopt(session, item.guarantor_id, seen.intent, account, now=decision.now)
        is_news = catch_up(session, payment, seen, now=decision.now)
        is_all = item.came_cents == seen.intent.amount_received_cents
    if is_news or not is_all:
        raise MoneyChangedError(entry_id)


def _waiting(session: Session, entry_id: UUID) -> tuple[OpenItem, Payment]:
    """What is left of it, with its locked payment; not while it is going back or disputed."""
    item = open_item(session, entry_id, SuspenseKind.FOUND, lock=True)
    payment_id = payment_with(session, item.gateway_id)
    if payment_id is None:
        raise NotInSuspenseError(entry_id)
    if item.is_going_back or item.is_disputed:
        raise MoneyChangedError(entry_id)
    return item, lock_payment(session, payment_id)


def _attach(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    intent_id: str,
    *,
    account_number: str,
    decision: Decision,
    still_waits: Callable[[Session], None],
) -> UUID:
    """Money that nothing in the books knows as anybody's is this account's, refunds and all."""
    with database.transaction(principal) as session:
        guarantor_id = _guarantor(session, account_number)
        account = stripe_account(session)
    if not intent_id:
        raise MoneyChangedError(account_number)
    seen = looked_up(gateway, intent_id, account)
    with database.transaction(principal) as session:
        lock_guarantor(session, guarantor_id)
        still_waits(session)
        of_it = MovementRow.payment_intent_id == intent_id
        if payment_with(session, intent_id) is not None or is_placed(session, of_it):
            raise NotInSuspenseError(intent_id)
        payment = adopt(session, guarantor_id, seen.intent, account, now=decision.now)
        catch_up(session, payment, seen, now=decision.now)
        _settle(session, payment, decision)
        _resolve(session, intent_id, now=decision.now)
        _keep(
            session, decision, intent_id, SuspenseAct.ATTACHED, payment, cents=payment.amount_cents
        )
        return payment.payment_id


def _settle(session: Session, payment: Payment, decision: Decision) -> None:
    """What went back before pays nothing; what a payout had carried before is cleared."""
    gone = gone_of(session, payment.payment_id)
    settle(session, payment, now=decision.now, gone_cents=sum(gone.values()))
    for subject, cents in gone.items():
        of_it = Decision(new_id(), decision.reason, decision.now, decision.request_id)
        clear(session, payment.guarantor_id, cents, subject, of_it)
    end_tasks_of_spent_credit(session, payment.guarantor_id, now=decision.now)
    place_explained(session, now=decision.now)


def _keep(
    session: Session,
    decision: Decision,
    subject: str,
    act: SuspenseAct,
    payment: Payment,
    *,
    cents: int,
) -> None:
    keep(
        session,
        decision,
        subject,
        act,
        cents=cents,
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
    """Events about this money are explained; what went back or is disputed is tried once more."""
    about_it = update(ParkedWebhook).where(
        ParkedWebhook.practice_id == practice_of(session),
        ParkedWebhook.facts["payment_intent_id"].astext == intent_id,
        ParkedWebhook.resolved_at.is_(None),
    )
    kind = ParkedWebhook.facts["object_kind"].astext
    session.execute(about_it.where(kind.not_in(_ABOUT_WHAT_IS_READ_AGAIN)).values(resolved_at=now))
    session.execute(about_it.values(received_at=now))


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
