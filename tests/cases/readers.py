"""Who else reads a statement's link: Mateo, grown up, at his own or at the family's."""

from datetime import date
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select, update

from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.auth.roles import Role
from portal.db import Database, Principal
from portal.messages.models import Message
from portal.practice.models import Patient
from portal.practice.viewing_acts import ReachedAt, patient_of, reach_apart
from tests.auth.accounts.at_the_door import Door
from tests.auth.billed import NOW, Billed
from tests.auth.running import SECRET_KEY, Browser, Clock, Seen, browser
from tests.cases.people import (
    BORN,
    Family,
    at_work,
    case_at,
)

OWN = "mateo@own.example"

GROWN_UP = {**BORN["mateo"], "born_on-year": "2000"}


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
