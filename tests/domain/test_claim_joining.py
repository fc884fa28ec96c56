"""Two claims that turn out to be one: doubted, held, and joined without a cent lost."""

from dataclasses import replace
from datetime import date
from itertools import count
from uuid import UUID

import pytest

from portal.domain.claim_doubts import doubts, may_be_one
from portal.domain.claim_identity import ClaimOnRecord
from portal.domain.claim_joining import (
    JoinedClaims,
    NotJoinableError,
    Whose,
    are_two_patients,
    join_claims,
    moves_into,
)
from portal.domain.claim_review import reassess, reconsider_doubts, release_hold
from portal.domain.hold_kinds import HoldKind
from portal.domain.remittance import ClaimPayment
from tests.domain.claims import CLAIM, TODAY, Life, claim, line, reversal_of

OTHER = UUID(int=3)
JUNE, OTTO = UUID(int=7), UUID(int=8)
NOBODYS, FROM_A_FILE, OURS = Whose
FIRST = claim(line(10_000, 5_000, CO45=3_000, PR3=2_000))
PAYS_REST = claim(line(10_000, 2_000, OA23=8_000), status="2", icn="S1")
LEAVES_A_SHARE = claim(line(10_000, 1_500, OA23=8_000, PR2=500), status="2", icn="S1")
WRITES_OFF = claim(line(10_000, 1_000, CO45=8_000, PR2=1_000), status="2", icn="S1")
DENIES = claim(line(10_000, 0, OA23=8_000, CO29=2_000), status="2", icn="S1")
THIRD = claim(line(10_000, 500, OA23=9_500), status="3", icn="T1")
TWO_LINES = claim(
    line(10_000, 5_000, CO45=3_000, PR3=2_000), line(4_000, 3_000, number=2, PR2=1_000)
)
PARTS = [
    claim(line(10_000, 2_000, OA23=8_000), status="2", icn="S1"),
    claim(line(4_000, 500, number=2, OA23=3_000, PR2=500), status="2", icn="S2"),
]
ELSEWHERE = replace(PAYS_REST.lines[0], code="97110", control_number="X9")


def life(*decided: tuple[str, ClaimPayment]) -> Life:
    """A claim's life, each decision by its payer in its own remittance."""
    told = Life()
    for number, (payer, sent) in enumerate(decided, start=1):
        told.hear(sent, payer=payer, trace=f"{payer}{number}", file=number)
    return told


def other_life(*decided: tuple[str, ClaimPayment]) -> Life:
    """Of the other claim; lines of their own, as everything that is recorded twice."""
    told = Life()
    told._ids = count(5_000)  # noqa: SLF001 — both lives share one set of books
    for number, (payer, sent) in enumerate(decided, start=1):
        told.hear(sent, payer=payer, trace=f"{payer}{number}", file=50 + number)
    told.position = replace(told.position, claim_id=OTHER)
    return told


def joined(first: Life, other: Life) -> JoinedClaims:
    ids = count(9_000)
    return join_claims(
        first.position, other.position, new_id=lambda: UUID(int=next(ids)), today=TODAY
    )


def on_record(one: Life, *, service_on: date | None = FIRST.service_from) -> ClaimOnRecord:
    return ClaimOnRecord(
        position=one.position,
        service_on=service_on,
        charge_cents=one.position.charge_cents or 0,
    )


@pytest.mark.parametrize(
    ("first", "others", "share_cents", "holds"),
    [
        (FIRST, [PAYS_REST], 0, set()),
        (FIRST, [LEAVES_A_SHARE], 500, set()),
        (FIRST, [WRITES_OFF], 1_000, set()),
        (FIRST, [DENIES], 0, {HoldKind.SECONDARY_DENIED}),
        (FIRST, [LEAVES_A_SHARE, THIRD], 0, set()),
        (TWO_LINES, PARTS, 500, set()),
        (FIRST, [replace(PAYS_REST, lines=(ELSEWHERE,))], 0, set()),
        (FIRST, [replace(PAYS_REST, status="1")], 0, {HoldKind.SAME_RANK_TWICE}),
    ],
)
def test_joined_claims_are_as_if_all_had_come_to_the_first(
    first: ClaimPayment, others: list[ClaimPayment], share_cents: int, holds: set[HoldKind]
) -> None:
    ours = life(("P1", first))
    theirs = other_life(*((f"P{sent.status}X", sent) for sent in others))
    changes = joined(ours, theirs)
    ours.change(changes.first)
    assert ours.position.share_cents == share_cents
    assert ours.position.holds == holds
    assert ours.position.paid_cents == first.paid_cents + sum(one.paid_cents for one in others)
    theirs.entries += changes.other.entries
    assert theirs.sums() == {}
    left = changes.other.position
    assert (left.charge_cents, left.holds, left.live) == (0, frozenset(), ())
    assert left.joined_to == ours.position.claim_id
    assert left.awaiting_correction == ()


