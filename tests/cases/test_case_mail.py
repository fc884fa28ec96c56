"""Mail about a case: whose mailbox it goes to, and who learns that it did not arrive."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.auth.link_delivery import take_report
from portal.auth.link_tokens import LinkTokens
from portal.auth.roles import Role
from portal.cases.mailing import send_case_mail
from portal.connectors.delivery_reports import read_report
from portal.connectors.mailer import Mail, MailRefusedError
from portal.db import Database
from portal.messages.rendering import TemplateRenderer
from portal.messages.service import MessageTemplate
from portal.practice.models import Task
from tests.auth.accounts.test_who_else import accepted
from tests.auth.running import SECRET_KEY, Browser, Clock
from tests.cases.people import (
    Family,
    at_work,
    case_at,
    told,
)
from tests.cases.readers import (
    GROWN_UP,
    OWN,
    a_link,
    answered,
    apart,
    at_the_door,
    grow_up,
    opened,
    queued_mails,
)
from tests.messages.reports import report


class Postbox:
    """A mail server that keeps what it was given."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.mails: list[Mail] = []
        self.refuses = refuses

    def send(self, mail: Mail) -> None:
        if self.refuses:
            raise MailRefusedError("550 no such user")
        self.mails.append(mail)


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


def delivered(
    app: Flask, database: Database, family: Family, clock: Clock, *, refuses: bool = False
) -> list[Mail]:
    """What goes out of all that is queued."""
    box = Postbox(refuses=refuses)
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


def reported_back(database: Database, mail: Mail, clock: Clock) -> None:
    """Hours later the other server says that nobody is there."""
    raw = report("failed", envelope_id=mail.message_id, status="5.1.1")
    take_report(database, read_report(raw), now=clock())


def open_tasks(database: Database, family: Family) -> list[tuple[str, UUID]]:
    with database.transaction(family.job) as session:
        rows = session.execute(
            select(Task.kind, Task.subject_id).where(
                Task.practice_id == family.practice_id, Task.done_at.is_(None)
            )
        )
        return [(row.kind, row.subject_id) for row in rows]


@pytest.mark.parametrize("later", [False, True])
def test_mail_that_came_back_is_known_on_the_case_and_says_nothing_of_who_pays(
    *, database: Database, family: Family, app: Flask, clock: Clock, later: bool
) -> None:
    mateo = apart(app, database, family)
    case = told(mateo, family, "question", words="About my private test.")
    mails = delivered(app, database, family, clock, refuses=not later)
    for mail in mails:
        reported_back(database, mail, clock)
    assert open_tasks(database, family) == [("case_not_told", case_at(case))]
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.FRONT_DESK)
    page = f"/cases/{case_at(case)}"
    assert "An e-mail to Mateo Reyes came back" in clerk.get(page).text
    clerk.send(page, {"words": "Here it is.", "act": "answer"}, to=f"{page}/answer")
    assert delivered(app, database, family, clock) != []  # this one arrived
    assert open_tasks(database, family) == []
    assert "came back" not in clerk.get(page).text


def test_mail_that_could_not_go_out_is_known_on_the_case(
    database: Database, family: Family, app: Flask, clock: Clock
) -> None:
    grow_up(database, family)
    mateo = opened(app, a_link(database, family), GROWN_UP)
    case = told(mateo, family, "question", words="Why?")
    answered(app, database, family, clock, case)
    (clerk,) = at_work(app, database, family.practice_id, clock, Role.MANAGER)
    assert "Mateo Reyes could not be mailed" in clerk.get(f"/cases/{case_at(case)}").text
