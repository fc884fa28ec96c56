"""What people with plans do for years, and what befalls them: by chance, one thing at a time.

Much more befalls them than in life. Each has a care of their own: how often they pay what their
plan asks for, by hand or after a charge that failed. So plans are completed, caught up with, ended
and lost, each of them often.
"""

import random
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Final
from uuid import UUID

from portal.db import Database
from portal.demo.remittance_writer import DemoClaim
from portal.demo.simulation.agenda import Story
from portal.demo.simulation.bills import PLAN_PAID_CENTS, decide, decided_anew, share_cents_of
from portal.demo.simulation.bills import visit as decided_visit
from portal.demo.simulation.planner import Planner
from portal.demo.simulation.saver import Saver
from portal.demo.simulation.saving_stories import KEPT_CARDS
from portal.demo.simulation.stories import GOOD_ACCOUNT, GOOD_CARDS, RETURNED_ACCOUNTS
from portal.demo.simulation.stripe import SimulatorError
from portal.domain.account_holds import AccountHoldKind
from portal.domain.payment_channel import MethodKind
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import Overpayment
from portal.domain.plans.sum_changes import Addition
from portal.plans.changing.wishes import AddVisits, MoveDate, SkipOnce, UseAhead
from portal.practice.directory import PracticeRef

SHARES_CENTS: Final = (9_000, 12_345, 31_900, 60_001, 120_000)
"""What a visit leaves to somebody who may want a plan."""

DAY: Final = timedelta(days=1)
_ACCOUNTS: Final = (GOOD_ACCOUNT, GOOD_ACCOUNT, GOOD_ACCOUNT, *RETURNED_ACCOUNTS)
_CARDS: Final = (*GOOD_CARDS * 4, *KEPT_CARDS)
_COUNTS: Final = (24, 12, 9, 6, 4, 3, 2)
_FIRST_FILE: Final = 100_000
_TRIES: Final = 4
_BETWEEN_ACTS: Final = (5, 75)  # days: somebody does something to a plan about nine times a year
_BETWEEN_PLANS: Final = (10, 120)
_LOOKS_EVERY: Final = 9  # days: then they look at their plan's page, or should have
_CARES: Final = (1.0, 0.9, 0.6, 0.3, 0.0)


