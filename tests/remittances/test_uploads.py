"""Files that posters upload: refused at the door, looked into, imported by a job."""

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import event, insert, select, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.audit.models import AuditEvent
from portal.auth.roles import REACH, Area, Role
from portal.db import Database, LoaderMissingError, Principal, new_id
from portal.desk.routes import desk as front_desk
from portal.payments.books.routes import books
from portal.practice.directory import practice_by_slug
from portal.practice.tasks import open_task_count
from portal.remittances.incoming.file_name import sent_name
from portal.remittances.incoming.models import Upload, UploadBlock
from portal.remittances.incoming.routes import intake
from portal.remittances.incoming.uploads import (
    MOST_WAITING_BYTES,
    TASK_FAILED,
    UnknownMoveError,
    drop_undecided,
    import_upload,
)
from portal.remittances.models import RemittanceFile
from portal.remittances.routes import insurance
from portal.remittances.sent.claims import import_any
from portal.sync.routes import sync
from tests.auth.running import Browser, Clock, Seen, make_app
from tests.auth.test_link_pages import without_reference
from tests.builders import make_practice
from tests.remittances import fhir_text
from tests.remittances.desk import NOW, TODAY, ImportDesk, SentClaim
from tests.remittances.sent_text import sent_visit
from tests.remittances.test_import_dispositions import UNBALANCED
from tests.remittances.test_insurance_page import signed_in
from tests.remittances.test_other_transactions import KINDS, file_of
from tests.remittances.x12_text import CLAIM, encoded, interchange, transaction

