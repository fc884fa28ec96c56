"""Help with paying: what is asked meanwhile, who decides, and what the books say after it."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.auth.roles import Role
from portal.cases.assistance.granting import help_new_bills
from portal.cases.assistance.models import AssistanceApplication
from portal.cases.models import Case
from portal.collections.agency.candidates import candidates
from portal.db import Database
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.plans.agency import AgencyReason
from portal.jobs.ledger_check import check_ledger
from portal.ledger.models import LedgerPost
from portal.ledger.queries import account_sums, receivable_cents, unapplied_credit_cents
from portal.payments.settlement import account_details
from portal.practice.models import Task
from portal.statements.service import issue_statements
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock
from tests.cases.people import Family, at_home, at_work, case_at, held, made_family, told, upload
from tests.cases.people import a_picture as picture
from tests.statements.builders import make_adjudicated_claim, pay

POOR = {"people": "2", "income": "1,500", "period": "month"}
MIDDLE = {"people": "1", "income": "40,000", "period": "year"}


def applied(ana: Browser, household: dict[str, str] = POOR) -> str:
    """Ana applies; the address of her case."""
    files = ana.send("/help/assistance/apply", household).location
    assert upload(ana, files, picture(size=(30, 30))).status == 303
    check = files.replace("/files", "/application/check")
    assert ana.send(check, {}).status == 422  # nothing is ticked for her
    return ana.send(check, {"agreed": "y"}).location


def decide(visitor: Browser, case: str, act: str, **fields: str) -> int:
    page = f"/cases/{case_at(case)}/assistance"
    return visitor.send(page, fields, to=f"{page}/{act}").status


def owed(database: Database, family: Family) -> tuple[int, int]:
    """What is open, and what is credit."""
    with database.transaction(family.job) as session:
        return (
            receivable_cents(session, family.guarantor_id),
            unapplied_credit_cents(session, family.guarantor_id),
        )


def trouble(database: Database) -> frozenset[str]:
    """What the books' checks find; rows made by tests alone are not all that they ask for."""
    return frozenset(finding.message for _, finding in check_ledger(database).findings)


def new_visit(database: Database, family: Family, *, service_on: date, number: str) -> None:
    make_adjudicated_claim(
        database,
        family.practice_id,
        guarantor_id=family.guarantor_id,
        patient_id=family.patient_id,
        claim_number=number,
        service_on=service_on,
        posted_on=service_on + timedelta(days=10),
    )


@pytest.mark.parametrize(
    ("household", "says"),
    [
        (POOR, "You may get all of it taken off"),
        (MIDDLE, "You may get 50 percent taken off"),
        ({**MIDDLE, "income": "90,000"}, "Probably not, but you can still ask"),
    ],
)
def test_a_look_says_what_may_come_of_it_and_keeps_nothing(
    database: Database, family: Family, ana: Browser, household: dict[str, str], says: str
) -> None:
    answer = ana.send("/help/assistance", household)
    assert says in answer.text
    with database.transaction(family.job) as session:
        cases = select(Case.case_id).where(Case.practice_id == family.practice_id)
        assert session.scalars(cases).all() == []
    assert held(database, family) == {}


def test_while_it_is_decided_nothing_is_asked_and_no_agency_gets_it(
    database: Database, family: Family, ana: Browser, clock: Clock
) -> None:
    applied(ana)
    assert held(database, family) == {None: "assistance_pending"}
    clock.advance(days=200)
    report = issue_statements(
        database, family.practice_id, as_of=clock.now.date(), now=clock.now, dry_run=False
    )
    assert report.issued == 0
    with database.transaction(family.job) as session:
        found = candidates(session, today=clock.now.date())
    assert found
    for visit in found:
        assert AgencyReason.ASSISTANCE_PENDING in {one.reason for one in visit.refusals}


def test_a_disputed_visit_goes_to_no_agency(
    database: Database, family: Family, ana: Browser, clock: Clock
) -> None:
    clock.advance(days=200)
    with database.transaction(family.job) as session:
        before = candidates(session, today=clock.now.date())
    assert family.visit.claim_id in {one.claim_id for one in before}
    clock.advance(days=-200)
    told(ana, family, "not_mine", why="never_there")
    clock.advance(days=200)
    with database.transaction(family.job) as session:
        after = candidates(session, today=clock.now.date())
    assert {one.claim_id for one in after} == {family.test.claim_id}


