"""One account's objects during one request: read, add, change, list, and tell the world.

Every operation gets a workspace and nothing else. It lives inside one store transaction.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.demo.stripe_simulator import shapes
from portal.demo.stripe_simulator.errors import Body, invalid, missing
from portal.demo.stripe_simulator.store import Store
from portal.demo.stripe_simulator.webhooks import Endpoint, Outbox

PREFIXES: Final = {
    "balance_transaction": "txn_",
    "charge": "ch_",
    "checkout.session": "cs_test_",
    "customer": "cus_",
    "dispute": "du_",
    "event": "evt_",
    "mandate": "mandate_",
    "payment_intent": "pi_",
    "payment_method": "pm_",
    "payout": "po_",
    "price": "price_",
    "product": "prod_",
    "refund": "re_",
    "setup_intent": "seti_",
    "webhook_endpoint": "we_",
}
NOTED: Final = ("payout",)
"""What objects can be listed by although it is no field of theirs."""

_SPECIAL: Final = {"allow_redisplay", "created", "delivery_success", "types", *NOTED}

_COMPARISONS: Final = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_PAGE_MOST: Final = 100
_PAGE_USUAL: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """`account` is empty for the key's own, else a connected one: neither sees the other."""

    store: Store
    connection: sqlite3.Connection
    outbox: Outbox
    account: str
    request_id: str | None
    idempotency_key: str | None
    public_base: str

    @property
    def now(self) -> int:
        return self.store.now()

    def add(self, kind: str, notes: Body | None = None, /, **fields: Any) -> Body:
        """A new object: Stripe's skeleton, an id, and these fields. `notes` are never served."""
        made: Body = shapes.skeleton(kind)
        made.update(id=self.store.new_id(PREFIXES[kind]), object=kind)
        made.update({"created": self.now} if "created" in made else {})
        made.update({"livemode": False} if "livemode" in made else {})
        made.update(fields)
        self.connection.execute(
            "INSERT INTO objects (account, kind, id, created, body, notes)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self.account, kind, made["id"], self.now, json.dumps(made), json.dumps(notes or {})),
        )
        return made

    def change(self, changed: Body, **fields: Any) -> None:
        """Write an object back with these fields."""
        changed.update(fields)
        self.connection.execute(
            "UPDATE objects SET body = ? WHERE id = ?", (json.dumps(changed), changed["id"])
        )

    def bury(self, buried: Body, *, kind: str) -> None:
        """What is left of a deleted object: found by its id, in no list any more."""
        self.connection.execute(
            "UPDATE objects SET body = ?, kind = ? WHERE id = ?",
            (json.dumps(buried), kind, buried["id"]),
        )

    def get(self, kind: str, object_id: str) -> Body:
        """Raises StripeError (404) when this account has no such object."""
        found = self.find(object_id)
        if found is None or found["object"] != kind:
            raise missing(kind, object_id)
        return found

    def find(self, object_id: str) -> Body | None:
        row = self.connection.execute(
            "SELECT body FROM objects WHERE id = ? AND account = ?", (object_id, self.account)
        ).fetchone()
        return None if row is None else json.loads(row["body"])

    def notes(self, object_id: str) -> Body:
        row = self.connection.execute(
            "SELECT notes FROM objects WHERE id = ?", (object_id,)
        ).fetchone()
        notes: Body = json.loads(row["notes"])
        return notes

    def change_notes(self, object_id: str, **fields: Any) -> None:
        notes = {**self.notes(object_id), **fields}
        self.connection.execute(
            "UPDATE objects SET notes = ? WHERE id = ?", (json.dumps(notes), object_id)
        )

    def all(self, kind: str, **fields: Any) -> list[Body]:
        """Every object of a kind whose fields are these, newest first."""
        return self._select(kind, fields, {}, limit=-1)

    def page(self, kind: str, params: Body, *, url: str, oldest: int = 0) -> Body:
        """A list answer: `limit`, `starting_after`, `ending_before`, `created`, equal fields.

        A parameter may also be one of NOTED, which an object has in its notes and does not show.
        What was created before `oldest` is left out.
        """
        params = dict(params)
        limit = params.pop("limit", _PAGE_USUAL)
        if not 1 <= limit <= _PAGE_MOST:
            raise invalid("Invalid limit: 1 to 100", param="limit")
        bounds: dict[str, int] = {
            name: self._number(kind, params.pop(name))
            for name in ("starting_after", "ending_before")
            if name in params
        }
        for name in params.keys() - _listable(kind, params):
            raise invalid(f"Not simulated: {name}", param=name, code="not_simulated")
        if oldest:
            bounds["oldest"] = oldest
        found = self._select(kind, params, bounds, limit=limit + 1)
        page = found[:limit]
        if "ending_before" in bounds:
            page.reverse()
        return {"object": "list", "url": url, "has_more": len(found) > limit, "data": page}

    def emit(self, event_type: str, subject: Body) -> None:
        """Record an event about an object as it is now, and queue it for every endpoint."""
        endpoints = self.outbox.endpoints_of(self.account) + self._registered(event_type)
        fields: Body = {"account": self.account} if self.account else {}
        event = self.add(
            "event",
            type=event_type,
            api_version=shapes.api_version(),
            data={"object": subject},
            pending_webhooks=len(endpoints),
            request={"id": self.request_id, "idempotency_key": self.idempotency_key},
            **fields,
        )
        self.outbox.queue(self.connection, event, endpoints)

    def _registered(self, event_type: str) -> list[Endpoint]:
        """Endpoints made through the API that want to hear of this."""
        return [
            Endpoint(endpoint["url"], self.notes(endpoint["id"])["secret"])
            for endpoint in self.all("webhook_endpoint")
            if {event_type, "*"} & set(endpoint["enabled_events"])
        ]

    def _number(self, kind: str, object_id: str) -> int:
        row = self.connection.execute(
            "SELECT number FROM objects WHERE id = ? AND account = ? AND kind = ?",
            (object_id, self.account, kind),
        ).fetchone()
        if row is None:
            raise missing(kind, object_id)
        number: int = row["number"]
        return number

    def _select(
        self, kind: str, fields: Body, bounds: Mapping[str, int], *, limit: int
    ) -> list[Body]:
        conditions = ["kind = ?", "account = ?"]
        values: list[Any] = [kind, self.account]
        for name, wanted in fields.items():
            condition, given = _condition(name, wanted)
            conditions.append(condition)
            values.extend(given)
        if "starting_after" in bounds:
            conditions.append("number < ?")
            values.append(bounds["starting_after"])
        if "ending_before" in bounds:
            conditions.append("number > ?")
            values.append(bounds["ending_before"])
        if "oldest" in bounds:
            conditions.append("created >= ?")
            values.append(bounds["oldest"])
        order = "ASC" if "ending_before" in bounds else "DESC"
        rows = self.connection.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(conditions)}"  # noqa: S608 - no input
            f" ORDER BY number {order} LIMIT ?",
            (*values, limit),
        )
        return [json.loads(row["body"]) for row in rows]


def _listable(kind: str, params: Body) -> set[str]:
    """The parameters we can list by: fields of the object, with ranges for numbers."""
    known = _SPECIAL | shapes.skeleton(kind).keys()
    return {
        name
        for name, wanted in params.items()
        if name in known and (not isinstance(wanted, dict) or wanted.keys() <= _COMPARISONS.keys())
    }


def _condition(name: str, wanted: Any) -> tuple[str, list[Any]]:
    """SQL for one filter of a list; parameter names have been checked against the operation."""
    if name == "delivery_success":
        return f"json_extract(body, '$.pending_webhooks') {'=' if wanted else '>'} 0", []
    if name == "types":
        marks = ", ".join("?" for _ in wanted)
        return f"json_extract(body, '$.type') IN ({marks})", list(wanted)
    column = "notes" if name in NOTED else "body"
    field = "created" if name == "created" else f"json_extract({column}, '$.{name}')"
    if isinstance(wanted, dict):
        tests = [f"{field} {_COMPARISONS[bound]} ?" for bound in wanted]
        return " AND ".join(tests), list(wanted.values())
    if isinstance(wanted, str) and wanted.endswith(".*"):
        return f"{field} GLOB ?", [wanted]
    return f"{field} = ?", [wanted]
