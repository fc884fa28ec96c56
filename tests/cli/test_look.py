"""`portal practice show`, `portal practice apply` and `portal texts` as a person types them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from portal.cli.look import practice_apply, practice_show
from portal.cli.texts import texts
from portal.db import Database, Principal
from portal.practice.branding import kept_versions, read_logo, read_setup
from portal.web.reviewed import translated_texts
from tests.conftest import DatabaseUrls

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4z"/></svg>'
Apply = Callable[..., Result]


@pytest.fixture
def runner(database_urls: DatabaseUrls, practice_id: UUID) -> CliRunner:
    return CliRunner(env={**os.environ, "DATABASE_URL": database_urls.app})


@pytest.fixture
def apply(runner: CliRunner, tmp_path: Path) -> Apply:
    """Write a file and apply it."""

    def run(text: str, *options: str) -> Result:
        file = tmp_path / "practice.toml"
        file.write_text(text, encoding="utf-8")
        return runner.invoke(practice_apply, [str(file), *options])

    return run


def test_what_is_shown_can_be_changed_and_applied(
    runner: CliRunner, apply: Apply, database: Database, job: Principal
) -> None:
    shown = runner.invoke(practice_show)
    assert (shown.exit_code, "phone = " in shown.output) == (0, True)
    done = apply(shown.output.replace('light = "#05566e"', 'light = "#7a1f5c"'))
    assert (done.output, done.exit_code) == ("Version 1 counts from now on.\n", 0)
    with database.transaction(job) as session:
        assert read_setup(session)[1].light == "#7a1f5c"
        assert [one.made_by for one in kept_versions(session)] == ["portal practice apply"]
    assert 'light = "#7a1f5c"' in runner.invoke(practice_show).output


def test_what_is_only_tried_changes_nothing(
    runner: CliRunner, apply: Apply, tmp_path: Path
) -> None:
    (tmp_path / "mark.svg").write_text(SVG, encoding="utf-8")
    before = runner.invoke(practice_show).output
    tried = apply('corner = 0\nlogo = "mark.svg"', "--dry-run")
    assert (tried.output, tried.exit_code) == ("The settings can be used.\n", 0)
    assert runner.invoke(practice_show).output == before


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_every_setting_that_cannot_count_is_named(
    apply: Apply, options: tuple[str, ...], database: Database, job: Principal
) -> None:
    refused = apply('light = "#777777"\nphone = ""\nname = "A\\nB"', *options)
    assert refused.exit_code == 2
    assert refused.output.splitlines() == [
        "light has a contrast of 4.5:1 on #ffffff; it needs 6.0:1.",
        "phone must not be empty.",
        "name must be one line of text.",
    ]
    with database.transaction(job) as session:
        assert read_setup(session)[0] == 0


def test_a_logo_is_the_file_beside_the_settings_and_can_be_taken_away(
    apply: Apply, tmp_path: Path, database: Database, job: Principal
) -> None:
    def kept() -> bytes | None:
        with database.transaction(job) as session:
            logo = read_logo(session)
            return logo.body if logo else None

    (tmp_path / "mark.svg").write_text(SVG, encoding="utf-8")
    assert apply('logo = "mark.svg"').exit_code == 0
    assert b"<path" in (kept() or b"")
    assert apply("corner = 0").exit_code == 0
    assert kept() is not None
    assert apply('logo = ""').exit_code == 0
    assert kept() is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('logo = "nowhere.svg"', "nowhere.svg"),
        ('logo = "bad.svg"', "neither PNG nor SVG"),
        ("colour = 1", "There is no setting colour"),
        ("=", "not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(
    apply: Apply, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "bad.svg").write_text("no drawing", encoding="utf-8")
    refused = apply(text)
    assert (refused.exit_code, said in refused.output) == (2, True)
    assert "Traceback" not in refused.output


def test_the_texts_somebody_signs_are_listed_with_who_has_reviewed_them() -> None:
    done = CliRunner().invoke(texts, ["--json"])
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert [row["text"] for row in rows] == [one.key for one in translated_texts()]
    for row, one in zip(rows, translated_texts(), strict=True):
        assert row["reviewed_by"] == (one.reviewed_by or None)
        assert (Path(__file__).parents[2] / row["source"]).exists()
