"""What a browser is in the middle of: ids and counters in its session, taken out when used."""

import base64
from datetime import datetime, timedelta
from uuid import UUID

from flask import session

from portal.auth.accounts.access import AccountRef
from portal.web.sessions import end_session, rotate_session

_PENDING, _CHALLENGE, _CHECK = "account_pending", "challenge", "email_check"
_CODE_LIMIT = timedelta(minutes=10)  # from the password to the code
_CODE_TRIES_MAX = 5
_CHALLENGE_LIMIT = timedelta(minutes=5)


def await_code(ref: AccountRef, *, now: datetime) -> None:
    """The password was right: a new session that opens nothing yet but the next step."""
    end_session()
    session[_PENDING] = {
        "practice_id": str(ref.practice_id),
        "account_id": str(ref.account_id),
        "began_at": now.isoformat(),
        "wrong_codes": 0,
    }
    rotate_session()


def awaited_code(*, now: datetime) -> AccountRef | None:
    """Whose code is awaited; None after 10 minutes, or when no password was given."""
    pending = session.get(_PENDING)
    if pending is None or now - datetime.fromisoformat(pending["began_at"]) > _CODE_LIMIT:
        return None
    return AccountRef(UUID(pending["practice_id"]), UUID(pending["account_id"]))


def note_wrong_code() -> bool:
    """Count one; after five the password is asked for again, and this returns False."""
    pending = {**session[_PENDING], "wrong_codes": session[_PENDING]["wrong_codes"] + 1}
    if pending["wrong_codes"] >= _CODE_TRIES_MAX:
        end_session()
        return False
    session[_PENDING] = pending
    return True


def set_challenge(challenge: bytes, *, account_id: UUID | None, now: datetime) -> None:
    """``account_id``: whom an offer to make a passkey named."""
    session[_CHALLENGE] = {
        "bytes": base64.b64encode(challenge).decode(),
        "account_id": str(account_id) if account_id else None,
        "made_at": now.isoformat(),
    }


def take_challenge(*, now: datetime) -> tuple[bytes, UUID | None]:
    """Once; empty, which nothing answers, when there is none or it is five minutes old."""
    stored = session.pop(_CHALLENGE, None)
    if stored is None or now - datetime.fromisoformat(stored["made_at"]) > _CHALLENGE_LIMIT:
        return b"", None
    account_id = UUID(stored["account_id"]) if stored["account_id"] else None
    return base64.b64decode(stored["bytes"]), account_id


def await_email_code(check_id: UUID) -> None:
    """A code was mailed."""
    session[_CHECK] = str(check_id)


def awaited_check() -> UUID | None:
    """The check of the code that was mailed last."""
    stored = session.get(_CHECK)
    return UUID(stored) if stored else None


def forget_check() -> None:
    """It is used."""
    session.pop(_CHECK, None)
