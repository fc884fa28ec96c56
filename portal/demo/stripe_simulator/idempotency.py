"""Idempotency-Key as Stripe does it: one key, one execution, one answer for 24 hours.

The first request with a key is executed and its answer kept, a decline or a 500 as well; a repeat
gets that answer again; another request under the same key is an error; a request under a key that
is still being worked on is a conflict. What never began executing leaves no trace.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from portal.demo.stripe_simulator.errors import idempotency
from portal.demo.stripe_simulator.store import Store

KEPT_SECONDS: Final = 24 * 60 * 60
LONGEST_KEY: Final = 255


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    body: str
    request_id: str


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def claim(
    store: Store, *, account: str, key: str, request: str, request_id: str
) -> KeptAnswer | None:
    """The answer of an earlier request, or None: then the caller goes on and must keep or forget.

    Raises StripeError: 400 for a key that belongs to another request, 409 while it is in hand.
    """
    if len(key) > LONGEST_KEY:
        raise idempotency(400, f"An idempotency key has at most {LONGEST_KEY} characters.")
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM idempotency_keys WHERE created < ?", (store.now() - KEPT_SECONDS,)
        )
        row = connection.execute(
            "SELECT * FROM idempotency_keys WHERE account = ? AND name = ?", (account, key)
        ).fetchone()
        if row is None:
            connection.execute(
                "INSERT INTO idempotency_keys (account, name, fingerprint, created, request_id)"
                " VALUES (?, ?, ?, ?, ?)",
                (account, key, request, store.now(), request_id),
            )
            return None
    if row["fingerprint"] != request:
        raise idempotency(
            400, f"The key '{key}' was first used with another endpoint or other parameters."
        )
    if row["status"] is None:
        raise idempotency(
            409,
            f"Another request with the key '{key}' is still in progress.",
            code="idempotency_key_in_use",
        )
    return KeptAnswer(row["status"], row["body"], row["request_id"])


def keep(store: Store, *, account: str, key: str, status: int, body: str) -> None:
    with store.transaction() as connection:
        connection.execute(
            "UPDATE idempotency_keys SET status = ?, body = ? WHERE account = ? AND name = ?",
            (status, body, account, key),
        )


def forget(store: Store, *, account: str, key: str) -> None:
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM idempotency_keys WHERE account = ? AND name = ? AND status IS NULL",
            (account, key),
        )


def forget_unfinished(store: Store) -> None:
    """After a kill: what was in hand then was rolled back, and may be asked again."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM idempotency_keys WHERE status IS NULL")
