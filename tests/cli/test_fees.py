"""`portal fees load` as a person types it."""

import json
from pathlib import Path

from tests.cli.test_commands import portal
from tests.remittances.x12_text import CLAIM, encoded, interchange, transaction

HEADER = "payer,procedure_code,modifier,effective_from,effective_to,amount\n"


def test_a_schedule_is_tried_and_then_loaded(tmp_path: Path) -> None:
    home, paid, prices = tmp_path / "home", tmp_path / "a.835", tmp_path / "prices.csv"
    paid.write_bytes(encoded(interchange(transaction(*CLAIM))))
    assert portal(home, "era", "import", str(paid)).returncode == 0
    prices.write_text(HEADER + ",99213,,2026-01-01,,75.00\n", encoding="utf-8")
    load = ("fees", "load", str(prices), "--payer", "87726", "--json")
    tried = portal(home, *load, "--dry-run")
    assert json.loads(tried.stdout) == {
        "file": str(prices),
        "payers": 1,
        "fees": 1,
        "dry_run": True,
    }
    assert json.loads(portal(home, *load).stdout)["dry_run"] is False
    prices.write_text(HEADER + ",99213,,soon,,75.00\n", encoding="utf-8")
    wrong = portal(home, *load)
    assert (wrong.returncode, wrong.stderr) == (2, "Nothing was loaded.\n")
    assert json.loads(wrong.stdout)["line"] == 2
    missing = portal(home, "fees", "load", "nowhere.csv")
    assert (missing.returncode, "cannot be read" in missing.stderr) == (2, True)
