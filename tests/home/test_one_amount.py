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
from tests.statements.builders import COPAY
from tests.statements.conftest import NOW

SEEDS, MONTHS = (1, 2, 4, 10), 6


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
    made = life.bill()
    life.statement()
    life.now += timedelta(days=1)
    life.grow(made.target(), 6_000)
    life.pay_in(puts=[(made.target(), 1_500)], on=life.now.date(), at=life.now)
    home = life.account.home(now=life.now)
    assert (home.due_now_cents, home.new_cents) == (2_500, 6_000)
    life.pay_in(puts=[(made.target(), 2_500)], on=life.now.date(), at=life.now)
    home = life.account.home(now=life.now)
    assert (home.due_now_cents, home.new_cents) == (0, 6_000)
    says_one_amount(life.account, now=life.now)
    life.paid.append((made.target(), 2_500))
    life.payment_comes_back()
    assert life.account.home(now=life.now).due_now_cents == 2_500


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_one_amount_is_owed(life: Life, *, seed: int) -> None:
    life.chance = random.Random(seed)  # noqa: S311 — the same again
    for _ in life.months(MONTHS):
        says_one_amount(life.account, now=life.now)
    life.now += A_MONTH
    says_one_amount(life.account, now=life.now)
    life.hold()
    says_one_amount(life.account, now=life.now)
