"""The practice's rules: defaults, dates, contradictions, and the mapping they are kept as."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import (
    Autopay,
    DownPayment,
    NewBalances,
    PlanPolicy,
    PolicyVersion,
    Tier,
    policy_in_force,
)
from portal.domain.plans.policy_file import (
    PolicyFormatError,
    policy_from_mapping,
    policy_to_mapping,
)
from portal.domain.plans.policy_findings import PolicyFault, PolicyFinding, policy_findings

DEFAULT = PlanPolicy()
STRICT = PlanPolicy(grace_days=3)
KIND = PlanPolicy(grace_days=10)


def tier(from_cents: int, up_to_cents: int, most: int) -> Tier:
    return Tier(from_cents=from_cents, up_to_cents=up_to_cents, most_installments=most)


def faults(policy: PlanPolicy) -> set[tuple[PolicyFault, str]]:
    return {(one.fault, one.field) for one in policy_findings(policy)}


def test_the_defaults_are_those_of_the_billing_rules_and_contradict_nothing() -> None:
    assert policy_findings(DEFAULT) == ()
    assert (DEFAULT.min_balance_cents, DEFAULT.min_installment_cents) == (75_00, 25_00)
    assert (DEFAULT.grace_days, DEFAULT.cure_days) == (5, 14)
    assert (DEFAULT.misses_in_a_row, DEFAULT.misses_in_a_year) == (2, 3)
    assert (DEFAULT.prenotice_days, DEFAULT.debit_prenotice_days) == (5, 10)
    assert DEFAULT.skips_per_year == 1
    assert [one.most_installments for one in DEFAULT.tiers] == [6, 12, 24]


@pytest.mark.parametrize(
    ("balance", "most"),
    [(74_99, 0), (75_00, 6), (500_00, 6), (500_01, 12), (2_000_01, 24), (20_000_01, 0)],
)
def test_both_ends_of_a_tier_belong_to_it(balance: int, most: int) -> None:
    assert DEFAULT.most_installments(balance) == most


@pytest.mark.parametrize(
    ("percent", "least", "balance", "down"),
    [
        (0, 0, 300_00, 0),
        (10, 0, 300_00, 30_00),
        (10, 50_00, 300_00, 50_00),
        (10, 0, 100_01, 10_01),  # rounded up
        (0, 50_00, 40_00, 40_00),
    ],
)
def test_a_down_payment_is_the_larger_of_a_share_and_an_amount(
    percent: int, least: int, balance: int, down: int
) -> None:
    assert DownPayment(percent=percent, least_cents=least).of(balance) == down


def test_a_policy_holds_from_its_day_until_the_next_one() -> None:
    versions = [
        PolicyVersion(in_force_from=date(2026, 6, 1), policy=KIND),
        PolicyVersion(in_force_from=date(2026, 3, 1), policy=STRICT),
    ]
    assert policy_in_force(versions, date(2026, 2, 28)) == DEFAULT
    assert policy_in_force(versions, date(2026, 3, 1)) == STRICT
    assert policy_in_force(versions, date(2026, 5, 31)) == STRICT
    assert policy_in_force(versions, date(2026, 6, 1)) == KIND
    assert policy_in_force([], date(2026, 6, 1)) == DEFAULT


def test_of_two_policies_of_one_day_the_later_one_holds() -> None:
    day = date(2026, 6, 1)
    versions = [
        PolicyVersion(in_force_from=day, policy=STRICT),
        PolicyVersion(in_force_from=day, policy=KIND),
    ]
    assert policy_in_force(versions, day) == KIND


@pytest.mark.parametrize(
    ("policy", "finding"),
    [
        (replace(DEFAULT, tiers=()), PolicyFinding(PolicyFault.NO_TIER, "tiers")),
        (
            replace(DEFAULT, frequencies=frozenset()),
            PolicyFinding(PolicyFault.NO_FREQUENCY, "frequencies"),
        ),
        (
            replace(DEFAULT, tiers=(tier(75_00, 20_000_00, 25),)),
            PolicyFinding(PolicyFault.TIER_COUNT, "tiers", (25, 2, 24)),
        ),
        (
            replace(DEFAULT, tiers=(tier(75_00, 400_00, 4), tier(500_00, 20_000_00, 6))),
            PolicyFinding(PolicyFault.TIER_GAP, "tiers", (400_01, 499_99)),
        ),
        (
            replace(DEFAULT, tiers=(tier(100_00, 20_000_00, 6),)),
            PolicyFinding(PolicyFault.TIER_GAP, "tiers", (75_00, 99_99)),
        ),
        (
            replace(DEFAULT, tiers=(tier(75_00, 9_000_00, 6),)),
            PolicyFinding(PolicyFault.TIER_GAP, "tiers", (9_000_01, 20_000_00)),
        ),
        (
            replace(DEFAULT, tiers=(tier(75_00, 500_00, 4), tier(500_00, 20_000_00, 6))),
            PolicyFinding(PolicyFault.TIERS_OVERLAP, "tiers", (500_00, 500_00)),
        ),
        (
            replace(DEFAULT, tiers=(*DEFAULT.tiers, tier(900_00, 800_00, 4))),
            PolicyFinding(PolicyFault.TIER_UPSIDE_DOWN, "tiers", (900_00, 800_00)),
        ),
        (
            replace(DEFAULT, min_installment_cents=40_00),
            PolicyFinding(PolicyFault.TIER_TOO_SMALL, "tiers", (75_00, 80_00)),
        ),
        (
            replace(DEFAULT, min_balance_cents=20_000_01),
            PolicyFinding(
                PolicyFault.BALANCES_UPSIDE_DOWN, "max_balance_cents", (20_000_01, 20_000_00)
            ),
        ),
        (
            replace(DEFAULT, down_payment=DownPayment(least_cents=75_00)),
            PolicyFinding(PolicyFault.DOWN_PAYMENT_TAKES_ALL, "down_payment", (75_00, 75_00)),
        ),
        (
            replace(DEFAULT, misses_in_a_row=4),
            PolicyFinding(PolicyFault.MISSES_UPSIDE_DOWN, "misses_in_a_row", (4, 3)),
        ),
        (
            replace(DEFAULT, debit_prenotice_days=9),
            PolicyFinding(PolicyFault.OUT_OF_RANGE, "debit_prenotice_days", (9, 10, 30)),
        ),
        (
            replace(DEFAULT, agency_after_days=119),
            PolicyFinding(PolicyFault.OUT_OF_RANGE, "agency_after_days", (119, 120, 730)),
        ),
        (
            replace(DEFAULT, autopay=Autopay.REQUIRED, first_due_within_days=5),
            PolicyFinding(PolicyFault.NOTICE_BEYOND_FIRST_DUE, "prenotice_days", (5, 5)),
        ),
    ],
)
def test_a_policy_that_contradicts_itself_is_found_out(
    policy: PlanPolicy, finding: PolicyFinding
) -> None:
    assert finding in policy_findings(policy)


def test_a_finding_names_the_setting_it_is_shown_beside() -> None:
    policy = replace(DEFAULT, grace_days=-1, cure_days=0)
    assert faults(policy) == {
        (PolicyFault.OUT_OF_RANGE, "grace_days"),
        (PolicyFault.OUT_OF_RANGE, "cure_days"),
    }


POLICIES = st.builds(
    PlanPolicy,
    tiers=st.lists(st.builds(tier, st.integers(), st.integers(), st.integers())).map(tuple),
    frequencies=st.frozensets(st.sampled_from(Frequency)),
    down_payment=st.builds(DownPayment, percent=st.integers(), least_cents=st.integers()),
    autopay=st.sampled_from(Autopay),
    new_balances=st.sampled_from(NewBalances),
    moves_off_holidays=st.booleans(),
    grace_days=st.integers(),
    max_balance_cents=st.integers(),
)


@given(POLICIES)
def test_a_policy_comes_back_from_json_as_it_was(policy: PlanPolicy) -> None:
    assert policy_from_mapping(json.loads(json.dumps(policy_to_mapping(policy)))) == policy


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("schema", 2, "schema"),
        ("grace_days", "5", "grace_days"),
        ("grace_days", True, "grace_days"),
        ("autopay", "always", "autopay"),
        ("autopay", 1, "autopay"),
        ("moves_off_holidays", 1, "moves_off_holidays"),
        ("frequencies", ["daily"], "frequencies"),
        ("frequencies", "monthly", "frequencies"),
        ("tiers", [{"from_cents": 1}], "tiers"),
        ("tiers", [1], "tiers"),
        ("down_payment", {"percent": 1, "least_cents": 1.5}, "down_payment.least_cents"),
        ("interest_percent", 5, "interest_percent"),
    ],
)
def test_what_is_not_exactly_a_policy_is_refused(key: str, value: object, named: str) -> None:
    mapping = policy_to_mapping(DEFAULT) | {key: value}
    with pytest.raises(PolicyFormatError, match=named):
        policy_from_mapping(mapping)


def test_a_setting_that_is_missing_is_named() -> None:
    mapping = policy_to_mapping(DEFAULT)
    del mapping["cure_days"]
    with pytest.raises(PolicyFormatError, match="cure_days"):
        policy_from_mapping(mapping)
