"""A household whose visits carry words that only the right people may read.

Ana pays for herself, for Luis, who is of age, for Mia, who is fifteen and had a visit that is kept
private, and for Sam, her husband.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Base, Database, Principal, PrincipalKind
from portal.practice.models import Charge, Claim
from portal.statements.queries import statement_patient_ids
from portal.statements.service import issue_statements
from tests.auth.running import SECRET_KEY, Clock, settings_for_tests
from tests.builders import make_guarantor, make_patient, make_practice
from tests.conftest import DatabaseUrls
from tests.contracts import stripe_wire
from tests.contracts.hosted_page import Cardholder
from tests.contracts.stripe_wire import StripeWire
from tests.journeys.world import Visitor, uuid_arguments
from tests.plans.agreed_plans import agree_to_plan
from tests.statements.builders import Decided, make_adjudicated_claim

_DUE = re.compile(r'name="due" value="(\d+)"')
_PART = "marker"
CODES = {"Ana": "99213", "Luis": "73110", "Mia": "90837", "Sam": "93000"}
"""What was done; the kinds of service of these codes are words that tell it, too."""

KINDS = {
    "Luis": ("X-ray or scan",),
    "Mia": ("mental health", "Mental health"),
    "Sam": ("Heart test", "heart test"),
}


@dataclass(slots=True)
class Household:
    """Ana's people, and the app that they open their links in."""

    app: Flask
    database: Database
    practice_id: UUID
    guarantor_id: UUID
    statement_id: UUID
    clock: Clock
    patients: Mapping[str, UUID]
    born_on: Mapping[str, date]
    days: Mapping[str, date]
    objects: dict[str, tuple[UUID, ...]] = field(default_factory=dict)

    @property
    def job(self) -> Principal:
        return Principal.job(self.practice_id, role="test")

    def opens(self, name: str, *, apart: bool = False) -> Visitor:
        """Somebody's browser, once their own date of birth has opened a link to the statement.

        ``apart``: the link went to an address of their own.
        """
        tokens = LinkTokens(SECRET_KEY)
        for_patient_id = self.patients[name] if apart else None
        with self.database.transaction(self.job) as session:
            link_id = make_link(
                session,
                tokens=tokens,
                guarantor_id=self.guarantor_id,
                statement_id=self.statement_id,
                patient_ids=statement_patient_ids(session, self.statement_id),
                now=self.clock.now,
                for_patient_id=for_patient_id,
            )
        kind = PrincipalKind.LINK
        visitor = Visitor(name, self.app.test_client(), kind, self.practice_id, self.statement_id)
        born_on = self.born_on[name]
        parts = {"month": born_on.month, "day": born_on.day, "year": born_on.year}
        typed = {f"born_on-{part}": str(value) for part, value in parts.items()}
        answer = visitor.post(f"/s/{tokens.make(self.practice_id, link_id)}", typed)
        assert answer.location == f"/statements/{self.statement_id}"
        return visitor


def words_of(name: str) -> tuple[str, ...]:
    """All that would tell what was done for somebody: words, clinician, place, plan, code, kind."""
    marks = tuple(f"{name}{_PART}{what}" for what in ("words", "doctor", "place", "plan"))
    return (*marks, *KINDS.get(name, ()), *((CODES[name],) if name in KINDS else ()))


@contextmanager
def made_household(urls: DatabaseUrls, home: Path, wire: StripeWire) -> Iterator[Household]:
    """Everybody has a visit on Ana's statement, one that waits, and a part of what she paid."""
    settings = replace(
        settings_for_tests(),
        home=home,
        stripe_secret_key=stripe_wire.SECRET_KEY,
        stripe_webhook_secret=stripe_wire.WEBHOOK_SECRET,
        stripe_api_base=wire.api_base,
    )
    clock = Clock(datetime.now(UTC))
    with closing(Database(urls.app, loader_url=urls.loader)) as database:
        app = create_app(settings, database, clock=clock)
        household = _settled(app, database, clock)
        _pays(household)
        yield household