SOUND = encoded(interchange(transaction(*CLAIM)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(desk: ImportDesk, clock: Clock) -> Flask:
    return make_app(desk.database, clock, insurance, sync, front_desk, books, intake)


@pytest.fixture
def poster(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return signed_in(app, desk, clock, Role.POSTER)


def send(visitor: Browser, content: bytes, *, name: str = "a.835") -> Seen:
    """Choose a file and send the form."""
    return post_file(visitor, "/insurance/upload", content, name=name)


def post_file(visitor: Browser, to: str, content: bytes, *, name: str = "a.835") -> Seen:
    token = visitor.get("/insurance/upload").csrf_token
    fields = {"csrf_token": token, "file": FileStorage(io.BytesIO(content), name)}
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    return Seen.of(visitor.client.post(to, data=body, content_type=kind))


def run_job(desk: ImportDesk, page: str) -> None:
    """What the worker does."""
    import_upload(desk.database, desk.practice, id_of(page), now=NOW)


def id_of(page: str) -> UUID:
    return UUID(page.rsplit("/", 1)[1])


def upload_at(desk: ImportDesk, page: str) -> Upload:
    with desk.database.transaction(Principal.job(desk.practice.practice_id, role="t")) as session:
        return session.scalars(select(Upload).where(Upload.upload_id == id_of(page))).one()


def acts(desk: ImportDesk) -> list[tuple[str, str]]:
    """What was done to uploads, and in which role."""
    with desk.database.transaction(Principal.job(desk.practice.practice_id, role="t")) as session:
        rows = session.execute(
            select(AuditEvent.action, AuditEvent.actor_role).where(
                AuditEvent.practice_id == desk.practice.practice_id,
                AuditEvent.object_kind == "upload",
                AuditEvent.action != "view",
            )
        )
        return sorted((action, role) for action, role in rows)


def open_tasks(desk: ImportDesk) -> int:
    with desk.database.transaction(Principal.job(desk.practice.practice_id, role="t")) as session:
        return open_task_count(session)


@contextmanager
def watched_books(desk: ImportDesk, notice: Callable[[], object]) -> Iterator[None]:
    """Calls ``notice`` whenever the loader begins to write."""
    loader = desk.database._loader_engine  # noqa: SLF001 — nothing else sees an import at work
    assert loader is not None

    def begin(_connection: object) -> None:
        notice()

    event.listen(loader, "begin", begin)
    try:
        yield
    finally:
        event.remove(loader, "begin", begin)


def broken_books(desk: ImportDesk) -> AbstractContextManager[None]:
    """While this lasts, the loader fails as the database does at text that no index takes in."""

    def fail() -> None:
        raise errors.ProgramLimitExceeded

    return watched_books(desk, fail)


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.835", content)
    return file.getvalue()


def test_a_file_is_looked_into_imported_by_a_job_and_its_bytes_are_forgotten(
    desk: ImportDesk, poster: Browser
) -> None:
    page = send(poster, desk.write(SentClaim()).read_bytes()).location
    seen = poster.get(page).text
    for words in ("Waiting for you", "$100.00", "$50.00", "Import this claim"):
        assert words in seen
    assert desk.count(RemittanceFile) == 0
    assert poster.send(page, {}, to=f"{page}/import").location == page
    assert "The file waits for its turn" in poster.get(page).text
    assert queued(desk) == ["import_upload"]
    run_job(desk, page)
    done = poster.get(page).text
    for words in ("What was imported", "Imported</span>", "a.835"):
        assert words in done
    assert desk.claim().paid_cents == 5_000
    assert (desk.count(UploadBlock), desk.findings()) == (0, [])
    assert "Imported</span>" in poster.get("/insurance/upload").text


def test_the_job_may_run_again_after_its_import_and_posts_nothing_twice(
    desk: ImportDesk, poster: Browser
) -> None:
    content = desk.write(SentClaim()).read_bytes()
    page = send(poster, content).location
    poster.send(page, {}, to=f"{page}/import")
    path = desk.folder / "a.835"
    path.write_bytes(content)
    import_any(  # the worker was killed between this and its own last commit
        desk.database,
        desk.practice,
        path,
        create_patients=False,
        now=NOW,
        today=TODAY,
        imported_by="upload",
    )
    run_job(desk, page)
    run_job(desk, page)
    assert "All of it was imported before" in poster.get(page).text
    assert desk.claim().paid_cents == 5_000
    assert desk.count(RemittanceFile) == 1


def test_a_fault_of_ours_leaves_the_file_to_staff_who_may_try_again(
    desk: ImportDesk, poster: Browser
) -> None:
    page = send(poster, desk.write(SentClaim()).read_bytes()).location
    poster.send(page, {}, to=f"{page}/import")
    with broken_books(desk):
        run_job(desk, page)
    seen = poster.get(page).text
    assert "The portal failed at this file" in seen
    assert (desk.tasks(), open_tasks(desk)) == ([TASK_FAILED], 1)
    assert (desk.count(UploadBlock), desk.count(RemittanceFile)) == (1, 0)
    poster.send(page, {}, to=f"{page}/import")
    assert "The file waits for its turn" in poster.get(page).text
    run_job(desk, page)
    assert "What was imported" in poster.get(page).text
    assert (open_tasks(desk), desk.claim().paid_cents) == (0, 5_000)


@pytest.mark.parametrize("fails", [True, False])
def test_a_file_that_waits_or_failed_can_be_dropped(
    desk: ImportDesk, poster: Browser, *, fails: bool
) -> None:
    page = send(poster, desk.write(SentClaim()).read_bytes()).location
    poster.send(page, {}, to=f"{page}/import")
    if fails:
        with broken_books(desk):
            run_job(desk, page)
    assert poster.send(page, {}, to=f"{page}/drop").location == "/insurance/upload"
    run_job(desk, page)  # the job is still in the queue
    assert "Not imported" in poster.get(page).text
    assert (open_tasks(desk), desk.count(UploadBlock), desk.count(RemittanceFile)) == (0, 0, 0)


def test_a_file_whose_job_was_tried_too_often_can_be_tried_again(
    desk: ImportDesk, poster: Browser
) -> None:
    page = send(poster, desk.write(SentClaim()).read_bytes()).location
    poster.send(page, {}, to=f"{page}/import")
    poster.send(page, {}, to=f"{page}/import")  # a job comes to it: nothing more to do
    assert queued_jobs(desk) == ["todo"]
    run_out_of_retries(desk)
    assert "No worker comes to this file any more" in poster.get(page).text
    poster.send(page, {}, to=f"{page}/import")
    assert "The file waits for its turn" in poster.get(page).text
    assert queued_jobs(desk) == ["failed", "todo"]
    run_job(desk, page)
    assert desk.claim().paid_cents == 5_000


def run_out_of_retries(desk: ImportDesk) -> None:
    with desk.database.local_transaction() as session:
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))


def queued_jobs(desk: ImportDesk) -> list[str]:
    with desk.database.local_transaction() as session:
        query = text("SELECT status::text FROM procrastinate_jobs ORDER BY id")
        return list(session.scalars(query))


def test_without_a_loader_the_job_is_tried_again(desk: ImportDesk, poster: Browser) -> None:
    page = send(poster, SOUND).location
    poster.send(page, {}, to=f"{page}/import")
    url = desk.database.engine.url.render_as_string(hide_password=False)
    database = Database(url)
    try:
        with pytest.raises(LoaderMissingError):
            import_upload(database, desk.practice, id_of(page), now=NOW)
    finally:
        database.close()
    assert "The file waits for its turn" in poster.get(page).text


def test_what_is_being_imported_cannot_be_dropped_nor_imported_by_another_worker(
    desk: ImportDesk, poster: Browser
) -> None:
    page = send(poster, SOUND).location
    poster.send(page, {}, to=f"{page}/import")
    job = Principal.job(desk.practice.practice_id, role="t")
    with desk.database.transaction(job) as session:
        session.scalars(select(Upload).with_for_update()).one()  # as a worker holds it
        assert poster.send(page, {}, to=f"{page}/drop").location == page
        with pytest.raises(UnknownMoveError):
            run_job(desk, page)
    assert "The file waits for its turn" in poster.get(page).text


def test_jobs_of_one_practice_do_not_wait_for_each_others_retries(
    desk: ImportDesk, poster: Browser
) -> None:
    page = send(poster, SOUND).location
    poster.send(page, {}, to=f"{page}/import")
    with desk.database.local_transaction() as session:
        query = text("SELECT lock FROM procrastinate_jobs WHERE task_name = 'import_upload'")
        assert session.scalars(query).all() == [None]


def test_the_same_bytes_wait_once(desk: ImportDesk, poster: Browser) -> None:
    page = send(poster, SOUND).location
    assert send(poster, SOUND, name="again.835").location == page
    assert (desk.count(Upload), desk.count(UploadBlock)) == (1, 1)
    poster.send(page, {}, to=f"{page}/drop")
    assert send(poster, SOUND).location != page


def test_a_practice_keeps_so_many_bytes_and_not_more(desk: ImportDesk, poster: Browser) -> None:
    upload_id = new_id()
    with desk.database.transaction(Principal.job(desk.practice.practice_id, role="t")) as session:
        session.execute(
            insert(Upload).values(
                practice_id=desk.practice.practice_id,
                upload_id=upload_id,
                name="large.835",
                byte_count=MOST_WAITING_BYTES - len(SOUND),
                sha256=b"large",
                state="checked",
                contents={},
                message="",
                report={},
                uploaded_at=NOW,
                uploaded_by=new_id(),
            )
        )
    answer = send(poster, SOUND + b"\n")
    assert (answer.status, "Files of 250 MB wait here already." in answer.text) == (422, True)
    assert send(poster, SOUND).status == 303
    poster.send("/insurance/upload", {}, to=f"/insurance/uploads/{upload_id}/drop")
    assert send(poster, SOUND + b"\n").status == 303


def test_what_nobody_decides_on_is_forgotten_after_a_day(desk: ImportDesk, poster: Browser) -> None:
    page = send(poster, SOUND).location
    asked = send(poster, SOUND + b"\n").location
    poster.send(asked, {}, to=f"{asked}/import")
    practice_id = desk.practice.practice_id
    sent_at = upload_at(desk, page).uploaded_at
    assert drop_undecided(desk.database, practice_id, now=sent_at + timedelta(hours=23)) == 0
    assert drop_undecided(desk.database, practice_id, now=sent_at + timedelta(hours=25)) == 1
    assert upload_at(desk, page).state == "dropped"
    assert upload_at(desk, asked).state == "waiting"
    assert desk.count(UploadBlock) == 1
    assert ("drop_upload", "drop uploads") in acts(desk)


def test_an_upload_says_which_file_it_became_and_the_file_who_sent_it(
    desk: ImportDesk, poster: Browser
) -> None:
    page = send(poster, desk.write(SentClaim()).read_bytes()).location
    poster.send(page, {}, to=f"{page}/import")
    run_job(desk, page)
    upload = upload_at(desk, page)
    assert f"/insurance/imports/{upload.file_id}" in poster.get(page).text
    assert "by Jo" in poster.get(f"/insurance/imports/{upload.file_id}").text
    with desk.database.transaction(Principal.job(desk.practice.practice_id, role="t")) as session:
        file = session.scalars(select(RemittanceFile)).one()
    assert (file.file_id, file.imported_by) == (upload.file_id, str(upload.uploaded_by))


def test_an_import_leaves_no_name_in_the_temporary_folder(
    desk: ImportDesk, poster: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    page = send(poster, desk.write(SentClaim()).read_bytes()).location
    poster.send(page, {}, to=f"{page}/import")
    seen: list[list[Path]] = []
    with watched_books(desk, lambda: seen.append(list(folder.iterdir()))):
        run_job(desk, page)
    assert seen[0] == []


def test_what_is_odd_about_a_file_is_shown_before_anything_is_posted(
    desk: ImportDesk, poster: Browser
) -> None:
    page = send(poster, desk.write(SentClaim(), UNBALANCED).read_bytes()).location
    seen = poster.get(page).text
    assert "What is odd about it" in seen
    assert "but the payer says it paid" in seen
    assert "Import these 2 claims" in seen


def test_sent_claims_come_in_by_the_same_door(desk: ImportDesk, poster: Browser) -> None:
    visit = sent_visit(
        last_name="MARLOWE", first_name="JUNE", member="W1", payer_name="BHZ", payer="87726"
    )
    page = send(poster, visit, name="claims.837").location
    assert "Claims as they were sent (837)" in poster.get(page).text
    poster.send(page, {}, to=f"{page}/import")
    run_job(desk, page)
    assert "What was imported" in poster.get(page).text


def test_fhir_comes_in_by_the_same_door(desk: ImportDesk, poster: Browser) -> None:
    page = send(
        poster, fhir_text.written(fhir_text.told(fhir_text.eob())), name="eob.json"
    ).location
    assert "Decisions and claims in FHIR" in poster.get(page).text
    poster.send(page, {}, to=f"{page}/import")
    run_job(desk, page)
    assert "What was imported" in poster.get(page).text
    assert "This is not" not in poster.get(page).text


def test_a_file_that_nobody_wants_is_dropped(desk: ImportDesk, poster: Browser) -> None:
    page = send(poster, SOUND).location
    done = poster.send(page, {}, to=f"{page}/drop")
    assert done.location == "/insurance/upload"
    assert "Nothing of it is kept" in poster.get(done.location).text
    assert desk.count(UploadBlock) == 0
    poster.send("/insurance/upload", {}, to=f"{page}/import")  # a second tab: too late
    assert "Not imported" in poster.get(page).text
    assert queued(desk) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped(SOUND), "This is a ZIP archive or an Office document. Send the file as plain"),
        (gzip.compress(SOUND), "This is a gzip archive."),
        (b"%PDF-1.7\n", "This is a PDF document."),
        (bytes.fromhex("d0cf11e0a1b11ae1"), "This is an old Office document."),
        (SOUND.decode().encode("utf-16"), "This is UTF-16 text."),
        (SOUND.decode().encode("utf-16-le"), "The file holds binary data."),
        (SOUND.replace(b"MARLOWE", b"MAR\0OWE"), "The file holds binary data."),
        (SOUND + b"x" * 300_000 + b"\0x", "The file holds binary data."),
        (b"", "The file is empty."),
        (b"claim,amount\n1,2\n", "The file holds something other than X12"),
        (SOUND[:200], "The file is cut off or damaged"),
        *(
            (file_of(segment), f"This is not an 835 remittance: it holds {name}.")
            for segment, name in KINDS.items()
        ),
    ],
)
def test_what_is_no_plain_file_of_ours_is_refused_with_a_sentence(
    desk: ImportDesk, poster: Browser, content: bytes, sentence: str
) -> None:
    answer = send(poster, content)
    assert answer.status == 422
    assert sentence in answer.text
    assert (desk.count(Upload), desk.count(UploadBlock)) == (0, 0)


