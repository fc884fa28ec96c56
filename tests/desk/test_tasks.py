"""The list of what waits for somebody: who sees it, whom it is about, and ticking one off."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.auth.roles import Role
from portal.auth.staff import NewStaff
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.payment_postings import payment_suspended
from portal.ledger.journal import post
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.practice.decisions import Adjudication
from portal.practice.models import Task
from portal.practice.tasks import open_task
from tests.auth.billed import NOW
from tests.auth.running import Browser, Clock, browser
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.builders import make_practice
from tests.desk.conftest import Household
from tests.desk.test_desk_pages import audit


def ask(
    database: Database, practice_id: UUID, subject_id: UUID, *, kind: str, days_ago: int = 0
) -> UUID:
    """Open a task; its id."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        open_task(
            session,
            kind=kind,
            subject_id=subject_id,
            message=f"The words of {kind}.",
            now=NOW - timedelta(days=days_ago),
        )
        return session.scalars(
            select(Task.task_id).where(
                Task.practice_id == practice_of(session), Task.subject_id == subject_id
            )
        ).one()


def test_open_tasks_are_shown_newest_first_with_the_person_and_counted_on_every_page(
    clerk: Browser, database: Database, ana: Household, jo: NewStaff
) -> None:
    assert "Nothing waits for anybody" in clerk.get("/desk/tasks").text
    ask(database, ana.practice_id, ana.claim.claim_id, kind="reason_unknown", days_ago=3)
    ask(database, ana.practice_id, ana.guarantor_id, kind="message_bounced")
    ask(database, ana.practice_id, ana.practice_id, kind="of_another_version", days_ago=1)
    shown = clerk.get("/desk/tasks").text
    order = [
        shown.index(words)
        for words in ("An e-mail came back", "Something to look at", "no plain words yet")
    ]
    assert order == sorted(order)
    assert shown.count(f"/desk/people/{ana.guarantor_id}") == 2
    assert "Ana Reyes" in shown
    assert "3 days ago" in shown
    assert "The words of of_another_version." in shown
    assert "To do 3" in clerk.get("/desk").text
    assert ("view", "tasks") in audit(database, ana.practice_id, jo)


def pages(visitor: Browser) -> list[str]:
    """Every page of the list, from link to link."""
    shown = [visitor.get("/desk/tasks").text]
    while more := re.search(r'rel="next" href="([^"]+)"', shown[-1]):
        shown.append(visitor.get(unescape(more[1])).text)
    return shown


