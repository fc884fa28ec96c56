"""One case as staff see it: what was told, the thread, notes, files, and what can be done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.accounts.models import Account
from portal.cases.files import FileRow, OpenedFile, case_of_file, file_rows, open_file
from portal.cases.holding import paused_of
from portal.cases.mailing import MailTrouble, mail_trouble
from portal.cases.models import Case, CaseNote
from portal.cases.queries import answers_of, lines_of, thread_of
from portal.cases.staff.acts import payers_own_ids, staff_case
from portal.cases.staff.inbox import staff_names
from portal.cases.store import CaseNotFoundError, Moment, note, person_of, today_of
from portal.cases.views import WordRow
from portal.cases.visits import VisitChoice, visits_in_case
from portal.db import Database, Principal, practice_of
from portal.domain.case_people import PATIENTS, PersonKind
from portal.domain.cases import (
    HOLDS_VISITS,
    OUTCOMES,
    STANDING,
    CaseKind,
    CaseOutcome,
    CaseState,
)
from portal.domain.names import in_mixed_case
from portal.practice.claims import claims_of
from portal.practice.contact import practice_contact
from portal.practice.models import Claim, Guarantor, Patient


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What staff wrote among themselves."""

    words: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class PersonOfCase:
    """Who pays."""

    guarantor_id: UUID
    name: str
    account_number: str
    language: str


@dataclass(frozen=True, slots=True)
class StaffCasePage:
    """``patients``: those of its visits, or of the account, whose insurance it may be.

    ``told_by``: whose case it is. ``is_private``: it is a patient's, and who pays reads none of it.
    """

    case_id: UUID
    number: str
    kind: CaseKind
    state: CaseState
    answers: Mapping[str, Any]
    language: str
    person: PersonOfCase
    told_by: str
    is_payers: bool
    is_private: bool
    opened_at: datetime
    is_by_staff: bool
    is_holding: bool
    due_on: date | None
    is_late: bool
    assigned_to: str
    is_mine: bool
    outcome: str | None
    outcomes: tuple[CaseOutcome, ...]
    visits: tuple[VisitChoice, ...]
    lines: frozenset[UUID]
    paused: frozenset[UUID]
    patients: tuple[tuple[UUID, str], ...]
    thread: tuple[WordRow, ...]
    notes: tuple[NoteRow, ...]
    files: tuple[FileRow, ...]
    mail_trouble: MailTrouble | None = None  # they are not reached by mail: somebody calls them

    @property
    def is_standing(self) -> bool:
        return self.state in STANDING

    @property
    def may_hold_again(self) -> bool:
        return self.is_standing and self.kind in HOLDS_VISITS and not self.is_holding


@dataclass(frozen=True, slots=True)
class NewCasePage:
    """A person for whom a case is opened, and the visits it may be about.

    ``patients``: who else may have called, by id and name; not who pays once more.
    """

    person: PersonOfCase
    patients: tuple[tuple[UUID, str], ...]
    visits: tuple[tuple[UUID, str, date | None, str], ...]  # id, patient, day, provider


def staff_case_page(
    database: Database, principal: Principal, case_id: UUID, *, at: Moment
) -> StaffCasePage:
    """Raises CaseNotFoundError, also for what a role does not see."""
    with database.transaction(principal) as session:
        case = staff_case(session, case_id)
        note(session, case, "view", at=at)
        zone, today = ZoneInfo(practice_contact(session).time_zone), today_of(session, at.now)
        names = staff_names(session)
        person = _person(session, case.guarantor_id)
        visits = tuple(visits_in_case(session, case_id, case.guarantor_id, today=today))
        return StaffCasePage(
            case_id=case_id,
            number=case.number,
            kind=CaseKind(case.kind),
            state=CaseState(case.state),
            answers=answers_of(case),
            language=case.language,
            person=person,
            told_by=told_by(session, case, person.name),
            is_payers=person_of(case).kind is PersonKind.GUARANTOR,
            is_private=person_of(case).kind in PATIENTS,
            opened_at=(case.opened_at or case.created_at).astimezone(zone),
            is_by_staff=case.is_by_staff,
            is_holding=case.is_holding,
            due_on=case.due_on,
            is_late=case.due_on is not None and case.due_on < today,
            assigned_to=names.get(case.assigned_to, "") if case.assigned_to else "",
            is_mine=case.assigned_to == principal.actor_id,
            outcome=case.outcome,
            outcomes=OUTCOMES[CaseKind(case.kind)],
            visits=visits,
            lines=lines_of(session, case_id),
            paused=paused_of(session, [one.claim_id for one in visits]),
            patients=_patients(session, case.guarantor_id, [one.claim_id for one in visits]),
            thread=thread_of(session, case_id, zone=zone),
            notes=_notes(session, case_id, names, zone=zone),
            files=tuple(file_rows(session, case_id)),
            mail_trouble=mail_trouble(session, case, zone=zone),
        )


