"""Home, the statement and the page of payment name one amount: in the demo and in made-up lives."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.db import Database, Principal, new_id
from portal.demo.load import load
from portal.domain.journal import Target
from portal.ledger.models import Commitment
from portal.practice.models import Guarantor
from portal.runtime import Runtime
from portal.statements.queries import statement_page
from portal.statements.service import void_statement
from tests.auth.running import settings_for_tests
from tests.home.conftest import Account
from tests.plans.standing_plans import make_plan
from tests.statements.builders import COPAY, UNAPPLIED, Decided, hold_account
from tests.statements.conftest import NOW, Bill, Family, Issue, PayIn

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
A_MONTH = timedelta(days=30)
SEEDS, STEPS = range(4), 12


def says_one_amount(account: Account, *, now: datetime) -> None:
    """On home, on the page of the newest statement, and where it is paid; and it adds up."""
    home = account.home(now=now)
    assert sum(one.cents for one in home.people) == home.open_cents
    if home.current is None:
        assert home.due_now_cents == 0
        return
    statement_id = home.current.statement_id
    page = statement_page(account.database, account.principal, statement_id, today=now.date())
    assert page is not None
    paying = account.asked_by_the_pay_page(statement_id)
    assert max(0, home.due_now_cents) == paying == max(0, page.due_now_cents)
    assert home.due_now_cents == page.due_now_cents
    assert home.can_pay == page.can_pay
    if home.due_now_cents > 0:
        assert home.open_cents - home.on_the_way_cents == home.due_now_cents


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


@dataclass(slots=True)
class Life:
    """One thing after the other happens to Ana's account, by chance."""

    account: Account
    family: Family
    bill: Bill
    issue: Issue
    pay_in: PayIn
    chance: random.Random
    now: datetime = NOW
    lines: list[Target] = field(default_factory=list)
    statements: list[UUID] = field(default_factory=list)
    on_plans: set[Target] = field(default_factory=set)

    def visit(self) -> None:
        person = self.chance.choice([self.family.ana_id, self.family.mateo_id])
        made = self.bill(
            patient_id=person,
            claim_number=f"C-{new_id()}",
            lines=self.chance.choice([COPAY, (X_RAY,), (*COPAY, X_RAY)]),
            posted_on=self.now.date(),
            held=self.chance.choice(["", "", "", "crossover"]),
        )
        self.lines += [made.target(number + 1) for number in range(len(made.charge_ids))]

    def statement(self) -> None:
        self.now += A_MONTH
        self.statements += self.issue(as_of=self.now.date(), now=self.now).statement_ids

    def payment(self) -> None:
        target = self.chance.choice([*self.lines, UNAPPLIED])
        cents = self.chance.choice([100, 1_500, 4_000])
        self.pay_in(puts=[(target, cents)], on=self.now.date(), at=self.now)

    def debit(self) -> None:
        self._add(
            Commitment(
                practice_id=self.account.practice_id,
                commitment_id=new_id(),
                guarantor_id=self.account.guarantor_id,
                subject_id=new_id(),
                plan_id=None,
                amount_cents=self.chance.choice([200, 2_500, 9_000]),
                made_at=self.now,
                ended_at=None,
            )
        )

    def plan(self) -> None:
        free = [one for one in self.lines if one not in self.on_plans]
        if free:
            target = self.chance.choice(free)
            self.on_plans.add(target)
            account = self.account
            lines = {target: 4_000}
            make_plan(account.database, account.practice_id, account.guarantor_id, lines)

    def taking_back(self) -> None:
        if self.statements:
            account, statement_id = self.account, self.chance.choice(self.statements)
            job = Principal.job(account.practice_id, role="test")
            void_statement(
                account.database, job, statement_id, reason="x", now=self.now, request_id="test"
            )

    def hold(self) -> None:
        account = self.account
        hold_account(account.database, account.practice_id, guarantor_id=account.guarantor_id)

    def _add(self, row: object) -> None:
        job = Principal.job(self.account.practice_id, role="test")
        with self.account.database.transaction(job) as session:
            session.add(row)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_home_asks_for_what_is_paid(
    account: Account, family: Family, bill: Bill, issue: Issue, pay_in: PayIn, *, seed: int
) -> None:
    life = Life(account, family, bill, issue, pay_in, random.Random(seed))  # noqa: S311 — the same again
    life.visit()
    steps: list[Callable[[], None]] = [life.visit, life.statement, life.payment, life.debit]
    rare: list[Callable[[], None]] = [life.plan, life.taking_back]
    for _ in range(STEPS):
        life.chance.choice([*steps, *steps, *rare])()
        says_one_amount(account, now=life.now)
    life.hold()
    says_one_amount(account, now=life.now)
