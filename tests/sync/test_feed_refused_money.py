"""Nobody is asked for what they may have paid: money whose row was refused stops the statement."""

from dataclasses import replace

from portal.domain.statement import SkipReason
from portal.practice.directory import change_practice
from portal.sync.feed_settling import settle_row
from tests.remittances.desk import NOW, ImportDesk
from tests.sync.feeding import Feeder, Row
from tests.sync.test_feed_changes import COPAY, DESK, issue, reasons

BY_CLAIM = Row(cents=2_000)  # names claim A1 and no account


def test_a_copay_that_came_before_its_claim_stops_the_statement_until_it_is_in(
    desk: ImportDesk, feeder: Feeder
) -> None:
    assert len(reasons(feeder, BY_CLAIM)) == 1
    desk.receive(COPAY)
    assert issue(desk).skipped == {SkipReason.REFUSED_RECEIPT: 1}
    assert reasons(feeder, BY_CLAIM) == []
    assert (issue(desk).issued, desk.claim().billable_cents) == (0, 0)


def test_money_of_an_account_stops_its_statement_whatever_is_wrong_with_the_row(
    desk: ImportDesk, feeder: Feeder
) -> None:
    assert len(reasons(feeder, replace(DESK, method="barter"))) == 1
    desk.receive(COPAY)
    assert issue(desk).skipped == {SkipReason.REFUSED_RECEIPT: 1}


def test_staff_who_settle_the_row_let_the_statement_go(desk: ImportDesk, feeder: Feeder) -> None:
    feeder.send(BY_CLAIM)
    desk.receive(COPAY)
    (record,) = feeder.records().values()
    settle_row(
        desk.database,
        desk.staff("poster"),
        record.row_id,
        reason="It was booked twice over there.",
        now=NOW,
        request_id="r",
    )
    assert issue(desk).issued == 1


def test_others_are_asked_all_the_same(desk: ImportDesk, feeder: Feeder) -> None:
    feeder.send(replace(BY_CLAIM, claim_number="Z9"))
    desk.receive(COPAY)
    assert issue(desk).issued == 1


def test_receipts_of_the_feed_say_nothing_where_the_portal_books_the_desk(
    desk: ImportDesk, feeder: Feeder
) -> None:
    change_practice(desk.database, "riverbend", {"desk_receipts_in": "portal"})
    feeder.send(DESK)
    desk.receive(COPAY)
    assert issue(desk).issued == 1
