"""Ana's account and whoever looks at its home, with the pages as the portal serves them."""

import random
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.app import create_app
from portal.audit.models import AuditEvent
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal
from portal.home.queries import HomePage
from portal.statements.queries import statement_patient_ids
from tests.auth.running import SECRET_KEY, Browser, Clock, browser, settings_for_tests
from tests.home.accounts import Account
from tests.home.lives import Life
from tests.statements.conftest import (  # noqa: F401 — fixtures
    NOW,
    Bill,
    Family,
    Issue,
    PayIn,
    bill,
    family,
    issue,
    pay_in,
    show,
)

Home = Callable[..., HomePage]
Enter = Callable[..., Browser]


@pytest.fixture
def account(database: Database, practice_id: UUID, family: Family) -> Account:  # noqa: F811 — the fixture
    return Account(database, practice_id, family.guarantor_id)


@pytest.fixture
def life(
    account: Account,
    family: Family,  # noqa: F811 — the fixture
    bill: Bill,  # noqa: F811 — the fixture
    issue: Issue,  # noqa: F811 — the fixture
    pay_in: PayIn,  # noqa: F811 — the fixture
) -> Life:
    """By the same chance each time."""
    return Life(account, family, bill, issue, pay_in, random.Random(0))  # noqa: S311 — a seed, not a secret


@pytest.fixture
def app(database: Database) -> Flask:
    return create_app(settings_for_tests(), database, clock=Clock(NOW))


@pytest.fixture
def enter(
    app: Flask,
    database: Database,
    job: Principal,
    family: Family,  # noqa: F811 — the fixture
) -> Enter:
    """A browser that opened a link to a statement: as Ana, or as Mateo."""

    def open_link(statement_id: UUID, *, born: Sequence[str] = ("4", "27", "1985")) -> Browser:
        tokens = LinkTokens(SECRET_KEY)
        with database.transaction(job) as session:
            link_id = make_link(
                session,
                tokens=tokens,
                guarantor_id=family.guarantor_id,
                statement_id=statement_id,
                patient_ids=statement_patient_ids(session, statement_id),
                now=NOW,
            )
        visitor = browser(app)
        names = ("born_on-month", "born_on-day", "born_on-year")
        fields = dict(zip(names, born, strict=True))
        entered = visitor.send(f"/s/{tokens.make(job.practice_id, link_id)}", fields)
        assert entered.status == 303, entered.text
        return visitor

    return open_link


def audited(account: Account) -> set[str]:
    with account.database.transaction(Principal.job(account.practice_id, role="test")) as session:
        return set(
            session.scalars(
                select(AuditEvent.action).where(AuditEvent.practice_id == account.practice_id)
            )
        )
