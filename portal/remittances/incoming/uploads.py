"""A file that somebody uploads: looked into, kept, imported by a job once somebody says so.

The bytes lie in the database until then, in the transaction that enqueues the job: nothing is lost,
and web and worker need no folder that both of them reach.
"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from portal import queue
from portal.audit.record import record
from portal.db import Database, Principal, new_id, practice_of, principal_of
from portal.domain.upload_status import UnknownMoveError, UploadState, move_to
from portal.practice.directory import PracticeRef
from portal.remittances.claims.work import Act
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.file_contents import look_into
from portal.remittances.incoming.file_name import sent_name
from portal.remittances.incoming.models import Upload, UploadBlock
from portal.remittances.sent.claims import import_any

__all__ = [
    "MOST_BYTES",
    "UnknownMoveError",
    "UnreadableRemittanceError",
    "UploadNotFoundError",
    "drop_upload",
    "import_upload",
    "start_import",
    "take_upload",
]

MOST_BYTES: Final = 25 * 1024 * 1024
_BLOCK_BYTES: Final = 1024 * 1024


class UploadNotFoundError(LookupError):
    """No such upload in this practice."""


def take_upload(
    database: Database, principal: Principal, stream: BinaryIO, *, name: str, act: Act
) -> UUID:
    """Look into a file and keep it until somebody says what becomes of it.

    Raises UnreadableRemittanceError; then nothing is kept.
    """
    byte_count = stream.seek(0, 2)
    if byte_count > MOST_BYTES:
        raise UnreadableRemittanceError("The file is larger than 25 MB. Send it in parts.")
    stream.seek(0)
    contents = look_into(stream)
    stream.seek(0)
    upload_id = new_id()
    with database.transaction(principal) as session:
        session.execute(
            insert(Upload).values(
                practice_id=practice_of(session),
                upload_id=upload_id,
                name=sent_name(name),
                byte_count=byte_count,
                state=UploadState.CHECKED.value,
                contents=contents.as_json(),
                message="",
                report={},
                uploaded_at=act.now,
                uploaded_by=principal.actor_id,
            )
        )
        for number, block in enumerate(iter(lambda: stream.read(_BLOCK_BYTES), b"")):
            session.execute(
                insert(UploadBlock).values(
                    practice_id=practice_of(session),
                    upload_id=upload_id,
                    block_number=number,
                    content=block,
                )
            )
        _note(session, upload_id, action="upload_file", act=act)
    return upload_id


def start_import(database: Database, principal: Principal, upload_id: UUID, *, act: Act) -> None:
    """Let a job import the file. Raises UploadNotFoundError and UnknownMoveError."""
    with database.transaction(principal) as session:
        upload = _locked(session, upload_id)
        _move(upload, UploadState.WAITING)
        queue.enqueue(
            session.connection(),
            "import_upload",
            lock=f"import:{upload.practice_id}",
            practice_id=str(upload.practice_id),
            upload_id=str(upload_id),
        )
        _note(session, upload_id, action="import_upload", act=act)


def drop_upload(database: Database, principal: Principal, upload_id: UUID, *, act: Act) -> None:
    """Forget the file's bytes. Raises UploadNotFoundError and UnknownMoveError."""
    with database.transaction(principal) as session:
        upload = _locked(session, upload_id)
        _end(session, upload, UploadState.DROPPED, now=act.now)
        _note(session, upload_id, action="drop_upload", act=act)


def import_upload(
    database: Database, practice: PracticeRef, upload_id: UUID, *, now: datetime
) -> None:
    """The job: may run twice, since the same bytes post nothing again.

    Raises LookupError without a loader: the job is tried again, and the file stays.
    """
    job = Principal.job(practice.practice_id, role="import upload")
    with tempfile.TemporaryDirectory(prefix="portal-upload-") as folder:
        with database.transaction(job) as session:
            upload = _locked(session, upload_id)
            if upload.state != UploadState.WAITING.value:
                return
            path = Path(folder).joinpath(upload.name)
            with path.open("wb") as file:
                file.writelines(_blocks(session, upload_id))
        message, report = "", {}
        try:
            report = import_any(
                database,
                practice,
                path,
                create_patients=False,
                now=now,
                today=practice.today(now),
                imported_by="upload",
            ).as_json()
        except UnreadableRemittanceError as error:
            message = str(error)
    with database.transaction(job) as session:
        upload = _locked(session, upload_id)
        upload.message = message
        upload.report = {**report, "file": upload.name} if report else {}
        _end(session, upload, UploadState.REFUSED if message else UploadState.IMPORTED, now=now)


def _blocks(session: Session, upload_id: UUID) -> Iterator[bytes]:
    """One at a time: memory stays flat."""
    number = 0
    while True:
        block = session.scalar(
            select(UploadBlock.content).where(
                UploadBlock.practice_id == practice_of(session),
                UploadBlock.upload_id == upload_id,
                UploadBlock.block_number == number,
            )
        )
        if block is None:
            return
        yield block
        number += 1


def _locked(session: Session, upload_id: UUID) -> Upload:
    upload = session.scalar(
        select(Upload)
        .where(Upload.practice_id == practice_of(session), Upload.upload_id == upload_id)
        .with_for_update()
    )
    if upload is None:
        raise UploadNotFoundError(upload_id)
    return upload


def _move(upload: Upload, step: UploadState) -> None:
    upload.state = move_to(UploadState(upload.state), step).value


def _end(session: Session, upload: Upload, step: UploadState, *, now: datetime) -> None:
    """The file's bytes are not needed any more."""
    _move(upload, step)
    upload.ended_at = now
    session.execute(
        delete(UploadBlock).where(
            UploadBlock.practice_id == practice_of(session),
            UploadBlock.upload_id == upload.upload_id,
        )
    )


def _note(session: Session, upload_id: UUID, *, action: str, act: Act) -> None:
    if principal_of(session).actor_id is None:
        raise ValueError("a file is uploaded by somebody")
    record(
        session,
        action=action,
        object_kind="upload",
        object_id=upload_id,
        guarantor_id=None,
        now=act.now,
        request_id=act.request_id,
    )
