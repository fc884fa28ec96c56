"""Whose a case is: one link has many readers, and each sees and is told of their own alone."""

import io
from datetime import date
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.auth.roles import Role
from portal.cases.mailing import send_case_mail
from portal.connectors.mailer import Mail
from portal.db import Database, Principal
from portal.domain.account_access import AccessKind
from portal.messages.models import Message
from portal.messages.rendering import TemplateRenderer
from portal.messages.service import MessageTemplate
from portal.practice.models import Patient, Task
from portal.practice.viewing_acts import ReachedAt, patient_of, reach_apart
from tests.auth.accounts.at_the_door import Door
from tests.auth.accounts.test_who_else import accepted
from tests.auth.billed import NOW, Billed
from tests.auth.running import SECRET_KEY, Browser, Clock, Seen, browser
from tests.builders import make_patient
from tests.cases.people import (
    BORN,
    Family,
    a_picture,
    at_home,
    at_work,
    case_at,
    held,
    the_case,
    told,
)
from tests.cases.test_assistance import POOR, applied

OWN = "mateo@own.example"
GROWN_UP = {**BORN["mateo"], "born_on-year": "2000"}


class Postbox:
    """A mail server that keeps what it was given."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


def a_link(database: Database, family: Family, *, for_patient_id: UUID | None = None) -> str:
    """The page of a new link to the family's statement."""
    tokens = LinkTokens(SECRET_KEY)
    with database.transaction(family.job) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=family.guarantor_id,
            statement_id=family.statement_id,
            patient_ids=[family.patient_id],
            now=NOW,
            for_patient_id=for_patient_id,
        )
    return f"/s/{tokens.make(family.practice_id, link_id)}"


def opened(app: Flask, page: str, born: dict[str, str]) -> Browser:
    visitor = browser(app)
    assert visitor.send(page, born).status == 303
    return visitor


def grow_up(database: Database, family: Family, *, email: str = "") -> None:
    """Mateo is an adult; with ``email`` one who asked to be reached there and nowhere else."""
    with database.transaction(family.job) as session:
        session.execute(
            update(Patient)
            .where(
                Patient.practice_id == family.practice_id,
                Patient.patient_id == family.patient_id,
            )
            .values(born_on=date(2000, 9, 2))
        )
    if email:
        clerk = Principal.staff(family.practice_id, staff_id=uuid4(), role="manager")
        with database.transaction(clerk) as session:
            patient = patient_of(session, family.guarantor_id, family.patient_id)
            reach_apart(session, patient, ReachedAt(email=email), reason="asked", now=NOW)


def apart(app: Flask, database: Database, family: Family) -> Browser:
    """Mateo, an adult, at the link that went to his own address."""
    grow_up(database, family, email=OWN)
    return opened(app, a_link(database, family, for_patient_id=family.patient_id), GROWN_UP)


def posted(visitor: Browser, page: str, **fields: str) -> Seen:
    """A post to a page that this visitor cannot read the form of."""
    data = {"csrf_token": visitor.get("/help").csrf_token, **fields}
    return Seen.of(visitor.client.post(page, data=data))


def queued_mails(database: Database, family: Family) -> list[Message]:
    with database.transaction(family.job) as session:
        return list(
            session.scalars(
                select(Message)
                .where(Message.practice_id == family.practice_id)
                .order_by(Message.message_id)
            )
        )


def delivered(app: Flask, database: Database, family: Family, clock: Clock) -> list[Mail]:
    """What goes out of all that is queued."""
    box = Postbox()
    with app.app_context():
        for message in queued_mails(database, family):
            send_case_mail(
                database,
                MessageTemplate(message.template),
                practice_id=family.practice_id,
                message_id=message.message_id,
                tokens=LinkTokens(SECRET_KEY),
                base_url="https://pay.example",
                mailer=box,
                renderer=TemplateRenderer(),
                now=clock(),
            )
    return box.mails


