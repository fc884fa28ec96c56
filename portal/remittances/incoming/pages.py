"""What posters see of uploaded files: the newest, and one with what is in it and became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.db import Database, Principal, practice_of
from portal.practice.contact import practice_contact
from portal.remittances.incoming.models import Upload
from portal.remittances.incoming.uploads import UploadNotFoundError, is_stuck

_MOST_ROWS: Final = 30


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One file. ``report`` is empty until it is imported."""

    upload_id: UUID
    name: str
    byte_count: int
    state: str
    uploaded_at: datetime
    uploaded_by: str
    ended_at: datetime | None
    message: str
    contents: Mapping[str, Any]
    report: Mapping[str, Any]
    file_id: UUID | None  # of what was imported
    is_stuck: bool = False  # it waits, and no job comes to it any more


@dataclass(frozen=True, slots=True)
class UploadsPage:
    """The newest files."""

    uploads: tuple[UploadRow, ...]


def uploads_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> UploadsPage:
    """Names of files may name a person: so looking is on record."""
    with database.transaction(principal) as session:
        _note(session, None, now=now, request_id=request_id)
        rows = session.execute(_uploads(session).limit(_MOST_ROWS)).all()
        zone = ZoneInfo(practice_contact(session).time_zone)
        return UploadsPage(tuple(_row(row, zone) for row in rows))


def upload_page(
    database: Database, principal: Principal, upload_id: UUID, *, now: datetime, request_id: str
) -> UploadRow:
    """One file. Raises UploadNotFoundError."""
    with database.transaction(principal) as session:
        _note(session, upload_id, now=now, request_id=request_id)
        row = session.execute(_uploads(session).where(Upload.upload_id == upload_id)).one_or_none()
        if row is None:
            raise UploadNotFoundError(upload_id)
        zone = ZoneInfo(practice_contact(session).time_zone)
        return replace(_row(row, zone), is_stuck=is_stuck(session, row.Upload))


def _uploads(session: Session) -> Select[Upload, str]:
    practice_id = practice_of(session)
    return (
        select(Upload, StaffMember.name)
        .outerjoin(
            StaffMember,
            (StaffMember.practice_id == practice_id) & (StaffMember.staff_id == Upload.uploaded_by),
        )
        .where(Upload.practice_id == practice_id)
        .order_by(Upload.upload_id.desc())
    )


def _row(row: Row[Upload, str], zone: ZoneInfo) -> UploadRow:
    upload = row.Upload
    return UploadRow(
        upload_id=upload.upload_id,
        name=upload.name,
        byte_count=upload.byte_count,
        state=upload.state,
        uploaded_at=upload.uploaded_at.astimezone(zone),
        uploaded_by=row.name or "",
        ended_at=upload.ended_at.astimezone(zone) if upload.ended_at else None,
        message=upload.message,
        contents=upload.contents,
        report=upload.report,
        file_id=upload.file_id,
    )


def _note(session: Session, upload_id: UUID | None, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action="view",
        object_kind="upload",
        object_id=upload_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
