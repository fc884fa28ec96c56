"""What may be chosen, and why not: every offer within the practice's policy and the state's law."""

import inspect
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.plans.cadence import Frequency, add_months
from portal.domain.plans.offers import (
    Ground,
    Offer,
    Wish,
    first_due_days,
    has_room,
    heaviest_month_cents,
    offer_of_amount,
    offer_of_count,
    offers,
)
from portal.domain.plans.policy import DownPayment, PlanPolicy
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.state_pack import ProviderKind, StatePack
from portal.domain.plans.state_packs import pack_for, tightened

TODAY = date(2026, 3, 9)
POLICY = PlanPolicy()
NY = pack_for(["NY"], provider=ProviderKind.PROFESSIONAL, on=TODAY)
CO = pack_for(["CO"], provider=ProviderKind.PROFESSIONAL, on=TODAY)
ON_THE_FIRST = Wish(first_due_on=date(2026, 4, 1))


def ground(
    cents: int,
    *,
    policy: PlanPolicy = POLICY,
    pack: StatePack = NY,
    income_cents: int | None = None,
) -> Ground:
    return Ground(
        balance_cents=cents,
        policy=policy,
        pack=pack,
        today=TODAY,
        monthly_income_cents=income_cents,
    )


def rows(offer: Offer | Refusal) -> list[tuple[str, int]]:
    assert isinstance(offer, Offer), offer
    return [(one.due_on.isoformat(), one.cents) for one in offer.installments]


def test_a_number_of_installments_comes_with_all_of_its_days_and_cents() -> None:
    offer = offer_of_count(ground(250_00), 3, ON_THE_FIRST)
    assert rows(offer) == [
        ("2026-04-01", 83_34),
        ("2026-05-01", 83_33),
        ("2026-06-01", 83_33),
    ]
    assert isinstance(offer, Offer)
    assert (offer.count, offer.installment_cents) == (3, 83_34)
    assert offer.last_due_on == date(2026, 6, 1)


def test_an_amount_makes_as_few_installments_as_can_be_and_none_above_it() -> None:
    offer = offer_of_amount(ground(250_00), 70_00, ON_THE_FIRST)
    assert rows(offer) == [
        ("2026-04-01", 62_50),
        ("2026-05-01", 62_50),
        ("2026-06-01", 62_50),
        ("2026-07-01", 62_50),
    ]


def test_without_a_wish_the_first_installment_is_as_late_as_it_may_be() -> None:
    offer = offer_of_count(ground(250_00), 2)
    assert rows(offer) == [("2026-04-08", 125_00), ("2026-05-08", 125_00)]


@pytest.mark.parametrize(("count", "needs"), [(4, False), (5, True)])
@pytest.mark.parametrize("down", [0, 50_00])
def test_more_than_four_installments_need_disclosures_and_a_down_payment_is_not_counted(
    count: int,
    needs: bool,  # noqa: FBT001 — a column of the table
    down: int,
) -> None:
    policy = replace(POLICY, down_payment=DownPayment(least_cents=down))
    offer = offer_of_count(ground(400_00, policy=policy), count)
    assert isinstance(offer, Offer)
    assert offer.needs_disclosure is needs
    assert (offer.count, offer.down_payment_cents) == (count, down)
    assert sum(one.cents for one in offer.installments) == 400_00


