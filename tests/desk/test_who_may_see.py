"""Staff put in what a patient said of who may see their visits, and where they are reached."""

from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.auth.roles import Role
from portal.auth.staff import NewStaff
from portal.db import Database
from portal.domain.visit_privacy import GroupedBecause
from portal.practice.models import Claim, Patient
from portal.practice.viewing import grouped_visits, payer_of
from portal.practice.viewing_acts import ReachedAt, reached_at
from portal.practice.viewing_models import PatientContact, ViewingGrant, VisitFlagChange
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock, Seen, browser
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.builders import make_practice
from tests.desk.conftest import Household, make_household
from tests.desk.test_desk_pages import audit, staff_of

TODAY = NOW.date()
ADULT = date(2001, 1, 2)


@pytest.fixture
def grown(database: Database, ana: Household) -> Household:
    """Ana's son, of age."""
    with database.transaction(staff_of(ana.practice_id)) as session:
        row = session.scalars(select(Patient).where(Patient.patient_id == ana.patient_id)).one()
        row.born_on = ADULT
    return ana


def why(database: Database, household: Household) -> GroupedBecause | None:
    """Why Ana sees only the sums of her son's visit; None: she sees it whole."""
    claim_id = household.claim.claim_id
    with database.transaction(staff_of(household.practice_id)) as session:
        payer = payer_of(session, household.guarantor_id, today=TODAY)
        return grouped_visits(session, [claim_id], payer).get(claim_id)


def page_of(household: Household) -> str:
    return f"/desk/people/{household.guarantor_id}/who-may-see"


def says(who: Browser, household: Household, said: str, way: str = "paper") -> Seen:
    fields = {"whose": str(household.patient_id), "said": said, "way": way}
    return who.send(page_of(household), fields)


def reach(who: Browser, household: Household, **where: str) -> Seen:
    to = f"/desk/people/{household.guarantor_id}/reached-at"
    fields = {"whose": str(household.patient_id), "note": "Asked by phone", **where}
    return who.send(page_of(household), fields, to=to)


def test_a_word_on_paper_or_by_phone_counts_at_once(
    database: Database, grown: Household, clerk: Browser, jo: NewStaff
) -> None:
    assert why(database, grown) is GroupedBecause.THEIR_CHOICE
    assert says(clerk, grown, "yes").status == 303
    assert why(database, grown) is None
    assert "Lets who pays see" in clerk.get(page_of(grown)).text
    assert says(clerk, grown, "no", way="phone").status == 303
    assert why(database, grown) is GroupedBecause.THEIR_CHOICE
    with database.transaction(staff_of(grown.practice_id)) as session:
        rows = session.scalars(select(ViewingGrant).order_by(ViewingGrant.grant_id)).all()
    assert [(row.is_granted, row.how) for row in rows] == [(True, "paper"), (False, "phone")]
    noted = {action for action, _ in audit(database, grown.practice_id, jo)}
    assert {"let_payer_see", "stop_payer_seeing", "view_who_may_see"} <= noted


def test_what_was_not_said_is_asked_for(grown: Household, clerk: Browser) -> None:
    seen = says(clerk, grown, "maybe", way="")
    assert seen.status == 422
    assert "Choose yes or no" in seen.text
    assert "Choose how they said it" in seen.text


def test_an_address_of_their_own_ends_an_earlier_yes_and_a_later_one_counts(
    database: Database, grown: Household, clerk: Browser
) -> None:
    """A spouse who said yes once, and moves out (45 CFR 164.522(b))."""
    says(clerk, grown, "yes", way="phone")
    assert reach(clerk, grown, email="mateo@example.com").status == 303
    assert why(database, grown) is GroupedBecause.KEPT_PRIVATE
    page = clerk.get(page_of(grown)).text
    assert "by asking to be reached elsewhere" in page
    assert "Lets who pays see" not in page
    says(clerk, grown, "yes", way="paper")
    reach(clerk, grown, email="mateo@example.org")  # only the address is another
    assert why(database, grown) is None
    says(clerk, grown, "no")
    assert reach(clerk, grown).status == 303
    assert why(database, grown) is GroupedBecause.THEIR_CHOICE


