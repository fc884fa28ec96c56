"""Who is on the work list: what the tables say is what the rules say, plan by plan."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.collections.choice import WorkChoice, choice_from
from portal.collections.reasons import AT_RISK, WorkReason, reasons
from portal.collections.worklist import ON_A_PAGE, WorkPage, work_csv, work_page
from portal.db import Database, Principal, new_id
from portal.domain.method_setup import first_day_without
from portal.domain.plans.at_risk import RiskFacts, risks
from portal.domain.plans.states import InstallmentState, PlanState
from portal.plans.standing import miss_from_json
from portal.plans.store import load
from portal.plans.telling import PLAN_ENDING_NOT_TOLD
from tests.collections.debtors import NOW, TODAY, Debtor, make_debtor


@pytest.fixture
def people(database: Database, practice_id: UUID) -> dict[str, Debtor]:
    """One for each way to be on the list, and one who is not."""
    found = {
        name: make_debtor(database, practice_id, name)
        for name in ("fine", "late", "cure", "card", "over", "moved", "tried", "broke", "old")
    }
    for name in ("fine", "moved", "tried", "broke", "old"):
        found[name].agree(first_on=TODAY + timedelta(days=3))
    for name in ("late", "cure"):
        miss = {"number": 1, "due_on": "2026-08-20", "missed_on": "2026-08-26"}
        found[name].agree(first_on=date(2026, 8, 20))
        found[name].set_plan(
            state=PlanState.PAST_DUE.value, past_due_since=date(2026, 8, 20), misses=[miss]
        )
        found[name].set_installment(1, state=InstallmentState.MISSED.value)
    found["cure"].set_plan(cure_until=TODAY + timedelta(days=5))
    ends_soon = found["card"].card(exp_year=2026, exp_month=9)
    found["card"].agree(first_on=date(2026, 10, 5), method_id=ends_soon)
    ended = found["over"].card(exp_year=2026, exp_month=8)
    found["over"].agree(first_on=date(2026, 10, 5), method_id=ended)
    for number in (2, 3):
        found["moved"].set_installment(number, moved_from=date(2026, 10, 1))
    found["cure"].has_task(PLAN_ENDING_NOT_TOLD)
    found["late"].has_task(PLAN_ENDING_NOT_TOLD)  # has caught up since: nothing waits for it
    found["tried"].set_installment(1, state=InstallmentState.RETRY_SCHEDULED.value)
    found["broke"].promised(TODAY - timedelta(days=90), "broken")
    found["old"].promised(TODAY - timedelta(days=91), "broken")
    return found


def page_of(one: Debtor, choice: WorkChoice | None = None) -> WorkPage:
    staff = Principal.staff(one.practice_id, staff_id=new_id(), role="collections")
    return work_page(one.database, staff, choice or WorkChoice(), now=NOW, request_id="a request")


def causes(page: WorkPage) -> dict[str, set[str]]:
    return {
        item.account_number: {cause.reason.value for cause in item.causes} for item in page.items
    }


CARDS = {"card": first_day_without(9, 2026), "over": first_day_without(8, 2026)}
BROKEN = {"broke": TODAY - timedelta(days=90), "old": TODAY - timedelta(days=91)}


def by_the_rules(name: str, one: Debtor) -> set[tuple[str, date]]:
    """What domain/plans/at_risk.py says of a plan as it is on record."""
    loaded = one.write(lambda session: load(session, one.plan_id or new_id()))
    rows = loaded.rows
    version = replace(
        loaded.version,
        installments=tuple(
            replace(part, moved_from=rows[part.number].moved_from)
            for part in loaded.version.installments
        ),
    )
    facts = RiskFacts(
        version=version,
        paid_cents=loaded.cover.paid_cents,
        states=loaded.states,
        misses=tuple(miss_from_json(miss) for miss in loaded.plan.misses),
        card_ends_on=CARDS.get(name),
        promise_broken_on=BROKEN.get(name),
        cure_until=loaded.plan.cure_until,
    )
    return {(risk.rule.value, risk.day) for risk in risks(facts, today=TODAY)}


def test_each_is_on_the_list_by_name_and_who_keeps_their_plan_is_not(
    people: dict[str, Debtor],
) -> None:
    found = causes(page_of(people["fine"]))
    assert found == {
        "late": {"past_due", "first_missed"},
        "cure": {"past_due", "first_missed", "cure_ends", "end_not_told"},
        "card": {"card_expires_first"},
        "over": {"method_expired", "card_expires_first"},
        "moved": {"moved_twice"},
        "tried": {"retrying", "last_try_declined"},
        "broke": {"promise_broken"},
    }


def test_the_tables_say_of_every_plan_what_the_rules_say(people: dict[str, Debtor]) -> None:
    for name, one in people.items():
        found = one.write(partial(said_of, one.guarantor_id))
        assert {(reason, day) for reason, day in found if reason in AT_RISK} == by_the_rules(
            name, one
        )


def test_that_a_plan_cannot_end_is_said_with_the_day_since_when_staff_are_asked(
    people: dict[str, Debtor],
) -> None:
    found = people["cure"].write(partial(said_of, people["cure"].guarantor_id))
    assert ("end_not_told", TODAY - timedelta(days=40)) in found
    (only,) = page_of(people["fine"], choice_from({"show": "end_not_told"})).items
    assert only.account_number == "cure"


def said_of(guarantor_id: UUID, session: Session) -> Sequence[tuple[str, date]]:
    found = reasons(session, today=TODAY, time_zone="UTC")
    rows = session.execute(
        select(found.c.reason, found.c.day).where(found.c.guarantor_id == guarantor_id)
    )
    return [(row.reason, row.day) for row in rows]


def test_a_reason_or_all_that_is_at_risk_may_be_chosen_and_counts_are_of_people(
    people: dict[str, Debtor],
) -> None:
    fine = people["fine"]
    everybody = page_of(fine)
    assert everybody.people == 7
    assert everybody.counts["past_due"] == 2
    assert everybody.counts["at_risk"] == 7
    late = page_of(fine, choice_from({"show": "past_due"}))
    assert set(causes(late)) == {"late", "cure"}
    assert late.items[0].account_number == "cure"  # the plan that ends comes first
    by_itself = page_of(fine, choice_from({"pays_by": "autopay", "sorted_by": "name"}))
    assert set(causes(by_itself)) == {"card", "over"}
    beyond = page_of(fine, choice_from({"page": "2"}))
    assert (beyond.items, beyond.people) == ((), 7)


def test_amounts_are_the_ledgers(people: dict[str, Debtor]) -> None:
    late = next(one for one in page_of(people["fine"]).items if one.account_number == "late")
    assert (late.past_due_cents, late.left_cents, late.beside_plans_cents) == (2_000, 8_000, 0)
    (plan,) = late.plans
    assert (plan.next_due_on, plan.next_due_cents) == (date(2026, 9, 20), 2_000)


def test_more_people_need_no_more_statements(
    people: dict[str, Debtor], database: Database, practice_id: UUID
) -> None:
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    page_of(people["fine"])
    few = len(said)
    for number in range(5):
        other = make_debtor(database, practice_id, f"more-{number}")
        other.agree(first_on=TODAY + timedelta(days=3))
        other.set_installment(1, state=InstallmentState.FAILED.value)
    said.clear()
    assert page_of(people["fine"]).people == 12
    assert len(said) == few
    assert ON_A_PAGE == 50


def test_the_file_has_the_list_as_chosen(people: dict[str, Debtor]) -> None:
    one = people["fine"]
    staff = Principal.staff(one.practice_id, staff_id=new_id(), role="collections")
    content = work_csv(
        one.database, staff, choice_from({"show": "retrying"}), now=NOW, request_id="a request"
    )
    _, row = content.decode().splitlines()
    assert row.startswith("tried,Ana Reyes,last_try_declined retrying,")


def test_an_address_that_nobody_made_shows_the_list_as_usual() -> None:
    odd = {"show": "x", "pays_by": "?", "sorted_by": "1", "page": "-3"}
    assert choice_from(odd) == WorkChoice()
    assert choice_from({"show": "retrying", "page": "9" * 30}).as_arguments() == {
        "show": WorkReason.RETRYING.value
    }
