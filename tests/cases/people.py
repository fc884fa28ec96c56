"""Ana, who has two visits on a statement, at a browser; and staff at theirs."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Flask
from PIL import Image
from sqlalchemy import select

from portal.app import create_app
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.auth.roles import Role
from portal.cases.models import Case
from portal.cases.ports import DisputeHolds
from portal.db import Database, Principal
from portal.practice.models import Hold
from portal.remittances.claims.disputed import end_dispute, hold_disputed
from portal.statements.service import issue_statements
from tests.auth.billed import NOW
from tests.auth.running import SECRET_KEY, Browser, Clock, Seen, browser, settings_for_tests
from tests.auth.test_staff_sign_in import hire, sign_in
from tests.builders import make_guarantor, make_patient
from tests.statements.builders import COPAY, Decided, MadeClaim, make_adjudicated_claim

HOLDS = DisputeHolds(place=hold_disputed, end=end_dispute)
BORN = {
    "ana": {"born_on-month": "4", "born_on-day": "27", "born_on-year": "1985"},
    "mateo": {"born_on-month": "9", "born_on-day": "2", "born_on-year": "2017"},
}
LABS = (Decided("80053", 20_000, 8_000, (("CO", "45", 6_000), ("PR", "1", 6_000))),)


@dataclass(frozen=True, slots=True)
class Family:
    """Ana owes 40.00 for an office visit and 60.00 for a test, both Mateo's."""

    practice_id: UUID
    guarantor_id: UUID
    patient_id: UUID
    visit: MadeClaim
    test: MadeClaim
    statement_id: UUID

    @property
    def job(self) -> Principal:
        return Principal.job(self.practice_id, role="test")


def made_family(
    database: Database, practice_id: UUID, *, account_number: str = "A-20411"
) -> Family:
    guarantor_id = make_guarantor(
        database, practice_id, account_number=account_number, email="ana.reyes@example.com"
    )
    patient_id = make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="Mateo",
        born_on=date(2017, 9, 2),
    )
    visit, test = (
        make_adjudicated_claim(
            database,
            practice_id,
            guarantor_id=guarantor_id,
            patient_id=patient_id,
            claim_number=f"{account_number}-{number}",
            service_on=service_on,
            lines=lines,
        )
        for number, service_on, lines in (
            (1, date(2026, 1, 14), COPAY),
            (2, date(2026, 1, 20), LABS),
        )
    )
    issued = issue_statements(
        database, practice_id, as_of=date(2026, 3, 8), now=NOW, dry_run=False
    ).statement_ids
    return Family(practice_id, guarantor_id, patient_id, visit, test, issued[-1])


def whole_app(database: Database, clock: Clock) -> Flask:
    return create_app(settings_for_tests(), database, clock=clock)


def at_home(app: Flask, database: Database, family: Family, *, who: str = "ana") -> Browser:
    """A browser that opened the statement's link."""
    tokens = LinkTokens(SECRET_KEY)
    with database.transaction(family.job) as session:
        link_id = make_link(
            session,
            tokens=tokens,
            guarantor_id=family.guarantor_id,
            statement_id=family.statement_id,
            patient_ids=[family.patient_id],
            now=NOW,
        )
    visitor = browser(app)
    page = f"/s/{tokens.make(family.practice_id, link_id)}"
    assert visitor.send(page, BORN[who]).status == 303
    return visitor


def at_work(
    app: Flask, database: Database, practice_id: UUID, clock: Clock, *roles: Role
) -> Sequence[Browser]:
    """Staff of these roles, each signed in."""
    found = []
    for number, role in enumerate(roles):
        email = f"{role.value}{number}@riverbend.example"
        member = hire(database, practice_id, email=email, role=role)
        visitor = browser(app)
        assert sign_in(visitor, member, clock, email=email).status == 303
        found.append(visitor)
    return found


def upload(visitor: Browser, page: str, content: bytes, name: str = "card.jpg") -> Seen:
    """Send one file with the form of a page to that page's address."""
    token = visitor.get(page).csrf_token
    data = {"csrf_token": token, "file": (io.BytesIO(content), name)}
    return Seen.of(visitor.client.post(page, data=data, content_type="multipart/form-data"))


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (640, 400), **more: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, kind, **more)
    return made.getvalue()


def told(visitor: Browser, family: Family, kind: str, **fields: str) -> str:
    """Ana tells it about the office visit and sends it; the address of the case."""
    begin = f"/help/{kind}?visit={family.visit.claim_id}"
    visits = {} if kind == "question" else {"visits": str(family.visit.claim_id)}
    step = visitor.send(begin, {**visits, **fields})
    assert step.status == 303, step.text
    draft = "/".join(step.location.split("/")[:4])
    sent = visitor.send(f"{draft}/check", {})
    assert sent.status == 303
    return sent.location


def case_at(address: str) -> UUID:
    return UUID(address.rsplit("/", 1)[-1])


def the_case(database: Database, family: Family, address: str) -> Case:
    with database.transaction(family.job) as session:
        return session.scalars(
            select(Case).where(
                Case.practice_id == family.practice_id, Case.case_id == case_at(address)
            )
        ).one()


def held(database: Database, family: Family) -> dict[UUID | None, str]:
    """Kinds of the holds that stand, by claim; of the account under None."""
    with database.transaction(family.job) as session:
        rows = session.execute(
            select(Hold.claim_id, Hold.kind).where(
                Hold.practice_id == family.practice_id,
                Hold.guarantor_id == family.guarantor_id,
                Hold.released_at.is_(None),
            )
        )
        return {row.claim_id: row.kind for row in rows}