def test_an_address_of_their_own_keeps_it_all_private(
    database: Database, ana: Household, clerk: Browser
) -> None:
    assert why(database, ana) is None  # a child
    assert reach(clerk, ana, email="mateo@example.com").status == 303
    assert why(database, ana) is GroupedBecause.KEPT_PRIVATE
    with database.transaction(staff_of(ana.practice_id)) as session:
        assert reached_at(session, ana.patient_id) == ReachedAt("mateo@example.com")
    assert reach(clerk, ana).status == 303  # as before
    assert why(database, ana) is None
    with database.transaction(staff_of(ana.practice_id)) as session:
        kept = session.scalars(select(PatientContact.reason)).all()
    assert kept == ["Asked by phone", "Asked by phone"]


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ({"email": "mateo"}, "Enter an e-mail address"),
        ({"street": "9 Alder Court"}, "Enter the whole address"),
        ({"note": ""}, "Write a short note"),
    ],
)
def test_half_an_address_reaches_nobody(
    ana: Household, clerk: Browser, where: dict[str, str], problem: str
) -> None:
    seen = reach(clerk, ana, **where)
    assert seen.status == 422
    assert problem in seen.text


def test_another_accounts_patient_is_nobodys(
    database: Database, ana: Household, clerk: Browser
) -> None:
    assert why(database, ana) is None
    nobody = {"whose": str(UUID(int=5)), "said": "yes", "way": "paper"}
    assert clerk.send(page_of(ana), nobody).status == 404
    stranger = f"/desk/people/{UUID(int=5)}/who-may-see"
    assert clerk.get(stranger).status == 404


def test_the_mirror_is_whole_and_says_what_who_pays_does_not_see(
    grown: Household, clerk: Browser
) -> None:
    text = clerk.get(f"/desk/statements/{grown.statement_id}").text
    assert "Office visit" in text or "office visit" in text
    assert "Who pays does not see what it was for" in text
    assert "Do not read out what they were for" in text


def poster_of(app: Flask, database: Database, household: Household, clock: Clock) -> Browser:
    email = "poster@riverbend.example"
    member = hire(database, household.practice_id, email=email, role=Role.POSTER)
    visitor = browser(app)
    sign_in(visitor, member, clock, email=email)
    return visitor


def test_a_visit_is_kept_private_on_its_claim_with_a_reason(
    app: Flask, database: Database, ana: Household, clock: Clock
) -> None:
    poster = poster_of(app, database, ana, clock)
    page = f"/insurance/claims/{ana.claim.claim_id}/privacy"
    assert poster.send(page, {"sensitive": "y", "note": ""}).status == 422
    assert why(database, ana) is None
    assert poster.send(page, {"sensitive": "y", "note": "She asked."}).status == 303
    assert why(database, ana) is GroupedBecause.KEPT_PRIVATE
    assert "She asked." in poster.get(page).text
    assert poster.send(page, {"part2": "y", "note": "A Part 2 program."}).status == 303
    assert why(database, ana) is GroupedBecause.KEPT_PRIVATE
    assert poster.send(page, {"note": "She changed her mind."}).status == 303
    assert why(database, ana) is None
    with database.transaction(staff_of(ana.practice_id)) as session:
        changes = session.scalars(select(VisitFlagChange).order_by(VisitFlagChange.change_id)).all()
        claim = session.scalars(select(Claim).where(Claim.claim_id == ana.claim.claim_id)).one()
    assert [(one.is_sensitive, one.is_part2) for one in changes] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert (claim.is_sensitive, claim.is_part2) == (False, False)


def test_another_practices_claim_is_nobodys(
    app: Flask, database: Database, ana: Household, clock: Clock
) -> None:
    lakeside = make_household(
        database, make_practice(database, slug="lakeside", name="Lakeside Clinic")
    )
    poster = poster_of(app, database, ana, clock)
    assert poster.get(f"/insurance/claims/{lakeside.claim.claim_id}/privacy").status == 404