def not_told(database: Database, family: Family) -> list[UUID]:
    with database.transaction(family.job) as session:
        return list(
            session.scalars(
                select(Task.subject_id).where(
                    Task.practice_id == family.practice_id,
                    Task.kind == "case_not_told",
                    Task.done_at.is_(None),
                )
            )
        )


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


def test_mail_about_a_patients_case_goes_to_their_own_address_and_never_to_who_pays(
    database: Database, family: Family, app: Flask, clock: Clock
) -> None:
    mateo = apart(app, database, family)
    case = told(mateo, family, "question", words="About my private test.")
    answered(app, database, family, clock, case)
    mails = delivered(app, database, family, clock)
    assert [mail.to_address for mail in mails] == [OWN, OWN]
    assert all("https://pay.example/s/" in mail.text for mail in mails)
    link = mails[0].text.split("https://pay.example")[1].split()[0]
    assert opened(app, link, GROWN_UP).get(case).status == 200
    assert not_told(database, family) == []


@pytest.mark.parametrize("address", ["", "ana.reyes@example.com"])
def test_a_patient_who_cannot_be_mailed_is_a_task_once_there_is_an_answer(
    database: Database, family: Family, app: Flask, clock: Clock, address: str
) -> None:
    """Without an address of their own; or with one that is the payer's after all."""
    grow_up(database, family, email=address)
    for_patient_id = family.patient_id if address else None
    mateo = opened(app, a_link(database, family, for_patient_id=for_patient_id), GROWN_UP)
    case = told(mateo, family, "question", words="Why?")
    answered(app, database, family, clock, case)
    assert delivered(app, database, family, clock) == []
    assert not_told(database, family) == [case_at(case)]


def test_an_account_that_acts_for_who_pays_is_mailed_itself(
    database: Database, family: Family, app: Flask, clock: Clock
) -> None:
    door = at_the_door(app, database, family, clock)
    luis = accepted(door, door.with_account())
    case = told(luis, family, "question", words="Why?")
    answered(app, database, family, clock, case)
    assert {mail.to_address for mail in delivered(app, database, family, clock)} == {
        "luis@example.com"
    }


def test_who_pays_is_mailed_about_their_own(
    database: Database, family: Family, app: Flask, ana: Browser, clock: Clock
) -> None:
    answered(app, database, family, clock, told(ana, family, "question", words="Why?"))
    mails = delivered(app, database, family, clock)
    assert [mail.to_address for mail in mails] == ["ana.reyes@example.com"] * 2
    assert all("https://pay.example/s/" in mail.text for mail in mails)


def test_staff_see_whose_it_is_and_open_one_for_the_patient_who_called(
    database: Database, family: Family, app: Flask, ana: Browser, clock: Clock
) -> None:
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    page = f"/cases/people/{family.guarantor_id}/new"
    fields = {"kind": "question", "words": "About my private test."}
    assert clerk.send(page, {**fields, "caller": "7"}).status == 404
    case_id = clerk.send(page, {**fields, "caller": "1"}).location.rsplit("/", 1)[-1]
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
    assert the_case(database, family, case).state == "closed"


def at_the_door(app: Flask, database: Database, family: Family, clock: Clock) -> Door:
    """Where Ana makes her account."""
    billed = Billed(
        practice_id=family.practice_id,
        guarantor_id=family.guarantor_id,
        patient_id=family.patient_id,
        claim_id=family.visit.claim_id,
        charge_id=family.visit.charge_ids[0],
        statement_id=family.statement_id,
    )
    return Door(app, database, clock, billed)


def answered(
    app: Flask, database: Database, family: Family, clock: Clock, case: str, *, act: str = "answer"
) -> None:
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    desk = f"/cases/{case_at(case)}"
    sent = clerk.send(desk, {"words": "Here it is.", "act": act}, to=f"{desk}/answer")
    assert sent.status == 303


def send_file(visitor: Browser, case: str) -> Seen:
    data = {
        "csrf_token": visitor.get("/help/question").csrf_token,
        "file": (io.BytesIO(a_picture()), "card.jpg"),
    }
    sent = visitor.client.post(f"{case}/files", data=data, content_type="multipart/form-data")
    return Seen.of(sent)
