"""What the pages of help show to who opened a case. Each look leaves a row in the audit log."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.cases.files import OpenedFile, case_of_file, file_rows, open_file
from portal.cases.holding import paused_of
from portal.cases.models import Case, CaseVisit, CaseWord
from portal.cases.ports import VisitsOnStatement
from portal.cases.service import is_too_old, own_draft
from portal.cases.store import (
    CaseNotFoundError,
    Moment,
    note,
    person_asking,
    person_of,
    seen_case,
    seen_of,
    today_of,
)
from portal.cases.views import (
    AskPage,
    CasePage,
    CaseRow,
    CasesPage,
    DraftPage,
    From,
    WaysPage,
    WordRow,
)
from portal.cases.visits import VisitChoice, is_billed, visit_choices, visits_in_case
from portal.db import Database, Principal, practice_of
from portal.domain.case_people import is_theirs, may_withdraw
from portal.domain.cases import (
    ANSWER_WITHIN,
    HOLDS_VISITS,
    STANDING,
    CaseKind,
    CaseState,
)
from portal.practice.contact import practice_contact

_DAYS = frozenset({"paid_on", "starts_on"})
_OVER = (CaseState.DRAFT.value, CaseState.DROPPED.value)


def ways_page(
    database: Database,
    principal: Principal,
    came: From,
    *,
    on_statement: VisitsOnStatement,
    at: Moment,
) -> WaysPage:
    """Raises CaseNotFoundError for a statement or visit that is not this person's."""
    with database.transaction(principal) as session:
        visit = _visit(session, came, on_statement=on_statement, now=at.now)
        _looked(session, principal, at)
        cases = [one for one in _cases(session, now=at.now) if one.state in STANDING]
        return WaysPage(
            practice=practice_contact(session),
            statement_id=came.statement_id,
            visit=visit,
            line=came.charge_id if visit else None,
            standing=tuple(cases),
            answer_within=ANSWER_WITHIN,
            can_write=person_asking(principal) is not None,
        )


def ask_page(
    database: Database,
    principal: Principal,
    kind: CaseKind,
    came: From,
    *,
    on_statement: VisitsOnStatement,
    at: Moment,
    case_id: UUID | None = None,
) -> AskPage:
    """``case_id``: of a draft that `draft_page` has shown. A mere question is about no visit.

    Raises CaseNotFoundError as above, and for who cannot open a case.
    """
    with database.transaction(principal) as session:
        if person_asking(principal) is None:
            raise CaseNotFoundError
        visit = _visit(session, came, on_statement=on_statement, now=at.now)
        visits: tuple[VisitChoice, ...] = ()
        if visit is None and kind in HOLDS_VISITS:
            visits = _visits(session, came, on_statement=on_statement, now=at.now)
        if case_id is None:
            _looked(session, principal, at)
        return AskPage(
            practice=practice_contact(session),
            statement_id=came.statement_id,
            kind=kind,
            visit=visit,
            line=came.charge_id if visit else None,
            visits=visits,
            case_id=case_id,
        )


def draft_page(database: Database, principal: Principal, case_id: UUID, *, at: Moment) -> DraftPage:
    """Raises CaseNotFoundError, also for what was sent."""
    with database.transaction(principal) as session:
        case = own_draft(session, case_id)
        note(session, case, "view", at=at)
        return DraftPage(
            practice=practice_contact(session),
            statement_id=case.statement_id,
            case_id=case_id,
            kind=CaseKind(case.kind),
            answers=answers_of(case),
            visits=_visits_of(session, case, now=at.now),
            lines=lines_of(session, case_id),
            files=tuple(file_rows(session, case_id)),
            answer_within=ANSWER_WITHIN[CaseKind(case.kind)],
        )


def case_page(database: Database, principal: Principal, case_id: UUID, *, at: Moment) -> CasePage:
    """Raises CaseNotFoundError, also for a draft."""
    with database.transaction(principal) as session:
        case = seen_case(session, case_id, now=at.now)
        reader = person_asking(principal)
        if case.opened_at is None or reader is None:
            raise CaseNotFoundError(case_id)
        is_mine = is_theirs(person_of(case), reader)
        note(session, case, "view", at=at)
        contact = practice_contact(session)
        zone, today = ZoneInfo(contact.time_zone), today_of(session, at.now)
        visits = _visits_of(session, case, now=at.now)
        return CasePage(
            practice=contact,
            statement_id=case.statement_id,
            case_id=case_id,
            number=case.number,
            kind=CaseKind(case.kind),
            state=CaseState(case.state),
            answers=answers_of(case),
            opened_at=case.opened_at.astimezone(zone),
            due_on=case.due_on,
            is_late=case.due_on is not None and case.due_on < today,
            outcome=case.outcome,
            closed_on=case.closed_at.astimezone(zone).date() if case.closed_at else None,
            is_mine=is_mine,
            can_reply=is_mine and not is_too_old(case, now=at.now),
            can_withdraw=may_withdraw(person_of(case), reader),
            is_holding=case.is_holding,
            visits=visits,
            lines=lines_of(session, case_id),
            paused=paused_of(session, [one.claim_id for one in visits]),
            thread=thread_of(session, case_id, zone=zone),
            files=tuple(file_rows(session, case_id)),
        )


