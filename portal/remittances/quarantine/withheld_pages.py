"""A payment that was withheld whole, as posters see it: what it is, and what forbids posting it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.quarantine import (
    OF_A_PAYMENT,
    PayeeIdentity,
    Quarantine,
    QuarantineReason,
    fault_of_payment,
)
from portal.practice.contact import practice_contact
from portal.practice.models import Practice
from portal.remittances.models import QuarantinedClaim
from portal.remittances.quarantine.models import PaymentTakeIn
from portal.remittances.quarantine.pages import Origin, ResolvedFacts, origin_of, resolved_facts
from portal.remittances.quarantine.set_aside import QuarantineNotFoundError
from portal.remittances.quarantine.stored_content import header_of
from portal.remittances.quarantine.withheld_work import is_under_way

_MOST_CLAIMS: Final = 50


@dataclass(frozen=True, slots=True)
class WithheldClaimRow:
    """One of its claims."""

    claim_number: str
    charge_cents: int
    paid_cents: int


@dataclass(frozen=True, slots=True)
class TakeInRow:
    """When somebody asked to take it in; ``ended_at`` is None while it waits for a worker."""

    reason: str
    asked_at: datetime
    asked_by: str
    ended_at: datetime | None
    still_withheld: str  # what forbade it when a worker tried
    is_stuck: bool = False  # it waits, and no worker comes to it any more


@dataclass(frozen=True, slots=True)
class WithheldPage:
    """``fault``: what forbids it today; None: it may be taken in."""

    quarantine_id: UUID
    reason: QuarantineReason
    message: str
    payer_name: str
    payee_name: str
    payee_identifier: str
    currency: str
    origin: Origin
    claim_count: int
    claims_cents: int  # CLP04 together
    provider_adjustment_cents: int  # PLB together; a positive amount lowers the payment
    claims: tuple[WithheldClaimRow, ...]  # the first ones
    fault: Quarantine | None
    resolved: ResolvedFacts | None
    asked: TakeInRow | None = None  # the last time


def payment_of(database: Database, principal: Principal, quarantine_id: UUID) -> UUID | None:
    """The payment's own row, of one of the claims of a withheld payment; None: it is not of one."""
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        remittance_id = session.scalar(
            select(QuarantinedClaim.remittance_id).where(
                QuarantinedClaim.practice_id == practice_id,
                QuarantinedClaim.quarantine_id == quarantine_id,
                QuarantinedClaim.code.in_([one.value for one in OF_A_PAYMENT]),
            )
        )
        return session.scalar(
            select(QuarantinedClaim.quarantine_id).where(
                QuarantinedClaim.practice_id == practice_id,
                QuarantinedClaim.remittance_id == remittance_id,
                QuarantinedClaim.content.has_key("header"),
            )
        )


def withheld_page(
    database: Database, principal: Principal, quarantine_id: UUID, *, now: datetime, request_id: str
) -> WithheldPage:
    """By the id of the payment's own row. Raises QuarantineNotFoundError."""
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        row = session.execute(
            select(QuarantinedClaim).where(
                QuarantinedClaim.practice_id == practice_id,
                QuarantinedClaim.quarantine_id == quarantine_id,
                QuarantinedClaim.content.has_key("header"),
            )
        ).scalar_one_or_none()
        if row is None:
            raise QuarantineNotFoundError(quarantine_id)
        record(
            session,
            action="view",
            object_kind="withheld_payment",
            object_id=quarantine_id,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        zone = ZoneInfo(practice_contact(session).time_zone)
        header = header_of(row.content["header"])
        of_payment = (
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.remittance_id == row.remittance_id,
            QuarantinedClaim.quarantine_id != quarantine_id,
            QuarantinedClaim.code == row.code,
        )
        counted = session.execute(
            select(
                func.count().label("claims"),
                func.coalesce(func.sum(QuarantinedClaim.paid_cents), 0).label("cents"),
            ).where(*of_payment)
        ).one()
        claims = session.execute(
            select(
                QuarantinedClaim.claim_number,
                QuarantinedClaim.charge_cents,
                QuarantinedClaim.paid_cents,
            )
            .where(*of_payment)
            .order_by(QuarantinedClaim.quarantine_id)
            .limit(_MOST_CLAIMS)
        )
        return WithheldPage(
            quarantine_id=quarantine_id,
            reason=QuarantineReason(row.code),
            message=row.message,
            payer_name=in_mixed_case(header.payer.name),
            payee_name=header.payee.name,
            payee_identifier=header.payee.identifier,
            currency=header.currency,
            origin=origin_of(session, row, zone=zone),
            claim_count=counted.claims,
            claims_cents=int(counted.cents),
            provider_adjustment_cents=sum(
                one["amount_cents"] for one in row.content["provider_adjustments"]
            ),
            claims=tuple(WithheldClaimRow(*one) for one in claims),
            fault=fault_of_payment(header, ours=_ours(session)),
            resolved=resolved_facts(session, row, zone=zone),
            asked=_asked(session, quarantine_id, zone=zone),
        )


def _asked(session: Session, quarantine_id: UUID, *, zone: ZoneInfo) -> TakeInRow | None:
    practice_id = practice_of(session)
    row = session.execute(
        select(PaymentTakeIn, StaffMember.name)
        .outerjoin(
            StaffMember,
            (StaffMember.practice_id == practice_id)
            & (StaffMember.staff_id == PaymentTakeIn.asked_by),
        )
        .where(
            PaymentTakeIn.practice_id == practice_id,
            PaymentTakeIn.quarantine_id == quarantine_id,
        )
        .order_by(PaymentTakeIn.take_in_id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    asked: PaymentTakeIn = row.PaymentTakeIn
    return TakeInRow(
        reason=asked.reason,
        asked_at=asked.asked_at.astimezone(zone),
        asked_by=row.name or "",
        ended_at=asked.ended_at.astimezone(zone) if asked.ended_at else None,
        still_withheld=asked.still_withheld,
        is_stuck=asked.ended_at is None
        and not is_under_way(session.connection(), practice_id, asked.take_in_id),
    )


def _ours(session: Session) -> PayeeIdentity:
    row = session.execute(
        select(Practice.payee_identifier, Practice.tax_identifier).where(
            Practice.practice_id == practice_of(session)
        )
    ).one()
    return PayeeIdentity(row.payee_identifier, row.tax_identifier)
