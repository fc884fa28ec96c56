"""The file connector alone: what it writes, never overwrites, and makes of replies."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.connectors.practice_systems import (
    Answer,
    Batch,
    Parcel,
    ParcelDiffersError,
    Post,
    PostedLine,
    PracticeSystemUnavailableError,
)
from portal.connectors.practice_systems.files import FilePracticeSystem
from tests.sync.far_side import LONG_AGO, SLUG, FarSide

A, B = UUID(int=1), UUID(int=2)


def post(post_id: UUID = A, *, cents: int = 7_770, account_number: str = "A-20411") -> Post:
    return Post(
        post_id=post_id,
        kind="payment_settled",
        account_number=account_number,
        effective_on=date(2026, 3, 9),
        amount_cents=cents,
        receipt_number="RB-2026-000001",
        method="card",
        lines=(PostedLine("C-1", "L1", cents - 10), PostedLine("", "", 10)),
    )


def batch(*posts: Post) -> Batch:
    return Batch(SLUG, 17, datetime(2026, 3, 9, 17, 0, tzinfo=UTC), posts)


def test_a_batch_says_who_what_and_how_much_and_proves_it(far_side: FarSide) -> None:
    refund = post(B, cents=-500)
    parcel = far_side.system.prepare(batch(post(), refund))
    far_side.system.deliver(parcel)
    assert far_side.files() == ["posts-000017.csv"]
    read = far_side.read("posts-000017.csv")
    assert (read.number, read.created) == (17, "2026-03-09T17:00:00+00:00")
    assert read.posts[0] == (
        str(A),
        "payment_settled",
        "A-20411",
        "2026-03-09",
        "7770",
        "RB-2026-000001",
        "card",
    )
    assert read.allocations == (
        (str(A), "C-1", "L1", "7760"),
        (str(A), "", "", "10"),
        (str(B), "C-1", "L1", "-510"),
        (str(B), "", "", "10"),
    )


def test_the_same_batch_makes_the_same_bytes(far_side: FarSide) -> None:
    assert far_side.system.prepare(batch(post())) == far_side.system.prepare(batch(post()))


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_no_cell_is_taken_for_a_formula(far_side: FarSide, start: str) -> None:
    number = f'{start}HYPERLINK("http://example.com","x")'
    far_side.system.deliver(far_side.system.prepare(batch(post(account_number=number))))
    assert far_side.read("posts-000017.csv").posts[0][2] == f"'{number}"


@pytest.mark.parametrize("number", ["-17", "20411", "-17.50", "A=1", "o'Neil-3"])
def test_a_number_and_a_harmless_text_stay_as_they_are(far_side: FarSide, number: str) -> None:
    far_side.system.deliver(far_side.system.prepare(batch(post(account_number=number))))
    assert far_side.read("posts-000017.csv").posts[0][2] == number


@given(
    account_number=st.text(st.characters(codec="utf-8"), max_size=20),
    cents=st.integers(min_value=-(10**9), max_value=10**9),
)
def test_any_account_number_comes_out_as_it_went_in_but_for_the_apostrophe(
    tmp_path_factory: pytest.TempPathFactory, account_number: str, cents: int
) -> None:
    far_side = FarSide(tmp_path_factory.mktemp("home"))
    sent = post(cents=cents, account_number=account_number)
    far_side.system.deliver(far_side.system.prepare(batch(sent)))
    (read,) = far_side.read("posts-000017.csv").posts
    assert read[2].removeprefix("'") == account_number.removeprefix("'")
    assert read[4] == str(cents)


def test_delivering_again_changes_nothing_and_leaves_nothing_else_behind(
    far_side: FarSide,
) -> None:
    parcel = far_side.system.prepare(batch(post()))
    far_side.system.deliver(parcel)
    path = far_side.outbox / SLUG / parcel.name
    before = path.stat().st_ino
    far_side.system.deliver(parcel)
    assert path.stat().st_ino == before
    assert [path.name for path in (far_side.outbox / SLUG).iterdir()] == [parcel.name]


def test_something_else_under_the_same_name_is_never_overwritten(far_side: FarSide) -> None:
    parcel = far_side.system.prepare(batch(post()))
    far_side.system.deliver(parcel)
    other = far_side.system.prepare(batch(post(cents=1)))
    with pytest.raises(ParcelDiffersError):
        far_side.system.deliver(other)
    assert (far_side.outbox / SLUG / parcel.name).read_bytes() == parcel.content


def test_a_batch_is_not_for_everybodys_eyes(far_side: FarSide) -> None:
    parcel = far_side.system.prepare(batch(post()))
    far_side.system.deliver(parcel)
    mode = (far_side.outbox / SLUG / parcel.name).stat().st_mode
    assert stat.S_IMODE(mode) & 0o007 == 0


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    system = FilePracticeSystem(outbox=tmp_path / "outbox", replies=tmp_path / "replies")
    with pytest.raises(PracticeSystemUnavailableError):
        system.deliver(system.prepare(batch(post())))


@pytest.mark.parametrize("slug", ["..", "a/b", "", "/etc", "A b"])
def test_a_practices_folder_is_one_plain_name(far_side: FarSide, slug: str) -> None:
    with pytest.raises(ValueError, match="no name for a folder"):
        far_side.system.deliver(Parcel(slug, "posts-000001.csv", b"", ""))


def test_answers_are_read_in_order_with_their_reasons(far_side: FarSide) -> None:
    far_side.answer(17, accepted=[A], rejected=[(B, "Account A-2 is closed")])
    (reply,) = far_side.system.replies(SLUG)
    assert (reply.name, reply.batch_number, reply.problem) == ("reply.csv", 17, "")
    assert reply.answers == (Answer(A, True, ""), Answer(B, False, "Account A-2 is closed"))  # noqa: FBT003 - the value's own order


def test_a_byte_order_mark_quotes_and_windows_line_ends_are_fine(far_side: FarSide) -> None:
    answer = f'rejected,{A},"closed, since ""May"""'
    far_side.put("reply.csv", f"\ufeffportal-replies,1,{SLUG},17\r\n{answer}\r\n\r\n".encode())
    (reply,) = far_side.system.replies(SLUG)
    assert [answer.reason for answer in reply.answers] == ['closed, since "May"']


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"something,else",
        b"portal-replies,2,riverbend,17",
        b"portal-replies,1,elsewhere,17",
        b"portal-replies,1,riverbend,seventeen",
        b"portal-replies,1,riverbend,-17",
        b"portal-replies,1,riverbend",
        b"portal-replies,1,riverbend,17\nmaybe," + str(A).encode(),
        b"portal-replies,1,riverbend,17\naccepted,not-an-id",
        b"portal-replies,1,riverbend,17\naccepted",
        b"portal-replies,1,riverbend,17\nrejected," + str(A).encode(),
        b'portal-replies,1,riverbend,17\nrejected,"unclosed',
        b"portal-replies,1,riverbend,17\nrejected," + str(A).encode() + b",no\0body",
        b"portal-replies,1,riverbend,17\naccepted," + str(A).encode() + b"\ntrailer,2",
        b"portal-replies,1,riverbend,17\ntrailer",
        b"portal-replies,1,riverbend,17\ntrailer,0\naccepted," + str(A).encode(),
        b"x" * (10 * 1024 * 1024 + 1),
    ],
)
def test_a_reply_that_cannot_be_understood_says_why_and_is_put_aside(
    far_side: FarSide, content: bytes
) -> None:
    far_side.put("reply.csv", content)
    (reply,) = far_side.system.replies(SLUG)
    assert reply.problem
    assert reply.answers == ()
    far_side.system.put_away(SLUG, reply)
    assert far_side.put_away("refused") == ["reply.csv"]
    assert list(far_side.system.replies(SLUG)) == []


