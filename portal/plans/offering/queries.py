"""What the pages before an agreement say: offers in full, ways to pay, disclosure, terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from portal.db import Database, Principal
from portal.domain.plan_agreement_texts import NOTICES_OF_CARDS, notice_texts
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.offers import Offer, Offers, Wish, first_due_days, offers
from portal.domain.plans.policy import Autopay
from portal.domain.plans.schedule import Installment
from portal.domain.plans.states import UNDECIDED, PlanState
from portal.messages.service import mail_refusals
from portal.plans.noting import note
from portal.plans.offering.footing import (
    LivePlan,
    NoPlanBecause,
    footing,
    practice_today,
)
from portal.plans.offering.service import (
    NotUndecidedError,
    chargeable,
    lines_as_offered,
    offered_covers,
    offered_terms,
)
from portal.plans.offering.terms import Terms, was_disclosed
from portal.plans.page_frame import PageOfPlan
from portal.plans.policies import pack_of, policy_for
from portal.plans.ports import ComingToLines, MethodOnFile, MethodsOnFile
from portal.plans.store import LoadedPlan, load
from portal.plans.visits import PlanVisit, visits_of
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.viewing import reader_of, viewer_of

_ALL_ARE_SHOWN: Final = 6
_SHOWN_OF_MANY: Final = frozenset({2, 3, 4, 6, 9, 12, 18, 24})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePage:
    """Every choice in full. ``shown`` are those with a box of their own; any other can be typed.

    ``visits`` are all that may be spread, ``claim_ids`` those that were chosen.
    """

    practice: PracticeContact
    statement_id: UUID | None
    refusal: NoPlanBecause | None
    visits: tuple[PlanVisit, ...]
    claim_ids: frozenset[UUID]
    balance_cents: int
    offers: Offers
    frequency: Frequency
    frequencies: tuple[Frequency, ...]
    first_on: date
    first_from: date
    first_until: date
    most_plans: int
    live: tuple[LivePlan, ...]

    @property
    def shown(self) -> tuple[Offer, ...]:
        choices = self.offers.choices
        if len(choices) <= _ALL_ARE_SHOWN:
            return choices
        return tuple(one for one in choices if one.count in _SHOWN_OF_MANY or one is choices[-1])

    @property
    def fewest(self) -> Offer:
        return self.offers.choices[0]

    @property
    def longest(self) -> Offer:
        return self.offers.choices[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPlan:
    """What was chosen: the head of every page until it is agreed to."""

    practice: PracticeContact
    statement_id: UUID | None
    plan_id: UUID
    number: str
    state: PlanState
    frequency: Frequency
    installments: tuple[Installment, ...]
    principal_cents: int
    has_lapsed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HowPage(PageOfPlan[OfferedPlan]):
    """How it is to be paid. ``card_notices``: what a state wants said before a card is used.

    ``is_mailed``: no charge is made that was not announced by mail.
    """

    autopay: Autopay
    methods: tuple[MethodOnFile, ...]
    method_id: UUID | None
    is_decided: bool
    is_mailed: bool
    card_notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreePage(PageOfPlan[OfferedPlan]):
    """All that is read before agreeing. ``is_disclosed``: the disclosure was read before."""

    visits: tuple[PlanVisit, ...]
    autopay: Autopay
    terms: Terms
    is_disclosed: bool
    is_mailed: bool

    @property
    def is_decided(self) -> bool:
        """How it is paid was said, or needs not be."""
        return self.plan.state is PlanState.PENDING_CONSENT

    @property
    def down_payment_cents(self) -> int:
        return sum(one.cents for one in self.plan.installments if not one.number)


def choose_page(
    database: Database,
    principal: Principal,
    *,
    guarantor_id: UUID,
    statement_id: UUID | None,
    coming: ComingToLines,
    now: datetime,
    request_id: str,
    claim_ids: frozenset[UUID] | None = None,
    wish: Wish | None = None,
) -> ChoosePage:
    """With a row in the audit log. Without a wish: what the practice offers first."""
    with database.transaction(principal) as session:
        today = practice_today(session, now)
        found = footing(session, guarantor_id, coming=coming, today=today, claim_ids=claim_ids)
        note(session, "view_plan_offers", guarantor_id, None, now=now, request_id=request_id)
        frequencies = tuple(one for one in Frequency if one in found.policy.frequencies)
        first_from, first_until = first_due_days(found.policy, today)
        wished = wish or Wish(frequency=_usual(frequencies))
        return ChoosePage(
            practice=practice_contact(session),
            statement_id=statement_id,
            refusal=found.refusal,
            visits=visits_of(
                session,
                {line.target: line.covered_cents for line in found.lines},
                viewer_of(session, today=today),
            ),
            claim_ids=frozenset(
                line.target.claim_id for line in found.chosen if line.target.claim_id
            ),
            balance_cents=found.ground.balance_cents,
            offers=offers(found.ground, wished),
            frequency=wished.frequency,
            frequencies=frequencies,
            first_on=wished.first_due_on or first_until,
            first_from=first_from,
            first_until=first_until,
            most_plans=found.policy.max_active_plans,
            live=found.live,
        )


def how_page(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    statement_id: UUID | None,
    methods: MethodsOnFile,
    language: str,
    now: datetime,
    request_id: str,
) -> HowPage:
    """With a row in the audit log. Raises PlanNotFoundError, NotUndecidedError."""
    with database.transaction(principal) as session:
        loaded, today = load(session, plan_id), practice_today(session, now)
        plan = loaded.plan
        note(session, "view_plan", plan.guarantor_id, plan_id, now=now, request_id=request_id)
        notices = pack_of(session, plan.guarantor_id, on=today).notices & NOTICES_OF_CARDS
        practice = practice_contact(session)
        return HowPage(
            plan=_offered(loaded, practice, statement_id, has_lapsed=False),
            autopay=policy_for(session, plan.guarantor_id, on=today).autopay,
            methods=chargeable(
                session, plan.guarantor_id, methods=methods, language=language, today=today
            ),
            method_id=plan.method_id,
            is_decided=plan.state == PlanState.PENDING_CONSENT.value,
            is_mailed=not mail_refusals(session, plan.guarantor_id),
            card_notices=notice_texts(notices, phone=practice.phone, language=language),
        )


def agree_page(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    statement_id: UUID | None,
    methods: MethodsOnFile,
    coming: ComingToLines,
    language: str,
    now: datetime,
    request_id: str,
) -> AgreePage:
    """With a row in the audit log.

    Raises PlanNotFoundError, NotUndecidedError, OfferLapsedError (its way to pay is gone).
    """
    with database.transaction(principal) as session:
        loaded, today = load(session, plan_id), practice_today(session, now)
        plan = loaded.plan
        note(session, "view_plan", plan.guarantor_id, plan_id, now=now, request_id=request_id)
        lines = lines_as_offered(session, loaded, coming=coming, today=today)
        terms = offered_terms(session, loaded, methods=methods, language=language, today=today)
        return AgreePage(
            plan=_offered(loaded, practice_contact(session), statement_id, has_lapsed=not lines),
            visits=visits_of(
                session,
                offered_covers(session, plan),
                reader_of(session, plan.guarantor_id, today=today),
            ),
            autopay=policy_for(session, plan.guarantor_id, on=today).autopay,
            terms=terms,
            is_disclosed=terms.disclosure is None or was_disclosed(session, plan_id, terms),
            is_mailed=not mail_refusals(session, plan.guarantor_id),
        )


def _offered(
    loaded: LoadedPlan, practice: PracticeContact, statement_id: UUID | None, *, has_lapsed: bool
) -> OfferedPlan:
    state = PlanState(loaded.plan.state)
    if state not in UNDECIDED:
        raise NotUndecidedError(loaded.plan.plan_id)
    return OfferedPlan(
        practice=practice,
        statement_id=statement_id,
        plan_id=loaded.plan.plan_id,
        number=loaded.plan.number,
        state=state,
        frequency=loaded.version.cadence.frequency,
        installments=loaded.version.installments,
        principal_cents=loaded.version.principal_cents,
        has_lapsed=has_lapsed,
    )


def _usual(frequencies: Sequence[Frequency]) -> Frequency:
    """What is shown first."""
    return Frequency.MONTHLY if Frequency.MONTHLY in frequencies else frequencies[0]