def cases_page(
    database: Database, principal: Principal, statement_id: UUID | None, *, at: Moment
) -> CasesPage:
    """Everything that whoever asks may see, but for drafts."""
    with database.transaction(principal) as session:
        _looked(session, principal, at)
        return CasesPage(
            practice_contact(session), statement_id, tuple(_cases(session, now=at.now))
        )


def file_of(
    database: Database,
    principal: Principal,
    case_file_id: UUID,
    *,
    secret_key: str,
    at: Moment,
) -> OpenedFile:
    """Raises CaseNotFoundError and FileNotFoundInCaseError."""
    with database.transaction(principal) as session:
        case = seen_case(session, case_of_file(session, case_file_id), now=at.now)
        note(session, case, "view_case_file", at=at)
        return open_file(session, case, case_file_id, secret_key=secret_key)


def answers_of(case: Case) -> Mapping[str, Any]:
    """As typed, days as days."""
    return {
        name: date.fromisoformat(value) if name in _DAYS else value
        for name, value in case.answers.items()
    }


def thread_of(session: Session, case_id: UUID, *, zone: ZoneInfo) -> tuple[WordRow, ...]:
    """The oldest first."""
    rows = session.scalars(
        select(CaseWord)
        .where(CaseWord.practice_id == practice_of(session), CaseWord.case_id == case_id)
        .order_by(CaseWord.word_id)
    )
    return tuple(
        WordRow(row.words, row.is_by_staff, row.written_at.astimezone(zone)) for row in rows
    )


def lines_of(session: Session, case_id: UUID) -> frozenset[UUID]:
    """The lines a case is about, where it is not about whole visits."""
    rows = session.scalars(
        select(CaseVisit.charge_id).where(
            CaseVisit.practice_id == practice_of(session),
            CaseVisit.case_id == case_id,
            CaseVisit.charge_id.is_not(None),
        )
    )
    return frozenset(one for one in rows if one is not None)


def _visits_of(session: Session, case: Case, *, now: datetime) -> tuple[VisitChoice, ...]:
    today = today_of(session, now)
    return tuple(visits_in_case(session, case.case_id, case.guarantor_id, today=today))


def _visit(
    session: Session, came: From, *, on_statement: VisitsOnStatement, now: datetime
) -> VisitChoice | None:
    """The visit that somebody came from; None for one of which they may open no case.

    Raises CaseNotFoundError for a statement or a visit that is not theirs.
    """
    if came.statement_id is not None and on_statement(session, came.statement_id) is None:
        raise CaseNotFoundError(came.statement_id)
    if came.claim_id is None:
        return None
    if not is_billed(session, came.claim_id, came.statement_id, on_statement=on_statement):
        raise CaseNotFoundError(came.claim_id)
    return next(iter(_visits(session, came, on_statement=on_statement, now=now)), None)


def _visits(
    session: Session, came: From, *, on_statement: VisitsOnStatement, now: datetime
) -> tuple[VisitChoice, ...]:
    return tuple(
        visit_choices(
            session,
            statement_id=came.statement_id,
            on_statement=on_statement,
            today=today_of(session, now),
            of_visit=came.claim_id,
        )
    )


def _cases(session: Session, *, now: datetime) -> Sequence[CaseRow]:
    zone = ZoneInfo(practice_contact(session).time_zone)
    rows = session.scalars(
        select(Case)
        .where(Case.practice_id == practice_of(session), Case.state.not_in(_OVER))
        .order_by(Case.case_id.desc())
    ).all()
    return [
        CaseRow(
            case_id=row.case_id,
            number=row.number,
            kind=CaseKind(row.kind),
            state=CaseState(row.state),
            opened_on=(row.opened_at or row.created_at).astimezone(zone).date(),
            due_on=row.due_on,
            outcome=row.outcome,
        )
        for row in seen_of(session, rows, now=now)
    ]


def _looked(session: Session, principal: Principal, at: Moment) -> None:
    record(
        session,
        action="view",
        object_kind="help",
        object_id=None,
        guarantor_id=principal.guarantor_id,
        now=at.now,
        request_id=at.request_id,
    )
