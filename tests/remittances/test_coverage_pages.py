"""The page of a patient's plans, and the posters' list of plans to call."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from portal.auth.roles import REACH, Area, Role
from portal.db import new_id
from portal.domain.hold_kinds import HoldKind
from portal.practice.directory import practice_by_slug
from portal.practice.import_lock import announce_import
from portal.practice.models import Coverage
from portal.remittances.silent_plans import (
    PlanToCall,
    SilentPlanRow,
    count_silent_plans,
    silent_plans,
)
from tests.auth.running import Browser, Clock, Seen, make_app
from tests.auth.test_link_pages import without_reference
from tests.builders import make_practice
from tests.remittances.desk import NOW, ImportDesk, SentClaim
from tests.remittances.test_coverages import SECOND, SECOND_PAYS, add, end, patient_of
from tests.remittances.test_insurance_page import POSTERS_PAGES, signed_in

CARD = {
    "payer_id": "",
    "payer_name": "Green Valley",
    "member_identifier": "GV9",
    "rank": "2",
    "starts_on": "2026-01-01",
    "ends_on": "",
}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def app(desk: ImportDesk, clock: Clock) -> Flask:
    return make_app(desk.database, clock, *POSTERS_PAGES)


@pytest.fixture
def poster(app: Flask, desk: ImportDesk, clock: Clock) -> Browser:
    return signed_in(app, desk, clock, Role.POSTER)


def page_of(desk: ImportDesk, number: str = "A1") -> str:
    return f"/insurance/patients/{patient_of(desk, number)}/coverages"


def fill_in(desk: ImportDesk, poster: Browser, **fields: str) -> Seen:
    return poster.send(page_of(desk), CARD | fields)


def test_a_poster_adds_a_plan_from_a_claim(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(SentClaim())
    assert page_of(desk) in poster.get(f"/insurance/claims/{desk.claim_id()}").text
    assert "No plan is on file." in poster.get(page_of(desk)).text
    done = fill_in(desk, poster)
    assert (done.status, done.location) == (303, page_of(desk))
    text = poster.get(page_of(desk)).text
    for words in ("The plan is on file.", "Green Valley", "Second plan", "GV9", "January 1, 2026"):
        assert words in text
    assert desk.claim().holds == ("later_coverage",)


def test_a_poster_ends_a_plan(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(SentClaim())
    address = f"/insurance/coverages/{add(desk)}/end"
    done = poster.send(page_of(desk), {"last_on": "12/31/2025"}, to=address)
    assert (done.status, done.location) == (303, page_of(desk))
    text = poster.get(page_of(desk)).text
    assert "The last day is on file." in text
    assert re.search("Until (<time[^>]*>)?December.31, 2025", text)
    assert desk.claim().billable_cents == 2_000


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"payer_name": " "}, "Choose the plan, or write its name below"),
        ({"payer_name": "x" * 101}, "100 characters"),
        ({"member_identifier": " "}, "Enter the member number on the card"),
        ({"starts_on": "2026-02-31"}, "Enter a real day, like 3/31/2026"),
        ({"starts_on": "0026-02-01"}, "Enter a real day, like 3/31/2026"),
        ({"ends_on": "2025-12-31"}, "Enter a last day that is not before the first day"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    desk: ImportDesk, poster: Browser, fields: dict[str, str], words: str
) -> None:
    desk.receive(SentClaim())
    refused = fill_in(desk, poster, **fields)
    assert refused.status == 422
    assert words in refused.text
    assert "There is a problem" in refused.text
    assert desk.count(Coverage) == 0


@pytest.mark.parametrize("fields", [{"rank": "4"}, {"rank": ""}, {"payer_id": str(new_id())}])
def test_what_no_form_offers_is_refused(
    desk: ImportDesk, poster: Browser, fields: dict[str, str]
) -> None:
    desk.receive(SentClaim())
    assert fill_in(desk, poster, **fields).status == 422
    assert desk.count(Coverage) == 0


def test_two_plans_at_one_place_are_refused_in_words(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(SentClaim())
    fill_in(desk, poster)
    refused = fill_in(desk, poster, payer_name="Cascade")
    assert refused.status == 422
    assert "Another plan has this place in line on some of these days." in refused.text
    assert 'value="Cascade"' in refused.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the last day"),
        ("soon", "Enter a real day, like 3/31/2026"),
        ("2025-12-31", "Enter a last day that is not before the first day"),
    ],
)
def test_a_last_day_that_cannot_be_is_refused(
    desk: ImportDesk, poster: Browser, typed: str, words: str
) -> None:
    desk.receive(SentClaim())
    coverage_id = add(desk, replace(SECOND, starts_on=date(2026, 1, 1)))
    address = f"/insurance/coverages/{coverage_id}/end"
    refused = poster.send(page_of(desk), {"last_on": typed}, to=address)
    assert refused.status == 422
    assert words in refused.text
    assert desk.claim().holds == ("later_coverage",)


def test_while_a_file_comes_in_it_has_to_wait(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(SentClaim())
    address = f"/insurance/coverages/{add(desk)}/end"
    with desk.database.transaction(desk.principal()) as session:
        announce_import(session.connection(), desk.practice.practice_id)
        for seen in (
            fill_in(desk, poster, rank="3"),
            poster.send(page_of(desk), {"last_on": "2025-12-31"}, to=address),
        ):
            assert seen.status == 422
            assert "A remittance is being imported." in seen.text


@pytest.mark.parametrize("role", Role)
def test_only_posters_and_managers_change_plans(
    desk: ImportDesk, app: Flask, clock: Clock, role: Role
) -> None:
    desk.receive(SentClaim())
    visitor = signed_in(app, desk, clock, role)
    is_theirs = role in REACH[Area.INSURANCE]
    assert visitor.get(page_of(desk)).status == (200 if is_theirs else 404)
    if role in REACH[Area.DESK]:
        person = visitor.get(f"/desk/people/{desk.guarantor_id()}").text
        assert "Insurance of June" in person
        assert (page_of(desk) in person) is is_theirs


def test_another_practices_patient_looks_like_nobodys(desk: ImportDesk, poster: Browser) -> None:
    make_practice(desk.database, slug="other")
    other = ImportDesk(desk.database, practice_by_slug(desk.database, "other"), desk.folder)
    other.receive(SentClaim())
    coverage_id = add(other)
    theirs, nobodys = page_of(other), f"/insurance/patients/{new_id()}/coverages"
    seen, missing = poster.get(theirs), poster.get(nobodys)
    assert (seen.status, missing.status) == (404, 404)
    assert without_reference(seen) == without_reference(missing)
    ending = f"/insurance/coverages/{coverage_id}/end"
    assert poster.send("/insurance", {"last_on": "2025-12-31"}, to=ending).status == 404
    assert poster.send("/insurance", CARD, to=theirs).status == 404
    assert other.claim().holds == ("later_coverage",)


def test_the_page_is_there_in_spanish(desk: ImportDesk, poster: Browser) -> None:
    desk.receive(SentClaim())
    add(desk)
    poster.client.set_cookie("language", "es")
    text = poster.get(page_of(desk)).text
    for words in ("Seguro de June Marlowe", "Segundo plan", "Terminar este plan"):
        assert words in text
    refused = fill_in(desk, poster)
    assert "Otro plan tiene ese lugar en la fila" in refused.text


def rows(desk: ImportDesk, *, days: int) -> tuple[SilentPlanRow, ...]:
    """The list, so many days after the first plan's decision."""
    today = date(2026, 1, 15) + timedelta(days=days)  # the payment's day in these tests
    with desk.database.transaction(desk.principal()) as session:
        found = silent_plans(session, today=today, limit=50)
        assert count_silent_plans(session, today=today) == len(found)
    return found