@dataclass(slots=True)
class Payer:
    """The insurance: decides visits, and decides them anew. Its files are numbered."""

    database: Database
    practice: PracticeRef
    claims: dict[str, list[DemoClaim]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(_FIRST_FILE))

    def bills(self, planner: Planner, share_cents: int) -> None:
        """A visit of three weeks ago."""
        now = planner.visitor.around.clock()
        member = planner.visitor.person.member
        claim = decided_visit(member, self.practice.today(now) - timedelta(days=21), share_cents)
        known = self.claims.setdefault(member, [])
        if any(one.number == claim.number for one in known):
            return
        known.append(claim)
        number = next(self.numbers)
        decide(self.database, self.practice, [claim], control=number, now=now)

    def corrects(self, planner: Planner, chance: random.Random) -> None:
        """One of their visits: the share is smaller, none at all, or larger."""
        known = self.claims.get(planner.visitor.person.member, [])
        if not known:
            return
        index = chance.randrange(len(known))
        before = known[index]
        share_cents = share_cents_of(before)
        most_cents = share_cents + min(share_cents, PLAN_PAID_CENTS // 2)
        wanted_cents = chance.choice((0, share_cents // 2, share_cents // 2, most_cents))
        known[index] = after = decided_anew(before, wanted_cents)
        decide(
            self.database,
            self.practice,
            [after],
            control=next(self.numbers),
            now=planner.visitor.around.clock(),
            before=[before],
        )


@dataclass(frozen=True, slots=True)
class Life:
    """Somebody, their plans, and the insurance. ``until_days``: then nothing new is begun."""

    planner: Planner
    payer: Payer
    ends_after: timedelta

    @property
    def chance(self) -> random.Random:
        return self.planner.visitor.chance

    def story(self) -> Story:
        """Plan after plan."""
        begins_at = self.planner.visitor.around.clock()
        care = self.chance.choice(_CARES)
        while self.planner.visitor.around.clock() < begins_at + self.ends_after:
            yield from self._makes_a_plan()
            while (plan_id := self.planner.running()) is not None:
                yield from self._days_pass(plan_id, care)
                yield from self._something_happens(plan_id)
                if self.planner.visitor.around.clock() >= begins_at + self.ends_after:
                    return
            yield timedelta(days=self.chance.randrange(*_BETWEEN_PLANS))
            self.payer.bills(self.planner, self.chance.choice(SHARES_CENTS))
            yield DAY

    def _makes_a_plan(self) -> Story:
        """Most with something that is kept, and charged; the others pay by hand."""
        method_id = None
        if self.chance.random() < 0.8:  # noqa: PLR2004 - most have autopay
            method_id = yield from self._keeps_something()
        begin = self.chance.randrange(len(_COUNTS))
        frequency = self.chance.choice(list(Frequency))
        first_on = (self.planner.visitor.around.clock() + self._first_in()).date()
        plan_id = self.planner.chooses(
            counts=_COUNTS[begin:], frequency=frequency, first_due_on=first_on
        )
        if plan_id is None:
            self.payer.bills(self.planner, max(SHARES_CENTS))
            return
        yield timedelta(days=self.chance.choice((0, 0, 0, 1, 9)))  # on the last, too late
        self.planner.agrees(plan_id, method_id)

    def _first_in(self) -> timedelta:
        return timedelta(days=self.chance.randrange(12, 29))

    def _keeps_something(self) -> Generator[timedelta, None, UUID | None]:
        """A card or an account, as its page lets them; a bank that asks may be left alone."""
        saver, before = Saver(self.planner.visitor), self.planner.kept()
        is_account = self.chance.random() < 0.25  # noqa: PLR2004 - fewer than have a card
        kind = MethodKind.BANK_DEBIT if is_account else MethodKind.CARD
        url = saver.begins_saving(kind)
        if url is None:
            return before
        if is_account:
            saver.visitor.gives_account(url, self.chance.choice(_ACCOUNTS))
        else:
            saver.visitor.types_card(url, self.chance.choice(_CARDS))
            saver.visitor.answers_bank(url, confirmed=True)
        for _ in range(_TRIES):
            yield DAY
            if self.planner.kept() != before:
                break
        return self.planner.kept()

    def _days_pass(self, plan_id: UUID, care: float) -> Story:
        """Until something happens. What is due now is paid, or is not."""
        left = self.chance.randrange(*_BETWEEN_ACTS)
        while left > 0:
            yield timedelta(days=min(left, _LOOKS_EVERY))
            left -= _LOOKS_EVERY
            if self.chance.random() < care:
                payment_id = self.planner.starts_to_pay_what_is_due(plan_id)
                yield from self._pays_for(plan_id, payment_id)

    def _something_happens(self, plan_id: UUID) -> Story:
        act: Callable[[UUID], Story] = self.chance.choice(
            (
                *(self._nothing,) * 4,
                self._pays,
                self._pays,
                self._pays_ahead,
                self._moves,
                self._skips,
                self._changes_method,
                self._is_billed,
                self._is_billed,
                self._is_corrected,
                self._is_corrected,
                self._is_held,
                self._gets_money_back,
                self._disputes,
                self._ends,
            )
        )
        yield from act(plan_id)

    def _nothing(self, _plan_id: UUID) -> Story:
        yield DAY

    def _pays(self, plan_id: UUID, share: float = 0.3) -> Story:
        """By hand, from a page; what is charged by itself meanwhile is not charged twice."""
        yield from self._pays_for(plan_id, self.planner.starts_to_pay(plan_id, share))

    def _pays_for(self, plan_id: UUID, payment_id: UUID | None) -> Story:
        visitor = self.planner.visitor
        url = visitor.confirms(payment_id, plan_id=plan_id)
        yield timedelta(0)
        if url is None:
            return
        if self.chance.random() < 0.2:  # noqa: PLR2004 - some have the account debited
            visitor.gives_account(url, self.chance.choice(_ACCOUNTS))
        else:
            visitor.types_card(url, self.chance.choice(GOOD_CARDS))
        if self.chance.random() < 0.6:  # noqa: PLR2004 - the others close the tab
            visitor.comes_back(payment_id)

    def _pays_ahead(self, plan_id: UUID) -> Story:
        yield from self._pays(plan_id, 0.5)
        yield DAY
        how = self.chance.choice((Overpayment.SHORTEN, Overpayment.LOWER))
        self.planner.changes(plan_id, UseAhead(how))

    def _moves(self, plan_id: UUID) -> Story:
        number = self._next_number(plan_id)
        if number is not None:
            day = self.planner.loaded(plan_id).rows[number].due_on
            to = day + timedelta(days=self.chance.choice((-3, 4, 9)))
            self.planner.changes(plan_id, MoveDate(number, to))
        yield DAY

    def _skips(self, plan_id: UUID) -> Story:
        number = self._next_number(plan_id)
        if number is not None:
            self.planner.changes(plan_id, SkipOnce(number))
        yield DAY

    def _next_number(self, plan_id: UUID) -> int | None:
        rows = self.planner.loaded(plan_id).progress.open_rows
        return rows[0].installment.number if rows else None

    def _changes_method(self, plan_id: UUID) -> Story:
        """To one that is kept now, to paying by hand, or by taking away what is kept."""
        how = self.chance.choice(("another", "another", "by hand", "removed"))
        if how == "another":
            method_id = yield from self._keeps_something()
            self.planner.changes_method(plan_id, method_id)
        elif how == "by hand":
            self.planner.changes_method(plan_id, None)
        else:
            Saver(self.planner.visitor).removes_what_is_kept()
        yield DAY

    def _is_billed(self, plan_id: UUID) -> Story:
        """A new visit, which is taken into the plan more often than not."""
        self.payer.bills(self.planner, self.chance.choice(SHARES_CENTS))
        yield DAY
        claim_ids = self.planner.open_elsewhere()
        if claim_ids and self.chance.random() < 0.7:  # noqa: PLR2004 - most
            how = self.chance.choice((Addition.LONGER, Addition.HIGHER))
            self.planner.changes(plan_id, AddVisits(claim_ids, how))

    def _is_corrected(self, _plan_id: UUID) -> Story:
        self.payer.corrects(self.planner, self.chance)
        yield DAY

    def _is_held(self, _plan_id: UUID) -> Story:
        kind = self.chance.choice((AccountHoldKind.DISPUTED, AccountHoldKind.ASSISTANCE_PENDING))
        self.planner.is_held(kind)
        yield timedelta(days=self.chance.randrange(3, 90))
        self.planner.is_held_no_more(kind)

    def _gets_money_back(self, _plan_id: UUID) -> Story:
        self.planner.visitor.is_given_back(share=self.chance.choice((1.0, 0.5)))
        yield DAY

    def _disputes(self, _plan_id: UUID) -> Story:
        """Where nothing is left to dispute, or it was decided meanwhile, the bank says no."""
        visitor, dispute_id = self.planner.visitor, None
        with suppress(SimulatorError):
            dispute_id = visitor.tells_bank_it_was_not_me()
        yield timedelta(days=self.chance.randrange(2, 9))
        if dispute_id is not None:
            with suppress(SimulatorError):
                visitor.bank_decides(dispute_id, won=self.chance.random() < 0.5)  # noqa: PLR2004 - half

    def _ends(self, plan_id: UUID) -> Story:
        if self.chance.random() < 0.3:  # noqa: PLR2004 - few do
            self.planner.ends(plan_id)
        yield DAY
