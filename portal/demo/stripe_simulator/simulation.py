"""The simulator's parts, put together: store, outbox, and a workspace for whoever works."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from portal.demo.stripe_simulator import arrangements, checkout, deadlines, idempotency, payouts
from portal.demo.stripe_simulator.store import Store
from portal.demo.stripe_simulator.webhooks import Outbox
from portal.demo.stripe_simulator.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Simulation:
    """`public_base` is where a browser finds the hosted page; `merchant` whose name it bears."""

    store: Store
    outbox: Outbox
    public_base: str
    merchant: str

    @contextmanager
    def workspace(
        self, *, account: str, request_id: str | None = None, idempotency_key: str | None = None
    ) -> Iterator[Workspace]:
        with self.store.transaction() as connection:
            yield Workspace(
                store=self.store,
                connection=connection,
                outbox=self.outbox,
                account=account,
                request_id=request_id,
                idempotency_key=idempotency_key,
                public_base=self.public_base,
            )

    def take_up(self) -> None:
        """After a start: what a stopped simulator left behind fits its new address."""
        idempotency.forget_unfinished(self.store)
        for account in self._accounts():
            with self.workspace(account=account) as work:
                checkout.readdress(work)
        self.outbox.start()

    def keep_time(self) -> None:
        """What happens by itself as time passes."""
        self._keep_deadlines()
        self.outbox.wake()

    def _keep_deadlines(self) -> None:
        """Without waking the outbox, which must not happen inside a transaction."""
        for account in self._accounts():
            with self.workspace(account=account) as work:
                deadlines.keep(work)

    def advance_clock(self, seconds: int) -> None:
        """Lets time pass and everything happen at its own time, in order, with nobody else about.

        Webhooks go out after that: the receiver sees all of it from the end.
        """
        with self.store.transaction() as connection:
            goal = self.store.instant() + seconds
            stood = self.store.clock_stands
            self.store.stop_clock()
            try:
                self._keep_deadlines()
                while (at := self._next_time(connection)) <= goal:
                    self.store.move_clock(at)
                    self._keep_deadlines()
                self.store.move_clock(goal)
                self._keep_deadlines()
            finally:
                if not stood:
                    self.store.start_clock()
        self.outbox.wake()

    def _next_time(self, connection: sqlite3.Connection) -> float:
        """When the next thing happens; days begin with payouts, if they are made each day."""
        now = self.store.instant()
        at = arrangements.next_time(connection, after=now)
        if self.store.setting("daily_payouts", default=False):
            at = min(at, (now // payouts.DAY_SECONDS + 1) * payouts.DAY_SECONDS)
        return at

    def account_of(self, object_id: str) -> str | None:
        """Whose object that is; None when there is none."""
        with self.store.transaction() as connection:
            row = connection.execute(
                "SELECT account FROM objects WHERE id = ?", (object_id,)
            ).fetchone()
        return None if row is None else row["account"]

    def _accounts(self) -> list[str]:
        with self.store.transaction() as connection:
            rows = connection.execute("SELECT DISTINCT account FROM objects").fetchall()
        return [row["account"] for row in rows]
