"""The practice's list of patients (CSV) into its records: whole, or nothing and every line's fault.

It changes who people are and how to reach them, never what they owe.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.practice_systems.spreadsheets import NotCsvError, rows_of, written
from portal.db import Database, Principal, new_id, practice_of
from portal.domain import patient_list
from portal.domain.patient_list import COLUMNS, CONTACT, REQUIRED, ListPlan, Refusal, plan_list
from portal.practice.directory import PracticeRef
from portal.practice.import_lock import import_is_running
from portal.practice.models import Coverage, Guarantor, Patient, Practice

_MORE_REFUSED_AT: Final = 1000


class PatientListError(ValueError):
    """The message says why a list is not read at all."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a list did, or with ``is_dry_run`` would do; with refusals it did nothing."""

    file: str
    is_dry_run: bool
    guarantors: tuple[int, int, int]  # new, changed, same
    patients: tuple[int, int, int]
    refused: tuple[Refusal, ...]

    def as_json(self) -> dict[str, Any]:
        """As `portal practice load --json` prints it."""
        names = ("new", "changed", "same")
        return {
            "file": self.file,
            "dry_run": self.is_dry_run,
            "guarantors": dict(zip(names, self.guarantors, strict=True)),
            "patients": dict(zip(names, self.patients, strict=True)),
            "refused": len(self.refused),
            "refusals": [
                {"line": one.line_number, "reason": one.reason}
                for one in self.refused[:_MORE_REFUSED_AT]
            ],
        }


def load_patients(
    database: Database,
    practice: PracticeRef,
    content: bytes,
    *,
    file_name: str,
    now: datetime,
    dry_run: bool,
) -> LoadReport:
    """Make who is new, update who is known. Raises PatientListError; then nothing was written."""
    lines = _lines(content)
    job = Principal.job(practice.practice_id, role="portal practice load")
    with database.transaction(job) as session:
        _one_at_a_time(session)
        if import_is_running(session):
            raise PatientListError("A remittance is being imported; load the list when it is done.")
        plan = plan_list(
            lines,
            guarantors=_guarantors(session),
            patients=_patients(session),
            new_id=new_id,
            today=practice.today(now),
        )
        if not dry_run and not plan.refused:
            _store(session, plan, now=now)
    return LoadReport(
        file=file_name,
        is_dry_run=dry_run,
        guarantors=_counts(plan.guarantors),
        patients=_counts(plan.patients),
        refused=tuple(plan.refused),
    )


def patient_template() -> bytes:
    """A made-up list, to be copied: docs/templates/patients.csv is the same."""
    home = "14 Alder Street,Easton,OR,97399,es"
    ana = f"J-1041,Ana,Reyes,1985-04-27,ana.reyes@example.com,yes,(503) 555-0117,{home}"
    jordan = "J-1042,Jordan,Lee,1990-11-30,,,(503) 555-0164,8 Birch Lane,Easton,OR,97399,"
    rows = (
        f"{ana},Ana,Reyes,1985-04-27,BHZ000451880",
        f"{ana},Mateo,Reyes,2019-08-02,BHZ000451880",
        f"{jordan},Jordan,Lee,1990-11-30,GV200110",
    )
    return written([list(COLUMNS), *(row.split(",") for row in rows)])


