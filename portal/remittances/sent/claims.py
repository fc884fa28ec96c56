"""Importing sent claims (837): a file goes into the books whole, in one transaction, once."""

from collections.abc import Callable
from datetime import date, datetime
from typing import BinaryIO

from portal.db import Database
from portal.practice.directory import PracticeRef
from portal.remittances.fhir.documents import is_json
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.incoming_file import FileSource, OpenFile, incoming, opened
from portal.remittances.posting.report import ImportReport
from portal.remittances.sent.importing import SentFile, sent_batches
from portal.remittances.sent.report import SentReport, repeat_of_sent
from portal.remittances.service import import_file, rules_of
from portal.remittances.x12 import x837
from portal.remittances.x12.segments import read_blocks

__all__ = ["ImportReport", "SentReport", "UnreadableRemittanceError", "import_any", "import_sent"]

_REMITTANCE, _CLAIMS = "835", "837"


def import_any(
    database: Database,
    practice: PracticeRef,
    path: FileSource,
    *,
    create_patients: bool,
    now: datetime,
    today: date,
    imported_by: str,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport | SentReport:
    """A remittance or sent claims, whichever the file holds first; or FHIR, which may hold both.

    Raises UnreadableRemittanceError and LookupError as ``import_file`` does.
    """
    with opened(path) as stream:
        return _importer_of(stream)(
            database,
            practice,
            OpenFile(str(path), stream),
            create_patients=create_patients,
            now=now,
            today=today,
            imported_by=imported_by,
            progress=progress,
        )


def import_sent(
    database: Database,
    practice: PracticeRef,
    path: FileSource,
    *,
    create_patients: bool,
    now: datetime,
    today: date,
    imported_by: str,
    progress: Callable[[int, int], None] | None = None,
) -> SentReport:
    """Record what was billed; what differs from what is on record goes to staff, nothing posted.

    ``progress`` is told bytes read and bytes in all. Waits for another import in the practice.
    Raises UnreadableRemittanceError, and LookupError without a loader; then nothing was written.
    """
    practice_id = practice.practice_id
    with incoming(database, practice_id, path, now=now, imported_by=imported_by) as file:
        if file.earlier is not None:
            return repeat_of_sent(file.earlier, file=str(path))
        rules = rules_of(
            file.transaction,
            create_patients=create_patients,
            file_is_known=False,
            now=now,
            today=today,
        )
        run = SentFile(file.transaction, file.file_id, rules)
        for batch in sent_batches(x837.read(file.stream)):
            run.take(batch)
            if progress is not None:
                progress(file.stream.tell(), file.byte_count)
        run.finish()
        report = run.tally.report(file=str(path))
        file.finish(report.as_json())
        return report


def _importer_of(stream: BinaryIO) -> Callable[..., ImportReport | SentReport]:
    if is_json(stream):
        # FHIR's models take a while to load: only who has such a file waits for them.
        from portal.remittances.fhir.importing import import_fhir  # noqa: PLC0415 — slow to load

        return import_fhir
    return import_sent if kind_of(stream) == _CLAIMS else import_file


def kind_of(stream: BinaryIO) -> str:
    """ST01 of the first transaction we take in, or else of any; empty: there is none.

    Raises UnreadableRemittanceError for what is not X12.
    """
    first = ""
    for block in read_blocks(stream):
        beginning = f"ST{block.delimiters.element}"
        for segment in block.segments:
            if segment.startswith(beginning):
                kind = segment.split(block.delimiters.element)[1]
                if kind in {_REMITTANCE, _CLAIMS}:
                    return kind
                first = first or kind
    return first
