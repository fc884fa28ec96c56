"""Choosing an offer, saying how it is paid, agreeing. Nothing of a plan counts before that."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, PrincipalKind, practice_of
from portal.domain.journal import Target
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.offers import Ground, Offer, Wish, offer_of_amount, offer_of_count
from portal.domain.plans.policy import Autopay
from portal.domain.plans.refusal import Refusal
from portal.domain.plans.schedule import counted
from portal.domain.plans.states import UNDECIDED, PlanState
from portal.domain.plans.versions import first_version
from portal.ledger.plan_cover import LineToCover, cover
from portal.messages.service import MessageTemplate, mail_refusals
from portal.plans.covers import as_covers, covers_now, from_covers
from portal.plans.models import Plan
from portal.plans.moves import lock_plan, move_plan_to
from portal.plans.noting import note
from portal.plans.offering.footing import NoPlanBecause, footing, practice_today
from portal.plans.offering.terms import (
    GivenConsent,
    Terms,
    ToPay,
    keep_consent,
    note_disclosed,
    terms_of,
)
from portal.plans.policies import policy_for
from portal.plans.ports import (
    ComingToLines,
    FollowPlan,
    MethodOnFile,
    MethodsOnFile,
    method_of,
)
from portal.plans.store import LoadedPlan, hash_of, load_locked, write_plan, write_version
from portal.plans.telling import tell_of_plan

DRAFT_DAYS = 7
"""So long an offer that was chosen may be agreed to."""


class OfferLapsedError(ValueError):
    """What was chosen cannot be agreed to any more: what is owed, or the day, is another."""


class NotUndecidedError(ValueError):
    """The plan was agreed to, or given up, before."""


class MethodRefusedError(ValueError):
    """Not kept any more, or not how this practice's plans are paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An offer as it was asked for: either so many payments, or at most so much each time.

    ``claim_ids``: None stands for every visit.
    """

    claim_ids: frozenset[UUID] | None
    frequency: Frequency
    first_due_on: date | None
    count: int | None = None
    each_cents: int | None = None

    @property
    def wish(self) -> Wish:
        return Wish(frequency=self.frequency, first_due_on=self.first_due_on)


def chosen_offer(ground: Ground, choice: Choice) -> Offer | Refusal:
    """What the rules say to it."""
    if choice.count is not None:
        return offer_of_count(ground, choice.count, choice.wish)
    return offer_of_amount(ground, choice.each_cents or 0, choice.wish)


def choose_offer(
    database: Database,
    principal: Principal,
    choice: Choice,
    *,
    guarantor_id: UUID,
    coming: ComingToLines,
    now: datetime,
    request_id: str,
) -> UUID | Refusal | NoPlanBecause:
    """A plan that nobody has agreed to.

    One that the same person chose before, or that staff chose for them, is given up.
    """
    is_by_staff = principal.kind is PrincipalKind.STAFF
    with database.transaction(principal) as session:
        today = practice_today(session, now)
        found = footing(
            session, guarantor_id, coming=coming, today=today, claim_ids=choice.claim_ids
        )
        if found.refusal is not None:
            return found.refusal
        offer = chosen_offer(found.ground, choice)
        if isinstance(offer, Refusal):
            return offer
        _give_up_earlier(session, guarantor_id, is_by_staff=is_by_staff, now=now)
        version = first_version(offer.installments, cadence=offer.cadence, agreed_on=today)
        plan = write_plan(
            session, version, guarantor_id=guarantor_id, is_by_staff=is_by_staff, now=now
        )
        covers = as_covers(found.chosen)
        write_version(session, plan, version, change="offered", now=now, covers=covers)
        if found.policy.autopay is Autopay.OFF:
            move_plan_to(session, plan, PlanState.PENDING_CONSENT, now=now)
        note(
            session, "choose_plan", plan.guarantor_id, plan.plan_id, now=now, request_id=request_id
        )
        return plan.plan_id


def choose_method(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    method_id: UUID | None,
    *,
    methods: MethodsOnFile,
    now: datetime,
    request_id: str,
) -> None:
    """How a plan that was chosen is to be paid; None: by hand.

    Raises PlanNotFoundError, NotUndecidedError, MethodRefusedError.
    """
    with database.transaction(principal) as session:
        plan = lock_plan(session, plan_id)
        _require_undecided(plan)
        today = practice_today(session, now)
        autopay = policy_for(session, plan.guarantor_id, on=today).autopay
        kept = method_of(
            chargeable(session, plan.guarantor_id, methods=methods, language="en", today=today),
            method_id,
        )
        is_missing = method_id is not None and kept is None
        is_refused = autopay is (Autopay.REQUIRED if method_id is None else Autopay.OFF)
        if is_missing or is_refused:
            raise MethodRefusedError(plan_id)
        plan.method_id = kept.method_id if kept else None
        move_plan_to(session, plan, PlanState.PENDING_CONSENT, now=now)
        note(
            session,
            "choose_plan_method",
            plan.guarantor_id,
            plan.plan_id,
            now=now,
            request_id=request_id,
        )


def go_past_disclosure(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    methods: MethodsOnFile,
    language: str,
    now: datetime,
) -> None:
    """Its reader goes on to the agreement. Raises PlanNotFoundError, NotUndecidedError."""
    with database.transaction(principal) as session:
        loaded = load_locked(session, plan_id)
        _require_undecided(loaded.plan)
        terms = offered_terms(
            session,
            loaded,
            methods=methods,
            language=language,
            today=practice_today(session, now),
        )
        if terms.disclosure is not None:
            note_disclosed(session, loaded.plan, terms, now=now)


def agree(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    consent: GivenConsent,
    *,
    methods: MethodsOnFile,
    coming: ComingToLines,
    follow: FollowPlan,
    now: datetime,
    request_id: str,
) -> bool:
    """From now on the plan asks for its lines, and nothing else does. Whether a mail tells them.

    Raises PlanNotFoundError, NotUndecidedError, OfferLapsedError, OtherWordsError,
    NotDisclosedError.
    """
    with database.transaction(principal) as session:
        loaded = load_locked(session, plan_id)
        plan, today = loaded.plan, practice_today(session, now)
        if plan.state != PlanState.PENDING_CONSENT.value:
            raise NotUndecidedError(plan_id)
        lines = lines_as_offered(session, loaded, coming=coming, today=today)
        if not lines:
            raise OfferLapsedError(plan_id)
        terms = offered_terms(
            session, loaded, methods=methods, language=consent.language, today=today
        )
        plan.consent_id = keep_consent(session, plan, terms, consent, now=now)
        plan.consented_on, plan.activated_at = today, now
        cover(session, plan_id, lines, guarantor_id=plan.guarantor_id)
        move_plan_to(session, plan, PlanState.ACTIVE, now=now, detail="agreed")
        is_mailed = tell_of_plan(session, plan, MessageTemplate.PLAN_AGREED, now=now)
        note(
            session,
            "agree_to_plan",
            plan.guarantor_id,
            plan.plan_id,
            now=now,
            request_id=request_id,
        )
        follow(session, plan_id, today=today, now=now)
        return is_mailed


def give_up(
    database: Database, principal: Principal, plan_id: UUID, *, now: datetime, request_id: str
) -> None:
    """What was chosen is not wanted. Raises PlanNotFoundError, NotUndecidedError."""
    with database.transaction(principal) as session:
        plan = lock_plan(session, plan_id)
        _require_undecided(plan)
        _void(session, plan, now=now)
        note(
            session, "give_up_plan", plan.guarantor_id, plan.plan_id, now=now, request_id=request_id
        )


def offered_terms(
    session: Session,
    loaded: LoadedPlan,
    *,
    methods: MethodsOnFile,
    language: str,
    today: date,
) -> Terms:
    """The words of a plan that nobody has agreed to. Raises OfferLapsedError.

    It lapses with the way to pay that was chosen for it.
    """
    plan, version = loaded.plan, loaded.version
    kept = methods(session, plan.guarantor_id, language=language, today=today)
    method = method_of(kept, plan.method_id)
    if plan.method_id is not None and method is None:
        raise OfferLapsedError(plan.plan_id)
    return terms_of(
        session,
        plan.guarantor_id,
        ToPay(
            version.installments,
            version.cadence,
            hash_of(version),
            counted(version.installments),
        ),
        method=method,
        language=language,
        policy_on=today,
        today=today,
    )


def chargeable(
    session: Session,
    guarantor_id: UUID,
    *,
    methods: MethodsOnFile,
    language: str,
    today: date,
) -> tuple[MethodOnFile, ...]:
    """What payments may be charged to: nothing of somebody who cannot be told before."""
    if mail_refusals(session, guarantor_id):
        return ()
    return tuple(methods(session, guarantor_id, language=language, today=today))


def lines_as_offered(
    session: Session, loaded: LoadedPlan, *, coming: ComingToLines, today: date
) -> tuple[LineToCover, ...]:
    """What the plan takes in; nothing when it cannot be agreed to as it was offered."""
    plan, version = loaded.plan, loaded.version
    covers = offered_covers(session, plan)
    found = footing(
        session,
        plan.guarantor_id,
        coming=coming,
        today=today,
        claim_ids={one.claim_id for one in covers if one.claim_id},
    )
    is_the_same = {one.target: one.covered_cents for one in found.chosen} == covers
    is_in_time = today <= version.agreed_on + timedelta(days=DRAFT_DAYS)
    may_be = found.refusal is None and _is_offered_today(loaded, found.ground)
    return found.chosen if is_the_same and is_in_time and may_be else ()


def _is_offered_today(loaded: LoadedPlan, ground: Ground) -> bool:
    """By the rules of today: they may have changed since it was chosen."""
    plan, version = loaded.plan, loaded.version
    wish = Wish(frequency=version.cadence.frequency, first_due_on=version.cadence.starts_on)
    offer = offer_of_count(ground, counted(version.installments), wish)
    wrong_way = Autopay.REQUIRED if plan.method_id is None else Autopay.OFF
    is_decided = plan.state == PlanState.PENDING_CONSENT.value
    return (
        isinstance(offer, Offer)
        and offer.installments == version.installments
        and not (is_decided and ground.policy.autopay is wrong_way)
    )


def offered_covers(session: Session, plan: Plan) -> dict[Target, int]:
    """What the version that holds says it covers."""
    return from_covers(covers_now(session, plan))


def _give_up_earlier(
    session: Session, guarantor_id: UUID, *, is_by_staff: bool, now: datetime
) -> None:
    """What a person chose and did not agree to; or what staff offered them. The other stays."""
    earlier = session.scalars(
        select(Plan.plan_id).where(
            Plan.practice_id == practice_of(session),
            Plan.guarantor_id == guarantor_id,
            Plan.is_by_staff.is_(is_by_staff),
            Plan.state.in_([state.value for state in UNDECIDED]),
        )
    ).all()
    for plan_id in earlier:
        _void(session, lock_plan(session, plan_id), now=now)


def _void(session: Session, plan: Plan, *, now: datetime) -> None:
    plan.ended_at, plan.end_reason = now, "given up"
    move_plan_to(session, plan, PlanState.VOID, now=now)


def _require_undecided(plan: Plan) -> None:
    if PlanState(plan.state) not in UNDECIDED:
        raise NotUndecidedError(plan.plan_id)
