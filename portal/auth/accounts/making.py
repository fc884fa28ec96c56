"""From an opened link to an account: a code to the address, then a passkey or a password.

What was paid, planned and asked before is there: all of it hangs on the guarantor, whom the date of
birth has shown. Nothing is copied.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.auth.accounts.access import (
    AccessKind,
    AccessState,
    AccountRef,
    give_access,
    holder_of,
)
from portal.auth.accounts.credentials import (
    Change,
    tell_change,
    write_password,
    write_recovery_codes,
)
from portal.auth.accounts.email_codes import (
    answer_check,
    begin_check,
    may_begin_check,
    open_check,
)
from portal.auth.accounts.mail import (
    AccountMailTemplate,
    may_be_asked_again,
    queue_account_mail,
)
from portal.auth.accounts.models import Account, EmailCheck
from portal.auth.accounts.passkeys import Site, keep_passkey
from portal.auth.accounts.principal import doorkeeper, note
from portal.auth.accounts.sign_in import normal
from portal.db import Database, Principal, new_id, practice_of
from portal.practice.models import Guarantor


class AccountExistsError(ValueError):
    """The guarantor has an account, or the address signs somebody in."""


class TooManyCodesError(ValueError):
    """Enough codes were mailed within the hour: to this address, or for this guarantor."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What shall sign in: a password, or what a browser made of an offer of a passkey."""

    password: str = ""
    passkey: str = ""
    challenge: bytes = b""
    account_id: UUID | None = None  # whom the offer named
    device: str = ""


def address_on_record(database: Database, principal: Principal) -> str:
    """The guarantor's e-mail address, to begin with."""
    with database.transaction(principal) as session:
        found = session.scalar(
            select(Guarantor.email).where(
                Guarantor.practice_id == principal.practice_id,
                Guarantor.guarantor_id == principal.guarantor_id,
            )
        )
    return found or ""


def has_account(database: Database, principal: Principal) -> bool:
    """Whether the guarantor of a link has an account already."""
    if principal.guarantor_id is None:
        return False
    with database.transaction(principal) as session:
        return holder_of(session, principal.guarantor_id) is not None


def mail_code(
    database: Database, principal: Principal, email: str, *, language: str, act: Change
) -> UUID:
    """The check that waits for the code. Raises TooManyCodesError."""
    guarantor_id = _guarantor_of(principal)
    to_address = normal(email)
    with database.transaction(doorkeeper(principal.practice_id)) as session:
        is_free = may_be_asked_again(session, AccountMailTemplate.CODE, to_address, now=act.now)
        if not is_free or not may_begin_check(session, guarantor_id, now=act.now):
            raise TooManyCodesError
        check_id = begin_check(session, guarantor_id=guarantor_id, email=to_address, now=act.now)
        queue_account_mail(
            session,
            AccountMailTemplate.CODE,
            subject_id=check_id,
            to_address=to_address,
            language=language,
            now=act.now,
        )
        note(session, principal, "mail_code", check_id, now=act.now, request_id=act.request_id)
        return check_id


def check_mailed_code(
    database: Database, principal: Principal, check_id: UUID, code: str, *, act: Change
) -> bool:
    """Whether it is right. A wrong one is counted; five end it."""
    with database.transaction(doorkeeper(principal.practice_id)) as session:
        check = open_check(session, check_id, guarantor_id=_guarantor_of(principal), now=act.now)
        if check is None:
            return False
        return answer_check(check, secret_key=act.secret_key, code=code, now=act.now)


def passed_address(
    database: Database, principal: Principal, check_id: UUID, *, act: Change
) -> str | None:
    """The address that was shown to be theirs; None while the code is awaited, or is over."""
    with database.transaction(doorkeeper(principal.practice_id)) as session:
        check = open_check(session, check_id, guarantor_id=_guarantor_of(principal), now=act.now)
        return check.email if check is not None and check.passed_at is not None else None


def make_account(
    database: Database,
    principal: Principal,
    check_id: UUID,
    chosen: Chosen,
    *,
    language: str,
    site: Site,
    act: Change,
) -> tuple[AccountRef, tuple[str, ...]] | None:
    """The account, with recovery codes for who has nothing but a passkey. None: no passed check.

    Raises AccountExistsError, PasswordRefusedError (passwords.py), PasskeyRefusedError.
    """
    try:
        with database.transaction(doorkeeper(principal.practice_id)) as session:
            guarantor_id = _guarantor_of(principal)
            check = open_check(session, check_id, guarantor_id=guarantor_id, now=act.now)
            if check is None or check.passed_at is None:
                return None
            return _make(session, principal, check, chosen, language=language, site=site, act=act)
    except IntegrityError as error:
        raise AccountExistsError from error


