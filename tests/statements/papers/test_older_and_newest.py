"""The newest statement's paper explains all it asks for; an older one is no second bill."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.connectors.pdf import print_paper
from portal.db import Database, Principal, new_id
from portal.payments.scheduled.views import scheduled_of_statement
from portal.practice.models import Claim, Hold
from portal.statements.papers.service import read_sheet
from portal.statements.papers.statement import Layout, statement_paper
from tests.statements.builders import Decided, MadeClaim
from tests.statements.conftest import NOW, Bill, Family, Issue
from tests.statements.papers.pdf_reading import scanned, text_of
from tests.statements.papers.samples import MADE_AT, SITE, speaking

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
LATER = NOW + timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TwoStatements:
    """Mateo's visit was asked for by the first, held when the second came, and is not any more."""

    database: Database
    job: Principal
    first: UUID
    second: UUID
    held: MadeClaim

    def printed(self, statement_id: UUID) -> bytes:
        with self.database.transaction(self.job) as session:
            sheet = read_sheet(
                session, statement_id, scheduled_of_statement=scheduled_of_statement, now=LATER
            )
        with speaking("en"):
            paper = statement_paper(sheet.page, sheet.facts, Layout(SITE))
        return print_paper(paper, made_at=MADE_AT)


@pytest.fixture
def two(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> TwoStatements:
    held = bill(patient_id=family.mateo_id)
    (first,) = issue().statement_ids
    hold = Hold(
        practice_id=job.practice_id,
        hold_id=new_id(),
        guarantor_id=family.guarantor_id,
        claim_id=held.claim_id,
        kind="disputed",
        reason="asked",
        placed_at=NOW,
        placed_by="test",
    )
    hold_id = hold.hold_id
    with database.transaction(job) as session:
        session.add(hold)
    bill(claim_number="C-2", lines=(X_RAY,), posted_on=NOW.date())
    (second,) = issue(as_of=LATER.date(), now=LATER).statement_ids
    with database.transaction(job) as session:
        session.execute(
            update(Hold)
            .where(Hold.practice_id == job.practice_id, Hold.hold_id == hold_id)
            .values(released_at=LATER, released_by="test", release_reason="answered")
        )
    return TwoStatements(database, job, first, second, held)


def test_the_newest_explains_what_it_asks_for_of_an_older_one(two: TwoStatements) -> None:
    text = text_of(two.printed(two.second))
    assert "$124.00" in text
    assert text.count("From your statement of March 9, 2026") == 2
    assert "Of it you owe $40.00 now." in text
    assert "Mateo, office visit" in text
    assert "Changed by your insurance or by us" not in text


def test_a_letter_says_of_an_older_visit_only_what_who_pays_may_see(two: TwoStatements) -> None:
    with two.database.transaction(two.job) as session:
        session.execute(
            update(Claim)
            .where(Claim.practice_id == two.job.practice_id, Claim.claim_id == two.held.claim_id)
            .values(is_sensitive=True)
        )
    text = text_of(two.printed(two.second))
    assert "Of it you owe $40.00 now." in text
    assert "office visit" not in text


def test_an_older_one_has_no_slip_no_square_and_no_code(two: TwoStatements) -> None:
    content = two.printed(two.first)
    text = text_of(content)
    assert scanned(content) == []
    assert "Amount enclosed" not in text
    assert "newest statement, of April 8, 2026" in text
    assert "Amount enclosed" in text_of(two.printed(two.second))