def test_a_share_is_moved_to_the_same_line() -> None:
    ours = life(("P1", TWO_LINES))
    ours.change(joined(ours, other_life(*(("P2", part) for part in PARTS))).first)
    second_line = ours.position.charges[1].charge_id
    owed = {target: one.receivable_cents for target, one in ours.position.balances.items()}
    assert {target: cents for target, cents in owed.items() if cents} == {second_line: 500}


def test_what_was_let_off_on_the_other_is_taken_off_the_share_that_is_left() -> None:
    ours, theirs = life(("P1", FIRST)), other_life(("P2", LEAVES_A_SHARE))
    kind = HoldKind.FIRST_PAYER_NOT_SEEN
    theirs.position = replace(theirs.position, claim_id=CLAIM)
    theirs.change(release_hold(theirs.position, kind, cause_id=UUID(int=700), today=TODAY))
    theirs.let_off(300)
    theirs.position = replace(theirs.position, claim_id=OTHER)
    changes = joined(ours, theirs)
    ours.change(changes.first)
    assert (ours.position.let_off_cents, ours.position.billable_cents) == (300, 200)
    assert ours.position.holds == changes.other.position.holds == set()


@pytest.mark.parametrize(
    "others",
    [
        [("P1", FIRST)],
        [("P2", claim(line(12_000, 4_000, OA23=8_000), status="2"))],
        [("P2", PAYS_REST), ("P2", reversal_of(PAYS_REST))],
        [("P2", PAYS_REST), ("P2", replace(LEAVES_A_SHARE, payer_control_number="S2"))],
        [("P2", claim(line(10_000, 9_000, PR1=1_000), status="2"))],
        [("P2", claim(line(10_000, 0, CO45=100), status="2"))],
    ],
    ids=[
        "same-payer",
        "billed-higher",
        "taken-back",
        "decided-twice",
        "paid-too-much",
        "unbalanced",
    ],
)
def test_what_a_payer_has_to_settle_first_is_not_joined(
    others: list[tuple[str, ClaimPayment]],
) -> None:
    with pytest.raises(NotJoinableError):
        joined(life(("P1", FIRST)), other_life(*others))


def test_a_claim_is_not_joined_to_itself_nor_twice() -> None:
    ours, theirs = life(("P1", FIRST)), other_life(("P2", PAYS_REST))
    with pytest.raises(NotJoinableError):
        joined(ours, ours)
    changes = joined(ours, theirs)
    ours.change(changes.first)
    theirs.position = changes.other.position
    with pytest.raises(NotJoinableError):
        joined(ours, theirs)


def test_the_earlier_place_in_line_is_in_doubt_not_the_later_one() -> None:
    first, second = on_record(life(("P1", FIRST))), on_record(other_life(("P2", PAYS_REST)))
    decision = second.position.live[0].adjudication_id
    assert doubts(first, [first, second], number_is_account=False) == {decision}
    assert doubts(second, [first, second], number_is_account=False) == frozenset()


@pytest.mark.parametrize(
    ("payer", "sent", "service_on", "by_claim", "by_account"),
    [
        ("P2", PAYS_REST, FIRST.service_from, True, True),
        ("P2", replace(PAYS_REST, lines=(ELSEWHERE,)), FIRST.service_from, True, False),
        ("P1", PAYS_REST, FIRST.service_from, True, True),  # insures the person twice
        ("P1", replace(FIRST, payer_control_number="I2"), FIRST.service_from, False, False),
        ("P2", claim(line(9_000, 9_000), status="2"), FIRST.service_from, True, False),
    ],
)
def test_what_another_plan_says_under_one_number_may_be_of_one_claim(
    payer: str, sent: ClaimPayment, service_on: date, *, by_claim: bool, by_account: bool
) -> None:
    first = on_record(life(("P1", FIRST)))
    other = on_record(other_life((payer, sent)), service_on=service_on)
    assert may_be_one(first, other, number_is_account=False) is by_claim
    assert may_be_one(other, first, number_is_account=True) is by_account


def test_another_day_is_another_claim() -> None:
    later = date(2026, 1, 22)
    lines = tuple(replace(one, service_from=later) for one in PAYS_REST.lines)
    other = other_life(("P2", replace(PAYS_REST, service_from=later, lines=lines)))
    first = on_record(life(("P1", FIRST)))
    assert not may_be_one(first, on_record(other, service_on=later), number_is_account=False)


