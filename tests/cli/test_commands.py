"""The `portal` command as a person types it: answers, sentences and exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.embedded_postgres import EmbeddedPostgres
from portal.schema import OWNER

ROOT = Path(__file__).parents[2]


def portal(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return subprocess.run(
        [sys.executable, "-c", "from portal.cli import main; main()", *arguments],
        env={**kept, "PORTAL_HOME": str(home), "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_empty_home_is_enough_for_a_command(tmp_path: Path) -> None:
    checked = portal(tmp_path, "ledger", "check", "--json")
    assert json.loads(checked.stdout) == {"ok": True, "entries": 0, "findings": []}
    assert checked.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("era", "check", "nowhere.835"), "There is no such file."),
        (("statements", "issue"), "There is no practice yet."),
        (("statements", "issue", "--practice", "x"), "There is no practice 'x'."),
        (("no-such-command",), "No such command"),
    ],
)
def test_what_a_person_can_mend_ends_with_a_sentence_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = portal(tmp_path, *arguments)
    assert done.returncode == 2
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_ends_with_a_sentence() -> None:
    done = portal(Path("/proc/nowhere"), "ledger", "check")
    assert done.returncode == 2
    assert "Set PORTAL_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_does_not_start_without_its_secrets_and_says_which(tmp_path: Path) -> None:
    done = portal(tmp_path, "ledger", "check", PORTAL_ENV="production", SECRET_KEY="short")
    assert done.returncode == 2
    for name in ("DATABASE_URL", "SECRET_KEY", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
        assert name in done.stderr


def test_a_backup_restores_into_an_empty_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert portal(home, "practice", "add", "riverbend", "--name", "Riverbend").returncode == 0
    dump = tmp_path / "portal.dump"
    backed_up = portal(home, "db", "backup", str(dump))
    assert backed_up.returncode == 0, backed_up.stderr
    server = EmbeddedPostgres(home)
    with server.running():
        server.run_client("createdb", "-U", "postgres", "-O", OWNER, "restored")
        server.run_client("pg_restore", "-U", "postgres", "-d", "restored", str(dump))
    counted = portal(home, "ledger", "check", "--json")
    assert json.loads(counted.stdout)["ok"] is True
