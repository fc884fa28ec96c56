"""The demo's made-up practice on a test's own database, and its staff at the door."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyotp
from playwright.sync_api import Page
from sqlalchemy import select

from portal.auth import links
from portal.auth.link_tokens import LinkTokens
from portal.config import Settings
from portal.db import Database, Principal
from portal.demo.load import load
from portal.demo.people import DemoHousehold
from portal.demo.staff import DemoStaff, read_staff
from portal.practice.directory import PracticeRef
from portal.practice.models import Guarantor
from portal.runtime import Runtime
from portal.statements.models import Statement
from portal.statements.queries import statement_patient_ids
from tests.browser.live_portal import SECRET, LivePortal, until

MANAGER = "manager"
_used_steps: dict[str, int] = {}  # by secret: the step of 30 seconds of the last code


@dataclass(frozen=True, slots=True)
class DemoPractice:
    """Households of every kind, with claims on hold, set aside and of nobody known."""

    ref: PracticeRef
    database: Database
    staff: dict[str, DemoStaff]  # by role


@contextmanager
def demo_practice(live: LivePortal) -> Iterator[DemoPractice]:
    """Loaded as `make demo` loads it."""
    settings = Settings.from_environ(live.environment)
    database = Database(settings.database_url or "", loader_url=settings.database_loader_url)
    try:
        practice = load(Runtime(settings, database), now=datetime.now(UTC))
        staff = {member.role: member for member in read_staff(Path(settings.home))}
        yield DemoPractice(practice, database, staff)
    finally:
        database.close()


def type_password(page: Page, address: str, member: DemoStaff) -> None:
    """As far as the code."""
    page.goto(f"{address}/staff/sign-in")
    page.locator("#email").fill(member.email)
    page.locator("#password").fill(member.password)
    page.locator("main button[type=submit]").click()


def type_code(page: Page, member: DemoStaff) -> None:
    """And in."""
    page.locator("#code").fill(_next_code(member))
    page.locator("main button[type=submit]").click()
    page.wait_for_url(re.compile("/(desk|insurance)$"))


def _next_code(member: DemoStaff) -> str:
    """One that was not used: a code works once, and half a minute before its time at the soonest.

    Whoever comes a third time within half a minute waits, as people do.
    """
    totp = pyotp.TOTP(member.totp_secret)

    def step() -> int:
        return totp.timecode(datetime.now(UTC))

    wanted = max(step(), _used_steps.get(member.totp_secret, 0) + 1)
    until(lambda: step() >= wanted - 1, what="the time of the next code")
    _used_steps[member.totp_secret] = wanted
    return totp.generate_otp(wanted)


def make_link(practice: DemoPractice, household: DemoHousehold, *, address: str) -> str:
    """A link to a household's statement, as the front desk would send it."""
    tokens = LinkTokens(SECRET)
    practice_id = practice.ref.practice_id
    with practice.database.transaction(Principal.job(practice_id, role="test")) as session:
        statement = session.execute(
            select(Statement.statement_id, Statement.guarantor_id)
            .join(
                Guarantor,
                (Guarantor.practice_id == Statement.practice_id)
                & (Guarantor.guarantor_id == Statement.guarantor_id),
            )
            .where(
                Statement.practice_id == practice_id,
                Guarantor.account_number == household.account_number,
            )
        ).one()
        link_id = links.make_link(
            session,
            tokens=tokens,
            guarantor_id=statement.guarantor_id,
            statement_id=statement.statement_id,
            patient_ids=statement_patient_ids(session, statement.statement_id),
            now=datetime.now(UTC),
        )
    return f"{address}/s/{tokens.make(practice_id, link_id)}"
