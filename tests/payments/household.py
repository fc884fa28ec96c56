"""Ana, who owes for Mateo and for Leo on one statement."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import insert

from portal.db import Database, Principal
from portal.statements.models import StatementShare
from tests.builders import make_patient
from tests.payments.owing import Owed, Owing, owe


@dataclass(frozen=True, slots=True)
class Household:
    """Mateo's two visits are those of `Owing`, 60.00 and 40.00; Leo's are 25.00 and 15.00."""

    owing: Owing
    leo_id: UUID
    leos_older: Owed
    leos_newer: Owed


def make_household(database: Database, owing: Owing) -> Household:
    """Leo's visits join the statement: the older one is older than Mateo's newer one."""
    leo_id = make_patient(
        database, owing.practice_id, guarantor_id=owing.guarantor_id, first_name="Leo"
    )
    older, newer = (
        owe(
            database,
            owing.practice_id,
            owing.guarantor_id,
            leo_id,
            claim_number=number,
            service_on=service_on,
            cents=cents,
        )
        for number, service_on, cents in (
            ("L-1", date(2026, 1, 20), 2_500),
            ("L-2", date(2026, 2, 20), 1_500),
        )
    )
    with database.transaction(Principal.job(owing.practice_id, role="test")) as session:
        session.execute(
            insert(StatementShare).values(
                [
                    {
                        "practice_id": owing.practice_id,
                        "statement_id": owing.statement_id,
                        "share_number": share_number,
                        "guarantor_id": owing.guarantor_id,
                        "claim_id": owed.target.claim_id,
                        "charge_id": owed.target.charge_id,
                        "owed_cents": owed.cents,
                    }
                    for share_number, owed in enumerate((older, newer), start=3)
                ]
            )
        )
    return Household(owing, leo_id, older, newer)
