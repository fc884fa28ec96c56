"""One amount is owed now, whoever says it: in the demo, in known cases, and in made-up lives."""

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.db import Database, Principal
from portal.demo.load import load
from portal.practice.models import Guarantor
from portal.runtime import Runtime
from tests.auth.running import settings_for_tests
from tests.home.accounts import Account
from tests.home.happenings import A_MONTH
from tests.home.lives import A_MINUTE, MOST_CENTS, X_RAY, Life
from tests.home.one_amount import says_one_amount, says_what_happened, standing_pages
from tests.plans.standing_plans import end_plan, make_plan
from tests.statements.builders import COPAY
from tests.statements.conftest import NOW

SEEDS, MONTHS = (1, 2, 4, 10), 4
A_DAY = timedelta(days=1)


def test_everybody_in_the_demo_is_told_one_amount(database: Database, tmp_path: Path) -> None:
    settings = replace(settings_for_tests(), home=tmp_path)
    practice = load(Runtime(settings, database), now=NOW)
    with database.transaction(Principal.job(practice.practice_id, role="test")) as session:
        people = session.scalars(
            select(Guarantor.guarantor_id).where(Guarantor.practice_id == practice.practice_id)
        ).all()
    assert len(people) > 3
    for guarantor_id in people:
        says_one_amount(Account(database, practice.practice_id, guarantor_id), now=NOW)


def test_what_comes_back_after_a_newer_statement_is_asked_for_by_all_alike(life: Life) -> None:
    """A debit settles, the next statement asks for the rest, and then the bank takes it back."""
    made = life.bill(lines=(X_RAY,))
    life.statement()
    life.pay_in(puts=[(made.target(), 5_000)], on=life.now.date(), at=life.now)
    life.paid.append((made.target(), 5_000))
    life.statement()
    assert life.account.home(now=life.now).due_now_cents == 3_400
    life.payment_comes_back()
    home = life.account.home(now=life.now)
    assert (home.due_now_cents, home.new_cents) == (8_400, 0)
    says_one_amount(life.account, now=life.now)


def test_a_line_that_was_on_a_plan_is_asked_for_when_the_plan_has_ended(life: Life) -> None:
    """The other line of the same visit is on the newest statement."""
    account, made = life.account, life.bill(lines=(*COPAY, X_RAY))
    life.statement()
    lines = {made.target(2): 8_400}
    plan_id = make_plan(account.database, account.practice_id, account.guarantor_id, lines)
    life.statement()
    assert account.home(now=life.now).due_now_cents == 4_000
    end_plan(account.database, account.practice_id, plan_id, now=life.now)
    assert account.home(now=life.now).due_now_cents == 12_400
    says_one_amount(account, now=life.now)


def test_an_older_statement_names_what_is_owed_now_and_is_no_second_bill(life: Life) -> None:
    life.bill()
    life.statement()
    life.bill(claim_number="C-1002", lines=(X_RAY,), posted_on=life.now.date())
    life.statement()
    newest, older = standing_pages(life.account, now=life.now)
    assert newest.newer is None
    assert older.newer is not None
    assert older.due_now_cents == newest.due_now_cents == 12_400
    assert (older.alone.due_now_cents, newest.alone.due_now_cents) == (4_000, 12_400)


def test_who_paid_what_was_asked_owes_nothing_though_the_share_grew_meanwhile(life: Life) -> None:
    """The rest waits for the statement that tells of it; what was paid may come back, though."""
    life.unfinished_visit()
    (made,) = life.undecided
    life.statement()
    life.now += A_DAY
    life.decided_again(made, MOST_CENTS)
    life.pays(made.target(), 1_400)
    assert says(life) == (7_000, 4_000)
    life.pays(made.target(), 7_000)
    assert says(life) == (0, 4_000)
    life.comes_back(made.target(), 7_000)
    assert says(life) == (7_000, 4_000)
    life.statement()
    assert says(life) == (11_000, 0)


def test_what_grew_is_not_asked_for_on_the_word_of_a_bill_that_is_on_a_plan(life: Life) -> None:
    """Nor is what a plan gets taken off what the next statement asks for beside it."""
    life.unfinished_visit()
    (made,) = life.undecided
    line = made.target()
    life.statement()
    life.now += A_DAY
    plan_id = life.goes_on_plan(line, 8_400)
    life.decided_again(made, MOST_CENTS)
    assert says(life) == (0, 4_000)
    life.statement()
    assert says(life) == (4_000, 0)
    for _ in range(3):
        life.now += A_DAY
        life.plan_gets(plan_id, line, 2_100)
        assert says(life) == (4_000, 0)
    life.ends(plan_id)
    assert says(life) == (6_100, 0)


