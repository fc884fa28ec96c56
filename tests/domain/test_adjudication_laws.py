"""Laws that no sequence of remittances may break; ``Life`` checks every identity at every step."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from portal.domain.adjudication import Disposition
from portal.domain.claim_position import Outcome
from portal.domain.claim_reading import fingerprint
from portal.domain.claim_review import (
    NotReleasableError,
    refused_cents,
    release_hold,
    write_off_refused,
)
from portal.domain.hold_kinds import HOLDS, HoldKind, Releaser
from portal.domain.journal import LedgerAccount
from portal.domain.remittance import Adjustment, ClaimPayment, ServiceLine
from tests.domain.claims import TODAY, Life, claim, line, reversal_of

A = LedgerAccount
CHARGES = (10000, 5000, 2500)
PATIENT_ACCOUNTS = {A.PATIENT_PENDING, A.PATIENT_RECEIVABLE}


def parts_of(draw: st.DrawFn, whole: int, count: int) -> list[int]:
    cuts = sorted(draw(st.lists(st.integers(0, whole), min_size=count - 1, max_size=count - 1)))
    return [end - start for start, end in pairwise([0, *cuts, whole])]


@st.composite
def decided_lines(draw: st.DrawFn, *, rank: int, with_share: bool) -> tuple[ServiceLine, ...]:
    """Balanced lines: the charge divided among payment, reductions, refusals, share, OA-23."""
    keys = ["CO45", draw(st.sampled_from(["CO97", "PI253", "CO16", "OA18", "CO50", "CO22"]))]
    if with_share:
        keys.append(draw(st.sampled_from(["PR1", "PR2", "PR3", "PR96", "PR45"])))
    if rank > 1:
        keys.append("OA23")
    lines = []
    some = st.sets(st.integers(1, len(CHARGES)), min_size=1)
    for number in sorted(draw(some)):
        cents = CHARGES[number - 1]
        paid, *rest = parts_of(draw, cents, len(keys) + 1)
        amounts = {key: part for key, part in zip(keys, rest, strict=True) if part}
        if draw(st.integers(0, 9)) == 0:
            amounts["CO94"] = -100
            paid += 100
        lines.append(line(cents, paid, number=number, **amounts))
    return tuple(lines)


@st.composite
def decisions(draw: st.DrawFn, *, with_share: bool = True) -> tuple[str, ClaimPayment]:
    """A payer and what it says."""
    rank = draw(st.integers(1, 3))
    lines = draw(decided_lines(rank=rank, with_share=with_share))
    status = draw(st.sampled_from([str(rank), str(rank), str(rank), str(rank + 18), "4", "25"]))
    remarks = draw(st.sampled_from([(), (), (), ("MA18",), ("N781",), ("N859",)]))
    icn = f"ICN{draw(st.integers(1, 3))}"
    return f"P{rank}", claim(*lines, status=status, icn=icn, remarks=remarks)


@dataclass(frozen=True)
class Step:
    """What happens next: a payer speaks, the patient pays, or the practice acts."""

    payer: str = ""
    decided: ClaimPayment | None = None
    trace: str = ""
    file: int = 0
    pay_cents: int = 0
    release: HoldKind | None = None
    let_off_cents: int = 0
    writes_off: bool = False


_BY_PAYERS = ("new", "new", "reverse", "again", "resend")
_BY_OTHERS = ("pay", "let off", "release", "write off")


@st.composite
def stories(
    draw: st.DrawFn, *, with_share: bool = True, others: tuple[str, ...] = _BY_OTHERS
) -> list[Step]:
    """Originals, reversals of anything said before, repeats in the same or another payment."""
    told: list[Step] = []
    steps: list[Step] = []
    for file in range(1, draw(st.integers(1, 8)) + 1):
        kind = draw(st.sampled_from(_BY_PAYERS + others))
        if kind == "pay":
            steps.append(Step(pay_cents=draw(st.integers(1, 4000))))
        elif kind == "let off":
            steps.append(Step(let_off_cents=draw(st.integers(1, 4000))))
        elif kind == "write off":
            steps.append(Step(writes_off=True))
        elif kind == "release":
            steps.append(Step(release=draw(st.sampled_from(HoldKind))))
        elif kind == "new" or not told:
            payer, decided = draw(decisions(with_share=with_share))
            told.append(Step(payer, decided, f"T{draw(st.integers(1, file))}", file))
            steps.append(told[-1])
        else:
            earlier = draw(st.sampled_from(told))
            assert earlier.decided is not None
            if kind == "reverse" and earlier.decided.status != "22":
                group = draw(st.sampled_from([None, "CR"]))
                reversal = reversal_of(earlier.decided, group=group)
                told.append(Step(earlier.payer, reversal, f"T{file}", file))
            elif kind == "again":
                told.append(replace(earlier, trace=f"T{file}", file=file))
            else:
                told.append(replace(earlier, file=file))
            steps.append(told[-1])
    return steps


def live_through(steps: Sequence[Step]) -> tuple[Life, int]:
    """The life, and what payers' clearing must have got."""
    life, cleared = Life(), 0
    for number, step in enumerate(steps):
        cause_id = UUID(int=10**6 + number)
        if step.decided is not None:
            decision = life.hear(step.decided, payer=step.payer, trace=step.trace, file=step.file)
            if decision.adjudication.outcome is not Outcome.DUPLICATE:
                cleared += decision.adjudication.paid_cents  # 0: told before with its money
        elif step.pay_cents:
            life.pay(step.pay_cents)
        elif step.let_off_cents:
            life.let_off(step.let_off_cents)
        elif step.writes_off and refused_cents(life.position):
            life.change(write_off_refused(life.position, cause_id=cause_id, today=TODAY))
        elif step.release in life.position.holds:
            assert step.release is not None
            if HOLDS[step.release].released_by is not Releaser.NOBODY:
                with suppress(NotReleasableError):
                    life.change(
                        release_hold(life.position, step.release, cause_id=cause_id, today=TODAY)
                    )
    return life, cleared


