"""The first words of home and of statements are true, whatever else there is."""

from collections.abc import Mapping

import pytest

from portal.db import new_id
from portal.domain.charge_schedule import ScheduledOrigin
from portal.domain.journal import Target
from portal.domain.statement import PendingReason
from portal.home.queries import HomeState
from portal.home.since import SinceIssue
from portal.ledger.models import Commitment
from portal.statements.overview import statements_page
from tests.home.charged_by_itself import plan_charge
from tests.home.conftest import Enter
from tests.home.lives import X_RAY, Life
from tests.plans.standing_plans import make_plan
from tests.statements.builders import COPAY
from tests.statements.conftest import NOW, TODAY, Family

MATEO = ("8", "2", "2016")


@pytest.mark.parametrize(
    ("held", "why", "words"),
    [
        ("disputed", PendingReason.DISPUTED, "We are looking at this visit."),
        ("other_insurance", PendingReason.ANSWER_NEEDED, "needs an answer from you."),
        ("secondary_denied", PendingReason.REFUSED, "has not paid for this visit."),
        ("qualified_medicare_beneficiary", PendingReason.PROTECTED, "The law protects you"),
        ("crossover", PendingReason.NEXT_PLAN, "is still deciding."),
    ],
)
def test_home_says_whose_turn_it_is(
    life: Life, enter: Enter, held: str, why: PendingReason, words: str
) -> None:
    made = life.bill(held=held)
    paid = life.bill(claim_number="C-1002")
    (statement_id,) = life.issue().statement_ids
    life.pay_in(puts=[(paid.target(), 4_000)], on=TODAY, at=NOW)
    page = life.account.home()
    assert page.state is HomeState.DECIDING
    assert page.urgent is not None
    assert (page.urgent.claim_id, page.urgent.visit.why) == (made.claim_id, why)
    home = enter(statement_id).get("/home").text
    assert words in home
    assert "you do not need to do anything" not in home.lower()


def test_what_the_patient_has_to_answer_is_told_before_what_insurance_decides(life: Life) -> None:
    life.bill(held="crossover")
    asked = life.bill(claim_number="C-1002", held="patient_information")
    life.bill(claim_number="C-1003", held="disputed")
    page = life.account.home()
    assert page.urgent is not None
    assert page.urgent.claim_id == asked.claim_id


def test_a_statement_in_dispute_says_that_we_look_at_it(life: Life, enter: Enter) -> None:
    made = life.bill()
    life.lines.append(made.target())
    (statement_id,) = life.issue().statement_ids
    life.dispute()
    (row,) = statements_page(
        life.account.database, life.account.principal, now=NOW, request_id="test"
    ).statements
    assert row.row.waits_for is PendingReason.DISPUTED
    shown = enter(statement_id).get(f"/statements/{statement_id}").text
    assert "We are looking at this visit." in shown
    assert "deciding" not in shown
    assert 'href="/help/cases"' in shown


def coming(life: Life, cents: int) -> None:
    with life.job() as session:
        session.add(
            Commitment(
                practice_id=life.account.practice_id,
                commitment_id=new_id(),
                guarantor_id=life.account.guarantor_id,
                subject_id=new_id(),
                plan_id=None,
                amount_cents=cents,
                made_at=NOW,
                ended_at=None,
            )
        )


def test_what_is_on_its_way_for_nothing_due_is_no_headline(life: Life, enter: Enter) -> None:
    """A debit was started, and then insurance paid the visit."""
    made = life.bill()
    (statement_id,) = life.issue().statement_ids
    coming(life, 4_000)
    assert life.account.home().state is HomeState.ON_ITS_WAY
    life.pay_in(puts=[(made.target(), 4_000)], on=TODAY, at=NOW)
    page = life.account.home()
    assert (page.state, page.on_the_way_cents, page.beside_cents) == (HomeState.PAID, 0, 4_000)
    home = enter(statement_id).get("/home").text
    assert "On its way from your bank" not in home
    assert "It is more than you owe now." in home


def test_a_plan_does_not_cover_what_comes_next(life: Life, enter: Enter) -> None:
    made = life.bill(lines=(X_RAY,))
    (statement_id,) = life.issue().statement_ids
    lines: Mapping[Target, int] = {made.target(): 8_400}
    make_plan(life.account.database, life.account.practice_id, life.account.guarantor_id, lines)
    visitor = enter(statement_id)
    assert "Your payment plan covers all that is left." in visitor.get("/home").text
    life.bill(claim_number="C-1002")
    home = visitor.get("/home").text
    assert life.account.home().state is HomeState.ON_PLAN
    assert "covers all that is left" not in home
    assert "There is nothing else to pay now." in home
    assert "more comes with your next statement" in home


def test_a_share_for_the_next_statement_is_not_said_to_be_paid(life: Life) -> None:
    life.bill()
    assert life.account.home().state is HomeState.TO_COME