def test_every_number_that_may_be_chosen_is_offered() -> None:
    assert [one.count for one in offers(ground(75_00)).choices] == [2, 3]
    assert [one.count for one in offers(ground(500_00)).choices] == [2, 3, 4, 5, 6]
    assert offers(ground(3_000_00)).choices[-1].count == 24


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (offers(ground(74_99)).refusal, Refusal(RefusalCode.BALANCE_TOO_SMALL, cents=75_00)),
        (
            offers(ground(20_000_01)).refusal,
            Refusal(RefusalCode.BALANCE_TOO_LARGE, cents=20_000_00),
        ),
        (
            offers(ground(100_00, policy=replace(POLICY, tiers=()))).refusal,
            Refusal(RefusalCode.NO_TIER),
        ),
        (
            offer_of_count(ground(100_00), 5),  # 4 of $25.00 are the most
            Refusal(RefusalCode.INSTALLMENT_TOO_SMALL, cents=25_00, count=4),
        ),
        (
            offer_of_amount(ground(110_00), 20_00),
            Refusal(RefusalCode.INSTALLMENT_TOO_SMALL, cents=27_50, count=4),
        ),
        (
            offer_of_amount(ground(300_00), 40_00),  # 6 of $50.00 are the most
            Refusal(RefusalCode.INSTALLMENT_TOO_SMALL, cents=50_00, count=6),
        ),
        (
            offer_of_count(ground(400_00), 7),
            Refusal(RefusalCode.TOO_MANY_INSTALLMENTS, cents=66_67, count=6),
        ),
        (
            offer_of_amount(ground(100_01), 100_01),
            Refusal(RefusalCode.TOO_FEW_INSTALLMENTS, cents=50_01, count=2),
        ),
        (
            offer_of_count(ground(100_00, policy=replace(POLICY, frequencies=frozenset())), 2),
            Refusal(RefusalCode.FREQUENCY_NOT_OFFERED),
        ),
        (
            offer_of_count(ground(100_00), 2, Wish(first_due_on=TODAY)),
            Refusal(RefusalCode.FIRST_DAY_OUT_OF_RANGE, day=date(2026, 4, 8)),
        ),
        (
            offer_of_count(ground(100_00), 2, Wish(first_due_on=date(2026, 4, 9))),
            Refusal(RefusalCode.FIRST_DAY_OUT_OF_RANGE, day=date(2026, 4, 8)),
        ),
        (
            # 2 % of $1,500.00; the smallest installment of $600.00 is $50.00
            offers(ground(600_00, pack=CO, income_cents=1_500_00)).refusal,
            Refusal(RefusalCode.ABOVE_INCOME_SHARE, cents=30_00),
        ),
        (
            offer_of_count(ground(600_00, pack=replace(CO, max_months=5)), 6),
            Refusal(RefusalCode.TOO_LONG, count=5),
        ),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_what_can(
    asked: Offer | Refusal | None, refusal: Refusal
) -> None:
    assert asked == refusal


def test_the_amount_of_a_refusal_can_be_chosen() -> None:
    """`at least $27.50 a month` is true."""
    for cents in (75_00, 100_01, 110_00, 333_33, 2_500_00):
        refused = offer_of_amount(ground(cents), 1)
        assert isinstance(refused, Refusal)
        assert refused.cents is not None
        assert isinstance(offer_of_amount(ground(cents), refused.cents), Offer)
        assert isinstance(offer_of_amount(ground(cents), refused.cents - 1), Refusal)


def test_a_share_of_the_income_leaves_the_longer_plans_only() -> None:
    """2 % of $4,000.00 are $80.00 a month."""
    assert offers(ground(600_00, pack=CO)).choices[0].count == 2
    with_income = offers(ground(600_00, pack=CO, income_cents=4_000_00)).choices
    assert [one.count for one in with_income] == [8, 9, 10, 11, 12]


def test_a_month_with_three_paydays_counts_all_three() -> None:
    wish = Wish(frequency=Frequency.EVERY_TWO_WEEKS, first_due_on=date(2026, 4, 1))
    offer = offer_of_count(ground(600_00), 12, wish)
    assert isinstance(offer, Offer)
    assert heaviest_month_cents(offer.installments) == 150_00  # April 1, 15 and 29


def test_a_first_day_without_banks_is_moved_within_the_range() -> None:
    """April 8, 2026 is a Wednesday; from Friday, March 13, on, the 30th day is a Sunday."""
    policy = replace(POLICY, moves_off_holidays=True)
    assert first_due_days(policy, date(2026, 3, 13)) == (date(2026, 3, 14), date(2026, 4, 10))
    assert first_due_days(POLICY, date(2026, 3, 13)) == (date(2026, 3, 14), date(2026, 4, 12))


def test_there_is_room_for_as_many_plans_as_the_policy_says() -> None:
    assert has_room(POLICY, live_plans=2)
    assert not has_room(POLICY, live_plans=3)


