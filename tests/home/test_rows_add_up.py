"""Whatever happens, the rows of every table end at what the page says is owed, to the cent.

Where insurance changes nothing and we let nothing off, nothing is laid to either.
"""

import random
from uuid import UUID

import pytest

from portal.domain.explanation_text import sum_rows, tell_sum, tell_visit
from portal.domain.money import format_usd
from portal.domain.statement import StatementState
from portal.domain.statement_changes import ChangeKind
from portal.home.visits import VisitPage, VisitState, read_visit
from portal.statements.page import StatementPage
from tests.home.lives import A_MINUTE, Life
from tests.home.one_amount import standing_pages

SEEDS, MONTHS = range(5), 5
LAID_TO_INSURANCE = {ChangeKind.MORE, ChangeKind.LESS, ChangeKind.OTHER}


def visit_of(life: Life, claim_id: UUID) -> VisitPage:
    with life.account.database.transaction(life.account.principal) as session:
        return read_visit(session, claim_id, now=life.now)


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
    changed = sum(row.cents for row in page.since_last)
    if page.since_last:
        opened = document.previous_amount_due_cents
        assert opened + changed == document.amount_due_cents


def everything_adds_up(life: Life, pages: list[StatementPage]) -> None:
    for page in pages:
        statement_adds_up(page)
    visits = {line.claim_id for line in life.lines if line.claim_id}
    for claim_id in visits:
        visit_adds_up(visit_of(life, claim_id))
    life.hold()
    for claim_id in visits:
        visit_adds_up(visit_of(life, claim_id))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_table_ends_at_what_is_owed(life: Life, *, seed: int) -> None:
    life.chance = random.Random(seed)  # noqa: S311 — the same again
    for _ in life.months(MONTHS, life.by_hand()):
        life.now += A_MINUTE
    pages = standing_pages(life.account, now=life.now)
    for page in pages:
        said = {row.kind for row in page.since} | {row.kind for row in page.since_last}
        assert said.isdisjoint(LAID_TO_INSURANCE), (page.since, page.since_last)
    everything_adds_up(life, pages)


@pytest.mark.parametrize("seed", SEEDS)
def test_so_they_do_where_insurance_decides_again(life: Life, *, seed: int) -> None:
    life.chance = random.Random(seed)  # noqa: S311 — the same again
    for _ in life.months(MONTHS, life.whatever()):
        life.now += A_MINUTE
    everything_adds_up(life, standing_pages(life.account, now=life.now))
