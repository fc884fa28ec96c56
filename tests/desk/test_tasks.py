"""The list of what waits for somebody: who sees it, whom it is about, and ticking one off."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.auth.roles import Role
from portal.auth.staff import NewStaff
from portal.db import Database, Principal, new_id, practice_of
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
