"""Autopay of new statements: a charge for each that has none; above the limit the patient is asked.

Statements are asked which are new; they know nothing of charges.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import DateTime, Uuid, column, exists, func, select, table
from sqlalchemy.orm import Session

from portal.auth.account_mail import live_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import SCHEMA, new_id, practice_of
from portal.domain.charge_schedule import (
    TO_COME,
    UNDER_WAY,
    ScheduledOrigin,
    ScheduledReason,
    ScheduledState,
    autopay_day,
    notice_before,
)
from portal.domain.journal import LedgerAccount
from portal.ledger.models import PostingRow
from portal.payments.access import StatementDue, payable
from portal.payments.methods.models import SavedMethod
from portal.payments.moves import lock_guarantor
from portal.payments.scheduled.endings import ask_the_patient, standing_agreement
from portal.payments.scheduled.models import AutopayAgreement, ScheduledPayment
from portal.payments.scheduled.moves import note_scheduled
from portal.payments.service import LEAST_CENTS
from portal.practice.claims import has_account_hold

_STATEMENTS: Final = table(  # of a feature beside this one: only whose, and since when
    "statements",
    column("practice_id", Uuid),
    column("statement_id", Uuid),
    column("guarantor_id", Uuid),
    column("issued_at", DateTime(timezone=True)),
    schema=SCHEMA,
)


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


def with_something_new(session: Session) -> Sequence[UUID]:
    """Guarantors with autopay who owe, and got a statement since that it has not dealt with."""
    practice_id = practice_of(session)
    is_dealt_with = exists().where(
        ScheduledPayment.practice_id == practice_id,
        ScheduledPayment.statement_id == _STATEMENTS.c.statement_id,
        ScheduledPayment.origin == ScheduledOrigin.AUTOPAY.value,
    )
    has_a_new_one = exists().where(
        _STATEMENTS.c.practice_id == practice_id,
        _STATEMENTS.c.guarantor_id == AutopayAgreement.guarantor_id,
        _STATEMENTS.c.issued_at >= AutopayAgreement.started_at,
        ~is_dealt_with,
    )
    owed_cents = (
        select(func.sum(PostingRow.amount_cents))
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id == AutopayAgreement.guarantor_id,
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
        )
        .scalar_subquery()
    )
    return session.scalars(
        select(AutopayAgreement.guarantor_id).where(
            AutopayAgreement.practice_id == practice_id,
            AutopayAgreement.ended_at.is_(None),
            has_a_new_one,
            owed_cents >= LEAST_CENTS,
        )
    ).all()


def plan_statements(
    session: Session,
    guarantor_id: UUID,
    *,
    tokens: LinkTokens,
    statement_due: StatementDue,
    statements_issued: StatementsIssued,
    today: date,
    now: datetime,
) -> Sequence[ScheduledPayment]:
    """A charge for each new statement that has none; one above the limit is for the patient."""
    lock_guarantor(session, guarantor_id)
    agreement = standing_agreement(session, guarantor_id)
    if agreement is None or has_account_hold(session, guarantor_id):
        return ()
    taken, made = _taken(session, guarantor_id), []
    for statement in statements_issued(session, guarantor_id, since=agreement.started_at):
        due = payable(session, statement.statement_id, statement_due=statement_due, by_itself=True)
        if statement.statement_id in taken or due.due_now_cents < LEAST_CENTS:
            continue
        planned = _charge(
            session, agreement, statement, cents=due.due_now_cents, today=today, now=now
        )
        _make_sure_of_link(session, planned, statement.statement_id, tokens=tokens, now=now)
        if planned.agreed_cents > agreement.cap_cents:
            ask_the_patient(session, planned, ScheduledReason.OVER_CAP, now=now)
        made.append(planned)
    return made


def _taken(session: Session, guarantor_id: UUID) -> frozenset[UUID]:
    """Statements that autopay has dealt with, or that something else will pay."""
    rows = session.scalars(
        select(ScheduledPayment).where(
            ScheduledPayment.practice_id == practice_of(session),
            ScheduledPayment.guarantor_id == guarantor_id,
        )
    )
    return frozenset(
        row.statement_id
        for row in rows
        if row.statement_id is not None
        and (
            row.origin == ScheduledOrigin.AUTOPAY.value
            or ScheduledState(row.state) in TO_COME | UNDER_WAY
        )
    )


def _charge(
    session: Session,
    agreement: AutopayAgreement,
    statement: IssuedStatement,
    *,
    cents: int,
    today: date,
    now: datetime,
) -> ScheduledPayment:
    method_kind = session.scalars(
        select(SavedMethod.kind).where(
            SavedMethod.practice_id == practice_of(session),
            SavedMethod.method_id == agreement.method_id,
        )
    ).one()
    charge_on = autopay_day(
        issued_on=statement.issued_on,
        days_after=agreement.days_after,
        today=today,
        method_kind=method_kind,
    )
    planned = ScheduledPayment(
        practice_id=practice_of(session),
        scheduled_id=new_id(),
        guarantor_id=agreement.guarantor_id,
        statement_id=statement.statement_id,
        origin=ScheduledOrigin.AUTOPAY.value,
        agreement_id=agreement.agreement_id,
        method_id=agreement.method_id,
        consent_id=agreement.consent_id,
        agreed_cents=cents,
        first_on=today,
        charge_on=charge_on,
        next_try_on=charge_on,
        notice_on=charge_on - notice_before(method_kind),
        state=ScheduledState.PLANNED.value,
        created_at=now,
        state_at=now,
    )
    session.add(planned)
    note_scheduled(session, planned, now=now)
    return planned


def _make_sure_of_link(
    session: Session,
    planned: ScheduledPayment,
    statement_id: UUID,
    *,
    tokens: LinkTokens,
    now: datetime,
) -> None:
    """The desk may not have sent this statement to whoever pays by autopay."""
    found = live_link(session, planned.guarantor_id, statement_id=statement_id)
    if found is None:
        make_link(
            session,
            tokens=tokens,
            guarantor_id=planned.guarantor_id,
            statement_id=statement_id,
            patient_ids=(),
            now=now,
        )
