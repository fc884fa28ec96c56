"""A letter goes to who pays: of another adult's visit it says the cost, not what it was."""

from datetime import date
from uuid import UUID

import pytest

from portal.connectors.pdf import print_paper
from portal.db import Database, Principal
from portal.payments.scheduled.views import scheduled_of_statement
from portal.statements.papers.itemized import itemized_paper
from portal.statements.papers.service import Sheet, read_sheet
from portal.statements.papers.statement import Layout, statement_paper
from tests.builders import make_patient
from tests.statements.builders import Decided
from tests.statements.conftest import NOW, Bill, Family, Issue
from tests.statements.papers.pdf_reading import text_of
from tests.statements.papers.samples import MADE_AT, SITE, speaking

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))


def sheet_for(database: Database, principal: Principal, statement_id: UUID) -> Sheet:
    with database.transaction(principal) as session:
        return read_sheet(
            session, statement_id, scheduled_of_statement=scheduled_of_statement, now=NOW
        )


@pytest.fixture(params=[date(2016, 8, 2), date(2001, 5, 4)], ids=["child", "adult"])
def lena(
    request: pytest.FixtureRequest, database: Database, practice_id: UUID, family: Family
) -> tuple[UUID, bool]:
    """Somebody Ana pays for, and whether Ana is told what her visits were."""
    patient_id = make_patient(
        database,
        practice_id,
        guarantor_id=family.guarantor_id,
        first_name="Lena",
        born_on=request.param,
    )
    return patient_id, request.param.year == 2016


def test_another_adults_visit_is_only_a_sum(
    database: Database, job: Principal, lena: tuple[UUID, bool], bill: Bill, issue: Issue
) -> None:
    other, is_told = lena
    bill()
    bill(patient_id=other, lines=(X_RAY,), claim_number="C-2")
    (statement_id,) = issue().statement_ids
    staff = Principal.staff(job.practice_id, staff_id=other, role="manager")
    for principal in (job, staff):
        sheet = sheet_for(database, principal, statement_id)
        with speaking("en"):
            papers = (
                statement_paper(sheet.page, sheet.facts, Layout(SITE)),
                itemized_paper(sheet.page, sheet.facts),
            )
        for paper in papers:
            text = text_of(print_paper(paper, made_at=MADE_AT))
            assert "Lena" in text
            assert "$124.00" in text
            assert ("X-ray" in text, "71046" in text) == (is_told, is_told)


def test_who_is_only_on_the_statement_learns_no_address(
    database: Database, job: Principal, family: Family, bill: Bill, issue: Issue
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    somebody = Principal.link(
        job.practice_id, guarantor_id=family.guarantor_id, link_id=statement_id
    )
    for principal, lines in ((job, 3), (somebody, 1)):
        assert len(sheet_for(database, principal, statement_id).facts.address_lines) <= lines
