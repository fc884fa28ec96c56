"""One visit: where its claim is, what was billed, decided, paid and owed, and which bills had it.

Everything as it is now. What cannot be told yet, because insurance or we still decide, has no
amount; it has its journey, and says whose turn it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.billed_claim import BilledClaim, ClaimBooks
from portal.domain.claim_journey import changes, journey
from portal.domain.covered_lines import put_on_plan
from portal.domain.explanation import (
    LET_OFF_CLASS,
    DoesNotAddUpError,
    explain,
    plan_decisions,
)
from portal.domain.names import in_mixed_case
from portal.domain.nothing_to_do import is_nothing_to_do
from portal.domain.pending_visit import reasons_of, remarks_of, why_pending
from portal.domain.statement import PendingVisit, Visit
from portal.domain.visit_privacy import (
    VisitFacts,
    grouped_because,
    grouped_pending,
    grouped_visit,
)
from portal.home.visit_records import (
    InsurersFigures,
    OnStatement,
    PaidOnVisit,
    insurers_figures,
    on_statements,
    paid_on_visit,
)
from portal.ledger.agency import HeldByAgency
from portal.ledger.as_of import claim_books
from portal.practice.claim_history import ClaimHistory, claim_histories
from portal.practice.claims import billed_claims, payer_names
from portal.practice.contact import PracticeContact, contact_of, practice_day
from portal.practice.models import Claim, Hold, Patient, Practice
from portal.practice.viewing import viewer_of
from portal.statements.due import (
    AccountNow,
    StatementDue,
    account_now,
    agencies_of,
    asked_for,
    owed_now,
)
from portal.statements.page import expected_on


class VisitNotFoundError(LookupError):
    """No such visit, or not this person's."""


class VisitState(StrEnum):
    """What the first lines of the page are about, where the visit has an amount."""

    ON_HOLD = "on_hold"  # nothing of the account may be asked for
    ON_ITS_WAY = "on_its_way"  # banks are at work on all that is due
    OWED = "owed"  # by a statement, a payment plan, or both
    PLACED = "placed"  # an agency asks for all that is left
    NOT_ASKED = "not_asked"  # it comes with the next statement
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPage:
    """``visit``: explained to the cent, or else ``pending`` says why there is no amount yet.

    ``due_cents``: what the current statement asks for it, before anything on its way;
    ``on_plan_cents``: what payment plans ask for it instead. ``on_the_way_cents`` is of all that
    the statement asks for, ``is_all_on_the_way`` when nothing of that is left to pay.
    """

    practice: PracticeContact
    guarantor_id: UUID
    claim_id: UUID
    today: date
    visit: Visit | None
    pending: PendingVisit | None
    due_cents: int
    on_plan_cents: int
    insurers: tuple[InsurersFigures, ...]
    payments: tuple[PaidOnVisit, ...]
    statements: tuple[OnStatement, ...]
    agencies: tuple[HeldByAgency, ...] = ()
    is_on_hold: bool = False
    on_the_way_cents: int = 0
    is_all_on_the_way: bool = False
    expected_on: date | None = None

    @property
    def state(self) -> VisitState:
        """What matters most comes first."""
        left_cents = self.visit.figures.you_owe_cents if self.visit else 0
        says = (
            (VisitState.ON_HOLD, self.is_on_hold and bool(left_cents or self.on_plan_cents)),
            (VisitState.ON_ITS_WAY, bool(self.due_cents) and self.is_all_on_the_way),
            (VisitState.OWED, bool(self.due_cents or self.on_plan_cents)),
            (VisitState.NOT_ASKED, left_cents > 0),
            (VisitState.PLACED, bool(self.agencies)),
        )
        return next((state for state, applies in says if applies), VisitState.NOTHING)

    @property
    def not_asked_cents(self) -> int:
        """Of what is left, what no statement has asked for yet."""
        left_cents = self.visit.figures.you_owe_cents if self.visit else 0
        return 0 if self.is_on_hold else max(0, left_cents - self.due_cents)

    @property
    def nothing_to_do(self) -> bool:
        """For this visit."""
        return is_nothing_to_do(
            to_pay_cents=0 if self.is_all_on_the_way else self.due_cents,
            new_cents=self.not_asked_cents,
            has_plan=self.on_plan_cents > 0,
            is_placed=bool(self.agencies),
            is_asked_something=False,  # it has an amount: nobody is asked about it
        )

    @property
    def share_cents(self) -> int:
        """The patient's share on our bill, before anything was paid or let off."""
        if self.visit is None:
            return 0
        figures = self.visit.figures
        left_cents = figures.you_owe_cents + figures.on_payment_plan_cents + figures.placed_cents
        off = (one for line in self.visit.lines for one in line.taken_off)
        let_off_cents = sum(one.cents for one in off if one.kind == LET_OFF_CLASS)
        return left_cents + figures.you_paid_cents + let_off_cents

    @property
    def told_share_cents(self) -> int:
        """The same as the plans' own letters have it, those of the last one together."""
        return sum(one.share_cents for one in self.insurers if one.is_last)

    @property
    def shown(self) -> Visit | PendingVisit:
        """Whichever of the two there is."""
        if self.visit is not None:
            return self.visit
        if self.pending is None:
            raise ValueError(self.claim_id)
        return self.pending

    @property
    def billed_on(self) -> date:
        """When its share was first asked for; today where it never was."""
        return min((one.issued_on for one in self.statements), default=self.today)