def test_a_plan_that_was_there_before_the_bill_pays_nothing_of_it(life: Life) -> None:
    """However many statements ask for the rest, they ask for the same cents."""
    life.unfinished_visit()
    line = life.lines[0]
    plan_id = life.goes_on_plan(line, 5_000)
    life.statement()
    life.statement()
    for _ in range(2):
        life.now += A_DAY
        life.plan_gets(plan_id, line, 2_500)
        assert says(life) == (3_400, 0)
    life.pays(line, 3_400)
    assert says(life) == (0, 0)


def test_what_grew_is_not_asked_for_on_the_word_of_a_bill_that_an_agency_has(life: Life) -> None:
    life.unfinished_visit()
    (made,) = life.undecided
    life.statement()
    life.now += A_DAY
    life.goes_to_agency(made.target(), 8_400)
    life.decided_again(made, MOST_CENTS)
    assert says(life) == (0, 4_000)


def test_who_paid_all_owes_nothing_whichever_visit_got_the_money(life: Life) -> None:
    """Money goes to all that is open of the oldest visit first, also to what was not asked yet.

    What the next statement then asks of the other visit is owed.
    """
    life.unfinished_visit()
    (made,) = life.undecided
    life.billed(COPAY)
    life.statement()
    life.now += A_DAY
    life.decided_again(made, MOST_CENTS)
    life.pays(made.target(), MOST_CENTS)
    assert says(life) == (0, 4_000)
    life.statement()
    assert says(life) == (4_000, 0)


def test_installments_of_what_grew_pay_nothing_of_another_visit(life: Life) -> None:
    life.unfinished_visit()
    (made,) = life.undecided
    life.billed(COPAY)
    life.statement()
    life.now += A_DAY
    life.decided_again(made, MOST_CENTS)
    plan_id = life.goes_on_plan(made.target(), MOST_CENTS)
    life.plan_gets(plan_id, made.target(), 10_000)
    assert says(life) == (4_000, 0)


def test_a_share_is_owed_as_the_newest_statement_told_it(life: Life) -> None:
    """It fell, the next statement said so, and then it grew to what it was."""
    life.unfinished_visit()
    (made,) = life.undecided
    life.statement()
    life.now += A_DAY
    less = life.decided_again(made, 5_000)
    assert says(life) == (5_000, 0)
    life.now += A_MINUTE
    again = life.decided_again(less, 8_400)
    assert says(life) == (8_400, 0)
    life.now += A_MINUTE
    less = life.decided_again(again, 5_000)
    life.statement()
    life.now += A_DAY
    life.decided_again(less, 8_400)
    assert says(life) == (5_000, 3_400)


@pytest.mark.parametrize("comes_back_first", [False, True])
def test_older_money_that_comes_back_is_owed_at_once(life: Life, *, comes_back_first: bool) -> None:
    """Before or after the statement was paid: it told of the whole share."""
    life.unfinished_visit()
    line = life.lines[0]
    life.pays(line, 4_000)
    life.statement()
    life.now += A_DAY
    assert says(life) == (4_400, 0)
    if comes_back_first:
        life.comes_back(line, 4_000)
        assert says(life) == (8_400, 0)
        life.pays(line, 4_400)
    else:
        life.pays(line, 4_400)
        assert says(life) == (0, 0)
        life.comes_back(line, 4_000)
    assert says(life) == (4_000, 0)
    life.now += A_MONTH
    assert life.account.home(now=life.now).past_due


def says(life: Life) -> tuple[int, int]:
    """What every page says is owed now, and what home says of the next statement."""
    says_one_amount(life.account, now=life.now)
    says_what_happened(life)
    home = life.account.home(now=life.now)
    return home.due_now_cents, home.new_cents


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_one_amount_is_owed(life: Life, *, seed: int) -> None:
    life.chance = random.Random(seed)  # noqa: S311 — the same again
    for _ in life.months(MONTHS, life.whatever()):
        says_one_amount(life.account, now=life.now)
        says_what_happened(life)
    life.now += A_MONTH
    says_one_amount(life.account, now=life.now)
    life.hold()
    says_one_amount(life.account, now=life.now)


@pytest.mark.parametrize("seed", range(20, 36))
def test_home_says_what_happened(life: Life, *, seed: int) -> None:
    """Many short lives, each looked at by its own model."""
    life.chance = random.Random(seed)  # noqa: S311 — the same again
    for _ in life.months(4, life.whatever()):
        says_what_happened(life)
