"""Importing a FHIR file: people and plans, claims as they were sent, then what payers decided."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from portal.db import Database
from portal.domain.remittance import Finding, Organization, RemittancePart
from portal.domain.sent_claim import SentClaim, SentHeader, SentPart, SentTrailer
from portal.domain.sent_claim_rules import SentOutcome
from portal.practice.directory import PracticeRef
from portal.remittances.fhir.check import left_out
from portal.remittances.fhir.claim import read_claims
from portal.remittances.fhir.documents import Resource, read_resources
from portal.remittances.fhir.explanation import Explanation, read_explanations
from portal.remittances.fhir.household import people_of
from portal.remittances.fhir.notices import NoticeBook
from portal.remittances.fhir.references import Library
from portal.remittances.incoming.incoming_file import FileSource, IncomingFile, incoming
from portal.remittances.posting.importing import FileImport, ImportRules, batches
from portal.remittances.posting.report import ImportReport, Tally, repeat_of
from portal.remittances.quarantine.withheld_payments import is_any_withheld
from portal.remittances.sent.importing import SentFile, sent_batches
from portal.remittances.sent.report import SentTally
from portal.remittances.service import rules_of

KIND: Final = "fhir"

_NOBODY: Final = Organization()  # who sent it to whom, no file of FHIR says


@dataclass(frozen=True, slots=True)
class FhirReport(ImportReport):
    """What a FHIR file did: decisions and sent claims together, one disposition each."""

    sent: int = 0  # claims as the practice sent them, among all
    patients_made: int = 0
    coverages_added: int = 0

    def as_json(self) -> dict[str, Any]:
        """As ``era import --json`` prints it, and as it is kept with the file."""
        facts = ImportReport.as_json(self)
        return {
            **facts,
            "kind": KIND,
            "sent_claims": self.sent,
            "patients_made": self.patients_made,
            "coverages_added": self.coverages_added,
        }


def import_fhir(
    database: Database,
    practice: PracticeRef,
    path: FileSource,
    *,
    create_patients: bool,
    now: datetime,
    today: date,
    imported_by: str,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Take in all of a file in one transaction, once; what was withheld is tried again.

    Raises UnreadableRemittanceError, and LookupError without a loader; then nothing was written.
    """
    practice_id = practice.practice_id
    with incoming(database, practice_id, path, now=now, imported_by=imported_by) as file:
        is_known = file.earlier is not None
        if file.earlier is not None and not is_any_withheld(
            file.transaction.connection, practice_id
        ):
            return repeat_of(file.earlier, file=str(path))
        rules = rules_of(
            file.transaction,
            create_patients=create_patients,
            file_is_known=is_known,
            now=now,
            today=today,
        )
        resources = read_resources(file.stream)
        library = Library.of(resources)
        sent = _take_sent(file, resources, library, rules)
        decided = _take_explanations(file, resources, library, rules)
        decided.findings += len(left_out(resources))
        if progress is not None:
            progress(file.byte_count, file.byte_count)
        report = _report(decided, sent, file=str(path))
        if not is_known:
            file.finish(report.as_json())
        return report


def _take_sent(
    file: IncomingFile, resources: Sequence[Resource], library: Library, rules: ImportRules
) -> SentTally:
    """People, plans and claims first: a decision in the same file is then of a known claim."""
    if rules.file_is_known:
        return _repeated(read_claims(resources, library))
    run = SentFile(file.transaction, file.file_id, rules)
    run.know(list(people_of(resources, library, today=rules.today)))
    parts = list(read_claims(resources, library))
    if any(isinstance(one, SentClaim) for one in parts):
        header = SentHeader(
            *("", "", str(file.file_id), "R4", ""), rules.today, "", _NOBODY, _NOBODY
        )
        for batch in sent_batches(_in_order(header, parts)):
            run.take(batch)
    else:
        run.tally.findings += len(parts)
    run.finish()
    return run.tally


def _repeated(parts: Iterable[SentClaim | Finding]) -> SentTally:
    tally = SentTally()
    for one in parts:
        if isinstance(one, SentClaim):
            tally.count(one, SentOutcome.DUPLICATE, is_held=False)
        else:
            tally.findings += 1
    return tally


def _in_order(header: SentHeader, parts: Sequence[SentClaim | Finding]) -> Iterator[SentPart]:
    yield header
    yield from parts
    yield SentTrailer()


def _take_explanations(
    file: IncomingFile, resources: Sequence[Resource], library: Library, rules: ImportRules
) -> Tally:
    told = list(read_explanations(resources, library))
    explanations = [one for one in told if isinstance(one, Explanation)]
    transaction = file.transaction
    book = NoticeBook.of(transaction.connection, transaction.practice_id, explanations)
    with ThreadPoolExecutor(max_workers=1) as worker:
        run = FileImport(transaction, worker, file_id=file.file_id, rules=rules)
        for batch in batches(_parts(book, told)):
            run.take(batch)
        run.finish()
    return run.tally


def _parts(book: NoticeBook, told: Sequence[Explanation | Finding]) -> Iterator[RemittancePart]:
    for one in told:
        if isinstance(one, Finding):
            yield one
        else:
            yield from book.parts(one)


def _report(decided: Tally, sent: SentTally, *, file: str) -> FhirReport:
    claims = {one: decided.claims[one] + sent.dispositions[one] for one in decided.claims}
    cents = {one: decided.cents[one] + sent.cents[one] for one in decided.cents}
    both = Tally(
        claims=claims,
        cents=cents,
        journal_entries=decided.journal_entries + sent.journal_entries,
        paid_cents=decided.paid_cents,
        findings=decided.findings + sent.findings,
    ).report(file=file)
    return FhirReport(
        file=both.file,
        claims_posted=both.claims_posted,
        claims_held=both.claims_held,
        claims_quarantined=both.claims_quarantined,
        duplicates=both.duplicates,
        journal_entries=both.journal_entries,
        cents=both.cents,
        paid_cents=both.paid_cents,
        findings=both.findings,
        sent=sum(sent.sent.values()),
        patients_made=sent.patients_made,
        coverages_added=sent.coverages_added,
    )
