"""Events on their way to the portal: queued with what happened, signed, sent, tried again, logged.

The queue lives in the store, so nothing is lost by a restart. The behaviour can be made as bad as
the internet: held back, late, out of order, more than once, or never.
"""

import hashlib
import hmac
import http.client
import json
import random
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.store import Store

USER_AGENT: Final = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
ANSWER_WITHIN_SECONDS: Final = 10
_HOUR: Final = 60 * 60
USUAL_RETRIES: Final[tuple[float, ...]] = (
    *(1, 5, 30, 300, _HOUR, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR),
    *(12 * _HOUR for _ in range(5)),
)
"""Three days in all, longer each time, as for a live account; the first ones are quicker here."""

_LOGGED: Final = "number, event_id, event_type, url, attempt, state, answered"
_SENDERS: Final = 8
_OK: Final = range(200, 300)
Order = Literal["first", "last", "shuffled"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go. One with an `account` hears only of that account, the others of all."""

    url: str
    secret: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How deliveries go wrong.

    `held` keeps new ones back until released, `copies` sends each that often, the next `drop_next`
    are never sent, each waits `delay_seconds` and up to `jitter_seconds` (so they overtake each
    other), and one that was not answered with 2xx is tried again after each of `retry_seconds`.
    Of a thousand, `dropped_per_mille` are never sent and `doubled_per_mille` once more.
    """

    held: bool = False
    copies: int = 1
    drop_next: int = 0
    dropped_per_mille: int = 0
    doubled_per_mille: int = 0
    delay_seconds: float = 0
    jitter_seconds: float = 0
    retry_seconds: tuple[float, ...] = USUAL_RETRIES


@dataclass(frozen=True, slots=True)
class Letter:
    """One delivery about to be tried."""

    number: int
    event_id: str
    url: str
    secret: str
    attempt: int
    due_at: float


def sign(body: bytes, secret: str, *, signed_at: int) -> str:
    """The Stripe-Signature header: scheme v1, HMAC-SHA256 over the time, a dot and the body."""
    signed = f"{signed_at}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={signed_at},v1={digest}"


def send(url: str, body: bytes, signature: str) -> int | None:
    """The status the receiver answered with; None when it did not."""
    address = urlsplit(url)
    make = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = make(address.netloc, timeout=ANSWER_WITHIN_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        "Stripe-Signature": signature,
    }
    target = address.path + (f"?{address.query}" if address.query else "")
    try:
        connection.request("POST", target or "/", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


Post: TypeAlias = Callable[[str, bytes, str], int | None]
"""How a webhook goes out: over a socket, unless whoever runs the simulator has another way."""


class Outbox:
    """Queues deliveries inside the transaction of what they tell, and sends them from threads."""

    def __init__(
        self,
        store: Store,
        endpoints: Sequence[Endpoint],
        behaviour: Behaviour,
        *,
        seed: str | None,
        post: Post = send,
    ) -> None:
        self.store = store
        self._post = post
        self.endpoints = list(endpoints)
        self.behaviour = behaviour
        self._usual = (tuple(endpoints), behaviour)
        self._random = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._changed = threading.Condition()
        self._stopping = False
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="webhook")
        self._watch = threading.Thread(target=self._send_what_is_due, daemon=True)

    def start(self) -> None:
        """Begin sending; what a stopped simulator had in hand goes out again."""
        with self.store.transaction() as connection:
            connection.execute("UPDATE deliveries SET state = 'waiting' WHERE state = 'sending'")
        self._watch.start()

    def stop(self) -> None:
        self._stopping = True
        self.wake()
        self._watch.join()
        self._senders.shutdown(wait=True, cancel_futures=True)

    def reset(self) -> None:
        """The endpoints and the behaviour it was started with."""
        self.endpoints, self.behaviour = list(self._usual[0]), self._usual[1]

    def wake(self) -> None:
        """Look again: something was queued, or the clock moved."""
        with self._changed:
            self._changed.notify_all()

    def endpoints_of(self, account: str) -> list[Endpoint]:
        return [known for known in self.endpoints if known.account in {None, account}]

    def queue(
        self, connection: sqlite3.Connection, event: Body, endpoints: Sequence[Endpoint]
    ) -> None:
        """Part of the caller's transaction; `wake` after it has been committed."""
        for endpoint in endpoints:
            for _ in range(self._copies()):
                delay = self.behaviour.delay_seconds
                delay += self._random.uniform(0, self.behaviour.jitter_seconds)
                connection.execute(
                    "INSERT INTO deliveries (event_id, event_type, url, secret, attempt, state,"
                    " due_at) VALUES (?, ?, ?, ?, 1, ?, ?)",
                    (
                        event["id"],
                        event["type"],
                        endpoint.url,
                        endpoint.secret,
                        self._first_state(),
                        self.store.instant() + delay,
                    ),
                )

    def send_again(self, event: Body) -> None:
        """As the dashboard's "Resend" does: to every endpoint, whatever came of it before."""
        with self.store.transaction() as connection:
            self.queue(connection, event, self.endpoints_of(event.get("account", "")))
        self.wake()

    def release(self, order: Order, *, seed: int) -> list[Body]:
        """Send what is held here and now, one after the other, and say what was answered."""
        with self.store.transaction() as connection:
            rows = connection.execute(
                "UPDATE deliveries SET state = 'sending' WHERE state = 'held' RETURNING *"
            ).fetchall()
        rows.sort(key=lambda row: row["number"], reverse=order == "last")
        if order == "shuffled":
            random.Random(seed).shuffle(rows)  # noqa: S311 - chance, not secrecy
        return self._deliver_all(rows)

    def release_these(self, numbers: Sequence[int]) -> list[Body]:
        """The same for these deliveries, in this very order; one named twice is sent twice.

        Those not named stay held. Raises KeyError for one that there is not.
        """
        with self.store.transaction() as connection:
            found = {row["number"]: row for row in _rows(connection, "*", numbers)}
        return self._deliver_all([found[number] for number in numbers])

    def held(self, *, after: int) -> list[Body]:
        """What is held back, of the deliveries with a higher number than that; oldest first."""
        with self.store.transaction() as connection:
            rows = connection.execute(
                f"SELECT {_LOGGED} FROM deliveries"  # noqa: S608 - no input
                " WHERE +state = 'held' AND number > ? ORDER BY number",  # by number, of few
                (after,),
            ).fetchall()
        return [dict(row) for row in rows]

    def _deliver_all(self, rows: Sequence[Any]) -> list[Body]:
        for row in rows:
            self._deliver(_letter(row))
        numbers = [row["number"] for row in rows]
        with self.store.transaction() as connection:
            return [dict(row) for row in _rows(connection, _LOGGED, numbers)]

    def log(self) -> list[Body]:
        """Every delivery, oldest first: event, type, url, attempt, state, status answered."""
        with self.store.transaction() as connection:
            rows = connection.execute(
                f"SELECT {_LOGGED} FROM deliveries ORDER BY number"  # noqa: S608 - no input
            ).fetchall()
        return [dict(row) for row in rows]

    def wait_until_quiet(self, *, seconds: float) -> bool:
        """Whether, within this time, nothing is waiting or being sent any more."""
        with self._changed:
            return self._changed.wait_for(self._is_quiet, timeout=seconds)

    def seed(self, seed: str) -> None:
        """Chance begins anew: the same events in the same order come to the same."""
        self._random.seed(seed)

    def _copies(self) -> int:
        return self.behaviour.copies + self._happens(self.behaviour.doubled_per_mille)

    def _happens(self, per_mille: int) -> bool:
        return per_mille > 0 and self._random.randrange(1000) < per_mille

    def _first_state(self) -> str:
        if self.behaviour.drop_next > 0:
            self.behaviour = replace(self.behaviour, drop_next=self.behaviour.drop_next - 1)
            return "dropped"
        if self._happens(self.behaviour.dropped_per_mille):
            return "dropped"
        return "held" if self.behaviour.held else "waiting"

    def _is_quiet(self) -> bool:
        with self.store.transaction() as connection:
            row = connection.execute(
                "SELECT 1 FROM deliveries WHERE state IN ('waiting', 'sending') LIMIT 1"
            ).fetchone()
        return row is None

    def _send_what_is_due(self) -> None:
        while not self._stopping:
            for letter in self._take_due():
                self._senders.submit(self._deliver, letter)
            with self._changed:
                if not self._stopping:
                    self._changed.wait(timeout=self._seconds_to_next())

    def _take_due(self) -> list[Letter]:
        with self.store.transaction() as connection:
            rows = connection.execute(
                "UPDATE deliveries SET state = 'sending' WHERE state = 'waiting' AND due_at <= ?"
                " RETURNING *",
                (self.store.instant(),),
            ).fetchall()
        return [_letter(row) for row in sorted(rows, key=lambda row: row["due_at"])]

    def _seconds_to_next(self) -> float | None:
        with self.store.transaction() as connection:
            due_at = connection.execute(
                "SELECT min(due_at) FROM deliveries WHERE state = 'waiting'"
            ).fetchone()[0]
        return None if due_at is None else max(0.0, due_at - self.store.instant())

    def _deliver(self, letter: Letter) -> None:
        with self.store.transaction() as connection:
            row = connection.execute(
                "SELECT body FROM objects WHERE id = ?", (letter.event_id,)
            ).fetchone()
        if row is None:  # everything was forgotten meanwhile
            return
        body = json.dumps(json.loads(row["body"]), indent=2).encode()
        signature = sign(body, letter.secret, signed_at=self.store.now())
        self._note_answer(letter, self._post(letter.url, body, signature))
        self.wake()

    def _note_answer(self, letter: Letter, status: int | None) -> None:
        delivered = status in _OK
        waits = self.behaviour.retry_seconds
        with self.store.transaction() as connection:
            connection.execute(
                "UPDATE deliveries SET state = ?, answered = ? WHERE number = ?",
                ("delivered" if delivered else "failed", status, letter.number),
            )
            if delivered:
                self._count_down(connection, letter.event_id)
            elif letter.attempt <= len(waits):
                connection.execute(
                    "INSERT INTO deliveries (event_id, event_type, url, secret, attempt, state,"
                    " due_at) SELECT event_id, event_type, url, secret, attempt + 1, 'waiting', ?"
                    " FROM deliveries WHERE number = ?",
                    # From when it was due, not from now: a clock moved on by days makes up for it.
                    (letter.due_at + waits[letter.attempt - 1], letter.number),
                )

    @staticmethod
    def _count_down(connection: sqlite3.Connection, event_id: str) -> None:
        connection.execute(
            "UPDATE objects SET body = json_set(body, '$.pending_webhooks',"
            " max(0, json_extract(body, '$.pending_webhooks') - 1)) WHERE id = ?",
            (event_id,),
        )


def _rows(connection: sqlite3.Connection, columns: str, numbers: Sequence[int]) -> list[Any]:
    """These deliveries, oldest first."""
    places = ", ".join("?" for _ in numbers)
    return connection.execute(
        f"SELECT {columns} FROM deliveries WHERE number IN ({places})"  # noqa: S608 - no input
        " ORDER BY number",
        list(numbers),
    ).fetchall()


def _letter(row: Any) -> Letter:
    return Letter(
        number=row["number"],
        event_id=row["event_id"],
        url=row["url"],
        secret=row["secret"],
        attempt=row["attempt"],
        due_at=row["due_at"],
    )
