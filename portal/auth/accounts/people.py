"""Who else may see an account: invited by its holder, accepted by the invited, ended at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.auth.accounts.access import (
    AccessKind,
    AccessState,
    AccountRef,
    ActingFor,
    give_access,
    holder_of,
    locked_access,
    locked_accesses,
    locked_invitation,
    move_access,
    people_of,
)
from portal.auth.accounts.credentials import Change, find_account
from portal.auth.accounts.mail import AccountMailTemplate, queue_account_mail
from portal.auth.accounts.making import AccountExistsError, Chosen, add_account
from portal.auth.accounts.models import Account, AccountAccess
from portal.auth.accounts.passkeys import Site
from portal.auth.accounts.principal import ACCESS, doorkeeper, note
from portal.auth.accounts.sign_in import normal
from portal.auth.accounts.tokens import INVITATION
from portal.auth.link_tokens import LinkPointer, LinkTokens
from portal.db import Database, Principal, practice_of
from portal.practice.contact import PracticeContact, practice_contact

MOST_PEOPLE = 10


class AccessNotFoundError(LookupError):
    """No such access, or not to this guarantor."""


class CannotInviteError(ValueError):
    """Oneself, somebody twice, or more than ten."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a token of an invitation opens: says nothing of the person whose bills they are."""

    pointer: LinkPointer
    email: str
    kind: AccessKind
    has_account: bool
    practice: PracticeContact


def people(database: Database, principal: Principal, *, act: Change) -> Sequence[ActingFor]:
    """Everybody who may, or was asked to; looking leaves an audit row."""
    guarantor_id = _guarantor_of(principal)
    with database.transaction(principal) as session:
        note(
            session,
            principal,
            "view",
            guarantor_id,
            now=act.now,
            request_id=act.request_id,
            object_kind=ACCESS,
        )
        return people_of(session, guarantor_id, now=act.now)


def invite(
    database: Database,
    principal: Principal,
    email: str,
    *,
    kind: AccessKind,
    language: str,
    act: Change,
) -> UUID:
    """Mail an invitation, and tell the holder. Raises CannotInviteError."""
    guarantor_id, to_address = _guarantor_of(principal), normal(email)
    if kind is AccessKind.HOLDER or principal.actor_id is None:
        raise CannotInviteError
    with database.transaction(doorkeeper(principal.practice_id)) as session:
        own = _holder(session, guarantor_id)
        present = people_of(session, guarantor_id, now=act.now)
        if (
            own is None
            or own.email == to_address
            or len(present) >= MOST_PEOPLE
            or any(one.email == to_address for one in present)
        ):
            raise CannotInviteError
        access_id = give_access(
            session,
            guarantor_id=guarantor_id,
            account_id=None,
            kind=kind,
            state=AccessState.INVITED,
            email=to_address,
            made_by=principal.actor_id,
            now=act.now,
        )
        queue_account_mail(
            session,
            AccountMailTemplate.INVITATION,
            subject_id=access_id,
            to_address=to_address,
            language=language,
            now=act.now,
        )
        _note(session, principal, f"invite_{kind.value}", access_id, act=act)
        _tell(session, own, act=act)
        return access_id


def remove(database: Database, principal: Principal, access_id: UUID, *, act: Change) -> None:
    """From now on it opens nothing, also in a session that is under way.

    Raises AccessNotFoundError, also for the holder's own.
    """
    guarantor_id = _guarantor_of(principal)
    with database.transaction(doorkeeper(principal.practice_id)) as session:
        access = locked_access(session, access_id)
        if (
            access is None
            or access.guarantor_id != guarantor_id
            or access.kind == AccessKind.HOLDER.value
        ):
            raise AccessNotFoundError(access_id)
        if access.state == AccessState.REMOVED.value:
            return
        _remove(session, principal, access, act=act)
        for told in (_holder(session, guarantor_id), _account(session, access.account_id)):
            _tell(session, told, act=act)


def remove_all(
    session: Session, principal: Principal, *, guarantor_id: UUID, ended: Account, act: Change
) -> None:
    """With the holder's account goes whatever it opens, and whoever it let in or invited.

    Who let whom in is not known apart from who had the account: it may have been a stranger.
    """
    for access in locked_accesses(session, guarantor_id=guarantor_id, account_id=ended.account_id):
        _remove(session, principal, access, act=act)
        is_theirs = access.account_id == ended.account_id
        holder = _holder(session, access.guarantor_id)
        _tell(session, holder if is_theirs else _account(session, access.account_id), act=act)


