"""Ana's account, to which things happen: in the journal, and in a model of its own."""

import random
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import Principal, new_id
from portal.domain import payment_postings
from portal.domain.allocation import Allocation as Part
from portal.domain.journal import JournalEntry, Target
from portal.domain.patient_share import ShareMove
from portal.domain.posting_rules import ClaimOccasion
from portal.ledger.journal import post
from portal.ledger.models import Allocation
from portal.payments.models import Payment
from portal.statements.due import AccountNow, account_now
from tests.home.accounts import Account
from tests.home.oracle import Oracle, Told
from tests.plans.standing_plans import end_plan, make_plan
from tests.statements.builders import (
    UNAPPLIED,
    Decided,
    MadeClaim,
    decide,
    hold_account,
    make_payer,
    place_with_agency,
    take_share_back,
)
from tests.statements.conftest import NOW, Bill, Family, Issue, PayIn

A_MONTH = timedelta(days=30)


@dataclass(slots=True)
class Happening:
    """What happens to Ana's account, one thing after the other."""

    account: Account
    family: Family
    bill: Bill
    issue: Issue
    pay_in: PayIn
    chance: random.Random
    now: datetime = NOW
    oracle: Oracle = field(default_factory=Oracle)
    lines: list[Target] = field(default_factory=list)
    statements: list[UUID] = field(default_factory=list)
    on_plans: dict[UUID, Target] = field(default_factory=dict)
    paid: list[tuple[Target, int]] = field(default_factory=list)
    disputed: dict[UUID, list[ShareMove]] = field(default_factory=dict)
    holds: dict[UUID, UUID] = field(default_factory=dict)
    placed: dict[Target, int] = field(default_factory=dict)
    undecided: list[MadeClaim] = field(default_factory=list)
    decided: list[UUID] = field(default_factory=list)

    def billed(self, lines: tuple[Decided, ...], *, held: str = "") -> MadeClaim:
        made = self.bill(
            patient_id=self.chance.choice([self.family.ana_id, self.family.mateo_id]),
            claim_number=f"C-{new_id()}",
            lines=lines,
            posted_on=self.now.date(),
            held=held,
        )
        self.lines += [made.target(number + 1) for number in range(len(made.charge_ids))]
        self.decided.append(made.claim_id)
        cents = 0 if held else sum(line.share_cents for line in lines)
        self.oracle.note(lambda told: told.visit(made.claim_id).grow(cents))
        return made

    def statement(self) -> None:
        self.now += A_MONTH
        issued = self.issue(as_of=self.now.date(), now=self.now).statement_ids
        for statement_id in issued:
            self.statements.append(statement_id)
            self.oracle.note(partial(_issued, statement_id=statement_id))

    def pays(self, target: Target, cents: int) -> None:
        self.pay_in(puts=[(target, cents)], on=self.now.date(), at=self.now)
        self.paid.append((target, cents))
        if target != UNAPPLIED:
            self.oracle.note(lambda told: told.paid(claim_of(target), cents))

    def comes_back(self, target: Target, cents: int) -> None:
        self.paid.remove((target, cents))
        entry = payment_postings.refund_paid(
            new_id(),
            [Part(target, cents)],
            guarantor_id=self.account.guarantor_id,
            effective_on=self.now.date(),
        )
        self.post(entry)
        if target != UNAPPLIED:
            self.oracle.note(lambda told: told.came_back(claim_of(target), cents))

    def goes_on_plan(self, target: Target, cents: int) -> UUID:
        account = self.account
        lines = {target: cents}
        made = make_plan(account.database, account.practice_id, account.guarantor_id, lines)
        self.on_plans[made] = target
        self.oracle.note(lambda told: told.plan_begins(made, claim_of(target), cents))
        return made

    def ends(self, plan_id: UUID) -> None:
        del self.on_plans[plan_id]
        end_plan(self.account.database, self.account.practice_id, plan_id, now=self.now)
        self.oracle.note(lambda told: told.plan_ends(plan_id))

    def plan_gets(self, plan_id: UUID, target: Target, cents: int) -> None:
        """An installment, with what it was put to."""
        payment_id, account = new_id(), self.account
        part = Part(target, cents)
        whose = {"practice_id": account.practice_id, "guarantor_id": account.guarantor_id}
        entry = payment_postings.payment_settled(
            payment_id, [part], guarantor_id=account.guarantor_id, effective_on=self.now.date()
        )
        with self.job() as session:
            session.add(
                Payment(
                    **whose,
                    payment_id=payment_id,
                    plan_id=plan_id,
                    amount_cents=cents,
                    pays_for=[
                        {"claim_id": str(claim_of(target)), "charge_id": str(target.charge_id)}
                    ],
                    state="succeeded",
                    created_at=self.now,
                    state_at=self.now,
                )
            )
            session.flush()
            session.add(
                Allocation(
                    **whose,
                    allocation_id=new_id(),
                    payment_id=payment_id,
                    entry_id=post(session, entry, now=self.now),
                    claim_id=target.claim_id,
                    charge_id=target.charge_id,
                    amount_cents=cents,
                )
            )
        self.oracle.note(lambda told: told.plan_gets(plan_id, cents))

    def decided_again(self, made: MadeClaim, share_cents: int) -> MadeClaim:
        """Insurance leaves another share of a visit of one service to who pays."""
        assert len(made.charge_ids) == 1
        charged_cents = made.lines[0].charge_cents
        adjustments = (("PR", "1", share_cents),) if share_cents else ()
        line = Decided("71046", charged_cents, 0, adjustments)
        self.decided.append(made.claim_id)
        with self.job() as session:
            occasion = self.occasion(made.claim_id)
            take_share_back(session, occasion, made, now=self.now)
            payer_id = make_payer(session, self.account.practice_id, name="Blue Horizon")
            adjudication_id = decide(
                session,
                occasion,
                made.charge_ids,
                [line],
                payer_id=payer_id,
                rank=self.decided.count(made.claim_id) + 1,
                now=self.now,
            )
        more = share_cents - made.lines[0].share_cents
        if more > 0:
            self.oracle.note(lambda told: told.visit(made.claim_id).grow(more))
        else:
            self.oracle.note(lambda told: told.visit(made.claim_id).shrink(-more))
        return MadeClaim(made.claim_id, made.charge_ids, adjudication_id, (line,))

    def goes_to_agency(self, target: Target, cents: int) -> None:
        place_with_agency(
            self.account.database,
            self.account.practice_id,
            {target: cents},
            guarantor_id=self.account.guarantor_id,
            on=self.now.date(),
            at=self.now,
        )
        self.placed[target] = cents
        self.oracle.note(lambda told: told.visit(claim_of(target)).go(cents))

    def hold(self) -> None:
        account = self.account
        hold_account(account.database, account.practice_id, guarantor_id=account.guarantor_id)

    def beside_plans(self) -> Mapping[Target, int]:
        """What is open of each line of a visit that nobody looks at, and on no plan."""
        return {
            Target(one.claim_id, one.charge_id): one.open_cents
            for one in self.read().beside_plans
            if one.open_cents > 0 and one.claim_id not in self.disputed
        }

    def on_plan_of(self, target: Target) -> int:
        return self.read().on_plans.get(target, 0)

    def read(self) -> AccountNow:
        with self.job() as session:
            return account_now(session, self.account.guarantor_id)

    def post(self, entry: JournalEntry) -> None:
        with self.job() as session:
            post(session, entry, now=self.now)

    def occasion(self, claim_id: UUID) -> ClaimOccasion:
        return ClaimOccasion(claim_id, self.account.guarantor_id, self.now.date())

    def job(self) -> AbstractContextManager[Session]:
        return self.account.database.transaction(
            Principal.job(self.account.practice_id, role="test")
        )


def _issued(told: Told, *, statement_id: UUID) -> None:
    told.statement(statement_id)


def claim_of(target: Target) -> UUID:
    if target.claim_id is None:
        raise ValueError(target)
    return target.claim_id
