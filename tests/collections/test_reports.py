"""The report of plans: its rates by their definitions, its money by week the ledger's own."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from portal.collections.reports.chart import chart
from portal.collections.reports.figures import Figures, Share, collected_by_week, read_figures
from portal.collections.reports.pages import report_csv
from portal.db import Database, Principal, new_id
from portal.domain.journal import BusinessEvent, JournalEntry, LedgerAccount, Posting
from portal.domain.plans.states import InstallmentState, PlanState
from portal.ledger.plan_cover import covered_plans
from portal.plans.moves import lock_plan, move_plan_to
from tests.collections.debtors import NOW, TODAY, Debtor, make_debtor

MONDAY = date(2026, 9, 14)
WEEK = timedelta(days=7)


def pay(one: Debtor, cents: int, *, on: date) -> None:
    """Straight onto the visit; below zero it goes back."""
    desk, receivable = LedgerAccount.DESK_CASH, LedgerAccount.PATIENT_RECEIVABLE
    legs = (Posting(desk, cents), Posting(receivable, -cents, one.target))
    one.post(JournalEntry(BusinessEvent.PAYMENT_SETTLED, str(new_id()), on, one.guarantor_id, legs))


def move(plan_id: UUID, state: PlanState, session: Session) -> None:
    move_plan_to(session, lock_plan(session, plan_id), state, now=NOW)


def figures(one: Debtor) -> Figures:
    return one.write(lambda session: read_figures(session, now=NOW, zone=ZoneInfo("UTC")))


def test_what_was_collected_by_week_is_what_the_ledger_has_on_lines_of_plans(
    database: Database, practice_id: UUID
) -> None:
    people = [make_debtor(database, practice_id, name) for name in "abc"]
    plain = make_debtor(database, practice_id, "without a plan")
    pay(plain, 700, on=TODAY)
    for number, one in enumerate(people):
        one.agree(first_on=date(2026, 8, 24))
        pay(one, 2_000 + number, on=TODAY)
        pay(one, 1_000, on=TODAY - WEEK)
        pay(one, -300, on=TODAY - WEEK)
    first = people[0]
    plan_ids = [one.plan_id for one in people if one.plan_id]
    covers = first.write(lambda session: covered_plans(session, plan_ids))
    on_lines = sum(line.since_paid_cents for cover in covers.values() for line in cover.lines)
    collected = first.write(collected_by_week)
    assert collected == {MONDAY: 6_003, MONDAY - WEEK: 2_100}
    assert sum(collected.values()) == on_lines
    found = figures(first)
    by_week = {week.monday: (week.due_cents, week.collected_cents) for week in found.weeks}
    assert by_week[MONDAY] == (0, 6_003)
    assert by_week[MONDAY - 3 * WEEK] == (6_000, 0)
    assert sum(week.collected_cents for week in found.weeks) == on_lines


def test_each_rate_is_what_its_definition_says(database: Database, practice_id: UUID) -> None:
    people = [make_debtor(database, practice_id, name) for name in "abcd"]
    for one in people:
        one.billed(TODAY - timedelta(days=100))
    for one in people[:3]:
        one.agree(first_on=date(2026, 8, 24), count=2)
    paid, late, over = people[:3]
    paid.set_installment(1, state=InstallmentState.PAID.value)
    late.set_installment(1, state=InstallmentState.MISSED.value)
    for one, then in ((late, PlanState.ACTIVE), (over, PlanState.DEFAULTED)):
        for state in (PlanState.PAST_DUE, then):
            one.write(partial(move, one.plan_id or new_id(), state))
    found = figures(paid)
    assert found.rates.adoption == Share(3, 4)
    assert found.rates.on_time == Share(1, 3)
    assert found.rates.cure == Share(1, 2)
    assert found.rates.default == Share(1, 3)
    assert found.live_plans == 2
    scheduled = {week.monday: week for week in found.to_come if week.scheduled_cents}
    (coming,) = scheduled.values()
    assert coming.monday == date(2026, 9, 21)
    assert (coming.scheduled_cents, coming.expected_cents) == (8_000, 8_000 // 3)
    content = report_csv(
        database,
        Principal.staff(practice_id, staff_id=new_id(), role="collections"),
        now=NOW,
        request_id="a request",
    )
    assert "on_time,,,1,3" in content.decode().splitlines()


def test_a_share_of_nothing_is_no_percentage_and_others_are_rounded() -> None:
    assert Share(0, 0).percent is None
    assert [Share(part, 8).percent for part in (0, 1, 5, 8)] == [0, 13, 63, 100]


def test_bars_are_as_high_as_their_amounts_and_never_nothing_for_something() -> None:
    drawn = chart([(MONDAY, 1_000_000, 1), (MONDAY + WEEK, 500_000, 0)])
    assert [(one.first_height, one.second_height) for one in drawn.pairs] == [(204, 2), (102, 0)]
    assert chart([(MONDAY, 0, -5)]).pairs[0].second_height == 0
