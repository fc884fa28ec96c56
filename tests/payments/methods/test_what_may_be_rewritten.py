"""What somebody agreed to is never rewritten, not even by the portal: the database refuses."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from portal.db import Database, Principal
from tests.payments.owing import Owing

AGREED = (
    "autopay_agreements.cap_cents",
    "autopay_agreements.consent_id",
    "autopay_agreements.days_after",
    "method_setups.consent_id",
    "method_setups.payment_id",
    "payment_consents.sentences",
    "saved_methods.consent_id",
    "saved_methods.payment_method_id",
    "scheduled_payments.agreed_cents",
    "scheduled_payments.installment_id",
    "scheduled_payments.statement_id",
    "scheduled_tries.payment_method_id",
    "scheduled_tries.tried_on",
    "scheduled_tries.try_number",
    "stripe_customers.guarantor_id",
)


@pytest.mark.parametrize("column", AGREED)
@pytest.mark.parametrize("kind", ["job", "link"])
def test_what_was_agreed_to_cannot_be_rewritten(
    database: Database, ana: Owing, column: str, kind: str
) -> None:
    table, name = column.split(".")
    job = Principal.job(ana.practice_id, role="test")
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.transaction(job if kind == "job" else ana.principal) as session,
    ):
        session.execute(text(f"UPDATE portal.{table} SET {name} = {name}"))