def test_every_task_is_on_some_page_and_those_with_a_date_to_keep_come_first(
    clerk: Browser, database: Database, ana: Household
) -> None:
    due = [
        ask(database, ana.practice_id, new_id(), kind=kind, days_ago=days)
        for kind, days in (("payer_paid_twice", 55), ("dispute", 6), ("payer_paid_twice", 1))
    ]
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        for number in range(247):
            open_task(
                session,
                kind="of_another_version",
                subject_id=new_id(),
                message=f"Thing {number}.",
                now=NOW - timedelta(days=number // 3),
            )
    shown = pages(clerk)
    tasks = [task for page in shown for task in re.findall(r"/desk/tasks/([0-9a-f-]{36})/", page)]
    assert [UUID(task) for task in tasks[:3]] == due
    assert len(set(tasks)) == len(tasks) == 250
    assert all("250 things wait" in page for page in shown)
    told = [int(number) for page in shown for number in re.findall(r"Thing (\d+)\.", page)]
    assert [number // 3 for number in told] == sorted(number // 3 for number in told)
    assert "Thing 246." in shown[-1]


def test_who_ticks_something_off_stays_on_its_page_while_there_is_one(
    clerk: Browser, database: Database, ana: Household
) -> None:
    for number in range(101):
        ask(database, ana.practice_id, new_id(), kind="of_another_version", days_ago=number)
    _, last = pages(clerk)
    (there,) = re.findall(r'action="([^"]+)/done\?after=([^"]+)"', last)
    done = clerk.send("/desk/tasks", {}, to=f"{there[0]}/done?after={there[1]}")
    assert done.location == f"/desk/tasks?after={there[1]}"
    assert "100 things wait" in clerk.get(done.location).text
    assert clerk.get("/desk/tasks?after=nonsense").status == 200
    assert clerk.get(f"/desk/tasks?after={new_id()}").status == 404


def test_a_task_that_says_nothing_new_keeps_its_age(
    clerk: Browser, database: Database, ana: Household
) -> None:
    for days_ago in (3, 0):
        ask(database, ana.practice_id, ana.guarantor_id, kind="dispute", days_ago=days_ago)
    assert "3 days ago" in clerk.get("/desk/tasks").text


def test_a_task_is_ticked_off_once_and_opens_again_when_it_happens_again(
    clerk: Browser, database: Database, ana: Household, jo: NewStaff
) -> None:
    task_id = ask(database, ana.practice_id, ana.guarantor_id, kind="message_bounced")
    for _ in range(2):
        done = clerk.send("/desk/tasks", {}, to=f"/desk/tasks/{task_id}/done")
        assert (done.status, done.location) == (303, "/desk/tasks")
    page = clerk.get("/desk/tasks").text
    assert "Ticked off." in page
    assert "Nothing waits for anybody" in page
    assert audit(database, ana.practice_id, jo).count(("finish", "task")) == 1
    ask(database, ana.practice_id, ana.guarantor_id, kind="message_bounced")
    assert "An e-mail came back" in clerk.get("/desk/tasks").text


def test_ticking_off_needs_the_forms_token_and_a_task_of_ones_own_practice(
    clerk: Browser, database: Database, practice_id: UUID
) -> None:
    elsewhere = make_practice(database, slug="elsewhere")
    theirs = ask(database, elsewhere, new_id(), kind="dispute")
    ours = ask(database, practice_id, new_id(), kind="dispute")
    assert clerk.client.post(f"/desk/tasks/{ours}/done").status_code == 400
    for task_id in (theirs, new_id()):
        assert clerk.send("/desk/tasks", {}, to=f"/desk/tasks/{task_id}/done").status == 404
    assert "To do 1" in clerk.get("/desk").text


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_the_tasks_and_only_the_desk_gets_links_to_people(
    *, app: Flask, database: Database, clock: Clock, ana: Household, role: Role
) -> None:
    ask(database, ana.practice_id, ana.guarantor_id, kind="message_bounced")
    staff = hire(database, ana.practice_id, email="sam@riverbend.example", role=role)
    visitor = browser(app)
    sign_in(visitor, staff, clock, email="sam@riverbend.example")
    shown = visitor.get("/desk/tasks")
    assert shown.status == 200
    assert "Ana Reyes" in shown.text
    assert (f"/desk/people/{ana.guarantor_id}" in shown.text) is (role is not Role.POSTER)


def test_nobody_else_sees_them(app: Flask) -> None:
    assert browser(app).get("/desk/tasks").location == "/staff/sign-in"


def test_a_task_is_told_in_the_readers_language_from_its_kind_and_its_subject(
    clerk: Browser, database: Database, ana: Household
) -> None:
    ask(database, ana.practice_id, ana.claim.claim_id, kind="reason_unknown")
    message_not_sent(database, ana, detail="no_email no_consent")
    clerk.client.set_cookie("language", "es")
    shown = clerk.get("/desk/tasks").text
    assert "Un correo electrónico no se envió" in shown
    assert "No tenemos su correo electrónico. Pídalo." in shown
    assert "No ha aceptado recibir estados de cuenta por correo electrónico." in shown
    assert "An e-mail did not go out" not in shown
    assert "Reclamo C-A-20411" in shown
    assert "The words of reason_unknown." in shown  # which code, is nowhere else
    assert '<p lang="en">The words of reason_unknown.' in shown


def test_a_task_about_a_decision_leads_posters_to_its_claim(
    app: Flask, database: Database, clock: Clock, ana: Household
) -> None:
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        decision_id = session.scalars(
            select(Adjudication.adjudication_id).where(
                Adjudication.practice_id == practice_of(session),
                Adjudication.claim_id == ana.claim.claim_id,
            )
        ).one()
    ask(database, ana.practice_id, decision_id, kind="payer_paid_twice")
    staff = hire(database, ana.practice_id, email="sam@riverbend.example", role=Role.POSTER)
    visitor = browser(app)
    sign_in(visitor, staff, clock, email="sam@riverbend.example")
    shown = visitor.get("/desk/tasks").text
    assert f"/insurance/claims/{ana.claim.claim_id}" in shown
    assert "Claim C-A-20411" in shown
    assert "Return it within 60 days" in shown
    assert "The words of payer_paid_twice." not in shown


@pytest.mark.parametrize(
    ("kind", "called", "todo", "noted"),
    [
        ("sent_claim_differs", "differs from what is on record", "Compare the two", True),
        ("sent_claim_quarantined", "was not recorded", "send it again", True),
        ("coverage_differs", "another plan than is on file", "End the old plan", False),
    ],
)
def test_a_task_about_a_sent_claim_says_what_to_do(
    *,
    clerk: Browser,
    database: Database,
    ana: Household,
    kind: str,
    called: str,
    todo: str,
    noted: bool,
) -> None:
    ask(database, ana.practice_id, new_id(), kind=kind)
    shown = clerk.get("/desk/tasks").text
    assert called in shown
    assert todo in shown
    assert (f"The words of {kind}." in shown) is noted


def test_a_task_about_money_in_suspense_tells_how_much_and_whose(
    clerk: Browser, database: Database, ana: Household
) -> None:
    stray = payment_suspended(
        "pi_1", amount_cents=1_234, guarantor_id=ana.guarantor_id, effective_on=NOW.date()
    )
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        entry_id = post(session, stray, now=NOW)
    ask(database, ana.practice_id, entry_id, kind="payment_suspended")
    shown = clerk.get("/desk/tasks").text
    assert 'Payment of <data value="12.34">$12.34</data>' in shown
    assert f"/desk/people/{ana.guarantor_id}" in shown


def message_not_sent(database: Database, ana: Household, *, detail: str) -> None:
    """A message to Ana that could not go out, and its task."""
    with database.transaction(Principal.job(ana.practice_id, role="test")) as session:
        session.add(
            Message(
                practice_id=ana.practice_id,
                message_id=new_id(),
                guarantor_id=ana.guarantor_id,
                channel="email",
                template="statement_link",
                subject_id=new_id(),
                state=MessageState.NOT_SENT.value,
                state_at=NOW,
                detail=detail,
                created_at=NOW,
            )
        )
    ask(database, ana.practice_id, ana.guarantor_id, kind="message_not_sent")