def open_invitation(database: Database, token: str, *, act: Change) -> Invitation | None:
    """What an invitation asks; None for one that is over, accepted, taken back, or nobody's."""
    pointer = LinkTokens(act.secret_key, purpose=INVITATION).read(token)
    if pointer is None:
        return None
    with database.transaction(doorkeeper(pointer.practice_id)) as session:
        access = locked_invitation(session, pointer.link_id, now=act.now)
        if access is None:
            return None
        return Invitation(
            pointer,
            access.email,
            AccessKind(access.kind),
            has_account=_by_address(session, access.email) is not None,
            practice=practice_contact(session),
        )


def accept(database: Database, ref: AccountRef, invitation: Invitation, *, act: Change) -> UUID:
    """By the account of the invited address; what opens those bills from now on.

    An earlier invitation of theirs ends with it; their own bills stay their own. Raises
    AccessNotFoundError for any other account.
    """
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        account = find_account(session, ref.account_id)
        access = locked_invitation(session, invitation.pointer.link_id, now=act.now)
        is_theirs = access is not None and account is not None and account.email == access.email
        if access is None or account is None or not is_theirs:
            raise AccessNotFoundError(invitation.pointer.link_id)
        before = _held_before(session, access, account)
        if before is not None and before.kind == AccessKind.HOLDER.value:
            _remove(session, _acting(access, account), access, act=act)
            return before.access_id
        if before is not None:
            _remove(session, _acting(access, account), before, act=act)
            session.flush()  # one at a time is active
        _accept(session, access, account, act=act)
        return access.access_id


def join(
    database: Database,
    invitation: Invitation,
    chosen: Chosen,
    *,
    language: str,
    site: Site,
    act: Change,
) -> tuple[AccountRef, tuple[str, ...]] | None:
    """A new account for the invited address, which the mailed link has shown to be theirs.

    None for an invitation that is over. Raises AccountExistsError, PasswordRefusedError
    (passwords.py), PasskeyRefusedError.
    """
    try:
        with database.transaction(doorkeeper(invitation.pointer.practice_id)) as session:
            access = locked_invitation(session, invitation.pointer.link_id, now=act.now)
            if access is None:
                return None
            account, codes = add_account(
                session, access.email, chosen, language=language, site=site, act=act
            )
            _accept(session, access, account, act=act)
            return AccountRef(practice_of(session), account.account_id), codes
    except IntegrityError as error:
        raise AccountExistsError from error


def _accept(session: Session, access: AccountAccess, account: Account, *, act: Change) -> None:
    access.account_id = account.account_id
    move_access(access, AccessState.ACTIVE, now=act.now)
    _note(session, _acting(access, account), "accept", access.access_id, act=act)
    _tell(session, _holder(session, access.guarantor_id), act=act)


def _acting(access: AccountAccess, account: Account) -> Principal:
    return Principal.patient(
        access.practice_id,
        guarantor_id=access.guarantor_id,
        actor_id=account.account_id,
        access=AccessKind(access.kind),
    )


def _held_before(session: Session, access: AccountAccess, account: Account) -> AccountAccess | None:
    return session.scalar(
        select(AccountAccess)
        .where(
            AccountAccess.practice_id == practice_of(session),
            AccountAccess.guarantor_id == access.guarantor_id,
            AccountAccess.account_id == account.account_id,
            AccountAccess.state == AccessState.ACTIVE.value,
        )
        .with_for_update()
    )


def _holder(session: Session, guarantor_id: UUID) -> Account | None:
    return _account(session, holder_of(session, guarantor_id))


def _account(session: Session, account_id: UUID | None) -> Account | None:
    return session.scalar(
        select(Account).where(
            Account.practice_id == practice_of(session),
            Account.account_id == account_id,
            Account.ended_at.is_(None),
        )
    )


def _by_address(session: Session, email: str) -> UUID | None:
    return session.scalar(
        select(Account.account_id).where(
            Account.practice_id == practice_of(session),
            Account.email == email,
            Account.ended_at.is_(None),
        )
    )


def _remove(session: Session, principal: Principal, access: AccountAccess, *, act: Change) -> None:
    move_access(access, AccessState.REMOVED, now=act.now)
    note(
        session,
        principal,
        "remove",
        access.access_id,
        now=act.now,
        request_id=act.request_id,
        object_kind=ACCESS,
        guarantor_id=access.guarantor_id,
    )


def _tell(session: Session, account: Account | None, *, act: Change) -> None:
    if account is None:
        return
    queue_account_mail(
        session,
        AccountMailTemplate.ACCESS_CHANGED,
        subject_id=account.account_id,
        to_address=account.email,
        language=account.language,
        now=act.now,
    )


def _note(
    session: Session, principal: Principal, action: str, access_id: UUID, *, act: Change
) -> None:
    note(
        session,
        principal,
        action,
        access_id,
        now=act.now,
        request_id=act.request_id,
        object_kind=ACCESS,
    )


def _guarantor_of(principal: Principal) -> UUID:
    if principal.guarantor_id is None:
        raise LookupError(principal.kind)
    return principal.guarantor_id
