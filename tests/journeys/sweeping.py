"""Every route with every id and every form: what sweeps ask, and what answers are compared by."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import create_engine, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.auth.policies import Admission, admission_of
from portal.db import new_id
from portal.domain.hold_kinds import HoldKind
from tests.journeys.in_the_mail import ENVELOPE, answers_of_the_mailing_house
from tests.journeys.with_a_look import SETTINGS
from tests.journeys.with_an_account import answers_of_accounts
from tests.journeys.with_cases import ANSWERS, WITH_A_PICTURE, a_picture
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
    "where": "under the drawer",
    "stop_why": "came_back",
    "becomes": "credit",
    "cashed_on": "2026-03-06",
    "checks": "01a20067-4024-771c-af0f-e7bdbe4ca73c",
    "items": "receipt",
    "text": "The payer agreed to it.",
    "read": "y",
    "language": "en",
    "page": "/signed-out",
    "decision_id": "01a20067-4024-771c-af0f-e7bdbe4ca744",
    "why_one": "the payer said so",
    "words": "Okafor",
    "format": "large_print",
}
_RULES: Mapping[str, str] = {
    "min_balance_cents": "75",
    "max_balance_cents": "500",
    "min_installment_cents": "25",
    "tier_1": "500",
    "most_1": "6",
    "frequencies": "monthly",
    "first_due_within_days": "30",
    "down_percent": "0",
    "down_least": "0",
    "autopay": "optional",
    "new_balances": "ask",
    "max_active_plans": "3",
    "skips_per_year": "1",
    "least_paid_before_skip": "2",
    "move_date_max_days": "10",
    "grace_days": "5",
    "misses_in_a_row": "2",
    "misses_in_a_year": "3",
    "cure_days": "14",
    "reages_per_year": "1",
    "prenotice_days": "5",
    "debit_prenotice_days": "10",
    "settlement_floor_percent": "50",
    "in_force_on": "2050-01-01",
    "newest_seen": "0",
}
OF_NOBODY = {"brand.logo"}
"""What is the same for everybody, at an address that holds an id."""
_NOBODY = "01a20067-4024-771c-af0f-e7bdbe4ca74a"
# Where a form gives one of these another meaning.
OF_ROUTE: Mapping[str, Mapping[str, str]] = {
    **answers_of_accounts(),
    **ANSWERS,
    "claim_privacy.change": {"note": "She asked for it."},
    "credits.deposit": {"act": "released"},
    "letters.take_out": {"letter": "1"},
    "plan_rules.check": _RULES,
    "practice.check": SETTINGS,
    "practice.put_in_force": SETTINGS,
    "practice_envelope.keep": ENVELOPE,
    "practice_envelope.sample": ENVELOPE,
    "staff_plans.choose": {"how": "2"},
    "plan_rules.put_in_force": _RULES,
    "collections.check_placement": {"agency_name": "Harbor Recovery", "visits": _NOBODY},
    "collections.final_notice": {"visits": _NOBODY},
    "collections.mail": {"who": _NOBODY},
    "collections.note": {"words": "Called at ten."},
    "collections.place": {"agency_name": "Harbor Recovery", "visits": _NOBODY},
    "collections.promise": {"promised_for": "2050-01-01"},
    "staff_viewing.record_word": {"said": "yes", "way": "paper"},
    "staff_viewing.set_contact": {
        "email": "",
        "street": "",
        "city": "",
        "state": "",
        "postal_code": "",
        "note": "Asked.",
    },
    "staff_plans.how": {"how": "by_hand"},
    "staff_plans.pause": {"hold": "hardship", "until": "2050-01-01"},
    "staff_plans.terms": {"count": "3", "frequency": "monthly", "first_on": "2050-01-01"},
    "staff_plans.consent": {"kind": "paper", "who": "Ana", "signed_on": "2026-01-01", "filed": "A"},
    "staff_plans.decide": {"decision": "refused"},
    "plans.add": {"how": "longer"},
    "plans.ahead": {"how": "shorten"},
    "plans.how": {"how": "by_hand"},
    "plans.method": {"how": "by_hand"},
    "plans.move": {"day": (datetime.now(UTC) + timedelta(days=15)).date().isoformat()},
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
        meant = OF_ROUTE.get(self.rule.endpoint, {})
        fields: dict[str, Any] = {**FIELDS, **visitor.own_answers, **meant}
        if self.rule.endpoint in WITH_A_PICTURE:
            fields["file"] = a_picture()
        if self.rule.endpoint == "letters.take_answers":
            fields["file"] = answers_of_the_mailing_house()
        return visitor.post(path, fields, headers)

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
    of_a_page = world.guest_token if ask.rule.endpoint.startswith("guests.") else world.token
    given: dict[str, object] = {
        "token": world.mailed_tokens.get(ask.rule.endpoint, of_a_page),
        "year": world.year,
        "number": 2,  # a payment of Ana's plan
        "version": 1,  # the one she agreed to
        "slug": "riverbend",
        "kind": "question",  # of a case
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
