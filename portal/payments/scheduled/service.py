"""What a patient does about charges to come: choose, agree, stop, move."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.account_mail import queue_mail
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.agreement_texts import Agreement, AgreementFacts, AgreementKind, agreement
from portal.domain.charge_schedule import (
    TO_COME,
    UNDER_WAY,
    ScheduledOrigin,
    ScheduledReason,
    ScheduledState,
    days_to_choose,
)
from portal.messages.service import MessageTemplate
from portal.payments.access import StatementDue, payable
from portal.payments.methods.consents import Consent, NotAgreedError, keep_consent
from portal.payments.methods.models import SavedMethod
from portal.payments.methods.names import method_name
from portal.payments.moves import lock_guarantor
from portal.payments.scheduled.endings import (
    stop_scheduled,
)
from portal.payments.scheduled.models import ScheduledPayment
from portal.payments.scheduled.moves import (
    ScheduledNotFoundError,
    lock_scheduled,
    move_scheduled_to,
    note_scheduled,
    notice_owed,
    scheduled_of,
)
from portal.payments.service import LEAST_CENTS
from portal.practice.contact import PracticeContact, practice_contact


class MethodNotFoundError(LookupError):
    """No such saved method, or it is kept no more, or not this person's."""


class DayRefusedError(ValueError):
    """A day that may not be chosen; ``first_on`` to ``last_on`` may."""

    def __init__(self, first_on: date, last_on: date) -> None:
        super().__init__(first_on, last_on)
        self.first_on = first_on
        self.last_on = last_on


class ScheduledAmountRefusedError(ValueError):
    """An amount that may not be agreed on; ``most_cents`` is what may."""

    def __init__(self, most_cents: int) -> None:
        super().__init__(most_cents)
        self.most_cents = most_cents


class AlreadyPlannedError(RuntimeError):
    """A charge of this statement stands already."""


class TooLateError(RuntimeError):
    """The charge is under way or over: it can be neither stopped nor moved."""


def choose_payment(
    database: Database,
    principal: Principal,
    *,
    statement_id: UUID,
    amount_cents: int,
    charge_on: date,
    method_id: UUID,
    statement_due: StatementDue,
    now: datetime,
) -> UUID:
    """Write down what somebody wants to pay and when; nothing is agreed to yet.

    Raises StatementNotFoundError, ScheduledAmountRefusedError, DayRefusedError,
    MethodNotFoundError and AlreadyPlannedError.
    """
    with database.transaction(principal) as session:
        due = payable(session, statement_id, statement_due=statement_due)
        lock_guarantor(session, due.guarantor_id)
        if not LEAST_CENTS <= amount_cents <= due.due_now_cents:
            raise ScheduledAmountRefusedError(due.due_now_cents)
        today = _today(practice_contact(session), now)
        _require_day(charge_on, today=today, agreed_on=today)
        live_method(session, method_id)
        if standing_payment(session, statement_id) is not None:
            raise AlreadyPlannedError(statement_id)
        planned = ScheduledPayment(
            practice_id=practice_of(session),
            scheduled_id=new_id(),
            guarantor_id=due.guarantor_id,
            statement_id=statement_id,
            origin=ScheduledOrigin.PAY_LATER.value,
            method_id=method_id,
            agreed_cents=amount_cents,
            first_on=today,
            charge_on=charge_on,
            next_try_on=charge_on,
            state=ScheduledState.DRAFT.value,
            created_at=now,
            state_at=now,
        )
        session.add(planned)
        note_scheduled(session, planned, now=now)
        return planned.scheduled_id


