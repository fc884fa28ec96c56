"""What survives a restart: one SQLite file (or memory), one writer at a time, and the clock.

Everything the simulator knows is a row here: objects, idempotency keys, webhook deliveries, and the
settings of the control interface. A thread holds the lock for the whole of a transaction.
"""

import hashlib
import json
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, body TEXT NOT NULL, notes TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, account, number);
CREATE INDEX IF NOT EXISTS objects_by_intent
    ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_customer
    ON objects (kind, json_extract(body, '$.customer'));
CREATE INDEX IF NOT EXISTS open_sessions
    ON objects (json_extract(body, '$.expires_at')) WHERE json_extract(body, '$.status') = 'open';
CREATE INDEX IF NOT EXISTS pending_movements
    ON objects (account, json_extract(body, '$.available_on'))
    WHERE json_extract(body, '$.status') = 'pending' AND kind = 'balance_transaction';
CREATE TABLE IF NOT EXISTS idempotency_keys (
    account TEXT NOT NULL, name TEXT NOT NULL, fingerprint TEXT NOT NULL, created INTEGER NOT NULL,
    request_id TEXT NOT NULL, status INTEGER, body TEXT, PRIMARY KEY (account, name));
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL, event_type TEXT NOT NULL,
    url TEXT NOT NULL, secret TEXT NOT NULL, attempt INTEGER NOT NULL, state TEXT NOT NULL,
    due_at REAL NOT NULL, answered INTEGER);
CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (state, due_at);
CREATE TABLE IF NOT EXISTS arrangements (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, due_at INTEGER NOT NULL,
    action TEXT NOT NULL, subject TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS arrangements_by_due ON arrangements (account, due_at, number);
"""
_FORGOTTEN = ("objects", "idempotency_keys", "deliveries", "arrangements", "settings")
_ALPHABET = string.digits + string.ascii_letters


class Store:
    """A file that is None keeps everything in memory. The same seed gives the same ids again."""

    def __init__(self, file: Path | None, *, seed: str | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            file or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._connection.row_factory = sqlite3.Row
        # Enough to survive a kill of the process; a power cut may lose made-up money.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_TABLES)
        self._given_seed = seed
        with self.transaction():
            self._seed: str = self.setting("seed", None) or self._new_seed()
            self._clock_ahead: float = self.setting("clock_ahead", 0)
            self._stands_at: float | None = self.setting("clock_stands_at", None)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and nobody else meanwhile. One inside another joins it."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def setting(self, name: str, default: Any) -> Any:
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT value FROM settings WHERE name = ?", (name,)
            ).fetchone()
            return default if row is None else json.loads(row["value"])

    def set_setting(self, name: str, value: object) -> None:
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value))
            )

    def new_id(self, prefix: str, *, length: int = 24) -> str:
        """An id as Stripe writes them: a prefix and letters and digits."""
        with self.transaction():
            number = self.setting("ids_given", 0) + 1
            self.set_setting("ids_given", number)
        digest = int.from_bytes(hashlib.sha256(f"{self._seed}:{number}".encode()).digest())
        letters = []
        for _ in range(length):
            digest, place = divmod(digest, len(_ALPHABET))
            letters.append(_ALPHABET[place])
        return prefix + "".join(letters)

    def instant(self) -> float:
        """Seconds since 1970, of the simulator's clock."""
        return time.time() + self._clock_ahead if self._stands_at is None else self._stands_at

    def now(self) -> int:
        return int(self.instant())

    @property
    def clock_stands(self) -> bool:
        return self._stands_at is not None

    def stop_clock(self) -> None:
        """From now on time passes only when the clock is moved."""
        self._keep_clock(ahead=self._clock_ahead, stands_at=self.instant())

    def start_clock(self) -> None:
        self._keep_clock(ahead=self.instant() - time.time(), stands_at=None)

    def move_clock(self, instant: float) -> None:
        """To that instant; it goes on from there, or stands there if it stood."""
        if self._stands_at is None:
            self._keep_clock(ahead=instant - time.time(), stands_at=None)
        else:
            self._keep_clock(ahead=self._clock_ahead, stands_at=instant)

    def _keep_clock(self, *, ahead: float, stands_at: float | None) -> None:
        with self.transaction():
            self._clock_ahead, self._stands_at = ahead, stands_at
            self.set_setting("clock_ahead", ahead)
            self.set_setting("clock_stands_at", stands_at)

    def forget_everything(self) -> None:
        """Back to the first start, with the same seed if one was given."""
        with self.transaction() as connection:
            for table in _FORGOTTEN:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names stand above
            self._clock_ahead, self._stands_at = 0, None
            self._seed = self._new_seed()

    def _new_seed(self) -> str:
        seed = self._given_seed or secrets.token_hex(16)
        self.set_setting("seed", seed)
        return seed
