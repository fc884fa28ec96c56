"""What the pages of a change say: what may be chosen, what it does before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db import Database, Principal
from portal.domain.plan_agreement_texts import NOTICES_OF_CARDS, notice_texts
from portal.domain.plans.change import Changed
from portal.domain.plans.difference import RowChange, row_changes
from portal.domain.plans.policy import Autopay, Overpayment
from portal.domain.plans.progress import progress_of
from portal.domain.plans.refusal import Refusal
from portal.domain.plans.schedule import Installment
from portal.domain.plans.versions import PlanVersion
from portal.messages.service import mail_refusals
from portal.plans.changing.service import (
    Moment,
    Ports,
    left_cents,
    looked_at,
    method_terms,
    terms_of_change,
    wanted_method,
)
from portal.plans.changing.wishes import UseAhead, Wish, as_fields, outcome_of, visits_to_add
from portal.plans.keeping.facts import KeptPlan
from portal.plans.noting import note
from portal.plans.offering.service import chargeable
from portal.plans.offering.terms import Terms, was_disclosed
from portal.plans.page_frame import PageOfPlan
from portal.plans.policies import pack_of
from portal.plans.ports import MethodOnFile, method_of
from portal.plans.rows import beyond_next_cents
from portal.plans.store import hash_of
from portal.plans.visits import PlanVisit, visits_of
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.viewing import viewer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanHead:
    """Which plan a page is about, and what its frame needs."""

    practice: PracticeContact
    statement_id: UUID | None
    plan_id: UUID
    number: str
    today: date


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is still to come, in a few figures."""

    count: int
    largest_cents: int
    last_on: date
    left_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage(PageOfPlan[PlanHead]):
    """What a wish would do. ``seen`` and ``fields`` come back with the yes.

    ``terms``: where it has to be agreed to; ``is_disclosed``: what comes before that was read.
    """

    refusal: Refusal | None
    changes: tuple[RowChange, ...]
    before: Outlook | None
    after: Outlook | None
    visits: tuple[PlanVisit, ...]
    terms: Terms | None
    is_disclosed: bool
    is_mailed: bool
    seen: str
    fields: Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePage(PageOfPlan[PlanHead]):
    """Another day for one payment; ``installment`` is None for one that is not there."""

    installment: Installment | None
    first_on: date
    last_on: date
    most_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadPage(PageOfPlan[PlanHead]):
    """What money that was paid ahead may do; an outlook for each way that the rules allow."""

    beyond_cents: int
    now: Outlook | None
    ways: Mapping[Overpayment, Outlook]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPage(PageOfPlan[PlanHead]):
    """Visits that may join the plan."""

    visits: tuple[PlanVisit, ...]
    now: Outlook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodPage(PageOfPlan[PlanHead]):
    """How it may be paid from now on. ``terms`` of the one that was chosen, before it counts."""

    autopay: Autopay
    methods: tuple[MethodOnFile, ...]
    method_id: UUID | None
    is_mailed: bool
    card_notices: tuple[str, ...]
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPage(PageOfPlan[PlanHead]):
    """What ending it does: ``left_cents`` is asked for at once."""

    left_cents: int
    coming_cents: int
    visits: tuple[PlanVisit, ...]
    is_charged: bool


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at which plan, and by what."""

    database: Database
    principal: Principal
    plan_id: UUID
    statement_id: UUID | None
    ports: Ports
    at: Moment


def change_page(looking: Looking, wish: Wish) -> ChangePage:
    """With a row in the audit log. Raises PlanNotFoundError, NotLiveError."""
    with looking.database.transaction(looking.principal) as session:
        kept, head = _open(session, looking)
        outcome = outcome_of(session, kept, wish, coming=looking.ports.coming, today=head.today)
        result = outcome.result
        lines = {line.target: line.covered_cents for line in outcome.lines}
        is_mailed = not mail_refusals(session, kept.plan.guarantor_id)
        viewer = viewer_of(session, today=head.today)
        if isinstance(result, Refusal):
            return ChangePage(
                plan=head, refusal=result, changes=(), before=None, after=None,
                visits=visits_of(session, lines, viewer), terms=None, is_disclosed=True,
                is_mailed=is_mailed, seen="", fields=as_fields(wish),
            )  # fmt: skip
        terms = _terms(session, kept, result, looking, head.today)
        return ChangePage(
            plan=head,
            refusal=None,
            changes=row_changes(kept.loaded.version.installments, result.version.installments),
            before=_outlook(kept, kept.loaded.version),
            after=_outlook(kept, result.version),
            visits=visits_of(session, lines, viewer),
            terms=terms,
            is_disclosed=(
                terms is None
                or terms.disclosure is None
                or was_disclosed(session, looking.plan_id, terms)
            ),
            is_mailed=is_mailed,
            seen=hash_of(result.version),
            fields=as_fields(wish),
        )


def move_page(looking: Looking, number: int) -> MovePage:
    """With a row in the audit log. Raises PlanNotFoundError, NotLiveError."""
    with looking.database.transaction(looking.principal) as session:
        kept, head = _open(session, looking)
        found = [one for one in kept.loaded.version.installments if one.number == number]
        most_days = kept.policy.move_date_max_days
        tomorrow = head.today + timedelta(days=1)
        agreed = (found[0].moved_from or found[0].due_on) if found else tomorrow
        return MovePage(
            plan=head,
            installment=found[0] if found else None,
            first_on=max(tomorrow, agreed - timedelta(days=most_days)),
            last_on=max(tomorrow, agreed + timedelta(days=most_days)),
            most_days=most_days,
        )


def ahead_page(looking: Looking) -> AheadPage:
    """With a row in the audit log. Raises PlanNotFoundError, NotLiveError."""
    with looking.database.transaction(looking.principal) as session:
        kept, head = _open(session, looking)
        ways = {}
        for how in (Overpayment.SHORTEN, Overpayment.LOWER):
            outcome = outcome_of(
                session, kept, UseAhead(how), coming=looking.ports.coming, today=head.today
            )
            after = None
            if isinstance(outcome.result, Changed):
                after = _outlook(kept, outcome.result.version)
            if after is not None:
                ways[how] = after
        return AheadPage(
            plan=head,
            beyond_cents=beyond_next_cents(kept, head.today),
            now=_outlook(kept, kept.loaded.version),
            ways=ways,
        )


def add_page(looking: Looking) -> AddPage:
    """With a row in the audit log. Raises PlanNotFoundError, NotLiveError."""
    with looking.database.transaction(looking.principal) as session:
        kept, head = _open(session, looking)
        lines = visits_to_add(session, kept, coming=looking.ports.coming)
        return AddPage(
            plan=head,
            visits=visits_of(
                session,
                {line.target: line.covered_cents for line in lines},
                viewer_of(session, today=head.today),
            ),
            now=_outlook(kept, kept.loaded.version),
        )


def method_page(looking: Looking, *, wanted: UUID | None = None) -> MethodPage:
    """With a row in the audit log. ``wanted``: chosen, and now to be agreed to.

    Raises PlanNotFoundError, NotLiveError, MethodRefusedError.
    """
    with looking.database.transaction(looking.principal) as session:
        kept, head = _open(session, looking)
        guarantor_id, at, ports = kept.plan.guarantor_id, looking.at, looking.ports
        terms = None
        if wanted is not None:
            method = wanted_method(session, kept, wanted, ports=ports, at=at, today=head.today)
            if method is not None:
                terms = method_terms(session, kept, method, at=at, today=head.today)
        notices = pack_of(session, guarantor_id, on=head.today).notices & NOTICES_OF_CARDS
        on_file = chargeable(
            session, guarantor_id, methods=ports.methods, language=at.language, today=head.today
        )
        present = method_of(on_file, kept.plan.method_id)
        return MethodPage(
            plan=head,
            autopay=kept.policy.autopay,
            methods=on_file,
            method_id=present.method_id if present else kept.plan.method_id,
            is_mailed=not mail_refusals(session, guarantor_id),
            card_notices=notice_texts(notices, phone=head.practice.phone, language=at.language),
            terms=terms,
        )


def end_page(looking: Looking) -> EndPage:
    """With a row in the audit log. Raises PlanNotFoundError, NotLiveError."""
    with looking.database.transaction(looking.principal) as session:
        kept, head = _open(session, looking)
        lines = {line.target: line.left_cents for line in kept.loaded.cover.lines}
        return EndPage(
            plan=head,
            left_cents=left_cents(kept),
            coming_cents=kept.coming_cents,
            visits=visits_of(
                session,
                {target: cents for target, cents in lines.items() if cents},
                viewer_of(session, today=head.today),
            ),
            is_charged=kept.plan.method_id is not None,
        )


def _open(session: Session, looking: Looking) -> tuple[KeptPlan, PlanHead]:
    kept, today = looked_at(session, looking.plan_id, ports=looking.ports, now=looking.at.now)
    note(
        session,
        "view_plan",
        kept.plan.guarantor_id,
        looking.plan_id,
        now=looking.at.now,
        request_id=looking.at.request_id,
    )
    head = PlanHead(
        practice=practice_contact(session),
        statement_id=looking.statement_id,
        plan_id=looking.plan_id,
        number=kept.plan.number,
        today=today,
    )
    return kept, head


def _terms(
    session: Session, kept: KeptPlan, result: Changed, looking: Looking, today: date
) -> Terms | None:
    if not result.needs_consent:
        return None
    return terms_of_change(session, kept, result, ports=looking.ports, at=looking.at, today=today)


def _outlook(kept: KeptPlan, version: PlanVersion) -> Outlook | None:
    """None when nothing is to come."""
    paid_cents = kept.loaded.cover.paid_cents + kept.coming_cents
    rows = progress_of(version.installments, paid_cents=paid_cents).open_rows
    if not rows:
        return None
    return Outlook(
        count=len(rows),
        largest_cents=max(row.left_cents for row in rows),
        last_on=max(row.installment.due_on for row in rows),
        left_cents=sum(row.left_cents for row in rows),
    )
