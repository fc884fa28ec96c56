"""The practice's feed for the people who post: how old, what it brought, what it could not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.names import in_mixed_case
from portal.domain.practice_feed import LONGEST
from portal.domain.statement import DEFAULT_POLICY
from portal.ledger.models import VisitDeposit
from portal.practice.contact import practice_contact
from portal.practice.feed import feed_age, newest_feed_at
from portal.practice.models import FeedImport, Guarantor
from portal.sync.feed import refused_count
from portal.sync.feed_report import RowOutcome
from portal.sync.models import FeedRowRecord

_ROWS_SHOWN: Final = 200
_FILES_SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class FeedState:
    """``newest_at`` is None while there was no file. A stale feed stops statements."""

    is_expected: bool
    is_stale: bool
    newest_at: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that waits for somebody; what it says, as it was sent."""

    row_id: UUID
    practice_row_id: str
    kind: str
    account_number: str
    amount_cents: int
    reason: str
    file_name: str
    line_number: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class DepositRow:
    """Money that waits for the share of its visit."""

    guarantor_id: UUID
    guarantor_name: str
    claim_number: str
    service_on: date | None
    taken_on: date
    left_cents: int


@dataclass(frozen=True, slots=True)
class FeedFileRow:
    """A file that was taken in, and what became of its rows; nothing yet when not to its end."""

    file_name: str
    created_at: datetime
    imported_at: datetime
    is_finished: bool
    rows: Mapping[str, int]
    cents: int


@dataclass(frozen=True, slots=True)
class FeedPage:
    """``deposits_cents`` is all that waits, also what is not listed."""

    state: FeedState
    refused: tuple[RefusedRow, ...]
    deposits_cents: int
    deposits: tuple[DepositRow, ...]
    files: tuple[FeedFileRow, ...]


def feed_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> FeedPage:
    """The page of the feed. It shows names, so that it was read goes into the audit log."""
    with database.transaction(principal) as session:
        zone = ZoneInfo(practice_contact(session).time_zone)
        record(
            session,
            action="view",
            object_kind="feed",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        return FeedPage(
            state=feed_state(session, zone, now=now),
            refused=_refused(session, zone),
            deposits_cents=_deposits_cents(session),
            deposits=_deposits(session),
            files=_files(session, zone),
        )


def feed_state(session: Session, zone: ZoneInfo, *, now: datetime) -> FeedState:
    """As statements see it."""
    age = feed_age(session, now=now)
    newest = newest_feed_at(session)
    return FeedState(
        is_expected=age is not None,
        is_stale=age is not None and age > DEFAULT_POLICY.feed_age_max,
        newest_at=newest.astimezone(zone) if newest else None,
        refused=refused_count(session),
    )


def _refused(session: Session, zone: ZoneInfo) -> tuple[RefusedRow, ...]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(FeedRowRecord, FeedImport.file_name)
        .join(
            FeedImport,
            (FeedImport.practice_id == practice_id)
            & (FeedImport.import_id == FeedRowRecord.import_id),
        )
        .where(
            FeedRowRecord.practice_id == practice_id,
            FeedRowRecord.outcome == RowOutcome.REFUSED.value,
            FeedRowRecord.settled_at.is_(None),
        )
        .order_by(FeedRowRecord.taken_at.desc(), FeedRowRecord.line_number)
        .limit(_ROWS_SHOWN)
    )
    return tuple(
        RefusedRow(
            row_id=row.FeedRowRecord.row_id,
            practice_row_id=_told(row.FeedRowRecord.content, "id"),
            kind=row.FeedRowRecord.kind,
            account_number=_told(row.FeedRowRecord.content, "account_number"),
            amount_cents=row.FeedRowRecord.amount_cents,
            reason=row.FeedRowRecord.reason,
            file_name=row.file_name,
            line_number=row.FeedRowRecord.line_number,
            taken_at=row.FeedRowRecord.taken_at.astimezone(zone),
        )
        for row in rows
    )


def _told(content: Mapping[str, Any], name: str) -> str:
    """A row may have had too few cells, or one too long."""
    return str(content.get(name, ""))[:LONGEST]


def _deposits_cents(session: Session) -> int:
    total = session.scalar(
        select(func.coalesce(func.sum(VisitDeposit.left_cents), 0)).where(
            VisitDeposit.practice_id == practice_of(session), VisitDeposit.left_cents > 0
        )
    )
    return int(total or 0)


def _deposits(session: Session) -> tuple[DepositRow, ...]:
    """Those that wait longest first: their visit was maybe never billed."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(VisitDeposit, Guarantor.first_name, Guarantor.last_name)
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == VisitDeposit.guarantor_id),
        )
        .where(VisitDeposit.practice_id == practice_id, VisitDeposit.left_cents > 0)
        .order_by(VisitDeposit.taken_on, VisitDeposit.receipt_id)
        .limit(_ROWS_SHOWN)
    )
    return tuple(
        DepositRow(
            guarantor_id=row.VisitDeposit.guarantor_id,
            guarantor_name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
            claim_number=row.VisitDeposit.claim_number,
            service_on=row.VisitDeposit.service_on,
            taken_on=row.VisitDeposit.taken_on,
            left_cents=row.VisitDeposit.left_cents,
        )
        for row in rows
    )


def _files(session: Session, zone: ZoneInfo) -> tuple[FeedFileRow, ...]:
    rows = session.scalars(
        select(FeedImport)
        .where(FeedImport.practice_id == practice_of(session))
        .order_by(FeedImport.imported_at.desc(), FeedImport.import_id.desc())
        .limit(_FILES_SHOWN)
    )
    return tuple(
        FeedFileRow(
            file_name=row.file_name,
            created_at=row.created_at.astimezone(zone),
            imported_at=row.imported_at.astimezone(zone),
            is_finished=row.finished_at is not None,
            rows={outcome.value: int(row.report.get(outcome.value, 0)) for outcome in RowOutcome},
            cents=int(row.report.get("cents", {}).get("imported", 0)),
        )
        for row in rows
    )
