"""Everything of an account as one file to keep: papers, and tables that add up to the ledger.

A ZIP, sent while it is made: no more than one paper is held at a time. Whoever may only see a
visit's sums gets only its sums.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of, principal_of
from portal.practice.contact import PracticeContact, practice_contact
from portal.practice.models import Claim
from portal.statements.models import Statement

_NOT_BEFORE = (1980, 1, 1, 0, 0, 0)  # the same file has the same bytes


@dataclass(frozen=True, slots=True)
class Keepsake:
    """What the page before the file says; replaced statements are among them."""

    practice: PracticeContact
    statements: int
    visits: int


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of it. Its name holds numbers of papers, and no one's name."""

    name: str
    content: bytes


class _Sent:
    """What a ZIP writes to, and what is sent on as soon as it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def close(self) -> None:
        """Nothing is held open."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def keepsake(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> Keepsake:
    """How much there is, with a row in the audit log; ``principal`` is an account holder."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        _note(session, "view_account_file", now=now, request_id=request_id)
        return Keepsake(
            practice_contact(session),
            statements=_count(session, Statement, guarantor_id),
            visits=_count(session, Claim, guarantor_id),
        )


def note_download(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> None:
    """The audit row, before the first byte is sent."""
    with database.transaction(principal) as session:
        _note(session, "view_everything", now=now, request_id=request_id)


def zipped(files: Iterable[KeptFile]) -> Iterator[bytes]:
    """The ZIP, piece by piece: each file is sent before the next one is made."""
    sent = _Sent()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _NOT_BEFORE)
            archive.writestr(entry, file.content, zipfile.ZIP_DEFLATED)
            yield sent.take()
    yield sent.take()


def _note(session: Session, action: str, *, now: datetime, request_id: str) -> None:
    guarantor_id = principal_of(session).guarantor_id
    record(
        session,
        action=action,
        object_kind="guarantor",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )


def _count(session: Session, of: type[Statement] | type[Claim], guarantor_id: UUID) -> int:
    found = session.scalar(
        select(func.count())
        .select_from(of)
        .where(of.practice_id == practice_of(session), of.guarantor_id == guarantor_id)
    )
    return int(found or 0)
