"""Placing with an agency and recalling: in the journal, in the outbox, and line by line.

What may go is decided again under each payer's lock, in the transaction that places it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.collections.agency.candidates import Candidate, candidates
from portal.db import Database, Principal, PrincipalKind, new_id, practice_of, principal_of
from portal.domain.agency_postings import placed, recalled
from portal.domain.allocation import Allocation
from portal.domain.journal import NOWHERE, BusinessEvent, JournalEntry, Target
from portal.ledger.journal import post
from portal.ledger.models import AgencyPlacement, PlacedLine
from portal.ledger.outbox import enqueue_post
from portal.ledger.visit_deposits import meet_deposits
from portal.payments.settlement import account_details
from portal.plans.moves import lock_payer
from portal.plans.offering.footing import practice_today


class NotForAgencyError(PermissionError):
    """Only managers place and recall."""


class RecallReason(StrEnum):
    """Why an agency asks no more."""

    MONEY = "money"  # the person paid here
    INSURANCE = "insurance"  # a payer decided anew
    HOLD = "hold"  # a hold on the account, or a dispute
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Placement:
    """What went, and which visits did not after all."""

    placement_id: UUID
    placed: tuple[Candidate, ...]
    refused: tuple[Candidate, ...]

    @property
    def cents(self) -> int:
        return sum(one.cents for one in self.placed)


def place(
    database: Database,
    principal: Principal,
    claim_ids: Collection[UUID],
    agency_name: str,
    *,
    now: datetime,
    request_id: str,
) -> Placement:
    """All of these visits against which nothing speaks now, whole. Raises NotForAgencyError."""
    admit(principal)
    with database.transaction(principal) as session:
        today = practice_today(session, now)
        wanted = candidates(session, claim_ids, today=today)
        for guarantor_id in sorted({one.guarantor_id for one in wanted}):
            lock_payer(session, guarantor_id)
        found = candidates(session, claim_ids, today=today)
        going = [one for one in found if not one.refusals]
        placement_id = new_id()
        if going:
            _begin(session, placement_id, agency_name, now=now)
        for guarantor_id in sorted({one.guarantor_id for one in going}):
            theirs = [one for one in going if one.guarantor_id == guarantor_id]
            _place(session, placement_id, theirs, today=today, now=now)
            _note(session, guarantor_id, "place", now=now, request_id=request_id)
        refused = tuple(one for one in found if one.refusals)
        return Placement(placement_id, tuple(going), refused)


def recall(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    *,
    now: datetime,
    request_id: str,
) -> int:
    """Everything of one person, at a manager's word; how many cents. Raises NotForAgencyError."""
    admit(principal)
    with database.transaction(principal) as session:
        lock_payer(session, guarantor_id)
        rows = standing_lines(session, [guarantor_id])
        recall_lines(session, rows, RecallReason.STAFF, now=now)
        _note(session, guarantor_id, "recall", now=now, request_id=request_id)
        return sum(row.amount_cents for row in rows)


def standing_lines(session: Session, guarantor_ids: Collection[UUID]) -> Sequence[PlacedLine]:
    """What agencies hold of these people, the first billed first."""
    return session.scalars(
        select(PlacedLine)
        .where(
            PlacedLine.practice_id == practice_of(session),
            PlacedLine.guarantor_id.in_(guarantor_ids),
            PlacedLine.recalled_at.is_(None),
        )
        .order_by(PlacedLine.first_statement_on, PlacedLine.placed_line_id)
    ).all()


def recall_lines(
    session: Session, rows: Sequence[PlacedLine], reason: RecallReason, *, now: datetime
) -> None:
    """Of one person, with the payer locked. A deposit that waits for one of them pays it now."""
    if not rows:
        return
    guarantor_id, today = rows[0].guarantor_id, practice_today(session, now)
    recall_id = new_id()
    lines = {Target(row.claim_id, row.charge_id): row.amount_cents for row in rows}
    entry = recalled(recall_id, lines, guarantor_id=guarantor_id, effective_on=today)
    _post(session, entry, recall_id, {line: -cents for line, cents in lines.items()}, now=now)
    session.execute(
        update(PlacedLine)
        .where(
            PlacedLine.practice_id == practice_of(session),
            PlacedLine.placed_line_id.in_([row.placed_line_id for row in rows]),
        )
        .values(
            recalled_at=now,
            recalled_by=principal_of(session).actor_id,
            recall_reason=reason.value,
        )
    )
    connection, practice_id = session.connection(), practice_of(session)
    meet_deposits(connection, practice_id, today=today, now=now, guarantor_ids=[guarantor_id])


def _begin(session: Session, placement_id: UUID, agency_name: str, *, now: datetime) -> None:
    session.execute(
        insert(AgencyPlacement).values(
            practice_id=practice_of(session),
            placement_id=placement_id,
            agency_name=agency_name,
            placed_at=now,
            placed_by=principal_of(session).actor_id,
        )
    )


def _place(
    session: Session,
    placement_id: UUID,
    visits: Sequence[Candidate],
    *,
    today: date,
    now: datetime,
) -> None:
    guarantor_id = visits[0].guarantor_id
    lines = {target: cents for visit in visits for target, cents in visit.targets.items()}
    entry = placed(placement_id, lines, guarantor_id=guarantor_id, effective_on=today)
    entry_id = _post(session, entry, placement_id, lines, now=now)
    session.execute(
        insert(PlacedLine),
        [
            {
                "practice_id": practice_of(session),
                "placed_line_id": new_id(),
                "placement_id": placement_id,
                "guarantor_id": guarantor_id,
                "claim_id": visit.claim_id,
                "charge_id": charge_id,
                "amount_cents": cents,
                "first_statement_on": visit.first_statement_on,
                "entry_id": entry_id,
                "recall_reason": "",
            }
            for visit in visits
            for charge_id, cents in visit.lines.items()
        ],
    )


def _post(
    session: Session,
    entry: JournalEntry,
    subject_id: UUID,
    off_lines: Mapping[Target, int],
    *,
    now: datetime,
) -> UUID:
    """The practice's system learns what left its lines (below zero: came back); no money moved."""
    entry_id = post(session, entry, now=now)
    if entry.guarantor_id is None:
        raise ValueError(entry)
    parts: Iterable[Allocation] = (
        Allocation(NOWHERE, -sum(off_lines.values())),
        *(Allocation(target, cents) for target, cents in off_lines.items()),
    )
    enqueue_post(
        session,
        guarantor_id=entry.guarantor_id,
        entry_id=entry_id,
        subject_id=subject_id,
        kind=BusinessEvent(entry.business_event).value,
        amount_cents=0,
        effective_on=entry.effective_on,
        details=account_details(session, entry.guarantor_id, list(parts)),
        now=now,
    )
    return entry_id


def admit(principal: Principal) -> None:
    """Raises NotForAgencyError."""
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.AGENCY]:
        raise NotForAgencyError(principal.role)


def _note(
    session: Session, guarantor_id: UUID, action: str, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="agency",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