def signs_in(database: Database, principal: Principal, email: str) -> bool:
    """Whether an address, which was shown to be theirs, signs an account in already."""
    with database.transaction(doorkeeper(principal.practice_id)) as session:
        return _account_at(session, email) is not None


def add_to_account(
    database: Database, principal: Principal, check_id: UUID, *, act: Change
) -> bool:
    """Their bills to the account that the address signs in: of a proxy, or who pays twice.

    It opens nothing here: whoever has the account signs in to it. False: no passed check, or no
    such account. Raises AccountExistsError for who has another one, or is let in by that one.
    """
    try:
        with database.transaction(doorkeeper(principal.practice_id)) as session:
            guarantor_id = _guarantor_of(principal)
            check = open_check(session, check_id, guarantor_id=guarantor_id, now=act.now)
            passed = check is not None and check.passed_at is not None
            account = _account_at(session, check.email) if check is not None else None
            if check is None or account is None or not passed:
                return False
            _give_own_bills(session, check, account, act=act)
            tell_change(session, account, "add_bills", who=principal, act=act)
            return True
    except IntegrityError as error:
        raise AccountExistsError from error


def add_account(
    session: Session, email: str, chosen: Chosen, *, language: str, site: Site, act: Change
) -> tuple[Account, tuple[str, ...]]:
    """The row and what signs it in; what it opens is given by the caller.

    Raises PasswordRefusedError (passwords.py), PasskeyRefusedError; IntegrityError for an address
    that signs somebody in.
    """
    account_id = chosen.account_id or new_id()
    session.execute(
        insert(Account).values(
            practice_id=practice_of(session),
            account_id=account_id,
            email=email,
            language=language,
            password_stands_alone=False,
            made_at=act.now,
        )
    )
    account = session.scalars(
        select(Account).where(
            Account.practice_id == practice_of(session), Account.account_id == account_id
        )
    ).one()
    if chosen.passkey:
        keep_passkey(
            session,
            account_id,
            chosen.passkey,
            site=site,
            challenge=chosen.challenge,
            device=chosen.device,
            now=act.now,
        )
        return account, write_recovery_codes(session, account, act=act)
    write_password(session, account, chosen.password, has_app=False)
    return account, ()


def _make(
    session: Session,
    principal: Principal,
    check: EmailCheck,
    chosen: Chosen,
    *,
    language: str,
    site: Site,
    act: Change,
) -> tuple[AccountRef, tuple[str, ...]]:
    account, codes = add_account(
        session, check.email, chosen, language=language, site=site, act=act
    )
    _give_own_bills(session, check, account, act=act)
    note(session, principal, "make", account.account_id, now=act.now, request_id=act.request_id)
    return AccountRef(practice_of(session), account.account_id), codes


def _give_own_bills(session: Session, check: EmailCheck, account: Account, *, act: Change) -> None:
    give_access(
        session,
        guarantor_id=check.guarantor_id,
        account_id=account.account_id,
        kind=AccessKind.HOLDER,
        state=AccessState.ACTIVE,
        email=check.email,
        made_by=account.account_id,
        now=act.now,
    )
    check.used_at = act.now
    _tell_address_on_record(session, check, account, act=act)


def _account_at(session: Session, email: str) -> Account | None:
    return session.scalar(
        select(Account).where(
            Account.practice_id == practice_of(session),
            Account.email == email,
            Account.ended_at.is_(None),
        )
    )


def _tell_address_on_record(
    session: Session, check: EmailCheck, account: Account, *, act: Change
) -> None:
    """Whoever reads there learns that an account was made with another address."""
    email = session.scalar(
        select(Guarantor.email).where(
            Guarantor.practice_id == practice_of(session),
            Guarantor.guarantor_id == check.guarantor_id,
        )
    )
    if email and normal(email) != check.email:
        queue_account_mail(
            session,
            AccountMailTemplate.CHANGED,
            subject_id=account.account_id,
            to_address=email,
            language=account.language,
            now=act.now,
        )


def _guarantor_of(principal: Principal) -> UUID:
    if principal.guarantor_id is None:
        raise LookupError(principal.kind)
    return principal.guarantor_id
