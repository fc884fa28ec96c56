"""A file that somebody uploads: looked into, kept, imported by a job once somebody says so.

The bytes lie in the database until then, in the transaction that enqueues the job: nothing is lost,
and web and worker need no folder that both of them reach.
"""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal import queue
from portal.audit.record import record
from portal.db import Database, LoaderMissingError, Principal, new_id, practice_of, principal_of
from portal.domain.upload_status import UnknownMoveError, UploadState, move_to
from portal.practice.directory import PracticeRef
from portal.practice.tasks import end_task, open_task
from portal.remittances.claims.work import Act
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.file_contents import look_into
from portal.remittances.incoming.file_name import sent_name
from portal.remittances.incoming.incoming_file import OpenFile, digest_of
from portal.remittances.incoming.models import Upload, UploadBlock
from portal.remittances.incoming.trouble import Trouble, trouble_of
from portal.remittances.models import RemittanceFile
from portal.remittances.sent.claims import import_any

__all__ = [
    "MOST_BYTES",
    "MOST_WAITING_BYTES",
    "TASK_FAILED",
    "UnknownMoveError",
    "UnreadableRemittanceError",
    "UploadNotFoundError",
    "drop_undecided",
    "drop_upload",
    "import_upload",
    "is_stuck",
    "start_import",
    "take_upload",
]

MOST_BYTES: Final = 25 * 1024 * 1024
MOST_WAITING_BYTES: Final = 10 * MOST_BYTES  # of a practice
KEPT_UNDECIDED: Final = timedelta(hours=24)
TASK_FAILED: Final = "upload_failed"

_BLOCK_BYTES: Final = 1024 * 1024
_FAILED: Final = (
    "The portal failed at this file; its log says why. Nothing of the file was posted. "
    "It can be tried again once that is mended."
)
_JOB: Final = "import upload"
_TASK: Final = "import_upload"

_log = logging.getLogger(__name__)


class UploadNotFoundError(LookupError):
    """No such upload in this practice."""


def take_upload(
    database: Database, principal: Principal, stream: BinaryIO, *, name: str, act: Act
) -> UUID:
    """Look into a file and keep it until somebody says what becomes of it.

    The same bytes are kept once: who sends them again is led to where they wait.
    Raises UnreadableRemittanceError; then nothing is kept.
    """
    byte_count = stream.seek(0, 2)
    if byte_count > MOST_BYTES:
        raise UnreadableRemittanceError("The file is larger than 25 MB. Send it in parts.")
    stream.seek(0)
    digest = digest_of(stream)
    stream.seek(0)
    contents = look_into(stream)
    stream.seek(0)
    with database.transaction(principal) as session:
        _refuse_too_many(session, byte_count)
        new = insert(Upload).values(
            practice_id=practice_of(session),
            upload_id=new_id(),
            name=sent_name(name),
            byte_count=byte_count,
            sha256=digest,
            state=UploadState.CHECKED.value,
            contents=contents.as_json(),
            message="",
            report={},
            uploaded_at=act.now,
            uploaded_by=principal.actor_id,
        )
        upload_id: UUID | None = session.scalar(
            new.on_conflict_do_nothing().returning(Upload.upload_id)
        )
        if upload_id is None:
            return _open_upload(session, digest)
        _keep(session, upload_id, stream)
        _note(session, upload_id, action="upload_file", act=act)
    return upload_id


def _refuse_too_many(session: Session, byte_count: int) -> None:
    waiting = session.scalar(
        select(func.coalesce(func.sum(Upload.byte_count), 0)).where(
            Upload.practice_id == practice_of(session), Upload.ended_at.is_(None)
        )
    )
    if (waiting or 0) + byte_count > MOST_WAITING_BYTES:
        raise UnreadableRemittanceError(
            "Files of 250 MB wait here already. Import some of them, or leave them, first."
        )


def _open_upload(session: Session, digest: bytes) -> UUID:
    return session.scalars(
        select(Upload.upload_id).where(
            Upload.practice_id == practice_of(session),
            Upload.sha256 == digest,
            Upload.ended_at.is_(None),
        )
    ).one()


def _keep(session: Session, upload_id: UUID, stream: BinaryIO) -> None:
    for number, block in enumerate(iter(lambda: stream.read(_BLOCK_BYTES), b"")):
        session.execute(
            insert(UploadBlock).values(
                practice_id=practice_of(session),
                upload_id=upload_id,
                block_number=number,
                content=block,
            )
        )