def new_case_page(
    database: Database, principal: Principal, guarantor_id: UUID, *, at: Moment
) -> NewCasePage:
    """Raises CaseNotFoundError for nobody of this practice."""
    with database.transaction(principal) as session:
        person = _person(session, guarantor_id)
        record(
            session,
            action="view",
            object_kind="guarantor",
            object_id=guarantor_id,
            guarantor_id=guarantor_id,
            now=at.now,
            request_id=at.request_id,
        )
        own_ids = payers_own_ids(session, guarantor_id, now=at.now)
        return NewCasePage(
            person,
            tuple(one for one in _patients(session, guarantor_id, ()) if one[0] not in own_ids),
            tuple(
                (one.claim_id, one.patient_first_name, one.service_on, one.provider_name)
                for one in reversed(claims_of(session, guarantor_id))
            ),
        )


def staff_file(
    database: Database,
    principal: Principal,
    case_file_id: UUID,
    *,
    secret_key: str,
    at: Moment,
) -> OpenedFile:
    """Raises CaseNotFoundError and FileNotFoundInCaseError."""
    with database.transaction(principal) as session:
        case = staff_case(session, case_of_file(session, case_file_id))
        note(session, case, "view_case_file", at=at)
        return open_file(session, case, case_file_id, secret_key=secret_key)


def _person(session: Session, guarantor_id: UUID) -> PersonOfCase:
    found = session.scalar(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    if found is None:
        raise CaseNotFoundError(guarantor_id)
    return PersonOfCase(
        guarantor_id=guarantor_id,
        name=in_mixed_case(f"{found.first_name} {found.last_name}".strip()),
        account_number=found.account_number,
        language=found.language,
    )


def told_by(session: Session, case: Case, payer_name: str) -> str:
    """Whose case it is, by name; of an account that acts for who pays, its address."""
    practice_id, person = practice_of(session), person_of(case)
    if person.kind is PersonKind.GUARANTOR:
        return payer_name
    if person.kind is PersonKind.PROXY:
        found = session.scalar(
            select(Account.email).where(
                Account.practice_id == practice_id, Account.account_id == person.person_id
            )
        )
        return found or ""
    patient = session.execute(
        select(Patient.first_name, Patient.last_name).where(
            Patient.practice_id == practice_id, Patient.patient_id == person.person_id
        )
    ).one_or_none()
    return in_mixed_case(f"{patient.first_name} {patient.last_name}".strip()) if patient else ""


def _patients(
    session: Session, guarantor_id: UUID, claim_ids: Collection[UUID]
) -> tuple[tuple[UUID, str], ...]:
    practice_id = practice_of(session)
    query = select(Patient.patient_id, Patient.first_name, Patient.last_name).where(
        Patient.practice_id == practice_id, Patient.guarantor_id == guarantor_id
    )
    if claim_ids:
        query = query.where(
            Patient.patient_id.in_(
                select(Claim.patient_id).where(
                    Claim.practice_id == practice_id, Claim.claim_id.in_(claim_ids)
                )
            )
        )
    rows = session.execute(query.order_by(Patient.patient_id))
    return tuple(
        (row.patient_id, in_mixed_case(f"{row.first_name} {row.last_name}".strip())) for row in rows
    )


def _notes(
    session: Session, case_id: UUID, names: Mapping[UUID, str], *, zone: ZoneInfo
) -> tuple[NoteRow, ...]:
    rows = session.scalars(
        select(CaseNote)
        .where(CaseNote.practice_id == practice_of(session), CaseNote.case_id == case_id)
        .order_by(CaseNote.note_id)
    )
    return tuple(
        NoteRow(row.words, names.get(row.written_by, ""), row.written_at.astimezone(zone))
        for row in rows
    )
