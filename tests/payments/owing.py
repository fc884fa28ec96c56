"""Somebody who owes on a statement and has opened the link to it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import insert

from portal.auth.models import StatementLink
from portal.db import Database, Principal, new_id
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting, Target
from portal.domain.link_status import LinkState
from portal.ledger.journal import post
from portal.statements.models import Statement, StatementShare
from tests.builders import make_claim, make_guarantor, make_patient

ISSUED_AT = datetime(2026, 3, 4, 14, 10, tzinfo=UTC)
ISSUED_ON = date(2026, 3, 4)


@dataclass(frozen=True, slots=True)
class Owed:
    """One line with something open on it."""

    target: Target
    cents: int


@dataclass(frozen=True, slots=True)
class Owing:
    """Ana Reyes, her statement of 100.00 in two visits, and 30.00 that no statement asks for yet.

    ``older`` is 60.00, ``newer`` 40.00, ``unbilled`` 30.00.
    """

    practice_id: UUID
    guarantor_id: UUID
    statement_id: UUID
    link_id: UUID
    principal: Principal
    older: Owed
    newer: Owed
    unbilled: Owed


def make_owing(
    database: Database,
    practice_id: UUID,
    *,
    account_number: str = "A-20411",
    number: str = "10482",
    email: str | None = "ana.reyes@example.com",
) -> Owing:
    """The newer visit is written down first, so that only its date can put it second."""
    guarantor_id = make_guarantor(database, practice_id, account_number=account_number, email=email)
    patient_id = make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="Mateo",
        born_on=date(2016, 8, 2),  # a child: who pays sees what was done
    )
    newer, older, unbilled = (
        owe(
            database,
            practice_id,
            guarantor_id,
            patient_id,
            claim_number=f"{number}-{letter}",
            service_on=service_on,
            cents=cents,
        )
        for letter, service_on, cents in (
            ("A", date(2026, 2, 10), 4000),
            ("B", date(2026, 1, 14), 6000),
            ("C", date(2026, 1, 2), 3000),
        )
    )
    statement_id, link_id = new_id(), new_id()
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            insert(Statement).values(
                practice_id=practice_id,
                statement_id=statement_id,
                guarantor_id=guarantor_id,
                number=number,
                as_of=date(2026, 3, 3),
                issued_at=ISSUED_AT,
                due_on=date(2026, 3, 31),
                amount_due_cents=10_000,
                document_version=1,
                document={},
            )
        )
        session.execute(
            insert(StatementShare).values(
                [
                    {
                        "practice_id": practice_id,
                        "statement_id": statement_id,
                        "share_number": share_number,
                        "guarantor_id": guarantor_id,
                        "claim_id": owed.target.claim_id,
                        "charge_id": owed.target.charge_id,
                        "owed_cents": owed.cents,
                    }
                    for share_number, owed in enumerate((newer, older), start=1)
                ]
            )
        )
        session.execute(
            insert(StatementLink).values(
                practice_id=practice_id,
                link_id=link_id,
                guarantor_id=guarantor_id,
                statement_id=statement_id,
                patient_ids=[patient_id],
                token_hash=link_id.bytes,
                channel="email",
                created_at=ISSUED_AT,
                created_by="test",
                expires_at=datetime(2030, 1, 1, tzinfo=UTC),
                state=LinkState.VERIFIED.value,
            )
        )
    principal = Principal.link(practice_id, guarantor_id=guarantor_id, link_id=link_id)
    return Owing(
        practice_id,
        guarantor_id,
        statement_id,
        link_id,
        principal,
        older=older,
        newer=newer,
        unbilled=unbilled,
    )


def change_debt(database: Database, owing: Owing, target: Target, *, cents: int, why: str) -> None:
    """Post that the guarantor owes more on a line or, below zero, less."""
    with database.transaction(Principal.job(owing.practice_id, role="test")) as session:
        post(session, _share(owing.guarantor_id, target, cents, why), now=ISSUED_AT)


def owe(
    database: Database,
    practice_id: UUID,
    guarantor_id: UUID,
    patient_id: UUID,
    *,
    claim_number: str,
    service_on: date,
    cents: int,
    now: datetime = ISSUED_AT,
) -> Owed:
    """A visit of one line, with so much open on it."""
    claim_id, (charge_id,) = make_claim(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        patient_id=patient_id,
        claim_number=claim_number,
        service_on=service_on,
        charges=(("99213", 12_000),),
    )
    target = Target(claim_id, charge_id)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        post(session, _share(guarantor_id, target, cents, "owed"), now=now)
    return Owed(target, cents)


def _share(guarantor_id: UUID, target: Target, cents: int, why: str) -> JournalEntry:
    return JournalEntry(
        business_event=BusinessEvent.SHARE_RELEASED,
        source_key=f"{target.claim_id} {why}",
        effective_on=ISSUED_ON,
        guarantor_id=guarantor_id,
        postings=(
            Posting(LedgerAccount.PATIENT_RECEIVABLE, cents, target),
            Posting(LedgerAccount.PATIENT_PENDING, -cents, target),
        ),
    )