def _settled(app: Flask, database: Database, clock: Clock) -> Household:
    today = clock.now.date()
    born_on = {
        "Ana": date(1985, 4, 27),
        "Luis": date(today.year - 20, 1, 2),
        "Mia": date(today.year - 15, 1, 3),
        "Sam": date(1983, 8, 4),
    }
    practice_id = make_practice(database)
    guarantor_id = make_guarantor(database, practice_id)
    patients = {
        name: make_patient(
            database, practice_id, guarantor_id=guarantor_id, first_name=name, born_on=day
        )
        for name, day in born_on.items()
    }
    days = {name: today - timedelta(days=71 + place) for place, name in enumerate(patients)}
    planned = {}
    for name, patient_id in patients.items():
        for number, held in ((1, ""), (2, "staff"), (3, "")):
            claim = make_adjudicated_claim(
                database,
                practice_id,
                guarantor_id=guarantor_id,
                patient_id=patient_id,
                claim_number=f"{name}-{number}",
                service_on=days[name],
                payer_name=f"{name}{_PART}plan",
                lines=_lines(name),
                posted_on=today - timedelta(days=5),
                held=held,
            )
            if number == 3:
                planned[claim.target()] = claim.lines[0].share_cents
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        _mark(session, practice_id, patients)
    agree_to_plan(
        database,
        practice_id,
        guarantor_id,
        planned,
        count=4,
        first_on=today - timedelta(days=2),
        today=today - timedelta(days=4),
        now=clock.now,
    )
    issued = issue_statements(database, practice_id, as_of=today, now=clock.now, dry_run=False)
    (statement_id,) = issued.statement_ids
    return Household(
        app, database, practice_id, guarantor_id, statement_id, clock, patients, born_on, days
    )


def _lines(name: str) -> tuple[Decided, ...]:
    adjustments = (("CO", "45", 4_000), ("PR", "3", 3_000), ("PR", "1", 1_000))
    return (
        Decided(CODES[name], 12_000, 4_000, adjustments),
        Decided(CODES[name], 5_000, 4_000, (("PR", "2", 1_000),)),
    )


def _mark(session: Session, practice_id: UUID, patients: Mapping[str, UUID]) -> None:
    for name, patient_id in patients.items():
        theirs = select(Claim.claim_id).where(
            Claim.practice_id == practice_id, Claim.patient_id == patient_id
        )
        session.execute(
            update(Charge)
            .where(Charge.practice_id == practice_id, Charge.claim_id.in_(theirs))
            .values(description=f"{name}{_PART}words")
        )
        session.execute(
            update(Claim)
            .where(Claim.practice_id == practice_id, Claim.patient_id == patient_id)
            .values(
                provider_name=f"{name}{_PART}doctor",
                place_name=f"{name}{_PART}place",
                is_sensitive=name == "Mia",
            )
        )


def _pays(household: Household) -> None:
    """All of the statement but a part, so that a receipt has everybody's visits."""
    ana = household.opens("Ana")
    path = f"/statements/{household.statement_id}/pay"
    for cents in ("110", "20"):
        check = ana.post(path, {"how": "part", "amount": cents}).location
        due = _DUE.search(ana.get(check).text)
        assert due is not None
        if cents == "110":
            confirm = check.replace("/check", "/confirm")
            address = ana.post(confirm, {"due": due.group(1)}).location
            Cardholder(address).pay("4242424242424242")
            assert ana.get(check.replace("/check", "/return")).location.endswith("/receipt")
    with household.database.transaction(household.job) as session:
        for name in uuid_arguments(household.app):
            household.objects[name] = _ids(session, name, household.guarantor_id)


def _ids(session: Session, argument: str, guarantor_id: UUID) -> tuple[UUID, ...]:
    """Rows of the tables whose key the argument is, as far as they are Ana's."""
    found: set[UUID] = set()
    for table in Base.metadata.tables.values():
        is_key = [column.name for column in table.primary_key] == ["practice_id", argument]
        if is_key and "guarantor_id" in table.c:
            of_ana = select(table.c[argument]).where(table.c.guarantor_id == guarantor_id)
            found |= set(session.scalars(of_ana))
    return tuple(found)
