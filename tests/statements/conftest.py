"""Ana, who owes; Mateo, her son; and a way to issue."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from portal.db import Database, Principal
from portal.statements.page import StatementPage, statement_page
from portal.statements.service import IssueReport, issue_statements
from tests.builders import make_guarantor, make_patient
from tests.statements.builders import MadeClaim, make_adjudicated_claim, pay

TODAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Family:
    """A guarantor with two patients."""

    guarantor_id: UUID
    ana_id: UUID
    mateo_id: UUID


@pytest.fixture
def family(database: Database, practice_id: UUID) -> Family:
    guarantor_id = make_guarantor(database, practice_id)
    return Family(
        guarantor_id,
        make_patient(database, practice_id, guarantor_id=guarantor_id),
        make_patient(
            database,
            practice_id,
            guarantor_id=guarantor_id,
            first_name="Mateo",
            born_on=date(2016, 8, 2),
        ),
    )


Bill = Callable[..., MadeClaim]
PayIn = Callable[..., None]
Issue = Callable[..., IssueReport]
Show = Callable[..., StatementPage]


@pytest.fixture
def bill(database: Database, practice_id: UUID, family: Family) -> Bill:
    """An adjudicated claim, by default of Ana's, with a copay of $40.00 to pay."""

    def make(**facts: Any) -> MadeClaim:
        given = {"guarantor_id": family.guarantor_id, "patient_id": family.ana_id, **facts}
        return make_adjudicated_claim(database, practice_id, **given)

    return make


@pytest.fixture
def pay_in(database: Database, practice_id: UUID, family: Family) -> PayIn:
    """A settled payment of Ana's."""

    def settle(**facts: Any) -> None:
        pay(database, practice_id, guarantor_id=family.guarantor_id, **facts)

    return settle


@pytest.fixture
def issue(database: Database, practice_id: UUID) -> Issue:
    """Run ``statements issue``, by default today as of today."""

    def run(*, as_of: date = TODAY, now: datetime = NOW, dry_run: bool = False) -> IssueReport:
        return issue_statements(database, practice_id, as_of=as_of, now=now, dry_run=dry_run)

    return run


@pytest.fixture
def show(database: Database, job: Principal) -> Show:
    """The page of a statement, which must exist."""

    def read(statement_id: UUID, *, today: date = TODAY) -> StatementPage:
        page = statement_page(database, job, statement_id, today=today)
        assert page is not None
        return page

    return read
