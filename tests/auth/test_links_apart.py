"""A patient who asked to be reached apart: their link goes there, and opens for them alone."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.auth.link_delivery import CannotSendError, queue_statement_link, send_statement_link
from portal.auth.link_opening import OpenedLink, WrongDate
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.auth.links_apart import queue_links_apart
from portal.auth.models import StatementLink
from portal.connectors.mailer import Mail
from portal.db import Database, Principal
from portal.messages.models import Message
from portal.messages.rendering import TemplateRenderer
from portal.messages.service import Refusal
from portal.practice.models import Patient, Task
from portal.practice.viewing_acts import ReachedAt, reach_apart
from tests.auth.billed import ANA_BORN_ON, MATEO_BORN_ON, NOW, Billed, make_billed
from tests.auth.running import SECRET_KEY, Clock, make_app
from tests.auth.test_statement_links import answer, staff_of
from tests.builders import make_patient

OWN = "mateo@example.com"
LUIS_BORN_ON = date(2004, 1, 2)


class Outbox:
    """Keeps what would be sent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)

    @property
    def addresses(self) -> list[str]:
        return [mail.to_address for mail in self.mails]


@pytest.fixture
def app(database: Database) -> Iterator[Flask]:
    app = make_app(database, Clock())
    with app.app_context():
        yield app


@pytest.fixture
def tokens() -> LinkTokens:
    return LinkTokens(SECRET_KEY)


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Billed:
    return make_billed(database, practice_id)


@pytest.fixture
def luis_id(database: Database, ana: Billed) -> UUID:
    return make_patient(
        database,
        ana.practice_id,
        guarantor_id=ana.guarantor_id,
        first_name="Luis",
        born_on=LUIS_BORN_ON,
    )


def ask_for(database: Database, billed: Billed, patient_id: UUID, where: ReachedAt) -> None:
    with database.transaction(staff_of(billed)) as session:
        patient = session.scalars(select(Patient).where(Patient.patient_id == patient_id)).one()
        reach_apart(session, patient, where, reason="Asked for it", now=NOW)


def send_all(
    database: Database, tokens: LinkTokens, billed: Billed, patient_ids: list[UUID]
) -> list[str]:
    """The desk sends the statement; what its mail server got, by address."""
    asked: dict[str, Any] = {
        "tokens": tokens,
        "guarantor_id": billed.guarantor_id,
        "statement_id": billed.statement_id,
        "patient_ids": patient_ids,
        "now": NOW,
        "request_id": "r",
    }
    queue_links_apart(database, staff_of(billed), **asked)
    try:
        queue_statement_link(database, staff_of(billed), **asked)
    except CannotSendError as error:
        assert error.refusals == (Refusal.REACHED_APART,)  # noqa: PT017 — the only one there may be
    outbox = Outbox()
    with database.transaction(staff_of(billed)) as session:
        message_ids = session.scalars(select(Message.message_id)).all()
    for message_id in message_ids:
        send_statement_link(
            database,
            practice_id=billed.practice_id,
            message_id=message_id,
            tokens=tokens,
            base_url="http://localhost:8000",
            mailer=outbox,
            renderer=TemplateRenderer(),
            now=NOW,
        )
    return outbox.addresses


def link_apart(database: Database, tokens: LinkTokens, billed: Billed) -> str:
    with database.transaction(staff_of(billed)) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=billed.guarantor_id,
            statement_id=billed.statement_id,
            patient_ids=[billed.patient_id],
            now=NOW,
            for_patient_id=billed.patient_id,
        )
    return tokens.make(billed.practice_id, link_id)


def link_of_payer(database: Database, tokens: LinkTokens, billed: Billed, *others: UUID) -> str:
    with database.transaction(staff_of(billed)) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=billed.guarantor_id,
            statement_id=billed.statement_id,
            patient_ids=[billed.patient_id, *others],
            now=NOW,
        )
    return tokens.make(billed.practice_id, link_id)


@pytest.mark.usefixtures("app")
def test_their_link_goes_to_their_address_and_to_no_other(
    database: Database, tokens: LinkTokens, ana: Billed, luis_id: UUID
) -> None:
    ask_for(database, ana, ana.patient_id, ReachedAt(email=OWN))
    sent = send_all(database, tokens, ana, [ana.patient_id, luis_id])
    assert sorted(sent) == ["ana.reyes@example.com", OWN]


