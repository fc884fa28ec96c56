"""Autopay on and off: a guarantor's word that new statements may be charged, and its end."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.account_mail import queue_mail
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.agreement_texts import Agreement, AgreementFacts, AgreementKind, agreement
from portal.domain.charge_schedule import DAYS_AFTER_STATEMENT, ScheduledReason, notice_before
from portal.messages.service import MessageTemplate, mail_refusals
from portal.payments.methods.consents import Consent, keep_consent, note
from portal.payments.methods.models import SavedMethod
from portal.payments.methods.names import method_name
from portal.payments.moves import lock_guarantor
from portal.payments.scheduled.endings import (
    REPLACED,
    carry_over,
    end_agreement,
    standing_agreement,
)
from portal.payments.scheduled.models import AutopayAgreement
from portal.payments.scheduled.service import live_method
from portal.payments.service import LEAST_CENTS
from portal.practice.contact import PracticeContact, practice_contact


class NoMailError(RuntimeError):
    """Autopay tells of each charge by e-mail, and none may be sent to this person."""


@dataclass(frozen=True, slots=True)
class AutopayTerms:
    """What somebody chose for autopay."""

    method_id: UUID
    cap_cents: int
    days_after: int


def start_autopay(
    database: Database,
    principal: Principal,
    terms: AutopayTerms,
    *,
    guarantor_id: UUID,
    language: str,
    address_hash: bytes,
    now: datetime,
    request_id: str,
) -> None:
    """The box was ticked: new statements are charged from now on; earlier terms end.

    Raises MethodNotFoundError, NoMailError; ValueError for terms no page offers.
    """
    if terms.days_after not in DAYS_AFTER_STATEMENT or terms.cap_cents < LEAST_CENTS:
        raise ValueError(terms)
    with database.transaction(principal) as session:
        lock_guarantor(session, guarantor_id)
        method = live_method(session, terms.method_id)
        if mail_refusals(session, guarantor_id):
            raise NoMailError(guarantor_id)
        earlier = standing_agreement(session, guarantor_id)
        if earlier is not None:
            end_agreement(session, earlier, reason=REPLACED, now=now)
            session.flush()
        wording = autopay_wording(terms, method, practice_contact(session), language=language)
        made = AutopayAgreement(
            practice_id=practice_of(session),
            agreement_id=new_id(),
            guarantor_id=guarantor_id,
            method_id=terms.method_id,
            consent_id=keep_consent(
                session, Consent(wording, address_hash), guarantor_id=guarantor_id, now=now
            ),
            cap_cents=terms.cap_cents,
            days_after=terms.days_after,
            started_at=now,
        )
        session.add(made)
        note(
            session,
            guarantor_id=guarantor_id,
            subject_id=made.agreement_id,
            state="started",
            now=now,
        )
        queue_mail(session, MessageTemplate.AUTOPAY_ON, guarantor_id=guarantor_id, now=now)
        if earlier is not None:
            carry_over(session, earlier, made, method_kind=method.kind, now=now)
        _audit_autopay(session, "start_autopay", made, now=now, request_id=request_id)


def stop_autopay(
    database: Database,
    principal: Principal,
    *,
    guarantor_id: UUID,
    now: datetime,
    request_id: str,
) -> None:
    """No new statement is charged, and no charge it has planned is made. Again changes nothing."""
    with database.transaction(principal) as session:
        lock_guarantor(session, guarantor_id)
        standing = standing_agreement(session, guarantor_id)
        if standing is None:
            return
        end_agreement(session, standing, reason=ScheduledReason.BY_PATIENT.value, now=now)
        _audit_autopay(session, "stop_autopay", standing, now=now, request_id=request_id)


def autopay_wording(
    terms: AutopayTerms, method: SavedMethod, practice: PracticeContact, *, language: str
) -> Agreement:
    """What is agreed to for autopay, in today's words."""
    facts = AgreementFacts(
        practice=practice.name,
        phone=practice.phone,
        method=method_name(method, language=language),
        amount_cents=terms.cap_cents,
        days_after=terms.days_after,
        notice_days=notice_before(method.kind).days,
    )
    return agreement(AgreementKind.AUTOPAY, facts, language=language)


def _audit_autopay(
    session: Session, action: str, made: AutopayAgreement, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="autopay",
        object_id=made.agreement_id,
        guarantor_id=made.guarantor_id,
        now=now,
        request_id=request_id,
    )
