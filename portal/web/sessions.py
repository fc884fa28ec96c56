"""Server-side sessions: the browser holds a random id, the database its hash and a few ids.

Nothing is stored, and no cookie set, for a request that put nothing into its session, so a scanner
can fetch a link page without leaving a trace. A session ends after 15 minutes without a request and
12 hours after somebody signed in, whatever id it has by then. It is read from the database only
when somebody looks at it: static files and error pages never do.

The CSRF secret that Flask-WTF looks for in the session is not stored but derived: from the
session's id, or, for a visitor without a session, from the app's key alone. So the form on a link
page carries a signed token that dies after a while, though no session exists yet. Nobody is signed
in then, so the only thing left to forge is signing somebody in with a link of the attacker's own;
cross-site posts are refused before that (portal/web/security.py). A session that time has ended
still vouches for its own forms: what was typed into them can be kept, though nothing is done.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response, g, has_request_context
from flask import session as current_session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import bindparam, delete, insert, or_, select, update

from portal.db import Database
from portal.web.assets import STATIC_PREFIX
from portal.web.models import WebSession

IDLE_LIMIT = timedelta(minutes=15)
ABSOLUTE_LIMIT = timedelta(hours=12)
VOUCHES_FOR = timedelta(hours=12)
"""How long after its end a session still tells whose a late form is; as long as forms' tokens."""
_SEEN_EVERY = timedelta(minutes=1)  # a page load writes last_seen_at at most this often
SURE_SECONDS = int((IDLE_LIMIT - _SEEN_EVERY).total_seconds())  # after a page, none ends sooner
_ID_BYTES = 32
_CSRF_KEY = "csrf_token"  # where Flask-WTF looks
_ACCOUNT, _DEVICE = "account_id", "device"  # values that have a column of their own
_LIVE = select(WebSession.data, WebSession.created_at, WebSession.last_seen_at).where(
    WebSession.session_id_hash == bindparam("hash"),
    WebSession.revoked_at.is_(None),
    WebSession.expires_at > bindparam("now"),
    WebSession.last_seen_at > bindparam("idle_since"),
)
"""Put together once: every page asks."""


def rotate_session() -> None:
    """Give the session a new id within the same 12 hours: call it when it opens more than before.

    For a new 12 hours, as when somebody signs in, call `end_session` first.
    """
    _current().rotate()
    g.pop(_CSRF_KEY, None)


def end_session() -> None:
    """Forget everything: the row is revoked; what is put in afterwards gets a new id."""
    _current().end()
    g.pop(_CSRF_KEY, None)


def own_this_session(account_id: UUID, *, device: str) -> None:
    """Note whose it is, so that they can see and end it from elsewhere."""
    _current()[_ACCOUNT] = str(account_id)
    _current()[_DEVICE] = device


def session_began_at() -> datetime | None:
    """When its 12 hours began: the same under each of its ids. None for one not stored yet."""
    return _current().began_at


def ended_by_time() -> dict[str, Any]:
    """What this browser's session held until it was idle for too long; else nothing."""
    return _current().ended_values()


