"""A file that comes in, whatever is in it: opened, known by its bytes, on record once."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from portal.db import Database, LoaderTransaction, new_id
from portal.practice.import_lock import announce_import
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.file_name import shown_name
from portal.remittances.models import RemittanceFile

_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that is open already, by the name it came under: nobody can put another in its place.

    Whoever opened it closes it.
    """

    name: str
    stream: BinaryIO

    def __str__(self) -> str:
        """As a path would be told in a report."""
        return self.name


FileSource: TypeAlias = Path | str | OpenFile


@contextmanager
def opened(source: FileSource) -> Iterator[BinaryIO]:
    """The file's bytes, from the first. Raises UnreadableRemittanceError if it cannot be opened."""
    if isinstance(source, OpenFile):
        source.stream.seek(0)
        yield source.stream
        return
    try:
        stream = Path(source).open("rb")  # noqa: SIM115 — closed below; what the block raises is its own
    except FileNotFoundError as error:
        raise UnreadableRemittanceError("There is no such file.") from error
    except IsADirectoryError as error:
        raise UnreadableRemittanceError("This is a folder, not a file.") from error
    except OSError as error:
        reason = error.strerror or "the system gives no reason"
        raise UnreadableRemittanceError(f"The file cannot be read: {reason}.") from error
    with stream:
        yield stream


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file, and the transaction it goes into the books by."""

    transaction: LoaderTransaction
    stream: BinaryIO
    byte_count: int
    file_id: UUID  # of the import that brought the same bytes, if there was one
    earlier: Mapping[str, Any] | None  # the report of that import

    def finish(self, report: Mapping[str, Any]) -> None:
        """What the import did stays with the file."""
        self.transaction.execute(
            update(RemittanceFile)
            .where(
                RemittanceFile.practice_id == self.transaction.practice_id,
                RemittanceFile.file_id == self.file_id,
            )
            .values(report={**report, "file": shown_name(report["file"])})
        )


@contextmanager
def incoming(
    database: Database, practice_id: UUID, source: FileSource, *, now: datetime, imported_by: str
) -> Iterator[IncomingFile]:
    """Put a file on record, unless its bytes are. Waits for another import in the practice.

    Raises UnreadableRemittanceError, and LookupError without a loader. What the block raises undoes
    everything.
    """
    with opened(source) as stream:
        digest = digest_of(stream)
        byte_count = stream.tell()
        stream.seek(0)
        with database.loader_transaction(practice_id) as transaction:
            announce_import(transaction.connection, practice_id)
            earlier = _imported_before(transaction, digest)
            file_id = new_id() if earlier is None else earlier.file_id
            report = None if earlier is None else earlier.report
            file = IncomingFile(transaction, stream, byte_count, file_id, report)
            if earlier is None:
                transaction.execute(
                    insert(RemittanceFile).values(
                        practice_id=practice_id,
                        file_id=file.file_id,
                        sha256=digest,
                        name=shown_name(str(source)),
                        byte_count=byte_count,
                        imported_at=now,
                        imported_by=imported_by,
                        report={},
                    )
                )
            yield file


def digest_of(stream: BinaryIO) -> bytes:
    """What the bytes are known by: their SHA-256. Reads on to the end."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.digest()


def _imported_before(transaction: LoaderTransaction, digest: bytes) -> Row[Any] | None:
    return transaction.execute(
        select(RemittanceFile.file_id, RemittanceFile.report).where(
            RemittanceFile.practice_id == transaction.practice_id, RemittanceFile.sha256 == digest
        )
    ).one_or_none()
