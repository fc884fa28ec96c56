"""Each statement that is issued has a code of its own, and the patient's page shows it."""

from uuid import UUID

from portal.db import Database, Principal
from portal.domain.statement_code import read_code
from portal.statements.codes import code_of, give_code, statement_of_code
from portal.statements.service import void_statement
from tests.builders import make_guarantor
from tests.payments.owing import make_owing
from tests.statements.conftest import NOW, Bill, Issue, Show


def test_an_issued_statement_has_a_code_that_leads_to_it(
    database: Database, job: Principal, bill: Bill, issue: Issue, show: Show
) -> None:
    bill()
    (statement_id,) = issue().statement_ids
    page = show(statement_id)
    assert page.pay_code is not None
    assert page.pay_code.practice_slug == "riverbend"
    code = read_code(page.pay_code.code)
    assert code is not None
    with database.transaction(job) as session:
        assert statement_of_code(session, code) == statement_id


def test_a_dry_run_gives_no_code(
    database: Database, job: Principal, practice_id: UUID, bill: Bill, issue: Issue
) -> None:
    bill()
    issue(dry_run=True)
    bill(claim_number="C-2")
    (statement_id,) = issue().statement_ids
    void_statement(database, job, statement_id, reason="test", now=NOW, request_id="test")
    with database.transaction(job) as session:
        assert code_of(session, statement_id) is not None  # the paper that was sent still has it


def test_a_code_is_its_own_persons_only(database: Database, practice_id: UUID) -> None:
    ana = make_owing(database, practice_id)
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        code = give_code(session, ana.statement_id, guarantor_id=ana.guarantor_id)
    somebody = Principal.link(
        practice_id,
        guarantor_id=make_guarantor(database, practice_id, account_number="A-2"),
        link_id=ana.link_id,
    )
    nobody = Principal.anonymous(practice_id)
    for principal in (somebody, nobody):
        with database.transaction(principal) as session:
            assert statement_of_code(session, code) is None
    with database.transaction(ana.principal) as session:
        assert code_of(session, ana.statement_id) == code


def test_a_statement_from_before_has_none(database: Database, practice_id: UUID) -> None:
    ana = make_owing(database, practice_id)
    with database.transaction(ana.principal) as session:
        assert code_of(session, ana.statement_id) is None
