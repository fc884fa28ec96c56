"""Whose a case is: one link has many readers, and each sees and is told of their own alone."""

import io
from datetime import date
from uuid import uuid4

import pytest
from flask import Flask

from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.auth.roles import Role
from portal.db import Database, Principal
from portal.domain.account_access import AccessKind
from portal.practice.viewing_acts import ReachedAt, patient_of, reach_apart
from tests.auth.accounts.test_who_else import accepted
from tests.auth.billed import NOW
from tests.auth.running import SECRET_KEY, Browser, Clock, Seen
from tests.builders import make_patient
from tests.cases.people import (
    BORN,
    Family,
    a_picture,
    at_home,
    at_work,
    held,
    the_case,
    told,
)
from tests.cases.readers import (
    GROWN_UP,
    a_link,
    answered,
    apart,
    at_the_door,
    grow_up,
    opened,
    posted,
    queued_mails,
)
from tests.cases.test_assistance import POOR, applied


def test_two_people_at_one_link_have_each_their_own(
    database: Database, family: Family, app: Flask
) -> None:
    grow_up(database, family)
    page = a_link(database, family)
    ana, mateo = opened(app, page, BORN["ana"]), opened(app, page, GROWN_UP)
    help_wanted = applied(ana)
    pay_stub = next(
        part for part in ana.get(help_wanted).text.split('"') if part.startswith("/help/files/")
    )
    assert ana.client.get(pay_stub).status_code == 200
    for address in (help_wanted, pay_stub):
        assert mateo.get(address).status == 404
    assert help_wanted not in mateo.get("/help/cases").text
    assert posted(mateo, f"{help_wanted}/reply", words="Mine?").status == 404
    theirs = told(mateo, family, "wrong_amount", words="The private test cost less.")
    assert mateo.get(theirs).status == 200
    for reader in (ana, at_home(app, database, family)):
        assert reader.get(theirs).status == 404
        assert posted(reader, f"{theirs}/withdraw").status == 404
    assert held(database, family)[family.visit.claim_id] == "disputed"


def test_a_draft_is_its_writers_alone(database: Database, family: Family, app: Flask) -> None:
    page = a_link(database, family)
    ana, mateo = opened(app, page, BORN["ana"]), opened(app, page, BORN["mateo"])
    check = mateo.send("/help/question", {"words": "About my private test."}).location
    assert ana.get(check).status == 404
    assert posted(ana, check).status == 404
    assert mateo.send(check, {}).status == 303


def test_a_guarantor_is_one_person_by_link_and_by_account(
    database: Database, family: Family, app: Flask, clock: Clock
) -> None:
    asked = told(at_home(app, database, family), family, "question", words="Why?")
    ana = at_the_door(app, database, family, clock).with_account()
    assert ana.get(asked).status == 200
    assert ana.send(asked, {"words": "And how?"}, to=f"{asked}/reply").status == 303


@pytest.mark.parametrize("kind", ["question", "wrong_amount"])
def test_what_a_patient_tells_is_read_by_nobody_who_pays(
    database: Database, family: Family, app: Flask, clock: Clock, kind: str
) -> None:
    mateo = apart(app, database, family)
    case = told(mateo, family, kind, words="About my private test.")
    assert "About my private test." in mateo.get(case).text
    door = at_the_door(app, database, family, clock)
    ana = door.with_account()
    readers = [ana, at_home(app, database, family)]
    readers += [accepted(door, ana, one) for one in (AccessKind.SEE_AND_PAY,)]
    for reader in readers:
        assert reader.get(case).status == 404
        assert case not in reader.get("/help/cases").text


def test_their_own_link_tells_more_than_a_date_of_birth_alone(
    database: Database, family: Family, app: Flask
) -> None:
    """Who knows the date, at the payer's link, does not read what was told apart."""
    mateo = apart(app, database, family)
    case = told(mateo, family, "question", words="About my private test.")
    clerk = Principal.staff(family.practice_id, staff_id=uuid4(), role="manager")
    with database.transaction(clerk) as session:
        patient = patient_of(session, family.guarantor_id, family.patient_id)
        reach_apart(session, patient, ReachedAt(), reason="ended", now=NOW)
    anybody = opened(app, a_link(database, family), GROWN_UP)
    assert anybody.get(case).status == 404
    assert mateo.get(case).status == 200


