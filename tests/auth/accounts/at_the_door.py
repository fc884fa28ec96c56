"""Ana at a browser: with the link to her statement, on the way to an account, and signed in."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pyotp
from flask import Flask
from sqlalchemy import select

from portal.auth.accounts.access import AccountRef
from portal.auth.accounts.email_codes import code_of
from portal.auth.accounts.models import Account, AccountMail, EmailCheck
from portal.auth.accounts.tokens import INVITATION, ResetTokens
from portal.auth.link_tokens import LinkTokens
from portal.auth.links import make_link
from portal.db import Database, Principal
from tests.auth.billed import ANA_BORN_ON, Billed
from tests.auth.running import SECRET_KEY, Browser, Clock, Seen, browser

PASSWORD = "seven quiet lamps at noon"
EMAIL = "ana.reyes@example.com"
SIGN_IN = "/sign-in/riverbend"


@dataclass(frozen=True, slots=True)
class Door:
    """The app, its database and a person with statements."""

    app: Flask
    database: Database
    clock: Clock
    ana: Billed

    @property
    def practice_id(self) -> UUID:
        return self.ana.practice_id

    def by_link(self, billed: Billed | None = None, *, born_on: date = ANA_BORN_ON) -> Browser:
        """A browser that opened the statement with a date of birth."""
        billed, tokens = billed or self.ana, LinkTokens(SECRET_KEY)
        with self.database.transaction(self.job) as session:
            link_id = make_link(
                session,
                tokens=tokens,
                guarantor_id=billed.guarantor_id,
                statement_id=billed.statement_id,
                patient_ids=[billed.patient_id],
                now=self.clock(),
            )
        opened = browser(self.app)
        token = tokens.make(self.practice_id, link_id)
        parts = {"month": born_on.month, "day": born_on.day, "year": born_on.year}
        typed = {f"born_on-{name}": str(value) for name, value in parts.items()}
        assert opened.send(f"/s/{token}", typed).status == 303
        return opened

    def with_account(
        self, billed: Billed | None = None, *, email: str = EMAIL, password: str = PASSWORD
    ) -> Browser:
        """Signed in to a new account, made from a link."""
        opened = self.by_link(billed)
        assert opened.send("/account/new", {"email": email}).location == "/account/new/code"
        assert self.answer_code(opened, "/account/new/code").location == "/account/new/ways"
        made = opened.send("/account/new/ways", {"password": password})
        assert made.status == 303, made.text
        return opened

    def answer_code(self, opened: Browser, page: str) -> Seen:
        with self.database.transaction(self.job) as session:
            check_id = session.scalars(
                select(EmailCheck.check_id).order_by(EmailCheck.check_id.desc())
            ).first()
        assert check_id is not None
        return opened.send(page, {"code": code_of(SECRET_KEY, check_id)})

    def sign_in(self, *, email: str = EMAIL, password: str = PASSWORD) -> tuple[Browser, Seen]:
        opened = browser(self.app)
        return opened, opened.send(SIGN_IN, {"email": email, "password": password})

    def turn_app_on(self, opened: Browser) -> tuple[pyotp.TOTP, list[str]]:
        """The app, and the recovery codes."""
        page = opened.get("/account/app").text
        key = "".join(page.split("<code>")[1].split("</code>")[0].split())
        app = pyotp.TOTP(key)
        shown = opened.send("/account/app", {"code": app.at(self.clock())}).text
        codes = [part.split("</code>")[0] for part in shown.split("<code>")[1:]]
        self.clock.advance(seconds=60)  # a code works once
        return app, codes

    @property
    def job(self) -> Principal:
        return Principal.job(self.practice_id, role="test")

    def account(self, email: str = EMAIL) -> Account:
        with self.database.transaction(self.job) as session:
            return session.scalars(
                select(Account).where(Account.email == email, Account.ended_at.is_(None))
            ).one()

    def ref(self, email: str = EMAIL) -> AccountRef:
        return AccountRef(self.practice_id, self.account(email).account_id)

    def mails(self, template: str) -> list[AccountMail]:
        with self.database.transaction(self.job) as session:
            return list(
                session.scalars(
                    select(AccountMail)
                    .where(AccountMail.template == template)
                    .order_by(AccountMail.mail_id)
                )
            )

    def reset_token(self, email: str = EMAIL) -> str:
        account = self.account(email)
        return ResetTokens(SECRET_KEY).make(
            self.practice_id,
            account.account_id,
            version=account.credentials_version,
            now=self.clock(),
        )

    def invitation(self) -> str:
        """The token in the newest invitation."""
        mail = self.mails("account_invitation")[-1]
        return LinkTokens(SECRET_KEY, purpose=INVITATION).make(self.practice_id, mail.subject_id)
