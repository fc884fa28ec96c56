"""The documents say what the code does: the ledger's tables, the commands, the make targets."""

import re
from pathlib import Path

from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.posting_table import POSTING_TABLE

ROOT = Path(__file__).parent.parent
LEDGER = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The cells of the table under a heading of docs/ledger.md, without its header."""
    section = LEDGER.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_chart_of_accounts_names_every_account_once() -> None:
    named = [row[0] for row in rows_of("Chart of accounts")]
    assert sorted(named) == sorted(account.value for account in LedgerAccount)


def test_every_business_event_has_one_row() -> None:
    named = [row[0].removesuffix(" ±") for row in rows_of("One row per business event")]
    assert sorted(named) == sorted(event.value for event in BusinessEvent)


def test_each_row_debits_and_credits_what_the_code_does() -> None:
    for event, _when, debit, credit, _key in rows_of("One row per business event"):
        sides = POSTING_TABLE[BusinessEvent(event.removesuffix(" ±"))]
        assert set(debit.split(", ")) == {account.value for account in sides.debit}, event
        assert set(credit.split(", ")) == {account.value for account in sides.credit}, event
        assert event.endswith(" ±") == sides.either_way, event


def test_each_make_target_a_document_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for document in documents:
        named = set(re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8")))
        assert named <= targets, document.name


def test_each_file_a_document_links_to_exists() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
