"""Who pays: made-up people with two decided visits each, a statement, and a link to it."""

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select

from portal.auth.link_tokens import LinkTokens
from portal.auth.links import OpenedLink, make_link, open_link
from portal.db import Database, Principal, new_id, practice_of
from portal.demo.people import BLUE_HORIZON, RIVERBEND
from portal.demo.remittance_writer import Cut, DemoClaim, DemoLine, write_remittance
from portal.practice.directory import PracticeRef, add_practice
from portal.practice.models import Guarantor, Patient
from portal.remittances.sent.claims import import_any
from portal.statements.models import Statement
from portal.statements.service import issue_statements

_ROLE: Final = "simulation"
_BORN_ON: Final = date(1985, 4, 27)
_VISITS_DAYS_AGO: Final = (60, 45)
_SHARES_CENTS: Final = (1_500, 2_500, 4_000, 8_400, 12_345, 31_900)
_PLAN_PAID_CENTS: Final = 6_000
_AGREED_PRICE_CENTS: Final = 3_100


class PopulationError(RuntimeError):
    """Somebody got no statement, or cannot open it; the message says how many did."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a statement, acting through its link."""

    guarantor_id: UUID
    statement_id: UUID
    principal: Principal


@dataclass(frozen=True, slots=True)
class Population:
    """One practice and everybody who owes there."""

    practice: PracticeRef
    people: tuple[Person, ...]


def populate(database: Database, *, count: int, chance: random.Random, now: datetime) -> Population:
    """Through the product's own doors: a remittance, statements, links. Raises PopulationError."""
    practice = add_practice(database, RIVERBEND)
    job = Principal.job(practice.practice_id, role=_ROLE)
    members = [f"SIM{number:09d}" for number in range(1, count + 1)]
    _add_people(database, job, members, now=now)
    _decide_visits(database, practice, members, chance=chance, now=now)
    issued = issue_statements(
        database, practice.practice_id, as_of=practice.today(now), now=now, dry_run=False
    )
    if issued.issued != count:
        raise PopulationError(f"{issued.issued} of {count} got a statement: {issued.skipped}")
    return Population(practice, tuple(_open_links(database, job, now=now)))


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


def _decide_visits(
    database: Database,
    practice: PracticeRef,
    members: list[str],
    *,
    chance: random.Random,
    now: datetime,
) -> None:
    today = practice.today(now)
    claims = [
        _claim(member, number, today - timedelta(days=days), chance)
        for member in members
        for number, days in enumerate(_VISITS_DAYS_AGO, start=1)
    ]
    paid_on = today - timedelta(days=7)
    with tempfile.TemporaryDirectory(prefix="portal-simulation-") as folder:
        path = Path(folder) / "visits.835"
        text = write_remittance(BLUE_HORIZON, claims, paid_on=paid_on, control=1)
        path.write_text(text, encoding="ascii")
        import_any(
            database,
            practice,
            path,
            create_patients=False,
            now=now,
            today=today,
            imported_by=_ROLE,
        )


def _claim(member: str, number: int, service_on: date, chance: random.Random) -> DemoClaim:
    share_cents = chance.choice(_SHARES_CENTS)
    cuts = (Cut("CO", "45", _AGREED_PRICE_CENTS), Cut("PR", "1", share_cents))
    charge_cents = _PLAN_PAID_CENTS + _AGREED_PRICE_CENTS + share_cents
    return DemoClaim(
        number=f"{member}V{number}",
        status="1",
        last_name=member,
        first_name="SIM",
        member_identifier=member,
        provider_last_name="OKAFOR",
        provider_first_name="LENA",
        service_on=service_on,
        lines=(DemoLine("99213", charge_cents, cuts),),
    )


def _open_links(database: Database, job: Principal, *, now: datetime) -> Iterator[Person]:
    """Each statement's link is made, and opened with the right date of birth."""
    tokens = LinkTokens("nobody reads the links of a simulation")
    with database.transaction(job) as session:
        statements = session.execute(
            select(Statement.statement_id, Statement.guarantor_id)
            .where(Statement.practice_id == practice_of(session))
            .order_by(Statement.number)
        ).all()
        links = [
            make_link(
                session,
                tokens=tokens,
                guarantor_id=guarantor_id,
                statement_id=statement_id,
                patient_ids=[],
                now=now,
            )
            for statement_id, guarantor_id in statements
        ]
    for link_id, (statement_id, guarantor_id) in zip(links, statements, strict=True):
        opened = open_link(
            database,
            tokens,
            tokens.make(job.practice_id, link_id),
            born_on=_BORN_ON,
            source=link_id.bytes,
            now=now,
            request_id=_ROLE,
        )
        if not isinstance(opened, OpenedLink):
            raise PopulationError("A link did not open.")
        yield Person(guarantor_id, statement_id, opened.principal)
