"""Whatever happens, the rows of every table end at what the page says is owed, to the cent.

In these lives insurance changes nothing and we let nothing off: so nothing is laid to either.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from portal.domain.explanation_text import sum_rows, tell_sum, tell_visit
from portal.domain.journal import Target
from portal.domain.money import format_usd
from portal.domain.statement import StatementState
from portal.domain.statement_changes import ChangeKind
from portal.home.visits import VisitPage, VisitState, read_visit
from portal.ledger.queries import open_shares
from portal.statements.page import StatementPage
from tests.home.accounts import Account
from tests.home.lives import Life, standing_pages
from tests.statements.builders import place_with_agency
from tests.statements.conftest import Bill, Family, Issue, PayIn

SEEDS, MONTHS = range(5), 6
AGENCY_SHARE = 0.15
LAID_TO_INSURANCE = {ChangeKind.MORE, ChangeKind.LESS, ChangeKind.OTHER}


@dataclass(slots=True)
class Story(Life):
    """A life in which an agency may be asked to collect."""

    placed: list[Target] = field(default_factory=list)

    def goes_on(self) -> None:
        """Time passes between one thing and the next, and now and then an agency gets something."""
        self.now += timedelta(minutes=1)
        if self.chance.random() < AGENCY_SHARE:
            self.agency()

    def agency(self) -> None:
        """All that is open of one line goes to an agency."""
        with self.account.database.transaction(self.account.principal) as session:
            shares = [
                one
                for one in open_shares(session, self.account.guarantor_id)
                if one.open_cents > 0 and one.claim_id not in self.disputed
            ]
        targets = {Target(one.claim_id, one.charge_id): one.open_cents for one in shares}
        free = [one for one in targets if one not in (*self.on_plans.values(), *self.placed)]
        if free:
            chosen = self.chance.choice(free)
            self.placed.append(chosen)
            place_with_agency(
                self.account.database,
                self.account.practice_id,
                {chosen: targets[chosen]},
                guarantor_id=self.account.guarantor_id,
                on=self.now.date(),
            )


@pytest.fixture
def story(account: Account, family: Family, bill: Bill, issue: Issue, pay_in: PayIn) -> Story:
    chance = random.Random(0)  # noqa: S311 — the same again
    return Story(account, family, bill, issue, pay_in, chance)


def visit_of(story: Story, claim_id: UUID) -> VisitPage:
    with story.account.database.transaction(story.account.principal) as session:
        return read_visit(session, claim_id, now=story.now)


def visit_adds_up(page: VisitPage) -> None:
    """Each line, the visit, and the amounts above them: nothing is owed that nobody names."""
    if page.visit is None:
        return
    figures = page.visit.figures
    told = tell_visit(page.visit, "en", billed_on=page.today)
    for line in told.lines:
        assert sum(row.cents for row in line.rows) == line.owed_cents
    assert sum(row.cents for row in told.rows) == figures.you_owe_cents
    assert figures.placed_cents == sum(one.cents for one in page.agencies)
    if page.state is not VisitState.ON_HOLD:
        assert page.due_cents + page.not_asked_cents == max(0, figures.you_owe_cents)
    owed = figures.you_owe_cents + figures.placed_cents + page.on_plan_cents
    if owed > 0:
        assert page.state is not VisitState.NOTHING


def statement_adds_up(page: StatementPage) -> None:
    document = page.document
    rows = sum_rows(document, "en")
    assert sum(row.cents for row in rows) == document.amount_due_cents
    assert tell_sum(document, "en")[-1] == f"That leaves {format_usd(document.amount_due_cents)}."
    if page.state != StatementState.ON_HOLD:
        assert document.amount_due_cents + sum(row.cents for row in page.since) == page.left_cents
        assert LAID_TO_INSURANCE.isdisjoint(row.kind for row in page.since), page.since
    changed = sum(row.cents for row in page.since_last)
    kinds = {row.kind for row in page.since_last}
    assert kinds.isdisjoint(LAID_TO_INSURANCE), page.since_last
    if page.since_last:
        opened = document.previous_amount_due_cents
        assert opened + changed == document.amount_due_cents


@pytest.mark.parametrize("seed", SEEDS)
def test_every_table_ends_at_what_is_owed(story: Story, *, seed: int) -> None:
    story.chance = random.Random(seed)  # noqa: S311 — the same again
    for _ in story.months(MONTHS):
        story.goes_on()
    for page in standing_pages(story.account, now=story.now):
        statement_adds_up(page)
    for claim_id in {line.claim_id for line in story.lines if line.claim_id}:
        visit_adds_up(visit_of(story, claim_id))
    story.hold()
    for claim_id in {line.claim_id for line in story.lines if line.claim_id}:
        visit_adds_up(visit_of(story, claim_id))
