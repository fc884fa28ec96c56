"""What signs an account in: read, set and taken away. Every change is told and ends old tokens.

An account keeps one way in at least. A password that is too short to stand alone does so only as
long as an authenticator app stands beside it.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal.auth.accounts import passwords
from portal.auth.accounts.access import AccountRef
from portal.auth.accounts.mail import AccountMailTemplate, queue_account_mail
from portal.auth.accounts.models import Account, RecoveryCode
from portal.auth.accounts.passkeys import Site, keep_passkey, live_passkeys
from portal.auth.accounts.principal import doorkeeper, note
from portal.auth.keys import hash_password, keyed_hash, seal_text, unseal_text
from portal.auth.one_time_codes import step_of
from portal.auth.wrong_tries import pause_after
from portal.db import Database, Principal, new_id, practice_of
from portal.practice.contact import practice_contact

_TOTP_SECRET = "account-totp-secret.v1"  # noqa: S105 — the purpose of a key
_RECOVERY = "account-recovery-code.v1"
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10  # 80 bits: nobody tries them all, even with the hashes
_CODE_TRIES_BEFORE_LOCK = 10
_LOCK = timedelta(minutes=15)  # only for whoever knows the password already
_TRIES_MAX = 1000


class LastWayInError(ValueError):
    """Taken away, it would leave no way to sign in, or too weak a one."""


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One passkey, as its owner knows it."""

    passkey_id: UUID
    device: str
    made_on: date
    last_used_on: date | None


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How an account signs in."""

    email: str
    has_password: bool
    has_app: bool
    codes_left: int
    passkeys: tuple[PasskeyRow, ...]
    version: int
    """Grows with every change of them."""


def find_account(session: Session, account_id: UUID) -> Account | None:
    """The row, for update; None for an account that was ended."""
    return session.scalar(
        select(Account)
        .where(
            Account.practice_id == practice_of(session),
            Account.account_id == account_id,
            Account.ended_at.is_(None),
        )
        .with_for_update()
    )


def ways_in(database: Database, ref: AccountRef) -> WaysIn:
    """For the page that shows them. Raises NoResultFound for an account that was ended."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = session.scalars(
            select(Account).where(
                Account.practice_id == ref.practice_id,
                Account.account_id == ref.account_id,
                Account.ended_at.is_(None),
            )
        ).one()
        zone = ZoneInfo(practice_contact(session).time_zone)
        return WaysIn(
            email=account.email,
            has_password=account.password_hash is not None,
            has_app=account.totp_secret_sealed is not None,
            codes_left=_codes_left(session, ref.account_id),
            passkeys=tuple(
                PasskeyRow(
                    one.passkey_id,
                    one.device,
                    one.made_at.astimezone(zone).date(),
                    one.last_used_at.astimezone(zone).date() if one.last_used_at else None,
                )
                for one in live_passkeys(session, ref.account_id)
            ),
            version=account.credentials_version,
        )


def needs_second_factor(session: Session, account: Account) -> bool:
    """Whether a mailbox alone may not set the password anew.

    An authenticator app is asked for, and where only passkeys sign in a recovery code: each of them
    was two factors in one.
    """
    only_passkeys = account.password_hash is None and _codes_left(session, account.account_id) > 0
    return account.totp_secret_sealed is not None or only_passkeys


def write_password(session: Session, account: Account, password: str, *, has_app: bool) -> None:
    """Raises PasswordRefusedError and its kinds (passwords.py)."""
    practice = practice_contact(session)
    passwords.require_good(
        password,
        has_second_factor=has_app,
        words=(practice.name, practice.sender_name, account.email.partition("@")[0]),
    )
    account.password_hash = hash_password(password, at_least=passwords.WITH_SECOND_FACTOR_MIN)
    account.password_stands_alone = passwords.stands_alone(password)


def set_password(
    database: Database, ref: AccountRef, password: str, *, who: Principal, act: "Change"
) -> None:
    """Raises PasswordRefusedError and its kinds (passwords.py)."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = _account(session, ref)
        write_password(session, account, password, has_app=account.totp_secret_sealed is not None)
        tell_change(session, account, "set_password", who=who, act=act)


def turn_app_on(
    database: Database, ref: AccountRef, *, secret: str, code: str, who: Principal, act: "Change"
) -> tuple[str, ...] | None:
    """The recovery codes that come with it, shown once; None for a wrong code.

    None as well where one is on: another never takes its place, it is turned off first.
    """
    step = step_of(secret, code, now=act.now)
    if step is None:
        return None
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = _account(session, ref)
        if account.totp_secret_sealed is not None:
            return None
        account.totp_secret_sealed = seal_text(act.secret_key, _TOTP_SECRET, secret)
        account.totp_step_used = step
        codes = write_recovery_codes(session, account, act=act)
        tell_change(session, account, "turn_app_on", who=who, act=act)
        return codes


def turn_app_off(database: Database, ref: AccountRef, *, who: Principal, act: "Change") -> None:
    """Raises LastWayInError when the password is too short to stand alone."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = _account(session, ref)
        if account.password_hash is not None and not account.password_stands_alone:
            raise LastWayInError
        account.totp_secret_sealed = None
        tell_change(session, account, "turn_app_off", who=who, act=act)


