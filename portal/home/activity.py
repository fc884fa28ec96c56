"""What happened on an account: statements, visits, insurance's decisions, money that came or went.

One statement of SQL for a page of it, whatever it is narrowed to (activity_rows.py).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    Row,
    Select,
    Uuid,
    bindparam,
    extract,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.dates import MonthOnly
from portal.domain.names import in_mixed_case
from portal.home.activity_rows import BRANCHES, ActivityKind, Branch, Narrowed
from portal.ledger.models import JournalEntryRow
from portal.practice.models import Claim

__all__ = ["ActivityKind", "Narrowed"]


class MoneyMove(StrEnum):
    """What money did."""

    CAME = "came"
    WENT_BACK = "went_back"


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened. ``name``: a statement's number, a patient, a payer, or nothing.

    ``cents``: what a statement asked for, a visit was billed, a plan or a credit paid, or came;
    below zero what went. ``object_id``: the statement, the claim, or the payment whose receipt
    there is. ``patient_first_name`` is of a visit or a decision.
    """

    kind: ActivityKind
    on: date | None
    cents: int
    name: str
    object_id: UUID | None
    patient_first_name: str = ""
    visit_on: date | None = None
    claim_id: UUID | None = None

    @property
    def move(self) -> MoneyMove:
        return MoneyMove.CAME if self.cents > 0 else MoneyMove.WENT_BACK


EVERYTHING: Final = Narrowed()
_RECENT: Final = (
    ActivityKind.STATEMENT,
    ActivityKind.DECISION,
    ActivityKind.MONEY,
    ActivityKind.CREDIT,
)


def recent_activity(session: Session, guarantor_id: UUID, *, limit: int) -> tuple[Activity, ...]:
    """The newest things; visits are not among them, for their statements and decisions are."""
    whose = {"practice": practice_of(session), "guarantor": guarantor_id}
    return tuple(_activity(row) for row in session.execute(_recent(limit), whose))


def activity(
    session: Session,
    guarantor_id: UUID,
    narrowed: Narrowed,
    *,
    limit: int,
    offset: int = 0,
) -> tuple[Activity, ...]:
    """What fits, the newest first, by the day that people know it by."""
    wanted = [kind for kind in ActivityKind if narrowed.kind in (None, kind)]
    most = limit + offset
    branches = [
        BRANCHES[kind](practice_of(session), guarantor_id, narrowed, most) for kind in wanted
    ]
    query = _newest(branches).limit(limit).offset(offset)
    return tuple(_activity(row) for row in session.execute(query))


@cache
def _recent(limit: int) -> Select[Any]:
    """Put together once: home asks for it each time."""
    practice, guarantor = bindparam("practice", type_=Uuid), bindparam("guarantor", type_=Uuid)
    branches = [BRANCHES[kind](practice, guarantor, EVERYTHING, limit) for kind in _RECENT]
    return _newest(branches).limit(limit)


def _newest(branches: Iterable[Branch]) -> Select[Any]:
    found: CompoundSelect[Any] = union_all(*(select(one.subquery()) for one in branches))
    rows = found.subquery()
    return select(rows).order_by(rows.c.happened_on.desc().nulls_last(), rows.c.order_id.desc())


def grouped_in(rows: Iterable[Activity], claim_ids: Collection[UUID]) -> tuple[Activity, ...]:
    """The same where of these visits only sums may be seen: whose, in which month, no more."""
    return tuple(_grouped(row) if row.claim_id in claim_ids else row for row in rows)


def _grouped(row: Activity) -> Activity:
    is_visit = row.kind is ActivityKind.VISIT
    return replace(
        row,
        name=row.name if is_visit else "",
        on=MonthOnly.of(row.on) if is_visit else row.on,
        visit_on=MonthOnly.of(row.visit_on),
    )


def years_of_activity(session: Session, guarantor_id: UUID) -> tuple[int, ...]:
    """The years of visits and of everything that was posted for the account, newest first."""
    practice_id = practice_of(session)
    visits = select(extract("year", Claim.service_on).label("year")).where(
        Claim.practice_id == practice_id,
        Claim.guarantor_id == guarantor_id,
        Claim.service_on.is_not(None),
    )
    posted = select(extract("year", JournalEntryRow.effective_on).label("year")).where(
        JournalEntryRow.practice_id == practice_id, JournalEntryRow.guarantor_id == guarantor_id
    )
    rows = session.scalars(select(visits.union(posted).subquery().c.year))
    return tuple(sorted((int(year) for year in rows), reverse=True))


def _activity(row: Row[*tuple[Any, ...]]) -> Activity:
    kind = ActivityKind(row.kind)
    is_payers = kind is ActivityKind.DECISION
    return Activity(
        kind=kind,
        on=row.happened_on,
        cents=int(row.cents),
        name=in_mixed_case(row.name or "") if is_payers else row.name or "",
        object_id=row.object_id,
        patient_first_name=row.first_name or "",
        visit_on=row.visit_on,
        claim_id=row.claim_id,
    )
