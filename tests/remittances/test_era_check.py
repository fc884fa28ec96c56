"""`era check`: real files against what two independent readers say, its JSON, flat memory."""

import csv
import io
import json
import tracemalloc
from pathlib import Path

import pytest

from portal.domain.remittance import ClaimPayment, Finding
from portal.remittances.check import FileCheck, check_file
from portal.remittances.findings import FindingCode, UnreadableRemittanceError
from portal.remittances.x12 import x835
from tests.remittances.x12_text import CLAIM, encoded, interchange, transaction

FIGURES = (
    "claims",
    "service_lines",
    "charge_cents",
    "paid_cents",
    "pr_cents",
    "unbalanced_claims",
)


def expected_figures(corpus: Path) -> dict[str, dict[str, int]]:
    with (corpus / "835-expected.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t")
        return {row["file"]: {name: int(row[name]) for name in FIGURES} for row in rows}


def test_every_real_file_has_the_figures_two_other_readers_found(era_corpus: Path) -> None:
    found = {}
    for path in (era_corpus / "835").iterdir():
        checked = check_file(path)
        found[path.name] = {name: getattr(checked, name) for name in FIGURES}
    assert found == expected_figures(era_corpus)
    assert len(found) == 44


def test_claims_count_as_unbalanced_for_findings_alone(era_corpus: Path) -> None:
    """The importer goes by the findings, so nothing else may count."""
    for path in (era_corpus / "835").iterdir():
        with path.open("rb") as stream:
            claims = [part for part in x835.read(stream) if isinstance(part, ClaimPayment)]
        unbalanced = sum(
            not x835.UNBALANCED.isdisjoint(found.code for found in claim.findings)
            for claim in claims
        )
        assert check_file(path).unbalanced_claims == unbalanced, path.name


def test_files_of_claims_are_named_for_what_they_are(era_corpus: Path) -> None:
    for path in (era_corpus / "837").iterdir():
        with pytest.raises(UnreadableRemittanceError, match=r"it holds claims \(837\)"):
            check_file(path)


def test_the_json_is_what_the_contract_says(tmp_path: Path) -> None:
    path = tmp_path / "one.835"
    body = (*CLAIM[:-1], "CAS*PR*3*19")
    path.write_bytes(encoded(interchange(transaction(*body))))
    checked = check_file(str(path))
    assert isinstance(checked, FileCheck)
    assert json.loads(json.dumps(checked.as_json())) == {
        "file": str(path),
        "claims": 1,
        "service_lines": 1,
        "charge_cents": 10000,
        "paid_cents": 8000,
        "pr_cents": 1900,
        "unbalanced_claims": 1,
        "findings": [
            {
                "code": found.code,
                "where": found.where,
                "message": found.message,
            }
            for found in checked.findings
        ],
    }
    assert [found.code for found in checked.findings] == [
        "line_unbalanced",
        "claim_unbalanced",
        "responsibility_differs",
    ]


def test_a_missing_file_and_a_folder_get_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRemittanceError) as missing:
        check_file(tmp_path / "missing.835")
    assert str(missing.value) == "There is no such file."
    with pytest.raises(UnreadableRemittanceError) as folder:
        check_file(tmp_path)
    assert str(folder.value) == "This is a folder, not a file."
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UnreadableRemittanceError) as loop:
        check_file(tmp_path / "loop")
    assert str(loop.value).startswith("The file cannot be read: ")


def test_a_list_of_findings_ends_where_nobody_reads_on(tmp_path: Path) -> None:
    path = tmp_path / "many.835"
    path.write_bytes(encoded(interchange(transaction(*["CLP*A1*99*0*0"] * 10_002, payment="0"))))
    checked = check_file(path)
    assert checked.claims == 10_002
    assert len(checked.findings) == 10_001
    assert checked.findings[-1] == Finding(
        FindingCode.MORE_FINDINGS,
        "end of the file",
        "2 further findings were left out of this list.",
    )


def test_memory_does_not_grow_with_the_file() -> None:
    def peak_of_reading(claims: int) -> int:
        stream = io.BytesIO(encoded(interchange(transaction(*CLAIM * claims))))
        tracemalloc.start()
        try:
            for _ in x835.read(stream):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak_of_reading(12_000) < 1.2 * peak_of_reading(2_000)