def make_recovery_codes(
    database: Database, ref: AccountRef, *, who: Principal, act: "Change"
) -> tuple[str, ...]:
    """Ten new ones; the old ones open nothing any more."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = _account(session, ref)
        codes = write_recovery_codes(session, account, act=act)
        tell_change(session, account, "make_recovery_codes", who=who, act=act)
        return codes


def add_passkey(
    database: Database,
    ref: AccountRef,
    answer: str,
    *,
    site: Site,
    challenge: bytes,
    device: str,
    who: Principal,
    act: "Change",
) -> None:
    """Raises PasskeyRefusedError."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = _account(session, ref)
        keep_passkey(
            session,
            ref.account_id,
            answer,
            site=site,
            challenge=challenge,
            device=device,
            now=act.now,
        )
        tell_change(session, account, "add_passkey", who=who, act=act)


def remove_passkey(
    database: Database, ref: AccountRef, passkey_id: UUID, *, who: Principal, act: "Change"
) -> bool:
    """False for nobody's. Raises LastWayInError for the last one where no password is set."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = _account(session, ref)
        passkeys = live_passkeys(session, ref.account_id)
        found = next((one for one in passkeys if one.passkey_id == passkey_id), None)
        if found is None:
            return False
        if len(passkeys) == 1 and account.password_hash is None:
            raise LastWayInError
        found.removed_at = act.now
        tell_change(session, account, "remove_passkey", who=who, act=act)
        return True


@dataclass(frozen=True, slots=True)
class Change:
    """When, with which key, and in which request something changes."""

    now: datetime
    secret_key: str
    request_id: str


def tell_change(
    session: Session, account: Account, action: str, *, who: Principal, act: Change
) -> None:
    """Ends every reset token, leaves an audit row and a notice."""
    account.credentials_version += 1
    note(session, who, action, account.account_id, now=act.now, request_id=act.request_id)
    queue_account_mail(
        session,
        AccountMailTemplate.CHANGED,
        subject_id=account.account_id,
        to_address=account.email,
        language=account.language,
        now=act.now,
    )


def tell_sessions_ended(
    database: Database, ref: AccountRef, *, who: Principal, act: Change
) -> None:
    """Somebody signed devices out: told like a change of what signs in."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        tell_change(session, _account(session, ref), "end_sessions", who=who, act=act)


def write_recovery_codes(session: Session, account: Account, *, act: Change) -> tuple[str, ...]:
    """Ten new ones; the old ones count as used."""
    practice_id = practice_of(session)
    session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.practice_id == practice_id,
            RecoveryCode.account_id == account.account_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=act.now)
    )
    codes = tuple(secrets.token_hex(_RECOVERY_BYTES) for _ in range(RECOVERY_CODES))
    session.execute(
        insert(RecoveryCode).values(
            [
                {
                    "practice_id": practice_id,
                    "code_id": new_id(),
                    "account_id": account.account_id,
                    "code_hash": _recovery_hash(act.secret_key, account.account_id, code),
                    "made_at": act.now,
                }
                for code in codes
            ]
        )
    )
    return codes


def take_second_factor(session: Session, account: Account, code: str, *, act: Change) -> str | None:
    """What the code was, "app" or "recovery_code"; None for a wrong or a used one, and in a pause.

    A wrong code is counted in the account's row, which the caller holds.
    """
    if account.codes_paused_until is not None and act.now < account.codes_paused_until:
        return None
    kind = _take_app_code(account, code, act=act) or _take_recovery_code(
        session, account, code, act=act
    )
    if kind is None:
        account.wrong_codes = min(account.wrong_codes + 1, _TRIES_MAX)
        is_locked = account.wrong_codes >= _CODE_TRIES_BEFORE_LOCK
        account.codes_paused_until = act.now + (
            _LOCK if is_locked else pause_after(account.wrong_codes)
        )
        return None
    account.wrong_codes = 0
    account.codes_paused_until = None
    return kind


def _take_app_code(account: Account, code: str, *, act: Change) -> str | None:
    if account.totp_secret_sealed is None:
        return None
    secret = unseal_text(act.secret_key, _TOTP_SECRET, account.totp_secret_sealed)
    step = step_of(secret, code, now=act.now)
    if step is None or step <= account.totp_step_used:
        return None
    account.totp_step_used = step
    return "app"


def _take_recovery_code(
    session: Session, account: Account, code: str, *, act: Change
) -> str | None:
    typed = "".join(one for one in code.lower() if one.isalnum())
    used = session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.practice_id == practice_of(session),
            RecoveryCode.account_id == account.account_id,
            RecoveryCode.code_hash == _recovery_hash(act.secret_key, account.account_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=act.now)
        .returning(RecoveryCode.code_id)
    )
    return "recovery_code" if used is not None else None


def _recovery_hash(secret_key: str, account_id: UUID, code: str) -> bytes:
    return keyed_hash(secret_key, _RECOVERY, f"{account_id}\n{code}")


def _codes_left(session: Session, account_id: UUID) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                RecoveryCode.practice_id == practice_of(session),
                RecoveryCode.account_id == account_id,
                RecoveryCode.used_at.is_(None),
            )
        )
        or 0
    )


def _account(session: Session, ref: AccountRef) -> Account:
    found = find_account(session, ref.account_id)
    if found is None:
        raise LookupError(ref.account_id)
    return found
