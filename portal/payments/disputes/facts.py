"""What our books know of a disputed payment that may be said to a bank."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.auth.models import StatementLink, StatementLinkEvent
from portal.db import practice_of
from portal.domain.dispute_evidence import EvidenceFacts, EvidencePayment, EvidenceRefund
from portal.domain.link_status import LinkState
from portal.domain.payment_channel import OFF_SESSION, MethodKind
from portal.domain.payment_status import PaymentState, RefundState
from portal.payments.methods.models import PaymentConsent
from portal.payments.models import Payment, PaymentEvent, Refund

_MOST_OTHERS: Final = 12


def evidence_facts(session: Session, payment: Payment, *, zone: ZoneInfo) -> EvidenceFacts:
    """Dates and amounts; nobody's name, nothing of a visit."""
    paid_at = payment.settled_at or payment.state_at
    sent_at = _link_made_at(session, payment)
    return EvidenceFacts(
        receipt_number=payment.receipt_number or "",
        amount_cents=payment.amount_cents,
        paid_at=paid_at.astimezone(zone),
        method=_method(payment),
        statement_on=sent_at.astimezone(zone).date() if sent_at else None,
        opened_at=_local(_opened_at(session, payment), zone),
        confirmed_at=_local(_confirmed_at(session, payment), zone),
        consent_on=_consent_on(session, payment, zone),
        others=_others(session, payment, zone),
        refunds=_refunds(session, payment, zone),
    )


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _method(payment: Payment) -> str:
    kind = "a bank debit" if payment.method_kind == MethodKind.BANK_DEBIT.value else "a card"
    return f"{kind} ending {payment.method_last4}" if payment.method_last4 else kind


def _link_made_at(session: Session, payment: Payment) -> datetime | None:
    return session.scalar(
        select(StatementLink.created_at).where(
            StatementLink.practice_id == practice_of(session),
            StatementLink.link_id == payment.link_id,
        )
    )


def _opened_at(session: Session, payment: Payment) -> datetime | None:
    """When a right date of birth was last given to its link before it was paid."""
    return session.scalar(
        select(func.max(StatementLinkEvent.occurred_at)).where(
            StatementLinkEvent.practice_id == practice_of(session),
            StatementLinkEvent.link_id == payment.link_id,
            StatementLinkEvent.state == LinkState.VERIFIED.value,
            StatementLinkEvent.occurred_at <= payment.created_at,
        )
    )


def _confirmed_at(session: Session, payment: Payment) -> datetime | None:
    """When the button was pressed; nobody presses one for a charge agreed on before."""
    if payment.channel in OFF_SESSION:
        return None
    return session.scalar(
        select(func.min(PaymentEvent.occurred_at)).where(
            PaymentEvent.practice_id == practice_of(session),
            PaymentEvent.payment_id == payment.payment_id,
            PaymentEvent.state == PaymentState.STARTING.value,
        )
    )


def _consent_on(session: Session, payment: Payment, zone: ZoneInfo) -> date | None:
    if payment.channel not in OFF_SESSION:
        return None
    given_at = session.scalar(
        select(func.max(PaymentConsent.given_at)).where(
            PaymentConsent.practice_id == practice_of(session),
            PaymentConsent.guarantor_id == payment.guarantor_id,
            PaymentConsent.given_at <= payment.created_at,
        )
    )
    return given_at.astimezone(zone).date() if given_at else None


def _others(session: Session, payment: Payment, zone: ZoneInfo) -> list[EvidencePayment]:
    rows = session.execute(
        select(Payment.receipt_number, Payment.amount_cents, Payment.settled_at)
        .where(
            Payment.practice_id == practice_of(session),
            Payment.guarantor_id == payment.guarantor_id,
            Payment.payment_id != payment.payment_id,
            Payment.settled_at.is_not(None),
        )
        .order_by(Payment.settled_at.desc())
        .limit(_MOST_OTHERS)
    )
    return [
        EvidencePayment(
            row.receipt_number or "", row.amount_cents, row.settled_at.astimezone(zone).date()
        )
        for row in rows
    ]


def _refunds(session: Session, payment: Payment, zone: ZoneInfo) -> list[EvidenceRefund]:
    rows = session.execute(
        select(Refund.amount_cents, Refund.state_at)
        .where(
            Refund.practice_id == practice_of(session),
            Refund.payment_id == payment.payment_id,
            Refund.state == RefundState.SUCCEEDED.value,
        )
        .order_by(Refund.state_at)
    )
    return [EvidenceRefund(row.amount_cents, row.state_at.astimezone(zone).date()) for row in rows]
