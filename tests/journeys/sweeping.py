"""Every route with every id and every form: what sweeps ask, and what answers are compared by."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import create_engine, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.auth.policies import Admission, admission_of
from portal.db import new_id
from portal.domain.hold_kinds import HoldKind
from tests.journeys.world import Visitor, World, ids_in

METHODS = ("GET", "POST")
# Right answers to every form there is: a refusal must not hide behind a form that was filled in
# badly. A new form adds what it asks for.
FIELDS = {
    "how": "all",
    "code": "0000000000",
    "due": "1",
    "term": "Reyes",
    "account_number": "A-20411",
    "patient_id": "01a20067-4024-771c-af0f-e7bdbe4ca73b",
    "kind": next(iter(HoldKind)).value,
    "reason": "the plan said so",
    "act": "rejected",
    "hold": "disputed",
    "payer_id": "",
    "payer_name": "Green Valley",
    "member_identifier": "GV1",
    "rank": "3",
    "last_on": "2050-12-31",
    "amount": "1.00",
    "why": "paid_twice",
    "refund_id": "01a20067-4024-771c-af0f-e7bdbe4ca73c",
    "move_id": "01a20067-4024-771c-af0f-e7bdbe4ca740",
    "on": "2026-03-06",
    "is_confirmed": "y",
    "use_id": "01a20067-4024-771c-af0f-e7bdbe4ca73d",
    "cents": "100",
    "payments": "01a20067-4024-771c-af0f-e7bdbe4ca73f",
    "pair": "01a20067-4024-771c-af0f-e7bdbe4ca73f:01a20067-4024-771c-af0f-e7bdbe4ca73f",
    "deposited_on": "2026-03-06",
    "reference": "CHECK 77",
    "partner_id": "01a20067-4024-771c-af0f-e7bdbe4ca73e",
    "agreed": "y",
    "cap": "100",
    "day": (datetime.now(UTC) + timedelta(days=10)).date().isoformat(),
    "days_after": "15",
    "paid_by": "cash",
    "what_for": "visit",
    "visit_on": "2050-12-31",
    "name": "Front 1",
    "start": "0",
    "payment_id": "01a20067-4024-771c-af0f-e7bdbe4ca741",
    "count_id": "01a20067-4024-771c-af0f-e7bdbe4ca742",
    "drawers": "01a20067-4024-771c-af0f-e7bdbe4ca743",
    "arrived_on": "2026-03-06",
    "void_why": "other",
    "bank_said": "other",
    "items": "receipt",
    "text": "The payer agreed to it.",
    "read": "y",
    "language": "en",
    "page": "/signed-out",
    "why_one": "the payer said so",
}
_CHANGING = re.compile(r'name="csrf_token" value="[^"]+"')
_UNTOUCHED = {"audit_events", "web_sessions", "alembic_version"}


@dataclass(frozen=True, slots=True)
class Ask:
    """One method of one route, with its policy."""

    rule: Rule
    method: str
    admission: Admission

    def path(self, values: Mapping[str, object], world: World) -> str:
        """The address for these values."""
        adapter = world.app.url_map.bind("localhost")
        return adapter.build(self.rule.endpoint, dict(values), method=self.method)

    def by(
        self, visitor: Visitor, path: str, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """The visitor's answer; forms carry the token and every field."""
        if self.method == "GET":
            return visitor.get(path, headers)
        return visitor.post(path, {**FIELDS, **visitor.own_answers}, headers)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def asks(world: World) -> Iterator[Ask]:
    """Every route that is declared."""
    for rule in world.app.url_map.iter_rules():
        admission = admission_of(world.app, rule.endpoint)
        assert admission is not None, rule.endpoint
        for method in METHODS:
            if method in (rule.methods or ()):
                yield Ask(rule, method, admission)


def asks_with_ids(world: World) -> Iterator[tuple[Ask, str]]:
    """Those whose address names something by id, with the name of that argument."""
    for ask in asks(world):
        for argument in ids_in(ask.rule):
            yield ask, argument


def values_for(ask: Ask, world: World) -> Iterator[dict[str, object]]:
    """Everything of Ana's that the route can be asked for."""
    given: dict[str, object] = {
        "token": world.guest_token if ask.rule.endpoint.startswith("guests.") else world.token,
        "year": world.year,
        "slug": "riverbend",
        "file_name": "no-such-file.css",
    }
    arguments = ask.rule.arguments
    ids = ids_in(ask.rule)
    assert len(ids) <= 1, f"{ask}: say how two ids go together"
    fixed = {name: given[name] for name in arguments - ids}
    if not ids:
        yield fixed
    for name in ids:
        for one in world.objects[name]:
            yield {**fixed, name: one}


def without_what_changes(answer: TestResponse, *ids: object) -> tuple[object, ...]:
    """What two answers are compared by: all but the request's own number, tokens and the id."""
    texts = [answer.text, *(f"{name}: {value}" for name, value in answer.headers)]
    for passing in (answer.headers["X-Request-Id"], *map(str, ids)):
        texts = [part.replace(passing, "") for part in texts]
    return (answer.status_code, *(_CHANGING.sub("", part) for part in texts))


def a_random_id() -> UUID:
    return new_id()


def contents(world: World) -> dict[str, str]:
    """A digest of each table, apart from the audit log and the sessions."""
    engine = create_engine(world.urls.superuser)
    with engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT schemaname, tablename FROM pg_tables"
                " WHERE schemaname IN ('portal', 'public')"
            )
        ).all()
        found = {
            table: str(
                connection.scalar(
                    text(
                        "SELECT md5(string_agg(t::text, '|' ORDER BY t::text))"
                        f" FROM {schema}.{table} AS t"
                    )
                )
            )
            for schema, table in tables
            if table not in _UNTOUCHED
        }
    engine.dispose()
    assert len(found) > len(_UNTOUCHED)
    return found
