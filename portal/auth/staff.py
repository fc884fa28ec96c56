"""Staff sign-in: a password, then a code that works once; wrong tries slow down, nothing tells.

Whoever asks for somebody who does not exist gets the same answer after the same work. Wrong
passwords pause the address they come from (wrong_tries.py), wrong codes the second step; the
second step is reached with the password only, so no stranger can keep a member of staff out.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_conflict
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.keys import (
    generate_password,
    hash_password,
    keyed_hash,
    needs_new_hash,
    password_fits,
    seal_text,
    unseal_text,
)
from portal.auth.models import SignInDirectoryEntry, StaffMember
from portal.auth.one_time_codes import new_secret, setup_address, step_of
from portal.auth.roles import Role
from portal.auth.wrong_tries import count_password, is_paused, pause_after, tried_door
from portal.db import Database, Principal, new_id, practice_of
from portal.practice.contact import practice_contact
from portal.practice.tasks import open_task_count

_DIRECTORY = "sign-in-directory.v1"
_TOTP_SECRET = "totp-secret.v1"  # noqa: S105 — the purpose of a key
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")  # nothing is ever sent to it
_CODE_TRIES_BEFORE_LOCK = 10
_TRIES_MAX = 1000
_LOCK = timedelta(minutes=15)  # only for whoever knows the password already
_ROLE = "staff sign-in"
_NOWHERE = UUID(int=0)


class StaffExistsError(ValueError):
    """The e-mail address signs somebody in already."""


class AddressRefusedError(ValueError):
    """That is no e-mail address."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Shown once to whoever adds a member of staff, and kept nowhere."""

    staff_id: UUID
    password: str
    totp_uri: str


@dataclass(frozen=True, slots=True)
class StaffRef:
    """A member of staff before anything of them is read."""

    practice_id: UUID
    staff_id: UUID


@dataclass(frozen=True, slots=True)
class SignedInStaff:
    """Who is at work: read anew for each request, so that a disabled account stops at once."""

    practice_id: UUID
    staff_id: UUID
    name: str
    role: Role
    practice_name: str
    time_zone: str
    open_tasks: int

    @property
    def principal(self) -> Principal:
        """Every row of the practice, bounded by the role in the routes."""
        return Principal.staff(self.practice_id, staff_id=self.staff_id, role=self.role.value)


def add_staff(
    database: Database,
    practice_id: UUID,
    *,
    secret_key: str,
    email: str,
    name: str,
    role: Role,
    now: datetime,
    request_id: str,
    password: str = "",
) -> NewStaff:
    """Add somebody; without a password one is generated.

    One address signs in to one practice: the directory has to know which. Raises StaffExistsError,
    AddressRefusedError, or PasswordRefusedError (keys.py) for a password that is too short.
    """
    if _ADDRESS.fullmatch(email.strip()) is None:
        message = f"{email!r} is not an e-mail address, such as jo@riverbend.example."
        raise AddressRefusedError(message)
    email = _normal(email)
    password = password or generate_password()
    password_hash = hash_password(password)
    totp_secret = new_secret()
    staff_id = new_id()
    with database.transaction(Principal.job(practice_id, role="staff add")) as session:
        taken = session.execute(
            insert_or_conflict(SignInDirectoryEntry)
            .values(
                login_hash=_login_hash(secret_key, email),
                practice_id=practice_id,
                user_id=staff_id,
            )
            .on_conflict_do_nothing()
            .returning(SignInDirectoryEntry.user_id)
        ).scalar_one_or_none()
        if taken is None:
            raise StaffExistsError(f"{email} signs somebody in already.")
        session.execute(
            insert(StaffMember).values(
                practice_id=practice_id,
                staff_id=staff_id,
                email=email,
                name=name,
                role=role.value,
                password_hash=password_hash,
                totp_secret_sealed=seal_text(secret_key, _TOTP_SECRET, totp_secret),
                created_at=now,
            )
        )
        _audit(session, "add", staff_id, now=now, request_id=request_id)
        issuer = practice_contact(session).name
    uri = setup_address(totp_secret, name=email, issuer=issuer)
    return NewStaff(staff_id, password, uri)


