"""Codes mailed to an address to see who reads there: made again from their id, never kept."""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.auth.accounts.models import EmailCheck
from portal.auth.keys import derive_key
from portal.db import new_id, practice_of

CODE_LIFETIME = timedelta(minutes=30)
CODE_TRIES_MAX = 5
CHECKS_AN_HOUR_MAX = 10  # of one guarantor, to whatever addresses
_PURPOSE = "email-code.v1"
_DIGITS = 8


def code_of(secret_key: str, check_id: UUID) -> str:
    """Eight digits; five tries of a hundred million."""
    digest = hmac.digest(derive_key(secret_key, _PURPOSE), check_id.bytes, hashlib.sha256)
    return str(int.from_bytes(digest[:8], "big") % 10**_DIGITS).zfill(_DIGITS)


def may_begin_check(session: Session, guarantor_id: UUID, *, now: datetime) -> bool:
    """Whether one more code may be mailed for a guarantor: a session is no engine of mail."""
    begun = session.scalar(
        select(func.count()).where(
            EmailCheck.practice_id == practice_of(session),
            EmailCheck.guarantor_id == guarantor_id,
            EmailCheck.made_at > now - timedelta(hours=1),
        )
    )
    return (begun or 0) < CHECKS_AN_HOUR_MAX


def begin_check(session: Session, *, guarantor_id: UUID, email: str, now: datetime) -> UUID:
    """Whoever mails the code does so with this id."""
    check_id = new_id()
    session.execute(
        insert(EmailCheck).values(
            practice_id=practice_of(session),
            check_id=check_id,
            guarantor_id=guarantor_id,
            email=email,
            made_at=now,
        )
    )
    return check_id


def open_check(
    session: Session, check_id: UUID, *, guarantor_id: UUID, now: datetime
) -> EmailCheck | None:
    """One that still counts, locked; None after half an hour, five wrong codes, or its use."""
    found = session.scalar(
        select(EmailCheck)
        .where(
            EmailCheck.practice_id == practice_of(session),
            EmailCheck.check_id == check_id,
            EmailCheck.guarantor_id == guarantor_id,
            EmailCheck.used_at.is_(None),
        )
        .with_for_update()
    )
    if found is None or now - found.made_at > CODE_LIFETIME:
        return None
    return None if found.wrong_tries >= CODE_TRIES_MAX else found


def answer_check(check: EmailCheck, *, secret_key: str, code: str, now: datetime) -> bool:
    """Whether the code is right; a wrong one is counted."""
    if not hmac.compare_digest(code_of(secret_key, check.check_id).encode(), code.encode()):
        check.wrong_tries += 1
        return False
    check.passed_at = now
    return True
