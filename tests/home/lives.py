"""Made-up lives of Ana's account: what happens to it, by chance."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from portal.db import Principal, new_id
from portal.domain import payment_postings, posting_rules
from portal.domain.agency_postings import recalled
from portal.domain.allocation import Allocation as Part
from portal.domain.charge_schedule import ScheduledOrigin
from portal.domain.patient_share import ShareMove
from portal.ledger.journal import post
from portal.ledger.models import Commitment, PlacedLine
from portal.ledger.queries import open_shares
from portal.practice.models import Hold
from portal.statements.service import void_statement
from tests.home.charged_by_itself import plan_charge
from tests.home.happenings import Happening, claim_of
from tests.statements.builders import (
    COPAY,
    UNAPPLIED,
    Decided,
)

X_RAY = Decided("71046", 14_200, 0, (("CO", "45", 5_800), ("PR", "1", 8_400)))
UNFINISHED = Decided("71046", 14_200, 0, (("CO", "45", 1_800), ("PR", "1", 8_400)))
"""Insurance still has some of it: its share may grow."""
MOST_CENTS = 12_400
ALL = 1_000_000
A_MINUTE = timedelta(minutes=1)
Event = Callable[[], None]


@dataclass(slots=True)
class Life(Happening):
    """Ana's account, in the hands of chance."""

    charged: set[UUID] = field(default_factory=set)

    def months(self, count: int, events: Sequence[Event] = ()) -> Iterator[None]:
        """Each has its statement and a few things beside it; after each of them it is looked at."""
        self.visit()
        for _ in range(count):
            for step in (*self.chance.choices(events or self.simple(), k=3), self.statement):
                self.now += A_MINUTE
                step()
                yield

    def simple(self) -> list[Event]:
        often = [self.payment, self.payment_comes_back, self.visit]
        rare = [self.debit, self.debit_ends, self.plan, self.plan_ends, self.charge]
        return [*often, *often, *rare, self.taking_back, self.dispute, self.dispute_ends]

    def by_hand(self) -> list[Event]:
        """With plans that get installments, agencies and credits: insurance changes nothing."""
        agencies = [self.agency, self.agency_gives_back]
        plans = [self.plan, self.installment, self.installment]
        return [*self.simple(), *agencies, *plans, self.credit_is_used]

    def whatever(self) -> list[Event]:
        """With what insurance decides again."""
        decisions = [self.unfinished_visit, *[self.share_changes] * 6]
        return [*self.by_hand(), *[self.payment] * 3, *decisions]

    def visit(self) -> None:
        held = self.chance.choice(["", "", "", "crossover"])
        self.billed(self.chance.choice([COPAY, (X_RAY,), (*COPAY, X_RAY)]), held=held)

    def unfinished_visit(self) -> None:
        self.undecided.append(self.billed((UNFINISHED,)))

    def payment(self) -> None:
        """A part of what is asked for of a line and not by a plan, or money for none."""
        lines = self.beside_plans()
        target = self.chance.choice([*lines, *lines, UNAPPLIED])
        cents = min(self.chance.choice([100, 1_500, 4_000, ALL]), lines.get(target, 4_000))
        self.pays(target, cents)

    def payment_comes_back(self) -> None:
        """A bank takes a debit back, a dispute about a card is lost, the desk voids a check."""
        credit_cents = self.read().credit_cents
        covered = set(self.on_plans.values())
        back = [
            one
            for one in self.paid
            if one[0] not in covered and (one[0] != UNAPPLIED or one[1] <= credit_cents)
        ]
        if back:
            self.comes_back(*self.chance.choice(back))

    def credit_is_used(self) -> None:
        lines, credit_cents = self.beside_plans(), self.read().credit_cents
        if not lines or credit_cents <= 0:
            return
        target = self.chance.choice(list(lines))
        cents = min(lines[target], credit_cents)
        entry = payment_postings.credit_used(
            new_id(),
            [Part(target, cents)],
            guarantor_id=self.account.guarantor_id,
            effective_on=self.now.date(),
        )
        self.post(entry)
        self.oracle.note(lambda told: told.paid(claim_of(target), cents))

    def debit(self) -> None:
        cents = self.chance.choice([200, 2_500, 9_000])
        with self.job() as session:
            session.add(
                Commitment(
                    practice_id=self.account.practice_id,
                    commitment_id=new_id(),
                    guarantor_id=self.account.guarantor_id,
                    subject_id=new_id(),
                    plan_id=None,
                    amount_cents=cents,
                    made_at=self.now,
                    ended_at=None,
                )
            )
        self.oracle.note(lambda told: told.debit(cents))

    def debit_ends(self) -> None:
        """Banks said no to all there was."""
        with self.job() as session:
            session.execute(
                update(Commitment)
                .where(Commitment.practice_id == self.account.practice_id)
                .values(ended_at=self.now)
            )
        self.oracle.note(lambda told: told.debits_end())

    def plan(self) -> None:
        lines = self.beside_plans()
        free = [one for one in lines if one not in self.on_plans.values()]
        if free:
            target = self.chance.choice(free)
            self.goes_on_plan(target, min(4_000, lines[target]))

    def plan_ends(self) -> None:
        if self.on_plans:
            self.ends(self.chance.choice(list(self.on_plans)))

    def installment(self) -> None:
        due = [one for one, line in self.on_plans.items() if self.on_plan_of(line)]
        if due:
            plan_id = self.chance.choice(due)
            target = self.on_plans[plan_id]
            self.plan_gets(plan_id, target, min(1_000, self.on_plan_of(target)))

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
            self.oracle.taken_back.add(statement_id)

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
            occasion = self.occasion(claim_id)
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
        self.oracle.note(lambda told: told.visit(claim_id).hold())

    def dispute_ends(self) -> None:
        """As it was: all of it is asked for again."""
        if not self.disputed:
            return
        claim_id, moves = self.disputed.popitem()
        back = [
            ShareMove(one.charge_id, -one.pending_cents, -one.receivable_cents) for one in moves
        ]
        entry = posting_rules.share_released(self.occasion(claim_id), cause_id=new_id(), share=back)
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
        self.oracle.note(lambda told: told.visit(claim_id).release())

    def share_changes(self) -> None:
        """It grows or shrinks, but never below what was paid, planned or placed of it."""
        free = [
            (place, one)
            for place, one in enumerate(self.undecided)
            if one.claim_id not in self.disputed
        ]
        if free:
            place, made = self.chance.choice(free)
            share_cents = made.lines[0].share_cents
            least_cents = share_cents - self.beside_plans().get(made.target(), 0)
            cents = self.chance.randrange(least_cents, MOST_CENTS + 1)
            self.undecided[place] = self.decided_again(made, cents)

    def agency(self) -> None:
        """All that is open of a line, and on no plan, goes to an agency."""
        lines = self.beside_plans()
        free = [one for one in lines if one not in (*self.on_plans.values(), *self.placed)]
        if free:
            chosen = self.chance.choice(free)
            self.goes_to_agency(chosen, lines[chosen])

    def agency_gives_back(self) -> None:
        if not self.placed:
            return
        target, cents = self.placed.popitem()
        entry = recalled(
            new_id(),
            {target: cents},
            guarantor_id=self.account.guarantor_id,
            effective_on=self.now.date(),
        )
        self.post(entry)
        with self.job() as session:
            session.execute(
                update(PlacedLine)
                .where(
                    PlacedLine.practice_id == self.account.practice_id,
                    PlacedLine.claim_id == target.claim_id,
                    PlacedLine.charge_id == target.charge_id,
                )
                .values(recalled_at=self.now)
            )
        self.oracle.note(lambda told: told.visit(claim_of(target)).come_back(cents))
