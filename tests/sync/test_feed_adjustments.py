"""An adjustment that is voided brings back its own money, and none of another one's."""

from dataclasses import replace

import pytest

from portal.domain.hold_kinds import HoldKind
from portal.domain.journal import LedgerAccount
from tests.remittances.desk import ImportDesk, SentClaim, SentLine
from tests.sync.feeding import Feeder
from tests.sync.test_feed_changes import COURTESY, reasons

GONE = "A payer's decision has put it back already: nothing is left to be voided."
FIRST = replace(COURTESY, id="A-1", cents=2_000)
SECOND = replace(COURTESY, id="A-2", cents=2_000)


def test_what_was_put_back_on_one_line_is_not_taken_from_the_other(
    desk: ImportDesk, feeder: Feeder
) -> None:
    desk.receive(SentClaim(lines=[SentLine(), SentLine(code="99214")]))
    feeder.send(FIRST, SECOND)
    none_on_the_first = [
        SentLine(adjustments={"OA23": 8_000}),
        SentLine(code="99214", adjustments={"OA23": 8_000, "PR3": 2_000}),
    ]
    desk.receive(SentClaim(status="2", icn="S1", lines=none_on_the_first), payer="SEC")
    assert reasons(feeder, FIRST.void()) == [GONE]
    assert reasons(feeder, SECOND.void()) == []
    assert adjusted_by_the_practice(desk) == 0
    desk.release("A1", HoldKind.ADJUSTMENT_PUT_BACK)
    assert desk.claim().billable_cents == 2_000


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_on_one_line_the_older_was_put_back(
    desk: ImportDesk, feeder: Feeder, order: tuple[int, int]
) -> None:
    desk.receive(SentClaim(lines=[SentLine(adjustments={"CO45": 3_000, "PR3": 4_000})]))
    feeder.send(FIRST, SECOND)
    only_half = [SentLine(adjustments={"OA23": 6_000, "PR3": 2_000})]
    desk.receive(SentClaim(status="2", icn="S1", lines=only_half), payer="SEC")
    told = [FIRST, SECOND]
    found = {told[one].id: reasons(feeder, told[one].void()) for one in order}
    assert found == {"A-1": [GONE], "A-2": []}
    desk.release("A1", HoldKind.ADJUSTMENT_PUT_BACK)
    assert desk.claim().billable_cents == 2_000


def test_of_what_was_put_back_in_part_the_rest_comes_back(desk: ImportDesk, feeder: Feeder) -> None:
    desk.receive(SentClaim())
    feeder.send(FIRST)
    desk.receive(
        SentClaim(status="2", icn="S1", lines=[SentLine(adjustments={"OA23": 8_000, "PR3": 500})]),
        payer="SEC",
    )
    assert reasons(feeder, FIRST.void()) == []
    desk.release("A1", HoldKind.ADJUSTMENT_PUT_BACK)
    assert desk.claim().billable_cents == 500


def adjusted_by_the_practice(desk: ImportDesk) -> int:
    return desk.sums().get(LedgerAccount.COURTESY_DISCOUNTS, 0)
