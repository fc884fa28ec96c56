"""A file goes into the books whole and once: nothing lost, nothing twice, nobody else's touched."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

import portal
from portal.db import Database
from portal.domain.journal import LedgerAccount
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.practice.directory import practice_by_slug
from portal.practice.import_lock import import_is_running
from portal.practice.models import Claim, Guarantor, Patient
from portal.remittances.check import check_file
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.models import Remittance, RemittanceFile
from portal.remittances.service import ImportReport
from tests.builders import make_practice
from tests.conftest import DatabaseUrls
from tests.remittances.desk import ImportDesk, SentClaim

CORPUS_FILES = 44


def corpus_files(era_corpus: Path) -> list[Path]:
    files = sorted((era_corpus / "835").iterdir())
    assert len(files) == CORPUS_FILES
    return files


def assert_nothing_is_lost(report: ImportReport, path: Path) -> None:
    checked = check_file(path)
    assert report.claims == checked.claims
    assert sum(report.cents.values()) == checked.charge_cents
    assert report.findings == len(checked.findings)


def test_each_file_of_the_corpus_is_accounted_for_to_the_cent(
    database: Database, era_corpus: Path, tmp_path: Path
) -> None:
    for number, path in enumerate(corpus_files(era_corpus)):
        slug = f"practice-{number}"
        make_practice(database, slug=slug)
        desk = ImportDesk(database, practice_by_slug(database, slug), tmp_path)
        report = desk.bring(path)
        assert_nothing_is_lost(report, path)
        for claim in desk.claims().values():
            assert_adds_up(claim.as_json())


@pytest.mark.parametrize("create_patients", [True, False])
def test_the_whole_corpus_in_one_practice_adds_up_and_posts_nothing_again(
    desk: ImportDesk, era_corpus: Path, *, create_patients: bool
) -> None:
    files = corpus_files(era_corpus)
    for path in files:
        assert_nothing_is_lost(desk.bring(path, create_patients=create_patients), path)
    claims, sums = desk.claims(), desk.sums()
    entries = desk.count(JournalEntryRow)
    assert claims
    for claim in claims.values():
        assert_adds_up(claim.as_json())
        assert create_patients or "patient_unknown" in claim.holds
        assert create_patients or claim.billable_cents == 0
    for path in files:
        again = desk.bring(path, create_patients=create_patients)
        assert again.duplicates == check_file(path).claims
        assert again.journal_entries == 0
    assert (desk.claims(), desk.sums()) == (claims, sums)
    assert desk.count(JournalEntryRow) == entries


def test_faulty_files_are_refused_whole_or_accounted_for(
    desk: ImportDesk, era_corpus: Path
) -> None:
    files = sorted((era_corpus / "faults").iterdir())
    assert files
    for path in files:
        stored = desk.count(RemittanceFile)
        try:
            assert_nothing_is_lost(desk.bring(path), path)
        except UnreadableRemittanceError:
            assert desk.count(RemittanceFile) == stored


def assert_adds_up(claim: dict[str, int]) -> None:
    parts = ("paid", "adjusted", "payer_receivable", "patient_pending", "patient_receivable")
    total = sum(claim[f"{part}_cents"] for part in (*parts, "patient_paid"))
    assert claim["charge_cents"] == total


def test_the_same_file_twice_posts_nothing(desk: ImportDesk) -> None:
    path = desk.write(SentClaim())
    first = desk.bring(path)
    assert (first.claims_posted, first.duplicates) == (1, 0)
    sums = desk.sums()
    again = desk.bring(path)
    assert (again.claims_posted, again.duplicates, again.journal_entries) == (0, 1, 0)
    assert again.cents["duplicate"] == 10_000
    assert desk.sums() == sums
    assert desk.count(RemittanceFile) == 1


def test_the_same_payment_with_other_line_breaks_is_known(desk: ImportDesk) -> None:
    path = desk.write(SentClaim())
    desk.bring(path)
    other = path.with_suffix(".txt")
    other.write_bytes(path.read_bytes().replace(b"~", b"~\r\n"))
    again = desk.bring(other)
    assert (again.duplicates, again.journal_entries) == (1, 0)
    assert desk.count(Remittance) == 1


def test_a_claim_of_nobody_gets_a_patient_made_for_it_later(desk: ImportDesk) -> None:
    """The same claim again, this time by somebody who wants patients made from files."""
    desk.bring(desk.write(SentClaim()), create_patients=False)
    assert "patient_unknown" in desk.claim().holds
    desk.bring(desk.write(SentClaim().reversal(), SentClaim(icn="ICN2")))
    assert desk.count(Patient) == 1
    assert "patient_unknown" not in desk.claim().holds


def test_a_payment_sent_again_under_other_control_numbers_brings_no_money(desk: ImportDesk) -> None:
    plb = "PLB*1234567893*20261231*WO:X*10"
    first = desk.write(SentClaim(), trace="T1", payment_cents=4_000, plb=plb)
    desk.bring(first)
    sums = desk.sums()
    assert sums[LedgerAccount.PAYER_CLEARING] == 4_000
    again = desk.bring(desk.write(SentClaim(), trace="T1", payment_cents=4_000, plb=plb))
    assert (again.duplicates, again.journal_entries, again.paid_cents) == (1, 0, 0)
    assert desk.sums() == sums
    assert desk.tasks() == []


def test_another_payment_under_the_same_numbers_is_not_swallowed(desk: ImportDesk) -> None:
    desk.bring(desk.write(SentClaim(), trace="T1", control=5))
    other = desk.write(SentClaim(number="B2"), SentClaim(number="B3"), trace="T1", control=5)
    report = desk.bring(other)
    assert (report.claims_posted, report.duplicates) == (2, 0)


def test_a_payment_without_a_number_is_compared_claim_by_claim(desk: ImportDesk) -> None:
    def without_number(path: Path) -> Path:
        path.write_bytes(path.read_bytes().replace(b"TRN*1*T*1512345678~", b"TRN*1**1512345678~"))
        return path

    desk.bring(without_number(desk.write(SentClaim(), trace="T", control=5)))
    other = desk.write(SentClaim(), SentClaim(number="B2"), trace="T", control=5)
    report = desk.bring(without_number(other))
    assert (report.claims_posted, report.duplicates) == (1, 1)


@pytest.mark.parametrize("content", [b"", b"no remittance", b"\x00\x01\x02" * 400])
def test_a_file_that_cannot_be_read_leaves_nothing(desk: ImportDesk, content: bytes) -> None:
    path = desk.folder / "odd.835"
    path.write_bytes(content)
    with pytest.raises(UnreadableRemittanceError):
        desk.bring(path)
    assert desk.count(RemittanceFile) == 0


def test_a_file_that_breaks_off_leaves_nothing(desk: ImportDesk) -> None:
    path = desk.write(*(SentClaim(number=f"N{number}") for number in range(1_200)))
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UnreadableRemittanceError):
        desk.bring(path)
    for table in (RemittanceFile, Remittance, Claim, PostingRow, Guarantor):
        assert desk.count(table) == 0


def test_a_missing_file_is_told_in_a_sentence(desk: ImportDesk) -> None:
    with pytest.raises(UnreadableRemittanceError, match="no such file"):
        desk.bring(desk.folder / "missing.835")
    with pytest.raises(UnreadableRemittanceError, match="a folder"):
        desk.bring(desk.folder)


def test_claims_of_several_batches_come_out_as_those_of_one(desk: ImportDesk) -> None:
    """A claim, its reversal and its correction, a thousand other claims apart."""
    claim = SentClaim()
    corrected = replace(claim, lines=[replace(claim.lines[0], adjustments={"PR1": 10_000})])
    others = [SentClaim(number=f"N{number}", member=f"M{number}") for number in range(1_100)]
    path = desk.write(claim, *others[:1_050], claim.reversal(), *others[1_050:], corrected)
    told: list[tuple[int, int]] = []
    report = desk.bring(path, progress=lambda done, of: told.append((done, of)))
    assert (report.claims_posted, report.claims_held) == (1_102, 1)
    assert desk.claim().patient_receivable_cents == 10_000
    assert desk.count(Patient) == 1_101
    size = path.stat().st_size
    assert [of for _, of in told] == [size] * 2
    assert told[-1][0] == size


def test_no_statement_is_issued_while_a_file_comes_in(desk: ImportDesk) -> None:
    seen: list[bool] = []

    def look(_done: int, _of: int) -> None:
        with desk.database.transaction(desk.principal()) as session:
            seen.append(import_is_running(session))

    desk.bring(desk.write(SentClaim()), progress=look)
    assert seen == [True]
    with desk.database.transaction(desk.principal()) as session:
        assert not import_is_running(session)


def test_an_import_touches_nothing_of_another_practice(
    desk: ImportDesk, database_urls: DatabaseUrls, era_corpus: Path
) -> None:
    other_id = make_practice(desk.database, slug="other")
    other = ImportDesk(desk.database, practice_by_slug(desk.database, "other"), desk.folder)
    path = era_corpus / "835" / "bryanbritten_multiple-claims-single-check.edi"
    other.bring(path)
    before = _rows_of(database_urls, str(other_id))
    report = desk.bring(path)
    assert report.duplicates == 0
    assert _rows_of(database_urls, str(other_id)) == before
    assert desk.claims() == other.claims()


def _rows_of(urls: DatabaseUrls, practice_id: str) -> dict[str, str]:
    """Every table's rows of a practice, as one digest each, read past row-level security."""
    database = Database(urls.superuser)
    with database.engine.connect() as connection:
        tables = connection.scalars(
            text(
                "SELECT table_name FROM information_schema.columns "
                "WHERE table_schema = 'portal' AND column_name = 'practice_id'"
            )
        ).all()
        digests = {
            table: connection.scalar(
                text(
                    f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM portal.{table} t "
                    "WHERE practice_id = :practice"
                ),
                {"practice": practice_id},
            )
            or ""
            for table in sorted(tables)
        }
    database.close()
    return digests


def test_only_the_importer_may_pass_row_level_security() -> None:
    """COPY needs it: for a file, and for a payment that was kept back from one.

    Both run in a worker or a command; the web's process only asks, and has no such role
    (tests/test_settings.py).
    """
    root = Path(portal.__file__).parent
    callers = [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("loader_transaction", "_loader_engine")
    ]
    assert set(callers) == {
        "db.py",
        "remittances/incoming/incoming_file.py",
        "remittances/quarantine/withheld_work.py",
    }
