"""`portal mail report` as a mail server runs it: by pipe or by folder."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from portal.db import Database, Principal, new_id
from portal.messages.models import Message
from portal.messages.service import mail_name
from tests.builders import make_guarantor
from tests.cli.test_commands import ROOT
from tests.conftest import DatabaseUrls
from tests.messages.reports import ADDRESS, report

SENT_AT = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)


@pytest.fixture
def sent(database: Database, practice_id: UUID) -> UUID:
    """A receipt that a mail server took."""
    guarantor_id, message_id = make_guarantor(database, practice_id), new_id()
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        session.execute(
            insert(Message).values(
                practice_id=practice_id,
                message_id=message_id,
                guarantor_id=guarantor_id,
                channel="email",
                template="payment_receipt",
                subject_id=new_id(),
                state="sent",
                state_at=SENT_AT,
                created_at=SENT_AT,
            )
        )
    return message_id


def state_of(database: Database, practice_id: UUID, message_id: UUID) -> str:
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        return session.scalars(
            select(Message.state).where(
                Message.practice_id == practice_id, Message.message_id == message_id
            )
        ).one()


def run(
    urls: DatabaseUrls, home: Path, *arguments: str, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """With no more of an environment than a mail server gives."""
    done = subprocess.run(
        [sys.executable, "-c", "from portal.cli import main; main()", "mail", "report", *arguments],
        env={"DATABASE_URL": urls.app, "PORTAL_HOME": str(home), "PYTHONPATH": str(ROOT)},
        input=given,
        capture_output=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert b"Traceback" not in said
    assert ADDRESS.encode() not in said
    return done


def test_a_report_on_standard_input_settles_its_message(
    *,
    database: Database,
    database_urls: DatabaseUrls,
    practice_id: UUID,
    sent: UUID,
    tmp_path: Path,
) -> None:
    raw = report("failed", envelope_id=mail_name(practice_id, sent), status="5.1.1")
    done = run(database_urls, tmp_path, "--json", given=raw)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"message": "bounced"})
    assert state_of(database, practice_id, sent) == "bounced"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"Subject: Who are you?\n\nI live at ana.reyes@example.com\n", "not a delivery report"),
        (report("failed", envelope_id="of-another-program"), "no message that the portal sent"),
    ],
)
def test_what_is_not_about_a_message_of_ours_ends_with_a_sentence_and_exit_code_2(
    *,
    database: Database,
    database_urls: DatabaseUrls,
    practice_id: UUID,
    sent: UUID,
    tmp_path: Path,
    raw: bytes,
    sentence: str,
) -> None:
    done = run(database_urls, tmp_path, given=raw)
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert state_of(database, practice_id, sent) == "sent"


@pytest.mark.parametrize(("inbox", "aside"), [("new", "cur/1.host:2,S"), ("", "taken/1.host")])
def test_reports_of_a_folder_are_taken_once_and_letters_stay(
    *,
    database: Database,
    database_urls: DatabaseUrls,
    practice_id: UUID,
    sent: UUID,
    tmp_path: Path,
    inbox: str,
    aside: str,
) -> None:
    folder = tmp_path / "mail"
    (folder / inbox).mkdir(parents=True)
    raw = report("delivered", envelope_id=mail_name(practice_id, sent))
    (folder / inbox / "1.host").write_bytes(raw)
    assert run(database_urls, tmp_path, "--folder", str(folder)).returncode == 0
    assert state_of(database, practice_id, sent) == "delivered"
    assert (folder / aside).read_bytes() == raw
    letter = folder / inbox / "2.host"
    letter.write_bytes(b"Subject: Who are you?\n\n")
    done = run(database_urls, tmp_path, "--folder", str(folder), "--json")
    (line,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, line["file"]) == (2, "2.host")
    assert "not a delivery report" in line["error"]
    assert letter.exists()
