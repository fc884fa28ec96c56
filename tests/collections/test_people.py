"""Promises, notes, views and mail to many, by those who may; and what the pages say of them."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.auth.roles import Role
from portal.collections.promise_outcomes import PromiseCounts, end_promises
from portal.db import Database, practice_of
from portal.desk.money_routes import money
from portal.desk.routes import desk
from portal.domain.plans.states import PlanState
from portal.domain.promises import PromiseFacts, PromiseOutcome, outcome_of
from portal.messages.models import Message
from portal.plans.rules.routes import plan_rules
from portal.practice.models import Guarantor
from portal.practice.promises import promises_of
from tests.auth.running import Browser, Clock, browser, make_app
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.collections.debtors import NOW, TODAY, Debtor, make_debtor
from tests.desk.conftest import other_areas


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return make_app(database, clock, desk, money, plan_rules, *other_areas())


@pytest.fixture
def late(database: Database, practice_id: UUID) -> Debtor:
    """Past due on a plan paid by hand."""
    one = make_debtor(database, practice_id, "late")
    one.agree(first_on=date(2026, 8, 20))
    one.set_plan(state=PlanState.PAST_DUE.value, past_due_since=date(2026, 8, 20))
    return one


@pytest.fixture
def clerk(app: Flask, late: Debtor, clock: Clock) -> Browser:
    visitor = browser(app)
    sign_in(visitor, hire(late.database, late.practice_id, role=Role.COLLECTIONS), clock)
    return visitor


def outcome(one: Debtor) -> str:
    return one.write(lambda session: promises_of(session, one.guarantor_id)[0].outcome)


def mails(one: Debtor) -> list[str]:
    return one.write(
        lambda session: list(
            session.scalars(
                select(Message.template).where(Message.practice_id == practice_of(session))
            )
        )
    )


@pytest.mark.parametrize(
    ("paid", "coming", "days", "expected"),
    [
        (0, 0, 0, PromiseOutcome.OPEN),
        (0, 0, 1, PromiseOutcome.BROKEN),
        (1_999, 0, 1, PromiseOutcome.BROKEN),
        (2_000, 0, 0, PromiseOutcome.KEPT),
        (500, 1_500, 9, PromiseOutcome.OPEN),
        (500, 1_499, 9, PromiseOutcome.BROKEN),
    ],
)
def test_a_promise_ends_by_what_came_by_its_day(
    paid: int, coming: int, days: int, expected: PromiseOutcome
) -> None:
    facts = PromiseFacts(
        promised_for=TODAY, amount_cents=2_000, paid_cents=paid, coming_cents=coming
    )
    assert outcome_of(facts, today=TODAY + timedelta(days=days)) is expected


def test_the_nightly_job_finds_in_the_ledger_what_was_kept_and_ends_each_once(
    database: Database, practice_id: UUID
) -> None:
    kept, broken, early = (make_debtor(database, practice_id, n) for n in "abc")
    for one, day in ((kept, TODAY), (broken, TODAY - timedelta(days=1)), (early, TODAY)):
        one.promised(day, "open")
    kept.credited(2_000)
    assert end_promises(database, practice_id, now=NOW) == PromiseCounts(kept=1, broken=1)
    assert (outcome(kept), outcome(broken), outcome(early)) == ("kept", "broken", "open")
    assert end_promises(database, practice_id, now=NOW) == PromiseCounts()


def test_a_promise_and_a_note_are_written_down_and_stand_in_what_happened(
    clerk: Browser, late: Debtor
) -> None:
    person = f"/collections/people/{late.guarantor_id}"
    page = clerk.send(
        person, to=f"{person}/promises", fields={"amount": "20", "promised_for": "2026-09-10"}
    )
    assert "Choose today or a later day" in page.text
    clerk.send(
        person, to=f"{person}/promises", fields={"amount": "20", "promised_for": "2026-09-20"}
    )
    again = clerk.send(
        person, to=f"{person}/promises", fields={"amount": "5", "promised_for": "2026-09-21"}
    )
    assert "A promise is open" in again.text
    clerk.send(person, to=f"{person}/notes", fields={"words": "Wages come on the 20th."})
    shown = clerk.get(person).text
    assert "$20.00" in shown
    assert "Wages come on the 20th." in shown
    happened = clerk.get(f"/desk/people/{late.guarantor_id}").text
    for words in ("Promise to pay", "Wages come on the 20th.", " began</b>"):
        assert words in happened
    promise_id = late.write(lambda s: promises_of(s, late.guarantor_id)[0].promise_id)
    clerk.send(person, {}, to=f"/collections/promises/{promise_id}/withdraw")
    assert outcome(late) == "withdrawn"


def test_mail_to_many_is_looked_at_first_and_goes_once(
    clerk: Browser, late: Debtor, database: Database, practice_id: UUID
) -> None:
    silent = make_debtor(database, practice_id, "silent")
    silent.agree(first_on=date(2026, 8, 20))
    silent.set_plan(state=PlanState.PAST_DUE.value, past_due_since=date(2026, 8, 20))
    silent.write(
        lambda session: session.execute(
            update(Guarantor)
            .where(
                Guarantor.practice_id == practice_of(session),
                Guarantor.guarantor_id == silent.guarantor_id,
            )
            .values(email=None)
        )
    )
    assert "Choose somebody" in clerk.send("/collections", {}, to="/collections/mail").text
    check = clerk.send("/collections", {"everybody": "y"}, to="/collections/mail")
    assert "Send one e-mail?" in check.text
    assert "No e-mail on file" in check.text
    assert mails(late) == []
    chosen = {"who": str(late.guarantor_id)}
    clerk.send("/collections", chosen, to="/collections/mail/send")
    clerk.send("/collections", chosen, to="/collections/mail/send")
    assert mails(late) == ["plan_past_due"]
    assert "in the last 7 days" in clerk.send("/collections", chosen, to="/collections/mail").text


def test_a_view_is_kept_for_whoever_saved_it(
    clerk: Browser, app: Flask, late: Debtor, clock: Clock
) -> None:
    address = "/collections/views?show=past_due&sorted_by=name"
    assert "Give this view a name" in clerk.send("/collections", {"name": " "}, to=address).text
    clerk.send("/collections", {"name": "My morning"}, to=address)
    assert "show=past_due&amp;sorted_by=name" in clerk.get("/collections").text
    other = browser(app)
    boss = hire(late.database, late.practice_id, email="boss@riverbend.example", role=Role.MANAGER)
    sign_in(other, boss, clock, email="boss@riverbend.example")
    assert "My morning" not in other.get("/collections").text


def test_the_front_desk_has_no_room_here(app: Flask, late: Debtor, clock: Clock) -> None:
    desk_clerk = browser(app)
    sign_in(desk_clerk, hire(late.database, late.practice_id), clock)
    for path in ("/collections", f"/collections/people/{late.guarantor_id}"):
        assert desk_clerk.get(path).status == 404
