"""A wish becomes the next version of a plan: judged again under lock, told by mail, followed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import Database, Principal
from portal.domain.plans.change import Changed
from portal.domain.plans.policy import Autopay
from portal.domain.plans.progress import progress_of
from portal.domain.plans.refusal import Refusal
from portal.domain.plans.schedule import counted
from portal.domain.plans.states import LIVE, PlanState
from portal.domain.plans.versions import PlanVersion, next_version
from portal.ledger.plan_cover import cover, uncover
from portal.messages.service import MessageTemplate
from portal.plans.changing.wishes import Wish, outcome_of
from portal.plans.covers import as_covers, covers_now
from portal.plans.keeping.facts import KeptPlan, facts_of_plans
from portal.plans.keeping.service import PlanCharges, keep_plan
from portal.plans.models import Plan
from portal.plans.moves import lock_plan, move_plan_to, note_plan, plan_of
from portal.plans.noting import note
from portal.plans.offering.footing import practice_today
from portal.plans.offering.service import MethodRefusedError, chargeable
from portal.plans.offering.terms import (
    GivenConsent,
    Terms,
    ToPay,
    keep_asked,
    keep_consent,
    note_disclosed,
    terms_of,
)
from portal.plans.ports import (
    ChargesOfPlans,
    ComingToLines,
    FollowPlan,
    MethodOnFile,
    MethodsOnFile,
    method_of,
)
from portal.plans.store import hash_of, write_version
from portal.plans.telling import tell_of_plan

METHOD_CHANGED = "method"


class NotLiveError(ValueError):
    """The plan is over, or was never agreed to: nothing of it can be changed."""


class OtherChangeError(ValueError):
    """What would come of it by now is something else than what was shown."""


class NotPossibleError(ValueError):
    """The rules say no by now; the page says why."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What plans ask of payments."""

    methods: MethodsOnFile
    charges: ChargesOfPlans
    coming: ComingToLines
    follow: FollowPlan


@dataclass(frozen=True, slots=True)
class Moment:
    """When, by which request, and in which language."""

    now: datetime
    request_id: str
    language: str


def change(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    wish: Wish,
    *,
    seen: str,
    consent: GivenConsent,
    ports: Ports,
    at: Moment,
    reason: str = "",
    with_it: Callable[[Session], None] = lambda _session: None,
) -> bool:
    """``seen``: the hash of the schedule the check page showed. Whether they are told by mail.

    ``with_it`` is done in the same transaction: with the change, or not at all.

    Raises PlanNotFoundError, NotLiveError, NotPossibleError, OtherChangeError, OtherWordsError,
    NotDisclosedError.
    """
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        outcome = outcome_of(session, kept, wish, coming=ports.coming, today=today)
        result, plan = outcome.result, kept.plan
        if isinstance(result, Refusal):
            raise NotPossibleError(plan_id)
        if hash_of(result.version) != seen:
            raise OtherChangeError(plan_id)
        if result.needs_consent:
            terms = terms_of_change(session, kept, result, ports=ports, at=at, today=today)
            consent_id = keep_consent(session, plan, terms, consent, now=at.now)
        else:
            consent_id = keep_asked(session, plan, consent, schedule_hash=seen, now=at.now)
        with_it(session)
        covers = [*covers_now(session, plan), *as_covers(outcome.lines)]
        write_version(
            session,
            plan,
            result.version,
            change=result.kind.value,
            now=at.now,
            covers=covers,
            consent_id=consent_id,
            detail=reason,
        )
        if outcome.lines:
            cover(session, plan_id, outcome.lines, guarantor_id=plan.guarantor_id)
        action = f"change_plan_{result.kind.value}"
        return tell(session, plan, action, ports=ports, at=at, today=today)


def change_method(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    method_id: UUID | None,
    *,
    consent: GivenConsent,
    ports: Ports,
    at: Moment,
) -> None:
    """To be charged to another way to pay from now on, which is agreed to; or by hand (None).

    Raises PlanNotFoundError, NotLiveError, MethodRefusedError, OtherWordsError.
    """
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        plan = kept.plan
        method = wanted_method(session, kept, method_id, ports=ports, at=at, today=today)
        version = next_version(kept.loaded.version, kept.loaded.version.installments)
        plan.method_id = method_id
        if method is not None:
            terms = method_terms(session, kept, method, at=at, today=today)
            consent_id = keep_consent(session, plan, terms, consent, now=at.now)
        else:
            seen = hash_of(version)
            consent_id = keep_asked(session, plan, consent, schedule_hash=seen, now=at.now)
        write_version(
            session,
            plan,
            version,
            change=METHOD_CHANGED,
            now=at.now,
            covers=covers_now(session, plan),
            consent_id=consent_id,
            detail="by hand" if method is None else "charged",
        )
        tell(session, plan, "change_plan_method", ports=ports, at=at, today=today)


def end(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    *,
    left_seen_cents: int,
    ports: Ports,
    at: Moment,
) -> None:
    """What is left is asked for as if there had been no plan; charges to come are stopped.

    Raises PlanNotFoundError, NotLiveError, OtherChangeError (something else is left by now).
    """
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        if left_cents(kept) != left_seen_cents:
            raise OtherChangeError(plan_id)
        plan = kept.plan
        plan.ended_at, plan.end_reason = at.now, "ended by the patient"
        plan.cure_until = plan.cure_days = plan.past_due_since = None
        move_plan_to(session, plan, PlanState.CANCELLED_BY_PATIENT, now=at.now)
        uncover(session, plan_id, now=at.now)
        tell(session, plan, "end_plan", ports=ports, at=at, today=today)


