"""The job that looks ahead: autopay for new statements, notices before charges, what expires.

A notice that cannot go out means no charge: nobody is charged by autopay without being told.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.account_mail import live_link, queue_mail
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.charge_schedule import (
    ScheduledOrigin,
    ScheduledReason,
    ScheduledState,
    autopay_day,
    notice_before,
)
from portal.domain.method_setup import expires_soon
from portal.messages.service import MessageTemplate
from portal.payments.access import StatementDue, payable
from portal.payments.methods.models import SavedMethod
from portal.payments.moves import lock_guarantor
from portal.payments.scheduled.endings import stop_scheduled
from portal.payments.scheduled.models import AutopayAgreement, ScheduledPayment
from portal.payments.scheduled.moves import lock_scheduled, move_scheduled_to, note_scheduled
from portal.payments.service import LEAST_CENTS
from portal.practice.claims import has_account_hold
from portal.practice.models import Practice
from portal.web.logs import log

DRAFTS_KEPT_FOR: Final = timedelta(hours=24)


class IssuedStatement(Protocol):
    """A statement that autopay may charge."""

    @property
    def statement_id(self) -> UUID: ...
    @property
    def issued_on(self) -> date: ...


class StatementsIssued(Protocol):
    """Statements know which are new; whoever composes hands their answer to payments."""

    def __call__(
        self, session: Session, guarantor_id: UUID, /, *, since: datetime
    ) -> Sequence[IssuedStatement]: ...


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """What one run did."""

    planned: int = 0
    asked: int = 0
    notified: int = 0
    expiring_told: int = 0
    forgotten: int = 0
    failed: int = 0

    def as_json(self) -> dict[str, int]:
        """For the log and for commands."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Run:
    """What is the same for everybody of a run."""

    database: Database
    principal: Principal
    tokens: LinkTokens
    statement_due: StatementDue
    statements_issued: StatementsIssued
    now: datetime
    today: date


def look_ahead(
    database: Database,
    practice_id: UUID,
    *,
    tokens: LinkTokens,
    statement_due: StatementDue,
    statements_issued: StatementsIssued,
    now: datetime,
) -> PlanCounts:
    """Plan, notify, tell of what expires, forget what nobody agreed to; each one for itself."""
    principal = Principal.job(practice_id, role="look ahead")
    with database.transaction(principal) as session:
        today = now.astimezone(_zone(session)).date()
        payers = _with_autopay(session)
        unannounced = _unannounced(session, today)
        expiring = _expiring(session, today)
        drafts = _old_drafts(session, before=now - DRAFTS_KEPT_FOR)
    run = _Run(database, principal, tokens, statement_due, statements_issued, now, today)
    done: list[str] = []
    for act, subjects in (
        (_plan, payers),
        (_notify, unannounced),
        (_tell_of_expiry, expiring),
        (_forget, drafts),
    ):
        done += _for_each(run, act, subjects)
    # What was planned just now may be due for its notice today.
    with database.transaction(principal) as session:
        unannounced = _unannounced(session, today)
    done += _for_each(run, _notify, unannounced)
    return PlanCounts(**{name: done.count(name) for name in PlanCounts().as_json()})


def _for_each(
    run: _Run, act: Callable[[_Run, UUID], list[str]], subjects: Sequence[UUID]
) -> list[str]:
    done: list[str] = []
    for subject_id in subjects:
        try:
            done += act(run, subject_id)
        except Exception:  # noqa: BLE001 - the others must not wait for whoever mends this one
            log.exception("not looked ahead", subject_id=subject_id)
            done.append("failed")
    return done


def _zone(session: Session) -> ZoneInfo:
    name = session.scalar(
        select(Practice.time_zone).where(Practice.practice_id == practice_of(session))
    )
    return ZoneInfo(name or "UTC")


def _with_autopay(session: Session) -> Sequence[UUID]:
    return session.scalars(
        select(AutopayAgreement.guarantor_id).where(
            AutopayAgreement.practice_id == practice_of(session),
            AutopayAgreement.ended_at.is_(None),
        )
    ).all()


def _unannounced(session: Session, today: date) -> Sequence[UUID]:
    return session.scalars(
        select(ScheduledPayment.scheduled_id).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.state == ScheduledState.PLANNED.value,
            ScheduledPayment.notice_on <= today,
            ScheduledPayment.notified_at.is_(None),
        )
    ).all()


def _expiring(session: Session, today: date) -> Sequence[UUID]:
    methods = session.scalars(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.removed_at.is_(None),
            SavedMethod.exp_year.is_not(None),
            SavedMethod.told_expiring_on.is_(None),
        )
    )
    return [
        one.method_id for one in methods if expires_soon(one.exp_month, one.exp_year, today=today)
    ]


def _old_drafts(session: Session, *, before: datetime) -> Sequence[UUID]:
    return session.scalars(
        select(ScheduledPayment.scheduled_id).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.state == ScheduledState.DRAFT.value,
            ScheduledPayment.created_at <= before,
        )
    ).all()


def _plan(run: _Run, guarantor_id: UUID) -> list[str]:
    """A charge for each new statement that has none; one above the limit is asked about."""
    with run.database.transaction(run.principal) as session:
        lock_guarantor(session, guarantor_id)
        agreement = session.scalar(
            select(AutopayAgreement).where(
                AutopayAgreement.practice_id == practice_of(session),
                AutopayAgreement.guarantor_id == guarantor_id,
                AutopayAgreement.ended_at.is_(None),
            )
        )
        if agreement is None or has_account_hold(session, guarantor_id):
            return []
        issued = run.statements_issued(session, guarantor_id, since=agreement.started_at)
        taken = _taken(session, guarantor_id)
        return [
            done
            for statement in issued
            if statement.statement_id not in taken
            for done in _plan_one(session, run, agreement, statement)
        ]