@given(stories())
def test_no_story_breaks_an_identity(steps: list[Step]) -> None:
    life, cleared = live_through(steps)
    assert life.sums().get(A.PAYER_CLEARING, 0) == cleared
    assert sum(life.sums().values()) == 0


@given(stories(with_share=False))
def test_nothing_but_group_pr_ever_reaches_the_patient(steps: list[Step]) -> None:
    life, _ = live_through(steps)
    assert not PATIENT_ACCOUNTS & life.sums().keys()
    assert life.position.patient_paid_cents == 0


def regrouped(decided: ClaimPayment, group: str) -> ClaimPayment:
    return replace(
        decided,
        lines=tuple(
            replace(
                one,
                adjustments=tuple(
                    replace(a, group=group) if a.group in {"CO", "PI"} else a
                    for a in one.adjustments
                ),
            )
            for one in decided.lines
        ),
    )


@given(stories(), st.sampled_from(["CO", "PI", "OA"]))
def test_which_of_co_pi_oa_it_is_makes_no_difference(steps: list[Step], group: str) -> None:
    other = [
        replace(step, decided=regrouped(step.decided, group)) if step.decided else step
        for step in steps
    ]
    assert live_through(other)[0].sums() == live_through(steps)[0].sums()


def shuffled(decided: ClaimPayment, random: Random) -> ClaimPayment:
    """CAS in another order, one amount in two triplets."""

    def mixed(adjustments: Sequence[Adjustment]) -> tuple[Adjustment, ...]:
        pieces = []
        for one in adjustments:
            part = random.randint(0, abs(one.amount_cents)) * (1 if one.amount_cents > 0 else -1)
            pieces.append(replace(one, amount_cents=part))
            pieces.append(replace(one, amount_cents=one.amount_cents - part))
        random.shuffle(pieces)
        return tuple(pieces)

    lines = tuple(replace(one, adjustments=mixed(one.adjustments)) for one in decided.lines)
    return replace(decided, lines=lines)


@given(stories(), st.randoms(use_true_random=False))
def test_the_order_of_cas_segments_makes_no_difference(steps: list[Step], random: Random) -> None:
    other = [
        replace(step, decided=shuffled(step.decided, random)) if step.decided else step
        for step in steps
    ]
    assert live_through(other)[0].entries == live_through(steps)[0].entries


@st.composite
def payers_in_line(draw: st.DrawFn) -> list[tuple[str, ClaimPayment]]:
    """One to three payers that agree with each other, as X12 835 1.10.2.13 wants it."""
    charge = 10000
    paid_1, contractual, share = parts_of(draw, charge, 3)
    amounts = {"CO45": contractual, "PR2": share}
    told = [("P1", claim(line(charge, paid_1, **amounts)))]
    for rank in range(2, draw(st.integers(1, 3)) + 1):
        paid, share_left, own_price = parts_of(draw, share, 3)
        amounts = {"OA23": charge - share, "PR2": share_left, "CO45": own_price}
        told.append((f"P{rank}", claim(line(charge, paid, **amounts), status=str(rank))))
        share = share_left
    return told


@given(payers_in_line(), st.randoms(use_true_random=False))
def test_payers_may_arrive_in_any_order(
    told: list[tuple[str, ClaimPayment]], random: Random
) -> None:
    in_order, mixed = Life(), Life()
    for life, order in ((in_order, told), (mixed, random.sample(told, len(told)))):
        for payer, decided in order:
            life.hear(decided, payer=payer, trace=payer, file=int(payer[1]))
    assert mixed.sums() == in_order.sums()
    assert mixed.position.holds == in_order.position.holds == set()


