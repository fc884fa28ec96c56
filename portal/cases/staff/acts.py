"""What staff do about a case: take it, answer, ask back, note, close, open one for a caller."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.cases.holding import keep_holds
from portal.cases.mailing import tell_person
from portal.cases.models import Case, CaseNote
from portal.cases.ports import DisputeHolds
from portal.cases.service import Told, add_case, close_now, put_visits
from portal.cases.staff.inbox import kinds_for
from portal.cases.store import (
    CaseNotFoundError,
    Moment,
    case_of,
    move_to,
    note,
    note_event,
    today_of,
    write,
)
from portal.db import Database, Principal, new_id, practice_of, principal_of
from portal.domain.case_people import CasePerson, PersonKind
from portal.domain.cases import (
    HOLDS_VISITS,
    OUTCOMES,
    STANDING,
    CaseKind,
    CaseOutcome,
    CaseState,
    UnknownMoveError,
)
from portal.messages.service import CASE_NOT_TOLD_TASK, MessageTemplate
from portal.practice.models import Claim, Guarantor
from portal.practice.tasks import end_task
from portal.practice.viewing import payer_of
from portal.practice.viewing_acts import UnknownPatientError, patient_of

__all__ = ["UnknownMoveError"]


class OutcomeRefusedError(ValueError):
    """A case of this kind does not end so."""


@dataclass(frozen=True, slots=True)
class ForCaller:
    """A case as staff write it down for somebody on the phone or at the desk.

    ``patient_id``: who called, when it was not who pays; then who pays does not see it.
    """

    guarantor_id: UUID
    told: Told
    patient_id: UUID | None = None


def take(database: Database, principal: Principal, case_id: UUID, *, at: Moment) -> None:
    """It is whoever asks who works on it. Raises CaseNotFoundError."""
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        case.assigned_to = principal.actor_id
        note_event(session, case, now=at.now, detail="taken")
        note(session, case, "take_case", at=at)


def answer(
    database: Database,
    principal: Principal,
    case_id: UUID,
    words: str,
    *,
    state: CaseState,
    at: Moment,
) -> None:
    """Write to who opened it: an answer (ANSWERED) or a question of ours (WAITING).

    Mail tells them. Raises CaseNotFoundError and UnknownMoveError.
    """
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        _require_standing(case)
        write(session, case, words, now=at.now)
        move_to(session, case, state, now=at.now, detail="written to them")
        case.assigned_to = case.assigned_to or principal.actor_id
        tell(session, case, now=at.now)
        note(session, case, "answer_case", at=at)


def hold_again(
    database: Database, principal: Principal, case_id: UUID, *, holds: DisputeHolds, at: Moment
) -> None:
    """Of a case that was opened again: its visits are to be held while we look.

    Raises CaseNotFoundError, and UnknownMoveError where there is nothing to hold.
    """
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        _require_standing(case)
        if case.kind not in HOLDS_VISITS:
            raise UnknownMoveError(case.kind)
        case.is_holding = True
        note_event(session, case, now=at.now, detail="held again")
        note(session, case, "hold_case_visits", at=at)
    keep_holds(database, principal.practice_id, holds, now=at.now)


def add_note(
    database: Database, principal: Principal, case_id: UUID, words: str, *, at: Moment
) -> None:
    """Among staff. Raises CaseNotFoundError."""
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        session.execute(
            insert(CaseNote).values(
                practice_id=practice_of(session),
                note_id=new_id(),
                case_id=case_id,
                words=words,
                written_by=principal.actor_id,
                written_at=at.now,
            )
        )
        note(session, case, "note_case", at=at)


def close(
    database: Database,
    principal: Principal,
    case_id: UUID,
    outcome: CaseOutcome,
    words: str,
    *,
    holds: DisputeHolds,
    at: Moment,
) -> None:
    """Over, with what became of it and a sentence for who opened it; its holds end.

    Raises CaseNotFoundError, OutcomeRefusedError and UnknownMoveError.
    """
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        if outcome not in OUTCOMES[CaseKind(case.kind)] or case.kind == CaseKind.ASSISTANCE.value:
            raise OutcomeRefusedError(outcome)
        write(session, case, words, now=at.now)
        close_now(session, case, outcome, now=at.now)
        tell(session, case, now=at.now)
        note(session, case, "close_case", at=at)
    keep_holds(database, principal.practice_id, holds, now=at.now)


def open_for(
    database: Database, principal: Principal, caller: ForCaller, *, holds: DisputeHolds, at: Moment
) -> UUID:
    """As if they had sent it themselves; they see it on their page.

    Raises CaseNotFoundError for nobody of this practice, or a visit that is not theirs.
    """
    with database.transaction(principal) as session:
        person = _caller(session, caller, now=at.now)
        case = add_case(session, caller.told, caller.guarantor_id, person=person, at=at)
        visits = _theirs(session, caller.guarantor_id, caller.told.claim_ids)
        put_visits(session, case, dict.fromkeys(visits, ()))
        case.opened_at = at.now
        move_to(session, case, CaseState.OPEN, now=at.now, detail="opened for them")
        tell_person(session, case, MessageTemplate.CASE_OPENED, now=at.now)
        note(session, case, "open_case", at=at)
        case_id = case.case_id
    keep_holds(database, principal.practice_id, holds, now=at.now)
    return case_id


def staff_case(session: Session, case_id: UUID) -> Case:
    """Locked. Raises CaseNotFoundError, also for a draft and for what a role does not see."""
    case = case_of(session, case_id)
    if case.opened_at is None or case.kind not in kinds_for(principal_of(session).role):
        raise CaseNotFoundError(case_id)
    return case


def tell(session: Session, case: Case, *, now: datetime) -> None:
    """Mail to who opened it that there is news; nobody is told what."""
    end_task(session, kind=CASE_NOT_TOLD_TASK, subject_id=case.case_id, now=now)
    tell_person(session, case, MessageTemplate.CASE_ANSWERED, now=now)


def _require_standing(case: Case) -> None:
    if CaseState(case.state) not in STANDING:
        raise UnknownMoveError(case.state)


def payers_own_ids(session: Session, guarantor_id: UUID, *, now: datetime) -> Collection[UUID]:
    """The records of who pays as a patient: it is one person, so what they tell is one person's."""
    return payer_of(session, guarantor_id, today=today_of(session, now)).patient_ids


