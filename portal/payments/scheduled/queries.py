"""What the pages of charges to come and of autopay say: frozen views, each seen is audited."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.charge_schedule import ScheduledState, days_to_choose
from portal.domain.money import format_plain
from portal.messages.service import mail_refusals
from portal.payments.access import StatementDue, payable
from portal.payments.autopay.service import AutopayTerms, autopay_wording
from portal.payments.methods.models import PaymentConsent, SavedMethod
from portal.payments.methods.queries import AutopayRow, MethodRow, autopay_row, method_rows
from portal.payments.scheduled.models import ScheduledPayment
from portal.payments.scheduled.moves import ScheduledNotFoundError, notice_owed, scheduled_of
from portal.payments.scheduled.service import MethodNotFoundError, scheduled_wording
from portal.payments.scheduled.views import ScheduledRow, scheduled_row, standing_charge
from portal.payments.service import LEAST_CENTS
from portal.practice.contact import PracticeContact, practice_contact


@dataclass(frozen=True, slots=True)
class PayLaterPage:
    """Choosing an amount and a day. ``standing``: a charge of this statement there is already."""

    practice: PracticeContact
    statement_id: UUID
    due_now_cents: int
    due_on: date
    first_on: date
    last_on: date
    methods: tuple[MethodRow, ...]
    standing: ScheduledRow | None

    @property
    def can_pay(self) -> bool:
        return self.due_now_cents >= LEAST_CENTS


@dataclass(frozen=True, slots=True)
class ScheduledPage:
    """One charge; ``wording`` is what is agreed to, or was."""

    practice: PracticeContact
    statement_id: UUID
    planned: ScheduledRow
    wording: tuple[str, ...]
    first_on: date


@dataclass(frozen=True, slots=True)
class AutopayPage:
    """Autopay, on or off. ``wording``: of the terms that stand."""

    practice: PracticeContact
    statement_id: UUID
    methods: tuple[MethodRow, ...]
    autopay: AutopayRow | None
    wording: tuple[str, ...]
    can_be_mailed: bool


@dataclass(frozen=True, slots=True)
class AutopayCheckPage:
    """Terms as they were chosen, and the wording they make."""

    practice: PracticeContact
    statement_id: UUID
    terms: AutopayTerms
    wording: tuple[str, ...]

    @property
    def typed_cap(self) -> str:
        return format_plain(self.terms.cap_cents)


def pay_later_page(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> PayLaterPage:
    """Raises StatementNotFoundError."""
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        practice = practice_contact(session)
        today = _today(practice, now)
        first_on, last_on = days_to_choose(today, agreed_on=today)
        _audit(session, "view_amount", due.guarantor_id, now=now, request_id=request_id)
        return PayLaterPage(
            practice=practice,
            statement_id=statement_id,
            due_now_cents=due.due_now_cents,
            due_on=due.due_on,
            first_on=first_on,
            last_on=last_on,
            methods=method_rows(session, due.guarantor_id, practice=practice, now=now),
            standing=standing_charge(session, statement_id),
        )


def scheduled_page(
    database: Database,
    principal: Principal,
    scheduled_id: UUID,
    *,
    statement_id: UUID,
    language: str,
    now: datetime,
    request_id: str,
) -> ScheduledPage:
    """``statement_id`` is the one the browser opened. Raises ScheduledNotFoundError."""
    with database.transaction(principal) as session:
        row = scheduled_row(session, scheduled_id)
        if row is None:
            raise ScheduledNotFoundError(scheduled_id)
        practice = practice_contact(session)
        planned = scheduled_of(session, scheduled_id)
        _audit(session, "view_charge", planned.guarantor_id, now=now, request_id=request_id)
        return ScheduledPage(
            practice=practice,
            statement_id=statement_id,
            planned=row,
            wording=_wording(session, planned, practice, language=language),
            first_on=days_to_choose(
                _today(practice, now),
                agreed_on=planned.first_on,
                notice=notice_owed(session, planned),
            )[0],
        )


def autopay_page(
    database: Database,
    principal: Principal,
    *,
    guarantor_id: UUID,
    statement_id: UUID,
    language: str,
    now: datetime,
    request_id: str,
) -> AutopayPage:
    """Autopay as it stands, with what can be chosen."""
    with database.transaction(principal) as session:
        practice = practice_contact(session)
        standing = autopay_row(session, guarantor_id, practice=practice)
        _audit(session, "view_autopay", guarantor_id, now=now, request_id=request_id)
        return AutopayPage(
            practice=practice,
            statement_id=statement_id,
            methods=method_rows(session, guarantor_id, practice=practice, now=now),
            autopay=standing,
            wording=_standing_wording(session, standing, practice, language=language),
            can_be_mailed=not mail_refusals(session, guarantor_id),
        )


def autopay_check_page(
    database: Database,
    principal: Principal,
    terms: AutopayTerms,
    *,
    guarantor_id: UUID,
    statement_id: UUID,
    language: str,
    now: datetime,
    request_id: str,
) -> AutopayCheckPage:
    """Raises MethodNotFoundError."""
    with database.transaction(principal) as session:
        practice = practice_contact(session)
        method = _method(session, terms.method_id)
        _audit(session, "view_autopay", guarantor_id, now=now, request_id=request_id)
        return AutopayCheckPage(
            practice=practice,
            statement_id=statement_id,
            terms=terms,
            wording=autopay_wording(terms, method, practice, language=language).sentences,
        )


def scheduled_state(database: Database, principal: Principal, scheduled_id: UUID) -> ScheduledState:
    """Raises ScheduledNotFoundError."""
    with database.transaction(principal) as session:
        return ScheduledState(scheduled_of(session, scheduled_id).state)


def _standing_wording(
    session: Session, standing: AutopayRow | None, practice: PracticeContact, *, language: str
) -> tuple[str, ...]:
    if standing is None:
        return ()
    terms = AutopayTerms(standing.method_id, standing.cap_cents, standing.days_after)
    method = _method(session, standing.method_id)
    return autopay_wording(terms, method, practice, language=language).sentences


def _wording(
    session: Session, planned: ScheduledPayment, practice: PracticeContact, *, language: str
) -> tuple[str, ...]:
    """What is agreed to for a draft, or was; an installment's stands with its plan."""
    if planned.consent_id is not None:
        return _kept_wording(session, planned.consent_id)
    if planned.installment_id is not None:
        return ()
    method = _method(session, planned.method_id)
    return scheduled_wording(planned, method, practice, language=language).sentences


def _kept_wording(session: Session, consent_id: UUID) -> tuple[str, ...]:
    """Word for word as it was agreed to, in the language of that day."""
    kept = session.scalars(
        select(PaymentConsent.sentences).where(
            PaymentConsent.practice_id == practice_of(session),
            PaymentConsent.consent_id == consent_id,
        )
    ).one()
    return tuple(kept)


def _method(session: Session, method_id: UUID) -> SavedMethod:
    found = session.scalar(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session), SavedMethod.method_id == method_id
        )
    )
    if found is None:
        raise MethodNotFoundError(method_id)
    return found


def _today(practice: PracticeContact, now: datetime) -> date:
    return now.astimezone(ZoneInfo(practice.time_zone)).date()


def _audit(
    session: Session, action: str, guarantor_id: UUID, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="guarantor",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
