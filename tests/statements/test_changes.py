"""From one statement to the next, over real accounts: rows that add up, laid to what made them."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from portal.db import Database, Principal, new_id
from portal.domain.patient_share import ShareMove
from portal.domain.posting_rules import ClaimOccasion, share_released
from portal.domain.statement import StatementDocument
from portal.domain.statement_changes import ChangeKind
from portal.domain.statement_version_3 import changes_between
from portal.ledger.journal import post
from portal.practice.models import Claim, Hold
from portal.statements.overview import statements_page
from portal.statements.page import statement_page
from tests.statements.builders import (
    UNAPPLIED,
    Decided,
    MadeClaim,
    place_with_agency,
)
from tests.statements.conftest import NOW, TODAY, Bill, Family, Issue, PayIn
from tests.statements.reading import documents

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
A_DAY = timedelta(days=1)
LATER = TODAY + 30 * A_DAY
Rows = list[tuple[ChangeKind, int]]


def at(day: date) -> datetime:
    return NOW + (day - TODAY)


@dataclass(frozen=True, slots=True)
class House:
    """Ana's, over two statements, a month apart."""

    database: Database
    job: Principal
    family: Family
    bill: Bill
    pay_in: PayIn
    issue: Issue

    def dispute(self, made: MadeClaim) -> UUID:
        hold_id = new_id()
        with self.database.transaction(self.job) as session:
            session.add(
                Hold(
                    practice_id=self.job.practice_id,
                    hold_id=hold_id,
                    guarantor_id=self.family.guarantor_id,
                    claim_id=made.claim_id,
                    kind="disputed",
                    reason="asked",
                    placed_at=NOW,
                    placed_by="test",
                )
            )
        return hold_id

    def release(self, hold_id: UUID) -> None:
        with self.database.transaction(self.job) as session:
            session.execute(
                update(Hold)
                .where(Hold.practice_id == self.job.practice_id, Hold.hold_id == hold_id)
                .values(released_at=NOW, released_by="test", release_reason="answered")
            )

    def keep_private(self, made: MadeClaim) -> None:
        with self.database.transaction(self.job) as session:
            session.execute(
                update(Claim)
                .where(Claim.practice_id == self.job.practice_id, Claim.claim_id == made.claim_id)
                .values(is_sensitive=True)
            )

    def decide(self, made: MadeClaim, *, cents: int) -> None:
        """What held it is over: its share is asked for."""
        occasion = ClaimOccasion(made.claim_id, self.family.guarantor_id, TODAY + A_DAY)
        share = [ShareMove(made.charge_ids[0], pending_cents=-cents, receivable_cents=cents)]
        entry = share_released(occasion, cause_id=new_id(), share=share)
        with self.database.transaction(self.job) as session:
            session.execute(
                update(Hold)
                .where(Hold.practice_id == self.job.practice_id, Hold.claim_id == made.claim_id)
                .values(released_at=NOW, released_by="test", release_reason="decided")
            )
            assert entry is not None
            post(session, entry, now=at(TODAY + A_DAY))

    def place(self, made: MadeClaim, *, cents: int) -> None:
        place_with_agency(
            self.database,
            self.job.practice_id,
            {made.target(): cents},
            guarantor_id=self.family.guarantor_id,
            on=TODAY + A_DAY,
        )

    def next(self, *, after: int = 1) -> StatementDocument:
        """The newest statement, so many months on; what its rows say leads to what it asks for."""
        day = TODAY + after * 30 * A_DAY
        self.issue(as_of=day, now=at(day))
        document = documents(self.database, self.job)[-1]
        assert document.since_last is not None
        rows = sum(row.cents for row in document.since_last)
        assert document.previous_amount_due_cents + rows == document.amount_due_cents
        return document


@pytest.fixture
def house(request: pytest.FixtureRequest) -> House:
    return House(**{one.name: request.getfixturevalue(one.name) for one in fields(House)})


def rows(document: StatementDocument) -> Rows:
    return [(row.kind, row.cents) for row in document.since_last or ()]


