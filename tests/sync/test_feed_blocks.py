"""A long file goes in block by block: what was taken stays, and the file again takes the rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, OperationalError

from portal.auth.roles import Role
from portal.db import Database, practice_of
from portal.practice.feed import feed_age
from portal.practice.models import Guarantor
from tests.builders import make_guarantor
from tests.conftest import DatabaseUrls
from tests.remittances.desk import NOW, ImportDesk, SentClaim
from tests.sync.feeding import Feeder, Row
from tests.sync.test_sync_pages import Enter, app, enter  # noqa: F401 - fixtures of the same app

BLOCK = 100
CREDITS = [
    Row(kind="opening_credit", id=f"O-{n}", account_number="J-1", claim_number="", cents=5)
    for n in range(BLOCK)
]
LAST = Row(kind="opening_credit", id="O-LAST", account_number="J-2", claim_number="", cents=7)


@pytest.fixture
def practice_id(desk: ImportDesk) -> object:
    """Riverbend, with June in it."""
    return desk.practice.practice_id


@pytest.fixture
def impatient(desk: ImportDesk, database_urls: DatabaseUrls) -> Iterator[Feeder]:
    """Waits for nobody's lock."""
    make_guarantor(
        desk.database,
        desk.practice.practice_id,
        account_number="J-2",
        first_name="Jo",
        last_name="Lee",
    )
    database = Database(database_urls.app, lock_wait=timedelta(milliseconds=50))
    yield Feeder(database, desk.practice, examines=False)
    database.close()


@contextmanager
def somebody_pays(desk: ImportDesk, account_number: str) -> Iterator[None]:
    """The account is locked meanwhile."""
    with desk.database.transaction(desk.principal()) as session:
        session.execute(
            select(Guarantor.guarantor_id)
            .where(
                Guarantor.practice_id == practice_of(session),
                Guarantor.account_number == account_number,
            )
            .with_for_update(key_share=True)
        ).one()
        yield


def age(desk: ImportDesk) -> timedelta | None:
    with desk.database.transaction(desk.principal()) as session:
        return feed_age(session, now=NOW)


def test_what_was_taken_before_a_block_failed_stays_and_the_file_again_takes_the_rest(
    desk: ImportDesk, feeder: Feeder, impatient: Feeder
) -> None:
    with somebody_pays(desk, "J-2"), pytest.raises(OperationalError):
        impatient.send(*CREDITS, LAST)
    assert len(feeder.records()) == BLOCK
    report = feeder.send(*CREDITS, LAST).as_json()
    assert (report["seen"], report["posted"], report["imported"]) == (BLOCK, 1, BLOCK + 1)
    assert report["cents"]["imported"] == 5 * BLOCK + 7


def test_while_a_file_is_taken_only_in_part_statements_wait_and_the_page_says_so(
    desk: ImportDesk,
    feeder: Feeder,
    impatient: Feeder,
    enter: Enter,  # noqa: F811 — the fixture
) -> None:
    feeder.send()
    assert age(desk) == timedelta()
    with somebody_pays(desk, "J-2"), pytest.raises(OperationalError):
        impatient.send(*CREDITS, LAST)
    assert age(desk) == timedelta.max
    poster = enter(Role.POSTER)
    assert "Not taken in to its end" in poster.get("/insurance/sync/feed").text
    feeder.send(*CREDITS, LAST)
    assert age(desk) == timedelta()


def test_a_long_files_later_rows_refer_to_its_earlier_ones(feeder: Feeder) -> None:
    receipt = Row(id="R-1", account_number="J-1", cents=500)
    refund = Row(kind="refund", id="F-1", claim_number="", cents=200, refers_to="R-1")
    for is_dry in (True, False):
        report = feeder.send(receipt, *CREDITS, refund, dry_run=is_dry).as_json()
        assert report["posted"] == BLOCK + 2
    assert feeder.records()["R-1"].returned_cents == 200


def test_receipts_of_one_block_never_put_more_on_a_line_than_is_open(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(SentClaim())
    rows = [Row(id=f"R-{n}", account_number="J-1", claim_number="", cents=900) for n in range(3)]
    let_off = Row(
        kind="adjustment", id="L-1", account_number="J-1", cents=100, adjustment_class="courtesy"
    )
    report = feeder.send(rows[0], let_off, *rows[1:], rows[0].void())
    assert report.refusals == []
    assert desk.claim().billable_cents == 2_000 - 100 - 2 * 900 + 800


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE portal.feed_imports SET report = '{}'",
        "UPDATE portal.feed_imports SET file_name = 'x'",
        "UPDATE portal.feed_rows SET row_key = 'x'",
        "UPDATE portal.feed_rows SET amount_cents = 1",
        "UPDATE portal.feed_rows SET outcome = 'refused'",
        "UPDATE portal.feed_rows SET content = '{}'",
        "UPDATE portal.visit_deposits SET guarantor_id = receipt_id",
    ],
)
def test_the_application_cannot_rewrite_what_was_taken_in(
    desk: ImportDesk, feeder: Feeder, change: str
) -> None:
    feeder.send(Row(account_number="J-1"))
    with pytest.raises(DatabaseError), desk.database.transaction(desk.principal()) as session:
        session.execute(text(change))