def test_home_gives_each_reason_its_own_name_and_they_add_up(life: Life) -> None:
    account = life.account
    kept, covered, disputed = (
        life.bill(claim_number=f"C-{number}", lines=(X_RAY,)) for number in range(3)
    )
    life.statement()
    lines = {covered.target(): 8_400}
    make_plan(account.database, account.practice_id, account.guarantor_id, lines)
    life.pay_in(puts=[(kept.target(), 1_400)], on=life.now.date(), at=life.now)
    life.lines = [disputed.target()]
    life.dispute()
    page = account.home(now=life.now)
    assert page.since == SinceIssue(
        asked_cents=25_200, on_plan_cents=8_400, paused_cents=8_400, settled_cents=1_400
    )
    assert page.open_cents == 7_000


def test_the_list_names_what_is_owed_now_and_what_each_asked_for(life: Life, enter: Enter) -> None:
    made = life.bill(lines=(*COPAY, X_RAY))
    (statement_id,) = life.issue().statement_ids
    life.pay_in(puts=[(made.target(), 4_000)], on=TODAY, at=NOW)
    listed = enter(statement_id).get("/statements").text
    assert "$84.00" in listed
    assert "It asked for" in listed
    assert "$124.00" in listed
    coming(life, 8_400)
    page = statements_page(
        life.account.database, life.account.principal, now=NOW, request_id="test"
    )
    assert not any(one.asks_now for one in page.statements)


def test_the_newest_names_the_statement_its_other_amounts_are_from(
    life: Life, enter: Enter
) -> None:
    held = life.bill()
    life.statement()
    life.lines = [held.target()]
    life.dispute()
    life.bill(claim_number="C-1002", lines=(X_RAY,), posted_on=life.now.date())
    life.statement()
    life.dispute_ends()
    first, second = life.statements
    shown = enter(second).get(f"/statements/{second}").text
    assert "From your statement of" in shown
    assert f'href="/statements/{first}"' in shown
    assert "Changed by your insurance or by us" not in shown
    older = enter(first).get(f"/statements/{first}").text
    assert "You owe now" in older
    assert "$124.00" in older
    assert f'href="/statements/{second}"' in older
    assert f"/statements/{first}/pay" not in older


def test_who_opens_one_statement_of_another_person_is_asked_for_it_alone(
    life: Life, family: Family, enter: Enter
) -> None:
    """Mateo's date of birth opens a link: Ana's visit on the other statement is none of his."""
    life.bill(patient_id=family.mateo_id)
    life.statement()
    life.bill(claim_number="C-1002", lines=(X_RAY,), posted_on=life.now.date())
    life.statement()
    first, second = life.statements
    visitor = enter(first, born=MATEO)
    shown = visitor.get(f"/statements/{first}").text
    assert "$40.00" in shown
    assert "$124.00" not in shown
    assert "Ask them for it, or pay here what is left of this one" in shown
    paying = visitor.get(f"/statements/{first}/pay").text
    assert "$40.00" in paying
    assert "$124.00" not in paying
    assert visitor.get(f"/statements/{second}").status == 404


def test_autopay_is_not_said_to_cover_what_it_does_not(life: Life, enter: Enter) -> None:
    """One visit was held when the newest was issued, and only an older one asked for it."""
    held = life.bill()
    life.statement()
    life.lines = [held.target()]
    life.dispute()
    life.bill(claim_number="C-1002", lines=(X_RAY,), posted_on=life.now.date())
    life.statement()
    life.dispute_ends()
    newest = life.statements[-1]
    with life.job() as session:
        plan_charge(session, life.account.guarantor_id, newest, cents=8_400, now=life.now)
    visitor = enter(newest)
    for page in ("/home", f"/statements/{newest}"):
        shown = visitor.get(page).text
        assert "Autopay will charge" in shown
        assert "That leaves" in shown
        assert "$40.00" in shown
        assert "do not need to do anything" not in shown


def test_what_was_planned_on_an_older_statement_is_told_on_the_newest(
    life: Life, enter: Enter
) -> None:
    life.bill()
    life.statement()
    first, later = life.statements[0], ScheduledOrigin.PAY_LATER
    guarantor_id = life.account.guarantor_id
    with life.job() as session:
        plan_charge(session, guarantor_id, first, cents=4_000, now=life.now, origin=later)
    life.bill(claim_number="C-1002", lines=(X_RAY,), posted_on=life.now.date())
    life.statement()
    visitor = enter(life.statements[-1])
    for page in ("/home", *(f"/statements/{one}" for one in life.statements)):
        shown = visitor.get(page).text
        assert "You planned" in shown
        assert "$84.00" in shown
        assert "do not need to do anything" not in shown


def test_what_was_paid_by_hand_is_not_announced_again(life: Life, enter: Enter) -> None:
    made = life.bill()
    life.statement()
    (newest,) = life.statements
    with life.job() as session:
        plan_charge(session, life.account.guarantor_id, newest, cents=4_000, now=life.now)
    life.pay_in(puts=[(made.target(), 1_500)], on=life.now.date(), at=life.now)
    shown = enter(newest).get("/home").text
    assert 'Autopay will charge <data value="25.00">' in shown
    assert "You do not need to do anything." in shown
