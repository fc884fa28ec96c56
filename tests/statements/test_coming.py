"""What will be charged by itself is never said to cover more than it covers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.db import new_id
from portal.domain.journal import Target
from portal.ledger.queries import OpenShare
from portal.statements.coming import ChargesToCome, charges_to_come
from portal.statements.due import LEAST_PAYABLE_CENTS, AccountNow, AskedFor, due_of

A, B, C = (Target(new_id(), new_id()) for _ in range(3))
LINE_OF = {"a": A, "b": B, "c": C}
S1, S2 = new_id(), new_id()
TODAY = date(2026, 3, 9)


@dataclass(frozen=True, slots=True)
class Charge:
    """One that was agreed to."""

    statement_id: UUID
    amount_cents: int
    origin: str = "autopay"
    on: date = TODAY
    scheduled_id: UUID = S1


def account(
    *, a: int = 0, b: int = 0, c: int = 0, coming_cents: int = 0, is_on_hold: bool = False
) -> AccountNow:
    open_cents = {"a": a, "b": b, "c": c}
    shares = [
        OpenShare(line.claim_id, line.charge_id, open_cents[name])
        for name, line in LINE_OF.items()
        if line.claim_id and open_cents.get(name)
    ]
    return AccountNow(
        guarantor_id=new_id(),
        shares=tuple(shares),
        plans=(),
        credit_cents=0,
        coming_cents=coming_cents,
        coming_since=None,
        is_on_hold=is_on_hold,
        has_placed=False,
    )


def said(coming: ChargesToCome | None) -> tuple[list[int], int] | None:
    if coming is None:
        return None
    return [one.cents for one in coming.charges], coming.left_cents


def test_autopay_of_the_newest_does_not_cover_what_an_older_one_asked_for() -> None:
    asked = AskedFor({S1: {B: 5_000}, S2: {A: 10_000}})
    coming = charges_to_come(account(a=10_000, b=5_000), asked, [Charge(S2, 10_000)])
    assert said(coming) == ([10_000], 5_000)


def test_what_was_paid_by_hand_is_not_announced_to_be_charged() -> None:
    asked = AskedFor({S1: {A: 15_000}})
    coming = charges_to_come(account(a=9_000), asked, [Charge(S1, 15_000)])
    assert said(coming) == ([9_000], 0)


def test_a_day_that_was_chosen_on_an_older_statement_counts_for_all_there_is() -> None:
    asked = AskedFor({S1: {A: 15_000}, S2: {A: 15_000, B: 2_000}})
    chosen = Charge(S1, 15_000, "pay_later")
    assert said(charges_to_come(account(a=15_000, b=2_000), asked, [chosen])) == ([15_000], 2_000)


def test_two_charges_for_the_same_visit_take_it_once() -> None:
    asked = AskedFor({S1: {A: 10_000}, S2: {A: 10_000, B: 5_000}})
    both = [Charge(S1, 10_000), Charge(S2, 15_000)]
    assert said(charges_to_come(account(a=10_000, b=5_000), asked, both)) == ([10_000, 5_000], 0)


def test_what_may_go_to_other_lines_is_said_to_be_at_most() -> None:
    """The day that was chosen may pay either visit; autopay then takes what is left of its own."""
    asked = AskedFor({S1: {B: 5_000}, S2: {A: 10_000}})
    charges = [Charge(S1, 5_000, "pay_later"), Charge(S2, 10_000)]
    coming = charges_to_come(account(a=10_000, b=5_000), asked, charges)
    assert coming is not None
    assert [(one.cents, one.is_at_most) for one in coming.charges] == [
        (5_000, False),
        (10_000, True),
    ]
    assert coming.left_cents == 5_000


def test_nothing_is_announced_on_hold_or_where_nothing_is_due() -> None:
    asked, charges = AskedFor({S1: {A: 10_000}}), [Charge(S1, 10_000)]
    assert charges_to_come(account(a=10_000, is_on_hold=True), asked, charges) is None
    assert charges_to_come(account(), asked, charges) is None
    assert charges_to_come(account(a=10_000, coming_cents=10_000), asked, charges) is None
    assert charges_to_come(account(a=10_000, coming_cents=9_960), asked, charges) is None
    assert charges_to_come(account(a=10_000), asked, []) is None


CENTS = st.integers(min_value=0, max_value=400).map(lambda units: units * 25)
LINES = st.dictionaries(st.sampled_from([A, B, C]), CENTS.filter(bool), min_size=1)
CHARGES = st.lists(
    st.builds(
        Charge,
        st.sampled_from([S1, S2]),
        CENTS.filter(bool),
        st.sampled_from(["autopay", "pay_later"]),
    ),
    max_size=4,
)


@given(
    asked=st.builds(lambda one, other: AskedFor({S1: one, S2: other}), LINES, LINES),
    open_cents=st.fixed_dictionaries(dict.fromkeys(LINE_OF, CENTS)),
    coming_cents=CENTS,
    charges=CHARGES,
    data=st.data(),
)
def test_whatever_is_charged_covers_what_was_said(
    asked: AskedFor,
    open_cents: Mapping[str, int],
    coming_cents: int,
    charges: Sequence[Charge],
    data: st.DataObject,
) -> None:
    together = asked.together
    most = {
        name: together[line.claim_id].left_cents
        for name, line in LINE_OF.items()
        if line.claim_id is not None and line.claim_id in together
    }
    owed = {name: min(cents, most.get(name, 0)) for name, cents in open_cents.items()}
    now = account(a=owed["a"], b=owed["b"], c=owed["c"], coming_cents=coming_cents)
    due_now_cents = due_of(now, asked.together, due_on=TODAY).due_now_cents
    told = charges_to_come(now, asked, charges)
    taken = sum(_days_pass(data, now, asked, charges))
    if told is None:
        assert taken == 0
    else:
        assert due_now_cents - told.left_cents <= taken
        assert taken <= sum(one.cents for one in told.charges)


def _days_pass(
    data: st.DataObject, now: AccountNow, asked: AskedFor, charges: Sequence[Charge]
) -> Iterator[int]:
    """What each charge takes, whichever lines earlier money went to, arrived or on its way."""
    for one in charges:
        if data.draw(st.booleans()):
            now = _arrives(data, now)
        is_alone = one.origin == "autopay"
        lines = asked.alone(one.statement_id) if is_alone else asked.of(one.statement_id)
        cents = min(one.amount_cents, due_of(now, lines, due_on=TODAY).due_now_cents)
        cents = cents if cents >= LEAST_PAYABLE_CENTS else 0
        yield cents
        now = replace(now, coming_cents=now.coming_cents + cents)


def _arrives(data: st.DataObject, now: AccountNow) -> AccountNow:
    """All that was on its way pays lines that were asked for, in any order."""
    left, shares = now.coming_cents, []
    for share in data.draw(st.permutations(now.shares)):
        paid = min(left, share.open_cents)
        left -= paid
        shares.append(replace(share, open_cents=share.open_cents - paid))
    return replace(now, coming_cents=0, shares=tuple(one for one in shares if one.open_cents))
