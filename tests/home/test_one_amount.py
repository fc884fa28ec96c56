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
from tests.home.lives import A_MONTH, X_RAY, Life, says_one_amount, standing_pages
from tests.plans.standing_plans import end_plan, make_plan
from tests.statements.builders import COPAY, Decided, place_with_agency
from tests.statements.conftest import NOW

SEEDS, MONTHS = (1, 2, 4, 10), 6
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


ASKED_84 = Decided("71046", 14_200, 0, (("CO", "45", 1_800), ("PR", "1", 8_400)))
GROWN_CENTS = 12_400


def test_who_paid_what_was_asked_owes_nothing_though_the_share_grew_meanwhile(life: Life) -> None:
    """The rest waits for the statement that tells of it; what was paid may come back, though."""
    made = life.bill(lines=(ASKED_84,))
    life.statement()
    life.now += A_DAY
    life.decided_again(made, GROWN_CENTS)
    life.pay_in(puts=[(made.target(), 1_400)], on=life.now.date(), at=life.now)
    assert says(life) == (7_000, 4_000)
    life.pay_in(puts=[(made.target(), 7_000)], on=life.now.date(), at=life.now)
    assert says(life) == (0, 4_000)
    life.paid.append((made.target(), 7_000))
    life.payment_comes_back()
    assert says(life) == (7_000, 4_000)
    life.statement()
    assert says(life) == (11_000, 0)


def test_what_grew_is_not_asked_for_on_the_word_of_a_bill_that_is_on_a_plan(life: Life) -> None:
    """Nor is what a plan gets taken off what the next statement asks for beside it."""
    made, account = life.bill(lines=(ASKED_84,)), life.account
    line = made.target()
    life.statement()
    life.now += A_DAY
    plan_id = make_plan(account.database, account.practice_id, account.guarantor_id, {line: 8_400})
    life.decided_again(made, GROWN_CENTS)
    assert says(life) == (0, 4_000)
    life.statement()
    assert says(life) == (4_000, 0)
    for _ in range(3):
        life.now += A_DAY
        life.plan_gets(plan_id, line, 2_100)
        assert says(life) == (4_000, 0)
    end_plan(account.database, account.practice_id, plan_id, now=life.now)
    assert says(life) == (6_100, 0)


def test_what_grew_is_not_asked_for_on_the_word_of_a_bill_that_an_agency_has(life: Life) -> None:
    made, account = life.bill(lines=(ASKED_84,)), life.account
    life.statement()
    life.now += A_DAY
    place_with_agency(
        account.database,
        account.practice_id,
        {made.target(): 8_400},
        guarantor_id=account.guarantor_id,
        on=life.now.date(),
    )
    life.decided_again(made, GROWN_CENTS)
    assert says(life) == (0, 4_000)


def test_who_paid_all_owes_nothing_whichever_visit_got_the_money(life: Life) -> None:
    """Money goes to all that is open of the oldest visit first, also to what was not asked yet."""
    first = life.bill(lines=(ASKED_84,))
    life.bill(claim_number="C-1002")
    life.statement()
    life.now += A_DAY
    life.decided_again(first, GROWN_CENTS)
    life.pay_in(puts=[(first.target(), GROWN_CENTS)], on=life.now.date(), at=life.now)
    assert says(life) == (0, 4_000)


def says(life: Life) -> tuple[int, int]:
    """What every page says is owed now, and what home says of the next statement."""
    says_one_amount(life.account, now=life.now)
    home = life.account.home(now=life.now)
    return home.due_now_cents, home.new_cents


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_one_amount_is_owed(life: Life, *, seed: int) -> None:
    life.chance = random.Random(seed)  # noqa: S311 — the same again
    for _ in life.months(MONTHS):
        says_one_amount(life.account, now=life.now)
    life.now += A_MONTH
    says_one_amount(life.account, now=life.now)
    life.hold()
    says_one_amount(life.account, now=life.now)
