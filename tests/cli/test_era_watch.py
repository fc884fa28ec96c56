"""`portal era watch` as a process: it ends cleanly, and one folder has one watcher."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from tests.cli.test_commands import ROOT, portal
from tests.conftest import DatabaseUrls
from tests.remittances.x12_text import CLAIM, encoded, interchange, transaction

SOUND = encoded(interchange(transaction(*CLAIM)))


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def environment(urls: DatabaseUrls) -> dict[str, str]:
    return {"DATABASE_URL": urls.app, "DATABASE_LOADER_URL": urls.loader}


@contextmanager
def watching(home: Path, drop: Path, urls: DatabaseUrls) -> Iterator[subprocess.Popen[str]]:
    """A watcher that looks ten times a second."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from portal.cli import main; main()",
            *("era", "watch", str(drop), "--every", "0.1", "--create-patients", "--json"),
        ],
        env={**kept, "PORTAL_HOME": str(home), "PYTHONPATH": str(ROOT), **environment(urls)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_watcher_takes_files_as_they_come_and_ends_cleanly_when_told_to(
    tmp_path: Path, drop: Path, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    with watching(tmp_path, drop, database_urls) as watcher:
        (drop / "a.835").write_bytes(SOUND)
        assert watcher.stdout is not None
        seen = json.loads(watcher.stdout.readline())
        assert (seen["file"], seen["outcome"], seen["claims_posted"]) == ("a.835", "imported", 1)
        second = portal(tmp_path, "era", "watch", str(drop), **environment(database_urls))
        assert second.returncode == 2
        assert "looks after" in second.stderr
        watcher.send_signal(signal.SIGTERM)
        _, errors = watcher.communicate(timeout=20)
        assert (watcher.returncode, "Traceback" in errors) == (0, False)
    assert [path.name for path in (drop / "done").iterdir()] == ["a.835"]


def test_one_look_takes_what_has_been_quiet_and_refuses_with_exit_code_2(
    tmp_path: Path, drop: Path, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    for name, content in (("new.835", SOUND), ("old.835", SOUND), ("old.zip", b"PK\x03\x04")):
        (drop / name).write_bytes(content)
        if name.startswith("old"):
            os.utime(drop / name, (1_700_000_000, 1_700_000_000))
    look = ("era", "watch", str(drop), "--once", "--json")
    done = portal(tmp_path, *look, **environment(database_urls))
    assert done.returncode == 2, done.stderr
    taken, refused = map(json.loads, done.stdout.splitlines())
    assert (taken["file"], taken["outcome"]) == ("old.835", "imported")
    assert refused == {
        "file": "old.zip",
        "outcome": "refused",
        "error": "This is a ZIP archive, not an X12 835 remittance.",
    }
    assert (drop / "new.835").exists()


def test_one_look_says_that_a_file_comes_from_the_future(
    tmp_path: Path, drop: Path, database_urls: DatabaseUrls, practice_id: UUID
) -> None:
    (drop / "a.835").write_bytes(SOUND)
    os.utime(drop / "a.835", (4_000_000_000, 4_000_000_000))
    look = ("era", "watch", str(drop), "--once", "--json")
    done = portal(tmp_path, *look, **environment(database_urls))
    told = json.loads(done.stdout)
    assert (done.returncode, told["file"], told["outcome"]) == (0, "a.835", "waiting")
    assert "lies in the future" in told["error"]
    assert (drop / "a.835").exists()


@pytest.mark.parametrize(
    ("folder", "sentence"), [("nowhere", "is not a folder."), ("/proc", "cannot be written to")]
)
def test_a_folder_that_cannot_be_watched_ends_with_a_sentence(
    tmp_path: Path, database_urls: DatabaseUrls, practice_id: UUID, folder: str, sentence: str
) -> None:
    done = portal(tmp_path, "era", "watch", folder, "--once", **environment(database_urls))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