@given(
    payers_in_line(),
    st.integers(0, 2),
    st.integers(0, 10000),
    st.integers(0, 6000),
    st.sampled_from([None, "CR"]),
)
def test_a_reversal_and_the_same_decision_again_change_nothing(
    told: list[tuple[str, ClaimPayment]],
    which: int,
    cents: int,
    let_off_cents: int,
    group: str | None,
) -> None:
    """Not what was paid, nor what the practice let off."""
    life = Life()
    for file, (payer, decided) in enumerate(told, start=1):
        life.hear(decided, payer=payer, trace=f"T{file}", file=file)
    life.let_off(let_off_cents)
    if cents:
        life.pay(cents)
    before, balances = life.sums(), life.position.balances
    payer, decided = told[which % len(told)]
    life.hear(reversal_of(decided, group=group), payer=payer, trace="T9", file=9)
    assert life.position.billable_cents == 0
    assert life.position.patient_receivable_cents == 0
    assert life.hear(decided, payer=payer, trace="T9", file=9).disposition is Disposition.POSTED
    assert life.sums() == before
    assert life.position.balances == balances
    assert not life.position.waiting_let_off


@st.composite
def lines_and_what_comes_off(draw: st.DrawFn) -> tuple[list[ClaimPayment], int, int]:
    """The parts of a claim, what the practice lets off, and what the patient pays."""
    return draw(parts_of_a_claim()), draw(st.integers(0, 6000)), draw(st.integers(0, 6000))


@given(lines_and_what_comes_off(), st.randoms(use_true_random=False))
def test_a_part_that_is_taken_back_and_decided_again_leaves_the_share_as_it_was(
    told: tuple[list[ClaimPayment], int, int], random: Random
) -> None:
    parts, let_off_cents, cents = told
    life = Life()
    for part in parts:
        life.hear(part)
    assume(not life.position.holds)
    life.let_off(let_off_cents)
    if cents:
        life.pay(cents)
    before, balances = life.sums(), life.position.balances
    taken_back = random.sample(parts, random.randint(1, len(parts)))
    for part in taken_back:
        life.hear(reversal_of(part), trace="T2", file=2)
    for part in random.sample(taken_back, len(taken_back)):
        life.hear(part, trace="T3", file=3)
    assert life.sums() == before
    assert life.position.balances == balances
    assert not life.position.holds


@given(stories())
def test_a_payment_in_two_files_comes_to_the_same(steps: list[Step]) -> None:
    """The story in one file under one trace, and each claim of it in a file of its own.

    Not where a payment decides one claim twice: told by two files, its money came once.
    """
    by_content = {
        (step.payer, fingerprint(step.decided)): step for step in steps if step.decided is not None
    }
    fresh = list(by_content.values())
    together = [replace(step, trace="T1", file=1) for step in fresh]
    apart = [replace(step, trace="T1", file=at) for at, step in enumerate(fresh, start=1)]
    life, _ = live_through(together)
    said = [decided.adjudication for _, decided in life.heard]
    assume(all(one.outcome is not Outcome.WAITING for one in said))
    assume(all(one.outcome is Outcome.REVERSAL for one in said if one.voids))
    assert live_through(apart)[0].sums() == life.sums()


@given(stories())
def test_a_story_told_again_in_another_file_posts_nothing(steps: list[Step]) -> None:
    said = [step for step in steps if step.decided is not None]
    said = [replace(step, trace="T1", file=1) for step in said]
    assume(said)
    life, _ = live_through(said)
    # An equal decision that is awaited is taken for its correction, not for a repeat.
    assume(not life.position.awaiting_correction)
    before = life.sums()
    for step in said:
        assert step.decided is not None
        life.hear(step.decided, payer=step.payer, trace="T1", file=2)
    assert life.sums() == before


@given(stories(), st.sampled_from(["N781", "N782", "N783", "N192"]))
def test_a_protected_patient_owes_nothing_whatever_payers_say(
    steps: list[Step], remark: str
) -> None:
    """42 USC 1396a(n)(3)(B): every decision says so, and no order of them leaves a share."""
    protected = [
        replace(step, decided=replace(step.decided, remarks=(remark,))) if step.decided else step
        for step in steps
    ]
    life, _ = live_through(protected)
    assert not PATIENT_ACCOUNTS & life.sums().keys()


@st.composite
def parts_of_a_claim(draw: st.DrawFn) -> list[ClaimPayment]:
    """A payer's decision on a claim, cut into one CLP a line, each with its own CLP07."""
    lines = draw(decided_lines(rank=1, with_share=True))
    return [claim(one, icn=f"ICN{one.number}") for one in lines]


@given(parts_of_a_claim(), st.randoms(use_true_random=False), st.integers(0, 1))
def test_parts_of_a_decision_add_up_in_any_order(
    parts: list[ClaimPayment], random: Random, apart: int
) -> None:
    """In one file, or each in its own."""
    in_order, mixed = Life(), Life()
    for life, order in ((in_order, parts), (mixed, random.sample(parts, len(parts)))):
        for at, part in enumerate(order):
            life.hear(part, trace="T1", file=1 + at * apart)
    assert mixed.sums() == in_order.sums()
    assert mixed.position.holds == in_order.position.holds
    assert mixed.position.share_cents == sum(part.responsibility_cents for part in parts)
