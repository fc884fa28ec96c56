"""How to reach who pays: an address counts once a code sent there came back; the old one is told.

A link and a date of birth change it only until there is an account: from then on the address signs
somebody in. The practice keeps its own records: the front desk gets a task, because the practice's
system takes no such change from us.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.auth.accounts.access import holder_of
from portal.auth.accounts.credentials import Change, find_account
from portal.auth.accounts.email_codes import open_check
from portal.auth.accounts.mail import AccountMailTemplate, queue_account_mail
from portal.auth.accounts.making import AccountExistsError
from portal.auth.accounts.models import Account
from portal.auth.accounts.principal import doorkeeper, note
from portal.db import Database, Principal, PrincipalKind, practice_of
from portal.practice.models import Guarantor
from portal.practice.tasks import open_task

CONTACT_TASK: Final = "contact_changed"


class AccountNeededError(PermissionError):
    """The guarantor has an account: whoever came by a link changes nothing of it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What is on record."""

    email: str
    phone: str


def contact_of(database: Database, principal: Principal, *, act: Change) -> Contact:
    """Looking leaves an audit row."""
    with database.transaction(principal) as session:
        note(
            session,
            principal,
            "view",
            principal.guarantor_id,
            now=act.now,
            request_id=act.request_id,
            object_kind="contact",
        )
        found = _guarantor(session, principal.guarantor_id)
        return Contact(found.email or "", found.phone or "")


def change_phone(database: Database, principal: Principal, phone: str, *, act: Change) -> None:
    """At once, with a notice. Raises AccountNeededError."""
    with database.transaction(doorkeeper(principal.practice_id)) as session:
        guarantor = _guarantor(session, principal.guarantor_id)
        _account_of(session, principal, guarantor)
        if guarantor.phone == phone:
            return
        _write(session, guarantor.guarantor_id, phone=phone)
        _tell(session, principal, guarantor, to_address=guarantor.email, act=act)


def change_email(database: Database, principal: Principal, check_id: UUID, *, act: Change) -> bool:
    """Take the address that was shown to be theirs, to sign in with as well. False: none was.

    Raises AccountNeededError, and AccountExistsError for an address that signs somebody else in.
    """
    try:
        with database.transaction(doorkeeper(principal.practice_id)) as session:
            guarantor = _guarantor(session, principal.guarantor_id)
            account = _account_of(session, principal, guarantor)
            check = open_check(session, check_id, guarantor_id=guarantor.guarantor_id, now=act.now)
            if check is None or check.passed_at is None:
                return False
            check.used_at = act.now
            old = guarantor.email
            if account is not None:
                old = account.email
                account.email = check.email
                account.credentials_version += 1
            _write(session, guarantor.guarantor_id, email=check.email)
            _tell(session, principal, guarantor, to_address=old, act=act)
            return True
    except IntegrityError as error:
        raise AccountExistsError from error


def _account_of(session: Session, principal: Principal, guarantor: Guarantor) -> Account | None:
    """The guarantor's own, for update. Raises AccountNeededError for who did not sign in to it."""
    holder_id = holder_of(session, guarantor.guarantor_id)
    if holder_id is not None and principal.kind is PrincipalKind.LINK:
        raise AccountNeededError(guarantor.guarantor_id)
    return find_account(session, holder_id) if holder_id is not None else None


def _tell(
    session: Session,
    principal: Principal,
    guarantor: Guarantor,
    *,
    to_address: str | None,
    act: Change,
) -> None:
    note(
        session,
        principal,
        "change",
        guarantor.guarantor_id,
        now=act.now,
        request_id=act.request_id,
        object_kind="contact",
    )
    open_task(
        session,
        kind=CONTACT_TASK,
        subject_id=guarantor.guarantor_id,
        message="Changed their e-mail address or phone number here: change it in your system, too.",
        now=act.now,
    )
    if to_address:
        queue_account_mail(
            session,
            AccountMailTemplate.CONTACT_CHANGED,
            subject_id=guarantor.guarantor_id,
            to_address=to_address,
            language=guarantor.language,
            now=act.now,
        )


def _write(session: Session, guarantor_id: UUID, **values: str) -> None:
    session.execute(
        update(Guarantor)
        .where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _guarantor(session: Session, guarantor_id: UUID | None) -> Guarantor:
    return session.scalars(
        select(Guarantor).where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
    ).one()
