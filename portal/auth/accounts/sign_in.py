"""Signing in: one answer and the same work for whoever is not let in, whatever the reason.

A wrong password pauses the address it comes from (wrong_tries.py), a wrong code the second step,
which is reached with the password only. Ten failures of an account, or fifty from one network,
within an hour are told to staff once (164.308(a)(5)(ii)(C)).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.auth.accounts.access import AccessKind, AccessState, AccountRef
from portal.auth.accounts.credentials import Change, find_account, take_second_factor
from portal.auth.accounts.mail import AccountMailTemplate, queue_account_mail
from portal.auth.accounts.models import Account, AccountAccess, KnownDevice
from portal.auth.accounts.passkeys import PasskeyRefusedError, Site, account_of_answer
from portal.auth.accounts.passwords import WITH_SECOND_FACTOR_MIN
from portal.auth.accounts.principal import doorkeeper, note, note_alone
from portal.auth.keys import hash_password, needs_new_hash, password_fits
from portal.auth.wrong_tries import (
    TriedDoor,
    count_failures,
    count_password,
    is_paused,
    network_of,
    tried_door,
)
from portal.db import Database, Principal, new_id, practice_of
from portal.practice.tasks import open_task, subject_of

FAILURES_OF_ACCOUNT = 10
FAILURES_FROM_NETWORK = 50


@dataclass(frozen=True, slots=True)
class Visitor:
    """From where somebody tries: their network address, and the browser as it shows itself."""

    source_address: str
    device: str
    device_hash: bytes


@dataclass(frozen=True, slots=True)
class RightPassword:
    """``needs_code``: an authenticator app stands beside it."""

    ref: AccountRef
    needs_code: bool


def normal(email: str) -> str:
    """As addresses are compared."""
    return email.strip().lower()


def check_password(
    database: Database,
    practice_id: UUID,
    *,
    email: str,
    password: str,
    source_address: str,
    act: Change,
) -> RightPassword | None:
    """None for an unknown address, a wrong password, an ended account and a pause, all alike."""
    name = normal(email)
    door = tried_door(act.secret_key, f"account {practice_id} {name}", source_address)
    paused = is_paused(database, door, now=act.now)
    with database.transaction(doorkeeper(practice_id)) as session:
        row = session.execute(
            select(Account.account_id, Account.password_hash).where(
                Account.practice_id == practice_id,
                Account.email == name,
                Account.ended_at.is_(None),
            )
        ).one_or_none()
    fits = password_fits(row.password_hash if row and not paused else None, password)
    if paused or not count_password(database, door, fits=fits, now=act.now):
        return None
    if not fits or row is None:
        _note_failure(
            database,
            practice_id,
            row.account_id if row else None,
            door=door,
            source_address=source_address,
            act=act,
        )
        return None
    with database.transaction(doorkeeper(practice_id)) as session:
        account = find_account(session, row.account_id)
        if account is None or account.password_hash is None:
            return None
        if needs_new_hash(account.password_hash):
            account.password_hash = hash_password(password, at_least=WITH_SECOND_FACTOR_MIN)
        ref = AccountRef(practice_id, account.account_id)
        return RightPassword(ref, account.totp_secret_sealed is not None)


def check_code(database: Database, ref: AccountRef, code: str, *, act: Change) -> bool:
    """Whether the second factor is right: a code of the app, or a recovery code, once each."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = find_account(session, ref.account_id)
        kind = take_second_factor(session, account, code, act=act) if account else None
        nobody = Principal.anonymous(ref.practice_id)
        action = f"use_{kind}" if kind else "wrong_code"
        note(session, nobody, action, ref.account_id, now=act.now, request_id=act.request_id)
        return kind is not None


