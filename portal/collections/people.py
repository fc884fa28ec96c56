"""One person as collections staff work with them: promises, notes, plans, what an agency holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_conflict
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.collections.worklist import WorkItem, work_items
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.promises import PromiseOutcome
from portal.ledger.models import AgencyPlacement, PlacedLine
from portal.ledger.queries import receivable_cents
from portal.plans.offering.footing import practice_today
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor
from portal.practice.promises import AccountNote, Promise, notes_of, promises_of


class PersonNotFoundError(LookupError):
    """No such guarantor in this practice."""


class PromiseStandsError(ValueError):
    """Another promise of this person is open."""


class PromiseDayError(ValueError):
    """A promise is for today or later."""


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """One promise. ``made_by``: a name, empty for who has left."""

    promise_id: UUID
    amount_cents: int
    promised_for: date
    made_on: date
    made_by: str
    outcome: PromiseOutcome


@dataclass(frozen=True, slots=True)
class NoteRow:
    """What somebody wrote down."""

    words: str
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """What an agency holds of one visit, or held."""

    agency_name: str
    amount_cents: int
    placed_on: date
    recalled_on: date | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """``owes_cents``: all but what an agency holds; plans have their part of it in ``item``."""

    item: WorkItem
    today: date
    owes_cents: int
    promises: tuple[PromiseRow, ...]
    notes: tuple[NoteRow, ...]
    placed: tuple[PlacedRow, ...]

    @property
    def open_promise(self) -> PromiseRow | None:
        return next((one for one in self.promises if one.outcome is PromiseOutcome.OPEN), None)

    @property
    def placed_cents(self) -> int:
        return sum(one.amount_cents for one in self.placed if one.recalled_on is None)


def person_page(
    database: Database, principal: Principal, guarantor_id: UUID, *, now: datetime, request_id: str
) -> PersonPage:
    """With a row in the audit log. Raises PersonNotFoundError."""
    with database.transaction(principal) as session:
        items = work_items(session, [guarantor_id], now=now)
        if not items:
            raise PersonNotFoundError(guarantor_id)
        _note(session, guarantor_id, "view", "collections", now=now, request_id=request_id)
        zone, names = ZoneInfo(practice_contact(session).time_zone), _staff_names(session)
        return PersonPage(
            item=items[0],
            today=now.astimezone(zone).date(),
            owes_cents=receivable_cents(session, guarantor_id),
            promises=tuple(
                PromiseRow(
                    promise_id=one.promise_id,
                    amount_cents=one.amount_cents,
                    promised_for=one.promised_for,
                    made_on=one.made_at.astimezone(zone).date(),
                    made_by=names.get(one.made_by, ""),
                    outcome=PromiseOutcome(one.outcome),
                )
                for one in promises_of(session, guarantor_id)
            ),
            notes=tuple(
                NoteRow(one.words, one.written_at, names.get(one.written_by, ""))
                for one in notes_of(session, guarantor_id)
            ),
            placed=tuple(_placed(session, guarantor_id, zone)),
        )


def note_promise(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    *,
    amount_cents: int,
    promised_for: date,
    now: datetime,
    request_id: str,
) -> None:
    """They said that they will pay so much by a day.

    Raises PersonNotFoundError, PromiseDayError and PromiseStandsError.
    """
    with database.transaction(principal) as session:
        _known(session, guarantor_id)
        if promised_for < practice_today(session, now):
            raise PromiseDayError(promised_for)
        promise_id = session.scalar(
            insert_or_conflict(Promise)
            .values(
                practice_id=practice_of(session),
                promise_id=new_id(),
                guarantor_id=guarantor_id,
                promised_for=promised_for,
                amount_cents=amount_cents,
                made_at=now,
                made_by=principal.actor_id,
                outcome=PromiseOutcome.OPEN.value,
            )
            .on_conflict_do_nothing()
            .returning(Promise.promise_id)
        )
        if promise_id is None:
            raise PromiseStandsError(guarantor_id)
        _note(session, guarantor_id, "add", "promise", now=now, request_id=request_id)


def withdraw_promise(
    database: Database,
    principal: Principal,
    promise_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> UUID:
    """It counts no more; one that has ended stays as it ended. Whose it was.

    Raises PersonNotFoundError.
    """
    with database.transaction(principal) as session:
        promise = session.scalar(
            select(Promise)
            .where(Promise.practice_id == practice_of(session), Promise.promise_id == promise_id)
            .with_for_update()
        )
        if promise is None:
            raise PersonNotFoundError(promise_id)
        if promise.outcome == PromiseOutcome.OPEN.value:
            promise.outcome = PromiseOutcome.WITHDRAWN.value
            promise.outcome_at, promise.outcome_by = now, principal.actor_id
            whose = promise.guarantor_id
            _note(session, whose, "withdraw", "promise", now=now, request_id=request_id)
        return promise.guarantor_id


def write_note(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    words: str,
    *,
    now: datetime,
    request_id: str,
) -> None:
    """Kept as it is from now on. Raises PersonNotFoundError."""
    with database.transaction(principal) as session:
        _known(session, guarantor_id)
        session.execute(
            insert(AccountNote).values(
                practice_id=practice_of(session),
                note_id=new_id(),
                guarantor_id=guarantor_id,
                words=words,
                written_at=now,
                written_by=principal.actor_id,
            )
        )
        _note(session, guarantor_id, "add", "account_note", now=now, request_id=request_id)


def _known(session: Session, guarantor_id: UUID) -> None:
    found = session.scalar(
        select(Guarantor.guarantor_id).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    )
    if found is None:
        raise PersonNotFoundError(guarantor_id)


def _staff_names(session: Session) -> dict[UUID, str]:
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {row.staff_id: row.name for row in rows}


def _placed(session: Session, guarantor_id: UUID, zone: ZoneInfo) -> Sequence[PlacedRow]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(PlacedLine, AgencyPlacement.agency_name, AgencyPlacement.placed_at)
        .join(AgencyPlacement, AgencyPlacement.placement_id == PlacedLine.placement_id)
        .where(
            PlacedLine.practice_id == practice_id,
            AgencyPlacement.practice_id == practice_id,
            PlacedLine.guarantor_id == guarantor_id,
        )
        .order_by(PlacedLine.placed_line_id.desc())
    )
    return [
        PlacedRow(
            row.agency_name,
            row.PlacedLine.amount_cents,
            row.placed_at.astimezone(zone).date(),
            recalled.astimezone(zone).date() if (recalled := row.PlacedLine.recalled_at) else None,
        )
        for row in rows
    ]


def _note(
    session: Session,
    guarantor_id: UUID,
    action: str,
    object_kind: str,
    *,
    now: datetime,
    request_id: str,
) -> None:
    record(
        session,
        action=action,
        object_kind=object_kind,
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
