"""Which statement says what is asked for a visit, and what it says where a share moved."""

from datetime import date

from portal.db import new_id
from portal.domain.journal import Target
from portal.ledger.queries import OpenShare
from portal.statements.due import AccountNow, AskedFor, VisitTold, owed_now

VISIT, OTHER = new_id(), new_id()
LINE, SECOND_LINE = Target(VISIT, new_id()), Target(VISIT, new_id())
FIRST, SECOND, THIRD = new_id(), new_id(), new_id()


def account(**open_cents: int) -> AccountNow:
    lines = {"line": LINE, "second_line": SECOND_LINE}
    return AccountNow(
        guarantor_id=new_id(),
        shares=tuple(
            OpenShare(VISIT, lines[name].charge_id, cents) for name, cents in open_cents.items()
        ),
        plans=(),
        credit_cents=0,
        coming_cents=0,
        coming_since=None,
        is_on_hold=False,
        has_placed=False,
    )


def test_the_newest_that_asked_for_a_visit_says_what_is_asked_for_it() -> None:
    """However much more an older one asked for it, which was paid since."""
    other = Target(OTHER, new_id())
    asked = AskedFor({FIRST: {LINE: 10_000}, SECOND: {LINE: 2_000}, THIRD: {other: 500}})
    assert asked.last_for(VISIT) == SECOND
    assert asked.last_for(OTHER) == THIRD == asked.newest_id


def test_a_share_that_moved_to_another_line_is_told_once() -> None:
    """The second statement told 100 on the other line, and they were paid: 50 more are new."""
    told = VisitTold(10_000)
    asked = AskedFor(
        {FIRST: {LINE: 10_000}, SECOND: {SECOND_LINE: 10_000}},
        {FIRST: date(2026, 3, 30), SECOND: date(2026, 4, 30)},
        told={FIRST: {VISIT: told}, SECOND: {VISIT: told}},
        settled={VISIT: 10_000},
    )
    assert owed_now(account(second_line=5_000), asked).open_cents == 0
    assert owed_now(account(second_line=5_000), asked).due_on == date(2026, 4, 30)
