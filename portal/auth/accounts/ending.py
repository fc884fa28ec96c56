"""An account ends: by staff, when somebody lost every way in or asks for it. Nothing is deleted.

The bills stay as they are; a link and a date of birth open them, and make a new account.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.auth.accounts.access import holder_of
from portal.auth.accounts.credentials import Change, find_account, tell_change
from portal.auth.accounts.models import Account
from portal.auth.accounts.people import remove_all
from portal.db import Database, Principal, practice_of


class NoAccountError(LookupError):
    """The guarantor has no account."""


def account_since(session: Session, guarantor_id: UUID) -> datetime | None:
    """Since when the guarantor has an account; None for who has none. For staff."""
    return session.scalar(
        select(Account.made_at).where(
            Account.practice_id == practice_of(session),
            Account.account_id == holder_of(session, guarantor_id),
            Account.ended_at.is_(None),
        )
    )


def end_account(
    database: Database, principal: Principal, guarantor_id: UUID, *, act: Change
) -> UUID:
    """By a member of staff; nothing it opened is opened any more. Its id. Raises NoAccountError.

    Whoever was let in or invited by it is out as well: the next account invites anew.
    """
    with database.transaction(principal) as session:
        account_id = holder_of(session, guarantor_id)
        account = find_account(session, account_id) if account_id is not None else None
        if account is None:
            raise NoAccountError(guarantor_id)
        tell_change(session, account, "end", who=principal, act=act)
        account.ended_at = act.now
        account.ended_by = principal.actor_id
        remove_all(session, principal, guarantor_id=guarantor_id, ended=account, act=act)
        return account.account_id
