"""Somebody with a payment plan: each act is a use case of the product's own.

The rules say no in their own ways (too late, not enough paid yet, nothing to change): then nothing
happens, as with a page that says so.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.roles import Role
from portal.db import Principal, new_id, practice_of
from portal.demo.simulation.visitor import REQUEST, Visitor
from portal.desk.account_holds import (
    HoldNotEndedError,
    HoldStandsError,
    end_account_hold,
    place_account_hold,
)
from portal.domain.account_holds import AccountHoldKind
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.change import Changed
from portal.domain.plans.states import LIVE
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.payments.access import PlanNotFoundError as NothingToPayError
from portal.payments.methods.apply import live_methods
from portal.payments.service import AmountRefusedError, start_plan_payment
from portal.plans.changing import service as changing
from portal.plans.changing.service import (
    Moment,
    NotLiveError,
    NotPossibleError,
    OtherChangeError,
    Ports,
    left_cents,
    looked_at,
    method_terms,
    terms_of_change,
    wanted_method,
)
from portal.plans.changing.wishes import Wish, outcome_of
from portal.plans.models import Plan
from portal.plans.offering import service as offering
from portal.plans.offering.footing import lines_to_cover, practice_today
from portal.plans.offering.service import (
    Choice,
    MethodRefusedError,
    NotUndecidedError,
    OfferLapsedError,
)
from portal.plans.offering.terms import GivenConsent, OtherWordsError
from portal.plans.ports import ChargesOfPlans, ComingToLines, FollowPlan, MethodsOnFile
from portal.plans.store import LoadedPlan, hash_of, load
from portal.web.context import portal

Answer = TypeVar("Answer")

_ADDRESS_HASH: Final = b"where they ticked the box"
_LANGUAGE: Final = "en"
_NO: Final = (
    MethodRefusedError,
    NotLiveError,
    NotPossibleError,
    NotUndecidedError,
    OfferLapsedError,
    OtherChangeError,
    OtherWordsError,
)


@dataclass(frozen=True, slots=True)
class Planner:
    """A visitor at the pages for plans."""

    visitor: Visitor
    app: Flask

    def chooses(
        self,
        *,
        counts: tuple[int, ...],
        frequency: Frequency,
        first_due_on: date | None = None,
    ) -> UUID | None:
        """The first of these counts that is offered, over everything that may be spread."""
        with self._at_the_portal() as ports:
            for count in counts:
                chosen = offering.choose_offer(
                    self.visitor.around.database,
                    self.visitor.person.principal,
                    Choice(
                        claim_ids=None,
                        frequency=frequency,
                        first_due_on=first_due_on,
                        count=count,
                    ),
                    guarantor_id=self.visitor.person.guarantor_id,
                    coming=ports.coming,
                    now=self.visitor.around.clock(),
                    request_id=REQUEST,
                )
                if isinstance(chosen, UUID):
                    return chosen
        return None

    def agrees(self, plan_id: UUID, method_id: UUID | None) -> None:
        """By hand, or charged; reads what has to be read, and ticks the box."""
        visitor = self.visitor
        database, principal = visitor.around.database, visitor.person.principal
        now = visitor.around.clock()
        with self._at_the_portal() as ports:
            methods = ports.methods
            offering.choose_method(
                database,
                principal,
                plan_id,
                method_id,
                methods=methods,
                now=now,
                request_id=REQUEST,
            )
            offering.go_past_disclosure(
                database, principal, plan_id, methods=methods, language=_LANGUAGE, now=now
            )
            today = self._today()
            terms = self._read(
                lambda session: offering.offered_terms(
                    session,
                    load(session, plan_id),
                    methods=methods,
                    language=_LANGUAGE,
                    today=today,
                )
            )
            offering.agree(
                database,
                principal,
                plan_id,
                GivenConsent(terms.seal, _ADDRESS_HASH, _LANGUAGE),
                methods=methods,
                coming=ports.coming,
                follow=ports.follow,
                now=now,
                request_id=REQUEST,
            )

    def changes(self, plan_id: UUID, wish: Wish) -> None:
        """Looks at what it would do, and says yes."""
        with self._at_the_portal() as ports:
            self._change(plan_id, wish, ports)

    def changes_method(self, plan_id: UUID, method_id: UUID | None) -> None:
        """To another way to pay, or to paying by hand."""
        at = self._moment()
        with self._at_the_portal() as ports:
            seal = ""
            if method_id is not None:
                seal = self._read(
                    lambda session: _method_terms(session, plan_id, method_id, ports, at)
                )
            changing.change_method(
                self.visitor.around.database,
                self.visitor.person.principal,
                plan_id,
                method_id,
                consent=GivenConsent(seal, _ADDRESS_HASH, _LANGUAGE),
                ports=ports,
                at=at,
            )

    def ends(self, plan_id: UUID) -> None:
        """What is left is asked for at once."""
        at = self._moment()
        with self._at_the_portal() as ports:
            left = self._read(
                lambda session: left_cents(looked_at(session, plan_id, ports=ports, now=at.now)[0])
            )
            changing.end(
                self.visitor.around.database,
                self.visitor.person.principal,
                plan_id,
                left_seen_cents=left,
                ports=ports,
                at=at,
            )

    def starts_to_pay(self, plan_id: UUID, share: float) -> UUID | None:
        """By hand, so much of what is left; None when nothing may be paid on it."""
        return self._starts(plan_id, round(self._standing(plan_id).left_cents * share))

    def starts_to_pay_what_is_due(self, plan_id: UUID) -> UUID | None:
        """Everything whose day has come; None when nothing is due, or nothing may be paid on it."""
        today = self._today()
        due_cents = sum(one.cents for one in self._standing(plan_id).dues if one.due_on <= today)
        return self._starts(plan_id, due_cents) if due_cents else None

    def _standing(self, plan_id: UUID) -> PlanStanding:
        return self._read(lambda session: plan_standings(session, [plan_id]))[plan_id]

    def _starts(self, plan_id: UUID, cents: int) -> UUID | None:
        try:
            return start_plan_payment(
                self.visitor.around.database,
                self.visitor.person.principal,
                plan_id=plan_id,
                amount_cents=cents,
                now=self.visitor.around.clock(),
            )
        except (AmountRefusedError, NothingToPayError):
            return None

    def is_held(self, kind: AccountHoldKind) -> None:
        """Staff note that nothing is to be asked of them now."""
        try:
            place_account_hold(
                self.visitor.around.database,
                self._desk(),
                self.visitor.person.guarantor_id,
                kind,
                reason="asked for",
                now=self.visitor.around.clock(),
                request_id=REQUEST,
            )
        except HoldStandsError:
            return

    def is_held_no_more(self, kind: AccountHoldKind) -> None:
        """Staff have found out."""
        try:
            end_account_hold(
                self.visitor.around.database,
                self._desk(),
                self.visitor.person.guarantor_id,
                kind,
                reason="settled",
                now=self.visitor.around.clock(),
                request_id=REQUEST,
            )
        except HoldNotEndedError:
            return

    def running(self) -> UUID | None:
        """Their newest plan that is not over."""
        return self._read(
            lambda session: session.scalar(
                select(Plan.plan_id)
                .where(
                    Plan.practice_id == practice_of(session),
                    Plan.guarantor_id == self.visitor.person.guarantor_id,
                    Plan.state.in_([state.value for state in LIVE]),
                )
                .order_by(Plan.created_at.desc())
                .limit(1)
            )
        )

    def loaded(self, plan_id: UUID) -> LoadedPlan:
        """As its page shows it."""
        return self._read(lambda session: load(session, plan_id))

    def kept(self) -> UUID | None:
        """The way to pay that was kept last."""
        with self.visitor.around.database.transaction(self.visitor.person.principal) as session:
            methods = live_methods(session, self.visitor.person.guarantor_id)
            return methods[-1].method_id if methods else None

    def open_elsewhere(self) -> frozenset[UUID]:
        """Visits that are open and on no plan."""
        with self.app.app_context():
            coming = portal().service(ComingToLines)
        guarantor_id = self.visitor.person.guarantor_id
        return self._read(
            lambda session: frozenset(
                line.target.claim_id
                for line in lines_to_cover(session, guarantor_id, coming=coming)
                if line.target.claim_id is not None
            )
        )

    def _today(self) -> date:
        return self._read(lambda session: practice_today(session, self.visitor.around.clock()))

    def _change(self, plan_id: UUID, wish: Wish, ports: Ports) -> None:
        database, principal = self.visitor.around.database, self.visitor.person.principal
        at = self._moment()
        with database.transaction(principal) as session:
            kept, today = looked_at(session, plan_id, ports=ports, now=at.now)
            result = outcome_of(session, kept, wish, coming=ports.coming, today=today).result
            if not isinstance(result, Changed):
                return
            seen = hash_of(result.version)
            terms = terms_of_change(session, kept, result, ports=ports, at=at, today=today)
        changing.go_past_disclosure(database, principal, plan_id, wish, ports=ports, at=at)
        consent = GivenConsent(terms.seal, _ADDRESS_HASH, _LANGUAGE)
        changing.change(
            database,
            principal,
            plan_id,
            wish,
            seen=seen,
            consent=consent,
            ports=ports,
            at=at,
        )

    @contextmanager
    def _at_the_portal(self) -> Iterator[Ports]:
        """What the routes hand over; a page that says no ends the visit."""
        with self.app.app_context():
            here = portal()
            ports = Ports(
                methods=here.service(MethodsOnFile),
                charges=here.service(ChargesOfPlans),
                coming=here.service(ComingToLines),
                follow=here.service(FollowPlan),
            )
            try:
                yield ports
            except _NO:
                return

    def _moment(self) -> Moment:
        return Moment(self.visitor.around.clock(), REQUEST, _LANGUAGE)

    def _read(self, look: Callable[[Session], Answer]) -> Answer:
        with self.visitor.around.database.transaction(self.visitor.person.principal) as session:
            return look(session)

    def _desk(self) -> Principal:
        practice_id = self.visitor.around.practice_id
        return Principal.staff(practice_id, staff_id=new_id(), role=Role.ADMIN.value)


def _method_terms(
    session: Session, plan_id: UUID, method_id: UUID, ports: Ports, at: Moment
) -> str:
    """The seal of the words for being charged to another way to pay."""
    kept, today = looked_at(session, plan_id, ports=ports, now=at.now)
    method = wanted_method(session, kept, method_id, ports=ports, at=at, today=today)
    if method is None:
        raise MethodRefusedError(plan_id)
    return method_terms(session, kept, method, at=at, today=today).seal
