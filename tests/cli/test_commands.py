"""The `portal` command as a person types it: answers, sentences and exit codes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from portal.embedded_postgres import EmbeddedPostgres
from portal.schema import APP, OWNER
from tests.conftest import DatabaseUrls
from tests.remittances import sent_text, x12_text
from tests.remittances.sent_text import sent_file, sent_transaction
from tests.remittances.x12_text import encoded, interchange, transaction

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
        (("claims", "list"), "`portal practice add SHORT-NAME --name NAME`"),
        (
            ("staff", "add", "jo@riverbend.example", "--name", "Jo", "--role", "poster"),
            "`portal practice add SHORT-NAME --name NAME`",
        ),
        (("statements", "issue", "--practice", "x"), "There is no practice 'x'."),
        (("no-such-command",), "No such command"),
        (("worker",), "such as postgresql://portal_app:password@host:5432/portal"),
    ],
)
def test_what_a_person_can_mend_ends_with_a_sentence_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = portal(tmp_path, *arguments)
    assert done.returncode == 2
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "address", ["not-an-email", "jo@", "@riverbend.example", "jo@river bend.example", "Jo <j@b.c>"]
)
def test_staff_sign_in_with_an_email_address_and_nothing_else(
    tmp_path: Path, database_urls: DatabaseUrls, practice_id: UUID, address: str
) -> None:
    arguments = ("staff", "add", address, "--name", "Jo", "--role", "poster")
    done = portal(tmp_path, *arguments, DATABASE_URL=database_urls.app)
    assert done.returncode == 2
    assert done.stderr == f"{address!r} is not an e-mail address, such as jo@riverbend.example.\n"
    assert done.stdout == ""


@pytest.fixture
def closed_port() -> int:
    """Nobody listens there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    "arguments",
    [
        ("claims", "list"),
        ("db", "migrate"),
        ("era", "import", "/dev/null"),
        ("ledger", "check", "--json"),
        ("payments", "sweep"),
        ("practice", "add", "riverbend", "--name", "Riverbend"),
        ("staff", "add", "jo@riverbend.example", "--name", "Jo", "--role", "poster"),
        ("statements", "issue", "--dry-run"),
        ("sync", "run"),
        ("worker",),
    ],
)
def test_a_database_that_does_not_answer_ends_every_command_with_a_sentence(
    tmp_path: Path, closed_port: int, arguments: tuple[str, ...]
) -> None:
    url = f"postgresql://portal_app:hunter2@127.0.0.1:{closed_port}/portal"
    done = portal(tmp_path, *arguments, DATABASE_URL=url, DATABASE_OWNER_URL=url)
    assert done.returncode == 2
    assert done.stderr.startswith("The database cannot be reached: ")
    assert "refused" in done.stderr
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_database_that_lets_nobody_in_or_was_not_migrated_says_so(
    tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    for url, sentence in (
        (postgres.url("nobody", "postgres"), 'role "nobody" does not exist'),
        (postgres.url(APP, "nowhere"), 'database "nowhere" does not exist'),
        (postgres.url(APP, "postgres"), "Run `portal db migrate` as the owner"),
        ("somewhere", "DATABASE_URL"),
        ("postgresql://portal_app@127.0.0.1:port/portal", "DATABASE_URL"),
        ("mysql://portal_app@127.0.0.1/portal", "DATABASE_URL"),
    ):
        done = portal(tmp_path, "claims", "list", DATABASE_URL=url)
        assert done.returncode == 2
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_only_the_owner_may_migrate_and_anybody_else_is_told_so(
    tmp_path: Path, postgres: EmbeddedPostgres
) -> None:
    url = postgres.url(APP, "postgres")
    done = portal(tmp_path, "db", "migrate", DATABASE_URL=url, DATABASE_OWNER_URL=url)
    assert done.returncode == 2
    assert "permission denied" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_takes_remittances_and_sent_claims_and_names_what_is_neither(
    tmp_path: Path,
) -> None:
    sent, paid, other = tmp_path / "a.837", tmp_path / "b.835", tmp_path / "c.277"
    claims = sent_transaction(*sent_text.PROVIDER, *sent_text.SUBSCRIBER, *sent_text.CLAIM)
    sent.write_bytes(encoded(sent_file(claims)))
    paid.write_bytes(encoded(interchange(transaction(*x12_text.CLAIM))))
    other.write_bytes(encoded(interchange(["ST*277*0001*005010X214", "SE*2*0001"])))
    files = [str(path) for path in (sent, paid, other)]
    done = portal(tmp_path / "home", "era", "import", *files, "--create-patients", "--json")
    assert done.returncode == 2
    of_claims, of_payments, of_neither = map(json.loads, done.stdout.splitlines())
    assert (of_claims["kind"], of_claims["sent"]["new"], of_claims["claims_posted"]) == (
        "837",
        1,
        1,
    )
    assert (of_payments["claims_posted"], of_payments["cents"]["posted"]) == (1, 10_000)
    assert of_neither["error"].endswith("it holds claim acknowledgments (277CA).")
    checked = portal(tmp_path / "home", "ledger", "check", "--json")
    assert json.loads(checked.stdout)["ok"] is True


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