def test_nothing_chosen_is_said(poster: Browser) -> None:
    assert "Choose a file" in poster.send("/insurance/upload", {}).text


def test_padding_behind_a_file_is_no_binary_data(poster: Browser) -> None:
    assert send(poster, SOUND + b"\0" * 1000).status == 303


def test_more_than_25_mb_are_not_even_read(desk: ImportDesk, poster: Browser) -> None:
    assert send(poster, SOUND + b"\n" * (26 * 1024 * 1024)).status == 413
    assert send(poster, SOUND + b"\n" * (25 * 1024 * 1024)).status == 422  # the file alone
    assert desk.count(Upload) == 0


def test_every_other_form_stays_small(poster: Browser) -> None:
    assert post_file(poster, "/staff/sign-out", b"x" * 2_000_000).status == 413


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:/eras/march.835", "march.835"),
        ("<b>bold</b>.835", "b&gt;.835"),
        ("..", "file"),
        ("état\x07.835", "état�.835"),
    ],
)
def test_of_a_name_only_what_can_be_shown_is_kept(poster: Browser, name: str, shown: str) -> None:
    page = send(poster, SOUND, name=name).location
    assert f"<h1>{shown}</h1>" in poster.get(page).text


def test_a_name_with_the_folder_of_a_windows_machine_is_cut() -> None:
    assert sent_name("C:\\Users\\jo\\march.835") == "march.835"


