"""Made-up lives of Ana's account, and what every page, paper and desk asks for in them."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.db import Principal, new_id
from portal.desk.queries import read_person
from portal.domain import payment_postings, posting_rules
from portal.domain.allocation import Allocation as Part
from portal.domain.charge_schedule import ScheduledOrigin
from portal.domain.journal import Target
from portal.domain.patient_share import ShareMove
from portal.domain.posting_rules import ClaimOccasion
from portal.home.queries import HomePage, HomeState
from portal.home.visits import read_visit
from portal.ledger.journal import post
from portal.ledger.models import Allocation, Commitment
from portal.ledger.queries import open_shares
from portal.payments.access import payable
from portal.payments.models import Payment
from portal.payments.scheduled.moves import scheduled_of
from portal.payments.scheduled.views import scheduled_of_statement
from portal.practice.models import Hold
from portal.statements.due import account_now, asked_for, due_of, owed_now
from portal.statements.overview import statements_page
from portal.statements.page import StatementPage, read_page
from portal.statements.papers.headline import headline
from portal.statements.queries import statement_due
from portal.statements.service import void_statement
from tests.home.accounts import Account
from tests.home.charged_by_itself import plan_charge
from tests.plans.standing_plans import end_plan, make_plan
from tests.statements.builders import (
    COPAY,
    UNAPPLIED,
    Decided,
    MadeClaim,
    decide,
    hold_account,
    make_payer,
    take_share_back,
)
from tests.statements.conftest import NOW, Bill, Family, Issue, PayIn

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
A_MONTH = timedelta(days=30)


def standing_pages(account: Account, *, now: datetime) -> list[StatementPage]:
    """Of every statement that stands, newest first, as Ana sees them."""
    listed = statements_page(account.database, account.principal, now=now, request_id="test")
    ids = [one.row.statement_id for one in listed.statements if one.row.state != "voided"]
    with account.database.transaction(account.principal) as session:
        pages = [
            read_page(
                session,
                one,
                today=lambda _: now.date(),
                scheduled_of_statement=scheduled_of_statement,
            )
            for one in ids
        ]
    return [page for page in pages if page is not None]


def says_one_amount(account: Account, *, now: datetime) -> None:
    """Home, every statement, its paper, where it is paid, the list, the visits and the desk."""
    home = account.home(now=now)
    assert sum(one.cents for one in home.people) == home.open_cents
    if home.due_now_cents > 0:
        assert home.open_cents - home.on_the_way_cents == home.due_now_cents
    pages = standing_pages(account, now=now)
    assert bool(pages) == (home.current is not None)
    for page in pages:
        assert page.due_now_cents == home.due_now_cents
        assert account.asked_by_the_pay_page(page.statement_id) == max(0, home.due_now_cents)
        assert page.can_pay == home.can_pay
        assert page.past_due == home.past_due
        assert page.alone.open_cents <= home.open_cents
        assert page.coming == home.charged
        _the_paper_says(page, home)
    _the_list_says(account, home, now=now)
    _the_visits_say(account, home, pages, now=now)
    _the_desk_says(account, home, now=now)
    _the_charges_take(account, home)
    _nothing_asked_is_forgotten(account)


def _nothing_asked_is_forgotten(account: Account) -> None:
    """Of no visit does any statement leave more to pay than is owed on all of them as one."""
    with account.database.transaction(account.principal) as session:
        now = account_now(session, account.guarantor_id)
        asked = asked_for(session, account.guarantor_id)
    together = owed_now(now, asked).visit_cents
    for statement_id in asked.lines:
        own = due_of(now, asked.alone(statement_id), due_on=NOW.date()).visit_cents
        assert all(cents <= together[claim_id] for claim_id, cents in own.items())


def _the_charges_take(account: Account, home: HomePage) -> None:
    """The first one, were it made now, takes what is said; together they cover what is said."""
    if home.charged is None:
        return
    first = home.charged.charges[0]
    with account.database.transaction(Principal.job(account.practice_id, role="test")) as session:
        planned = scheduled_of(session, first.scheduled_id)
        due = payable(
            session,
            planned.statement_id,
            statement_due=statement_due,
            by_itself=first.origin == ScheduledOrigin.AUTOPAY,
        )
    taken_cents = min(planned.agreed_cents, due.due_now_cents)
    assert taken_cents == first.cents or (first.is_at_most and taken_cents < first.cents)
    most_cents = sum(one.cents for one in home.charged.charges)
    assert home.due_now_cents - home.charged.left_cents <= most_cents


def _the_paper_says(page: StatementPage, home: HomePage) -> None:
    """Only the newest is a bill; every paper names what is due, or that nothing is."""
    first = headline(page)
    assert first.asks == (home.due_now_cents > 0 and page.newer is None)
    if home.due_now_cents > 0:
        assert first.amount_cents == home.due_now_cents


def _the_list_says(account: Account, home: HomePage, *, now: datetime) -> None:
    listed = statements_page(account.database, account.principal, now=now, request_id="test")
    assert listed.due_now_cents == home.due_now_cents
    assert sum(one.asks_now for one in listed.statements) == (home.due_now_cents > 0)


def _the_visits_say(
    account: Account, home: HomePage, pages: list[StatementPage], *, now: datetime
) -> None:
    claim_ids = {visit.claim_id for page in pages for visit in page.document.visits}
    with account.database.transaction(account.principal) as session:
        due = [read_visit(session, claim_id, now=now).due_cents for claim_id in claim_ids]
    if home.state is not HomeState.ON_HOLD:
        assert sum(due) == home.open_cents


def _the_desk_says(account: Account, home: HomePage, *, now: datetime) -> None:
    desk = Principal.staff(account.practice_id, staff_id=new_id(), role="front_desk")
    with account.database.transaction(desk) as session:
        read = read_person(session, account.guarantor_id, now=now)
    assert read is not None
    person, _ = read
    assert person.due_now_cents == home.due_now_cents
    assert person.new_cents == home.new_cents


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
    on_plans: dict[UUID, Target] = field(default_factory=dict)
    paid: list[tuple[Target, int]] = field(default_factory=list)
    disputed: dict[UUID, list[ShareMove]] = field(default_factory=dict)
    holds: dict[UUID, UUID] = field(default_factory=dict)
    charged: set[UUID] = field(default_factory=set)

    def months(self, count: int) -> Iterator[None]:
        """Each has its statement and a few things beside it; after each of them it is looked at."""
        self.visit()
        often = [self.payment, self.payment_comes_back, self.visit]
        rare = [self.debit, self.debit_ends, self.plan, self.plan_ends, self.charge]
        events = [*often, *often, *rare, self.taking_back, self.dispute, self.dispute_ends]
        for _ in range(count):
            for step in (*self.chance.choices(events, k=2), self.statement):
                step()
                yield

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
        """A part of what is open of a line, or money for none."""
        with self.job() as session:
            shares = open_shares(session, self.account.guarantor_id)
        lines = [Target(one.claim_id, one.charge_id) for one in shares if one.open_cents > 0]
        target = self.chance.choice([*lines, *lines, UNAPPLIED])
        cents = self.chance.choice([100, 1_500, 4_000])
        self.pay_in(puts=[(target, cents)], on=self.now.date(), at=self.now)
        self.paid.append((target, cents))

    def payment_comes_back(self) -> None:
        """A bank takes a debit back, a dispute about a card is lost, the desk voids a check."""
        if self.paid:
            target, cents = self.paid.pop(self.chance.randrange(len(self.paid)))
            entry = payment_postings.refund_paid(
                new_id(),
                [Part(target, cents)],
                guarantor_id=self.account.guarantor_id,
                effective_on=self.now.date(),
            )
            with self.job() as session:
                post(session, entry, now=self.now)

    def debit(self) -> None:
        with self.job() as session:
            session.add(
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

    def debit_ends(self) -> None:
        """Banks said no to all there was."""
        with self.job() as session:
            session.execute(
                update(Commitment)
                .where(Commitment.practice_id == self.account.practice_id)
                .values(ended_at=self.now)
            )

    def plan(self) -> None:
        free = [one for one in self.lines if one not in self.on_plans.values()]
        if free:
            target = self.chance.choice(free)
            account = self.account
            lines = {target: 4_000}
            made = make_plan(account.database, account.practice_id, account.guarantor_id, lines)
            self.on_plans[made] = target

    def plan_ends(self) -> None:
        if self.on_plans:
            plan_id = self.chance.choice(list(self.on_plans))
            del self.on_plans[plan_id]
            end_plan(self.account.database, self.account.practice_id, plan_id, now=self.now)

    def charge(self) -> None:
        """Autopay, or a day that was chosen, for one of the statements."""
        free = [one for one in self.statements if one not in self.charged]
        if not free:
            return
        statement_id = self.chance.choice(free)
        self.charged.add(statement_id)
        with self.job() as session:
            plan_charge(
                session,
                self.account.guarantor_id,
                statement_id,
                cents=self.chance.choice([3_000, 9_000, 30_000]),
                now=self.now,
                origin=self.chance.choice([ScheduledOrigin.AUTOPAY, ScheduledOrigin.PAY_LATER]),
            )

    def taking_back(self) -> None:
        if self.statements:
            statement_id = self.chance.choice(self.statements)
            void_statement(
                self.account.database,
                Principal.job(self.account.practice_id, role="test"),
                statement_id,
                reason="x",
                now=self.now,
                request_id="test",
            )

    def dispute(self) -> None:
        """What is open of a visit may not be asked for while we look at it."""
        claim_id = self.chance.choice(self.lines).claim_id
        if claim_id is None or claim_id in self.disputed:
            return
        with self.job() as session:
            moves = [
                ShareMove(share.charge_id, share.open_cents, -share.open_cents)
                for share in open_shares(session, self.account.guarantor_id)
                if share.claim_id == claim_id and share.open_cents > 0
            ]
            occasion = self._occasion(claim_id)
            entry = posting_rules.share_held(occasion, cause_id=new_id(), share=moves)
            if entry is None:
                return
            post(session, entry, now=self.now)
            self.holds[claim_id] = new_id()
            session.add(
                Hold(
                    practice_id=self.account.practice_id,
                    hold_id=self.holds[claim_id],
                    guarantor_id=self.account.guarantor_id,
                    claim_id=claim_id,
                    kind="disputed",
                    reason="asked",
                    placed_at=self.now,
                    placed_by="test",
                )
            )
        self.disputed[claim_id] = moves

    def decided_again(self, made: MadeClaim, share_cents: int) -> None:
        """Insurance leaves another share of a visit of one service to who pays."""
        assert len(made.charge_ids) == 1
        charged_cents = made.lines[0].charge_cents
        line = Decided("71046", charged_cents, 0, (("PR", "1", share_cents),))
        with self.job() as session:
            occasion = self._occasion(made.claim_id)
            take_share_back(session, occasion, made, now=self.now)
            payer_id = make_payer(session, self.account.practice_id, name="Blue Horizon")
            decide(
                session,
                occasion,
                made.charge_ids,
                [line],
                payer_id=payer_id,
                rank=2,
                now=self.now,
            )

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
                        {"claim_id": str(target.claim_id), "charge_id": str(target.charge_id)}
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

    def dispute_ends(self) -> None:
        """As it was: all of it is asked for again."""
        if not self.disputed:
            return
        claim_id, moves = self.disputed.popitem()
        back = [
            ShareMove(one.charge_id, -one.pending_cents, -one.receivable_cents) for one in moves
        ]
        entry = posting_rules.share_released(
            self._occasion(claim_id), cause_id=new_id(), share=back
        )
        with self.job() as session:
            if entry is not None:
                post(session, entry, now=self.now)
            session.execute(
                update(Hold)
                .where(
                    Hold.practice_id == self.account.practice_id,
                    Hold.hold_id == self.holds.pop(claim_id),
                )
                .values(released_at=self.now, released_by="test", release_reason="answered")
            )

    def hold(self) -> None:
        account = self.account
        hold_account(account.database, account.practice_id, guarantor_id=account.guarantor_id)

    def _occasion(self, claim_id: UUID) -> ClaimOccasion:
        return ClaimOccasion(claim_id, self.account.guarantor_id, self.now.date())

    def job(self) -> AbstractContextManager[Session]:
        return self.account.database.transaction(
            Principal.job(self.account.practice_id, role="test")
        )
