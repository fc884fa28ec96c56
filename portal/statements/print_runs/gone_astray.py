"""Printed letters of patients who asked, since the run began, to be reached elsewhere.

They show who pays what is no longer theirs to see, or go to an address the patient has left
(45 CFR 164.522(b)): none is handed over. Whoever was reached apart before and only moved is among
them, for the payer's letter too: it does not say since when. What is not printed is read anew.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.print_run import LetterState, RunState
from portal.practice.models import Claim, Guarantor, Patient
from portal.practice.viewing_models import PatientContact
from portal.statements.models import Statement, StatementShare
from portal.statements.print_runs.models import PrintRun, PrintRunLetter


@dataclass(frozen=True, slots=True)
class AstrayLetter:
    """One that is not to go; nothing of whom it is about."""

    sequence: int
    account_number: str
    statement_number: str


def astray_letters(session: Session, run_id: UUID) -> tuple[AstrayLetter, ...]:
    """Of a run, in their order."""
    practice_id = practice_of(session)
    rows = session.execute(
        _astray(practice_id, PrintRunLetter.sequence, Guarantor.account_number, Statement.number)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == PrintRunLetter.guarantor_id),
        )
        .join(
            Statement,
            (Statement.practice_id == practice_id)
            & (Statement.statement_id == PrintRunLetter.statement_id),
        )
        .where(PrintRun.run_id == run_id)
        .distinct()
        .order_by(PrintRunLetter.sequence)
    )
    return tuple(AstrayLetter(row.sequence, row.account_number, row.number) for row in rows)


def runs_with_astray(session: Session, patient_id: UUID) -> tuple[int, ...]:
    """The numbers of the runs that have such letters of this patient and did not go yet."""
    rows = session.scalars(
        _astray(practice_of(session), PrintRun.number)
        .where(
            Patient.patient_id == patient_id,
            PrintRun.state.in_([RunState.PRINTING.value, RunState.READY.value]),
        )
        .distinct()
        .order_by(PrintRun.number)
    )
    return tuple(rows)


def _astray(practice_id: UUID, *columns: Any) -> Select[Any]:
    """Each printed letter with each patient whose word came after its run began."""
    on_it = (
        select(StatementShare.statement_id)
        .join(
            Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == StatementShare.claim_id)
        )
        .where(
            StatementShare.practice_id == practice_id,
            StatementShare.statement_id == PrintRunLetter.statement_id,
            Claim.patient_id == Patient.patient_id,
        )
    )
    to_payer = PrintRunLetter.for_patient_id.is_(None) & Patient.is_reached_apart & on_it.exists()
    return (
        select(*columns)
        .select_from(PrintRunLetter)
        .join(
            PrintRun,
            (PrintRun.practice_id == practice_id) & (PrintRun.run_id == PrintRunLetter.run_id),
        )
        .join(
            PatientContact,
            (PatientContact.practice_id == practice_id)
            & (PatientContact.set_at >= PrintRun.started_at),
        )
        .join(
            Patient,
            (Patient.practice_id == practice_id)
            & (Patient.patient_id == PatientContact.patient_id)
            & or_(to_payer, PrintRunLetter.for_patient_id == Patient.patient_id),
        )
        .where(
            PrintRunLetter.practice_id == practice_id,
            PrintRunLetter.state == LetterState.PRINTED.value,
        )
    )
