"""Which statements have to go by mail: to who pays, and to patients who are reached apart.

Visits of a patient reached apart go to that patient's own address (45 CFR 164.522(b)): a statement
of nobody else is no letter to who pays.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.paper_delivery import LetterReason, letter_goes_by
from portal.domain.print_run import UNDER_WAY, LetterState
from portal.practice.contact import PracticeContact
from portal.practice.models import Claim, Guarantor, Hold, Patient
from portal.practice.viewing_acts import reached_at_each
from portal.statements.delivery.queries import Delivery, deliveries, may_get_paper
from portal.statements.due import AccountNow, AskedFor, owed_now
from portal.statements.due_of_many import asked_of_many
from portal.statements.models import Statement, StatementShare, StatementVoid
from portal.statements.papers.own_visits import due_of_visits
from portal.statements.print_runs.models import PrintRunLetter

_STATEMENT: Final = (
    Statement.statement_id,
    Statement.guarantor_id,
    Statement.number,
    Statement.issued_at,
)


@dataclass(frozen=True, slots=True)
class DueLetter:
    """A statement that goes by mail. ``goes_by``: the day it has to be at the mailing house.

    ``for_patient_id``: to this patient, and only their visits of it.
    """

    statement_id: UUID
    guarantor_id: UUID
    number: str
    account_number: str
    reason: LetterReason
    goes_by: date
    language: str
    is_large: bool
    has_address: bool
    for_patient_id: UUID | None = None


def due_letters(session: Session, practice: PracticeContact) -> tuple[DueLetter, ...]:
    """The newest statement of everybody who gets letters, unless a letter of it goes or has gone.

    Whether it still asks for money is looked at when it is printed; of one that was left out
    before, also here.
    """
    zone = ZoneInfo(practice.time_zone)
    letters = [*_to_payers(session, zone), *_to_patients(session, zone)]
    return tuple(sorted(letters, key=lambda one: (one.goes_by, one.number)))


def _to_payers(session: Session, zone: ZoneInfo) -> Iterator[DueLetter]:
    practice_id = practice_of(session)
    newest = (
        _standing(session, *_STATEMENT)
        .ext(distinct_on(Statement.guarantor_id))
        .where(_is_not_theirs_alone(practice_id))
        .order_by(Statement.guarantor_id, Statement.as_of.desc())
    ).subquery()
    rows = session.execute(
        select(newest, Guarantor.account_number)
        .join(Guarantor, Guarantor.guarantor_id == newest.c.guarantor_id)
        .where(
            Guarantor.practice_id == practice_id,
            may_get_paper(practice_id),
            newest.c.statement_id.not_in(
                select(PrintRunLetter.statement_id).where(
                    *_under_way(practice_id), PrintRunLetter.for_patient_id.is_(None)
                )
            ),
        )
    ).all()
    found = deliveries(session, [row.guarantor_id for row in rows])
    letters = [
        _to_payer(row, delivery, reason, zone)
        for row in rows
        if (reason := (delivery := found[row.guarantor_id]).reason) is not None
    ]
    left_out = _left_out(session)
    doubtful = {one.guarantor_id for one in letters if (one.statement_id, None) in left_out}
    asked = asked_of_many(session, doubtful)
    for one in letters:
        is_asked = asked.get(one.guarantor_id)
        if is_asked is None or owed_now(*is_asked).due_now_cents > 0:
            yield one


def _to_payer(row: Row[Any], delivery: Delivery, reason: LetterReason, zone: ZoneInfo) -> DueLetter:
    came_back = delivery.came_back_at
    return DueLetter(
        statement_id=row.statement_id,
        guarantor_id=row.guarantor_id,
        number=row.number,
        account_number=row.account_number,
        reason=reason,
        goes_by=letter_goes_by(
            _day(row.issued_at, zone), _day(came_back, zone) if came_back else None, reason
        ),
        language=delivery.language,
        is_large=delivery.standing.is_large,
        has_address=delivery.has_address,
    )


def _to_patients(session: Session, zone: ZoneInfo) -> Iterator[DueLetter]:
    """A letter for whom a street was noted. Who has an address for e-mail alone gets a link."""
    practice_id = practice_of(session)
    newest = (
        _standing(session, *_STATEMENT, Patient.patient_id)
        .ext(distinct_on(Patient.patient_id))
        .join(
            StatementShare,
            (StatementShare.practice_id == practice_id)
            & (StatementShare.statement_id == Statement.statement_id),
        )
        .join(
            Claim,
            (Claim.practice_id == practice_id) & (Claim.claim_id == StatementShare.claim_id),
        )
        .join(
            Patient,
            (Patient.practice_id == practice_id)
            & (Patient.patient_id == Claim.patient_id)
            & (Patient.guarantor_id == Statement.guarantor_id),
        )
        .where(Patient.is_reached_apart)
        .order_by(Patient.patient_id, Statement.as_of.desc())
    ).subquery()
    gone = select(PrintRunLetter.for_patient_id).where(
        *_under_way(practice_id),
        PrintRunLetter.statement_id == newest.c.statement_id,
        PrintRunLetter.for_patient_id == newest.c.patient_id,
    )
    rows = session.execute(
        select(newest, Guarantor.account_number, Guarantor.language, Guarantor.email)
        .join(Guarantor, Guarantor.guarantor_id == newest.c.guarantor_id)
        .where(Guarantor.practice_id == practice_id, ~gone.exists())
    ).all()
    left_out = _left_out(session)
    doubtful = [row for row in rows if (row.statement_id, row.patient_id) in left_out]
    asked = asked_of_many(session, {row.guarantor_id for row in doubtful})
    visits = _visits_of(session, [row.patient_id for row in doubtful])
    reached = reached_at_each(session, [row.patient_id for row in rows])
    for row in rows:
        own = visits.get(row.patient_id)
        if own is not None and not _asks_for(own, row.statement_id, *asked[row.guarantor_id]):
            continue
        where = reached[row.patient_id]
        has_street = bool(where.address_line)
        if has_street or not where.email_beside(row.email):
            yield _to_patient(row, zone, has_address=has_street)


def _to_patient(row: Row[Any], zone: ZoneInfo, *, has_address: bool) -> DueLetter:
    reason = LetterReason.REACHED_APART
    return DueLetter(
        statement_id=row.statement_id,
        guarantor_id=row.guarantor_id,
        number=row.number,
        account_number=row.account_number,
        reason=reason,
        goes_by=letter_goes_by(_day(row.issued_at, zone), None, reason),
        language=row.language,
        is_large=False,  # what the guarantor chose is not theirs
        has_address=has_address,
        for_patient_id=row.patient_id,
    )


def _standing(session: Session, *columns: Any) -> Select[Any]:
    """Statements that were not taken back, of people whose billing has not stopped."""
    practice_id = practice_of(session)
    voided = select(StatementVoid.statement_id).where(StatementVoid.practice_id == practice_id)
    on_hold = select(Hold.guarantor_id).where(
        Hold.practice_id == practice_id,
        Hold.guarantor_id.is_not(None),
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    return select(*columns).where(
        Statement.practice_id == practice_id,
        Statement.statement_id.not_in(voided),
        Statement.guarantor_id.not_in(on_hold),
    )


def _is_not_theirs_alone(practice_id: UUID) -> ColumnElement[bool]:
    """Somebody who is not reached apart has a visit on it; asked only where somebody is."""
    with_somebody = select(Patient.guarantor_id).where(
        Patient.practice_id == practice_id, Patient.is_reached_apart
    )
    others = (
        select(StatementShare.statement_id)
        .join(
            Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == StatementShare.claim_id)
        )
        .outerjoin(
            Patient,
            (Patient.practice_id == practice_id) & (Patient.patient_id == Claim.patient_id),
        )
        .where(
            StatementShare.practice_id == practice_id,
            StatementShare.statement_id == Statement.statement_id,
            func.coalesce(Patient.is_reached_apart, False).is_(other=False),
        )
    )
    return or_(Statement.guarantor_id.not_in(with_somebody), others.exists())


def _under_way(practice_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        PrintRunLetter.practice_id == practice_id,
        PrintRunLetter.state.in_([state.value for state in UNDER_WAY]),
    )


def _left_out(session: Session) -> frozenset[tuple[UUID, UUID | None]]:
    """Statements, and whose letter: those that still ask for nothing are no letter again."""
    rows = session.execute(
        select(PrintRunLetter.statement_id, PrintRunLetter.for_patient_id)
        .where(
            PrintRunLetter.practice_id == practice_of(session),
            PrintRunLetter.state.in_([LetterState.LEFT_OUT.value, LetterState.TAKEN_OUT.value]),
        )
        .distinct()
    )
    return frozenset((row.statement_id, row.for_patient_id) for row in rows)


def _visits_of(session: Session, patient_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """Of each of these patients."""
    found: dict[UUID, frozenset[UUID]] = dict.fromkeys(patient_ids, frozenset())
    rows = session.execute(
        select(Claim.patient_id, Claim.claim_id).where(
            Claim.practice_id == practice_of(session), Claim.patient_id.in_(patient_ids)
        )
    )
    for row in rows:
        found[row.patient_id] |= {row.claim_id}
    return found


def _asks_for(
    own: frozenset[UUID], statement_id: UUID, account: AccountNow, asked: AskedFor
) -> bool:
    return due_of_visits(account, asked, statement_id, own).due_now_cents > 0


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
