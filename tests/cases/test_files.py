"""What people send: told by its content, made anew, sealed, and shown to nobody else."""

import io
import struct
import zlib

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from portal.auth.roles import Role
from portal.cases.models import CaseFile
from portal.cases.pictures import (
    MOST_BYTES,
    CleanFile,
    FileRefusedError,
    FileTrouble,
    clean_file,
)
from portal.db import Database
from tests.auth.running import Browser, Clock, Seen
from tests.cases.people import (
    Family,
    a_picture,
    at_home,
    at_work,
    made_family,
    upload,
)

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def bomb(side: int) -> bytes:
    """A PNG of some kilobytes that says it is ``side`` by ``side``."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 4_000_000, 9)
    head = b"\x89PNG\r\n\x1a\n"
    return head + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_place() -> bytes:
    """A JPEG that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0110] = "Ana's phone"
    exif[0x8825] = {1: "N", 2: (45.0, 30.0, 0.0)}
    return a_picture(exif=exif)


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", FileTrouble.EMPTY),
        (b"\xff\xd8\xff" + b"\0" * MOST_BYTES, FileTrouble.TOO_LARGE),
        (b"MZ\x90\0 a program", FileTrouble.WRONG_KIND),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", FileTrouble.WRONG_KIND),
        (b"<html><script>1</script></html>", FileTrouble.WRONG_KIND),
        (b"GIF89a" + b"\0" * 40, FileTrouble.WRONG_KIND),
        (b"\xff\xd8\xff\xe0 not a picture", FileTrouble.UNREADABLE),
        (a_picture()[:200], FileTrouble.UNREADABLE),
        (bomb(60_000), FileTrouble.TOO_MANY_PIXELS),
        (bomb(7_000), FileTrouble.TOO_MANY_PIXELS),
        (b"%PDF-1.7\nno end", FileTrouble.UNREADABLE),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript>>"), FileTrouble.ACTIVE_PDF),
        (PDF.replace(b"/Catalog", b"/Catalog/#4aava#53cript 1"), FileTrouble.ACTIVE_PDF),
        (PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles>>"), FileTrouble.ACTIVE_PDF),
        (PDF.replace(b"/Root", b"/Encrypt 2 0 R/Root"), FileTrouble.ACTIVE_PDF),
    ],
)
def test_what_is_no_harmless_picture_or_pdf_is_refused(
    content: bytes, trouble: FileTrouble
) -> None:
    with pytest.raises(FileRefusedError) as refused:
        clean_file(content)
    assert refused.value.trouble is trouble


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04 a hidden archive"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_hides_behind_a_picture_is_gone(kind: str, tail: bytes) -> None:
    clean = clean_file(a_picture(kind) + tail)
    assert clean.media_type == "image/jpeg"
    assert tail not in clean.content


def test_where_and_with_what_it_was_taken_is_gone() -> None:
    assert b"Ana's phone" in with_place()
    kept = Image.open(io.BytesIO(clean_file(with_place()).content))
    assert dict(kept.getexif()) == {}


def test_a_large_picture_is_made_as_large_as_one_reads() -> None:
    kept = Image.open(io.BytesIO(clean_file(a_picture(size=(4000, 3000))).content))
    assert kept.size == (2400, 1800)


def test_a_quiet_pdf_is_kept_as_it_is() -> None:
    assert clean_file(PDF) == CleanFile("application/pdf", PDF)


@pytest.fixture
def draft(ana: Browser, family: Family) -> str:
    """The address where pictures of her card are added."""
    fields = {
        "visits": str(family.visit.claim_id),
        "payer_name": "Green Valley",
        "member_identifier": "GV 1",
    }
    return ana.send("/help/wrong_insurance", fields).location


def sealed(database: Database, family: Family) -> list[bytes]:
    with database.transaction(family.job) as session:
        rows = session.scalars(
            select(CaseFile.sealed).where(CaseFile.practice_id == family.practice_id)
        )
        return list(rows)


def sent(ana: Browser, draft: str) -> str:
    return ana.send(draft.replace("/files", "/check"), {}).location


def removal(page: str) -> str:
    return page[page.index("/help/drafts/files/") : page.index("/remove")] + "/remove"


def file_of(page: Seen) -> str:
    start = page.text.index("/help/files/")
    return page.text[start : page.text.index('"', start)]


def test_a_card_is_sealed_and_handed_to_the_cases_people_and_staff_alone(
    *, database: Database, family: Family, ana: Browser, app: Flask, clock: Clock, draft: str
) -> None:
    assert upload(ana, draft, a_picture(), "../../etc/passwd").status == 303
    (stored,) = sealed(database, family)
    assert not stored.startswith(b"\xff\xd8")
    case = sent(ana, draft)
    address = file_of(ana.get(case))
    answer = ana.client.get(address)
    assert answer.data.startswith(b"\xff\xd8\xff")
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=C-")
    rosa = at_home(app, database, made_family(database, family.practice_id, account_number="B"))
    assert rosa.get(address).status == 404
    mateo = at_home(app, database, family, who="mateo")
    assert mateo.get(address).status == 404
    poster, clerk = at_work(app, database, family.practice_id, clock, Role.POSTER, Role.FRONT_DESK)
    for member in (poster, clerk):
        theirs = address.replace("/help/files", "/cases/files")
        assert member.client.get(theirs).data == answer.data


def test_a_refused_file_says_why_and_a_sixth_is_too_many(
    database: Database, family: Family, ana: Browser, draft: str
) -> None:
    refused = upload(ana, draft, b"MZ a program", "card.jpg")
    assert (refused.status, "JPEG or PNG" in refused.text) == (422, True)
    for _ in range(5):
        assert upload(ana, draft, a_picture(size=(20, 20))).status == 303
    page = ana.get(draft)
    assert "Add this file" not in page.text
    token = ana.get("/help/question").csrf_token
    data = {"csrf_token": token, "file": (io.BytesIO(a_picture()), "card.jpg")}
    sixth = ana.client.post(draft, data=data, content_type="multipart/form-data")
    assert sixth.status_code == 422
    assert len(sealed(database, family)) == 5


def test_a_file_can_be_taken_out_of_a_draft_but_not_of_what_was_sent(
    database: Database, family: Family, ana: Browser, draft: str
) -> None:
    upload(ana, draft, a_picture())
    text = ana.get(draft).text
    remove = removal(text)
    ana.send(draft, {}, to=remove)
    assert sealed(database, family) == []
    upload(ana, draft, a_picture())
    text = ana.get(draft).text
    remove = removal(text)
    case = sent(ana, draft)
    assert ana.send(case, {}, to=remove).status == 404
    assert len(sealed(database, family)) == 1


def test_a_request_larger_than_a_file_may_be_is_not_read(ana: Browser, draft: str) -> None:
    answer = ana.client.post(
        draft,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(MOST_BYTES + 64 * 1024)},
    )
    assert answer.status_code == 413
