"""What who opens a case does: write it down, look at it once more, send it, write back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from portal.cases.files import case_of_file, drop_files, keep_file
from portal.cases.holding import keep_holds
from portal.cases.mailing import tell_person
from portal.cases.models import Case, CaseVisit
from portal.cases.pictures import clean_file
from portal.cases.ports import DisputeHolds, VisitsOnStatement
from portal.cases.store import (
    CaseNotFoundError,
    Moment,
    free_number,
    move_to,
    note,
    note_event,
    own_case,
    person_asking,
    person_of,
    seen_case,
    today_of,
    write,
)
from portal.cases.visits import visit_choices
from portal.db import Database, Principal, PrincipalKind, new_id, practice_of, principal_of
from portal.domain.case_people import CasePerson, may_withdraw
from portal.domain.cases import (
    DRAFT_FOR,
    REOPEN_WITHIN,
    CaseKind,
    CaseOutcome,
    CaseState,
    UnknownMoveError,
    state_after_file,
    state_after_reply,
)
from portal.messages.service import MessageTemplate

__all__ = ["CaseNotFoundError", "UnknownMoveError"]


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody typed. ``answers`` are words, days and cents by the name of their field.

    ``lines``: of a visit, those that it is about; none: all of it.
    """

    kind: CaseKind
    answers: Mapping[str, Any]
    claim_ids: frozenset[UUID] = frozenset()
    lines: frozenset[UUID] = frozenset()
    statement_id: UUID | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Ports:
    """What other features do for cases."""

    on_statement: VisitsOnStatement
    holds: DisputeHolds = field(repr=False)


def draft_case(
    database: Database, principal: Principal, told: Told, *, ports: Ports, at: Moment
) -> UUID:
    """Write it down; nobody of the practice sees it, and nothing is held, until it is sent.

    Raises CaseNotFoundError where a visit is not this person's to speak of.
    """
    with database.transaction(principal) as session:
        case = new_case(session, told, at=at)
        _put_visits(session, case, told, ports=ports, now=at.now)
        note(session, case, "draft_case", at=at)
        return case.case_id


def change_draft(
    database: Database, principal: Principal, case_id: UUID, told: Told, *, ports: Ports, at: Moment
) -> None:
    """The same again, otherwise. Raises CaseNotFoundError."""
    with database.transaction(principal) as session:
        case = own_draft(session, case_id)
        case.answers = dict(told.answers)
        session.execute(
            delete(CaseVisit).where(
                CaseVisit.practice_id == practice_of(session), CaseVisit.case_id == case_id
            )
        )
        _put_visits(session, case, told, ports=ports, now=at.now)


def send_case(
    database: Database, principal: Principal, case_id: UUID, *, ports: Ports, at: Moment
) -> None:
    """From now on it is ours to answer, and its visits are held. Sent twice, it is sent once.

    An application for help is sent by its own page. Raises CaseNotFoundError.
    """
    with database.transaction(principal) as session:
        case = own_case(session, case_id, locked=True)
        if case.kind == CaseKind.ASSISTANCE.value:
            raise CaseNotFoundError(case_id)
        if case.state != CaseState.DRAFT.value:
            return
        open_now(session, case, at=at)
        note(session, case, "open_case", at=at)
    keep_holds(database, principal.practice_id, ports.holds, now=at.now)


def open_now(session: Session, case: Case, *, at: Moment) -> None:
    """A draft becomes a case, and mail says that we have it."""
    case.opened_at = at.now
    move_to(session, case, CaseState.OPEN, now=at.now)
    tell_person(session, case, MessageTemplate.CASE_OPENED, now=at.now)


def add_file(
    database: Database,
    principal: Principal,
    case_id: UUID,
    content: bytes,
    *,
    secret_key: str,
    at: Moment,
) -> None:
    """What we had asked for has come: it is our turn, as after a word.

    Cleaned before any transaction is open. Raises FileRefusedError, CaseNotFoundError, and
    UnknownMoveError for a case that is closed.
    """
    with database.transaction(principal) as session:
        own_case(session, case_id)  # nobody else makes us unfold their pictures
    clean = clean_file(content)
    with database.transaction(principal) as session:
        case = own_case(session, case_id, locked=True)
        state = CaseState(case.state)
        if state is CaseState.DROPPED:
            raise CaseNotFoundError(case_id)
        after = state_after_file(state)
        keep_file(session, case, clean, secret_key=secret_key, now=at.now)
        if state is not CaseState.DRAFT:
            _is_our_turn(session, case, after, now=at.now, detail="file")
        note(session, case, "add_case_file", at=at)


def remove_file(
    database: Database, principal: Principal, case_file_id: UUID, *, at: Moment
) -> UUID:
    """Of a draft; which. Raises CaseNotFoundError and FileNotFoundInCaseError."""
    with database.transaction(principal) as session:
        case = own_draft(session, case_of_file(session, case_file_id))
        drop_files(session, case.case_id, case_file_id)
        note(session, case, "remove_case_file", at=at)
        return case.case_id


def reply(
    database: Database,
    principal: Principal,
    case_id: UUID,
    words: str,
    *,
    ports: Ports,
    at: Moment,
) -> None:
    """Write back; a case that was closed opens again, for 60 days.

    It holds nothing then until staff have looked: else a word every two months would keep a bill
    from ever being asked for. Raises CaseNotFoundError, UnknownMoveError.
    """
    with database.transaction(principal) as session:
        case = own_case(session, case_id, locked=True)
        present = CaseState(case.state)
        if present is CaseState.DRAFT or is_too_old(case, now=at.now):
            raise UnknownMoveError(case_id)
        write(session, case, words, now=at.now)
        after = state_after_reply(present)
        _is_our_turn(session, case, after, now=at.now, detail="reply")
        if after is CaseState.REOPENED:
            case.outcome = case.closed_at = None
            case.is_holding = False
        note(session, case, "reply_to_case", at=at)
    keep_holds(database, principal.practice_id, ports.holds, now=at.now)


