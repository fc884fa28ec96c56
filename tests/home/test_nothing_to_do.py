"""Nobody is told that there is nothing to do while something of theirs waits for them."""

from collections.abc import Callable
from itertools import product

import pytest

from portal.db import new_id
from portal.domain.nothing_to_do import is_nothing_to_do
from portal.ledger.models import Commitment
from portal.statements.papers.headline import standing
from tests.home.charged_by_itself import plan_charge
from tests.home.conftest import Enter
from tests.home.lives import X_RAY, Life
from tests.home.one_amount import standing_pages
from tests.plans.standing_plans import make_plan
from tests.statements.builders import place_with_agency
from tests.statements.conftest import Family

NOTHING = "You do not need to do anything."
MATEO = ("8", "2", "2016")


@pytest.mark.parametrize("what", list(product([False, True], repeat=5)))
def test_nothing_is_to_do_only_where_nothing_waits(what: tuple[bool, ...]) -> None:
    to_pay, is_new, has_plan, is_placed, is_asked = what
    said = is_nothing_to_do(
        to_pay_cents=100 if to_pay else 0,
        new_cents=100 if is_new else 0,
        has_plan=has_plan,
        is_placed=is_placed,
        is_asked_something=is_asked,
    )
    assert said is not any(what)


def a_debit(life: Life) -> None:
    """All that the statement asks for is on its way."""
    with life.job() as session:
        session.add(
            Commitment(
                practice_id=life.account.practice_id,
                commitment_id=new_id(),
                guarantor_id=life.account.guarantor_id,
                subject_id=new_id(),
                plan_id=None,
                amount_cents=4_000,
                made_at=life.now,
                ended_at=None,
            )
        )


def a_charge(life: Life) -> None:
    with life.job() as session:
        (newest,) = life.statements
        plan_charge(session, life.account.guarantor_id, newest, cents=9_000, now=life.now)


def paid(life: Life) -> None:
    life.pay_in(puts=[(life.lines[0], 4_000)], on=life.now.date(), at=life.now)


def waits_for_the_patient(life: Life) -> None:
    life.bill(claim_number="C-2001", held="patient_information")


def is_new(life: Life) -> None:
    life.bill(claim_number="C-2001", lines=(X_RAY,), posted_on=life.now.date())


def is_on_a_plan(life: Life) -> None:
    made = life.bill(claim_number="C-2001", lines=(X_RAY,), posted_on=life.now.date())
    account, lines = life.account, {made.target(): 8_400}
    make_plan(account.database, account.practice_id, account.guarantor_id, lines)


def is_with_an_agency(life: Life) -> None:
    made = life.bill(claim_number="C-2001", lines=(X_RAY,), posted_on=life.now.date())
    account, lines = life.account, {made.target(): 8_400}
    place_with_agency(
        account.database,
        account.practice_id,
        lines,
        guarantor_id=account.guarantor_id,
        on=life.now.date(),
    )


@pytest.mark.parametrize("settled", [a_debit, a_charge, paid])
@pytest.mark.parametrize(
    "beside",
    [None, waits_for_the_patient, is_new, is_on_a_plan, is_with_an_agency],
)
def test_it_is_said_on_every_page_or_on_none(
    life: Life,
    enter: Enter,
    settled: Callable[[Life], None],
    beside: Callable[[Life], None] | None,
) -> None:
    life.lines.append(life.bill().target())
    life.statement()
    settled(life)
    if beside:
        beside(life)
    (newest,) = life.statements
    visitor = enter(newest)
    said = [NOTHING in visitor.get(where).text for where in ("/home", f"/statements/{newest}")]
    if settled is a_charge:
        (page,) = standing_pages(life.account, now=life.now)
        said.append(any(NOTHING in one for one in standing(page)))
    assert set(said) == {beside is None}


def test_who_sees_one_statement_alone_hears_of_its_visits_alone(
    life: Life, family: Family, enter: Enter
) -> None:
    """What waits for Ana is nothing that Mateo is told of."""
    life.lines.append(life.bill(patient_id=family.mateo_id).target())
    life.statement()
    paid(life)
    waits_for_the_patient(life)
    is_on_a_plan(life)
    (newest,) = life.statements
    where = f"/statements/{newest}"
    assert NOTHING in enter(newest, born=MATEO).get(where).text
    assert NOTHING not in enter(newest).get(where).text
