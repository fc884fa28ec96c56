"""Help with paying, decided: by how many, for which visits, and one application at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from time import monotonic
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal.auth.roles import Role
from portal.cases.assistance.applying import AlreadyAppliedError, send_application
from portal.cases.assistance.granting import help_new_bills
from portal.cases.assistance.models import AssistanceApplication
from portal.cases.assistance.policies import set_policy
from portal.cases.holding import lock_account
from portal.cases.models import CaseEvent
from portal.cases.service import Ports, withdraw
from portal.cases.store import Moment
from portal.db import Database, Principal
from portal.domain.assistance import AssistancePolicy
from portal.payments.settlement import account_details
from portal.practice.models import Task
from tests.auth.running import Browser, Clock
from tests.cases.people import HOLDS, Family, at_work, case_at, held, told
from tests.cases.test_assistance import POOR, applied, decide, new_visit, owed, trouble

PATIENCE = 10.0
"""Seconds for two threads to come to a lock."""


def a_limit(database: Database, family: Family, cents: int, *, now: Clock) -> None:
    clerk = Principal.staff(family.practice_id, staff_id=uuid4(), role="manager")
    policy = AssistancePolicy(alone_up_to_cents=cents)
    set_policy(database, clerk, policy, at=Moment(now(), "test"))


def payer(family: Family) -> Principal:
    """Ana, signed in."""
    account_id = uuid4()
    return Principal.patient(
        family.practice_id, guarantor_id=family.guarantor_id, actor_id=account_id
    )


def state_of(database: Database, family: Family) -> list[str]:
    with database.transaction(family.job) as session:
        states = select(AssistanceApplication.state).where(
            AssistanceApplication.practice_id == family.practice_id
        )
        return list(session.scalars(states))


def second_asked_for(database: Database, family: Family) -> bool:
    with database.transaction(family.job) as session:
        task = select(Task.task_id).where(
            Task.practice_id == family.practice_id,
            Task.kind == "assistance_second",
            Task.done_at.is_(None),
        )
        return session.scalar(task) is not None


def run(database: Database, family: Family, clock: Clock) -> int:
    return help_new_bills(database, family.practice_id, details=account_details, now=clock())


def test_what_is_held_today_counts_for_the_second_persons_limit(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    a_limit(database, family, 1_000, now=clock)
    told(ana, family, "wrong_amount", words="It was 20.")
    page = f"/help/wrong_amount?visit={family.test.claim_id}"
    fields = {"visits": str(family.test.claim_id), "words": "So was this."}
    draft = "/".join(ana.send(page, fields).location.split("/")[:4])
    ana.send(f"{draft}/check", {})
    case = applied(ana)
    (member,) = at_work(app, database, family.practice_id, clock, Role.COLLECTIONS)
    assert decide(member, case, "grant", off_percent="100") == 303
    assert state_of(database, family) == ["proposed"]


def test_the_job_gives_alone_no_more_than_one_may_and_asks_a_second_person(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    a_limit(database, family, 12_000, now=clock)
    case = applied(ana)
    boss, member = at_work(app, database, family.practice_id, clock, Role.MANAGER, Role.COLLECTIONS)
    assert decide(member, case, "grant", off_percent="100") == 303
    assert state_of(database, family) == ["granted"]
    new_visit(database, family, service_on=date(2026, 4, 2), number="NEW-1")
    assert (run(database, family, clock), owed(database, family)) == (0, (4_000, 0))
    assert second_asked_for(database, family)
    page = f"/cases/{case_at(case)}/assistance"
    assert "I agree" not in member.get(page).text
    assert decide(boss, case, "agree") == 303
    assert owed(database, family) == (0, 0)
    assert not second_asked_for(database, family)
    new_visit(database, family, service_on=date(2026, 4, 9), number="NEW-2")
    before = trouble(database)
    assert run(database, family, clock) == 4_000  # two have agreed
    assert trouble(database) <= before


def test_a_manager_says_no_more_and_what_was_given_stays(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    a_limit(database, family, 12_000, now=clock)
    case = applied(ana)
    boss, member = at_work(app, database, family.practice_id, clock, Role.MANAGER, Role.COLLECTIONS)
    decide(member, case, "grant", off_percent="100")
    assert "You do not need to do anything for those" in ana.get(f"{case}/application").text
    new_visit(database, family, service_on=date(2026, 4, 2), number="NEW-1")
    run(database, family, clock)
    waiting = ana.get(f"{case}/application").text
    assert "a second person has to agree" in waiting
    assert "You do not need to do anything for those" not in waiting
    page = f"/cases/{case_at(case)}/assistance"
    assert "No more for later bills" not in member.get(page).text
    token = member.get("/cases").csrf_token
    data = {"csrf_token": token, "words": "No."}
    assert member.client.post(f"{page}/stop", data=data).status_code == 404
    assert decide(boss, case, "stop", words="") == 422
    assert decide(boss, case, "stop", words="Your income is higher now.") == 303
    assert (state_of(database, family), owed(database, family)) == (["stopped"], (4_000, 0))
    assert not second_asked_for(database, family)
    assert decide(boss, case, "agree") == 303
    assert run(database, family, clock) == 0
    assert not second_asked_for(database, family)
    assert owed(database, family) == (4_000, 0)
    ended = ana.get(f"{case}/application").text
    for words in ("We took", "$100.00", "That stays as it is", "Your income is higher now."):
        assert words in ended
    with database.transaction(family.job) as session:
        one = session.scalars(
            select(AssistanceApplication).where(
                AssistanceApplication.practice_id == family.practice_id
            )
        ).one()
        event = session.scalars(
            select(CaseEvent).where(
                CaseEvent.practice_id == family.practice_id, CaseEvent.detail == "no more"
            )
        ).one()
    assert one.stopped_by is not None
    assert one.stopped_at == event.occurred_at
    assert one.agreed_by is None


def test_nobody_agrees_to_what_waits_for_nobody(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    a_limit(database, family, 12_000, now=clock)
    case = applied(ana)
    boss, member = at_work(app, database, family.practice_id, clock, Role.MANAGER, Role.COLLECTIONS)
    decide(member, case, "grant", off_percent="100")
    for act in ("agree", "stop"):
        assert decide(boss, case, act, words="Too early.") == 303
    assert state_of(database, family) == ["granted"]
    new_visit(database, family, service_on=date(2026, 4, 2), number="NEW-1")
    assert run(database, family, clock) == 0  # nobody has agreed before there was anything
    assert second_asked_for(database, family)


def test_whoever_granted_it_is_not_the_second_person(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    a_limit(database, family, 12_000, now=clock)
    case = applied(ana)
    (boss,) = at_work(app, database, family.practice_id, clock, Role.MANAGER)
    decide(boss, case, "grant", off_percent="100")
    new_visit(database, family, service_on=date(2026, 4, 2), number="NEW-1")
    run(database, family, clock)
    page = f"/cases/{case_at(case)}/assistance"
    token = boss.get("/cases").csrf_token
    boss.client.post(f"{page}/agree", data={"csrf_token": token})
    assert owed(database, family) == (4_000, 0)


@pytest.mark.parametrize(("days", "given"), [(190, 4_000), (700, 4_000), (1_000, 0)])
def test_a_visit_in_the_covered_time_gets_it_however_late_its_bill_comes(
    *,
    database: Database,
    family: Family,
    ana: Browser,
    app: Flask,
    clock: Clock,
    days: int,
    given: int,
) -> None:
    dispute = told(ana, family, "wrong_amount", words="It was 20.")
    case = applied(ana)
    (member,) = at_work(app, database, family.practice_id, clock, Role.COLLECTIONS)
    decide(member, case, "grant", off_percent="100")
    clock.advance(days=days)
    ports = Ports(lambda _session, _statement_id: None, HOLDS)
    at = Moment(clock(), "test")
    withdraw(database, payer(family), case_at(dispute), ports=ports, at=at)
    assert owed(database, family) == (4_000, 0)
    assert run(database, family, clock) == given


def test_of_two_drafts_sent_at_once_one_is_an_application(
    database: Database, family: Family, ana: Browser, clock: Clock
) -> None:
    drafts = [
        UUID(ana.send("/help/assistance/apply", POOR).location.split("/")[3]) for _ in range(2)
    ]

    def send(case_id: UUID) -> str:
        try:
            send_application(database, payer(family), case_id, at=Moment(clock(), "test"))
        except AlreadyAppliedError:
            return "refused"
        return "sent"

    with ThreadPoolExecutor(2) as both, database.transaction(family.job) as session:
        lock_account(session, family.guarantor_id)  # both of them wait here
        answers = [both.submit(send, case_id) for case_id in drafts]
        until = monotonic() + PATIENCE
        while (waiting := _waiting(database)) < len(drafts) and monotonic() < until:
            pass
        session.commit()
        assert waiting == len(drafts)
        assert sorted(answer.result() for answer in answers) == ["refused", "sent"]
    assert state_of(database, family) == ["asked"]
    assert held(database, family) == {None: "assistance_pending"}


def _waiting(database: Database) -> int:
    """How many wait for a lock of somebody else's."""
    with database.local_transaction() as session:
        found = session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        return int(found or 0)


def test_a_proposal_is_denied_by_the_second_person_and_taken_back_by_the_first(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    a_limit(database, family, 1_000, now=clock)
    case = applied(ana)
    boss, member = at_work(app, database, family.practice_id, clock, Role.MANAGER, Role.COLLECTIONS)
    decide(member, case, "grant", off_percent="100")
    page = member.get(f"/cases/{case_at(case)}/assistance").text
    assert "Deny it" not in page
    token = member.get("/cases").csrf_token
    data = {"csrf_token": token, "words": "No."}
    member.client.post(f"/cases/{case_at(case)}/assistance/deny", data=data)
    assert state_of(database, family) == ["proposed"]
    assert decide(member, case, "send-back") == 303
    assert state_of(database, family) == ["asked"]
    decide(member, case, "grant", off_percent="100")
    assert decide(boss, case, "deny", words="Your papers are of 2019.") == 303
    assert state_of(database, family) == ["denied"]
    assert held(database, family) == {}
    assert "Your papers are of 2019." in ana.get(f"{case}/application").text
