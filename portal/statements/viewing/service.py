"""What a patient lets whoever pays see: the page that says it, and the decision itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.statement import Visit
from portal.domain.statement_document import from_json
from portal.domain.visit_privacy import PatientFacts, Viewer, ViewerKind, is_adult
from portal.practice.contact import PracticeContact, practice_contact, practice_day
from portal.practice.models import Claim, Guarantor, Patient
from portal.practice.tasks import open_task
from portal.practice.viewing import masked, payer_of, viewer_of
from portal.practice.viewing_acts import How, patient_of, record_grant
from portal.statements.models import Statement

VIEWING_TASK = "viewing_allowed"
"""A patient let the payer see, by a link that went to the payer: staff may want to ask them."""


class NotTheirsToSayError(LookupError):
    """Whoever asks is not a patient of age who came with their own date of birth."""


class HowSeen(StrEnum):
    """How whoever looks sees the visits of one person."""

    OWN = "own"
    CHILD = "child"
    ALLOWED = "allowed"
    GROUPED = "grouped"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """One patient of the account, and how their visits are shown to who pays."""

    first_name: str
    how: HowSeen


@dataclass(frozen=True, slots=True)
class OwnVisits:
    """A patient's own page. ``visits``: those on the statement as whoever pays sees them."""

    first_name: str
    payer_first_name: str
    may_decide: bool
    lets_payer_see: bool
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class ViewingPage:
    """``own`` for a patient who does not pay, else ``people``."""

    practice: PracticeContact
    statement_id: UUID
    own: OwnVisits | None
    people: tuple[PersonSeen, ...]


def view_who_may_see(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> ViewingPage:
    """With a row in the audit log. ``statement_id``: where whoever looks came in."""
    with database.transaction(principal) as session:
        practice = practice_contact(session)
        viewer = viewer_of(session, today=practice_day(practice, now=now))
        _note(session, principal, "view_who_may_see", now=now, request_id=request_id)
        own = None
        if principal.patient_id is not None:
            own = _own(session, principal.patient_id, viewer, statement_id)
        is_payer = viewer.kind is ViewerKind.GUARANTOR
        return ViewingPage(
            practice, statement_id, own, _people(session, viewer) if is_payer else ()
        )


def decide_who_may_see(
    database: Database,
    principal: Principal,
    *,
    is_granted: bool,
    now: datetime,
    request_id: str,
) -> None:
    """Takes effect at once, and leaves a row in the audit log. Raises NotTheirsToSayError."""
    with database.transaction(principal) as session:
        today = practice_day(practice_contact(session), now=now)
        viewer = viewer_of(session, today=today)
        patient_id, guarantor_id = principal.patient_id, principal.guarantor_id
        if patient_id is None or guarantor_id is None or not _may_decide(viewer, patient_id):
            raise NotTheirsToSayError
        patient = patient_of(session, guarantor_id, patient_id)
        if patient.is_reached_apart and not principal.is_apart:
            raise NotTheirsToSayError  # the payer's link was open when they asked to be
        how = How.OWN_LINK if principal.is_apart else How.LINK
        record_grant(session, patient, how, is_granted=is_granted, now=now)
        action = "let_payer_see" if is_granted else "stop_payer_seeing"
        _note(session, principal, action, now=now, request_id=request_id)
    if is_granted and how is How.LINK:
        _tell_staff(database, principal, patient_id, now=now)


def _may_decide(viewer: Viewer, patient_id: UUID) -> bool:
    facts = viewer.people.get(patient_id)
    return facts is not None and is_adult(facts.born_on, viewer.today)


def _own(session: Session, patient_id: UUID, viewer: Viewer, statement_id: UUID) -> OwnVisits:
    guarantor_id = viewer.guarantor_id
    if guarantor_id is None:
        raise NotTheirsToSayError
    patient = patient_of(session, guarantor_id, patient_id)
    practice_id = practice_of(session)
    row = session.execute(
        select(Statement, Guarantor.first_name)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == Statement.guarantor_id),
        )
        .where(Statement.practice_id == practice_id, Statement.statement_id == statement_id)
    ).one()
    payer = payer_of(session, guarantor_id, today=viewer.today)
    return OwnVisits(
        first_name=in_mixed_case(patient.first_name),
        payer_first_name=in_mixed_case(row.first_name),
        may_decide=_may_decide(viewer, patient_id),
        lets_payer_see=payer.people[patient_id].lets_payer_see,
        visits=_own_visits(session, row.Statement, patient_id, payer),
    )


def _own_visits(
    session: Session, statement: Statement, patient_id: UUID, payer: Viewer
) -> tuple[Visit, ...]:
    """The patient's visits of a statement, as who pays sees them."""
    document = from_json(statement.document, version=statement.document_version)
    visits = masked(session, document, payer).visits
    own = set(
        session.scalars(
            select(Claim.claim_id).where(
                Claim.practice_id == practice_of(session),
                Claim.patient_id == patient_id,
                Claim.claim_id.in_([visit.claim_id for visit in visits]),
            )
        )
    )
    return tuple(visit for visit in visits if visit.claim_id in own)


def _people(session: Session, viewer: Viewer) -> tuple[PersonSeen, ...]:
    rows = session.execute(
        select(Patient.patient_id, Patient.first_name)
        .where(
            Patient.practice_id == practice_of(session),
            Patient.guarantor_id == viewer.guarantor_id,
        )
        .order_by(Patient.born_on.nulls_last(), Patient.first_name)
    )
    return tuple(
        PersonSeen(
            in_mixed_case(row.first_name),
            HowSeen.OWN
            if row.patient_id in viewer.patient_ids
            else _how_seen(viewer.people[row.patient_id], viewer),
        )
        for row in rows
    )


def _how_seen(facts: PatientFacts, viewer: Viewer) -> HowSeen:
    if facts.lets_payer_see:
        return HowSeen.ALLOWED
    if facts.is_reached_apart:
        return HowSeen.APART
    return HowSeen.GROUPED if is_adult(facts.born_on, viewer.today) else HowSeen.CHILD


def _tell_staff(
    database: Database, principal: Principal, patient_id: UUID, *, now: datetime
) -> None:
    """Tasks are staff's own table: the portal itself writes it."""
    job = Principal.job(principal.practice_id, role=VIEWING_TASK)
    with database.transaction(job) as session:
        open_task(
            session,
            kind=VIEWING_TASK,
            subject_id=patient_id,
            message="A patient let whoever pays see their visits, by a link sent to the payer.",
            now=now,
        )


def _note(
    session: Session, principal: Principal, action: str, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="patient" if principal.patient_id else "guarantor",
        object_id=principal.patient_id or principal.guarantor_id,
        guarantor_id=principal.guarantor_id,
        now=now,
        request_id=request_id,
    )