def test_a_proxy_reads_what_pauses_a_bill_and_writes_in_no_case_but_theirs(
    database: Database, family: Family, app: Flask, clock: Clock
) -> None:
    door = at_the_door(app, database, family, clock)
    ana = door.with_account()
    luis = accepted(door, ana)
    disputed = told(ana, family, "not_mine", why="unsure")
    asked = told(ana, family, "question", words="May I pay in cash?")
    assert luis.get(disputed).status == 200
    assert luis.get(asked).status == 404
    for act in ("reply", "withdraw", "files"):
        assert posted(luis, f"{disputed}/{act}", words="Forget it.").status in {404, 422}
    assert held(database, family) == {family.visit.claim_id: "disputed"}
    assert "Who pays applies" in luis.send("/help/assistance", POOR).text
    assert luis.get("/help/assistance/apply").status == 403
    theirs = told(luis, family, "wrong_amount", words="It was 20.")
    assert "It was 20." in ana.get(theirs).text
    assert posted(ana, f"{theirs}/reply", words="No.").status == 404
    assert ana.send(theirs, {}, to=f"{theirs}/withdraw").status == 303


def test_nobody_disputes_a_visit_of_which_they_see_only_the_sum_but_who_pays(
    database: Database, family: Family, app: Flask, clock: Clock
) -> None:
    grow_up(database, family)
    door = at_the_door(app, database, family, clock)
    ana = door.with_account()
    payer = accepted(door, ana, AccessKind.PAY_ONLY)
    page = f"/help/not_mine?visit={family.visit.claim_id}"
    seen = payer.get(page)
    assert (seen.status, "no visit here" in seen.text) == (200, True)
    fields = {"visits": str(family.visit.claim_id), "why": "unsure"}
    assert posted(payer, page, **fields).status == 404
    assert posted(payer, "/help/question", words="What is this?").status == 303
    assert held(database, family) == {}
    assert told(ana, family, "not_mine", why="unsure")  # they are billed for it
    assert held(database, family) == {family.visit.claim_id: "disputed"}


def test_staff_see_whose_it_is_and_open_one_for_the_patient_who_called(
    database: Database, family: Family, app: Flask, ana: Browser, clock: Clock
) -> None:
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    page = f"/cases/people/{family.guarantor_id}/new"
    fields = {"kind": "question", "words": "About my private test."}
    assert clerk.send(page, {**fields, "caller": "7"}).status == 422
    assert clerk.send(page, {**fields, "caller": str(uuid4())}).status == 404
    choice = {**fields, "caller": str(family.patient_id)}
    case_id = clerk.send(page, choice).location.rsplit("/", 1)[-1]
    assert "Speak with Mateo" in clerk.get(f"/cases/{case_id}").text
    assert ana.get(f"/help/cases/{case_id}").status == 404
    mateo = opened(app, a_link(database, family), BORN["mateo"])
    assert "About my private test." in mateo.get(f"/help/cases/{case_id}").text
    assert queued_mails(database, family) == []


def test_of_two_with_one_date_of_birth_nobody_knows_who_writes(
    database: Database, family: Family, app: Flask
) -> None:
    twin = make_patient(
        database,
        family.practice_id,
        guarantor_id=family.guarantor_id,
        first_name="Lucas",
        born_on=date(2017, 9, 2),
    )
    tokens = LinkTokens(SECRET_KEY)
    with database.transaction(family.job) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=family.guarantor_id,
            statement_id=family.statement_id,
            patient_ids=[family.patient_id, twin],
            now=NOW,
        )
    one = opened(app, f"/s/{tokens.make(family.practice_id, link_id)}", BORN["mateo"])
    page = one.get("/help")
    assert (page.status, "Please call." in page.text) == (200, True)
    assert one.get("/help/question").status == 404
    assert posted(one, "/help/question", words="Mine.").status == 404


def test_what_was_asked_for_has_come_and_it_is_our_turn_again(
    database: Database, family: Family, app: Flask, ana: Browser, clock: Clock
) -> None:
    case = told(ana, family, "already_paid", how="check")
    answered(app, database, family, clock, case, act="ask")
    assert the_case(database, family, case).state == "waiting"
    assert send_file(ana, case).status == 303
    after = the_case(database, family, case)
    assert (after.state, after.due_on) == ("open", date(2026, 3, 16))
    clock.advance(days=1)
    assert send_file(at_home(app, database, family), case).status == 303
    assert the_case(database, family, case).due_on == date(2026, 3, 16)  # no more time for us


def test_a_closed_case_takes_no_file(database: Database, family: Family, ana: Browser) -> None:
    case = told(ana, family, "already_paid", how="check")
    ana.send(case, {}, to=f"{case}/withdraw")
    assert send_file(ana, case).status == 409
    of_the_draft = case.replace("/cases/", "/drafts/")  # the page before it was sent, in a window
    assert send_file(ana, of_the_draft).status == 409
    assert the_case(database, family, case).state == "closed"


def send_file(visitor: Browser, case: str) -> Seen:
    data = {
        "csrf_token": visitor.get("/help/question").csrf_token,
        "file": (io.BytesIO(a_picture()), "card.jpg"),
    }
    sent = visitor.client.post(f"{case}/files", data=data, content_type="multipart/form-data")
    return Seen.of(sent)
