"""Files that posters upload: refused at the door, looked into, imported by a job."""

import gzip
import io
import zipfile
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.audit.models import AuditEvent
from portal.auth.roles import REACH, Area, Role
from portal.db import Principal
from portal.desk.routes import desk as front_desk
from portal.practice.directory import practice_by_slug
from portal.remittances.incoming.file_name import sent_name
from portal.remittances.incoming.models import Upload, UploadBlock
from portal.remittances.incoming.routes import intake
from portal.remittances.incoming.uploads import import_upload
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
    return make_app(desk.database, clock, insurance, sync, front_desk, intake)


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
    import_upload(desk.database, desk.practice, UUID(page.rsplit("/", 1)[1]), now=NOW)


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
    with desk.database.transaction(Principal.job(desk.practice.practice_id, role="t")) as session:
        rows = session.execute(
            select(AuditEvent.action, AuditEvent.actor_role).where(
                AuditEvent.practice_id == desk.practice.practice_id,
                AuditEvent.object_kind == "upload",
                AuditEvent.action != "view",
            )
        ).all()
    assert sorted(rows) == [("import_upload", "poster"), ("upload_file", "poster")]
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