def _current() -> "BrowserSession":
    held = current_session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 — the way past Werkzeug's proxy
    if not isinstance(held, BrowserSession):
        raise TypeError(held)
    return held


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A live row."""

    session_id: str
    data: dict[str, Any]
    began_at: datetime
    last_seen_at: datetime


class BrowserSession(SessionMixin):
    """The values of one browser's session, loaded when first looked at.

    Where that fails, the first look raises; further looks, by the page that says so, find nothing,
    and nothing is written.
    """

    def __init__(
        self,
        load: Callable[[], StoredSession | None],
        *,
        csrf_key: bytes,
        load_ended: Callable[[], dict[str, Any]],
        shown_id: str = "",
    ) -> None:
        self._load = load
        self._load_ended = load_ended
        self._shown_id = shown_id
        self._csrf_key = csrf_key
        self._values: dict[str, Any] | None = None
        self._began_at: datetime | None = None
        self.stored: StoredSession | None = None
        self.session_id = ""
        self.modified = False
        self.is_lost = False

    @property
    def values_to_keep(self) -> dict[str, Any] | None:
        """None when nobody looked, or when the database could not be asked."""
        return None if self.is_lost else self._values

    @property
    def began_at(self) -> datetime | None:
        """When its absolute limit began to run; None for one that begins with this request."""
        self._loaded()
        return self._began_at

    def __getitem__(self, key: str) -> Any:
        if key == _CSRF_KEY:
            return self._csrf_secret()
        return self._loaded()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._loaded()[key] = value
        self.modified = True
        if not self.session_id:
            self.session_id = _new_session_id()

    def __delitem__(self, key: str) -> None:
        del self._loaded()[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def rotate(self) -> None:
        """A new id for the same values and limit; the old one opens nothing any more."""
        self._loaded()
        self.session_id = _new_session_id()
        self.modified = True

    def end(self) -> None:
        """No values and no id; whatever comes next begins anew."""
        self._loaded()
        self._values = {}
        self._began_at = None
        self.session_id = self._shown_id = ""
        self.modified = True

    def _loaded(self) -> dict[str, Any]:
        if self._values is None:
            self._values = {}
            self.is_lost = True
            self.stored = self._load()
            self.is_lost = False
            if self.stored is not None:
                self.session_id = self.stored.session_id
                self._began_at = self.stored.began_at
                self._values = dict(self.stored.data)
        return self._values

    def ended_values(self) -> dict[str, Any]:
        """What it held before time ended it; nothing while it lives, or once it was revoked."""
        return {} if self._loaded() or self.session_id else self._load_ended()

    def _csrf_secret(self) -> str:
        self._loaded()
        message = f"csrf {self.session_id or self._shown_id}".encode()
        return hmac.new(self._csrf_key, message, hashlib.sha256).hexdigest()


class DatabaseSessions(SessionInterface):
    """Opens and saves `BrowserSession`; the table is portal/web/models.py."""

    def __init__(
        self,
        database: Database,
        *,
        secret_key: str,
        secure: bool,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._csrf_key = secret_key.encode()
        self._secure = secure
        self._clock = clock
        self.cookie_name = "__Host-portal" if secure else "portal"

    def open_session(self, app: Flask, request: Request) -> BrowserSession:  # noqa: ARG002 — Flask's signature
        """Look at the cookie only; the row is read when a view asks for it."""
        session_id = request.cookies.get(self.cookie_name, "")
        if request.path.startswith(STATIC_PREFIX):
            session_id = ""
        return BrowserSession(
            lambda: self._find(session_id),
            csrf_key=self._csrf_key,
            load_ended=lambda: self._find_ended(session_id),
            shown_id=session_id,
        )

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:  # noqa: ARG002 — Flask's signature
        """Write what changed; leave no row and no cookie where nothing was said."""
        if not isinstance(session, BrowserSession) or session.values_to_keep is None:
            return
        if not session.modified:
            self._note_seen(session)
        elif session.values_to_keep:
            self._write(session)
            response.set_cookie(
                self.cookie_name,
                session.session_id,
                path="/",
                secure=self._secure,
                httponly=True,
                samesite="Lax",
            )
        elif session.stored is not None:
            self._revoke(session.stored)
            response.delete_cookie(
                self.cookie_name, path="/", secure=self._secure, httponly=True, samesite="Lax"
            )

    def _find(self, session_id: str) -> StoredSession | None:
        if not session_id:
            return None
        now = self._clock()
        which = {"hash": _hashed(session_id), "now": now, "idle_since": now - IDLE_LIMIT}
        with self._database.local_transaction() as transaction:
            row = transaction.execute(_LIVE, which).one_or_none()
        if row is None:
            return None
        return StoredSession(session_id, row.data, row.created_at, row.last_seen_at)

    def _find_ended(self, session_id: str) -> dict[str, Any]:
        query = select(WebSession.data).where(
            WebSession.session_id_hash == _hashed(session_id), WebSession.revoked_at.is_(None)
        )
        with self._database.local_transaction() as transaction:
            return transaction.scalar(query) or {}

    def _write(self, session: BrowserSession) -> None:
        now = self._clock()
        values = session.values_to_keep or {}
        if session.stored is not None and session.stored.session_id == session.session_id:
            change = update(WebSession).values(data=values, last_seen_at=now)
            with self._database.local_transaction() as transaction:
                transaction.execute(change.where(_is(session.session_id)))
            return
        with self._database.local_transaction() as transaction:
            if session.stored is not None:
                transaction.execute(_revocation(session.stored, now))
            began_at = session.began_at or now
            transaction.execute(
                insert(WebSession).values(
                    session_id_hash=_hashed(session.session_id),
                    data=values,
                    created_at=began_at,
                    last_seen_at=now,
                    expires_at=began_at + ABSOLUTE_LIMIT,
                    account_id=UUID(values[_ACCOUNT]) if _ACCOUNT in values else None,
                    device=values.get(_DEVICE, ""),
                )
            )

    def _note_seen(self, session: BrowserSession) -> None:
        now = self._clock()
        if session.stored is None or now - session.stored.last_seen_at < _SEEN_EVERY:
            return
        with self._database.local_transaction() as transaction:
            transaction.execute(
                update(WebSession).values(last_seen_at=now).where(_is(session.session_id))
            )

    def _revoke(self, stored: StoredSession) -> None:
        with self._database.local_transaction() as transaction:
            transaction.execute(_revocation(stored, self._clock()))


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One of an account's sessions. ``handle`` names it and opens nothing."""

    handle: UUID
    device: str
    began_at: datetime
    last_seen_at: datetime
    is_this: bool


