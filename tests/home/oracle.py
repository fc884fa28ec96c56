"""What is asked of Ana, by a model of its own: it knows what happened, and nothing of the portal.

Every cent of a visit's share is in one place. A statement that asks for a visit tells all of it.
Money, agencies and plans take what was told first, and what comes back of them was told last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

Happened = Callable[["Told"], None]


@dataclass(slots=True)
class VisitNow:
    """``told``: open, and some statement told it; ``fresh``: open, and none did yet.

    ``off``: told, and taken off since by insurance. ``gone``: paid, or with an agency.
    ``came_cents``: paid since the statement that told it last, and not to a plan.
    """

    told: int = 0
    fresh: int = 0
    plan_told: int = 0
    plan_fresh: int = 0
    held: tuple[int, int, int, int] | None = None
    gone_told: int = 0
    gone_fresh: int = 0
    off: int = 0
    came_cents: int = 0

    @property
    def beside_cents(self) -> int:
        return self.told + self.fresh

    def plans_have_what_was_told(self) -> None:
        cents = min(self.plan_fresh, self.told)
        self.plan_told, self.plan_fresh = self.plan_told + cents, self.plan_fresh - cents
        self.told, self.fresh = self.told - cents, self.fresh + cents

    def grow(self, cents: int) -> None:
        again = min(cents, self.off)
        self.off -= again
        self.told += again
        self.fresh += cents - again

    def shrink(self, cents: int) -> None:
        fresh = min(cents, self.fresh)
        self.fresh -= fresh
        self.told -= cents - fresh
        self.off += cents - fresh

    def take(self, cents: int) -> tuple[int, int]:
        """Of what is asked for here, what was told first."""
        told = min(cents, self.told)
        self.told -= told
        self.fresh -= cents - told
        return told, cents - told

    def go(self, cents: int) -> None:
        told, fresh = self.take(cents)
        self.gone_told += told
        self.gone_fresh += fresh

    def come_back(self, cents: int) -> None:
        fresh = min(cents, self.gone_fresh)
        self.gone_fresh -= fresh
        self.gone_told -= cents - fresh
        self.fresh += fresh
        self.told += cents - fresh

    def go_on_plan(self, cents: int) -> None:
        told, fresh = self.take(cents)
        self.plan_told += told
        self.plan_fresh += fresh

    def pay_plan(self, cents: int) -> None:
        told = min(cents, self.plan_told)
        self.plan_told -= told
        self.plan_fresh -= cents - told
        self.gone_told += told
        self.gone_fresh += cents - told

    def leave_plan(self, cents: int) -> None:
        if self.held:
            told, fresh, plan_told, plan_fresh = self.held
            part = min(cents, plan_fresh)
            rest = cents - part
            self.held = (told + rest, fresh + part, plan_told - rest, plan_fresh - part)
            return
        fresh = min(cents, self.plan_fresh)
        self.plan_fresh -= fresh
        self.plan_told -= cents - fresh
        self.fresh += fresh
        self.told += cents - fresh

    def hold(self) -> None:
        self.held = (self.told, self.fresh, self.plan_told, self.plan_fresh)
        self.told = self.fresh = self.plan_told = self.plan_fresh = 0

    def release(self) -> None:
        told, fresh, plan_told, plan_fresh = self.held or (0, 0, 0, 0)
        self.told += told
        self.fresh += fresh
        self.plan_told += plan_told
        self.plan_fresh += plan_fresh
        self.held = None

    def tell(self) -> int:
        """A statement asks for what is open of it, and shows what is paid, placed or on a plan."""
        self.told, self.fresh = self.told + self.fresh, 0
        self.plan_told, self.plan_fresh = self.plan_told + self.plan_fresh, 0
        self.gone_told, self.gone_fresh = self.gone_told + self.gone_fresh, 0
        self.off = self.came_cents = 0
        return self.told


@dataclass(slots=True)
class Told:
    """Ana's account, as told from the beginning, without the statements that were taken back."""

    without: frozenset[UUID]
    visits: dict[UUID, VisitNow] = field(default_factory=dict)
    newest_id: UUID | None = None
    newest: frozenset[UUID] = frozenset()  # the visits it asks for
    newest_cents: int = 0
    plans: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    coming_cents: int = 0

    def visit(self, claim_id: UUID) -> VisitNow:
        return self.visits.setdefault(claim_id, VisitNow())

    def statement(self, statement_id: UUID) -> None:
        if statement_id in self.without:
            return
        asked = {
            claim_id: one
            for claim_id, one in self.visits.items()
            if one.held is None and one.beside_cents
        }
        self.newest_id, self.newest = statement_id, frozenset(asked)
        self.newest_cents = sum(one.tell() for one in asked.values())

    def paid(self, claim_id: UUID, cents: int) -> None:
        self.visit(claim_id).go(cents)
        self.visit(claim_id).came_cents += cents

    def came_back(self, claim_id: UUID, cents: int) -> None:
        self.visit(claim_id).come_back(cents)
        self.visit(claim_id).came_cents -= cents

    def plan_begins(self, plan_id: UUID, claim_id: UUID, cents: int) -> None:
        self.plans[plan_id] = claim_id, cents
        self.visit(claim_id).go_on_plan(cents)

    def plan_gets(self, plan_id: UUID, cents: int) -> None:
        claim_id, left_cents = self.plans[plan_id]
        self.plans[plan_id] = claim_id, left_cents - cents
        self.visit(claim_id).pay_plan(cents)

    def plan_ends(self, plan_id: UUID) -> None:
        claim_id, left_cents = self.plans.pop(plan_id)
        self.visit(claim_id).leave_plan(left_cents)

    def debit(self, cents: int) -> None:
        self.coming_cents += cents

    def debits_end(self) -> None:
        self.coming_cents = 0

    @property
    def beyond_cents(self) -> int:
        """Paid of a visit of the newest beyond what it told: that counts for the others."""
        visits = (self.visits[claim_id] for claim_id in self.newest)
        return sum(max(0, min(one.gone_fresh, one.came_cents)) for one in visits)

    @property
    def open_cents(self) -> int:
        return max(0, sum(one.told for one in self.visits.values()) - self.beyond_cents)

    @property
    def earlier_cents(self) -> int:
        """Of what is open, what the newest did not ask for."""
        own = sum(self.visits[claim_id].told for claim_id in self.newest)
        older = sum(one.told for one in self.visits.values()) - own
        return older - min(older, max(0, self.beyond_cents - own))

    @property
    def on_the_way_cents(self) -> int:
        return min(self.coming_cents, self.open_cents)

    @property
    def due_now_cents(self) -> int:
        return self.open_cents - self.on_the_way_cents

    @property
    def new_cents(self) -> int:
        return sum(one.beside_cents for one in self.visits.values()) - self.open_cents


@dataclass(slots=True)
class Oracle:
    """All that happened, in order."""

    happened: list[Happened] = field(default_factory=list)
    taken_back: set[UUID] = field(default_factory=set)

    def note(self, event: Happened) -> None:
        self.happened.append(event)

    @property
    def says(self) -> Told:
        told = Told(frozenset(self.taken_back))
        for event in self.happened:
            event(told)
            for one in told.visits.values():
                one.plans_have_what_was_told()
        return told
