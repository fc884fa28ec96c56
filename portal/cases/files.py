"""Files of cases: sealed when they are taken, opened only for the case's people and staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from portal.auth.keys import seal_bytes, unseal_bytes
from portal.cases.models import Case, CaseFile
from portal.cases.pictures import CleanFile, FileRefusedError, FileTrouble
from portal.db import PrincipalKind, new_id, practice_of, principal_of

MOST_FILES: Final = 5

_PURPOSE: Final = "case_files"


class FileNotFoundInCaseError(LookupError):
    """The case has no such file."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """What a page says about a file. ``place``: the how manieth of its case."""

    case_file_id: UUID
    place: int
    media_type: str
    byte_count: int
    added_at: datetime

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file, opened, under a name of ours: the sender's is never kept."""

    name: str
    media_type: str
    content: bytes


def keep_file(
    session: Session, case: Case, clean: CleanFile, *, secret_key: str, now: datetime
) -> UUID:
    """Seal it. Raises FileRefusedError above the number of files a case may have."""
    if _count(session, case.case_id) >= MOST_FILES:
        raise FileRefusedError(FileTrouble.TOO_MANY)
    case_file_id = new_id()
    session.execute(
        insert(CaseFile).values(
            practice_id=practice_of(session),
            case_file_id=case_file_id,
            case_id=case.case_id,
            guarantor_id=case.guarantor_id,
            media_type=clean.media_type,
            byte_count=len(clean.content),
            sealed=seal_bytes(secret_key, _PURPOSE, clean.content),
            added_at=now,
            is_by_staff=principal_of(session).kind is PrincipalKind.STAFF,
        )
    )
    return case_file_id


def drop_files(session: Session, case_id: UUID, case_file_id: UUID | None = None) -> None:
    """One of them, or all: only of what was not sent yet."""
    gone = delete(CaseFile).where(
        CaseFile.practice_id == practice_of(session), CaseFile.case_id == case_id
    )
    session.execute(
        gone if case_file_id is None else gone.where(CaseFile.case_file_id == case_file_id)
    )


def file_rows(session: Session, case_id: UUID) -> Sequence[FileRow]:
    """In the order in which they came."""
    rows = session.execute(
        select(CaseFile.case_file_id, CaseFile.media_type, CaseFile.byte_count, CaseFile.added_at)
        .where(CaseFile.practice_id == practice_of(session), CaseFile.case_id == case_id)
        .order_by(CaseFile.case_file_id)
    )
    return [FileRow(row.case_file_id, place, *row[1:]) for place, row in enumerate(rows, start=1)]


def case_of_file(session: Session, case_file_id: UUID) -> UUID:
    """Which case it belongs to; who may see that is asked next. Raises FileNotFoundInCaseError."""
    found = session.scalar(
        select(CaseFile.case_id).where(
            CaseFile.practice_id == practice_of(session), CaseFile.case_file_id == case_file_id
        )
    )
    if found is None:
        raise FileNotFoundInCaseError(case_file_id)
    return found


def open_file(session: Session, case: Case, case_file_id: UUID, *, secret_key: str) -> OpenedFile:
    """Raises FileNotFoundInCaseError."""
    row = session.execute(
        select(CaseFile.media_type, CaseFile.sealed).where(
            CaseFile.practice_id == practice_of(session),
            CaseFile.case_id == case.case_id,
            CaseFile.case_file_id == case_file_id,
        )
    ).one_or_none()
    if row is None:
        raise FileNotFoundInCaseError(case_file_id)
    place = next(
        one.place for one in file_rows(session, case.case_id) if one.case_file_id == case_file_id
    )
    ending = "pdf" if row.media_type == "application/pdf" else "jpg"
    content = unseal_bytes(secret_key, _PURPOSE, row.sealed)
    return OpenedFile(f"{case.number}-{place}.{ending}", row.media_type, content)


def _count(session: Session, case_id: UUID) -> int:
    return session.scalars(
        select(func.count()).where(
            CaseFile.practice_id == practice_of(session), CaseFile.case_id == case_id
        )
    ).one()