def test_a_name_that_was_used_before_loses_nothing(far_side: FarSide) -> None:
    for _ in range(2):
        far_side.answer(17, accepted=[A])
        (reply,) = far_side.system.replies(SLUG)
        far_side.system.put_away(SLUG, reply)
    assert len(far_side.put_away("read")) == 2


def test_only_a_reply_with_a_trailer_says_that_it_is_whole(far_side: FarSide) -> None:
    rows = f"portal-replies,1,{SLUG},17\naccepted,{A}\n"
    far_side.put("1.csv", rows.encode(), written_at=LONG_AGO)
    far_side.put("2.csv", f"{rows}trailer,1\n".encode())
    far_side.put("3.csv", f"{rows}accepted,0199".encode())
    begun, whole, torn = far_side.system.replies(SLUG)
    assert (begun.problem, begun.written_at) == ("", LONG_AGO)
    assert (whole.answers, whole.written_at) == (begun.answers, None)
    assert (torn.problem, torn.written_at) == ("Row 3 is not an answer.", LONG_AGO)


def test_folders_links_pipes_and_unfinished_names_are_passed_over(far_side: FarSide) -> None:
    far_side.answer(17, accepted=[A])
    folder = far_side.replies / SLUG
    (folder / "archive.csv").mkdir()
    (folder / "link.csv").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe.csv")
    for name in (".reply.csv", "reply.csv.part"):
        far_side.put(name, b"")
    assert [reply.name for reply in far_side.system.replies(SLUG)] == ["reply.csv"]


@contextmanager
def nobody() -> Iterator[None]:
    """Without the rights of root, who may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_may_not_be_read_says_so_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    far_side = FarSide(Path())
    far_side.answer(17, accepted=[A], name="1.csv")
    far_side.answer(17, accepted=[B], name="2.csv")
    (far_side.replies / SLUG / "1.csv").chmod(0)
    for folder in (tmp_path, far_side.replies, far_side.replies / SLUG):
        folder.chmod(0o755)
    with nobody():
        closed, readable = far_side.system.replies(SLUG)
    assert (closed.name, closed.problem) == ("1.csv", "It cannot be read: Permission denied.")
    assert [answer.post_id for answer in readable.answers] == [B]


def test_a_name_in_another_encoding_is_no_stop(far_side: FarSide) -> None:
    far_side.put(os.fsdecode(b"r\xe9ponse.csv"), b"")
    (reply,) = far_side.system.replies(SLUG)
    assert reply.name == "r\\udce9ponse.csv"
    assert reply.problem
