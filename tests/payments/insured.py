"""Somebody whose claims a payer decides, whose statement is issued, and who pays it."""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from portal.auth.models import StatementLink
from portal.connectors.payment_gateway import PaymentGateway
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.journal import Target
from portal.domain.link_status import LinkState
from portal.domain.payment_status import PaymentState
from portal.practice.models import Claim, Guarantor
from portal.statements.service import issue_statements
from tests.contracts.hosted_page import Cardholder
from tests.payments.owing import Owed, Owing
from tests.payments.paying import GOOD_CARD, Payer
from tests.remittances.desk import NOW, ImportDesk

STATEMENT_ON = date(2026, 3, 9)
NOTHING = Owed(Target(), 0)


def insured_payer(desk: ImportDesk, database: Database, gateway: PaymentGateway) -> Payer:
    """Whoever owes on the claims that were imported, with a statement of all of it."""
    practice_id, guarantor_id = desk.practice.practice_id, desk.guarantor_id()
    job = Principal.job(practice_id, role="test")
    with database.transaction(job) as session:
        session.execute(
            update(Guarantor)
            .where(
                Guarantor.practice_id == practice_of(session),
                Guarantor.guarantor_id == guarantor_id,
            )
            .values(email="june@example.com", email_agreed_at=NOW)
        )
    report = issue_statements(database, practice_id, as_of=STATEMENT_ON, now=NOW, dry_run=False)
    (statement_id,) = report.statement_ids
    link_id = new_id()
    with database.transaction(job) as session:
        session.execute(
            insert(StatementLink).values(
                practice_id=practice_id,
                link_id=link_id,
                guarantor_id=guarantor_id,
                statement_id=statement_id,
                patient_ids=[],
                token_hash=link_id.bytes,
                channel="email",
                created_at=NOW,
                created_by="test",
                expires_at=datetime(2030, 1, 1, tzinfo=UTC),
                state=LinkState.VERIFIED.value,
            )
        )
    link = Principal.link(practice_id, guarantor_id=guarantor_id, link_id=link_id)
    owing = Owing(practice_id, guarantor_id, statement_id, link_id, link, NOTHING, NOTHING, NOTHING)
    return Payer(database, gateway, owing, now=datetime.now(UTC))


def pay_all(payer: Payer, cents: int) -> UUID:
    """All that the statement asks for."""
    return pay_part(payer, cents, due_seen_cents=cents)


def pay_part(payer: Payer, cents: int, *, due_seen_cents: int) -> UUID:
    """Some of what it asks for, oldest visit first."""
    payment_id = payer.prepare(cents)
    Cardholder(payer.confirm(payment_id, due_seen_cents=due_seen_cents) or "").pay(GOOD_CARD)
    assert payer.apply(payment_id) is PaymentState.SUCCEEDED
    return payment_id


def waiting_cents(payer: Payer, claim_id: UUID) -> int:
    """What is kept of a claim's payments for the payer's correction."""
    kept = payer.read(
        lambda session: session.scalar(
            select(Claim.waiting_credit).where(
                Claim.practice_id == practice_of(session), Claim.claim_id == claim_id
            )
        )
    )
    return sum((kept or {}).values())