def start_import(database: Database, principal: Principal, upload_id: UUID, *, act: Act) -> None:
    """Let a job import the file, for the first time or again.

    Raises UploadNotFoundError and UnknownMoveError, also while a job is to come to it.
    """
    with database.transaction(principal) as session:
        upload = _locked(session, upload_id)
        if upload.state == UploadState.WAITING.value and not is_stuck(session, upload):
            raise UnknownMoveError("a job comes to the file")
        _move(upload, UploadState.WAITING)
        upload.message = ""
        queue.enqueue(
            session.connection(),
            _TASK,
            practice_id=str(upload.practice_id),
            upload_id=str(upload_id),
        )
        end_task(session, kind=TASK_FAILED, subject_id=upload_id, now=act.now)
        _note(session, upload_id, action="import_upload", act=act)


def is_stuck(session: Session, upload: Upload) -> bool:
    """Whether it waits for a job whose retries ran out."""
    return upload.state == UploadState.WAITING.value and not queue.is_under_way(
        session.connection(),
        _TASK,
        practice_id=str(upload.practice_id),
        upload_id=str(upload.upload_id),
    )


def drop_upload(database: Database, principal: Principal, upload_id: UUID, *, act: Act) -> None:
    """Forget the file's bytes. Raises UploadNotFoundError and UnknownMoveError."""
    with database.transaction(principal) as session:
        upload = _locked(session, upload_id)
        _end(session, upload, UploadState.DROPPED, now=act.now)
        end_task(session, kind=TASK_FAILED, subject_id=upload_id, now=act.now)
        _note(session, upload_id, action="drop_upload", act=act)


def drop_undecided(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """Forget files that nobody said anything about for a day; how many they were."""
    job = Principal.job(practice_id, role="drop uploads")
    with database.transaction(job) as session:
        undecided = session.scalars(
            select(Upload)
            .where(
                Upload.practice_id == practice_of(session),
                Upload.state == UploadState.CHECKED.value,
                Upload.uploaded_at <= now - KEPT_UNDECIDED,
            )
            .with_for_update(skip_locked=True)
        ).all()
        for upload in undecided:
            _end(session, upload, UploadState.DROPPED, now=now)
            _record(session, upload.upload_id, action="drop_upload", now=now, request_id="")
        return len(undecided)


def import_upload(
    database: Database, practice: PracticeRef, upload_id: UUID, *, now: datetime
) -> None:
    """The job: may run twice, since the same bytes post nothing again.

    The upload stays locked until it is done, so that nobody drops what is being imported.
    Raises what passes by itself, LookupError without a loader, and UnknownMoveError while another
    worker is at it: the job is tried again, and the file stays. Whatever else goes wrong is staff's
    to know, and the file is theirs to try again or to drop.
    """
    job = Principal.job(practice.practice_id, role=_JOB)
    with database.transaction(job) as session, tempfile.TemporaryFile() as stream:
        upload = _locked(session, upload_id)
        if upload.state != UploadState.WAITING.value:
            return
        stream.writelines(_blocks(session, upload_id))
        try:
            report = _bring(database, practice, upload, stream, now=now)
        except UnreadableRemittanceError as error:
            upload.message = str(error)
            _end(session, upload, UploadState.REFUSED, now=now)
        except Exception as error:
            if isinstance(error, LoaderMissingError) or trouble_of(error) is not Trouble.LASTING:
                raise
            _log.exception("an uploaded file could not be imported")
            _fail(session, upload, now=now)
        else:
            upload.report = {**report, "file": upload.name}
            upload.file_id = _file_id(session, upload)
            _end(session, upload, UploadState.IMPORTED, now=now)


def _bring(
    database: Database, practice: PracticeRef, upload: Upload, stream: BinaryIO, *, now: datetime
) -> Mapping[str, Any]:
    return import_any(
        database,
        practice,
        OpenFile(upload.name, stream),
        create_patients=False,
        now=now,
        today=practice.today(now),
        imported_by=str(upload.uploaded_by),
    ).as_json()


def _fail(session: Session, upload: Upload, *, now: datetime) -> None:
    """The bytes stay: whoever mends the fault may try again."""
    _move(upload, UploadState.FAILED)
    upload.message = _FAILED
    open_task(session, kind=TASK_FAILED, subject_id=upload.upload_id, message=_FAILED, now=now)


def _file_id(session: Session, upload: Upload) -> UUID | None:
    return session.scalar(
        select(RemittanceFile.file_id).where(
            RemittanceFile.practice_id == practice_of(session),
            RemittanceFile.sha256 == upload.sha256,
        )
    )


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
    """Raises UploadNotFoundError, and UnknownMoveError while somebody else is at it."""
    wanted = select(Upload).where(
        Upload.practice_id == practice_of(session), Upload.upload_id == upload_id
    )
    upload = session.scalar(wanted.with_for_update(skip_locked=True))
    if upload is not None:
        return upload
    if session.scalar(wanted) is None:
        raise UploadNotFoundError(upload_id)
    raise UnknownMoveError("the file is at work")


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
    _record(session, upload_id, action=action, now=act.now, request_id=act.request_id)


def _record(
    session: Session, upload_id: UUID, *, action: str, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="upload",
        object_id=upload_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
