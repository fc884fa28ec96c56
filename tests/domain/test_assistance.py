"""Who may get help with paying, and the laws of what it takes off."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.assistance import (
    TRANSITIONS,
    UNDECIDED,
    ApplicationState,
    AssistancePolicy,
    Band,
    Household,
    IncomePeriod,
    LineToHelp,
    UnknownMoveError,
    given_by,
    good_from,
    good_until,
    guideline_on,
    help_for,
    percent_of_guideline,
    relief_of,
    require_move,
)
from portal.domain.assistance_postings import assistance_granted
from portal.domain.journal import Target
from tests.domain.claims import check_accounts

TODAY = date(2026, 3, 9)
LINE = Target(UUID(int=1), UUID(int=2))
POLICY = AssistancePolicy()

cents = st.integers(0, 1_000_000)
lines = st.builds(LineToHelp, st.just(LINE), cents, cents, cents)
percents = st.integers(1, 100)


def yearly(people: int, income_cents: int) -> Household:
    return Household(people, income_cents, IncomePeriod.YEAR)


@pytest.mark.parametrize(
    ("household", "state", "percent", "off"),
    [
        (yearly(1, 0), "OR", 0, 100),
        (yearly(1, 15_960_00), "OR", 100, 100),
        (yearly(1, 31_920_00), "OR", 200, 100),
        (yearly(1, 32_079_59), "OR", 200, 100),  # a cent below 201 percent
        (yearly(1, 32_079_60), "OR", 201, 50),
        (yearly(4, 99_000_00), "OR", 300, 50),
        (yearly(4, 132_000_00), "OR", 400, 25),
        (yearly(4, 132_330_00), "OR", 401, 0),
        (yearly(1, 31_920_00), "AK", 160, 100),
        (yearly(2, 49_780_00), "HI", 200, 100),
        (Household(2, 3_000_00, IncomePeriod.MONTH), "OR", 166, 100),
    ],
)
def test_the_bands_count_from_the_guideline_of_the_year_and_the_state(
    household: Household, state: str, percent: int, off: int
) -> None:
    found = percent_of_guideline(household, state=state, on=TODAY)
    assert (found, help_for(POLICY, found)) == (percent, off)


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2024, 1, 1), 2025), (date(2026, 1, 12), 2025), (date(2026, 1, 13), 2026)],
)
def test_a_guideline_counts_from_its_day(day: date, year: int) -> None:
    assert guideline_on(day).in_force_from.year == year


def test_a_household_has_somebody_in_it() -> None:
    with pytest.raises(ValueError, match="0"):
        percent_of_guideline(yearly(0, 1), state="OR", on=TODAY)


@pytest.mark.parametrize(
    "bands",
    [
        (),
        (Band(200, 0),),
        (Band(200, 101),),
        (Band(300, 100), Band(200, 50)),
        (Band(200, 50), Band(300, 100)),
        (Band(200, 100), Band(200, 50)),
    ],
)
def test_a_policy_helps_the_poorer_more(bands: tuple[Band, ...]) -> None:
    with pytest.raises(ValueError, match=r"Band|\(\)"):
        AssistancePolicy(bands=bands)


@pytest.mark.parametrize(
    ("granted_on", "months", "until"),
    [
        (date(2026, 3, 9), 6, date(2026, 9, 9)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
    ],
)
def test_it_is_good_for_whole_months(granted_on: date, months: int, until: date) -> None:
    assert good_until(AssistancePolicy(good_for_months=months), granted_on) == until
    assert good_from(POLICY, date(2026, 9, 1)) == date(2026, 1, 4)


@pytest.mark.parametrize(
    ("open_cents", "paid", "helped", "percent", "freed", "off"),
    [
        (10_000, 0, 0, 100, 0, 10_000),
        (10_000, 0, 0, 50, 0, 5_000),
        (10_001, 0, 0, 50, 0, 5_001),  # the odd cent is the person's
        (4_000, 6_000, 0, 50, 1_000, 5_000),
        (0, 10_000, 0, 100, 10_000, 10_000),
        (5_000, 0, 5_000, 50, 0, 0),
        (5_000, 0, 5_000, 100, 0, 5_000),
    ],
)
def test_help_counts_from_the_whole_share(
    *, open_cents: int, paid: int, helped: int, percent: int, freed: int, off: int
) -> None:
    reliefs = relief_of([LineToHelp(LINE, open_cents, paid, helped)], percent)
    assert [(one.freed_cents, one.off_cents) for one in reliefs] == ([(freed, off)] if off else [])


@given(st.lists(lines, max_size=6), percents)
def test_help_is_never_more_than_a_line_has_open_nor_frees_more_than_was_paid(
    given_lines: list[LineToHelp], percent: int
) -> None:
    for line in given_lines:
        for one in relief_of([line], percent):
            assert 0 <= one.freed_cents <= line.paid_cents
            assert 0 < one.off_cents <= line.open_cents + one.freed_cents
            left = line.open_cents + one.freed_cents - one.off_cents
            kept = line.paid_cents - one.freed_cents
            share = line.open_cents + line.paid_cents + line.helped_cents
            assert left + kept + line.helped_cents + one.off_cents == share
            assert left + kept >= share * (100 - percent) // 100


@given(lines, percents)
def test_help_given_twice_is_help_given_once(line: LineToHelp, percent: int) -> None:
    for one in relief_of([line], percent):
        after = LineToHelp(
            line.target,
            line.open_cents + one.freed_cents - one.off_cents,
            line.paid_cents - one.freed_cents,
            line.helped_cents + one.off_cents,
        )
        assert relief_of([after], percent) == []


@given(lines, percents)
def test_the_entry_has_the_help_on_both_sides(line: LineToHelp, percent: int) -> None:
    reliefs = relief_of([line], percent)
    if reliefs:
        entry = assistance_granted(
            UUID(int=5), reliefs, turn=0, guarantor_id=UUID(int=3), effective_on=TODAY
        )
        check_accounts(entry)
        assert sum(leg.amount_cents for leg in entry.postings) == 0


@pytest.mark.parametrize(
    ("givings", "stands_cents", "still"),
    [
        ([], 0, 0),
        ([("a", 2_000)], 2_000, 2_000),
        ([("a", 2_000)], 500, 500),  # a lower share
        ([("a", 2_000)], 0, 0),  # a decision was taken back, and the next has not come
        ([("a", 2_000), ("a", 1_500)], 2_000, 2_000),  # 1,500 returned, and were given again
        ([("a", 2_000), ("b", 1_000)], 3_000, 2_000),
        ([("a", 2_000), ("b", 1_000)], 1_500, 500),  # the oldest is put back first
        ([("b", 2_000), ("a", 1_000)], 500, 500),
        ([("a", 2_000)], 5_000, 2_000),
        ([("a", 2_000)], -300, 0),
    ],
)
def test_of_what_stands_each_has_its_own_and_the_oldest_went_back_first(
    givings: list[tuple[str, int]], stands_cents: int, still: int
) -> None:
    assert given_by("a", givings, stands_cents=stands_cents) == still


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 5_000)), max_size=6),
    st.integers(0, 40_000),
)
def test_nobody_gave_more_than_stands(givings: list[tuple[str, int]], stands_cents: int) -> None:
    together = sum(given_by(who, givings, stands_cents=stands_cents) for who in "ab")
    assert together == min(stands_cents, sum(cents for _, cents in givings))


@pytest.mark.parametrize("percent", [0, 101])
def test_a_percent_is_from_1_to_100(percent: int) -> None:
    with pytest.raises(ValueError, match=str(percent)):
        relief_of([LineToHelp(LINE, 1, 0, 0)], percent)


@pytest.mark.parametrize("state", list(ApplicationState))
@pytest.mark.parametrize("after", list(ApplicationState))
def test_an_application_moves_as_its_table_says(
    state: ApplicationState, after: ApplicationState
) -> None:
    if after in TRANSITIONS[state]:
        require_move(state, after)
        assert state in UNDECIDED or after is ApplicationState.STOPPED
    else:
        with pytest.raises(UnknownMoveError):
            require_move(state, after)