def _lines(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Raises PatientListError."""
    try:
        rows = rows_of(content)
    except NotCsvError as error:
        raise PatientListError(str(error)) from error
    if not rows:
        raise PatientListError("It is empty.")
    names = rows[0][1]
    unknown = [name for name in names if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in names]
    if unknown:
        raise PatientListError(f"Its first line has columns we do not know: {', '.join(unknown)}.")
    if missing:
        raise PatientListError(f"Its first line lacks the columns: {', '.join(missing)}.")
    if len(set(names)) != len(names):
        raise PatientListError("Its first line has a column twice.")
    for line_number, cells in rows[1:]:
        if len(cells) != len(names):
            raise PatientListError(
                f"Line {line_number} has {len(cells)} cells, the first line {len(names)}."
            )
    return [(number, dict(zip(names, cells, strict=True))) for number, cells in rows[1:]]


def _counts(
    people: Sequence[patient_list.Guarantor] | Sequence[patient_list.Patient],
) -> tuple[int, int, int]:
    made = sum(one.is_new for one in people)
    changed = sum(one.is_changed and not one.is_new for one in people)
    return made, changed, len(people) - made - changed


def _guarantors(session: Session) -> list[patient_list.Guarantor]:
    rows = session.scalars(select(Guarantor).where(Guarantor.practice_id == practice_of(session)))
    return [
        patient_list.Guarantor(
            guarantor_id=row.guarantor_id,
            account_number=row.account_number,
            first_name=row.first_name,
            last_name=row.last_name,
            born_on=row.born_on,
            contact={name: getattr(row, name) or "" for name in CONTACT},
            has_agreed=row.email_agreed_at is not None,
        )
        for row in rows
    ]


def _patients(session: Session) -> list[patient_list.Patient]:
    rows = session.scalars(select(Patient).where(Patient.practice_id == practice_of(session)))
    return [
        patient_list.Patient(
            patient_id=row.patient_id,
            guarantor_id=row.guarantor_id,
            first_name=row.first_name,
            last_name=row.last_name,
            born_on=row.born_on,
            member_identifier=row.member_identifier or "",
        )
        for row in rows
    ]


def _store(session: Session, plan: ListPlan, *, now: datetime) -> None:
    for guarantor in plan.guarantors:
        _store_guarantor(session, guarantor, now=now)
    for patient in plan.patients:
        _store_patient(session, patient)
    _record_changes(session, plan, now=now)


def _record_changes(session: Session, plan: ListPlan, *, now: datetime) -> None:
    """The list, and each person on record whom it made known otherwise than before."""
    guarantors = [one for one in plan.guarantors if one.is_audited and not one.is_new]
    patients = [one for one in plan.patients if one.is_audited and not one.is_new]
    changed: list[tuple[str, str, UUID | None, UUID | None]] = [
        ("load", "patient_list", None, None)
    ]
    changed += [("change", "guarantor", one.guarantor_id, one.guarantor_id) for one in guarantors]
    changed += [("change", "patient", one.patient_id, one.guarantor_id) for one in patients]
    for action, object_kind, object_id, guarantor_id in changed:
        record(
            session,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id="portal practice load",
        )


def _store_guarantor(session: Session, one: patient_list.Guarantor, *, now: datetime) -> None:
    """Consent keeps the day it was given."""
    practice_id = practice_of(session)
    contact = {name: one.contact.get(name) or None for name in CONTACT if name != "language"}
    values: dict[str, object] = {
        "account_number": one.account_number,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "born_on": one.born_on,
        "language": one.contact.get("language") or "en",
        **contact,
    }
    here = (Guarantor.practice_id == practice_id, Guarantor.guarantor_id == one.guarantor_id)
    if one.is_new:
        agreed_at = now if one.has_agreed else None
        keys = {"practice_id": practice_id, "guarantor_id": one.guarantor_id}
        session.execute(insert(Guarantor).values(**keys, **values, email_agreed_at=agreed_at))
    elif one.is_changed:
        session.execute(update(Guarantor).where(*here).values(values))
        if not one.has_agreed:
            session.execute(update(Guarantor).where(*here).values(email_agreed_at=None))
        else:
            never = (*here, Guarantor.email_agreed_at.is_(None))
            session.execute(update(Guarantor).where(*never).values(email_agreed_at=now))


def _store_patient(session: Session, one: patient_list.Patient) -> None:
    """Coverages follow the patient; claims keep who owes for them."""
    practice_id = practice_of(session)
    values: dict[str, object] = {
        "guarantor_id": one.guarantor_id,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "born_on": one.born_on,
        "member_identifier": one.member_identifier or None,
    }
    if one.is_new:
        keys: dict[str, UUID] = {"practice_id": practice_id, "patient_id": one.patient_id}
        session.execute(insert(Patient).values(**keys, **values))
    elif one.is_changed:
        session.execute(
            update(Patient)
            .where(Patient.practice_id == practice_id, Patient.patient_id == one.patient_id)
            .values(values)
        )
        session.execute(
            update(Coverage)
            .where(Coverage.practice_id == practice_id, Coverage.patient_id == one.patient_id)
            .values(guarantor_id=one.guarantor_id)
        )


def _one_at_a_time(session: Session) -> None:
    """Two lists of one practice come one after the other."""
    session.execute(
        select(Practice.practice_id)
        .where(Practice.practice_id == practice_of(session))
        .with_for_update(key_share=True)
    )
