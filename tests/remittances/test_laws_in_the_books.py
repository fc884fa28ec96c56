"""The laws of adjudication on whole files, through the import and PostgreSQL.

The domain's laws (tests/domain) say the same of one claim in memory, on far more stories.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

import pytest

from portal.domain.journal import LedgerAccount
from tests.remittances.desk import ImportDesk, SentClaim, SentLine
from tests.remittances.test_import import assert_adds_up

FIRST, SECOND = "87726", "SECOND"
REDUCTIONS = ("CO45", "CO97", "PI253", "CO16", "OA18", "CO50")
SHARES = ("PR1", "PR2", "PR3", "PR96", "PR45")
ORIGINAL = SentClaim(icn="ICN1")  # 20.00 the patient's
CORRECTED = SentClaim([SentLine(adjustments={"CO45": 3_000, "PR3": 500})], icn="ICN2")


def a_line(random: Random, *, share_cents: int | None = None) -> SentLine:
    """Divided among payment, reductions and share; of a later payer, within what was left."""
    first_left = 10_000 if share_cents is None else share_cents
    cuts = sorted(random.randint(0, first_left) for _ in range(2))
    reduced, own_share = cuts[0], cuts[1] - cuts[0]
    amounts = {random.choice(REDUCTIONS): reduced, random.choice(SHARES): own_share}
    if share_cents is not None:
        amounts["OA23"] = 10_000 - first_left
    return SentLine(adjustments={key: cents for key, cents in amounts.items() if cents})


def share_of(line: SentLine) -> int:
    return sum(cents for key, cents in line.adjustments.items() if key.startswith("PR"))


def a_story(seed: int) -> tuple[list[SentClaim], list[SentClaim]]:
    """Decisions of a first payer, and of a second on some of the claims."""
    random = Random(seed)  # noqa: S311 — the same stories each time
    firsts, seconds = [], []
    for number in range(6):
        lines = [a_line(random) for _ in range(random.randint(1, 3))]
        first = SentClaim(lines, number=f"C{number}", icn=f"F{number}")
        firsts.append(first)
        if random.randint(0, 1):
            own = [a_line(random, share_cents=share_of(line)) for line in lines]
            seconds.append(replace(first, lines=own, status="2", icn=f"S{number}"))
    return firsts, seconds


def shuffled(claim: SentClaim, random: Random) -> SentClaim:
    """Its CAS segments in another order."""
    lines = []
    for line in claim.lines:
        amounts = list(line.adjustments.items())
        random.shuffle(amounts)
        lines.append(replace(line, adjustments=dict(amounts)))
    return replace(claim, lines=lines)


Telling = Callable[[ImportDesk, Sequence[SentClaim], Sequence[SentClaim]], object]


def in_one_payment(
    desk: ImportDesk, firsts: Sequence[SentClaim], seconds: Sequence[SentClaim]
) -> None:
    desk.receive(*firsts, payer=FIRST)
    desk.receive(*seconds, payer=SECOND)


def in_two_payments(
    desk: ImportDesk, firsts: Sequence[SentClaim], seconds: Sequence[SentClaim]
) -> None:
    desk.receive(*firsts[:3], payer=FIRST)
    desk.receive(*firsts[3:], payer=FIRST)
    desk.receive(*seconds, payer=SECOND)


def the_second_payer_first(
    desk: ImportDesk, firsts: Sequence[SentClaim], seconds: Sequence[SentClaim]
) -> None:
    desk.receive(*seconds, payer=SECOND)
    desk.receive(*reversed(firsts), payer=FIRST)


def with_cas_in_another_order(
    desk: ImportDesk, firsts: Sequence[SentClaim], seconds: Sequence[SentClaim]
) -> None:
    random = Random(7)  # noqa: S311 — any order will do
    desk.receive(*(shuffled(one, random) for one in firsts), payer=FIRST)
    desk.receive(*(shuffled(one, random) for one in seconds), payer=SECOND)


def taken_back_and_posted_again(
    desk: ImportDesk, firsts: Sequence[SentClaim], seconds: Sequence[SentClaim]
) -> None:
    """In the same file the first payer's, each in a file of its own the second payer's."""
    in_one_payment(desk, firsts, seconds)
    pairs = [part for one in firsts for part in (one.reversal(), one)]
    desk.receive(*pairs, payer=FIRST)
    if seconds:
        desk.receive(*(one.reversal() for one in seconds), payer=SECOND)
        desk.receive(*seconds, payer=SECOND)


@pytest.mark.parametrize("seed", range(4))
def test_however_it_is_told_each_claim_comes_out_the_same(desk: ImportDesk, seed: int) -> None:
    """The same share, holds and figures, and no cent that is not accounted for."""
    ways: tuple[Telling, ...] = (
        in_one_payment,
        in_two_payments,
        the_second_payer_first,
        with_cas_in_another_order,
        taken_back_and_posted_again,
    )
    outcomes = []
    for way_number, way in enumerate(ways):
        firsts, seconds = (
            [replace(one, number=f"W{way_number}{one.number}") for one in part]
            for part in a_story(seed)
        )
        way(desk, firsts, seconds)
        found = desk.claims()
        for one in found.values():
            assert_adds_up(one.as_json())
        figures = [found[one.number].as_json() | {"claim_id": ""} for one in firsts]
        outcomes.append(figures)
    for way, outcome in zip(ways, outcomes, strict=True):
        assert outcome == outcomes[0], way.__name__


@pytest.mark.parametrize("paid_cents", [0, 300, 2_000])
def test_a_correction_imported_before_its_reversal_comes_to_the_same(
    desk: ImportDesk, paid_cents: int
) -> None:
    orders = {
        "late": (ORIGINAL, CORRECTED, ORIGINAL.reversal()),
        "in order": (ORIGINAL, ORIGINAL.reversal(), CORRECTED),
    }
    for name, story in orders.items():
        for position, one in enumerate(story):
            desk.receive(replace(one, number=name, member=name, service_on=one.service_on))
            if position == 0 and paid_cents:
                desk.pay(name, paid_cents)
    found = desk.claims()
    late, in_order = (found[name].as_json() | {"claim_id": ""} for name in orders)
    assert late == in_order
    assert late["patient_pending_cents"] == 0
    assert LedgerAccount.REMITTANCE_SUSPENSE not in desk.sums()


def test_a_correction_and_its_late_reversal_may_come_in_one_file(desk: ImportDesk) -> None:
    desk.receive(ORIGINAL)
    desk.receive(CORRECTED, ORIGINAL.reversal())
    assert desk.claim().holds == ()
    assert desk.claim().billable_cents == 500
    desk.receive(CORRECTED.reversal())
    assert desk.claim().holds == ("awaiting_correction",)
    desk.receive(replace(ORIGINAL, icn="ICN3"))
    assert desk.claim().billable_cents == 2_000


def test_the_reversal_of_a_denial_that_was_replaced_ends_the_doubt(desk: ImportDesk) -> None:
    denied = SentClaim([SentLine(adjustments={"CO16": 10_000})], status="4", icn="ICN1")
    desk.receive(denied)
    desk.receive(CORRECTED)
    assert desk.claim().holds == ("decided_again",)
    report = desk.receive(denied.reversal())
    assert report.claims_posted == 1
    assert desk.claim().holds == ()
    assert desk.claim().billable_cents == 500