def test_all_of_it_is_off_the_books_and_the_practice_is_told(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    before = trouble(database)
    case = applied(ana)
    (member,) = at_work(app, database, family.practice_id, clock, Role.COLLECTIONS)
    page = member.get(f"/cases/{case_at(case)}/assistance").text
    assert "$100.00" in page
    assert decide(member, case, "grant", off_percent="100", words="Gladly.") == 303
    assert owed(database, family) == (0, 0)
    assert held(database, family) == {}
    decision = ana.get(f"{case}/application").text
    for words in (
        "All of it is taken off",
        "We took",
        "Gladly.",
        "when their bill comes",
    ):
        assert words in decision
    with database.transaction(family.job) as session:
        told_of = session.scalars(
            select(LedgerPost.kind).where(LedgerPost.practice_id == family.practice_id)
        ).all()
        assert account_sums(session)[LedgerAccount.CHARITY_CARE] == 10_000
    assert BusinessEvent.ASSISTANCE_GRANTED.value in told_of
    assert trouble(database) <= before


def test_what_was_paid_beyond_it_is_a_credit_that_staff_decide(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    pay(
        database,
        family.practice_id,
        guarantor_id=family.guarantor_id,
        puts=[(family.visit.target(), 4_000), (family.test.target(), 1_000)],
        on=date(2026, 3, 9),
        at=NOW,
    )
    before = trouble(database)
    case = applied(ana, MIDDLE)
    (member,) = at_work(app, database, family.practice_id, clock, Role.MANAGER)
    assert decide(member, case, "grant", off_percent="50") == 303
    # 40.00 and 60.00 become 20.00 and 30.00; 40.00 and 10.00 were paid.
    assert owed(database, family) == (2_000, 2_000)
    with database.transaction(family.job) as session:
        task = session.scalars(
            select(Task.done_at).where(
                Task.practice_id == family.practice_id,
                Task.kind == "unapplied_credit",
                Task.subject_id == family.guarantor_id,
            )
        ).one()
    assert task is None
    assert trouble(database) <= before


def test_new_bills_get_it_too_while_it_is_good_and_once(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    case = applied(ana)
    (member,) = at_work(app, database, family.practice_id, clock, Role.COLLECTIONS)
    decide(member, case, "grant", off_percent="100")
    new_visit(database, family, service_on=date(2026, 4, 2), number="NEW-1")
    new_visit(database, family, service_on=date(2025, 1, 2), number="TOO-OLD")
    assert owed(database, family) == (8_000, 0)

    def run() -> int:
        return help_new_bills(database, family.practice_id, details=account_details, now=clock.now)

    before = trouble(database)
    clock.advance(days=60)
    assert [run(), run()] == [4_000, 0]
    assert owed(database, family) == (4_000, 0)
    assert trouble(database) <= before
    new_visit(database, family, service_on=date(2026, 10, 9), number="TOO-LATE")
    clock.advance(days=200)
    assert run() == 0


def test_a_held_visit_gets_it_when_it_is_released(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    dispute = told(ana, family, "not_mine", why="unsure")
    case = applied(ana)
    (member,) = at_work(app, database, family.practice_id, clock, Role.COLLECTIONS)
    decide(member, case, "grant", off_percent="100")
    assert owed(database, family) == (0, 0)
    ana.send(dispute, {}, to=f"{dispute}/withdraw")
    assert owed(database, family) == (4_000, 0)
    given = help_new_bills(database, family.practice_id, details=account_details, now=clock.now)
    assert (given, owed(database, family)) == (4_000, (0, 0))


def test_above_the_limit_a_second_person_agrees_and_only_a_manager(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    boss, other, clerk = at_work(
        app, database, family.practice_id, clock, Role.MANAGER, Role.MANAGER, Role.COLLECTIONS
    )
    rules = {
        "up_to_1": "200",
        "off_1": "100",
        "good_for_months": "3",
        "reaches_back_days": "365",
        "alone": "50",
    }
    assert (
        boss.send("/cases/assistance-rules", {**rules, "up_to_2": "100", "off_2": "90"}).status
        == 422
    )
    assert boss.send("/cases/assistance-rules", rules).status == 303
    case = applied(ana)
    assert decide(boss, case, "grant", off_percent="100") == 303
    assert owed(database, family) == (10_000, 0)
    assert held(database, family) == {None: "assistance_pending"}
    page = f"/cases/{case_at(case)}/assistance"
    token = boss.get(page).csrf_token
    boss.client.post(f"{page}/agree", data={"csrf_token": token})  # who proposed it
    token = clerk.get(page).csrf_token
    assert clerk.client.post(f"{page}/agree", data={"csrf_token": token}).status_code == 404
    assert owed(database, family) == (10_000, 0)
    assert decide(other, case, "send-back") == 303
    assert decide(clerk, case, "grant", off_percent="100") == 303
    assert decide(other, case, "agree") == 303
    assert owed(database, family) == (0, 0)


def test_a_denial_says_why_and_ends_the_hold(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    case = applied(ana, MIDDLE)
    (member,) = at_work(app, database, family.practice_id, clock, Role.COLLECTIONS)
    assert decide(member, case, "deny", words="") == 422
    assert decide(member, case, "deny", words="Your papers are of 2019.") == 303
    page = ana.get(f"{case}/application").text
    assert "Your papers are of 2019." in page
    assert "Apply again" in page
    assert held(database, family) == {}
    assert owed(database, family) == (10_000, 0)


def test_one_application_at_a_time_and_it_can_be_taken_back(
    database: Database, family: Family, ana: Browser
) -> None:
    case = applied(ana)
    again = ana.send("/help/assistance/apply", POOR)
    assert again.location == f"{case}/application"
    ana.send(f"{case}/application", {}, to=f"{case}/application/withdraw")
    assert held(database, family) == {}
    assert ana.send("/help/assistance/apply", POOR).location.endswith("/files")


def test_what_somebody_earns_is_nobody_elses_business(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    case = applied(ana)
    rosa = at_home(app, database, made_family(database, family.practice_id, account_number="B"))
    mateo = at_home(app, database, family, who="mateo")
    for stranger in (rosa, mateo):
        assert stranger.get(case).status == 404
        assert stranger.get(f"{case}/application").status in {403, 404}
    poster, clerk = at_work(app, database, family.practice_id, clock, Role.POSTER, Role.FRONT_DESK)
    assert poster.get(f"/cases/{case_at(case)}").status == 404
    assert clerk.get(f"/cases/{case_at(case)}/assistance").status == 404
    with database.transaction(family.job) as session:
        one = session.scalars(
            select(AssistanceApplication).where(
                AssistanceApplication.practice_id == family.practice_id
            )
        ).one()
    assert (one.people, one.income_cents, one.percent_of_guideline) == (2, 150_000, 83)
