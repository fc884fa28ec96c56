"""A process that does one act of paying and is killed (SIGKILL) at a chosen moment of it.

Started once, it has everything imported and waits; for each act it makes a child, which connects to
database and Stripe by itself and dies before or after its n-th statement, commit or call.
"""

# ruff: noqa: T201 - it answers on its standard output

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import stripe
from sqlalchemy import event

from portal.auth.roles import Role
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from portal.db import Database, Principal, new_id
from portal.payments.apply import apply_payment
from portal.payments.refunds.service import request_refund
from portal.payments.service import confirm_payment, start_payment
from portal.payments.webhooks import receive_webhook
from portal.practice.directory import practice_by_id
from portal.statements.queries import statement_due
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET

_ACT_FAILED: Final = 3


@dataclass(slots=True)
class Fate:
    """Counts moments; at the chosen one nothing more is done, not even tidying up."""

    dies_at: int
    moments: int = 0

    def pass_moment(self, *_: object) -> None:
        self.moments += 1
        if self.moments == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Hands:
    """What an act works with."""

    database: Database
    gateway: StripeGateway


def main() -> None:
    database_url, api_base = sys.argv[1:]
    for line in sys.stdin:
        given = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            _live(database_url, api_base, given, writer)
        os.close(writer)
        with os.fdopen(reader) as told:
            moments = told.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        ended = "killed" if killed else "failed" if os.WEXITSTATUS(status) else "done"
        print(json.dumps({"ended": ended, "moments": int(moments or 0)}), flush=True)


def _live(database_url: str, api_base: str, given: Mapping[str, Any], writer: int) -> None:
    """Never returns."""
    fate = Fate(dies_at=given["dies_at"])
    code = _ACT_FAILED
    try:
        hands = _hands(database_url, api_base, fate)
        ACTS[given["act"]](hands, given, datetime.fromisoformat(given["now"]))
        os.write(writer, str(fate.moments).encode())
        code = 0
    finally:
        os._exit(code)


def _hands(database_url: str, api_base: str, fate: Fate) -> Hands:
    database = Database(database_url)
    event.listen(database.engine, "before_cursor_execute", fate.pass_moment)
    event.listen(database.engine, "after_cursor_execute", fate.pass_moment)
    dialect: Any = database.engine.dialect
    dialect.do_commit = _watched(dialect.do_commit, fate)
    library: Any = stripe.RequestsClient
    library.request = _watched(library.request, fate)
    connection = StripeConnection(
        secret_key=SECRET_KEY,
        api_base=api_base,
        answer_within=timedelta(seconds=20),
        retries=0,
    )
    return Hands(database, StripeGateway(connection, webhook_secret=WEBHOOK_SECRET))


def _watched(call: Callable[..., Any], fate: Fate) -> Callable[..., Any]:
    def watched(*given: Any, **named: Any) -> Any:
        fate.pass_moment()
        answer = call(*given, **named)
        fate.pass_moment()
        return answer

    return watched


def _link(given: Mapping[str, Any]) -> Principal:
    return Principal.link(
        UUID(given["practice_id"]),
        guarantor_id=UUID(given["guarantor_id"]),
        link_id=UUID(given["link_id"]),
    )


def _start(hands: Hands, given: Mapping[str, Any], now: datetime) -> None:
    start_payment(
        hands.database,
        _link(given),
        statement_id=UUID(given["statement_id"]),
        amount_cents=given["cents"],
        statement_due=statement_due,
        now=now,
    )


def _confirm(hands: Hands, given: Mapping[str, Any], now: datetime) -> None:
    confirm_payment(
        hands.database,
        hands.gateway,
        _link(given),
        payment_id=UUID(given["payment_id"]),
        due_seen_cents=given["cents"],
        return_url=f"http://localhost/payments/{given['payment_id']}/return",
        language="en",
        statement_due=statement_due,
        now=now,
        request_id="test",
    )


def _come_back(hands: Hands, given: Mapping[str, Any], now: datetime) -> None:
    practice_id, payment_id = UUID(given["practice_id"]), UUID(given["payment_id"])
    apply_payment(hands.database, hands.gateway, practice_id, payment_id, now=now)


def _hear(hands: Hands, given: Mapping[str, Any], now: datetime) -> None:
    receive_webhook(
        hands.database,
        hands.gateway,
        practice_by_id(hands.database, UUID(given["practice_id"])),
        raw_body=given["body"].encode(),
        signature=given["signature"],
        livemode=False,
        now=now,
    )


def _give_back(hands: Hands, given: Mapping[str, Any], now: datetime) -> None:
    staff = Principal.staff(UUID(given["practice_id"]), staff_id=new_id(), role=Role.ADMIN.value)
    request_refund(
        hands.database,
        hands.gateway,
        staff,
        refund_id=UUID(given["refund_id"]),
        payment_id=UUID(given["payment_id"]),
        amount_cents=given["cents"],
        reason="asked for",
        now=now,
        request_id="test",
    )


ACTS: Final[Mapping[str, Callable[[Hands, Mapping[str, Any], datetime], None]]] = {
    "pay": _start,
    "confirm": _confirm,
    "return": _come_back,
    "webhook": _hear,
    "refund": _give_back,
}

if __name__ == "__main__":
    main()
