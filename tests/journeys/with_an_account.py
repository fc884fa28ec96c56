"""Ana makes an account from her link, and has one of everything that hangs on it."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from portal.auth.accounts.email_codes import code_of
from portal.auth.accounts.models import (
    Account,
    AccountAccess,
    EmailCheck,
    Passkey,
    RecoveryCode,
)
from portal.auth.accounts.tokens import INVITATION, ResetTokens
from portal.auth.link_tokens import LinkTokens
from portal.db import Database, Principal, new_id
from tests.auth.running import SECRET_KEY, Clock

EMAIL = "ana.account@example.com"
PASSWORD = "seven quiet lamps at noon"
INVITED = {"email": "luis@example.com", "kind": "pay_only"}


def answers_of_accounts() -> dict[str, dict[str, str]]:
    """What each form of accounts takes, by the endpoint that takes it."""
    typed = {"email": "eva@example.com", "kind": "see_and_pay", "password": PASSWORD}
    typed |= {"phone": "555-010-0199", "code": "12345678"}
    names = ("begin", "begin_code", "begin_ways", "change_email_address", "change_phone_number")
    more = ("check_confirmation", "check_sign_in", "forgot", "invite_person", "invited")
    last = ("reset", "set_password")
    return {f"accounts.{name}": typed for name in (*names, *more, *last)}


class Posting(Protocol):
    """A visitor."""

    def __call__(self, path: str, fields: Mapping[str, str], /) -> TestResponse: ...


def make_account(post: Posting, database: Database, practice_id: UUID) -> None:
    """By a visitor whose browser has opened the link."""
    assert post("/account/new", {"email": EMAIL}).location == "/account/new/code"
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        check_id = session.scalars(select(EmailCheck.check_id)).one()
    code = {"code": code_of(SECRET_KEY, check_id)}
    assert post("/account/new/code", code).location == "/account/new/ways"
    assert post("/account/new/ways", {"password": PASSWORD}).status_code == 303
    assert post("/account/people", INVITED).location == "/account/people"


def with_a_passkey(database: Database, practice_id: UUID, *, clock: Clock) -> None:
    """As her phone would have made one, and a code for the day it is lost."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        account_id = session.scalars(select(Account.account_id)).one()
        of_hers = {"practice_id": practice_id, "account_id": account_id, "made_at": clock.now}
        session.execute(
            insert(Passkey).values(
                **of_hers,
                passkey_id=new_id(),
                credential_id=b"of no device",
                public_key=b"of no key",
                sign_count=0,
                device="Safari, iPhone",
            )
        )
        session.execute(
            insert(RecoveryCode).values(**of_hers, code_id=new_id(), code_hash=b"of no code")
        )


def mailed_tokens(database: Database, practice_id: UUID, *, clock: Clock) -> dict[str, str]:
    """What is in the mails that she and the invited got, by the endpoint that takes it."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        account = session.scalars(select(Account)).one()
        access_id = session.scalars(
            select(AccountAccess.access_id).where(AccountAccess.email == INVITED["email"])
        ).one()
    invitation = LinkTokens(SECRET_KEY, purpose=INVITATION).make(practice_id, access_id)
    reset = ResetTokens(SECRET_KEY).make(
        practice_id,
        account.account_id,
        version=account.credentials_version,
        now=clock.now,
    )
    return {
        "accounts.reset": reset,
        "accounts.invited": invitation,
        "accounts.join_with_passkey": invitation,
        "accounts.offer_passkey_to_invited": invitation,
    }