def check_passkey(
    database: Database, practice_id: UUID, answer: str, *, site: Site, challenge: bytes, act: Change
) -> AccountRef | None:
    """Whose passkey answered; None for every reason why not."""
    try:
        with database.transaction(doorkeeper(practice_id)) as session:
            account_id = account_of_answer(
                session, answer, site=site, challenge=challenge, now=act.now
            )
            return AccountRef(practice_id, account_id)
    except PasskeyRefusedError:
        note_alone(
            database,
            Principal.anonymous(practice_id),
            "wrong_passkey",
            None,
            now=act.now,
            request_id=act.request_id,
        )
        return None


def enter(
    database: Database, ref: AccountRef, *, how: str, visitor: Visitor, act: Change
) -> UUID | None:
    """What the account opens first: its own bills, or else the oldest access. None: nothing.

    Leaves an audit row, and a notice when the browser is a new one. ``how``: the action of the row.
    """
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = find_account(session, ref.account_id)
        access = _first_access(session, ref.account_id)
        if account is None or access is None:
            return None
        _note_device(session, account, visitor, act=act)
        principal = Principal.patient(
            ref.practice_id,
            guarantor_id=access.guarantor_id,
            actor_id=ref.account_id,
            access=AccessKind(access.kind),
        )
        note(session, principal, how, ref.account_id, now=act.now, request_id=act.request_id)
        return access.access_id


def note_account_sign_out(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> None:
    """A row in the audit log."""
    with database.transaction(principal) as session:
        note(session, principal, "sign_out", principal.actor_id, now=now, request_id=request_id)


def _first_access(session: Session, account_id: UUID) -> AccountAccess | None:
    rows = session.scalars(
        select(AccountAccess)
        .where(
            AccountAccess.practice_id == practice_of(session),
            AccountAccess.account_id == account_id,
            AccountAccess.state == AccessState.ACTIVE.value,
        )
        .order_by(AccountAccess.access_id)
    ).all()
    own = [one for one in rows if one.kind == AccessKind.HOLDER.value]
    return next(iter((*own, *rows)), None)


def _note_device(session: Session, account: Account, visitor: Visitor, *, act: Change) -> None:
    """The first browser is the one the account was made in: that is no news."""
    practice_id = practice_of(session)
    has_others = session.scalar(
        select(KnownDevice.device_id)
        .where(
            KnownDevice.practice_id == practice_id,
            KnownDevice.account_id == account.account_id,
        )
        .limit(1)
    )
    added = session.scalar(
        insert(KnownDevice)
        .values(
            practice_id=practice_id,
            device_id=new_id(),
            account_id=account.account_id,
            device_hash=visitor.device_hash,
            device=visitor.device,
            first_seen_at=act.now,
        )
        .on_conflict_do_nothing()
        .returning(KnownDevice.device_id)
    )
    if added is not None and has_others is not None:
        queue_account_mail(
            session,
            AccountMailTemplate.NEW_DEVICE,
            subject_id=account.account_id,
            to_address=account.email,
            language=account.language,
            now=act.now,
        )


def _note_failure(
    database: Database,
    practice_id: UUID,
    account_id: UUID | None,
    *,
    door: TriedDoor,
    source_address: str,
    act: Change,
) -> None:
    """The same rows for an address that nobody has: only what they are about differs."""
    network = network_of(source_address)
    of_account = count_failures(database, act.secret_key, door.anywhere.hex(), now=act.now)
    of_network = count_failures(database, act.secret_key, network, now=act.now)
    with database.transaction(doorkeeper(practice_id)) as session:
        nobody = Principal.anonymous(practice_id)
        note(session, nobody, "wrong_password", account_id, now=act.now, request_id=act.request_id)
        if of_account == FAILURES_OF_ACCOUNT and account_id is not None:
            open_task(
                session,
                kind="sign_in_guessed",
                subject_id=account_id,
                message="Ten sign-ins to one account failed within an hour.",
                now=act.now,
            )
        if of_network == FAILURES_FROM_NETWORK:
            open_task(
                session,
                kind="sign_in_guessed",
                subject_id=subject_of(practice_id, f"sign-ins from {network}"),
                message="Fifty sign-ins from one network failed within an hour.",
                now=act.now,
            )