def sessions_of(database: Database, account_id: UUID, *, now: datetime) -> list[LiveSession]:
    """The live ones, this one first, then the last seen."""
    with database.local_transaction() as transaction:
        rows = transaction.execute(
            select(
                WebSession.session_id_hash,
                WebSession.device,
                WebSession.created_at,
                WebSession.last_seen_at,
            ).where(*_live_of(account_id, now=now))
        ).all()
    this = _hashed(_current().session_id)
    found = [
        LiveSession(_handle(row[0]), row[1], row[2], row[3], is_this=row[0] == this) for row in rows
    ]
    return sorted(found, key=lambda one: (not one.is_this, -one.last_seen_at.timestamp()))


def end_sessions_of(
    database: Database, account_id: UUID, *, now: datetime, only: UUID | None = None
) -> int:
    """End an account's other sessions, or ``only`` the one of that handle; how many ended.

    Outside a request, or by somebody else, all of them end.
    """
    this = _hashed(_current().session_id) if has_request_context() else b""
    with database.local_transaction() as transaction:
        hashes = transaction.scalars(
            select(WebSession.session_id_hash).where(*_live_of(account_id, now=now))
        ).all()
        ending = [
            one for one in hashes if (_handle(one) == only if only is not None else one != this)
        ]
        transaction.execute(
            update(WebSession).values(revoked_at=now).where(WebSession.session_id_hash.in_(ending))
        )
    return len(ending)


def _live_of(account_id: UUID, *, now: datetime) -> tuple[Any, ...]:
    return (
        WebSession.account_id == account_id,
        WebSession.revoked_at.is_(None),
        WebSession.expires_at > now,
        WebSession.last_seen_at > now - IDLE_LIMIT,
    )


def _handle(session_id_hash: bytes) -> UUID:
    return UUID(bytes=session_id_hash[:16])


def forget_ended_sessions(database: Database, *, now: datetime) -> int:
    """Delete what was signed out, and what time ended so long ago that no form of it comes late.

    Returns how many. For a periodic job.
    """
    ended = or_(
        WebSession.revoked_at.is_not(None),
        WebSession.expires_at <= now - VOUCHES_FOR,
        WebSession.last_seen_at <= now - IDLE_LIMIT - VOUCHES_FOR,
    )
    with database.local_transaction() as transaction:
        rows = transaction.execute(
            delete(WebSession).where(ended).returning(WebSession.session_id_hash)
        )
        return len(rows.all())


def _revocation(stored: StoredSession, now: datetime) -> Any:
    return update(WebSession).values(revoked_at=now).where(_is(stored.session_id))


def _is(session_id: str) -> Any:
    return WebSession.session_id_hash == _hashed(session_id)


def _hashed(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()


def _new_session_id() -> str:
    return secrets.token_urlsafe(_ID_BYTES)