def visit_page(
    database: Database, principal: Principal, claim_id: UUID, *, now: datetime, request_id: str
) -> VisitPage:
    """With a row in the audit log. Raises VisitNotFoundError."""
    with database.transaction(principal) as session:
        page = read_visit(session, claim_id, now=now)
        record(
            session,
            action="view",
            object_kind="claim",
            object_id=claim_id,
            guarantor_id=page.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return page


def read_visit(session: Session, claim_id: UUID, *, now: datetime) -> VisitPage:
    """As `visit_page`, without the audit row."""
    row = _claim(session, claim_id)
    guarantor_id = row.Claim.guarantor_id if row else None
    if row is None or guarantor_id is None:
        raise VisitNotFoundError(claim_id)
    practice = contact_of(row.Practice)
    today = practice_day(practice, now=now)
    account = account_now(session, guarantor_id)
    due = _due(session, account)
    coming_since = account.coming_since if due and due.on_the_way_cents else None
    books = claim_books(session, [claim_id], as_of=today)[claim_id]
    billed = billed_claims(session, [claim_id])[claim_id]
    history = claim_histories(session, [claim_id])[claim_id]
    visit = _explained(row, billed, books, history, account)
    pending = None if visit else _pending(session, row, billed, books, history)
    facts = VisitFacts(row.Claim.patient_id, row.Claim.is_sensitive, row.Claim.is_part2)
    because = grouped_because(facts, viewer_of(session, today=today))
    if because:
        visit = grouped_visit(visit, because) if visit else None
        pending = grouped_pending(pending, because) if pending else None
    return VisitPage(
        practice=practice,
        guarantor_id=guarantor_id,
        claim_id=claim_id,
        today=today,
        visit=visit,
        pending=pending,
        due_cents=due.visit_cents.get(claim_id, 0) if due and not due.is_on_hold else 0,
        on_plan_cents=_on_plan_cents(claim_id, account),
        insurers=() if because else insurers_figures(session, claim_id),
        payments=paid_on_visit(session, claim_id),
        statements=on_statements(session, claim_id),
        agencies=agencies_of(session, account, [claim_id]),
        is_on_hold=account.is_on_hold,
        on_the_way_cents=due.on_the_way_cents if due else 0,
        is_all_on_the_way=due is not None and due.due_now_cents <= 0,
        expected_on=expected_on(coming_since, practice) if coming_since else None,
    )


def _claim(session: Session, claim_id: UUID) -> Row[Claim, Practice, str, list[str]] | None:
    practice_id = practice_of(session)
    holds = (
        select(func.array_agg(Hold.kind))
        .where(
            Hold.practice_id == practice_id,
            Hold.claim_id == claim_id,
            Hold.released_at.is_(None),
        )
        .scalar_subquery()
    )
    return session.execute(
        select(Claim, Practice, Patient.first_name, holds.label("holds"))
        .join(Practice, Practice.practice_id == Claim.practice_id)
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            Claim.practice_id == practice_id,
            Practice.practice_id == practice_id,
            Claim.claim_id == claim_id,
        )
    ).one_or_none()


def _explained(
    row: Row[Claim, Practice, str, list[str]],
    billed: BilledClaim,
    books: ClaimBooks,
    history: ClaimHistory,
    account: AccountNow,
) -> Visit | None:
    """None while it cannot be told, or nobody may be asked for it."""
    is_owed = books.owed_cents or any(books.placed.values())
    is_undecided = books.with_insurance_cents and not is_owed
    if row.holds or books.pending_cents or is_undecided:
        return None
    on_plans = {
        target.charge_id: cents
        for target, cents in account.on_plans.items()
        if target.claim_id == row.Claim.claim_id
    }
    try:
        lines = put_on_plan(explain(billed, books), on_plans)
    except DoesNotAddUpError:
        return None
    return Visit(
        claim_id=row.Claim.claim_id,
        claim_number=row.Claim.claim_number,
        patient_first_name=row.first_name or "",
        service_on=row.Claim.service_on,
        provider_name=in_mixed_case(row.Claim.provider_name),
        place_name=row.Claim.place_name,
        lines=lines,
        decisions=plan_decisions(billed.decisions),
        changes=changes(history.heard),
        journey=journey(history.sent, history.heard),
        freed_credit_cents=books.freed_credit_cents,
    )


def _pending(
    session: Session,
    row: Row[Claim, Practice, str, list[str]],
    billed: BilledClaim,
    books: ClaimBooks,
    history: ClaimHistory,
) -> PendingVisit:
    claim_id = row.Claim.claim_id
    why = why_pending(row.holds or (), billed.decisions, share_is_released=bool(books.owed_cents))
    return PendingVisit(
        patient_first_name=row.first_name or "",
        service_on=row.Claim.service_on,
        provider_name=in_mixed_case(row.Claim.provider_name),
        payer_name=payer_names(session, [claim_id]).get(claim_id, ""),
        why=why,
        reasons=reasons_of(why, billed.decisions),
        remarks=remarks_of(why, billed.decisions),
        journey=journey(history.sent, history.heard),
    )


def _due(session: Session, account: AccountNow) -> StatementDue | None:
    """What the newest statement that stands asks for; None where there is none."""
    asked = asked_for(session, account.guarantor_id)
    if asked.newest_id is None:
        return None
    return owed_now(account, asked)


def _on_plan_cents(claim_id: UUID, account: AccountNow) -> int:
    on_plans: Mapping[object, int] = {
        target: cents for target, cents in account.on_plans.items() if target.claim_id == claim_id
    }
    return sum(on_plans.values())