def test_nothing_about_a_person_but_balance_and_income_can_be_handed_in() -> None:
    """15 USC 1691: neither age, sex, language nor address."""
    assert {one.name for one in fields(Ground)} == {
        "balance_cents",
        "monthly_income_cents",
        "policy",
        "pack",
        "today",
    }
    assert {one.name for one in fields(Wish)} == {"frequency", "first_due_on"}
    assert set(inspect.signature(offers).parameters) == {"ground", "wish"}
    assert set(inspect.signature(offer_of_count).parameters) == {"ground", "count", "wish"}
    assert set(inspect.signature(offer_of_amount).parameters) == {"ground", "cents", "wish"}


GROUNDS = st.builds(
    Ground,
    balance_cents=st.integers(1, 21_000_00),
    policy=st.builds(
        PlanPolicy,
        min_installment_cents=st.integers(1, 200_00),
        first_due_within_days=st.integers(1, 60),
        down_payment=st.builds(
            DownPayment, percent=st.integers(0, 50), least_cents=st.integers(0, 100_00)
        ),
        frequencies=st.frozensets(st.sampled_from(Frequency), min_size=1),
        moves_off_holidays=st.booleans(),
    ),
    pack=st.builds(
        lambda states, provider, months: replace(
            pack_for(states, provider=provider, on=TODAY), max_months=months
        ),
        st.lists(st.sampled_from(["CA", "CO", "NJ", "NY", "XX"]), min_size=1, max_size=2),
        st.sampled_from(ProviderKind),
        st.one_of(st.none(), st.integers(1, 40)),
    ),
    today=st.dates(date(2024, 1, 1), date(2040, 12, 31)),
    monthly_income_cents=st.one_of(st.none(), st.integers(0, 10_000_00)),
)


@given(
    ground=GROUNDS,
    frequency=st.sampled_from(Frequency),
    ahead=st.one_of(st.none(), st.integers(-3, 70)),
)
def test_no_offer_breaks_the_policy_or_the_law(
    ground: Ground, frequency: Frequency, ahead: int | None
) -> None:
    first_due_on = None if ahead is None else ground.today + timedelta(days=ahead)
    found = offers(ground, Wish(frequency=frequency, first_due_on=first_due_on))
    assert bool(found.choices) is (found.refusal is None)
    for offer in found.choices:
        check(offer, ground, frequency)


def check(offer: Offer, ground: Ground, frequency: Frequency) -> None:
    policy, pack = ground.policy, ground.pack
    regular = [one for one in offer.installments if one.number]
    first = regular[0].due_on
    assert sum(one.cents for one in offer.installments) == ground.balance_cents
    assert policy.min_balance_cents <= ground.balance_cents <= policy.max_balance_cents
    assert 2 <= offer.count <= policy.most_installments(ground.balance_cents)
    assert min(one.cents for one in regular) >= policy.min_installment_cents
    assert offer.cadence.frequency is frequency
    assert frequency in policy.frequencies
    assert 1 <= (first - ground.today).days <= policy.first_due_within_days
    assert offer.down_payment_cents == policy.down_payment.of(ground.balance_cents)
    if pack.max_months is not None:
        assert offer.last_due_on < add_months(first, pack.max_months)
    if pack.max_income_percent is not None and ground.monthly_income_cents is not None:
        share = ground.monthly_income_cents * pack.max_income_percent
        assert heaviest_month_cents(offer.installments) * 100 <= share


@given(ground=GROUNDS, cents=st.integers(1, 3_000_00))
def test_no_installment_is_above_the_amount_somebody_chose(ground: Ground, cents: int) -> None:
    frequency = min(ground.policy.frequencies)
    offer = offer_of_amount(ground, cents, Wish(frequency=frequency))
    if isinstance(offer, Offer):
        assert offer.installment_cents <= cents
        check(offer, ground, frequency)
        shorter = offer_of_count(ground, offer.count - 1, Wish(frequency=frequency))
        assert isinstance(shorter, Refusal) or shorter.installment_cents > cents


def test_a_law_that_raises_the_grace_does_not_change_an_offer() -> None:
    nj = pack_for(["NJ"], provider=ProviderKind.PROFESSIONAL, on=TODAY)
    plain = offers(ground(300_00)).choices
    assert offers(ground(300_00, policy=tightened(POLICY, nj), pack=nj)).choices == plain
