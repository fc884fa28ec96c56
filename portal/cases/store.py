"""Reading and moving one case: whose it is, who may see it, its number, its states, its thread."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.cases.models import Case, CaseEvent, CaseVisit, CaseWord
from portal.db import Principal, PrincipalKind, new_id, practice_of, principal_of
from portal.domain.account_access import AccessKind
from portal.domain.case_people import CasePerson, PersonKind, is_theirs, may_read
from portal.domain.cases import (
    HOLDS_VISITS,
    NUMBERS,
    OURS,
    CaseKind,
    CaseState,
    answer_by,
    case_number,
)
from portal.domain.cases import require_move as require_case_move
from portal.practice.contact import practice_contact
from portal.practice.tasks import end_task
from portal.practice.viewing import grouped_visits, viewer_of

OVERDUE_TASK: Final = "case_overdue"
"""About a case: its answer is late, or it waits for the person for a month."""

_TRIES: Final = 5


class CaseNotFoundError(LookupError):
    """No such case in this practice, or not this person's."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and in which request."""

    now: datetime
    request_id: str


def today_of(session: Session, now: datetime) -> date:
    """The day at the practice."""
    return now.astimezone(ZoneInfo(practice_contact(session).time_zone)).date()


def case_of(session: Session, case_id: UUID) -> Case:
    """Locked, for staff and jobs. Raises CaseNotFoundError."""
    found = session.scalar(
        select(Case)
        .where(Case.practice_id == practice_of(session), Case.case_id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise CaseNotFoundError(case_id)
    return found


def person_asking(principal: Principal) -> CasePerson | None:
    """Who asks, as a person; None for a date of birth that is more than one patient's.

    A guarantor is the same by their date of birth and by their account.
    """
    if principal.guarantor_id is None or principal.actor_id is None:
        return None
    if principal.kind is PrincipalKind.PATIENT and principal.role != AccessKind.HOLDER.value:
        return CasePerson(PersonKind.PROXY, principal.actor_id)
    if principal.holds_account:
        return CasePerson(PersonKind.GUARANTOR, principal.guarantor_id)
    if principal.patient_id is None:
        return None
    kind = PersonKind.PATIENT_APART if principal.is_apart else PersonKind.PATIENT
    return CasePerson(kind, principal.patient_id)


def person_of(case: Case) -> CasePerson:
    """Whose it is."""
    return CasePerson(PersonKind(case.person_kind), case.person_id)


def own_case(session: Session, case_id: UUID, *, locked: bool = False) -> Case:
    """A case of whoever asks, to write in. Raises CaseNotFoundError."""
    case = _of_account(session, case_id, locked=locked)
    reader = person_asking(principal_of(session))
    if reader is None or not is_theirs(person_of(case), reader):
        raise CaseNotFoundError(case_id)
    return case


def seen_case(session: Session, case_id: UUID, *, now: datetime, locked: bool = False) -> Case:
    """A case that whoever asks may read (``seen_of``). Raises CaseNotFoundError."""
    case = _of_account(session, case_id, locked=locked)
    if not seen_of(session, [case], now=now):
        raise CaseNotFoundError(case_id)
    return case


def seen_of(session: Session, cases: Sequence[Case], *, now: datetime) -> Sequence[Case]:
    """Those of an account that whoever asks may read (domain/case_people.py)."""
    reader = person_asking(principal_of(session))
    if reader is None:
        return []
    shown: frozenset[UUID] = frozenset()
    if reader.kind is PersonKind.PROXY:  # nobody else's right hangs on what the visits are
        shown = _seen_whole(session, cases, today=today_of(session, now))
    return [
        case
        for case in cases
        if may_read(
            person_of(case),
            reader,
            shows_bill=case.kind in HOLDS_VISITS and case.case_id in shown,
        )
    ]


def _of_account(session: Session, case_id: UUID, *, locked: bool) -> Case:
    query = select(Case).where(
        Case.practice_id == practice_of(session),
        Case.case_id == case_id,
        Case.guarantor_id == principal_of(session).guarantor_id,
    )
    found = session.scalar(query.with_for_update() if locked else query)
    if found is None:
        raise CaseNotFoundError(case_id)
    return found


def _seen_whole(session: Session, cases: Sequence[Case], *, today: date) -> frozenset[UUID]:
    """Of these cases those about visits, of which whoever asks sees each one whole."""
    rows = session.execute(
        select(CaseVisit.case_id, CaseVisit.claim_id).where(
            CaseVisit.practice_id == practice_of(session),
            CaseVisit.case_id.in_([case.case_id for case in cases]),
        )
    ).all()
    viewer = viewer_of(session, today=today)
    grouped = grouped_visits(session, {row.claim_id for row in rows}, viewer)
    hidden = {row.case_id for row in rows if row.claim_id in grouped}
    return frozenset(row.case_id for row in rows) - hidden


def free_number(session: Session) -> str:
    """One that no case of the practice has; two at once meet at the table's own key."""
    for _ in range(_TRIES):
        number = case_number(secrets.randbelow(NUMBERS))
        taken = session.scalar(
            select(Case.case_id).where(
                Case.practice_id == practice_of(session), Case.number == number
            )
        )
        if taken is None:
            return number
    raise RuntimeError("no free case number was found")


def move_to(
    session: Session, case: Case, state: CaseState, *, now: datetime, detail: str = ""
) -> None:
    """Move a case, write the event, set its clock. Raises UnknownMoveError."""
    present = CaseState(case.state)
    if present is not state:
        require_case_move(present, state)
        case.state, case.state_at = state.value, now
    is_ours = state in OURS
    told_on = today_of(session, now)
    case.due_on = answer_by(CaseKind(case.kind), told_on) if is_ours else None
    end_task(session, kind=OVERDUE_TASK, subject_id=case.case_id, now=now)
    note_event(session, case, now=now, detail=detail)


def note_event(session: Session, case: Case, *, now: datetime, detail: str = "") -> None:
    """An event row: where the case is now, and who brought it there."""
    principal = principal_of(session)
    session.execute(
        insert(CaseEvent).values(
            practice_id=practice_of(session),
            event_id=new_id(),
            case_id=case.case_id,
            guarantor_id=case.guarantor_id,
            state=case.state,
            occurred_at=now,
            actor=f"{principal.kind.value} {principal.actor_id or principal.role}",
            detail=detail,
        )
    )


def write(session: Session, case: Case, words: str, *, now: datetime) -> None:
    """A word in the thread, by whoever acts."""
    principal = principal_of(session)
    session.execute(
        insert(CaseWord).values(
            practice_id=practice_of(session),
            word_id=new_id(),
            case_id=case.case_id,
            guarantor_id=case.guarantor_id,
            words=words,
            is_by_staff=principal.kind is PrincipalKind.STAFF,
            written_by=principal.actor_id,
            written_at=now,
        )
    )


def visits_of(session: Session, case_id: UUID) -> Collection[UUID]:
    """The claims a case is about."""
    return session.scalars(
        select(CaseVisit.claim_id)
        .where(CaseVisit.practice_id == practice_of(session), CaseVisit.case_id == case_id)
        .distinct()
        .order_by(CaseVisit.claim_id)
    ).all()


def note(session: Session, case: Case, action: str, *, at: Moment) -> None:
    """A row in the audit log."""
    record(
        session,
        action=action,
        object_kind="case",
        object_id=case.case_id,
        guarantor_id=case.guarantor_id,
        now=at.now,
        request_id=at.request_id,
    )
