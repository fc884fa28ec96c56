"""A statement as one patient's own: their visits alone, for who is reached apart from who pays.

Their letter tells nothing of anybody else's visits and nothing of the payer's money.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.links_apart import all_reached_apart
from portal.db import Database, Principal, practice_of
from portal.domain.since_statement import MoneySince, rows_since
from portal.domain.statement import StatementDocument
from portal.domain.visit_privacy import Viewer, ViewerKind
from portal.ledger.since import MovedSince, moved_since
from portal.practice.contact import practice_day
from portal.practice.models import Claim, Patient
from portal.practice.viewing import masked
from portal.practice.viewing_acts import UnknownPatientError, patient_of, reached_at
from portal.statements.coming import ScheduledOfStatement
from portal.statements.due import (
    AccountNow,
    AskedFor,
    StatementDue,
    account_now,
    agencies_of,
    asked_for,
    by_visit,
    due_of,
    state_of,
)
from portal.statements.models import Statement
from portal.statements.page import OwnPart, StatementPage, read_page
from portal.statements.papers.reading import PaperFacts, addressee, envelope_of
from portal.statements.papers.service import Sheet, read_sheet
from portal.statements.queries import statement_patient_ids
from portal.statements.service import StatementNotFoundError
from portal.statements.since_issue import (
    on_plans_then,
    paid_beside_plans,
    rows_beside,
    visits_left,
)


def read_own_sheet(
    session: Session, statement_id: UUID, patient_id: UUID, *, now: datetime
) -> Sheet:
    """For jobs and staff, who see a statement whole.

    Raises StatementNotFoundError, also when the patient is another account's by now.
    """
    page = read_page(session, statement_id, today=partial(practice_day, now=now))
    if page is None:
        raise StatementNotFoundError(statement_id)
    try:
        patient = patient_of(session, page.guarantor_id, patient_id)
    except UnknownPatientError as error:
        raise StatementNotFoundError(statement_id) from error
    goes_to = addressee(patient, reached_at(session, patient_id))
    facts = PaperFacts(
        address_lines=goes_to.lines,
        postal_code=goes_to.postal_code,
        envelope=envelope_of(session),
    )
    return Sheet(_own_page(session, page, patient, now=now), facts)


def view_letter(
    database: Database,
    principal: Principal,
    statement_id: UUID,
    *,
    scheduled_of_statement: ScheduledOfStatement,
    now: datetime,
    request_id: str,
) -> Sheet:
    """What staff put into an envelope, with a row in the audit log.

    A statement of nobody but one patient who is reached apart is that patient's letter; of several
    it is nobody's. Raises StatementNotFoundError.
    """
    with database.transaction(principal) as session:
        sheet = read_sheet(
            session, statement_id, scheduled_of_statement=scheduled_of_statement, now=now
        )
        patient_ids = statement_patient_ids(session, statement_id)
        if all_reached_apart(session, patient_ids):
            if len(patient_ids) > 1:
                raise StatementNotFoundError(statement_id)
            own = read_own_sheet(session, statement_id, patient_ids[0], now=now)
            sheet = replace(own, language=sheet.language)
        record(
            session,
            action="view_paper",
            object_kind="statement",
            object_id=statement_id,
            guarantor_id=sheet.page.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return sheet


def own_due(session: Session, statement_id: UUID, patient_id: UUID) -> StatementDue:
    """What a statement asks for the visits of one of its patients."""
    statement = session.execute(
        select(Statement.guarantor_id, Statement.due_on).where(
            Statement.practice_id == practice_of(session), Statement.statement_id == statement_id
        )
    ).one()
    account = account_now(session, statement.guarantor_id)
    asked = asked_for(session, statement.guarantor_id)
    own = due_of_visits(account, asked, statement_id, _own_claims(session, patient_id))
    return replace(own, due_on=statement.due_on)


def due_of_visits(
    account: AccountNow, asked: AskedFor, statement_id: UUID, claim_ids: Collection[UUID]
) -> StatementDue:
    """What a statement asks for these visits alone, by the day of the newest."""
    visits = asked.alone(statement_id)
    own = {claim_id: one for claim_id, one in visits.items() if claim_id in claim_ids}
    return due_of(account, own, due_on=asked.due_on)


def _own_page(
    session: Session, page: StatementPage, patient: Patient, *, now: datetime
) -> StatementPage:
    today = practice_day(page.practice, now=now)
    account = account_now(session, page.guarantor_id)
    due = own_due(session, page.statement_id, patient.patient_id)
    document = _own_document(session, page, patient, now=now)
    agencies = agencies_of(session, account, tuple(due.visit_cents))
    own = {visit.claim_id for visit in document.visits}
    since = _moved_since(session, page.statement_id)
    asked = asked_for(session, page.guarantor_id)
    then = on_plans_then(page.document)
    beside = paid_beside_plans(asked.told.get(page.statement_id, {}), since, then)
    paid = {claim_id: cents for claim_id, cents in beside.items() if claim_id in own}
    paid_cents = sum(paid.values())
    received = ((_last_paid_on(page, today), paid_cents),) if paid_cents else ()
    lines = by_visit(asked.lines.get(page.statement_id, {}))
    visits = visits_left(session, account, since, asked=lines, own=due, paid=paid, then=then)
    money = MoneySince(received=received, kept_cents=0, paid=paid, from_credit={})
    return replace(
        page,
        document=document,
        state=state_of(due, replace(account, credit_cents=0), is_placed=bool(agencies)),
        waiting=None,
        due_now_cents=due.due_now_cents,
        past_due=due.due_now_cents > 0 and today > due.due_on,
        paid_since_issue=received,
        on_the_way_cents=due.on_the_way_cents,
        credit_cents=0,
        pay_code=None,  # it opens the whole statement
        changes_since={one: told for one, told in page.changes_since.items() if one in own},
        coming=None,
        on_plans_cents=due.on_plans_cents,
        plans=(),
        agencies=agencies,
        newer=None,
        alone=OwnPart(due.open_cents, due.on_the_way_cents, due.is_on_hold),
        earlier=(),
        is_one_alone=True,
        since_last=(),
        since=(
            *rows_since(visits, money),
            *rows_beside((), on_the_way_cents=due.on_the_way_cents),
        ),
        payer_sees=None,
    )


def _own_document(
    session: Session, page: StatementPage, patient: Patient, *, now: datetime
) -> StatementDocument:
    """Their visits whole, and what 42 CFR Part 2 asks for beside them."""
    kind, today = ViewerKind.PATIENT_APART, practice_day(page.practice, now=now)
    viewer = Viewer(kind, today, page.guarantor_id, frozenset({patient.patient_id}))
    seen = masked(session, page.document, viewer)
    return replace(
        page.document,
        guarantor_name=f"{patient.first_name} {patient.last_name}".strip(),
        visits=tuple(visit for visit in seen.visits if not visit.grouped_because),
        pending=(),
        previous_amount_due_cents=0,
        payments_since_cents=0,
        unapplied_credit_cents=0,
        moved_to_plans_cents=0,
        payment_plans=(),
        since_last=None,
    )


def _moved_since(session: Session, statement_id: UUID) -> MovedSince:
    statement = session.execute(
        select(Statement.guarantor_id, Statement.as_of, Statement.issued_at).where(
            Statement.practice_id == practice_of(session),
            Statement.statement_id == statement_id,
        )
    ).one()
    return moved_since(
        session,
        statement.guarantor_id,
        as_of=statement.as_of,
        issued_at=statement.issued_at,
    )


def _last_paid_on(page: StatementPage, today: date) -> date:
    return max((on for on, _ in page.paid_since_issue), default=today)


def _own_claims(session: Session, patient_id: UUID) -> frozenset[UUID]:
    found = session.scalars(
        select(Claim.claim_id).where(
            Claim.practice_id == practice_of(session), Claim.patient_id == patient_id
        )
    )
    return frozenset(found)
