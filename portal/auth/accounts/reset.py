"""A new password by e-mail: asking says the same to everybody, and no second factor is skipped."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from portal.auth.accounts.access import AccountRef
from portal.auth.accounts.credentials import (
    Change,
    find_account,
    needs_second_factor,
    take_second_factor,
    tell_change,
    write_password,
)
from portal.auth.accounts.mail import (
    AccountMailTemplate,
    may_be_asked_again,
    queue_account_mail,
)
from portal.auth.accounts.models import Account
from portal.auth.accounts.principal import doorkeeper, note
from portal.auth.accounts.sign_in import normal
from portal.auth.accounts.tokens import ResetPointer, ResetTokens
from portal.db import Database, Principal, new_id


class WrongCodeError(ValueError):
    """The second factor is wrong, used, or paused."""


@dataclass(frozen=True, slots=True)
class OpenReset:
    """A token that still counts."""

    pointer: ResetPointer
    needs_code: bool
    email: str


def ask_for_reset(
    database: Database, practice_id: UUID, email: str, *, language: str, act: Change
) -> None:
    """Mail a link to whoever signs in with that address; for nobody the same rows and the same job.

    What somebody typed is kept only if it is the address of an account.
    """
    name = normal(email)
    with database.transaction(doorkeeper(practice_id)) as session:
        account = session.scalar(
            select(Account).where(
                Account.practice_id == practice_id,
                Account.email == name,
                Account.ended_at.is_(None),
            )
        )
        allowed = may_be_asked_again(session, AccountMailTemplate.RESET, name, now=act.now)
        queue_account_mail(
            session,
            AccountMailTemplate.RESET,
            subject_id=account.account_id if account else new_id(),
            to_address=name if account and allowed else "",
            language=account.language if account else language,
            now=act.now,
        )
        nobody = Principal.anonymous(practice_id)
        subject = account.account_id if account else None
        note(session, nobody, "ask_for_reset", subject, now=act.now, request_id=act.request_id)


def open_reset(database: Database, token: str, *, act: Change) -> OpenReset | None:
    """What a token opens; None for one that is over, used, or nobody's."""
    pointer = ResetTokens(act.secret_key).read(token, now=act.now)
    if pointer is None:
        return None
    with database.transaction(doorkeeper(pointer.practice_id)) as session:
        account = find_account(session, pointer.account_id)
        if account is None or account.credentials_version != pointer.version:
            return None
        return OpenReset(pointer, needs_second_factor(session, account), account.email)


def reset_password(
    database: Database, token: str, *, password: str, code: str, act: Change
) -> AccountRef | None:
    """Set it. Signs nobody in: the sign-in page asks for all factors.

    None for a token that is over. Raises WrongCodeError, and PasswordRefusedError (passwords.py)
    before a code is looked at or used up.
    """
    pointer = ResetTokens(act.secret_key).read(token, now=act.now)
    if pointer is None:
        return None
    right = True
    with database.transaction(doorkeeper(pointer.practice_id)) as session:
        account = find_account(session, pointer.account_id)
        if account is None or account.credentials_version != pointer.version:
            return None
        nobody = Principal.anonymous(pointer.practice_id)
        has_app = account.totp_secret_sealed is not None
        needs_code = needs_second_factor(session, account)
        before = account.password_hash, account.password_stands_alone
        write_password(session, account, password, has_app=has_app)
        right = not needs_code or take_second_factor(session, account, code, act=act) is not None
        if right:
            tell_change(session, account, "reset_password", who=nobody, act=act)
        else:
            account.password_hash, account.password_stands_alone = before
            note(
                session,
                nobody,
                "wrong_code",
                account.account_id,
                now=act.now,
                request_id=act.request_id,
            )
    if not right:
        raise WrongCodeError
    return AccountRef(pointer.practice_id, pointer.account_id)
