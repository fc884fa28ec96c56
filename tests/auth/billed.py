"""Somebody who owes on a statement, and whatever else a link needs."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import insert

from portal.db import Database, Principal, new_id
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target
from portal.domain.service_kind import ServiceKind
from portal.domain.statement import Figures, StatementDocument, StatementLine, Visit
from portal.domain.statement_document import DOCUMENT_VERSION, to_json
from portal.ledger.journal import post
from portal.statements.models import Statement
from tests.builders import make_claim, make_guarantor, make_patient

NOW = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
ANA_BORN_ON = date(1985, 4, 27)
MATEO_BORN_ON = date(2017, 9, 2)


@dataclass(frozen=True, slots=True)
class Billed:
    """A guarantor, a patient of theirs, and a statement that asks for money."""

    practice_id: UUID
    guarantor_id: UUID
    patient_id: UUID
    claim_id: UUID
    charge_id: UUID
    statement_id: UUID


def make_billed(
    database: Database,
    practice_id: UUID,
    *,
    owed_cents: int = 21_450,
    number: str = "10482",
    account_number: str = "A-20411",
    email: str | None = "ana.reyes@example.com",
    born_on: date | None = ANA_BORN_ON,
    patient_born_on: date | None = MATEO_BORN_ON,
    language: str = "en",
) -> Billed:
    """Ana Reyes owes for Mateo; her statement was issued on March 4."""
    guarantor_id = make_guarantor(
        database,
        practice_id,
        account_number=account_number,
        email=email,
        born_on=born_on,
        language=language,
    )
    patient_id = make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="Mateo",
        born_on=patient_born_on,
    )
    claim_id, (charge_id,) = make_claim(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        patient_id=patient_id,
        claim_number=f"C-{number}",
        charges=(("99213", owed_cents),),
    )
    billed = Billed(practice_id, guarantor_id, patient_id, claim_id, charge_id, new_id())
    _issue(database, billed, number=number, cents=owed_cents)
    move_debt(database, billed, cents=owed_cents, why="owed")
    return billed


def issue_again(database: Database, billed: Billed, *, number: str) -> UUID:
    """An older statement of theirs."""
    older = replace(billed, statement_id=new_id())
    _issue(database, older, number=number, cents=21_450, as_of=date(2026, 2, 3))
    return older.statement_id


def _issue(
    database: Database,
    billed: Billed,
    *,
    number: str,
    cents: int,
    as_of: date = date(2026, 3, 3),
) -> None:
    document = _document(billed, number=number, cents=cents, as_of=as_of)
    with database.transaction(Principal.job(billed.practice_id, role="test")) as session:
        session.execute(
            insert(Statement).values(
                practice_id=billed.practice_id,
                statement_id=billed.statement_id,
                guarantor_id=billed.guarantor_id,
                number=number,
                as_of=as_of,
                issued_at=datetime(2026, 3, 4, 14, 10, tzinfo=UTC),
                due_on=document.due_on,
                amount_due_cents=cents,
                document_version=DOCUMENT_VERSION,
                document=to_json(document),
            )
        )


def _document(billed: Billed, *, number: str, cents: int, as_of: date) -> StatementDocument:
    """Mateo's visit, of which insurance paid nothing."""
    line = StatementLine(
        charge_id=billed.charge_id,
        service_kind=ServiceKind.WHOLE_VISIT.value,
        procedure_code="99213",
        figures=Figures(cents, 0, 0, 0, 0, cents),
    )
    visit = Visit(
        claim_id=billed.claim_id,
        claim_number=f"C-{number}",
        patient_first_name="Mateo",
        service_on=date(2026, 2, 10),
        provider_name="DR. LEE",
        place_name="",
        lines=(line,),
    )
    return StatementDocument(
        number=number,
        issued_on=date(2026, 3, 4),
        due_on=date(2026, 3, 31),
        as_of=as_of,
        guarantor_name="Ana Reyes",
        account_number="A-20411",
        visits=(visit,),
        pending=(),
        previous_amount_due_cents=0,
        payments_since_cents=0,
        unapplied_credit_cents=0,
    )


def move_debt(database: Database, billed: Billed, *, cents: int, why: str) -> None:
    """Post that the guarantor owes more (or, below zero, less)."""
    target = Target(billed.claim_id, billed.charge_id)
    with database.transaction(Principal.job(billed.practice_id, role="test")) as session:
        post(
            session,
            JournalEntry(
                business_event=BusinessEvent.SHARE_RELEASED,
                source_key=f"{billed.claim_id} {why}",
                effective_on=date(2026, 3, 4),
                guarantor_id=billed.guarantor_id,
                postings=(
                    Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, target),
                    Posting(LedgerAccount.PATIENT_PENDING, -cents, target),
                ),
            ),
            now=NOW,
        )
