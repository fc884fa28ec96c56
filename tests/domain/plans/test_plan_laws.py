"""What is true of every plan at every moment, whatever happens to it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.plans.agency import AgencyFacts, AgencyReason, agency_refusals
from portal.domain.plans.cadence import Frequency, add_months
from portal.domain.plans.offers import Ground, Wish, offers
from portal.domain.plans.policy import WITHOUT_DISCLOSURE
from portal.domain.plans.progress import progress_of
from portal.domain.plans.schedule import InstallmentKind, counted
from portal.domain.plans.standing import evaluate
from portal.domain.plans.states import LIVE, PlanState
from portal.domain.plans.versions import first_version
from tests.domain.plans.plan_stories import ACTS, BEGIN, PACK, POLICY, Act, Story, do


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Some offer of the default policy, agreed to today."""
    ground = Ground(
        balance_cents=draw(st.integers(75_00, 5_000_00)), policy=POLICY, pack=PACK, today=BEGIN
    )
    wish = Wish(
        frequency=draw(st.sampled_from(Frequency)),
        first_due_on=BEGIN + timedelta(days=draw(st.integers(1, 30))),
    )
    choices = offers(ground, wish).choices
    offer = draw(st.sampled_from(choices))
    return Story(first_version(offer.installments, cadence=offer.cadence, agreed_on=BEGIN))


def check_rows(story: Story) -> None:
    rows = story.version.installments
    progress = progress_of(rows, paid_cents=story.paid_cents)
    assert sum(one.cents for one in rows) == story.owed_cents
    assert progress.paid_cents + progress.left_cents + progress.waived_cents == story.owed_cents
    assert progress.paid_cents + progress.over_cents == story.paid_cents
    assert all(0 <= one.waived_cents <= one.cents for one in rows)
    assert all(row.paid_cents >= 0 and row.left_cents >= 0 for row in progress.rows)
    assert len({one.number for one in rows}) == len(rows)
    assert max([0, *(one.number for one in rows)]) <= story.version.last_number
    assert all(one.due_on > story.version.agreed_on for one in rows if _is_asked_later(one.kind))
    assert counted(rows) <= story.version.agreed_count


def _is_asked_later(kind: InstallmentKind) -> bool:
    return kind in {InstallmentKind.REGULAR, InstallmentKind.SKIPPED}


@given(story=stories(), acts=st.lists(ACTS, max_size=40))
def test_the_rows_of_every_version_add_up_and_nothing_is_due_before_it_was_agreed_to(
    story: Story, acts: list[Act]
) -> None:
    check_rows(story)
    for act in acts:
        do(story, act)
        check_rows(story)


@given(story=stories(), acts=st.lists(ACTS, max_size=40))
def test_evaluating_twice_changes_nothing(story: Story, acts: list[Act]) -> None:
    for act in acts:
        do(story, act)
        story.settle()
        again = evaluate(story.facts, policy=story.policy, today=story.today)
        assert again.events == ()
        assert (again.state, again.states, again.misses, again.cure_until) == (
            story.state,
            story.states,
            story.misses,
            story.cure_until,
        )


@given(story=stories(), acts=st.lists(ACTS, max_size=40))
def test_no_plan_is_in_default_while_anything_holds_it(story: Story, acts: list[Act]) -> None:
    for act in acts:
        do(story, act)
        assert not story.holds or story.state is not PlanState.PAST_DUE
        assert not story.defaulted_while


@given(story=stories(), acts=st.lists(ACTS, max_size=40))
def test_no_change_of_a_plan_makes_anything_due_today(story: Story, acts: list[Act]) -> None:
    """Only days that pass and money that comes back do."""
    for act in acts:
        due = story.progress.due_cents(story.today)
        do(story, act)
        assert act.name in {"wait", "return"} or story.progress.due_cents(story.today) <= due


@given(story=stories(), acts=st.lists(ACTS, max_size=60))
def test_no_more_is_skipped_in_any_12_months_than_the_policy_allows(
    story: Story, acts: list[Act]
) -> None:
    for act in acts:
        do(story, act)
    for day in story.skipped_on:
        later = [one for one in story.skipped_on if day <= one < add_months(day, 12)]
        assert len(later) <= story.policy.skips_per_year


@given(story=stories(), acts=st.lists(ACTS, max_size=40))
def test_four_installments_become_five_by_a_new_agreement_only(
    story: Story, acts: list[Act]
) -> None:
    for act in acts:
        before = story.version.agreed_count
        do(story, act)
        count = counted(story.version.installments)
        if count > WITHOUT_DISCLOSURE and count > before:
            assert act.name in {"add_longer", "add_higher", "new_terms"}


@given(
    story=stories(),
    acts=st.lists(ACTS, max_size=40),
    young=st.booleans(),
    disputed=st.booleans(),
)
def test_nothing_on_a_live_plan_goes_to_an_agency(
    story: Story,
    acts: list[Act],
    young: bool,  # noqa: FBT001 — hypothesis hands it in by name
    disputed: bool,  # noqa: FBT001 — as above
) -> None:
    for act in acts:
        do(story, act)
    facts = AgencyFacts(
        plan_states=frozenset({story.state}),
        first_statement_on=story.today - timedelta(days=10 if young else 400),
        is_undelivered=False,
        is_disputed=disputed,
        is_assistance_pending=False,
        is_insurance_pending=False,
        has_account_hold=False,
    )
    refusals = agency_refusals(facts, policy=story.policy, today=story.today)
    reasons = {one.reason for one in refusals}
    assert (AgencyReason.LIVE_PLAN in reasons) is (story.state in LIVE)
    assert (AgencyReason.TOO_YOUNG in reasons) is young
    assert (AgencyReason.DISPUTED in reasons) is disputed


@pytest.mark.parametrize("name", ["shorten", "lower", "pay"])
@given(story=stories(), part=st.integers(1, 100), days=st.integers(0, 200))
def test_a_payment_that_comes_back_leaves_as_much_to_pay_as_before_it(
    name: str, story: Story, part: int, days: int
) -> None:
    story.wait(days)
    if story.state not in LIVE:
        return
    left, paid = story.progress.left_cents, story.paid_cents
    do(story, Act(name, 0, part))
    story.take_back(story.paid_cents - paid)
    assert story.progress.left_cents == left
    check_rows(story)