@pytest.mark.usefixtures("app")
def test_a_statement_of_theirs_alone_does_not_go_to_who_pays(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    ask_for(database, ana, ana.patient_id, ReachedAt(email=OWN))
    assert send_all(database, tokens, ana, [ana.patient_id]) == [OWN]


@pytest.mark.parametrize(
    ("where", "is_a_task"),
    [
        (ReachedAt("", "9 Alder Court", "Easton", "OR", "97399"), False),  # the next letters
        (ReachedAt(email="Ana.Reyes@example.com"), True),
    ],
    ids=["paper alone", "the payer's own address"],
)
@pytest.mark.usefixtures("app")
def test_who_cannot_be_mailed_apart_is_mailed_nowhere_and_staff_are_told(
    *, database: Database, tokens: LinkTokens, ana: Billed, where: ReachedAt, is_a_task: bool
) -> None:
    ask_for(database, ana, ana.patient_id, where)
    assert send_all(database, tokens, ana, [ana.patient_id]) == []
    with database.transaction(staff_of(ana)) as session:
        kinds = session.execute(select(Task.kind, Task.subject_id)).all()
    asked = ("patient_not_reached", ana.patient_id) in [tuple(row) for row in kinds]
    assert asked is is_a_task


@pytest.mark.usefixtures("app")
def test_an_address_given_up_after_queueing_gets_nothing(
    database: Database, tokens: LinkTokens, ana: Billed, luis_id: UUID
) -> None:
    ask_for(database, ana, ana.patient_id, ReachedAt(email=OWN))
    queue_links_apart(
        database,
        staff_of(ana),
        tokens=tokens,
        guarantor_id=ana.guarantor_id,
        statement_id=ana.statement_id,
        patient_ids=[ana.patient_id, luis_id],
        now=NOW,
        request_id="r",
    )
    ask_for(database, ana, ana.patient_id, ReachedAt())
    assert OWN not in send_all(database, tokens, ana, [ana.patient_id, luis_id])


@pytest.mark.usefixtures("app")
def test_many_random_sends_reach_no_other_address(
    database: Database, tokens: LinkTokens, ana: Billed, luis_id: UUID
) -> None:
    """PRV-04, in small."""
    seed = 4
    draw = random.Random(seed)  # noqa: S311 — a test
    for _ in range(12):
        email = draw.choice(["", OWN, "luis@example.com", "ANA.REYES@EXAMPLE.COM"])
        street = draw.choice(["", "9 Alder Court"])
        ask_for(database, ana, ana.patient_id, ReachedAt(email=email, address_line=street))
        sent = set(send_all(database, tokens, ana, [ana.patient_id]))
        is_own = email and email != "ANA.REYES@EXAMPLE.COM"
        reached = {email} if is_own else set() if email or street else {"ana.reyes@example.com"}
        assert sent == reached, (seed, email, street)


def test_only_their_own_date_opens_their_link(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    token = link_apart(database, tokens, ana)
    assert isinstance(answer(database, tokens, token, ANA_BORN_ON), WrongDate)
    opened = answer(database, tokens, token, MATEO_BORN_ON)
    assert isinstance(opened, OpenedLink)
    assert (opened.is_guarantor, opened.patient_id, opened.is_apart) == (
        False,
        ana.patient_id,
        True,
    )


def test_their_date_opens_no_link_of_who_pays(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    token = link_of_payer(database, tokens, ana)
    opened = answer(database, tokens, token, MATEO_BORN_ON)
    assert isinstance(opened, OpenedLink)
    assert (opened.patient_id, opened.is_apart) == (ana.patient_id, False)
    ask_for(database, ana, ana.patient_id, ReachedAt(email=OWN))
    assert isinstance(answer(database, tokens, token, MATEO_BORN_ON), WrongDate)


def test_a_date_of_two_patients_says_nobody(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    twin_id = make_patient(
        database,
        ana.practice_id,
        guarantor_id=ana.guarantor_id,
        first_name="Tomas",
        born_on=MATEO_BORN_ON,
    )
    opened = answer(database, tokens, link_of_payer(database, tokens, ana, twin_id), MATEO_BORN_ON)
    assert isinstance(opened, OpenedLink)
    assert (opened.is_guarantor, opened.patient_id) == (False, None)


def test_a_link_of_who_pays_and_one_apart_live_side_by_side(
    database: Database, tokens: LinkTokens, ana: Billed
) -> None:
    link_of_payer(database, tokens, ana)
    link_apart(database, tokens, ana)
    link_apart(database, tokens, ana)
    job = Principal.job(ana.practice_id, role="test")
    with database.transaction(job) as session:
        live = session.scalars(
            select(StatementLink.for_patient_id).where(StatementLink.revoked_at.is_(None))
        ).all()
    assert sorted(map(str, live)) == sorted(map(str, [None, ana.patient_id]))