def test_a_plan_is_called_when_it_has_been_silent_for_more_than_45_days(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk)
    add(desk, replace(SECOND, member_identifier="OLD", rank=3, ends_on=date(2025, 12, 31)))
    assert rows(desk, days=45) == ()
    (row,) = rows(desk, days=46)
    assert (row.claim_number, row.patient_name, row.days) == ("A1", "June Marlowe", 46)
    assert row.plans == (PlanToCall("Green Valley", "GV9"),)
    assert (row.decided_on, row.share_cents) == (date(2026, 1, 15), 2_000)


def test_whoever_has_been_silent_longest_is_called_first(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    desk.receive(replace(SentClaim(), number="A2", icn="ICN2"))
    add(desk)
    assert [row.claim_number for row in rows(desk, days=46)] == ["A1", "A2"]


def test_a_plan_that_decides_is_not_called(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk)
    desk.receive(replace(SECOND_PAYS, member="GV9"), payer="GREEN")
    assert rows(desk, days=400) == ()


def test_a_plan_that_ended_is_not_called(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    end(desk, add(desk), date(2025, 12, 31))
    assert rows(desk, days=400) == ()


def test_a_hold_that_was_released_is_off_the_list(desk: ImportDesk) -> None:
    desk.receive(SentClaim())
    add(desk)
    desk.release("A1", HoldKind.LATER_COVERAGE)
    assert rows(desk, days=400) == ()


def test_a_claim_that_waits_for_something_else_is_not_on_it(desk: ImportDesk) -> None:
    desk.receive(replace(SentClaim(), status="19"))
    assert rows(desk, days=400) == ()


def test_the_posters_page_says_whom_to_call_and_what_then(
    desk: ImportDesk, poster: Browser
) -> None:
    desk.receive(SentClaim())
    assert "No plan has been silent for that long." in poster.get("/insurance").text
    add(desk)
    text = poster.get("/insurance").text
    for words in ("1 plan to call", "Green Valley", "Member GV9", "53 days", "January 15, 2026"):
        assert words in text
    assert "call the plan and ask when it decides" in text
