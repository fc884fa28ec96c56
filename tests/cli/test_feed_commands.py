"""`portal feed` and `portal practice load` as a person types them."""

import json
from pathlib import Path
from uuid import UUID

from portal.sync.patient_load import patient_template
from tests.cli.test_commands import portal
from tests.conftest import DatabaseUrls


def test_the_templates_load_one_after_the_other(
    tmp_path: Path, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    assert practice_id.version == 7
    people, rows = tmp_path / "patients.csv", tmp_path / "feed.csv"
    people.write_bytes(patient_template())
    printed = portal(tmp_path, "feed", "template", "--practice", "riverbend").stdout
    rows.write_text(printed, encoding="utf-8", newline="\r\n")
    where = {"DATABASE_URL": database_urls.app}
    loaded = portal(tmp_path, "practice", "load", str(people), "--json", **where)
    assert json.loads(loaded.stdout)["patients"] == {"new": 3, "changed": 0, "same": 0}
    tried = portal(tmp_path, "feed", "import", str(rows), "--dry-run", "--json", **where)
    done = portal(tmp_path, "feed", "import", str(rows), "--json", **where)
    facts = json.loads(done.stdout)
    assert {**facts, "dry_run": True} == json.loads(tried.stdout)
    assert (facts["imported"], facts["posted"], facts["refused"]) == (8, 6, 2)
    assert {one["id"] for one in facts["refusals"]} == {"CH-7", "A-8"}  # nobody is J-1043
    checked = portal(tmp_path, "ledger", "check", "--json", **where)
    assert json.loads(checked.stdout)["findings"] == []


def test_a_file_that_is_no_feed_and_a_list_with_a_wrong_line_end_with_exit_code_2(
    tmp_path: Path, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    assert practice_id.version == 7
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(patient_template().replace(b"1990-11-30", b"yesterday"))
    where = {"DATABASE_URL": database_urls.app}
    for arguments, sentence in (
        (("feed", "import", str(wrong)), "It does not begin with portal-feed,1."),
        (("feed", "import", str(tmp_path / "nowhere.csv")), "No such file or directory"),
        (("practice", "load", str(wrong)), "line 4: Its guarantor_born_on is not a day"),
    ):
        done = portal(tmp_path, *arguments, **where)
        assert done.returncode == 2
        assert sentence in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_who_books_money_from_the_desk_is_one_of_two(
    tmp_path: Path, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    assert practice_id.version == 7
    where = {"DATABASE_URL": database_urls.app}
    both = portal(tmp_path, "practice", "set", "riverbend", "--desk-receipts-in", "both", **where)
    assert both.returncode == 2
    assert both.stderr == "Choose --desk-receipts-in from: practice, portal.\n"