def withdraw(
    database: Database, principal: Principal, case_id: UUID, *, ports: Ports, at: Moment
) -> None:
    """Not needed any more: what it held is released.

    An application for help is withdrawn by its own page. Raises CaseNotFoundError and
    UnknownMoveError.
    """
    with database.transaction(principal) as session:
        case = seen_case(session, case_id, now=at.now, locked=True)
        reader = person_asking(principal)
        if reader is None or not may_withdraw(person_of(case), reader):
            raise CaseNotFoundError(case_id)
        if case.kind == CaseKind.ASSISTANCE.value or case.state == CaseState.DRAFT.value:
            raise UnknownMoveError(case_id)
        close_now(session, case, CaseOutcome.WITHDRAWN, now=at.now)
        note(session, case, "withdraw_case", at=at)
    keep_holds(database, principal.practice_id, ports.holds, now=at.now)


def close_now(session: Session, case: Case, outcome: CaseOutcome, *, now: datetime) -> None:
    """Over, with what became of it. Raises UnknownMoveError."""
    move_to(session, case, CaseState.CLOSED, now=now, detail=outcome.value)
    case.outcome, case.closed_at = outcome.value, now


def drop_old_drafts(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """What was never sent is emptied after a day: its answers and files are gone. How many."""
    with database.transaction(Principal.job(practice_id, role="drop_case_drafts")) as session:
        drafts = session.scalars(
            select(Case)
            .where(
                Case.practice_id == practice_id,
                Case.state == CaseState.DRAFT.value,
                Case.created_at < now - DRAFT_FOR,
            )
            .with_for_update(skip_locked=True)
        ).all()
        for case in drafts:
            case.answers = {}
            drop_files(session, case.case_id)
            move_to(session, case, CaseState.DROPPED, now=now)
        return len(drafts)


def new_case(session: Session, told: Told, *, at: Moment) -> Case:
    """A draft of whoever acts, on the account that they opened.

    Raises CaseNotFoundError for nobody's, and where nobody knows which person it is.
    """
    principal = principal_of(session)
    person = person_asking(principal)
    if principal.guarantor_id is None or person is None:
        raise CaseNotFoundError
    return add_case(session, told, principal.guarantor_id, person=person, at=at)


def add_case(
    session: Session, told: Told, guarantor_id: UUID, *, person: CasePerson, at: Moment
) -> Case:
    """A draft, of the person's own or by staff. Raises CaseNotFoundError for a job's."""
    opened_by = principal_of(session).actor_id
    if opened_by is None:
        raise CaseNotFoundError
    case = Case(
        practice_id=practice_of(session),
        case_id=new_id(),
        guarantor_id=guarantor_id,
        number=free_number(session),
        kind=told.kind.value,
        state=CaseState.DRAFT.value,
        state_at=at.now,
        answers=dict(told.answers),
        language=told.language,
        statement_id=told.statement_id,
        created_at=at.now,
        opened_by=opened_by,
        person_kind=person.kind.value,
        person_id=person.person_id,
        is_by_staff=principal_of(session).kind is PrincipalKind.STAFF,
    )
    session.add(case)
    session.flush()
    return case


def put_visits(session: Session, case: Case, claims: Mapping[UUID, Collection[UUID]]) -> None:
    """Lines by claim; none: the visit as a whole."""
    rows = [
        {"claim_id": claim_id, "charge_id": charge_id}
        for claim_id, charges in claims.items()
        for charge_id in (*sorted(charges), *(() if charges else (None,)))
    ]
    common = {
        "practice_id": practice_of(session),
        "case_id": case.case_id,
        "guarantor_id": case.guarantor_id,
    }
    if rows:
        session.execute(
            insert(CaseVisit), [common | row | {"case_visit_id": new_id()} for row in rows]
        )


def own_draft(session: Session, case_id: UUID) -> Case:
    """Locked. Raises CaseNotFoundError, also for what was sent."""
    case = own_case(session, case_id, locked=True)
    if case.state != CaseState.DRAFT.value:
        raise CaseNotFoundError(case_id)
    return case


def is_too_old(case: Case, *, now: datetime) -> bool:
    """Closed so long ago, or by a decision, that a new case is opened instead."""
    if case.closed_at is None:
        return False
    return case.kind == CaseKind.ASSISTANCE.value or now - case.closed_at > REOPEN_WITHIN


def _is_our_turn(
    session: Session, case: Case, after: CaseState, *, now: datetime, detail: str
) -> None:
    """A further word does not give us more time."""
    if case.state == after.value:
        note_event(session, case, now=now, detail=detail)
    else:
        move_to(session, case, after, now=now, detail=detail)


def _put_visits(session: Session, case: Case, told: Told, *, ports: Ports, now: datetime) -> None:
    """Raises CaseNotFoundError for a visit, or a line, that is not among what may be chosen."""
    offered = {
        visit.claim_id: visit
        for visit in visit_choices(
            session,
            statement_id=told.statement_id,
            on_statement=ports.on_statement,
            today=today_of(session, now),
        )
    }
    lines_of = {line.charge_id: claim_id for claim_id, one in offered.items() for line in one.lines}
    if not told.claim_ids <= offered.keys() or not told.lines <= lines_of.keys():
        raise CaseNotFoundError(case.case_id)
    chosen: dict[UUID, set[UUID]] = {claim_id: set() for claim_id in told.claim_ids}
    for charge_id in told.lines:
        chosen.setdefault(lines_of[charge_id], set()).add(charge_id)
    put_visits(session, case, chosen)
