"""Somebody tells us that something is wrong: what is held, who sees it, how it ends."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from portal.auth.roles import Role
from portal.cases.clock import watch_clocks
from portal.cases.holding import keep_holds
from portal.cases.models import CaseEvent
from portal.cases.service import drop_old_drafts
from portal.db import Database
from portal.ledger.queries import open_shares
from portal.messages.models import Message
from portal.practice.models import Coverage, Task
from portal.remittances.claims.disputed import end_dispute
from portal.statements.queries import statement_due
from portal.statements.service import issue_statements
from tests.auth.running import Browser, Clock
from tests.cases.people import (
    HOLDS,
    Family,
    at_home,
    at_work,
    case_at,
    held,
    made_family,
    the_case,
    told,
)

ANSWERS = {
    "already_paid": {"how": "check", "amount": "40.00"},
    "wrong_insurance": {"payer_name": "Green Valley", "member_identifier": "GV 1"},
    "not_mine": {"why": "never_there"},
    "wrong_amount": {"words": "My copay is 20."},
}


def events(database: Database, family: Family, address: str) -> list[str]:
    with database.transaction(family.job) as session:
        return list(
            session.scalars(
                select(CaseEvent.state)
                .where(
                    CaseEvent.practice_id == family.practice_id,
                    CaseEvent.case_id == case_at(address),
                )
                .order_by(CaseEvent.event_id)
            )
        )


def open_cents(database: Database, family: Family) -> int:
    with database.transaction(family.job) as session:
        return sum(one.open_cents for one in open_shares(session, family.guarantor_id))


def mails(database: Database, family: Family) -> list[str]:
    with database.transaction(family.job) as session:
        rows = session.scalars(
            select(Message.template)
            .where(Message.practice_id == family.practice_id)
            .order_by(Message.message_id)
        )
        return list(rows)


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_is_wrong_holds_its_visit_alone_until_the_case_is_closed(
    *, database: Database, family: Family, ana: Browser, app: Flask, clock: Clock, kind: str
) -> None:
    case = told(ana, family, kind, **ANSWERS[kind])
    assert held(database, family) == {family.visit.claim_id: "disputed"}
    assert open_cents(database, family) == 6_000  # the other visit goes on
    page = ana.get(case)
    assert the_case(database, family, case).number in page.text
    assert "The visit is paused" in page.text
    (manager,) = at_work(app, database, family.practice_id, clock, Role.MANAGER)
    desk = f"/cases/{case_at(case)}"
    closing = {"outcome": "withdrawn", "words": "We looked, and it is settled."}
    assert manager.send(desk, closing, to=f"{desk}/close").status == 303
    assert held(database, family) == {}
    assert open_cents(database, family) == 10_000
    assert "We looked, and it is settled." in ana.get(case).text
    assert events(database, family, case) == ["open", "closed"]
    assert mails(database, family) == ["case_opened", "case_answered"]


def test_a_question_holds_nothing(database: Database, family: Family, ana: Browser) -> None:
    case = told(ana, family, "question", words="What is a copay?")
    assert held(database, family) == {}
    assert the_case(database, family, case).due_on == date(2026, 3, 11)


def test_nothing_is_held_before_it_is_sent_and_a_draft_is_emptied_after_a_day(
    database: Database, family: Family, ana: Browser, clock: Clock
) -> None:
    fields = {"visits": str(family.visit.claim_id), **ANSWERS["not_mine"], "words": "Secret."}
    draft = ana.send("/help/not_mine", fields).location
    case_id = draft.split("/")[3]
    assert held(database, family) == {}
    assert case_id not in ana.get("/help/cases").text
    assert ana.get(f"/help/cases/{case_id}").status == 404
    clock.advance(hours=25)
    assert drop_old_drafts(database, family.practice_id, now=clock.now) == 1
    assert the_case(database, family, f"/{case_id}").answers == {}


def test_a_visit_is_held_until_the_last_case_about_it_is_closed(
    database: Database, family: Family, ana: Browser
) -> None:
    first = told(ana, family, "not_mine", **ANSWERS["not_mine"])
    second = told(ana, family, "wrong_amount", **ANSWERS["wrong_amount"])
    ana.send(first, {}, to=f"{first}/withdraw")
    assert held(database, family) == {family.visit.claim_id: "disputed"}
    ana.send(second, {}, to=f"{second}/withdraw")
    assert held(database, family) == {}


def test_a_statement_leaves_out_what_is_said_to_be_wrong(
    database: Database, family: Family, ana: Browser, clock: Clock
) -> None:
    told(ana, family, "not_mine", **ANSWERS["not_mine"])
    clock.advance(days=40)
    report = issue_statements(
        database, family.practice_id, as_of=date(2026, 4, 18), now=clock.now, dry_run=False
    )
    assert report.issued == 1
    with database.transaction(family.job) as session:
        due = statement_due(session, report.statement_ids[0])
    assert due is not None
    assert due.due_now_cents == 6_000


def test_the_thread_goes_to_and_fro_and_a_closed_case_opens_again(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    case = told(ana, family, "not_mine", **ANSWERS["not_mine"])
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    desk = f"/cases/{case_at(case)}"
    assert clerk.send(desk, {}, to=f"{desk}/take").status == 303
    clerk.send(desk, {"words": "Was it Leo?", "act": "ask"}, to=f"{desk}/answer")
    clerk.send(desk, {"words": "Looks like Leo's."}, to=f"{desk}/note")
    page = ana.get(case).text
    assert "Was it Leo?" in page
    assert "Looks like Leo" not in page
    ana.send(case, {"words": "No, we have no Leo."}, to=f"{case}/reply")
    clerk.send(desk, {"words": "You are right.", "act": "answer"}, to=f"{desk}/answer")
    clerk.send(desk, {"outcome": "not_theirs", "words": "Sorry!"}, to=f"{desk}/close")
    ana.send(case, {"words": "It is on my bill again."}, to=f"{case}/reply")
    assert held(database, family) == {}  # until staff have looked
    assert "not paused now" in ana.get(case).text
    assert clerk.send(desk, {}, to=f"{desk}/hold").status == 303
    assert held(database, family) == {family.visit.claim_id: "disputed"}
    assert "The visit is paused" in ana.get(case).text
    assert events(database, family, case) == [
        "open",
        "open",  # taken
        "waiting",
        "open",
        "answered",
        "closed",
        "reopened",
        "reopened",  # held again
    ]


def test_a_case_that_was_closed_long_ago_is_not_opened_again(
    database: Database, family: Family, ana: Browser, clock: Clock, app: Flask
) -> None:
    case = told(ana, family, "question", words="What is a copay?")
    ana.send(case, {}, to=f"{case}/withdraw")
    clock.advance(days=61)
    again = at_home(app, database, family)
    page = again.get("/help/cases")
    assert case in page.text
    page = again.get(case)
    assert "open a new case" in page.text
    token = again.get("/help/question").csrf_token
    answer = again.client.post(f"{case}/reply", data={"csrf_token": token, "words": "And?"})
    assert answer.status_code == 409


def test_another_persons_case_is_as_if_it_were_not(
    database: Database, family: Family, ana: Browser, app: Flask
) -> None:
    case = told(ana, family, "question", words="What is a copay?")
    other = made_family(database, family.practice_id, account_number="B-1")
    rosa = at_home(app, database, other)
    assert rosa.get(case).status == 404
    assert case not in rosa.get("/help/cases").text
    token = rosa.get("/help/question").csrf_token
    for act in ("reply", "withdraw", "files"):
        data = {"csrf_token": token, "words": "Let me in."}
        assert rosa.client.post(f"{case}/{act}", data=data).status_code in {404, 422}
    assert rosa.get(f"/help/not_mine?visit={family.visit.claim_id}").status == 404
    fields = {"visits": str(family.visit.claim_id), "why": "unsure"}
    assert rosa.send("/help/not_mine", fields).status == 404
    assert held(database, family) == {}


def test_who_only_is_on_the_statement_sees_their_own_words_alone(
    database: Database, family: Family, ana: Browser, app: Flask
) -> None:
    anas = told(ana, family, "question", words="Ana's words.")
    mateo = at_home(app, database, family, who="mateo")
    assert mateo.get(anas).status == 404
    theirs = told(mateo, family, "question", words="Mateo's words.")
    assert mateo.get(theirs).status == 200
    assert ana.get(theirs).status == 404


def test_posters_see_what_is_about_insurance_and_take_it_into_the_books(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    question = told(ana, family, "question", words="Why?")
    case = told(ana, family, "wrong_insurance", **ANSWERS["wrong_insurance"])
    poster, clerk = at_work(app, database, family.practice_id, clock, Role.POSTER, Role.FRONT_DESK)
    assert poster.get(f"/cases/{case_at(question)}").status == 404
    assert clerk.get(f"/cases/{case_at(question)}").status == 200
    desk = f"/cases/{case_at(case)}"
    assert "Put this insurance on file" not in clerk.get(desk).text
    card = {
        "patient": str(family.patient_id),
        "payer_name": "Green Valley",
        "member_identifier": "GV 1",
        "rank": "1",
        "starts_on": "",
    }
    assert poster.send(desk, card, to=f"{desk}/insurance").status == 303
    again = poster.send(desk, card, to=f"{desk}/insurance")
    assert (again.status, "Another plan has this place" in again.text) == (422, True)
    with database.transaction(family.job) as session:
        coverages = session.scalars(
            select(Coverage.member_identifier).where(Coverage.practice_id == family.practice_id)
        ).all()
    assert coverages == ["GV 1"]


def test_staff_open_a_case_for_a_caller_who_then_sees_it(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    page = f"/cases/people/{family.guarantor_id}/new"
    wrong = clerk.send(page, {"kind": "not_mine", "words": "Never there."})
    assert wrong.status == 422
    fields = {
        "kind": "not_mine",
        "words": "Never there.",
        "visits": str(family.test.claim_id),
    }
    case_id = clerk.send(page, fields).location.rsplit("/", 1)[-1]
    assert held(database, family) == {family.test.claim_id: "disputed"}
    assert "Never there." in ana.get(f"/help/cases/{case_id}").text


def test_a_late_case_is_a_task_until_it_is_answered(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    case = told(ana, family, "question", words="Why?")
    assert watch_clocks(database, family.practice_id, now=clock.now) == 0
    clock.advance(days=4)
    assert watch_clocks(database, family.practice_id, now=clock.now) == 1
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    assert "A case waits too long" in clerk.get("/desk/tasks").text
    assert the_case(database, family, case).number in clerk.get("/cases?show=late").text
    desk = f"/cases/{case_at(case)}"
    clerk.send(desk, {"words": "Because.", "act": "answer"}, to=f"{desk}/answer")
    with database.transaction(family.job) as session:
        tasks = session.scalars(
            select(Task.done_at).where(
                Task.practice_id == family.practice_id, Task.subject_id == case_at(case)
            )
        ).all()
    assert all(tasks)


def test_holds_are_kept_as_cases_say_whoever_was_interrupted(
    database: Database, family: Family, ana: Browser, clock: Clock
) -> None:
    told(ana, family, "not_mine", **ANSWERS["not_mine"])
    with database.transaction(family.job) as session:  # as if a worker had died in between
        end_dispute(
            session,
            [family.visit.claim_id],
            now=clock.now,
            today=clock.now.date(),
            request_id="r",
        )
    assert held(database, family) == {}
    changed = [keep_holds(database, family.practice_id, HOLDS, now=clock.now) for _ in range(2)]
    assert changed == [1, 0]
    assert held(database, family) == {family.visit.claim_id: "disputed"}


def test_the_old_address_of_help_leads_to_it(family: Family, ana: Browser) -> None:
    answer = ana.get(f"/statements/{family.statement_id}/help")
    assert answer.location == f"/help?statement={family.statement_id}"
    page = ana.get(answer.location)
    assert "I already paid this" in page.text
    assert "Free language help" in page.text


def test_what_we_answered_and_nobody_closed_does_not_hold_for_ever(
    database: Database, family: Family, ana: Browser, app: Flask, clock: Clock
) -> None:
    """A question is over by itself; of all else staff say what became of it."""
    disputed = told(ana, family, "wrong_amount", **ANSWERS["wrong_amount"])
    asked = told(ana, family, "question", words="Why?")
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    for case in (disputed, asked):
        desk = f"/cases/{case_at(case)}"
        clerk.send(desk, {"words": "Because.", "act": "answer"}, to=f"{desk}/answer")
    assert watch_clocks(database, family.practice_id, now=clock.now) == 0
    clock.advance(days=15)
    assert watch_clocks(database, family.practice_id, now=clock.now) == 1
    with database.transaction(family.job) as session:
        late = session.scalars(
            select(Task.subject_id).where(
                Task.practice_id == family.practice_id, Task.done_at.is_(None)
            )
        ).all()
    assert case_at(disputed) in late
    question = the_case(database, family, asked)
    assert (question.state, question.outcome) == ("closed", "answered")
    assert held(database, family) == {family.visit.claim_id: "disputed"}


def test_an_application_is_sent_by_its_own_page_alone(
    database: Database, family: Family, ana: Browser
) -> None:
    household = {"people": "2", "income": "1,500", "period": "month"}
    draft = ana.send("/help/assistance/apply", household).location.removesuffix("/files")
    token = ana.get("/help/question").csrf_token
    assert ana.client.post(f"{draft}/check", data={"csrf_token": token}).status_code == 404
    assert the_case(database, family, draft).state == "draft"
    assert held(database, family) == {}


def test_the_way_to_help_reads_no_visit_and_from_a_visit_its_own_lines_alone(
    database: Database, family: Family, ana: Browser
) -> None:
    read: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        read.append((statement, parameters))

    def lines_read() -> list[str]:
        return [str(parameters) for statement, parameters in read if "portal.charges" in statement]

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        for page in ("/help", "/help/question"):
            assert ana.get(page).status == 200
        assert lines_read() == []
        assert ana.get(f"/help/wrong_amount?visit={family.visit.claim_id}").status == 200
        (parameters,) = lines_read()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert str(family.visit.claim_id) in parameters
    assert str(family.test.claim_id) not in parameters