def test_who_sent_what_is_on_record(desk: ImportDesk, poster: Browser) -> None:
    page = send(poster, SOUND).location
    poster.send(page, {}, to=f"{page}/import")
    assert acts(desk) == [("import_upload", "poster"), ("upload_file", "poster")]
    assert "Jo" in poster.get(page).text


@pytest.mark.parametrize("role", Role)
def test_only_posters_and_managers_get_in(
    desk: ImportDesk, app: Flask, clock: Clock, poster: Browser, role: Role
) -> None:
    page = send(poster, SOUND).location
    visitor = signed_in(app, desk, clock, role) if role is not Role.POSTER else poster
    expected = 200 if role in REACH[Area.INSURANCE] else 404
    assert visitor.get("/insurance/upload").status == expected
    assert visitor.get(page).status == expected


def test_another_practices_file_looks_like_nobodys(
    desk: ImportDesk, poster: Browser, app: Flask, clock: Clock
) -> None:
    page = send(poster, SOUND).location
    make_practice(desk.database, slug="other")
    there = ImportDesk(desk.database, practice_by_slug(desk.database, "other"), desk.folder)
    stranger = signed_in(app, there, clock, Role.MANAGER)
    nobodys = f"/insurance/uploads/{UUID(int=1)}"
    assert without_reference(stranger.get(page)) == without_reference(stranger.get(nobodys))
    assert stranger.send("/insurance/upload", {}, to=f"{page}/import").status == 404
    assert queued(desk) == []


def queued(desk: ImportDesk) -> list[str]:
    with desk.database.local_transaction() as session:
        query = text("SELECT task_name FROM procrastinate_jobs ORDER BY id")
        return [name for name in session.scalars(query) if name == "import_upload"]