def test_a_doubt_holds_the_share_until_it_is_lifted_or_a_poster_lifts_it() -> None:
    told, cause = life(("P1", FIRST)), count(800)

    def reconsider(*, is_doubtful: bool) -> bool:
        changes = reconsider_doubts(
            told.position, is_doubtful=is_doubtful, cause_id=UUID(int=next(cause)), today=TODAY
        )
        if changes is not None:
            told.change(changes)
        return changes is not None

    assert not reconsider(is_doubtful=False)
    assert reconsider(is_doubtful=True)
    assert not reconsider(is_doubtful=True)
    told.change(reassess(told.position, cause_id=UUID(int=700), today=TODAY))
    assert (told.position.billable_cents, told.position.patient_pending_cents) == (0, 2_000)
    assert reconsider(is_doubtful=False)
    assert told.position.billable_cents == 2_000
    assert reconsider(is_doubtful=True)
    kind = HoldKind.POSSIBLY_ONE_CLAIM
    told.change(release_hold(told.position, kind, cause_id=UUID(int=701), today=TODAY))
    assert told.position.billable_cents == 2_000


def paid(one: Life) -> Life:
    """The patient pays 20.00."""
    one.pay(2_000)
    return one


@pytest.mark.parametrize(
    ("second", "pays_cents", "left_cents"),
    [
        (PAYS_REST, 0, 2_000),
        (LEAVES_A_SHARE, 500, 1_500),
        (
            replace(LEAVES_A_SHARE, lines=(replace(LEAVES_A_SHARE.lines[0], code="97110"),)),
            500,
            1_500,
        ),
    ],
)
def test_what_was_paid_pays_the_share_that_is_left(
    second: ClaimPayment, pays_cents: int, left_cents: int
) -> None:
    ours = paid(life(("P1", FIRST)))
    changes = joined(ours, other_life(("P2", second)))
    assert changes.first.position.patient_paid_cents == pays_cents
    assert changes.first.position.patient_receivable_cents == 0
    assert (changes.first_credit_cents, changes.other_credit_cents) == (left_cents, 0)


@pytest.mark.parametrize("is_same_guarantor", [True, False])
def test_what_was_paid_on_the_emptied_claim_goes_along_within_one_account(
    *, is_same_guarantor: bool
) -> None:
    stays = other_life(("P2", LEAVES_A_SHARE))
    if not is_same_guarantor:
        stays.position = replace(stays.position, guarantor_id=UUID(int=4))
    changes = joined(stays, paid(life(("P1", FIRST))))
    left = changes.first.position
    assert (left.patient_paid_cents, left.share_cents) == (500 if is_same_guarantor else 0, 500)
    expected = (1_500, 0) if is_same_guarantor else (0, 2_000)
    assert (changes.first_credit_cents, changes.other_credit_cents) == expected


@pytest.mark.parametrize(
    ("one", "other", "are_two"),
    [
        (None, None, False),
        (JUNE, None, False),
        (JUNE, JUNE, False),
        (JUNE, OTTO, True),
    ],
)
def test_two_patients_are_two_that_are_known(
    one: UUID | None, other: UUID | None, *, are_two: bool
) -> None:
    assert are_two_patients(one, other) is are_two
    assert are_two_patients(other, one) is are_two


@pytest.mark.parametrize(
    ("firsts", "seconds", "second_sent", "second_moves"),
    [
        (OURS, NOBODYS, PAYS_REST, True),
        (NOBODYS, OURS, PAYS_REST, False),
        (NOBODYS, OURS, claim(line(9_000, 9_000), status="2"), False),
        (OURS, OURS, PAYS_REST, True),
        (NOBODYS, NOBODYS, PAYS_REST, True),
        (OURS, FROM_A_FILE, PAYS_REST, True),
        (FROM_A_FILE, OURS, PAYS_REST, False),
        (NOBODYS, FROM_A_FILE, PAYS_REST, False),
        (OURS, OURS, replace(PAYS_REST, status="1"), True),
        (OURS, OURS, claim(line(12_000, 9_000, OA23=3_000), status="2"), False),
    ],
)
def test_the_same_claim_stays_whichever_of_the_two_is_looked_at(
    firsts: Whose, seconds: Whose, second_sent: ClaimPayment, *, second_moves: bool
) -> None:
    first, second = life(("P1", FIRST)).position, other_life(("P2", second_sent)).position
    there = moves_into(second, first, others=seconds, firsts=firsts)
    back = moves_into(first, second, others=firsts, firsts=seconds)
    assert (there, back) == (second_moves, not second_moves)