def new_copay_paid(house: House, first: MadeClaim) -> Rows:
    del first
    made = house.bill(claim_number="C-2", lines=(X_RAY,), posted_on=TODAY + A_DAY)
    house.pay_in(puts=[(made.target(), 2_000)], on=TODAY + A_DAY, at=at(TODAY + A_DAY))
    return [(ChangeKind.PAID, -2_000), (ChangeKind.NEW_VISIT, 8_400)]


def overpaid(house: House, first: MadeClaim) -> Rows:
    puts = [(first.target(), 4_000), (UNAPPLIED, 5_000)]
    house.pay_in(puts=puts, on=TODAY + A_DAY, at=at(TODAY + A_DAY))
    house.bill(claim_number="C-2", lines=(X_RAY,), posted_on=TODAY + A_DAY)
    return [
        (ChangeKind.PAID, -9_000),
        (ChangeKind.CREDIT, 5_000),
        (ChangeKind.NEW_VISIT, 8_400),
    ]


def disputed(house: House, first: MadeClaim) -> Rows:
    house.dispute(first)
    house.bill(claim_number="C-2", lines=(X_RAY,), posted_on=TODAY + A_DAY)
    return [(ChangeKind.PAUSED, -4_000), (ChangeKind.NEW_VISIT, 8_400)]


def with_an_agency(house: House, first: MadeClaim) -> Rows:
    house.place(first, cents=4_000)
    house.bill(claim_number="C-2", lines=(X_RAY,), posted_on=TODAY + A_DAY)
    return [(ChangeKind.PLACED, -4_000), (ChangeKind.NEW_VISIT, 8_400)]


@pytest.mark.parametrize("happened", [new_copay_paid, overpaid, disputed, with_an_agency])
def test_a_change_is_laid_to_what_made_it(
    house: House, happened: Callable[[House, MadeClaim], Rows]
) -> None:
    first = house.bill()
    house.issue()
    expected = happened(house, first)
    assert rows(house.next()) == expected


def test_a_visit_that_was_looked_at_and_is_asked_for_again_is_neither_new_nor_decided(
    house: House,
) -> None:
    first = house.bill()
    house.issue()
    hold_id = house.dispute(first)
    house.bill(claim_number="C-2", lines=(X_RAY,), posted_on=TODAY + A_DAY)
    house.next()
    house.release(hold_id)
    assert rows(house.next(after=2)) == [(ChangeKind.RESUMED, 4_000)]


def test_what_insurance_decided_of_a_grouped_visit_is_told_alike_on_the_list_and_on_its_page(
    house: House,
) -> None:
    """Only its month is shown of it, and that is not what it is known by."""
    house.bill(claim_number="C-1")
    held = house.bill(
        claim_number="C-2", lines=(X_RAY,), patient_id=house.family.mateo_id, held="crossover"
    )
    house.keep_private(held)
    house.issue()
    house.decide(held, cents=8_400)
    house.next()
    ana = Principal.link(
        house.job.practice_id,
        guarantor_id=house.family.guarantor_id,
        link_id=new_id(),
        is_guarantor=True,
    )
    listed = statements_page(house.database, ana, now=at(LATER), request_id="r").statements[0]
    page = statement_page(house.database, ana, listed.row.statement_id, today=LATER)
    assert page is not None
    assert page.document.visits[-1].grouped_because
    assert listed.changes == page.since_last
    assert [(row.kind, row.cents) for row in listed.changes] == [(ChangeKind.DECIDED, 8_400)]


def test_documents_that_froze_no_changes_lay_the_rest_to_nobody(house: House) -> None:
    first = house.bill()
    house.issue()
    house.dispute(first)
    house.bill(claim_number="C-2", lines=(X_RAY,), posted_on=TODAY + A_DAY)
    later = house.next()
    before = documents(house.database, house.job)[0]
    told = changes_between(before, replace(later, since_last=None))
    assert [(row.kind, row.cents) for row in told] == [
        (ChangeKind.NEW_VISIT, 8_400),
        (ChangeKind.OTHER, -4_000),
    ]
