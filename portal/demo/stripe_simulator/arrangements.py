"""What will happen by itself later: written down with its time, done when the clock gets there.

Who does it stands in `deadlines`, so that a module can arrange for what another one does.
"""

import math
import sqlite3
from dataclasses import dataclass

from portal.demo.stripe_simulator.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`action` is a name in `deadlines.ACTIONS`, `subject` the id of the object it happens to."""

    action: str
    subject: str


def arrange(work: Workspace, action: str, subject: str, *, due_at: int) -> None:
    work.connection.execute(
        "INSERT INTO arrangements (account, due_at, action, subject) VALUES (?, ?, ?, ?)",
        (work.account, due_at, action, subject),
    )


def call_off(work: Workspace, subject: str) -> None:
    """Whatever was arranged for this object does not happen."""
    work.connection.execute(
        "DELETE FROM arrangements WHERE account = ? AND subject = ?", (work.account, subject)
    )


def take_due(work: Workspace) -> Arrangement | None:
    """The next of this account whose time has come, which then is no arrangement any more."""
    row = work.connection.execute(
        "DELETE FROM arrangements WHERE number = (SELECT number FROM arrangements"
        " WHERE account = ? AND due_at <= ? ORDER BY due_at, number LIMIT 1)"
        " RETURNING action, subject",
        (work.account, work.now),
    ).fetchone()
    return None if row is None else Arrangement(row["action"], row["subject"])


def next_time(connection: sqlite3.Connection, *, after: float) -> float:
    """When, after this instant, something is arranged or a page closes, in any account.

    Infinity when nothing will.
    """
    row = connection.execute(
        "SELECT min(at) FROM (SELECT min(due_at) AS at FROM arrangements WHERE due_at > :after"
        " UNION ALL SELECT min(json_extract(body, '$.expires_at')) FROM objects"
        " WHERE json_extract(body, '$.status') = 'open'"
        " AND json_extract(body, '$.expires_at') > :after)",
        {"after": after},
    ).fetchone()
    return math.inf if row[0] is None else row[0]
