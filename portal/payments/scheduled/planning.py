"""The job that looks ahead: charges for statements and installments, notices, what expires.

A notice that cannot go out means no charge: nobody is charged by itself without being told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.account_mail import queue_mail
from portal.auth.link_tokens import LinkTokens
from portal.db import Database, Principal, practice_of
from portal.domain.charge_schedule import (
    TO_COME,
    ScheduledReason,
    ScheduledState,
)
from portal.domain.method_setup import expires_soon
from portal.messages.service import MessageTemplate
from portal.payments.access import StatementDue
from portal.payments.methods.models import SavedMethod
from portal.payments.scheduled.endings import ask_the_patient, stop_scheduled
from portal.payments.scheduled.installments import (
    InstallmentDue,
    InstallmentsToCome,
    InstallmentToCharge,
    follow_installment,
    overtaken,
    plan_installment,
    to_announce,
)
from portal.payments.scheduled.models import ScheduledPayment
from portal.payments.scheduled.moves import (
    lock_scheduled,
    note_scheduled,
    notice_length,
)
from portal.payments.scheduled.new_statements import (
    StatementsIssued,
    plan_statements,
    with_something_new,
)
from portal.payments.settlement import practice_day
from portal.practice.claims import has_account_hold
from portal.web.logs import log

DRAFTS_KEPT_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """What one run did. ``changed``: charges that their plan has overtaken."""

    planned: int = 0
    changed: int = 0
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
    to_come: Mapping[UUID, InstallmentToCharge]  # read once; each is asked anew under its lock
    installment_due: InstallmentDue
    now: datetime
    today: date


def look_ahead(
    database: Database,
    practice_id: UUID,
    *,
    tokens: LinkTokens,
    statement_due: StatementDue,
    statements_issued: StatementsIssued,
    installments_to_come: InstallmentsToCome,
    installment_due: InstallmentDue,
    now: datetime,
) -> PlanCounts:
    """Plan, notify, tell of what expires, forget what nobody agreed to; each one for itself."""
    principal = Principal.job(practice_id, role="look ahead")
    with database.transaction(principal) as session:
        today = practice_day(session, now)
        to_come = {one.installment_id: one for one in installments_to_come(session, today=today)}
    run = _Run(
        database,
        principal,
        tokens,
        statement_due,
        statements_issued,
        to_come,
        installment_due,
        now,
        today,
    )
    done: list[str] = []
    for find, act in (  # each looks for what those before it have made
        (_newly_billed, _plan_statements),
        (_overtaken, _follow_plan),
        (_to_announce, _plan_installment),
        (_unannounced, _notify),
        (_expiring, _tell_of_expiry),
        (_old_drafts, _forget),
    ):
        with database.transaction(principal) as session:
            subjects = find(session, run)
        done += _for_each(run, act, subjects)
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


def _newly_billed(session: Session, _run: _Run) -> Sequence[UUID]:
    return with_something_new(session)


def _overtaken(session: Session, run: _Run) -> Sequence[UUID]:
    return overtaken(session, run.to_come, today=run.today)


def _to_announce(session: Session, run: _Run) -> Sequence[UUID]:
    return to_announce(session, run.to_come, today=run.today)


def _unannounced(session: Session, run: _Run) -> Sequence[UUID]:
    return session.scalars(
        select(ScheduledPayment.scheduled_id).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.state == ScheduledState.PLANNED.value,
            ScheduledPayment.notice_on <= run.today,
            ScheduledPayment.notified_at.is_(None),
        )
    ).all()


def _expiring(session: Session, run: _Run) -> Sequence[UUID]:
    methods = session.scalars(
        select(SavedMethod).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.removed_at.is_(None),
            SavedMethod.exp_year.is_not(None),
            SavedMethod.told_expiring_on.is_(None),
        )
    )
    return [
        one.method_id
        for one in methods
        if expires_soon(one.exp_month, one.exp_year, today=run.today)
    ]


def _old_drafts(session: Session, run: _Run) -> Sequence[UUID]:
    return session.scalars(
        select(ScheduledPayment.scheduled_id).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.state == ScheduledState.DRAFT.value,
            ScheduledPayment.created_at <= run.now - DRAFTS_KEPT_FOR,
        )
    ).all()


def _plan_statements(run: _Run, guarantor_id: UUID) -> list[str]:
    with run.database.transaction(run.principal) as session:
        charges = plan_statements(
            session,
            guarantor_id,
            tokens=run.tokens,
            statement_due=run.statement_due,
            statements_issued=run.statements_issued,
            today=run.today,
            now=run.now,
        )
        return [_planned_or_asked(planned) for planned in charges]


def _planned_or_asked(planned: ScheduledPayment) -> str:
    return "planned" if planned.state == ScheduledState.PLANNED.value else "asked"


def _follow_plan(run: _Run, scheduled_id: UUID) -> list[str]:
    with run.database.transaction(run.principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        if ScheduledState(planned.state) not in TO_COME:
            return []
        due = follow_installment(
            session,
            planned,
            installment_due=run.installment_due,
            today=run.today,
            now=run.now,
        )
        return [] if due else ["changed"]


def _plan_installment(run: _Run, installment_id: UUID) -> list[str]:
    with run.database.transaction(run.principal) as session:
        planned = plan_installment(
            session,
            installment_id,
            guarantor_id=run.to_come[installment_id].guarantor_id,
            installment_due=run.installment_due,
            today=run.today,
            now=run.now,
        )
        return [] if planned is None else [_planned_or_asked(planned)]


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
        if told is None:
            ask_the_patient(session, planned, ScheduledReason.NO_NOTICE, now=run.now)
            return ["asked"]
        earliest = run.today + notice_length(session, planned)
        if planned.charge_on < earliest:
            planned.charge_on = planned.next_try_on = earliest
        planned.notified_at, planned.notice_message_id = run.now, told
        note_scheduled(session, planned, now=run.now, detail="notified")
        return ["notified"]


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
        return ["expiring_told"] if told is not None else []


def _forget(run: _Run, scheduled_id: UUID) -> list[str]:
    with run.database.transaction(run.principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        if planned.state != ScheduledState.DRAFT.value:
            return []
        stop_scheduled(session, planned, reason=ScheduledReason.FORGOTTEN, now=run.now)
        return ["forgotten"]
