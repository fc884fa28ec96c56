"""Taking a payment back before it is money: a page that nobody has paid on is closed.

What a bank is at work on cannot be stopped, and what has arrived is refunded instead.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, PrincipalKind
from portal.domain.payment_status import PaymentState
from portal.payments.apply import apply_payment
from portal.payments.moves import lock_payment, move_to, payment_of

ENDED: Final = frozenset({PaymentState.EXPIRED, PaymentState.CANCELED, PaymentState.FAILED})


class VoidNotAllowedError(PermissionError):
    """Only some of the staff take payments back."""


class NotVoidableError(RuntimeError):
    """It cannot be stopped any more; ``state`` is where it is."""

    def __init__(self, state: PaymentState) -> None:
        super().__init__(state)
        self.state = state


def void_payment(
    database: Database,
    gateway: PaymentGateway,
    principal: Principal,
    payment_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> PaymentState:
    """The state it is in afterwards: SUCCEEDED when somebody paid just before.

    Raises VoidNotAllowedError, NotVoidableError, PaymentNotFoundError, and GatewayError when Stripe
    gave no answer: then try again.
    """
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.MONEY]:
        raise VoidNotAllowedError(payment_id)
    with database.transaction(principal) as session:
        payment = lock_payment(session, payment_id)
        state, page_id = PaymentState(payment.state), payment.checkout_session_id
        account = payment.stripe_account
        if state is not PaymentState.PREPARED and (
            state is not PaymentState.OPEN or page_id is None
        ):
            raise NotVoidableError(state)
        if state is PaymentState.PREPARED:
            move_to(session, payment, PaymentState.EXPIRED, now=now, detail="taken back by staff")
        record(
            session,
            action="void_payment",
            object_kind="payment",
            object_id=payment_id,
            guarantor_id=payment.guarantor_id,
            now=now,
            request_id=request_id,
        )
    if state is PaymentState.PREPARED or page_id is None:
        return PaymentState.EXPIRED
    gateway.expire_checkout(page_id, stripe_account=account)
    apply_payment(database, gateway, principal.practice_id, payment_id, now=now)
    with database.transaction(principal) as session:
        return PaymentState(payment_of(session, payment_id).state)