def _caller(session: Session, caller: ForCaller, *, now: datetime) -> CasePerson:
    own_ids = payers_own_ids(session, caller.guarantor_id, now=now)
    if caller.patient_id is not None and caller.patient_id not in own_ids:
        try:
            patient = patient_of(session, caller.guarantor_id, caller.patient_id)
        except UnknownPatientError as error:
            raise CaseNotFoundError(caller.patient_id) from error
        kind = PersonKind.PATIENT_APART if patient.is_reached_apart else PersonKind.PATIENT
        return CasePerson(kind, patient.patient_id)
    known = session.scalar(
        select(Guarantor.guarantor_id).where(
            Guarantor.practice_id == practice_of(session),
            Guarantor.guarantor_id == caller.guarantor_id,
        )
    )
    if known is None:
        raise CaseNotFoundError(caller.guarantor_id)
    return CasePerson(PersonKind.GUARANTOR, known)


def _theirs(session: Session, guarantor_id: UUID, claim_ids: Collection[UUID]) -> Collection[UUID]:
    rows = session.scalars(
        select(Claim.claim_id).where(
            Claim.practice_id == practice_of(session),
            Claim.guarantor_id == guarantor_id,
            Claim.claim_id.in_(claim_ids),
        )
    ).all()
    if len(rows) != len(claim_ids):
        raise CaseNotFoundError(guarantor_id)
    return rows
