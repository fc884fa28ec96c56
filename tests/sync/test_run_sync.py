"""The outbox carried over: in order, once, through crashes, and what the answers do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.connectors.practice_systems import (
    Parcel,
    PracticeSystem,
    PracticeSystemUnavailableError,
)
from portal.db import Database, Principal, new_id, practice_of
from portal.ledger.models import LedgerPost
from portal.ledger.outbox import LedgerPostState, move_to
from portal.practice.models import Task
from portal.sync.checks import checks
from portal.sync.models import SyncBatch
from portal.sync.queries import sync_page
from portal.sync.service import (
    PostNotFoundError,
    PostNotRejectedError,
    SyncReport,
    run_sync,
    send_again,
)
from tests.builders import make_practice
from tests.conftest import DatabaseUrls
from tests.payments.dying import DiedError, DyingDatabase
from tests.payments.owing import Owing
from tests.payments.paying import at_once
from tests.payments.test_checks import spoil
from tests.sync.far_side import FarSide
from tests.sync.telling import NOW, history, make_post, states

FIRST, SECOND = "posts-000001.csv", "posts-000002.csv"


@pytest.fixture
def run(database: Database, far_side: FarSide, ana: Owing) -> Callable[[], SyncReport]:
    return lambda: run_sync(database, far_side.system, ana.practice_id, now=NOW)


def findings_of_the_books(database: Database, owing: Owing) -> list[str]:
    with database.transaction(Principal.job(owing.practice_id, role="test")) as session:
        return [finding.message for finding in checks(session)]


def task_kinds(database: Database, owing: Owing) -> list[str]:
    with database.transaction(Principal.job(owing.practice_id, role="test")) as session:
        return list(
            session.scalars(select(Task.kind).where(Task.practice_id == practice_of(session)))
        )


def staff_of(owing: Owing) -> Principal:
    return Principal.staff(owing.practice_id, staff_id=new_id(), role="poster")


def test_what_waits_goes_out_in_one_batch_in_the_order_it_was_made(
    database: Database, far_side: FarSide, ana: Owing, ben: Owing, run: Callable[[], SyncReport]
) -> None:
    made = [make_post(database, owing) for owing in (ana, ben, ana)]
    assert run() == SyncReport(batches=1, sent=3)
    assert far_side.read(FIRST).post_ids == made
    assert set(states(database, ana).values()) == {"sent"}
    assert findings_of_the_books(database, ana) == []


def test_nothing_waiting_makes_no_batch(far_side: FarSide, run: Callable[[], SyncReport]) -> None:
    assert run() == SyncReport()
    assert far_side.files() == []


def test_batches_are_numbered_without_a_gap_and_hold_so_many(
    database: Database, far_side: FarSide, ana: Owing
) -> None:
    made = [make_post(database, ana, cents=10) for _ in range(5)]
    report = run_sync(database, far_side.system, ana.practice_id, now=NOW, posts_in_a_batch=2)
    assert report == SyncReport(batches=3, sent=5)
    assert far_side.files() == [FIRST, SECOND, "posts-000003.csv"]
    told = [post_id for name in far_side.files() for post_id in far_side.read(name).post_ids]
    assert told == made
    assert findings_of_the_books(database, ana) == []


class DyingSystem:
    """The far side of a process that dies just before, or just after, a parcel is handed over."""

    def __init__(self, living: PracticeSystem, *, after: bool) -> None:
        self._living = living
        self._after = after

    def deliver(self, parcel: Parcel) -> None:
        if self._after:
            self._living.deliver(parcel)
        raise DiedError

    def __getattr__(self, name: str) -> object:
        return getattr(self._living, name)


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_around_the_file_neither_loses_nor_doubles_a_post(
    database: Database,
    far_side: FarSide,
    ana: Owing,
    run: Callable[[], SyncReport],
    *,
    after: bool,
) -> None:
    first = make_post(database, ana)
    dying = DyingSystem(far_side.system, after=after)
    with pytest.raises(DiedError):
        run_sync(database, dying, ana.practice_id, now=NOW)  # type: ignore[arg-type]  # passed on
    assert far_side.files() == ([FIRST] if after else [])
    second = make_post(database, ana)
    assert run() == SyncReport(batches=2, sent=2)
    assert far_side.read(FIRST).post_ids == [first]
    assert far_side.read(SECOND).post_ids == [second]
    assert findings_of_the_books(database, ana) == []


@pytest.mark.parametrize("dies_in", [3, 4, 5])
def test_a_crash_in_any_transaction_neither_loses_nor_doubles_a_post(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport], dies_in: int
) -> None:
    made = make_post(database, ana)
    with pytest.raises(DiedError):
        run_sync(
            DyingDatabase(database, dies_in=dies_in),
            far_side.system,
            ana.practice_id,
            now=NOW,
        )
    assert run() == SyncReport(batches=1, sent=1)
    assert far_side.files() == [FIRST]
    assert far_side.read(FIRST).post_ids == [made]
    assert history(database, ana, made) == ["sent"]
    assert findings_of_the_books(database, ana) == []


def test_a_repeated_run_makes_the_same_file_to_the_byte(
    database: Database, far_side: FarSide, ana: Owing
) -> None:
    make_post(database, ana)
    dying = DyingSystem(far_side.system, after=True)
    with pytest.raises(DiedError):
        run_sync(database, dying, ana.practice_id, now=NOW)  # type: ignore[arg-type]  # passed on
    path = far_side.outbox / "riverbend" / FIRST
    before = path.read_bytes()
    path.unlink()
    run_sync(database, far_side.system, ana.practice_id, now=NOW + timedelta(hours=3))
    assert path.read_bytes() == before


def test_after_a_restored_backup_posts_go_out_under_the_next_free_number(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    """The far side has batches that our books know nothing of any more."""
    folder = far_side.outbox / "riverbend"
    folder.mkdir(parents=True)
    for name in (FIRST, SECOND):
        (folder / name).write_text("as it went out before the restore\r\n")
    post_id = make_post(database, ana)
    far_side.put("nonsense.csv", b"nonsense")
    report = run()
    assert (report.batches, report.sent, len(report.findings)) == (1, 1, 1)
    assert far_side.read("posts-000003.csv").post_ids == [post_id]
    assert (folder / FIRST).read_text().startswith("as it went out")
    assert sorted(task_kinds(database, ana)) == ["sync_reply", *["sync_set_aside"] * 2]
    assert findings_of_the_books(database, ana) == []
    far_side.answer(1, accepted=[post_id], name="old.csv")
    far_side.answer(3, accepted=[post_id], name="new.csv")
    assert run().acknowledged == 1
    assert far_side.put_away("read") == ["new.csv", "old.csv"]
    assert run() == SyncReport()


def test_runs_at_once_tell_each_post_once(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    made = [make_post(database, ana, cents=10) for _ in range(6)]
    reports = at_once(4, run)
    assert sum(report.sent for report in reports) == 6
    told = [post_id for name in far_side.files() for post_id in far_side.read(name).post_ids]
    assert sorted(told) == made
    assert findings_of_the_books(database, ana) == []


def test_answers_move_each_post_and_a_refusal_is_shown_to_somebody(
    database: Database, far_side: FarSide, ana: Owing, ben: Owing, run: Callable[[], SyncReport]
) -> None:
    good, bad = make_post(database, ana), make_post(database, ben)
    run()
    far_side.answer(1, accepted=[good], rejected=[(bad, "Account A-2 is closed")])
    assert run() == SyncReport(acknowledged=1, rejected=1)
    assert states(database, ana) == {good: "acknowledged", bad: "rejected"}
    assert task_kinds(database, ana) == ["post_rejected"]
    assert far_side.put_away("read") == ["reply.csv"]


def test_a_batch_may_be_answered_in_parts_and_twice(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    first, second = make_post(database, ana), make_post(database, ana)
    run()
    far_side.answer(1, accepted=[first])
    assert run() == SyncReport(acknowledged=1)
    assert states(database, ana) == {first: "acknowledged", second: "sent"}
    far_side.answer(1, accepted=[first, second])
    assert run() == SyncReport(acknowledged=1)
    assert history(database, ana, first) == ["sent", "acknowledged"]
    assert findings_of_the_books(database, ana) == []


def test_answers_about_what_never_went_out_are_findings_and_change_nothing(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    post_id = make_post(database, ana)
    run()
    stranger = new_id()
    far_side.answer(1, accepted=[stranger], name="1.csv")
    far_side.answer(9, accepted=[post_id], name="2.csv")
    far_side.put("3.csv", b"nonsense")
    report = run()
    assert (report.acknowledged, len(report.findings)) == (0, 3)
    assert str(stranger) in report.findings[0]
    assert states(database, ana) == {post_id: "sent"}
    assert set(task_kinds(database, ana)) == {"sync_reply"}
    assert run() == SyncReport()


def test_a_reply_that_may_still_grow_is_left_alone_until_it_is_a_minute_old(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    first, second = make_post(database, ana), make_post(database, ana)
    run()
    far_side.answer(1, accepted=[first], written_at=NOW - timedelta(seconds=59))
    far_side.put("torn.csv", b"portal-rep", written_at=NOW - timedelta(seconds=59))
    assert run() == SyncReport()
    assert task_kinds(database, ana) == []
    far_side.answer(1, accepted=[first, second], written_at=NOW - timedelta(seconds=60))
    far_side.put("torn.csv", b"portal-rep", written_at=NOW - timedelta(seconds=60))
    report = run()
    assert (report.acknowledged, len(report.findings)) == (2, 1)
    assert far_side.put_away("refused") == ["torn.csv"]


def test_a_reply_from_the_future_is_read_unless_it_is_less_than_a_minute_ahead(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    """Clocks differ a little; one that is years ahead must not keep an answer for years."""
    post_id = make_post(database, ana)
    run()
    far_side.answer(1, accepted=[post_id], written_at=NOW + timedelta(seconds=59))
    assert run() == SyncReport()
    far_side.answer(1, accepted=[post_id], written_at=NOW + timedelta(days=400))
    assert run() == SyncReport(acknowledged=1)


def test_a_reply_with_its_trailer_is_read_at_once(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    post_id = make_post(database, ana)
    run()
    reply = f"portal-replies,1,riverbend,1\naccepted,{post_id}\ntrailer,1\n"
    far_side.put("reply.csv", reply.encode(), written_at=NOW)
    assert run() == SyncReport(acknowledged=1)


def test_a_reply_that_cannot_be_put_away_is_told_once_and_stops_nothing(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    first = make_post(database, ana)
    run()
    far_side.put("read", b"a file where the folder should be")
    far_side.answer(1, accepted=[first])
    second = make_post(database, ana)
    for sent in (1, 0):
        report = run()
        assert (report.sent, len(report.findings)) == (sent, 1)
    assert states(database, ana) == {first: "acknowledged", second: "sent"}
    assert task_kinds(database, ana) == ["sync_reply"]


def test_what_waits_goes_out_even_where_nothing_can_be_heard(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    post_id = make_post(database, ana)
    far_side.replies.write_text("a file where the folder should be")
    with pytest.raises(PracticeSystemUnavailableError):
        run()
    assert states(database, ana) == {post_id: "sent"}


def test_each_batch_set_aside_and_each_reply_that_does_not_fit_has_its_own_task(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    folder = far_side.outbox / "riverbend"
    folder.mkdir(parents=True)
    for name in (FIRST, SECOND):
        (folder / name).write_text("as it went out before the restore\r\n")
    make_post(database, ana)
    for _ in range(2):
        far_side.answer(8, accepted=[new_id()], name="8.csv")
        far_side.answer(9, accepted=[new_id()], name="9.csv")
        run()
    assert sorted(task_kinds(database, ana)) == [*["sync_reply"] * 2, *["sync_set_aside"] * 2]


def test_an_answer_that_contradicts_an_earlier_one_is_a_finding(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    post_id = make_post(database, ana)
    run()
    far_side.answer(1, accepted=[post_id])
    run()
    far_side.answer(1, rejected=[(post_id, "changed our mind")])
    report = run()
    assert len(report.findings) == 1
    assert states(database, ana) == {post_id: "acknowledged"}


def test_what_follows_a_refused_post_of_the_same_person_waits_for_it(
    database: Database, far_side: FarSide, ana: Owing, ben: Owing, run: Callable[[], SyncReport]
) -> None:
    refused = make_post(database, ana)
    run()
    far_side.answer(1, rejected=[(refused, "unknown account")])
    run()
    waits, goes = make_post(database, ana), make_post(database, ben)
    run()
    assert far_side.read(SECOND).post_ids == [goes]
    send_again(database, staff_of(ana), refused, now=NOW, request_id="test")
    run()
    assert far_side.read("posts-000003.csv").post_ids == [refused, waits]
    assert history(database, ana, refused) == ["sent", "rejected", "queued", "sent"]
    assert findings_of_the_books(database, ana) == []


def test_an_old_answer_does_not_touch_a_post_that_went_out_again(
    database: Database, far_side: FarSide, ana: Owing, run: Callable[[], SyncReport]
) -> None:
    post_id = make_post(database, ana)
    run()
    far_side.answer(1, rejected=[(post_id, "unknown account")])
    run()
    send_again(database, staff_of(ana), post_id, now=NOW, request_id="test")
    run()
    far_side.answer(1, rejected=[(post_id, "unknown account")])
    assert len(run().findings) == 1
    assert states(database, ana) == {post_id: "sent"}


def test_only_what_was_refused_is_sent_again(database: Database, ana: Owing) -> None:
    post_id = make_post(database, ana)
    with pytest.raises(PostNotRejectedError):
        send_again(database, staff_of(ana), post_id, now=NOW, request_id="test")
    with pytest.raises(PostNotFoundError):
        send_again(database, staff_of(ana), new_id(), now=NOW, request_id="test")


def test_another_practices_post_is_not_found(database: Database, ana: Owing) -> None:
    post_id = make_post(database, ana)
    elsewhere = make_practice(database, slug="elsewhere")
    with pytest.raises(PostNotFoundError):
        send_again(
            database,
            Principal.staff(elsewhere, staff_id=new_id(), role="poster"),
            post_id,
            now=NOW,
            request_id="test",
        )


def test_the_page_shows_what_waits_refused_first_and_each_batch(
    database: Database, far_side: FarSide, ana: Owing, ben: Owing, run: Callable[[], SyncReport]
) -> None:
    good, bad = make_post(database, ana), make_post(database, ben)
    run()
    far_side.answer(1, accepted=[good], rejected=[(bad, "Account A-2 is closed")])
    run()
    waits = make_post(database, ana, cents=500)
    page = sync_page(database, staff_of(ana), now=NOW, request_id="test")
    assert page.counts == {"acknowledged": 1, "rejected": 1, "queued": 1}
    assert [(row.post_id, row.state) for row in page.posts] == [
        (bad, LedgerPostState.REJECTED),
        (waits, LedgerPostState.QUEUED),
    ]
    assert page.posts[0].reason == "Account A-2 is closed"
    assert page.posts[0].guarantor_name == "Ana Reyes"
    (batch,) = page.batches
    assert (batch.batch_number, batch.post_count, batch.total_cents) == (1, 2, 4_000)
    assert (batch.state, batch.rejected) == (LedgerPostState.REJECTED, 1)
    assert batch.written_at.utcoffset() == timedelta(hours=-7)


def test_the_check_finds_an_entry_nobody_is_told_of(
    database: Database, ana: Owing, database_urls: DatabaseUrls
) -> None:
    make_post(database, ana)
    spoil(database_urls, "DELETE FROM portal.ledger_posts")
    (message,) = findings_of_the_books(database, ana)
    assert message == "The practice's system is not told of this payment_settled."


def test_the_check_finds_a_post_that_differs_one_in_no_batch_and_a_gap(
    database: Database, ana: Owing
) -> None:
    post_id = make_post(database, ana)
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        row = session.get(LedgerPost, (ana.practice_id, post_id))
        assert row is not None
        row.amount_cents = 1
        session.flush()
        move_to(session, post_id, LedgerPostState.SENT, now=NOW, batch_number=7)
        session.add(
            SyncBatch(
                practice_id=ana.practice_id,
                batch_id=new_id(),
                batch_number=3,
                file_name="posts-000003.csv",
                sha256_hex="",
                post_count=1,
                total_cents=1,
                planned_at=NOW,
            )
        )
    assert len(findings_of_the_books(database, ana)) == 3
