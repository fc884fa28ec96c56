"""What states ask: by the day of the act, and our own defaults where nobody read the law."""

from datetime import date, timedelta

import pytest

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import PlanPolicy, Tier
from portal.domain.plans.state_pack import IncomeBasis, Notice, ProviderKind, StatePack, strictest
from portal.domain.plans.state_pack_data import PACKS
from portal.domain.plans.state_packs import DEFAULTS, pack_for, tightened

TODAY = date(2026, 3, 9)
DOCTOR, HOSPITAL = ProviderKind.PROFESSIONAL, ProviderKind.HOSPITAL


def pack(*states: str, provider: ProviderKind = DOCTOR, on: date = TODAY) -> StatePack:
    return pack_for(states, provider=provider, on=on)


def test_californias_sentence_is_asked_from_its_day_on() -> None:
    """Without it the contract is void: Civ. Code 1785.27."""
    sentence = Notice.CA_NO_CREDIT_REPORTING
    assert sentence not in pack("CA", on=date(2025, 6, 30)).notices
    assert sentence in pack("CA", on=date(2025, 7, 1)).notices


@pytest.mark.parametrize("one", PACKS, ids=lambda one: f"{min(one.states)} {one.source}")
def test_each_law_counts_from_its_first_day(one: StatePack) -> None:
    (state,) = one.states
    for provider in one.providers:
        begun = pack(state, provider=provider, on=one.in_force_from)
        before = pack(state, provider=provider, on=one.in_force_from - timedelta(days=1))
        assert one.source in begun.source
        assert one.source not in before.source


def test_a_law_that_has_ended_counts_no_more() -> None:
    ended = StatePack(
        states=frozenset({"XY"}),
        providers=frozenset({DOCTOR}),
        in_force_from=date(2025, 1, 1),
        in_force_until=date(2025, 12, 31),
        max_months=6,
        source="XY 1",
        checked_on=TODAY,
    )
    for on, months in ((date(2025, 12, 31), 6), (date(2026, 1, 1), None)):
        assert (
            pack_for(["XY"], provider=DOCTOR, on=on, packs=(ended, PACKS[0])).max_months == months
        )


def test_a_hospital_has_rules_a_doctor_has_not() -> None:
    assert pack("CA").max_income_percent is None
    of_hospital = pack("CA", provider=HOSPITAL)
    assert of_hospital.max_income_percent == 10
    assert of_hospital.income_basis is IncomeBasis.AFTER_ESSENTIALS
    assert of_hospital.default_not_before_days == 90
    assert of_hospital.agency_after_days == 180
    assert Notice.CA_NO_CREDIT_REPORTING in of_hospital.notices
    assert pack("CO").max_income_percent == 2
    assert pack("CO", provider=HOSPITAL).max_income_percent == 4


def test_two_states_together_are_as_strict_as_either() -> None:
    both = pack("CO", "NJ")
    assert (both.max_income_percent, both.max_months) == (2, 36)
    assert (both.least_grace_days, both.agency_after_days) == (60, 182)
    assert both.notices == {Notice.CO_PATIENT_RIGHTS, Notice.NJ_NOT_REPORTED}


@pytest.mark.parametrize("states", [("XX",), ("XX", ""), ()])
def test_where_nobody_read_the_law_our_strictest_defaults_hold(states: tuple[str, ...]) -> None:
    """And no figure or sentence of another state's law."""
    unknown = pack(*states)
    assert unknown == DEFAULTS
    assert (unknown.max_apr_percent, unknown.agency_after_days) == (0, 120)
    assert unknown.notices == frozenset()
    assert tightened(PlanPolicy(agency_after_days=30), unknown).agency_after_days == 120


def test_our_defaults_hold_beside_a_law_that_was_read() -> None:
    both = pack("NY", "XX")
    assert both.max_apr_percent == 0
    assert both.notices == {Notice.NY_CARD_RISKS}


def test_no_pack_is_kinder_to_the_practice_than_the_strictest() -> None:
    all_of_them = strictest(PACKS)
    for one in PACKS:
        for strict, plain in (
            (all_of_them.max_income_percent, one.max_income_percent),
            (all_of_them.max_months, one.max_months),
            (all_of_them.max_apr_percent, one.max_apr_percent),
        ):
            assert plain is None or (strict is not None and strict <= plain)
        assert all_of_them.agency_after_days >= one.agency_after_days
        assert all_of_them.notices >= one.notices


def test_a_state_that_was_read_and_asks_nothing_leaves_the_policy_as_it_is() -> None:
    assert tightened(PlanPolicy(), pack("NY")) == PlanPolicy()


def test_a_law_raises_what_the_practice_gives_less_of_and_lowers_nothing() -> None:
    policy = tightened(PlanPolicy(), pack("NJ"))
    assert (policy.grace_days, policy.agency_after_days) == (60, 120)
    kind = PlanPolicy(grace_days=75, agency_after_days=200)
    assert tightened(kind, pack("NJ")) == kind
    assert tightened(PlanPolicy(), pack("CA", provider=HOSPITAL)).default_not_before_days == 90


def test_a_pack_is_read_again_after_a_year() -> None:
    one = PACKS[0]
    assert not one.is_to_be_checked(one.checked_on + timedelta(days=365))
    assert one.is_to_be_checked(one.checked_on + timedelta(days=366))


@pytest.mark.parametrize(
    ("frequencies", "most"),
    [
        (frozenset(Frequency), 6),
        (frozenset({Frequency.TWICE_A_MONTH, Frequency.WEEKLY}), 12),
        (frozenset({Frequency.EVERY_TWO_WEEKS}), 13),
    ],
)
def test_new_jersey_gives_who_wants_it_half_a_year(
    frequencies: frozenset[Frequency], most: int
) -> None:
    """P.L.2024, c.48: a plan of 6 to 60 months."""
    short = Tier(from_cents=100_00, up_to_cents=900_00, most_installments=4)
    policy = PlanPolicy(tiers=(short,), frequencies=frequencies)
    assert tightened(policy, pack("NJ")).most_installments(300_00) == most
    assert tightened(policy, pack("NJ")).most_installments(99_99) == 0
    assert tightened(policy, pack("NY")).most_installments(300_00) == 4
    assert pack("NJ", on=date(2024, 7, 21)).least_months == 0