def _taken(session: Session, guarantor_id: UUID) -> frozenset[UUID]:
    """Statements that autopay has dealt with, or that something else will pay."""
    rows = session.scalars(
        select(ScheduledPayment).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.guarantor_id == guarantor_id,
        )
    )
    standing = {"planned", "charging", "waiting", "retrying"}
    return frozenset(
        row.statement_id
        for row in rows
        if row.origin == ScheduledOrigin.AUTOPAY.value or row.state in standing
    )


def _plan_one(
    session: Session, run: _Run, agreement: AutopayAgreement, statement: IssuedStatement
) -> list[str]:
    due = payable(session, statement.statement_id, statement_due=run.statement_due)
    if due.due_now_cents < LEAST_CENTS:
        return []
    method = session.scalars(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.method_id == agreement.method_id,
        )
    ).one()
    charge_on = autopay_day(
        issued_on=statement.issued_on,
        days_after=agreement.days_after,
        today=run.today,
        method_kind=method.kind,
    )
    planned = ScheduledPayment(
        practice_id=practice_of(session),
        scheduled_id=new_id(),
        guarantor_id=agreement.guarantor_id,
        statement_id=statement.statement_id,
        origin=ScheduledOrigin.AUTOPAY.value,
        agreement_id=agreement.agreement_id,
        method_id=method.method_id,
        consent_id=agreement.consent_id,
        agreed_cents=due.due_now_cents,
        first_on=run.today,
        charge_on=charge_on,
        next_try_on=charge_on,
        notice_on=charge_on - notice_before(method.kind),
        state=ScheduledState.PLANNED.value,
        created_at=run.now,
        state_at=run.now,
    )
    session.add(planned)
    note_scheduled(session, planned, now=run.now)
    _make_sure_of_link(session, run, planned)
    if due.due_now_cents <= agreement.cap_cents:
        return ["planned"]
    _ask_instead(session, run, planned, ScheduledReason.OVER_CAP)
    return ["asked"]


def _notify(run: _Run, scheduled_id: UUID) -> list[str]:
    """Told too late, the charge waits: the notice is never shorter than agreed."""
    with run.database.transaction(run.principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        if planned.state != ScheduledState.PLANNED.value or planned.notified_at is not None:
            return []
        if has_account_hold(session, planned.guarantor_id):
            stop_scheduled(session, planned, reason=ScheduledReason.ON_HOLD, now=run.now)
            return []
        told = queue_mail(
            session,
            MessageTemplate.CHARGE_NOTICE,
            guarantor_id=planned.guarantor_id,
            statement_id=planned.statement_id,
            now=run.now,
        )
        if not told:
            move_scheduled_to(
                session,
                planned,
                ScheduledState.NEEDS_PATIENT,
                now=run.now,
                reason=ScheduledReason.NO_NOTICE,
            )
            return ["asked"]
        method_kind = session.scalar(
            select(SavedMethod.kind).where(
                SavedMethod.practice_id == practice_of(session),
                SavedMethod.method_id == planned.method_id,
            )
        )
        earliest = run.today + notice_before(method_kind or "")
        if planned.charge_on < earliest:
            planned.charge_on = planned.next_try_on = earliest
        planned.notified_at = run.now
        note_scheduled(session, planned, now=run.now, detail="notified")
        return ["notified"]


def _ask_instead(
    session: Session, run: _Run, planned: ScheduledPayment, reason: ScheduledReason
) -> None:
    move_scheduled_to(session, planned, ScheduledState.NEEDS_PATIENT, now=run.now, reason=reason)
    queue_mail(
        session,
        MessageTemplate.CHARGE_NEEDS_YOU,
        guarantor_id=planned.guarantor_id,
        statement_id=planned.statement_id,
        now=run.now,
    )


def _make_sure_of_link(session: Session, run: _Run, planned: ScheduledPayment) -> None:
    """The desk may not have sent this statement to whoever pays by autopay."""
    found = live_link(session, planned.guarantor_id, statement_id=planned.statement_id)
    if found is None:
        make_link(
            session,
            tokens=run.tokens,
            guarantor_id=planned.guarantor_id,
            statement_id=planned.statement_id,
            patient_ids=(),
            now=run.now,
        )


def _tell_of_expiry(run: _Run, method_id: UUID) -> list[str]:
    with run.database.transaction(run.principal) as session:
        method = session.scalars(
            select(SavedMethod)
            .where(
                SavedMethod.practice_id == practice_of(session),
                SavedMethod.method_id == method_id,
            )
            .with_for_update()
        ).one()
        method.told_expiring_on = run.today
        told = queue_mail(
            session,
            MessageTemplate.METHOD_EXPIRING,
            guarantor_id=method.guarantor_id,
            now=run.now,
        )
        return ["expiring_told"] if told else []


def _forget(run: _Run, scheduled_id: UUID) -> list[str]:
    with run.database.transaction(run.principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        if planned.state != ScheduledState.DRAFT.value:
            return []
        stop_scheduled(session, planned, reason=ScheduledReason.FORGOTTEN, now=run.now)
        return ["forgotten"]
