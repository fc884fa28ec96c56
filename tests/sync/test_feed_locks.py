"""Whoever a row may concern is locked before anything of theirs is read."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal.domain.practice_feed import read_row
from portal.practice.models import Claim
from portal.sync.feed_accounts import lock_accounts
from tests.remittances.desk import TODAY, ImportDesk
from tests.sync.feeding import Row
from tests.sync.test_feed_changes import COPAY


def test_a_claim_that_a_row_names_finds_no_patient_meanwhile(desk: ImportDesk) -> None:
    nobodys = replace(COPAY, member="OTHER9")
    desk.bring(desk.write(nobodys), create_patients=False)
    row = read_row(Row(claim_number="A1").cells(), today=TODAY)
    matching = (
        select(Claim.claim_id)
        .where(Claim.practice_id == desk.practice.practice_id, Claim.claim_number == "A1")
        .with_for_update(key_share=True, nowait=True)
    )
    with desk.database.transaction(desk.principal()) as feed:
        lock_accounts(feed, [row])
        with (
            desk.database.transaction(desk.principal()) as session,
            pytest.raises(OperationalError, match="could not obtain lock"),
        ):
            session.scalars(matching).all()