def agree_to_payment(
    database: Database,
    principal: Principal,
    scheduled_id: UUID,
    *,
    language: str,
    address_hash: bytes,
    statement_due: StatementDue,
    now: datetime,
    request_id: str,
) -> None:
    """The box was ticked: the charge stands. A copy goes out by e-mail; once is enough.

    Raises ScheduledNotFoundError, AlreadyPlannedError, and NotAgreedError when what was agreed to
    can be no more (the day has passed, less is due, the method is gone): then it is chosen anew.
    """
    with database.transaction(principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        if ScheduledState(planned.state) is not ScheduledState.DRAFT:
            return
        practice = practice_contact(session)
        due = payable(session, planned.statement_id, statement_due=statement_due)
        method = live_method(session, planned.method_id)
        is_over = planned.charge_on <= _today(practice, now)
        if is_over or planned.agreed_cents > due.due_now_cents:
            raise NotAgreedError(scheduled_id)
        if standing_payment(session, due.statement_id) is not None:
            raise AlreadyPlannedError(due.statement_id)
        wording = scheduled_wording(planned, method, practice, language=language)
        consent = Consent(wording, address_hash)
        planned.consent_id = keep_consent(
            session, consent, guarantor_id=planned.guarantor_id, now=now
        )
        move_scheduled_to(session, planned, ScheduledState.PLANNED, now=now)
        _tell(session, MessageTemplate.CHARGE_AGREED, planned, now=now)
        _audit(session, "agree", planned, now=now, request_id=request_id)


def stop(
    database: Database, principal: Principal, scheduled_id: UUID, *, now: datetime, request_id: str
) -> None:
    """Nothing is charged, and that is confirmed by e-mail. Again changes nothing.

    Raises ScheduledNotFoundError and TooLateError.
    """
    with database.transaction(principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        if ScheduledState(planned.state) is ScheduledState.STOPPED:
            return
        if ScheduledState(planned.state) not in TO_COME | {ScheduledState.DRAFT}:
            raise TooLateError(scheduled_id)
        if stop_scheduled(session, planned, reason=ScheduledReason.BY_PATIENT, now=now):
            _tell(session, MessageTemplate.CHARGE_STOPPED, planned, now=now)
        _audit(session, "stop", planned, now=now, request_id=request_id)


def move(
    database: Database,
    principal: Principal,
    scheduled_id: UUID,
    *,
    charge_on: date,
    language: str,
    address_hash: bytes,
    now: datetime,
    request_id: str,
) -> None:
    """Charge on another day instead, which is agreed to anew; what is to be announced still is.

    Not an installment: its plan moves it. Raises ScheduledNotFoundError, TooLateError and
    DayRefusedError.
    """
    with database.transaction(principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        if planned.installment_id is not None:
            raise ScheduledNotFoundError(scheduled_id)
        if ScheduledState(planned.state) is not ScheduledState.PLANNED:
            raise TooLateError(scheduled_id)
        practice = practice_contact(session)
        today = _today(practice, now)
        notice = notice_owed(session, planned)
        _require_day(charge_on, today=today, agreed_on=planned.first_on, notice=notice)
        if planned.charge_on == charge_on:
            return
        planned.charge_on = planned.next_try_on = charge_on
        if notice:
            planned.notice_on = charge_on - notice
        method = live_method(session, planned.method_id)
        wording = scheduled_wording(planned, method, practice, language=language)
        planned.consent_id = keep_consent(
            session, Consent(wording, address_hash), guarantor_id=planned.guarantor_id, now=now
        )
        note_scheduled(session, planned, now=now, detail=f"moved to {charge_on.isoformat()}")
        _tell(session, MessageTemplate.CHARGE_AGREED, planned, now=now)
        _audit(session, "move", planned, now=now, request_id=request_id)


def scheduled_wording(
    planned: ScheduledPayment, method: SavedMethod, practice: PracticeContact, *, language: str
) -> Agreement:
    """What is agreed to for one charge, in today's words."""
    facts = AgreementFacts(
        practice=practice.name,
        phone=practice.phone,
        method=method_name(method, language=language),
        amount_cents=planned.agreed_cents,
        charge_on=planned.charge_on,
    )
    return agreement(AgreementKind.PAY_LATER, facts, language=language)


def standing_payment(session: Session, statement_id: UUID) -> ScheduledPayment | None:
    """The charge of a statement that is to come or under way."""
    states = TO_COME | UNDER_WAY
    return session.scalar(
        select(ScheduledPayment).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.statement_id == statement_id,
            ScheduledPayment.state.in_([state.value for state in states]),
        )
    )


def own_scheduled(session: Session, scheduled_id: UUID) -> ScheduledPayment:
    """Row-level security shows it to whom it belongs. Raises ScheduledNotFoundError."""
    return scheduled_of(session, scheduled_id)


def live_method(session: Session, method_id: UUID) -> SavedMethod:
    """One that is kept now, for this principal. Raises MethodNotFoundError."""
    found = session.scalar(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.method_id == method_id,
            SavedMethod.removed_at.is_(None),
        )
    )
    if found is None:
        raise MethodNotFoundError(method_id)
    return found


def _require_day(
    charge_on: date, *, today: date, agreed_on: date, notice: timedelta = timedelta()
) -> None:
    first_on, last_on = days_to_choose(today, agreed_on=agreed_on, notice=notice)
    if not first_on <= charge_on <= last_on:
        raise DayRefusedError(first_on, last_on)


def _today(practice: PracticeContact, now: datetime) -> date:
    return now.astimezone(ZoneInfo(practice.time_zone)).date()


def _tell(
    session: Session, template: MessageTemplate, planned: ScheduledPayment, *, now: datetime
) -> None:
    queue_mail(
        session,
        template,
        guarantor_id=planned.guarantor_id,
        statement_id=planned.statement_id,
        now=now,
    )


def _audit(
    session: Session, action: str, planned: ScheduledPayment, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="scheduled_payment",
        object_id=planned.scheduled_id,
        guarantor_id=planned.guarantor_id,
        now=now,
        request_id=request_id,
    )
