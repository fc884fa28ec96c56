"""What was typed into a form that could not be taken: sealed for half an hour, for its browser.

The seal's key is made from our own and from a cookie, so the row is of no use to whoever reads the
database. Passwords and codes are never kept, and no form of ours holds a card.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from portal.auth.accounts.models import KeptForm
from portal.auth.keys import seal_text, unseal_text
from portal.db import Database

KEPT_FOR = timedelta(minutes=30)
_BYTES = 32
_LONGEST = 64 * 1024
_NEVER_KEPT = ("csrf_token", "password", "code", "passkey", "born_on", "token")
_PURPOSE = "kept-form.v1"


@dataclass(frozen=True, slots=True)
class TypedForm:
    """Where it was sent, what was in it, and whose it was (`current.reader_key`)."""

    path: str
    fields: tuple[tuple[str, str], ...]
    reader: str


def without_secrets(fields: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """All but what must not be kept."""
    return tuple((name, text) for name, text in fields if not name.startswith(_NEVER_KEPT))


def keep_form(
    database: Database, secret_key: str, typed: TypedForm, *, now: datetime
) -> str | None:
    """The cookie that gets it back; None for one that is too large."""
    text = json.dumps([typed.path, typed.fields, typed.reader])
    if len(text) > _LONGEST:
        return None
    token = secrets.token_urlsafe(_BYTES)
    with database.local_transaction() as session:
        session.execute(
            insert(KeptForm).values(
                form_hash=_hashed(token),
                sealed=seal_text(secret_key, f"{_PURPOSE} {token}", text),
                kept_at=now,
            )
        )
    return token


def kept_form(
    database: Database, secret_key: str, token: str, *, reader: str, now: datetime
) -> TypedForm | None:
    """What that browser typed, for whoever it was; None for everybody else, or later."""
    with database.local_transaction() as session:
        row = session.execute(
            select(KeptForm.sealed, KeptForm.kept_at).where(KeptForm.form_hash == _hashed(token))
        ).one_or_none()
    if row is None or now - row.kept_at > KEPT_FOR:
        return None
    try:
        path, fields, whose = json.loads(unseal_text(secret_key, f"{_PURPOSE} {token}", row.sealed))
    except InvalidToken:
        return None
    if whose != reader:
        return None
    return TypedForm(path, tuple((name, text) for name, text in fields), whose)


def drop_form(database: Database, token: str) -> None:
    """It was sent, or is not wanted any more."""
    with database.local_transaction() as session:
        session.execute(delete(KeptForm).where(KeptForm.form_hash == _hashed(token)))


def forget_kept_forms(database: Database, *, now: datetime) -> int:
    """Delete what nobody came back for; returns how many rows. For a periodic job."""
    with database.local_transaction() as session:
        rows = session.execute(
            delete(KeptForm).where(KeptForm.kept_at <= now - KEPT_FOR).returning(KeptForm.form_hash)
        )
        return len(rows.all())


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