def check_password(
    database: Database,
    *,
    secret_key: str,
    email: str,
    password: str,
    source_address: str,
    now: datetime,
    request_id: str,
) -> StaffRef | None:
    """Who may go on to the second factor; None for every reason why not, all alike.

    A password that comes during the pause of its own address is not looked at. The hash is computed
    outside a transaction that holds a lock, and for nobody as for somebody.
    """
    door = tried_door(secret_key, _normal(email), source_address)
    if is_paused(database, door, now=now):
        return None
    ref = _look_up(database, secret_key, email)
    principal = Principal.job(ref.practice_id, role=_ROLE)
    with database.transaction(principal) as session:
        password_hash = session.scalar(
            select(StaffMember.password_hash).where(
                StaffMember.practice_id == ref.practice_id,
                StaffMember.staff_id == ref.staff_id,
                StaffMember.disabled_at.is_(None),
            )
        )
    fits = password_fits(password_hash, password)
    if not count_password(database, door, fits=fits, now=now):
        return None
    with database.transaction(principal) as session:
        member = _locked_row(session, ref)
        if member is None:
            return None
        if not fits:
            _audit(session, "wrong_password", ref.staff_id, now=now, request_id=request_id)
            return None
        if needs_new_hash(member.password_hash):
            member.password_hash = hash_password(password)
        return ref


def check_code(
    database: Database,
    ref: StaffRef,
    *,
    secret_key: str,
    code: str,
    now: datetime,
    request_id: str,
) -> bool:
    """Whether the second factor is right. A code, and any before it, works once."""
    with database.transaction(Principal.job(ref.practice_id, role=_ROLE)) as session:
        member = _locked_row(session, ref)
        if member is None or _pauses(member, now=now):
            return False
        secret = unseal_text(secret_key, _TOTP_SECRET, member.totp_secret_sealed)
        step = step_of(secret, code, now=now)
        if step is None or step <= member.totp_step_used:
            _note_wrong_code(member, now=now)
            _audit(session, "wrong_code", ref.staff_id, now=now, request_id=request_id)
            return False
        member.totp_step_used = step
        member.wrong_tries = 0
        member.locked_until = None
        _audit(session, "sign_in", ref.staff_id, now=now, request_id=request_id)
        return True


def note_sign_out(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> None:
    """A row in the audit log."""
    with database.transaction(principal) as session:
        _audit(session, "sign_out", principal.actor_id, now=now, request_id=request_id)


def signed_in_staff(database: Database, ref: StaffRef) -> SignedInStaff | None:
    """The member of staff of a session; None when the account was disabled meanwhile."""
    with database.transaction(Principal.job(ref.practice_id, role=_ROLE)) as session:
        row = session.execute(
            select(StaffMember.name, StaffMember.role).where(
                StaffMember.practice_id == ref.practice_id,
                StaffMember.staff_id == ref.staff_id,
                StaffMember.disabled_at.is_(None),
            )
        ).one_or_none()
        if row is None:
            return None
        practice = practice_contact(session)
        open_tasks = open_task_count(session)
    return SignedInStaff(
        practice_id=ref.practice_id,
        staff_id=ref.staff_id,
        name=row.name,
        role=Role(row.role),
        practice_name=practice.name,
        time_zone=practice.time_zone,
        open_tasks=open_tasks,
    )


def _look_up(database: Database, secret_key: str, email: str) -> StaffRef:
    with database.local_transaction() as session:
        row = session.execute(
            select(SignInDirectoryEntry.practice_id, SignInDirectoryEntry.user_id).where(
                SignInDirectoryEntry.login_hash == _login_hash(secret_key, _normal(email))
            )
        ).one_or_none()
    return StaffRef(row.practice_id, row.user_id) if row else StaffRef(_NOWHERE, _NOWHERE)


def _locked_row(session: Session, ref: StaffRef) -> StaffMember | None:
    return session.execute(
        select(StaffMember)
        .where(
            StaffMember.practice_id == practice_of(session),
            StaffMember.staff_id == ref.staff_id,
            StaffMember.disabled_at.is_(None),
        )
        .with_for_update()
    ).scalar_one_or_none()


def _pauses(member: StaffMember, *, now: datetime) -> bool:
    return member.locked_until is not None and now < member.locked_until


def _note_wrong_code(member: StaffMember, *, now: datetime) -> None:
    """Pauses as for passwords, then a quarter of an hour for each."""
    member.wrong_tries = min(member.wrong_tries + 1, _TRIES_MAX)
    is_locked = member.wrong_tries >= _CODE_TRIES_BEFORE_LOCK
    member.locked_until = now + (_LOCK if is_locked else pause_after(member.wrong_tries))


def _audit(
    session: Session, action: str, staff_id: UUID | None, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="staff",
        object_id=staff_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )


def _normal(email: str) -> str:
    return email.strip().lower()


def _login_hash(secret_key: str, email: str) -> bytes:
    return keyed_hash(secret_key, _DIRECTORY, email)