def go_past_disclosure(
    database: Database,
    principal: Principal,
    plan_id: UUID,
    wish: Wish,
    *,
    ports: Ports,
    at: Moment,
) -> None:
    """Its reader goes on to the agreement. Raises PlanNotFoundError, NotLiveError."""
    with database.transaction(principal) as session:
        kept, today = locked(session, plan_id, ports=ports, now=at.now)
        result = outcome_of(session, kept, wish, coming=ports.coming, today=today).result
        if isinstance(result, Changed) and result.needs_consent:
            terms = terms_of_change(session, kept, result, ports=ports, at=at, today=today)
            if terms.disclosure is not None:
                note_disclosed(session, kept.plan, terms, now=at.now)


def locked(
    session: Session, plan_id: UUID, *, ports: Ports, now: datetime
) -> tuple[KeptPlan, date]:
    """A plan that runs, its payer locked. Raises PlanNotFoundError, NotLiveError."""
    plan, today = lock_plan(session, plan_id), practice_today(session, now)
    return _live(session, plan, ports=ports, today=today), today


def looked_at(
    session: Session, plan_id: UUID, *, ports: Ports, now: datetime
) -> tuple[KeptPlan, date]:
    """The same for a page, unlocked."""
    plan, today = plan_of(session, plan_id), practice_today(session, now)
    return _live(session, plan, ports=ports, today=today), today


def left_cents(kept: KeptPlan) -> int:
    """What would be asked for without the plan, less what is on its way."""
    return max(0, kept.loaded.cover.left_cents - kept.coming_cents)


def terms_of_change(
    session: Session,
    kept: KeptPlan,
    result: Changed,
    *,
    ports: Ports,
    at: Moment,
    today: date,
) -> Terms:
    """The words for a change that is agreed to: what is still to be paid by it."""
    plan = kept.plan
    on_file = ports.methods(session, plan.guarantor_id, language=at.language, today=today)
    method = method_of(on_file, plan.method_id)
    return _terms(session, kept, result.version, method=method, at=at, today=today)


def method_terms(
    session: Session, kept: KeptPlan, method: MethodOnFile, *, at: Moment, today: date
) -> Terms:
    """The words for being charged in another way; what is paid, and when, was disclosed before."""
    terms = _terms(session, kept, kept.loaded.version, method=method, at=at, today=today)
    return replace(terms, disclosure=None)


def wanted_method(
    session: Session,
    kept: KeptPlan,
    method_id: UUID | None,
    *,
    ports: Ports,
    at: Moment,
    today: date,
) -> MethodOnFile | None:
    """None: by hand. Raises MethodRefusedError for what is not kept, or not how plans are paid."""
    plan, autopay = kept.plan, kept.policy.autopay
    on_file = chargeable(
        session, plan.guarantor_id, methods=ports.methods, language=at.language, today=today
    )
    method = next((one for one in on_file if one.method_id == method_id), None)
    is_missing = method_id is not None and method is None
    if is_missing or autopay is (Autopay.REQUIRED if method_id is None else Autopay.OFF):
        raise MethodRefusedError(plan.plan_id)
    return method


def _terms(
    session: Session,
    kept: KeptPlan,
    version: PlanVersion,
    *,
    method: MethodOnFile | None,
    at: Moment,
    today: date,
) -> Terms:
    plan = kept.plan
    arrived_cents = kept.loaded.cover.paid_cents
    still_open = progress_of(version.installments, paid_cents=arrived_cents).open_rows
    to_come = progress_of(version.installments, paid_cents=arrived_cents + kept.coming_cents)
    return terms_of(
        session,
        plan.guarantor_id,
        ToPay(
            [
                replace(row.installment, cents=row.left_cents, waived_cents=0)
                for row in to_come.open_rows
            ],
            version.cadence,
            hash_of(version),
            counted(row.installment for row in still_open),
            is_changed=True,
        ),
        method=method,
        language=at.language,
        policy_on=plan.consented_on or today,
        today=today,
    )


def _live(session: Session, plan: Plan, *, ports: Ports, today: date) -> KeptPlan:
    if PlanState(plan.state) not in LIVE:
        raise NotLiveError(plan.plan_id)
    return facts_of_plans(session, [plan], charges=ports.charges, today=today)[0]


def tell(
    session: Session, plan: Plan, action: str, *, ports: Ports, at: Moment, today: date
) -> bool:
    """The audit log, the person, the charges to come, and how the plan stands by it.

    Whether a mail tells them.
    """
    note_plan(session, plan, now=at.now, detail=action)
    note(session, action, plan.guarantor_id, plan.plan_id, now=at.now, request_id=at.request_id)
    is_mailed = tell_of_plan(session, plan, MessageTemplate.PLAN_CHANGED, now=at.now)
    ports.follow(session, plan.plan_id, today=today, now=at.now)
    charges = PlanCharges(ports.charges, ports.follow)
    keep_plan(session, plan.plan_id, charges=charges, today=today, now=at.now)
    return is_mailed
