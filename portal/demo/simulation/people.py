"""Who pays: made-up people with decided visits, statements, and links that open them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.auth.link_opening import OpenedLink, open_link
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal, new_id, practice_of
from portal.demo.people import RIVERBEND
from portal.demo.remittance_writer import DemoClaim
from portal.demo.simulation.bills import decide, visit
from portal.practice.directory import PracticeRef, add_practice
from portal.practice.models import Guarantor, Patient
from portal.statements.models import Statement
from portal.statements.service import issue_statements

LINK_SECRET: Final = "nobody reads the links of a simulation"  # noqa: S105 - as it says
_ROLE: Final = "simulation"
_BORN_ON: Final = date(1985, 4, 27)
VISITS_DAYS_AGO: Final = (60, 45)
_NEXT_VISIT_AGO: Final = timedelta(days=20)
_SHARES_CENTS: Final = (1_500, 2_500, 4_000, 8_400, 12_345, 31_900)


class PopulationError(RuntimeError):
    """Somebody got no statement, or cannot open it; the message says how many did."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a statement, acting through its link. ``member``: on their insurance card."""

    member: str
    guarantor_id: UUID
    statement_id: UUID
    principal: Principal


@dataclass(frozen=True, slots=True)
class Population:
    """One practice and everybody who owes there, and the visits that they owe for."""

    practice: PracticeRef
    people: tuple[Person, ...]
    claims: tuple[DemoClaim, ...]


def populate(
    database: Database,
    *,
    count: int,
    chance: random.Random,
    now: datetime,
    shares_cents: Sequence[int] = _SHARES_CENTS,
) -> Population:
    """Through the product's own doors: a remittance, statements, links. Raises PopulationError.

    ``shares_cents``: what a visit may leave to the patient.
    """
    practice = add_practice(database, RIVERBEND)
    job = Principal.job(practice.practice_id, role=_ROLE)
    members = [f"SIM{number:09d}" for number in range(1, count + 1)]
    _add_people(database, job, members, now=now)
    today = practice.today(now)
    claims = [
        visit(member, today - timedelta(days=days), chance.choice(shares_cents))
        for member in members
        for days in VISITS_DAYS_AGO
    ]
    decide(database, practice, claims, control=_control(today), now=now)
    issued = issue_statements(
        database, practice.practice_id, as_of=practice.today(now), now=now, dry_run=False
    )
    if issued.issued != count:
        raise PopulationError(f"{issued.issued} of {count} got a statement: {issued.skipped}")
    return Population(practice, tuple(_open_links(database, job, now=now)), tuple(claims))


def bring_statements(
    database: Database,
    practice: PracticeRef,
    people: Sequence[Person],
    *,
    chance: random.Random,
    now: datetime,
) -> None:
    """One more decided visit for each of them, and a statement for everybody who owes."""
    members = [person.member for person in people]
    today = practice.today(now)
    claims = [
        visit(member, today - _NEXT_VISIT_AGO, chance.choice(_SHARES_CENTS)) for member in members
    ]
    if claims:
        decide(database, practice, claims, control=_control(today), now=now)
    issue_statements(
        database, practice.practice_id, as_of=practice.today(now), now=now, dry_run=False
    )


def newest_statement(
    database: Database, practice_id: UUID, person: Person, *, now: datetime
) -> Person:
    """The same person with their newest statement, by a link that staff have sent just now."""
    job = Principal.job(practice_id, role=_ROLE)
    with database.transaction(job) as session:
        statement_id = session.scalars(
            select(Statement.statement_id)
            .where(
                Statement.practice_id == practice_of(session),
                Statement.guarantor_id == person.guarantor_id,
            )
            .order_by(Statement.issued_at.desc())
            .limit(1)
        ).one()
        link_id = _make_link(session, person.guarantor_id, statement_id, now=now)
    principal = _open(database, practice_id, link_id, now=now)
    return Person(person.member, person.guarantor_id, statement_id, principal)


def _add_people(database: Database, job: Principal, members: list[str], *, now: datetime) -> None:
    ids = [(new_id(), new_id()) for _ in members]
    named = {"first_name": "Sim", "born_on": _BORN_ON, "practice_id": job.practice_id}
    with database.transaction(job) as session:
        session.execute(
            insert(Guarantor),
            [
                {
                    **named,
                    "guarantor_id": guarantor_id,
                    "account_number": f"A-{member}",
                    "last_name": member,
                    "email": f"{member.lower()}@example.com",
                    "email_agreed_at": now,
                    "language": "en",
                }
                for member, (guarantor_id, _) in zip(members, ids, strict=True)
            ],
        )
        session.execute(
            insert(Patient),
            [
                {
                    **named,
                    "patient_id": patient_id,
                    "guarantor_id": guarantor_id,
                    "last_name": member,
                    "member_identifier": member,
                }
                for member, (guarantor_id, patient_id) in zip(members, ids, strict=True)
            ],
        )


def _control(today: date) -> int:
    """One file a day."""
    return int(f"{today:%m%d}")


def _open_links(database: Database, job: Principal, *, now: datetime) -> Iterator[Person]:
    """Each statement's link is made, and opened with the right date of birth."""
    with database.transaction(job) as session:
        practice_id = practice_of(session)
        statements = session.execute(
            select(Statement.statement_id, Statement.guarantor_id, Guarantor.last_name)
            .join(
                Guarantor,
                (Guarantor.practice_id == practice_id)
                & (Guarantor.guarantor_id == Statement.guarantor_id),
            )
            .where(Statement.practice_id == practice_id)
            .order_by(Statement.number)
        ).all()
        links = [
            _make_link(session, guarantor_id, statement_id, now=now)
            for statement_id, guarantor_id, _ in statements
        ]
    for link_id, (statement_id, guarantor_id, member) in zip(links, statements, strict=True):
        principal = _open(database, job.practice_id, link_id, now=now)
        yield Person(member, guarantor_id, statement_id, principal)


def _make_link(session: Session, guarantor_id: UUID, statement_id: UUID, *, now: datetime) -> UUID:
    return make_link(
        session,
        tokens=LinkTokens(LINK_SECRET),
        guarantor_id=guarantor_id,
        statement_id=statement_id,
        patient_ids=[],
        now=now,
    )


def _open(database: Database, practice_id: UUID, link_id: UUID, *, now: datetime) -> Principal:
    """Who the pages take them for from then on: the person who pays, and not only a visitor."""
    tokens = LinkTokens(LINK_SECRET)
    opened = open_link(
        database,
        tokens,
        tokens.make(practice_id, link_id),
        born_on=_BORN_ON,
        source=link_id.bytes,
        now=now,
        request_id=_ROLE,
    )
    if not isinstance(opened, OpenedLink):
        raise PopulationError("A link did not open.")
    if not opened.is_guarantor or opened.principal.guarantor_id is None:
        raise PopulationError("A link opened for somebody else.")
    return Principal.link(
        practice_id,
        guarantor_id=opened.principal.guarantor_id,
        link_id=link_id,
        is_guarantor=opened.is_guarantor,
    )
