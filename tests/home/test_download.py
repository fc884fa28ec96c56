"""The file of everything: each thing once, every column the ledger's, papers and words beside."""

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import update

from portal.db import Database, Principal
from portal.ledger.queries import receivable_cents, unapplied_credit_cents
from portal.practice.models import Claim
from portal.statements.service import void_statement
from tests.auth.running import Browser
from tests.home.accounts import Account
from tests.home.conftest import Enter, audited
from tests.plans.standing_plans import make_plan
from tests.statements.builders import COPAY, UNAPPLIED, Decided
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn

A_MONTH = timedelta(days=30)
X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
BILLED, OWED, ON_PLAN, WAITS = 4, -1, -2, -5
"""Columns of the table of visits; of the table of services there are two more before BILLED."""


def downloaded(visitor: Browser) -> Mapping[str, bytes]:
    answer = visitor.client.get("/account.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as kept:
        return {name: kept.read(name) for name in kept.namelist()}


def table(kept: Mapping[str, bytes], name: str) -> list[list[str]]:
    """Its rows, without the headings."""
    return list(csv.reader(io.StringIO(kept[name].decode())))[1:]


def cents(text: str) -> int:
    return int(Decimal(text or 0) * 100)


def words_on(paper: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)


@pytest.fixture
def busy(account: Account, bill: Bill, issue: Issue, pay_in: PayIn, family: Family) -> UUID:
    """A statement: of a visit partly paid, with credit, and of one that a plan has since.

    Beside it are a visit that waits and one that nothing has asked for yet.
    """
    first = bill(lines=(*COPAY, X_RAY))
    planned = bill(claim_number="C-2", patient_id=family.mateo_id)
    (statement_id,) = issue().statement_ids
    bill(claim_number="C-3", held="crossover")
    bill(claim_number="C-4", posted_on=TODAY)
    pay_in(puts=[(first.target(), 1_000), (UNAPPLIED, 600)], on=TODAY, at=NOW)
    make_plan(
        account.database, account.practice_id, account.guarantor_id, {planned.target(): 4_000}
    )
    return statement_id


def test_every_visit_is_there_once_and_every_column_is_the_ledgers(
    busy: UUID, account: Account, enter: Enter
) -> None:
    kept = downloaded(enter(busy))
    visits = table(kept, "visits.csv")
    assert [row[0] for row in visits] == ["C-1001", "C-2", "C-3", "C-4"]
    for row in visits:
        billed, *parts = map(cents, row[BILLED:])
        assert billed == sum(parts)
    with account.database.transaction(account.principal) as session:
        owed_cents = receivable_cents(session, account.guarantor_id)
        credit_cents = unapplied_credit_cents(session, account.guarantor_id)
    assert (owed_cents, credit_cents) == (12_400 - 1_000 + 4_000 + 4_000, 600)
    assert sum(cents(row[OWED]) + cents(row[ON_PLAN]) for row in visits) == owed_cents
    assert sum(cents(row[ON_PLAN]) for row in visits) == 4_000
    assert sum(cents(row[WAITS]) for row in visits) == 4_000
    today = [cents(amount) for _, amount in table(kept, "today.csv")]
    assert today == [owed_cents, 4_000, 0, credit_cents]
    assert [cents(row[1]) for row in table(kept, "payments.csv")] == [1_600]


def test_each_service_is_there_once_however_many_statements_asked_for_it(
    busy: UUID, bill: Bill, issue: Issue, enter: Enter
) -> None:
    bill(claim_number="C-5", posted_on=TODAY)
    issue(as_of=TODAY + A_MONTH, now=NOW + A_MONTH)
    kept = downloaded(enter(busy))
    assert len(table(kept, "statements.csv")) == 2
    lines, visits = table(kept, "lines.csv"), table(kept, "visits.csv")
    assert [(row[0], row[5]) for row in lines] == [
        ("C-1001", "99213"),
        ("C-1001", "71046"),
        ("C-2", "99213"),
        ("C-3", "99213"),
        ("C-4", "99213"),
        ("C-5", "99213"),
    ]
    undecided = next(row for row in lines if row[0] == "C-3")
    assert undecided[BILLED + 2 :] == ["120.00", *[""] * 8]
    for column in (OWED, ON_PLAN):
        assert sum(cents(row[column]) for row in lines) == sum(cents(row[column]) for row in visits)


def test_every_statement_is_there_as_paper_and_a_replaced_one_says_so(
    busy: UUID, database: Database, job: Principal, enter: Enter, account: Account
) -> None:
    visitor = enter(busy)
    void_statement(database, job, busy, reason="wrong", now=NOW, request_id="test")
    kept = downloaded(visitor)
    ((number, _, _, asked, replaced),) = table(kept, "statements.csv")
    assert (cents(asked), replaced) == (16_400, "2026-03-09")
    assert "This statement was replaced" in words_on(kept[f"statements/{number}.pdf"])
    assert "71046" in words_on(kept[f"itemized/{number}.pdf"])
    assert "view_everything" in audited(account)


def test_plans_and_what_was_agreed_to_are_there(busy: UUID, enter: Enter) -> None:
    kept = downloaded(enter(busy))
    ((number, _, state, *amounts),) = table(kept, "plans.csv")
    assert (state, [cents(one) for one in amounts]) == ("On track", [4_000, 0, 4_000])
    assert [name for name in kept if name.startswith("plans/")] == [f"plans/{number}-1.pdf"]


def test_what_somebody_asked_us_is_there_in_their_words(busy: UUID, enter: Enter) -> None:
    visitor = enter(busy)
    drafted = visitor.send("/help/question", {"words": "Why twice, please?"})
    assert drafted.status == 303, drafted.text
    sent = visitor.send(drafted.location, {})
    assert sent.status == 303, sent.text
    cases = table(downloaded(visitor), "cases.csv")
    assert any(words.endswith("Why twice, please?") for *_, words in cases)


def test_of_a_visit_that_is_kept_private_there_are_only_its_sums(
    busy: UUID, database: Database, job: Principal, enter: Enter
) -> None:
    with database.transaction(job) as session:
        session.execute(
            update(Claim)
            .where(Claim.practice_id == job.practice_id, Claim.claim_number == "C-2")
            .values(is_sensitive=True)
        )
    kept = downloaded(enter(busy))
    (private,) = [row for row in table(kept, "lines.csv") if row[1] == "Mateo"]
    assert private[:6] == ["", "Mateo", "2026-01", "", "private visit", ""]
    assert "C-2" not in [row[0] for row in table(kept, "visits.csv")]


def test_the_notice_of_42_cfr_part_2_goes_along_with_a_record_it_protects(
    busy: UUID, database: Database, job: Principal, enter: Enter
) -> None:
    notice = b"42 CFR part 2 prohibits"
    visitor = enter(busy)
    assert notice not in downloaded(visitor)["about.txt"]
    with database.transaction(job) as session:
        session.execute(
            update(Claim)
            .where(Claim.practice_id == job.practice_id, Claim.claim_number == "C-1001")
            .values(is_part2=True)
        )
    assert notice in downloaded(visitor)["about.txt"]
